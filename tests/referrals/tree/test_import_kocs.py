from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from accounts.brands.models import Brand, Tier
from accounts.people.models import Koc, TierChange, User
from foundation.files.faults import BadFile, Refusal
from foundation.files.tables import ImportResult
from referrals.tree.models import SponsorChange, Sponsorship
from referrals.tree.services.koc_import import import_kocs
from referrals.tree.services.positions import lock_positions
from tests.support.factories import NOW, make_brand, make_koc, make_user
from tests.support.memory import bytes_a_row_more

pytestmark = pytest.mark.django_db
HEADER = "koc,phone,name,sponsor,joined_at,tier\n"


@pytest.fixture
def brand() -> Brand:
    brand = make_brand("lumi")
    Tier.objects.create(brand=brand, key="sprout", name="新芽", rank=1)
    return brand


def load(brand: Brand, *rows: str, header: str = HEADER, at: datetime = NOW) -> ImportResult:
    return import_kocs(brand=brand, lines=[header, *(f"{row}\n" for row in rows)], name="kocs.csv", at=at)


def refusal(brand: Brand, *rows: str, header: str = HEADER) -> list[str]:
    """What the file is refused for; nothing of it is kept."""
    before = (
        list(Koc.objects.order_by("pk").values()),
        list(Sponsorship.objects.order_by("pk").values()),
        User.objects.count(),
    )
    with pytest.raises(BadFile) as refused:
        load(brand, *rows, header=header)
    assert (
        list(Koc.objects.order_by("pk").values()),
        list(Sponsorship.objects.order_by("pk").values()),
        User.objects.count(),
    ) == before
    return refused.value.messages()


def stand(brand: Brand) -> dict[str, tuple[str | None, str, int]]:
    """Everybody's sponsor, root and depth."""
    places = Sponsorship.objects.filter(brand=brand).select_related("koc", "sponsor", "root")
    return {
        place.koc.key: (place.sponsor.key if place.sponsor else None, place.root.key, place.depth) for place in places
    }


def test_sponsors_may_stand_below_those_they_sponsor(brand: Brand) -> None:
    tally = load(
        brand,
        "c,,Cai,b,2026-01-03T00:00:00Z,",
        "b,,Bo,a,2026-01-02T00:00:00Z,",
        "a,,安,,2026-01-01T08:00:00+08:00,",
        "z,,Zoe,,2026-01-01T00:00:00Z,",
    )
    assert str(tally) == "4 created, 0 updated, 0 unchanged"
    assert stand(brand) == {"a": (None, "a", 0), "b": ("a", "a", 1), "c": ("b", "a", 2), "z": (None, "z", 0)}
    ana = Koc.objects.get(brand=brand, key="a")
    assert (ana.name, ana.status, ana.tier.key, ana.tier_pinned, ana.user, ana.answers) == (
        "安",
        "active",
        "seed",
        False,
        None,
        {},
    )
    assert ana.joined_at == ana.approved_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert len(set(Koc.objects.values_list("invite_code", flat=True))) == 4
    assert len(ana.invite_code) == 10


def test_the_same_file_again_changes_nothing(brand: Brand) -> None:
    rows = ["a,13800000001,安,,2026-01-01T00:00:00Z,sprout", "b,,Bo,a,2026-01-02T00:00:00.123456+08:00,"]
    load(brand, *rows)
    before = list(Koc.objects.order_by("pk").values())
    assert str(load(brand, *rows, at=NOW + timedelta(days=1))) == "0 created, 0 updated, 2 unchanged"
    assert list(Koc.objects.order_by("pk").values()) == before
    assert not TierChange.objects.exists()
    assert not SponsorChange.objects.exists()


def test_a_tier_in_the_file_pins_and_an_empty_one_leaves_it(brand: Brand) -> None:
    load(brand, "a,,A,,2026-01-01T00:00:00Z,sprout", "b,,B,,2026-01-01T00:00:00Z,")
    assert dict(Koc.objects.values_list("key", "tier_pinned")) == {"a": True, "b": False}
    assert (
        str(load(brand, "a,,A,,2026-01-01T00:00:00Z,", "b,,B,,2026-01-01T00:00:00Z,sprout"))
        == "0 created, 1 updated, 1 unchanged"
    )
    assert set(Koc.objects.values_list("key", "tier__key", "tier_pinned")) == {
        ("a", "sprout", True),
        ("b", "sprout", True),
    }
    change = TierChange.objects.get()
    assert (change.koc.key, change.tier_before.key, change.changed_at) == ("b", "seed", NOW)


def test_a_new_sponsor_moves_the_whole_tree_and_whom_was_left_is_kept(brand: Brand) -> None:
    load(
        brand,
        "a,,A,,2026-01-01T00:00:00Z,",
        "b,,B,a,2026-01-01T00:00:00Z,",
        "c,,C,b,2026-01-01T00:00:00Z,",
        "z,,Z,,2026-01-01T00:00:00Z,",
    )
    make_koc(brand, "d", sponsor=Koc.objects.get(key="c"))
    assert str(load(brand, "b,,B,z,2026-01-01T00:00:00Z,")) == "0 created, 1 updated, 0 unchanged"
    assert stand(brand) == {
        "a": (None, "a", 0),
        "z": (None, "z", 0),
        "b": ("z", "z", 1),
        "c": ("b", "z", 2),
        "d": ("c", "z", 3),
    }
    change = SponsorChange.objects.get()
    assert (change.koc.key, change.sponsor_before.key if change.sponsor_before else None, change.changed_at) == (
        "b",
        "a",
        NOW,
    )
    load(brand, "b,,B,,2026-01-01T00:00:00Z,")
    assert stand(brand)["d"] == ("c", "b", 2)
    load(brand, "b,,B,n,2026-01-01T00:00:00Z,", "n,,N,a,2026-01-01T00:00:00Z,")
    assert stand(brand)["d"] == ("c", "a", 4)
    assert [
        change.sponsor_before.key if change.sponsor_before else None for change in SponsorChange.objects.order_by("pk")
    ] == ["a", "z", None]


def test_a_file_without_a_sponsor_column_leaves_every_sponsor(brand: Brand) -> None:
    load(brand, "a,,A,,2026-01-01T00:00:00Z,", "b,,B,a,2026-01-01T00:00:00Z,")
    assert (
        str(load(brand, "b,Bea,2026-01-01T00:00:00Z", header="koc,name,joined_at\n"))
        == "0 created, 1 updated, 0 unchanged"
    )
    assert stand(brand)["b"] == ("a", "a", 1)
    assert Koc.objects.get(key="b").name == "Bea"


def test_a_phone_is_a_login_and_one_user_may_be_koc_of_several_brands(brand: Brand) -> None:
    known = make_user("+8613800000001")
    load(brand, "a,138 0000 0001,A,,2026-01-01T00:00:00Z,", "b,+44 7911 123456,Bo,,2026-01-01T00:00:00Z,")
    load(make_brand("nova"), "x,+8613800000001,X,,2026-01-01T00:00:00Z,")
    assert set(Koc.objects.filter(user=known).values_list("brand__slug", "key")) == {("lumi", "a"), ("nova", "x")}
    made = User.objects.get(phone="+447911123456")
    assert (made.name, made.is_active, made.is_staff, made.has_usable_password()) == ("Bo", True, False, False)


def test_a_phone_may_come_later_and_is_never_exchanged(brand: Brand) -> None:
    load(brand, "a,,A,,2026-01-01T00:00:00Z,", "b,13800000002,B,,2026-01-01T00:00:00Z,")
    assert (
        str(load(brand, "a,13800000001,A,,2026-01-01T00:00:00Z,", "b,,B,,2026-01-01T00:00:00Z,"))
        == "0 created, 1 updated, 1 unchanged"
    )
    assert set(Koc.objects.values_list("key", "user__phone")) == {("a", "+8613800000001"), ("b", "+8613800000002")}
    assert refusal(brand, "a,13800000009,A,,2026-01-01T00:00:00Z,") == [
        "kocs.csv:2: the KOC has another phone (phone, +8613800000009)"
    ]
    assert refusal(brand, "c,13800000001,C,,2026-01-01T00:00:00Z,") == [
        "kocs.csv:2: the phone is another KOC's (phone, +8613800000001)"
    ]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (["a,,A,x,2026-01-01T00:00:00Z,"], "kocs.csv:2: the sponsor does not exist (sponsor, x)"),
        (["a,,A,theirs,2026-01-01T00:00:00Z,"], "kocs.csv:2: the sponsor is of another brand (sponsor, theirs)"),
        (["a,,A,a,2026-01-01T00:00:00Z,"], "kocs.csv:2: is its own sponsor (sponsor, a)"),
        (["a,,A,,2026-01-01T00:00:00Z,", "a,,A,,2026-01-01T00:00:00Z,"], "kocs.csv:3: the KOC stands twice (koc, a)"),
        (
            ["a,13800000001,A,,2026-01-01T00:00:00Z,", "b,+8613800000001,B,,2026-01-01T00:00:00Z,"],
            "kocs.csv:3: the phone stands twice (phone, +8613800000001)",
        ),
        (["a,12,A,,2026-01-01T00:00:00Z,"], "kocs.csv:2: phone is not a phone number (phone, 12)"),
        (["a,,A,,2026-01-01T00:00:00Z,gold"], "kocs.csv:2: no such tier (tier, gold)"),
        (["a,,A,,2026-01-01T00:00:00,"], "kocs.csv:2: joined_at has no time zone (joined_at, 2026-01-01T00:00:00)"),
        (["a,,,,2026-01-01T00:00:00Z,"], "kocs.csv:2: name is empty (name, )"),
        (
            [f"a,,{'长' * 121},,2026-01-01T00:00:00Z,"],
            f"kocs.csv:2: name is longer than 120 characters (name, {'长' * 121})",
        ),
    ],
)
def test_a_bad_row_refuses_the_whole_file(brand: Brand, rows: list[str], fault: str) -> None:
    make_koc(make_brand(), "theirs")
    assert fault in refusal(brand, *rows)
    assert refusal(brand, *rows, "good,,G,,2026-01-01T00:00:00Z,") == refusal(brand, *rows)


def test_sponsors_in_a_circle_are_named_and_those_under_it_are_not(brand: Brand) -> None:
    rows = [
        f"{koc},,{koc},{sponsor},2026-01-01T00:00:00Z,"
        for koc, sponsor in [("a", "c"), ("b", "a"), ("c", "b"), ("d", "a"), ("e", "")]
    ]
    assert refusal(brand, *rows) == [
        f"kocs.csv:{row}: its sponsors go in a circle (sponsor, {sponsor})"
        for row, sponsor in [(2, "c"), (3, "a"), (4, "b")]
    ]


def test_a_circle_through_kocs_who_are_known_is_refused(brand: Brand) -> None:
    load(brand, "a,,A,,2026-01-01T00:00:00Z,", "b,,B,a,2026-01-01T00:00:00Z,", "c,,C,b,2026-01-01T00:00:00Z,")
    assert refusal(brand, "a,,A,c,2026-01-01T00:00:00Z,") == ["kocs.csv:2: its sponsors go in a circle (sponsor, c)"]


def test_every_fault_of_a_file_is_told_at_once(brand: Brand) -> None:
    rows = [
        "a,,A,b,2026-01-01T00:00:00Z,",
        "b,,B,a,2026-01-01T00:00:00Z,",
        "c,,C,c,2026-01-01T00:00:00Z,",
        "d,,D,,2026-01-01T00:00:00Z,gold",
    ]
    assert [line.split(":")[1] for line in refusal(brand, *rows)] == ["2", "3", "4", "5"]


def test_a_bad_million_is_cut_to_twenty_lines_and_a_count(brand: Brand) -> None:
    lines = refusal(brand, *(f"k{number},,K,x,2026-01-01T00:00:00Z," for number in range(1500)))
    assert len(lines) == 21
    assert lines[-1] == "… and 1480 more"


def test_a_brand_without_a_tier_takes_no_kocs() -> None:
    brand = make_brand()
    Tier.objects.filter(brand=brand).delete()
    with pytest.raises(Refusal, match="has no tier"):
        load(brand, "a,,A,,2026-01-01T00:00:00Z,")


def test_an_empty_file_has_no_header(brand: Brand) -> None:
    with pytest.raises(BadFile, match=r"kocs\.csv:1: the file has no header"):
        import_kocs(brand=brand, lines=[], name="kocs.csv", at=NOW)


def test_a_file_of_a_header_alone_is_nothing(brand: Brand) -> None:
    assert str(load(brand)) == "0 created, 0 updated, 0 unchanged"


@pytest.mark.parametrize("rows", [1, 20])
def test_queries_do_not_grow_with_rows(
    brand: Brand, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lines = [
        f"k{number},1380000{number:04},K,{f'k{number - 1}' if number else ''},2026-01-01T00:00:00Z,"
        for number in range(rows)
    ]
    with django_assert_num_queries(QUERIES_OF_AN_IMPORT):
        load(brand, *lines)


QUERIES_OF_AN_IMPORT = 28  # savepoints counted


def test_an_unknown_brand_is_refused_by_name() -> None:
    with pytest.raises(Refusal, match=r"^no brand nobody$"):
        call_command("import_kocs", "-", brand="nobody")


def test_a_lock_on_all_places_of_a_brand_reads_none_of_them_into_memory() -> None:
    brand = make_brand()
    for number in range(3):
        make_koc(brand, f"k{number}")
    sent = []

    def count_rows(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        sent.append(context["cursor"].rowcount)
        return answer

    with connection.execute_wrapper(count_rows):
        lock_positions(brand)
    assert sent == [1]


def test_memory_does_not_grow_with_rows(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    """New KOCs under each other, in more chunks than one, children first: a row is some numbers, 120 bytes."""

    def load_rows(count: int) -> None:
        rows = (
            f"k{count}-{n},13{count:04}{n:05},K,{f'k{count}-{n // 3}' if n else ''},2026-01-01T00:00:00Z,\n"
            for n in reversed(range(count))
        )
        tally = import_kocs(brand=brand, lines=chain([HEADER], rows), name="kocs.csv", at=NOW)
        assert str(tally) == f"{count} created, 0 updated, 0 unchanged"

    assert bytes_a_row_more(load_rows, 500, 3000, monkeypatch) < 250
    assert stand(brand)["k3000-2999"] == ("k3000-999", "k3000-0", 8)


def test_one_row_takes_as_much_memory_in_a_large_brand_as_in_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    brands: dict[int, Brand] = {}
    for count in (10, 2000):
        brands[count] = make_brand()
        rows = (f"k{n},,K,{f'k{n // 3}' if n else ''},2026-01-01T00:00:00Z,\n" for n in range(count))
        import_kocs(brand=brands[count], lines=chain([HEADER], rows), name="kocs.csv", at=NOW)

    def move_one(count: int) -> None:
        brand = brands.get(count) or brands[10]
        tally = load(brand, f"k9,,K,{'k2' if count > 1 else 'k1'},2026-01-01T00:00:00Z,")
        assert (tally.created, tally.updated) == (0, 1)

    assert bytes_a_row_more(move_one, 10, 2000, monkeypatch) < 30
