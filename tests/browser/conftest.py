"""One browser and one emulator for all tests of a module, a page for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from pnfilter.server import running
from pnfilter.server.run import Server
from tests.browser.browsing import Noise, launched

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(
    scope="module", params=["chromium", pytest.param("firefox", marks=pytest.mark.slow)]
)
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Each browser; a test with ``on_both`` needs both in short runs, too."""
    with launched(request.param) as opened:
        yield opened


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """An emulator; the browser is started first, or the emulator needn't be."""
    with running() as started:
        yield started


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The page with the examples and their first filter, judged."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    noise = Noise(page)
    page.goto(server.url)
    page.wait_for_selector("body[data-shown]")
    yield page
    context.close()
    assert noise.complaints == []
