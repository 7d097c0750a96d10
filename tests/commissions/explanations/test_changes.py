"""What refunds, cancellations, amendments and reviews took of a commission since it was made, or made of it."""

import pytest

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission
from commissions.earnings.services.reviews import hold_commissions, release_commissions, reverse_commissions
from commissions.orders.models import OrderVersion
from tests.support.explanations import DAY, HOUR, amount, sold, step, words
from tests.support.factories import NOW, TWO_LEVELS, make_brand_with_plan, make_koc, make_share, make_user
from tests.support.shop_events import cancelled, delivered, paid, refunded, report, send

pytestmark = pytest.mark.django_db


def test_refunds_are_shown_with_what_each_took(brand: Brand) -> None:
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
    assert "2026-03-02 10:00 Refund R-1 of CN¥33.00: −CN¥4.53" in words(amount(1))
    assert "It is worth CN¥0.00 now." in words(amount(1))


def test_a_cancellation_and_a_refund_that_rounding_swallowed_are_shown_too(brand: Brand) -> None:
    report(brand, paid(share="code"), refunded("A-1", "R-1", NOW + HOUR, l1=1))
    assert [(one.code, one.took_minor) for one in amount(1).since] == [("refund", 0)]  # 9899 still comes to 1361.11
    report(brand, cancelled())
    assert [(one.code, one.took_minor) for one in amount(1).since] == [("refund", 0), ("cancellation", 1361)]
    assert amount(1).net_minor == 0


def test_an_amendment_is_shown_with_what_it_took_and_gave(brand: Brand) -> None:
    """9900 → 6600 → 9900 with a second line of 5000: −453, +453; and 688 for the line that came, by the plan of the
    payment."""
    report(brand, sold(("1", "S1", 1, 9900), at=NOW))
    report(brand, sold(("1", "S1", 1, 6600), at=NOW + HOUR))
    report(brand, sold(("1", "S1", 1, 9900), ("2", "S1", 1, 5000), at=NOW + 2 * HOUR))
    first = amount(1)
    assert (step(first, "base")["base_minor"], first.amount_minor, first.net_minor) == (9900, 1361, 1361)
    assert [(one.code, one.took_minor, one.values["base_minor"]) for one in first.since] == [
        ("amendment", 453, 6600),
        ("amendment", -453, 9900),
    ]
    second = amount(1, line=1)
    assert (step(second, "base")["base_minor"], second.amount_minor, second.since) == (5000, 688, [])  # 687.5
    assert "The order was amended, the line's base is CN¥66.00: −CN¥4.53" in words(first)


def test_an_amount_that_an_amendment_made_says_of_what(brand: Brand) -> None:
    """Nothing of 3; then 5000, of which 1000 had gone back before that was heard: 4000 × 12.5% × 1.1 = 550."""
    brand.tiers.update(multiplier_bps=10_000)
    report(brand, sold(("1", "S1", 1, 3), at=NOW))
    send(brand, sold(("1", "S1", 1, 5000), at=NOW + HOUR))
    send(brand, refunded("A-1", "R-1", NOW + 2 * HOUR, l1=1000))
    report(brand)
    made = Commission.objects.get(level=1)
    assert (made.amount_minor, made.left_minor, made.version and made.version.reported_at) == (500, 4000, NOW + HOUR)
    assert (step(amount(1), "rate")["left_minor"], amount(1).amount_minor) == (4000, 500)
    report(brand, refunded("A-1", "R-2", NOW + 3 * HOUR, l1=1000))
    assert ([one.took_minor for one in amount(1).since], amount(1).net_minor) == ([125], 375)


def test_an_amount_that_a_refund_made_says_of_what() -> None:
    """19 at 8% is 1.52 → 2, all that a guard of 15% leaves (2.85 → 2). Of 18 it is 1.44 → 1, and 7% (1.26 → 1) finds
    room; of 12: 0.96 → 1, and none."""
    brand = make_brand_with_plan(
        policy=TWO_LEVELS | {"min_payout_minor": 1, "total_cap_bps": 1500},
        rules=[{"rate_bps": 800, "override_bps": 700}],
    )
    make_share(make_koc(brand, sponsor=make_koc(brand)), code="code")
    report(brand, paid("A-1", ("1", "S1", 1, 19), share="code"))
    assert (amount(2).amount_minor, amount(2).zero_because) == (0, "guard")
    report(brand, refunded("A-1", "R-1", NOW + HOUR, l1=1))
    assert (amount(2).amount_minor, amount(2).since, step(amount(2), "left")["left_minor"]) == (1, [], 18)
    assert "Of the base of CN¥0.19, CN¥0.01 went back; CN¥0.18 is left. CN¥0.18 × 7% for the sponsor" in words(
        amount(2)
    )
    report(brand, refunded("A-1", "R-2", NOW + 2 * HOUR, l1=6))
    assert ([one.took_minor for one in amount(2).since], amount(2).net_minor) == ([1], 0)


def test_an_order_that_was_amended_before_it_was_answered_starts_from_its_first_version(brand: Brand) -> None:
    send(brand, sold(("1", "S1", 1, 9900), at=NOW))
    send(brand, sold(("1", "S1", 1, 6600), at=NOW + HOUR))
    report(brand)
    assert list(OrderVersion.objects.order_by("reported_at").values_list("answered", flat=True)) == [True, False]
    assert (step(amount(1), "base")["base_minor"], amount(1).amount_minor) == (9900, 1361)
    assert ([one.took_minor for one in amount(1).since], amount(1).net_minor) == ([453], 908)


def test_what_a_review_holds_releases_and_takes_back_is_shown(brand: Brand) -> None:
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
    assert "Taken back by review (against the terms): −CN¥13.61" in words(gone)
    assert "copied" not in words(gone)
    assert not any(date.is_to_come for date in gone.dates)
