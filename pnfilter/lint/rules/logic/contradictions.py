"""Which clauses of a junction exclude or imply each other.

Everything here is said of clauses joined by ``&&``. For ``||`` the same is asked of the opposite
clauses: that these exclude each other means that the junction holds for every value.

Two clauses exclude each other when no value fits both, and when each value that is not
known to fit one of them (a number's own text, a boolean) surely doesn't fit the other.
What is compared with a bound counts as a number: the documented ordering is of numbers.
An array fits neither ``==`` nor an ordering for certain, so that it never matches such a pair.

The work is linear in the clauses but for sets and patterns, whose elements meet every other
clause of their subject: for these ``MAX_PROBES`` is the limit, of one filter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pnfilter.lint.rules.logic.clauses import (
    ALL_SIGNS,
    Bound,
    Clause,
    Members,
    Order,
    Probe,
    aliases,
)
from pnfilter.records import NamedTuple
from pnfilter.semantics import is_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

#: Questions to a clause about one value that the check of one filter may ask.
MAX_PROBES = 20_000
#: Characters of a pattern or a text that count as one such question.
CHARACTERS_A_PROBE = 64


class Budget:
    """Counts the questions; beyond the limit nothing more is found."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_PROBES

    def spend(self, clause: Clause, value: Any) -> bool:
        """Pay for a question; false when there is nothing left."""
        self.left -= 1
        if isinstance(clause.demand, Probe):
            size = len(value) if isinstance(value, str) else 0
            self.left -= (clause.demand.weight + size) // CHARACTERS_A_PROBE
        return self.left >= 0


class Contradiction(NamedTuple):
    """Two clauses that exclude each other, in the order of the text; ``kind`` says of what."""

    first: Clause
    second: Clause
    kind: Literal["values", "numbers", "fields"]


class Redundancy(NamedTuple):
    """A clause that holds wherever ``reason`` holds."""

    clause: Clause
    reason: Clause


def contradiction_in(
    clauses: Sequence[Clause], conjunction: bool, budget: Budget
) -> Contradiction | None:
    """Two clauses of one subject that exclude each other, if there are any.

    Without ``conjunction`` the clauses are the opposites of those of ``||``: fields that are
    missing don't count then.
    """
    if isinstance(clauses[0].demand, Order):
        return _order_contradiction(clauses, conjunction)
    return _members_contradiction(clauses, budget) or _bounds_contradiction(clauses, conjunction)


def redundancies_in(
    clauses: Sequence[Clause], conjunction: bool, budget: Budget
) -> Iterator[Redundancy]:
    """Yield the clauses of one subject that others imply, if no two of them contradict."""
    found: set[int] = set()
    for redundant in (
        *_find_implied_by_members(clauses, conjunction, budget),
        *_find_implied_by_bounds(clauses),
        *_outside_of_bounds(clauses),
        *_narrower_denials(clauses),
    ):
        # What is redundant itself is no reason, or two clauses would dismiss each other.
        if id(redundant.clause) not in found and id(redundant.reason) not in found:
            found.add(id(redundant.clause))
            yield redundant


# Values


def _find_fixed(clauses: Sequence[Clause]) -> Clause | None:
    """The clause that leaves the fewest values, the first of several; None if none names them."""
    fixing = [
        clause for clause in clauses if isinstance(clause.demand, Members) and not clause.negated
    ]
    return min(fixing, key=lambda clause: len(_values(clause)), default=None)


def _values(clause: Clause) -> tuple[Any, ...]:
    return clause.demand.values if isinstance(clause.demand, Members) else ()


def _comparable(value: Any, clause: Clause) -> bool:
    """Whether what a clause says of ``value`` goes for all its aliases that ``aliases`` leaves out.

    These are a number's texts, as 5, 5.0 and 005. Members and bounds read them all alike.
    """
    return not is_number(value) or isinstance(clause.demand, (Members, Bound))


def rules_out(value: Any, clause: Clause) -> bool:
    """Whether a subject that equals ``value``, or may equal it, surely doesn't fit the clause."""
    if not _comparable(value, clause) or clause.outcome(value) is not False:
        return False
    if clause.negated and isinstance(clause.demand, Members):
        # The same equality is asked for and denied: however it is decided, one of them fails.
        return True
    return all(clause.outcome(alias) is False for alias in aliases(value))


def _members_contradiction(clauses: Sequence[Clause], budget: Budget) -> Contradiction | None:
    pivot = _find_fixed(clauses)
    if pivot is None:
        return None
    left = _values(pivot)
    for clause in clauses:
        if clause is pivot:
            continue
        remaining = []
        for value in left:
            if not budget.spend(clause, value):
                return None
            if not rules_out(value, clause):
                remaining.append(value)
        if not remaining:
            return _order(pivot, clause, "values")
        left = tuple(remaining)
    return None


def _order(
    one: Clause, other: Clause, kind: Literal["values", "numbers", "fields"]
) -> Contradiction:
    first, second = sorted((one, other), key=lambda clause: clause.node.span)
    return Contradiction(first, second, kind)


def _find_implied_by_members(
    clauses: Sequence[Clause], conjunction: bool, budget: Budget
) -> Iterator[Redundancy]:
    pivot = _find_fixed(clauses)
    if pivot is None:
        return
    for clause in clauses:
        if clause is pivot or not (conjunction or isinstance(clause.demand, (Members, Bound))):
            continue
        for value in _values(pivot):
            if not budget.spend(clause, value):
                return
            if not (_comparable(value, clause) and clause.outcome(value) is True):
                break
        else:
            yield Redundancy(clause, pivot)


def _narrower_denials(clauses: Sequence[Clause]) -> Iterator[Redundancy]:
    """``a != 1`` beside ``!((1, 2) CONTAINS a)``."""
    denials = [
        clause for clause in clauses if isinstance(clause.demand, Members) and clause.negated
    ]
    if len(denials) < 2:
        return
    widest: dict[tuple[bool, bool, Any], Clause] = {}
    for clause in denials:
        for value in _values(clause):
            key = (isinstance(value, str), isinstance(value, bool), value)
            if key not in widest or len(_values(clause)) > len(_values(widest[key])):
                widest[key] = clause
    for clause in denials:
        value = _values(clause)[0]
        reason = widest[(isinstance(value, str), isinstance(value, bool), value)]
        demand = reason.demand
        if (
            reason is not clause
            and isinstance(demand, Members)
            and all(map(demand.has, _values(clause)))
        ):
            yield Redundancy(clause, reason)


# Numbers


class _Limit(NamedTuple):
    """A bound as its clause means it. One that is not ``firm`` also fits what is no number."""

    clause: Clause
    bound: Bound
    firm: bool


def _limits(clauses: Sequence[Clause], lower: bool) -> list[_Limit]:
    found = []
    for clause in clauses:
        if isinstance(clause.demand, Bound):
            bound = clause.demand.inverted() if clause.negated else clause.demand
            if bound.lower is lower:
                found.append(_Limit(clause, bound, not clause.negated))
    return found


def _tightest(limits: Sequence[_Limit]) -> _Limit | None:
    """The limit that fits the fewest numbers, the first of several alike."""
    best: _Limit | None = None
    for limit in limits:
        if best is None or limit.bound.tighter_than(best.bound):
            best = limit
    return best


def _bounds_contradiction(clauses: Sequence[Clause], conjunction: bool) -> Contradiction | None:
    lowers, uppers = _limits(clauses, lower=True), _limits(clauses, lower=False)
    firm_lowers = [limit for limit in lowers if limit.firm]
    firm_uppers = [limit for limit in uppers if limit.firm]
    pairs = [(firm_lowers, uppers), (lowers, firm_uppers)] if conjunction else [(lowers, uppers)]
    for ones, others in pairs:
        low, high = _tightest(ones), _tightest(others)
        if low and high and not low.bound.meets(high.bound):
            return _order(low.clause, high.clause, "numbers")
    return None


def _find_implied_by_bounds(clauses: Sequence[Clause]) -> Iterator[Redundancy]:
    for lower in (True, False):
        limits = _limits(clauses, lower)
        if len(limits) < 2:
            continue
        firm = _tightest([limit for limit in limits if limit.firm])
        loose = _tightest([limit for limit in limits if not limit.firm])
        for limit in limits:
            for reason in (firm, loose):
                # One that also fits what is no number can't replace one that doesn't.
                if reason is None or limit is reason or (limit.firm and not reason.firm):
                    continue
                if not limit.bound.tighter_than(reason.bound):
                    yield Redundancy(limit.clause, reason.clause)
                    break


def _outside_of_bounds(clauses: Sequence[Clause]) -> Iterator[Redundancy]:
    """``a != 3`` beside ``a > 5``."""
    limits = [_tightest(_limits(clauses, lower)) for lower in (True, False)]
    for clause in clauses:
        if not (clause.negated and isinstance(clause.demand, Members)):
            continue
        for limit in limits:
            if limit is not None and all(
                is_number(value) and not limit.bound.fits(value) for value in _values(clause)
            ):
                yield Redundancy(clause, limit.clause)
                break


# Fields


def _order_contradiction(clauses: Sequence[Clause], conjunction: bool) -> Contradiction | None:
    """``a < b`` beside ``a > b``."""
    seen: dict[tuple[int, bool], Clause] = {}
    for clause in clauses:
        if not isinstance(clause.demand, Order):
            continue
        signs = clause.demand.signs ^ (ALL_SIGNS if clause.negated else 0)
        firm = not clause.negated
        for (other_signs, other_firm), other in seen.items():
            if not signs & other_signs and (firm or other_firm or not conjunction):
                return _order(other, clause, "fields")
        seen.setdefault((signs, firm), clause)
    return None
