import json
import logging
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.conf import LazySettings
from django.db import IntegrityError
from django.utils import timezone

from accounts.access.domain.refusals import WrongCode
from accounts.access.models import OneTimeCode, Session
from accounts.access.services.housekeeping import forget_the_old
from accounts.access.services.sign_in import request_code, sign_in
from accounts.limits.domain.refusals import TooManyTries
from accounts.limits.models import Hits
from accounts.people.models import User
from tests.support.clients import Person, errors
from tests.support.database import poison
from tests.support.factories import NOW, make_user

pytestmark = pytest.mark.django_db
PHONE = "+8613800138000"


@pytest.fixture(autouse=True)
def sms(settings: LazySettings, tmp_path: Path) -> Path:
    settings.SMS_BACKEND = "file"
    settings.SMS_FILE = tmp_path / "sms.jsonl"
    return Path(settings.SMS_FILE)


def sent(sms: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in sms.read_text().splitlines()]


def code_for(phone: str, sms: Path) -> str:
    return [line["code"] for line in sent(sms) if line["phone"] == phone][-1]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def signed_in(sms: Path, phone: str = PHONE) -> Any:
    Person().send("auth/otp", {"phone": phone})
    return Person().send("auth/token", {"phone": phone, "code": code_for(phone, sms)})


def bearer(access: str) -> Person:
    person = Person()
    person.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return person


def test_a_code_is_sent_and_opens_the_door_once(sms: Path) -> None:
    asked = Person().send("auth/otp", {"phone": "138 0013 8000"})
    assert asked.status_code == 202
    [line] = sent(sms)
    assert set(line) == {"phone", "code", "at"}
    assert line["phone"] == PHONE
    assert len(line["code"]) == 6
    opened = Person().send("auth/token", {"phone": PHONE, "code": line["code"]})
    assert opened.status_code == 200
    assert bearer(opened.json()["access"]).read("me").json()["phone"] == PHONE
    again = Person().send("auth/token", {"phone": PHONE, "code": line["code"]})
    assert (again.status_code, errors(again)) == (400, [("wrong_code", "code")])
    assert User.objects.count() == 1


def test_the_answer_never_tells_whether_a_phone_is_known() -> None:
    make_user(PHONE)
    known, unknown = Person().send("auth/otp", {"phone": PHONE}), Person().send("auth/otp", {"phone": "+8613900139000"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


@pytest.mark.parametrize("phone", ["", "12", "hello", "+86138", None, {}, "1" * 50])
def test_what_is_no_phone_is_refused(phone: Any, sms: Path) -> None:
    response = Person().send("auth/otp", {"phone": phone})
    assert response.status_code == 400
    assert errors(response)[0][1] == "phone"
    assert not sms.exists()


def test_a_second_sign_in_finds_the_same_user(sms: Path) -> None:
    user = make_user(PHONE, name="Li")
    access = signed_in(sms).json()["access"]
    assert bearer(access).read("me").json()["name"] == "Li"
    assert list(User.objects.all()) == [user]


def test_only_a_digest_of_the_code_is_kept(sms: Path) -> None:
    Person().send("auth/otp", {"phone": PHONE})
    kept = OneTimeCode.objects.get()
    assert code_for(PHONE, sms) not in kept.digest
    assert len(kept.digest) == 64


def test_a_code_is_good_for_five_minutes(sms: Path) -> None:
    request_code(phone=PHONE, address="a", at=NOW)
    with pytest.raises(WrongCode):
        sign_in(phone=PHONE, code=code_for(PHONE, sms), at=NOW + timedelta(minutes=5))
    assert sign_in(phone=PHONE, code=code_for(PHONE, sms), at=NOW + timedelta(minutes=4, seconds=59)).access


def test_only_the_newest_code_is_good(sms: Path) -> None:
    request_code(phone=PHONE, address="a", at=NOW)
    request_code(phone=PHONE, address="a", at=NOW + timedelta(seconds=1))
    older, newer = [line["code"] for line in sent(sms)]
    if older != newer:
        with pytest.raises(WrongCode):
            sign_in(phone=PHONE, code=older, at=NOW + timedelta(seconds=2))
    assert sign_in(phone=PHONE, code=newer, at=NOW + timedelta(seconds=2)).access


def test_five_wrong_codes_lock_the_phone_for_fifteen_minutes(sms: Path) -> None:
    Person().send("auth/otp", {"phone": PHONE})
    code = code_for(PHONE, sms)
    for _try in range(5):
        assert Person().send("auth/token", {"phone": PHONE, "code": wrong(code)}).status_code == 400
    locked = Person().send("auth/token", {"phone": PHONE, "code": code})
    assert locked.status_code == 429
    assert 0 < int(locked.headers["Retry-After"]) <= 901
    assert errors(locked) == [("throttled", None)]
    assert not User.objects.exists()
    assert signed_in(sms, "+8613900139000").status_code == 200, "another phone is not locked"


def test_the_lock_ends_and_is_not_prolonged_by_knocking(sms: Path) -> None:
    request_code(phone=PHONE, address="a", at=NOW)
    for _try in range(5):
        with pytest.raises(WrongCode):
            sign_in(phone=PHONE, code="x", at=NOW)
    for minute in range(0, 15, 2):
        with pytest.raises(TooManyTries):
            sign_in(phone=PHONE, code="x", at=NOW + timedelta(minutes=minute))
    later = NOW + timedelta(minutes=15)
    request_code(phone=PHONE, address="a", at=later)
    assert sign_in(phone=PHONE, code=code_for(PHONE, sms), at=later).access


def test_a_right_code_forgives_the_wrong_ones(sms: Path) -> None:
    for _round in range(2):
        request_code(phone=PHONE, address="a", at=NOW)
        for _try in range(4):
            with pytest.raises(WrongCode):
                sign_in(phone=PHONE, code="x", at=NOW)
        assert sign_in(phone=PHONE, code=code_for(PHONE, sms), at=NOW).access


def test_a_phone_gets_five_codes_in_ten_minutes(sms: Path) -> None:
    responses = [Person().send("auth/otp", {"phone": PHONE}) for _knock in range(6)]
    assert [response.status_code for response in responses] == [202] * 5 + [429]
    assert 0 < int(responses[-1].headers["Retry-After"]) <= 601
    assert len(sent(sms)) == 5
    assert OneTimeCode.objects.count() == 5


def test_counters_keep_neither_phone_nor_address() -> None:
    Person().send("auth/otp", {"phone": PHONE})
    kept = "".join(Hits.objects.values_list("who", flat=True))
    assert kept
    assert "13800138000" not in kept
    assert "127.0.0.1" not in kept


def test_a_user_who_was_switched_off_gets_in_no_more(sms: Path) -> None:
    tokens = signed_in(sms).json()
    User.objects.update(is_active=False)
    assert signed_in(sms).status_code == 400
    assert bearer(tokens["access"]).read("me").status_code == 401
    assert Person().send("auth/refresh", {"refresh": tokens["refresh"]}).status_code == 401


def test_refreshing_gives_a_new_pair(sms: Path) -> None:
    first = signed_in(sms).json()
    second = Person().send("auth/refresh", {"refresh": first["refresh"]})
    assert second.status_code == 200
    assert second.json()["refresh"] != first["refresh"]
    assert bearer(second.json()["access"]).read("me").status_code == 200


def test_a_refresh_token_used_twice_ends_its_whole_family(sms: Path) -> None:
    first = signed_in(sms).json()
    second = Person().send("auth/refresh", {"refresh": first["refresh"]}).json()
    other = signed_in(sms).json()
    stolen = Person().send("auth/refresh", {"refresh": first["refresh"]})
    assert (stolen.status_code, errors(stolen)) == (401, [("token_not_valid", None)])
    assert Person().send("auth/refresh", {"refresh": second["refresh"]}).status_code == 401
    assert bearer(second["access"]).read("me").status_code == 401
    assert bearer(other["access"]).read("me").status_code == 200, "another family lives on"


@pytest.mark.parametrize("refresh", ["x", "a.b.c", ""])
def test_a_made_up_refresh_token_is_refused(refresh: str) -> None:
    assert Person().send("auth/refresh", {"refresh": refresh}).status_code in {400, 401}


def test_an_access_token_does_not_refresh_and_a_refresh_token_does_not_open(sms: Path) -> None:
    tokens = signed_in(sms).json()
    assert Person().send("auth/refresh", {"refresh": tokens["access"]}).status_code == 401
    assert bearer(tokens["refresh"]).read("me").status_code == 401
    assert bearer(tokens["access"]).read("me").status_code == 200


def test_signing_out_takes_effect_at_once(sms: Path) -> None:
    tokens = signed_in(sms).json()
    assert bearer(tokens["access"]).send("auth/logout").status_code == 204
    assert bearer(tokens["access"]).read("me").status_code == 401
    assert Person().send("auth/refresh", {"refresh": tokens["refresh"]}).status_code == 401
    assert Session.objects.get().ended_at is not None


def test_nobody_gets_in_without_a_token() -> None:
    response = Person().read("me")
    assert (response.status_code, errors(response)) == (401, [("not_authenticated", None)])
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert bearer("nonsense").read("me").status_code == 401


def test_a_profile_changes_name_and_language_and_nothing_else(sms: Path) -> None:
    person = bearer(signed_in(sms).json()["access"])
    changed = person.patch(
        "/api/v1/me", {"name": "小林", "language": "en", "phone": "+8613900139000", "is_staff": True}, format="json"
    )
    assert changed.status_code == 200
    assert {**changed.json(), "created_at": None} == {
        "name": "小林",
        "language": "en",
        "phone": PHONE,
        "created_at": None,
    }
    user = User.objects.get()
    assert (user.phone, user.is_staff) == (PHONE, False)
    assert person.patch("/api/v1/me", {}, format="json").json() == changed.json()
    refused = person.patch("/api/v1/me", {"language": "fr"}, format="json")
    assert (refused.status_code, errors(refused)) == (400, [("invalid_choice", "language")])


@pytest.mark.parametrize(("said", "kept"), [("zh-Hans", "zh-Hans"), ("zh-hans", "zh-Hans"), ("EN", "en")])
def test_a_language_is_named_as_accept_language_names_it(said: str, kept: str) -> None:
    person = Person(make_user())
    assert person.read("me").json()["language"] == "zh-Hans"
    changed = person.patch("/api/v1/me", {"language": said}, format="json")
    assert (changed.status_code, changed.json()["language"]) == (200, kept)
    assert User.objects.get().language == kept.lower()


def test_no_phone_and_no_code_is_logged(sms: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    signed_in(sms)
    Person().send("auth/token", {"phone": PHONE, "code": "000000"})
    said = caplog.text.replace("\n", " ")
    lines = [line for line in said.split("  ") if "accounts_" not in line]
    assert "13800138000" not in " ".join(lines)
    assert code_for(PHONE, sms) not in said


def test_the_console_backend_prints_the_code(settings: LazySettings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.SMS_BACKEND = "console"
    request_code(phone=PHONE, address="a", at=NOW)
    assert json.loads(capsys.readouterr().out)["phone"] == PHONE


class Provider(BaseHTTPRequestHandler):
    """An SMS provider that remembers what it was given."""

    given: ClassVar[list[tuple[str | None, Any]]] = []

    def do_POST(self) -> None:
        self.given.append(
            (self.headers["Authorization"], json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        )
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def test_a_provider_gets_the_message_with_its_token(settings: LazySettings) -> None:
    with HTTPServer(("127.0.0.1", 0), Provider) as server:
        threading.Thread(target=server.handle_request).start()
        settings.SMS_BACKEND, settings.SMS_HTTP_TOKEN = "http", "t0ken"
        settings.SMS_HTTP_URL = f"http://127.0.0.1:{server.server_port}/send"
        request_code(phone=PHONE, address="a", at=NOW)
    [(token, message)] = Provider.given
    assert (token, message["phone"], message["at"]) == ("Bearer t0ken", PHONE, "2026-03-01T02:00:00Z")
    assert sign_in(phone=PHONE, code=message["code"], at=NOW).access


def test_a_provider_that_does_not_answer_is_said(settings: LazySettings) -> None:
    settings.SMS_BACKEND = "http"
    settings.SMS_HTTP_URL = "http://127.0.0.1:9/send"
    response = Person().send("auth/otp", {"phone": PHONE})
    assert (response.status_code, errors(response)) == (503, [("sms_unavailable", None)])


def test_the_old_is_forgotten_and_the_rest_kept(sms: Path) -> None:
    signed_in(sms)
    assert forget_the_old(at=timezone.now()) == 0
    later: datetime = timezone.now() + timedelta(days=32)
    assert forget_the_old(at=later) > 0
    assert not OneTimeCode.objects.exists()
    assert not Session.objects.exists()
    assert User.objects.count() == 1


def test_what_cannot_be_deleted_keeps_nothing_else_that_is_old(sms: Path) -> None:
    signed_in(sms)
    assert Session.objects.exists()
    poison("accounts_onetimecode", "true", when="DELETE")
    with pytest.raises(IntegrityError):
        forget_the_old(at=timezone.now() + timedelta(days=32))
    assert OneTimeCode.objects.exists()
    assert not Session.objects.exists()


def test_a_subscriber_of_ipv6_is_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 2⁶⁴ addresses each would have a limit of its own otherwise."""
    monkeypatch.setattr("accounts.access.services.sign_in.CODES_PER_ADDRESS", 3)
    phones = [f"+86138001{number:05}" for number in range(6)]
    asked = [
        Person().post("/api/v1/auth/otp", {"phone": phone}, format="json", REMOTE_ADDR=f"2001:db8:0:1::{n}")
        for n, phone in enumerate(phones[:5])
    ]
    assert [response.status_code for response in asked] == [202] * 3 + [429] * 2
    assert (
        Person()
        .post("/api/v1/auth/otp", {"phone": phones[5]}, format="json", REMOTE_ADDR="2001:db8:0:2::1")
        .status_code
        == 202
    )
