"""Cascades that are kept up to date: the same numbers as measuring them, whatever came in which order."""

import random
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from accounts.brands.models import Brand
from foundation.files.faults import Refusal
from referrals.propagation.models import Cascade, CascadeLayer, CascadePerson, PendingAggregate, ShareAggregate
from referrals.propagation.selectors.aggregates import aggregated_cascades, aggregated_propagation
from referrals.propagation.selectors.propagation import share_cascades, share_propagation
from referrals.propagation.services import aggregation
from referrals.propagation.services.aggregation import aggregate_spread
from referrals.propagation.services.rebuilding import check_propagation, rebuild_propagation
from referrals.shares.models import Share
from referrals.visits.models import Visit
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_share

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def lumi() -> Brand:
    """Of one root two shares grew, of the first of them one more; `v1` opened the root, and the last share, which `ana`
    opened too."""
    brand = make_brand("lumi")
    kit = make_kit(brand, "story", audience_size=50)
    ana, ben, eve = (make_koc(brand, key) for key in ("ana", "ben", "eve"))
    root = make_share(ana, kit, key="A")
    first = make_share(ben, kit, key="B", parent=root, shared_at=NOW + 60 * SECOND)
    make_share(eve, kit, key="C", parent=root, shared_at=NOW + 30 * SECOND)
    last = make_share(ana, kit, key="D", parent=first, shared_at=NOW + 90 * SECOND)
    for share, visitor, uncounted in [
        (root, "v1", ""),
        (last, "v1", ""),
        (last, "ana", ""),
        (last, "v2", ""),
        (first, "v4", "robot"),
    ]:
        Visit.objects.create(share=share, visitor=visitor, visited_at=NOW, uncounted=uncounted)
    return brand


def sizes() -> dict[str | None, int]:
    return dict(ShareAggregate.objects.values_list("share__key", "size"))


def test_what_is_folded_are_numbers_that_a_person_can_check(lumi: Brand) -> None:
    assert aggregate_spread(brand=lumi, at=NOW)
    assert sizes() == {"A": 4, "B": 2, "C": 1, "D": 1}
    cascade = Cascade.objects.get()
    assert (cascade.shares, cascade.size_sum, cascade.square_sum) == (4, 2 + 1 + 1, 4 + 1 + 1)  # W = 4·4 − 6 = 10
    assert (cascade.people, cascade.reach) == (3, 5)  # ana, ben, eve; v1, v2
    layers = CascadeLayer.objects.order_by("depth").values_list("depth", "shares", "visits", "people")
    assert list(layers) == [(0, 1, 1, 1), (1, 2, 0, 3), (2, 1, 3, 0), (3, 0, 0, 1)]  # v1 first at 1, v2 at 3
    assert dict(CascadePerson.objects.values_list("person", "depth")) == {
        "ana": 0,
        "ben": 1,
        "eve": 1,
        "v1": 1,
        "v2": 3,
    }
    assert set(CascadePerson.objects.filter(shared=True).values_list("person", flat=True)) == {"ana", "ben", "eve"}
    [measured] = aggregated_cascades(lumi)
    assert measured.structural_virality == pytest.approx(10 / 6)
    assert [measured] == share_cascades(lumi)


def test_folding_twice_counts_once(lumi: Brand) -> None:
    aggregate_spread(brand=lumi, at=NOW)
    before = aggregated_cascades(lumi)
    assert aggregate_spread(brand=lumi, at=NOW)
    assert aggregated_cascades(lumi) == before
    assert not PendingAggregate.objects.exists()


def test_a_new_share_adds_one_to_each_above_it_and_a_person_comes_nearer_when_reached_nearer(lumi: Brand) -> None:
    aggregate_spread(brand=lumi, at=NOW)
    last = Share.objects.get(key="D")
    # V2 was reached at depth 3
    make_share(make_koc(lumi, "v2"), last.kit, key="E", parent=Share.objects.get(key="C"), shared_at=NOW + 99 * SECOND)
    aggregate_spread(brand=lumi, at=NOW)
    assert sizes() == {"A": 5, "B": 2, "C": 2, "D": 1, "E": 1}
    cascade = Cascade.objects.get()
    assert (cascade.shares, cascade.size_sum, cascade.square_sum, cascade.people, cascade.reach) == (5, 6, 10, 4, 5)
    assert list(CascadeLayer.objects.order_by("depth").values_list("people", flat=True)) == [1, 3, 1, 0]
    assert aggregated_cascades(lumi) == share_cascades(lumi)
    assert check_propagation(brand=lumi).differences == []


@pytest.mark.parametrize("seed", range(6))
def test_whatever_comes_in_any_order_the_rows_say_what_measuring_says(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(aggregation, "BATCH", chance.choice([1, 3, 7, 20_000]))
    brand, other = make_brand("lumi"), make_brand("other")
    kits, kocs = (
        [make_kit(brand), make_kit(brand, audience_size=9)],
        [make_koc(brand, f"k{number}") for number in range(6)],
    )
    make_share(make_koc(other))
    shares: list[Share] = []
    for step in range(70):
        if not shares or chance.random() < 0.5:
            parent = chance.choice([None, *shares[-8:], *shares]) if shares else None
            shares.append(
                make_share(
                    chance.choice(kocs),
                    chance.choice(kits),
                    parent=parent,
                    shared_at=NOW + chance.randrange(step + 1) * SECOND,
                )
            )
        else:
            visitor, uncounted = (
                chance.choice(["v1", "v2", "v3", "k1", "k2", f"w{step}"]),
                chance.choice(["", "", "", "repeat", "robot"]),
            )
            Visit.objects.create(share=chance.choice(shares), visitor=visitor, visited_at=NOW, uncounted=uncounted)
        if chance.random() < 0.1:
            aggregate_spread(brand=brand, at=NOW, batches=chance.choice([1, 2, None]))
    aggregate_spread(brand=brand, at=NOW)
    assert aggregated_cascades(brand) == share_cascades(brand)
    assert aggregated_cascades(brand, kit=kits[1]) == share_cascades(brand, kit=kits[1])
    for root in (share for share in shares if share.parent_id is None):
        assert aggregated_propagation(root) == share_propagation(root)
    assert check_propagation(brand=brand).differences == []
    assert PendingAggregate.objects.filter(brand=other).count() == 1
    kept = sizes_and_sums()
    assert rebuild_propagation(brand=brand).cascades == len({share.root_id or share.pk for share in shares})
    assert sizes_and_sums() == kept


def sizes_and_sums() -> list[list[tuple[object, ...]]]:
    layers = CascadeLayer.objects.exclude(shares=0, visits=0, people=0)
    people = CascadePerson.objects.values_list("root_id", "person", "depth", "shared")
    return [
        sorted(rows)
        for rows in (
            ShareAggregate.objects.values_list("share_id", "size"),
            Cascade.objects.values_list("root_id", "shares", "size_sum", "square_sum", "people", "reach"),
            layers.values_list("root_id", "depth", "shares", "visits", "people"),
            people,
        )
    ]


def test_a_share_in_the_middle_and_one_that_is_not_folded_are_not_in_the_rows(lumi: Brand) -> None:
    assert aggregated_propagation(Share.objects.get(key="A")) is None
    aggregate_spread(brand=lumi, at=NOW)
    assert aggregated_propagation(Share.objects.get(key="B")) is None


def test_so_many_batches_and_no_more_are_folded_when_somebody_waits(
    lumi: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aggregation, "BATCH", 3)
    assert not aggregate_spread(brand=lumi, at=NOW, batches=1)
    assert PendingAggregate.objects.count() == 5  # of 4 shares and 4 counted visits
    assert aggregate_spread(brand=lumi, at=NOW, batches=2)


@pytest.mark.parametrize(
    "spoilt",
    [
        "shareaggregate SET size = size + 1",
        "cascade SET square_sum = 7",
        "cascadelayer SET visits = 9",
        "cascadeperson SET depth = 5",
    ],
)
def test_the_check_finds_what_is_not_so_and_rebuilding_mends_it(
    lumi: Brand, spoilt: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("rebuild_propagation", brand="lumi", check=True)
    assert capsys.readouterr().out == "1 cascade, n = 4: all rows follow from the facts\n"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE referrals_{spoilt}")
    with pytest.raises(Refusal, match="1 table of what is derived does not follow"):
        call_command("rebuild_propagation", brand="lumi", check=True)
    assert f"referrals_{spoilt.split()[0]}: " in capsys.readouterr().err
    call_command("rebuild_propagation", brand="lumi")
    call_command("rebuild_propagation", brand="lumi", check=True)
    assert aggregated_cascades(lumi) == share_cascades(lumi)


def test_the_check_finds_a_share_that_is_said_to_stand_deeper_than_it_does(lumi: Brand) -> None:
    Share.objects.filter(key="D").update(depth=3)
    assert check_propagation(brand=lumi).differences == []  # nothing is folded yet, so nothing is compared
    rebuild_propagation(brand=lumi)
    [difference] = check_propagation(brand=lumi).differences
    assert (difference.table, difference.rows) == ("referrals_share", 1)
    assert "and depth 3, where" in difference.examples[0]
    with pytest.raises(Refusal):
        call_command("rebuild_propagation", brand="lumi", check=True)


def test_rebuilding_counts_what_waits_and_leaves_other_brands_alone(lumi: Brand) -> None:
    other = make_brand()
    make_share(make_koc(other))
    assert rebuild_propagation(brand=lumi).shares == 4
    assert rebuild_propagation(brand=lumi).shares == 4
    assert list(PendingAggregate.objects.values_list("brand", flat=True)) == [other.pk]
    assert aggregated_cascades(lumi) == share_cascades(lumi)


@pytest.mark.parametrize("shares", [1, 20])
def test_queries_grow_neither_with_what_is_folded_nor_with_what_is_read(
    shares: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    brand = make_brand()
    kit = make_kit(brand)
    root = make_share(make_koc(brand), kit)
    for _ in range(shares):
        Visit.objects.create(share=make_share(make_koc(brand), kit, parent=root), visitor="v", visited_at=NOW)
    with django_assert_num_queries(20):  # six of them open and close transactions and their parts
        aggregate_spread(brand=brand, at=NOW)
    with django_assert_num_queries(5):
        assert aggregated_propagation(root)
    with django_assert_num_queries(3):
        assert aggregated_cascades(brand)
