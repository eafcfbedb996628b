"""Everyday filters get nothing, everyday mistakes a fix."""

from __future__ import annotations

from pathlib import Path

import pytest

import pnfilter
from tests.cases import for_each

#: Filters of many trades, a line each.
EVERYDAY = Path(__file__).with_name("everyday.txt").read_text(encoding="utf-8").splitlines()

OLDER_FORM = (
    'uid != "bot"',
    "uid == 'Serhii' && !admin && age >= 32",
    "(numA ^ numB) != (numValue * 10)",
    "mag > 5",
    'channel.topic == "x"',
)


@for_each(EVERYDAY)
def test_everyday_filters_get_nothing(text: str) -> None:
    assert [found for found in pnfilter.check(text) if not found.code.startswith("I")] == []


@pytest.mark.parametrize("text", OLDER_FORM)
def test_a_filter_without_prefixes_gets_both_readings(text: str) -> None:
    (found,) = (found for found in pnfilter.check(text) if found.code not in ("I501", "I504"))
    assert found.code == "I507"
    assert "data." in found.help
    assert "meta." in found.help


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("such=wow", 'such == "wow"'),
        ("a == 1 AND NOT b == 2", "a == 1 && !(b == 2)"),
        ("region <> 'us'", "region != 'us'"),
        ("1 < data.x < 5", "1 < data.x && data.x < 5"),
        ("a == b == c", "a == b == c"),
        ("region IN ('us', 'eu')", "('us', 'eu') CONTAINS region"),
        ("a == “x”", 'a == "x"'),
        ('("us") CONTAINS meta.net', '("us") CONTAINS meta.net'),
        ("name LIKE Todd*", 'name LIKE "Todd*"'),
        ("data.age > '18'", "data.age > '18'"),
    ],
)
def test_safe_fixes(text: str, mended: str) -> None:
    assert pnfilter.fix(text) == mended


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "a AND b",
            "error[E202]: `AND` is not a valid operator\n"
            "  |\n1 | a AND b\n  |   ^^^\n  = help: write `&&`",
        ),
        (
            '日本 == "x"',
            "error[E108]: `日本` can't be a bare name: those have ASCII letters only\n"
            '  |\n1 | 日本 == "x"\n  | ^^^^\n  = help: write meta["日本"]',
        ),
    ],
)
def test_a_syntax_error_shows_the_place(text: str, shown: str) -> None:
    with pytest.raises(pnfilter.FilterSyntaxError) as caught:
        pnfilter.parse(text)
    assert str(caught.value) == shown


def test_limits() -> None:
    assert [found.code for found in pnfilter.check("a" * 262_145)] == ["E102"]
    assert [found.code for found in pnfilter.check("(" * 100_000)] == ["E103"]
    assert pnfilter.parse("(" * 100 + "a == 1" + ")" * 100) == pnfilter.parse("a == 1")
    pattern = "*".join("a" * 1_000)
    compiled = pnfilter.compile(f'data LIKE "{pattern}b"')
    assert compiled.evaluate({"data": "a" * 100_000}) is pnfilter.Verdict.NO_MATCH
    clauses = " && ".join(f"data.f{number} == {number}" for number in range(5_000))
    assert pnfilter.check(clauses + ' && data.f7 == "x"')[-1].code in {"W431", "W456"}
