"""Whom the money goes to. Staff see the ends of numbers; the whole is a page of its own, which writes down who asked
for it, and why."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin, of_own_brands
from accounts.people.models import Koc, User
from commissions.payees.domain.payees import FullPayee, masked
from commissions.payees.models.payees import Payee, PayeeRead
from commissions.payees.services import read_payees
from foundation.admin.pages import full_moment, link, table
from foundation.sealing import Unreadable, unseal
from foundation.texts.translation import Text

UNREADABLE = _("sealed with a key that is gone")


def memberships(user: Any) -> QuerySet[Koc]:
    """The memberships by which staff have to do with payees: of their brands, and not of those who only applied or were
    turned away."""
    return of_own_brands(Koc.objects.exclude(status__in=[Koc.Status.APPLIED, Koc.Status.REJECTED]), user, "brand")


class PayeeReadForm(forms.Form):
    """As whose payee it is read, and why."""

    koc = forms.ModelChoiceField(
        queryset=Koc.objects.none(), empty_label=None, label=_("as the payee of"), widget=UnfoldAdminSelectWidget
    )
    why = forms.CharField(max_length=200, label=_("why"), widget=UnfoldAdminTextInputWidget)

    def __init__(self, kocs: QuerySet[Koc], given: Any = None) -> None:
        super().__init__(given, initial={"koc": kocs.first()})
        field: Any = self.fields["koc"]
        field.queryset = kocs
        field.label_from_instance = lambda koc: f"{koc} @ {koc.brand}"


@admin.register(Payee)
class PayeeAdmin(ReadOnlyAdmin):
    brand_path = ""
    list_display = ["user", "name", "method", "bank", "account", "id_number", "updated_at"]
    narrowing_filter = ["method", "id_type"]
    search_fields = ["user__phone", "user__memberships__key", "user__memberships__name"]
    fields = [
        ("koc_pages", "name"),
        ("method", "bank"),
        ("account", "id_number"),
        ("id_type", "updated_at"),
        "same_person",
        "reads",
    ]
    actions_detail = ["full_record"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The payees of one's brands' KOCs. A person gives a record once, and is paid by it by every brand that they
        work with."""
        rows = super(ReadOnlyAdmin, self).get_queryset(request)
        return rows if request.user.is_superuser else rows.filter(user__in=memberships(request.user).values("user"))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        payee: Any = super().get_object(request, object_id, from_field)
        if payee is not None:
            payee.seen_by = request.user  # what is beside it on the page is of that person's brands too
        return payee

    @display(description=_("name"))
    def name(self, payee: Payee) -> Text:
        try:
            return masked(unseal(payee.name_sealed))
        except Unreadable:
            return UNREADABLE

    @display(description=_("account"), ordering="account_last4")
    def account(self, payee: Payee) -> str:
        return f"…{payee.account_last4}"

    @display(description=_("id number"))
    def id_number(self, payee: Payee) -> str:
        return f"…{payee.id_number_last4}"

    @display(description=_("KOC"))
    def koc_pages(self, payee: Any) -> SafeString:
        return table(
            [_("KOC"), _("brand")],
            [
                (link(koc), koc.brand)
                for koc in memberships(payee.seen_by).filter(user=payee.pk).select_related("brand")
            ],
        )

    @display(description=_("other memberships of this person"))
    def same_person(self, payee: Any) -> SafeString:
        """Taxed as one payee with this one."""
        others = Payee.objects.filter(person=payee.person).exclude(pk=payee.pk).values("user")
        return table(
            [_("KOC"), _("brand")],
            [
                (link(koc), koc.brand)
                for koc in memberships(payee.seen_by).filter(user__in=others).select_related("brand")
            ],
        )

    @display(description=_("full record read by"))
    def reads(self, payee: Any) -> SafeString:
        found = (
            of_own_brands(PayeeRead.objects.filter(user=payee.pk), payee.seen_by, "brand")
            .select_related("brand")
            .order_by("-read_at", "-pk")[:100]
        )
        return table(
            [_("at"), _("who"), _("why"), _("brand")],
            [(full_moment(row.read_at, row.brand.timezone), row.who, row.why, row.brand) for row in found],
        )

    @action(description=_("Show full record"), url_path="full", icon="visibility")
    def full_record(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then show it once: no page of the admin stays in a browser's cache."""
        payee = self.get_object(request, object_id)
        kocs = memberships(request.user).filter(user=payee.pk).select_related("brand") if payee else Koc.objects.none()
        if not kocs:
            raise Http404  # with nobody of one's brands there is nothing to pay, and no reason to read
        form = PayeeReadForm(kocs, request.POST if request.method == "POST" else None)
        full = self._read(request, form) if form.is_valid() else None
        context = self.admin_site.each_context(request) | {
            "title": str(payee),
            "form": form,
            "full": full,
            "back": page_of(payee),
            "opts": self.opts,
        }
        return TemplateResponse(request, "commissions/full_payee.html", context)

    def _read(self, request: HttpRequest, form: PayeeReadForm) -> SafeString | None:
        koc = form.cleaned_data["koc"].pk
        try:
            read = read_payees(
                koc_ids=[koc], who=cast(User, request.user), why=form.cleaned_data["why"], at=timezone.now()
            )
        except Unreadable:
            form.add_error(None, UNREADABLE)
            return None
        return in_full(read[koc])


@admin.register(PayeeRead)
class PayeeReadAdmin(ReadOnlyAdmin):
    list_display = ["read_at", "who", "whose", "why", "brand"]
    list_select_related = ["user", "brand"]
    list_filter = [("brand", OnlyOwn), "read_at"]
    search_fields = ["user__phone", "user__memberships__key", "user__memberships__name"]
    fields = ["read_at", "who", "whose", "why", "brand"]
    readonly_fields = ["whose"]

    @display(description=_("whose"), ordering="user__name")
    def whose(self, read: PayeeRead) -> SafeString | str:
        return format_html(
            '<a href="{}" class="text-primary-600 dark:text-primary-500">{}</a>', page_of(read.user_id), read.user
        )


def page_of(payee: Payee | int) -> str:
    return reverse("admin:commissions_payee_change", args=[payee if isinstance(payee, int) else payee.pk])


def in_full(payee: FullPayee) -> SafeString:
    rows = [
        (_("name"), payee.name),
        (_("document"), Payee.IdType(payee.id_type).label),
        (_("id number"), payee.id_number),
        (_("method"), Payee.Method(payee.method).label),
        (_("bank"), payee.bank or "—"),
        (_("account"), payee.account),
    ]
    return table(["", ""], rows)
