"""What KOCs tell the brand, and what became of it."""

from typing import Any

import pytest
from django.test import Client

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.suggestions.domain import MOST_WAITING, NotAnswerable
from content.suggestions.models import Suggestion
from content.suggestions.services import answer_suggestion
from tests.support.admin_pages import page
from tests.support.clients import Person, errors, results
from tests.support.factories import NOW, make_brand, make_koc, make_staff, make_user

pytestmark = pytest.mark.django_db


def told(koc: Koc, text: str = "小瓶装", *, key: str = "", person: Person | None = None) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return (person or Person(koc.user)).send("suggestions", {"koc": koc.public_id, "text": text}, **headers)


def test_a_koc_suggests_something_once_and_sees_what_became_of_it(brand: Brand, koc: Koc) -> None:
    first = told(koc, key="k")
    assert (first.status_code, first.json()["status"], first.json()["text"]) == (201, "new", "小瓶装")
    assert told(koc, key="k").json()["id"] == first.json()["id"]
    answer_suggestion(
        suggestion=Suggestion.objects.get(), status="planned", answer=" 春天 ", by=make_staff(brand), at=NOW
    )
    [seen] = results(Person(koc.user).read("suggestions", koc=koc.public_id, status="planned"))
    assert (seen["status"], seen["answer"]) == ("planned", "春天")
    assert results(Person(koc.user).read("suggestions", koc=koc.public_id, status="new")) == []


def test_of_anothers_membership_nothing_is_known(koc: Koc) -> None:
    stranger = Person(make_user())
    assert told(koc, person=stranger).status_code == 404
    assert stranger.read("suggestions", koc=koc.public_id).status_code == 404


@pytest.mark.parametrize(("text", "code"), [("", "blank"), (" ", "blank"), ("长" * 2001, "max_length")])
def test_nothing_and_too_much_are_refused_at_the_field(koc: Koc, text: str, code: str) -> None:
    assert errors(told(koc, text)) == [(code, "text")]


def test_a_koc_waits_until_somebody_has_looked(koc: Koc) -> None:
    for number in range(MOST_WAITING):
        assert told(koc, f"{number}").status_code == 201
    assert errors(told(koc)) == [("too_many_suggestions", None)]
    Suggestion.objects.filter(text="0").update(status="seen")
    assert told(koc).status_code == 201


@pytest.mark.parametrize(
    ("before", "after", "answer"),
    [("adopted", "declined", "x"), ("declined", "adopted", ""), ("planned", "seen", ""), ("new", "declined", " ")],
)
def test_what_was_decided_stays_and_a_refusal_has_a_reason(koc: Koc, before: str, after: str, answer: str) -> None:
    row = Suggestion.objects.create(brand=koc.brand, koc=koc, text="x", status=before, answer="y", made_at=NOW)
    with pytest.raises(NotAnswerable):
        answer_suggestion(suggestion=row, status=after, answer=answer, by=make_user(), at=NOW)
    row.refresh_from_db()
    assert (row.status, row.answer) == (before, "y")


def test_staff_answer_in_the_admin_what_is_their_brands(brand: Brand, koc: Koc, client: Client) -> None:
    told(koc)
    row = Suggestion.objects.get()
    client.force_login(make_staff(brand))
    assert "小瓶装" in client.get(page(Suggestion)).content.decode()
    refused = client.post(page(Suggestion, row, "reply"), {"status": "declined", "answer": ""})
    assert "Say why it is declined." in refused.content.decode()
    client.post(page(Suggestion, row, "reply"), {"status": "declined", "answer": "瓶子不环保"})
    row.refresh_from_db()
    assert (row.status, row.answer) == ("declined", "瓶子不环保")
    assert "reply" not in client.get(page(Suggestion, row)).content.decode()
    theirs = Suggestion.objects.create(brand=(other := make_brand()), koc=make_koc(other), text="x", made_at=NOW)
    assert client.post(page(Suggestion, theirs, "reply"), {"status": "seen"}).status_code == 404
