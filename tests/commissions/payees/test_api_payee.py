"""Saying whom one's money goes to: with a fresh proof of the phone, and never to be read back."""

import json
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.utils import timezone

from accounts.access.models import OneTimeCode, Session
from accounts.people.models import User
from commissions.payees.models.payees import Payee, PayeeRead
from tests.support.clients import Person, errors
from tests.support.factories import IDS, make_brand, make_koc, make_payee, make_user

pytestmark = pytest.mark.django_db
BODY = {"name": "张小明", "id_number": IDS[0], "account": "6222 0202 0011 2233", "bank": "工商银行"}


@pytest.fixture(autouse=True)
def sms(settings: LazySettings, tmp_path: Path) -> Path:
    settings.SMS_BACKEND = "file"
    settings.SMS_FILE = tmp_path / "sms.jsonl"
    return Path(settings.SMS_FILE)


@pytest.fixture
def user() -> User:
    return make_user()


def put(person: Person, **changed: Any) -> Any:
    return person.put("/api/v1/me/payee", BODY | changed, format="json")


def old_session(user: User, minutes: int = 10) -> Person:
    """Somebody with the access token of a session that began a while ago."""
    person = Person(user)
    Session.objects.filter(user=user).update(started_at=timezone.now() - timedelta(minutes=minutes))
    return person


def fresh_code(user: User, sms: Path) -> str:
    assert Person().send("auth/otp", {"phone": user.phone}).status_code == 202
    return str(json.loads(sms.read_text().splitlines()[-1])["code"])


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_only_the_ends_of_what_one_said_ever_come_back(user: User) -> None:
    person = Person(user)
    saved = put(person)
    assert saved.status_code == 200
    shown = saved.json()
    assert {**shown, "updated_at": ""} == {
        "name": "**明", "id_type": "cn_id", "id_number_last4": "002X", "method": "bank", "bank": "工商银行", "account_last4": "2233", "updated_at": "",
    }  # fmt: skip
    assert person.read("me/payee").json() == shown
    assert Payee.objects.get(user=user).opened().account == "6222020200112233"
    assert not PayeeRead.objects.exists()


def test_before_one_has_said_so_nothing_is_found(user: User) -> None:
    make_payee(make_user())
    assert Person(user).read("me/payee").status_code == 404
    assert Person().read("me/payee").status_code == put(Person()).status_code == 401


def test_the_same_again_changes_nothing(user: User) -> None:
    person = Person(user)
    assert put(person).json() == put(person).json()


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"name": " "}, "name"),
        ({"id_number": "110105194912310020"}, "id_number"),
        ({"id_number": "E12345678"}, "id_number"),
        ({"id_type": "other", "id_number": "E1"}, "id_number"),
        ({"id_type": "none"}, "id_type"),
        ({"account": "123"}, "account"),
        ({"account": None}, "account"),
        ({"method": "cash"}, "method"),
        ({"method": "wechat", "account": "小明小明小明"}, "account"),
        ({"bank": "x" * 81}, "bank"),
    ],
)
def test_what_is_wrong_is_said_by_field_and_spends_no_code(
    user: User, sms: Path, changed: dict[str, Any], place: str
) -> None:
    person = old_session(user)
    refused = put(person, **changed, code=fresh_code(user, sms))
    assert refused.status_code == 400
    assert [where for _code, where in errors(refused)] == [place]
    assert not Payee.objects.exists()
    assert OneTimeCode.objects.get().used_at is None
    assert not any(
        str(value) in refused.content.decode() for value in [BODY["name"], IDS[0], "110105194912310020", "E12345678"]
    )


def test_a_passport_may_stand_for_an_identity_card(user: User) -> None:
    saved = put(Person(user), id_type="other", id_number="e 1234 5678", method="alipay", account="ming@example.cn")
    assert (saved.status_code, saved.json()["id_number_last4"], saved.json()["account_last4"]) == (200, "5678", "e.cn")


def test_an_old_session_needs_a_fresh_code(user: User, sms: Path) -> None:
    person = old_session(user)
    for nothing in ({}, {"code": None}, {"code": ""}):
        refused = put(person, **nothing)
        assert (refused.status_code, errors(refused)) == (403, [("fresh_otp_required", None)])
    assert not Payee.objects.exists()
    code = fresh_code(user, sms)
    bad = put(person, code=wrong(code))
    assert (bad.status_code, errors(bad)) == (400, [("wrong_code", "code")])
    assert not Payee.objects.exists()
    assert put(person, code=code).status_code == 200
    assert person.read("me/payee").status_code == 200  # what is shown is no secret


def test_a_code_is_good_once(user: User, sms: Path) -> None:
    person = old_session(user)
    code = fresh_code(user, sms)
    assert put(person, code=code).status_code == 200
    again = put(person, code=code, account="6222020200119999")
    assert (again.status_code, errors(again)) == (400, [("wrong_code", "code")])
    assert Payee.objects.get().account_last4 == "2233"


def test_a_session_is_young_for_ten_minutes_and_then_spends_no_code(user: User, sms: Path) -> None:
    person = old_session(user, minutes=9)
    code = fresh_code(user, sms)
    assert put(person, code=code).status_code == 200
    assert OneTimeCode.objects.get().used_at is None


def test_another_persons_code_is_no_proof(user: User, sms: Path) -> None:
    refused = put(old_session(user), code=fresh_code(make_user(), sms))
    assert (refused.status_code, errors(refused)) == (400, [("wrong_code", "code")])


def test_five_wrong_codes_lock_this_and_signing_in(user: User, sms: Path) -> None:
    person = old_session(user)
    code = fresh_code(user, sms)
    assert [put(person, code=wrong(code)).status_code for _ in range(5)] == [400] * 5
    locked = put(person, code=code)
    assert (locked.status_code, errors(locked)) == (429, [("throttled", None)])
    assert int(locked.headers["Retry-After"]) > 0
    assert Person().send("auth/token", {"phone": user.phone, "code": code}).status_code == 429
    assert not Payee.objects.exists()


def test_refreshing_makes_no_session_young(user: User, sms: Path) -> None:
    signed_in = Person().send("auth/token", {"phone": user.phone, "code": fresh_code(user, sms)}).json()
    Session.objects.filter(user=user).update(started_at=timezone.now() - timedelta(hours=1))
    refreshed = Person().send("auth/refresh", {"refresh": signed_in["refresh"]}).json()
    person = Person()
    person.credentials(HTTP_AUTHORIZATION=f"Bearer {refreshed['access']}")
    assert put(person).status_code == 403


def test_nobody_writes_anothers_record(user: User) -> None:
    theirs = make_payee(make_user(), IDS[1])
    before = Payee.objects.filter(pk=theirs.pk).values().get()
    brand = make_brand()
    make_koc(brand, user=user, sponsor=make_koc(brand, user=theirs.user))
    assert put(Person(user)).status_code == 200
    assert Payee.objects.filter(pk=theirs.pk).values().get() == before


def test_a_refusal_is_in_the_readers_language(user: User) -> None:
    refused = Person(user).put(
        "/api/v1/me/payee", BODY | {"id_number": "1"}, format="json", headers={"Accept-Language": "zh-Hans"}
    )
    assert "身份证" in refused.json()["errors"][0]["detail"]


def test_a_lost_key_is_a_fault_of_ours_that_tells_nothing(user: User, settings: LazySettings) -> None:
    make_payee(user)
    settings.PAYEE_KEYS = [Fernet.generate_key().decode()]
    assert Person(user).read("me/payee").status_code == 500


def test_nothing_of_it_is_logged(user: User, sms: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, logger="django.db.backends")
    person = old_session(user)
    put(person)
    put(person, id_number="110105194912310020", code="123456")
    put(person, code=fresh_code(user, sms))
    person.read("me/payee")
    assert [
        secret for secret in ["张小明", IDS[0], "110105194912310020", "6222", user.phone[3:]] if secret in caplog.text
    ] == []
