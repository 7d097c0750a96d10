from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Tier
from accounts.people.models import TierChange
from commissions.earnings.models.commissions import Commission, LineTerms
from commissions.earnings.services.crediting import credit_orders
from commissions.ledger.models import Transfer
from commissions.orders.models import Order
from commissions.plans.models.plans import Plan
from commissions.plans.models.policies import PayPolicy
from referrals.tree.models import SponsorChange
from referrals.visits.models import Visit
from tests.support.factories import (
    NOW,
    TWO_LEVELS,
    make_brand,
    make_brand_with_plan,
    make_kit,
    make_koc,
    make_plan,
    make_product,
    make_share,
    make_user,
)
from tests.support.shop_events import balances, commissions, paid, prove, refunded, report, send

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def brand():
    brand = make_brand(policy=TWO_LEVELS)
    make_product(brand, "S1")
    make_plan(brand, rules=[{"rate_bps": 1250, "override_bps": 300}])
    return brand


@pytest.fixture
def share(brand):
    sponsor = make_koc(brand, "sponsor")
    return make_share(make_koc(brand, "sharer", sponsor=sponsor))


def credit(order: str = "A-1") -> tuple[str, str | None]:
    found = Order.objects.get(key=order)
    return found.credit, found.koc.key if found.koc else None


def visit(share, visitor: str, at: datetime, **fields) -> Visit:
    return Visit.objects.create(share=share, visitor=visitor, visited_at=at, **fields)


def test_a_share_that_the_shop_names_pays_the_sharer_and_the_sponsor(brand, share) -> None:
    report(brand, paid(share=share.code))
    assert credit() == ("share", "sharer")
    assert commissions(brand) == [("A-1", 1, "sharer", 1238, 0), ("A-1", 2, "sponsor", 297, 0)]  # 1237.5 and 297
    assert balances(brand) == {("sharer", "pending"): 1238, ("sponsor", "pending"): 297}


def test_one_paid_level_pays_no_sponsor(share) -> None:
    brand = make_brand_with_plan(rules=[{"rate_bps": 1000, "override_bps": 300}])
    report(brand, paid(share=make_share(make_koc(brand, "below", sponsor=make_koc(brand, "above"))).code))
    assert commissions(brand) == [("A-1", 1, "below", 990, 0)]


def test_an_order_is_answered_once(brand, share) -> None:
    report(brand, paid(share=share.code))
    assert credit_orders(brand=brand, at=NOW) == 0
    assert report(brand, paid(share=share.code)).credited == 0
    assert Transfer.objects.count() == Commission.objects.count() == 2


def test_an_order_that_nobody_brought_is_answered_too(brand) -> None:
    report(brand, paid())
    assert credit() == ("nobody", None)
    assert not LineTerms.objects.exists()
    assert credit_orders(brand=brand, at=NOW) == 0


def test_a_click_credits_the_last_counted_visit_of_its_visitor_before_the_payment(brand, share) -> None:
    other = make_share(make_koc(brand, "other"), share.kit)
    click = visit(share, "v1", NOW - 3 * HOUR)
    visit(other, "v1", NOW - HOUR)
    visit(other, "v2", NOW - HOUR)
    visit(share, "v1", NOW - HOUR / 2, uncounted="robot")
    report(brand, paid(click=click.public_id))
    assert credit() == ("click", "other")


def test_first_click_credits_the_first(share) -> None:
    brand = make_brand(credit={"attribution": "first_click"})
    make_product(brand)
    first, second = (make_share(make_koc(brand, key)) for key in ("first", "second"))
    click = visit(first, "v1", NOW - 2 * HOUR)
    visit(second, "v1", NOW - HOUR)
    report(brand, paid(click=click.public_id))
    assert credit() == ("click", "first")


def test_a_visit_outside_the_window_credits_nobody(brand, share) -> None:
    old = visit(share, "v1", NOW - timedelta(days=30, seconds=1))
    late = visit(share, "v2", NOW + timedelta(minutes=6))
    report(brand, paid("A-1", click=old.public_id), paid("A-2", click=late.public_id))
    assert credit("A-1") == credit("A-2") == ("nobody", None)


def test_a_shop_whose_clock_is_a_little_behind_still_credits(brand, share) -> None:
    report(brand, paid(click=visit(share, "v1", NOW + timedelta(minutes=4)).public_id))
    assert credit() == ("click", "sharer")


def test_a_visit_after_the_payment_takes_no_credit_from_one_before_it(brand, share) -> None:
    other = make_share(make_koc(brand, "other"), share.kit)
    click = visit(share, "v1", NOW - HOUR)
    visit(other, "v1", NOW + timedelta(seconds=4))
    report(brand, paid(click=click.public_id))
    assert credit() == ("click", "sharer")


def test_a_click_ties_the_customer_to_the_visitor_for_later_orders(brand, share) -> None:
    click = visit(share, "v1", NOW - HOUR)
    report(
        brand,
        paid("A-1", click=click.public_id, customer={"id": "c-1"}),
        paid("A-2", customer={"id": "c-1"}, at=NOW + timedelta(days=9)),
    )
    assert credit("A-2") == ("click", "sharer")


def test_a_click_of_another_brand_or_a_made_up_one_credits_nobody(brand, share) -> None:
    stranger = make_brand()
    foreign = visit(make_share(make_koc(stranger)), "v1", NOW - HOUR)
    report(
        brand,
        paid("A-1", click=foreign.public_id),
        paid("A-2", click="clk_nonsense"),
        paid("A-3", share="nonsense"),
        paid("A-4", coupon="SHOP10"),
    )
    assert {credit(f"A-{n}") for n in (1, 2, 3, 4)} == {("nobody", None)}


def test_ones_own_purchase_earns_nothing_unless_the_brand_allows_it(brand, share) -> None:
    share.koc.user = make_user("+8613800000001")
    share.koc.save()
    report(brand, paid(share=share.code, customer={"id": "c-1", "phone": "138 0000 0001"}))
    assert credit() == ("self_purchase", None)
    allowing = make_brand(credit={"self_purchase": "allow"})
    make_product(allowing)
    own = make_share(make_koc(allowing, "own", user=share.koc.user))
    report(allowing, paid("B-1", share=own.code, customer={"id": "c-1", "phone": "+8613800000001"}))
    assert credit("B-1") == ("share", "own")


def test_a_koc_who_is_not_active_is_credited_nothing(brand, share) -> None:
    share.koc.status = "rejected"
    share.koc.save()
    report(brand, paid(share=share.code))
    assert credit() == ("nobody", None)


@pytest.mark.parametrize("model", ["last_click", "first_click", "linear", "position", "time_decay"])
@pytest.mark.parametrize("unfit", ["is the buyer", "is not active"])
def test_a_visit_that_may_earn_nothing_takes_no_credit_from_another(model: str, unfit: str) -> None:
    """By every model alike: somebody opens a friend's share, and a share of their own or of one who left, before and
    after it."""
    brand = make_brand_with_plan(credit={"attribution": model}, rules=[{"rate_bps": 1000}])
    kit, user = make_kit(brand), make_user("+8613800000001")
    void = make_koc(brand, "void", user=user) if unfit == "is the buyer" else make_koc(brand, "void", status="rejected")
    mine, friends = make_share(void, kit), make_share(make_koc(brand, "friend"), kit)
    for hours, share in enumerate((mine, friends, mine)):
        click = visit(share, "v1", NOW - (5 - hours) * HOUR)
    report(brand, paid(click=click.public_id, customer={"id": "c-1", "phone": "+8613800000001"}))
    assert credit() == ("click", "friend")
    assert commissions(brand) == [("A-1", 1, "friend", 990, 0)]


def test_new_is_the_first_order_that_was_paid_and_not_cancelled(brand) -> None:
    for number, events in enumerate(
        [[paid("A-1", customer={"id": "c"})], [paid("A-2", customer={"id": "c"}, at=NOW + HOUR)], [paid("A-3")]]
    ):
        report(brand, *events)
        assert Order.objects.get(key=f"A-{number + 1}").customer_is_new is [True, False, None][number]


def test_a_cancelled_first_order_leaves_the_second_new(brand) -> None:
    cancelled_first = {"type": "order.cancelled", "data": {"order": "A-1", "cancelled_at": NOW.isoformat()}}
    report(brand, paid("A-1", customer={"id": "c"}), cancelled_first, paid("A-2", customer={"id": "c"}, at=NOW + HOUR))
    assert Order.objects.get(key="A-2").customer_is_new is True


def test_an_earlier_order_that_turns_up_later_changes_no_answer(brand) -> None:
    report(brand, paid("A-2", customer={"id": "c"}, at=NOW + HOUR))
    report(brand, paid("A-1", customer={"id": "c"}))
    assert Order.objects.get(key="A-2").customer_is_new is True


def test_orders_that_come_together_are_answered_in_the_order_of_payment(brand) -> None:
    report(brand, paid("A-2", customer={"id": "c"}, at=NOW + HOUR), paid("A-1", customer={"id": "c"}))
    assert [Order.objects.get(key=key).customer_is_new for key in ("A-1", "A-2")] == [True, False]


def test_tier_sponsor_and_plan_are_those_that_held_at_the_payment(brand, share) -> None:
    gold = Tier.objects.create(brand=brand, key="gold", name="金", rank=1, growth=10, multiplier_bps=20_000)
    make_plan(brand, "later", starts_at=NOW + 10 * HOUR, rules=[{"rate_bps": 100}])
    PayPolicy.objects.update(rate_protection_days=0)
    brand_plan = brand_plan_until(brand, NOW + 10 * HOUR)
    koc = share.koc
    TierChange.objects.create(koc=koc, tier_before=gold, changed_at=NOW + HOUR)
    SponsorChange.objects.create(koc=koc, sponsor_before=make_koc(brand, "past"), changed_at=NOW + HOUR)
    report(
        brand,
        paid("A-1", share=share.code),
        paid("A-2", share=share.code, at=NOW + 2 * HOUR),
        paid("A-3", share=share.code, at=NOW + 10 * HOUR),
    )
    assert commissions(brand) == [
        ("A-1", 1, "sharer", 2475, 0),
        ("A-1", 2, "past", 297, 0),
        ("A-2", 1, "sharer", 1238, 0),
        ("A-2", 2, "sponsor", 297, 0),
        ("A-3", 1, "sharer", 99, 0),
    ]
    assert LineTerms.objects.get(line__order__key="A-1").plan == brand_plan


def brand_plan_until(brand, moment):
    plan = Plan.objects.get(brand=brand, key="base")
    plan.ends_at = moment
    plan.save()
    return plan


def test_no_rule_and_no_plan_earn_nothing_and_say_so(share) -> None:
    brand = make_brand()
    make_product(brand)
    code = make_share(make_koc(brand)).code
    make_plan(brand, rules=[{"rate_bps": 1000, "skus": ["S2"]}], starts_at=datetime(2026, 3, 1, tzinfo=UTC))
    report(brand, paid("A-1", share=code), paid("A-0", share=code, at=datetime(2026, 2, 1, tzinfo=UTC)))
    answers = {
        answer.line.order.key: (answer.plan and answer.plan.key, answer.rule)
        for answer in LineTerms.objects.select_related("line__order", "plan", "rule")
    }
    assert answers == {"A-1": ("base", None), "A-0": (None, None)}
    assert not Commission.objects.exists()


def test_an_amount_of_zero_makes_no_commission(brand, share) -> None:
    report(brand, paid("A-1", ("1", "S1", 1, 3), share=share.code))
    assert commissions(brand) == []
    assert LineTerms.objects.count() == 1


def test_answering_takes_the_same_queries_for_1_order_and_for_20(brand, share) -> None:
    def queries(*events) -> int:
        send(brand, *events)
        with CaptureQueriesContext(connection) as captured:
            credit_orders(brand=brand, at=NOW)
        return len(captured)

    queries(paid("warm", share=share.code))
    assert queries(paid("one", share=share.code)) == queries(*[paid(f"many-{n}", share=share.code) for n in range(20)])


def test_another_brands_orders_stay_untouched(brand, share) -> None:
    other = make_brand_with_plan(rules=[{"rate_bps": 1000}])
    send(other, paid("A-1", share=make_share(make_koc(other, "theirs")).code))
    report(brand, paid("A-1", share=share.code), refunded("A-1"))
    assert Order.objects.get(brand=other).credited_at is None
    prove(other)
    report(other)
    assert commissions(other) == [("A-1", 1, "theirs", 990, 0)]  # the refund of an order of the same name took nothing
