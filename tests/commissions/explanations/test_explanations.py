"""Why every amount is what it is, read from what was frozen: the steps always come to what is booked, zeros are
explained, and nothing of today is asked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.brands.models import Brand, Tier
from accounts.people.models import Koc
from commissions.earnings.models.commissions import Commission, MissedBonus
from commissions.earnings.models.credits import OrderCredit
from commissions.earnings.services.reviews import hold_commissions, release_commissions, reverse_commissions
from commissions.explanations.rendering.told import Teller
from commissions.explanations.selectors.explained import Explained, OrderExplained, explain_commission, explain_order
from commissions.orders.models import Order, OrderVersion
from commissions.plans.models.campaigns import Campaign
from commissions.plans.models.plans import Plan, Rule
from commissions.plans.models.policies import PayPolicy
from commissions.schedule import run_due
from commissions.settlement.models.statements import Statement
from commissions.settlement.services.settlement import settle_period
from content.products.models import Product
from foundation.files.faults import BadFile
from referrals.shares.models import Share
from referrals.tree.models import CreditPolicy
from referrals.visits.models import Visit
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_plan, make_product, make_share, make_user
from tests.support.shop_events import Event, cancelled, delivered, paid, refunded, report, send

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TWO_LEVELS = {"paid_levels": 2, "level2_acknowledged_by": "Ann", "level2_acknowledged_at": NOW, "min_payout_minor": 1}


@pytest.fixture
def brand() -> Brand:
    """12.5 % and 3 % for the sponsor, in a tier of × 1.1: the numbers of the contract."""
    brand = make_brand(policy=TWO_LEVELS)
    brand.tiers.update(multiplier_bps=11_000)
    make_product(brand)
    make_plan(brand, rules=[{"rate_bps": 1250, "override_bps": 300}])
    make_share(make_koc(brand, "low", sponsor=make_koc(brand, "high")), make_kit(brand), code="code")
    return brand


def explained(order: str = "A-1") -> OrderExplained:
    found = explain_order(Order.objects.get(key=order).pk)
    for one in found.amounts:
        assert one.adds_up, (one.commission, one.steps, one.now)
    return found


def amount(level: int = 1, order: str = "A-1", line: int = 0, place: int = 0, campaign: str | None = None) -> Explained:
    """One of the amounts of an order."""
    return next(
        one
        for one in explained(order).lines[line].amounts
        if one.level == level and one.credit.place == place and (one.campaign and one.campaign.key) == campaign
    )


def codes(one: Explained) -> list[str]:
    return [step.code for step in one.steps]


def step(one: Explained, code: str) -> dict[str, Any]:
    """The last step of a kind among the first ones."""
    return dict([each for each in one.steps if each.code == code][-1].values)


def words(one: Explained, *, for_staff: bool = False) -> str:
    order = one.line.order
    line = next(line for line in explain_order(order.pk).lines if line.line == one.line)
    return Teller(order.brand.currency, order.brand.timezone, for_staff=for_staff).words(line, one)


def test_the_worked_example_step_by_step(brand: Brand) -> None:
    """9900 × 12.5 % × 1.1 = 1361.25 → 1361; 9900 × 3 % = 297."""
    report(brand, paid(share="code"))
    first, second = amount(1), amount(2)
    assert codes(first) == ["base", "credit", "plan", "rule", "rate", "multiplier", "rounding", "guard"]
    assert step(first, "base")["base_minor"] == 9900
    assert step(first, "multiplier") == {"multiplier_bps": 11_000, "tier": "seed"}
    assert step(first, "rounding") == {"exact": "1361.25", "amount_minor": 1361}
    assert codes(second) == ["base", "credit", "plan", "rule", "override", "rounding", "guard"]
    assert (step(second, "rounding"), second.koc and second.koc.key) == ({"exact": "297", "amount_minor": 297}, "high")
    assert words(first).startswith(
        "Order A-1, line 1 (S1), level 1: 13.61 CNY for low.\n1 × 99.00 CNY = 99.00 CNY: the base is 99.00 CNY."
    )
    assert "99.00 CNY × 12.5 % × 1.1 for tier seed = 13.6125 CNY, rounded half up to 13.61 CNY." in words(first)


def test_the_guard_says_who_gave_way() -> None:
    """10000 at 25 % × 1.2 is 3000 of 3000: level 2 of 500 becomes 0, and there is no commission."""
    brand = make_brand(policy=TWO_LEVELS)
    brand.tiers.update(multiplier_bps=12_000)
    make_product(brand)
    make_plan(brand, rules=[{"rate_bps": 2500, "override_bps": 500}])
    make_share(make_koc(brand, sponsor=make_koc(brand)), make_kit(brand), code="code")
    report(brand, paid("A-1", ("1", "S1", 1, 10_000), share="code"))
    second = amount(2)
    assert (second.commission, second.amount_minor, second.zero_because) == (None, 0, "guard")
    assert {name: step(second, "guard")[name] for name in ("guard_minor", "taken_minor", "room_minor", "level_minor", "is_cut")} == {
        "guard_minor": 3000, "taken_minor": 3000, "room_minor": 0, "level_minor": 500, "is_cut": True,
    }  # fmt: skip
    assert "level 1 takes 30.00 CNY, so level 2 gives way: 5.00 CNY becomes 0.00 CNY." in words(second)
    assert "So there is no commission." in words(second)


def test_less_than_half_a_cent_is_explained(brand: Brand) -> None:
    """3 × 12.5 % in a tier of × 1: 0.375 → 0."""
    brand.tiers.update(multiplier_bps=10_000)
    report(brand, paid("A-1", ("1", "S1", 1, 3), share="code"))
    assert (step(amount(1), "rounding"), amount(1).zero_because) == ({"exact": "0.375", "amount_minor": 0}, "rounding")
    assert "= 0.00375 CNY, rounded half up to 0.00 CNY." in words(amount(1))


def test_refunds_are_told_with_what_each_took(brand: Brand) -> None:
    """Three thirds of 9900: 453, 454 and 454 at level 1, 99 each at level 2."""
    report(brand, paid(share="code"))
    for number in (1, 2, 3):
        report(brand, refunded("A-1", f"R-{number}", NOW + number * DAY))
        first = amount(1)
        assert [one.took_minor for one in first.since] == [453, 454, 454][:number]
        assert first.net_minor == [908, 454, 0][number - 1]
        assert dict(first.now[0].values) == {
            "base_minor": 9900,
            "refunded_minor": 3300 * number,
            "left_minor": 9900 - 3300 * number,
        }
    assert [one.took_minor for one in amount(2).since] == [99, 99, 99]
    assert "2026-03-02 10:00 Refund R-1 of 33.00 CNY: −4.53 CNY" in words(amount(1))
    assert "It is worth 0.00 CNY now." in words(amount(1))


def test_a_cancellation_and_a_refund_that_rounding_swallowed_are_told_too(brand: Brand) -> None:
    report(brand, paid(share="code"), refunded("A-1", "R-1", NOW + HOUR, l1=1))
    assert [(one.code, one.took_minor) for one in amount(1).since] == [("refund", 0)]  # 9899 still comes to 1361.11
    report(brand, cancelled())
    assert [(one.code, one.took_minor) for one in amount(1).since] == [("refund", 0), ("cancellation", 1361)]
    assert amount(1).net_minor == 0


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
    [line] = explained().lines
    teller = Teller("CNY", brand.timezone)
    assert [(looked.verdict, teller.rule(looked)["text"].partition(": ")[2]) for looked in line.rules] == [
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
    assert "No plan was in force at the payment: nothing is earned." in words(amount(2, "A-0"))


def credit_said(order: str) -> tuple[dict[str, Any], str]:
    found = explained(order)
    assert found.amounts == []
    return dict(found.credit.values), Teller("CNY", "Asia/Shanghai").step(found.credit)["text"]


def test_who_is_credited_nothing_is_told_why(brand: Brand) -> None:
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
    said = {order: credit_said(order) for order in ("A-1", "A-2", "A-3", "A-4")}
    assert {order: (values["how"], values["why"]) for order, (values, _) in said.items()} == {
        "A-1": ("nobody", "no_trace"), "A-2": ("nobody", "no_visit"), "A-3": ("nobody", "not_active"), "A-4": ("self_purchase", "own_purchase"),
    }  # fmt: skip
    assert [text for _, text in said.values()] == [
        "Nobody is credited: the shop named no KOC and no share of ours, and nothing ties the buyer to a visit.",
        "Nobody is credited: no counted visit of the buyer lies in the 30 days before the payment.",
        "Nobody is credited: idle was not active.",
        "Nobody is credited: low bought this, and one's own purchases earn nothing at this brand.",
    ]


def test_an_order_that_is_not_answered_yet_says_so(brand: Brand) -> None:
    send(brand, paid(share="code"))
    values, text = credit_said("A-1")
    assert (values, text) == ({"how": "unanswered"}, "The order is not answered yet.")


def test_a_click_is_told_with_the_visit_that_counted(brand: Brand) -> None:
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


def test_shared_credit_is_told_part_by_part(brand: Brand) -> None:
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
        "low is credited with 66.67 % of the sale: of 3 counted visits in the 30 days before the payment 2 were theirs; each counts alike."
        in words(first)
    )


def test_why_nobody_is_paid_level_2_is_kept(brand: Brand) -> None:
    low = Koc.objects.get(key="low")
    alone = make_share(make_koc(brand, "alone"), make_kit(brand))
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
    assert [words(amount(2, f"A-{n}")).splitlines()[-2] for n in (1, 2, 3)] == [
        "Nobody is paid level 2: the credited KOC had no sponsor.",
        "Nobody is paid level 2: the sponsor was not active.",
        "Nobody is paid level 2: the brand paid one level.",
    ]
    assert low.name in words(amount(1, "A-2"))


def test_a_protected_rate_names_both_plans(brand: Brand) -> None:
    """The share is of 12.5 %; since an hour 10 % hold: the older plan pays 1361, the new one 1089."""
    Plan.objects.update(ends_at=NOW)
    make_plan(brand, "less", starts_at=NOW, rules=[{"rate_bps": 1000}])
    Share.objects.update(shared_at=NOW - DAY)
    report(brand, paid(share="code", at=NOW + HOUR))
    assert step(amount(1), "plan") == {
        "plan": "base", "version": 1, "protected_from": "less", "protected_from_version": 1,
        "level_1_minor": 1361, "others": [{"plan": "less", "version": 1, "level_1_minor": 1089}],
    }  # fmt: skip
    assert [(looked.plan, looked.verdict) for looked in explained().lines[0].rules] == [
        ("base", "won"),
        ("less", "outbid"),
    ]
    assert "Plan less, in force at the payment, pays less (10.89 CNY instead of 13.61 CNY)" in words(amount(1))


def test_a_higher_rate_reaches_an_older_share_and_the_older_plan_is_told(brand: Brand) -> None:
    Plan.objects.update(ends_at=NOW)
    make_plan(brand, "more", starts_at=NOW, rules=[{"rate_bps": 2000}])
    Share.objects.update(shared_at=NOW - DAY)
    report(brand, paid(share="code", at=NOW + HOUR))
    assert step(amount(1), "plan") == {
        "plan": "more",
        "version": 1,
        "level_1_minor": 2178,
        "others": [{"plan": "base", "version": 1, "level_1_minor": 1361}],
    }
    assert [(looked.plan, looked.verdict) for looked in explained().lines[0].rules] == [
        ("more", "won"),
        ("base", "outbid"),
    ]


def test_nothing_of_today_is_asked(brand: Brand) -> None:
    report(brand, paid(share="code"))
    before = {level: words(amount(level)) for level in (1, 2)}
    gold = Tier.objects.create(brand=brand, key="gold", name="金", rank=1, multiplier_bps=30_000)
    Tier.objects.filter(key="seed").update(multiplier_bps=1, name="else")
    Koc.objects.update(tier=gold)
    Product.objects.update(category="hair", price_minor=1, name="else")
    PayPolicy.objects.update(total_cap_bps=1, paid_levels=1, rate_protection_days=0, hold_days=90, hold_rule="rolling")
    CreditPolicy.objects.update(window_days=1, attribution="linear")
    Plan.objects.update(ends_at=NOW + HOUR)
    assert {level: words(amount(level)) for level in (1, 2)} == before


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


def told(*lines: tuple[str, str, int, int], at: datetime) -> Event:
    return paid("A-1", *lines, share="code") | {"timestamp": at.isoformat()}


def test_an_amendment_is_told_with_what_it_took_and_gave(brand: Brand) -> None:
    """9900 → 6600 → 9900 with a second line of 5000: −453, +453; and 688 for the line that came, by the plan of the
    payment."""
    report(brand, told(("1", "S1", 1, 9900), at=NOW))
    report(brand, told(("1", "S1", 1, 6600), at=NOW + HOUR))
    report(brand, told(("1", "S1", 1, 9900), ("2", "S1", 1, 5000), at=NOW + 2 * HOUR))
    first = amount(1)
    assert (step(first, "base")["base_minor"], first.amount_minor, first.net_minor) == (9900, 1361, 1361)
    assert [(one.code, one.took_minor, one.values["base_minor"]) for one in first.since] == [
        ("amendment", 453, 6600),
        ("amendment", -453, 9900),
    ]
    second = amount(1, line=1)
    assert (step(second, "base")["base_minor"], second.amount_minor, second.since) == (5000, 688, [])  # 687.5
    assert "The order was amended, the line's base is 66.00 CNY: −4.53 CNY" in words(first)


def test_an_amount_that_an_amendment_made_says_of_what(brand: Brand) -> None:
    """Nothing of 3; then 5000, of which 1000 had gone back before that was heard: 4000 × 12.5 % × 1.1 = 550."""
    brand.tiers.update(multiplier_bps=10_000)
    report(brand, told(("1", "S1", 1, 3), at=NOW))
    send(brand, told(("1", "S1", 1, 5000), at=NOW + HOUR))
    send(brand, refunded("A-1", "R-1", NOW + 2 * HOUR, l1=1000))
    report(brand)
    made = Commission.objects.get(level=1)
    assert (made.amount_minor, made.left_minor, made.version and made.version.reported_at) == (500, 4000, NOW + HOUR)
    assert (step(amount(1), "rate")["left_minor"], amount(1).amount_minor) == (4000, 500)
    report(brand, refunded("A-1", "R-2", NOW + 3 * HOUR, l1=1000))
    assert ([one.took_minor for one in amount(1).since], amount(1).net_minor) == ([125], 375)


def test_an_amount_that_a_refund_made_says_of_what() -> None:
    """19 at 8 % is 1.52 → 2, all that a guard of 15 % leaves (2.85 → 2). Of 18 it is 1.44 → 1, and 7 % (1.26 → 1) finds
    room; of 12: 0.96 → 1, and none."""
    brand = make_brand(policy=TWO_LEVELS | {"total_cap_bps": 1500})
    make_product(brand)
    make_plan(brand, rules=[{"rate_bps": 800, "override_bps": 700}])
    make_share(make_koc(brand, sponsor=make_koc(brand)), make_kit(brand), code="code")
    report(brand, paid("A-1", ("1", "S1", 1, 19), share="code"))
    assert (amount(2).amount_minor, amount(2).zero_because) == (0, "guard")
    report(brand, refunded("A-1", "R-1", NOW + HOUR, l1=1))
    assert (amount(2).amount_minor, amount(2).since, step(amount(2), "left")["left_minor"]) == (1, [], 18)
    assert "Of the base of 0.19 CNY, 0.01 CNY went back; 0.18 CNY is left. 0.18 CNY × 7 % for the sponsor" in words(
        amount(2)
    )
    report(brand, refunded("A-1", "R-2", NOW + 2 * HOUR, l1=6))
    assert ([one.took_minor for one in amount(2).since], amount(2).net_minor) == ([1], 0)


def test_an_order_that_was_amended_before_it_was_answered_starts_from_its_first_version(brand: Brand) -> None:
    send(brand, told(("1", "S1", 1, 9900), at=NOW))
    send(brand, told(("1", "S1", 1, 6600), at=NOW + HOUR))
    report(brand)
    assert list(OrderVersion.objects.order_by("reported_at").values_list("answered", flat=True)) == [True, False]
    assert (step(amount(1), "base")["base_minor"], amount(1).amount_minor) == (9900, 1361)
    assert ([one.took_minor for one in amount(1).since], amount(1).net_minor) == ([453], 908)


def make_campaign(brand: Brand, kind: str, **fields: Any) -> Campaign:
    return Campaign.objects.create(
        brand=brand, key=kind, kind=kind, **({"starts_at": NOW - DAY, "budget_minor": 1_000_000} | fields)
    )


def test_a_bonus_says_which_campaign_and_what_cut_it(brand: Brand) -> None:
    """9900: 1361 + 297 of 2970 leaves 1312. A bounty of 2000 is cut to that; the next finds 188 of the budget of 1500;
    the last nothing."""
    make_campaign(brand, "bounty", fixed_minor=2000, budget_minor=1500)
    report(brand, *[paid(f"A-{n}", share="code", at=NOW + n * HOUR) for n in range(3)])
    first, second, third = (amount(1, f"A-{n}", campaign="bounty") for n in range(3))
    assert codes(first) == ["base", "credit", "campaign", "bonus", "rounding", "bonus_guard", "budget"]
    assert (step(first, "bonus_guard")["room_minor"], step(first, "bonus_guard")["is_cut"], first.amount_minor) == (
        1312,
        True,
        1312,
    )
    assert (step(second, "budget")["granted_minor"], step(second, "budget")["is_cut"], second.amount_minor) == (
        188,
        True,
        188,
    )
    assert (third.commission, third.zero_because) == (None, "budget")
    assert "The campaign's budget had 1.88 CNY left: cut to that." in words(second)
    assert "It would have been 20.00 CNY, but the campaign's budget was used up." in words(third)
    assert list(MissedBonus.objects.values_list("amount_minor", "because")) == [(2000, "budget")]


def test_a_bonus_for_which_the_guard_leaves_nothing_is_explained(brand: Brand) -> None:
    PayPolicy.objects.update(total_cap_bps=1000)
    make_campaign(brand, "bounty", fixed_minor=2000)
    report(brand, paid(share="code"))
    assert amount(1, campaign="bounty").zero_because == "bonus_guard"
    assert "It would have been 20.00 CNY, but the guard left no room." in words(amount(1, campaign="bounty"))


def test_a_bonus_that_was_taken_back_does_not_come_back(brand: Brand) -> None:
    make_campaign(brand, "bounty", fixed_minor=300)
    report(brand, told(("1", "S1", 1, 9900), at=NOW))
    report(brand, told(("1", "S1", 1, 3300), at=NOW + HOUR))
    report(brand, told(("1", "S1", 1, 9900), at=NOW + 2 * HOUR))
    bonus = amount(1, campaign="bounty")
    assert (bonus.amount_minor, bonus.net_minor, bonus.now[-1].code) == (300, 100, "not_given_back")
    assert "A bonus that was taken back does not come back: it stays at 1.00 CNY." in words(bonus)


def test_steps_are_told_from_where_to_where(brand: Brand) -> None:
    """Two orders of 9900 over steps at 0 and 10000 of 1 % and 2 %: 99, then 1 + 196 = 197."""
    make_campaign(brand, "steps", steps=[[0, 100], [10_000, 200]])
    report(brand, *[paid(f"A-{n}", share="code", at=NOW + n * HOUR) for n in range(2)])
    report(brand, *[delivered(f"A-{n}", NOW + n * DAY) for n in range(2)], at=NOW + 20 * DAY)
    second = amount(1, "A-1", campaign="steps")
    assert {name: step(second, "steps")[name] for name in ("from_minor", "to_minor", "below_minor", "above_minor", "amount_minor")} == {
        "from_minor": 9900, "to_minor": 19_800, "below_minor": 99, "above_minor": 296, "amount_minor": 197,
    }  # fmt: skip
    assert (
        "from 99.00 CNY to 198.00 CNY. On the steps (1 % ≥ 0.00 CNY, 2 % ≥ 100.00 CNY) that is 2.96 CNY − 0.99 CNY = 1.97 CNY."
        in words(second)
    )
    report(brand, refunded("A-1", "R-1", NOW + 21 * DAY, l1=9900), at=NOW + 21 * DAY)
    assert amount(1, "A-1", campaign="steps").net_minor == 0


def test_what_a_review_holds_releases_and_takes_back_is_told(brand: Brand) -> None:
    report(brand, paid(share="code"), delivered())
    pk = Commission.objects.get(level=1).pk
    hold_commissions(brand=brand, commissions=[pk], reason="fraud", note="one device", by=make_user(), at=NOW + HOUR)
    held = amount(1)
    assert [one.code for one in held.since] == ["held"]
    assert [(date.code, date.is_to_come) for date in held.dates][-4:] == [
        ("approved", True),
        ("review", True),
        ("statement", True),
        ("paid_out", True),
    ]
    assert "Held for review." in words(held)
    assert "one device" not in words(held)
    assert "fraud" not in words(held)
    assert "Held for review. fraud one device" in words(held, for_staff=True)
    release_commissions(brand=brand, commissions=[pk], by=None, at=NOW + 2 * HOUR)
    reverse_commissions(brand=brand, commissions=[pk], reason="terms", note="copied", by=None, at=NOW + 3 * HOUR)
    gone = amount(1)
    assert [(one.code, one.took_minor) for one in gone.since] == [
        ("held", 0),
        ("review_released", 0),
        ("review_reversed", 1361),
    ]
    assert (gone.now[-1].code, gone.net_minor) == ("void", 0)
    assert "Taken back by review (against the terms): −13.61 CNY" in words(gone)
    assert "copied" not in words(gone)
    assert not any(date.is_to_come for date in gone.dates)


def dates(one: Explained) -> list[tuple[str, str | None, bool]]:
    return [(date.code, f"{date.at:%m-%d %H:%M}" if date.at else None, date.is_to_come) for date in one.dates]


def test_dates_come_one_after_another(brand: Brand) -> None:
    report(brand, paid(share="code"))
    assert dates(amount(1)) == [
        ("paid", "03-01 02:00", False), ("made", "03-01 02:00", False),
        ("delivered", None, True), ("approved", None, True), ("statement", None, True), ("paid_out", None, True),
    ]  # fmt: skip
    assert "The order is not delivered yet." in words(amount(1))
    report(brand, delivered())
    assert dates(amount(1))[2:5] == [
        ("delivered", "03-01 02:00", False),
        ("approved", "03-08 16:00", True),
        ("statement", None, True),
    ]
    assert "The hold ends on 2026-03-09 00:00. It comes on the statement of 2026-03 at the earliest." in words(
        amount(1)
    )
    run_due(brand=brand, at=NOW + 10 * DAY)
    assert dates(amount(1))[3] == ("approved", "03-08 16:00", False)
    settle_period(brand=brand, period="2026-03", at=NOW + 35 * DAY)
    assert dates(amount(1))[4:] == [("statement", None, False), ("paid_out", None, True)]
    assert "13.61 CNY is on the statement of 2026-03." in words(amount(1))
    report(brand, refunded("A-1", "R-1", NOW + 40 * DAY), at=NOW + 40 * DAY)
    assert "4.53 CNY of what was settled is owed, and taken off later statements." in words(amount(1))
    Statement.objects.update(status="paid")
    assert dates(amount(1))[4:] == [("statement", None, False), ("paid_out", None, False), ("balance", None, True)]


def test_a_month_that_is_settled_already_is_not_promised(brand: Brand) -> None:
    report(brand, paid("A-1", share="code"), delivered("A-1"), at=NOW + 10 * DAY)
    settle_period(brand=brand, period="2026-03", at=NOW + 11 * DAY)
    report(brand, paid("A-2", share="code", at=NOW + 11 * DAY), delivered("A-2", NOW + 12 * DAY), at=NOW + 12 * DAY)
    assert "It comes on the statement of 2026-04 at the earliest." in words(amount(1, "A-2"))


def test_one_commission_is_explained_with_its_line_alone(brand: Brand) -> None:
    report(brand, paid("A-1", ("1", "S1", 1, 9900), ("2", "S1", 1, 5000), share="code"))
    commission = Commission.objects.get(level=1, line__key="2")
    line, one = explain_commission(commission)
    assert (line.line.key, one.commission, one.amount_minor, one.adds_up) == ("2", commission, 688, True)


def test_an_order_takes_the_same_queries_for_1_line_and_for_20(brand: Brand) -> None:
    report(
        brand,
        paid("one", ("1", "S1", 1, 9900), share="code"),
        paid("many", *[(str(n), "S1", 1, 9900) for n in range(20)], share="code"),
    )
    for order in ("one", "many"):
        report(brand, refunded(order, "R-1", NOW + DAY, l1=3300))
    found = []
    for order in ("one", "many"):
        with CaptureQueriesContext(connection) as captured:
            assert len(explain_order(Order.objects.get(key=order).pk).amounts) == {"one": 2, "many": 40}[order]
        found.append(len(captured))
    assert found[0] == found[1] <= 20


def test_an_order_of_many_lines_can_be_told_in_part(brand: Brand) -> None:
    report(brand, paid("A-1", *[(str(n), "S1", 1, 9900) for n in range(5)], share="code"))
    found = explain_order(Order.objects.get().pk, most_lines=2)
    assert ([line.line.key for line in found.lines], found.rest) == (["0", "1"], 3)


prices = st.integers(1, 20_000)
happenings = st.lists(
    st.one_of(
        st.tuples(st.just("refund"), st.integers(0, 1), st.integers(1, 6_000)),
        st.tuples(st.just("amend"), prices, prices),
        st.tuples(st.just("deliver"), st.just(0), st.just(0)),
        st.tuples(st.just("reverse"), st.integers(0, 3), st.just(0)),
    ),
    max_size=5,
)
limits = st.fixed_dictionaries({"override_bps": st.integers(0, 2_000), "cap_minor": st.none() | st.integers(0, 2_000)})
pays = st.fixed_dictionaries({"rate_bps": st.integers(0, 4_000)}) | st.fixed_dictionaries(
    {"fixed_minor": st.integers(0, 900)}
)


def apply_quietly(brand: Brand, event: Event, at: datetime) -> None:
    """What the shop may not say is refused, and changes nothing."""
    try:
        with transaction.atomic():
            report(brand, event, at=at)
    except BadFile:
        pass


@settings(max_examples=25, deadline=None)
@given(
    rule=st.builds(dict.__or__, limits, pays),
    multiplier=st.integers(5_000, 20_000),
    sold=st.tuples(prices, prices),
    bounty=st.integers(1, 900),
    shared=st.booleans(),
    then=happenings,
)
def test_the_steps_of_random_lines_come_to_what_is_booked(
    rule: dict[str, Any],
    multiplier: int,
    sold: tuple[int, int],
    bounty: int,
    shared: bool,
    then: list[tuple[str, int, int]],
) -> None:
    """Any plan, tier and price, shared or not, with a bounty on a small budget; then refunds, amendments, reviews:
    every step sums up, after each."""
    with transaction.atomic():
        live(rule, multiplier, sold, bounty, shared, then)
        transaction.set_rollback(True)


def live(
    rule: dict[str, Any],
    multiplier: int,
    sold: tuple[int, int],
    bounty: int,
    shared: bool,
    then: list[tuple[str, int, int]],
) -> None:
    brand = make_brand(policy=TWO_LEVELS, credit={"attribution": "position" if shared else "last_click"})
    brand.tiers.update(multiplier_bps=multiplier)
    make_product(brand)
    make_plan(brand, rules=[rule])
    make_campaign(brand, "bounty", fixed_minor=bounty, budget_minor=1_000)
    kit = make_kit(brand)
    shares = [
        make_share(make_koc(brand, "a", sponsor=make_koc(brand, "s")), kit),
        make_share(make_koc(brand, "b"), kit),
    ]
    visits = [
        Visit.objects.create(share=shares[n % 2], visitor=f"v-{brand.pk}", visited_at=NOW - n * HOUR - HOUR)
        for n in range(3)
    ]

    def order(first: int, second: int, at: datetime) -> Event:
        return paid("A-1", ("0", "S1", 2, first), ("1", "S1", 1, second), click=visits[0].public_id) | {
            "timestamp": at.isoformat()
        }

    report(brand, order(*sold, NOW))
    check(brand)
    for number, (what, one, two) in enumerate(then, start=1):
        at = NOW + number * DAY
        if what == "refund":
            apply_quietly(brand, refunded("A-1", f"R-{number}", at, **{f"l{one}": two}), at)
        elif what == "amend":
            apply_quietly(brand, order(one, two, at), at)
        elif what == "deliver":
            apply_quietly(brand, delivered("A-1", at), at + 30 * DAY)
        else:
            worth = [
                pk
                for pk, net in (
                    (c.pk, c.net_minor) for c in Commission.objects.filter(brand=brand, void_from=None).order_by("pk")
                )
                if net
            ]
            reverse_commissions(brand=brand, commissions=worth[one : one + 1], reason="fraud", by=None, at=at)
        check(brand)


def check(brand: Brand) -> None:
    found = explain_order(Order.objects.get(brand=brand).pk)
    made = {one.commission.pk for one in found.amounts if one.commission}
    assert made == set(Commission.objects.filter(brand=brand).values_list("pk", flat=True))
    for one in found.amounts:
        booked = (one.commission.amount_minor, one.commission.net_minor) if one.commission else (0, 0)
        assert (one.amount_minor, one.net_minor) == booked, (one.level, one.steps, one.now)
        if one.commission:
            assert one.amount_minor - sum(change.took_minor for change in one.since) == one.net_minor
        assert bool(one.zero_because) == (one.amount_minor == 0)
