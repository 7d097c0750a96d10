"""Staff sign in with a password: how often it may be tried, and that nothing is hashed for who tried too often."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import LazySettings
from django.contrib.auth import aauthenticate, authenticate
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.limits.models import Hits
from accounts.people.models import User
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db
LOGIN, CHANGE = "/admin/login/", "/admin/password_change/"
PHONE, PASSWORD = "+8613800138000", "leaves-and-rain"
# The last in wide digits
SPELT = [
    PHONE,
    "13800138000",
    "138 0013 8000",
    "86 138-0013-8000",
    "+86 (138)00138000",
    "１３８００１３８０００",
]


class Counting(MD5PasswordHasher):
    """A fast hasher that remembers how often it was asked."""

    asked = 0

    def encode(self, password: str, salt: str) -> str:
        Counting.asked += 1
        return super().encode(password, salt)


@pytest.fixture(autouse=True)
def hasher(settings: LazySettings) -> type[Counting]:
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    return Counting


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The time stands still until a test moves it; it begins with a minute, as slots do."""
    now = [timezone.now().replace(second=0, microsecond=0)]
    monkeypatch.setattr("django.utils.timezone.now", lambda: now[0])

    def later(**time: float) -> None:
        now[0] += timedelta(**time)

    return later


@pytest.fixture
def staff() -> User:
    return make_user(PHONE, password=PASSWORD, is_staff=True)


def tried(password: str = "wrong", phone: str = PHONE, *, address: str = "192.0.2.7", **meta: str) -> Any:
    """A try from a browser of its own."""
    return Client(headers=meta, REMOTE_ADDR=address).post(LOGIN, {"username": phone, "password": password})


def hashed(call: Any) -> int:
    before = Counting.asked
    call()
    return Counting.asked - before


def addresses() -> Iterator[str]:
    return (f"198.51.100.{number}" for number in count(1))


def test_after_many_wrong_passwords_the_right_one_opens_no_more(staff: User) -> None:
    statuses = [tried().status_code for _try in range(40)]
    assert statuses == [200] * 5 + [429] * 35
    refused = tried(PASSWORD)
    assert refused.status_code == 429
    assert "sessionid" not in refused.cookies


def test_who_is_locked_out_costs_no_hash(staff: User) -> None:
    assert hashed(lambda: [tried() for _try in range(5)]) == 5
    assert hashed(lambda: [tried(), tried(PASSWORD)]) == 0


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Too many tries. Minutes until the next one: 15."), ("zh-Hans", "尝试次数过多，请在 15 分钟后重试。")],
)
def test_the_page_says_how_long_to_wait(staff: User, clock: Any, language: str, said: str) -> None:
    for _try in range(5):
        tried()
    clock(seconds=30)
    refused = tried(PASSWORD, **{"Accept-Language": language})
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == str(14 * 60 + 31)
    page = refused.content.decode()
    assert said in page
    assert 'name="password"' in page
    assert PASSWORD not in page


def test_a_lock_ends_after_fifteen_minutes_and_knocking_does_not_prolong_it(staff: User, clock: Any) -> None:
    for _try in range(5):
        tried()
    for _minute in range(14):
        clock(minutes=1)
        assert tried().status_code == 429
    clock(minutes=1)
    assert tried(PASSWORD).status_code == 302


def test_every_spelling_of_a_phone_shares_one_counter(staff: User) -> None:
    assert [tried(phone=phone).status_code for phone in SPELT] == [200] * 5 + [429]


@pytest.mark.parametrize("phone", SPELT)
def test_every_spelling_of_a_phone_opens(staff: User, phone: str) -> None:
    assert tried(PASSWORD, phone).status_code == 302


def test_a_login_that_is_no_phone_opens_and_is_limited_too() -> None:
    make_user("root", password=PASSWORD, is_staff=True)
    assert tried(PASSWORD, "root").status_code == 302
    assert [tried(phone="root").status_code for _try in range(6)] == [200] * 5 + [429]


def test_a_phone_that_nobody_has_is_refused_just_so(staff: User) -> None:
    """Nobody learns who works here: the same statuses, the same words, as much work."""
    known = [(answer.status_code, answer.context["form"].errors) for answer in (tried() for _try in range(7))]
    unknown = [
        (answer.status_code, answer.context["form"].errors)
        for answer in (tried(phone="+8613900139000", address="192.0.2.8") for _try in range(7))
    ]
    assert known == unknown
    assert hashed(lambda: tried(phone="+8613700137000", address="192.0.2.9")) == 1


def test_one_address_cannot_lock_the_owner_out(staff: User) -> None:
    for _try in range(40):
        tried()
    assert tried(PASSWORD, address="192.0.2.8").status_code == 302


def test_a_phone_is_tried_ten_times_from_all_addresses_together(staff: User) -> None:
    asked = addresses()
    assert [tried(address=next(asked)).status_code for _try in range(12)] == [200] * 10 + [429] * 2
    assert tried(PASSWORD, address=next(asked)).status_code == 429


def test_an_address_tries_fifty_times_all_phones_together() -> None:
    statuses = [tried(phone=f"+86138001{number:05}").status_code for number in range(52)]
    assert statuses == [200] * 50 + [429] * 2
    assert hashed(lambda: tried(phone="+8613900139000")) == 0


@pytest.mark.parametrize(
    ("inside", "outside"),
    [("2001:db8:0:1::{}", "2001:db8:0:2::1"), ("::ffff:192.0.2.7", "::ffff:192.0.2.8")],
)
def test_an_address_of_ipv6_is_its_subscribers_64_bits(staff: User, inside: str, outside: str) -> None:
    assert [tried(address=inside.format(number)).status_code for number in range(1, 7)] == [200] * 5 + [429]
    assert tried(PASSWORD, address=outside).status_code == 302


def test_an_address_is_the_one_that_the_proxy_saw(staff: User, settings: LazySettings) -> None:
    """What a client writes into the header itself is not believed."""
    settings.NUM_PROXIES = 1
    statuses = [
        tried(address="10.0.0.1", **{"X-Forwarded-For": f"203.0.113.{number}, 192.0.2.7"}).status_code
        for number in range(6)
    ]
    assert statuses == [200] * 5 + [429]
    assert tried(PASSWORD, address="10.0.0.1", **{"X-Forwarded-For": "192.0.2.7, 192.0.2.8"}).status_code == 302


def test_the_right_password_forgives_the_phone(staff: User) -> None:
    for _round in range(3):
        assert [tried().status_code for _try in range(4)] == [200] * 4
        assert tried(PASSWORD).status_code == 302


def test_the_right_password_does_not_forgive_what_the_address_did_to_others(staff: User) -> None:
    """Whoever has one password could try those of all others otherwise. The try that was right does not count."""
    for number in range(50):
        assert tried(phone=f"+86138001{number:05}").status_code == 200
        if number < 49:
            assert tried(PASSWORD).status_code == 302
    assert tried(PASSWORD).status_code == 429


@pytest.mark.parametrize("flag", ["is_active", "is_staff"])
def test_who_must_not_sign_in_is_counted_too(staff: User, flag: str) -> None:
    """Or a right password would show: it alone could be tried for ever."""
    User.objects.update(**{flag: False})
    assert [tried(PASSWORD).status_code for _try in range(6)] == [200] * 5 + [429]


def test_a_try_counts_although_the_request_fails(staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(User, "check_password", broken)
    for _try in range(5):
        with pytest.raises(RuntimeError, match="broken"):
            tried()
    assert tried().status_code == 429


def test_a_try_is_not_counted_in_a_transaction_that_may_roll_back(staff: User, rf: RequestFactory) -> None:
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        authenticate(rf.post(LOGIN), username=PHONE, password=PASSWORD)


def test_counters_keep_neither_phone_nor_address(staff: User) -> None:
    tried()
    kept = " ".join(Hits.objects.values_list("who", flat=True))
    assert len(kept.split()) == 3
    assert "13800138000" not in kept
    assert "192.0.2.7" not in kept
    assert "c0000207" not in kept


def test_nothing_is_counted_for_an_empty_form(staff: User) -> None:
    Client().post(LOGIN, {"username": PHONE})
    Client().get(LOGIN)
    assert not Hits.objects.exists()


def test_asked_from_async_code_it_is_the_same_door(staff: User, rf: RequestFactory) -> None:
    request = rf.post(LOGIN)
    assert async_to_sync(aauthenticate)(request, username=PHONE, password=PASSWORD) == staff
    assert async_to_sync(aauthenticate)(request, username=PHONE, password="wrong") is None
    assert Hits.objects.exists()


# --- one's own password
# ---------------------------------------------------------------------------------------------------


def changed(client: Client, old: str, new: str = "rain-and-leaves") -> Any:
    return client.post(CHANGE, {"old_password": old, "new_password1": new, "new_password2": new})


def test_a_stolen_session_does_not_guess_the_password(staff: User, client: Client) -> None:
    client.force_login(staff)
    assert [changed(client, "wrong").status_code for _try in range(5)] == [200] * 5
    refused: list[Any] = []
    assert hashed(lambda: refused.append(changed(client, PASSWORD))) == 0
    assert refused[0].status_code == 429
    assert refused[0].headers["Retry-After"].isdigit()
    assert "Too many tries. Minutes until the next one: " in refused[0].content.decode()
    staff.refresh_from_db()
    assert staff.check_password(PASSWORD)


def test_the_two_doors_count_together(staff: User, client: Client) -> None:
    client.force_login(staff)
    for _try in range(3):
        changed(client, "wrong")
    assert [tried(address="127.0.0.1").status_code for _try in range(3)] == [200, 200, 429]


def test_staff_change_their_own_password(staff: User, client: Client) -> None:
    client.force_login(staff)
    assert [changed(client, "wrong").status_code for _try in range(4)] == [200] * 4
    assert changed(client, PASSWORD, new="12345").status_code == 200, "the new one is too weak"
    answer = changed(client, PASSWORD)
    assert answer.headers["Location"] == reverse("admin:password_change_done")
    staff.refresh_from_db()
    assert staff.check_password("rain-and-leaves")
    assert client.get("/admin/").status_code == 200
    assert [tried(address="127.0.0.1").status_code for _try in range(5)] == [200] * 5, "the right one forgave"
