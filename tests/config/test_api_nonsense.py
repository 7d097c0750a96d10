"""Nonsense in every place of every call: never a fault of ours, and always an answer that the schema knows."""

from typing import Any
from urllib.parse import quote

import pytest

from accounts.people.models import User
from tests.support.clients import Person, schema
from tests.support.factories import make_brand, make_kit, make_koc, make_share, make_user

pytestmark = pytest.mark.django_db
TIMES = ["2026-13-45", "0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-23:59"]
NONSENSE = [
    "",
    "\x00",
    "\x7f",
    "'",
    "%",
    "%00",
    "../..",
    "9" * 40,
    "-1",
    "1e400",
    "null",
    "🌳",
    "\u202e",
    "x" * 3000,
    "koc_" + "z" * 22,
    *TIMES,
]
BODIES: list[Any] = [*NONSENSE, None, True, -1, 1e300, 2**70, [], [[]], {}, {"a": []}]
CALLS = sorted((method, path) for path, calls in schema()["paths"].items() for method in calls)


def good_values(user: User) -> dict[str, str]:
    brand = make_brand("lumi")
    koc = make_koc(brand, user=user)
    kit = make_kit(brand)
    share = make_share(koc, kit)
    ids = {"koc": koc.public_id, "koc_id": koc.public_id, "kit_id": kit.public_id, "share_id": share.public_id}
    return ids | {"code": share.code, "brand": "lumi", "channel": "moments"}


def fields_of(operation: dict[str, Any]) -> list[str]:
    name = (
        operation.get("requestBody", {})
        .get("content", {})
        .get("application/json", {})
        .get("schema", {})
        .get("$ref", "")
        .split("/")[-1]
    )
    return list(schema()["components"]["schemas"].get(name, {}).get("properties", {}))


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_nonsense_is_refused(method: str, path: str) -> None:
    user = make_user()
    good, person = good_values(user), Person(user)
    operation = schema()["paths"][path][method]
    parameters = operation.get("parameters", [])

    def call(where: str = "", name: str = "", value: Any = None) -> None:
        places = good | ({name: quote(value, safe="") or "-"} if where == "path" else {})
        query = {key: good[key] for key in ("koc",) if any(one["name"] == key for one in parameters)} | (
            {name: value} if where == "query" else {}
        )
        body = {field: good.get(field, "x") for field in fields_of(operation)} | (
            {name: value} if where == "body" else {}
        )
        url = path.format(**(dict.fromkeys([one["name"] for one in parameters if one["in"] == "path"], "x") | places))
        response = person.get(url, query) if method == "get" else getattr(person, method)(url, body, format="json")
        assert response.status_code < 500 or response.status_code == 503, (where, name, value, response.content)

    call()
    for parameter in parameters:
        if parameter["in"] in {"path", "query"}:
            for value in NONSENSE:
                call(parameter["in"], parameter["name"], value)
    for field in fields_of(operation):
        for value in BODIES:
            call("body", field, value)
