from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.access.permissions.staff import EditableAdmin, EditableInline, OnlyOwn, ReadOnlyAdmin, SuperuserAdmin
from accounts.people.domain.refusals import NotDecidable
from accounts.people.models import BlockedPhone, Customer, Koc, Staff, TierChange, User
from accounts.people.services.memberships import approve_koc, reject_koc
from foundation.admin.columns import labelled
from foundation.admin.pages import link, moment, sections, table
from foundation.phones import e164
from foundation.texts.translation import Text

admin.site.unregister(Group)  # who may see what follows from the brands one works for


class StaffInline(EditableInline):
    model = Staff
    autocomplete_fields = ["brand"]


@admin.register(User)
class UserAdmin(SuperuserAdmin, DjangoUserAdmin):
    form, add_form, change_password_form = UserChangeForm, UserCreationForm, AdminPasswordChangeForm
    list_display = ["phone", "name", "is_staff", "is_superuser", "is_active", "created_at"]
    list_filter = ["is_staff", "is_superuser", "is_active"]
    search_fields = ["phone"]
    ordering = ["-pk"]
    filter_horizontal = []
    readonly_fields = ["created_at", "last_login"]
    fieldsets = sections(
        {
            None: [
                "phone",
                "password",
                "name",
                "language",
                "is_active",
                "is_staff",
                "is_superuser",
                "created_at",
                "last_login",
            ],
        }
    )
    add_fieldsets = [(None, {"fields": ["phone", "name", "is_staff", "usable_password", "password1", "password2"]})]
    inlines = [StaffInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)


@admin.register(Staff)
class StaffAdmin(ReadOnlyAdmin):
    is_small = True
    list_display = ["user", "brand"]
    list_filter = [("brand", OnlyOwn)]
    search_fields = ["=user__phone", "user__name"]


@admin.register(Koc)
class KocAdmin(ReadOnlyAdmin):
    list_display = ["name", "key", "brand", "status_label", "tier", "tier_pinned", "joined_at", "approved_at"]
    list_filter = ["status", ("brand", OnlyOwn), ("tier", OnlyOwn), "joined_at"]
    narrowing_filter = ["tier_pinned"]
    search_fields = ["name", "key", "invite_code", "=user__phone"]
    actions = ["approve", "reject"]
    fieldsets = sections(
        {
            None: [
                ("name", "key"),
                ("brand", "user"),
                ("status", "invite_code"),
                ("tier", "tier_pinned"),
                ("joined_at", "approved_at"),
                "public_id",
            ],
            _("Application"): ["application"],
            _("Tiers"): ["tiers"],
        }
    )
    status_label = labelled(
        "status", {Koc.Status.APPLIED: "warning", Koc.Status.ACTIVE: "success", Koc.Status.REJECTED: "danger"}
    )

    @display(description=_("answers"))
    def application(self, koc: Koc) -> SafeString | str:
        return format_html_join("", "<p><b>{}</b>: {}</p>", koc.answers.items()) or "—"

    @display(description=_("left before"))
    def tiers(self, koc: Koc) -> SafeString:
        changes = koc.tier_changes.select_related("tier_before").order_by("-changed_at")[:50]
        return table([_("until"), _("tier")], [(moment(change.changed_at), change.tier_before) for change in changes])

    @action(description=_("Approve"))
    def approve(self, request: HttpRequest, queryset: QuerySet[Koc]) -> None:
        self._decide(request, queryset, approve_koc, _("KOCs approved: %(count)s"))

    @action(description=_("Reject"))
    def reject(self, request: HttpRequest, queryset: QuerySet[Koc]) -> None:
        self._decide(request, queryset, reject_koc, _("KOCs rejected: %(count)s"))

    def _decide(self, request: HttpRequest, kocs: QuerySet[Koc], decide: Callable[..., None], done: Text) -> None:
        at: datetime = timezone.now()
        decided = late = 0
        for koc in kocs:
            try:
                decide(koc=koc, at=at)
                decided += 1
            except NotDecidable:
                late += 1
        if decided:
            messages.success(request, done % {"count": decided})
        if late:
            messages.warning(
                request, _("KOCs who had been decided already and stay as they were: %(count)s") % {"count": late}
            )


@admin.register(TierChange)
class TierChangeAdmin(ReadOnlyAdmin):
    brand_path = "koc__brand"
    list_display = ["koc", "tier_before", "changed_at"]
    search_fields = ["koc__name", "koc__key"]


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ["number", "name", "brand", "first_seen_at"]
    list_filter = [("brand", OnlyOwn), "first_seen_at"]
    search_fields = ["key", "name", "phone"]
    fields = ["public_id", "brand", "number", "name", "phone", "first_seen_at", "koc"]

    @display(description=_("the same person as KOC"))
    def koc(self, customer: Customer) -> SafeString | str:
        return link(
            Koc.objects.filter(brand=customer.brand_id, user__phone=customer.phone).first() if customer.phone else None
        )


class BlockedPhoneForm(ModelForm):
    class Meta:
        model = BlockedPhone
        fields = ("brand", "phone", "reason")

    def clean_phone(self) -> str:
        phone = e164(self.cleaned_data["phone"])
        if phone is None:
            raise ValidationError(_("This is not a phone number."))
        return phone


@admin.register(BlockedPhone)
class BlockedPhoneAdmin(EditableAdmin):
    form = BlockedPhoneForm
    list_display = ["phone", "brand", "reason", "blocked_at"]
    list_filter = [("brand", OnlyOwn)]
    search_fields = ["=phone"]
    fields = ["brand", "phone", "reason"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_view_permission(request, obj)
