"""Communities that KOCs lead."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from accounts.people.models import Koc
from referrals.communities.domain.refusals import CommunityRefused
from referrals.communities.models import Community, CommunityMember
from referrals.communities.services.communities import add_customer, join_community, open_community
from referrals.visits.models import Visit
from tests.support.clients import errors, me
from tests.support.clock import STOPPED_AT
from tests.support.factories import NOW, make_brand, make_customer, make_kit, make_koc, make_share, make_user
from tests.support.shop_events import cancelled, paid, report

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def opened(lead: Koc, name: str = "护肤群", **fields: Any) -> dict[str, Any]:
    answer = me(lead).send("communities", {"koc": lead.public_id, "name": name, **fields})
    assert answer.status_code == 201
    shown: dict[str, Any] = answer.json()
    return shown


def test_a_koc_opens_a_community_and_leads_it(lead: Koc) -> None:
    shown = opened(lead, topic="28 天", kind="training")
    assert (shown["name"], shown["topic"], shown["kind"], shown["leader"], shown["is_mine"]) == (
        "护肤群",
        "28 天",
        "training",
        "领队",
        True,
    )
    assert shown["url"].endswith(f"/c/{shown['code']}")
    assert (shown["activity"]["kocs"], shown["activity"]["gmv_minor"], shown["activity"]["currency"]) == (1, 0, "CNY")
    assert me(lead).read("communities", koc=lead.public_id).json()["results"] == [shown]


def test_a_name_is_used_once_and_an_applicant_leads_nothing(lumi: Brand, lead: Koc) -> None:
    shown = opened(lead)
    again = me(lead).send("communities", {"koc": lead.public_id, "name": "护肤群"})
    assert errors(again) == [("community_refused", "name")]
    assert me(lead).delete(f"/api/v1/communities/{shown['id']}").status_code == 204
    opened(lead)
    Koc.objects.filter(pk=lead.pk).update(status="applied")
    assert errors(me(lead).send("communities", {"koc": lead.public_id, "name": "另一个"})) == [("koc_not_active", None)]
    assert Community.objects.count() == 2


def test_who_has_the_code_comes_in_once_and_may_go(lumi: Brand, lead: Koc) -> None:
    shown = opened(lead)
    ann = make_koc(lumi, "ann", name="小安", user=make_user())
    path = f"communities/{shown['id']}/members"
    assert me(ann).read(path).status_code == 404
    body = {"koc": ann.public_id, "code": shown["code"]}
    assert [me(ann).send(path, body).status_code for _ in range(2)] == [201, 200]
    assert [member["name"] for member in me(ann).read(path).json()["results"]] == ["小安", "领队"]
    assert me(ann).delete(f"/api/v1/{path}?koc={ann.public_id}").status_code == 204
    assert me(ann).read(path).status_code == 404
    assert errors(me(lead).delete(f"/api/v1/{path}?koc={lead.public_id}")) == [("community_refused", None)]
    assert CommunityMember.objects.filter(left_at=None).count() == 1


def test_a_leader_brings_in_their_team_and_nobody_else(lumi: Brand, lead: Koc) -> None:
    shown = opened(lead)
    below, aside = (
        make_koc(lumi, "deep", sponsor=make_koc(lumi, sponsor=lead)),
        make_koc(lumi, "aside", user=make_user()),
    )
    path = f"communities/{shown['id']}/members"
    assert me(lead).send(path, {"koc": below.public_id}).json() == {"entered": True}
    refusals = [
        me(lead).send(path, {"koc": koc}) for koc in (aside.public_id, "koc_nobody", make_koc(make_brand()).public_id)
    ]
    # Nobody learns who else there is
    assert {(refused.status_code, refused.content) for refused in refusals} == {(404, refusals[0].content)}
    assert errors(refusals[0]) == [("not_found", "koc")]
    assert me(aside).send(path, {"koc": below.public_id}).status_code == 404
    assert me(aside).send(path, {"koc": below.public_id, "code": shown["code"]}).status_code == 404
    assert me(aside).send(path, {"koc": aside.public_id, "code": "nonsense"}).status_code == 404
    stranger = make_koc(make_brand(), user=make_user())
    assert errors(me(stranger).send(path, {"koc": stranger.public_id, "code": shown["code"]})) == [
        ("community_refused", None)
    ]
    assert CommunityMember.objects.count() == 2


def test_nobody_comes_into_a_closed_one(lumi: Brand, lead: Koc) -> None:
    community = open_community(leader=lead, name="x", topic="", kind="group", at=NOW)
    Community.objects.update(closed_at=NOW)
    with pytest.raises(CommunityRefused, match="closed"):
        join_community(community=community, koc=make_koc(lumi), at=NOW)
    with pytest.raises(CommunityRefused, match="another brand"):
        add_customer(community=community, customer=make_customer(make_brand()), at=NOW)


def test_activity_is_what_its_people_did_in_thirty_days(stopped_clock: None, lumi: Brand, lead: Koc) -> None:
    now = STOPPED_AT
    community = open_community(leader=lead, name="x", topic="", kind="group", at=now)
    ann, kit = make_koc(lumi, "ann"), make_kit(lumi)
    join_community(community=community, koc=ann, at=now)
    add_customer(community=community, customer=make_customer(lumi, "c-in"), at=now)
    fresh, old = make_share(ann, kit, shared_at=now - DAY), make_share(lead, kit, shared_at=now - 40 * DAY)
    for visitor in ("a", "a", "b"):
        Visit.objects.create(share=fresh, visitor=visitor, visited_at=now - DAY / 2)
    Visit.objects.create(share=old, visitor="c", visited_at=now - 39 * DAY)
    events = [paid("A-1", share=fresh.code, at=now - DAY / 3), paid("A-2", customer={"id": "c-in"}, at=now - DAY / 3)]
    events += [
        paid("A-3", share=fresh.code, customer={"id": "c-in"}, at=now - DAY / 3),
        paid("A-4", share=fresh.code, at=now - DAY / 3),
    ]
    report(
        lumi,
        *events,
        cancelled("A-4", now - DAY / 4),
        paid("A-5", share=old.code, at=now - 31 * DAY),
        paid("A-6", at=now - DAY),
        at=now,
    )
    activity = me(lead).read("communities", koc=lead.public_id).json()["results"][0]["activity"]
    counts = {
        "kocs": 2,
        "customers": 1,
        "sharing": 1,
        "shares": 1,
        "visits": 3,
        "reach": 2,
        "orders": 3,
        "gmv_minor": 29_700,
    }
    assert activity == counts | {"currency": "CNY"}


def test_a_list_of_communities_takes_the_same_queries_with_one_and_with_twenty(lumi: Brand, lead: Koc) -> None:
    person, counts = me(lead), []
    for many in (1, 19):
        for number in range(many):
            open_community(leader=lead, name=f"{many}-{number}", topic="", kind="group", at=NOW)
        with CaptureQueriesContext(connection) as queries:
            listed = person.read("communities", koc=lead.public_id, page_size=100).json()["results"]
        counts.append(len(queries))
    assert (len(listed), counts[0]) == (20, counts[1])


def test_members_are_names_without_phones(lumi: Brand, lead: Koc) -> None:
    community = open_community(leader=lead, name="x", topic="", kind="group", at=NOW)
    add_customer(
        community=community, customer=make_customer(lumi, "c", name="王女士", phone="+8613900000000"), at=NOW + DAY
    )
    listed = me(lead).read(f"communities/{community.public_id}/members").json()["results"]
    assert [(member["name"], member["kind"]) for member in listed] == [(None, "customer"), ("领队", "koc")]
    assert set(listed[0]) == {"name", "kind", "joined_at"}


def test_the_entry_link_says_which_community_it_is(client: Client, lumi: Brand, lead: Koc) -> None:
    community = open_community(leader=lead, name="<b>群</b>", topic="28 天", kind="group", at=NOW)
    text = client.get(f"/c/{community.code}", headers={"Accept-Language": "zh-Hans"}).content.decode()
    assert "Lumi 的社群，群主 领队" in text
    assert community.code in text
    assert "<b>群" not in text
    assert client.get(f"/c/{community.code}/qr.svg").headers["Content-Type"] == "image/svg+xml"
    assert {client.get(path).status_code for path in ("/c/nothing", "/c/nothing/qr.svg", "/c/a%00")} == {404}
