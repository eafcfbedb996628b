"""Check, format, explain and evaluate stream-filter expressions.

Everything is imported when it is first used, so that ``import pnfilter`` costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pnfilter.builder.terms import F as F
    from pnfilter.builder.terms import template as template
    from pnfilter.diagnostics import Diagnostic as Diagnostic
    from pnfilter.diagnostics import Edit as Edit
    from pnfilter.diagnostics import FilterSyntaxError as FilterSyntaxError
    from pnfilter.diagnostics import Fix as Fix
    from pnfilter.diagnostics import Severity as Severity
    from pnfilter.diagnostics import Span as Span
    from pnfilter.explain import Explanation as Explanation
    from pnfilter.extraction.project import extract as extract
    from pnfilter.extraction.result import ExtractedFilter as ExtractedFilter
    from pnfilter.filters import Filter as Filter
    from pnfilter.filters import compile as compile
    from pnfilter.guarding import guard as guard
    from pnfilter.index.filter_set import FilterSet as FilterSet
    from pnfilter.inference import infer as infer
    from pnfilter.lint.check import MessageSchema as MessageSchema
    from pnfilter.lint.check import check as check
    from pnfilter.lint.fix import fix as fix
    from pnfilter.lint.fix import format as format
    from pnfilter.message import Message as Message
    from pnfilter.scanning.api import count as count
    from pnfilter.scanning.api import scan as scan
    from pnfilter.semantics import UNREADABLE as UNREADABLE
    from pnfilter.semantics import Reason as Reason
    from pnfilter.semantics import Verdict as Verdict
    from pnfilter.semantics.assumptions import Assumptions as Assumptions
    from pnfilter.syntax.nodes import Expression as Expression
    from pnfilter.syntax.nodes import Path as Path
    from pnfilter.syntax.parser import parse as parse

__version__ = "0.1.0"

#: Where each public name lives.
_HOMES = {
    "Assumptions": "pnfilter.semantics.assumptions",
    "Diagnostic": "pnfilter.diagnostics",
    "Edit": "pnfilter.diagnostics",
    "Explanation": "pnfilter.explain",
    "Expression": "pnfilter.syntax.nodes",
    "ExtractedFilter": "pnfilter.extraction.result",
    "F": "pnfilter.builder.terms",
    "Filter": "pnfilter.filters",
    "FilterSet": "pnfilter.index.filter_set",
    "FilterSyntaxError": "pnfilter.diagnostics",
    "Fix": "pnfilter.diagnostics",
    "Message": "pnfilter.message",
    "MessageSchema": "pnfilter.lint.check",
    "Path": "pnfilter.syntax.nodes",
    "Reason": "pnfilter.semantics",
    "Severity": "pnfilter.diagnostics",
    "Span": "pnfilter.diagnostics",
    "UNREADABLE": "pnfilter.semantics",
    "Verdict": "pnfilter.semantics",
    "check": "pnfilter.lint.check",
    "compile": "pnfilter.filters",
    "count": "pnfilter.scanning.api",
    "extract": "pnfilter.extraction.project",
    "fix": "pnfilter.lint.fix",
    "format": "pnfilter.lint.fix",
    "guard": "pnfilter.guarding",
    "infer": "pnfilter.inference",
    "parse": "pnfilter.syntax.parser",
    "scan": "pnfilter.scanning.api",
    "template": "pnfilter.builder.terms",
}

__all__ = [
    "UNREADABLE",
    "Assumptions",
    "Diagnostic",
    "Edit",
    "Explanation",
    "Expression",
    "ExtractedFilter",
    "F",
    "Filter",
    "FilterSet",
    "FilterSyntaxError",
    "Fix",
    "Message",
    "MessageSchema",
    "Path",
    "Reason",
    "Severity",
    "Span",
    "Verdict",
    "__version__",
    "check",
    "compile",
    "count",
    "extract",
    "fix",
    "format",
    "guard",
    "infer",
    "parse",
    "scan",
    "template",
]


if not TYPE_CHECKING:
    # Hidden from type checkers, which would take any name for a public one.
    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module 'pnfilter' has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
