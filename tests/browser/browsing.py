"""A headless Chromium on the playground: Debian's, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: Where a system's package puts it.
NAMES = ("chromium", "chromium-browser", "google-chrome")
#: Root has no sandbox, and nothing of it is to be looked for in the network.
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def unavailable(reason: str) -> NoReturn:
    """Skip what needs a browser, or fail where one is required."""
    if os.environ.get("PNFILTER_REQUIRE_BROWSER"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser; without one, the tests are skipped with the reason."""
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    if executable is None:
        unavailable("there is no Chromium: apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        unavailable("there is no Playwright: pip install playwright")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield opened
        finally:
            opened.close()


class Noise:
    """What a page complains of on its console; a test that ends with any has failed."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        page.on("console", self._message)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _message(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)
