"""Every page of the back office in Chromium, of a server with the demo brand: both languages, light and dark, on a desk
and on a phone. What was seen is in var/test/pictures."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.db.models import Model
from django.urls import reverse

from backoffice.demo.services.demo import ADMIN
from backoffice.management.commands.demo import KNOWN_TO_ALL
from tests.journeys.conftest import Servers, fresh_database, serving
from tests.support.browsing.browser import Walk, chromium

pytestmark = pytest.mark.heavy
FIRST_PAINT = 300 * 1024  # bytes over the network, of a browser that has nothing
WITHOUT_A_MODEL = {
    "front_page": "admin:index",
    "password": "admin:password_change",
    "spread": "admin:commissions_spread_changelist",
    "compliance": "admin:commissions_compliance_changelist",
    "reconciliation": "admin:commissions_reconciliation_changelist",
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Servers]:
    """Servers with the demo brand."""
    with fresh_database() as database_url, serving(database_url, tmp_path_factory.mktemp("desk"), worker_id) as running:
        assert running.manage("demo").returncode == 0
        yield running


def walk_without_a_model(walk: Walk) -> None:
    """The pages that are no table's, first that before one signs in."""
    walk.open("/api/v1/docs")
    walk.look("api_docs")
    walk.open("/admin/login/")
    walk.look("sign_in")
    walk.sign_in(ADMIN, KNOWN_TO_ALL)
    walk.open("/admin/nowhere", status=404)
    walk.look("nowhere")
    for name, view in WITHOUT_A_MODEL.items():
        walk.open(reverse(view))
        walk.look(name)


def walk_tables(walk: Walk, app: str) -> None:
    """The list, the first row and the form to add one of every table of an app."""
    walk.sign_in(ADMIN, KNOWN_TO_ALL)
    for model in sorted(tables(app), key=lambda model: model._meta.label):
        named = f"{model._meta.app_label}_{model._meta.model_name}"
        walk.open(reverse(f"admin:{named}_changelist"))
        walk.look(f"{named}-list")
        row, add = walk.first_row(), walk.page.query_selector(f"a[href$='/{model._meta.model_name}/add/']")
        if row:
            walk.open(row)
            walk.look(f"{named}-row")
        if add:
            walk.open(reverse(f"admin:{named}_add"))
            walk.look(f"{named}-add")


def tables(app: str) -> list[type[Model]]:
    return [model for model in admin.site._registry if model._meta.app_label == app]


@pytest.mark.parametrize(("locale", "language"), [("en-US", "en"), ("zh-CN", "zh-hans")])
@pytest.mark.parametrize("part", ["", *sorted({model._meta.app_label for model in admin.site._registry})])
def test_every_page_fits_reads_well_and_opens_fast(desk: Servers, part: str, locale: str, language: str) -> None:
    """No page scrolls sideways, no icon is missing, no script fails; axe finds nothing serious in it; and all of it is
    there within 300 kB. A part is an app, or the pages that are no table's."""
    pictures = Path(settings.VAR_DIR) / "pictures" / language
    pictures.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        walk = Walk(browser.new_context(locale=locale).new_page(), desk.url, pictures)
        if part:
            walk_tables(walk, part)
        else:
            walk_without_a_model(walk)
        assert walk.page.evaluate("document.documentElement.lang") == language
    print("\n".join(walk.faults))
    assert walk.faults == []
    assert {path: size for path, size in walk.bytes.items() if size > FIRST_PAINT} == {}
    assert len(walk.bytes) >= len(tables(part))


def test_columns_of_numbers_stand_right(desk: Servers) -> None:
    """Those of amounts do, in their head as well; names, months and times do not."""
    with chromium() as browser:
        walk = Walk(browser.new_context(locale="en-US").new_page(), desk.url, Path(settings.VAR_DIR))
        walk.sign_in(ADMIN, KNOWN_TO_ALL)
        walk.open(reverse("admin:commissions_statement_changelist"))
        right = walk.page.evaluate(
            """() => [...document.querySelectorAll('#result_list thead th')]
                .filter(cell => getComputedStyle(cell).textAlign === 'right').map(cell => cell.textContent.trim())"""
        )
    assert right == ["Gross", "Debt taken off", "Tax", "Net", "Carried out"]


def test_what_is_wrong_with_a_page_is_found(tmp_path: Path) -> None:
    with chromium() as browser:
        walk = Walk(browser.new_page(), "", tmp_path)
        walk.page.set_content(
            """<html lang="en"><title>x</title><main id="main"><div style="overflow-x: auto"><table style="width: 3000px">
            <tr><th>Net</th></tr></table></div><p style="width: 2000px; color: #ddd; background: #fff">pale</p></main></html>"""
        )
        walk.look("page")
    for fault in ("page-light-1440: scrolls sideways", "a table too wide, 3000 px: Net", "color-contrast"):
        assert any(fault in found for found in walk.faults), fault


def test_without_a_browser_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(RuntimeError, match="apt install chromium"), chromium():
        pass
