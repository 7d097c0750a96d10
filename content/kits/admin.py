from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access.permissions.staff import EditableAdmin, EditableInline, OnlyOwn, ReadOnlyAdmin
from content.kits.models import Kit, Section
from foundation.admin.columns import labelled


class KitForm(ModelForm):
    def clean(self) -> dict[str, Any]:
        """A kit speaks of its own brand's product."""
        cleaned: dict[str, Any] = super().clean() or {}
        brand = cleaned.get("brand") or (self.instance.brand if self.instance.pk else None)
        if brand and cleaned.get("product") and cleaned["product"].brand_id != brand.pk:
            self.add_error("product", _("This product is another brand's."))
        return cleaned


class SectionInline(EditableInline):
    model = Section
    fields = ["kind", "channel", "text", "position"]


@admin.register(Kit)
class KitAdmin(EditableAdmin):
    is_small = True
    form = KitForm
    list_display = ["title", "key", "brand", "product", "status_label", "audience_size", "created_at"]
    list_filter = ["status", ("brand", OnlyOwn), ("product", OnlyOwn)]
    search_fields = ["title", "key", "product__sku", "product__name"]
    autocomplete_fields = ["product"]
    exclude = ["created_at"]
    ordering = ["-created_at"]
    inlines = [SectionInline]
    status_label = labelled(
        "status", {Kit.Status.DRAFT: "info", Kit.Status.PUBLISHED: "success", Kit.Status.ENDED: "warning"}
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["brand", "key"] if obj else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        obj.created_at = obj.created_at or timezone.now()
        super().save_model(request, obj, form, change)


@admin.register(Section)
class SectionAdmin(ReadOnlyAdmin):
    is_small = True
    brand_path = "kit__brand"
    list_display = ["kit", "kind", "channel", "text"]
    list_filter = ["kind", "channel"]
    search_fields = ["text", "kit__title"]
