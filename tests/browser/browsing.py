"""Headless browsers on the playground: Debian's Chromium and Firefox, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

#: Those that the page is for, and where a system's packages put them.
BROWSERS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "firefox": ("firefox-esr", "firefox"),
}
_PACKAGES = {"chromium": "chromium", "firefox": "firefox-esr"}
#: Root has no sandbox, and nothing of it is to be looked for in the network.
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
#: Without being asked a page may read the clipboard there, as with Chromium's permissions.
PREFERENCES: dict[str, str | float | bool] = {"dom.events.testing.asyncClipboard": True}

#: Marks a test that runs on both in short runs, too; others run on Firefox with ``ALL=1``.
on_both = pytest.mark.parametrize("browser", BROWSERS, indirect=True)


def unavailable(reason: str) -> NoReturn:
    """Skip what needs a browser, or fail where one is required."""
    if os.environ.get("PNFILTER_REQUIRE_BROWSER"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def launched(name: str = "chromium") -> Iterator[Browser]:
    """A browser; without one, the tests are skipped with the reason."""
    executable = next(filter(None, map(shutil.which, BROWSERS[name])), None)
    if executable is None:
        unavailable(f"there is no {name.title()}: apt-get install {_PACKAGES[name]}")
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        unavailable("there is no Playwright: pip install playwright")
    with sync_playwright() as playwright:
        try:
            if name == "firefox":
                # By WebDriver BiDi: that of Debian has none of Playwright's own patches.
                opened = playwright.firefox.launch(
                    channel="moz-firefox",
                    executable_path=executable,
                    firefox_user_prefs=PREFERENCES,
                )
                # A Playwright that needs a newer Firefox says so here.
                opened.new_context().close()
            else:
                opened = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        except Error as error:
            unavailable(f"Playwright can't start {name.title()}: {str(error).splitlines()[0]}")
        try:
            yield opened
        finally:
            opened.close()


def is_firefox(page: Page) -> bool:
    """Whether it is shown by Firefox: WebDriver BiDi can't do all that Chromium's protocol can."""
    browser = page.context.browser
    return browser is not None and browser.browser_type.name == "firefox"


def darken(page: Page) -> None:
    """Show a page as in a dark room: BiDi can't say that there is one."""

    def answer(route: Route) -> None:
        response = route.fetch()
        rules = response.text().replace("(prefers-color-scheme: dark)", "all")
        route.fulfill(
            response=response, body=rules.replace("color-scheme: light dark", "color-scheme: dark")
        )

    page.route("**/style.css", answer)


class Noise:
    """What a page complains of on its console; a test that ends with any has failed."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        page.on("console", self._message)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _message(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)
