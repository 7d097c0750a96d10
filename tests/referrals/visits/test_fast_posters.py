"""Posters in front of Django: what Django said a moment ago is sent from its file."""

from io import BytesIO
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.test.client import ClientHandler

from content.products.models import Product
from referrals.shares.models import Share
from referrals.visits.api import posters
from referrals.visits.api.posters import FastPosters

pytestmark = pytest.mark.django_db
POSTER = "/s/abc/poster.jpg"


class Posters:
    """The application over Django, and how often that was asked."""

    def __init__(self) -> None:
        self.asked, self._django = 0, ClientHandler()
        self._posters = FastPosters(self._counted)

    def _counted(self, environ: dict[str, Any], start_response: Any) -> Any:
        self.asked += 1
        response: Any = self._django(environ)
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return BytesIO(response.content)  # the response itself would close the connection of the test

    def open(self, path: str = POSTER, **meta: Any) -> tuple[str, dict[str, str], bytes]:
        """Status, headers and body."""
        environ: dict[str, Any] = {}
        setup_testing_defaults(environ)
        said: list[Any] = []
        environ |= {"PATH_INFO": path, "HTTP_HOST": "testserver", "wsgi.input": BytesIO()} | meta
        body = self._posters(environ, lambda *start: said.extend(start))
        try:
            return said[0], dict(said[1]), b"".join(body)
        finally:
            body.close()  # type: ignore[attr-defined]


@pytest.fixture
def opened(settings: Any, tmp_path: Path, share: Share) -> Posters:
    settings.VAR_DIR = tmp_path
    return Posters()


def test_what_django_said_is_said_again_without_it(opened: Posters, django_assert_num_queries: Any) -> None:
    first = opened.open()
    with django_assert_num_queries(0):
        again = opened.open()
    assert (first[0], first[1]["Content-Type"], opened.asked) == ("200 OK", "image/jpeg", 1)
    assert again == first
    assert again[1]["Content-Length"] == str(len(again[2]))
    for name in ("ETag", "Cache-Control", "X-Content-Type-Options"):
        assert again[1][name]


@pytest.mark.parametrize(
    ("path", "meta"),
    [
        (POSTER, {"REQUEST_METHOD": "HEAD"}),
        (POSTER, {"REQUEST_METHOD": "POST"}),
        (POSTER, {"QUERY_STRING": "a=1"}),
        (POSTER, {"HTTP_IF_NONE_MATCH": '"a"'}),
        (POSTER, {"HTTP_HOST": "evil.example"}),
        (POSTER, {"HTTP_X_FORWARDED_PROTO": "http"}),
        ("/s/other/poster.jpg", {}),
        ("/s/abc/qr.svg", {}),
        ("/s/abc", {}),
        ("/healthz", {}),
    ],
)
def test_all_else_is_django_s(opened: Posters, settings: Any, path: str, meta: dict[str, str]) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    opened.open()
    opened.open(path, **meta)
    assert opened.asked == 2


def test_no_answer_but_a_whole_poster_is_remembered(opened: Posters, share: Share) -> None:
    for number in (1, 2):
        status, headers, _body = opened.open("/s/nobody/poster.jpg")
        assert (status, headers["Content-Type"].partition(";")[0]) == ("404 Not Found", "text/html")
        assert opened.asked == number


def test_a_new_price_shows_when_the_memory_is_over(opened: Posters, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posters, "REMEMBERED_SECONDS", 0)
    first = opened.open()
    Product.objects.update(price_minor=8800)
    assert opened.open()[2] != first[2]
    assert opened.asked == 2


def test_a_file_that_was_swept_is_drawn_anew(opened: Posters, tmp_path: Path) -> None:
    first = opened.open()
    for file in (tmp_path / "posters").rglob("*"):
        if file.is_file():
            file.unlink()
    assert opened.open() == first
    assert opened.asked == 2


def test_a_poster_that_is_gone_is_forgotten(opened: Posters, share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posters, "REMEMBERED_SECONDS", 0)
    opened.open()
    Share.objects.filter(pk=share.pk).update(code="moved")
    assert opened.open()[0] == "404 Not Found"
    assert not opened._posters._answers


def test_the_memory_is_bounded(opened: Posters, share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posters, "MOST_REMEMBERED", 2)
    for proto in "abcde":
        assert opened.open(HTTP_X_FORWARDED_PROTO=proto)[0] == "200 OK"
        assert len(opened._posters._answers) <= 2
