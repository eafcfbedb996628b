"""What a JSON Schema of the messages says about a filter."""

from __future__ import annotations

from collections.abc import Iterator

from pnfilter.checking.context import Context
from pnfilter.diagnostics import Diagnostic


def check_schema(context: Context) -> Iterator[Diagnostic]:
    """Lints."""
    return iter(())
