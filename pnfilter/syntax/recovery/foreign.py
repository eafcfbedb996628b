"""Texts that are of another language as a whole, or that have a filter inside something else.

Each recogniser gets a ``Text`` and returns what it is, with the filter in it as far as it can be
read; the first that knows the text is the only one that reports.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Span, apply_edits
from pnfilter.syntax.automaton import UnexpectedToken, drive
from pnfilter.syntax.lexer import scan
from pnfilter.syntax.recovery.foreign_code import (
    code,
    command,
    escaped,
    keyword,
    marked,
    parameter,
    percent_encoded,
)
from pnfilter.syntax.recovery.foreign_functions import comprehension, function, statement
from pnfilter.syntax.recovery.foreign_languages import (
    json_object,
    json_path,
    json_query_language,
    lisp,
    piped,
    rsql,
    sql,
    terms,
)
from pnfilter.syntax.recovery.whole_texts import (
    COMPARES,
    STRINGS,
    Found,
    Text,
    blot,
    without_strings,
)
from pnfilter.syntax.tree_builder import TreeBuilder
from pnfilter.wording import shorten

#: Characters of a text that is read as one of another language.
MAX_READ = 20_000
#: Rounds of fixes that make a filter of a condition of another language.
MAX_ROUNDS = 4


def foreign_text(text: str, errors_of: Callable[[str], Sequence[Diagnostic]]) -> Diagnostic | None:
    """Report a text that is no filter as a whole; None if it may be one with mistakes.

    ``errors_of`` are the errors of a text that is read as a filter.
    """
    if len(text) > MAX_READ:
        return None
    whole = text.strip()
    start = text.find(whole)
    closed = all(match[1] is not None for match in STRINGS.finditer(whole))
    about = Text(whole, STRINGS.sub(blot, whole), closed)
    for recognise in _RECOGNISERS:
        found = recognise(about)
        if found is None:
            continue
        meant = _filter_of(found.condition.strip(), errors_of)
        if found.wrapped and not meant and not found.certain:
            continue
        return _report(found, Span(start, start + len(whole)), meant)
    return None


def _report(found: Found, span: Span, meant: str) -> Diagnostic:
    fix = Fix((Edit(span, meant),), safe=False) if meant else None
    if found.wrapped:
        message = f"the text is {found.what}, not the filter alone"
        help = f"write {shorten(meant, 80)}"
        if not meant:
            help = f"write the filter alone: {shorten(found.condition.strip(), 80)}"
        return Diagnostic("E224", message, span, help, fix)
    help = found.help or "write conditions such as data.mag > 5, joined by && and ||"
    if meant:
        help = f"write {shorten(meant, 80)}"
    elif found.condition.strip():
        help = f"write its condition alone, as a filter: {shorten(found.condition.strip(), 80)}"
    return Diagnostic("E223", f"the text is {found.what}, not a filter", span, help, fix)


def _filter_of(condition: str, errors_of: Callable[[str], Sequence[Diagnostic]]) -> str:
    """The condition with its mistakes fixed; empty if that makes no filter that compares."""
    if not COMPARES.search(without_strings(condition)):
        return ""
    for _ in range(MAX_ROUNDS):
        if is_filter(condition):
            return condition
        edits: list[Edit] = []
        end = -1
        for error in sorted(errors_of(condition), key=lambda error: error.span):
            parts = sorted(error.fix.edits, key=lambda edit: edit.span) if error.fix else []
            if parts and parts[0].span.start > end:
                edits += parts
                end = parts[-1].span.end
        if not edits:
            return ""
        condition = apply_edits(condition, edits)
    return ""


def is_filter(text: str) -> bool:
    """Whether a text of no great depth has no error."""
    tokens = scan(text)
    builder = TreeBuilder(text)
    if not tokens:
        return False
    try:
        drive(tokens, builder)
    except UnexpectedToken:
        return False
    return not builder.errors


_RECOGNISERS: tuple[Callable[[Text], Found | None], ...] = (
    json_object,
    json_path,
    json_query_language,
    terms,
    comprehension,
    sql,
    piped,
    rsql,
    lisp,
    parameter,
    percent_encoded,
    escaped,
    function,
    statement,
    code,
    command,
    keyword,
    marked,
)
