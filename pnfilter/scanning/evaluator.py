"""Verdicts on the lines of a block: by decoded fields where possible, else in full.

A block is any number of whole lines. For most lines only the filter's fields are decoded, and
the fast path decides. These lines are decoded in full, and the filter itself evaluates them:

* lines that can't be decoded by field (broken, a field of an unexpected type, not an object),
* lines for which the fast path has no verdict,
* lines that aren't UTF-8, or have enough brackets to nest deeper than ``MAX_DEPTH``,
* too few lines to justify importing what decodes them by field.

So all outcomes are those of the interpreter, and broken lines are found.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Literal

from pnfilter.binding.bind import bind
from pnfilter.decode import MAX_DEPTH, BrokenMessage, decode, is_shallow, is_worth_import
from pnfilter.filters import INTERPRETED_IN_SEARCH, Filter
from pnfilter.input.payloads import Payload, as_message, hint_of
from pnfilter.input.result import MAX_REPORTS, NOTHING, BlockResult
from pnfilter.input.streams import TOO_LONG, is_too_long
from pnfilter.interpreter import read
from pnfilter.message import parts_of
from pnfilter.records import NamedTuple
from pnfilter.scanning.field_output import FieldPrinter
from pnfilter.scanning.interrupts import interrupts_held
from pnfilter.scanning.prefilter import Prefilter, needles_of
from pnfilter.semantics import Missing, Reason

if TYPE_CHECKING:
    from pnfilter.scanning.fast_path import FastPath
    from pnfilter.scanning.fields import Fields

#: A line of this many bytes or fewer has too few brackets for too many levels.
SHALLOW_LINE: Final = 2 * MAX_DEPTH
#: Lines evaluated before the fast path is given up if it failed for half of them.
TRIAL: Final = 2000
#: Lines per candidate from which the search for candidates pays.
MIN_SIEVED: Final = 6

Undecided = Literal["keep", "drop", "only"]


class MatchOptions(NamedTuple):
    """Which messages are wanted: those with the verdict ``yes``, which undecided ones, ``lines``.

    ``only_matches`` says that nothing else is wanted: no undecided messages, and no counts of them,
    of all messages, of broken or blank lines, or of lines if these aren't wanted. Then lines that
    can't match needn't be read. With the path ``field`` a line is that field of the message, and a
    message that lacks it has no line.
    """

    yes: bool = True
    undecided: Undecided = "keep"
    lines: bool = False
    only_matches: bool = False
    field: str = ""


#: Messages that match or may match, without their lines.
MATCHING: Final = MatchOptions()


class LineEvaluator:
    """Evaluates blocks of lines by one filter; see the module."""

    def __init__(
        self,
        filter: Filter,
        selection: MatchOptions = MATCHING,
        payload: Payload = "message",
        *,
        blocks: int = 1,
    ) -> None:
        """Expect at least ``blocks`` blocks, as far as known."""
        self._blocks = blocks
        self._filter = filter
        self._outcome = filter.interpreting_first(INTERPRETED_IN_SEARCH).outcome
        self._selection = selection
        self._payload: Payload = payload
        self._paths = dict(enumerate(filter.fields))
        self._unseen = dict(self._paths)
        self._fast_path: tuple[Fields, FastPath] | None = None
        self._uses_fast_path = payload == "message"
        self._judged = self._in_full = 0
        self._sieve: Prefilter | None = None
        # A line without what a match needs may match by an assumption.
        may_skip = selection.only_matches and selection.yes and filter.assumptions is None
        if may_skip and payload == "message":
            needles = needles_of(bind(filter.expression))
            self._sieve = Prefilter(needles) if needles else None
        self._sieved = self._passed = 0
        self._field = FieldPrinter(selection.field) if selection.field else None

    def report(self, block: bytes) -> BlockResult:
        """Report on a block of whole lines. The last may be cut off after ``MAX_LINE`` bytes."""
        if self._sieve is not None and (places := self._sieve.candidates(block)) is not None:
            report = self._evaluate_candidates(block, places)
        else:
            report = self._evaluate(block, BytesIO(block).readlines())
        if self._selection.only_matches and report is not NOTHING:
            # Notes about a file must not depend on which of its lines were read.
            crlf = any(line.endswith(b"\r\n") for _, line in report.found)
            return report._replace(complaints=[], broken=0, blank=0, hint=None, crlf=crlf)
        return report

    def _evaluate_candidates(self, block: bytes, places: list[tuple[int, int]]) -> BlockResult:
        """Report on a block in which only some lines are examined."""
        lines = 0
        if self._selection.lines or self._sieved < TRIAL:
            # Faster than counting, and useless if line numbers aren't wanted.
            lines = len(block) - len(block.replace(b"\n", b"")) + (block[-1:] not in {b"", b"\n"})
        if self._sieved < TRIAL:
            self._sieved += lines
            self._passed += len(places)
            if self._sieved >= TRIAL and self._passed * MIN_SIEVED > self._sieved:
                self._sieve = None
        if not places:
            return NOTHING._replace(lines=lines) if lines else NOTHING
        candidates = [block[start:end] for start, end in places]
        report = self._evaluate(b"".join(candidates), candidates)
        found, counted, number = [], 0, 0
        for at, line in report.found:
            start = places[at][0]
            number += block.count(b"\n", counted, start)
            counted = start
            found.append((number, line))
        return report._replace(lines=lines, found=found)

    def _evaluate(self, block: bytes, lines: list[bytes]) -> BlockResult:
        uses_fast_path = self._uses_fast_path and is_worth_import(len(lines) * self._blocks)
        outcomes: list[Any] = (
            self._run_fast_path(block, lines) if uses_fast_path else [None] * len(lines)
        )
        blank = broken = 0
        complaints: list[tuple[int, str]] = []
        undecided: dict[str, int] = {}
        hint: tuple[int, str] | None = None
        position = -1
        in_full = outcomes.count(None)
        for _ in range(in_full):
            position = outcomes.index(None, position + 1)
            line = lines[position]
            if line.isspace() and not is_too_long(line):
                blank += 1
                outcomes[position] = _NO_MESSAGE
                continue
            try:
                value = _decode_line(line)
                message = as_message(value, self._payload)
            except BrokenMessage as error:
                broken += 1
                outcomes[position] = _NO_MESSAGE
                if broken <= MAX_REPORTS:
                    complaints.append((position, str(error)))
                continue
            if hint is None and (text := hint_of(value, self._payload)):
                hint = position, text
            self._look(*parts_of(message)[:2])
            outcome = outcomes[position] = self._outcome(message)
            if isinstance(outcome, Reason):
                undecided[outcome.value] = undecided.get(outcome.value, 0) + 1
        if uses_fast_path and self._judged < TRIAL:
            self._judged += len(lines)
            self._in_full += in_full
            self._uses_fast_path = self._judged < TRIAL or self._in_full * 2 < self._judged
        selected, found = self._select(lines, outcomes, sum(undecided.values()))
        return BlockResult(
            lines=len(lines),
            blank=blank,
            messages=len(lines) - blank - broken,
            selected=selected,
            found=found,
            undecided=undecided,
            broken=broken,
            complaints=complaints,
            crlf=b"\r\n" in block if b"\r" in block else False,
            hint=hint,
            present=[number for number in self._paths if number not in self._unseen],
        )

    def _select(
        self, lines: list[bytes], outcomes: list[Any], undecided: int
    ) -> tuple[int, list[tuple[int, bytes]]]:
        yes, mode, wanted = self._selection[:3]
        selected = 0 if mode == "only" else outcomes.count(yes)
        selected += 0 if mode == "drop" else undecided
        if not wanted or not selected:
            return selected, []
        if selected == len(lines) and self._field is None:
            return selected, list(enumerate(lines))
        found = [
            (number, lines[number])
            for number, outcome in enumerate(outcomes)
            if (mode != "only" if outcome is yes else mode != "drop" and type(outcome) is Reason)
        ]
        return selected, found if self._field is None else list(self._fields_of(found))

    def _fields_of(self, found: list[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
        """Yield the wanted field of the messages on selected lines."""
        assert self._field is not None
        for number, line in found:
            value = self._field.line(as_message(_decode_line(line), self._payload))
            if value is not None:
                yield number, value

    def _run_fast_path(self, block: bytes, lines: list[bytes]) -> list[Any]:
        """Return the outcome of each line, or None where it must be decoded in full."""
        if not lines:
            return []
        if max(map(len, lines)) <= SHALLOW_LINE and _is_unicode(block):
            return self._outcomes_of(lines)
        fit = [is_shallow(line) and not is_too_long(line) and _is_unicode(line) for line in lines]
        fitting = [line for line, is_fit in zip(lines, fit, strict=True) if is_fit]
        outcomes = iter(self._outcomes_of(fitting))
        return [next(outcomes) if is_fit else None for is_fit in fit]

    def _outcomes_of(self, lines: list[bytes]) -> list[Any]:
        fields, evaluate = self._prepare()
        messages: list[Any] = []
        decoded = map(fields.decode, lines)
        while len(messages) < len(lines):
            try:
                messages.extend(decoded)
            except (ValueError, RecursionError):
                # What came before it is kept, and the iterator continues behind it.
                messages.append(None)
        for number, path in list(self._unseen.items()):
            values = (fields.value(path, each) for each in messages if each is not None)
            if any(value is not None for value in values):
                del self._unseen[number]
        return evaluate(messages)

    def _prepare(self) -> tuple[Fields, FastPath]:
        """Return how the filter's fields are decoded, and the function that evaluates them."""
        if self._fast_path is None:
            # An exception while msgspec creates a class may end the process.
            with interrupts_held():
                from pnfilter.scanning.fast_path import compile_fast_path, kinds_of
                from pnfilter.scanning.fields import fields_of

                bound = bind(self._filter.expression)
                fields = fields_of(self._filter.fields, kinds_of(bound))
                self._fast_path = fields, compile_fast_path(bound, fields)
        return self._fast_path

    def _look(self, data: Any, meta: Any) -> None:
        """Remove the fields that a message has."""
        for number, path in list(self._unseen.items()):
            if not isinstance(read(path, data, meta), Missing):
                del self._unseen[number]


#: The outcome of a line without a message.
_NO_MESSAGE: Final = object()


def _decode_line(line: bytes) -> Any:
    if is_too_long(line):
        raise BrokenMessage(TOO_LONG)
    return decode(line)


def _is_unicode(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
