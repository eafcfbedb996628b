"""Explain a verdict: a tree of all sub-expressions with value, verdict and reason.

The interpreter computes each verdict; none is derived here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pnfilter.diagnostics import columns, printable
from pnfilter.interpreter import condition, value
from pnfilter.message import UNFILTERED, outcome_of_event, parts_of
from pnfilter.nearest import nearest_field
from pnfilter.semantics import (
    Missing,
    NoResult,
    Outcome,
    Reason,
    Unreadable,
    Verdict,
    compare,
    fold,
    is_array,
    is_number,
    not_json,
    verdict_of,
)
from pnfilter.syntax.nodes import (
    ORDERINGS,
    And,
    Boolean,
    Comparison,
    Expression,
    Not,
    Null,
    Number,
    Or,
    Path,
    SetLiteral,
    String,
    children,
    is_condition,
    outer_span,
    print_expression,
)
from pnfilter.wording import shorten

if TYPE_CHECKING:
    from pnfilter.diagnostics import Span
    from pnfilter.message import AnyMessage
    from pnfilter.semantics.assumptions import Assumptions

#: Characters of a value in the text form.
MAX_SHOWN_VALUE = 60
#: Characters of a sub-expression in the text form.
MAX_SHOWN_EXPRESSION = 60
#: Parts of a value, and levels of them, in the JSON form. The rest is left out, which also bounds
#: lists that hold each other more than once.
MAX_VALUE_PARTS = 10_000
MAX_VALUE_LEVELS = 100

Cause = Literal[
    "", "missing", "type", "case", "unknown", "assumed", "unreadable", "short-circuited"
]

_LITERALS = (String, Number, Boolean, Null, SetLiteral)


@dataclass(frozen=True, slots=True)
class Explanation:
    """One sub-expression of a filter, evaluated on one message.

    ``verdict`` is None for an operand that isn't a condition, ``value`` is None for a condition.
    ``reason`` is set if the verdict is UNDECIDED. ``cause`` names the obstacle in one word: a
    missing field, a type, the case of letters, a rule without evidence (unknown, or assumed by the
    user), something unreadable, or a verdict that was not needed (short-circuited); ``note`` says
    it in a sentence, for a missing field with the nearest one that the message has. ``str()`` is an
    aligned text, ``to_dict()`` JSON.
    """

    text: str
    span: Span
    verdict: Verdict | None
    value: Any
    reason: Reason | None
    cause: Cause
    note: str
    children: tuple[Explanation, ...]
    is_literal: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the tree as JSON values.

        A value that JSON doesn't have becomes a string; "…" marks what is left out.
        """
        result: dict[str, Any] = {
            "text": self.text,
            "span": {"start": self.span.start, "end": self.span.end},
            "verdict": None if self.verdict is None else self.verdict.value,
        }
        if self.value is not None:
            result["value"] = _json_value(self.value)
        if self.reason is not None:
            result["reason"] = self.reason.value
        if self.cause:
            result["cause"] = self.cause
        if self.note:
            result["note"] = self.note
        result["children"] = [child.to_dict() for child in self.children]
        return result

    def __str__(self) -> str:
        rows = [tuple(map(printable, row)) for row in _rows(self, "", "")]
        width, middle = (max(columns(row[place]) for row in rows) for place in (0, 1))
        return "\n".join(
            f"{_pad(tree, width)}  {_pad(found, middle)}  {note}".rstrip()
            for tree, found, note in rows
        )


def _pad(text: str, width: int) -> str:
    return text + " " * (width - columns(text))


def _rows(node: Explanation, lead: str, below: str) -> Iterator[tuple[str, str, str]]:
    """Yield a row per sub-expression that isn't a literal: tree, verdict or value, note."""
    found = node.verdict.value if node.verdict is not None else ""
    if node.value is not None:
        shown = show_value(node.value)
        found = f"{found} ({shown})" if found else shown
    yield lead + shorten(node.text, MAX_SHOWN_EXPRESSION), found, node.note
    shown_children = [child for child in node.children if not child.is_literal]
    for number, child in enumerate(shown_children):
        last = number == len(shown_children) - 1
        yield from _rows(
            child, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  ")
        )


def show_value(found: Any) -> str:
    """Return a value as one line of JSON, shortened if long; marks are shown in words."""
    if isinstance(found, (Missing, Unreadable, NoResult)):
        return "unreadable" if isinstance(found, Unreadable) else repr(found)
    # Each part takes at least one character, so more parts would not be shown.
    return shorten(json.dumps(_plain(found, MAX_SHOWN_VALUE), ensure_ascii=False), MAX_SHOWN_VALUE)


def _plain(found: Any, most: int) -> Any:
    """Copy ``found`` as JSON values, at most ``most`` parts, without what JSON doesn't have."""
    left = most

    def copy(found: Any, level: int) -> Any:
        nonlocal left
        left -= 1
        match found:
            case dict() | list() | tuple() if level > MAX_VALUE_LEVELS:
                return "…"
            case dict():
                copied: dict[str, Any] = {}
                for key, element in found.items():
                    if left <= 0:
                        copied["…"] = "…"
                        break
                    copied[key if isinstance(key, str) else _stand_in(key)] = copy(
                        element, level + 1
                    )
                return copied
            case list() | tuple():
                elements: list[Any] = []
                for element in found:
                    if left <= 0:
                        elements.append("…")
                        break
                    elements.append(copy(element, level + 1))
                return elements
            case None | bool() | str():
                return found
            case int() | float():
                return not_json(found) or found
            case _:
                return _stand_in(found)

    return copy(found, 1)


def _stand_in(found: Any) -> str:
    return "unreadable" if isinstance(found, Unreadable) else f"a {type(found).__name__}"


def _json_value(found: Any) -> Any:
    return None if isinstance(found, (Missing, NoResult)) else _plain(found, MAX_VALUE_PARTS)


def explain(
    expression: Expression, message: AnyMessage, assumed: Assumptions | None = None
) -> Explanation:
    """Return the explanation of a filter's verdict on a message, under assumptions if any."""
    data, meta, kind = parts_of(message)
    root = _explain(expression, data, meta, assumed, as_condition=True)
    if kind not in UNFILTERED:
        return root
    outcome = outcome_of_event(assumed)
    if outcome is None:
        return root
    reason = Reason.EVENT_KIND
    is_open = isinstance(outcome, Reason)
    note = reason.text if is_open else _assumption(reason, assumed)
    return Explanation(
        root.text,
        root.span,
        verdict_of(outcome),
        None,
        reason if is_open else None,
        "unknown" if is_open else "assumed",
        f"the message is of kind {kind}: {note}",
        (),
        is_literal=False,
    )


def _assumption(reason: Reason, assumed: Assumptions | None) -> str:
    """Return the note on a verdict that an assumption settled."""
    reading = None if assumed is None else assumed.get(reason.value)
    named = reason.value if reading is None else f"{reason.value}={reading}"
    return f"assumed by your settings ({named})"


def _explain(
    node: Expression,
    data: Any,
    meta: Any,
    assumed: Assumptions | None,
    *,
    as_condition: bool,
) -> Explanation:
    junction = isinstance(node, (And, Or))
    parts = [
        _explain(child, data, meta, assumed, as_condition=junction or is_condition(child))
        for child in children(node)
    ]
    if isinstance(node, (And, Or)):
        parts = _mark_unneeded(node, parts)
    found = None if is_condition(node) else value(node, data, meta)
    verdict, reason, settled = None, None, None
    cause: Cause
    if as_condition:
        outcome = condition(node, data, meta, assumed)
        verdict, reason = verdict_of(outcome), outcome if isinstance(outcome, Reason) else None
        if assumed is not None and not junction:
            settled = _settled(node, outcome, data, meta)
    if settled is not None and not isinstance(found, Unreadable):
        cause, note = "assumed", _assumption(settled, assumed)
    else:
        cause, note = _cause(node, found, reason, parts)
    if isinstance(node, Path) and isinstance(found, Missing):
        near = nearest_field(node, data, meta)
        note += f"; did you mean {print_expression(near)}?" if near else ""
    return Explanation(
        print_expression(node),
        outer_span(node),
        verdict,
        found,
        reason,
        cause,
        note,
        tuple(parts),
        isinstance(node, _LITERALS),
    )


def _settled(node: Expression, outcome: Outcome, data: Any, meta: Any) -> Reason | None:
    """Return the reason that an assumption settled in this condition itself, if one did."""
    if isinstance(outcome, Reason) or (isinstance(node, Not) and is_condition(node.operand)):
        return None
    before = condition(node, data, meta)
    return before if isinstance(before, Reason) else None


def _mark_unneeded(node: And | Or, parts: list[Explanation]) -> list[Explanation]:
    """Mark the operands behind the one that decides."""
    from dataclasses import replace

    decisive = Verdict.NO_MATCH if isinstance(node, And) else Verdict.MATCH
    marked: list[Explanation] = []
    decided = ""
    for part in parts:
        if decided:
            note = f"not needed: `{shorten(decided, 40)}` decides"
            part = replace(part, cause="short-circuited", note=note)
        elif part.verdict is decisive:
            decided = part.text
        marked.append(part)
    return marked


def _cause(
    node: Expression, found: Any, reason: Reason | None, parts: list[Explanation]
) -> tuple[Cause, str]:
    match found:
        case Unreadable(why=why):
            if not why:
                return "unreadable", "can't be read here"
            return "unreadable", f"the value at {print_expression(node)} is {why}"
        case Missing(no_metadata=True):
            return "missing", "the message has no metadata"
        case Missing() if isinstance(node, Path):
            return "missing", "the message has no such field, or it is null"
        case _:
            pass
    if reason is not None and not isinstance(node, (And, Or)):
        return ("unreadable" if reason is Reason.UNREADABLE else "unknown"), reason.text
    if isinstance(node, Comparison):
        return _cause_of_comparison(node.operator, *parts)
    return "", ""


def _cause_of_comparison(operator: str, left: Explanation, right: Explanation) -> tuple[Cause, str]:
    """Return why a comparison was decided so, if the values don't make it plain."""
    missing = [side.text for side in (left, right) if isinstance(side.value, Missing)]
    if missing:
        plural = "are" if len(missing) > 1 else "is"
        names = shorten(" and ".join(missing), 40)
        return "missing", f"{names} {plural} missing, which never matches"
    types = type_name(left.value), type_name(right.value)
    if types[0] != types[1] and operator not in {"LIKE", "CONTAINS"}:
        if set(types) == {"a string", "a number"} and operator in ORDERINGS:
            return "type", "the string is read as a number"
        return "type", f"compares {types[0]} with {types[1]}"
    if _differs_in_case(operator, left.value, right.value):
        how = "is there in another case" if operator == "CONTAINS" else "differ in case only"
        pair = "" if operator == "CONTAINS" else f"{_brief(left.value)} and {_brief(right.value)} "
        return "case", f"{pair}{how}; LIKE ignores case"
    return "", ""


def _differs_in_case(operator: str, left: Any, right: Any) -> bool:
    """Return whether a comparison would have the other verdict if it ignored case."""
    if operator not in {"==", "=", "!=", "CONTAINS"}:
        return False
    folded = _folded(left), _folded(right)
    if folded == (left, right):
        return False
    missed = operator == "!="
    return compare(operator, left, right) is missed and compare(operator, *folded) is not missed


def _folded(found: Any) -> Any:
    """A string, or the strings of an array, as LIKE compares them."""
    if isinstance(found, str):
        return fold(found)
    if is_array(found):
        return [fold(element) if isinstance(element, str) else element for element in found]
    return found


def _brief(found: Any) -> str:
    return shorten(show_value(found), 30)


def type_name(found: Any) -> str:
    """Return a JSON value's type with its article."""
    if isinstance(found, bool):
        return "a boolean"
    if is_number(found):
        return "a number"
    if isinstance(found, str):
        return "a string"
    return "an array" if is_array(found) else "an object"
