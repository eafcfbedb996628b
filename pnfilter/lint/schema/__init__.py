"""A JSON Schema that is read once and checks many filters."""

from __future__ import annotations

from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pnfilter.lint.schema.shapes import Shapes


class MessageSchema:
    """A JSON Schema of messages, ``{"data": …, "meta": …}``, made ready for ``check``.

    ``check(text, schema=MessageSchema(schema))`` gives what ``check(text, schema=schema)`` does, and
    reads the schema once for all filters. The mapping must not be changed afterwards. A ``schema`` that
    is no mapping is a ``TypeError``, a malformed one a ``ValueError`` that names the place.
    """

    __slots__ = ("_shapes",)

    def __init__(self, schema: Mapping[str, object]) -> None:
        from pnfilter.lint.schema.shapes import Shapes

        self._shapes = Shapes(schema)

    @property
    def shapes(self) -> Shapes:
        """What it says of the places of a message."""
        return self._shapes
