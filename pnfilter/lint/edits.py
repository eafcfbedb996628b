"""The edits of several fixes together, and how many rounds of them a text gets."""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Iterable

from pnfilter.diagnostics import Diagnostic, Edit, Span

#: Characters that ``fix`` reads in all its rounds, as one fix may make room for the next: a text
#: of 500 characters gets 200 rounds.
MAX_READ = 100_000
#: Rounds that a text of any length gets: one for errors, one for what they hid, and one to see
#: that nothing is left, with one in reserve.
MIN_ROUNDS = 4


def budget(text: str) -> int:
    """The number of characters to read in all rounds."""
    return max(MIN_ROUNDS * (len(text) + 1), MAX_READ)


def edits_of(diagnostics: Iterable[Diagnostic]) -> list[Edit]:
    """The edits of all fixes that don't touch each other; the first wins."""
    taken: list[Span] = []
    edits: list[Edit] = []
    for diagnostic in diagnostics:
        fix = diagnostic.fix
        if fix is None:
            continue
        spans = [edit.span for edit in fix.edits]
        if any(_touches(span, taken) for span in spans):
            continue
        for span in spans:
            insort(taken, span)
        edits.extend(fix.edits)
    return edits


def _touches(span: Span, taken: list[Span]) -> bool:
    """Whether a span overlaps or adjoins one of these, which are in order and apart."""
    index = bisect(taken, span)
    return any(
        span.start <= other.end and other.start <= span.end
        for other in taken[max(0, index - 1) : index + 1]
    )
