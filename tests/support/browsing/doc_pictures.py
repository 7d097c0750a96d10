"""`make pictures`: the pictures of docs/ again, of a server of its own with the demo brand. The demo ends yesterday, so on
one day they are the same.

Each is what a member of staff sees at 1,440 pixels, in English, cut below what it shows.
"""

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from backoffice.demo.services.demo import FINANCE, STAFF
from backoffice.management.commands.demo import KNOWN_TO_ALL
from tests.journeys.conftest import fresh_database, serving
from tests.support.browsing.browser import SETTLED, WIDTHS, Walk, chromium
from tests.support.paths import ROOT

PLACE = ROOT / "docs/images"
MOST_BYTES = 200_000
FIRST_OF_THE_LIST = "#result_list tbody tr:first-child th a"
TO_THE_EXPLANATION = """() => [...document.querySelectorAll('h2, h3')]
    .find(title => title.textContent.trim() === 'Explanation').scrollIntoView()"""


@dataclass(frozen=True)
class Picture:
    """A picture of the docs: its name, the page, what is done there first, and how high it is in CSS pixels."""

    name: str
    path: str
    height: int
    does: Callable[[Page], object] = lambda page: None


def first_row(page: Page) -> None:
    page.click(FIRST_OF_THE_LIST)
    page.wait_for_load_state()


def row_of(text: str) -> Callable[[Page], None]:
    """Open the first row of the list in which a text stands."""

    def opens(page: Page) -> None:
        page.locator("#result_list tbody tr", has_text=text).first.locator("th a").first.click()
        page.wait_for_load_state()

    return opens


def explained(page: Page) -> None:
    """The first order that somebody is credited with, at its explanation."""
    row_of("BY A VISIT")(page)
    page.locator("summary").first.click()
    page.evaluate(TO_THE_EXPLANATION)


def reconciled(page: Page) -> None:
    page.get_by_role("button", name="Reconcile", exact=True).click()
    page.wait_for_load_state()


def a_price_like_people_write_it(page: Page) -> None:
    first_row(page)
    page.fill("#id_price_minor", "¥1,099")


def menu_of_the_user(page: Page) -> None:
    page.locator("#nav-sidebar-inner ~ *, #nav-sidebar").get_by_text("品牌运营").first.click()


def searched(page: Page) -> None:
    """A KOC by the brand's own key."""
    page.keyboard.press("Control+k")
    page.locator("#search-input-command").press_sequentially("K0041")
    page.wait_for_selector("#command-results-list a")


OF_FINANCE = (
    Picture("finance-front", "/admin/", 800),
    Picture("finance-settle", "/admin/commissions/settlement/settle/", 420),
    Picture("finance-statements", "/admin/commissions/statement/", 700),
)
OF_STAFF = (
    Picture("finance-batch", "/admin/commissions/payoutbatch/", 900, row_of("DRAFT")),
    Picture("finance-explanation", "/admin/commissions/order/", 900, explained),
    Picture("finance-reconciliation", "/admin/commissions/ledgercheck/reconciliation/", 900, reconciled),
    Picture("desk-kocs", "/admin/accounts/koc/?status__exact=applied", 480),
    Picture("desk-product", "/admin/content/product/", 480, a_price_like_people_write_it),
    Picture("desk-plan", "/admin/commissions/plan/", 900, first_row),
    Picture("desk-search", "/admin/", 480, searched),
    Picture("desk-language", "/admin/", 900, menu_of_the_user),
)


def take(url: str, who: str, pictures: Iterable[Picture]) -> None:
    """Sign in, open each page, and write what is seen."""
    with chromium() as browser, tempfile.TemporaryDirectory() as nowhere:
        walk = Walk(browser.new_context(locale="en-US").new_page(), url, Path(nowhere))
        walk.sign_in(who, KNOWN_TO_ALL)
        for picture in pictures:
            walk.open(picture.path)
            walk.page.set_viewport_size({"width": WIDTHS[0], "height": picture.height})
            picture.does(walk.page)
            walk.page.evaluate(SETTLED)
            write(picture.name, walk.page.screenshot())


def write(name: str, seen: bytes) -> None:
    """Raises ValueError for one that is large."""
    if len(seen) > MOST_BYTES:
        raise ValueError(f"{name}.png has {len(seen):,} bytes; {MOST_BYTES:,} at most")
    path = PLACE / f"{name}.png"
    path.write_bytes(seen)
    print(f"{path.relative_to(ROOT)}  {len(seen):,} bytes")


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as var_dir,
        fresh_database() as database,
        serving(database, Path(var_dir), "") as server,
    ):
        if server.manage("demo").returncode:
            raise RuntimeError(server.log())
        take(server.url, FINANCE, OF_FINANCE)
        take(server.url, STAFF, OF_STAFF)
