from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.access.permissions.staff import EditableAdmin, EditableInline, OnlyOwn
from accounts.access.permissions.stepping import ConfirmedActions
from content.media.admin.choosing import ChosenPictures, store_chosen, thumbnail_of, what_is_taken
from content.media.domain.limits import LONGEST_ALT, MOST_STAFF_BYTES
from content.products.models import Product, ProductPicture
from content.products.services import add_product_pictures
from foundation.admin.pages import page_of


class AddingPictures(forms.Form):
    pictures = ChosenPictures(label=_("pictures"))
    alt = forms.CharField(
        required=False, max_length=LONGEST_ALT, label=_("what they show, for who cannot see them"), widget=UnfoldAdminTextInputWidget
    )  # fmt: skip


class PictureInline(EditableInline):
    """Pictures are added on a page of their own; here they are put in order and taken out."""

    model = ProductPicture
    fields = ["thumbnail", "position"]
    readonly_fields = ["thumbnail"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=_("picture"))
    def thumbnail(self, row: ProductPicture) -> SafeString:
        return thumbnail_of(row.media)


@admin.register(Product)
class ProductAdmin(ConfirmedActions, EditableAdmin):
    is_small = True
    list_display = ["sku", "name", "category", "price_minor", "in_stock", "brand"]
    list_filter = [("brand", OnlyOwn), "category", "in_stock"]
    search_fields = ["sku", "name"]
    ordering = ["brand", "sku"]
    inlines = [PictureInline]
    actions_detail = ["pictures"]

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
