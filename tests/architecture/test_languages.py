"""Every text that a person reads is there in both languages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import texts
from tests.architecture.source import modules
from tests.support.clients import Person, errors

PLACES = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
SPELT_ALIKE = {"KOC", "KOCs", "SKU", "SKUs", "CSV", "XLSX", "= %(amount)s.", "%(quantity)s × %(price)s = %(gross)s"}


def forms(text: object) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (str(text),)


def test_the_catalogue_is_what_the_sources_say() -> None:
    """`make texts` collects; a text that is new or was changed stands there without a translation."""
    collected = {(message.id, message.context) for message in texts.collected()}
    assert {(message.id, message.context) for message in texts.kept()} == collected


def constants_said(source: str) -> list[str]:
    """The constants that are said in place of a text: they are not collected, so nobody translates them."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args)
    said = (call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id in ("Message", "_"))
    return [text.id for text in said if isinstance(text, ast.Name) and text.id.isupper()]


def test_what_is_said_is_written_where_it_is_said() -> None:
    assert constants_said('Message(TEXT, a=1)\n_(OTHER)\nMessage("text")\n_(text)') == ["TEXT", "OTHER"]
    assert {module: found for module, path in modules() if (found := constants_said(path.read_text()))} == {}


def test_every_text_is_translated_and_was_looked_at() -> None:
    catalogue = [message for message in texts.kept() if message.id]
    assert [message.id for message in catalogue if not all(forms(message.string)) or message.fuzzy] == []
    assert [message.id for message in catalogue if CHINESE.search("".join(forms(message.id)))] == []
    alike = [message.id for message in catalogue if not CHINESE.search("".join(forms(message.string)))]
    assert set(alike) <= SPELT_ALIKE


def test_a_translation_has_the_parts_of_its_text() -> None:
    def parts(text: str) -> list[str]:
        return sorted(set(PLACES.findall(text)))

    assert [
        (message.id, form)
        for message in texts.kept()
        if message.id
        for form in forms(message.string)
        if parts(form) != parts(forms(message.id)[-1])
    ] == []


def test_the_compiled_catalogue_is_the_written_one() -> None:
    assert texts.as_mo(texts.kept()) == texts.PO.with_suffix(".mo").read_bytes()


def strings_of(path: Path) -> Iterator[str]:
    """Texts in code, without what only its readers read."""
    tree = ast.parse(path.read_text())
    told = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in told:
            yield node.value


CHINESE_DATA = {  # what Chinese shops, laws and people write, read or matched by the code
    "accounts/brands/domain/landing_urls.py",
    "accounts/people/models.py",
    "config/settings.py",
    "commissions/payouts/domain/result_rows.py",
    "content/kits/domain/posts.py",
    "content/kits/domain/texts.py",
    "content/posters/admin.py",
    "content/posters/domain/line_breaks.py",
    "content/review/domain/characters.py",
    "content/review/domain/disclosure.py",
    "content/review/domain/evidence.py",
    "content/review/domain/ordinary.py",
    "content/review/domain/prices.py",
    "content/review/domain/shapes.py",
    "content/review/domain/sounds.py",
    "foundation/money/units.py",
    "growth/contests/domain.py",
    "referrals/shares/rendering.py",
}


def test_english_stands_in_the_code_and_chinese_in_the_catalogue() -> None:
    found = set()
    for floor in texts.FLOORS:
        for path in (texts.settings.ROOT / floor).rglob("*"):
            place = str(path.relative_to(texts.settings.ROOT))
            if "migrations" in path.parts or "demo" in path.parts or place in CHINESE_DATA:
                continue
            if (path.suffix == ".py" and any(map(CHINESE.search, strings_of(path)))) or (
                path.suffix == ".html" and CHINESE.search(path.read_text())
            ):
                found.add(place)
    assert found == set()


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
