"""The page for everyone: screen readers, keyboards, dark rooms, phones."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pnfilter.server.run import Server
from tests.browser.browsing import Noise, darken, is_firefox, on_both, unavailable

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: A browser takes a second or more to open a page.
pytestmark = pytest.mark.sliced(6)

#: A filter with a finding of each kind, a state of the page with everything in sight.
TEXT = "data.mga > 4 && meta.net == ak || data.felt"


def open_page(
    browser: Browser, server: Server, *, width: int = 1280, scheme: str = "light"
) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    if scheme == "dark" and is_firefox(page):
        darken(page)
    page.goto(server.url)
    page.wait_for_selector("body[data-shown]")
    return page


def fill_with_everything(page: Page) -> None:
    page.fill("#filter", TEXT)
    page.wait_for_selector("#findings .warning")
    page.click("#snippets-box summary")
    page.click("#tree-box summary")
    page.click(".row >> nth=1")
    page.wait_for_selector(".why")
    page.wait_for_selector(".row mark")
    page.focus("#list")
    for key in "+-":
        page.keyboard.press("ArrowDown")
        page.keyboard.press(key)
    page.check("#expect input[value=M]", force=True)
    page.focus("#filter")
    page.keyboard.press("End")
    page.keyboard.press("Control+Space")
    page.wait_for_function("() => document.getElementById('status').textContent !== ''")


def faults(page: Page) -> list[str]:
    """Serious and critical faults that axe-core finds."""
    package = find_spec("axe_playwright_python")
    if package is None or package.origin is None:
        unavailable("there is no axe-core: pip install axe-playwright-python")
    # What Playwright evaluates isn't bound by the page's policy.
    page.evaluate(Path(package.origin).with_name("axe.min.js").read_text(encoding="utf-8"))
    results = page.evaluate("() => axe.run()")
    return [
        f"{fault['id']}: {node['html']}"
        for fault in results["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_serious_fault(
    browser: Browser, server: Server, width: int, scheme: str
) -> None:
    page = open_page(browser, server, width=width, scheme=scheme)
    noise = Noise(page)
    assert faults(page) == []
    fill_with_everything(page)
    assert faults(page) == []
    page.fill("#filter", "")
    page.type("#filter", "data.m")
    page.wait_for_selector("#completions:not([hidden])")
    assert faults(page) == []
    page.fill("#filter", "data.mag > 4")
    page.wait_for_selector("#export:not([disabled])")
    for opener in ("#paste", "#show-keys", "#show-language", "#export"):
        page.click(opener)
        page.wait_for_selector("dialog[open]")
        assert faults(page) == []
        page.keyboard.press("Escape")
    page.select_option("#source", "live")
    page.wait_for_selector("#empty:not([hidden])")
    assert faults(page) == []
    assert noise.complaints == []
    page.context.close()


@pytest.mark.parametrize("width", [1280, 760, 390, 320])
def test_nothing_stands_out_sideways(browser: Browser, server: Server, width: int) -> None:
    page = open_page(browser, server, width=width)
    fill_with_everything(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_a_phone_has_one_column(browser: Browser, server: Server) -> None:
    page = open_page(browser, server, width=390)
    left, right = (page.locator(f".{side}").bounding_box() for side in ("left", "right"))
    assert left is not None
    assert right is not None
    assert left["x"] == right["x"] == 0
    assert right["y"] >= left["y"] + left["height"]
    page.context.close()


def test_dark_rooms_get_a_dark_page(browser: Browser, server: Server) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        page = open_page(browser, server, scheme=scheme)
        grounds.append(
            page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")
        )
        page.context.close()
    light, dark = map(int, grounds)
    assert light > 200
    assert dark < 60


@on_both
def test_everything_can_be_reached_by_tab(browser: Browser, server: Server) -> None:
    page = open_page(browser, server)
    page.fill("#filter", "data.mga>4")
    page.wait_for_selector("#findings .fix")
    page.focus("#list")
    page.keyboard.press("Home")
    page.keyboard.press("+")
    page.evaluate("document.activeElement.blur()")
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate("document.activeElement.id || document.activeElement.classList[0]"
                          " || document.activeElement.name || document.activeElement.tagName")
        )  # fmt: skip
    wanted = {
        "copy-link",
        "show-keys",
        "filter",
        "format",
        "example",
        "code",
        "fix",
        "SUMMARY",
        "export",
        "clear-set",
        "expect",
    }
    assert wanted | {"source", "paste", "open", "show", "list"} <= set(seen)
    page.context.close()


def test_skipping_to_the_filter_leaves_it_as_it_is(browser: Browser, server: Server) -> None:
    page = open_page(browser, server)
    page.fill("#filter", "data.mag > 5")
    page.wait_for_function("() => document.body.dataset.shown === 'data.mag > 5'")
    page.focus(".skip")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "filter"
    page.wait_for_timeout(100)
    assert page.input_value("#filter") == "data.mag > 5"
    page.context.close()


def test_the_focus_is_seen(browser: Browser, server: Server) -> None:
    page = open_page(browser, server)
    page.evaluate("document.activeElement.blur()")
    for _ in range(3):
        page.keyboard.press("Tab")
        width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        assert width >= 2
    page.context.close()


def test_counts_are_said_once_typing_has_come_to_a_rest(browser: Browser, server: Server) -> None:
    page = open_page(browser, server)
    assert page.get_attribute("#status", "role") == "status"
    page.fill("#filter", "data.mag >= 6.1")
    page.wait_for_function(
        "() => document.getElementById('status').textContent === '3 of 1,707 messages match'"
    )
    page.context.close()


def test_a_verdict_that_is_explained_is_said(browser: Browser, server: Server) -> None:
    page = open_page(browser, server)
    page.keyboard.press("F6")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "() => document.getElementById('status').textContent.startsWith('Message 1: no match.')"
    )
    page.context.close()


def test_pictures_of_colours_have_words(browser: Browser, server: Server) -> None:
    page = open_page(browser, server)
    assert page.get_attribute("#bar", "aria-label") == "122 matching, 0 undecided, of 1,707"
    words = page.locator(".row >> nth=0").evaluate("row => row.textContent")
    assert "doesn't match" in words
    page.context.close()
