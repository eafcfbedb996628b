"""The results for a chunk of an input that was evaluated as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, Self

from pnfilter.records import NamedTuple

#: Broken lines of one file that are reported one by one; later ones are counted.
MAX_REPORTS: Final = 20


Unit = Literal["line", "element", "message"]


class Findings:
    """What was noticed in one input, and how far it was read: ``lines``, and their bytes."""

    __slots__ = (
        "blank",
        "broken",
        "crlf",
        "form",
        "hinted",
        "lines",
        "messages",
        "size",
        "source",
        "unit",
    )

    def __init__(self, source: str) -> None:
        self.source = source
        self.unit: Unit = "line"
        #: The form of the messages; empty for those of ours.
        self.form = ""
        self.lines = self.size = self.broken = self.blank = self.messages = 0
        self.crlf = self.hinted = False


class BlockResult(NamedTuple):
    """The results for some lines; all can be marshalled. Lines are counted from 0.

    ``selected`` of ``messages`` are wanted, and ``found`` has their lines with their numbers, if
    these are wanted. ``undecided`` counts by the name of the reason. Of ``broken`` lines the first
    ``MAX_REPORTS`` have their complaint in ``complaints``. ``crlf`` says whether a line ends so,
    ``hint`` is the first line of another form and what it probably is. ``present`` has the numbers
    of the filter's fields that some message had.
    """

    lines: int
    blank: int
    messages: int
    selected: int
    found: list[tuple[int, bytes]]
    undecided: dict[str, int]
    broken: int
    complaints: list[tuple[int, str]]
    crlf: bool
    hint: tuple[int, str] | None
    present: list[int]

    @classmethod
    def join(cls, reports: Iterable[Self]) -> Self:
        """Merge reports on consecutive lines."""
        found: list[tuple[int, bytes]] = []
        complaints: list[tuple[int, str]] = []
        undecided: dict[str, int] = {}
        present: set[int] = set()
        hint: tuple[int, str] | None = None
        lines = blank = messages = selected = broken = 0
        crlf = False
        for each in reports:
            if each.found:
                found += [(lines + number, line) for number, line in each.found]
            if each.complaints:
                complaints += [(lines + number, text) for number, text in each.complaints]
            if hint is None and each.hint is not None:
                hint = lines + each.hint[0], each.hint[1]
            for reason, times in each.undecided.items():
                undecided[reason] = undecided.get(reason, 0) + times
            present.update(each.present)
            crlf = crlf or each.crlf
            lines += each.lines
            blank += each.blank
            messages += each.messages
            selected += each.selected
            broken += each.broken
        del complaints[MAX_REPORTS:]
        return cls(
            lines, blank, messages, selected, found, undecided,
            broken, complaints, crlf, hint, sorted(present),
        )  # fmt: skip


#: The report on no lines.
NOTHING: Final = BlockResult(0, 0, 0, 0, [], {}, 0, [], crlf=False, hint=None, present=[])
