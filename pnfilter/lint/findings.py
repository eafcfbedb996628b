"""What the parser and the lints say of a filter text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import import_module

from pnfilter.diagnostics import Diagnostic
from pnfilter.lint.context import context_of
from pnfilter.lint.table import LINTS
from pnfilter.syntax.parser import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pnfilter.lint.context import Find, Trait
    from pnfilter.lint.schema.shapes import Shapes
    from pnfilter.semantics.assumptions import Assumed

#: The warnings beside which no other is true: of a text that is percent-encoded, and of code.
_ALONE = frozenset({"W419", "W459"})


def findings(
    text: str,
    *,
    encrypted: bool = False,
    schema: Mapping[str, object] | Shapes | None = None,
    known_fields: Iterable[str] | None = None,
    messages: Iterable[object] | None = None,
    assume: Assumed = None,
) -> tuple[Diagnostic, ...]:
    """The diagnostics of ``check``, with fixes called safe that have not been reviewed."""
    if assume is not None:
        from pnfilter.semantics.assumptions import Assumptions

        assume = Assumptions.of(assume)
    parsed = read(text)
    if parsed.expression is None:
        return parsed.errors
    context = context_of(
        text,
        parsed.expression,
        encrypted=encrypted,
        known_fields=known_fields,
        assumed=assume,
    )
    found = [each for find in lints_for(context.traits) for each in find(context)]
    if len(found) > 1 and (alone := [each for each in found if each.code in _ALONE]):
        return tuple(alone[:1])
    is_known = False
    if schema is not None:
        from pnfilter.lint.schema.check import check_schema, has_all_in_metadata, shapes_of

        shapes = shapes_of(schema)
        # The schema says what is a number, and not the name.
        found = [each for each in found if each.code != "W426"]
        found.extend(check_schema(context, shapes))
        is_known = "bare" in context.traits and has_all_in_metadata(context, shapes)
    # A finding on bare names never is the only one.
    if len(found) > 1 and "bare" in context.traits:
        from pnfilter.lint.rules.bare_names import without_repetition

        found = without_repetition(found, is_known=is_known)
    if messages is not None:
        from pnfilter.lint.samples import check_samples

        found = check_samples(text, messages, found, known_fields, assume)
    if len(found) > 1:
        found.sort(key=lambda diagnostic: (diagnostic.span, diagnostic.code))
    return tuple(found)


@lru_cache(maxsize=1000)
def lints_for(traits: frozenset[Trait]) -> tuple[Find, ...]:
    """Return the checks of the lints that can find something in a filter with these traits.

    Most filters have few traits, so that most lints, and their modules, are not imported.
    """
    return tuple(
        getattr(import_module(module), name).find
        for module, name, needed in LINTS
        if not traits.isdisjoint(needed)
    )
