"""Holding, releasing and reversing commissions: one or many, chosen from a list, on a page that says what will
happen."""

from typing import Any

from django import forms
from django.db.models import F, QuerySet, Sum
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.access.permissions.choosing import Choosing, ChosenActions
from commissions.earnings.models.commissions import Commission, RiskReview
from commissions.earnings.services.reviews import hold_commissions, release_commissions, reverse_commissions
from foundation.money.amounts import shown

REASONS = [("", "—"), *RiskReview.Reason.choices]


class Reasoned(Choosing):
    reason = forms.ChoiceField(choices=REASONS, label="reason 原因", widget=UnfoldAdminSelectWidget)
    note = forms.CharField(max_length=500, required=False, label="note 备注", widget=UnfoldAdminTextInputWidget)


class ReviewActions(ChosenActions):
    """Commissions that can be held, released and reversed from their list."""

    actions = ["hold", "release", "reverse"]
    plural, plural_zh, most = "commissions", "佣金", 10_000

    @action(description="Hold for review 冻结待审")
    def hold(self, request: HttpRequest, chosen: QuerySet[Commission]) -> HttpResponseBase | None:
        texts = ["They are on no statement until somebody releases them. 冻结期间不进入结算单。"]
        return self.step_with(request, chosen, hold_commissions, what="Hold 冻结", texts=texts, form=Reasoned)

    @action(description="Release 放行")
    def release(self, request: HttpRequest, chosen: QuerySet[Commission]) -> HttpResponseBase | None:
        texts = ["They go back to where they were. 恢复到冻结前的状态。"]
        return self.step_with(request, chosen, release_commissions, what="Release 放行", texts=texts, form=Choosing)

    @action(description="Reverse for good 撤销")
    def reverse(self, request: HttpRequest, chosen: QuerySet[Commission]) -> HttpResponseBase | None:
        texts = [
            "They are worth nothing from now on, whatever the order does. What was settled or paid becomes a debt. 撤销后不可恢复；已结算的转为欠款。"
        ]
        return self.step_with(request, chosen, reverse_commissions, what="Reverse 撤销", texts=texts, form=Reasoned)

    def summed(self, chosen: QuerySet[Any], count: int) -> str:
        net = Sum(F("amount_minor") - F("reversed_minor"))
        sums = chosen.order_by().values_list("brand__currency").annotate(net=net)
        amounts = ", ".join(shown(net_minor, currency) for currency, net_minor in sums)
        return f"{count:,} commissions, {amounts} 共 {count:,} 条。"
