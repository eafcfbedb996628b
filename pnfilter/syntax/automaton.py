"""The LALR driver: from tokens to a tree, or to the first token that can't follow."""

from __future__ import annotations

from functools import lru_cache

from pnfilter.syntax.lexer import END, Token
from pnfilter.syntax.tables import ACTIONS, END_STATE, GOTOS, RULES
from pnfilter.syntax.tree_builder import TreeBuilder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pnfilter.syntax.lexer import RawToken
    from pnfilter.syntax.nodes import Expression

    #: How many of the last values a method of the builder combines; 0: a token becomes a value.
    Step = tuple[int, Any]

#: Shapes of filters whose parse steps are cached, and the tokens of the longest of them.
KEPT_SHAPES = 1024
MAX_KEPT_TOKENS = 64
#: Kinds of token between two operands of a calculation.
ARITHMETIC = frozenset({"PIPE", "CARET", "AMPERSAND", "PLUS", "MINUS", "STAR", "SLASH", "PERCENT"})
#: Kinds of token that end an operand.
OPERAND_ENDS = frozenset({"TEXT", "NUMBER", "TRUE", "FALSE", "NULL", "NAME", "RPAR", "RSQB"})


class UnexpectedToken(Exception):
    """The tables have no action: ``token`` can't follow, the kinds in ``expected`` can."""

    def __init__(self, token: RawToken, states: list[int]) -> None:
        super().__init__(token[0])
        self.token, self._states = Token(*token), states

    @property
    def expected(self) -> frozenset[str]:
        """The kinds of token that remain valid after all reductions."""
        states = self._states
        return frozenset(kind for kind in ACTIONS[states[-1]] if _leads_on(list(states), kind))


# Less than the complement of any rule.
_NO_ACTION = ~len(RULES)
_SHIFT = (0, None)
# By rule: its origin, its size and the builder's method; None if it only renames a symbol.
_REDUCTIONS: list[tuple[str, int, Any]] = [
    (origin, size, getattr(TreeBuilder, name) if name else None) for origin, size, name in RULES
]


class _Stuck(Exception):
    """Raised if the tables have no action for the token with a number."""

    def __init__(self, number: int, states: list[int]) -> None:
        super().__init__()
        self.number, self.states = number, states


def _steps(kinds: tuple[str, ...]) -> list[Step]:
    """Return the parse steps for tokens of these kinds; raise ``_Stuck`` if there is none."""
    # The current state, and those below it.
    state = 0
    below: list[int] = []
    steps: list[Step] = []
    for number, kind in enumerate((*kinds, END)):
        action = ACTIONS[state].get(kind, _NO_ACTION)
        while action < 0:
            if action == _NO_ACTION:
                if state == END_STATE:
                    return steps
                raise _Stuck(number, [*below, state])
            origin, size, method = _REDUCTIONS[~action]
            if method is not None:
                steps.append((size, method))
            if size > 1:
                del below[1 - size :]
            state = GOTOS[below[-1]][origin]
            action = ACTIONS[state].get(kind, _NO_ACTION)
        below.append(state)
        steps.append(_SHIFT)
        state = action
    raise AssertionError("the tables accept nothing after the end")


# Filters of one shape take the same steps, whatever their fields and values are.
_known_steps = lru_cache(maxsize=KEPT_SHAPES)(_steps)


def drive(tokens: Sequence[RawToken], builder: TreeBuilder) -> Expression:
    """Return the tree of ``tokens`` by the LALR tables; raise ``UnexpectedToken`` if they end."""
    kinds = tuple([token[0] for token in tokens])
    try:
        steps = _known_steps(kinds) if len(kinds) <= MAX_KEPT_TOKENS else _steps(kinds)
    except _Stuck as stuck:
        end = tokens[-1][2] if tokens else 0
        token = (*tokens, (END, end, end))[stuck.number]
        raise UnexpectedToken(token, stuck.states) from None
    values: list[Any] = []
    shifted = iter(tokens)
    for size, method in steps:
        if size == 0:
            values.append(next(shifted))
        elif size == 1:
            values[-1] = method(builder, values[-1])
        elif size == 3:
            last, middle = values.pop(), values.pop()
            values[-1] = method(builder, values[-1], middle, last)
        else:
            values[-size:] = [method(builder, *values[-size:])]
    return builder.start(values[0])


def _leads_on(states: list[int], kind: str) -> bool:
    while True:
        action = ACTIONS[states[-1]].get(kind)
        if action is None:
            return False
        if action >= 0:
            return True
        origin, size, _ = RULES[~action]
        del states[-size:]
        states.append(GOTOS[states[-1]][origin])
        if kind == END and states[-1] == END_STATE:
            return True
