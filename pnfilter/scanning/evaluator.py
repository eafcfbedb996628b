"""Verdicts on the lines of a block: the quick way where that is sound, line by line in full elsewhere.

A block is any number of whole lines. Most of its lines are decoded for the filter's fields alone
and judged by ``quick``. Decoded in full, and judged by the filter itself, are lines

* that can't be decoded the quick way (broken, a field of an unexpected type, no object),
* on which ``quick`` has no verdict,
* that are no UTF-8, or have brackets enough to nest deeper than ``MAX_DEPTH``,
* of which there are too few for the import of what decodes them the quick way,

so that all outcomes are those of the interpreter, and what is broken is found to be.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Literal

from pnfilter.binding.bind import bind
from pnfilter.decode import MAX_DEPTH, BrokenMessage, decode, is_shallow, is_worth_import
from pnfilter.filters import INTERPRETED_IN_SEARCH, Filter
from pnfilter.input.reader import TOO_LONG, Payload, as_message, hint_of, is_too_long
from pnfilter.input.result import MAX_REPORTS, NOTHING, Report
from pnfilter.interpreter import read
from pnfilter.message import parts_of
from pnfilter.records import NamedTuple
from pnfilter.scanning.interrupts import interrupts_held
from pnfilter.scanning.prefilter import Sieve, needles_of
from pnfilter.semantics import Missing, Reason

if TYPE_CHECKING:
    from pnfilter.scanning.fast_path import Quick
    from pnfilter.scanning.fields import Fields

#: A line within this many bytes has not enough brackets for too many levels.
SHALLOW_LINE: Final = 2 * MAX_DEPTH
#: Lines judged before the quick way is given up, if it was no use for half of them.
TRIAL: Final = 2000
#: Lines among which only one may be a candidate for the search for candidates to pay.
MIN_SIEVED: Final = 6

Undecided = Literal["keep", "drop", "only"]


class Selection(NamedTuple):
    """What is wanted: messages with the verdict ``yes``, of undecided ones what, and whether their ``lines``.

    ``only_matches`` says that nothing else is: no undecided messages, and no counts of them, of all
    messages, of broken or blank lines, or of any lines if not these are wanted. Then what can't match needn't be read.
    """

    yes: bool = True
    undecided: Undecided = "keep"
    lines: bool = False
    only_matches: bool = False


#: Messages that match or may match, without their lines.
MATCHING: Final = Selection()


class Judge:
    """Judges blocks of lines by one filter; the module says how."""

    def __init__(
        self,
        filter: Filter,
        selection: Selection = MATCHING,
        payload: Payload = "message",
        *,
        blocks: int = 1,
    ) -> None:
        """``blocks`` are to come at least, as far as that is known."""
        self._blocks = blocks
        self._filter = filter
        self._outcome = filter.interpreting_first(INTERPRETED_IN_SEARCH).outcome
        self._selection = selection
        self._payload: Payload = payload
        self._paths = dict(enumerate(filter.fields))
        self._unseen = dict(self._paths)
        self._quick: tuple[Fields, Quick] | None = None
        self._is_quick = payload == "message"
        self._judged = self._in_full = 0
        self._sieve: Sieve | None = None
        if selection.only_matches and selection.yes and payload == "message":
            needles = needles_of(bind(filter.expression))
            self._sieve = Sieve(needles) if needles else None
        self._sieved = self._passed = 0

    def report(self, block: bytes) -> Report:
        """What is in a block of whole lines. The last one may be cut off after ``MAX_LINE`` bytes."""
        if self._sieve is not None and (places := self._sieve.candidates(block)) is not None:
            report = self._report_on(block, places)
        else:
            report = self._report(block, BytesIO(block).readlines())
        if self._selection.only_matches and report is not NOTHING:
            # What is said of a file must not depend on which of its lines were read.
            crlf = any(line.endswith(b"\r\n") for _, line in report.found)
            return report._replace(complaints=[], broken=0, blank=0, hint=None, crlf=crlf)
        return report

    def _report_on(self, block: bytes, places: list[tuple[int, int]]) -> Report:
        """The report on a block of which some lines are to be looked at."""
        lines = 0
        if self._selection.lines or self._sieved < TRIAL:
            # Faster than to count them, and not worth it where nobody wants a line's number.
            lines = len(block) - len(block.replace(b"\n", b"")) + (block[-1:] not in {b"", b"\n"})
        if self._sieved < TRIAL:
            self._sieved += lines
            self._passed += len(places)
            if self._sieved >= TRIAL and self._passed * MIN_SIEVED > self._sieved:
                self._sieve = None
        if not places:
            return NOTHING._replace(lines=lines) if lines else NOTHING
        candidates = [block[start:end] for start, end in places]
        report = self._report(b"".join(candidates), candidates)
        found, counted, number = [], 0, 0
        for at, line in report.found:
            start = places[at][0]
            number += block.count(b"\n", counted, start)
            counted = start
            found.append((number, line))
        return report._replace(lines=lines, found=found)

    def _report(self, block: bytes, lines: list[bytes]) -> Report:
        is_quick = self._is_quick and is_worth_import(len(lines) * self._blocks)
        outcomes: list[Any] = self._quickly(block, lines) if is_quick else [None] * len(lines)
        blank = broken = 0
        complaints: list[tuple[int, str]] = []
        undecided: dict[str, int] = {}
        hint: tuple[int, str] | None = None
        position = -1
        odd = outcomes.count(None)
        for _ in range(odd):
            position = outcomes.index(None, position + 1)
            line = lines[position]
            if line.isspace() and not is_too_long(line):
                blank += 1
                outcomes[position] = _NO_MESSAGE
                continue
            try:
                value = _decoded(line)
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
        if is_quick and self._judged < TRIAL:
            self._judged += len(lines)
            self._in_full += odd
            self._is_quick = self._judged < TRIAL or self._in_full * 2 < self._judged
        selected, found = self._selected(lines, outcomes, sum(undecided.values()))
        return Report(
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

    def _selected(
        self, lines: list[bytes], outcomes: list[Any], undecided: int
    ) -> tuple[int, list[tuple[int, bytes]]]:
        yes, mode, wanted, _ = self._selection
        selected = 0 if mode == "only" else outcomes.count(yes)
        selected += 0 if mode == "drop" else undecided
        if not wanted or not selected:
            return selected, []
        if selected == len(lines):
            return selected, list(enumerate(lines))
        found = [
            (number, lines[number])
            for number, outcome in enumerate(outcomes)
            if (mode != "only" if outcome is yes else mode != "drop" and type(outcome) is Reason)
        ]
        return selected, found

    def _quickly(self, block: bytes, lines: list[bytes]) -> list[Any]:
        """The outcome for each line, or None where it has to be looked at in full."""
        if not lines:
            return []
        if max(map(len, lines)) <= SHALLOW_LINE and _is_unicode(block):
            return self._outcomes_of(lines)
        fit = [is_shallow(line) and not is_too_long(line) and _is_unicode(line) for line in lines]
        outcomes = iter(self._outcomes_of([line for line, is_fit in zip(lines, fit, strict=True) if is_fit]))  # fmt: skip
        return [next(outcomes) if is_fit else None for is_fit in fit]

    def _outcomes_of(self, lines: list[bytes]) -> list[Any]:
        fields, quick = self._prepared()
        messages: list[Any] = []
        decoded = map(fields.decode, lines)
        while len(messages) < len(lines):
            try:
                messages.extend(decoded)
            except (ValueError, RecursionError):
                # What came before it is kept, and the iterator stands behind it.
                messages.append(None)
        for number, path in list(self._unseen.items()):
            values = (fields.value(path, each) for each in messages if each is not None)
            if any(value is not None for value in values):
                del self._unseen[number]
        return quick(messages)

    def _prepared(self) -> tuple[Fields, Quick]:
        """How the filter's fields are decoded, and how they are judged."""
        if self._quick is None:
            # An exception that comes while msgspec makes a class may end the process.
            with interrupts_held():
                from pnfilter.scanning.fast_path import kinds_of, quick
                from pnfilter.scanning.fields import fields_of

                bound = bind(self._filter.expression)
                fields = fields_of(self._filter.fields, kinds_of(bound))
                self._quick = fields, quick(bound, fields)
        return self._quick

    def _look(self, data: Any, meta: Any) -> None:
        """Strike off the fields that a message has."""
        for number, path in list(self._unseen.items()):
            if not isinstance(read(path, data, meta), Missing):
                del self._unseen[number]


#: The outcome where there is no message.
_NO_MESSAGE: Final = object()


def _decoded(line: bytes) -> Any:
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
