"""Staff bind and move KOCs; trees follow, and no circle can be made."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from referrals.propagation.selectors.forests import kocs_of
from referrals.shares.selectors import people_below
from referrals.tree.domain.refusals import MoveRefused
from referrals.tree.models import SponsorChange, Sponsorship
from referrals.tree.services.koc_import import import_kocs
from referrals.tree.services.moves import move_koc
from tests.support.factories import NOW, make_brand, make_koc, make_staff, make_user

pytestmark = pytest.mark.django_db


def places(brand: Brand) -> dict[str, tuple[str | None, str, int]]:
    """koc → its sponsor, root and depth."""
    rows = Sponsorship.objects.filter(brand=brand).values_list("koc__key", "sponsor__key", "root__key", "depth")
    return {koc: (sponsor, root, depth) for koc, sponsor, root, depth in rows}


def move(koc: Koc, sponsor: Koc | None, by: User | None = None, reason: str = "they asked") -> SponsorChange | None:
    return move_koc(koc=koc, sponsor=sponsor, reason=reason, by=by or make_user(), at=NOW)


@pytest.fixture
def family() -> dict[str, Koc]:
    """top → mid → low, and aside."""
    brand = make_brand("lumi")
    top = make_koc(brand, "top")
    mid = make_koc(brand, "mid", sponsor=top)
    return {"top": top, "mid": mid, "low": make_koc(brand, "low", sponsor=mid), "aside": make_koc(brand, "aside")}


def test_a_tree_moves_as_a_whole_and_what_was_left_is_kept(family: dict[str, Koc]) -> None:
    ann = make_user()
    assert move(family["mid"], family["aside"], ann, " their friend ")
    assert places(family["top"].brand) == {
        "top": (None, "top", 0),
        "aside": (None, "aside", 0),
        "mid": ("aside", "aside", 1),
        "low": ("mid", "aside", 2),
    }
    change = SponsorChange.objects.get()
    assert (change.koc, change.sponsor_before, change.changed_at, change.reason, change.changed_by) == (
        family["mid"],
        family["top"],
        NOW,
        "their friend",
        ann,
    )


def test_all_who_stand_below_move_along_also_who_only_applied(family: dict[str, Koc], client: Client) -> None:
    make_koc(family["top"].brand, sponsor=family["mid"], status="applied")
    make_koc(family["top"].brand, sponsor=family["low"])
    assert (people_below(family["top"]), people_below(family["mid"]), people_below(family["aside"])) == (
        [1, 2, 1],
        [2, 1],
        [],
    )
    client.force_login(make_staff(family["top"].brand))
    page = client.get(
        reverse("admin:referrals_sponsorship_move", args=[Sponsorship.objects.get(koc=family["mid"]).pk])
    ).content.decode()
    assert "KOCs below who move along: 3" in page


def test_a_koc_is_set_free_and_bound_again(family: dict[str, Koc]) -> None:
    move(family["mid"], None)
    assert places(family["top"].brand)["low"] == ("mid", "mid", 1)
    move(family["mid"], family["top"])
    assert places(family["top"].brand)["low"] == ("mid", "top", 2)
    assert [change.sponsor_before for change in SponsorChange.objects.order_by("pk")] == [family["top"], None]


def test_who_waited_for_the_lock_moved_after_those_before(family: dict[str, Koc]) -> None:
    """mid leaves top at 12:00:05; top, whose request was read at 12:00:04 and waited, comes under mid. Told so, a
    second would have a circle."""
    brand, late = family["top"].brand, NOW + timedelta(seconds=5)
    move_koc(koc=family["mid"], sponsor=None, reason="x", by=make_user(), at=late)
    move_koc(koc=family["top"], sponsor=family["mid"], reason="x", by=make_user(), at=late - timedelta(seconds=1))
    lines = ["koc,name,sponsor,joined_at", f"aside,aside,low,{NOW.isoformat()}"]
    import_kocs(brand=brand, lines=lines, name="kocs.csv", at=late - timedelta(seconds=2))
    assert set(SponsorChange.objects.values_list("changed_at", flat=True)) == {late}
    roots = [int((kocs_of(brand, as_of=late + timedelta(seconds=second)).parent < 0).sum()) for second in (-2, -1, 0)]
    assert roots == [2, 2, 1]


def test_the_same_sponsor_again_changes_nothing(family: dict[str, Koc]) -> None:
    assert move(family["mid"], family["top"]) is None
    assert not SponsorChange.objects.exists()


def test_what_cannot_be_is_refused_and_changes_nothing(family: dict[str, Koc]) -> None:
    before = places(family["top"].brand)
    stranger = make_koc(make_brand("other"), "stranger")
    applicant = make_koc(family["top"].brand, "applicant", status="applied")
    before |= {"applicant": (None, "applicant", 0)}
    for koc, sponsor, reason, why in [
        ("top", family["low"], "because", "circle"),
        ("top", family["top"], "because", "themself"),
        ("mid", stranger, "because", "another brand"),
        ("mid", applicant, "because", "not active"),
        ("mid", family["aside"], "  ", "Say why"),
    ]:
        with pytest.raises(MoveRefused, match=why):
            move(family[koc], sponsor, reason=reason)
    assert places(family["top"].brand) == before
    assert not SponsorChange.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"sponsor": "low", "depth": 3, "root": "low"},  # a circle: top below low
        {"sponsor": "aside", "depth": 2, "root": "aside"},  # not one below the sponsor
        {"sponsor": "aside", "depth": 1, "root": "top"},  # another root
    ],
)
def test_the_database_refuses_a_place_that_does_not_follow_from_its_sponsor(
    family: dict[str, Koc], wrong: dict[str, Any]
) -> None:
    fields = wrong | {"sponsor": family[wrong["sponsor"]], "root": family[wrong["root"]]}
    with pytest.raises(IntegrityError, match="stands one below its sponsor"), transaction.atomic():
        Sponsorship.objects.filter(koc=family["top"]).update(**fields)
    with pytest.raises(IntegrityError, match="stands one below its sponsor"), transaction.atomic():
        # And leave low behind
        Sponsorship.objects.filter(koc=family["mid"]).update(sponsor=None, depth=0, root=F("koc"))
    koc = make_koc(family["top"].brand)
    Sponsorship.objects.filter(koc=koc).delete()
    with pytest.raises(IntegrityError, match="stands one below its sponsor"), transaction.atomic():
        Sponsorship.objects.create(koc=koc, brand=koc.brand, sponsor=family["low"], root=family["top"], depth=2)


class AnyMoves(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 6), st.integers(-1, 6)), max_size=25))
    def test_any_moves_leave_a_forest_that_follows_from_its_sponsors(self, moves: list[tuple[int, int]]) -> None:
        brand, by = make_brand(), make_user()
        kocs = [make_koc(brand, f"m{n}") for n in range(7)]
        sponsor_of: dict[int, int | None] = dict.fromkeys(range(7))

        def above(koc: int) -> list[int]:
            path: list[int] = []
            here = sponsor_of[koc]
            while here is not None:
                path.append(here)
                here = sponsor_of[here]
            return path

        for koc, sponsor in moves:
            if sponsor == koc or (sponsor >= 0 and koc in above(sponsor)):
                with pytest.raises(MoveRefused):
                    move(kocs[koc], kocs[sponsor], by)
            else:
                move(kocs[koc], kocs[sponsor] if sponsor >= 0 else None, by)
                sponsor_of[koc] = sponsor if sponsor >= 0 else None
        expected = {}
        for n in range(7):
            path, bound = above(n), sponsor_of[n]
            expected[f"m{n}"] = (None if bound is None else f"m{bound}", f"m{path[-1] if path else n}", len(path))
        assert places(brand) == expected


def test_staff_move_somebody_of_their_brand_and_see_the_history(client: Client, family: dict[str, Koc]) -> None:
    ann = make_staff(family["top"].brand, name="Ann")
    client.force_login(ann)
    page = reverse("admin:referrals_sponsorship_move", args=[family["mid"].pk])
    assert "KOCs below who move along: 1" in client.get(page).content.decode()
    refused = client.post(page, {"sponsor": "low", "reason": "why not"})
    assert "circle" in refused.content.decode()
    unknown = client.post(page, {"sponsor": "nobody", "reason": "why not"})
    assert "no such KOC" in unknown.content.decode()
    assert places(family["top"].brand)["mid"] == ("top", "top", 1)
    done = client.post(page, {"sponsor": "aside", "reason": "moved house"}, follow=True)
    assert places(family["top"].brand)["low"] == ("mid", "aside", 2)
    assert "moved house" in done.content.decode()
    again = client.post(page, {"sponsor": "aside", "reason": "moved house"}, follow=True)
    assert "nothing changed" in again.content.decode()
    assert SponsorChange.objects.get().changed_by == ann


def test_staff_of_another_brand_find_no_such_page(client: Client, family: dict[str, Koc]) -> None:
    client.force_login(make_staff(make_brand("other")))
    assert client.post(
        reverse("admin:referrals_sponsorship_move", args=[family["mid"].pk]), {"sponsor": "aside", "reason": "x"}
    ).status_code in {302, 404}
    assert not SponsorChange.objects.exists()
