"""Debian's Chromium, which opens the pages of a running server as a person does."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, sync_playwright

RULES: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"runOnly": ["color-contrast"]},
}  # of axe; what else is the same
WIDTHS = (1440, 390)  # a desk and a phone, in CSS pixels
THEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
SETTLED = (
    "() => document.fonts.ready.then(() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 150))))"
)
SIDEWAYS = "() => document.documentElement.scrollWidth - window.innerWidth"
TOO_WIDE = """() => [...document.querySelectorAll('#main table')].filter(table => {
        let box = table.parentElement;
        while (box && !['auto', 'scroll', 'hidden'].includes(getComputedStyle(box).overflowX)) box = box.parentElement;
        return table.offsetWidth && box && box.scrollWidth > box.clientWidth + 1;
    }).map(table => `${table.offsetWidth} px: ${[...table.rows[0].cells].map(cell => cell.textContent.trim()).join(' | ')}`)"""
AXE = """async rules => (await axe.run(document, {resultTypes: ['violations'], ...rules})).violations
    .filter(found => ['serious', 'critical'].includes(found.impact))
    .map(found => `${found.id}: ${found.nodes.map(node => node.html).slice(0, 3).join(' … ')} ${found.nodes[0].failureSummary}`)"""
BROKEN_ICONS = """() => [...document.querySelectorAll('.material-symbols-outlined')]
    .filter(icon => icon.offsetWidth > 1.6 * parseFloat(getComputedStyle(icon).fontSize) && icon.scrollWidth > 40)
    .map(icon => icon.textContent.trim())"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own. Raises RuntimeError that says what to install, where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise RuntimeError(
            "The tests of pages need a browser: install Chromium (Debian, Ubuntu: apt install chromium)."
        )
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Walk:
    """One person's walk through the pages of a server, in one language. What is wrong with them gathers in `faults`;
    `pictures` receives what was seen; `bytes` what a browser that had nothing had to load, by page."""

    page: Page
    url: str
    pictures: Path
    faults: list[str] = field(default_factory=list)
    bytes: dict[str, int] = field(default_factory=dict)
    _loaded: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        network = self.page.context.new_cdp_session(self.page)
        network.send("Network.enable")
        network.send("Network.setCacheDisabled", {"cacheDisabled": True})
        network.on("Network.loadingFinished", lambda event: self._loaded.append(int(event["encodedDataLength"])))
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))

    def sign_in(self, phone: str, password: str) -> None:
        self.page.goto(f"{self.url}/admin/login/")
        self.page.fill("#id_username", phone)
        self.page.fill("#id_password", password)
        self.page.click("#login-form button[type=submit]")
        self.page.wait_for_url(f"{self.url}/admin/**")

    def open(self, path: str, *, status: int = 200) -> None:
        """Load a page with an empty cache; another status than this is a fault."""
        self._loaded.clear()
        self.page.set_viewport_size({"width": WIDTHS[0], "height": 1000})
        answer = self.page.goto(self.url + path)
        if answer and answer.status != status:
            self.faults.append(f"{path}: {answer.status}")
        self.page.evaluate(SETTLED)
        self.bytes[path] = sum(self._loaded)

    def look(self, name: str) -> None:
        """Hold the page that is open against what holds for all, in both themes and both widths, and take pictures."""
        self.page.evaluate(AXE_SCRIPT)
        for theme in THEMES:
            self.page.evaluate("theme => document.documentElement.classList.toggle('dark', theme === 'dark')", theme)
            self.page.emulate_media(color_scheme=theme)
            for width in WIDTHS:
                self.page.set_viewport_size({"width": width, "height": 1000 if width == WIDTHS[0] else 844})
                self.page.evaluate(SETTLED)
                seen = f"{name}-{theme}-{width}"
                self.page.screenshot(path=self.pictures / f"{seen}.png")
                if (beyond := self.page.evaluate(SIDEWAYS)) > 0:
                    self.faults.append(f"{seen}: scrolls sideways by {beyond} px")
                self.faults += [f"{seen}: a table too wide, {table}" for table in self.page.evaluate(TOO_WIDE)]
                self.faults += [f"{seen}: no icon called {icon}" for icon in self.page.evaluate(BROKEN_ICONS)]
                self.faults += [f"{seen}: {fault}" for fault in self.page.evaluate(AXE, RULES[theme])]

    def first_row(self) -> str | None:
        """Where the first row of the list that is open leads."""
        link: Any = self.page.query_selector("#result_list tbody th a[href], #result_list tbody td a[href*='/change/']")
        return str(link.get_attribute("href")).split("?")[0] if link else None
