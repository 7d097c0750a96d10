"""Which visits and sales a variant of a text is credited with."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from accounts.brands.models import Brand
from accounts.heartbeats.models import Heartbeat
from accounts.people.models import Koc
from commissions.orders.models import Order
from commissions.orders.selectors.variants import brands_with_variants, counted_variants
from commissions.orders.services.variants import refresh_variants
from commissions.tasks import count_results_of_content
from content.kits.domain.texts import Text
from content.kits.models import Kit, KitVersion, VariantResult
from content.kits.services.versions import publish_texts
from referrals.attribution.models import Acquaintance
from referrals.shares.models import Share
from referrals.visits.models import Visit
from tests.support.factories import NOW, make_customer, make_kit, make_koc, make_selling_brand, make_share
from tests.support.shop_events import cancelled, delivered, paid, refunded, report

pytestmark = pytest.mark.django_db
TEXTS = [Text("usage", "any", "一", "A"), Text("usage", "any", "二", "B")]
numbers = count(1)


@pytest.fixture
def brand() -> Brand:
    return make_selling_brand("lumi")


@pytest.fixture
def kit(brand: Brand) -> Kit:
    return make_kit(brand, texts=TEXTS)


@pytest.fixture
def share(brand: Brand, kit: Kit) -> Share:
    return drawn(brand, kit, "A")


def drawn(brand: Brand, kit: Kit, variant: str, **fields: Any) -> Share:
    kit.refresh_from_db()
    koc: Koc = make_koc(brand)
    return make_share(koc, kit, version=kit.version, drawn={"usage:any": variant}, **fields)


def visited(share: Share, at: datetime = NOW, *, visitor: str = "", **fields: Any) -> Visit:
    return Visit.objects.create(share=share, visitor=visitor or f"v{next(numbers)}", visited_at=at, **fields)


def bought(brand: Brand, visit: Visit, at: datetime, order: str = "A-1", **more: Any) -> None:
    report(brand, paid(order, at=at, click=visit.public_id, **more), at=at)


def counts(brand: Brand, at: datetime) -> dict[tuple[str, str], tuple[int, int]]:
    """(channel, variant) → trials and rewards."""
    return {(one.channel, one.variant): (one.trials, one.rewards) for one in counted_variants(brand, at=at)}


def after(**delta: float) -> datetime:
    return NOW + timedelta(**delta)


def test_a_visit_is_a_trial_when_it_is_seven_days_old(brand: Brand, share: Share) -> None:
    assert counts(brand, NOW) == {("moments", "A"): (0, 0)}
    visited(share)
    assert counts(brand, after(days=7, seconds=-1)) == {("moments", "A"): (0, 0)}
    assert counts(brand, after(days=7)) == {("moments", "A"): (1, 0)}


def test_or_when_it_was_followed_by_a_sale(brand: Brand, share: Share) -> None:
    bought(brand, visited(share), after(hours=2))
    assert counts(brand, after(hours=1)) == {("moments", "A"): (0, 0)}, "not paid yet"
    assert counts(brand, after(hours=2)) == {("moments", "A"): (1, 1)}


@pytest.mark.parametrize(("days", "rewards"), [(7, 1), (7.01, 0)])
def test_a_sale_after_more_than_seven_days_is_none_of_the_text(
    brand: Brand, share: Share, days: float, rewards: int
) -> None:
    bought(brand, visited(share), after(days=days))
    assert counts(brand, after(days=9)) == {("moments", "A"): (1, rewards)}


def test_a_kit_may_give_it_more_days(brand: Brand, kit: Kit) -> None:
    draft = make_kit(brand, status="draft")
    version = KitVersion.objects.create(kit=draft, number=1, title="x", written_at=NOW, reward_days=14)
    publish_texts(kit=draft, texts=TEXTS, at=NOW)
    version.refresh_from_db()
    assert (version.status, version.reward_days) == ("published", 14)
    bought(brand, visited(drawn(brand, draft, "B")), after(days=10))
    assert counts(brand, after(days=10)) == {("moments", "B"): (1, 1)}


def test_a_visit_is_rewarded_once_and_a_sale_belongs_to_the_last_visit(brand: Brand, kit: Kit, share: Share) -> None:
    """Who came twice and ordered twice: the first visit is a trial, the second one a reward, once."""
    visited(share, NOW, visitor="eve")
    last = visited(share, after(hours=2), visitor="eve")
    bought(brand, last, after(hours=3), "A-1")
    bought(brand, last, after(hours=4), "A-2")
    assert counts(brand, after(days=8)) == {("moments", "A"): (2, 1)}
    bought(brand, visited(drawn(brand, kit, "B"), after(hours=5), visitor="eve"), after(hours=6), "A-3")
    assert counts(brand, after(days=8)) == {("moments", "A"): (2, 1), ("moments", "B"): (1, 1)}


def test_a_repeat_and_a_robot_are_no_trials_and_a_click_that_repeats_leads_to_the_counted_visit(
    brand: Brand, share: Share
) -> None:
    visited(share, NOW, visitor="eve")
    repeat = visited(share, after(minutes=5), visitor="eve", uncounted="repeat")
    visited(share, NOW, uncounted="robot")
    bought(brand, repeat, after(minutes=10))
    assert counts(brand, after(days=8)) == {("moments", "A"): (1, 1)}


def test_a_customer_whose_visits_are_known_needs_no_click(brand: Brand, share: Share) -> None:
    visited(share, NOW, visitor="eve")
    Acquaintance.objects.create(customer=make_customer(brand, "eve"), visitor="eve")
    report(brand, paid("A-1", at=after(hours=1), customer={"id": "eve"}), at=after(hours=1))
    assert counts(brand, after(days=1)) == {("moments", "A"): (1, 1)}


def test_a_shop_s_clock_may_run_five_minutes_behind(brand: Brand, share: Share) -> None:
    bought(brand, visited(share), after(minutes=-5))
    assert counts(brand, after(minutes=1)) == {("moments", "A"): (1, 1)}


def test_channels_are_counted_apart(brand: Brand, kit: Kit, share: Share) -> None:
    visited(drawn(brand, kit, "A", channel="douyin"))
    bought(brand, visited(share), after(hours=1))
    assert counts(brand, after(days=8)) == {("moments", "A"): (1, 1), ("douyin", "A"): (1, 0)}


def test_another_brand_s_orders_shares_and_visits_are_not_seen(brand: Brand, share: Share) -> None:
    other = make_selling_brand("vela", code="other")
    theirs = drawn(other, make_kit(other, texts=TEXTS), "B")
    visited(share, NOW, visitor="eve")
    bought(other, visited(theirs, NOW, visitor="eve"), after(hours=1), "A-1")
    assert counts(brand, after(hours=2)) == {("moments", "A"): (0, 0)}
    assert counts(other, after(hours=2)) == {("moments", "B"): (1, 1)}
    assert brands_with_variants() == [brand, other]


def test_what_is_given_back_counts_against_a_text_only_when_the_hold_is_over(brand: Brand, share: Share) -> None:
    """The hold of a delivered order is 7 days from the day after it came: until it ends, a refund may be one of many."""
    bought(brand, visited(share), after(hours=1))
    report(brand, delivered(at=after(days=1)), refunded(at=after(days=2), l1=9900), at=after(days=2))
    assert counts(brand, after(days=8)) == {("moments", "A"): (1, 1)}
    assert counts(brand, after(days=10)) == {("moments", "A"): (1, 0)}


def test_what_is_cancelled_before_it_came_waits_as_long(brand: Brand, share: Share) -> None:
    bought(brand, visited(share), after(hours=1))
    report(brand, cancelled(at=after(days=1)), at=after(days=1))
    assert counts(brand, after(days=8, seconds=-1)) == {("moments", "A"): (1, 1)}
    assert counts(brand, after(days=8)) == {("moments", "A"): (1, 0)}


def test_a_part_that_is_given_back_leaves_a_sale(brand: Brand, share: Share) -> None:
    bought(brand, visited(share), after(hours=1))
    report(brand, refunded(at=after(days=1), l1=9899), at=after(days=1))
    assert counts(brand, after(days=30)) == {("moments", "A"): (1, 1)}
    report(brand, refunded(refund="R-2", at=after(days=2), l1=1), at=after(days=2))
    assert counts(brand, after(days=30)) == {("moments", "A"): (1, 0)}


def test_a_koc_s_own_purchase_teaches_nothing(brand: Brand, share: Share) -> None:
    bought(brand, visited(share), after(hours=1))
    Order.objects.update(credit="self_purchase")
    assert counts(brand, after(days=8)) == {("moments", "A"): (1, 0)}


def test_what_is_older_than_half_a_year_is_forgotten(brand: Brand, share: Share) -> None:
    visited(share)
    assert counts(brand, after(days=179)) == {("moments", "A"): (1, 0)}
    assert counts(brand, after(days=180)) == {("moments", "A"): (0, 0)}


def test_shares_that_drew_nothing_and_versions_that_are_shared_no_more_are_left_alone(
    brand: Brand, kit: Kit, share: Share
) -> None:
    visited(make_share(make_koc(brand), kit, version=kit.version))
    publish_texts(kit=kit, texts=[TEXTS[0]._replace(variant="")], at=NOW)
    assert counts(brand, after(days=8)) == {}
    assert brands_with_variants() == []


def test_results_are_kept_and_replaced(brand: Brand, share: Share) -> None:
    bought(brand, visited(share), after(hours=1))
    assert refresh_variants(brand=brand, at=after(hours=1)) == 1
    visited(share)
    assert refresh_variants(brand=brand, at=after(days=8)) == 1
    row = VariantResult.objects.get()
    assert (row.version, row.channel, row.section, row.variant) == (share.version, "moments", "usage:any", "A")
    assert (row.trials, row.rewards, row.computed_at) == (2, 1, after(days=8))
    assert refresh_variants(brand=brand, at=after(days=8)) == 1, "twice is once"


def test_the_clock_counts_brand_by_brand_and_one_that_fails_stops_no_other(
    brand: Brand, share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_selling_brand("vela", code="other")
    drawn(other, make_kit(other, texts=TEXTS), "B")

    def failing(*, brand: Brand, at: datetime) -> int:
        if brand.slug == "lumi":
            raise RuntimeError("poison")
        return refresh_variants(brand=brand, at=at)

    monkeypatch.setattr("commissions.tasks.refresh_variants", failing)
    count_results_of_content()
    assert list(VariantResult.objects.values_list("variant", flat=True)) == ["B"]
    assert Heartbeat.objects.get(work="variants").done_at is not None
