"""One side of a membership, as a request has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def row(
    side: str,
    id: object,
    custom: Mapping[str, Any] | None,
    status: str | None,
    type: str | None,
) -> dict[str, Any]:
    """A row of a request: fields that are None are left out, so that they stay as they are."""
    fields = {
        "custom": None if custom is None else dict(custom),
        "status": status,
        "type": type,
    }
    given = {name: value for name, value in fields.items() if value is not None}
    return {side: {"id": str(id)}, **given}
