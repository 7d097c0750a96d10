"""Whatever is laid anew inside, what clients, operators and files rely on stays as it is. When it changes on purpose:

GROVE_ENV_FILE=no DATABASE_URL=postgresql://none/none python -m tests.architecture.outside > tests/architecture/outside.json
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.outside import outside

COMMITTED = json.loads((Path(__file__).parent / "outside.json").read_text())


def leaves(found: Any, path: str = "") -> Iterator[str]:
    """`commands / settle / --period / required = true`."""
    if isinstance(found, dict) and found:
        for name, part in found.items():
            yield from leaves(part, f"{path} / {name}" if path else name)
    elif isinstance(found, list) and found:
        for part in found:
            yield from leaves(part, f"{path} / *")
    else:
        yield f"{path} = {json.dumps(found, ensure_ascii=False)}"


def differences(before: Any, now: Any) -> list[str]:
    old, new = set(leaves(before)), set(leaves(now))
    return [f"gone: {leaf}" for leaf in sorted(old - new)] + [f"new: {leaf}" for leaf in sorted(new - old)]


@pytest.fixture(scope="module")
def now() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(outside()))
    return found


@pytest.mark.parametrize("part", sorted(COMMITTED))
def test_the_outside_is_what_it_was(now: dict[str, Any], part: str) -> None:
    assert "\n".join(differences(COMMITTED[part], now[part])) == ""
    assert now[part] == COMMITTED[part]


def test_no_part_of_the_outside_is_left_out(now: dict[str, Any]) -> None:
    assert now.keys() == COMMITTED.keys()
    sizes = {part: len(found) for part, found in COMMITTED.items()}
    assert min(sizes["api"], sizes["addresses"], sizes["refusals"]) > 40
    assert sizes["commands"] > 30
    assert min(sizes["columns read"], sizes["columns written"], sizes["documents read"]) > 5


def test_a_change_is_told_by_where_it_is() -> None:
    before = {"settle": {"--period": {"required": True}}, "columns": ["koc, sku"]}
    now = {"settle": {"--month": {"required": True}}, "columns": ["koc, sku"]}
    assert differences(before, now) == [
        "gone: settle / --period / required = true",
        "new: settle / --month / required = true",
    ]
    assert differences(before, before) == []


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ("api", ["GET /api/v1/kits", "parameters", "query koc", "required"]),
        ("api", ["GET /api/v1/wallet", "responses", "200", "application/json", "properties"]),
        ("commands", ["settle", "--period"]),
        ("documents read", ["rules, key?, starts_at?, ends_at?", "properties", "rules"]),
        ("refusals", ["wrong_code"]),
        ("settings", ["VAR_DIR"]),
    ],
)
def test_the_outside_reaches_down_to(now: dict[str, Any], part: str, path: list[str]) -> None:
    found = now[part]
    for name in path:
        found = found[name]
    assert found not in ({}, [], None)
