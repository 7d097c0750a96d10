"""Which plan and which rule apply, why the others do not, and what the database keeps of those that were looked at."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.brands.models import Brand
from commissions.explanations.rendering.explanation_text import ExplanationText
from commissions.plans.models.plans import Plan, Rule
from referrals.shares.models import Share
from tests.support.explanations import DAY, HOUR, amount, codes, explanation_of, step, words
from tests.support.factories import NOW, make_plan
from tests.support.shop_events import paid, report

pytestmark = pytest.mark.django_db


def test_every_rule_that_was_looked_at_says_why_it_lost(brand: Brand) -> None:
    Plan.objects.update(ends_at=NOW)
    rules: list[dict[str, Any]] = [
        {"priority": 9, "skus": ["S2"], "rate_bps": 2000},
        {"priority": 9, "categories": ["hair"], "rate_bps": 2000},
        {"priority": 9, "tiers": ["gold"], "rate_bps": 2000},
        {"priority": 9, "channels": ["douyin"], "rate_bps": 2000},
        {"priority": 9, "customer": "returning", "rate_bps": 2000},
        {"priority": 1, "skus": ["S1"], "categories": ["skincare"], "rate_bps": 1000},
        {"priority": 1, "skus": ["S1"], "rate_bps": 900},
        {"priority": 1, "skus": ["S1"], "customer": "new", "rate_bps": 800},
        {"priority": 0, "rate_bps": 500},
    ]
    make_plan(brand, "many", starts_at=NOW, rules=rules)
    Share.objects.update(shared_at=NOW)
    report(brand, paid(share="code", customer={"id": "c"}))
    [line] = explanation_of().lines
    text = ExplanationText("CNY", brand.timezone)
    assert [(judged.verdict, text.rule(judged)["text"].partition(": ")[2]) for judged in line.rules] == [
        ("sku", "does not hold: it is for S2, and this was S1."),
        ("category", "does not hold: it is for hair, and this was skincare."),
        ("tier", "does not hold: it is for gold, and this was seed."),
        ("channel", "does not hold: it is for douyin, and this was moments."),
        ("customer", "does not hold: it is for returning customers, and this was a new one."),
        ("won", "won."),
        ("conditions", "holds, but rule 6 makes more conditions (2, not 1)."),
        ("position", "holds, but rule 6 stands before it."),
        ("priority", "holds, but rule 6 has the higher priority (1, not 0)."),
    ]
    assert step(amount(1), "rule")["rule"] == 6


def test_a_line_for_which_no_rule_or_no_plan_speaks_says_so(brand: Brand) -> None:
    Rule.objects.update(skus=["S2"])
    report(brand, paid("A-1", share="code"), paid("A-0", share="code", at=datetime(2025, 2, 1, tzinfo=UTC)))
    assert (amount(1).zero_because, codes(amount(1))) == ("no_rule", ["base", "credit", "plan", "no_rule"])
    assert (amount(1, "A-0").zero_because, codes(amount(1, "A-0"))) == ("no_plan", ["base", "credit", "no_plan"])
    assert "None of its rules holds: nothing is earned." in words(amount(1))
    assert "No plan was in force at the payment: nothing is earned." in words(amount(2, "A-0"), order="A-0")


def sell_under_a_new_plan(brand: Brand, key: str, *, rate_bps: int) -> None:
    """Through a share that is a day old, an hour after another plan came into force."""
    Plan.objects.update(ends_at=NOW)
    make_plan(brand, key, starts_at=NOW, rules=[{"rate_bps": rate_bps}])
    Share.objects.update(shared_at=NOW - DAY)
    report(brand, paid(share="code", at=NOW + HOUR))


def test_a_protected_rate_names_both_plans(brand: Brand) -> None:
    """The share is of 12.5%; since an hour 10% hold: the older plan pays 1361, the new one 1089."""
    sell_under_a_new_plan(brand, "less", rate_bps=1000)
    assert step(amount(1), "plan") == {
        "plan": "base", "version": 1, "protected_from": "less", "protected_from_version": 1,
        "level_1_minor": 1361, "others": [{"plan": "less", "version": 1, "level_1_minor": 1089}],
    }  # fmt: skip
    assert [(judged.decision.plan, judged.verdict) for judged in explanation_of().lines[0].rules] == [
        ("base", "won"),
        ("less", "outbid"),
    ]
    assert "Plan less, in force at the payment, pays less (CN¥10.89 instead of CN¥13.61)" in words(amount(1))


def test_a_higher_rate_reaches_an_older_share_and_the_older_plan_is_shown(brand: Brand) -> None:
    sell_under_a_new_plan(brand, "more", rate_bps=2000)
    assert step(amount(1), "plan") == {
        "plan": "more", "version": 1, "level_1_minor": 2178, "others": [{"plan": "base", "version": 1, "level_1_minor": 1361}],
    }  # fmt: skip
    assert [(judged.decision.plan, judged.verdict) for judged in explanation_of().lines[0].rules] == [
        ("more", "won"),
        ("base", "outbid"),
    ]


def test_the_database_keeps_rules_that_were_looked_at(brand: Brand) -> None:
    rule = Rule.objects.get()
    Rule.objects.update(priority=1)
    report(brand, paid(share="code"))
    with pytest.raises(IntegrityError, match="stay as they are"), transaction.atomic():
        Rule.objects.update(rate_bps=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        rule.delete()
    assert Rule.objects.get().rate_bps == 1250


def test_the_database_keeps_the_rules_of_a_plan_that_was_looked_at_and_lost(brand: Brand) -> None:
    Plan.objects.update(ends_at=NOW)
    make_plan(brand, "more", starts_at=NOW, ends_at=NOW + 90 * DAY, rules=[{"rate_bps": 2000}])
    unseen = make_plan(brand, "to-come", starts_at=NOW + 90 * DAY, rules=[{"rate_bps": 2000}])
    Share.objects.update(shared_at=NOW - DAY)
    report(brand, paid(share="code", at=NOW + HOUR))
    with pytest.raises(IntegrityError, match="a rule that was looked at for a sale stays"), transaction.atomic():
        Rule.objects.filter(plan__key="base").delete()
    assert Rule.objects.filter(plan__key="base").count() == 1
    assert Rule.objects.filter(plan=unseen).delete()[0] == 1
