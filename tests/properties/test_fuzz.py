"""The fuzz program, and that the laws notice when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pnfilter import Diagnostic, Filter, FilterSet, Span, Verdict, compile, parse
from pnfilter.compiler import function
from pnfilter.filters import _cached
from pnfilter.index.filter_set import Matches
from pnfilter.lint.fix import format as real_format
from pnfilter.message import AnyMessage
from pnfilter.scanning.evaluator import LineEvaluator
from tests import fuzz, laws


def test_a_run_without_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz.main(["--count", "120", "--seed", "7", "--workers", "1"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("120 texts, 120 mutated filters, 120 pairs in ")
    assert printed.out.endswith("seed 7\n")
    for verdict in Verdict:
        assert f"pairs {verdict.value}: " in printed.out
    assert printed.err == ""


def test_processes_do_not_change_the_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "BATCH", 10)
    tasks = [(3, number, 10) for number in range(4)]
    alone = [result.counts for result in fuzz.results(tasks, 1)]
    together = [result.counts for result in fuzz.results(tasks, 2)]
    assert sorted(map(repr, together)) == sorted(map(repr, alone))
    assert [result.counts for result in fuzz.results(tasks, 1)] == alone


def test_a_seed_is_made_up_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz.main(["--count", "1", "--workers", "1"]) == 0
    seed = capsys.readouterr().out.split()[-1]
    assert seed.isdecimal()


def test_a_failure_is_made_smaller(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken_format(text: str) -> str:
        if "%" in text:
            raise RuntimeError("no percent")
        return real_format(text)

    monkeypatch.setattr(laws, "format", broken_format)
    assert fuzz.main(["--count", "2000", "--seed", "1", "--workers", "1"]) == 1
    printed = capsys.readouterr()
    assert "seed 1\n" in printed.out
    assert "RuntimeError: no percent" in printed.err
    (row,) = (row for row in printed.err.splitlines() if row.startswith("made smaller: "))
    small = row.removeprefix("made smaller: ")
    assert "%" in small
    assert len(small) < 12


def test_a_failing_message_is_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Filter.evaluate

    def broken(self: Filter, message: AnyMessage) -> Verdict:
        if "needle" in repr(message):
            raise RuntimeError("found")
        return real(self, message)

    monkeypatch.setattr(Filter, "evaluate", broken)
    message: dict[str, Any] = {
        "data": {"a": [["needle", 1]], "b": {"c": 1}},
        "meta": {"a": 1, "b": ["x", "y"]},
    }
    text = "meta.a == 1 && data.b != 'x'"
    error = fuzz._error_of(text, [message])
    small = fuzz.shrunk(fuzz.Failure(0, text, [{"data": 1, "meta": None}, message], error))
    assert repr(small.messages) == "[{'data': {'a': 'needle'}}]"
    assert len(small.text) <= 2
    assert "RuntimeError: found" in small.error


# Each breaks one promise; the law that notices says which.


def wrong_check(text: str, **_: Any) -> tuple[Diagnostic, ...]:
    return (Diagnostic("E100", "no", Span(0, len(text))),)


SABOTAGE: dict[str, tuple[str, Callable[..., Any], str, str]] = {
    "an error too many": ("check", wrong_check, "a == 1", "parse raises none"),
    "an error too few": ("check", lambda _: (), "a ==", "parse raises what check reports"),
    "a span outside": (
        "check",
        lambda _: (Diagnostic("W100", "no", Span(0, 99)),),
        "a == 1",
        "the span is in the text",
    ),
    "a tree changed": ("format", lambda _: "b == 1", "a == 1", "format keeps the tree"),
    "not idempotent": ("format", lambda text: f"({text})", "a == 1", "format is idempotent"),
    "unstable": ("fix", lambda text: text + " ", "a == 1", "fix is stable"),
    "no filter any more": ("fix", lambda _: "a ==", "a == 1", "stays a filter"),
}


@pytest.mark.parametrize(("name", "wrong", "text", "words"), SABOTAGE.values(), ids=SABOTAGE.keys())
def test_the_laws_of_texts_notice(
    monkeypatch: pytest.MonkeyPatch, name: str, wrong: Callable[..., Any], text: str, words: str
) -> None:
    laws.hold_for_text(text)
    monkeypatch.setattr(laws, name, wrong)
    with pytest.raises(AssertionError, match=words):
        laws.hold_for_text(text)


def judged(change: Callable[[str, Any, Verdict], Verdict]) -> Callable[[Filter, Any], Verdict]:
    real = Filter.evaluate
    return lambda self, message: change(self.text, message, real(self, message))


MATCH, NO_MATCH = Verdict.MATCH, Verdict.NO_MATCH
WRONG_VERDICTS: dict[str, tuple[Callable[[str, Any, Verdict], Verdict], str]] = {
    "by spelling": (
        lambda text, _, verdict: NO_MATCH if text.startswith("meta.a ==  ") else verdict,
        "format keeps every verdict",
    ),
    "by what is hidden": (
        lambda _, message, verdict: NO_MATCH if "UNREADABLE" in repr(message) else verdict,
        "what is hidden decides nothing",
    ),
    "by what isn't read": (
        lambda _, message, verdict: NO_MATCH if "unrelated" in repr(message) else verdict,
        "what isn't read decides nothing",
    ),
    "by the form": (
        lambda _, message, verdict: verdict if isinstance(message, dict) else NO_MATCH,
        "a Message is judged as its mapping",
    ),
    "of &&": (lambda text, _, verdict: NO_MATCH if "&&" in text else verdict, "&& is Kleene's"),
    "of ||": (lambda text, _, verdict: NO_MATCH if "||" in text else verdict, r"\|\| is Kleene"),
    "of !": (lambda text, _, verdict: MATCH if "!" in text else verdict, "! negates"),
}


@pytest.mark.parametrize(("change", "words"), WRONG_VERDICTS.values(), ids=WRONG_VERDICTS.keys())
def test_the_laws_of_verdicts_notice(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[str, Any, Verdict], Verdict], words: str
) -> None:
    text = "meta.a ==  1"
    message: dict[str, Any] = {"data": {}, "meta": {"a": 1}}

    def hold() -> None:
        compiled = compile(text)
        canonical = compile(real_format(text))
        for choice in range(3):
            laws.hold_for_pair(compiled, canonical, message, lambda _, it=choice: it)  # type: ignore[misc]
        laws.hold_for_junctions(compiled, canonical, [message])

    hold()
    monkeypatch.setattr(Filter, "evaluate", judged(change))
    # Both forms of `matches` follow the verdict, right or wrong.
    monkeypatch.setattr(
        Filter,
        "matches",
        lambda self, message, undecided="keep": (
            self.evaluate(message) is MATCH
            or (undecided == "keep" and self.evaluate(message) is Verdict.UNDECIDED)
        ),
    )
    with pytest.raises(AssertionError, match=words):
        hold()


MESSAGES: list[dict[str, Any]] = [{"meta": {"a": 1}}, {"meta": {"a": 2}}, {"meta": {"a": "1"}}]


#: What scanning decides by itself, too.
PLAIN: list[dict[str, Any]] = [{"data": {}, "meta": {"a": 1, "b": 1}}]


@pytest.mark.parametrize(
    "hold",
    [
        lambda filter: laws.hold_for_pair(filter, filter, PLAIN[0], lambda _: 0),
        lambda filter: laws.hold_for_junctions(filter, filter, PLAIN),
        lambda filter: laws.hold_for_sets([filter.text], PLAIN),
        lambda filter: laws.hold_for_lines(filter, PLAIN),
        lambda filter: laws.hold_for_explanation(filter, PLAIN[0]),
    ],
    ids=["pair", "junctions", "sets", "lines", "explanation"],
)
def test_the_laws_ask_generated_code(
    monkeypatch: pytest.MonkeyPatch, hold: Callable[[Filter], object]
) -> None:
    """Not the interpreter, which answers the first messages of a filter."""
    # Otherwise scanning leaves the first lines of a process to the filter.
    monkeypatch.setattr("pnfilter.scanning.evaluator.is_worth_import", lambda _: True)
    hold(Filter("meta.a == 1 || meta.b == 2"))
    _cached.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr(function, "decider", lambda *_: lambda *_: False)
        with pytest.raises(AssertionError):
            hold(Filter("meta.a == 1 || meta.b == 2"))
    # What was made of it is in nobody else's way.
    _cached.cache_clear()


@pytest.mark.parametrize("part", [0, 1])
def test_the_law_of_sets_notices(monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    texts = ["meta.a == 1", "meta.a == 2"]
    laws.hold_for_sets(texts, MESSAGES)
    real = FilterSet.match

    def broken(self: FilterSet[int], message: Any) -> Any:
        found: list[list[int]] = [*real(self, message)]
        found[part] = found[part][1:]
        return Matches(*found)

    monkeypatch.setattr(FilterSet, "match", broken)
    with pytest.raises(AssertionError, match="a set finds what a loop finds"):
        laws.hold_for_sets(texts, MESSAGES)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"found": []}, "the lines that match"),
        ({"undecided": {}}, "what is undecided"),
    ],
)
def test_the_law_of_lines_notices(
    monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any], words: str
) -> None:
    compiled = compile("meta.a == 1")
    laws.hold_for_lines(compiled, MESSAGES)
    real = LineEvaluator.report
    monkeypatch.setattr(
        LineEvaluator, "report", lambda self, block: real(self, block)._replace(**wrong)
    )
    with pytest.raises(AssertionError, match=words):
        laws.hold_for_lines(compiled, MESSAGES)


def test_equal_trees() -> None:
    tree = parse("meta.a == 'x'")
    for text in ('( meta.a  =="x" )', "((meta.a)==('x'))", "meta['a'] == 'x'", "a == 'x'"):
        assert parse(text) == tree
        assert hash(parse(text)) == hash(tree)
    for text in ("meta.a == 'X'", "meta.a != 'x'", "data.a == 'x'", "meta.a = x", "'x' == meta.a"):
        assert parse(text) != tree
