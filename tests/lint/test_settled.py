"""What assumptions settle is not reported as unknown."""

from __future__ import annotations

import pytest

from pnfilter import check

#: A filter, the warning that it gets, and readings with it and without.
CASES = [
    (
        'data.name > "m"',
        "W422",
        ("numbers", "no-match"),
        "text-ordering",
        ("alphabetical", "strings"),
    ),
    ("data.open == true", "W408", ("never",), "boolean-equality", ("same", "same-or-text", "any")),
    ("data.open != false", "W408", ("never",), "boolean-equality", ("same-or-number",)),
    ("data.text", "W427", ("no-match",), "bare-value", ("match", "match-unless-empty")),
    ("data.a LIKE meta.b", "W429", (), "pattern-from-message", ("special", "literal")),
    ("data.a LIKE 5", "W423", ("never",), "pattern-not-text", ("text",)),
]


def codes(text: str, assume: str | None = None) -> set[str]:
    return {each.code for each in check(text, assume=assume)}


@pytest.mark.parametrize(("text", "code", "kept", "question", "settled"), CASES)
def test_a_reading_that_makes_a_filter_work_ends_its_warning(
    text: str, code: str, kept: tuple[str, ...], question: str, settled: tuple[str, ...]
) -> None:
    assert code in codes(text)
    assert all(code in codes(text, f"{question}={reading}") for reading in kept)
    assert all(code not in codes(text, f"{question}={reading}") for reading in settled)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("data.open > true", "W422"),
        ("data.open > null", "W422"),
        ("data.open == null", "W408"),
        ("true CONTAINS data.open", "W408"),
        ('data.a == "x" || "data.text"', "W427"),
        ("data.a LIKE null", "W423"),
        ("5 LIKE 'a'", "W423"),
        ('data.age > "18"', "W415"),
    ],
)
def test_no_reading_settles_what_it_does_not_decide(text: str, code: str) -> None:
    settings = "text-ordering=strings,boolean-equality=any,bare-value=match,pattern-not-text=text"
    assert code in codes(text, settings)


def test_an_unknown_reading_is_refused_before_the_text_is_read() -> None:
    with pytest.raises(ValueError, match="text-ordering"):
        check("data.a ==", assume="text-ordering=sideways")


def test_a_hole_is_checked_with_the_same_assumptions() -> None:
    text = 'data.name > "m" && data.a == "{name}"'
    assert "W422" in {each.code for each in check(text, holes=True)}
    found = check(text, holes=True, assume="text-ordering=alphabetical")
    assert "W422" not in {each.code for each in found}
