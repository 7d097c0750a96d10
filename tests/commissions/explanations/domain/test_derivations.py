"""From the record of an order to every amount: with no database, and every number checked by hand."""

from dataclasses import replace
from typing import Any

import pytest

from commissions.explanations.domain.derivations import derive, derive_commission
from commissions.explanations.domain.explanations import AmountExplanation
from commissions.explanations.domain.records import (
    BindingRecord,
    CampaignRecord,
    CouponRecord,
    CreditSeen,
    MissedBonusRecord,
    OrderRecord,
    PlanRecord,
    ReversalRecord,
    SoldLineRecord,
)
from tests.support.records.order_records import (
    BOUNTY,
    CREDIT,
    HIGH,
    LOW,
    TERMS,
    make_bonus,
    make_commission,
    make_decision,
    make_line,
    make_order,
    make_refund,
    make_review,
    make_sold,
    make_terms,
    make_version,
)


def amounts(order: OrderRecord) -> list[AmountExplanation]:
    return derive(order).amounts


def codes(amount: AmountExplanation) -> list[str]:
    return [step.code for step in amount.steps]


def values(amount: AmountExplanation, code: str) -> dict[str, Any]:
    return dict(next(step.values for step in amount.steps if step.code == code))


def test_an_order_is_derived_line_by_line_and_level_by_level() -> None:
    """9900 × 12.5% × 1.1 = 1361.25 → 1361 for the sharer, 9900 × 3% = 297 for the sponsor; the second line has no
    terms yet."""
    order = make_order(make_line(make_commission()), make_line(key="2", terms=None), rest=3)
    explanation = derive(order)
    assert (explanation.key, explanation.public_id, explanation.currency, explanation.zone, explanation.rest) == (
        "A-1", "ord_1", "CNY", "Asia/Shanghai", 3,
    )  # fmt: skip
    assert [(line.order_key, line.key, line.sku, len(line.rules)) for line in explanation.lines] == [
        ("A-1", "1", "S1", 1),
        ("A-1", "2", "S-now", 0),
    ]
    first, second = explanation.amounts
    assert (first.line_key, first.level, first.koc, first.amount_minor, first.net_minor, first.adds_up) == (
        "1", 1, LOW, 1361, 1361, True,
    )  # fmt: skip
    assert codes(first) == ["base", "credit", "plan", "rule", "rate", "multiplier", "rounding", "guard"]
    assert values(first, "rule") == {
        "rule": 1, "rate_bps": 1250, "fixed_minor": None, "override_bps": 300, "cap_minor": None,
    }  # fmt: skip
    assert values(first, "multiplier") == {"multiplier_bps": 11_000, "tier": "seed"}
    assert (second.level, second.koc, second.amount_minor, second.zero_because) == (2, HIGH, 297, "")
    assert not second.adds_up  # 297 were not booked


def test_what_was_sold_stands_there_with_both_discounts() -> None:
    """Two of 5000, 100 off the line, 25 of the order's discount: 9875."""
    [line] = derive(make_order(make_line(sold=SoldLineRecord(2, 5000, 100, 9875)))).lines
    assert line.sold == (
        "base",
        {
            "quantity": 2,
            "unit_price_minor": 5000,
            "gross_minor": 10_000,
            "discount_minor": 100,
            "order_discount_minor": 25,
            "base_minor": 9875,
        },
    )


def test_a_commission_is_found_with_its_line() -> None:
    order = make_order(make_line(key="0"), make_line(make_commission()))
    line, amount = derive_commission(order, 100)
    assert (line.key, amount.level, amount.amount_minor) == ("1", 1, 1361)
    with pytest.raises(StopIteration):
        derive_commission(order, 101)


def test_what_is_booked_differently_does_not_add_up() -> None:
    assert not amounts(make_order(make_line(make_commission(1360))))[0].adds_up
    assert not amounts(make_order(make_line(make_commission(net_minor=1000))))[0].adds_up


def test_without_a_sponsor_level_2_says_why() -> None:
    credit = replace(CREDIT, sponsor=None, no_level_2="no_sponsor", part=CREDIT.part._replace(has_sponsor=False))
    second = amounts(make_order(credits=(credit,)))[1]
    assert (second.koc, second.zero_because, second.adds_up) == (None, "no_level_2", True)
    assert values(second, "no_level_2") == {"amount_minor": 0, "why": "no_sponsor"}
    second = amounts(make_order(credits=(replace(credit, no_level_2=""),)))[1]
    assert values(second, "no_level_2")["why"] == "unknown"


def test_without_a_plan_or_a_rule_nothing_is_earned() -> None:
    nothing = TERMS._replace(rate_bps=None, override_bps=0)
    no_plan = amounts(make_order(make_line(terms=make_terms(terms=nothing, plan=None, rule=None, decision=None))))
    assert [(amount.zero_because, codes(amount)) for amount in no_plan] == [
        ("no_plan", ["base", "credit", "no_plan"])
    ] * 2
    no_rule = amounts(make_order(make_line(terms=make_terms(terms=nothing, rule=None))))
    assert [codes(amount) for amount in no_rule] == [["base", "credit", "plan", "no_rule"]] * 2


def test_plans_that_were_compared_say_what_each_would_pay() -> None:
    """10% would be 9900 × 10% × 1.1 = 1089; the third plan has no rule that holds."""
    compared = (make_decision("less", rate_bps=1000), make_decision("none", "sku"))
    terms = make_terms(compared=compared, protected_from=PlanRecord("less", 2))
    assert values(amounts(make_order(make_line(terms=terms)))[0], "plan") == {
        "plan": "base",
        "version": 1,
        "level_1_minor": 1361,
        "others": [
            {"plan": "less", "version": 1, "level_1_minor": 1089},
            {"plan": "none", "version": 1, "level_1_minor": 0},
        ],
        "protected_from": "less",
        "protected_from_version": 2,
    }


def credit_of(order: OrderRecord) -> dict[str, Any]:
    return dict(derive(order).credit.values)


def test_a_credit_says_what_it_was_decided_from() -> None:
    assert credit_of(make_order(credit="")) == {"how": "unanswered"}
    seen = CreditSeen(model="last_click", window_days=30, visits=0, why="not_active")
    assert credit_of(make_order(credit="nobody", seen=seen, would_be="Low")) == {
        "how": "nobody", "model": "last_click", "window_days": 30, "visits": 0, "why": "not_active", "koc": "Low",
    }  # fmt: skip
    seen = CreditSeen(
        visited_at="2026-02-28T02:00:00+00:00", bound=BindingRecord("click", "2026-01-01T00:00:00Z", None)
    )
    assert credit_of(make_order(credit="binding", seen=seen)) == {
        "how": "binding",
        "visited_at": "2026-02-28T02:00:00+00:00",
        "bound": {"by": "click", "since": "2026-01-01T00:00:00Z", "until": None},
    }
    for coupon, expected in (
        (CouponRecord("TEN"), {"code": "TEN"}),
        (CouponRecord("TEN", "expired"), {"code": "TEN", "lacks": "expired"}),
    ):
        assert credit_of(make_order(credit="coupon", seen=CreditSeen(coupon=coupon)))["coupon"] == expected


def test_a_part_of_a_credit_counts_its_own_touches() -> None:
    """40 : 60 of 1238 is 495 and 743; × 1.1 → 545 and 817.3 → 817."""
    parts = (
        replace(CREDIT, part=CREDIT.part._replace(credit_bps=4_000)),
        replace(CREDIT, id=11, place=1, koc=HIGH, part=CREDIT.part._replace(credit_bps=6_000), share_code=None),
    )
    order = make_order(credit="shared", credits=parts, seen=CreditSeen(touches=(1, 2, 3, 1)))
    found = amounts(order)
    assert [(amount.credit.place, amount.level, amount.amount_minor) for amount in found] == [
        (0, 1, 545), (0, 2, 119), (1, 1, 817), (1, 2, 178),
    ]  # fmt: skip
    assert values(found[0], "credit") == {
        "how": "shared", "credit_bps": 4_000, "koc": "Low", "share": "code", "touches": 2,
    }  # fmt: skip
    assert (values(found[2], "credit")["share"], values(found[2], "credit")["touches"]) == (None, 1)


def test_a_line_that_is_no_goods_says_so_and_has_no_base() -> None:
    [line] = derive(make_order(make_line(sold=SoldLineRecord(1, -100, 0, 0, is_goods=False)))).lines
    assert line.sold == ("no_goods", {"quantity": 1, "unit_price_minor": -100, "gross_minor": -100})


def test_after_a_refund_an_amount_is_what_is_left() -> None:
    """6600 × 12.5% × 1.1 = 907.5 → 908: 453 less."""
    made = make_commission(net_minor=908, reversals=(ReversalRecord("refund", 1, 453),))
    first = amounts(
        make_order(make_line(made, refunded_minor=3300), refunds=(make_refund(1, 3300), make_refund(2, 50, line="2")))
    )[0]
    assert ([change.took_minor for change in first.since], first.net_minor, first.adds_up) == ([453], 908, True)
    assert first.now[0].values == {"base_minor": 9900, "refunded_minor": 3300, "left_minor": 6600}


def test_a_cancellation_leaves_nothing_and_so_does_a_refund_of_all() -> None:
    for refund in (make_refund(1, None), make_refund(1, 9_900)):
        made = make_commission(net_minor=0, reversals=(ReversalRecord("refund", 1, 1361),))
        first = amounts(make_order(make_line(made, refunded_minor=9_900), refunds=(refund,)))[0]
        assert (first.now[0].values["left_minor"], first.net_minor, first.adds_up) == (0, 0, True)


def test_what_a_review_took_back_is_void() -> None:
    made = make_commission(
        net_minor=0, is_void=True, reviews=(make_review(1, "reversed"),), reversals=(ReversalRecord("review", 1, 1361),)
    )
    first = amounts(make_order(make_line(made)))[0]
    assert ([step.code for step in first.now], first.net_minor, first.adds_up) == (["void"], 0, True)


def test_an_amended_order_starts_from_its_first_version() -> None:
    """9900 at first, 6600 now: 1361 and 908."""
    versions = (make_version(1, 9900, is_first=True), make_version(2, 6600))
    made = make_commission(net_minor=908, reversals=(ReversalRecord("version", 2, 453),))
    first = amounts(make_order(make_line(made, sold=make_sold(6600)), versions=versions))[0]
    assert (values(first, "base")["base_minor"], first.amount_minor, first.net_minor) == (9900, 1361, 908)


def test_a_line_that_is_not_in_the_order_any_more_is_worth_nothing() -> None:
    versions = (make_version(1, 9900, is_first=True), make_version(2, None))
    made = make_commission(net_minor=0, reversals=(ReversalRecord("version", 2, 1361),))
    first = amounts(make_order(make_line(made), versions=versions))[0]
    assert (first.now[0].values["base_minor"], first.net_minor, first.adds_up) == (0, 0, True)


def test_an_amount_that_a_change_made_says_of_what() -> None:
    """The second version came to 5000, of which 1000 had gone back: 4000 × 12.5% × 1.1 = 550."""
    versions = (make_version(1, 3, is_first=True), make_version(2, 5000))
    made = make_commission(550, version=2, left_minor=4000)
    first = amounts(make_order(make_line(made), versions=versions, refunds=(make_refund(1, 1000),)))[0]
    assert (values(first, "base")["base_minor"], values(first, "left")["refunded_minor"]) == (5000, 1000)
    assert (first.amount_minor, list(first.since), list(first.now), first.adds_up) == (550, [], [], True)


def test_a_line_that_an_amendment_brought_and_that_earned_nothing_stands_as_it_is_now() -> None:
    """It is not in the first version; 3 × 12.5% × 1.1 = 0.41 → 0."""
    versions = (make_version(1, None, is_first=True), make_version(2, 3))
    explanation = derive(make_order(make_line(sold=make_sold(3)), versions=versions))
    [line] = explanation.lines
    assert (line.sold.values["base_minor"], line.amounts[0].zero_because) == (3, "rounding")
    assert values(line.amounts[0], "base")["base_minor"] == 3


def bonus_of(order: OrderRecord, place: int = 0) -> AmountExplanation:
    return [amount for amount in amounts(order) if amount.campaign is not None][place]


def test_a_bonus_is_explained_after_what_the_plan_gives() -> None:
    made = make_commission(300, id=101, bonus=make_bonus())
    order = make_order(make_line(make_commission(), made))
    assert [amount.campaign for amount in amounts(order)] == [None, None, BOUNTY]
    bonus = bonus_of(order)
    assert codes(bonus) == ["base", "credit", "campaign", "bonus", "rounding", "bonus_guard", "budget"]
    assert values(bonus, "campaign") == {"campaign": "bounty", "kind": "bounty"}
    assert (bonus.koc, bonus.amount_minor, list(bonus.now), bonus.adds_up) == (LOW, 300, [], True)
    named = replace(make_bonus(), campaign=CampaignRecord("bounty", "May", "bounty"))
    assert values(bonus_of(make_order(make_line(replace(made, bonus=named)))), "campaign")["campaign"] == "May"


def test_bonuses_share_what_the_plan_leaves_under_the_guard() -> None:
    """After a refund of 6600, 3300 is left: 990 at most, of which 454 + 99 go to the plan. 437 are left: a bonus of 900
    is worth 300, the next of 600 gets 137 instead of 200."""
    first = make_commission(
        900, id=101, net_minor=300, bonus=make_bonus(900, 900, 1312), reversals=(ReversalRecord("refund", 1, 600),)
    )
    second = make_commission(
        412, id=102, net_minor=137, bonus=make_bonus(600, 412, 412), reversals=(ReversalRecord("refund", 1, 275),)
    )
    order = make_order(make_line(first, second, refunded_minor=6600), refunds=(make_refund(1, 6600),))
    assert [bonus_of(order, n).net_minor for n in (0, 1)] == [300, 137]
    assert all(bonus_of(order, n).adds_up for n in (0, 1))
    assert [step.code for step in bonus_of(order).now] == ["left", "bonus", "rounding", "bonus_guard", "granted"]


def test_a_bonus_needs_no_plan_and_finds_no_room_of_the_plan_taken() -> None:
    """Without a rule the whole guard of 2970 is there."""
    terms = make_terms(terms=TERMS._replace(rate_bps=None, override_bps=0), rule=None)
    made = make_commission(300, bonus=make_bonus(), reversals=(ReversalRecord("refund", 1, 0),))
    bonus = bonus_of(make_order(make_line(made, terms=terms), refunds=(make_refund(1, 0),)))
    assert bonus.now[3].values["room_minor"] == 2970


def test_a_line_with_terms_of_an_order_without_credits_has_no_amounts() -> None:
    assert amounts(make_order(credits=())) == []


def test_a_bonus_that_was_taken_back_does_not_come_back() -> None:
    versions = (make_version(1, 9900, is_first=True), make_version(2, 3300), make_version(3, 9900))
    made = make_commission(300, net_minor=100, bonus=make_bonus(), reversals=(ReversalRecord("version", 2, 200),))
    bonus = bonus_of(make_order(make_line(made), versions=versions))
    assert (bonus.now[-1], bonus.net_minor, bonus.adds_up) == (("not_given_back", {"amount_minor": 100}), 100, True)


def test_a_bonus_that_a_review_took_back_is_void() -> None:
    made = make_commission(
        300, net_minor=0, is_void=True, bonus=make_bonus(), reviews=(make_review(1, "reversed"),),
        reversals=(ReversalRecord("review", 1, 300),),
    )  # fmt: skip
    assert bonus_of(make_order(make_line(made))).now == [("void", {"amount_minor": 0})]


@pytest.mark.parametrize(("because", "code"), [("guard", "bonus_guard"), ("budget", "budget")])
def test_a_bonus_that_came_to_nothing_says_for_want_of_what(because: str, code: str) -> None:
    missed = make_order(make_line(missed=(MissedBonusRecord(CREDIT.id, BOUNTY, 2000, because),)))
    bonus = bonus_of(missed)
    assert (codes(bonus), bonus.zero_because) == (["base", "credit", "campaign", code], code)
    assert values(bonus, code) == {"whole_minor": 2000, "amount_minor": 0, "is_cut": True}
    assert (bonus.koc, bonus.commission, list(bonus.dates), bonus.adds_up) == (LOW, None, [], True)


def test_a_bonus_that_was_made_after_all_is_not_missed() -> None:
    made = make_commission(300, bonus=make_bonus())
    order = make_order(make_line(made, missed=(MissedBonusRecord(CREDIT.id, BOUNTY, 2000, "budget"),)))
    assert [amount.commission for amount in amounts(order) if amount.campaign] == [made]
