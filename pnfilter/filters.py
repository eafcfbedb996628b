"""Compiled filters: compile a text, evaluate messages."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from pnfilter.interpreter import condition
from pnfilter.message import UNFILTERED, AnyMessage, outcome_of_event, parts_of
from pnfilter.semantics import (
    BAILOUTS,
    Bailout,
    Reason,
    Verdict,
    bail_out,
    verdict_of,
)
from pnfilter.syntax.nodes import Expression, Path, paths_in
from pnfilter.syntax.parser import parse, require_filter_text

if TYPE_CHECKING:
    from pnfilter.compiler.fields import Entry
    from pnfilter.explain import Explanation
    from pnfilter.semantics.assumptions import Assumed, Assumptions

#: Filters that ``compile`` keeps, so that compiling the same text again is a look-up, and the
#: length in characters of the longest of them. A longer filter doesn't fit a request line and would
#: waste memory.
CACHED_FILTERS = 4096
MAX_CACHED_LENGTH = 8192

#: Messages to interpret before compiling. Compiling costs as much as interpreting 10 to 40
#: messages, and many filters never see that many.
INTERPRETED_FIRST = 16
#: The same for a search of files. It usually compiles other code, for whole blocks of lines, and
#: asks the filter only about the lines that this code can't decide.
INTERPRETED_IN_SEARCH = 300

# A global name is quicker than an attribute of an enumeration.
_MATCH, _NO_MATCH = Verdict.MATCH, Verdict.NO_MATCH

#: The attribute that holds the compiled function for each form of a message.
_SLOTS: dict[Entry, str] = {"message": "_decide", "parts": "_decide_parts"}


class Filter:
    """A compiled filter: immutable, hashable, picklable, safe to share between threads.

    ``compile`` returns it. Two filters are equal when their texts and their assumptions are. The
    interpreter evaluates the first messages; after that, the filter compiles itself to a function.
    """

    __slots__ = (
        "_assumed",
        "_decide",
        "_decide_parts",
        "_expression",
        "_fields",
        "_interpretations",
        "_text",
    )

    _text: str
    _assumed: Assumptions | None
    _expression: Expression
    _fields: tuple[Path, ...] | None
    #: Messages interpreted so far. Threads may lose a count, so the limit isn't exact.
    _interpretations: int
    #: Compiled functions for a plain ``dict``, and for payload and metadata. They return the
    #: verdict or raise one of ``BAILOUTS``; None until compiled.
    _decide: Callable[[dict[str, Any]], bool] | None
    _decide_parts: Callable[[Any, Any], bool] | None

    def __init__(self, text: str, assumed: Assumptions | None = None) -> None:
        put = object.__setattr__
        put(self, "_text", text)
        put(self, "_assumed", assumed)
        put(self, "_expression", parse(text))
        put(self, "_fields", None)
        put(self, "_interpretations", 0)
        put(self, "_decide", None)
        put(self, "_decide_parts", None)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Filter can't be changed: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a Filter can't be changed: {name}")

    @property
    def text(self) -> str:
        """The text as given."""
        return self._text

    @property
    def assumptions(self) -> Assumptions | None:
        """What is assumed of the service where its behaviour is not known; None for nothing."""
        return self._assumed

    @property
    def expression(self) -> Expression:
        """The syntax tree."""
        return self._expression

    @property
    def fields(self) -> tuple[Path, ...]:
        """The paths that the filter reads, each once, in the order of the text."""
        if self._fields is None:
            paths = dict.fromkeys(paths_in(self._expression))
            object.__setattr__(self, "_fields", tuple(paths))
        assert self._fields is not None
        return self._fields

    @property
    def source(self) -> str:
        """The Python source of the compiled filter, commented: for reading, not for running."""
        from pnfilter.compiler.listing import listed

        return listed(self._expression)

    def evaluate(self, message: AnyMessage) -> Verdict:
        """Return the verdict on a mapping with ``data`` and ``meta``, or on a ``Message``.

        Other keys are ignored. Never raises for such a message: a value that JSON doesn't have is
        unreadable, as if it were ``UNREADABLE``.
        """
        # The hot path of most programs: one call for a message that is a plain ``dict``.
        if type(message) is dict:
            decide = self._decide
            if decide is None:
                decide = self._choose_for_message()
            try:
                return _MATCH if decide(message) else _NO_MATCH
            except BAILOUTS as bailout:
                return verdict_of(self._interpret(message, bailout))
        return verdict_of(self.outcome(message))

    def outcome(self, message: AnyMessage) -> bool | Reason:
        """Return the verdict as ``True`` or ``False``, or the reason why it is UNDECIDED."""
        try:
            if type(message) is dict:
                return (self._decide or self._choose_for_message())(message)
            data, meta, kind = parts_of(message)
            if kind in UNFILTERED and (outcome := outcome_of_event(self._assumed)) is not None:
                return outcome
            return (self._decide_parts or self._choose_for_parts())(data, meta)
        except BAILOUTS as bailout:
            return self._interpret(message, bailout)

    def _interpret(self, message: AnyMessage, bailout: Exception) -> bool | Reason:
        if isinstance(bailout, Bailout) and bailout.reason is not None:
            # Of a filter of one leaf, whose assumptions have been applied.
            return bailout.reason
        data, meta, _ = parts_of(message)
        return condition(self._expression, data, meta, self._assumed)

    def matches(self, message: AnyMessage, *, undecided: Literal["keep", "drop"] = "keep") -> bool:
        """Return whether to keep a message; UNDECIDED ones too, unless ``undecided="drop"``."""
        if undecided not in ("keep", "drop"):
            raise ValueError(f"undecided must be 'keep' or 'drop', not {undecided!r}")
        try:
            if type(message) is dict:
                # Inlined, as in `evaluate`: `outcome` would add a call.
                return (self._decide or self._choose_for_message())(message)
            outcome = self.outcome(message)
        except BAILOUTS as bailout:
            outcome = self._interpret(message, bailout)
        if outcome is True or outcome is False:
            return outcome
        return undecided == "keep"

    def prepare(self) -> Filter:
        """Compile immediately, not after some messages; return the filter itself.

        For a program that prefers a slower start to a slower first message. No verdict changes.
        """
        for entry, slot in _SLOTS.items():
            if getattr(self, slot) is None:
                self._compile(entry)
        return self

    def interpreting_first(self, messages: int) -> Filter:
        """Return a copy that interprets ``messages`` messages before it compiles.

        If this filter has already compiled, the copy keeps its code.
        """
        filter = Filter.__new__(Filter)
        for slot in Filter.__slots__:
            object.__setattr__(filter, slot, getattr(self, slot))
        object.__setattr__(filter, "_interpretations", INTERPRETED_FIRST - messages)
        return filter

    def _choose_for_message(self) -> Callable[[dict[str, Any]], bool]:
        return self._choose("message")

    def _choose_for_parts(self) -> Callable[[Any, Any], bool]:
        return self._choose("parts")

    def _choose(self, entry: Entry) -> Callable[..., bool]:
        """Return the function to use before compilation: first, the interpreter."""
        asked = self._interpretations
        if asked < INTERPRETED_FIRST:
            object.__setattr__(self, "_interpretations", asked + 1)
            return bail_out
        return self._compile(entry)

    def _compile(self, entry: Entry) -> Callable[..., bool]:
        try:
            from pnfilter.compiler.function import decider

            function = decider(self._expression, entry, self._assumed)
        except (RecursionError, MemoryError):
            # The interpreter needs less memory. The next attempt may find enough.
            return bail_out
        object.__setattr__(self, _SLOTS[entry], function)
        return function

    def explain(self, message: AnyMessage) -> Explanation:
        """Explain a verdict: every sub-expression with its value, verdict and reason."""
        from pnfilter.explain import explain

        return explain(self._expression, message, self._assumed)

    def __repr__(self) -> str:
        more = "" if self._assumed is None else f", assume={str(self._assumed)!r}"
        return f"pnfilter.compile({self._text!r}{more})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Filter):
            return NotImplemented
        return self._text == other._text and self._assumed == other._assumed

    def __hash__(self) -> int:
        return hash((Filter, self._text))

    def __reduce__(self) -> tuple[Any, ...]:
        return compile, (self._text, self._assumed)


@lru_cache(maxsize=CACHED_FILTERS)
def _cached(text: str, assumed: Assumptions | None = None) -> Filter:
    return Filter(text, assumed)


def compile(text: str, assume: Assumed = None) -> Filter:
    """Compile a text. Raise ``FilterSyntaxError`` if it is invalid, ``TypeError`` if not a string.

    Compiling the same text again is cheap: the latest filters are cached, if not too long.

    ``assume`` settles what is not known of the service, by names and readings
    (docs/reference/assumptions.md): ``{"missing-differs": "match"}``, or texts such as
    ``"missing-differs=match"`` and ``"javascript"``. ``ValueError`` for an unknown one.
    """
    require_filter_text(text)
    assumed = assumptions_of(assume)
    return _cached(text, assumed) if len(text) <= MAX_CACHED_LENGTH else Filter(text, assumed)


def assumptions_of(given: Assumed) -> Assumptions | None:
    """Return what a user gave as assumptions; None if that is nothing."""
    if given is None:
        return None
    from pnfilter.semantics.assumptions import Assumptions

    return Assumptions.of(given)
