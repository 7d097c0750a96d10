"""A call takes the query parameters of its schema, and refuses any other by name."""

import re
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from foundation.http import parameters
from tests.support.clients import Person, errors, schema
from tests.support.factories import make_brand, make_koc, make_share, make_user

pytestmark = pytest.mark.django_db
WEBHOOK = "/api/v1/intake/{brand}/orders"
CALLS = sorted(
    (method, path)
    for path, calls in schema()["paths"].items()
    if path.startswith("/api/v1/") and path != WEBHOOK
    for method in calls
)


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_parameter_that_the_schema_does_not_name_is_refused_by_name(method: str, path: str) -> None:
    address = re.sub(r"\{\w+\}", "x", path)
    response = getattr(Person(make_user()), method)(f"{address}?stauts=paid&koc__name__regex=^a", {}, format="json")
    assert (response.status_code, errors(response)) == (
        400,
        [("unknown_parameter", "stauts"), ("unknown_parameter", "koc__name__regex")],
    )


def query_of(path: str, method: str = "get") -> list[str]:
    return [one["name"] for one in schema()["paths"][path][method].get("parameters", []) if one["in"] == "query"]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_no_parameter_of_the_schema_is_unknown(method: str, path: str) -> None:
    address = re.sub(r"\{\w+\}", "x", path)
    query = "&".join(f"{name}=x" for name in query_of(path, method))
    response = getattr(Person(make_user()), method)(f"{address}?{query}", {}, format="json")
    assert "unknown_parameter" not in response.content.decode()


@pytest.mark.parametrize("name", ["", "\x00", "pk", "id__in", "o", "page", "cursor__in", "x" * 5000, "名", "a.b"])
def test_whatever_the_name_is_the_answer_has_the_shape_of_a_refusal(name: str) -> None:
    koc = make_koc(make_brand("lumi"), user=make_user())
    assert koc.user
    response = Person(koc.user).read("shares", **{"koc": koc.public_id, name: "1"})
    assert (response.status_code, errors(response)) == (400, [("unknown_parameter", name if len(name) < 200 else f"{name[:200]}…")])  # fmt: skip


def test_the_answer_names_what_there_is() -> None:
    def said(path: str, language: str) -> Any:
        response = Person(make_user(), **{"Accept-Language": language}).read(path, x=1)
        return response.json()["errors"][0]["detail"]

    assert said("shares", "en") == "This parameter is not known here. Known are: cursor, koc, page_size."
    assert said("shares", "zh-Hans") == "不支持此参数。可用参数：cursor, koc, page_size。"
    assert said("me", "en") == "This parameter is not known here. There are none."


def test_who_is_not_signed_in_learns_that_first() -> None:
    assert errors(Person().read("shares", x=1)) == [("not_authenticated", None)]


def test_a_method_that_is_not_allowed_stays_that() -> None:
    assert errors(Person().delete("/api/v1/auth/otp?x=1")) == [("method_not_allowed", None)]


def test_links_probes_and_webhooks_take_whatever_is_appended() -> None:
    share = make_share(make_koc(make_brand("lumi"), user=make_user()))
    assert Client().get(f"/s/{share.code}?utm_source=wechat").status_code == 302
    assert Client().get("/healthz?from=balancer").status_code == 200
    assert Client().get("/readyz?from=balancer").status_code == 200
    event = Client().post("/api/v1/intake/lumi/orders?try=2", b"{}", content_type="application/json")
    assert event.status_code == 401


def test_the_first_requests_of_a_process_read_the_schema_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its generator loads what it knows when it is first used, which two threads cannot do at once."""
    reads: list[int] = []
    read = SchemaGenerator.get_schema

    def counted(*given: Any, **named: Any) -> Any:
        reads.append(1)
        return read(*given, **named)

    monkeypatch.setattr(SchemaGenerator, "get_schema", counted)
    parameters._declared.cache_clear()
    request: Any = SimpleNamespace(method="GET", resolver_match=SimpleNamespace(route="api/v1/shares"))
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(parameters.declared_parameters, [request] * 8))
    assert (len(reads), len(set(found))) == (1, 1)
    assert found[0] is not None
    assert "koc" in found[0]
