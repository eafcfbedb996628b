"""Checks of what a filter says: parts that never hold, always hold, or add nothing.

One mistake gives one diagnostic: W431 a condition that no message fits, W432 one that every
message fits that has the fields, W433 one that says nothing of the message or is undecided for
every message, I502 a part without which the filter says the same. Of nested parts only the
smallest that is wrong is named. Conditions of different junctions are not combined.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Rule, Span
from pnfilter.lint.context import Context, lint
from pnfilter.lint.rules.logic.clauses import (
    Bound,
    Clause,
    Members,
    Order,
    clause_of,
    opposite,
)
from pnfilter.lint.rules.logic.contradictions import (
    Budget,
    Contradiction,
    contradiction_in,
    redundancies_in,
)
from pnfilter.lint.rules.logic.numbering import ValueNumbering
from pnfilter.semantics import Reason, is_number
from pnfilter.syntax.nodes import (
    And,
    Arithmetic,
    Comparison,
    Expression,
    Not,
    Number,
    Or,
    SetLiteral,
    String,
    is_condition,
    outer_span,
)
from pnfilter.wording import shorten

_JOINT = re.compile(r"\s*(&&|\|\|)\s*")
_JOINT_BEFORE = re.compile(r"(?:\s*\))*(\s*(?:&&|\|\|)\s*)")
_JOINT_BEHIND = re.compile(r"(\s*(?:&&|\|\|)\s*)(?:\(\s*)*")
_FIELD_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*|\[[0-9]+\])*", re.ASCII)

#: Words that name a field only after a prefix.
_RESERVED = frozenset({"like", "contains", "true", "false", "null"})


NEVER_MATCHES = Rule(
    "W431",
    "never-matches",
    summary="A condition that no message matches.",
    why=(
        "Two conditions joined by `&&` exclude each other, or a condition without a "
        "field is false. The rule reports nothing if the answer is not known: a "
        "number may equal its own text, and an array may have an element for each "
        "of two patterns. Bounds are compared for numbers only, as the documented "
        "ordering is of numbers. The rule checks each && and || separately, field by "
        "field, and compares sets and patterns with the other conditions of their "
        "field in up to 20,000 steps per filter."
    ),
    bad='meta.region == "us" && meta.region == "eu"',
    good='meta.region == "us" || meta.region == "eu"',
)
ALWAYS_MATCHES = Rule(
    "W432",
    "always-matches",
    summary="A condition that every message with the field matches.",
    why=(
        "Of two conditions joined by `||` one holds for every value, or a condition "
        "without a field is true. `a != 1 || a != 2` is the usual case: what is 1 is "
        "not 2. If the field is missing, an ordering still doesn't match."
    ),
    bad='meta.region != "us" || meta.region != "eu"',
    good='meta.region != "us" && meta.region != "eu"',
)
CONSTANT_CONDITION = Rule(
    "W433",
    "constant-condition",
    summary="A condition that doesn't depend on the message.",
    why=(
        "It compares a field with itself, or it reads no field and is undecided for "
        "every message. A constant condition that is true or false has the codes "
        "W432 and W431."
    ),
    bad="meta.level == meta.level",
    good="meta.level == data.level",
)
REDUNDANT_PART = Rule(
    "I502",
    "redundant-part",
    summary="A redundant part of the filter.",
    why=(
        "A condition or an element of a set is a duplicate, or another one implies "
        "it: `a > 5` makes `a > 3` redundant. The fix is unsafe: the redundant part, even "
        "a duplicate, may be a mistake for something else."
    ),
    bad="meta.level > 5 && meta.level > 3",
    good="meta.level > 5",
)


@lint(NEVER_MATCHES, ALWAYS_MATCHES, CONSTANT_CONDITION, REDUNDANT_PART, when=("compound",))
def meaning(context: Context) -> Iterator[Diagnostic]:
    """Report constant conditions, contradictions and redundant parts."""
    numbering = ValueNumbering(context.nodes)
    yield from _constants(context, numbering)
    budget = Budget()
    for node in context.nodes:
        match node:
            case And() | Or():
                yield from _Junction(context, numbering, node).check(budget)
            case Comparison():
                yield from _same_sides(context, numbering, node)
                yield from _remainder(context, numbering, node)
            case SetLiteral():
                yield from _repeated_elements(context, numbering, node)
            case _:
                pass


def _quote(context: Context, node: Expression) -> str:
    return f"`{shorten(context.source(node))}`"


# Conditions without a field


def _constants(context: Context, numbering: ValueNumbering) -> Iterator[Diagnostic]:
    """The widest conditions that read no field."""
    candidates = [context.expression]
    for node in context.nodes:
        if isinstance(node, (And, Or, Not)) and not numbering.is_constant(node):
            candidates.extend(node.operands if isinstance(node, (And, Or)) else (node.operand,))
    for node in candidates:
        # A value where a condition is due is another check's.
        bare = isinstance(node, Not) and not is_condition(node.operand)
        if is_condition(node) and not bare and numbering.is_constant(node):
            yield _constant(context, node, numbering.verdict(node))


def _constant(context: Context, node: Expression, verdict: bool | Reason) -> Diagnostic:
    rule, says = CONSTANT_CONDITION, "so it is undecided for all"
    if verdict is True:
        rule, says = ALWAYS_MATCHES, "and is always true"
    elif verdict is False:
        rule, says = NEVER_MATCHES, "and is never true"
    help = "compare with a field of the message: data.name, meta.name"
    fix = None
    name = _quoted_name(node)
    if name is not None:
        help = f"write a field without quotes: {shorten(name.raw)}"
        # A keyword may touch a quote, but not a name.
        before = context.text[name.span.start - 1 : name.span.start]
        after = context.text[name.span.end : name.span.end + 1]
        unquoted = f"{' ' * before.isalnum()}{name.raw}{' ' * after.isalnum()}"
        fix = Fix((Edit(name.span, unquoted),), safe=False)
    elif isinstance(verdict, Reason):
        help = f"{verdict.text}; {help}"
    message = f"{_quote(context, node)} reads no field of the message, {says}"
    return rule.at(node.span, message, help, fix)


def _quoted_name(node: Expression) -> String | None:
    """The side of a constant comparison that may be a field's name in quotes."""
    if not isinstance(node, Comparison):
        return None
    side = node.left
    if isinstance(side, SetLiteral) and node.operator == "CONTAINS":
        side = node.right
    if not isinstance(side, String) or side.raw.lower() in _RESERVED:
        return None
    return side if _FIELD_NAME.fullmatch(side.raw) else None


def _same_sides(
    context: Context, numbering: ValueNumbering, node: Comparison
) -> Iterator[Diagnostic]:
    if numbering.is_constant(node.left):
        return
    if numbering.number(node.left) == numbering.number(node.right):
        yield CONSTANT_CONDITION.at(
            node.span,
            f"{_quote(context, node)} compares {_quote(context, node.left)} with itself",
            "compare it with another field, or with a value",
        )


def _remainder(
    context: Context, numbering: ValueNumbering, node: Comparison
) -> Iterator[Diagnostic]:
    """``a % 10 == 10``: the remainders of a division by 10 are 0 to 9."""
    sides = (node.left, node.right)
    if not any(isinstance(side, Arithmetic) and side.operator == "%" for side in sides):
        return
    clause = clause_of(node, numbering)
    if clause is None:
        return
    subject, demand = clause.subject, clause.demand
    if not (isinstance(subject, Arithmetic) and subject.operator == "%"):
        return
    divisor = subject.right
    if not (isinstance(divisor, Number) and isinstance(divisor.value, int) and divisor.value > 0):
        return
    most = divisor.value - 1
    if isinstance(demand, Members):
        possible = any(
            not is_number(value) or (0 <= value <= most and value == int(value))
            for value in demand.values
        )
    else:
        # Of two bounds that no remainder fits, one is at the end that it is on.
        possible = not isinstance(demand, Bound) or demand.fits(most if demand.lower else 0)
    if not possible:
        rule, says = (ALWAYS_MATCHES, "every") if clause.negated else (NEVER_MATCHES, "no")
        yield rule.at(
            node.span,
            f"{says} remainder of a division by {shorten(divisor.spelling)} "
            f"matches {_quote(context, node)}",
            f"the remainders are 0 to {most:,}" if most < 10**12 else "a remainder is smaller",
        )


def _repeated_elements(
    context: Context, numbering: ValueNumbering, node: SetLiteral
) -> Iterator[Diagnostic]:
    seen: set[tuple[bool, object]] = set()
    repeated: list[Expression] = []
    edits: list[Edit] = []
    end = 0
    for element in node.elements:
        span = outer_span(element)
        value = numbering.value(element)
        key = (isinstance(value, str), value)
        if key in seen:
            repeated.append(element)
            edits.append(Edit(Span(end, span.end), ""))
        seen.add(key)
        end = span.end
    if not repeated:
        return
    first = repeated[0]
    # One element in parentheses would be a string or a number, not a set.
    fix = Fix(tuple(edits), safe=False) if len(seen) > 1 else None
    yield REDUNDANT_PART.at(
        first.span,
        f"{_quote(context, first)} is already in the set",
        "remove it" if fix else "compare with ==",
        fix,
    )


# Junctions


class _Junction:
    """The checks of one ``&&`` or ``||`` and its operands."""

    def __init__(self, context: Context, numbering: ValueNumbering, node: And | Or) -> None:
        self.context, self.numbering, self.node = context, numbering, node
        self.conjunction = isinstance(node, And)
        # Operands by identity that have their diagnostic.
        self.told: set[int] = set()
        # Indexes of operands by identity, filled when the first is asked for.
        self.places: dict[int, int] = {}

    def check(self, budget: Budget) -> Iterator[Diagnostic]:
        """All diagnostics of this junction, not of those inside it."""
        operands = [
            operand for operand in self.node.operands if not self.numbering.is_constant(operand)
        ]
        yield from self._find_repeated(operands)
        yield from self._find_absorbed(operands)
        yield from self._opposites(operands)
        groups: dict[tuple[int, ...], list[Clause]] = {}
        for operand in operands:
            if id(operand) in self.told:
                continue
            clause = clause_of(operand, self.numbering)
            if clause is not None:
                clause = clause if self.conjunction else opposite(clause)
                groups.setdefault(clause.group, []).append(clause)
        for clauses in groups.values():
            if len(clauses) > 1:
                yield from self._group(clauses, budget)

    def _group(self, clauses: Sequence[Clause], budget: Budget) -> Iterator[Diagnostic]:
        contradiction = contradiction_in(clauses, self.conjunction, budget)
        if contradiction is not None:
            yield self._contradiction(contradiction, budget)
        elif not isinstance(clauses[0].demand, Order):
            for redundant in redundancies_in(clauses, self.conjunction, budget):
                if id(redundant.clause.node) not in self.told:
                    yield self._report_implied(redundant.clause.node, redundant.reason.node)

    def _contradiction(self, contradiction: Contradiction, budget: Budget) -> Diagnostic:
        first, second = contradiction.first.node, contradiction.second.node
        subject = _quote(self.context, contradiction.second.subject)
        one, other = _quote(self.context, first), _quote(self.context, second)
        if self.conjunction:
            what = {
                "values": f"no value of {subject} matches both {one} and {other}",
                "numbers": f"no number matches both {one} and {other}",
                "fields": f"{one} and {other} are never both true",
            }
        else:
            what = {
                "values": f"every value of {subject} matches {one} or {other}",
                "numbers": f"every number matches {one} or {other}",
                "fields": f"one of {one} and {other} is true, whatever the numbers are",
            }
        question = ""
        # Joined the other way they may be as wrong: a >= 5 || a < 5.
        others = (opposite(contradiction.first), opposite(contradiction.second))
        if contradiction_in(others, not self.conjunction, budget) is None:
            question = f"did you mean {'||' if self.conjunction else '&&'}?"
        return self._report_decided(second, what[contradiction.kind], first, question)

    def _report_decided(
        self, node: Expression, message: str, other: Expression, question: str
    ) -> Diagnostic:
        """Return a diagnostic about the whole junction, at one of its operands."""
        part = "the filter" if self.node is self.context.expression else "this part of the filter"
        if self.conjunction:
            effect = f"{part} never matches"
        else:
            effect = f"{part} matches every message that has the field"
        help = f"{question} As written, {effect}" if question else f"as written, {effect}"
        fix = self._other_junction(other, node) if question else None
        rule = NEVER_MATCHES if self.conjunction else ALWAYS_MATCHES
        return rule.at(node.span, message, help, fix)

    def _other_junction(self, first: Expression, second: Expression) -> Fix | None:
        """``||`` for ``&&`` or the other way round, where the two are all that is joined."""
        if self.node.operands != (first, second):
            return None
        span = self._joint(first, second)
        return Fix((Edit(span, "||" if self.conjunction else "&&"),), safe=False) if span else None

    def _joint(self, first: Expression, second: Expression) -> Span | None:
        """The operator between two neighbours; None where there are parentheses too."""
        start, end = outer_span(first).end, outer_span(second).start
        found = _JOINT.fullmatch(self.context.text, start, end)
        return Span(*found.span(1)) if found else None

    # Operands as a whole

    def _find_repeated(self, operands: Sequence[Expression]) -> Iterator[Diagnostic]:
        seen: dict[int, Expression] = {}
        for operand in operands:
            first = seen.setdefault(self.numbering.number(operand), operand)
            if first is not operand:
                self.told.add(id(operand))
                yield REDUNDANT_PART.at(
                    operand.span,
                    f"duplicate condition {_quote(self.context, operand)}",
                    "remove one, or correct the copy",
                    self._removal(operand),
                )

    def _find_absorbed(self, operands: Sequence[Expression]) -> Iterator[Diagnostic]:
        """``a && (a || b)``, ``a || (a && b)``."""
        inner_type = Or if self.conjunction else And
        inner = [operand for operand in operands if isinstance(operand, inner_type)]
        if not inner:
            return
        outer = {self.numbering.number(operand): operand for operand in reversed(operands)}
        for operand in inner:
            if id(operand) in self.told:
                continue
            for part in operand.operands:
                reason = outer.get(self.numbering.number(part))
                if reason is not None:
                    yield self._report_implied(operand, reason)
                    break

    def _opposites(self, operands: Sequence[Expression]) -> Iterator[Diagnostic]:
        """``a && !a``, and the same said twice in two ways: ``a != 1 && !(a == 1)``."""
        seen: dict[tuple[int, bool], Expression] = {}
        for operand in operands:
            if id(operand) in self.told:
                continue
            core, inverted = self.numbering.core(operand)
            opposing, same = seen.get((core, not inverted)), seen.get((core, inverted))
            seen.setdefault((core, inverted), operand)
            if opposing is not None:
                self.told |= {id(operand), id(opposing)}
                one, other = _quote(self.context, opposing), _quote(self.context, operand)
                verb = "exclude each other" if self.conjunction else "cover every case"
                message = f"{one} and {other} {verb}: one is the opposite of the other"
                yield self._report_decided(operand, message, opposing, "")
            elif same is not None:
                yield self._report_implied(operand, same)

    def _report_implied(self, node: Expression, reason: Expression) -> Diagnostic:
        self.told.add(id(node))
        redundant, other = _quote(self.context, node), _quote(self.context, reason)
        if self.conjunction:
            message = f"{redundant} is redundant: it is true whenever {other} is"
        else:
            message = f"{redundant} is redundant: whenever it is true, {other} is too"
        fix = self._removal(node)
        return REDUNDANT_PART.at(node.span, message, "remove it", fix)

    def _removal(self, node: Expression) -> Fix:
        """Take an operand away, with the operator that joins it to the rest of its parentheses."""
        operands = self.node.operands
        if not self.places:
            self.places = {id(operand): index for index, operand in enumerate(operands)}
        index, span = self.places[id(node)], outer_span(node)
        before = outer_span(operands[index - 1]).end if index else span.start
        found = _JOINT_BEFORE.fullmatch(self.context.text, before, span.start)
        if found:
            cut = Span(found.start(1), span.end)
        else:
            # The first in its parentheses goes with the operator behind it.
            after = outer_span(operands[index + 1]).start
            found = _JOINT_BEHIND.match(self.context.text, span.end, after)
            cut = Span(span.start, found.end(1) if found else after)
        # A copy may be one that was to be changed.
        return Fix((Edit(cut, ""),), safe=False)
