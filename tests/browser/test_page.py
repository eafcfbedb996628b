"""The playground as people use it, by mouse and by keyboard."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

import pytest

from pnfilter.server import running
from pnfilter.server.run import Server
from tests.browser.browsing import Noise, is_firefox, on_both
from tests.server.exchanging import fetch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

#: Chromium takes a second or more to open a page.
pytestmark = pytest.mark.sliced(6)

EXAMPLE = 'data.mag > 4 && ("ak", "us") CONTAINS meta.net'
#: What would do something if it were read as markup, or ran.
HOSTILE = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>{{7*7}}"


def shown(page: Page, text: str) -> None:
    """Wait until the answer to a text is shown."""
    page.wait_for_function("text => document.body.dataset.shown === text", arg=text)


def write(page: Page, text: str) -> None:
    page.fill("#filter", text)
    shown(page, text)


def counts(page: Page) -> str:
    return page.inner_text("#counts")


def labels(page: Page) -> list[str]:
    return page.locator("#completions b").all_inner_texts()


def use(page: Page, text: str) -> None:
    """Paste messages."""
    page.click("#paste")
    page.fill("#paste-text", text)
    page.click("#paste-dialog button.main")
    page.wait_for_function("() => document.getElementById('source').value === 'own'")


def test_it_opens_with_an_answer(page: Page) -> None:
    assert page.input_value("#filter") == EXAMPLE
    assert counts(page) == "122 of 1,707 messages match"
    assert page.locator(".row").count() < 60
    assert page.get_attribute("#list [role=option]", "aria-setsize") == "1707"
    assert page.inner_text("#source option:checked") == "Earthquakes of one week"


def test_matching_messages_are_marked_as_one_types(page: Page) -> None:
    page.fill("#filter", "")
    page.type("#filter", "data.mag >= 6.1")
    shown(page, "data.mag >= 6.1")
    assert counts(page) == "3 of 1,707 messages match"
    page.check("input[value=M]", force=True)
    page.wait_for_function("() => document.querySelectorAll('.row').length === 3")
    assert page.locator(".row.M").count() == 3
    page.check("input[value=U]", force=True)
    assert page.inner_text("#empty") == "No message of this kind."


def test_a_strip_shows_where_matches_are(page: Page) -> None:
    painted = """() => {
      const strip = document.getElementById("strip");
      const copy = new OffscreenCanvas(1, strip.height).getContext("2d", { willReadFrequently: true });
      copy.drawImage(strip, 0, 0);
      const points = copy.getImageData(0, 0, 1, strip.height).data;
      return points.filter((value, at) => at % 4 === 3 && value > 0).length;
    }"""
    write(page, "data.mag >= 6.1")
    page.wait_for_function("() => document.querySelectorAll('.row.M').length === 0")
    few = page.evaluate(painted)
    assert 3 <= few <= 6
    write(page, "data.mag >= 3")
    page.wait_for_selector(".row.M")
    assert page.evaluate(painted) > few
    page.click("#strip", position={"x": 4, "y": 200})
    page.wait_for_function("() => document.getElementById('list').scrollTop > 1000")


def test_undecided_ones_have_their_reason(page: Page) -> None:
    write(page, 'data.tsunami == "1"')
    assert "undecided" in counts(page)
    assert "whether a number equals its own text is not known" in page.inner_text("#reasons")


def test_no_filter_is_no_mistake(page: Page) -> None:
    write(page, "")
    assert counts(page) == "No filter: every message is delivered"
    assert page.locator("#findings .error").count() == 0


def test_a_mistake_has_carets_and_a_fix(page: Page) -> None:
    write(page, "data.mag > 3 AND data.place LIKE *Alaska*")
    assert counts(page) == "This is no filter yet"
    assert page.locator("#findings .error").count() >= 2
    assert "^^^" in page.inner_text("#findings .excerpt >> nth=0")
    assert page.locator(".marks .error").count() >= 2
    page.click("#fix")
    fixed = 'data.mag > 3 && data.place LIKE "*Alaska*"'
    shown(page, fixed)
    assert page.input_value("#filter") == fixed
    page.focus("#filter")
    page.keyboard.press("Control+z")
    shown(page, "data.mag > 3 AND data.place LIKE *Alaska*")


@on_both
def test_a_fix_can_be_taken_by_click_or_key(page: Page) -> None:
    write(page, "data.mga > 5")
    page.click("#findings .fix >> nth=0")
    shown(page, "data.mag > 5")
    write(page, "data.mag === 6")
    page.focus("#filter")
    page.keyboard.press("Control+.")
    shown(page, "data.mag == 6")


def test_an_unsafe_fix_is_taken_by_click_only(page: Page) -> None:
    write(page, "data.mga === 6")
    assert page.inner_text("#findings .fix >> nth=0") == "Fix: =="
    write(page, "data.mag startsWith '6'")
    assert page.inner_text("#findings .fix.unsafe >> nth=0") == "Perhaps: LIKE '6*'"
    assert page.is_disabled("#fix")
    page.focus("#filter")
    page.keyboard.press("Control+.")
    assert page.input_value("#filter") == "data.mag startsWith '6'"
    page.click("#findings .fix.unsafe >> nth=0")
    shown(page, "data.mag LIKE '6*'")


def test_what_the_messages_show_is_taken_by_a_key(page: Page) -> None:
    write(page, "mag > 5")
    page.focus("#filter")
    page.keyboard.press("Control+.")
    shown(page, "data.mag > 5")


def test_the_first_match_is_explained_when_messages_come(page: Page) -> None:
    page.wait_for_selector(".why .badge.M")
    assert page.inner_text("#explanation h4") == "Message 15"
    page.wait_for_selector("#list [aria-selected=true]")
    assert page.locator("#list [aria-selected=true]").count() == 1
    assert page.evaluate("document.activeElement.id") == "filter"
    use(page, '{"t": {"t": "1", "r": 1}, "m": [\n{"c": "a", "d": {"mag": 1}}]}')
    page.wait_for_selector("#explanation-hint:not([hidden])")
    assert "Read as a subscribe answer." in page.inner_text("#problems")
    assert page.get_attribute("#list [role=option]", "aria-setsize") == "1"


def test_the_gravest_finding_comes_first_and_its_code_has_a_text(page: Page) -> None:
    write(page, "data.mag > 5 && (data.mag > 6 || meta.nte == 'us') && such")
    severities = page.locator("#findings .badge").all_inner_texts()
    assert severities == sorted(severities, key=["error", "warning", "info"].index)
    assert page.locator("#findings .headline code >> nth=0").count() == 1
    page.click("#findings .code >> nth=0")
    page.wait_for_selector("#findings .rule")
    assert page.get_attribute("#findings .code >> nth=0", "aria-expanded") == "true"
    example = page.inner_text("#findings .rule a >> nth=0")
    page.click("#findings .rule a >> nth=0")
    shown(page, example)
    write(page, "data.mga > 5")
    page.click("#findings .code >> nth=0")
    page.wait_for_selector("#findings .rule")
    page.click("#findings .code >> nth=0")
    page.wait_for_selector("#findings .rule", state="detached")


def test_the_language_is_at_hand(page: Page) -> None:
    page.click("#show-language")
    assert "CONTAINS" in page.inner_text("#language-dialog")
    page.keyboard.press("Escape")
    assert page.is_hidden("#language-dialog")


def test_a_finding_leads_to_its_place(page: Page) -> None:
    write(page, "data.mag > 1 && data.mga > 5")
    page.click("#findings .excerpt >> nth=0")
    selection = page.evaluate("() => { const f = document.getElementById('filter');"
                              " return f.value.slice(f.selectionStart, f.selectionEnd); }")  # fmt: skip
    assert selection == "data.mga"
    page.evaluate("document.getElementById('filter').setSelectionRange(0, 0)")
    page.keyboard.press("F8")
    assert page.evaluate("document.getElementById('filter').selectionStart") == 16


def test_places_are_right_behind_wide_characters(page: Page) -> None:
    write(page, 'data.place != "💥💥" && data.mga > 5')
    page.click("#findings .fix >> nth=0")
    shown(page, 'data.place != "💥💥" && data.mag > 5')


@on_both
def test_suggestions_come_while_one_types_and_are_taken(page: Page) -> None:
    write(page, "")
    page.type("#filter", "data.pl")
    page.wait_for_selector("#completions:not([hidden])")
    assert labels(page)[0] == "data.place"
    page.keyboard.press("Enter")
    shown(page, "data.place")
    page.type("#filter", " li")
    page.wait_for_selector("#completions:not([hidden])")
    page.keyboard.press("Tab")
    shown(page, "data.place LIKE")


def test_suggestions_come_when_asked_for(page: Page) -> None:
    write(page, "meta.net == ")
    page.focus("#filter")
    page.keyboard.press("Control+Space")
    page.wait_for_selector("#completions:not([hidden])")
    assert labels(page)[:2] == ['"ak"', '"ci"']
    page.keyboard.press("ArrowDown")
    active = page.get_attribute("#filter", "aria-activedescendant")
    assert page.inner_text(f"#{active} b") == '"ci"'
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    assert page.is_hidden("#completions")
    page.keyboard.press("Control+Space")
    page.click("#completions li >> nth=2")
    shown(page, 'meta.net == "hv"')


def test_a_suggestion_is_in_sight_of_its_word(page: Page) -> None:
    write(page, "")
    page.type("#filter", "data.mag > 4 && meta.n")
    page.wait_for_selector("#completions:not([hidden])")
    menu, box = page.locator("#completions").bounding_box(), page.locator("#editor").bounding_box()
    assert menu is not None
    assert box is not None
    assert box["x"] < menu["x"]
    assert menu["x"] + menu["width"] <= box["x"] + box["width"] + 1


def test_a_message_is_explained(page: Page) -> None:
    page.click("#message-2")
    page.wait_for_selector(".why")
    assert page.inner_text(".why .line >> nth=1").split() == [
        *("data.mag", ">", "4", "no", "match")
    ]
    assert page.inner_text(".why .value >> nth=0") == "0.54"
    assert '"place": "11km NE of Aguanga, CA"' in page.inner_text(".message")
    page.click(".why .part >> nth=1")
    assert page.evaluate("document.getElementById('filter').selectionEnd") == 12
    write(page, "data.mag < 4")
    page.wait_for_function("() => document.querySelector('.why .badge').textContent === 'match'")
    write(page, "data.mag <")
    page.wait_for_function("() => document.querySelector('.why') === null")


def test_the_list_goes_by_keys(page: Page) -> None:
    write(page, "data.mag >= 6.1")
    page.focus("#filter")
    page.keyboard.press("F6")
    chosen = "#list [aria-selected=true] .number"
    page.keyboard.press("Home")
    assert page.inner_text(chosen) == "1"
    page.keyboard.press("ArrowDown")
    assert page.inner_text(chosen) == "2"
    page.keyboard.press("End")
    assert page.inner_text(chosen) == "1,707"
    page.keyboard.press("Home")
    page.keyboard.press("PageDown")
    page.keyboard.press("PageUp")
    assert page.inner_text(chosen) == "1"
    page.keyboard.press("n")
    first = page.inner_text(chosen)
    assert page.locator("#list .row.M[aria-selected=true]").count() == 1
    page.keyboard.press("n")
    assert page.inner_text(chosen) != first
    page.keyboard.press("p")
    assert page.inner_text(chosen) == first
    active = page.get_attribute("#list", "aria-activedescendant")
    assert page.get_attribute(f"#{active}", "aria-selected") == "true"
    page.keyboard.press("Enter")
    page.wait_for_selector(".why .badge.M")
    page.keyboard.press("F6")
    assert page.evaluate("document.activeElement.id") == "filter"


def test_keys_are_told(page: Page) -> None:
    page.keyboard.press("F1")
    assert page.is_visible("#keys-dialog")
    page.keyboard.press("Escape")
    assert page.is_hidden("#keys-dialog")
    page.click("#show-keys")
    page.click("#keys-dialog button")
    assert page.is_hidden("#keys-dialog")


def test_the_filter_is_formatted(page: Page) -> None:
    write(page, "data.mag>4")
    page.focus("#filter")
    page.keyboard.press("Control+Enter")
    shown(page, "data.mag > 4")
    assert page.is_disabled("#format")


def test_the_filter_for_sdks_and_its_tree(page: Page) -> None:
    page.click("#snippets-box summary")
    page.wait_for_selector("#snippets dt")
    assert page.locator("#snippets dt").all_inner_texts() == [
        *("Python", "JavaScript", "Java", "Kotlin", "Swift", "Go", "C#", "URL")
    ]
    page.click("#snippets button >> nth=0")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"config.filter_expression = {json.dumps(EXAMPLE)}"
    page.click("#tree-box summary")
    page.wait_for_selector("#tree li")
    assert page.locator("#tree > li > ul > li").count() == 2
    page.click("#tree .part >> nth=1")
    assert page.evaluate("document.getElementById('filter').selectionEnd") == 12


@on_both
def test_own_messages_can_be_pasted(page: Page) -> None:
    use(page, '{"data": {"n": 1}}\n?\n{"data": {"n": 2}}')
    write(page, "data.n > 1")
    assert counts(page) == "1 of 2 messages matches"
    assert "skipped: not JSON" in page.inner_text("#problems")
    page.select_option("#source", "start")
    page.wait_for_function("() => document.getElementById('counts').textContent.includes('1,707')")
    page.select_option("#source", "own")
    page.wait_for_function("() => document.getElementById('counts').textContent.includes('of 2')")


def test_a_copy_is_told_on_the_button_for_a_moment(page: Page) -> None:
    page.clock.install()
    for _ in range(2):
        page.click("#copy-link")
        page.wait_for_function(
            "() => document.getElementById('copy-link').textContent === 'Copied'"
        )
    page.clock.run_for(5_000)
    assert page.inner_text("#copy-link") == "Copy link"


def test_pasting_can_be_left(page: Page) -> None:
    page.click("#paste")
    page.fill("#paste-text", '{"data": 1}')
    page.keyboard.press("Escape")
    assert page.input_value("#source") == "start"


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_file_can_be_opened(page: Page, is_packed: bool) -> None:
    content = b'{"data": {"n": 1}}\n' * 3
    name, content = ("a.gz", gzip.compress(content)) if is_packed else ("a.ndjson", content)
    page.set_input_files("#file", {"name": name, "mimeType": "", "buffer": content})
    page.wait_for_function("() => document.getElementById('counts').textContent.includes('of 3')")
    assert page.inner_text("#source option:checked") == name


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"\xff\xfe", "bad"), (b"\x28\xb5\x2f\xfd", "Zstandard"), (b"\x1f\x8b\x08\x00", "bad")],
)
def test_a_file_that_cannot_be_read_is_told(page: Page, content: bytes, complaint: str) -> None:
    page.set_input_files("#file", {"name": "bad", "mimeType": "", "buffer": content})
    page.wait_for_selector("#trouble:not([hidden])")
    assert complaint in page.inner_text("#trouble")
    assert counts(page) == "122 of 1,707 messages match"


def test_a_file_can_be_dropped(page: Page) -> None:
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(['{"data": 1}'], "dropped.ndjson"));
          for (const kind of ["dragover", "drop"]) {
            document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
          }
        }"""
    )
    page.wait_for_function("() => document.getElementById('counts').textContent.includes('of 1 ')")
    assert page.inner_text("#source option:checked") == "dropped.ndjson"


def test_a_link_holds_filter_choice_and_small_messages(page: Page, server: Server) -> None:
    use(page, '{"data": {"n": 1}}\n{"data": {"n": 2}}')
    write(page, "data.n > 1 && data.n != 'é&#'")
    page.check("input[value=M]", force=True)
    page.click("#copy-link")
    link = page.evaluate("navigator.clipboard.readText()")
    assert parse_qs(link.partition("#")[2])["filter"] == ["data.n > 1 && data.n != 'é&#'"]
    page.wait_for_function("link => location.href === link", arg=link)
    other = page.context.new_page()
    other.goto(link)
    shown(other, "data.n > 1 && data.n != 'é&#'")
    assert counts(other) == "1 of 2 messages matches"
    assert other.locator(".row").count() == 1


def test_another_address_in_the_same_page_is_followed(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/#filter={quote('data.mag > 5')}")
    shown(page, "data.mag > 5")


def test_what_is_published_appears(page: Page, server: Server) -> None:
    page.select_option("#source", "live")
    page.wait_for_function(
        "() => document.getElementById('empty').textContent.startsWith('Waiting')"
    )
    write(page, "data.n > 1")
    for number in (1, 2, 3):
        target = f"/publish/demo/demo/0/news/0/{quote(json.dumps({'n': number}))}"
        assert fetch(server.origin, target).status == 200
    page.wait_for_function("() => document.getElementById('counts').textContent.includes('of 3')")
    assert counts(page) == "2 of 3 messages match"
    assert page.inner_text(".row .meta >> nth=0") == "news null"
    page.click(".row >> nth=2")
    page.wait_for_selector(".why .badge.M")


def test_choosing_back_and_forth_leaves_no_question_waiting(page: Page) -> None:
    for source in ("live", "start") * 8:
        page.select_option("#source", source)
        # The browser has six connections: with a question waiting in each, nothing is answered.
        page.wait_for_timeout(100)
    write(page, "data.mag >= 6.1")
    assert counts(page) == "3 of 1,707 messages match"


def publish(server: Server, number: int) -> None:
    target = f"/publish/demo/demo/0/news/0/{quote(json.dumps({'n': number}))}"
    assert fetch(server.origin, target).status == 200


def test_an_explanation_stays_while_messages_come(page: Page) -> None:
    with running() as server:
        # A page that looked on before has seen one.
        server.call(lambda app: app.page.live.ask(None))
        publish(server, 9)
        page.goto(f"{server.url}/#filter=data.n%20%3E%201&from=live")
        page.wait_for_function(
            "() => document.getElementById('counts').textContent === '0 of 0 messages match'"
        )
        for number, told in ((1, "0 of 1 message match"), (2, "1 of 2 messages matches")):
            publish(server, number)
            page.wait_for_function(
                "told => document.getElementById('counts').textContent === told", arg=told
            )
            if number == 1:
                page.click(".row >> nth=0")
                page.wait_for_selector(".why .badge.N")
        page.wait_for_timeout(200)
        assert page.is_visible(".why .badge.N")
        assert page.locator(".row .number").all_inner_texts() == ["2", "3"]
        page.goto("about:blank")


def test_an_older_answer_never_takes_the_place_of_a_newer_one(page: Page) -> None:
    if is_firefox(page):
        pytest.skip("WebDriver BiDi doesn't show what a page sends")
    held: list[Route] = []

    def hold(route: Route) -> None:
        question: Any = route.request.post_data_json
        if question["text"] == "data.mag > 1":
            held.append(route)
        else:
            route.continue_()

    # As if it could not be given up any more.
    page.evaluate("AbortController.prototype.abort = () => {}")
    page.route("**/api/check", hold)
    page.fill("#filter", "data.mag > 1")
    write(page, "data.mag >= 6.1")
    assert counts(page) == "3 of 1,707 messages match"
    with page.expect_response(lambda answer: "data.mag > 1" in (answer.request.post_data or "")):
        held[0].continue_()
    # Whatever comes of it comes before the next answer.
    page.unroute("**/api/check")
    assert counts(page) == "3 of 1,707 messages match"
    write(page, "data.mag >= 6")
    assert page.input_value("#filter") == "data.mag >= 6"


def test_a_server_that_is_gone_is_told(browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    with running() as server:
        page.goto(server.url)
        page.wait_for_selector("body[data-shown]")
    page.fill("#filter", "data.mag > 1")
    page.wait_for_selector("#trouble:not([hidden])")
    assert page.inner_text("#trouble") == "The server doesn't answer: is it still running?"
    context.close()


@pytest.fixture
def failing(page: Page, server: Server) -> Page:
    """A page whose questions may fail, of which browsers complain on the console."""
    other: Page = page.context.new_page()
    other.goto(server.url)
    other.wait_for_selector("body[data-shown]")
    return other


def test_a_server_that_comes_back_is_asked_again(failing: Page) -> None:
    failing.route("**/api/*", lambda route: route.abort())
    failing.reload()
    failing.wait_for_selector("#trouble:not([hidden])")
    failing.unroute("**/api/*")
    write(failing, "data.mag >= 6.1")
    assert counts(failing) == "3 of 1,707 messages match"
    assert failing.locator(".row").count() > 3
    assert failing.is_hidden("#trouble")


def test_an_answer_that_is_cut_off_is_told(failing: Page) -> None:
    failing.route("**/api/check", lambda route: route.fulfill(status=200, body='{"seq": 1, "fin'))
    failing.fill("#filter", "data.mag > 1")
    failing.wait_for_selector("#trouble:not([hidden])")
    assert failing.inner_text("#trouble") == "The server doesn't answer: is it still running?"


def test_messages_that_are_refused_leave_those_that_are_there(failing: Page) -> None:
    use(failing, '{"data": {"n": 1}}')
    write(failing, "data.n == 1")
    refusal = {"message": "Too much at once", "help": "ask again in a moment"}
    failing.route("**/api/messages", lambda route: route.fulfill(status=503, json=refusal))
    for name in ("other", "another"):
        content = {"name": name, "mimeType": "", "buffer": b'{"data": 2}'}
        failing.set_input_files("#file", content)  # type: ignore[arg-type]
        failing.wait_for_selector("#trouble:not([hidden])")
        assert failing.inner_text("#trouble") == "Too much at once: ask again in a moment"
        assert failing.inner_text("#source option:checked") == "Pasted"
        failing.evaluate("document.getElementById('trouble').hidden = true")
    write(failing, "data.n > 0")
    assert counts(failing) == "1 of 1 message matches"
    assert "messages=%7B%22data%22%3A+%7B%22n" in state_of(failing)


def state_of(page: Page) -> str:
    """The address, once it holds the text."""
    page.wait_for_function("() => location.hash.includes('+%3E+0')")
    return page.url


def test_what_is_too_long_is_not_sent(page: Page) -> None:
    page.evaluate("""() => {
      document.getElementById('paste-text').value = 'x'.repeat(16 * 1024 * 1024 + 1);
      document.getElementById('paste').click();
    }""")
    page.click("#paste-dialog button.main")
    page.wait_for_selector("#trouble:not([hidden])")
    assert "more than 16,777,216 bytes" in page.inner_text("#trouble")
    assert page.input_value("#source") == "start"


def test_messages_that_the_server_has_forgotten_are_sent_again(page: Page, server: Server) -> None:
    use(page, '{"data": {"n": 1}}')
    write(page, "data.n == 1")
    server.call(lambda app: app.page._playground.shelf._kept.clear())
    write(page, "data.n == 2")
    assert counts(page) == "0 of 1 message match"


def test_with_keys_the_link_has_the_token(browser: Browser) -> None:
    with running(keys={"sub": "pub"}) as server:
        context = browser.new_context()
        page = context.new_page()
        noise = Noise(page)
        page.goto(f"{server.url}/#token={server.control_token}")
        page.wait_for_selector("body[data-shown]")
        assert server.control_token not in page.url
        page.reload()
        page.wait_for_selector("body[data-shown]")
        assert noise.complaints == []
        other = browser.new_context().new_page()
        other.goto(server.url)
        other.wait_for_selector("#trouble:not([hidden])")
        assert "open the link that was printed at the start" in other.inner_text("#trouble")
        context.close()


def test_nothing_that_is_typed_or_sent_is_read_as_markup(page: Page) -> None:
    use(page, json.dumps({"data": {HOSTILE: HOSTILE}, "meta": {"a": HOSTILE}}))
    key = json.dumps(HOSTILE)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    for text in (
        HOSTILE,
        f"data[{key}] == {key}",
        f'meta.a LIKE "{HOSTILE}*"',
        f"meta.a == {HOSTILE}",
    ):
        write(page, text)
        page.focus("#filter")
        page.keyboard.press("Control+Space")
        page.click(".row")
        page.wait_for_selector(".message")
        assert page.evaluate("window.hacked") is None
        assert page.locator("body img, body script").count() == 0
    assert HOSTILE in page.inner_text(".row .data")


def test_a_hostile_address_is_no_markup_either(page: Page, server: Server) -> None:
    hostile = quote(HOSTILE)
    page.goto(f"{server.url}/#filter={hostile}&show={hostile}&messages={hostile}&from={hostile}")
    shown(page, HOSTILE)
    assert page.evaluate("window.hacked") is None
    assert page.locator("body img, body script").count() == 0


def test_thousands_of_rows_are_a_handful_of_elements(page: Page) -> None:
    content = b'{"data": {"n": 1}}\n' * 10_000
    page.set_input_files("#file", {"name": "many", "mimeType": "", "buffer": content})
    page.wait_for_function(
        "() => document.getElementById('counts').textContent.includes('10,000 messages')"
    )
    write(page, "data.n == 1")
    assert counts(page) == "10,000 of 10,000 messages match"
    page.evaluate("document.getElementById('list').scrollTop = 200000")
    page.wait_for_function(
        "() => document.querySelector('.row .number').textContent.replace(',', '') > 4000"
    )
    assert page.locator(".row").count() < 60


def test_a_text_that_is_too_long_is_told(page: Page) -> None:
    # At once, as pasted: Playwright types into Firefox key by key.
    paste = """text => {
      const filter = document.getElementById("filter");
      filter.value = text;
      filter.dispatchEvent(new InputEvent("input"));
    }"""
    page.evaluate(paste, "a" * 8_193)
    shown(page, "a" * 8_193)
    assert page.locator(".colours span").count() == 0
    page.evaluate(paste, "a+" * 150_000)
    page.wait_for_selector("#trouble:not([hidden])")
    assert "at most 8,192 characters" in page.inner_text("#trouble")
    write(page, "data.mag > 4")
    assert page.is_hidden("#trouble")
