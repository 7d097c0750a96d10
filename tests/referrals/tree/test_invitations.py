"""A KOC's code brings people: so many, for so long, as the brand lets it; and what came of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from accounts.people.models import Koc
from referrals.tree.models import InvitationPolicy, Sponsorship
from tests.support.clients import Person, errors
from tests.support.clock import STOPPED_AT
from tests.support.factories import make_brand, make_kit, make_koc, make_share, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
DAY = timedelta(days=1)


@pytest.fixture
def lumi() -> Brand:
    return make_brand("lumi")


@pytest.fixture
def lead(lumi: Brand) -> Koc:
    now = STOPPED_AT
    return make_koc(lumi, "lead", name="领队", user=make_user(), joined_at=now - 40 * DAY, approved_at=now - 40 * DAY)


def join(code: str) -> Any:
    return Person(make_user()).send("me/memberships", {"brand": "lumi", "invite_code": code})


def test_a_code_brings_as_many_as_the_brand_lets_it(lumi: Brand, lead: Koc) -> None:
    InvitationPolicy.objects.create(brand=lumi, most_people=2)
    assert [join(lead.invite_code).status_code for _ in range(2)] == [201, 201]
    assert errors(join(lead.invite_code)) == [("invitation_used_up", "invite_code")]
    assert Sponsorship.objects.filter(sponsor=lead).count() == 2
    assert Koc.objects.filter(brand=lumi).count() == 3


def test_the_limit_may_be_for_so_many_days(lumi: Brand, lead: Koc) -> None:
    InvitationPolicy.objects.create(brand=lumi, most_people=1, in_days=30)
    make_koc(lumi, sponsor=lead, joined_at=STOPPED_AT - 31 * DAY)
    assert join(lead.invite_code).status_code == 201
    assert errors(join(lead.invite_code)) == [("invitation_used_up", "invite_code")]


def test_an_old_code_is_refused_until_a_fresh_one_is_drawn(lumi: Brand, lead: Koc) -> None:
    InvitationPolicy.objects.create(brand=lumi, valid_days=39)
    assert errors(join(lead.invite_code)) == [("invitation_used_up", "invite_code")]
    assert lead.user
    old, me = lead.invite_code, Person(lead.user)
    drawn = me.send(f"me/memberships/{lead.public_id}/invitation")
    assert drawn.status_code == 201
    fresh = drawn.json()
    assert fresh["invite_code"] != old
    assert fresh["url"].endswith(f"/i/{fresh['invite_code']}")
    assert me.read(f"me/memberships/{lead.public_id}").json()["invitation"] == fresh
    assert errors(join(old)) == [("unknown_invite_code", "invite_code")]
    assert join(fresh["invite_code"]).status_code == 201


def test_the_same_tap_draws_once(lead: Koc) -> None:
    assert lead.user
    me = Person(lead.user)
    codes = {
        me.send(f"me/memberships/{lead.public_id}/invitation", **{"Idempotency-Key": "draw-1"}).json()["invite_code"]
        for _ in range(2)
    }
    lead.refresh_from_db()
    assert codes == {lead.invite_code}


def test_nobody_draws_for_another_and_an_applicant_has_nothing_to_draw(lumi: Brand, lead: Koc) -> None:
    code = lead.invite_code
    assert Person(make_user()).send(f"me/memberships/{lead.public_id}/invitation").status_code == 404
    assert lead.user
    Koc.objects.filter(pk=lead.pk).update(status="applied")
    assert errors(Person(lead.user).send(f"me/memberships/{lead.public_id}/invitation")) == [("koc_not_active", None)]
    lead.refresh_from_db()
    assert lead.invite_code == code


def test_the_page_says_who_invites(client: Client, lumi: Brand, lead: Koc) -> None:
    shown = client.get(f"/i/{lead.invite_code}", headers={"Accept-Language": "zh-Hans"})
    assert shown.status_code == 200
    text = shown.content.decode()
    assert "领队 邀请你加入 Lumi" in text
    assert lead.invite_code in text
    assert "<svg" in text
    InvitationPolicy.objects.create(brand=lumi, most_people=0)
    ended = client.get(f"/i/{lead.invite_code}", headers={"Accept-Language": "en"}).content.decode()
    assert "This invitation has ended" in ended
    assert lead.invite_code not in ended
    assert client.get("/i/nobody").status_code == 404
    assert client.get("/i/a%00b").status_code == 404


def test_the_page_runs_no_markup_of_a_name(client: Client, lumi: Brand) -> None:
    koc = make_koc(lumi, name="<script>alert(1)</script>")
    assert "<script>" not in client.get(f"/i/{koc.invite_code}").content.decode()


def test_a_team_is_sums_below_and_names_of_direct_invitees(lumi: Brand, lead: Koc) -> None:
    now = STOPPED_AT
    old, new = (
        make_koc(lumi, "old", sponsor=lead, joined_at=now - 35 * DAY),
        make_koc(lumi, "new", sponsor=lead, joined_at=now - DAY),
    )
    deep = make_koc(lumi, "deep", sponsor=old, joined_at=now - 2 * DAY)
    make_koc(lumi, "deeper", sponsor=deep, joined_at=now - DAY)
    make_koc(lumi, "waits", sponsor=lead, status="applied", joined_at=now)
    kit = make_kit(lumi)
    for koc, shared_at in [(old, now - 33 * DAY), (deep, now - DAY), (deep, now)]:
        make_share(koc, kit, shared_at=shared_at)
    assert lead.user
    team = Person(lead.user).read(f"me/memberships/{lead.public_id}/team").json()
    assert team["people"] == 4
    assert team["depths"] == [
        {"depth": 1, "people": 2, "joined": 1, "sharing": 0, "shares": 0},
        {"depth": 2, "people": 1, "joined": 1, "sharing": 1, "shares": 2},
        {"depth": 3, "people": 1, "joined": 1, "sharing": 0, "shares": 0},
    ]
    assert [
        (person["name"], person["activity"]["team"], person["activity"]["shares"]) for person in team["results"]
    ] == [("new", 0, 0), ("old", 2, 0)]
    assert [person["activity"]["last_shared_at"] is None for person in team["results"]] == [True, False]
    assert set(team["results"][0]) == {"name", "joined_at", "activity"}
    assert new.name == "new"


def test_an_empty_team_and_somebody_elses(lumi: Brand, lead: Koc) -> None:
    assert lead.user
    team = Person(lead.user).read(f"me/memberships/{lead.public_id}/team").json()
    assert team == {"next": None, "previous": None, "results": [], "people": 0, "depths": []}
    assert Person(make_user()).read(f"me/memberships/{lead.public_id}/team").status_code == 404


def test_a_team_takes_the_same_queries_with_one_and_with_twenty(lumi: Brand, lead: Koc) -> None:
    assert lead.user
    me = Person(lead.user)
    counts = []
    for many in (1, 19):
        for _ in range(many):
            make_koc(lumi, sponsor=lead)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            listed = me.read(f"me/memberships/{lead.public_id}/team", page_size=100).json()["results"]
        counts.append(len(queries))
    assert len(listed) == 20
    assert counts[0] == counts[1]
    first = me.read(f"me/memberships/{lead.public_id}/team", page_size=15).json()
    rest = me.get(first["next"]).json()
    assert (len(first["results"]), len(rest["results"]), rest["next"]) == (15, 5, None)
