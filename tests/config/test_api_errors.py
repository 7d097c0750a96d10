"""Whatever goes wrong, wherever: one shape."""

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.client import FakePayload
from django.utils import timezone

from accounts.access.services.sessions import start_session
from config.bodies import with_lengths
from config.errors import STATUSES
from foundation.files.faults import Refusal
from tests.support.clients import Person, errors, schema
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/api/v1/nowhere", "/api/v1/me/", "/api/v2/me", "/s", "/api/v1/kits/x/y", "/%00"],
)
def test_an_unknown_path_is_not_found(path: str) -> None:
    response = Client().get(path)
    assert (response.status_code, errors(response)) == (404, [("not_found", None)])


def test_a_wrong_method_is_said() -> None:
    response = Person().delete("/api/v1/auth/otp")
    assert (response.status_code, errors(response)) == (405, [("method_not_allowed", None)])


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"7", "application/json", 400),
        (b'{"phone": "\\ud800"}', "application/json", 400),
        (b'{"phone": "\\u0000"}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"phone": NaN}', "application/json", 400),
        (b'{"phone": ' + b"9" * 5000 + b"}", "application/json", 400),
        (b"[" * 200_000, "application/json", 400),
        (b"phone=1", "application/x-www-form-urlencoded", 415),
        (b"<phone/>", "application/xml", 415),
        (b'"' + b"x" * (1024 * 1024) + b'"', "application/json", 413),
    ],
)
def test_a_bad_body_is_refused(body: bytes, kind: str, status: int) -> None:
    response = Person().post("/api/v1/auth/otp", body, content_type=kind)
    assert response.status_code == status
    assert errors(response)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ([b"ab", b"c"], b"abc"),
        ([], b""),
        ([b"abcd"], b"abcd"),
        ([b"abcd", b"efgh"], b"abcde"),
        ([b"abcdefgh"], b"abcde"),
    ],
)
def test_a_body_that_comes_in_chunks_has_a_length_too(sent: list[bytes], read: bytes) -> None:
    """Of one beyond the limit, here of 4, only so much is read that it is seen to be too large."""
    seen: dict[str, Any] = {}

    def django(environ: dict[str, Any], _: Any) -> list[bytes]:
        seen.update(length=environ["CONTENT_LENGTH"], body=environ["wsgi.input"].read())
        return []

    body = Chunks(sent)
    with_lengths(django, most=lambda path: 4)({"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": body}, print)
    assert (seen["length"], seen["body"]) == (str(len(read)), read)


class Chunks:
    """A stream that gives no more than a chunk at a time."""

    def __init__(self, chunks: list[bytes]) -> None:
        self.left = list(chunks)

    def read(self, size: int) -> bytes:
        chunk = self.left.pop(0) if self.left else b""
        if len(chunk) > size:
            self.left.insert(0, chunk[size:])
        return chunk[:size]


def test_a_body_is_read_to_its_end_whatever_is_answered() -> None:
    """Otherwise the server drops the connection, and the client's next request with it."""
    body = FakePayload(b'{"koc": "x"}')
    sent: dict[str, Any] = {"wsgi.input": body, "CONTENT_LENGTH": str(len(body))}
    response = Client().generic("POST", "/api/v1/withdrawals", b"", content_type="application/json", **sent)
    assert (response.status_code, body.read()) == (401, b"")


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/kits", "/api/v1/wallet"])
def test_more_fields_than_anybody_means_are_a_bad_request(path: str) -> None:
    response = Person(make_user()).get(path + "?" + "a=1&" * 2000)
    assert (response.status_code, errors(response)) == (400, [("parse_error", None)])


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer a b", "bearer x", "Bearer \xe9"])
def test_what_is_no_token_is_refused_in_one_word(header: str) -> None:
    response = Person().get("/api/v1/me", headers={"Authorization": header})
    assert (response.status_code, errors(response)) == (401, [("token_not_valid", None)])


def test_the_scheme_of_a_token_is_known_in_any_case() -> None:
    token = start_session(user=make_user(), at=timezone.now()).access
    assert Person().get("/api/v1/me", headers={"Authorization": f"BEARER {token}"}).status_code == 200


def test_what_cannot_be_answered_as_asked_is_refused() -> None:
    response = Person(make_user()).get("/api/v1/me", headers={"Accept": "text/csv"})
    assert (response.status_code, errors(response)) == (406, [("not_acceptable", None)])


def test_a_host_that_is_not_ours_is_refused(settings: object) -> None:
    settings.ALLOWED_HOSTS = ["grove.example"]  # type: ignore[attr-defined]
    response = Client().get("/api/v1/me", headers={"Host": "evil.example"})
    assert (response.status_code, errors(response)) == (400, [("bad_request", None)])


def test_a_fault_of_ours_says_no_more_than_that(monkeypatch: pytest.MonkeyPatch) -> None:
    def burst(**_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("accounts.access.api.auth.request_code", burst)
    response = Person().send("auth/otp", {"phone": "+8613800138000"})
    assert (response.status_code, errors(response)) == (500, [("error", None)])
    assert b"secret" not in response.content


def test_details_are_in_the_language_of_the_reader() -> None:
    said = {
        language: Person()
        .post("/api/v1/auth/otp", {}, format="json", headers={"Accept-Language": language})
        .json()["errors"][0]["detail"]
        for language in ["en", "zh-Hans", "fr"]
    }
    assert said == {"en": "This field is required.", "zh-Hans": "该字段是必填项。", "fr": "This field is required."}


def test_every_refusal_of_the_domain_has_a_status() -> None:
    assert STATUSES[Refusal] == 409
    assert all(400 <= status < 600 for status in STATUSES.values())


def test_the_schema_is_openapi_3_1_and_has_a_page_to_try_it() -> None:
    response = Client().get("/api/v1/schema")
    assert response.status_code == 200
    assert response.json()["openapi"].startswith("3.1")


def test_the_page_of_the_api_shows_the_guide_and_every_call_and_loads_the_form_to_try_them_when_asked() -> None:
    page = Client().get("/api/v1/docs")
    assert page.status_code == 200
    text = unescape(page.content.decode())
    assert "<h2>How to sign in</h2>" in text
    for path, operations in schema()["paths"].items():
        for method, operation in operations.items():
            assert f"<code>{method.upper()} {path}</code></dt><dd>{operation['summary']}</dd>" in text
    assert "cdn" not in text
    assert not re.findall(r"<(?:script|link)[^>]* (?:src|href)=\"(?!/favicon.svg)[^\"]*\"", text)
    script = Client().get("/api/v1/docs?script=")
    assert b"SwaggerUIBundle({" in script.content


def test_every_operation_of_the_schema_has_a_summary_and_says_how_it_refuses() -> None:
    summaries = set()
    for path, operations in schema()["paths"].items():
        for method, operation in operations.items():
            call = f"{method} {path}"
            assert operation.get("description"), f"{call} has no description"
            assert operation.get("tags"), f"{call} has no tag"
            summaries.add(summary := operation.get("summary", ""))
            assert re.match(r"[A-Z][a-z]+ ", summary), f"{call}: {summary}"
            assert len(summary) <= 100, f"{call}: {summary}"
            assert any("400" <= status < "500" for status in operation["responses"]), call
            if path.startswith("/api/v1/"):
                assert "500" in operation["responses"], call
    assert len(summaries) >= len(schema()["paths"]) - 1  # a QR code is drawn in two places


def test_the_page_says_how_to_sign_in() -> None:
    told = schema()["info"]["description"]
    for word in ["/auth/otp", "/auth/token", "/auth/refresh", "Authorization: Bearer", "Idempotency-Key"]:
        assert word in told
    for word in ["unknown_parameter", "page_size", "Accept-Language"]:
        assert word in told


def test_the_process_lives_and_is_ready() -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}
    assert Client().get("/readyz").status_code == 200


def test_with_a_migration_missing_it_lives_but_is_not_ready() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'accounts'")
    assert Client().get("/healthz").status_code == 200
    response = Client().get("/readyz")
    assert (response.status_code, errors(response)) == (503, [("migrations_not_ready", None)])


def test_with_a_migration_that_it_does_not_know_it_is_not_ready() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('accounts', '0002_landing_urls', now())"
        )
    response = Client().get("/readyz")
    assert (response.status_code, errors(response)) == (503, [("migrations_not_ready", None)])
