"""Every text that a person reads is there in both languages."""

from io import BytesIO

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from tests.support.clients import Person, errors
from tests.support.paths import ROOT

CATALOGUE = ROOT / "config" / "locale" / "zh_Hans" / "LC_MESSAGES"


def said() -> set[str]:
    floors = ["foundation", "accounts", "content", "referrals", "commissions", "growth", "backoffice", "config"]
    found = (
        extract_from_dir(
            ROOT / floor, method_map=[("**.py", "python")], keywords={"_": None, "gettext": None, "gettext_lazy": None}
        )
        for floor in floors
    )
    return {
        text if isinstance(text, str) else text[0]
        for floor in found
        for _file, _line, text, _comments, _context in floor
    }


def test_every_text_in_the_code_is_translated() -> None:
    with (CATALOGUE / "django.po").open("rb") as file:
        catalogue = read_po(file)
    assert {text for text in said() if not (text in catalogue and catalogue[text].string)} == set()


def test_the_compiled_catalogue_is_the_written_one() -> None:
    with (CATALOGUE / "django.po").open("rb") as file:
        written = {message.id: message.string for message in read_po(file) if message.id}
    compiled = {
        message.id: message.string for message in read_mo(BytesIO((CATALOGUE / "django.mo").read_bytes())) if message.id
    }
    assert compiled == written


@pytest.mark.django_db
def test_a_refusal_speaks_the_readers_language() -> None:
    response = Person().post("/api/v1/auth/otp", {"phone": "12"}, format="json", headers={"Accept-Language": "zh-Hans"})
    assert errors(response) == [("invalid_phone", "phone")]
    assert response.json()["errors"][0]["detail"] == "手机号格式不正确。"
    assert response.headers["Content-Language"] == "zh-hans"


@pytest.mark.django_db
def test_an_unknown_link_speaks_the_readers_language() -> None:
    assert "此链接无效" in Person().get("/s/nobody", headers={"Accept-Language": "zh-Hans"}).content.decode()


@pytest.mark.django_db
def test_a_body_that_is_too_large_is_refused_in_the_readers_language() -> None:
    response = Person().post(
        "/api/v1/auth/otp", b"x" * (2**20 + 1), content_type="application/json", headers={"Accept-Language": "zh-Hans"}
    )
    assert response.json()["errors"][0]["detail"] == "请求内容超过 1 MiB。"
