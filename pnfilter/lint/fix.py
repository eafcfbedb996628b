"""``format`` and ``fix``: a filter text in, a better one out."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Callable, Sequence

from pnfilter.diagnostics import (
    Diagnostic,
    Edit,
    Fix,
    Severity,
    apply_edits,
)
from pnfilter.lint.edits import budget, edits_of
from pnfilter.lint.findings import findings
from pnfilter.lint.rewrites import keeps_all
from pnfilter.records import replace
from pnfilter.syntax.nodes import Comparison, print_expression, walk
from pnfilter.syntax.parser import parse, require_filter_text

_Findings = Callable[[str], tuple[Diagnostic, ...]]

#: Characters that are searched for the conditions that warnings are about: no more than some
#: milliseconds. A text with more has no safe fix.
MAX_SEARCHED = 20_000_000
#: The warnings of a filter that is too long, and of a name beside others with a prefix, whatever
#: it is compared with.
_TOO_LONG, _NO_PREFIX = "W456", "W457"


def is_app_context(language: str) -> bool:
    """Whether this is the language of App Context; ``ValueError`` for an unknown one."""
    if language not in ("stream", "app-context"):
        raise ValueError(f"language is {language!r}: stream or app-context")
    return language == "app-context"


def format(text: str, *, language: str = "stream") -> str:
    """Return the filter in its canonical form, which has the same tree and meaning.

    Raises ``FilterSyntaxError`` for a text that is not a filter. ``language`` is that of the text.

    Formatting what was formatted changes nothing. It never adds parentheses, and keeps them where
    the reading without them would rest on a rule that is unverified for the server.
    """
    if is_app_context(language):
        from pnfilter.lint.app_context import format_app_context

        return format_app_context(text)
    return print_expression(parse(text))


def fix(text: str, *, unsafe: bool = False, language: str = "stream") -> str:
    """``text`` with every safe fix of ``check`` applied: ``such=wow`` becomes ``such == "wow"``.

    The result is a filter with every string, number and path that the author wrote, without an
    error, and without a warning that ``check(text)`` doesn't have; fixing it again changes nothing.
    Where the safe fixes can't promise that, and where there is nothing to fix, the text comes back
    as it is. Never raises for any text.

    With ``unsafe``, those fixes of errors and warnings are applied too that may change what the
    author meant; then the result is a filter, and that is all. ``language`` is that of the text; in
    App Context only errors have safe fixes.
    """
    require_filter_text(text)
    if is_app_context(language):
        from pnfilter.lint.app_context import fix_app_context

        return fix_app_context(text, unsafe=unsafe)
    return _fix_unsafely(text, findings) if unsafe else _fix_safely(text, findings)


def fix_where(
    text: str,
    wanted: Callable[[str, Diagnostic], bool],
    *,
    unsafe: bool = False,
    language: str = "stream",
    entity: str = "",
) -> str:
    """``fix``, but only of the diagnostics that ``wanted`` accepts.

    One fix may make room for the next: ``wanted`` gets the text that a diagnostic is about, too.
    """
    if is_app_context(language):
        from pnfilter.lint.app_context import fix_app_context

        return fix_app_context(text, wanted, unsafe=unsafe, entity=entity)

    def found_in(text: str) -> tuple[Diagnostic, ...]:
        return tuple(
            each if wanted(text, each) else replace(each, fix=None) for each in findings(text)
        )

    return _fix_unsafely(text, found_in) if unsafe else _fix_safely(text, found_in)


class Review:
    """Whether ``fix`` changes a text: only then are the fixes of its diagnostics safe.

    ``plain`` are its diagnostics without any option of ``check``; None if they aren't at hand.
    """

    __slots__ = ("_answer", "_plain", "_text")

    def __init__(self, text: str, plain: tuple[Diagnostic, ...] | None) -> None:
        self._text = text
        self._plain = plain
        self._answer: bool | None = None

    def __call__(self) -> bool:
        if self._answer is None:
            self._answer = _fix_safely(self._text, findings, self._plain) != self._text
        return self._answer

    def promise(self, diagnostic: Diagnostic) -> Diagnostic:
        """Return the diagnostic with a fix that is safe only if this is true."""
        fix = diagnostic.fix
        if fix is None or not fix.safe:
            return diagnostic
        fix = Fix.reviewed(fix.edits, self)
        # `replace` takes several times as long.
        return Diagnostic(
            diagnostic.code, diagnostic.message, diagnostic.span, diagnostic.help, fix
        )


def _fix_safely(text: str, found_in: _Findings, found: tuple[Diagnostic, ...] | None = None) -> str:
    """The text with all safe fixes, or as it is where one of them breaks the promise of ``fix``."""
    fixed, left = text, budget(text)
    if found is None:
        found = found_in(text)
    while left > 0:
        # What has no safe fix can't become a filter, and a fix beside it might hide it.
        if any(_is_error(each) and not _is_safe(each) for each in found):
            return text
        edits = safe_edits(found)
        if not edits:
            return fixed if keeps_all(text, fixed) else text
        left -= len(fixed) + 1
        fixed = apply_edits(fixed, edits)
        before, found = found, found_in(fixed)
        if _introduces(text, before, fixed, found):
            return text
    return text


def _fix_unsafely(text: str, found_in: _Findings) -> str:
    """The text with all fixes, or with the safe ones where the others make no filter of it."""
    fixed, left = text, budget(text)
    while left > 0:
        found = found_in(fixed)
        edits = edits_of([*filter(_is_safe, found), *filter(is_unsafely_fixable, found)])
        if not edits:
            if any(map(_is_error, found)):
                break
            return fixed
        left -= len(fixed) + 1
        fixed = apply_edits(fixed, edits)
    return _fix_safely(text, found_in)


def _is_error(diagnostic: Diagnostic) -> bool:
    return diagnostic.severity is Severity.ERROR


def _is_safe(diagnostic: Diagnostic) -> bool:
    return diagnostic.fix is not None and diagnostic.fix.safe


def is_unsafely_fixable(diagnostic: Diagnostic) -> bool:
    """Whether this is an error or a warning that only ``fix(text, unsafe=True)`` fixes."""
    fix = diagnostic.fix
    return fix is not None and not fix.safe and diagnostic.severity is not Severity.INFO


def _introduces(
    text: str, before: Sequence[Diagnostic], fixed: str, after: Sequence[Diagnostic]
) -> bool:
    """Whether a round of fixes brought a warning with it that is not fixed in turn.

    Errors hide warnings. So after a round of errors a warning is not new if the comparison that it
    is about is in ``text`` as the author wrote it. One about anything else may come from an
    operator that was fixed.
    """
    codes = _codes(after)
    more = codes and Counter(codes) - Counter(_codes(before))
    if not more or any(map(_is_error, after)):
        return False
    new = [each for each in after if each.code in more and not _is_safe(each)]
    if not any(map(_is_error, before)):
        return bool(new)
    from pnfilter.lint.rules.precedence import is_too_long

    if is_too_long(text):
        new = [each for each in new if each.code != _TOO_LONG]
    conditions = [node.span for node in walk(parse(fixed)) if isinstance(node, Comparison)]
    starts = [span.start for span in conditions]
    about: Counter[tuple[str, str]] = Counter()
    for each in new:
        index = bisect(starts, each.span.start) - 1
        span = each.span
        if each.code != _NO_PREFIX:
            if index < 0 or span.end > conditions[index].end:
                return True
            span = conditions[index]
        about[each.code, fixed[span.start : span.end]] += 1
    if len(about) * len(text) > MAX_SEARCHED:
        return True
    return any(text.count(written) < times for (_, written), times in about.items())


def _codes(found: Sequence[Diagnostic]) -> list[str]:
    """The codes of errors and warnings, as often as they are reported."""
    return [each.code for each in found if each.severity is not Severity.INFO]


def safe_edits(diagnostics: Sequence[Diagnostic]) -> list[Edit]:
    """The edits of all safe fixes that don't touch each other; the first in the text wins."""
    return edits_of(filter(_is_safe, diagnostics))
