"""What is said of a text that is no filter: code, place, words and fix, from ``errors.txt``."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest

from pnfilter import Severity, check, fix
from pnfilter.diagnostics import MAX_ERRORS, apply_edits
from pnfilter.lint.table import CODES
from pnfilter.syntax import recovery
from pnfilter.syntax.lexer import tokenize
from pnfilter.syntax.recovery import diagnose, state
from pnfilter.syntax.recovery.foreign import MAX_READ
from tests.cases import for_each
from tests.findings import block, blocks, text_of

BLOCKS = blocks(Path(__file__).with_name("errors.txt"))
TEXTS = [*map(text_of, BLOCKS)]


def errors(text: str) -> list[tuple[str, str]]:
    """The codes of a text with what each stands on."""
    return [(found.code, text[found.span.start : found.span.end]) for found in check(text)]


@for_each(BLOCKS, text_of)
def test_an_error_at_its_place(expected: str) -> None:
    assert block(text_of(expected)) == expected


def test_every_text_stands_once() -> None:
    assert len(set(TEXTS)) == len(TEXTS)


def test_every_error_is_shown() -> None:
    shown = {found.code for text in TEXTS for found in check(text)}
    # These are of no text that fits a line.
    elsewhere = {"E101", "E102", "E103", "E107", "E110"}
    assert shown | elsewhere == {code for code in CODES if code[0] == "E"}


@pytest.mark.parametrize(
    ("text", "help", "safe"),
    [
        ("reg\u200bion == 1", "remove it", False),
        ("region\u200b == 1", "remove it", True),
        ("region\u00a0== 1", "write an ordinary space", True),
    ],
)
def test_a_space_without_width_is_removed(text: str, help: str, safe: bool) -> None:
    (found,) = [found for found in check(text) if found.code == "E107"]
    assert found.help == help
    assert found.fix is not None
    assert found.fix.safe is safe
    (edit,) = found.fix.edits
    assert edit.text == ("" if help == "remove it" else " ")


def test_all_spaces_that_are_not_allowed_are_one_error() -> None:
    (found,) = check("data\u200b.\u200bmag\u00a0> 5\u200b")
    assert found.message == "U+200B (zero width space) is not an allowed space, and 3 more"
    assert fix("meta.a\u00a0==\u00a01\u200b") == "meta.a == 1"
    assert fix("da\u200bta.mag > 5") == "da\u200bta.mag > 5"
    assert fix("da\u200bta.mag > 5", unsafe=True) == "data.mag > 5"


@for_each(TEXTS)
def test_a_safe_fix_of_the_only_mistake_leaves_none(text: str) -> None:
    found = check(text)
    if len(found) == 1 and found[0].fix is not None and found[0].fix.safe:
        mended = apply_edits(text, found[0].fix.edits)
        assert Severity.ERROR not in {diagnostic.severity for diagnostic in check(mended)}


@for_each(TEXTS)
def test_a_safe_fix_mends_something(text: str) -> None:
    found = check(text)
    for diagnostic in found:
        if diagnostic.fix is not None and diagnostic.fix.safe and len(found) > 1:
            mended = apply_edits(text, diagnostic.fix.edits)
            left = [other for other in check(mended) if other.severity is Severity.ERROR]
            assert len(left) < len(found)


#: Texts that fit no line of a data file.
SPECIAL = {
    "": [("E101", "")],
    " \t\r\n ": [("E101", " \t\r\n ")],
    'region ==\xa0"us"': [("E107", "\xa0")],
    "region\u200b == 5\ufeff": [("E107", "\u200b")],
    "re\u200bgion == 5\xa0\n": [("E107", "\u200b")],
    "region\u3000\u2003== 5": [("E107", "\u3000\u2003")],
    "region\x00 == 5": [("E107", "\x00")],
    # What Python makes of a byte that is no UTF-8.
    "meta.region == '\udc80'": [("E110", "\udc80")],
    "region == '\ud83d'": [("E110", "\ud83d")],
    "region == '\ud83d' AND \udc00": [
        ("E110", "\ud83d"),
        ("E202", "AND"),
        ("E108", "\udc00"),
    ],
    "region == 'us\n'": [("E104", "'us")],
    "region == 'us\r' && tier == 1": [("E104", "'us")],
    "region == “us\n”": [("E105", "“us")],
    "region ==\n\n'us' AND\r\ntier IN (1, 2)": [("E202", "AND"), ("E203", "IN")],
    "region == New\nYork": [("E213", "York")],
    "region LIKE *new\nyork*": [("E207", "*new"), ("E213", "york"), ("E212", "*")],
    "tier == 1 // first\n&& kind == 2": [("E222", "// first\n")],
    "tier == 1 # first\r\n&& kind == 2": [("E222", "# first\r")],
    "/* a\n b */ tier == 1": [("E222", "/* a\n b */")],
    "/* 'a' \"b */ tier == 1": [("E222", "/* 'a' \"b */")],
    "/* tier == 1": [("E222", "/* tier == 1")],
    "meta.x.\ny == 5 AND 1": [("E202", "AND")],
}  # fmt: skip


@pytest.mark.parametrize("text", SPECIAL)
def test_what_fits_no_line(text: str) -> None:
    assert sorted(errors(text)) == sorted(SPECIAL[text])


def test_a_fix_keeps_the_lines() -> None:
    text = "region == 'us' AND\n\ttier IN (1,\n 2)\n&& NOT a.b == 1"
    assert fix(text) == "region == 'us' &&\n\t(1,\n 2) CONTAINS tier\n&& !(a.b == 1)"
    assert fix("a\xa0\n== 5") == "a \n== 5"
    assert fix("re\u200bgion == 5") == "re\u200bgion == 5"


def test_the_errors_of_one_text_are_limited() -> None:
    assert len(check("a == ${x} && " * (MAX_ERRORS + 9))) == MAX_ERRORS
    assert len(check(" && ".join(["a = b.c"] * (MAX_ERRORS + 9)))) == MAX_ERRORS
    assert len(check("a AND " * MAX_ERRORS)) == MAX_ERRORS


@pytest.mark.parametrize("unit", ["'\\", "x=\"\\'", "a:'\\", "@.a['\\", "x eq '\\"])
def test_quotes_that_nothing_closes_take_linear_time(unit: str) -> None:
    def seconds(count: int) -> float:
        text = (unit * count)[:count]
        times = []
        for _ in range(3):
            start = process_time()
            check(text)
            times.append(process_time() - start)
        return min(times)

    seconds(100)
    # Eight times as much; quadratic time would be sixty-four times.
    assert seconds(MAX_READ) < 24 * seconds(MAX_READ // 8) + 0.1


@pytest.mark.parametrize("text", ['a{"b"} == 1', 'data{"a"}', "data.a['x']{'y'} == 2"])
def test_a_key_in_braces_is_an_error(text: str) -> None:
    (found,) = check(text)
    assert found.code == "E215"
    assert fix(text, unsafe=True) == text.replace("{", "[").replace("}", "]")


@pytest.mark.parametrize("text", ["a AND b", "(a", "a == ${x}", "1 < x < 5", "a b", "."])
def test_a_text_that_is_no_filter_has_an_error(text: str) -> None:
    assert diagnose(text, tokenize(text))


def test_what_is_read_as_something_else_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "read_with_mistakes", lambda text, tokens: [])
    (error,) = diagnose("a {b}", tokenize("a {b}"))
    assert (error.code, error.message) == ("E219", "`{b}` is not expected here")


def test_what_no_check_has_a_word_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "run", lambda pass_: pass_.out.extend(pass_.tokens))
    for text, message in {
        "a b": "`b` is not expected here",
        "a ==": "the end is not expected here",
    }.items():
        (error,) = diagnose(text, tokenize(text))
        assert (error.code, error.message) == ("E219", message)


#: Texts with words and signs of other languages that are filters all the same.
FILTERS = """
    data.and == 1 && data.or == 2 && data.not == 3
    in == 1 && is == 2 && not == 3 && between == 4 && exists == 5
    meta.like LIKE "like" && meta.contains CONTAINS "contains"
    meta.true == "true" && meta.null != 1 && data.false == 5
    AND && OR || NOT
    region == "New York" && region != 'AND' && region != "a // b"
    data.x == "1 < 2 < 3" || data.x == "“us”" || data.x == "${me}"
    -5 < data.x && data.x < - 5 && - - 5 == data.x
    (1, -2, "three") CONTAINS data.x
    !(!(!a)) && !!b
    a . b [ 0 ] [ 'c' ] == 1
    a.b["c"]['d'][0][12].like.contains.true.null == 1
    flags & 4 && bits | 3 ^ 1
    a == 1&&b == 2||c == 3
    a<1&&b>2
    a=b
    a = true
    such=wow&&much=very
    data.x == 'a\x00\x1b'
""".splitlines()[1:-1]


@pytest.mark.parametrize("text", [line.strip() for line in FILTERS])
def test_words_of_other_languages_in_a_filter(text: str) -> None:
    assert not [found for found in check(text) if found.severity is Severity.ERROR]


@pytest.mark.parametrize(
    "text", ["1 < a {} < 5", "a {} BETWEEN 1 AND 5", "NOT a == 1 {}", "a {} IN (1, 2)"]
)
def test_a_long_condition_is_not_searched_for_its_ends(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    assert fix(text.format("+ 1" * 10)) != text.format("+ 1" * 10)
    monkeypatch.setattr(state, "MAX_CONDITION", 10)
    assert fix(text.format("")) != text.format("")
    long = text.format("+ 1" * 10)
    assert fix(long) == fix(long, unsafe=True) == long


def test_a_string_in_place_of_what_is_missing_has_no_quotes() -> None:
    text = "(^=] ∉ ['a','b'].test("
    assert errors(text)
    fix(text, unsafe=True)
