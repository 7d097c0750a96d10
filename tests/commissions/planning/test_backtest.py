"""A draft plan over past orders: numbers a person can check, beside what the ledger says, which it leaves alone."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.brands.models import Brand, Tier
from accounts.people.models import Koc
from commissions.earnings.models.commissions import Commission
from commissions.earnings.services.reviews import reverse_commissions
from commissions.orders.models import Order
from commissions.planning.domain.drafts import Draft, read_draft
from commissions.planning.domain.report import Backtest, Cost, Cut
from commissions.planning.selectors.backtest import Span, draft_of, tier_names
from commissions.planning.services.backtest import run_backtest
from commissions.plans.models.campaigns import Campaign
from commissions.plans.models.plans import Plan
from commissions.plans.models.policies import PayPolicy
from content.products.models import Product
from referrals.tree.models import CreditPolicy
from referrals.visits.models import Visit
from tests.support.factories import (
    NOW,
    make_brand,
    make_brand_with_plan,
    make_customer,
    make_koc,
    make_product,
    make_share,
)
from tests.support.shop_events import cancelled, commissions, paid, refunded, report, send

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FIRST, AFTER = date(2026, 3, 1), date(2026, 4, 1)


def tried(brand: Brand, *rules: str, first_day: date = FIRST, day_after: date = AFTER) -> Backtest:
    text = "rules:\n" + "".join(f"- {{{rule}}}\n" for rule in rules) if rules else "rules: []"
    return run_backtest(
        span=Span(brand, first_day, day_after), draft=read_draft(text, "draft.yaml", tiers=tier_names(brand))
    )


def in_force(brand: Brand, first_day: date = FIRST, day_after: date = AFTER) -> Backtest:
    return run_backtest(span=Span(brand, first_day, day_after), draft=draft_of(Plan.objects.get(brand=brand)))


def gains(found: Backtest) -> dict[str, tuple[int, int, int]]:
    """KOC → what is paid, what would be, and on how many lines they are credited."""
    return {koc.key: (koc.actual.total_minor, koc.draft.total_minor, koc.lines) for koc in found.kocs}


def test_a_draft_is_set_beside_what_happened(brand: Brand) -> None:
    """9900 at 12.5 % × 1.1 = 1361 and 297; 5000 → 688 and 150. The draft: 10 % × 1.1 of 9900 = 1089 and 99; 100 a piece
    × 2 on hair, no override."""
    report(
        brand, paid("A-1", ("1", "S1", 1, 9900), ("2", "S2", 2, 2500), share="code"), paid("A-2", ("1", "S1", 1, 700))
    )
    found = tried(brand, "categories: [hair], fixed_minor: 100, priority: 1", "rate_bps: 1000, override_bps: 100")
    assert (found.orders, found.orders_credited, found.orders_unanswered, found.lines) == (2, 1, 0, 2)
    assert (found.gmv_minor, found.gmv_credited_minor) == (15_600, 14_900)
    assert (found.actual_cost, found.draft_cost, found.difference_minor) == (
        Cost(1361 + 688, 297 + 150),
        Cost(1089 + 200, 99),
        -1108,
    )
    # 2496 and 1388 of 15600
    assert (found.share_bps(found.actual_cost), found.share_bps(found.draft_cost)) == (
        1600,
        890,
    )
    assert gains(found) == {"low": (2049, 1289, 2), "high": (447, 99, 0)}
    assert [(tier.tier, tier.name, tier.parts, tier.actual, tier.draft) for tier in found.tiers] == [
        ("seed", "种子", 0, Cost(), Cost()),
        ("sprout", "新芽", 2, Cost(2049, 447), Cost(1289, 99)),
    ]
    assert [(rule.place, rule.says, rule.lines, rule.left_minor, rule.draft) for rule in found.rules] == [
        (1, "1.00 a piece; categories hair", 1, 5000, Cost(200, 0)),
        (2, "10% + 1%", 1, 9900, Cost(1089, 99)),
        (None, "no rule", 0, 0, Cost()),
    ]


def test_caps_the_guard_and_lines_without_a_rule_are_counted(brand: Brand) -> None:
    """The total cap of 9900 is 2970: 25 % × 1.1 = 2723 leaves 247 of 297. Of 5000 × 20 % × 1.1 = 1100 the cap leaves 1000;
    150 stay."""
    report(brand, paid("A-1", ("1", "S1", 1, 9900), ("2", "S2", 1, 5000), share="code"))
    found = tried(
        brand,
        "skus: [S1], rate_bps: 2500, override_bps: 300",
        "skus: [S2], rate_bps: 2000, override_bps: 300, cap_minor: 1000",
    )
    assert found.draft_cost == Cost(2723 + 1000, 247 + 150)
    assert (found.guard, found.cap) == (Cut(1, 50), Cut(1, 100))
    nothing = tried(brand, "channels: [douyin], rate_bps: 2500")
    assert [(rule.place, rule.lines, rule.left_minor) for rule in nothing.rules] == [(1, 0, 0), (None, 2, 14_900)]
    assert (nothing.draft_cost, nothing.guard, nothing.cap) == (Cost(), Cut(0, 0), Cut(0, 0))
    assert tried(brand).rules[0].lines == 2


def test_refunds_cancellations_and_amendments_are_out_of_both_sides(brand: Brand) -> None:
    """6600 of 9900 is left → 908 and 198 in force, 726 and 66 in the draft. A-3 stands at 4000 → 550 and 120, 440 and
    40."""
    orders = [paid(order, ("1", "S1", 1, 9900), share="code") for order in ("A-1", "A-2", "A-3")]
    report(brand, *orders, paid("A-4", ("1", "S1", 1, 500)), paid("A-5", ("1", "S1", 1, 800)))
    told = paid("A-3", ("2", "S2", 1, 4000), share="code") | {"timestamp": (NOW + DAY).isoformat()}
    report(brand, refunded("A-1"), cancelled("A-2"), told, refunded("A-4", l1=200), cancelled("A-5"), at=NOW + 2 * DAY)
    found = tried(brand, "rate_bps: 1000, override_bps: 100")
    assert (found.actual_cost, found.draft_cost) == (Cost(908 + 550, 198 + 120), Cost(726 + 440, 66 + 40))
    assert (found.gmv_minor, found.gmv_credited_minor) == (6600 + 4000 + 300, 6600 + 4000)
    assert in_force(brand).draft_cost == found.actual_cost


def test_a_fixed_amount_goes_by_the_pieces_and_the_base_of_the_last_version(brand: Brand) -> None:
    report(brand, paid("A-1", ("1", "S1", 5, 1000), share="code"))
    told = paid("A-1", ("1", "S1", 2, 1000), share="code") | {"timestamp": (NOW + DAY).isoformat()}
    report(brand, told, refunded(l1=500), at=NOW + 2 * DAY)
    assert tried(brand, "fixed_minor: 100").draft_cost == Cost(150, 0)  # 2 × 100 × 1500 / 2000


def test_what_waits_to_be_answered_or_applied_is_left_out(brand: Brand) -> None:
    report(brand, paid(share="code"))
    send(brand, paid("A-2", share="code"), refunded())
    found = tried(brand, "rate_bps: 1000")
    assert (found.orders, found.orders_unanswered, found.gmv_minor, found.draft_cost) == (1, 1, 9900, Cost(1089, 0))


def test_days_are_those_of_the_brands_zone_and_the_last_is_not_in(brand: Brand) -> None:
    """Midnight in Shanghai is 16:00 of the day before in UTC."""
    starts, ends = datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 3, 31, 16, tzinfo=UTC)
    second = timedelta(seconds=1)
    moments = {"A-1": starts - second, "A-2": starts, "A-3": ends - second, "A-4": ends}
    report(brand, *(paid(order, at=moment, share="code") for order, moment in moments.items()), at=ends + DAY)
    assert tried(brand).orders == 2
    assert tried(brand, first_day=AFTER, day_after=AFTER + DAY).orders == 1


def test_what_was_frozen_counts_not_what_is_now(brand: Brand) -> None:
    """Tier, multiplier, sponsor and guard are those of then. A product stands in the category of now."""
    report(brand, paid(share="code"))
    Tier.objects.filter(key="sprout").update(multiplier_bps=20_000)
    PayPolicy.objects.filter(brand=brand).update(total_cap_bps=100, paid_levels=1)
    Product.objects.filter(sku="S1").update(category="hair")
    assert in_force(brand).draft_cost == in_force(brand).actual_cost == Cost(1361, 297)
    assert tried(brand, "categories: [hair], tiers: [sprout], rate_bps: 1000").draft_cost == Cost(1089, 0)


def test_a_tier_that_is_no_more_keeps_its_line(brand: Brand) -> None:
    report(brand, paid(share="code"))
    Tier.objects.filter(key="sprout").update(key="sapling")
    assert [(tier.tier, tier.name, tier.parts) for tier in in_force(brand).tiers] == [
        ("seed", "种子", 0),
        ("sapling", "新芽", 0),
        ("sprout", "sprout", 1),
    ]


def test_new_customers_and_channels_are_seen_as_they_were(brand: Brand) -> None:
    make_customer(brand, "c-1")
    orders = [
        paid(order, at=NOW + place * DAY, share="code", customer={"id": "c-1"})
        for place, order in enumerate(("A-1", "A-2"))
    ]
    report(brand, *orders, paid("A-3", share="code"), at=NOW + 2 * DAY)
    rules = (
        "customer: new, rate_bps: 100",
        "customer: returning, rate_bps: 200",
        "channels: [moments], rate_bps: 300, priority: -1",
    )
    assert [(rule.place, rule.lines) for rule in tried(brand, *rules).rules] == [(1, 1), (2, 1), (3, 1), (None, 0)]


def test_shared_credit_is_split_as_it_was(brand: Brand) -> None:
    """9999 at 12.5 % = 1250, in halves 625 and 625: × 1.1 = 688 for `low`; `other` has no tier's extra and no sponsor,
    so of 300 only 150 are paid."""
    CreditPolicy.objects.filter(brand=brand).update(attribution="linear")
    low = make_share(Koc.objects.get(key="low"))
    other = make_share(make_koc(brand, "other"))
    first = Visit.objects.create(share=low, visitor="v1", visited_at=NOW - 2 * DAY)
    Visit.objects.create(share=other, visitor="v1", visited_at=NOW - DAY)
    report(
        brand, paid("A-1", ("1", "S1", 1, 9999), ("2", "S2", 1, 101), click=first.public_id), paid("A-2", share="code")
    )
    assert Order.objects.get(key="A-1").credit == "shared"
    found = in_force(brand)
    assert found.draft_cost == found.actual_cost
    assert gains(found)["low"] == (688 + 8 + 1361, 688 + 8 + 1361, 3)
    both = tried(brand, "tiers: [sprout], rate_bps: 1000", "tiers: [seed, sprout], rate_bps: 500")
    assert [(rule.place, rule.lines) for rule in both.rules] == [(1, 1), (2, 2), (None, 0)]


def test_bonuses_of_campaigns_stand_apart(brand: Brand) -> None:
    Campaign.objects.create(
        brand=brand, key="s1", kind="bounty", starts_at=NOW - DAY, skus=["S1"], fixed_minor=50, budget_minor=1000
    )
    report(brand, paid(share="code"))
    found = in_force(brand)
    assert (found.actual_cost, found.draft_cost, found.bonuses_minor) == (Cost(1361, 297), Cost(1361, 297), 50)
    assert gains(found)["low"] == (1361, 1361, 1)


def test_what_a_review_took_was_not_paid_but_would_be(brand: Brand) -> None:
    report(brand, paid(share="code"))
    taken = Commission.objects.get(level=1)
    reverse_commissions(brand=brand, commissions=[taken.pk], reason="fraud", by=None, at=NOW)
    assert gains(in_force(brand)) == {"low": (0, 1361, 1), "high": (297, 297, 0)}


def test_another_brands_orders_are_not_in_it(brand: Brand) -> None:
    other = make_brand_with_plan("other", rules=[{"rate_bps": 1000}])
    report(other, paid(share=make_share(make_koc(other)).code))
    found = in_force(brand)
    assert (found.orders, found.gmv_minor, found.lines, found.actual_cost, found.kocs) == (0, 0, 0, Cost(), [])
    assert found.share_bps(found.draft_cost) is None


def test_a_backtest_of_orders_that_no_plan_answered_tells_what_a_first_plan_would_cost() -> None:
    brand = make_brand("fresh")
    make_product(brand)
    report(brand, paid(share=make_share(make_koc(brand, "solo")).code))
    assert commissions(brand) == []
    found = tried(brand, "rate_bps: 1000")
    assert (found.actual_cost, found.draft_cost, gains(found)) == (Cost(), Cost(990, 0), {"solo": (0, 990, 1)})


def test_watching_tells_how_far_it_is(brand: Brand) -> None:
    report(brand, paid(share="code"))
    seen: list[tuple[int, int]] = []
    run_backtest(
        span=Span(brand, FIRST, AFTER),
        draft=Draft("draft", ()),
        progress=lambda done, whole: seen.append((done, whole)),
    )
    assert seen == [(0, 1)]
