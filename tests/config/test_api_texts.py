"""What every call refuses is said in one language: the reader's."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import quote

import pytest

from accounts.people.models import User
from tests.config.test_api_nonsense import CALLS, fields_of, good_values
from tests.support.clients import Person, schema
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
QUOTED = re.compile(r"`[^`]*`|“[^”]*”|'[^']*'|\"[^\"]*\"|: [\w, -]+\.|Accept HTTP")  # codes, keys, values and names
ENGLISH = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")
BODIES: list[Any] = ["", None, True, -1, 10**30, [], {}, "x" * 3000, "\x00", "2026-13-45"]
QUERIES = ["", "x", "-1", "9" * 40, "\x00", "koc_" + "z" * 22]


def refusals(method: str, path: str, user: User, good: dict[str, str], language: str) -> Iterator[str]:
    """The details of what one call refuses: nobody's, of nothing, of nonsense in each place."""
    operation = schema()["paths"][path][method]
    parameters = operation.get("parameters", [])
    url = path.format(**{one["name"]: good.get(one["name"], "x") for one in parameters if one["in"] == "path"})
    wrong = path.format(**{one["name"]: "x" for one in parameters if one["in"] == "path"})
    asked = [one["name"] for one in parameters if one["in"] == "query"]
    own = "?koc=" + good["koc"] if "koc" in asked else "?"
    body = {field: good.get(field, "x") for field in fields_of(operation)}
    person = Person(user, **{"Accept-Language": language})
    stranger = Person(None, **{"Accept-Language": language})
    calls = [
        (stranger, url, body),
        (person, url, {}),
        (person, url, body),
        (person, url, []),
        (person, wrong, body),
        (person, f"{url}?nonsense=1", body),
        *[(person, f"{url}{own}&{name}={quote(value)}", body) for name in asked for value in QUERIES],
        *[(person, url, body | {field: value}) for field in body for value in BODIES],
    ]
    kind, verb = "application/json", method.upper()
    answers = [
        *[
            who.generic(verb, address, "" if method == "get" else json.dumps(sent), content_type=kind)
            for who, address, sent in calls
        ],
        *[person.generic(verb, url, sent, content_type=kind) for sent in ("{", '{"a": 1} x', "[" * 300 + "]" * 300)],
        person.generic(verb, url, cast(Any, b"\xff"), content_type=kind),
        person.generic(verb, url, "a=1", content_type="application/x-www-form-urlencoded"),
        person.generic(verb, url, "{}", content_type=kind, headers={"Accept": "text/csv"}),
    ]
    for response in answers:
        if response.status_code >= 400 and response.headers["Content-Type"].startswith("application/json"):
            yield from (error["detail"] for error in response.json()["errors"])


@pytest.mark.parametrize(("method", "path"), [call for call in CALLS if call[1].startswith("/api/")])
def test_refusals_are_in_chinese_for_chinese_and_in_english_for_english(method: str, path: str) -> None:
    user = make_user()
    good = good_values(user)
    chinese = set(refusals(method, path, user, good, "zh-Hans"))
    assert chinese
    assert {text for text in chinese if ENGLISH.search(QUOTED.sub("", text)) or not CHINESE.search(text)} == set()
    english = set(refusals(method, path, user, good, "en"))
    assert {text for text in english if CHINESE.search(QUOTED.sub("", text))} == set()
