"""Rules: each is with what reports it, is said in sentences, and has an example that holds."""

from __future__ import annotations

import ast
import re
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

import pnfilter
from pnfilter import Severity, check, fix, parse
from pnfilter.diagnostics import Rule
from pnfilter.lint.context import Lint
from pnfilter.lint.registry import HOMES, all_rules, lints_in, rule_of, rules_in
from pnfilter.lint.table import CODES, LINTS
from tests.cases import for_each

PACKAGE = Path(pnfilter.__file__).parent
RULES = all_rules()
ALL = list(RULES.values())
#: What examples may have beside their own code: of bare names, and of assumed rules.
HINTS = {"I501", "I504", "I507"}


def literals(path: Path) -> list[str]:
    """The strings of a module that are a code and nothing else."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant))
    return [text for text in texts if isinstance(text, str) and re.fullmatch("[EWI][0-9]{3}", text)]


def codes_of(text: str, rule: Rule) -> set[str]:
    return {found.code for found in check(text, **(rule.options or {}))}


# Where rules are


def test_every_module_with_a_rule_is_a_home() -> None:
    names = {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in PACKAGE.rglob("*.py")
        if re.search(
            r"^(?:@lint\(|    Rule\(|[A-Z_]+ = Rule\()", path.read_text("utf-8"), re.MULTILINE
        )
    }
    assert names == set(HOMES)


def test_errors_come_from_the_syntax_and_nothing_else_does() -> None:
    paths = set(PACKAGE.joinpath("syntax").rglob("*.py")) - {PACKAGE / "syntax" / "errors.py"}
    codes = {code for path in paths for code in literals(path)}
    assert codes == {code for code in RULES if code[0] == "E"}
    found = {rule.code for rule in rules_in(import_module("pnfilter.syntax.errors"))}
    assert found == codes


def test_a_lint_reports_by_its_rules_and_not_by_codes() -> None:
    for home in set(HOMES) - {"pnfilter.syntax.errors"}:
        module = import_module(home)
        tree = ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        assert "Diagnostic" not in {func.id for func in calls if isinstance(func, ast.Name)}, home


def test_no_code_is_there_twice() -> None:
    own = {id(rule): rule for home in HOMES for rule in rules_in(import_module(home))}
    assert [
        code for code, times in Counter(rule.code for rule in own.values()).items() if times > 1
    ] == []
    assert list(RULES) == sorted(RULES)


def test_the_table_has_every_lint_and_every_rule() -> None:
    lints = [(home, name, lint) for home in HOMES for name, lint in lints_in(import_module(home))]
    assert [(home, name) for home, name, _ in lints] == [(home, name) for home, name, _ in LINTS]
    for (_, _, lint), (_, _, traits) in zip(lints, LINTS, strict=True):
        assert lint.when == set(traits)
    assert {code: name for code, (name, _) in CODES.items()} == {
        rule.code: rule.name for rule in ALL
    }
    assert all(rule_of(code) is rule for code, rule in RULES.items())


def test_a_lint_with_several_rules_names_the_one_that_it_reports() -> None:
    both = Lint(lambda _: (), tuple(ALL[:2]), ["bare"])
    with pytest.raises(ValueError, match="too many values"):
        both.at(pnfilter.Span(0, 1), "message")


# What rules say


def test_names_are_unique_and_lower_case_with_dashes() -> None:
    names = [rule.name for rule in ALL]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch("[a-z]+(-[a-z]+)*", name)] == []


@for_each(ALL, lambda rule: rule.code)
def test_a_rule_is_said_in_sentences(rule: Rule) -> None:
    assert re.fullmatch(r"[^\n]{10,80}\.", rule.summary)
    assert rule.why.endswith((".", "]."))
    assert "  " not in rule.why
    assert "\n" not in rule.why
    mentioned = set(re.findall(r"\b[EWI][0-9]{3}\b", rule.why))
    assert mentioned <= RULES.keys() - {rule.code}


@for_each(ALL, lambda rule: rule.code)
def test_the_severity_is_the_letter(rule: Rule) -> None:
    letters = {"E": Severity.ERROR, "W": Severity.WARNING, "I": Severity.INFO}
    assert rule.severity is letters[rule.code[0]]


# Examples


@for_each(ALL, lambda rule: rule.code)
def test_the_bad_example_has_this_code_and_the_good_one_nothing(rule: Rule) -> None:
    bad = codes_of(rule.bad, rule)
    assert bad - (HINTS - {rule.code}) == {rule.code}
    assert codes_of(rule.good, rule) <= HINTS - {rule.code}
    parse(rule.good)


@for_each(ALL, lambda rule: rule.code)
def test_a_safe_fix_makes_the_good_example_of_the_bad_one(rule: Rule) -> None:
    found = [each for each in check(rule.bad, **(rule.options or {})) if each.code == rule.code]
    if any(each.fix and each.fix.safe for each in found):
        assert fix(rule.bad) == rule.good


@pytest.mark.parametrize("rule", [rule for rule in ALL if rule.options], ids=lambda rule: rule.code)
def test_options_are_needed(rule: Rule) -> None:
    assert rule.code not in {found.code for found in check(rule.bad)}


@for_each(ALL, lambda rule: rule.code)
def test_every_finding_says_what_to_do(rule: Rule) -> None:
    for found in check(rule.bad, **(rule.options or {})):
        assert found.message
        assert found.message[-1] not in ".:"
        assert found.help or found.fix
