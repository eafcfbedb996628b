"""Compiled filters: text in, verdicts out."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from pnfilter.interpreter import condition
from pnfilter.message import UNFILTERED, AnyMessage, parts_of
from pnfilter.semantics import BAILOUTS, Bailout, Reason, Verdict, bail_out, verdict_of
from pnfilter.syntax.nodes import Expression, Path, walk
from pnfilter.syntax.parser import parse, require_filter_text

if TYPE_CHECKING:
    from pnfilter.compiler.fields import Entry
    from pnfilter.explain import Explanation

#: Filters that ``compile`` keeps, so that the same text again costs a look-up, and the characters
#: of the longest of them: what doesn't fit a request line is no everyday filter, and takes memory.
CACHED_FILTERS = 4096
MAX_CACHED_LENGTH = 8192

#: Messages that the interpreter answers before a filter gets code of its own. Generating takes as long
#: as the interpreter takes for 10 to 40 messages, and many a filter never sees so many.
INTERPRETED_FIRST = 16
#: The same for a search of files, which as a rule generates other code, for whole blocks of lines, and asks
#: the filter about the lines that are left.
INTERPRETED_IN_SEARCH = 300

# A global name is quicker than an attribute of an enumeration.
_MATCH, _NO_MATCH = Verdict.MATCH, Verdict.NO_MATCH

#: Where a filter keeps what decides on a message in either form.
_SLOTS: dict[Entry, str] = {"message": "_decide", "parts": "_decide_parts"}


class Filter:
    """A compiled filter: immutable, hashable, picklable, safe to share between threads.

    Made by ``compile``. Two filters are equal when their texts are. The first messages are answered by
    the interpreter; a filter that meets more of them gets a function, generated for it, that decides
    from then on.
    """

    __slots__ = ("_decide", "_decide_parts", "_expression", "_fields", "_interpretations", "_text")

    _text: str
    _expression: Expression
    _fields: tuple[Path, ...] | None
    #: Messages that the interpreter was asked about. Threads may count one less: it is no exact limit.
    _interpretations: int
    #: What decides on a plain ``dict``, and on payload and metadata, or raises one of ``BAILOUTS``; None until
    #: it is generated.
    _decide: Callable[[dict[str, Any]], bool] | None
    _decide_parts: Callable[[Any, Any], bool] | None

    def __init__(self, text: str) -> None:
        put = object.__setattr__
        put(self, "_text", text)
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
    def expression(self) -> Expression:
        """The syntax tree."""
        return self._expression

    @property
    def fields(self) -> tuple[Path, ...]:
        """The paths that the filter reads, each once, in the order of the text."""
        if self._fields is None:
            paths = (node for node in walk(self._expression) if isinstance(node, Path))
            object.__setattr__(self, "_fields", tuple(dict.fromkeys(paths)))
        assert self._fields is not None
        return self._fields

    @property
    def source(self) -> str:
        """The Python source that decides, as a commented function: for reading, not for running."""
        from pnfilter.compiler.listing import listed

        return listed(self._expression)

    def evaluate(self, message: AnyMessage) -> Verdict:
        """The verdict on a mapping with ``data`` and ``meta`` (other keys are ignored), or a ``Message``.

        Never raises for such a message: a value in it that JSON doesn't have can't be read,
        as if ``UNREADABLE`` stood there.
        """
        # What most programs spend their time in: one call, for a message that is a plain ``dict``.
        if type(message) is dict:
            decide = self._decide
            if decide is None:
                decide = self._made()
            try:
                return _MATCH if decide(message) else _NO_MATCH
            except BAILOUTS as left:
                return verdict_of(self._interpreted(message, left))
        return verdict_of(self.outcome(message))

    def outcome(self, message: AnyMessage) -> bool | Reason:
        """The verdict as ``True`` or ``False``, or the reason why there is none."""
        try:
            if type(message) is dict:
                return (self._decide or self._made())(message)
            data, meta, kind = parts_of(message)
            if kind in UNFILTERED:
                return Reason.EVENT_KIND
            return (self._decide_parts or self._made_parts())(data, meta)
        except BAILOUTS as left:
            return self._interpreted(message, left)

    def _interpreted(self, message: AnyMessage, left: Exception) -> bool | Reason:
        if isinstance(left, Bailout) and left.reason is not None:
            return left.reason
        data, meta, _ = parts_of(message)
        return condition(self._expression, data, meta)

    def matches(self, message: AnyMessage, *, undecided: Literal["keep", "drop"] = "keep") -> bool:
        """Yes or no: an UNDECIDED message is kept unless ``undecided="drop"``."""
        if undecided not in ("keep", "drop"):
            raise ValueError(f"undecided is 'keep' or 'drop', not {undecided!r}")
        try:
            if type(message) is dict:
                # By `outcome` it would be a call more, as in `evaluate`.
                return (self._decide or self._made())(message)
            outcome = self.outcome(message)
        except BAILOUTS as left:
            outcome = self._interpreted(message, left)
        if outcome is True or outcome is False:
            return outcome
        return undecided == "keep"

    def prepare(self) -> Filter:
        """Generate the code now, not after some messages; the filter itself.

        For a program that would rather wait while it starts than while it works. No verdict changes.
        """
        for entry, slot in _SLOTS.items():
            if getattr(self, slot) is None:
                self._generated(entry)
        return self

    def interpreting_first(self, messages: int) -> Filter:
        """The same filter, which interprets so many messages before it generates code, if it has none yet."""
        filter = Filter.__new__(Filter)
        for slot in Filter.__slots__:
            object.__setattr__(filter, slot, getattr(self, slot))
        object.__setattr__(filter, "_interpretations", INTERPRETED_FIRST - messages)
        return filter

    def _made(self) -> Callable[[dict[str, Any]], bool]:
        return self._decider("message")

    def _made_parts(self) -> Callable[[Any, Any], bool]:
        return self._decider("parts")

    def _decider(self, entry: Entry) -> Callable[..., bool]:
        """What answers a message as long as nothing is generated: the interpreter, for the first ones."""
        asked = self._interpretations
        if asked < INTERPRETED_FIRST:
            object.__setattr__(self, "_interpretations", asked + 1)
            return bail_out
        return self._generated(entry)

    def _generated(self, entry: Entry) -> Callable[..., bool]:
        try:
            from pnfilter.compiler.function import decider

            made = decider(self._expression, entry)
        except (RecursionError, MemoryError):
            # The interpreter needs less room. Next time there may be enough.
            return bail_out
        object.__setattr__(self, _SLOTS[entry], made)
        return made

    def explain(self, message: AnyMessage) -> Explanation:
        """Why the verdict is what it is: every sub-expression with its value, verdict and reason."""
        from pnfilter.explain import explain

        return explain(self._expression, message)

    def __repr__(self) -> str:
        return f"pnfilter.compile({self._text!r})"

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Filter) else NotImplemented

    def __hash__(self) -> int:
        return hash((Filter, self._text))

    def __reduce__(self) -> tuple[Any, ...]:
        return compile, (self._text,)


@lru_cache(maxsize=CACHED_FILTERS)
def _cached(text: str) -> Filter:
    return Filter(text)


def compile(text: str) -> Filter:
    """The filter of a text. ``FilterSyntaxError`` where it is none, ``TypeError`` for no text.

    Compiling the same text again is cheap: the last filters are kept, if they are not too long.
    """
    require_filter_text(text)
    return _cached(text) if len(text) <= MAX_CACHED_LENGTH else Filter(text)
