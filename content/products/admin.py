from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from accounts.access.permissions.staff import EditableAdmin, OnlyOwn
from accounts.access.permissions.stepping import ConfirmedActions
from content.media.admin.choosing import AddingPictures, PicturesInOrder, store_chosen, what_is_taken
from content.media.domain.limits import MOST_STAFF_BYTES
from content.products.models import Product, ProductPicture
from content.products.services import add_product_pictures
from foundation.admin.pages import page_of


class ProductPictureInline(PicturesInOrder):
    model = ProductPicture


@admin.register(Product)
class ProductAdmin(ConfirmedActions, EditableAdmin):
    is_small = True
    list_display = ["sku", "name", "category", "price_minor", "in_stock", "brand"]
    list_filter = [("brand", OnlyOwn), "category", "in_stock"]
    search_fields = ["sku", "name"]
    ordering = ["brand", "sku"]
    inlines = [ProductPictureInline]
    actions_detail = ["pictures"]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """Where there are pictures."""
        return self.inlines if obj is not None and obj.pictures.exists() else []

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["brand", "sku"] if obj else []  # orders and plans name it by them

    @action(description=_("Add pictures"), url_path="pictures", icon="add_photo_alternate")
    def pictures(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        product = self.found(request, object_id)

        def act(said: Any) -> str:
            add_product_pictures(product=product, pictures=store_chosen(request, product.brand, said.cleaned_data))
            return str(_("The pictures are added."))

        title = _("Add pictures to %(product)s") % {"product": product}
        return self.step(
            request, act, title=title, texts=[what_is_taken()], submit=_("Upload"), back=page_of(product), form=AddingPictures
        )  # fmt: skip

    vars()["pictures"].most_bytes = MOST_STAFF_BYTES  # a larger form is refused before it is read
