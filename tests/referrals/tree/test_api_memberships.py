from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.access.models import IdempotentAnswer
from accounts.people.domain.refusals import NotDecidable
from accounts.people.models import Koc
from accounts.people.services.memberships import approve_koc, reject_koc
from referrals.tree.models import Sponsorship
from tests.support.clients import Person, errors, results
from tests.support.factories import NOW, make_brand, make_koc, make_user

pytestmark = pytest.mark.django_db


def test_joining_applies_and_staff_approve() -> None:
    brand = make_brand("lumi")
    user = make_user(name="小林")
    joined = Person(user).send("me/memberships", {"brand": "lumi", "answers": {"why": "I like it"}})
    assert joined.status_code == 201
    shown = joined.json()
    assert shown["id"].startswith("koc_")
    assert (shown["status"], shown["approved_at"], shown["name"], shown["tier"]["key"]) == (
        "applied",
        None,
        "小林",
        "seed",
    )
    assert shown["brand"]["slug"] == "lumi"
    assert shown["joined_at"].endswith("Z")
    koc = Koc.objects.get()
    assert (koc.key, koc.answers) == (koc.invite_code, {"why": "I like it"})
    place = Sponsorship.objects.get()
    assert (place.koc, place.brand, place.sponsor, place.root, place.depth) == (koc, brand, None, koc, 0)
    approve_koc(koc=koc, at=NOW)
    assert Person(user).read(f"me/memberships/{shown['id']}").json()["status"] == "active"


def test_a_brand_may_approve_at_once() -> None:
    make_brand("lumi", approval="auto")
    shown = Person(make_user()).send("me/memberships", {"brand": "lumi"}).json()
    assert (shown["status"], shown["approved_at"]) == ("active", shown["joined_at"])


def test_one_decides_once() -> None:
    koc = make_koc(make_brand(), status="applied")
    reject_koc(koc=koc, at=NOW)
    for decide in (approve_koc, reject_koc):
        with pytest.raises(NotDecidable):
            decide(koc=koc, at=NOW)
    koc.refresh_from_db()
    assert (koc.status, koc.approved_at) == ("rejected", None)


def test_who_was_invited_comes_under_the_inviter() -> None:
    brand = make_brand("lumi")
    top = make_koc(brand)
    sponsor = make_koc(brand, sponsor=top)
    assert (
        Person(make_user()).send("me/memberships", {"brand": "lumi", "invite_code": sponsor.invite_code}).status_code
        == 201
    )
    place = Sponsorship.objects.get(sponsor=sponsor)
    assert (place.root, place.depth) == (top, 2)


def test_a_member_joins_once() -> None:
    make_brand("lumi")
    person = Person(make_user())
    assert person.send("me/memberships", {"brand": "lumi"}).status_code == 201
    again = person.send("me/memberships", {"brand": "lumi"})
    assert (again.status_code, errors(again)) == (409, [("already_member", None)])
    assert Koc.objects.count() == Sponsorship.objects.count() == 1


@pytest.mark.parametrize("code", ["nobody", "of another", "applied"])
def test_an_invite_code_must_be_an_active_kocs_of_this_brand(code: str) -> None:
    brand = make_brand("lumi")
    make_koc(make_brand("other"), invite_code="of another")
    make_koc(brand, invite_code="applied", status="applied")
    before = Koc.objects.count()
    refused = Person(make_user()).send("me/memberships", {"brand": "lumi", "invite_code": code})
    assert (refused.status_code, errors(refused)) == (400, [("unknown_invite_code", "invite_code")])
    assert Koc.objects.count() == before


def test_an_unknown_brand_is_not_found() -> None:
    response = Person(make_user()).send("me/memberships", {"brand": "nowhere"})
    assert (response.status_code, errors(response)) == (404, [("not_found", None)])


def test_what_is_nested_deeper_than_a_page_can_show_is_refused() -> None:
    make_brand("lumi")
    body = '{"brand": "lumi", "answers": {"a": %s}}'
    for levels in (99, 700, 9_000):
        refused = Person(make_user()).post(
            "/api/v1/me/memberships", body % ("[" * levels + "]" * levels), content_type="application/json"
        )
        assert (refused.status_code, refused.json()["errors"][0]["detail"]) == (
            400,
            "The request is nested too deeply.",
        )
    assert (
        Person(make_user())
        .post("/api/v1/me/memberships", body % ("[" * 98 + "]" * 98), content_type="application/json")
        .status_code
        == 201
    )


@pytest.mark.parametrize("answers", ["text", ["list"], {"a": "\x00"}, {"\x00": "a"}, {"a": "x" * 30_000}, 5])
def test_answers_are_an_object_of_text_that_a_database_keeps(answers: Any) -> None:
    make_brand("lumi")
    refused = Person(make_user()).send("me/memberships", {"brand": "lumi", "answers": answers})
    assert (refused.status_code, errors(refused)[0][1]) == (400, "answers")
    assert not Koc.objects.exists()


@pytest.mark.parametrize("number", ["1e999", "-1e999"])
def test_answers_have_no_number_beyond_all_numbers(number: str) -> None:
    make_brand("lumi")
    body = f'{{"brand": "lumi", "answers": {{"a": [{number}]}}}}'
    refused = Person(make_user()).post("/api/v1/me/memberships", body, content_type="application/json")
    assert (refused.status_code, errors(refused)) == (400, [("max_value", "answers")])
    assert not Koc.objects.exists()


def test_a_membership_is_its_owners_alone() -> None:
    brand = make_brand()
    owner = make_user()
    koc = make_koc(brand, user=owner)
    sponsor = make_user()
    make_koc(brand, user=sponsor)
    assert Person(owner).read(f"me/memberships/{koc.public_id}").status_code == 200
    for other in (sponsor, make_user()):
        response = Person(other).read(f"me/memberships/{koc.public_id}")
        assert (response.status_code, errors(response)) == (404, [("not_found", None)])
    for made_up in ["koc_", "koc_0000000000000000000000", str(koc.pk), make_brand().public_id, "x" * 500]:
        assert Person(owner).read(f"me/memberships/{made_up}").status_code == 404


def test_the_list_shows_ones_own_in_pages_with_as_many_queries_for_one_as_for_twenty() -> None:
    user, person = make_user(), None
    person = Person(user)
    make_koc(make_brand(), user=user)
    make_koc(make_brand(), user=make_user())
    with CaptureQueriesContext(connection) as one:
        assert len(results(person.read("me/memberships"))) == 1
    for _more in range(19):
        make_koc(make_brand(), user=user)
    with CaptureQueriesContext(connection) as twenty:
        assert len(results(person.read("me/memberships"))) == 20
    assert len(one) == len(twenty) <= 3


def test_pages_lead_to_each_other() -> None:
    user = make_user()
    made = [make_koc(make_brand(), user=user).public_id for _ in range(5)][::-1]
    person = Person(user)
    first = person.read("me/memberships", page_size=2)
    second = person.get(first.json()["next"])
    third = person.get(second.json()["next"])
    pages = [[koc["id"] for koc in results(page)] for page in (first, second, third)]
    assert pages == [made[:2], made[2:4], made[4:]]
    assert first.json()["previous"] is None
    assert third.json()["next"] is None
    assert [koc["id"] for koc in results(person.get(third.json()["previous"]))] == made[2:4]
    assert [koc["id"] for koc in results(person.get(second.json()["previous"]))] == made[:2]
    assert person.get(second.json()["previous"]).json()["previous"] is None
    for cursor in ["x", "", "a:b:c", "\x00"]:
        refused = person.read("me/memberships", cursor=cursor)
        assert (refused.status_code, errors(refused)) == (400, [("invalid_cursor", "cursor")])
    assert len(results(person.read("me/memberships", page_size=1000))) == 5


@pytest.mark.parametrize(
    ("size", "code"), [("0", "min_value"), ("-1", "min_value"), ("abc", "invalid"), ("", "invalid"), ("2.5", "invalid")]
)
def test_a_page_has_a_whole_number_of_rows(size: str, code: str) -> None:
    refused = Person(make_user()).read("me/memberships", page_size=size)
    assert (refused.status_code, errors(refused)) == (400, [(code, "page_size")])


def test_the_same_key_gets_the_first_answer_again() -> None:
    make_brand("lumi")
    person = Person(make_user())
    first = person.send("me/memberships", {"brand": "lumi", "answers": {"a": 1}}, **{"Idempotency-Key": "k"})
    again = person.send("me/memberships", {"answers": {"a": 1}, "brand": "lumi"}, **{"Idempotency-Key": "k"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Koc.objects.count() == 1


def test_the_same_key_with_another_body_is_refused() -> None:
    make_brand("lumi")
    make_brand("mood")
    person = Person(make_user())
    person.send("me/memberships", {"brand": "lumi"}, **{"Idempotency-Key": "k"})
    other = person.send("me/memberships", {"brand": "mood"}, **{"Idempotency-Key": "k"})
    assert (other.status_code, errors(other)) == (409, [("idempotency_conflict", None)])
    assert Koc.objects.count() == 1


def test_a_key_is_ones_own() -> None:
    make_brand("lumi")
    answers = [
        Person(make_user()).send("me/memberships", {"brand": "lumi"}, **{"Idempotency-Key": "k"})
        for _person in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]


def test_what_was_refused_is_not_kept() -> None:
    person = Person(make_user())
    assert person.send("me/memberships", {"brand": "lumi"}, **{"Idempotency-Key": "k"}).status_code == 404
    make_brand("lumi")
    assert person.send("me/memberships", {"brand": "lumi"}, **{"Idempotency-Key": "k"}).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_has_a_length(key: str) -> None:
    make_brand("lumi")
    refused = Person(make_user()).send("me/memberships", {"brand": "lumi"}, **{"Idempotency-Key": key})
    assert (refused.status_code, errors(refused)) == (400, [("invalid_idempotency_key", None)])
    assert not IdempotentAnswer.objects.exists()
