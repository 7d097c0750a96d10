"""Holding, releasing and reversing commissions: one or many, chosen from a list, on a page that says what will
happen."""

from typing import Any

from django import forms
from django.db.models import F, QuerySet, Sum
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.access.permissions.choosing import Choosing, ChosenActions
from commissions.earnings.models.commissions import Commission, RiskReview
from commissions.earnings.services.reviews import hold_commissions, release_commissions, reverse_commissions
from foundation.texts.amounts import shown

BY_ITSELF = {RiskReview.Reason.DOUBT, RiskReview.Reason.TOLD_AGAIN}
REASONS = [("", "—"), *(choice for choice in RiskReview.Reason.choices if choice[0] not in BY_ITSELF)]


class Reasoned(Choosing):
    reason = forms.ChoiceField(choices=REASONS, label=_("reason"), widget=UnfoldAdminSelectWidget)
    note = forms.CharField(max_length=500, required=False, label=_("note"), widget=UnfoldAdminTextInputWidget)


class ReviewActions(ChosenActions):
    """Commissions that can be held, released and reversed from their list."""

    actions = ["hold", "release", "reverse"]
    plural, most = "commissions", 10_000
    plural_shown = _("commissions")

    @action(description=_("Hold for review"))
    def hold(self, request: HttpRequest, chosen: QuerySet[Commission]) -> HttpResponseBase | None:
        texts = [_("They are on no statement until somebody releases them.")]
        return self.step_with(request, chosen, hold_commissions, what=_("Hold"), texts=texts, form=Reasoned)

    @action(description=_("Release"))
    def release(self, request: HttpRequest, chosen: QuerySet[Commission]) -> HttpResponseBase | None:
        texts = [_("They go back to where they were.")]
        return self.step_with(request, chosen, release_commissions, what=_("Release"), texts=texts, form=Choosing)

    @action(description=_("Reverse for good"))
    def reverse(self, request: HttpRequest, chosen: QuerySet[Commission]) -> HttpResponseBase | None:
        texts = [
            _("They are worth nothing from now on, whatever the order does. What was settled or paid becomes a debt.")
        ]
        return self.step_with(request, chosen, reverse_commissions, what=_("Reverse"), texts=texts, form=Reasoned)

    def summed(self, chosen: QuerySet[Any], count: int) -> str:
        net = Sum(F("amount_minor") - F("reversed_minor"))
        sums = chosen.order_by().values_list("brand__currency").annotate(net=net)
        amounts = ", ".join(shown(net_minor, currency) for currency, net_minor in sums)
        return _("%(count)s commissions, %(amounts)s") % {"count": f"{count:,}", "amounts": amounts}
