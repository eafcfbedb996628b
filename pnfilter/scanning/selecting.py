"""Inputs read one after the other, their messages judged, and what was selected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import Any, BinaryIO

from pnfilter.reading import following
from pnfilter.reading.messages import Block, Item, MessageReader, Rest, UnreadableInput
from pnfilter.reading.report import Report
from pnfilter.scanning.judging import Judge
from pnfilter.scanning.outcomes import Outcomes
from pnfilter.scanning.workers import Task, reports
from pnfilter.values import Reason


class Reading:
    """Reads inputs, selects lines, and counts: messages ``selected`` and ``undecided``, all, and broken lines."""

    def __init__(self, task: Task, jobs: int | None) -> None:
        self._task, self._jobs = task, jobs
        self._judge: Judge | None = None
        self._outcome = Outcomes(task.filter)
        self.selected = self.undecided = self.messages = self.broken = 0

    def lines(self, sources: Sequence[str | BinaryIO], *, follow: bool = False) -> Iterator[bytes]:
        """The lines selected in the inputs, if lines are wanted; ``follow`` reads on where a file ends."""
        for source in sources:
            with _opened(source, follow=follow) as stream:
                reader = MessageReader(complain=_ignore, note=_ignore, fail=_fail)
                for portion in reader.portions(stream):
                    if isinstance(portion, Item):
                        yield from self._item(portion)
                        continue
                    for report in self._reports(portion):
                        reader.took(report)
                        self._add(report)
                        for _, line in report.found:
                            yield line
                self.broken += reader.broken

    def _reports(self, portion: Block | Rest) -> Iterator[Report]:
        if isinstance(portion, Rest):
            for report, _ in reports(self._task, portion, self._jobs):
                yield report
        else:
            self._judge = self._judge or self._task.judge()
            yield self._judge.report(portion.lines)

    def _item(self, item: Item) -> Iterator[bytes]:
        outcome = self._outcome(item.message)
        is_open = isinstance(outcome, Reason)
        self.messages += 1
        self.undecided += is_open
        yes, mode, wanted, _ = self._task.selection
        if mode != "drop" if is_open else mode != "only" and outcome is yes:
            self.selected += 1
            if wanted:
                yield item.raw

    def _add(self, report: Report) -> None:
        self.selected += report.selected
        self.undecided += sum(report.undecided.values())
        self.messages += report.messages


def _opened(source: str | BinaryIO, *, follow: bool) -> Any:
    if not isinstance(source, str):
        return nullcontext(source)
    return following.follow(source) if follow else open(source, "rb")


def _ignore(_: str) -> None:
    """Say nothing."""


def _fail(text: str) -> None:
    raise UnreadableInput(text)
