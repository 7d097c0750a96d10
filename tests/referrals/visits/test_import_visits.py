from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries

from accounts.brands.models import Brand
from foundation.files.faults import BadFile
from foundation.files.tables import ImportResult
from referrals.shares.models import Share
from referrals.visits.models import Visit
from referrals.visits.services.visit_history import import_visits
from tests.support.factories import make_brand, make_koc, make_share

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    brand = make_brand("lumi")
    make_share(make_koc(brand), key="a", code="codeA")
    return brand


def load(brand: Brand, *rows: str) -> ImportResult:
    return import_visits(
        brand=brand, lines=["share,visitor,visited_at\n", *(f"{row}\n" for row in rows)], name="visits.csv"
    )


def judged() -> list[tuple[str, str, str]]:
    return [
        (visit.visitor, f"{visit.visited_at:%H:%M}", visit.uncounted)
        for visit in Visit.objects.order_by("visitor", "visited_at")
    ]


def test_a_share_is_named_by_key_or_by_code(brand: Brand) -> None:
    assert (
        str(load(brand, "a,v1,2026-01-01T00:00:00Z", "codeA,v2,2026-01-01T08:00:00+08:00"))
        == "2 created, 0 updated, 0 unchanged"
    )
    assert set(Visit.objects.values_list("share__key", "visitor", "visited_at", "uncounted")) == {
        ("a", "v1", datetime(2026, 1, 1, tzinfo=UTC), ""),
        ("a", "v2", datetime(2026, 1, 1, tzinfo=UTC), ""),
    }


def test_a_key_goes_before_a_code(brand: Brand) -> None:
    share = make_share(make_koc(brand), Share.objects.get().kit, key="codeA", code="x")
    load(brand, "codeA,v1,2026-01-01T00:00:00Z")
    assert Visit.objects.get().share == share


def test_within_an_hour_of_a_counted_visit_it_is_a_repeat_whatever_the_order_of_rows(brand: Brand) -> None:
    load(
        brand,
        *(f"a,v,2026-01-01T{at}:00Z" for at in ("02:10", "00:59", "00:00", "01:58", "01:00")),
        "a,w,2026-01-01T00:30:00Z",
    )
    repeats = [
        ("v", "00:00", ""), ("v", "00:59", "repeat"), ("v", "01:00", ""), ("v", "01:58", "repeat"), ("v", "02:10", ""),
    ]  # fmt: skip
    assert judged() == [*repeats, ("w", "00:30", "")]


def test_what_came_before_is_looked_at_and_left_as_it_is(brand: Brand) -> None:
    share = Share.objects.get()
    Visit.objects.create(share=share, visitor="v", visited_at=datetime(2026, 1, 1, 0, 30, tzinfo=UTC))
    Visit.objects.create(
        share=share, visitor="r", visited_at=datetime(2026, 1, 1, 0, 30, tzinfo=UTC), uncounted="robot"
    )
    load(brand, "a,v,2026-01-01T01:00:00Z", "a,v,2026-01-01T00:00:00Z", "a,r,2026-01-01T00:45:00Z")
    assert judged() == [
        ("r", "00:30", "robot"),
        ("r", "00:45", ""),
        ("v", "00:00", ""),
        ("v", "00:30", ""),
        ("v", "01:00", "repeat"),
    ]


def test_the_same_file_again_changes_nothing(brand: Brand) -> None:
    rows = ["a,v,2026-01-01T00:00:00.25Z", "a,v,2026-01-01T00:10:00Z", "codeA,w,2026-01-01T00:10:00Z"]
    load(brand, *rows)
    before = list(Visit.objects.order_by("pk").values())
    assert str(load(brand, *rows)) == "0 created, 0 updated, 3 unchanged"
    assert list(Visit.objects.order_by("pk").values()) == before


def test_a_visit_that_stands_twice_in_a_file_happened_once(brand: Brand) -> None:
    assert (
        str(load(brand, "a,v,2026-01-01T00:00:00Z", "codeA,v,2026-01-01T08:00:00+08:00"))
        == "1 created, 0 updated, 1 unchanged"
    )


def test_an_unknown_share_refuses_the_whole_file(brand: Brand) -> None:
    other = make_brand()
    make_share(make_koc(other), key="theirs")
    with pytest.raises(BadFile) as refused:
        load(brand, "a,v,2026-01-01T00:00:00Z", "theirs,v,2026-01-01T00:00:00Z", "a,,2026-01-01T00:00:00Z")
    assert refused.value.messages() == [
        "visits.csv:3: no such share (share, theirs)",
        "visits.csv:4: visitor is empty (visitor, )",
    ]
    assert not Visit.objects.exists()


def test_the_command_counts_what_it_did(brand: Brand, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "visits.csv").write_text("share,visitor,visited_at\na,v,2026-01-01T00:00:00Z\n")
    call_command("import_visits", str(tmp_path / "visits.csv"), brand="lumi")
    assert capsys.readouterr().out == "visits: 1 created, 0 updated, 0 unchanged\n"


@pytest.mark.parametrize("rows", [1, 20])
def test_queries_do_not_grow_with_rows(
    brand: Brand, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(10):
        load(brand, *(f"a,v{number},2026-01-01T00:00:00Z" for number in range(rows)))
