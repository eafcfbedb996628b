"""``pnfilter rule``: the entry of a rule, the list of all, the nearest to a misspelt one."""

from __future__ import annotations

import pytest

from pnfilter.diagnostics import Rule
from pnfilter.lint.registry import all_rules

from .conftest import Command

RULES = all_rules()


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_every_entry(pn: Command, rule: Rule) -> None:
    for word in (rule.code, rule.code.lower(), rule.name, rule.name.upper()):
        ended = pn("rule", word)
        assert ended.status == 0
        assert ended.out.startswith(f"{rule.code} {rule.name} (")


def test_an_entry(pn: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "72")
    out = pn("rule", "W403").out
    assert out.startswith("W403 single-equals (warning)\n\n")
    assert RULES["W403"].summary in out
    assert RULES["W403"].why[:30] in out
    assert out.endswith(
        f"Instead of:\n    {RULES['W403'].bad}\n\nwrite:\n    {RULES['W403'].good}\n"
    )
    assert max(map(len, out.splitlines())) <= 72


def test_the_option_without_which_a_rule_is_silent(pn: Command) -> None:
    assert "Only given under --encrypted." in pn("rule", "W454").out
    assert "Only given" not in pn("rule", "W403").out


def test_several_entries(pn: Command) -> None:
    out = pn("rule", "E212", "W403").out
    assert "E212 " in out
    assert "\n\nW403 " in out


def test_the_list(pn: Command) -> None:
    ended = pn("rule", "--all")
    assert [line.split()[0] for line in ended.out.splitlines()] == list(RULES)
    assert "W403  single-equals " in ended.out
    assert RULES["E101"].summary in ended.out.splitlines()[0]


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("W4033", "did you mean W433 (constant-condition)?"),
        ("singel-equals", "did you mean W403 (single-equals)?"),
        ("qqqqqq", "pnfilter rule --all lists them"),
    ],
)
def test_the_nearest_rule(pn: Command, word: str, hint: str) -> None:
    assert pn("rule", word) == (2, "", f"pnfilter: {word}: no such rule; {hint}\n")


def test_the_start_of_codes(pn: Command) -> None:
    begun = [code for code in RULES if code.startswith("W40")]
    assert pn("rule", "w40") == (
        2,
        "",
        f"pnfilter: w40: not a code but the start of {len(begun)}, from {begun[0]} to {begun[-1]}; "
        "pnfilter rule --all lists them\n",
    )
    assert "the start of" not in pn("rule", "").err


@pytest.mark.parametrize("arguments", [[], ["--all", "W403"]])
def test_misuse(pn: Command, arguments: list[str]) -> None:
    ended = pn("rule", *arguments)
    assert ended.status == 2
    assert "give a code, or --all for the list" in ended.err
