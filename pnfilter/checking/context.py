"""What every lint gets to see, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from pnfilter.diagnostics import Diagnostic
from pnfilter.records import Record
from pnfilter.syntax.nodes import Comparison, Expression, Path, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    type_of_fields = frozenset[tuple[str, tuple[str | int, ...]]]


class Context(Record):
    """One filter under check: its text, its tree, all nodes of it (parents first), and the options.

    ``known_fields`` are those that are known to exist, as root and keys.
    """

    __slots__ = __match_args__ = (
        "text",
        "expression",
        "nodes",
        "encrypted",
        "schema",
        "known_fields",
    )

    def __init__(
        self,
        text: str,
        expression: Expression,
        nodes: tuple[Expression, ...],
        *,
        encrypted: bool,
        schema: Mapping[str, Any] | None,
        known_fields: type_of_fields,
    ) -> None:
        self.text: Final = text
        self.expression: Final = expression
        self.nodes: Final = nodes
        self.encrypted: Final = encrypted
        self.schema: Final = schema
        self.known_fields: Final = known_fields
        super().__init__()

    def is_known(self, path: Path) -> bool:
        """Whether a field was given as known."""
        return (path.root, path.keys) in self.known_fields

    def source(self, node: Expression) -> str:
        """The text of a node, without the brackets round it."""
        return self.text[node.span.start : node.span.end]

    def comparisons(self) -> Iterator[Comparison]:
        """All comparisons."""
        return (node for node in self.nodes if isinstance(node, Comparison))


Lint = Callable[[Context], Iterable[Diagnostic]]


@lru_cache(maxsize=16)
def known_paths(fields: tuple[str, ...]) -> type_of_fields:
    """Fields given as texts, as root and keys; ``ValueError`` for a text that is no path."""
    from pnfilter.syntax.parser import parse

    found = set()
    for field in fields:
        if not isinstance(field, str):
            raise TypeError(f"known_fields has texts, not {type(field).__name__}")
        try:
            path = parse(field)
        except ValueError:
            path = None
        if not isinstance(path, Path):
            raise ValueError(f"known_fields: {field!r} is not the path of a field")
        found.add((path.root, path.keys))
    return frozenset(found)


def context_of(
    text: str,
    expression: Expression,
    *,
    encrypted: bool,
    schema: Mapping[str, Any] | None,
    known_fields: Iterable[str] | None,
) -> Context:
    """The context of a filter."""
    return Context(
        text,
        expression,
        tuple(walk(expression)),
        encrypted=encrypted,
        schema=schema,
        known_fields=known_paths(tuple(known_fields or ())),
    )
