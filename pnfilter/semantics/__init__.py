"""What an operand can be, and how two of them compare. One copy for all engines.

A value is a JSON value or one of three marks. ``Missing``: the path has no value, or JSON null.
``Unreadable``: it can't be seen here. ``NoResult``: arithmetic has no result. A comparison returns
``True``, ``False`` or a ``Reason`` if the server's decision is unknown. ``grammar/LANGUAGE.md``
holds the rules and their evidence; each function names its row.
"""

from __future__ import annotations

from pnfilter.semantics.arithmetic import apply_sign, calculate
from pnfilter.semantics.comparison import (
    compare,
    equals,
    fold,
    like,
    may_equal_json,
    negated_truth,
    pattern_parts,
    truth,
)
from pnfilter.semantics.outcome import (
    BAILOUTS,
    REASON_TEXTS,
    Bailout,
    Outcome,
    Reason,
    Verdict,
    bail_out,
    conjunction,
    disjunction,
    negation,
    verdict_of,
)
from pnfilter.semantics.values import (
    MAX_DIGITS,
    MISSING,
    MISSING_METADATA,
    MISSING_RESULT,
    UNREADABLE,
    Missing,
    NoResult,
    Unreadable,
    as_operand,
    is_array,
    is_number,
    is_partial,
    leaves,
    not_json,
    number_text,
    read_number,
    scalar_text,
    text_value,
)

__all__ = [
    "BAILOUTS",
    "MAX_DIGITS",
    "MISSING",
    "MISSING_METADATA",
    "MISSING_RESULT",
    "REASON_TEXTS",
    "UNREADABLE",
    "Bailout",
    "Missing",
    "NoResult",
    "Outcome",
    "Reason",
    "Unreadable",
    "Verdict",
    "apply_sign",
    "as_operand",
    "bail_out",
    "calculate",
    "compare",
    "conjunction",
    "disjunction",
    "equals",
    "fold",
    "is_array",
    "is_number",
    "is_partial",
    "leaves",
    "like",
    "may_equal_json",
    "negated_truth",
    "negation",
    "not_json",
    "number_text",
    "pattern_parts",
    "read_number",
    "scalar_text",
    "text_value",
    "truth",
    "verdict_of",
]
