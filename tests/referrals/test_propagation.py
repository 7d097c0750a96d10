from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from referrals.models import Visit
from referrals.selectors.propagation import share_cascades, share_propagation
from tests.factories import NOW, make_brand, make_customer, make_kit, make_koc, make_share

pytestmark = pytest.mark.django_db


def test_a_cascade_is_measured_with_everything_the_contract_names() -> None:
    brand = make_brand()
    kit = make_kit(brand, audience_size=50)
    ana, ben, eve = (make_koc(brand, key) for key in ("ana", "ben", "eve"))
    root = make_share(ana, kit, key="A")
    first = make_share(ben, kit, parent=root, shared_at=NOW + timedelta(seconds=60))
    make_share(eve, kit, parent=root, shared_at=NOW + timedelta(seconds=30))
    last = make_share(ana, kit, parent=first, shared_at=NOW + timedelta(seconds=90))
    for share, visitor, uncounted in [(root, "v1", ""), (last, "v1", ""), (last, "v2", ""), (first, "v3", "repeat"), (first, "v4", "robot"), (first, "eve", "")]:
        Visit.objects.create(share=share, visitor=visitor, visited_at=NOW, uncounted=uncounted)
    [cascade] = share_cascades(brand)
    assert (cascade.root, cascade.size, cascade.people, cascade.depth, cascade.max_breadth) == ("A", 4, 3, 2, 2)
    assert cascade.breadth_by_depth == [1, 2, 1]
    assert cascade.structural_virality == pytest.approx(10 / 6, abs=1e-12)  # a chain of 4 is the path eve-root-first-last
    assert cascade.reach == 5  # ana, ben, eve, v1, v2; the visitor "eve" is the KOC eve
    assert cascade.coverage == 0.1
    assert cascade.influence_horizon == 2
    assert cascade.reproduction == [2.0, 0.5]
    assert cascade.time_to_depth_seconds == [0.0, 30.0, 90.0]


def test_a_share_is_measured_as_the_root_of_what_grew_from_it(django_assert_num_queries: DjangoAssertNumQueries) -> None:
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
