"""Every text of every page of the admin goes through the catalogue, and no page holds two languages.

The first is seen with a catalogue that marks what it is asked for: whatever a page says outside of the marks, and is in
no row of the database, nobody can translate.
"""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.brands.models import Brand
from commissions.plans.domain.law import law_on
from tests.support.admin_pages import APPS, page, sell
from tests.support.factories import NOW, make_brand, make_koc, make_payee, make_staff, make_user

pytestmark = pytest.mark.django_db
OPEN, CLOSE = "⟦", "⟧"
MARKED = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
HIDDEN = re.compile(r"\b[a-z]{3}_[0-9A-Za-z]{22}\b|\*\*.")
WORD = re.compile(r"[A-Za-z]{2,}|[\u4e00-\u9fff]+")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
NAMES = {
    *[
        "广告",
        "https",
        "x" * 60,
        "ctrl",
        "grove",
        "english",
        "简体中文",
        "asia",
        "shanghai",
        "utc",
        "koc",
        "kocs",
        "gmv",
        "alipay",
        "cmb",
        "generic",
        "sku",
        "csv",
        "xlsx",
        "en",
        "zh",
        "hans",
        "esc",
        "cn",
    ],
}
SILENT = {"script", "style", "pre", "textarea", "svg", "template", "noscript"}
SPOKEN = ("placeholder", "title", "aria-label", "alt")


class Texts(HTMLParser):
    """What a page says: its texts and the attributes that are read out, without icons, scripts and what was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self._silent or tag in SILENT or "material-symbols-outlined" in (given.get("class") or ""):
            if tag not in ("input", "img", "br", "hr", "meta", "link", "path"):
                self._silent.append(tag)
            return
        self.texts += [text for name in SPOKEN if (text := given.get(name))]

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.texts.append(data.strip())


def texts_of(client: Client, address: str) -> list[str]:
    response = client.get(address)
    if response.status_code == 403 or "html" not in response.headers.get("Content-Type", ""):
        return []
    parser = Texts()
    parser.feed(response.content.decode())
    return parser.texts


def addresses() -> Iterator[str]:
    """The front page, pages without a table, and of each table the list, the form to add, a row and its history."""
    yield reverse("admin:index")
    yield reverse("admin:password_change")
    for model in admin.site._registry:
        if model._meta.app_label not in APPS:
            continue
        yield page(model)
        row = model._default_manager.order_by("-pk").first()
        if row is not None:
            yield page(model, row)
            yield page(model, row, "history")
        yield page(model, None, "add")


def steps() -> Iterator[str]:
    """Pages of what can be done, with a list or with a row."""
    for model, of_model in admin.site._registry.items():
        made: Any = of_model
        options = f"{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.order_by("-pk").first()
        for name in names_of(made.actions_list):
            yield reverse(f"admin:{options}_{name}")
        for name in names_of(made.actions_detail):
            if row is not None:
                yield reverse(f"admin:{options}_{name}", args=[row.pk])


def names_of(actions: Any) -> list[str]:
    """The names of actions, those under a heading of the menu as well."""
    return [name for given in actions or [] for name in (given["items"] if isinstance(given, dict) else [given])]


def words_of_rows() -> set[str]:
    """Every word that stands in a row, or in the law that a form quotes."""
    law = law_on(NOW.date()).level_2_acknowledgement.says
    words = {word.lower() for word in WORD.findall(law.en + law.zh_hans)}
    for model in apps.get_models():
        names = [field.attname for field in model._meta.concrete_fields]
        for row in model._default_manager.values_list(*names):
            words.update(word.lower() for word in WORD.findall(" ".join(map(str, row))))
    return words


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    trans = vars(translation)["_trans"]

    def mark(name: str, forms: Callable[..., str]) -> None:
        monkeypatch.setattr(trans, name, lambda *given: f"{OPEN}{forms(*given)}{CLOSE}")

    mark("gettext", lambda text: text)
    mark("pgettext", lambda _context, text: text)
    mark("ngettext", lambda one, many, number: one if number == 1 else many)
    mark("npgettext", lambda _context, one, many, number: one if number == 1 else many)


@pytest.fixture
def brand() -> Brand:
    brand = make_brand("lumi")
    sell(brand)
    make_payee(make_koc(brand, user=make_user()).user)
    return brand


@pytest.fixture
def staff(client: Client, brand: Brand) -> Client:
    client.force_login(make_staff(brand, is_superuser=True))
    return client


def outside_of_marks(text: str) -> str:
    """A text without what came from the catalogue, public ids and names with all but the last character hidden."""
    while (rest := MARKED.sub(" ", text)) != text:
        text = rest
    return HIDDEN.sub(" ", text)


@pytest.mark.parametrize("pages", [addresses, steps])
def test_every_text_can_be_translated(staff: Client, marked: None, pages: Any) -> None:
    known = NAMES | words_of_rows()
    faults: dict[str, set[str]] = {}
    for address in pages():
        for text in outside_of_marks("\n".join(texts_of(staff, address))).split("\n"):
            if any(word.lower() not in known for word in WORD.findall(text)):
                faults.setdefault(text.strip()[:120], set()).add(address)
    print("\n".join(f"FAULT {text!r} {sorted(where)[:1]}" for text, where in faults.items()))
    assert {text: sorted(where)[:2] for text, where in faults.items()} == {}


def test_no_page_holds_chinese_in_english(staff: Client) -> None:
    known = NAMES | words_of_rows()
    faults = {
        (address, text[:120])
        for address in [*addresses(), *steps()]
        for text in texts_of(staff, address)
        if any(CHINESE.search(word) and word not in known for word in WORD.findall(HIDDEN.sub(" ", text)))
    }
    assert faults == set()
