"""``check``: everything there is to say about a filter text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pnfilter.diagnostics import Diagnostic
from pnfilter.lint.findings import findings
from pnfilter.syntax.parser import require_filter_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pnfilter.lint.schema.shapes import Shapes


class MessageSchema:
    """A JSON Schema of messages, ``{"data": …, "meta": …}``, made ready for ``check``.

    ``check(text, schema=MessageSchema(schema))`` returns what ``check(text, schema=schema)`` does,
    and reads the schema once for all filters. The mapping must not be changed afterwards. A
    ``schema`` that is not a mapping is a ``TypeError``, a malformed one a ``ValueError`` that names
    the place.
    """

    __slots__ = ("_shapes",)

    def __init__(self, schema: Mapping[str, object]) -> None:
        from pnfilter.lint.schema.shapes import Shapes

        self._shapes = Shapes(schema)

    @property
    def shapes(self) -> Shapes:
        """What the schema says of the places of a message."""
        return self._shapes


def check(
    text: str,
    *,
    encrypted: bool = False,
    schema: Mapping[str, object] | MessageSchema | None = None,
    known_fields: Iterable[str] | None = None,
    messages: Iterable[object] | None = None,
    assume: Mapping[str, str] | str | Iterable[str] | None = None,
    holes: bool = False,
    language: str = "stream",
    entity: str | None = None,
) -> tuple[Diagnostic, ...]:
    """The diagnostics of a filter text, in the order of the text; never raises for any text.

    An error is reported exactly when ``parse`` and ``compile`` raise; warnings and infos are
    given for texts that are filters. ``encrypted`` says that payloads are encrypted, so that
    the server can't read them. ``schema`` is a JSON Schema of ``{"data": …, "meta": …}``; a
    ``MessageSchema`` reads it once for many filters.
    ``known_fields`` are paths that are known to exist (``"meta.region"``, ``"data.user.role"``,
    a bare name for metadata): they are never taken for a mistake. ``messages`` are samples, each a
    mapping with ``data`` and ``meta`` or a ``Message``: a filter that matches none of them, or all,
    is reported. ``assume`` is that of ``compile``: for their verdicts, and so that what it
    settles isn't reported as unknown. ``holes`` says that a program fills in every ``{name}`` of
    the text: reported is what is wrong whatever it fills in, and what that risks.

    ``language`` is ``"stream"`` for a filter of messages, ``"app-context"`` for one of the list of
    an ``entity``: ``"users"``, ``"channels"``, ``"memberships"`` (of a user) or ``"members"`` (of a
    channel), None if that isn't known. Of the other options, only ``holes`` is for these.

    A fix is called safe exactly where ``pnfilter.fix`` applies it.

    A ``text``, ``schema`` or message of another type is a ``TypeError``, a malformed schema or a
    known field that is not a path a ``ValueError``, and so is an option for the other language.
    """
    require_filter_text(text)
    if language == "app-context":
        if encrypted or not (schema is known_fields is messages is None):
            raise ValueError(
                "encrypted, schema, known_fields and messages are for filters of messages"
            )
        from pnfilter.lint.app_context import check_app_context, holes_of

        return check_app_context(text, entity, holes_of(text) if holes else ())
    if language != "stream":
        raise ValueError(f"language is {language!r}: stream or app-context")
    if entity is not None:
        raise ValueError("language is 'stream': entity is for app-context")
    if isinstance(known_fields, str):
        raise TypeError(f"known_fields must be a list of strings: [{known_fields!r}]")
    if holes and "{" in text:
        from pnfilter.lint.rules.placeholders import check_holes
        from pnfilter.syntax.holes import named_holes

        if found_holes := named_holes(text):
            return check_holes(
                text,
                found_holes,
                lambda filled: check(
                    filled,
                    encrypted=encrypted,
                    schema=schema,
                    known_fields=known_fields,
                    assume=assume,
                ),
            )
    shapes = schema.shapes if isinstance(schema, MessageSchema) else schema
    found = findings(
        text,
        encrypted=encrypted,
        schema=shapes,
        known_fields=known_fields,
        messages=messages,
        assume=assume,
    )
    if any(each.fix is not None and each.fix.safe for each in found):
        from pnfilter.lint.fix import Review

        # What is safe doesn't depend on what is known of messages: `fix` takes no options.
        has_options = encrypted or not (schema is known_fields is messages is assume is None)
        review = Review(text, None if has_options else found)
        return tuple(map(review.promise, found))
    return found
