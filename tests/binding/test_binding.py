"""Predicates say what the interpreter says, and each trap of the normal form has a test."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

import pytest

from pnfilter.binding import bind as binding
from pnfilter.binding.bind import bind, classify, term
from pnfilter.binding.grouping import Equalities, grouped
from pnfilter.binding.predicates import (
    AllOf,
    AnyOf,
    Bound,
    Folded,
    Interpreted,
    Junction,
    Membership,
    NullComparison,
    NumberComparison,
    NumberEquality,
    Predicate,
    StringEquality,
    Truth,
    reads_key,
)
from pnfilter.semantics import MISSING_RESULT, UNREADABLE, NoResult, Reason
from pnfilter.syntax.nodes import (
    And,
    Arithmetic,
    Comparison,
    Expression,
    Not,
    Number,
    Or,
    Path,
    Unary,
)
from pnfilter.syntax.parser import parse
from tests.binding import fuzz
from tests.binding.evaluate import differences, evaluate, everything
from tests.syntax.test_limits import FILTERS, NESTED
from tests.test_conformance import VERDICTS, filter_text, parts_of_case
from tests.test_exports import loaded


def bound(text: str) -> Bound:
    return bind(parse(text))


def outcome(text: str, **message: Any) -> bool | Reason:
    """The outcome by the predicates, which is the interpreter's."""
    found = bound(text)
    data, meta = message.get("data", UNREADABLE), message.get("meta")
    assert not list(differences(found, data, meta))
    return evaluate(found, data, meta)


# The proof


def test_predicates_say_what_the_interpreter_says_of_the_suite() -> None:
    counts: Counter[str] = Counter()
    found = []
    for case in VERDICTS:
        filter = bound(filter_text(case))
        counts.update(type(part).__name__ for part in everything(filter))
        for message in map(parts_of_case, case["messages"]):
            data, meta = message.get("data", UNREADABLE), message.get("meta")
            found += [f"{case['name']}: {one}" for one in differences(filter, data, meta)]
            counts["outcomes"] += 1
    assert found == []
    assert counts["outcomes"] > 6_000
    assert all(counts[kind.__name__] for kind in KINDS)


def test_predicates_say_what_the_interpreter_says_of_random_messages(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert fuzz.main(["--count", "2000", "--seed", "20160128", "--workers", "1"]) == 0
    printed = capsys.readouterr().out
    assert "2,000 pairs in " in printed
    assert "\n0 differences\n" in printed
    assert all(f"  {kind.__name__}: " in printed for kind in KINDS)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("_shape_of", lambda _: "any"),
        ("text_value", lambda raw: raw),
        ("calculate", lambda *_: 1),
        ("read_number", lambda _: 5),
        ("MIRRORED", {operator: operator for operator in ("<", "<=", ">", ">=")}),
    ],
)
def test_a_mistake_would_be_found(
    name: str, wrong: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binding, name, wrong)
    assert any(fuzz.run_batch(f"mistakes {batch}")[1] for batch in range(5))


# What a leaf is

LEAVES = {
    "1 == 1": "Constant(True)",
    "'a' LIKE 'A*'": "Constant(True)",
    "!null": f"Constant({Reason.NEGATED_VALUE!r})",
    "5": f"Constant({Reason.BARE_VALUE!r})",
    "1 / 0 == 1": f"Constant({Reason.NO_RESULT!r})",
    "!(1 == 1)": "!Constant(True)",
    "data.on": "Truth(data.on, False)",
    "!data.on": "Truth(data.on, True)",
    "!!data.on": "!Truth(data.on, True)",
    "data.a == 'x'": "StringEquality(data.a, 'x', '==')",
    r"data.a != 'x\\y\*'": r"StringEquality(data.a, 'x\\y\\*', '!=')",
    "'x' == data.a": "StringEquality(data.a, 'x', '==')",
    "such=wow": "StringEquality(such, 'wow', '==')",
    "a = 5": "NumberEquality(a, 5, '==')",
    "data.a != -(2 + 3)": "NumberEquality(data.a, -5, '!=')",
    "!(data.a != 5.0)": "!NumberEquality(data.a, 5.0, '!=')",
    "data.a == true": "BooleanEquality(data.a, True, '==')",
    "false != data.a": "BooleanEquality(data.a, False, '!=')",
    "data.a == null": "NullComparison(data.a, '==')",
    "null < data.a": "NullComparison(data.a, '>')",
    "('a', 1, 'b', 1.0, -2, 'a') CONTAINS data.a": "Membership(data.a, ('a', 'b'), (1, -2))",
    "data.a <= 5": "Ordering(data.a, '<=', 5, False)",
    "5 <= data.a": "Ordering(data.a, '>=', 5, False)",
    "data.a < '1e1'": "Ordering(data.a, '<', 10.0, True)",
    "'007' < data.a": "Ordering(data.a, '>', 7, True)",
    "data.a LIKE 'Ab'": "Pattern(data.a, ('ab',), 'exact')",
    "data.a LIKE 'a*'": "Pattern(data.a, ('a', ''), 'prefix')",
    "data.a LIKE '*a'": "Pattern(data.a, ('', 'a'), 'suffix')",
    "data.a LIKE '*a*'": "Pattern(data.a, ('', 'a', ''), 'substring')",
    "data.a LIKE '*'": "Pattern(data.a, ('', ''), 'any')",
    "data.a LIKE 'a*b'": "Pattern(data.a, ('a', 'b'), 'general')",
    r"data.a LIKE 'a\*'": "Pattern(data.a, ('a*',), 'exact')",
    "data.a CONTAINS 'x'": "Contains(data.a, 'x')",
    "data.a CONTAINS -1": "Contains(data.a, -1)",
    "'abc' CONTAINS data.a": "Within(data.a, 'abc')",
    "data.a != b": "FieldEquality(data.a, b, '!=')",
    "data.a < data.b": "FieldOrdering(data.a, data.b, '<')",
    "data.a CONTAINS data.b": "FieldContains(data.a, data.b)",
    "data.a + 1 * 2 > -data.b": (
        "NumberComparison('>', Calculation('+', data.a, Folded(2)), Signed('-', data.b))"
    ),
    "5 == ~data.a": "NumberComparison('==', Folded(5), Signed('~', data.a))",
    "data.a LIKE data.b": "Interpreted()",
    "'a' LIKE data.b": "Interpreted()",
    "data.a LIKE 5": "Interpreted()",
    "('a', 'b') LIKE data.b": "Interpreted()",
    "data.a < 'word'": "Interpreted()",
    "data.a < true": "Interpreted()",
    "data.a CONTAINS true": "Interpreted()",
    "data.a CONTAINS null": "Interpreted()",
    "5 CONTAINS data.a": "Interpreted()",
    "data.a + 1 LIKE '5'": "Interpreted()",
    "data.a + 'x' == 5": "Interpreted()",
    "data.a + 1 == '5'": "Interpreted()",
    "data.a + 1": "Interpreted()",
    "!(data.a + 1)": "Interpreted()",
}
KINDS = {type(bound(text)) for text in LEAVES}


@pytest.mark.parametrize(("text", "shown"), LEAVES.items(), ids=LEAVES)
def test_what_a_leaf_is(text: str, shown: str) -> None:
    found = bound(text)
    assert repr(found) == shown
    assert repr(classify(parse(text))) == shown
    source = parse(text)
    while found.negated and isinstance(source, Not) and found.source != source:
        source = source.operand
    assert found.source == source, "the source is the leaf without its negations"


def test_every_kind_has_a_leaf_here() -> None:
    assert set(Predicate.__subclasses__()) == KINDS


def test_a_junction_is_no_leaf() -> None:
    node = parse("!(a == 1 && b == 2)")
    assert isinstance(node, Not)
    found = classify(node)
    assert isinstance(found, Interpreted)
    assert (found.source, found.negated) == (node.operand, True)


def test_a_pattern_of_the_code_can_match() -> None:
    match bound("!(data.a == 'x')"):
        case StringEquality(Path(root="data"), "x", "==", negated=True):
            pass
        case other:
            pytest.fail(repr(other))


# Junctions


JUNCTIONS = {
    "a == 1 && b && c": "AllOf((A, B, C))",
    "(a == 1 && b) && (c && d)": "AllOf((A, B, C, D))",
    "a == 1 || (b || (c || d))": "AnyOf((A, B, C, D))",
    "a == 1 && (b || c) && d": "AllOf((A, AnyOf((B, C)), D))",
    "!(a == 1 && b)": "AnyOf((!A, !B))",
    "!(a == 1 || b) && c": "AllOf((!A, !B, C))",
    "!(a == 1 && !(b && c))": "AnyOf((!A, AllOf((B, C))))",
    "!!(a == 1 && b)": "AllOf((A, B))",
    "!(a == 1 && !(b || !c))": "AnyOf((!A, B, NOT C))",
    "!(a == 1 && (b || !c))": "AnyOf((!A, AllOf((!B, !NOT C))))",
    "(a == 1 && b || c) && d": "AllOf((AnyOf((AllOf((A, B)), C)), D))",
}


@pytest.mark.parametrize(("text", "shown"), JUNCTIONS.items(), ids=JUNCTIONS)
def test_negations_go_down_and_junctions_are_flat(text: str, shown: str) -> None:
    names = {"NumberEquality(a, 1, '==')": "A"}
    for letter in "abcd":
        names[f"Truth({letter}, False)"] = letter.upper()
        names[f"Truth({letter}, True)"] = f"NOT {letter.upper()}"
    found = repr(bound(text))
    for long, short in names.items():
        found = found.replace(long, short)
    assert found == shown


def test_every_part_knows_its_source() -> None:
    text = "!(a == 1 && (b == 2 || c == 3) && !(d == 4 && e == 5))"
    node = parse(text)
    found = bound(text)
    assert isinstance(node, Not)
    assert isinstance(found, AnyOf)
    assert (found.source, found.negated) == (node.operand, True)
    _, second, third = found.conditions
    assert isinstance(second, AllOf)
    assert isinstance(third, AllOf)
    assert (str(second.source), second.negated) == ("b == 2 || c == 3", True)
    assert (str(third.source), third.negated) == ("d == 4 && e == 5", False)


# The traps


def test_unequal_is_not_the_negation_of_equal() -> None:
    for text in ("meta.a != 1", "meta.a != 'x'"):
        assert outcome(text, data=1) is Reason.NO_METADATA
        assert outcome(f"!({text.replace('!=', '==')})", data=1) is True
        assert outcome(text, data=1, meta={}) is Reason.MISSING_DIFFERS
    plain, negated = bound("meta.a != 1"), bound("!(meta.a == 1)")
    assert isinstance(plain, NumberEquality)
    assert isinstance(negated, NumberEquality)
    assert (plain.operator, plain.negated) == ("!=", False)
    assert (negated.operator, negated.negated) == ("==", True)


def test_not_before_a_field_is_not_its_negation() -> None:
    assert outcome("data.a", data={}) is False
    assert outcome("!data.a", data={}) is Reason.NEGATED_VALUE
    assert outcome("data.a", data={"a": 5}) is Reason.BARE_VALUE
    assert outcome("!data.a", data={"a": 5}) is Reason.NEGATED_VALUE
    assert outcome("!!data.a", data={"a": True}) is True
    under, twice = bound("!data.a"), bound("!!data.a")
    assert isinstance(under, Truth)
    assert isinstance(twice, Truth)
    assert (under.under_not, under.negated) == (True, False)
    assert (twice.under_not, twice.negated) == (True, True)
    # De Morgan negates the bare field as a condition, which is not `!` before it.
    (negated, _) = bound("!(data.a && data.b)").conditions  # type: ignore[union-attr]
    assert isinstance(negated, Truth)
    assert (negated.under_not, negated.negated) == (False, True)
    assert outcome("!(data.a && data.a)", data={}) is True


@pytest.mark.parametrize("value", [["a"], {"a": 1}, ["c"]], ids=str)
def test_membership_is_no_series_of_equalities(value: object) -> None:
    member = outcome('("a", "b") CONTAINS data.x', data={"x": value})
    series = outcome('data.x == "a" || data.x == "b"', data={"x": value})
    assert member is not series
    assert isinstance(bound('("a", "b") CONTAINS data.x'), Membership)
    assert isinstance(bound('data.x == "a" || data.x == "b"'), AnyOf)


def test_a_quoted_number_orders_numbers_and_no_strings() -> None:
    assert outcome('data.a < "5"', data={"a": 4}) is True
    assert outcome('data.a < "5"', data={"a": "4"}) is Reason.TEXT_ORDERING
    assert outcome("data.a < 5", data={"a": "4"}) is True
    assert outcome('data.a < "5"', data={"a": ["4"]}) is Reason.ARRAY_ORDERING
    for operator, number in product(("<", "<=", ">", ">="), ("5", "5.0", "-0.5", "1e300", "007")):
        values: tuple[Any, ...] = (5, 7, -0.5, 1e300, "5", "x", [1, "9"], True, None, {})
        for value in values:
            outcome(f'data.a {operator} "{number}"', data={"a": value})
            outcome(f'"{number}" {operator} data.a', data={"a": value})


def test_only_the_source_remembers_the_shorthand() -> None:
    shorthand, equality = bound("such=wow"), bound("such == 'wow'")
    assert repr(shorthand) == repr(equality)
    assert isinstance(shorthand.source, Comparison)
    assert shorthand.source.operator == "="
    assert "'='" not in repr([bound(text) for text in ("a = b", "a = 5", "a = 'b'")])


def test_folding_keeps_results_that_are_missing() -> None:
    folded = term(parse("null + 1"))
    assert isinstance(folded, Folded)
    assert folded.value is MISSING_RESULT
    # The reason tells a computed missing value from null.
    assert outcome("data.a != null + 1", data={"a": 1}) is Reason.MISSING_IN_ARITHMETIC
    assert outcome("data.a != null", data={"a": 1}) is Reason.MISSING_DIFFERS
    assert outcome("data.a + (null + 1) != 2", data={"a": 1}) is Reason.MISSING_IN_ARITHMETIC
    assert isinstance(bound("data.a != null + 1"), Interpreted)
    assert isinstance(bound("data.a != null"), NullComparison)


def test_folding_keeps_what_has_no_result() -> None:
    folded = term(parse("1 / 0"))
    assert isinstance(folded, Folded)
    assert isinstance(folded.value, NoResult)
    assert outcome("data.a == 1 / 0", data={}) is Reason.NO_RESULT
    assert outcome("data.a == 1 / 0") is Reason.UNREADABLE
    assert outcome("data.a + 1 / 0 < 1", data={}) is Reason.NO_RESULT
    assert outcome("'a' + 1 == data.a", data={"a": 1}) is Reason.NO_RESULT


def test_the_first_reason_stays_the_first() -> None:
    texts = ["data.a < 'x' && meta.b != 1", "!(data.a < 'x' || meta.b != 1)"]
    texts += ["(data.a < 'x' && meta.b != 1) && true", "!(!(data.a < 'x') || !(meta.b != 1))"]
    for text in texts:
        assert outcome(text, data={"a": "y"}) is Reason.TEXT_ORDERING
        swapped = text.replace("data.a < 'x'", "#").replace("meta.b != 1", "data.a < 'x'")
        assert outcome(swapped.replace("#", "meta.b != 1"), data={"a": "y"}) is Reason.NO_METADATA


# Size


@pytest.mark.parametrize("kind", FILTERS)
def test_the_deepest_filters_are_bound(kind: str) -> None:
    text = NESTED[kind](120)
    for a in (1, "1", True, None, [1]):
        outcome(text, data={"a": a}, meta={"a": a})


#: More than Python's recursion has, and than any text that can be parsed.
LEVELS = 5_000


def test_depth_costs_no_recursion() -> None:
    leaf = parse("a == 1")
    negations = arithmetic = signs = junctions = leaf
    assert isinstance(leaf, Comparison)
    arithmetic, signs = leaf.left, leaf.left
    for level in range(LEVELS):
        negations = Not(negations)
        arithmetic = Arithmetic("+", arithmetic, Number("1", 1))
        signs = Unary("-", signs)
        junctions = (And, Or)[level % 2]((leaf, Not(junctions)))
    assert repr(bind(negations)) == repr(bind(leaf))
    for sum_ in (arithmetic, signs):
        assert isinstance(bind(Comparison("==", sum_, Number("1", 1))), NumberComparison)
        assert isinstance(bind(sum_), Interpreted)
    depth, found = 0, bind(junctions)
    while isinstance(found, Junction):
        depth += 1
        found = found.conditions[-1]
    # `a && !(b || !…)` is one junction all the way down.
    assert depth == 1


def test_junctions_in_turns_keep_their_levels() -> None:
    leaf = parse("a == 1")
    node: Expression = leaf
    for level in range(LEVELS):
        node = (And, Or)[level % 2]((leaf, node))
    depth, found = 0, bind(node)
    while isinstance(found, Junction):
        assert len(found.conditions) == 2
        depth += 1
        found = found.conditions[-1]
    assert depth == LEVELS


def test_binding_loads_neither_typing_nor_the_interpreter() -> None:
    modules = loaded("import pnfilter.binding.grouping, pnfilter.binding.bind")
    assert "pnfilter.binding.bind" in modules
    assert not modules & {"dataclasses", "inspect", "typing"}
    assert not [name for name in modules if name.startswith("pnfilter.evaluation")]


# Groups


def groups(text: str) -> list[object]:
    junction = bound(text)
    assert isinstance(junction, Junction)
    return [
        (str(one.path), one.values, one.operator, one.negated)
        if isinstance(one, Equalities)
        else repr(one)
        for one in grouped(junction)
    ]


def test_equalities_of_one_field_are_grouped() -> None:
    assert groups("a == 1 || a == 2 || a == 1") == [("a", (1, 2, 1), "==", False)]
    assert groups("a = 'x' || 'y' == a") == [("a", ("x", "y"), "==", False)]
    assert groups("a != 1 && a != 2") == [("a", (1, 2), "!=", False)]
    assert groups("!(a == 1) && !(a == 2)") == [("a", (1, 2), "==", True)]
    assert groups("!(a == 1 || a == 2)") == [("a", (1, 2), "==", True)]
    assert groups("!(a != 1 && a != 2)") == [("a", (1, 2), "!=", True)]


def test_a_group_stands_where_its_first_equality_was() -> None:
    assert groups("a == 1 || b || c == 2 || a == 3 || c == 4") == [
        ("a", (1, 3), "==", False),
        "Truth(b, False)",
        ("c", (2, 4), "==", False),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a == 1 && a == 2",
        "a != 1 || a != 2",
        "!(a == 1) || !(a == 2)",
        "a == 1 || b == 1",
        "a == 1 || a == 'x'",
        "a == true || a == false",
        "a != 1 && !(a == 2)",
        "a == 1 || !(a != 2)",
        "a == 1 || (a == 2 && b)",
        "a == 1 || data.a == 1",
    ],
)
def test_what_is_not_grouped(text: str) -> None:
    junction = bound(text)
    assert isinstance(junction, Junction)
    assert grouped(junction) == list(junction.conditions)


def test_the_verdict_of_groups_is_that_of_the_junction() -> None:
    texts = ["a == 1 || data.b == 1 || a == 2 || a == 'x' || data.b == 3"]
    texts += ["a != 1 && data.b < 'x' && a != 2 && a != 'x'", "!(a == 1 || data.b || a == 3)"]
    texts += ["!(a != 1 && data.b && a != 3)"]
    values: tuple[Any, ...] = (1, 2, 3, "1", "2", "x", True, None, [1], {}, UNREADABLE)
    reordered = 0
    for text in texts:
        junction = bound(text)
        assert isinstance(junction, Junction)
        flat: list[Bound] = []
        for one in grouped(junction):
            flat += one.predicates if isinstance(one, Equalities) else [one]
        assert sorted(map(id, flat)) == sorted(map(id, junction.conditions))
        twin = type(junction)(junction.source, junction.negated, tuple(flat))
        for a, b, meta in product(values, values, (True, False)):
            message = {"b": b}, {"a": a} if meta else None
            before, after = evaluate(junction, *message), evaluate(twin, *message)
            reordered += before is not after
            assert before is after or (isinstance(before, Reason) and isinstance(after, Reason))
    assert reordered, "a reason may change, which is why the interpreter is asked for it"


# Paths


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("data", True),
        ("data[0]", True),
        ("data.a", True),
        ("meta.a", True),
        ("a", True),
        ("meta.a[0]", True),
        ("meta", False),
        ("meta[0]", False),
        ("meta[0].a", False),
    ],
)
def test_whether_a_path_reads_a_key(text: str, reads: bool) -> None:
    path = parse(text)
    assert isinstance(path, Path)
    assert reads_key(path) is reads
