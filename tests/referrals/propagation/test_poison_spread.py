"""One share or visit that cannot be aggregated is set aside; all others are counted, and in the end it is too."""

from datetime import timedelta

import pytest

from accounts.brands.models import Brand
from accounts.failures.models import FailedFact
from referrals.propagation.models import Cascade, PendingAggregate, ShareAggregate
from referrals.propagation.selectors.aggregates import aggregated_cascades
from referrals.propagation.selectors.propagation import share_cascades
from referrals.propagation.services.aggregation import aggregate_spread
from referrals.propagation.services.rebuilding import check_propagation, rebuild_propagation
from referrals.shares.models import Share
from referrals.visits.models import Visit
from tests.support.database import cure, poison
from tests.support.factories import NOW, make_koc, make_share

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SHARES, VISITS = 4, 7


@pytest.fixture
def brand(brand: Brand) -> Brand:
    """Four shares, each a cascade of its own; the first was opened by seven visitors."""
    shares = [make_share(make_koc(brand, f"k{number}"), key=f"S{number}") for number in range(SHARES)]
    for number in range(VISITS):
        Visit.objects.create(share=shares[0], visitor=f"v{number}", visited_at=NOW)
    return brand


def queued(**fact: object) -> int:
    return PendingAggregate.objects.get(**fact).pk


def failures() -> list[tuple[str, int, int]]:
    return list(FailedFact.objects.order_by("fact").values_list("kind", "fact", "attempts"))


def reach() -> dict[str | None, tuple[int, int]]:
    return {key: (shares, reach) for key, shares, reach in Cascade.objects.values_list("root__key", "shares", "reach")}


def assert_all_is_counted(brand: Brand) -> None:
    assert (failures(), PendingAggregate.objects.count()) == ([], 0)
    assert aggregated_cascades(brand) == share_cascades(brand)
    assert check_propagation(brand=brand).differences == []


def test_one_visit_that_raises_is_set_aside_and_all_others_are_counted(brand: Brand) -> None:
    bad = queued(visit__visitor="v3")
    poison("referrals_cascadeperson", "NEW.person = 'v3'")
    assert not aggregate_spread(brand=brand, at=NOW)
    assert reach() == {"S0": (1, 1 + VISITS - 1), "S1": (1, 1), "S2": (1, 1), "S3": (1, 1)}
    assert failures() == [("spread", bad, 1)]
    assert FailedFact.objects.get().brand == brand
    assert list(PendingAggregate.objects.values_list("pk", flat=True)) == [bad]


def test_a_visit_that_failed_is_tried_again_after_pauses_that_grow_and_counted_once(brand: Brand) -> None:
    bad = queued(visit__visitor="v3")
    poison("referrals_cascadeperson", "NEW.person = 'v3'")
    for seconds, attempts in [(0, 1), (59, 1), (60, 2), (299, 2)]:
        assert not aggregate_spread(brand=brand, at=NOW + timedelta(seconds=seconds))
        assert failures() == [("spread", bad, attempts)]
    cure("referrals_cascadeperson")
    assert not aggregate_spread(brand=brand, at=NOW + 4 * MINUTE)
    assert aggregate_spread(brand=brand, at=NOW + 5 * MINUTE)
    assert reach()["S0"] == (1, 1 + VISITS)
    assert_all_is_counted(brand)


def test_one_share_that_raises_stops_neither_other_shares_nor_its_own_visits(brand: Brand) -> None:
    bad = queued(share__key="S0")
    poison("referrals_shareaggregate", f"NEW.share_id = {Share.objects.get(key='S0').pk}")
    aggregate_spread(brand=brand, at=NOW)
    assert failures() == [("spread", bad, 1)]
    assert set(ShareAggregate.objects.values_list("share__key", flat=True)) == {"S1", "S2", "S3"}
    assert reach()["S0"] == (0, VISITS)
    assert len(aggregated_cascades(brand)) == SHARES - 1
    cure("referrals_shareaggregate")
    assert aggregate_spread(brand=brand, at=NOW + MINUTE)
    assert_all_is_counted(brand)


def test_what_grew_from_a_share_that_failed_is_counted_once(brand: Brand) -> None:
    root = Share.objects.get(key="S0")
    aggregate_spread(brand=brand, at=NOW)
    child = make_share(make_koc(brand, "child"), key="C", parent=root)
    make_share(make_koc(brand, "grandchild"), key="G", parent=child)
    poison("referrals_cascadeperson", "NEW.person = 'child'")
    aggregate_spread(brand=brand, at=NOW)
    assert len(failures()) == 1
    assert set(ShareAggregate.objects.values_list("share__key", flat=True)) >= {"G", "S3"}
    cure("referrals_cascadeperson")
    assert aggregate_spread(brand=brand, at=NOW + MINUTE)
    assert_all_is_counted(brand)


def test_a_rebuild_counts_what_was_set_aside_and_forgets_its_failure(brand: Brand) -> None:
    poison("referrals_cascadeperson", "NEW.person = 'v3'")
    aggregate_spread(brand=brand, at=NOW)
    cure("referrals_cascadeperson")
    rebuild_propagation(brand=brand)
    assert_all_is_counted(brand)
