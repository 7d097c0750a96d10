"""Two requests at the same moment, with real connections and real commits."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db import transaction
from django.test import RequestFactory
from django.utils import timezone

from accounts.access.models import IdempotentAnswer, OneTimeCode, Session
from accounts.access.services.sessions import refresh_session, start_session
from accounts.access.services.sign_in import sign_in
from accounts.limits import services as limits
from accounts.limits.models import Hits
from accounts.people.models import Koc, User
from content.kits.models import Kit, KitVersion
from content.kits.services.versions import draft_of
from referrals.shares.models import Share
from referrals.tree.models import Sponsorship
from referrals.visits.models import Visit
from referrals.visits.services.visits import record_visit
from tests.support.clients import Person
from tests.support.concurrency import THREADS, run_at_once, wait_for_the_others
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_share, make_user


def statuses(answers: list[Any]) -> list[Any]:
    return sorted(answer.status_code if hasattr(answer, "status_code") else repr(answer) for answer in answers)


def test_identical_taps_at_once_make_one_share(committed: None) -> None:
    brand = make_brand()
    koc, kit = make_koc(brand, user=make_user()), make_kit(brand)
    person = Person(koc.user)
    person.read("me")  # the schema is made once, before the race
    tap = lambda: person.send(f"kits/{kit.public_id}/shares", {"koc": koc.public_id, "channel": "moments"})  # noqa: E731
    answers = run_at_once(*[tap] * THREADS)
    assert statuses(answers) == [200] * (THREADS - 1) + [201]
    assert len({answer.json()["code"] for answer in answers}) == 1
    assert Share.objects.count() == 1


def test_one_key_at_once_has_one_effect(committed: None) -> None:
    make_brand("lumi")
    person = Person(make_user())
    person.read("me")
    join = lambda: person.send("me/memberships", {"brand": "lumi"}, **{"Idempotency-Key": "k"})  # noqa: E731
    answers = run_at_once(*[join] * THREADS)
    assert statuses(answers) == [201] * THREADS
    assert sorted(answer.headers.get("Idempotency-Replayed", "false") for answer in answers) == ["false"] + ["true"] * (
        THREADS - 1
    )
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert Koc.objects.count() == Sponsorship.objects.count() == IdempotentAnswer.objects.count() == 1


def test_joining_at_once_makes_one_member(committed: None) -> None:
    make_brand("lumi")
    person = Person(make_user())
    person.read("me")
    answers = run_at_once(*[lambda: person.send("me/memberships", {"brand": "lumi"})] * THREADS)
    assert statuses(answers) == [201] + [409] * (THREADS - 1)
    assert Koc.objects.count() == 1


def visits_at_once(share: Share) -> int:
    """All stand together before any of them commits, unless they are kept out."""

    def visit() -> None:
        with transaction.atomic():
            record_visit(share=share, visitor="v", robot=False, at=NOW)
            wait_for_the_others()

    assert run_at_once(*[visit] * THREADS) == [None] * THREADS
    return Visit.objects.filter(share=share, uncounted="").count()


@pytest.mark.parametrize("guarded", [True, False])
def test_opening_at_once_counts_once(committed: None, monkeypatch: pytest.MonkeyPatch, guarded: bool) -> None:
    """With a lock that locks nothing, all of them count."""
    if not guarded:
        monkeypatch.setattr("referrals.visits.services.visits.BESIDE_OTHERS", "SELECT %s::text")
    brand = make_brand()
    share = make_share(make_koc(brand))
    assert visits_at_once(share) == (1 if guarded else THREADS)
    assert Visit.objects.count() == THREADS


def test_guesses_at_once_are_looked_at_five_times_at_most(committed: None) -> None:
    phone = "+8613800138000"
    answers = run_at_once(*[lambda: sign_in(phone=phone, code="000000", at=NOW)] * 12)
    assert sorted(type(answer).__name__ for answer in answers) == ["TooManyTries"] * 7 + ["WrongCode"] * 5
    assert not User.objects.exists()
    assert not OneTimeCode.objects.exists()
    assert Hits.objects.filter(scope="code.lock").count() == 1


def test_knocks_at_once_are_all_counted(committed: None) -> None:
    hit = lambda: limits.hit(scope="otp.phone", who="x", limit=5, window=limits.SLOT * 10, at=NOW)  # noqa: E731
    answers = run_at_once(*[hit] * 8)
    assert sorted(answer for answer in answers if isinstance(answer, int)) == [1, 2, 3, 4, 5]


def test_no_knock_slips_through_at_the_edge_of_a_minute(committed: None) -> None:
    """Each of the two counts in a slot of its own, and neither has committed: who is second must see the first."""
    hit = lambda at: limits.hit(scope="otp.phone", who="x", limit=5, window=limits.SLOT * 10, at=at)  # noqa: E731
    for _knock in range(4):
        hit(NOW)

    def hit_and_wait(at: datetime) -> int:
        with transaction.atomic():
            count = hit(at)
            wait_for_the_others()
            return count

    answers = run_at_once(
        lambda: hit_and_wait(NOW + timedelta(seconds=59)), lambda: hit_and_wait(NOW + timedelta(seconds=60))
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["TooManyTries", "int"]


@pytest.mark.parametrize(("one_address", "most"), [(True, 5), (False, 10)])
def test_of_thirty_passwords_at_once_only_those_within_the_limit_are_looked_at(
    committed: None, monkeypatch: pytest.MonkeyPatch, rf: RequestFactory, one_address: bool, most: int
) -> None:
    make_user("+8613800138000", password="leaves-and-rain", is_staff=True)
    looked_at: list[str] = []

    def look(_user: User, password: str) -> bool:
        looked_at.append(password)
        return False

    monkeypatch.setattr(User, "check_password", look)

    def guess(number: int) -> User | None:
        request = rf.post("/admin/login/", REMOTE_ADDR="192.0.2.7" if one_address else f"192.0.2.{number}")
        return authenticate(request, username="138 0013 8000", password=f"guess {number}")

    answers = run_at_once(*[partial(guess, number) for number in range(30)])
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType"] * most + ["TooManyTries"] * (30 - most)
    assert len(looked_at) == most


def test_one_refresh_token_at_once_gives_one_pair_and_ends_the_family(committed: None) -> None:
    tokens = start_session(user=make_user(), at=timezone.now())
    answers = run_at_once(*[lambda: refresh_session(refresh=tokens.refresh, at=timezone.now())] * 2)
    assert sorted(type(answer).__name__ for answer in answers) == ["BadRefresh", "Tokens"]
    assert Session.objects.get().ended_at is not None


def test_of_two_who_begin_a_draft_at_once_both_get_the_same(committed: None) -> None:
    brand = make_brand()
    kit = Kit.objects.create(brand=brand, key="serum", title="28 天", created_at=NOW)
    drafts = run_at_once(*[lambda: draft_of(kit=kit, by=None, at=NOW)] * 4)
    assert {draft.pk for draft in drafts} == {KitVersion.objects.get().pk}
