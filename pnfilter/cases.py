"""Test sets: a filter, messages, and the verdict that the filter is to give on each.

A file of them is JSON, one object or an array of them::

    {
      "filter": "data.mag >= 5",
      "cases": [
        {"message": {"data": {"mag": 6.1}, "meta": {"net": "us"}}, "verdict": "MATCH"},
        {"payload": {"mag": 2}, "verdict": "NO_MATCH", "name": "too small"}
      ]
    }

``message`` is what ``grep`` reads from a line: an object with ``data`` and ``meta``, or an item of
an answer of the service. ``payload`` is a bare one, whose metadata is not known. ``verdict`` is
MATCH, NO_MATCH or UNDECIDED. ``explanation``, a string, is how the verdict came about when the case
was written: it is shown beside how it comes about now, where the verdict is another one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import unified_diff
from pathlib import Path
from pprint import pformat
from typing import TYPE_CHECKING, Any, Final

from pnfilter.decode import BrokenMessage, decode
from pnfilter.explain import Explanation
from pnfilter.filters import Filter, compile
from pnfilter.input.forms import SINGLE, form_of, messages_in
from pnfilter.message import KINDS, AnyMessage, Message
from pnfilter.records import NamedTuple
from pnfilter.semantics import UNREADABLE, Verdict

if TYPE_CHECKING:
    from pnfilter.semantics.assumptions import Assumed

#: Bytes of a file of cases.
MAX_FILE: Final = 16 * 1024 * 1024

_FIELDS: Final = frozenset({"message", "payload", "verdict", "name", "explanation"})
_MODULE: Final = '''"""Whether a filter gives the verdicts that are expected of it."""

import pytest

import pnfilter

FILTER = {filter!r}

CASES = {cases}


@pytest.mark.parametrize(("message", "verdict"), CASES)
def test_the_filter(message, verdict):
    explanation = FILTER.explain(message)
    assert explanation.verdict.value == verdict, f"\\n{{explanation}}"
'''


class InvalidCases(ValueError):
    """A file, or a value, is no test set; the text says what is wrong and where."""


class Case(NamedTuple):
    """A message and the verdict expected, and how that came about, if that is known."""

    message: AnyMessage
    verdict: Verdict
    name: str = ""
    explanation: str = ""


class Cases(NamedTuple):
    """A filter and its cases."""

    filter: Filter
    cases: tuple[Case, ...]

    def failures(self) -> Iterator[Failure]:
        """Yield the cases with another verdict than the one expected."""
        for number, case in enumerate(self.cases, 1):
            if self.filter.evaluate(case.message) is not case.verdict:
                yield Failure(number, case, self.filter.explain(case.message))


class Failure(NamedTuple):
    """A case that fails: its number, counted from 1, and how its verdict comes about."""

    number: int
    case: Case
    explanation: Explanation

    def __str__(self) -> str:
        """What was expected, and how the verdict differs from that, over several lines."""
        name = f" ({self.case.name})" if self.case.name else ""
        verdict = self.explanation.verdict
        found = verdict.value if verdict is not None else "a value"
        lines = [f"case {self.number}{name}: expected {self.case.verdict.value}, got {found}"]
        now = str(self.explanation).split("\n")
        if self.case.explanation:
            before = self.case.explanation.split("\n")
            now = [*unified_diff(before, now, "expected", "now", lineterm="", n=len(now))] or now
        return "\n".join([*lines, *now])


def read_cases(path: Path, assume: Assumed = None) -> list[Cases]:
    """Return the test sets of a file; ``assume`` is that of ``pnfilter.compile``.

    ``InvalidCases`` for a file that holds none, ``FilterSyntaxError`` for an invalid filter in it,
    ``OSError`` for a file that can't be read.
    """
    with path.open("rb") as stream:
        content = stream.read(MAX_FILE + 1)
    if len(content) > MAX_FILE:
        raise InvalidCases(f"longer than {MAX_FILE:,} bytes")
    try:
        return cases_of(decode(content), assume)
    except BrokenMessage as error:
        raise InvalidCases(str(error)) from None


def cases_of(value: Any, assume: Assumed = None) -> list[Cases]:
    """Return the test sets of a JSON value; errors as for ``read_cases``."""
    return [Cases(compile(text, assume), cases) for text, cases in texts_and_cases_of(value)]


def texts_and_cases_of(value: Any) -> list[tuple[str, tuple[Case, ...]]]:
    """Return the filter's text and the cases of each test set of a JSON value.

    The text need not be a filter. ``InvalidCases`` as for ``read_cases``.
    """
    sets = value if isinstance(value, list) else [value]
    if not sets:
        raise InvalidCases("an array without a test set")
    return [
        _text_and_cases(each, f"test set {number}: " if len(sets) > 1 else "")
        for number, each in enumerate(sets, 1)
    ]


def _text_and_cases(value: Any, place: str) -> tuple[str, tuple[Case, ...]]:
    if not isinstance(value, Mapping) or not isinstance(value.get("filter"), str):
        raise InvalidCases(f"{place}expected an object with `filter`, a string, and `cases`")
    cases = value.get("cases")
    if not isinstance(cases, list) or not cases:
        raise InvalidCases(f"{place}`cases` must be an array with one case at least")
    if unknown := value.keys() - {"filter", "cases"}:
        raise InvalidCases(f"{place}unknown key `{min(unknown)}`")
    return value["filter"], tuple(
        _case(each, f"{place}case {number}: ") for number, each in enumerate(cases, 1)
    )


def _case(value: Any, place: str) -> Case:
    if not isinstance(value, Mapping) or ("message" in value) == ("payload" in value):
        raise InvalidCases(f"{place}expected an object with `message` or `payload`, and `verdict`")
    if unknown := value.keys() - _FIELDS:
        raise InvalidCases(f"{place}unknown key `{min(unknown)}`")
    try:
        verdict = Verdict(value.get("verdict"))
    except ValueError:
        names = ", ".join(verdict.value for verdict in Verdict)
        raise InvalidCases(f"{place}`verdict` must be one of {names}") from None
    texts = value.get("name", ""), value.get("explanation", "")
    if not all(isinstance(text, str) for text in texts):
        raise InvalidCases(f"{place}`name` and `explanation` must be strings")
    if "payload" in value:
        return Case({"data": value["payload"], "meta": UNREADABLE}, verdict, *texts)
    message = value["message"]
    form = form_of(message)
    if form in SINGLE:
        (found,) = messages_in(message, form)
        if isinstance(found, BrokenMessage):
            raise InvalidCases(f"{place}{found}")
        return Case(found.message, verdict, *texts)
    if not isinstance(message, Mapping):
        raise InvalidCases(f"{place}`message` must be an object with `data` and `meta`")
    return Case(message, verdict, *texts)


def to_json(sets: Iterable[Cases]) -> str:
    """Return the file of some test sets; ``InvalidCases`` for a message that JSON can't hold."""
    values = [
        {"filter": each.filter.text, "cases": [_case_value(case) for case in each.cases]}
        for each in sets
    ]
    return (
        json.dumps(values[0] if len(values) == 1 else values, indent=2, ensure_ascii=False) + "\n"
    )


def to_pytest(cases: Cases) -> str:
    """Return a module for pytest with the cases; ``InvalidCases`` as for ``to_json``."""
    pairs = []
    for case in cases.cases:
        value = _case_value(case)
        if "payload" in value:
            message = f"{{'data': {value['payload']!r}, 'meta': pnfilter.UNREADABLE}}"
        else:
            message = pformat(value["message"], sort_dicts=False, width=88)
        if form_of(value.get("message")) in SINGLE:
            message = f"pnfilter.Message.from_envelope({message})"
        name = f", id={case.name!r}" if case.name else ""
        case_text = f"({message}, {case.verdict.value!r}{name})"
        pairs.append(f"    {'pytest.param' if name else ''}{case_text},\n")
    return _MODULE.format(filter=cases.filter, cases=f"[\n{''.join(pairs)}]")


#: By type of event, the envelope's ``e``.
_NUMBERS: Final = {kind: number for number, kind in KINDS.items()}


def _case_value(case: Case) -> dict[str, Any]:
    value: dict[str, Any] = {"name": case.name} if case.name else {}
    message = case.message
    if not isinstance(message, Message):
        message = Message(message.get("data", UNREADABLE), message.get("meta"))
    data, meta = message.data, message.meta
    if message.kind in _NUMBERS:
        value["message"] = {"c": "channel", "e": _NUMBERS[message.kind], "d": data, "u": meta}
    elif meta is UNREADABLE and data is not UNREADABLE:
        value["payload"] = data
    else:
        value["message"] = {"data": data, "meta": meta}
    inner = value.get("message", {})
    for name in ("data", "d"):
        if inner.get(name) is UNREADABLE:
            del inner[name]
    value["verdict"] = case.verdict.value
    if case.explanation:
        value["explanation"] = case.explanation
    try:
        json.dumps(value)
    except TypeError:
        raise InvalidCases("a part of the message can't be read, and so can't be written") from None
    return value
