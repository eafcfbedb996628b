"""Findings as people see them.

Carets in the right column, lines cut, nothing a terminal would act on.
"""

from __future__ import annotations

import copy
import json
import pickle
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter import Diagnostic, Edit, FilterSyntaxError, Fix, Severity, Span, check
from pnfilter.diagnostics import (
    MAX_SHOWN_WIDTH,
    Position,
    apply_edits,
    columns,
    line_starts,
    paint,
    position_of,
    printable,
    render,
    severity_of,
    to_dict,
)
from pnfilter.lint import rewrites
from pnfilter.records import replace


def at(text: str, marked: str, *, help: str = "") -> Diagnostic:
    """A finding at the first place of ``marked`` in a text."""
    start = text.index(marked)
    return Diagnostic("W999", "something", Span(start, start + len(marked)), help)


def shown(text: str, marked: str) -> list[str]:
    """The line of the source and the line of the carets, without the gutter."""
    _, _, source, carets, *_ = render(at(text, marked), text).split("\n")
    return [source.partition("| ")[2], carets.partition("| ")[2]]


# Golden texts

GOLDEN: dict[str, tuple[str, str]] = {
    "a line": (
        'region = = "us"',
        """\
error[E205]: `= =`: the operator `==` has no space inside
  |
1 | region = = "us"
  |        ^^^
  = help: write `==`""",
    ),
    "the second of three": (
        "a == 1\n  && data.tags CONTAINS ('x', 'y')\n  && b == 2",
        """\
error[E301]: the set `('x', 'y')` is not allowed on the right of CONTAINS
  |
2 |   && data.tags CONTAINS ('x', 'y')
  |                         ^^^^^^^^^^
  = help: if the set lists what is allowed: ('x', 'y') CONTAINS data.tags""",
    ),
    "the tenth": (
        "\r\n" * 9 + "\ta AND\tb\r\n",
        """\
error[E202]: `AND` is not a valid operator
   |
10 |  a AND b
   |    ^^^
   = help: write `&&`""",
    ),
    "wide characters": (
        "meta['名前'] == “田中” && 1 < 日本 < 5",
        """\
error[E105]: “田中” has quotes that don't delimit a string
  |
1 | meta['名前'] == “田中” && 1 < 日本 < 5
  |                 ^^^^^^
  = help: write "田中"

error[E210]: `< 日本 <`: a comparison can't be chained
  |
1 | meta['名前'] == “田中” && 1 < 日本 < 5
  |                             ^^^^^^^^
  = help: compare twice, joined by &&, with `日本` in both

error[E208]: the string `日本` has no quotes
  |
1 | meta['名前'] == “田中” && 1 < 日本 < 5
  |                               ^^^^
  = help: write "日本\"""",
    ),
    "marks that take no column": (
        "a == 'e\u0301e\u0301\u0302' AND b",
        """\
error[E202]: `AND` is not a valid operator
  |
1 | a == 'e\u0301e\u0301\u0302' AND b
  |           ^^^
  = help: write `&&`""",
    ),
    "controls": (
        "a == '\x1b[31m\u202e' AND\x07 b",
        """\
error[E202]: `AND` is not a valid operator
  |
1 | a == '\\x1b[31m\\u202e' AND\\x07 b
  |                       ^^^
  = help: write `&&`

error[E107]: U+0007 (a control character) is not an allowed space
  |
1 | a == '\\x1b[31m\\u202e' AND\\x07 b
  |                          ^^^^
  = help: write an ordinary space""",
    ),
    "half of a pair": (
        "a == '\ud83d'",
        """\
error[E110]: the character U+D83D is an unpaired surrogate
  |
1 | a == '\\ud83d'
  |       ^^^^^^
  = help: it can't be sent: write the whole character""",
    ),
    "more lines than one": (
        "a == 1 /* all\n of it */",
        """\
error[E222]: `/* all\\n of it */`: a filter has no comments
  |
1 | a == 1 /* all
  |        ^^^^^^
  = help: remove it""",
    ),
    "nothing": (
        "",
        """\
error[E101]: the filter is empty
  |
1 |\x20
  | ^
  = help: leave the filter out to receive every message""",
    ),
    "the end": (
        "a ==\n\n",
        """\
error[E212]: `==` has nothing on its right
  |
1 | a ==
  |   ^^
  = help: write a field or a value there""",
    ),
    "a long line": (
        " && ".join(["a == 1"] * 20) + " AND " + " && ".join(["b == 2"] * 20),
        """\
error[E202]: `AND` is not a valid operator
  |
1 | …&& a == 1 && a == 1 && a == 1 && a == 1 AND b == 2 && b == 2 && b == 2 && b == 2 && b == 2 && b == 2 && b == 2 && b == 2…
  |                                          ^^^
  = help: write `&&`""",
    ),
    "a long line with a long mistake": (
        "a == 1 && uuid != " + "0ca5-" * 60 + "x",
        """\
error[E208]: the string `0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0ca5…` has no quotes
  |
1 | a == 1 && uuid != 0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0c…
  |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: write "0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0ca5-0ca…""",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name: str) -> None:
    text, expected = GOLDEN[name]
    assert str(FilterSyntaxError(text, check(text))) == expected


def test_a_finding_of_every_severity() -> None:
    for code, word, style in [
        ("E999", "error", "31"),
        ("W999", "warning", "33"),
        ("I999", "info", "34"),
    ]:
        finding = Diagnostic(code, "something", Span(2, 4))
        assert finding.severity is severity_of(code) is Severity(word)
        assert render(finding, "a == b") == f"{word}[{code}]: something\n  |\n1 | a == b\n  |   ^^"
        painted = render(finding, "a == b", color=True)
        assert painted.startswith(
            f"\x1b[1;{style}m{word}[{code}]\x1b[0m: \x1b[1msomething\x1b[0m\n"
        )
        assert painted.endswith(f" \x1b[1;{style}m^^\x1b[0m")


def test_colour_changes_nothing_but_colour() -> None:
    text = "a AND b == “x”\t&& '\x1b'"
    for finding in check(text):
        painted = render(finding, text, origin="a\x1b.filter", color=True)
        plain = render(finding, text, origin="a\x1b.filter")
        for style in ("1;31", "1;33", "1;34", "1", "34", "0"):
            painted = painted.replace(f"\x1b[{style}m", "")
        assert painted == plain
        assert "\x1b" not in plain


def test_the_place_in_a_file() -> None:
    text = "a == 1\n&& b AND c"
    (finding,) = check(text)
    assert (
        render(finding, text, origin="x.filters", first=Position(12, 7))
        == """\
error[E202]: `AND` is not a valid operator
   --> x.filters:13:6
   |
13 | && b AND c
   |      ^^^
   = help: write `&&`"""
    )
    (finding,) = check("b AND c")
    assert "\n  --> x.filters:8:9\n" in render(
        finding, "b AND c", origin="x.filters", first=Position(8, 7)
    )


# Carets


@pytest.mark.parametrize(
    ("text", "marked", "line", "carets"),
    [
        ("abc", "b", "abc", " ^"),
        ("abc", "", "abc", "^"),
        ("a\tb", "b", "a b", "  ^"),
        ("a\tb", "\t", "a b", " ^"),
        ("日本語", "本", "日本語", "  ^^"),
        ("ｆｕｌｌ", "ｌｌ", "ｆｕｌｌ", "    ^^^^"),
        ("ｱｲｳ", "ｳ", "ｱｲｳ", "  ^"),
        ("한글", "글", "한글", "  ^^"),
        ("😀x", "x", "😀x", "  ^"),
        ("❤\ufe0fx", "x", "❤\ufe0fx", " ^"),
        ("e\u0301x", "x", "e\u0301x", " ^"),
        ("e\u0301x", "\u0301", "e\u0301x", " ^"),
        ("नमस्ते x", "x", "नमस्ते x", "     ^"),
        ("a\u200bx", "x", "a\\u200bx", "       ^"),
        ("a\u200bx", "\u200b", "a\\u200bx", " ^^^^^^"),
        ("a\xa0x", "\xa0", "a\\xa0x", " ^^^^"),
        ("a\x00x", "x", "a\\x00x", "     ^"),
        ("a\U000e0001x", "x", "a\\U000e0001x", "           ^"),
        ("a\u2028x", "x", "a\\u2028x", "       ^"),
        ("ü", "ü", "ü", "^"),
    ],
)
def test_carets(text: str, marked: str, line: str, carets: str) -> None:
    assert shown(text, marked) == [line, carets]


def test_a_span_that_ends_on_another_line() -> None:
    assert shown("ab\ncd", "b\nc") == ["ab", " ^"]
    assert shown("ab\r\ncd", "\r\nc") == ["ab", "  ^"]
    assert shown("ab\n", "\n") == ["ab", "  ^"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    text = end.join(["first", "second", "", "fourth"])
    assert shown(text, "second") == ["second", "^^^^^^"]
    assert shown(text, "fourth") == ["fourth", "^^^^^^"]
    starts = line_starts(text)
    assert [text[start : start + 3].strip(end) for start in starts] == [
        "fir",
        "sec",
        text[starts[2] : starts[2] + 3].strip(end),
        "fou",
    ]
    assert position_of(text.index("fourth") + 2, starts) == (4, 3)


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("", [0]), ("a", [0]), ("a\n", [0, 2]), ("\n\n", [0, 1, 2]), ("a\r\nb", [0, 3]), ("\r\r\n\n", [0, 1, 3, 4]),
        ("a\x0bb\x0cc\x85d\u2028e", [0]),
    ],
)  # fmt: skip
def test_starts_of_lines(text: str, starts: list[int]) -> None:
    assert line_starts(text) == starts


@given(st.text(st.sampled_from("ab\r\n 日")), st.integers(0, 30))
def test_places_and_offsets(text: str, offset: int) -> None:
    offset = min(offset, len(text))
    starts = line_starts(text)
    line, column = position_of(offset, starts)
    assert starts[line - 1] + column - 1 == offset
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    if text[offset - 1 : offset + 1] != "\r\n":
        assert line == before.count("\n") + 1


# Long lines

LONG = "".join(chr(ord("a") + number % 26) for number in range(1_000))


@pytest.mark.parametrize(
    "place", [0, 5, 39, 40, 41, 119, 120, 121, 500, 879, 880, 881, 919, 960, 990, 999]
)
def test_of_a_long_line_the_part_round_the_mistake_is_shown(place: int) -> None:
    text = LONG[:place] + "^" + LONG[place + 1 :]
    line, carets = shown(text, "^")
    assert len(line) <= MAX_SHOWN_WIDTH + 2
    assert line[carets.index("^")] == "^"
    inner = line.strip("…")
    assert len(inner) == MAX_SHOWN_WIDTH
    assert inner in text
    assert line.startswith("…") == (not text.startswith(inner))
    assert line.endswith("…") == (not text.endswith(inner))


@pytest.mark.parametrize("length", [MAX_SHOWN_WIDTH - 1, MAX_SHOWN_WIDTH])
def test_a_line_that_fits_is_whole(length: int) -> None:
    for marked in ("a", LONG[length - 1 : length], LONG[:length]):
        assert shown(LONG[:length], marked)[0] == LONG[:length]


@given(st.text(max_size=300), st.integers(0, 300), st.integers(0, 300))
def test_any_text_can_be_shown(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    finding = Diagnostic("E999", text, Span(start, min(len(text), start + length)), text)
    lines = render(finding, text, origin=text).split("\n")
    assert len(lines) == (6 if text else 4)
    assert all(line.isprintable() for line in lines)
    assert re.fullmatch(r" +\| +\^+", lines[4 if text else 3])


# Texts for a terminal


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain ü 日 😀", "plain ü 日 😀"), ("\t\r\n\x1b\x7f", "\\t\\r\\n\\x1b\\x7f"), ("\u202e\u200b", "\\u202e\\u200b"),
        ("\ud800", "\\ud800"), ("\U000e0001", "\\U000e0001"), ("\xa0", "\\xa0"), ("\\", "\\"), ("", ""),
    ],
)  # fmt: skip
def test_printable(text: str, expected: str) -> None:
    assert printable(text) == expected


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("abc", 3),
        ("ü", 1),
        ("日本", 4),
        ("ｱ", 1),
        ("e\u0301", 1),
        ("😀", 2),
        ("❤\ufe0f", 1),
        ("\u20dd", 0),
    ],
)
def test_columns(text: str, width: int) -> None:
    assert columns(text) == width


def test_paint() -> None:
    assert paint("x", "1;31", color=True) == "\x1b[1;31mx\x1b[0m"
    assert paint("x", "1;31", color=False) == "x"


# Findings as values


def test_as_json() -> None:
    text = "a ==\r\n“x” && b LIKE 'y'"
    (finding,) = check(text)
    assert json.loads(json.dumps(to_dict(finding, text))) == {
        "code": "E105",
        "severity": "error",
        "message": "“x” has quotes that don't delimit a string",
        "help": 'write "x"',
        "span": {"start": 6, "end": 9},
        "line": 2,
        "column": 1,
        "end_line": 2,
        "end_column": 4,
        "fix": {"safe": True, "edits": [{"start": 6, "end": 9, "text": '"x"'}]},
    }
    (finding,) = check("a ==")
    assert to_dict(finding, "a ==")["fix"] is None


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, pickle.dumps], ids=["copy", "deepcopy", "pickle"]
)
def test_copies(copied: Any) -> None:
    finding = Diagnostic(
        "W999", "message", Span(1, 2), "help", Fix((Edit(Span(1, 2), "x"),), safe=False)
    )
    other = copied(finding)
    other = pickle.loads(other) if isinstance(other, bytes) else other
    assert other == finding
    assert hash(other) == hash(finding)
    assert other.fix == Fix((Edit(Span(1, 2), "x"),), safe=False)


def test_a_fix_is_safe_unless_it_says_otherwise() -> None:
    assert Fix(()).safe


@pytest.mark.parametrize("safe", [True, False])
def test_a_fix_is_reviewed_when_first_asked_whether_it_is_safe(safe: bool) -> None:
    asked: list[bool] = []

    def review() -> bool:
        asked.append(safe)
        return safe

    edits = (Edit(Span(1, 2), "x"),)
    fix = Fix.reviewed(edits, review)
    assert fix.edits == edits
    assert not asked
    assert (fix.safe, fix.safe) == (safe, safe)
    assert asked == [safe]
    assert copy.copy(Fix.reviewed(edits, review)) == fix
    assert copy.deepcopy(Fix.reviewed(edits, review)) == fix
    assert pickle.loads(pickle.dumps(Fix.reviewed(edits, review))) == fix
    assert hash(Fix.reviewed(edits, review)) == hash(fix)
    assert repr(Fix.reviewed(edits, review)) == repr(Fix(edits, safe=safe))
    assert replace(Fix.reviewed(edits, review), edits=()) == Fix((), safe=safe)
    with pytest.raises(AttributeError, match="sure"):
        _ = fix.sure  # type: ignore[attr-defined]


def test_a_check_reviews_no_fix_that_no_one_asks_about(monkeypatch: pytest.MonkeyPatch) -> None:
    reviews: list[str] = []

    def keeps_all(before: str, after: str) -> bool:
        reviews.append(before)
        return rewrites.keeps_all(before, after)

    monkeypatch.setattr("pnfilter.lint.fix.keeps_all", keeps_all)
    found = check("such=wow && much=so")
    assert not reviews
    assert [each.fix.safe for each in found if each.fix and each.code == "W403"] == [True, True]
    assert len(reviews) == 1


def test_the_error_is_a_value_error_with_all_that_was_found() -> None:
    findings = check("a AND b OR c")
    error = FilterSyntaxError("a AND b OR c", iter(findings))
    assert isinstance(error, ValueError)
    assert error.diagnostics == findings
    assert error.args == ("a AND b OR c", findings)
    assert str(error).count("^^") == 2


@given(
    st.text("abc", max_size=20),
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3), st.text("xy", max_size=3))),
)
def test_edits(text: str, wanted: list[tuple[int, int, str]]) -> None:
    edits: list[Edit] = []
    end = -1
    for start, length, replacement in sorted(wanted):
        if end < start and start + length <= len(text):
            edits.append(Edit(Span(start, start + length), replacement))
            end = start + length
    expected = text
    for edit in reversed(edits):
        expected = expected[: edit.span.start] + edit.text + expected[edit.span.end :]
    assert apply_edits(text, edits) == expected
    assert apply_edits(text, edits[::-1]) == expected
