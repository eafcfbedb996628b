"""``check``, ``format`` and ``fix`` for filters of App Context."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pnfilter.app_context.fields import ENTITIES
from pnfilter.app_context.parser import parse, read
from pnfilter.diagnostics import Diagnostic, apply_edits, without_promise
from pnfilter.lint.context import APP_CONTEXT, Context
from pnfilter.lint.edits import budget, edits_of
from pnfilter.lint.findings import lints_for
from pnfilter.lint.rewrites import keeps_all
from pnfilter.records import replace
from pnfilter.syntax.holes import Hole, named_holes
from pnfilter.syntax.nodes import Path, print_expression, walk

#: The codes of findings about the characters of a field or a date, which no filling has.
_BY_CHARACTERS = frozenset({"W471", "W472", "W474", "I506"})


def check_app_context(
    text: str, entity: str | None = None, holes: Sequence[Hole] = ()
) -> tuple[Diagnostic, ...]:
    """Return the diagnostics of a filter of App Context, in the order of the text.

    Only an error has a safe fix. ``entity`` is one of ``ENTITIES``; any other is a ``ValueError``.
    """
    if entity is not None and entity not in ENTITIES:
        raise ValueError(f"entity must be one of {', '.join(ENTITIES)}, not {entity!r}")
    if holes:
        from pnfilter.lint.rules.placeholders import check_holes

        found = check_holes(
            text, holes, lambda filled: _findings(filled, entity or ""), _is_app_context_filter
        )
        return tuple(each for each in found if not _is_about_filling(each, holes))
    return _findings(text, entity or "")


def holes_of(text: str) -> Sequence[Hole]:
    """Return the holes of a text, each written ``{name}``."""
    return named_holes(text) if "{" in text else ()


def format_app_context(text: str) -> str:
    """Return the filter in its canonical form, which has the same tree and meaning.

    Raise ``FilterSyntaxError`` for a text that is not a filter of App Context.
    """
    return print_expression(parse(text))


def fix_app_context(
    text: str,
    wanted: Callable[[str, Diagnostic], bool] | None = None,
    *,
    unsafe: bool = False,
    entity: str = "",
) -> str:
    """Return the text with the safe fixes of its errors, or all fixes if these are ``unsafe``.

    Only those of diagnostics that ``wanted`` accepts; it gets the text that one is about, too.
    ``entity`` is what is listed, if that is known. The result is a filter, and without ``unsafe``
    it has every string, number and field of the text; where that can't be, the text comes back as
    it is. Never raises for any text.
    """
    fixed, left = text, budget(text)
    while left > 0:
        parsed = read(fixed)
        found: tuple[Diagnostic, ...] = tuple(
            _report_error(fixed, error) for error in parsed.errors
        )
        if parsed.expression is not None:
            found = _findings(fixed, entity) if unsafe else ()
        edits = edits_of(
            each
            for each in found
            if (wanted is None or wanted(fixed, each))
            and each.fix is not None
            and (unsafe or each.fix.safe)
        )
        if not edits:
            if parsed.expression is None:
                break
            return fixed if unsafe or keeps_all(text, fixed) else text
        left -= len(fixed) + 1
        fixed = apply_edits(fixed, edits)
    return fix_app_context(text, wanted) if unsafe else text


def _is_about_filling(found: Diagnostic, holes: Sequence[Hole]) -> bool:
    """Return whether a finding is about characters that the program fills in."""
    start, end = found.span
    return found.code in _BY_CHARACTERS and any(
        start < hole.span.end and hole.span.start < end for hole in holes
    )


def _is_app_context_filter(text: str) -> bool:
    return read(text).expression is not None


def _findings(text: str, entity: str) -> tuple[Diagnostic, ...]:
    parsed = read(text)
    if parsed.expression is None:
        # As with stream filters: safe fixes are those that make a filter of the text.
        keep = fix_app_context(text) != text
        errors = tuple(_report_error(text, error) for error in parsed.errors)
        return errors if keep else tuple(map(without_promise, errors))
    context = Context(text, parsed.expression, entity=entity)
    finds = lints_for(frozenset({APP_CONTEXT}))
    found = [without_promise(each) for find in finds for each in find(context)]
    return tuple(sorted(found, key=lambda diagnostic: (diagnostic.span, diagnostic.code)))


def _report_error(text: str, error: Diagnostic) -> Diagnostic:
    """Return an error; its help names the other language where the text is a filter in that."""
    from pnfilter.syntax import parser

    stream = parser.read(text).expression
    if stream is None or not any(isinstance(node, Path) and node.prefix for node in walk(stream)):
        return error
    help = "this is a stream filter; App Context has a filter language of its own"
    return replace(error, help=help, fix=None)
