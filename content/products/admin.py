from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from accounts.access.permissions.making import CreateOnlyAdmin
from accounts.access.permissions.staff import EditableAdmin, OnlyOwn
from accounts.access.permissions.stepping import ConfirmedActions
from accounts.people.models import User
from content.media.admin.choosing import AddingPictures, PicturesInOrder, store_chosen, what_is_taken
from content.media.domain.limits import MOST_STAFF_BYTES
from content.products.models import Product, ProductPicture, ProductUse
from content.products.services import add_product_pictures, forget_use, record_use
from foundation.admin.columns import labelled, page
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


class UseForm(forms.ModelForm):
    class Meta:
        model = ProductUse
        fields = ("koc", "product", "since", "evidence")
        labels = {"evidence": _("how you know")}
        help_texts = {
            "since": _("since when the KOC has had it; texts count the days from here"),
            "evidence": _("such as: a sample was sent, or bought in the shop, with the receipt"),
        }


@admin.register(ProductUse)
class ProductUseAdmin(CreateOnlyAdmin):
    """Those of orders come and go by the clock; staff add what they know themselves, and take that back."""

    list_display = ["__str__", "brand", "source_label", "since", "evidence", "by"]
    list_filter = ["source", ("brand", OnlyOwn)]
    search_fields = ["koc__name", "koc__key"]
    list_select_related = ["koc", "product"]
    ordering = ["-since"]
    sortable_by = ["since"]
    autocomplete_fields = ["koc", "product"]
    source_label = labelled("source", {ProductUse.Source.ORDER: "success", ProductUse.Source.HAND: "info"})
    koc_page = page("koc", _("KOC"))
    product_page = page("product", _("product"))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002  the framework's
        return super().get_form(request, obj, change, **(kwargs if obj else kwargs | {"form": UseForm, "fields": None}))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        known = [("koc_page", "product_page"), "since", "source", "evidence", ("by", "recorded_at"), "brand"]
        return known if obj else ["koc", "product", "since", "evidence"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["koc_page", "product_page"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and obj.source == ProductUse.Source.HAND and self.has_view_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        forget_use(use=obj)

    def make(self, request: HttpRequest, form: Any) -> ProductUse:
        said, by = form.cleaned_data, cast(User, request.user)
        return record_use(
            koc=said["koc"], product=said["product"], since=said["since"], reason=said["evidence"], by=by,
            at=timezone.now(),
        )  # fmt: skip
