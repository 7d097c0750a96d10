"""The page of charts: what a brand's own staff see, of which kit, and as of when."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.brands.models import Brand
from content.kits.models import Kit
from referrals.propagation.selectors.kits_compared import kits_at_like_size
from referrals.propagation.services.aggregation import aggregate_spread
from referrals.visits.models import Visit
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_share, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def lumi() -> Brand:
    """A chain of three of the kit `story`; of `other` one alone, and a day later a star of three."""
    brand = make_brand("lumi")
    story, other = make_kit(brand, "story", title="story"), make_kit(brand, "other", title="other")
    root = make_share(make_koc(brand), story)
    middle = make_share(make_koc(brand), story, parent=root)
    make_share(make_koc(brand), story, parent=middle)
    star = make_share(make_koc(brand), other, shared_at=NOW + timedelta(days=1))
    for _ in range(2):
        make_share(make_koc(brand), story, parent=star, shared_at=NOW + timedelta(days=1))
    make_share(make_koc(brand), other, shared_at=NOW)
    Visit.objects.create(share=middle, visitor="v", visited_at=NOW)
    return brand


@pytest.fixture
def staff(lumi: Brand, client: Client) -> Client:
    client.force_login(make_staff(lumi))
    return client


def page(brand: Brand) -> str:
    return reverse("admin:commissions_spread_change", args=[brand.pk])


def cells(table: str) -> list[str]:
    """What stands in the cells of a table, row by row."""
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<td.*?</td>", table, re.DOTALL)]


def test_staff_of_one_brand_are_led_to_its_charts(staff: Client, lumi: Brand) -> None:
    answer = staff.get(reverse("admin:commissions_spread_changelist"))
    assert answer["Location"] == page(lumi)
    shown = staff.get(page(lumi))
    assert shown.status_code == 200
    assert len(shown.context["pictures"]) == 3
    drawn = [str(picture) for _told, picture in shown.context["pictures"]]
    assert [picture[:4] for picture in drawn] == ["<svg"] * 3
    assert all(
        "currentColor" in picture and "#ffffff;" not in picture for picture in drawn
    )  # on the ground of the page
    assert '<script src="http' not in shown.content.decode()


def test_pictures_speak_the_readers_language(staff: Client, lumi: Brand) -> None:
    said, drawn = [], []
    for language in ("en", "zh-Hans"):
        pictures = staff.get(page(lumi), headers={"Accept-Language": language}).context["pictures"]
        said.append(str(pictures[1][0]))  # while the language of the page is active
        drawn.append(pictures[1][1].split(">", 1)[1])
    assert said == ["Decay with depth", "逐层衰减"]
    assert drawn[0] != drawn[1]


def test_another_brands_charts_are_not_found(staff: Client) -> None:
    assert staff.get(page(make_brand())).status_code == 404


def test_a_kit_and_a_day_choose_what_is_measured(staff: Client, lumi: Brand) -> None:
    """All 7 shares; 4 until the end of the first day; the star of 3 and one alone began with `other`."""
    other = Kit.objects.get(key="other")
    asking: list[tuple[dict[str, Any], int]] = [
        ({}, 7),
        ({"as_of": "2026-03-01"}, 4),
        ({"kit": other.pk}, 4),
        ({"kit": other.pk, "as_of": "2026-03-01"}, 1),
    ]
    for asked, many in asking:
        figures = {str(name): figure for name, figure, _help in staff.get(page(lumi), asked).context["figures"]}
        assert figures["shares, n"] == str(many)


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("", ["moments"]),
        ("channel", ["moments"]),
        ("kit", ["other", "story"]),
        ("tier", ["种子"]),
        ("week", ["2026-W09", "2026-W10"]),
    ],
)
def test_slices_stand_side_by_side(staff: Client, lumi: Brand, by: str, names: list[str]) -> None:
    """The chain of three and one alone on a Sunday; the star on the Monday after."""
    told = cells(staff.get(page(lumi), {"by": by}).context["slices"])
    assert [name for name in told if name in names] == names
    assert sum(int(told[told.index(name) + 2]) for name in names) == 7


def test_a_slice_that_does_not_exist_is_refused(staff: Client, lumi: Brand) -> None:
    assert "by" in staff.get(page(lumi), {"by": "moon"}).context["form"].errors


def test_another_brands_kit_is_refused(staff: Client, lumi: Brand) -> None:
    answer = staff.get(page(lumi), {"kit": make_kit(make_brand()).pk})
    assert "kit" in answer.context["form"].errors
    assert "figures" not in answer.context


def test_kits_are_compared_at_cascades_of_like_size_only(lumi: Brand) -> None:
    found = [
        (row.least, row.kit, row.cascades, row.mean_size, row.mean_depth, round(row.mean_virality, 9), row.beside)
        for row in kits_at_like_size(lumi)
    ]
    assert found == [(2, "other", 1, 3.0, 1.0, 1.333333333, 1), (2, "story", 1, 3.0, 2.0, 1.333333333, 1)]
    assert [row.kit for row in kits_at_like_size(lumi, as_of=NOW)] == ["story"]


def test_a_cascade_shows_its_layers(staff: Client, lumi: Brand) -> None:
    aggregate_spread(brand=lumi, at=NOW)
    listed = staff.get(reverse("admin:referrals_cascade_changelist"))
    assert [row.shares for row in listed.context["cl"].result_list] == [3, 3, 1]
    row = listed.context["cl"].result_list[0]
    assert staff.get(reverse("admin:referrals_cascade_change", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("shares", [1, 20])
def test_queries_do_not_grow_with_shares(
    staff: Client, lumi: Brand, shares: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(shares):
        make_share(make_koc(lumi))
    staff.get(page(lumi))
    with django_assert_num_queries(18):
        staff.get(page(lumi))
