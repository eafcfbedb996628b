"""A comparison that replaces what was written, and a second one in one condition."""

from __future__ import annotations

from collections.abc import Sequence

from pnfilter.diagnostics import Edit, Fix, Span, without_promise
from pnfilter.syntax.lexer import (
    Token,
)
from pnfilter.syntax.recovery.state import (
    COMPARATORS,
    Repair,
)
from pnfilter.syntax.recovery.texts import unquoted_operand
from pnfilter.syntax.tree_builder import single_ampersand
from pnfilter.wording import shorten

_DIRECTIONS = {"LT": -1, "LE": -1, "GT": 1, "GE": 1}


def comparator_or_junction(repair: Repair, token: Token) -> None:
    """Continue with an operator in place of what was written."""
    if not chain(repair, token, consume=False):
        repair.push(*token)
    if token.kind in COMPARATORS:
        unquoted_operand(repair)


def chained(repair: Repair, first: Token, second: Token, middle: Sequence[Token]) -> None:
    """Return the error for ``first`` and ``second``, which share the operand in the middle."""
    # Steps of a path that are a mistake are in the text only.
    text = repair.text[middle[0].start : second.start].rstrip()
    end = middle[0].start + len(text)
    fix = None
    whole = repair.surroundings(operator=second.start)
    if whole is not None and {first.kind, second.kind} <= {*_DIRECTIONS, "EQ"}:
        safe = _DIRECTIONS.get(first.kind, 0) == _DIRECTIONS.get(second.kind, 0) != 0
        edits = [Edit(Span(end, end), f" && {text}")]
        if whole.before in {"NOT", "OR"} or whole.after == "OR":
            edits.insert(0, Edit(Span(whole.start, whole.start), "("))
            edits.append(Edit(Span(whole.end, whole.end), ")"))
        # Whether `!` negated the chain or its first operand is unknowable.
        fix = Fix(tuple(edits), safe and whole.before != "NOT")
    repair.error(
        "E210",
        f"`{shorten(repair.text[first.start : second.end])}`: a comparison can't be chained",
        Span(first.start, second.end),
        f"compare twice, joined by &&, with `{shorten(text)}` in both",
        fix,
    )


def chain(repair: Repair, token: Token, *, consume: bool = True) -> bool:
    """Report a second comparison in one condition: a chain, or a single ``&`` or ``|`` between."""
    clause = repair.clauses[-1]
    first = clause.comparator
    if token.kind not in COMPARATORS or first is None or not repair.after_operand:
        return False
    middle = repair.out[clause.operand :]
    joints = [part for part in middle if part.kind in {"AMPERSAND", "PIPE"}]
    if joints:
        joint = joints[-1]
        index = len(repair.out) - 1 - repair.out[::-1].index(joint)
        error = single_ampersand(repair.slice(joint), Span(joint.start, joint.end))
        # Of several operators any may be the one that joins.
        repair.errors.append(error if len(joints) == 1 else without_promise(error))
        kind = "AND" if joint.kind == "AMPERSAND" else "OR"
        repair.out[index] = Token(kind, joint.start, joint.end)
        clause.operand = index + 1
    else:
        # For an operator without an operand, that was reported already.
        if middle[0].start < middle[-1].end:
            chained(repair, first, token, middle)
        repair.push("AND", token.start, token.start)
        clause.operand = len(repair.out)
        repair.out += middle
    clause.comparator = None
    if consume:
        repair.position += 1
    repair.push(*token)
    if consume:
        unquoted_operand(repair)
    return True
