"""Hypothesis strategies: filters and messages for your own property tests.

::

    from hypothesis import given
    from pnfilter import compile
    from pnfilter.strategies import filters, messages_for

    @given(messages_for("meta.priority == 'high' && data.score > 80"))
    def test_a_message_is_kept_or_dropped(message): ...

They need the extra: ``pip install 'pnfilter[strategies]'``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pnfilter.generation import (
    FIELDS,
    LEGACY_FIELDS,
    PLAIN,
    Below,
    FilterWriter,
    MessageWriter,
    hints,
    paths_of,
)
from pnfilter.syntax.nodes import Expression, Path
from pnfilter.syntax.parser import parse

try:
    from hypothesis import strategies as st
except ImportError:
    raise ImportError(
        "pnfilter.strategies needs Hypothesis: pip install 'pnfilter[strategies]'"
    ) from None

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from pnfilter.builder.terms import Term
    from pnfilter.filters import Filter

__all__ = ["filters", "messages", "messages_for"]

#: Fields of one message that is generated without a filter.
MAX_FIELDS = 6
#: Upper limit of a filter's ``max_depth``: each level takes several levels of the parser.
MAX_DEPTH = 12


def filters(
    *, fields: Sequence[str] | None = None, max_depth: int = 3, legacy: bool = True
) -> SearchStrategy[str]:
    """Return texts of valid filters: every construct of the language, in every spelling.

    ``fields`` are the paths that they read (``"meta.region"``, ``"data.items[0].n"``);
    ``max_depth`` limits how deep operators nest. ``legacy=False`` leaves out bare names, bitwise
    operators and the shorthand ``such=wow``. ``check`` warns about many of these filters but
    reports no errors. ``.map(pnfilter.parse)`` parses them.
    """
    if fields is not None:
        _require_fields(fields)
    if not 0 <= max_depth <= MAX_DEPTH:
        raise ValueError(f"max_depth is 0 to {MAX_DEPTH}, not {max_depth}")

    @st.composite
    def draw_filter(draw: DrawFn) -> str:
        return FilterWriter(_below(draw), fields, max_depth, legacy=legacy).text()

    return draw_filter()


def messages(
    *, fields: Sequence[str] | None = None, unreadable: bool = False
) -> SearchStrategy[dict[str, Any]]:
    """Return messages as mappings with ``data`` and ``meta``, without a filter.

    ``fields`` are paths, some of which exist in a message. Some messages lack metadata or a
    readable payload, or have another type in their place. ``unreadable`` lets ``UNREADABLE`` occur
    anywhere.
    """
    own = FIELDS + LEGACY_FIELDS if fields is None else _require_fields(fields)
    some = st.lists(st.sampled_from(paths_of(own)), unique=True, max_size=MAX_FIELDS)
    return some.flatmap(lambda paths: _messages(dict.fromkeys(paths, PLAIN), unreadable=unreadable))


def messages_for(
    filter: str | Filter | Expression | Term, *, unreadable: bool = False
) -> SearchStrategy[dict[str, Any]]:
    """Return messages in which the fields that a filter reads often exist and matter.

    They hold the values that the filter compares them with, or a value near them, of another type,
    or in an array; sometimes they are missing. The rest is as in ``messages``. An invalid filter
    raises ``FilterSyntaxError``.
    """
    if isinstance(filter, str):
        expression = parse(filter)
    else:
        expression = filter if isinstance(filter, Expression) else filter.expression
    return _messages(hints(expression), unreadable=unreadable)


def _require_fields(fields: Sequence[str]) -> Sequence[str]:
    if isinstance(fields, str) or not fields:
        raise ValueError("fields are several texts: fields=['meta.region']")
    paths_of(fields)
    return fields


def _messages(
    values: dict[Path, tuple[Any, ...]], *, unreadable: bool
) -> SearchStrategy[dict[str, Any]]:
    @st.composite
    def draw_message(draw: DrawFn) -> dict[str, Any]:
        return MessageWriter(_below(draw), values, unreadable=unreadable).message()

    return draw_message()


def _below(draw: DrawFn) -> Below:
    return lambda count: draw(st.integers(0, count - 1))
