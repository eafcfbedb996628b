"""Texts with holes: what is wrong whatever fills them, and what the holes risk."""

from __future__ import annotations

import pytest

from pnfilter import Diagnostic, check
from pnfilter.diagnostics import Span
from pnfilter.lint.rules.placeholders import check_holes
from pnfilter.syntax.holes import Hole, named_holes


def graver(text: str) -> list[Diagnostic]:
    """Errors and warnings of a text with holes, but for the holes' own and that of bare names."""
    return [
        found for found in check(text, holes=True) if found.code[0] != "I" and found.code != "W461"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "uuid != '{me}'",
        "{base} && data.x == 1",
        "data.x == 1 && {rest}",
        "data.x == 1 {rest}",
        "{first} data.x == 1",
        "{field} {operator} {value}",
        "data.{field} == 1",
        "meta.{a}.{b} == '{c}'",
        "a == '{x}' && a == '{y}'",
        "data.level > '{level}'",
        "data.level > {level}",
        "({list}) CONTAINS meta.x",
        "{list} CONTAINS meta.x",
        "meta.tags CONTAINS {tag}",
        "name LIKE '{pattern}'",
        "name LIKE '*{part}*'",
        "data.price >= {low} && data.price <= {high}",
        "!({condition})",
        "{a}",
        "{a}{b}",
        "{a} {b} '{c}'",
        "meta.n % {n} == {m}",
        "data[{index}] == 'x'",
        "data['{key}'] == 1",
    ],
)
def test_a_right_text_is_right_whatever_fills_it(text: str) -> None:
    assert graver(text) == []


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ("a == '{x}' AND b == 1", "E202", "AND"),
        ("a = {value}", "W403", "="),
        ("a == {x} and b == {y} && c == {z}", "E202", "and"),
        ("x == '{a}", "E104", "'{a}"),
        (
            "meta.x == '{a}' || meta.y == 2 && meta.z == '{b}'",
            "W451",
            "meta.y == 2 && meta.z == '{b}'",
        ),
        ("({a} == 1", "E201", "("),
    ],
)
def test_a_mistake_is_found_at_its_place(text: str, code: str, marked: str) -> None:
    found = [one for one in graver(text) if one.code == code]
    assert [text[slice(*one.span)] for one in found] == [marked]
    assert all(one.fix is None for one in found)


def test_messages_have_the_holes_by_their_names() -> None:
    (found,) = [one for one in check("a = {value}", holes=True) if one.code == "W403"]
    assert found.help == "write a == {value}"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("uuid != '{me}'", ["I511"]),
        ("meta.level > {level}", ["W461"]),
        ("meta.level > {LEVEL}", []),
        ("meta.text == 'it\\'s {x}'", ["I511"]),
    ],
)
def test_what_a_hole_risks(text: str, codes: list[str]) -> None:
    found = [one for one in check(text, holes=True) if one.code in ("W461", "I511")]
    assert [one.code for one in found] == codes
    assert all(text[slice(*one.span)].startswith("{") for one in found)


def test_a_hole_that_is_known_to_be_a_number_or_a_text_risks_nothing() -> None:
    text = "meta.level > {level} && meta.name == {name} && meta.x == {any}"
    spans = [hole.span for hole in named_holes(text)]
    holes = [
        Hole(spans[0], "level", "number"),
        Hole(spans[1], "name", "text"),
        Hole(spans[2], "any", "value"),
    ]
    assert [one for one in check_holes(text, holes, check) if one.code[0] != "I"] == []
    assert "W461" in {one.code for one in check_holes(text, [Hole(spans[2], "x")], check)}


def test_without_the_option_a_brace_is_a_mistake() -> None:
    assert [one.code for one in check("uuid == {me}")] == ["E111"]
    assert check("meta.x == 1", holes=True) == check("meta.x == 1")


def test_many_holes_take_no_time_and_no_error() -> None:
    text = " && ".join(f"meta.f{number} == {{v{number}}}" for number in range(60))
    assert graver(text) == []


def test_holes_keep_options() -> None:
    found = check("data.x == '{v}'", holes=True, encrypted=True)
    assert "W454" in {one.code for one in found}


def test_named_holes() -> None:
    assert named_holes("a == {b} && c == '{d}' {1} {}") == (
        Hole(Span(5, 8), "b"),
        Hole(Span(18, 21), "d"),
    )
