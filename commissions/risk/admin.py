"""What looks like fraud: the number beside its threshold, the rows that it rests on, and a decision with a reason."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from accounts.access.permissions.choosing import Choosing, ChosenActions
from accounts.access.permissions.staff import EditableAdmin, OnlyOwn, ReadOnlyAdmin
from commissions.plans.domain.rates import BPS
from commissions.risk.domain.fraud import KINDS
from commissions.risk.models import Signal, SignalFact, SignalHold, SignalPolicy, SignalSearch
from commissions.risk.services import confirm_signals, dismiss_signals
from foundation.admin.columns import page
from foundation.admin.pages import link, moment, table
from foundation.money.units import RATE
from foundation.texts.amounts import quantity
from foundation.texts.names import relations_of_name
from foundation.texts.translation import translated

LISTED = 300


class Dismissing(Choosing):
    reason = forms.CharField(max_length=500, label=_("why"), widget=UnfoldAdminTextInputWidget)


class Confirming(Dismissing):
    reverse = forms.BooleanField(required=False, label=_("reverse what they hold"), widget=UnfoldBooleanWidget)


COUNTED = {
    "accounts": _("other accounts"),
    "came_back": _("of them came back"),
    "customers": _("customers"),
    "devices": _("devices"),
    "fastest_seconds": _("seconds of the fastest"),
    "hours": _("hours"),
    "kept_apart": _("of them kept apart"),
    "members": _("members"),
    "memberships": _("memberships"),
    "orders": _("orders"),
    "orders_among_them": _("orders among them"),
    "orders_by_click": _("orders by click"),
    "visits": _("visits"),
}
"""What the searches count, as staff read it."""


@admin.register(Signal)
class SignalAdmin(ChosenActions):
    plural, most = "signals", 1_000
    plural_shown = _("signals")
    list_display = [
        "kind",
        "koc_page",
        "number",
        "from_on",
        "held",
        "found_at",
        "state",
        "decided_by",
        "decided_at",
    ]
    list_select_related = ["brand", "koc", "decided_by"]
    list_filter = ["state", "kind", ("brand", OnlyOwn), "found_at"]
    search_fields = ["koc__key", "koc__name"]
    actions = ["confirm", "dismiss"]
    fields = [
        ("kind", "koc_page", "brand"),
        ("number", "from_on"),
        ("what", "found_at"),
        ("state", "decided_by", "decided_at"),
        "reason",
        "counts",
        "rests",
        "waits",
    ]
    koc_page = page("koc", _("KOC"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(held_count=Count("holds"))

    @display(description=_("measured"), ordering="measured")
    def number(self, signal: Signal) -> str:
        return quantity(signal.measured, KINDS[signal.kind].unit)

    @display(description=_("threshold"), ordering="threshold")
    def from_on(self, signal: Signal) -> str:
        return quantity(signal.threshold, KINDS[signal.kind].unit)

    @display(description=_("holds"), ordering="held_count")
    def held(self, signal: Any) -> str:
        return f"{signal.held_count:,}"

    @display(description=_("what was measured"))
    def what(self, signal: Signal) -> str:
        return translated(KINDS[signal.kind].measured)

    @display(description=_("counts"))
    def counts(self, signal: Signal) -> SafeString:
        rows = [(translated(COUNTED.get(name, name)), f"{value:,}") for name, value in signal.evidence.items()]
        return table([_("what"), _("count")], rows)

    @display(description=_("rests on"))
    def rests(self, signal: Signal) -> SafeString:
        facts = signal.facts.select_related("order", "customer", "other", "share").order_by("pk")[:LISTED]
        return table(
            [_("fact"), _("hour")],
            [(link(fact.order or fact.customer or fact.other or fact.share), moment(fact.hour)) for fact in facts],
        )

    @display(description=_("holds"))
    def waits(self, signal: Signal) -> SafeString:
        holds = signal.holds.select_related(*relations_of_name(SignalHold)).order_by("pk")[:LISTED]
        return table(
            [_("commission"), _("review")], [(link(hold.review.commission), link(hold.review)) for hold in holds]
        )

    @action(description=_("Confirm"))
    def confirm(self, request: HttpRequest, chosen: QuerySet[Signal]) -> HttpResponseBase | None:
        texts = [_("What they hold goes on waiting until somebody reverses or releases it, or is reversed now.")]
        return self.step_with(request, chosen, confirm_signals, what=_("Confirm"), texts=texts, form=Confirming)

    @action(description=_("Dismiss"))
    def dismiss(self, request: HttpRequest, chosen: QuerySet[Signal]) -> HttpResponseBase | None:
        texts = [_("What they alone hold is released; no threshold changes.")]
        return self.step_with(request, chosen, dismiss_signals, what=_("Dismiss"), texts=texts, form=Dismissing)

    def told(self, count: int, done: int) -> str:
        return _("signals: %(count)s, commissions: %(done)s") % {"count": f"{count:,}", "done": f"{done:,}"}


class SignalPolicyForm(forms.ModelForm):
    """The numbers of a policy are counts or shares, by its kind."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = KINDS[self.instance.kind]
        for name, unit in {"threshold": kind.unit, "beside": kind.unit_beside}.items():
            field: Any = self.fields[name]
            field.unit = unit
            if unit is RATE:
                field.max_value = BPS

    def clean_days(self) -> int:
        days: int = self.cleaned_data["days"]
        if not days and KINDS[self.instance.kind].days:
            raise forms.ValidationError(_("It looks back a day at least"))
        return days


@admin.register(SignalPolicy)
class SignalPolicyAdmin(EditableAdmin):
    is_small = True
    form = SignalPolicyForm
    list_display = ["kind", "brand", "is_on", "holds", "from_on", "second", "days"]
    list_filter = [("brand", OnlyOwn), "kind", "is_on", "holds"]
    ordering = ["brand", "kind"]
    fields = [("kind", "brand"), ("is_on", "holds"), "threshold", "beside", "days", "says"]
    readonly_fields = ["kind", "brand", "says"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a brand has one of each kind from its first search on

    @display(description=_("threshold"), ordering="threshold")
    def from_on(self, policy: SignalPolicy) -> str:
        return quantity(policy.threshold, KINDS[policy.kind].unit)

    @display(description=_("second number"))
    def second(self, policy: SignalPolicy) -> str:
        kind = KINDS[policy.kind]
        return f"{quantity(policy.beside, kind.unit_beside)} {translated(kind.besides)}" if kind.besides else "—"

    @display(description=_("what the numbers say"))
    def says(self, policy: SignalPolicy) -> SafeString:
        kind = KINDS[policy.kind]
        numbers = quantity(kind.threshold, kind.unit), quantity(kind.beside, kind.unit_beside), f"{kind.days:,}"
        usual = " / ".join(numbers)
        second = translated(kind.besides) if kind.besides else _("not used")
        return format_html(
            "<p>{}: {}</p><p>{}: {}</p><p>{}: {}</p>",
            _("threshold"),
            translated(kind.measured),
            _("second number"),
            second,
            _("as shipped"),
            usual,
        )


@admin.register(SignalFact)
class SignalFactAdmin(ReadOnlyAdmin):
    brand_path = "signal__brand"
    list_display = ["signal", "kind", "koc", "order", "customer", "other", "share", "hour"]
    list_select_related = ["signal__koc", "koc", "order", "customer", "other", "share"]
    search_fields = ["signal__koc__key", "signal__koc__name"]


@admin.register(SignalHold)
class SignalHoldAdmin(ReadOnlyAdmin):
    brand_path = "signal__brand"
    list_display = ["signal", "review"]
    list_select_related = ["signal__koc", "review"]


@admin.register(SignalSearch)
class SignalSearchAdmin(ReadOnlyAdmin):
    is_small = True
    list_display = ["brand", "searched_at"]
