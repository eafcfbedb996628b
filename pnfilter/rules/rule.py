"""What a rule of the table says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pnfilter.diagnostics import Severity, severity_of


@dataclass(frozen=True, slots=True)
class Rule:
    """One diagnostic. ``bad`` is a filter that has it, ``good`` the same one mended.

    ``options`` are the options of ``check`` without which the diagnostic is not given.
    """

    code: str
    name: str
    summary: str
    explanation: str
    bad: str
    good: str
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """Error, warning or info."""
        return severity_of(self.code)
