from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.access.permissions.staff import EditableAdmin, OnlyOwn
from content.products.models import Product
from foundation.money.amounts import shown


@admin.register(Product)
class ProductAdmin(EditableAdmin):
    list_display = ["sku", "name", "category", "price", "brand"]
    list_filter = [("brand", OnlyOwn), "category"]
    search_fields = ["sku", "name"]
    ordering = ["brand", "sku"]

    @display(description=_("price"), ordering="price_minor")
    def price(self, product: Product) -> str:
        return shown(product.price_minor, product.brand.currency)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["brand", "sku"] if obj else []  # orders and plans name it by them
