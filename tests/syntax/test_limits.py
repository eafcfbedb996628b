"""The limits hold before the parser runs, and what is below them works."""

from __future__ import annotations

import copy
import pickle

import pytest

from pnfilter import FilterSyntaxError, Verdict, check, compile, fix, format, parse
from pnfilter.diagnostics import MAX_ERRORS
from pnfilter.semantics import MAX_DIGITS
from pnfilter.syntax.automaton import KEPT_SHAPES, MAX_KEPT_TOKENS, _known_steps
from pnfilter.syntax.nodes import And, Or, children
from pnfilter.syntax.nodes import to_dict as tree_dict
from pnfilter.syntax.parser import MAX_LENGTH, MAX_NESTING, is_filter


def codes(text: str) -> list[str]:
    """The codes of the errors and warnings of a text."""
    return [found.code for found in check(text) if found.code[0] != "I"]


# Length


def padded(length: int) -> str:
    """A filter of just that many characters."""
    return "meta.a == 1".ljust(length)


def test_the_longest_text() -> None:
    assert "E102" not in codes(padded(MAX_LENGTH))
    assert is_filter(padded(MAX_LENGTH))
    assert not is_filter(padded(MAX_LENGTH + 1))
    assert compile(padded(MAX_LENGTH)).evaluate({"meta": {"a": 1}}) is Verdict.MATCH


@pytest.mark.parametrize("text", [padded(MAX_LENGTH + 1), "(" * (MAX_LENGTH + 1), "a" * 3_000_000])
def test_one_error_for_a_longer_text(text: str) -> None:
    (error,) = check(text)
    assert (error.code, error.span) == ("E102", (MAX_LENGTH, len(text)))
    assert f"{len(text):,} characters" in error.message
    assert f"{MAX_LENGTH:,}" in error.message
    assert fix(text) is text
    for read in (parse, compile, format):
        with pytest.raises(FilterSyntaxError, match=r"error\[E102\]"):
            read(text)


# Nesting

#: A filter of so many levels, by what makes them.
NESTED = {
    "brackets": lambda levels: "(" * levels + "a == 1" + ")" * levels,
    "open brackets": lambda levels: "(" * levels,
    "sets": lambda levels: "((1, 2) CONTAINS " * levels + "a" + ")" * levels,
    "negations": lambda levels: "!" * levels + "a",
    "negations of brackets": lambda levels: "!(" * (levels // 2) + "a == 1" + ")" * (levels // 2),
    "complements": lambda levels: "~" * levels + "a == 1",
    "signs": lambda levels: "-" * levels + "a == 1",
    "signs with blanks": lambda levels: "- " * levels + "a == 1",
    "sums": lambda levels: "a" + " + 1" * levels + " == 1",
    "products": lambda levels: "1 == a" + " * 1" * levels,
    "bits": lambda levels: "a" + " & 1" * levels + " == 1",
    "junctions in brackets": lambda levels: (
        "(a && (b || " * (levels // 2) + "c" + "))" * (levels // 2)
    ),
}


#: Those that are filters.
FILTERS = [kind for kind in NESTED if kind not in {"open brackets", "sets"}]


def depth(text: str) -> int:
    """Levels of nodes."""
    deepest, level = 0, [parse(text)]
    while level:
        deepest += 1
        level = [child for node in level for child in children(node)]
    return deepest


@pytest.mark.sliced(4)
@pytest.mark.parametrize("kind", FILTERS)
def test_a_hundred_levels_work(kind: str) -> None:
    text = NESTED[kind](100)
    assert not [code for code in codes(text) if code[0] == "E"]
    if "brackets" not in kind:
        assert depth(text) > 100
    expression = parse(text)
    assert parse(format(text)) == expression
    assert hash(parse(format(text))) == hash(expression)
    assert pickle.loads(pickle.dumps(expression)) == expression
    assert copy.deepcopy(expression) == expression
    assert tree_dict(expression)["span"] == {"start": expression.span[0], "end": expression.span[1]}
    assert repr(expression)
    assert str(expression)
    message = {"data": 1, "meta": {"a": 1}}
    filter = compile(text)
    assert filter.explain(message).verdict is filter.evaluate(message)
    assert str(filter.explain(message))


@pytest.mark.parametrize("kind", NESTED)
@pytest.mark.parametrize("levels", [MAX_NESTING + 1, 2_000])
def test_one_error_for_more_levels(kind: str, levels: int) -> None:
    if "junctions" in kind or "negations of" in kind:
        levels += 1  # two levels at a time
    text = NESTED[kind](levels)[:MAX_LENGTH]
    (error,) = check(text)
    assert error.code == "E103"
    assert error.span.end - error.span.start == 1
    assert str(MAX_NESTING) in error.message
    with pytest.raises(FilterSyntaxError, match=r"error\[E103\]"):
        parse(text)


def test_a_hundred_thousand_brackets() -> None:
    for text in ("(" * 100_000 + "a" + ")" * 100_000, "[" * 100_000, "a[" * 100_000):
        assert codes(text) == ["E103"]


@pytest.mark.parametrize("kind", FILTERS)
def test_the_limit_itself(kind: str) -> None:
    assert "E103" not in codes(NESTED[kind](MAX_NESTING))


def test_what_stands_side_by_side_is_not_nested() -> None:
    for part in ("(a == 1)", "!a", "a + 1 == 2", "-a == ~b", "a[0][1] == 2", "a == -1"):
        for joint in (" && ", " || "):
            assert isinstance(parse(joint.join([part] * 500)), (And, Or))
    assert "E103" not in codes("(" + ", ".join(["-1"] * 500) + ") CONTAINS a")
    assert "E103" not in codes("a" + "[0]" * 500 + ".b" * 500 + " == 1")


# Digits


def test_integers_are_exact_up_to_the_limit() -> None:
    nines = "9" * MAX_DIGITS
    assert not codes(f"meta.a == {nines}")
    assert compile(f"meta.a == {nines}").evaluate({"meta": {"a": int(nines)}}) is Verdict.MATCH
    assert compile(f"meta.a == {nines}").evaluate({"meta": {"a": int(nines) - 1}}) is (
        Verdict.NO_MATCH
    )


@pytest.mark.parametrize(
    "number",
    ["9" * (MAX_DIGITS + 1), "0" * (MAX_DIGITS + 1), "1e309", "9" * 400 + ".5", "1e999999"],
)
def test_a_number_out_of_range(number: str) -> None:
    (error,) = check(f"meta.a == {number}")
    assert (error.code, error.span) == ("E112", (10, 10 + len(number)))
    assert number[:20] in error.message
    assert len(error.message) < 100


def test_an_index_out_of_range() -> None:
    index = "9" * (MAX_DIGITS + 1)
    assert codes(f"data[{index}] == 1") == ["E112"]
    assert not codes(f"data[{index[1:]}] == 1")


# Clauses and patterns


@pytest.mark.sliced(2)
@pytest.mark.parametrize(("joint", "operator"), [(" && ", "!="), (" || ", "==")])
def test_five_thousand_clauses(joint: str, operator: str) -> None:
    clauses = [f'meta.user{number % 7} {operator} "user-{number}"' for number in range(5_000)]
    text = joint.join(clauses)
    assert codes(text) == ["W456"]
    expression = parse(text)
    assert len(children(expression)) == 5_000
    assert isinstance(expression, And) == (joint == " && ")
    assert format(text) == text
    users = dict.fromkeys((f"user{number}" for number in range(7)), "user-4999")
    expected = Verdict.NO_MATCH if operator == "!=" else Verdict.MATCH
    assert compile(text).evaluate({"meta": users}) is expected


def test_more_mistakes_than_one_reading_reports() -> None:
    text = " AND ".join(f"a == {number}" for number in range(MAX_ERRORS * 3))
    assert fix(text) == text.replace("AND", "&&")


def test_a_pattern_of_a_thousand_asterisks() -> None:
    letters = "a" * 100_000
    message = {"data": {"x": letters, "y": letters + "b"}}

    def fits(field: str, pattern: str) -> bool:
        return compile(f'data.{field} LIKE "{pattern}"').evaluate(message) is Verdict.MATCH

    assert fits("x", "*a" * 1_000 + "*")
    assert fits("x", "*" * 1_000)
    assert fits("y", "*a" * 1_000 + "*b")
    assert not fits("x", "*a" * 1_000 + "*b")
    assert not fits("x", "*a" * 1_000 + "b*")
    assert not fits("x", "*".join(["a" * 100 + "b"] * 1_000))
    assert fits("x", "*".join(["a" * 100] * 1_000))
    assert not fits("x", "*".join(["a" * 100] * 1_000) + "a")


def test_a_long_pattern_on_many_elements() -> None:
    filter = compile(f'data.x LIKE "{"a*" * 5_000}"')
    assert filter.evaluate({"data": {"x": ["b"] * 10_000}}) is Verdict.NO_MATCH
    assert filter.evaluate({"data": {"x": ["b", "a" * 5_000]}}) is Verdict.MATCH


# What is kept


def test_the_steps_of_short_shapes_are_kept() -> None:
    _known_steps.cache_clear()
    # Each a token more: a name, then an operator and a name.
    texts = [" + ".join(["a"] * count) for count in range(1, MAX_KEPT_TOKENS)]
    for text in [*texts, *(text.replace("a", "b") for text in texts)]:
        assert str(parse(text)) == text
    short = (MAX_KEPT_TOKENS + 1) // 2
    info = _known_steps.cache_info()
    assert (info.currsize, info.hits, info.maxsize) == (short, short, KEPT_SHAPES)
