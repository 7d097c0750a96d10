"""A brand's own layouts of the file for its bank."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.access.permissions.staff import EditableAdmin, OnlyOwn
from accounts.people.models import User
from commissions.payouts.domain.bank_files import read_template
from commissions.payouts.domain.payout_templates import SHIPPED
from commissions.payouts.models import PayoutTemplate
from commissions.payouts.rendering import shipped_text
from commissions.payouts.services.payout_templates import keep_template
from foundation.files.faults import BadFile
from foundation.texts.translation import translated_messages


class PayoutTemplateForm(forms.ModelForm):
    class Meta:
        model = PayoutTemplate
        fields = ["brand", "key", "text"]
        widgets = {
            "text": UnfoldAdminTextareaWidget(
                attrs={"rows": 30, "style": "font-family: monospace", "spellcheck": "false"}
            )
        }

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        try:
            read_template(text, "line")
        except BadFile as refusal:
            raise forms.ValidationError(translated_messages(refusal)) from None
        return text


@admin.register(PayoutTemplate)
class PayoutTemplateAdmin(EditableAdmin):
    """A new one begins as the generic layout, or as the shipped one that is named in the address: `?key=alipay`."""

    is_small = True
    form = PayoutTemplateForm
    list_display = ["key", "brand", "written_by", "written_at"]
    list_filter = [("brand", OnlyOwn)]
    search_fields = ["key"]
    ordering = ["brand", "key"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["brand", "key", "text", *(["written_by", "written_at"] if obj else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["brand", "key", "written_by", "written_at"] if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        key = request.GET.get("key", "")
        return {"key": key, "text": shipped_text(key if key in SHIPPED else "generic")}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        kept = keep_template(
            brand=obj.brand, key=obj.key, text=obj.text, by=cast(User, request.user), at=timezone.now()
        )
        obj.pk, obj.written_by, obj.written_at = kept.pk, kept.written_by, kept.written_at
