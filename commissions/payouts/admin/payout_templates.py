"""A brand's own layouts of the file for its bank, and of the file that comes back."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.access.permissions.staff import EditableAdmin, OnlyOwn
from accounts.people.models import User
from commissions.payouts.models import PayoutTemplate
from commissions.payouts.rendering import check_layout, shipped_text
from commissions.payouts.services.payout_templates import keep_template
from foundation.files.faults import BadFile
from foundation.texts.translation import translated_messages


class PayoutTemplateForm(forms.ModelForm):
    class Meta:
        model = PayoutTemplate
        fields = ["brand", "kind", "key", "text"]
        widgets = {
            "text": UnfoldAdminTextareaWidget(
                attrs={"rows": 30, "style": "font-family: monospace", "spellcheck": "false"}
            )
        }

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        try:
            check_layout(text, "line", self.cleaned_data.get("kind") or self.instance.kind)
        except BadFile as refusal:
            raise forms.ValidationError(translated_messages(refusal)) from None
        return text


@admin.register(PayoutTemplate)
class PayoutTemplateAdmin(EditableAdmin):
    """A new one begins as the generic layout, or as the shipped one that is named in the address:
    `?kind=results&key=alipay`."""

    is_small = True
    form = PayoutTemplateForm
    list_display = ["key", "kind", "brand", "written_by", "written_at"]
    list_filter = ["kind", ("brand", OnlyOwn)]
    search_fields = ["key"]
    ordering = ["brand", "kind", "key"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["brand", "kind", "key", "text", *(["written_by", "written_at"] if obj else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["brand", "kind", "key", "written_by", "written_at"] if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        key, kind = request.GET.get("key", ""), request.GET.get("kind", "")
        kind = kind if kind in PayoutTemplate.Kind.values else PayoutTemplate.Kind.EXPORT
        return {"key": key, "kind": kind, "text": shipped_text(key, kind)}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        kept = keep_template(
            brand=obj.brand, kind=obj.kind, key=obj.key, text=obj.text, by=cast(User, request.user), at=timezone.now()
        )
        obj.pk, obj.written_by, obj.written_at = kept.pk, kept.written_by, kept.written_at
