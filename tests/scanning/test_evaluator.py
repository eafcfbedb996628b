"""Judging blocks of lines: the same outcome as reading each line in full, whatever stands in it."""

from __future__ import annotations

import os
import signal
import threading
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given

from pnfilter import compile
from pnfilter.binding.bind import bind
from pnfilter.decode import BrokenMessage, decode
from pnfilter.filters import Filter
from pnfilter.input.payloads import as_message
from pnfilter.interpreter import condition, read
from pnfilter.message import parts_of
from pnfilter.scanning import evaluator, fields
from pnfilter.scanning.evaluator import LineEvaluator, MatchOptions, Undecided
from pnfilter.scanning.fast_path import MAX_NESTING, compile_fast_path, kinds_of
from pnfilter.scanning.fields import MAX_STEPS, fields_of
from pnfilter.semantics import Missing, Reason
from tests.examples import examples
from tests.scanning.nasty import ODD_LINES, ODD_VALUES, filters_and_files

QUAKES = Path(__file__).parents[2] / "examples" / "quakes.ndjson"


class Expected:
    """What reading line by line finds, by the interpreter."""

    def __init__(self, filter: Filter, content: bytes) -> None:
        self.outcomes: list[Any] = []
        self.broken: list[tuple[int, str]] = []
        self.blank = 0
        self.present: set[int] = set()
        for number, line in enumerate(BytesIO(content)):
            outcome: Any = None
            if line.isspace():
                self.blank += 1
            else:
                try:
                    data, meta, _ = parts_of(as_message(decode(line), "message"))
                except BrokenMessage as error:
                    self.broken.append((number, str(error)))
                else:
                    outcome = condition(filter.expression, data, meta)
                    self.present |= {
                        at
                        for at, path in enumerate(filter.fields)
                        if not isinstance(read(path, data, meta), Missing)
                    }
            self.outcomes.append(outcome)

    def selected(self, yes: bool, mode: Undecided) -> list[int]:
        return [
            at
            for at, outcome in enumerate(self.outcomes)
            if (mode != "only" and outcome is yes)
            or (mode != "drop" and isinstance(outcome, Reason))
        ]


def untyped_outcomes(text: str, content: bytes) -> list[bool | None]:
    """The outcomes of the fast path with every field decoded in full; None for a broken line."""
    filter = compile(text)
    fields = fields_of(filter.fields)

    def decoded(line: bytes) -> Any:
        try:
            return fields.decode(line)
        except (ValueError, RecursionError):
            return None

    return compile_fast_path(bind(filter.expression), fields)(
        map(decoded, BytesIO(content).readlines())
    )


def assert_judged(text: str, content: bytes, modes: tuple[Undecided, ...] = ("keep",)) -> None:
    filter = compile(text)
    expected = Expected(filter, content)
    lines = BytesIO(content).readlines()
    for mode in modes:
        for yes in (True, False):
            report = LineEvaluator(filter, MatchOptions(yes, mode, lines=True)).report(content)
            wanted = expected.selected(yes, mode)
            assert report.found == [(at, lines[at]) for at in wanted]
            assert report.selected == len(wanted)
            assert report.lines == len(lines)
            assert report.blank == expected.blank
            assert report.complaints == expected.broken[:20]
            assert report.broken == len(expected.broken)
            assert report.messages == len(lines) - expected.blank - len(expected.broken)
            reasons = [each for each in expected.outcomes if isinstance(each, Reason)]
            assert report.undecided == {each.value: reasons.count(each) for each in {*reasons}}
            assert set(report.present) == expected.present
            assert report.crlf == (b"\r\n" in content)


@examples(4)
@given(filters_and_files())
@example(("data.a == 1 && meta.a == 2", b'{"data":\n{"a":1}}\n{"data":{}} {"data":{}}\n'))
@example(('data.a.b == "x" || data.a == 1', b'{"data":{"a":{"b":"x"}}}\n{"data":{"a":1e999}}\n'))
@example(("data.a != meta.b", b'{"data":{"a":null},"data":{"a":null,"a":1}}\n'))
def test_outcomes_are_those_of_the_interpreter(case: tuple[str, bytes]) -> None:
    assert_judged(*case, modes=("keep", "drop", "only"))


#: Conditions that the fast path knows, and some that it leaves to the others.
CONDITIONS = [
    'data.a == "x" || data.a == 5', "data.a == 5 || data.a + 1 == 6", 'data.a LIKE "x" || data.a CONTAINS "x"', 'data.a == "x"', '"x" == data.a', 'data.a != "x"', 'meta.a != "x"', "data.a == 5", "data.a != 5", "meta.a != 5", "5 < data.a",
    "data.a >= 5.5", "data.a <= -5", 'data.a LIKE "*K*"', 'data.a LIKE "k*"', 'data.a LIKE "*K"', 'data.a LIKE "a*b*"', 'data.a LIKE "k"',
    'data.a CONTAINS "x"', '"xyz" CONTAINS data.a', '("x", "k") CONTAINS data.a', "(5, -6) CONTAINS data.a", '("5", 5) CONTAINS data.a',
    "data.a == data.b", "data.a < data.b", "data.a != meta.a", "data.a * 10 > data.b - 100", "-data.a < 3", "data.a + data.b == 6",
    "data.a * data.b > data.a", "data.a * data.b * data.a * data.b > 5", "data.a / 2 > 1", "data.a % 2 == 1", "data.a", "!data.a", "!(data.a == 5)",
    "data.a == true", "data.a == null", "meta.a", "meta == data", "data", "data == 5", 'meta == "x"', "data.a[0] == 5", 'data[0].a == "x"',
    'data["q\\"k"] == 5', 'data[""] == 5', "data.a.b == 5 || data.a == 5", "meta.a.b.c == 5", "a == b", "5 == 5", "such=wow", "data.a & 1 == 1",
    "data.a LIKE data.b", '("x", "y") LIKE "x"', "data.a CONTAINS 5", "data.a CONTAINS data.b", 'data.a < "5"', "data.a + 1e300 > 0", "data.a - data.b == 0",
]  # fmt: skip
VALUES = [
    *ODD_VALUES, '"x"', '"k"', '"K"', '"axb"', '"\\u212a"', '"xyz"', "6", "5.5", "-6", "-5", "6.0", '["x"]', '["x",5]', "[[5]]", '[{"a":"x"}]',
    "9e307", '{"b":5}', '{"b":{"c":5}}', "false", "0", "1e308", "1e100", "1" * 101, "-1" + "0" * 100, '""', "[5]", '[null,"x"]', '["k"]',
]  # fmt: skip


@pytest.mark.sliced(12)
@pytest.mark.parametrize("text", CONDITIONS)
def test_every_kind_of_condition_on_every_kind_of_value(text: str) -> None:
    lines = [
        b'{"data":{},"meta":{}}',
        b'{"data":{}}',
        b'{"meta":{"a":5}}',
        b'{"data":{"a":5},"meta":null}',
        *ODD_LINES,
    ]
    for value in VALUES:
        lines += [
            f'{{"data":{{"a":{value},"b":{other},"q\\"k":{value},"":{value}}},"meta":{{"a":{value},"b":{other}}}}}'.encode()
            for other in ("5", '"x"', "null")
        ]
        lines.append(f'{{"data":{value},"meta":{value}}}'.encode())
    assert_judged(text, b"\n".join(lines))
    # Fields are decoded as they are where two conditions need different things of them.
    expected = Expected(compile(text), b"\n".join(lines)).outcomes
    for found, outcome in zip(untyped_outcomes(text, b"\n".join(lines)), expected, strict=True):
        # What is broken in a part that nobody reads is seen to by the judge.
        assert found is None or outcome is None or found is outcome
    # Each line alone, so that nothing in its block keeps it from the fast path.
    filter = compile(text)
    judge = LineEvaluator(filter, MatchOptions(lines=True))
    for line in lines:
        assert judge.report(line).undecided == LineEvaluator(filter).report(line + b"\n").undecided


@pytest.mark.parametrize("depth", [MAX_NESTING - 4, MAX_NESTING + 20])
def test_deeply_nested_conditions(depth: int) -> None:
    text = "data.a == 5"
    for level in range(depth):
        text = f"data.a == {level} {('||', '&&')[level % 2]} ({text})"
    content = (
        b"".join(b'{"data":{"a":%d}}\n' % number for number in range(8)) + b'{"data":{"a":"5"}}\n'
    )
    assert_judged(text, content)


@pytest.mark.parametrize("steps", [MAX_STEPS - 1, MAX_STEPS, MAX_STEPS + 1, 490, 10_000])
def test_paths_of_any_length(steps: int) -> None:
    values = (b"1", b"2", b'"1"', b"[1]", b"null", b"1.0")
    lines = [b'{"data":' + b'{"a":' * steps + value + b"}" * steps + b"}\n" for value in values]
    assert_judged(f"data{'.a' * steps} == 1 || meta.x == 2", b"".join(lines))
    assert_judged(f"data{'.a' * steps} == 1", b'{"data":1}\n{"data":{"a":{"a":{}}}}\n')


def test_real_messages_are_judged_the_quick_way() -> None:
    content = QUAKES.read_bytes()
    for text in (
        'meta.net == "us" && data.mag >= 5',
        'data.place LIKE "*alaska*" || meta.net == "ak"',
        "(data.mag * 10) > data.sig - 100 && !(data.tsunami == 1)",
        'data.id == "us1000chvf"',
    ):
        assert_judged(text, content)
        filter = compile(text)
        fields = fields_of(filter.fields, kinds_of(bind(filter.expression)))
        outcomes = compile_fast_path(bind(filter.expression), fields)(
            map(fields.decode, content.splitlines())
        )
        assert None not in outcomes


def test_few_lines_are_judged_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluator, "is_worth_import", lambda lines: lines > 3)
    judge = LineEvaluator(compile("data.a == 5"))
    lines = b'{"data":{"a":5}}\n' * 4
    assert judge.report(lines).selected == 4
    monkeypatch.setattr(judge, "_run_fast_path", None)
    assert judge.report(lines[: len(lines) * 3 // 4]).selected == 3


def test_long_lines_are_judged_the_quick_way(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = LineEvaluator(compile("data.a == 5"))
    values = b'"%s"' % (b"x" * 2000), b"[%s0]" % (b"[]," * 600)
    text, brackets = (b'{"data":{"a":5,"b":%s}}\n' % value for value in values)
    monkeypatch.setattr(evaluator, "decode", None)
    assert judge.report(text * 3).selected == 3
    monkeypatch.undo()
    assert judge.report(text + brackets).selected == 2
    assert judge._in_full == 1


def test_what_is_no_use_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluator, "TRIAL", 10)
    judge = LineEvaluator(compile("data.a == 5"))
    odd, plain = b'{"data":{"a":"5"}}\n' * 6, b'{"data":{"a":5}}\n' * 4
    assert judge.report(odd + plain).selected == 10
    monkeypatch.setattr(judge, "_run_fast_path", None)
    assert judge.report(odd + plain).selected == 10
    judge = LineEvaluator(compile("data.a == 5"))
    judge.report(plain * 2 + odd)
    assert judge._uses_fast_path


@pytest.mark.parametrize(
    ("payload", "line", "outcome"),
    [
        ("data", b'{"a":5}', (1, {})),
        ("data", b"5", (0, {})),
        ("envelope", b'{"c":"x","d":{"a":5}}', (1, {})),
        ("envelope", b'{"c":"x","d":{"a":5},"e":1}', (1, {"event-kind": 1})),
    ],
)
def test_other_payloads(payload: Any, line: bytes, outcome: tuple[int, dict[str, int]]) -> None:
    report = LineEvaluator(compile("data.a == 5"), payload=payload).report(line)
    assert (report.selected, report.undecided) == outcome


def test_first_line_of_another_kind_is_reported() -> None:
    judge = LineEvaluator(compile("data.a == 5"))
    report = judge.report(b'{"data":{}}\n{"a":1}\n{"message":1}\n')
    assert report.hint == (1, "neither `data` nor `meta`; --payload data reads bare payloads")


@pytest.mark.parametrize(
    ("text", "values", "outcomes"),
    [
        ("data.a / 2 > 1", "5 2 null", (True, False, None)),
        ("data.a % 2 == 1", "5 4", (True, False)),
        ("data.a < data.b", '3 5 null "x"', (True, False, False, None)),
        ('("5", 7) CONTAINS data.a', '"5" 7 null', (True, True, False)),
        ("data.a CONTAINS 5", '[5] "15" [4] null 5', (True, True, False, False, None)),
        ("data.a != true", "false null true", (True, None, None)),
        ("data.a == null", "5 null", (False, None)),
        ('data.a == "x" || data.a == "y"', '"y" "z" null', (True, False, False)),
        ('data.a != "x" && data.a != "y"', '"y" "z" null', (False, True, None)),
        ("data.a > 2 + 3", "6 5 null", (True, False, False)),
        ('data.a > "5"', "6 5 null", (True, False, False)),
    ],
)
def test_what_needs_no_look_in_full(
    text: str, values: str, outcomes: tuple[bool | None, ...]
) -> None:
    content = "".join(f'{{"data":{{"a":{value},"b":4}}}}\n' for value in values.split())
    assert tuple(untyped_outcomes(text, content.encode())) == outcomes
    assert_judged(text, content.encode())


@pytest.mark.parametrize("has_threads", [False, True])
def test_interrupt_while_the_decoder_is_made(
    monkeypatch: pytest.MonkeyPatch, has_threads: bool
) -> None:
    made: list[fields.Fields] = []

    def interrupted(*arguments: Any) -> fields.Fields:
        if has_threads:
            # It comes to the thread that doesn't hold it back, and the exception would come here.
            os.kill(os.getpid(), signal.SIGINT)
            other.join(0.1)
        else:
            signal.raise_signal(signal.SIGINT)
        made.append(fields_of(*arguments))
        return made[0]

    monkeypatch.setattr(fields, "fields_of", interrupted)
    judge = LineEvaluator(compile("data.n > 1"))
    end = threading.Event()
    other = threading.Thread(target=end.wait)
    other.start()
    # Spark, in the same process, has one of its own.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            judge._prepare()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
        end.set()
        other.join()
    assert len(made) == 1
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert judge._prepare()[0] is made[0]


def test_decoder_is_made_in_any_thread() -> None:
    judge = LineEvaluator(compile("data.n > 1"))
    thread = threading.Thread(target=judge._prepare)
    thread.start()
    thread.join()
    assert judge._fast_path is not None
