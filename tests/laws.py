"""What holds for every text, and for every filter on every message.

A law that is broken is an ``AssertionError`` that says which, or whatever was raised.
"""

from __future__ import annotations

import json
import pickle
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from pnfilter import (
    UNREADABLE,
    Diagnostic,
    Expression,
    Filter,
    FilterSet,
    FilterSyntaxError,
    Message,
    Reason,
    Severity,
    Verdict,
    check,
    compile,
    fix,
    format,
    parse,
)
from pnfilter.diagnostics import apply_edits, render, to_dict, without_promise
from pnfilter.generation import Below, copy_value, hide
from pnfilter.interpreter import condition
from pnfilter.scanning.evaluator import LineEvaluator, MatchOptions
from pnfilter.semantics.assumptions import Assumptions
from pnfilter.semantics.questions import QUESTIONS
from pnfilter.syntax.nodes import is_condition
from tests.generated import generated

MATCH, NO_MATCH, UNDECIDED = Verdict.MATCH, Verdict.NO_MATCH, Verdict.UNDECIDED
NEGATED = {MATCH: NO_MATCH, NO_MATCH: MATCH, UNDECIDED: UNDECIDED}
_CODE = re.compile(r"[EWI][0-9]{3}")


def conjunction(left: Verdict, right: Verdict) -> Verdict:
    """Kleene's and."""
    if NO_MATCH in (left, right):
        return NO_MATCH
    return UNDECIDED if UNDECIDED in (left, right) else MATCH


def disjunction(left: Verdict, right: Verdict) -> Verdict:
    """Kleene's or."""
    return NEGATED[conjunction(NEGATED[left], NEGATED[right])]


# Texts


def hold_for_text(text: str) -> bool:
    """The laws of ``check``, ``parse``, ``compile``, ``format`` and ``fix``. True for a filter."""
    diagnostics = check(text)
    for diagnostic in diagnostics:
        _hold_for_diagnostic(diagnostic, text)
    assert list(diagnostics) == sorted(diagnostics, key=lambda item: item.span), "in order"
    errors = tuple(item for item in diagnostics if item.severity is Severity.ERROR)
    fixed = fix(text)
    if fixed != text:
        assert fix(fixed) == fixed, f"fix is stable: {fixed!r}"
    expression = _parsed(text, errors)
    if expression is None:
        return False
    assert _error_of(parse, fixed) is None, f"what is mended stays a filter: {fixed!r}"
    canonical = format(text)
    assert parse(canonical) == expression, f"format keeps the tree: {canonical!r}"
    assert format(canonical) == canonical, f"format is idempotent: {canonical!r}"
    assert hash(parse(canonical)) == hash(expression), "equal trees have equal hashes"
    return True


def _parsed(text: str, errors: tuple[Diagnostic, ...]) -> Expression | None:
    """The tree, or None; ``parse`` and ``compile`` raise just the errors that ``check`` found."""
    for read in (parse, compile):
        error = _error_of(read, text)
        if error is None:
            assert not errors, f"check reports an error, and {read.__name__} raises none"
            continue
        # Only `check` calls a fix safe.
        raised = tuple(map(without_promise, errors))
        assert error.diagnostics == raised, f"{read.__name__} raises what check reports"
        assert errors, "an error has a diagnostic"
        assert str(error), "an error can be shown"
        twin = pickle.loads(pickle.dumps(error))
        assert (twin.text, twin.diagnostics) == (text, raised), "an error can be pickled"
    return None if errors else compile(text).expression


def _error_of(read: Callable[[str], object], text: str) -> FilterSyntaxError | None:
    try:
        read(text)
    except FilterSyntaxError as error:
        return error
    return None


def _hold_for_diagnostic(diagnostic: Diagnostic, text: str) -> None:
    assert _CODE.fullmatch(diagnostic.code), diagnostic
    assert diagnostic.message, diagnostic
    start, end = diagnostic.span
    assert 0 <= start <= end <= len(text), f"the span is in the text: {diagnostic}"
    if diagnostic.severity is not Severity.ERROR:
        render(diagnostic, text)
    json.dumps(to_dict(diagnostic, text))
    if diagnostic.fix is not None:
        assert diagnostic.fix.edits, f"a fix has an edit: {diagnostic}"
        position = 0
        for edit in sorted(diagnostic.fix.edits):
            assert position <= edit.span.start <= edit.span.end <= len(text), diagnostic
            position = edit.span.end
        mended = apply_edits(text, diagnostic.fix.edits)
        assert mended != text, f"a fix changes something: {diagnostic}"


# Filters on messages


def hold_for_tree(text: str) -> Filter:
    """The laws of a filter without a message: copies are equal, trees are printed and read back."""
    compiled = compile(text)
    tree = compiled.expression
    twin = pickle.loads(pickle.dumps(compiled))
    assert (twin, hash(twin), twin.text) == (compiled, hash(compiled), text), "pickled filter"
    other = pickle.loads(pickle.dumps(tree))
    assert (other, hash(other)) == (tree, hash(tree)), "pickled tree"
    assert other.span == tree.span, "a pickled tree keeps its spans"
    return compiled


def hold_for_pair(
    compiled: Filter, canonical: Filter, message: dict[str, Any], below: Below
) -> Verdict:
    """The laws of a filter, its canonical form and a message. The verdict."""
    verdict = generated(compiled).evaluate(message)
    assert isinstance(verdict, Verdict)
    assert generated(canonical).evaluate(message) is verdict, "format keeps every verdict"
    assert compiled.matches(message) is (verdict is not NO_MATCH)
    assert compiled.matches(message, undecided="drop") is (verdict is MATCH)
    _hold_for_engines(compiled, message)
    _hold_for_hidden(compiled, message, verdict, below)
    _hold_for_unrelated(compiled, message, verdict)
    data, meta = message.get("data", UNREADABLE), message.get("meta")
    assert compiled.evaluate(Message(data, meta)) is verdict, "a Message is judged as its mapping"
    return verdict


def _hold_for_engines(compiled: Filter, message: dict[str, Any]) -> None:
    data, meta = message.get("data", UNREADABLE), message.get("meta")
    expected = condition(compiled.expression, data, meta)
    assert generated(compiled).outcome(message) is expected, (
        "the compiled filter says what the interpreter says"
    )
    assert compiled.outcome(Message(data, meta)) is expected, "of payload and metadata too"


def some_assumptions(below: Below) -> Assumptions:
    """Readings for some of the questions."""
    return Assumptions(
        {
            question.reason: question.readings[below(len(question.readings))].name
            for question in QUESTIONS
            if below(2)
        }
    )


def hold_for_assumptions(text: str, messages: list[dict[str, Any]], below: Below) -> None:
    """Assumptions settle what is undecided and nothing else, alike in every engine."""
    assumed = some_assumptions(below)
    more = some_assumptions(below)
    both = Assumptions.of({**more, **assumed})
    compiled = generated(compile(text, assumed))
    assert pickle.loads(pickle.dumps(compiled)) == compiled, "a pickled filter keeps them"
    for message in messages:
        data, meta = message.get("data", UNREADABLE), message.get("meta")
        plain = condition(compiled.expression, data, meta)
        expected = condition(compiled.expression, data, meta, assumed)
        assert isinstance(plain, Reason) or expected is plain, "what is decided stays so"
        further = condition(compiled.expression, data, meta, both)
        assert isinstance(expected, Reason) or further is expected, "more of them change nothing"
        assert compiled.outcome(message) is expected, "compiled code assumes what the rest does"
        assert compiled.outcome(Message(data, meta)) is expected, "of payload and metadata too"
    hold_for_explanation(compiled, messages[0])
    hold_for_sets([text, f"({text}) || data.a != 1", f"!({text})"], messages, assumed)
    hold_for_lines(compiled, messages)


def hold_for_sets(
    texts: list[str], messages: list[dict[str, Any]], assumed: Assumptions | None = None
) -> None:
    """Filters in a set, by an index, say what each says by itself."""
    index = FilterSet(dict(enumerate(texts)), assumed)
    for message in messages:
        verdicts = [generated(compile(text, assumed)).evaluate(message) for text in texts]
        found = index.match(message)
        for keys, verdict in ((found.matched, MATCH), (found.undecided, UNDECIDED)):
            expected = [key for key, each in enumerate(verdicts) if each is verdict]
            assert sorted(keys) == expected, "a set finds what a loop finds"


def hold_for_lines(compiled: Filter, messages: list[dict[str, Any]]) -> None:
    """The lines of a file are judged as the messages in them."""
    lines = [(line, message) for message in messages if (line := _line(message))]
    block = b"".join(line for line, _ in lines)
    outcomes = [generated(compiled).outcome(message) for _, message in lines]
    report = LineEvaluator(compiled, MatchOptions(undecided="drop", lines=True)).report(block)
    matching = [number for number, outcome in enumerate(outcomes) if outcome is True]
    assert [number for number, _ in report.found] == matching, "the lines that match"
    reasons = Counter(each.value for each in outcomes if isinstance(each, Reason))
    assert report.undecided == reasons, "what is undecided"
    sieved = LineEvaluator(compiled, MatchOptions(undecided="drop", lines=True, only_matches=True))
    assert sieved.report(block).found == report.found, "what can't match is left out, and no more"


def _line(message: dict[str, Any]) -> bytes:
    """The message as a line of a file; empty where there is no such line."""
    try:
        return json.dumps(message, allow_nan=False).encode() + b"\n"
    except (TypeError, ValueError):
        # Something in it can't be read.
        return b""


def hold_for_explanation(compiled: Filter, message: dict[str, Any]) -> None:
    """An explanation has the verdict that it explains, and can be shown."""
    explanation = compiled.explain(message)
    assert explanation.verdict is generated(compiled).evaluate(message), (
        "explain gives evaluate's verdict"
    )
    assert str(explanation), "an explanation can be shown"
    json.dumps(explanation.to_dict())


def _hold_for_hidden(
    compiled: Filter, message: dict[str, Any], verdict: Verdict, below: Below
) -> None:
    hidden = copy_value(message)
    for _ in range(1 + below(2)):
        hide(hidden, below)
    known = compiled.evaluate(hidden)
    assert known in (verdict, UNDECIDED), f"what is hidden decides nothing: {hidden}"


def _hold_for_unrelated(compiled: Filter, message: dict[str, Any], verdict: Verdict) -> None:
    whole = {path.root for path in compiled.fields if not path.keys}
    other = copy_value(message)
    other["unrelated"] = 1
    for root in ("data", "meta"):
        if root not in whole and isinstance(other.get(root), dict):
            other[root]["un related"] = [1]
    assert compiled.evaluate(other) is verdict, "what isn't read decides nothing"


def hold_for_junctions(left: Filter, right: Filter, messages: list[dict[str, Any]]) -> None:
    """Kleene's logic: the verdicts of two filters joined, and negated, on some messages."""
    one, two = f"({left.text})", f"({right.text})"
    both, either = generated(f"{one} && {two}"), generated(f"{one} || {two}")
    swapped = (generated(f"{two} && {one}"), generated(f"{two} || {one}"))
    conditions = is_condition(left.expression) and is_condition(right.expression)
    for message in messages:
        first, second = generated(left).evaluate(message), generated(right).evaluate(message)
        conjoined, disjoined = both.evaluate(message), either.evaluate(message)
        assert conjoined is conjunction(first, second), "&& is Kleene's"
        assert disjoined is disjunction(first, second), "|| is Kleene's"
        assert swapped[0].evaluate(message) is conjoined, "&& commutes"
        assert swapped[1].evaluate(message) is disjoined, "|| commutes"
        if conditions:
            _hold_for_negation(left, one, two, message, (conjoined, disjoined))


def _hold_for_negation(
    left: Filter, one: str, two: str, message: dict[str, Any], joined: tuple[Verdict, Verdict]
) -> None:
    verdict = generated(left).evaluate(message)
    assert generated(f"!{one}").evaluate(message) is NEGATED[verdict], "! negates a condition"
    assert generated(f"!(!{one})").evaluate(message) is verdict, "twice negated"
    not_both = generated(f"!({one} && {two})").evaluate(message)
    not_either = generated(f"!({one} || {two})").evaluate(message)
    assert not_both is NEGATED[joined[0]]
    assert not_both is generated(f"!{one} || !{two}").evaluate(message), "De Morgan of &&"
    assert not_either is generated(f"!{one} && !{two}").evaluate(message), "De Morgan of ||"
