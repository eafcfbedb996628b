"""What rests on an assumed rule.

Each part at its place, from ``assumed.txt``, and what gets none.
"""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from pnfilter import Severity, Verdict, check, compile
from tests.cases import for_each
from tests.findings import block, blocks, text_of

LANGUAGE = Path(__file__).parents[2] / "grammar" / "LANGUAGE.md"
BLOCKS = blocks(Path(__file__).with_name("assumed.txt"))
SHOWN = [*map(text_of, BLOCKS)]


def places(text: str) -> list[str]:
    """The parts of a filter that are marked."""
    return [text[slice(*found.span)] for found in check(text) if found.code == "I504"]


@for_each(BLOCKS, text_of)
def test_a_part_at_its_place(expected: str) -> None:
    text = text_of(expected)
    assert block(text) == expected
    assert places(text)


#: Forms with evidence, and what only a message can bring up.
UNMARKED = [
    # Recorded, live, documented, legacy
    "region == 'east'", "regions.east.count < 42", "attributes['var2'] == 30", "DATA.x == 5",
    "(data.a + data.b == 30)", "data.a + data.b + data.c > 1", "data.a + 5 == 7",
    "data.items[0].price >= 10", "data.items[10] == 0", "data.x == 1.50", "data.x like 'a*'",
    "data.x == 'it\\'s' && data.y == 'a\\\\b' && data.z LIKE '\\*x'", 'data.x == "\\*"',
    "(3, 5, 'x') contains numValue", "('US', 'eu') CONTAINS meta.net", "('us', 'eu') LIKE 'U*'",
    "data.tags CONTAINS '2024' && data.tags CONTAINS 5 && data.tags CONTAINS 5.5",
    "data.a % 10 == 0", "(data.a & 4) == 4", "(data.a ^ data.b) != (data.c | 1)",
    "(data.a & data.b & 1) == 1", "(~data.a) == 5", "data.a + (~data.b) == 5", "5 == ~data.a",
    "!data.admin", "!(a == 1)", "!(a == 1 || b == 2)", "a == 1 || (b == 2 && c == 3)",
    "a == 1 && b == 2 && c == 3", "data.x LIKE '*news*'", "data.x LIKE 'news'", "'x' LIKE a",
    "data.age > '18'", "data.x LIKE '*日本*'", "data.x == 'É'", "data.x LIKE meta.y",
    "data.x == 9007199254740992", "data.x > 0.12345678901234567", "data.x > 100000000000000000.0",
    # Another rule's, and told by a warning
    "5", "'x'", "!5", "data.a + 'x' == 1", "data.a % 2.5 == 1", "data.a % 0 == 1", "data.x LIKE 5",
    "data.x > 'm'", "'2' > '-1'",
    # What a key is called where no rule is needed
    "data.meta == 1 && data.data == 2", "meta.x.data == 1", "meta.True == 1", "True.x == 1",
    "meta['007'] == 1", "meta['[007]'] == 1", "data[0] == 1",
    # A result is possible
    "(data.a + data.b) % 3 == 1", "(data.a & 1) % (data.b | 2) == 1",
]  # fmt: skip


@for_each(UNMARKED)
def test_what_has_evidence_is_not_marked(text: str) -> None:
    assert places(text) == []
    assert Severity.ERROR not in {found.severity for found in check(text)}


#: Every mention of the grade in the sections on the language: a piece of its line, and filters in
#: which the rule is visible. None where only a message brings it up.
RULES: dict[str, list[str]] = {
    "mixture assumed": ["data.x Like 'a*'", "data.x ConTains 5"],
    "`True` is a name": ["data.x == true", "!(data.x == false)", "x == null", "x == NULL"],
    "exponent assumed": ["data.x > 1e3"],
    "backslash, any other character": ["data.x == 'a\\b'", "data['\\x'] == 1", 'data.x LIKE "\\\'*"'],
    "beside `&&` assumed": ["a == 1 || b == 1 && c == 1"],
    "beside `\\|\\|` assumed": ["a == 1 && b == 1 || c == 1"],
    "`!a == b` as `!(a == b)`": ["!a == 1", "!a LIKE 'x*'"],
    "| 5 | `\\|`": ["a | 1 == 1", "(a | b & 1) == 1"],
    "| 6 | `^`": ["1 != a ^ 1", "(a ^ 1 | b) == 1"],
    "| 7 | `&`": ["a & 1 > 0", "(a + b & 1) > 0"],
    "among arithmetic assumed": ["a + b % 2 == 1", "a - b + c == 1"],
    "| 9 | `*` `/` `%`": ["a % b + c == 1", "a % 5 % 2 == 1"],
    "| 10 | `-` `~`": ["~a + 1 == 0", "~a % 2 == 0", "~a == 5"],
    "live; alone assumed": ["data == 5", "meta CONTAINS 'x'"],
    "is reached by `meta.data`": ["meta.data == 1", "meta.meta.x == 1"],
    "`such=wow` means": ["such=wow", "such = 'wow'", "such=5"],
    "an index beyond the end": [],
    "Keys are compared exactly": [],
    "| `+` `-` `*` |": ["a - b == 1", "a * b == 1", "a + 0.5 == 1", "0.5 + a == 1"],
    "| `/` | real division": ["a / b == 1"],
    "| `-x` |": ["-a == 1", "a > -5", "(-5, 'x') CONTAINS a"],
    "both sides are missing, under any other": [],
    "one side is missing, under any operator": [],
    "| boolean, any other text": [],
    "| object, text or number": [],
    "live for three values": [],
    "| object or boolean, anything": [],
    "| object | anything present": [],
    "the empty text is in every text": ["data.x CONTAINS 'abc'", "'abc' CONTAINS data.x"],
    "| true | MATCH": ["data.x", "data.x && a == 1", "a == 1 || (data.x)"],
    "| false | NO_MATCH": ["data.x || a == 1"],
    "| missing | NO_MATCH | assumed": ["data.x + 1", "-data.x"],
    "zero of any spelling": ["0 || a == 1", "0.0", "'' && a == 1"],
    "All of this is assumed": [
        "a == 007", "a['x'][00] == 1", "a == 9007199254740993", "a == 1.234567890123456789",
        "a CONTAINS 5.0", "a > '-5'", "'5.5' <= a", "a > '007'",
    ],
    "wildcard in the middle assumed": [
        "a LIKE 'x*y'", "a LIKE '*x*y*'", *(f"a LIKE '*{sign}*'" for sign in "%_?[]."),
    ],
    "(assumed; `%` was": ["a LIKE '*\\*%'"],
    "beyond ASCII assumed": ["a LIKE '*é'", "a LIKE 'ẞ'", "('É', 'x') LIKE meta.y"],
}  # fmt: skip


def graded_lines() -> list[str]:
    """The lines of the sections on the language that grade a rule as assumed."""
    text = LANGUAGE.read_text(encoding="utf-8")
    sections = text[text.index("\n## 2. ") : text.index("\n## 11. ")]
    return [line for line in sections.splitlines() if re.search(r"\bassumed\b", line)]


def test_each_assumed_rule_is_decided() -> None:
    lines = graded_lines()
    text = LANGUAGE.read_text(encoding="utf-8")
    assert [piece for piece in RULES if text.count(piece) != 1] == []
    assert [line for line in lines if not any(piece in line for piece in RULES)] == []
    assert len(lines) == len(RULES)


@for_each([text for texts in RULES.values() for text in texts])
def test_an_assumed_rule_is_seen_in_a_filter(text: str) -> None:
    found = check(text)
    assert "I504" in {diagnostic.code for diagnostic in found}
    assert all(diagnostic.help for diagnostic in found if diagnostic.code == "I504")
    assert Severity.ERROR not in {diagnostic.severity for diagnostic in found}


NUMBERS = (0, 1, 2, 7, -3, 10**400, 0.0, 0.5, -2.5, 1e308)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("a % -3", False), ("-3 % a", False), ("a / 2 & b", False), ("(a * 0.5) % b", False),
        ("~(a / b)", False), ("a / (1 - 1)", False), ("1 % (a / 2 - 0.5)", False),
        ("a + 1e308 * 10", False), ("-(a + 0.5) | 1", False), ("a % (5 - 5)", False),
        ("(0.5 - b) ^ 1", False), ("a / (2 & 1)", False),
        ("a % 3", True), ("3 % a", True), ("~(a * b)", True), ("a / (b - 1)", True),
        ("5 / (a / 2 - 0.5)", True), ("a * 1e308", True), ("a / 1e-308", True),
        ("a | b", True), ("(a & 3) % 2", True), ("-a % 5", True), ("1e308 / (a * 0.5)", True),
        ("(a % 3) / 2", True), (f"{'9' * 4300} + a", True), (f"{'9' * 400} / a", True),
    ],
)  # fmt: skip
def test_no_result_is_reported_exactly_where_no_numbers_have_one(text: str, known: bool) -> None:
    found = check(f"({text}) != 0.25")
    told = [each for each in found if each.code == "I504" and "is not known" in each.message]
    verdicts = {
        compile(f"({text}) != 0.25").evaluate({"meta": {"a": a, "b": b}})
        for a, b in product(NUMBERS, NUMBERS)
    }
    assert len(told) == (not known)
    assert (verdicts == {Verdict.UNDECIDED}) is not known


def test_a_result_that_can_not_be_is_reported_once() -> None:
    text = "~(a / 2) + 1 & 7"
    told = [found for found in check(text) if "is not known" in found.message]
    assert [text[slice(*found.span)] for found in told] == ["~(a / 2)"]
    assert not [each for each in check("a + null % 2.5 == 1") if "is not known:" in each.message]


def test_operators_in_one_row_are_reported_once() -> None:
    text = "a + b % 2 + c % 3 == 1 && (d % 5 % 2 == 1)"
    assert places(text) == ["a + b % 2 + c % 3", "d % 5 % 2"]
    (first, _) = [found for found in check(text) if found.code == "I504"]
    assert first.help == "write a + (b % 2) + (c % 3)"


def test_it_stays_information() -> None:
    for text in SHOWN:
        (*_, found) = [each for each in check(text) if each.code == "I504"]
        assert found.severity is Severity.INFO
        assert found.fix is None
