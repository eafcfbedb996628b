"""What the parser and the lints say of a filter text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pnfilter.checking.context import context_of
from pnfilter.checking.lints import lints_for
from pnfilter.checking.message_schema import MessageSchema
from pnfilter.diagnostics import Diagnostic
from pnfilter.syntax.parser import read


def findings(
    text: str,
    *,
    encrypted: bool = False,
    schema: Mapping[str, object] | MessageSchema | None = None,
    known_fields: Iterable[str] | None = None,
    messages: Iterable[object] | None = None,
) -> tuple[Diagnostic, ...]:
    """The diagnostics of ``check``, with fixes called safe that have not been reviewed."""
    parsed = read(text)
    if parsed.expression is None:
        return parsed.errors
    context = context_of(
        text, parsed.expression, encrypted=encrypted, schema=schema, known_fields=known_fields
    )
    found = [each for lint in lints_for(context.traits) for each in lint(context)]
    if schema is not None:
        from pnfilter.checking.schema import check_schema

        found.extend(check_schema(context))
    if messages is not None:
        from pnfilter.sampling import check_samples

        found.extend(check_samples(text, parsed.expression.span, messages))
    if len(found) > 1:
        found.sort(key=lambda diagnostic: (diagnostic.span, diagnostic.code))
    return tuple(found)
