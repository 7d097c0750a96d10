from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from referrals.propagation.selectors.propagation import referral_cascades, share_cascades, share_propagation
from referrals.visits.models import Visit
from tests.support.factories import NOW, make_brand, make_customer, make_kit, make_koc, make_share

pytestmark = pytest.mark.django_db


def test_a_cascade_is_measured_with_everything_the_contract_names() -> None:
    brand = make_brand()
    kit = make_kit(brand, audience_size=50)
    ana, ben, eve = (make_koc(brand, key) for key in ("ana", "ben", "eve"))
    root = make_share(ana, kit, key="A")
    first = make_share(ben, kit, parent=root, shared_at=NOW + timedelta(seconds=60))
    make_share(eve, kit, parent=root, shared_at=NOW + timedelta(seconds=30))
    last = make_share(ana, kit, parent=first, shared_at=NOW + timedelta(seconds=90))
    visits = [
        (root, "v1", ""),
        (last, "v1", ""),
        (last, "v2", ""),
        (first, "v3", "repeat"),
        (first, "v4", "robot"),
        (first, "eve", ""),
    ]
    for share, visitor, uncounted in visits:
        Visit.objects.create(share=share, visitor=visitor, visited_at=NOW, uncounted=uncounted)
    [cascade] = share_cascades(brand)
    assert (cascade.root, cascade.size, cascade.people, cascade.depth, cascade.max_breadth) == ("A", 4, 3, 2, 2)
    assert cascade.breadth_by_depth == [1, 2, 1]
    # A chain of 4 is the path eve-root-first-last
    assert cascade.structural_virality == pytest.approx(10 / 6, abs=1e-12)
    assert cascade.reach == 5  # ana, ben, eve, v1, v2; the visitor "eve" is the KOC eve
    assert cascade.coverage == 0.1
    assert cascade.influence_horizon == 2
    assert cascade.reproduction == [2.0, 0.5]
    assert cascade.time_to_depth_seconds == [0.0, 30.0, 90.0]


def test_a_share_is_measured_as_the_root_of_what_grew_from_it(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    brand = make_brand()
    kit = make_kit(brand)
    root = make_share(make_koc(brand), kit)
    middle = make_share(make_koc(brand, name="Ben"), kit, parent=root, shared_at=NOW + timedelta(hours=1))
    leaf = make_share(make_koc(brand, name="Eve"), kit, parent=middle, shared_at=NOW + timedelta(hours=3))
    make_customer(brand)
    Visit.objects.create(share=leaf, visitor="v", visited_at=NOW)
    middle.refresh_from_db()
    with django_assert_num_queries(7):
        measured = share_propagation(middle)
    assert (measured.size, measured.depth, measured.reach, measured.coverage) == (2, 1, 3, 0.75)
    assert measured.time_to_depth_seconds == [0.0, 7200.0]
    assert not measured.truncated
    assert [(node.id, node.parent, node.depth, node.name, node.visits) for node in measured.nodes] == [
        (middle.public_id, None, 0, "Ben", 0),
        (leaf.public_id, middle.public_id, 1, "Eve", 1),
    ]


def test_without_a_declared_audience_coverage_is_measured_against_the_people_known() -> None:
    brand = make_brand()
    root = make_share(make_koc(brand))
    make_share(make_koc(brand), root.kit, parent=root)
    make_koc(brand)
    make_customer(brand)
    [cascade] = share_cascades(brand)
    assert cascade.coverage == 0.5  # 2 of 3 KOCs and 1 customer


def test_an_audience_of_nobody_has_no_coverage() -> None:
    brand = make_brand()
    make_share(make_koc(brand), make_kit(brand, audience_size=0))
    [cascade] = share_cascades(brand)
    assert cascade.coverage is None


def test_cascades_of_a_kit_are_those_whose_root_shared_it_whatever_was_shared_further_down() -> None:
    brand = make_brand()
    story, other = make_kit(brand), make_kit(brand)
    root = make_share(make_koc(brand), story, key="b")
    make_share(make_koc(brand), other, parent=root)
    make_share(make_koc(brand), other, key="c")
    make_share(make_koc(brand), story, code="a")
    assert [(cascade.root, cascade.size) for cascade in share_cascades(brand, kit=story)] == [("a", 1), ("b", 2)]
    assert [(cascade.root, cascade.size) for cascade in share_cascades(brand, kit=other)] == [("c", 1)]


def test_nothing_of_another_brand_is_measured() -> None:
    mine, theirs = make_brand(), make_brand()
    share = make_share(make_koc(theirs))
    Visit.objects.create(share=share, visitor="v", visited_at=NOW)
    assert share_cascades(mine) == []
    assert referral_cascades(mine) == []


def test_referrals_are_measured_as_trees_of_kocs() -> None:
    brand = make_brand()
    ana = make_koc(brand, "ana")
    ben = make_koc(brand, "ben", sponsor=ana, joined_at=NOW + timedelta(days=1))
    make_koc(brand, "eve", sponsor=ben, joined_at=NOW + timedelta(days=3))
    make_koc(brand, "zoe")
    chain, alone = referral_cascades(brand)
    assert (chain.root, chain.size, chain.people, chain.reach, chain.depth, chain.coverage) == ("ana", 3, 3, 3, 2, 0.75)
    assert chain.structural_virality == pytest.approx(4 / 3, abs=1e-12)
    assert chain.time_to_depth_seconds == [0.0, 86_400.0, 259_200.0]
    assert (alone.root, alone.size, alone.structural_virality) == ("zoe", 1, None)


def test_who_only_applied_is_not_in_the_forest() -> None:
    brand = make_brand()
    ana = make_koc(brand, "ana")
    turned_away = make_koc(brand, "ben", sponsor=ana, status="rejected")
    make_koc(brand, "cai", sponsor=turned_away)
    make_koc(brand, "dan", sponsor=ana, status="applied")
    assert [(tree.root, tree.size, tree.coverage) for tree in referral_cascades(brand)] == [
        ("ana", 1, 0.5),
        ("cai", 1, 0.5),
    ]


@pytest.mark.parametrize("shares", [1, 20])
def test_queries_do_not_grow_with_cascades(shares: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    brand = make_brand()
    kit = make_kit(brand)
    for _ in range(shares):
        root = make_share(make_koc(brand), kit)
        Visit.objects.create(share=make_share(make_koc(brand), kit, parent=root), visitor="v", visited_at=NOW)
    with django_assert_num_queries(5):
        assert len(share_cascades(brand, kit=kit)) == shares
    with django_assert_num_queries(4):
        assert len(referral_cascades(brand)) == 2 * shares
    with django_assert_num_queries(5):
        assert share_propagation(root).size == 2


def test_a_large_tree_is_measured_whole_and_listed_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("referrals.propagation.selectors.propagation.DRAWN", 3)
    brand = make_brand()
    kit = make_kit(brand)
    root = make_share(make_koc(brand), kit)
    late = make_share(make_koc(brand), kit, parent=root, shared_at=NOW + timedelta(hours=2))
    make_share(make_koc(brand), kit, parent=late, shared_at=NOW + timedelta(hours=3))
    early = make_share(make_koc(brand), kit, parent=root, shared_at=NOW + timedelta(hours=1))
    measured = share_propagation(root)
    assert (measured.size, measured.truncated) == (4, True)
    assert [node.id for node in measured.nodes] == [root.public_id, early.public_id, late.public_id]
