from datetime import timedelta
from itertools import permutations

import pytest

from commissions.earnings.models.commissions import Commission, Reversal
from commissions.ledger.models import Transfer
from commissions.orders.models import Refund
from foundation.files.faults import BadFile
from tests.support.factories import NOW, TWO_LEVELS, make_brand_with_plan, make_koc, make_share
from tests.support.shop_events import balances, cancelled, commissions, delivered, paid, refunded, report, send

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def brand():
    """9900 at 12.5 % and a multiplier of 1.1: 1361 for `a`, 297 for the sponsor `b`."""
    brand = make_brand_with_plan(policy=TWO_LEVELS, rules=[{"rate_bps": 1250, "override_bps": 300}])
    brand.tiers.update(multiplier_bps=11_000)
    make_share(make_koc(brand, "a", sponsor=make_koc(brand, "b")), code="code")
    return brand


def test_three_partial_refunds_take_back_453_454_454(brand) -> None:
    report(brand, paid(share="code"), *[refunded("A-1", f"R-{n}", NOW + n * DAY) for n in (1, 2, 3)])
    taken = Reversal.objects.filter(commission__level=1).order_by("happened_at").values_list("amount_minor", flat=True)
    assert list(taken) == [453, 454, 454]
    assert commissions(brand) == [("A-1", 1, "a", 0, 1361), ("A-1", 2, "b", 0, 297)]
    assert balances(brand) == {}
    assert set(Commission.objects.values_list("status", flat=True)) == {"reversed"}


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_facts_in_any_order_and_one_by_one_come_to_the_same(brand, order: tuple[int, ...]) -> None:
    events = [paid(share="code"), refunded("A-1", "R-1", l1=1000), refunded("A-1", "R-2", l1=2300), delivered()]
    for number in order:
        report(brand, events[number], events[number], at=NOW + 30 * DAY)
    assert commissions(brand) == [("A-1", 1, "a", 908, 453), ("A-1", 2, "b", 198, 99)]
    assert balances(brand) == {("a", "approved"): 908, ("b", "approved"): 198}
    assert Commission.objects.get(level=1).approved_at == NOW.replace(day=8, hour=16)


def test_a_refund_before_its_order_waits_and_then_applies(brand) -> None:
    report(brand, refunded())
    assert Refund.objects.get().status == "waiting"
    report(brand, paid(share="code"))
    assert Refund.objects.get().status == "applied"
    assert commissions(brand)[0] == ("A-1", 1, "a", 908, 453)


def test_the_same_refund_again_takes_nothing(brand) -> None:
    report(brand, paid(share="code"), refunded())
    before = Transfer.objects.count()
    assert str(send(brand, refunded())) == "0 created, 0 updated, 1 unchanged"
    report(brand, refunded(), refunded())
    assert Transfer.objects.count() == before


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (
            refunded("A-1", "R-9", l1=6601),
            "events.jsonl:1: more is refunded than was paid: 6600 is left of line 1 (amount_minor, 6601)",
        ),
        (refunded("A-1", "R-9", l7=1), "events.jsonl:1: the order has no line 7 (line, 7)"),
        (refunded("A-1", "R-1", l1=1), "events.jsonl:1: was reported before, and differently (refund, R-1)"),
    ],
)
def test_a_refund_that_cannot_be_is_refused_and_changes_nothing(brand, event, message: str) -> None:
    report(brand, paid(share="code"), refunded())
    with pytest.raises(BadFile) as refused:
        send(brand, event)
    assert refused.value.messages() == [message]
    assert commissions(brand)[0] == ("A-1", 1, "a", 908, 453)


def test_an_early_refund_that_turns_out_to_be_too_large_is_refused_by_name(brand) -> None:
    report(brand, refunded("A-1", "R-1", l1=9901), refunded("A-1", "R-2", l1=1, l2=1), refunded("A-1", "R-3", l1=9900))
    report(brand, paid(share="code"))
    assert list(Refund.objects.order_by("key").values_list("key", "status", "refusal")) == [
        ("R-1", "refused", "more is refunded than was paid: 9900 is left of line 1"),
        ("R-2", "refused", "the order has no line 2"),
        ("R-3", "applied", ""),
    ]
    assert balances(brand) == {}


def test_a_refund_that_was_refused_is_known_when_it_comes_again(brand) -> None:
    early = [refunded("A-1", "R-1", l1=6000), refunded("A-1", "R-2", l1=6000)]
    report(brand, *early)
    report(brand, paid(share="code"))
    assert str(send(brand, *early)) == "0 created, 0 updated, 2 unchanged"
    with pytest.raises(BadFile, match="was reported before, and differently"):
        send(brand, refunded("A-1", "R-2", l1=3900))
    report(brand, refunded("A-1", "R-3", l1=3900))
    assert dict(Refund.objects.values_list("key", "status")) == {"R-1": "applied", "R-2": "refused", "R-3": "applied"}


def test_a_cancellation_takes_all_that_is_left_of_every_line(brand) -> None:
    report(
        brand,
        paid("A-1", ("1", "S1", 1, 9900), ("2", "S1", 1, 9900), share="code"),
        refunded("A-1", "R-1", l1=3300),
        cancelled(),
    )
    assert [(net, back) for _, _, _, net, back in commissions(brand)] == [(0, 1361), (0, 297), (0, 1361), (0, 297)]


@pytest.mark.parametrize("first", ["refund", "cancellation"])
def test_a_refund_beside_a_cancellation_takes_nothing_twice(brand, first: str) -> None:
    events = [refunded("A-1", "R-1", NOW + DAY), cancelled("A-1", NOW + 2 * DAY)]
    report(brand, paid(share="code"))
    for event in events if first == "refund" else reversed(events):
        report(brand, event)
    assert commissions(brand) == [("A-1", 1, "a", 0, 1361), ("A-1", 2, "b", 0, 297)]


def test_a_fixed_amount_is_scaled_by_what_is_left() -> None:
    brand = make_brand_with_plan(rules=[{"fixed_minor": 25}])
    share = make_share(make_koc(brand, "a"))
    report(brand, paid("A-1", ("1", "S1", 4, 250), share=share.code), refunded("A-1", "R-1", l1=500))
    assert commissions(brand) == [("A-1", 1, "a", 50, 50)]


def test_a_level_2_that_gets_a_unit_back_by_rounding_under_the_guard_is_booked() -> None:
    # At 14.5 % + 1.5 % under a guard of 15 % the floor leaves level 2 of base 31 nothing (4 − 4), and of base 27 one (4
    # − 4 → 4.05 − 3.915).
    brand = make_brand_with_plan(
        policy=TWO_LEVELS | {"total_cap_bps": 1500}, rules=[{"rate_bps": 1450, "override_bps": 500}]
    )
    make_share(make_koc(brand, "a", sponsor=make_koc(brand, "b")), code="up")
    report(brand, paid("A-1", ("1", "S1", 1, 348), share="up"))  # 50.46 → 50; guard 52; level 2: 2
    assert commissions(brand) == [("A-1", 1, "a", 50, 0), ("A-1", 2, "b", 2, 0)]
    report(brand, refunded("A-1", "R-1", l1=4))  # 344: 49.88 → 50; guard 51; level 2: 1
    assert commissions(brand)[1] == ("A-1", 2, "b", 1, 1)
    report(brand, refunded("A-1", "R-2", l1=4))  # 340: 49.3 → 49; guard 51; level 2: 2
    assert commissions(brand)[1] == ("A-1", 2, "b", 2, 0)


def test_a_refund_gives_the_second_level_the_unit_that_the_guard_took_from_it() -> None:
    """19 at 8 % is 1.52, so 2, and a guard of 15 % is 2.85, so 2: nothing is left for 7 %. Of 18 it is 1.44, so 1, and
    the second level gets the other."""
    policy = TWO_LEVELS | {"total_cap_bps": 1500}
    brand = make_brand_with_plan(policy=policy, rules=[{"rate_bps": 800, "override_bps": 700}])
    make_share(make_koc(brand, "low", sponsor=make_koc(brand, "high")), code="rounded")
    report(brand, paid("A-1", ("1", "S1", 1, 19), share="rounded"), delivered(), at=NOW + 20 * DAY)
    assert commissions(brand) == [("A-1", 1, "low", 2, 0)]
    report(brand, refunded("A-1", "R-1", NOW + 21 * DAY, l1=1), at=NOW + 22 * DAY)
    assert commissions(brand) == [("A-1", 1, "low", 1, 1), ("A-1", 2, "high", 1, 0)]
    assert balances(brand) == {("low", "approved"): 1, ("high", "approved"): 1}
