import io
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.brands.models import Brand
from accounts.people.models import Koc
from foundation.files.faults import BadFile, Refusal
from referrals.shares.models import Share
from referrals.shares.services.share_history import ImportedShares, import_shares
from referrals.tree.models import Sponsorship
from tests.support.factories import make_brand, make_kit, make_koc, make_share

pytestmark = pytest.mark.django_db
HEADER = "share,koc,kit,channel,parent,shared_at\n"


@pytest.fixture
def brand() -> Brand:
    brand = make_brand("lumi")
    make_kit(brand, "story")
    for key in ("ana", "ben"):
        make_koc(brand, key)
    return brand


def load(brand: Brand, *rows: str, create_kocs: bool = False, header: str = HEADER) -> ImportedShares:
    return import_shares(
        brand=brand, lines=[header, *(f"{row}\n" for row in rows)], name="shares.csv", create_kocs=create_kocs
    )


def refusal(brand: Brand, *rows: str, create_kocs: bool = False) -> list[str]:
    """What the file is refused for; nothing of it is kept."""
    before = Share.objects.count(), Koc.objects.count()
    with pytest.raises(BadFile) as refused:
        load(brand, *rows, create_kocs=create_kocs)
    assert (Share.objects.count(), Koc.objects.count()) == before
    return refused.value.messages()


def stand(brand: Brand) -> dict[str | None, tuple[str | None, str | None, int]]:
    """Every share's parent, root (none for a root) and depth."""
    shares = Share.objects.filter(brand=brand).select_related("parent", "root")
    return {
        share.key: (share.parent.key if share.parent else None, share.root.key if share.root else None, share.depth)
        for share in shares
    }


def test_parents_may_stand_below_their_children(brand: Brand) -> None:
    rows = [
        "c,ana,story,douyin,b,2026-01-01T00:00:02Z",
        "b,ben,story,,a,2026-01-01T08:00:01+08:00",
        "a,ana,story,,,2026-01-01T00:00:00Z",
    ]
    assert load(brand, *rows).shares.created == 3
    assert stand(brand) == {"a": (None, None, 0), "b": ("a", "a", 1), "c": ("b", "a", 2)}
    last = Share.objects.get(key="c")
    assert (last.koc.key, last.kit.key, last.channel, last.tapped_on, len(last.code)) == (
        "ana",
        "story",
        "douyin",
        None,
        10,
    )
    assert last.shared_at == datetime(2026, 1, 1, 0, 0, 2, tzinfo=UTC)
    assert Share.objects.get(key="b").channel == "any"
    assert len(set(Share.objects.values_list("code", flat=True))) == 3


def test_a_parent_may_have_come_with_an_earlier_file(brand: Brand) -> None:
    load(brand, "a,ana,story,,,2026-01-01T00:00:00Z", "b,ben,story,,a,2026-01-01T00:00:00Z")
    load(brand, "d,ana,story,,c,2026-01-01T00:00:00Z", "c,ana,story,,b,2026-01-01T00:00:00Z")
    assert stand(brand) == {"a": (None, None, 0), "b": ("a", "a", 1), "c": ("b", "a", 2), "d": ("c", "a", 3)}


def test_the_same_file_again_changes_nothing_and_a_longer_one_adds_what_is_new(brand: Brand) -> None:
    rows = ["a,ana,story,,,2026-01-01T00:00:00Z", "b,ben,story,moments,a,2026-01-01T08:00:00.5+08:00"]
    load(brand, *rows)
    before = list(Share.objects.order_by("pk").values())
    assert str(load(brand, *rows).shares) == "0 created, 0 updated, 2 unchanged"
    assert list(Share.objects.order_by("pk").values()) == before
    assert str(load(brand, *rows, "c,ana,story,,b,2026-01-02T00:00:00Z").shares) == "1 created, 0 updated, 2 unchanged"


def test_people_who_are_no_kocs_are_refused_unless_they_are_to_be_made(brand: Brand) -> None:
    rows = [
        "a,new,story,,,2026-01-02T00:00:00Z",
        "b,new,story,,,2026-01-01T00:00:00Z",
        "c,ana,story,,,2026-01-01T00:00:00Z",
    ]
    assert refusal(brand, *rows) == ["shares.csv:2: no such KOC (koc, new)", "shares.csv:3: no such KOC (koc, new)"]
    assert load(brand, *rows, create_kocs=True).kocs_created == 1
    new = Koc.objects.get(brand=brand, key="new")
    assert (new.name, new.status, new.tier.key, new.tier_pinned) == ("new", "active", "seed", False)
    assert new.joined_at == new.approved_at == datetime(2026, 1, 1, tzinfo=UTC)
    place = Sponsorship.objects.get(koc=new)
    assert (place.sponsor, place.root, place.depth) == (None, new, 0)
    assert load(brand, *rows, create_kocs=True).kocs_created == 0


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        (["a,ana,nokit,,,2026-01-01T00:00:00Z"], ["shares.csv:2: no such kit (kit, nokit)"]),
        (
            ["a,ana,story,tv,,2026-01-01T00:00:00Z"],
            [
                "shares.csv:2: channel must be one of any, channels, community, douyin, moments, wecom_group, wecom_moments, weibo, xiaohongshu (channel, tv)"
            ],
        ),
        (["a,ana,story,,x,2026-01-01T00:00:00Z"], ["shares.csv:2: the parent does not exist (parent, x)"]),
        (
            ["a,ana,story,,theirs,2026-03-02T00:00:00Z"],
            ["shares.csv:2: the parent is of another brand (parent, theirs)"],
        ),
        (["a,ana,story,,a,2026-01-01T00:00:00Z"], ["shares.csv:2: its parents go in a circle (parent, a)"]),
        (
            [f"{share},ana,story,,{parent},2026-01-01T00:00:00Z" for share, parent in ("ac", "ba", "cb", "dc")],
            [
                f"shares.csv:{row}: its parents go in a circle (parent, {parent})"
                for row, parent in [(2, "c"), (3, "a"), (4, "b")]
            ],
        ),
        (
            [f"{share},ana,story,,{parent.strip()},2026-01-01T00:00:00Z" for share, parent in ("a ", "b ", "ca", "cb")],
            ["shares.csv:5: the share has two parents, another one in row 4 (parent, b)"],
        ),
        (
            ["a,ana,story,,,2026-01-01T00:00:00Z", "a,ana,story,,,2026-01-01T00:00:00Z"],
            ["shares.csv:3: the share stands in row 2 too (share, a)"],
        ),
        (
            ["a,ana,story,,,2026-01-01T00:00:01Z", "b,ana,story,,a,2026-01-01T00:00:00Z"],
            ["shares.csv:3: is earlier than its parent a (shared_at, 2026-01-01T00:00:00+00:00)"],
        ),
        (
            ["a,ana,story,,,yesterday", "b,ana,story,,a,2026-01-01T00:00:00Z"],
            ["shares.csv:2: shared_at is not an ISO 8601 time (shared_at, yesterday)"],
        ),
    ],
)
def test_a_bad_row_refuses_the_whole_file_by_name(brand: Brand, rows: list[str], faults: list[str]) -> None:
    other = make_brand()
    make_share(make_koc(other), key="theirs")
    assert refusal(brand, *rows, create_kocs=True) == faults


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("b,ana,story,,a,2026-01-02T00:00:00Z", "koc"),
        ("b,ben,other,,a,2026-01-02T00:00:00Z", "kit"),
        ("b,ben,story,douyin,a,2026-01-02T00:00:00Z", "channel"),
        ("b,ben,story,,,2026-01-02T00:00:00Z", "parent"),
        ("b,ben,story,,a,2026-01-03T00:00:00Z", "shared_at"),
    ],
)
def test_what_happened_is_not_rewritten(brand: Brand, row: str, column: str) -> None:
    make_kit(brand, "other")
    load(brand, "a,ana,story,,,2026-01-01T00:00:00Z", "b,ben,story,,a,2026-01-02T00:00:00Z")
    [fault] = refusal(brand, row)
    assert fault.startswith(f"shares.csv:2: the share is known with another {column} ({column}, ")


def test_a_child_may_not_be_earlier_than_a_parent_of_an_earlier_file(brand: Brand) -> None:
    load(brand, "a,ana,story,,,2026-01-02T00:00:00Z")
    assert len(refusal(brand, "b,ana,story,,a,2026-01-01T00:00:00Z")) == 1


def test_keys_of_one_brand_say_nothing_in_another(brand: Brand) -> None:
    other = make_brand()
    make_kit(other, "story")
    load(brand, "a,ana,story,,,2026-01-01T00:00:00Z")
    assert (
        str(load(other, "a,ana,story,,,2026-01-05T00:00:00Z", create_kocs=True).shares)
        == "1 created, 0 updated, 0 unchanged"
    )


def test_standard_input_with_a_byte_order_mark_is_read(
    brand: Brand, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "\ufeff" + HEADER.replace("\n", "\r\n") + 'a,"ana",story,,,2026-01-01T00:00:00Z\r\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    call_command("import_shares", "-", brand="lumi")
    assert capsys.readouterr().out == "shares: 1 created, 0 updated, 0 unchanged\n"


def test_a_file_is_named_in_its_faults(brand: Brand, tmp_path: Path) -> None:
    path = tmp_path / "shares.csv"
    path.write_text("share,koc,kit,shared_at,color\na,ana,story,2026-01-01T00:00:00Z,red\n")
    with pytest.raises(BadFile) as refused:
        call_command("import_shares", str(path), brand="lumi")
    assert refused.value.messages() == [f"{path}:1: unknown column (color, share,koc,kit,shared_at,color)"]
    path.write_bytes(b"share,koc,kit,shared_at\na,\xff,story,2026-01-01T00:00:00Z\n")
    with pytest.raises(BadFile, match="is neither UTF-8 nor GB18030"):
        call_command("import_shares", str(path), brand="lumi")
    with pytest.raises(Refusal, match="No such file"):
        call_command("import_shares", str(tmp_path / "none.csv"), brand="lumi")
    assert not Share.objects.exists()


@pytest.mark.parametrize("rows", [1, 20])
def test_queries_do_not_grow_with_rows(
    brand: Brand, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lines = [
        f"s{number},k{number},story,,{f's{number - 1}' if number else ''},2026-01-01T00:00:00Z"
        for number in range(rows)
    ]
    with django_assert_num_queries(21):
        load(brand, *lines, create_kocs=True)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_history_in_any_order_and_any_number_of_files_is_the_same_forest(data: st.DataObject) -> None:
    brand = make_brand()
    make_kit(brand, "story")
    make_koc(brand, "ana")
    n = data.draw(st.integers(1, 12))
    parents = [data.draw(st.one_of(st.none(), st.integers(0, node - 1))) if node else None for node in range(n)]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        f"s{node},ana,story,,{'' if parent is None else f's{parent}'},{(start + timedelta(hours=node)).isoformat()}"
        for node, parent in enumerate(parents)
    ]
    cut = data.draw(st.integers(0, n))
    load(brand, *data.draw(st.permutations(rows[:cut])))
    load(brand, *data.draw(st.permutations(rows)))

    def above(node: int) -> list[int]:
        parent = parents[node]
        return [] if parent is None else [parent, *above(parent)]

    expected = {
        f"s{node}": (f"s{above(node)[0]}", f"s{above(node)[-1]}", len(above(node))) if above(node) else (None, None, 0)
        for node in range(n)
    }
    assert stand(brand) == expected
