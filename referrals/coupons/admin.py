from datetime import timedelta
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.access.permissions.staff import EditableAdmin, OnlyOwn, ReadOnlyAdmin, of_own_brands
from accounts.access.permissions.stepping import ConfirmedActions
from accounts.people.models import Customer, Koc
from content.kits.models import Channel
from foundation.admin.pages import link, list_of, moment, page_of, table
from foundation.money.calendar import MOST_DAYS, day_starts
from foundation.texts.keys import clean_code
from referrals.coupons.models import Coupon, CouponReceipt, CouponUse
from referrals.coupons.services import give_coupon, make_unique_coupons, stop_coupon

MOST_AT_ONCE = 10_000


class CouponForm(forms.ModelForm):
    class Meta:
        model = Coupon
        fields = ("brand", "koc", "code", "channel", "starts_at", "ends_at", "valid_days", "stock", "most_per_customer")

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).upper()

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        koc, stock = given.get("koc"), given.get("stock")
        if koc and given.get("brand") and koc.brand_id != given["brand"].pk:
            self.add_error("koc", _("This KOC is of another brand."))
        if stock is not None and stock < self.instance.used:
            self.add_error("stock", _("It was used %(used)s times.") % {"used": self.instance.used})
        return given


class Making(forms.Form):
    koc = forms.CharField(
        max_length=64, label=_("KOC"), help_text=_("the key of a KOC"), widget=UnfoldAdminTextInputWidget
    )
    many = forms.IntegerField(
        min_value=1, max_value=MOST_AT_ONCE, label=_("how many"), widget=UnfoldAdminIntegerFieldWidget
    )
    channel = forms.ChoiceField(choices=Channel.choices, label=_("channel"), widget=UnfoldAdminSelectWidget)
    ends_at = forms.DateField(
        required=False,
        label=_("last day"),
        help_text=_("of the brand's time zone: until its end"),
        widget=UnfoldAdminSingleDateWidget,
    )
    valid_days = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        label=_("days to use it"),
        widget=UnfoldAdminIntegerFieldWidget,
    )

    def __init__(self, *args: Any, kocs: QuerySet[Koc], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kocs = kocs

    def clean_koc(self) -> Koc:
        found = list(self.kocs.select_related("brand").filter(key=clean_code(self.cleaned_data["koc"]))[:2])
        if len(found) != 1:
            raise forms.ValidationError(_("No such KOC, or of several brands"))
        return found[0]

    def clean(self) -> dict[str, Any]:
        """The end of the last day, by the clocks of the KOC's brand."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if (last := given.get("ends_at")) and given.get("koc"):
            try:
                given["ends_at"] = day_starts(last + timedelta(days=1), zone=given["koc"].brand.timezone)
            except OverflowError:
                self.add_error("ends_at", _("Enter a valid date."))
        return given


class Giving(forms.Form):
    customers = forms.CharField(
        label=_("customers"),
        help_text=_("the shop's ids, one a line"),
        widget=UnfoldAdminTextareaWidget,
    )

    def __init__(self, *args: Any, brand: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.brand = brand

    def clean_customers(self) -> list[Customer]:
        keys = list(dict.fromkeys(clean_code(key) for key in self.cleaned_data["customers"].split()))
        named = {part for key in keys for part in (key, key.partition("/")[2])}
        found = {customer.number: customer for customer in Customer.objects.filter(brand=self.brand, key__in=named)}
        if unknown := [key for key in keys if key not in found]:
            raise forms.ValidationError(
                _("Unknown: %(unknown)s") % {"unknown": ", ".join(unknown[:20])}
                + (_(" … and %(count)s more") % {"count": len(unknown) - 20} if len(unknown) > 20 else "")
            )
        return list(found.values())


@admin.register(Coupon)
class CouponAdmin(ConfirmedActions, EditableAdmin):
    form = CouponForm
    list_display = [
        "code",
        "koc",
        "channel",
        "starts_at",
        "ends_at",
        "valid_days",
        "used",
        "stock",
        "stopped_at",
        "brand",
    ]
    list_filter = [("brand", OnlyOwn)]
    narrowing_filter = ["channel", ("stopped_at", admin.EmptyFieldListFilter), "starts_at"]
    search_fields = ["code", "koc__key", "koc__name"]
    autocomplete_fields = ["koc"]
    actions = ["stop"]
    actions_list = ["make_unique"]
    actions_detail = ["give"]
    fields = [
        ("code", "brand"),
        ("koc", "channel"),
        "starts_at",
        "ends_at",
        ("valid_days", "stock", "most_per_customer"),
        ("used", "stopped_at"),
        "used_for",
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["used", "stopped_at", "used_for", *(["code", "brand", "koc", "starts_at"] if obj else [])]

    @display(description=_("used for"))
    def used_for(self, coupon: Coupon) -> SafeString:
        uses = coupon.uses.select_related("customer").order_by("-used_at", "-pk")[:50] if coupon.pk else []
        return table(
            [_("order"), _("customer"), _("paid")],
            [(use.order_number, link(use.customer), moment(use.used_at)) for use in uses],
        )

    @action(description=_("Stop"))
    def stop(self, request: HttpRequest, queryset: QuerySet[Coupon]) -> None:
        at = timezone.now()
        stopped = sum(stop_coupon(coupon=coupon, at=at) for coupon in queryset)
        messages.success(request, _("%(stopped)s stopped") % {"stopped": stopped})

    @action(description=_("Make unique codes"), url_path="make", icon="library_add")
    def make_unique(self, request: HttpRequest) -> HttpResponseBase:
        def act(said: Making) -> HttpResponseRedirect:
            given = said.cleaned_data
            made = make_unique_coupons(**given, starts_at=timezone.now())
            messages.success(request, _("%(made)s coupons") % {"made": f"{len(made):,}"})
            return HttpResponseRedirect(f"{list_of(Coupon)}?q={given['koc'].key}")

        texts = [_("Random codes that can be used once each, from now on.")]
        return self.step(
            request, act, title=_("Make unique codes"), texts=texts, submit=_("Make"), back=list_of(Coupon),
            form=partial(Making, kocs=of_own_brands(Koc.objects.all(), request.user, "brand")),
        )  # fmt: skip

    @action(description=_("Give to customers"), url_path="give", icon="redeem")
    def give(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        coupon: Coupon = self.found(request, object_id)

        def act(said: Giving) -> str:
            fresh = give_coupon(coupon=coupon, customers=said.cleaned_data["customers"], at=timezone.now())
            return _("%(fresh)s received it now") % {"fresh": f"{fresh:,}"}

        texts = [_("Who has it already keeps the first time.")]
        form = partial(Giving, brand=coupon.brand_id)
        return self.step(
            request,
            act,
            title=_("Give %(coupon)s") % {"coupon": coupon},
            texts=texts,
            submit=_("Give"),
            back=page_of(coupon),
            form=form,
        )


@admin.register(CouponReceipt)
class CouponReceiptAdmin(ReadOnlyAdmin):
    brand_path = "coupon__brand"
    list_display = ["coupon", "customer", "received_at"]
    search_fields = ["coupon__code", "customer__key"]


@admin.register(CouponUse)
class CouponUseAdmin(ReadOnlyAdmin):
    brand_path = "coupon__brand"
    list_display = ["coupon", "customer", "order_number", "used_at"]
    search_fields = ["coupon__code", "customer__key"]
