"""Whom an order is credited to and by what, why nobody, and why no sponsor is paid."""

from typing import Any

import pytest

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.earnings.models.credits import OrderCredit
from commissions.explanations.rendering.explanation_text import ExplanationText
from commissions.plans.models.policies import PayPolicy
from referrals.shares.models import Share
from referrals.tree.models import CreditPolicy
from referrals.visits.models import Visit
from tests.support.explanations import DAY, HOUR, amount, codes, explanation_of, step, words
from tests.support.factories import NOW, make_koc, make_share, make_user
from tests.support.shop_events import paid, report, send

pytestmark = pytest.mark.django_db


def credit_of(order: str) -> tuple[dict[str, Any], str]:
    """The step that says why an order is credited to nobody: its values and its text."""
    explanation = explanation_of(order)
    assert explanation.amounts == []
    return dict(explanation.credit.values), ExplanationText("CNY", "Asia/Shanghai").step(explanation.credit)["text"]


def test_who_is_credited_nothing_is_shown_why(brand: Brand) -> None:
    share = Share.objects.get()
    idle = make_share(make_koc(brand, "idle", status="rejected"), share.kit)
    Koc.objects.filter(key="low").update(user=make_user("+8613800000001"))
    old = Visit.objects.create(share=share, visitor="v", visited_at=NOW - 31 * DAY)
    report(
        brand,
        paid("A-1"),
        paid("A-2", click=old.public_id),
        paid("A-3", share=idle.code),
        paid("A-4", share="code", customer={"id": "c", "phone": "13800000001"}),
    )
    Koc.objects.filter(key="idle").update(status="active")  # what holds today changes nothing
    CreditPolicy.objects.update(window_days=90, self_purchase="allow")
    credits = {order: credit_of(order) for order in ("A-1", "A-2", "A-3", "A-4")}
    assert {order: (values["how"], values["why"]) for order, (values, _) in credits.items()} == {
        "A-1": ("nobody", "no_trace"), "A-2": ("nobody", "no_visit"), "A-3": ("nobody", "not_active"), "A-4": ("self_purchase", "own_purchase"),
    }  # fmt: skip
    assert [text for _, text in credits.values()] == [
        "Nobody is credited: the shop named no KOC and no share of ours, and nothing ties the buyer to a visit.",
        "Nobody is credited: no counted visit of the buyer lies in the 30 days before the payment.",
        "Nobody is credited: idle was not active.",
        "Nobody is credited: low bought this, and one's own purchases earn nothing at this brand.",
    ]


def test_an_order_that_is_not_answered_yet_says_so(brand: Brand) -> None:
    send(brand, paid(share="code"))
    values, text = credit_of("A-1")
    assert (values, text) == ({"how": "unanswered"}, "The order is not answered yet.")


def test_a_click_is_shown_with_the_visit_that_counted(brand: Brand) -> None:
    share = Share.objects.get()
    click = Visit.objects.create(share=share, visitor="v", visited_at=NOW - 2 * DAY)
    Visit.objects.create(share=share, visitor="v", visited_at=NOW - DAY)
    report(brand, paid(click=click.public_id))
    Visit.objects.create(share=share, visitor="v", visited_at=NOW - HOUR)  # heard later
    assert step(amount(1), "credit") == {
        "how": "click", "model": "last_click", "window_days": 30, "visits": 2, "visited_at": "2026-02-28T02:00:00+00:00",
        "credit_bps": 10_000, "koc": "low", "share": "code",
    }  # fmt: skip
    assert "the last of 2 counted visits in the 30 days before the payment was theirs, on 2026-02-28 10:00." in words(
        amount(1)
    )


def test_shared_credit_is_shown_part_by_part(brand: Brand) -> None:
    """Linear over three touches, 2 : 1: 1238 → 825 and 413; × 1.1 → 907.5 → 908 and 454.3 → 454. Level 2: 297 → 198 for
    the sponsor of low, and nobody's 99."""
    CreditPolicy.objects.update(attribution="linear")
    share = Share.objects.get()
    other = make_share(make_koc(brand, "other"), share.kit)
    click = Visit.objects.create(share=share, visitor="v", visited_at=NOW - 3 * HOUR)
    for touched, hours in ((other, 2), (share, 1)):
        Visit.objects.create(share=touched, visitor="v", visited_at=NOW - hours * HOUR)
    report(brand, paid(click=click.public_id))
    first = amount(1)
    assert codes(first) == [
        "base",
        "credit",
        "plan",
        "rule",
        "rate",
        "rounding",
        "part",
        "multiplier",
        "rounding",
        "guard",
    ]
    assert step(first, "part") == {"credit_bps": 6667, "whole_minor": 1238, "amount_minor": 825}
    assert [amount(level, place=place).amount_minor for level in (1, 2) for place in (0, 1)] == [908, 454, 198, 0]
    assert (amount(2, place=1).zero_because, step(amount(2, place=1), "no_level_2")["why"]) == (
        "no_level_2",
        "no_sponsor",
    )
    assert (step(first, "credit")["touches"], step(first, "credit")["visits"]) == (2, 3)
    assert (
        "low is credited with 66.67% of the sale: of 3 counted visits in the 30 days before the payment 2 were theirs; each counts alike."
        in words(first)
    )


def test_why_nobody_is_paid_level_2_is_kept(brand: Brand) -> None:
    low = Koc.objects.get(key="low")
    alone = make_share(make_koc(brand, "alone"))
    report(brand, paid("A-1", share=alone.code))
    Koc.objects.filter(key="high").update(status="rejected")
    report(brand, paid("A-2", share="code"))
    PayPolicy.objects.update(paid_levels=1)
    report(brand, paid("A-3", share="code"))
    Koc.objects.filter(key="high").update(status="active")
    assert list(OrderCredit.objects.order_by("order__key").values_list("no_level_2", flat=True)) == [
        "no_sponsor",
        "not_active",
        "one_level",
    ]
    assert [words(amount(2, f"A-{n}"), order=f"A-{n}").splitlines()[-2] for n in (1, 2, 3)] == [
        "Nobody is paid level 2: the credited KOC had no sponsor.",
        "Nobody is paid level 2: the sponsor was not active.",
        "Nobody is paid level 2: the brand paid one level.",
    ]
    assert low.name in words(amount(1, "A-2"), order="A-2")
