"""Verdicts that messages are expected to get: set, compared, kept in links, written and read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

import pytest

from pnfilter.cases import read_cases
from pnfilter.server.run import Server
from tests.browser.browsing import is_firefox, on_both
from tests.browser.test_page import counts, publish, shown, use, write

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: A browser takes a second or more to open a page.
pytestmark = pytest.mark.sliced(6)

MESSAGES = "\n".join(f'{{"data": {{"n": {number}}}}}' for number in range(1, 7))
SET: dict[str, Any] = {
    "filter": "data.n > 1",
    "cases": [
        {"message": {"data": {"n": 2}, "meta": None}, "verdict": "MATCH", "name": "two"},
        {"payload": {"n": 1}, "verdict": "MATCH"},
    ],
}


def summary(page: Page) -> str:
    return page.inner_text("#test-set-summary")


def expect(page: Page, keys: str) -> None:
    """Press a key on each of the first messages."""
    page.focus("#list")
    page.keyboard.press("Home")
    for key in keys:
        page.keyboard.press(key)
        page.keyboard.press("ArrowDown")


@on_both
def test_verdicts_are_expected_by_keys(page: Page) -> None:
    use(page, MESSAGES)
    write(page, "data.n > 3")
    assert summary(page).startswith("Choose a message")
    assert page.is_hidden("input[value=X]")
    expect(page, "--+++=")
    assert summary(page) == "✗ 5 of 6 as expected"
    page.wait_for_function(
        "() => document.getElementById('status').textContent"
        " === 'Message 6: expected: match. ✗ 5 of 6 as expected'"
    )
    assert page.inner_text("#message-2 .expected") == "✗ expected: match"
    assert page.inner_text("#message-3 .expected") == "✓ as expected"
    page.check("input[name=show][value=X]", force=True)
    page.wait_for_function("() => document.querySelectorAll('.row').length === 1")
    write(page, "data.n > 2")
    assert summary(page) == "✓ 6 of 6 as expected"
    assert page.inner_text("#empty") == "No message of this kind."
    page.check("input[name=show][value=E]", force=True)
    page.wait_for_function("() => document.querySelectorAll('.row').length === 6")
    expect(page, "?")
    page.keyboard.press("Delete")
    assert summary(page) == "✗ 4 of 5 as expected"
    write(page, "data.n >")
    assert summary(page) == "5 verdicts expected"
    assert page.is_disabled("#export")


def test_a_verdict_is_expected_beside_its_reason(page: Page) -> None:
    page.check("#expect input[value=N]", force=True)
    assert summary(page) == "✗ 0 of 1 as expected"
    assert page.inner_text("#expect-result") == "✗ it is: match"
    page.click("#message-15")
    page.wait_for_function("() => document.querySelector('#expect input[value=\"\"]').checked")
    page.click("#message-14")
    page.wait_for_function("() => document.querySelector('#expect input[value=N]').checked")
    page.check("#expect input[value='']", force=True)
    assert summary(page).startswith("Choose a message")


def test_all_that_are_listed_can_be_added_and_cleared(page: Page) -> None:
    assert page.is_disabled("#add-listed")
    use(page, MESSAGES)
    write(page, "data.n > 3")
    expect(page, "+")
    page.click("#add-listed")
    assert summary(page) == "✗ 5 of 6 as expected"
    page.click("#clear-set")
    assert summary(page).startswith("Choose a message")
    page.click("#clear-set")
    assert summary(page) == "✗ 5 of 6 as expected"


def test_each_source_has_its_own(page: Page) -> None:
    expect(page, "-")
    use(page, MESSAGES)
    write(page, "data.n > 3")
    assert summary(page).startswith("Choose a message")
    expect(page, "--")
    page.select_option("#source", "start")
    page.wait_for_function("() => document.getElementById('counts').textContent.includes('1,707')")
    assert summary(page) == "✓ 1 of 1 as expected"
    page.select_option("#source", "own")
    page.wait_for_function("() => document.getElementById('counts').textContent.includes('of 6')")
    assert summary(page) == "✓ 2 of 2 as expected"


def link_of(page: Page) -> str:
    page.click("#copy-link")
    page.wait_for_function("() => document.getElementById('copy-link').textContent === 'Copied'")
    link: str = page.evaluate("navigator.clipboard.readText()")
    return link


@pytest.mark.parametrize("is_own", [True, False])
def test_a_link_holds_the_test_set(page: Page, is_own: bool) -> None:
    if is_own:
        use(page, MESSAGES)
        write(page, "data.n > 3")
    expect(page, "-+")
    link = link_of(page)
    assert parse_qs(link.partition("#")[2])["expect"] == ["1N2M"]
    other = page.context.new_page()
    other.goto(link)
    other.wait_for_selector("body[data-shown]")
    assert summary(other) == "✗ 1 of 2 as expected"


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ("expect=1M&of=00000000", "other messages than those that are loaded here"),
        ("expect=1X", "no numbers with letters"),
        ("expect=<img>", "no numbers with letters"),
        ("expect=9999M", "there is no message 9999"),
        ("expect=1M&names=" + quote('{"1": 5}'), "The names of the link's cases can't be read"),
        ("expect=1M&names={", "The names of the link's cases can't be read"),
        ("messages=" + quote("{"), "The messages of the link can't be read: No message in it"),
        ("messages=" + quote(json.dumps({**SET, "cases": []})), "with one case at least"),
    ],
)
def test_a_bad_link_is_told_and_the_rest_of_it_is_there(
    page: Page, server: Server, parameters: str, reason: str
) -> None:
    other = page.context.new_page()
    other.goto(f"{server.url}/#filter={quote('data.mag > 5')}&{parameters}")
    shown(other, "data.mag > 5")
    other.wait_for_function(
        "reason => document.getElementById('problems').textContent.includes(reason)", arg=reason
    )
    assert counts(other) == "35 of 1,707 messages match"
    # What is wrong with the names says nothing of the verdicts.
    assert summary(other).startswith("Choose a message") != ("names=" in parameters)


def test_what_a_link_leaves_out_is_told(page: Page) -> None:
    use(page, MESSAGES + " " * 4_000)
    link = link_of(page)
    assert "messages=" not in link
    assert "without the messages and the test set" in page.inner_text("#trouble")


def test_it_is_saved_and_read_again(page: Page, tmp_path: Path) -> None:
    use(page, MESSAGES)
    write(page, "data.n > 3")
    expect(page, "-++")
    page.click("#export")
    page.wait_for_selector("#export-dialog[open]")
    path = tmp_path / "cases.json"
    if is_firefox(page):
        # WebDriver BiDi doesn't report downloads to Playwright.
        path.write_text(page.inner_text("#export-text"), encoding="utf-8")
    else:
        with page.expect_download() as downloading:
            page.click("#export-save")
        assert downloading.value.suggested_filename == "filter-cases.json"
        downloading.value.save_as(path)
    (found,) = read_cases(path)
    assert [failure.number for failure in found.failures()] == [2, 3]
    page.check("#form input[value=pytest]", force=True)
    page.wait_for_function(
        "() => document.getElementById('export-text').textContent.includes('parametrize')"
    )
    assert page.inner_text("#export-name") == "test_filter.py"
    page.keyboard.press("Escape")
    write(page, "data.n == 1")
    page.set_input_files("#file", path)
    shown(page, "data.n > 3")
    assert summary(page) == "✗ 1 of 3 as expected"
    assert counts(page) == "0 of 3 messages match"


def test_a_test_set_is_pasted_and_its_filter_can_be_undone(page: Page) -> None:
    write(page, "data.mag > 5")
    use(page, json.dumps(SET, indent=2))
    shown(page, "data.n > 1")
    assert summary(page) == "✗ 1 of 2 as expected"
    assert "Read as a test set." in page.inner_text("#problems")
    assert page.inner_text("#message-0 .meta").startswith("two")
    # A link has what was changed since.
    page.click("#clear-set")
    page.wait_for_function("() => location.hash.includes('expect=')")
    other = page.context.new_page()
    other.goto(link_of(page))
    shown(other, "data.n > 1")
    assert summary(other).startswith("Choose a message")
    page.focus("#filter")
    page.keyboard.press("Control+z")
    shown(page, "data.mag > 5")


@on_both
def test_cases_are_named(page: Page) -> None:
    use(page, json.dumps(SET))
    shown(page, "data.n > 1")
    page.click("#message-0")
    page.wait_for_function("() => document.getElementById('case-name').value === 'two'")
    page.fill("#case-name", "above <one>")
    page.wait_for_function(
        "() => document.querySelector('#message-0 .meta').textContent.startsWith('above <one>')"
    )
    page.click("#message-1")
    page.wait_for_function("() => document.getElementById('case-name').value === ''")
    page.fill("#case-name", "one itself")
    page.check("#expect input[value='']", force=True)
    assert page.is_hidden("#case")
    page.check("#expect input[value=N]", force=True)
    assert page.input_value("#case-name") == "one itself"
    page.click("#export")
    page.wait_for_selector("#export-dialog[open]")
    cases = json.loads(page.inner_text("#export-text"))["cases"]
    assert [case["name"] for case in cases] == ["above <one>", "one itself"]
    page.keyboard.press("Escape")
    other = page.context.new_page()
    other.goto(link_of(page))
    shown(other, "data.n > 1")
    assert other.inner_text("#message-1 .meta").startswith("one itself")
    # Given once more, the file's own names are back.
    use(page, json.dumps(SET))
    page.wait_for_function(
        "() => document.querySelector('#message-0 .meta').textContent.startsWith('two')"
    )


def test_a_test_set_that_can_not_be_read_leaves_all_as_it_is(page: Page, server: Server) -> None:
    other = page.context.new_page()
    other.goto(server.url)
    other.wait_for_selector("body[data-shown]")
    expect(other, "-")
    bad = {**SET, "cases": [*SET["cases"], {"payload": 1, "verdict": "yes"}]}
    for text, reason in (
        (json.dumps(bad), "case 3: `verdict` must be one of MATCH"),
        (json.dumps(SET)[:-1], "No message in it"),
    ):
        other.click("#paste")
        other.fill("#paste-text", text)
        other.click("#paste-dialog button.main")
        other.wait_for_selector("#trouble:not([hidden])")
        assert reason in other.inner_text("#trouble")
        assert other.input_value("#source") == "start"
        assert other.input_value("#paste-text") == text
        other.evaluate("document.getElementById('trouble').hidden = true")
    assert summary(other) == "✓ 1 of 1 as expected"
    assert counts(other) == "122 of 1,707 messages match"


def test_live_messages_can_be_expected_and_saved(page: Page, server: Server) -> None:
    page.select_option("#source", "live")
    page.wait_for_function(
        "() => document.getElementById('empty').textContent.startsWith('Waiting')"
    )
    write(page, "data.n > 1")
    for number in (1, 2):
        publish(server, number)
    page.wait_for_function("() => document.getElementById('counts').textContent.includes('of 2')")
    expect(page, "==")
    assert summary(page) == "✓ 2 of 2 as expected"
    page.click("#export")
    page.wait_for_selector("#export-dialog[open]")
    cases = json.loads(page.inner_text("#export-text"))["cases"]
    assert [case["verdict"] for case in cases] == ["NO_MATCH", "MATCH"]
    page.keyboard.press("Escape")
    link_of(page)
    assert "live messages are not kept" in page.inner_text("#trouble")


# What the filter reads


def marks(page: Page, place: str) -> list[str]:
    return page.locator(f"{place} mark").all_inner_texts()


@on_both
def test_fields_that_the_filter_reads_are_marked(page: Page) -> None:
    use(page, '{"data": {"a": "é💥", "n": 1, "<b>": null}, "meta": {"x": "y"}}\n{"data": {"m": 2}}')
    write(page, 'data.n == 1 && x == "y" && data.a != "b"')
    page.wait_for_selector("#message-0 mark")
    assert marks(page, "#message-0") == ['"a": "é💥"', '"n": 1', '"x": "y"']
    assert page.locator("#message-1 .missing").all_inner_texts() == [
        *("no data.n", "no data.a", "no x")
    ]
    page.click("#message-0")
    page.wait_for_selector(".message mark")
    assert marks(page, ".message") == ['"x": "y"', '"a": "é💥"', '"n": 1']
    assert page.inner_text(".fields") == "The filter reads: data.n x data.a"
    line = page.evaluate(
        "getComputedStyle(document.querySelector('#message-0 mark')).textDecorationLine"
    )
    assert line == "underline"
    page.click("#message-1")
    page.wait_for_function(
        "() => document.querySelector('.fields')?.textContent.startsWith('Missing')"
    )
    write(page, "data.n >")
    page.wait_for_function("() => document.querySelector('mark') === null")


def test_rows_that_come_in_sight_are_marked(page: Page) -> None:
    write(page, "data.dmin > 3")
    page.wait_for_selector(".row mark")
    page.evaluate("document.getElementById('list').scrollTop = 40000")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.row')].every((row) => row.querySelector('mark, .missing'))"
    )
    # Far behind in the message, and yet in sight.
    mark = page.locator("#message-834 mark").bounding_box()
    box = page.locator("#list").bounding_box()
    assert mark is not None
    assert box is not None
    assert mark["x"] + mark["width"] < box["x"] + box["width"]
