"""The one search for all commands that select messages: reads inputs in chunks and evaluates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO, Protocol

from pnfilter.filters import INTERPRETED_IN_SEARCH
from pnfilter.input.reader import FileRange, Item
from pnfilter.input.streams import UnreadableInput
from pnfilter.scanning.field_output import FieldPrinter
from pnfilter.scanning.workers import reports
from pnfilter.semantics import Reason

if TYPE_CHECKING:
    from pnfilter.input.reader import LineBlock, MessageReader
    from pnfilter.input.result import BlockResult
    from pnfilter.message import AnyMessage
    from pnfilter.scanning.evaluator import LineEvaluator
    from pnfilter.scanning.workers import Task

#: Lines with their numbers in the input, 1-based.
Lines = list[tuple[int, bytes]]


class Observer(Protocol):
    """Observes what a search reads."""

    def look(self, message: AnyMessage) -> None:
        """Observe one message."""
        ...

    def found(self, messages: int, present: Iterable[int]) -> None:
        """Observe a number of messages, which have the fields with these numbers."""
        ...


class Surroundings(Protocol):
    """Wants the lines around the selected ones, and gets all lines from the reader."""

    def decided(self, number: int | None) -> bool:
        """Learn that all selected lines up to this one were yielded (None: of all that were seen).

        Return whether lines further on are wanted.
        """
        ...


class Search:
    """Searches inputs one by one, and counts: messages ``selected`` and all ``messages``.

    ``undecided`` counts by reason, and ``count`` is the number selected in the last input. With
    ``most`` the search of an input ends after so many; ``stopped`` says whether one did.
    """

    def __init__(
        self,
        task: Task,
        jobs: int | None = None,
        *,
        most: int | None = None,
        observer: Observer | None = None,
        advance: Callable[[int], object] | None = None,
        around: Surroundings | None = None,
    ) -> None:
        """Read a large plain file with ``jobs`` processes, by default one per core.

        ``advance`` gets the number of bytes read that the reader didn't count. For ``around`` the
        reader goes on after the last selected line.
        """
        self._task, self._jobs = task, jobs
        self._most = most
        self._observer = observer
        self._advance = advance
        self._around = around
        self._outcome = task.filter.interpreting_first(INTERPRETED_IN_SEARCH).outcome
        field = task.selection.field
        self._field = FieldPrinter(field) if field else None
        self._judge: LineEvaluator | None = None
        self.selected = self.messages = self.count = 0
        self.undecided: Counter[Reason] = Counter()
        self.stopped = False

    def lines(
        self, reader: MessageReader, source: str | BinaryIO, *, whole: bool = True
    ) -> Iterator[Lines]:
        """Search one input; yield the selected lines in chunks, if lines are wanted.

        ``whole`` allows several processes for a plain file. Raise ``WorkerError`` if one was
        killed.
        """
        self.count = 0
        if self._most == 0:
            self.stopped = True
            return
        done = False
        for portion in reader.portions(source, whole=whole and self._most is None):
            if done:
                pass
            elif isinstance(portion, Item):
                yield from self._item(portion)
            elif isinstance(portion, FileRange):
                yield from self._rest(reader, portion)
            else:
                yield from self._block(reader, portion)
            number = portion.number if isinstance(portion, Item) else None
            wants_more = self._around is not None and self._around.decided(number)
            if self.count == self._most:
                done = self.stopped = True
                if not wants_more:
                    return

    def _item(self, item: Item) -> Iterator[Lines]:
        """Evaluate one message."""
        outcome = self._outcome(item.message)
        self.messages += 1
        if self._observer is not None:
            self._observer.look(item.message)
        yes, mode, wanted = self._task.selection[:3]
        if isinstance(outcome, Reason):
            self.undecided[outcome] += 1
            is_selected = mode != "drop"
        else:
            is_selected = outcome is yes and mode != "only"
        if is_selected:
            self.count += 1
            self.selected += 1
            line = item.raw if self._field is None else self._field.line(item.message)
            if wanted and line is not None:
                yield [(item.number, line)]

    def _rest(self, reader: MessageReader, rest: FileRange) -> Iterator[Lines]:
        """Evaluate all other lines of a file."""
        try:
            for report, size in reports(self._task, rest, self._jobs):
                yield from self._record(reader, report)
                if self._advance is not None:
                    self._advance(size)
        except UnreadableInput as error:
            reader.fail(str(error))

    def _block(self, reader: MessageReader, block: LineBlock) -> Iterator[Lines]:
        """Evaluate some more lines."""
        self._judge = self._judge or self._task.judge()
        report = self._judge.report(block.lines)
        if self._most is None or self.count + report.selected < self._most:
            yield from self._record(reader, report)
            return
        for item in reader.items(block):
            yield from self._item(item)
            if self.count == self._most:
                return

    def _record(self, reader: MessageReader, report: BlockResult) -> Iterator[Lines]:
        first = reader.took(report)
        self.count += report.selected
        self.selected += report.selected
        self.messages += report.messages
        for reason, times in report.undecided.items():
            self.undecided[Reason(reason)] += times
        if self._observer is not None:
            self._observer.found(report.messages, report.present)
        if report.found:
            yield [(first + at, line) for at, line in report.found]
