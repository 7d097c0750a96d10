"""What cannot be in a plan or a campaign, from values alone."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from commissions.plans.domain.plan_parts import CampaignPart, PlanPart, RulePart, StepPart
from commissions.plans.domain.plans import (
    BrandCatalog,
    campaign_faults,
    campaign_faults_here,
    overlap,
    plan_faults,
    plan_faults_here,
    plan_notes,
    terms,
)
from commissions.plans.domain.rules import RuleTerms
from tests.support.records.plan_parts import say_bounty, say_steps

MAY, JUNE, JULY = (datetime(2026, month, 1, tzinfo=UTC) for month in (5, 6, 7))
campaign = partial(say_bounty, starts_at=JUNE)
steps = partial(say_steps, starts_at=JUNE)
KNOWN = BrandCatalog(frozenset({"seed", "sprout"}), {"S1": "skincare", "S2": "hair"}, 3000)


def plan(*rules: RulePart, starts_at: datetime = JUNE, ends_at: datetime | None = None) -> PlanPart:
    return PlanPart("spring", starts_at, ends_at, list(rules))


def paying(**said: Any) -> RulePart:
    given: dict[str, Any] = {"rate_bps": 1000} | said
    return RulePart(**given)


def test_two_spans_overlap_when_they_share_an_instant() -> None:
    assert overlap(MAY, JUNE, JUNE, JULY) is False  # half-open
    assert overlap(MAY, None, JUNE, JULY) is True
    assert overlap(JUNE, JULY, MAY, None) is True
    assert overlap(JUNE, None, MAY, JUNE) is False


def test_a_plan_that_can_be_has_no_faults() -> None:
    good = plan(
        paying(skus=["S1"], categories=["skincare"], tiers=["seed"]),
        paying(rate_bps=None, fixed_minor=5, priority=1),
        paying(),
        ends_at=JULY,
    )
    assert list(plan_faults(good)) == []
    assert list(plan_faults_here(good, KNOWN)) == []


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        (RulePart(), ("pays either rate_bps or fixed_minor", ("rules", 0, "rate_bps"))),
        (paying(fixed_minor=0), ("pays either rate_bps or fixed_minor", ("rules", 0, "rate_bps"))),
        (
            paying(cap_minor=0),
            ("with a cap of 0 nothing is paid: leave the cap out, or give a rate of 0", ("rules", 0, "cap_minor")),
        ),
        (paying(tiers=["seed", "sprout", "seed", "seed"]), ("seed stands twice", ("rules", 0, "tiers"))),
        (paying(skus=["S1", "S1"]), ("S1 stands twice", ("rules", 0, "skus"))),
    ],
)
def test_a_rule_against_itself(rule: RulePart, fault: tuple[str, tuple[str | int, ...]]) -> None:
    assert list(plan_faults(plan(rule))) == [fault]


def test_a_plan_ends_after_it_starts() -> None:
    assert list(plan_faults(plan(ends_at=JUNE))) == [("ends before it starts", ("ends_at",))]


@pytest.mark.parametrize(
    ("moment", "fault"),
    [
        ("9999-12-31T23:59:59-12:00", "is not between the years 1970 and 9900"),
        ("0001-01-01T00:00:00+14:00", "is not between the years 1970 and 9900"),
        ("2026-07-01T00:00:00+23:59", "is more than 15 hours from UTC"),
    ],
)
def test_a_moment_that_no_database_keeps_is_refused(moment: str, fault: str) -> None:
    starts = PlanPart("spring", datetime.fromisoformat(moment), None, [])
    assert list(plan_faults(starts)) == [(fault, ("starts_at",))]
    assert (fault, ("ends_at",)) in list(campaign_faults(campaign(ends_at=datetime.fromisoformat(moment))))


def test_a_rule_that_another_with_its_conditions_stands_before_can_never_win() -> None:
    told = plan_faults(
        plan(
            paying(skus=["S1", "S2"]),
            paying(priority=1),
            paying(skus=["S2", "S1"], rate_bps=2000),
            paying(customer="new"),
            paying(priority=1),
        )
    )
    assert [(message[:22], place) for message, place in told] == [
        ("can never win: rule 1 ", ("rules", 2)),
        ("can never win: rule 2 ", ("rules", 4)),
    ]


@pytest.mark.parametrize(
    ("rule", "faults"),
    [
        (paying(tiers=["gold", "seed"]), [("unknown tier gold", ("rules", 0, "tiers"))]),
        (paying(skus=["S1", "S9"]), [("unknown product S9: load it first", ("rules", 0, "skus"))]),
        (
            paying(skus=["S1"], categories=["hair", "body"]),
            [("none of its products is of its categories", ("rules", 0, "categories"))],
        ),
        (paying(skus=["S1", "S2"], categories=["hair"]), []),
        (paying(rate_bps=3000, override_bps=3000), []),
        (
            paying(rate_bps=3001),
            [
                (
                    "is over the total cap: all levels of a line come to total_cap_bps, 3000, at most",
                    ("rules", 0, "rate_bps"),
                )
            ],
        ),
        (
            paying(override_bps=3001),
            [
                (
                    "is over the total cap: all levels of a line come to total_cap_bps, 3000, at most",
                    ("rules", 0, "override_bps"),
                )
            ],
        ),
        (RulePart(fixed_minor=10**9), []),  # what it is of a price is seen on each line
    ],
)
def test_a_rule_against_the_brand(rule: RulePart, faults: list[object]) -> None:
    assert list(plan_faults_here(plan(rule), KNOWN)) == faults


def test_under_a_guard_of_nothing_a_rule_may_still_name_a_fixed_amount() -> None:
    closed = KNOWN._replace(total_cap_bps=0)
    assert list(plan_faults_here(plan(RulePart(fixed_minor=5), paying(rate_bps=0)), closed)) == []
    assert [place for _, place in plan_faults_here(plan(paying(rate_bps=1)), closed)] == [("rules", 0, "rate_bps")]


def test_a_brand_without_any_product_may_name_those_to_come() -> None:
    bare = KNOWN._replace(categories={})
    assert list(plan_faults_here(plan(paying(skus=["S9"], categories=["hair"])), bare)) == []
    assert list(campaign_faults_here(campaign(skus=["S9"]), bare)) == []


def test_the_order_of_values_in_a_condition_says_nothing() -> None:
    assert terms([paying(skus=["S1", "S2"])]) == terms([paying(skus=["S2", "S1"])])
    assert terms([paying(), paying(priority=1)]) != terms([paying(priority=1), paying()])


@pytest.mark.parametrize(
    ("said", "faults"),
    [
        (campaign(skus=["S1"]), []),
        (campaign(kind="new_customer", skus=["S1"]), []),
        (campaign(fixed_minor=0), [("pays a fixed_minor above 0", ("fixed_minor",))]),
        (campaign(steps=[StepPart(0, 100)]), [("only a campaign of kind steps has steps", ("steps",))]),
        (
            campaign(skus=["S1", "S1"], ends_at=MAY),
            [("ends before it starts", ("ends_at",)), ("S1 stands twice", ("skus",))],
        ),
        (steps((0, 100), (5, 50)), []),
        (steps((10, 100)), []),  # the first part of a month may earn nothing
        (steps(), [("needs steps", ("steps",))]),
        (
            steps((5, 100), (5, 200), (4, 300)),
            [("each step begins above the one before", ("steps", place, "from_minor")) for place in (1, 2)],
        ),
        (steps((0, 100), skus=["S1"]), [("steps count what is approved of every product", ("skus",))]),
        (
            campaign(kind="steps", steps=[StepPart(0, 1)]),
            [("steps pay by their rates, not a fixed amount", ("fixed_minor",))],
        ),
    ],
)
def test_a_campaign_against_itself(said: CampaignPart, faults: list[object]) -> None:
    assert list(campaign_faults(said)) == faults


def test_a_campaign_against_the_brand() -> None:
    over = "is over the total cap: all levels of a line come to total_cap_bps, 3000, at most"
    assert list(campaign_faults_here(steps((0, 3000), (5, 3001)), KNOWN)) == [(over, ("steps", 1, "rate_bps"))]
    assert list(campaign_faults_here(campaign(skus=["S9", "S1"]), KNOWN)) == [
        ("unknown product S9: load it first", ("skus",))
    ]


def rule(position: int, priority: int = 0, **said: Any) -> RuleTerms:
    return RuleTerms(id=position, position=position, priority=priority, rate_bps=1000, **said)


def test_what_is_perhaps_not_meant_is_noted() -> None:
    rules = [
        rule(0, 10, categories=frozenset({"hair"})),
        rule(1, 5, skus=frozenset({"S9"}), categories=frozenset({"food"})),
        rule(2, override_bps=200),
    ]
    assert list(plan_notes(rules, KNOWN._replace(paid_levels=1))) == [
        "rule 2: the brand has no product S9 yet",
        "rule 2: the brand has no product of category food yet",
        "rule 3: override_bps pays nobody, since the brand pays one level",
    ]
    assert list(plan_notes(rules[2:], KNOWN)) == []


def test_a_rule_that_a_wider_one_goes_before_is_noted() -> None:
    wide, new = rule(0, 10, tiers=frozenset({"seed", "sprout"})), rule(1, 5, customer="new")
    narrow = rule(2, 1, tiers=frozenset({"seed"}), customer="returning")
    assert list(plan_notes([wide, new, narrow], KNOWN)) == [
        "rule 3 never wins: rule 1 holds whenever it does, and goes before it"
    ]
    assert list(plan_notes([new, narrow], KNOWN)) == []
    alike = [rule(0, 10, tiers=frozenset({"seed"})), rule(1, tiers=frozenset({"seed"}))]
    assert list(plan_notes(alike, KNOWN)) == ["rule 2 never wins: rule 1 holds whenever it does, and goes before it"]
    assert (
        list(plan_notes([rule(0, 10, tiers=frozenset({"seed"})), rule(1, tiers=frozenset({"seed", "sprout"}))], KNOWN))
        == []
    )
    assert list(plan_notes([rule(0, 10, tiers=frozenset({"seed"})), rule(1)], KNOWN)) == []
