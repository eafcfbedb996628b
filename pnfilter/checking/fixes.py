"""``format`` and ``fix``: a filter text in, a better one out."""

from __future__ import annotations

from bisect import bisect, insort

from pnfilter.checking.checker import check
from pnfilter.diagnostics import Diagnostic, Edit, Span, apply_edits
from pnfilter.syntax.parser import parse, require_filter_text
from pnfilter.syntax.printer import print_expression

#: Characters that ``fix`` reads in all its rounds, as one fix may make room for the next: a text
#: of 500 characters gets 1,000 rounds, and one too long for two rounds gets two.
MAX_READ = 500_000


def format(text: str) -> str:
    """The filter in its canonical form: the same tree, the same meaning. ``FilterSyntaxError`` for no filter.

    Formatting what was formatted changes nothing. Brackets are never added, and stay where the
    reading without them would rest on a rule that nobody has shown for the server.
    """
    return print_expression(parse(text))


def safe_edits(diagnostics: tuple[Diagnostic, ...]) -> list[Edit]:
    """The edits of all safe fixes that don't touch each other; the first in the text wins."""
    taken: list[Span] = []
    edits: list[Edit] = []
    for diagnostic in diagnostics:
        fix = diagnostic.fix
        if fix is None or not fix.safe:
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


def fix(text: str) -> str:
    """``text`` with every safe fix of ``check`` applied: ``such=wow`` becomes ``such == "wow"``.

    A text that needs none, or that no safe fix can mend, comes back as it is; never raises.
    """
    require_filter_text(text)
    for _ in range(max(2, MAX_READ // (len(text) + 1))):
        edits = safe_edits(check(text))
        if not edits:
            break
        text = apply_edits(text, edits)
    return text
