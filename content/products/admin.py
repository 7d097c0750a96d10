from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.access.permissions.staff import EditableAdmin, OnlyOwn
from content.products.models import Product


@admin.register(Product)
class ProductAdmin(EditableAdmin):
    is_small = True
    list_display = ["sku", "name", "category", "price_minor", "brand"]
    list_filter = [("brand", OnlyOwn), "category"]
    search_fields = ["sku", "name"]
    ordering = ["brand", "sku"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["brand", "sku"] if obj else []  # orders and plans name it by them
