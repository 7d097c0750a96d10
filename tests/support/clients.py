"""A client that speaks to the API as an app does, and holds every answer against the schema."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, override
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import Serializer
from rest_framework.test import APIClient

from accounts.access.services.sessions import start_session
from accounts.people.models import Koc, User

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.49"


@cache
def schema() -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


def template_of(path: str) -> str:
    """The path of the schema that a real path belongs to; the most literal one wins."""
    fitting = [template for template in schema()["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)]
    assert fitting, f"{path} is not in the schema"
    return str(min(fitting, key=lambda template: template.count("{")))


def check_against_schema(response: Any) -> None:
    """Every answer to a documented call is documented: its status, and the shape of its body."""
    path, method = response.wsgi_request.path, response.wsgi_request.method.lower()
    operation = schema()["paths"][template_of(path)].get(method)
    if operation is None:
        assert response.status_code in {302, 404, 405}, f"{method} {path} is not in the schema"
        return
    assert str(response.status_code) in operation["responses"], (
        f"{method} {path} → {response.status_code} is not in the schema"
    )
    content = operation["responses"][str(response.status_code)].get("content")
    if content is None:
        assert not response.content
        return
    kind = response.headers["Content-Type"].split(";")[0]
    assert kind in content, f"{kind} is not in the schema"
    if kind == "application/json":
        Draft202012Validator({**content[kind]["schema"], "components": schema()["components"]}).validate(
            response.json()
        )


class Person(APIClient):
    """A client with the headers of a phone; signed in if a user is given."""

    def __init__(self, user: User | None = None, **headers: str) -> None:
        super().__init__(raise_request_exception=False, headers={"User-Agent": BROWSER, **headers})
        if user:
            self.credentials(HTTP_AUTHORIZATION=f"Bearer {start_session(user=user, at=timezone.now()).access}")

    def request(self, **kwargs: Any) -> Any:
        with override(get_language()):  # a call may speak its user's language; the test goes on in its own
            response = super().request(**kwargs)
        if response.wsgi_request.path.startswith("/api/v1/") and response.status_code != 404:
            check_against_schema(response)
        return response

    def send(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST JSON to a path under /api/v1/."""
        return self.post(f"/api/v1/{path}", body, format="json", headers=headers)

    def read(self, path: str, **query: Any) -> Any:
        """GET a path under /api/v1/."""
        return self.get(f"/api/v1/{path}", query)


def me(koc: Koc) -> Person:
    """The phone of a KOC who has a login."""
    assert koc.user
    return Person(koc.user)


def errors(response: Any) -> list[tuple[str, str | None]]:
    """What was refused and where, after a look at the shape of a refusal."""
    body = response.json()
    assert set(body) == {"type", "errors"}
    assert body["type"] in {"validation_error", "client_error", "server_error"}
    assert body["errors"]
    for error in body["errors"]:
        assert set(error) == {"code", "detail", "attr"}
        assert error["detail"]
    return [(error["code"], error["attr"]) for error in body["errors"]]


def results(response: Any) -> list[Any]:
    body = response.json()
    assert set(body) == {"next", "previous", "results"}, body
    return list(body["results"])


def check_list(koc: Koc, path: str, serializer: type[Serializer[Any]], rows: Iterable[Any]) -> None:
    """A list of a KOC is, byte for byte, what its serializer says of all these rows: on one page, page by page, and
    filtered by what holds for all of them."""
    rows = list(rows)
    assert len(rows) > 2
    whole = me(koc).read(path, koc=koc.public_id, page_size=100)
    assert whole.content == _rendered(serializer, rows, None, None)
    assert whole.headers["Content-Type"] == "application/json"
    size, address, seen = len(rows) // 2, f"/api/v1/{path}?koc={koc.public_id}&page_size={len(rows) // 2}", 0
    while address:
        page = me(koc).get(address)
        links = page.json()
        part = rows[seen : seen + size]
        assert page.content == _rendered(serializer, part, links["next"], links["previous"])
        assert (links["previous"] is not None) == (seen > 0)
        seen, address = seen + len(part), links["next"]
    assert seen == len(rows)


def _rendered(serializer: type[Serializer[Any]], rows: list[Any], following: str | None, before: str | None) -> bytes:
    shown = {"next": following, "previous": before, "results": serializer(rows, many=True).data}
    rendered: bytes = JSONRenderer().render(shown)
    return rendered
