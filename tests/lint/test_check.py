"""``check`` as a whole: silence on everyday filters, options, order, and what it raises."""

from __future__ import annotations

import random
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from benchmarks.filters import generate
from pnfilter import Severity, check, compile, fix, format, parse
from pnfilter.generation import FilterWriter
from pnfilter.lint.context import APP_CONTEXT, MAX_SHORT, context_of
from pnfilter.lint.findings import lints_for
from pnfilter.lint.registry import all_rules
from pnfilter.lint.rules.precedence import REQUEST_LINE_BYTES, encode
from pnfilter.lint.table import LINTS
from pnfilter.syntax.nodes import Comparison
from pnfilter.syntax.parser import read
from tests.cases import for_each

SILENT = [
    line
    for line in Path(__file__).with_name("silent.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("# ")
]


@for_each(SILENT)
def test_a_right_filter_gets_no_error_and_no_warning(text: str) -> None:
    codes = {found.code for found in check(text)}
    # Names without prefixes are right where the metadata has them.
    assert codes <= {"I501", "I504", "I507"}
    assert "I507" not in codes or "I501" in codes


@for_each(SILENT)
def test_a_right_filter_needs_no_fix(text: str) -> None:
    assert fix(text) == text
    assert parse(format(text)) == parse(text)
    assert [found.code for found in check(format(text))] == [found.code for found in check(text)]


def test_the_silent_filters_are_many_and_different() -> None:
    assert len(set(SILENT)) == len(SILENT) > 200


def test_findings_stand_in_the_order_of_the_text() -> None:
    found = check("such=wow && data.x LIKE '%y' || !data.z == true && (('us')) CONTAINS region")
    assert list(found) == sorted(found, key=lambda diagnostic: (diagnostic.span, diagnostic.code))
    assert [diagnostic.code for diagnostic in found if diagnostic.code != "I504"] == [
        "W457", "W451", "W403", "W404", "W452", "W408", "I503", "W405",
    ]  # fmt: skip


def test_of_a_text_that_is_no_filter_only_the_errors_are_reported() -> None:
    assert {found.severity for found in check("such=wow && a == true AND b LIKE '%x'")} == {
        Severity.ERROR
    }


def test_the_same_text_has_the_same_findings() -> None:
    assert check("such=wow") == check("such=wow")
    assert hash(check("such=wow")) == hash(check("such=wow"))


@pytest.mark.parametrize("text", [None, 5, b"a == 1", parse("a")])
def test_what_is_no_text(text: Any) -> None:
    with pytest.raises(TypeError, match="a filter must be a str, not "):
        check(text)


# Known fields


def test_known_fields_come_in_any_spelling() -> None:
    text = "meta.a == x && b == y"
    for known in (["x", "y"], {"x", "meta.y"}, ("meta['x']", 'meta["y"]'), iter(["x", "y"])):
        assert "W401" not in {found.code for found in check(text, known_fields=known)}
    assert [found.code for found in check(text, known_fields=["y"])].count("W401") == 1
    assert [found.code for found in check(text, known_fields=["data.x"])].count("W401") == 2
    assert [found.code for found in check(text, known_fields=[])].count("W401") == 2


@pytest.mark.parametrize("field", ["a == 1", "", "'x'", "a b", "5", "!a", "a + b", "data.*"])
def test_a_known_field_that_is_no_path(field: str) -> None:
    with pytest.raises(ValueError, match="is not the path of a field"):
        check("a == 1", known_fields=["a", field])


def test_known_fields_that_are_no_texts() -> None:
    with pytest.raises(TypeError, match="known_fields"):
        check("a == 1", known_fields="region")
    with pytest.raises(TypeError, match="known_fields"):
        check("a == 1", known_fields=[5])  # type: ignore[list-item]


# Which lints look at a filter


def every_lint() -> list[Any]:
    return list(lints_for(frozenset(chain.from_iterable(traits for _, _, traits in LINTS))))


def test_every_lint_of_the_table_is_there_and_once() -> None:
    names = [(module, name) for module, name, _ in LINTS]
    assert len(set(names)) == len(names) == len(every_lint())


def test_a_lint_finds_nothing_without_its_traits() -> None:
    source = random.Random(31)
    texts = [FilterWriter(source.randrange).text() for _ in range(2000)] + generate(500)
    texts += [rule.bad for rule in all_rules().values()]
    of_streams = set(lints_for(frozenset(chain(*(set(row[2]) - {APP_CONTEXT} for row in LINTS)))))
    trees = {text: read(text).expression for text in texts}
    for text, tree in trees.items():
        if tree is None:
            continue
        for encrypted in (False, True):
            context = context_of(text, tree, encrypted=encrypted, known_fields=["meta.a"])
            spared = of_streams - set(lints_for(context.traits))
            assert not [found for lint in spared for found in lint(context)], text


def test_what_is_called_short_fits_on_a_request_line() -> None:
    text = "meta.a == '" + "\U0001f600" * (MAX_SHORT - 12) + "'"
    assert len(text) == MAX_SHORT
    assert check(text) == ()
    assert len(encode(text)) <= REQUEST_LINE_BYTES


# The context of a lint


def test_a_lint_sees_nodes_text_and_options() -> None:
    text = "(a == 1) && !(data.b LIKE 'x*')"
    context = context_of(text, parse(text), encrypted=True, known_fields=["a"])
    assert [type(node).__name__ for node in context.nodes][:3] == ["And", "Comparison", "Path"]
    comparisons = list(context.comparisons())
    assert all(isinstance(node, Comparison) for node in comparisons)
    assert [context.source(node) for node in comparisons] == ["a == 1", "data.b LIKE 'x*'"]
    paths = compile(text).fields
    assert [context.is_known(path) for path in paths] == [True, False]
    assert context.encrypted
