"""Functions from programs: compiled once per source, created for each filter."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Final

from pnfilter.compiler.fields import Entry
from pnfilter.compiler.namespace import NAMESPACE
from pnfilter.compiler.program import Program, generate
from pnfilter.interpreter import condition
from pnfilter.semantics import BAILOUTS, UNREADABLE, Bailout, Reason, bail_out
from pnfilter.syntax.nodes import Expression

if TYPE_CHECKING:
    from pnfilter.semantics.assumptions import Assumptions

#: Sources whose code is kept, and the characters of the longest of them: a long one is rarely
#: repeated.
CACHED_SOURCES: Final = 2048
MAX_CACHED_SOURCE: Final = 8192
#: The file name of generated code in a traceback.
FILE_NAME: Final = "<pnfilter>"


def _code(source: str) -> CodeType:
    (function,) = compile(source, FILE_NAME, "eval").co_consts[:1]
    assert isinstance(function, CodeType)
    return function


_cached_code = lru_cache(maxsize=CACHED_SOURCES)(_code)


def code_of(program: Program) -> CodeType:
    """Return the code of a program's function; the same object for the same source."""
    source = program.source
    return _cached_code(source) if len(source) <= MAX_CACHED_SOURCE else _code(source)


def forget_code() -> None:
    """Drop all code compiled so far."""
    _cached_code.cache_clear()


class _Leaves:
    """Evaluates the leaves of one filter with the interpreter."""

    __slots__ = ("_assumed", "_is_alone", "_leaves")

    def __init__(self, program: Program, assumed: Assumptions | None) -> None:
        self._assumed = assumed
        self._leaves = program.leaves
        self._is_alone = program.is_leaf

    def of_message(self, number: int, message: dict[str, Any]) -> bool:
        """Return the verdict of a leaf on a message; raise ``Bailout`` if it has none."""
        return self.of_parts(number, message.get("data", UNREADABLE), message.get("meta"))

    def of_parts(self, number: int, data: Any, meta: Any) -> bool:
        """Return the verdict on payload and metadata; raise ``Bailout`` if it has none."""
        outcome = condition(self._leaves[number], data, meta, self._assumed)
        if isinstance(outcome, Reason):
            raise Bailout(outcome if self._is_alone else None)
        return outcome


def function(program: Program, assumed: Assumptions | None = None) -> Callable[..., bool]:
    """Return a program's function of a message, by its ``entry``; it may raise ``Bailout``."""
    leaves = _Leaves(program, assumed)
    fallback = leaves.of_message if program.entry == "message" else leaves.of_parts
    constants = program.constants
    if program.slices:
        made = {id(one): function(one, assumed) for one in program.slices}
        constants = tuple(made.get(id(one), one) for one in constants)
    if program.bundled:
        constants = (constants,)
    defaults = (*constants, fallback)
    return FunctionType(code_of(program), NAMESPACE, "outcome", defaults)


def decider(
    expression: Expression, entry: Entry, assumed: Assumptions | None = None
) -> Callable[..., bool]:
    """Return a function that returns a filter's verdict or raises one of ``BAILOUTS``.

    It takes a message that is a plain ``dict``, or payload and metadata, by ``entry``. After a
    bailout the interpreter has the reason, under the same assumptions. For a filter with too many
    leaves it is ``bail_out``.
    """
    program = generate(expression, entry)
    return bail_out if program is None else function(program, assumed)


def function_of(expression: Expression) -> Callable[[Any, Any], bool | Reason]:
    """Return the filter as a function of payload and metadata, with the interpreter's outcome."""
    decide = decider(expression, "parts")

    def outcome(data: Any, meta: Any) -> bool | Reason:
        try:
            return decide(data, meta)
        except BAILOUTS:
            return condition(expression, data, meta)

    return outcome
