"""The table of codes: whole, in order, and said in sentences that stand alone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import pnfilter
from pnfilter import Severity, check, parse
from pnfilter.rules import RULES, Rule, errors, evidence, logic, operands, reading, spelling
from tests.cases import for_each

PACKAGE = Path(pnfilter.__file__).parent
ALL = list(RULES.values())


def literals(path: Path) -> list[str]:
    """The texts of a module that are a code and nothing else."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant))
    return [text for text in texts if isinstance(text, str) and re.fullmatch("[EWI][0-9]{3}", text)]


def codes_of(*parts: str) -> set[str]:
    """The codes that stand in the modules of a part of the package."""
    return {code for path in PACKAGE.joinpath(*parts).rglob("*.py") for code in literals(path)}


def test_errors_come_from_the_syntax_and_all_else_from_the_lints_and_the_samples() -> None:
    assert codes_of("syntax") == {code for code in RULES if code[0] == "E"}
    sampling = set(literals(PACKAGE / "sampling.py"))
    assert codes_of("checking") | sampling == {code for code in RULES if code[0] != "E"}


def test_no_code_is_in_the_table_twice() -> None:
    modules = (errors, spelling, operands, reading, logic, evidence)
    assert sum(len(module.RULES) for module in modules) == len(RULES)
    assert [rule.code for rule in ALL] == sorted(RULES) == list(RULES)


def test_names_are_unique_and_lower_case_with_dashes() -> None:
    names = [rule.name for rule in ALL]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch("[a-z]+(-[a-z]+)*", name)] == []


@for_each(ALL, lambda rule: rule.code)
def test_a_rule_is_said_in_sentences(rule: Rule) -> None:
    assert re.fullmatch(r"[^\n]{10,80}\.", rule.summary)
    assert rule.explanation.endswith((".", "]."))
    assert "  " not in rule.explanation
    assert "\n" not in rule.explanation
    mentioned = set(re.findall(r"\b[EWI][0-9]{3}\b", rule.explanation))
    assert mentioned <= RULES.keys() - {rule.code}


@for_each(ALL, lambda rule: rule.code)
def test_the_severity_is_the_letter(rule: Rule) -> None:
    letters = {"E": Severity.ERROR, "W": Severity.WARNING, "I": Severity.INFO}
    assert rule.severity is letters[rule.code[0]]


@for_each(ALL, lambda rule: rule.code)
def test_the_bad_example_has_it_and_the_good_one_nothing(rule: Rule) -> None:
    bad = [found.code for found in check(rule.bad, **rule.options)]
    assert rule.code in bad
    assert {code for code in bad if code[0] != "I"} <= {rule.code}
    assert [found.code for found in check(rule.good, **rule.options) if found.code[0] != "I"] == []
    assert rule.code not in {found.code for found in check(rule.good, **rule.options)}
    parse(rule.good)


@pytest.mark.parametrize("rule", [rule for rule in ALL if rule.options], ids=lambda rule: rule.code)
def test_options_are_needed(rule: Rule) -> None:
    assert rule.code not in {found.code for found in check(rule.bad)}


@for_each(ALL, lambda rule: rule.code)
def test_every_finding_says_what_to_do(rule: Rule) -> None:
    for found in check(rule.bad, **rule.options):
        assert found.message
        assert found.message[-1] not in ".:"
        assert found.help or found.fix
