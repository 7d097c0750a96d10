"""Contests: who is ranked, what is promised, and that nobody is paid by the head."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.brands.models import Brand
from accounts.people.models import Koc
from growth.contests.models import Contest, Prize
from growth.contests.selectors import Ranked, leaderboard
from tests.support.clients import me
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_share, make_staff, make_user
from tests.support.shop_events import cancelled, paid, report

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def make_contest(brand: Brand, kind: str = "sales", **fields: Any) -> Contest:
    return Contest.objects.create(
        brand=brand, name="三月", kind=kind, **({"starts_at": NOW, "ends_at": NOW + 10 * DAY} | fields)
    )


def test_sales_are_ranked_and_equal_ones_share_a_rank(lumi: Brand) -> None:
    kit = make_kit(lumi)
    shares = {
        key: make_share(make_koc(lumi, key, joined_at=NOW + n * DAY), kit)
        for n, key in enumerate(("ann", "ben", "cat", "dan"))
    }
    sold = [("ann", 1000, 0), ("ben", 1000, 1), ("cat", 3000, 2), ("dan", 500, 3), ("ann", 9000, 10), ("ben", 7000, 4)]
    events = [
        paid(f"A-{n}", ("1", "S1", 1, price), share=shares[key].code, at=NOW + day * DAY)
        for n, (key, price, day) in enumerate(sold)
    ]
    report(lumi, *events, cancelled("A-5", NOW + 5 * DAY), at=NOW + 12 * DAY)
    board = leaderboard(make_contest(lumi))
    assert [(one.rank, one.name, one.score) for one in board] == [
        (1, "cat", 3000),
        (2, "ann", 1000),
        (2, "ben", 1000),
        (4, "dan", 500),
    ]
    assert [one.name for one in leaderboard(make_contest(lumi, least=1000))] == ["cat", "ann", "ben"]


def test_people_are_counted_who_joined_in_the_time_and_are_active(lumi: Brand, lead: Koc) -> None:
    for joined_at, status in (
        (NOW, "active"),
        (NOW + DAY, "active"),
        (NOW + DAY, "applied"),
        (NOW - DAY, "active"),
        (NOW + 10 * DAY, "active"),
    ):
        make_koc(lumi, sponsor=lead, joined_at=joined_at, status=status)
    assert leaderboard(make_contest(lumi, "recruits")) == [Ranked(1, lead.pk, "领队", 2)]


def test_a_koc_reads_the_board_with_their_own_place(lumi: Brand, lead: Koc) -> None:
    contest = make_contest(lumi, "recruits")
    Prize.objects.create(contest=contest, first=1, last=3, what="礼盒")
    ben = make_koc(lumi, "ben", user=make_user())
    make_koc(lumi, sponsor=lead, joined_at=NOW + DAY)
    board = me(ben).read(f"leaderboards/{contest.public_id}").json()
    assert (board["people"], board["results"], board["mine"]) == (
        1,
        [{"rank": 1, "name": "领队", "score": 1, "is_mine": False}],
        None,
    )
    assert board["prizes"] == [{"first": 1, "last": 3, "what": "礼盒"}]
    assert me(lead).read(f"leaderboards/{contest.public_id}").json()["mine"]["rank"] == 1
    assert me(make_koc(make_brand(), user=make_user())).read(f"leaderboards/{contest.public_id}").status_code == 404


def contest_form(brand: Brand, **fields: Any) -> dict[str, Any]:
    moments = {
        "starts_at_0": "2026-03-01",
        "starts_at_1": "00:00:00",
        "ends_at_0": "2026-04-01",
        "ends_at_1": "00:00:00",
    }
    return (
        {
            "brand": brand.pk,
            "name": "拉新赛",
            "kind": "recruits",
            "rule": "",
            "least": "0",
            "prizes": "1: 旅行\n2-10: 礼盒",
        }
        | moments
        | fields
    )


def test_staff_make_a_contest_with_prizes_for_ranks(client: Client, lumi: Brand) -> None:
    client.force_login(make_staff(lumi))
    add = reverse("admin:growth_contest_add")
    assert client.post(add, contest_form(lumi)).status_code == 302
    contest = Contest.objects.get()
    assert [str(prize) for prize in contest.prizes.all()] == ["1: 旅行", "2–10: 礼盒"]
    page = reverse("admin:growth_contest_change", args=[contest.pk])
    assert client.post(page, contest_form(lumi, prizes="1–3: 手机")).status_code == 302
    assert [str(prize) for prize in contest.prizes.all()] == ["1–3: 手机"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"prizes": "1: 每邀请一人奖励 10 元"},
        {"prizes": "1: 10 yuan per recruit"},
        {"prizes": "1-5: ¥5/人"},
        {"prizes": "1: a bonus a head"},
        {"rule": "每拉新一位得 20 元"},
        {"prizes": "a trip"},
        {"prizes": "0: a trip"},
        {"prizes": "3-1: a trip"},
        {"prizes": "1-3: a\n3: b"},
        {"ends_at_0": "2026-02-01"},
    ],
)
def test_a_prize_by_the_head_and_one_that_cannot_be_are_refused(
    client: Client, lumi: Brand, wrong: dict[str, str]
) -> None:
    client.force_login(make_staff(lumi))
    answer = client.post(reverse("admin:growth_contest_add"), contest_form(lumi, **wrong))
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert not Contest.objects.exists()
