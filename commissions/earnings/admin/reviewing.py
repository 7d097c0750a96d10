"""Holding, releasing and reversing commissions: one or many, chosen from a list, on a page that says what will
happen."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.db.models import F, QuerySet, Sum
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.access.permissions.stepping import ConfirmedActions
from accounts.brands.models import Brand
from accounts.people.models import User
from commissions.earnings.models.commissions import Commission, RiskReview
from commissions.earnings.services.reviews import hold_commissions, release_commissions, reverse_commissions
from foundation.admin.pages import list_of
from foundation.money.amounts import shown

MOST = 10_000
REASONS = [("", "—"), *RiskReview.Reason.choices]


class Choosing(forms.Form):
    """What was ticked in the list comes along, so that the step is done for just that."""

    action = forms.CharField(widget=forms.HiddenInput)
    sure = forms.CharField(widget=forms.HiddenInput, initial="yes")

    def __init__(self, *args: Any, chosen: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ticked = forms.MultipleChoiceField(
            choices=[(str(pk), str(pk)) for pk in chosen], widget=forms.MultipleHiddenInput, initial=chosen
        )
        self.fields[helpers.ACTION_CHECKBOX_NAME] = ticked


class Reasoned(Choosing):
    reason = forms.ChoiceField(choices=REASONS, label="reason 原因", widget=UnfoldAdminSelectWidget)
    note = forms.CharField(max_length=500, required=False, label="note 备注", widget=UnfoldAdminTextInputWidget)


class ReviewActions(ConfirmedActions):
    """Commissions that can be held, released and reversed from their list."""

    actions = ["hold", "release", "reverse"]

    @action(description="Hold for review 冻结待审")
    def hold(self, request: HttpRequest, chosen: QuerySet[Commission]) -> HttpResponseBase | None:
        texts = ["They are on no statement until somebody releases them. 冻结期间不进入结算单。"]
        return self._review(request, chosen, "Hold 冻结", texts, Reasoned, hold_commissions)

    @action(description="Release 放行")
    def release(self, request: HttpRequest, chosen: QuerySet[Commission]) -> HttpResponseBase | None:
        return self._review(
            request,
            chosen,
            "Release 放行",
            ["They go back to where they were. 恢复到冻结前的状态。"],
            Choosing,
            release_commissions,
        )

    @action(description="Reverse for good 撤销")
    def reverse(self, request: HttpRequest, chosen: QuerySet[Commission]) -> HttpResponseBase | None:
        texts = [
            "They are worth nothing from now on, whatever the order does. What was settled or paid becomes a debt. 撤销后不可恢复；已结算的转为欠款。"
        ]
        return self._review(request, chosen, "Reverse 撤销", texts, Reasoned, reverse_commissions)

    def _review(
        self,
        request: HttpRequest,
        chosen: QuerySet[Commission],
        what: str,
        texts: list[str],
        form: type[Choosing],
        service: Callable[..., int],
    ) -> HttpResponseBase | None:
        ids = list(chosen.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
        if len(ids) > MOST:
            messages.error(request, f"More than {MOST:,} at once 一次最多 {MOST:,} 条.")
            return None
        sent = request.POST if request.POST.get("sure") else None
        # The step looks at the method; the list's own POST only opens the page.
        asked = form(sent, chosen=ids, initial={"action": request.POST.get("action")})

        def act(said: Choosing) -> HttpResponseRedirect:
            done = sum(self._of(brand, said, rows, request, service) for brand, rows in by_brand(ids).items())
            messages.success(request, f"{what}: {done:,} commissions.")
            return HttpResponseRedirect(list_of(Commission))

        sums = (
            chosen.order_by().values_list("brand__currency").annotate(net=Sum(F("amount_minor") - F("reversed_minor")))
        )
        amounts = ", ".join(shown(net, currency) for currency, net in sums)
        said = [f"{len(ids):,} commissions, {amounts} 共 {len(ids):,} 条。", *texts]
        return self.step(
            request,
            title=f"{what} — commissions 佣金",
            texts=said,
            submit=what,
            back=list_of(Commission),
            act=act,
            form=asked,
        )

    def _of(
        self, brand: Brand, said: Choosing, rows: list[int], request: HttpRequest, service: Callable[..., int]
    ) -> int:
        why = {name: said.cleaned_data[name] for name in ("reason", "note") if name in said.cleaned_data}
        return service(brand=brand, commissions=rows, by=cast(User, request.user), at=timezone.now(), **why)


def by_brand(commissions: list[int]) -> dict[Brand, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for pk, brand in Commission.objects.filter(pk__in=commissions).values_list("pk", "brand"):
        found[brand].append(pk)
    return {brand: found[brand.pk] for brand in Brand.objects.filter(pk__in=found).order_by("pk")}
