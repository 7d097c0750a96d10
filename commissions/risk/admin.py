"""What looks like fraud: the number beside its threshold, the rows that it rests on, and a decision with a reason."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from accounts.access.permissions.choosing import Choosing, ChosenActions
from accounts.access.permissions.staff import EditableAdmin, OnlyOwn, ReadOnlyAdmin
from commissions.risk.domain.fraud import KINDS
from commissions.risk.models import Signal, SignalFact, SignalHold, SignalPolicy, SignalSearch
from commissions.risk.services import confirm_signals, dismiss_signals
from foundation.admin.columns import page
from foundation.admin.pages import link, moment, table

LISTED = 300


class Dismissing(Choosing):
    reason = forms.CharField(max_length=500, label="why 原因", widget=UnfoldAdminTextInputWidget)


class Confirming(Dismissing):
    reverse = forms.BooleanField(
        required=False, label="reverse what they hold 同时撤销其冻结的佣金", widget=UnfoldBooleanWidget
    )


@admin.register(Signal)
class SignalAdmin(ChosenActions):
    plural, plural_zh, most = "signals", "风险信号", 1_000
    list_display = [
        "pk",
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
    search_fields = ["koc__key", "koc__name", "reason"]
    ordering = ["-found_at", "-pk"]
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
    koc_page = page("koc", "KOC")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(held_count=Count("holds"))

    @display(description="measured 实测", ordering="measured")
    def number(self, signal: Signal) -> str:
        return KINDS[signal.kind].shown(signal.measured)

    @display(description="threshold 阈值", ordering="threshold")
    def from_on(self, signal: Signal) -> str:
        return KINDS[signal.kind].shown(signal.threshold)

    @display(description="holds 冻结", ordering="held_count")
    def held(self, signal: Any) -> str:
        return f"{signal.held_count:,}"

    @display(description="what was measured")
    def what(self, signal: Signal) -> str:
        return KINDS[signal.kind].measured

    @display(description="counts 计数")
    def counts(self, signal: Signal) -> SafeString:
        return table(["", ""], [(name.replace("_", " "), str(value)) for name, value in signal.evidence.items()])

    @display(description="rests on 证据")
    def rests(self, signal: Signal) -> SafeString:
        facts = signal.facts.select_related("order", "customer", "other", "share").order_by("pk")[:LISTED]
        return table(
            ["fact", "hour"],
            [(link(fact.order or fact.customer or fact.other or fact.share), moment(fact.hour)) for fact in facts],
        )

    @display(description="holds 冻结的佣金")
    def waits(self, signal: Signal) -> SafeString:
        holds = signal.holds.select_related("review__commission").order_by("pk")[:LISTED]
        return table(["commission", "review"], [(link(hold.review.commission), link(hold.review)) for hold in holds])

    @action(description="Confirm 确认属实")
    def confirm(self, request: HttpRequest, chosen: QuerySet[Signal]) -> HttpResponseBase | None:
        texts = [
            "What they hold goes on waiting until somebody reverses or releases it, or is reversed now. 已冻结的佣金继续冻结，或一并撤销。"
        ]
        return self.step_with(request, chosen, confirm_signals, what="Confirm 确认属实", texts=texts, form=Confirming)

    @action(description="Dismiss 误报")
    def dismiss(self, request: HttpRequest, chosen: QuerySet[Signal]) -> HttpResponseBase | None:
        texts = ["What they alone hold is released; no threshold changes. 仅由其冻结的佣金恢复；阈值不变。"]
        return self.step_with(request, chosen, dismiss_signals, what="Dismiss 误报", texts=texts, form=Dismissing)

    def told(self, count: int, done: int) -> str:
        return f"{count:,} signals, {done:,} commissions"


class SignalPolicyForm(forms.ModelForm):
    def clean_days(self) -> int:
        days: int = self.cleaned_data["days"]
        if not days and KINDS[self.instance.kind].days:
            raise forms.ValidationError("It looks back a day at least 至少 1 天.")
        return days


@admin.register(SignalPolicy)
class SignalPolicyAdmin(EditableAdmin):
    form = SignalPolicyForm
    list_display = ["kind", "brand", "is_on", "holds", "from_on", "second", "days"]
    list_filter = [("brand", OnlyOwn), "kind", "is_on", "holds"]
    ordering = ["brand", "kind"]
    fields = [("kind", "brand"), ("is_on", "holds"), "threshold", "beside", "days", "says"]
    readonly_fields = ["kind", "brand", "says"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a brand has one of each kind from its first search on

    @display(description="threshold 阈值", ordering="threshold")
    def from_on(self, policy: SignalPolicy) -> str:
        return KINDS[policy.kind].shown(policy.threshold)

    @display(description="second number 第二阈值")
    def second(self, policy: SignalPolicy) -> str:
        return f"{policy.beside:,} {KINDS[policy.kind].besides}" if KINDS[policy.kind].besides else "—"

    @display(description="what the numbers say 含义")
    def says(self, policy: SignalPolicy) -> SafeString:
        kind = KINDS[policy.kind]
        usual = f"{kind.threshold:,} / {kind.beside:,} / {kind.days:,}"
        second = kind.besides or "not used 不使用"
        return format_html(
            "<p>threshold: {}</p><p>second number: {}</p><p>as shipped 默认值: {}</p>", kind.measured, second, usual
        )


@admin.register(SignalFact)
class SignalFactAdmin(ReadOnlyAdmin):
    brand_path = "signal__brand"
    list_display = ["pk", "signal", "kind", "koc", "order", "customer", "other", "share", "hour"]
    list_select_related = ["signal__koc", "koc", "order", "customer", "other", "share"]
    search_fields = ["koc__key", "koc__name"]


@admin.register(SignalHold)
class SignalHoldAdmin(ReadOnlyAdmin):
    brand_path = "signal__brand"
    list_display = ["pk", "signal", "review"]
    list_select_related = ["signal__koc", "review"]


@admin.register(SignalSearch)
class SignalSearchAdmin(ReadOnlyAdmin):
    list_display = ["brand", "searched_at"]
