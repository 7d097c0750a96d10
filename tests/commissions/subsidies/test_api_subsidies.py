from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.ledger.models import Transfer
from commissions.subsidies.models import Allocation, Subsidy
from commissions.subsidies.services.subsidies import grant_subsidy
from tests.support.clients import Person, errors, results
from tests.support.factories import NOW, make_brand, make_koc, make_share, make_user
from tests.support.shop_events import balances, prove

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return make_brand()


@pytest.fixture
def lead(brand: Brand) -> Koc:
    return known(make_koc(brand, "lead", user=make_user()))


@pytest.fixture
def mid(brand: Brand, lead: Koc) -> Koc:
    return known(make_koc(brand, "mid", sponsor=lead, name="小满", user=make_user()))


@pytest.fixture
def low(brand: Brand, mid: Koc) -> Koc:
    return known(make_koc(brand, "low", sponsor=mid, name="阿拙"))


def known(koc: Koc) -> Koc:
    """Somebody who has done more than join."""
    make_share(koc)
    return koc


def grant(koc: Koc, **terms: Any) -> Subsidy:
    asked = {
        "own_minor": 5_000_000,
        "hand_on_minor": 5_000_000,
        "may_pass_on": True,
        "expires_at": None,
        "note": "开春",
    }
    return grant_subsidy(brand=koc.brand, koc=koc, by=make_user(), at=NOW, **(asked | terms))


def hand_on(subsidy: Subsidy, *, person: Person | None = None, key: str = "", **body: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return (person or Person(subsidy.koc.user)).send(f"subsidies/{subsidy.public_id}/allocations", body, **headers)


def test_a_koc_sees_what_was_granted_and_what_became_of_it(lead: Koc, mid: Koc, low: Koc) -> None:
    subsidy = grant(lead)
    answer = hand_on(subsidy, to=low.public_id, amount_minor=300_000, note="谢谢")
    assert answer.status_code == 201
    made = Allocation.objects.get()
    assert {**answer.json(), "allocated_at": ""} == {
        "id": made.public_id, "to": low.public_id, "name": None, "amount_minor": 300_000, "kind": "money", "note": "谢谢", "allocated_at": "",
        "left_minor": 4_700_000,
    }  # fmt: skip
    right = hand_on(subsidy, to=mid.public_id, amount_minor=700_000, hand_on=True).json()
    assert (right["kind"], right["name"], right["left_minor"]) == ("right", "小满", 4_000_000)
    prove(lead.brand)

    [shown] = results(Person(lead.user).read("subsidies", koc=lead.public_id))
    listed = [{key: value for key, value in one.items() if key != "left_minor"} for one in (right, answer.json())]
    assert shown == {
        "id": subsidy.public_id, "currency": "CNY", "from_brand": True, "own_minor": 5_000_000, "hand_on_minor": 5_000_000, "allocated_minor": 1_000_000,
        "returned_minor": 0, "left_minor": 4_000_000, "may_pass_on": True, "note": "开春", "granted_at": "2026-03-01T02:00:00Z", "expires_at": None,
        "allocations": listed,
    }  # fmt: skip
    assert results(Person(lead.user).read(f"subsidies/{subsidy.public_id}/allocations")) == listed
    [passed] = results(Person(mid.user).read("subsidies", koc=mid.public_id))
    assert (passed["from_brand"], passed["hand_on_minor"], passed["own_minor"], passed["allocations"]) == (
        False,
        700_000,
        0,
        [],
    )
    assert (
        Person(mid.user)
        .send(f"subsidies/{passed['id']}/allocations", {"to": low.public_id, "amount_minor": 700_000})
        .status_code
        == 201
    )
    assert balances(lead.brand) == {
        ("lead", "approved"): 5_000_000,
        ("lead", "subsidy"): 4_000_000,
        ("low", "approved"): 1_000_000,
    }
    prove(lead.brand)


def test_the_same_key_hands_on_once(lead: Koc, mid: Koc) -> None:
    subsidy = grant(lead)
    first, again = (hand_on(subsidy, to=mid.public_id, amount_minor=7, key="tap") for _tap in range(2))
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Allocation.objects.count() == 1
    other = hand_on(subsidy, to=mid.public_id, amount_minor=8, key="tap")
    assert (other.status_code, errors(other)) == (409, [("idempotency_conflict", None)])
    assert hand_on(subsidy, to=mid.public_id, amount_minor=7).json()["id"] != first.json()["id"], (
        "without a key it is another one"
    )


def test_what_is_refused_says_why_and_changes_nothing(lead: Koc, mid: Koc, low: Koc) -> None:
    subsidy, plain = grant(lead), grant(lead, own_minor=0, hand_on_minor=100, may_pass_on=False)
    gone = grant(lead, own_minor=0, hand_on_minor=100, expires_at=NOW + timedelta(days=1))
    other = make_brand()
    outside = {
        "nobody": "koc_" + "z" * 22,
        "nonsense": "x",
        "another kind": subsidy.public_id,
        "another brand": known(make_koc(other)).public_id,
    }
    outside |= {"aside": known(make_koc(lead.brand)).public_id, "oneself": lead.public_id}
    idle, left = make_koc(lead.brand, sponsor=low), known(make_koc(lead.brand, sponsor=low, status="rejected"))
    before = (Transfer.objects.count(), balances(lead.brand))
    for who, to in outside.items():
        answer = hand_on(subsidy, to=to, amount_minor=1)
        assert (answer.status_code, errors(answer)) == (400, [("unknown_recipient", "to")]), who
    for of, recipient, amount, right, why in [
        (subsidy, idle, 1, False, "only_joined"),
        (subsidy, left, 1, False, "recipient_not_active"),
        (subsidy, mid, 5_000_001, False, "budget_exceeded"),
        (subsidy, mid, 2**63 - 1, False, "budget_exceeded"),
        (plain, mid, 1, True, "may_not_pass_on"),
        (gone, mid, 1, False, "subsidy_expired"),
    ]:
        answer = hand_on(of, to=recipient.public_id, amount_minor=amount, hand_on=right)
        assert (answer.status_code, errors(answer)) == (409, [(why, None)])
    good: dict[str, Any] = {"to": mid.public_id, "amount_minor": 1}
    for field, value in [
        ("amount_minor", 0),
        ("amount_minor", -1),
        ("amount_minor", 2**63),
        ("amount_minor", "1.5"),
        ("to", None),
        ("note", "x" * 501),
    ]:
        answer = hand_on(subsidy, **(good | {field: value}))
        assert (answer.status_code, errors(answer)[0][1]) == (400, field)
    Koc.objects.filter(pk=lead.pk).update(status="rejected")
    answer = hand_on(subsidy, to=mid.public_id, amount_minor=1)
    assert (answer.status_code, errors(answer)) == (409, [("koc_not_active", None)])
    assert (Transfer.objects.count(), balances(lead.brand)) == before
    assert not Allocation.objects.exists()


def test_a_refusal_speaks_chinese(lead: Koc, mid: Koc) -> None:
    refused = hand_on(
        grant(lead),
        person=Person(lead.user, **{"Accept-Language": "zh-Hans"}),
        to=mid.public_id,
        amount_minor=9_000_000,
    )
    assert refused.json()["errors"][0]["detail"] == "该补贴余额不足。"


def test_a_subsidy_is_its_owners_alone(lead: Koc, mid: Koc, low: Koc) -> None:
    subsidy = grant(lead)
    hand_on(subsidy, to=mid.public_id, amount_minor=5)
    path = f"subsidies/{subsidy.public_id}/allocations"
    for other in (mid.user, make_user()):
        assert Person(other).read("subsidies", koc=lead.public_id).status_code == 404
        assert Person(other).read(path).status_code == 404
        assert Person(other).send(path, {"to": low.public_id, "amount_minor": 1}).status_code == 404
    assert results(Person(mid.user).read("subsidies", koc=mid.public_id)) == []
    assert Person().read("subsidies", koc=lead.public_id).status_code == 401
    assert Person().send(path, {"to": low.public_id, "amount_minor": 1}).status_code == 401
    missing = Person(lead.user).read("subsidies")
    assert (missing.status_code, errors(missing)) == (400, [("required", "koc")])
    assert Allocation.objects.count() == 1


def test_twenty_subsidies_and_allocations_take_as_many_queries_as_one(lead: Koc, mid: Koc) -> None:
    person = Person(lead.user)
    first = grant(lead)
    hand_on(first, person=person, to=mid.public_id, amount_minor=1)
    paths: list[tuple[str, dict[str, str]]] = [
        ("subsidies", {"koc": lead.public_id}),
        (f"subsidies/{first.public_id}/allocations", {}),
    ]
    counts = []
    for path, query in paths:
        with CaptureQueriesContext(connection) as one:
            assert len(results(person.read(path, **query))) == 1
        counts.append(len(one))
    for _time in range(19):
        hand_on(first, person=person, to=mid.public_id, amount_minor=1)
        hand_on(grant(lead), person=person, to=mid.public_id, amount_minor=1)
    for (path, query), count in zip(paths, counts, strict=True):
        with CaptureQueriesContext(connection) as twenty:
            assert len(results(person.read(path, **query))) == 20
        assert len(twenty) == count <= 5


def test_all_allocations_are_found_page_by_page_and_the_latest_with_their_subsidy(lead: Koc, mid: Koc) -> None:
    person, subsidy = Person(lead.user), grant(lead)
    for amount in range(1, 24):
        hand_on(subsidy, person=person, to=mid.public_id, amount_minor=amount)
    url, seen = f"/api/v1/subsidies/{subsidy.public_id}/allocations?page_size=10", []
    while url:
        page = person.get(url)
        seen += [one["amount_minor"] for one in results(page)]
        url = page.json()["next"]
    assert seen == list(range(23, 0, -1))
    [shown] = results(person.read("subsidies", koc=lead.public_id))
    assert [one["amount_minor"] for one in shown["allocations"]] == list(range(23, 3, -1))


def test_nonsense_about_ones_own_subsidy_is_refused(lead: Koc, mid: Koc) -> None:
    subsidy, person = grant(lead, expires_at=timezone.now() + timedelta(days=9)), Person(lead.user)
    nonsense: list[Any] = ["", "\x00", "9" * 40, "🌳", None, -1, 1e300, 2**70, [], {}, "x" * 3000, "koc_" + "9" * 22]
    good: dict[str, Any] = {"to": "koc_" + "z" * 22, "amount_minor": 1, "note": "", "hand_on": False}
    for field in good:
        for value in nonsense:
            assert hand_on(subsidy, person=person, **(good | {field: value})).status_code == 400
    assert not Allocation.objects.exists()
