"""Random filters and messages, from any source of choices.

The source is one function: ``below(n)`` returns an integer from 0 to ``n - 1``. So the same code
serves Hypothesis, which shrinks towards 0, and a seeded generator, which is fast. The first option
of each choice is the simplest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pnfilter.semantics import UNREADABLE, scalar_text, text_value
from pnfilter.syntax.nodes import (
    Boolean,
    Comparison,
    Expression,
    Number,
    Path,
    String,
    Unary,
    walk,
)
from pnfilter.syntax.parser import parse

Below = Callable[[int], int]
_T = TypeVar("_T")

#: Default fields of filters and messages: prefixed ones first, then bare names.
FIELDS = (
    "meta.region",
    "data.score",
    "meta.tags",
    "data.user.role",
    'data.user["first name"]',
    "data.items[0]",
    "data.items[1].n",
    "meta.like",
    'meta["a\\"]\\\\"]',
    "data",
    "meta",
)
LEGACY_FIELDS = ("region", "score", "admin", "pn_state_age", "tags[0]", 'user["role"]', "uuid")

TEXTS = (
    "a", "us", "b*", "us-east", "*", "A", "5", "", "x*y*", "true", "-3", "5.0", "007", "1e3",
    "false", "it's", 'say "a"', "back\\slash", "\\*", "100%", "Straße", "ΣΑΣ", "😀", " 5", "null",
    "{{a}}", "${a}", "a b", "z" * 50,
)  # fmt: skip
NUMBERS = (
    "1", "0", "5", "2", "10", "50", "0.5", "5.0", "100", "3.75", "9007199254740993", "007", "0.1",
    "1e3", "1E-2", "123456789012345678901234567890", "0.0000001", "1.5e300",
)  # fmt: skip
ORDERINGS = ("<", ">", "<=", ">=")
SUMS = ("+", "-", "*", "/", "%")
BITS = ("&", "|", "^")
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.")
#: The largest index for which a message is made long enough.
MAX_INDEX = 20


def pick(options: Sequence[_T], below: Below) -> _T:
    """Return one of the options; the first is the simplest."""
    return options[below(len(options))]


class _Choices:
    """Choices made by one source."""

    def __init__(self, below: Below) -> None:
        self.below = below

    def pick(self, options: Sequence[_T]) -> _T:
        return pick(options, self.below)

    def chance(self, percent: int) -> bool:
        """Return True with that probability; False is the simpler outcome."""
        return self.below(100) >= 100 - percent


class FilterWriter(_Choices):
    """Writes valid filters, in which junctions and operators nest at most ``max_depth`` deep.

    ``fields`` are the paths that they read. ``legacy`` allows bare names, bitwise operators and the
    shorthand ``such=wow``.
    """

    def __init__(
        self,
        below: Below,
        fields: Sequence[str] | None = None,
        max_depth: int = 3,
        *,
        legacy: bool = True,
    ) -> None:
        super().__init__(below)
        own = FIELDS + LEGACY_FIELDS if legacy else FIELDS
        self.fields = tuple(own if fields is None else fields)
        self.max_depth, self.legacy = max_depth, legacy

    def text(self) -> str:
        """Return a filter."""
        tokens = self._condition(self.max_depth)
        spacing = self.below(8)
        if spacing == 6:
            return _join(tokens, lambda: "")
        if spacing == 7:
            return _join(tokens, lambda: self.pick(("", " ", "  ", "\n", "\t", "\r\n")))
        return " ".join(tokens)

    def _condition(self, depth: int) -> list[str]:
        kind = self.below(10) if depth > 0 else self.below(5)
        if kind < 4:
            return self._comparison(depth - 1)
        if kind == 4:
            return self.pick((self._shorthand, self._negated_field, self._bare))(depth - 1)
        inner = self._condition(depth - 1)
        if kind < 6:
            return ["!", "(", *inner, ")"] if self.below(5) else ["!", *inner]
        if kind == 6:
            return ["(", *inner, ")"]
        operator = self.pick(("&&", "||"))
        tokens = self._in_parens(inner)
        for _ in range(1 + self.below(3)):
            tokens += [operator, *self._in_parens(self._condition(depth - 1))]
        return tokens

    def _in_parens(self, tokens: list[str]) -> list[str]:
        return (
            ["(", *tokens, ")"] if "&&" in tokens or "||" in tokens or self.chance(15) else tokens
        )

    def _comparison(self, depth: int) -> list[str]:
        kind = self.below(12)
        if kind < 4:
            sides = self._operand(depth), [self.pick(("==", "!="))], self._operand(depth)
        elif kind < 6:
            sides = self._operand(depth), [self.pick(ORDERINGS)], self._operand(depth)
        elif kind < 8:
            sides = self._operand(depth), [self._keyword("LIKE")], self._pattern(depth)
        elif kind < 10:
            sides = self._operand(depth), [self._keyword("CONTAINS")], self._operand(depth)
        elif kind == 10:
            sides = self._set(), [self._keyword("CONTAINS")], self._operand(depth)
        else:
            sides = self._set(), [self._keyword("LIKE")], self._pattern(depth)
        return [token for side in sides for token in side]

    def _keyword(self, keyword: str) -> str:
        return self.pick((keyword, keyword, keyword.lower(), keyword.title()))

    def _shorthand(self, _: int) -> list[str]:
        if not self.legacy:
            return self._comparison(0)
        right = self.pick(("wow", self._text_literal(self.pick(TEXTS)), self.pick(NUMBERS)))
        return [self.pick(self.fields), "=", right]

    def _negated_field(self, _: int) -> list[str]:
        return ["!", self.pick(self.fields)]

    def _bare(self, depth: int) -> list[str]:
        return self._operand(depth)

    def _operand(self, depth: int) -> list[str]:
        kind = self.below(20)
        if depth > 0 and kind >= 16:
            operators = SUMS + BITS if self.legacy else SUMS
            tokens = [*self._operand(depth - 1), self.pick(operators), *self._operand(depth - 1)]
            return ["(", *tokens, ")"] if self.chance(50) else tokens
        if depth > 0 and kind == 15:
            return [self.pick(("-", "~") if self.legacy else ("-",)), *self._operand(depth - 1)]
        if kind < 9:
            return [self.pick(self.fields)]
        if kind < 12:
            return [self.pick(NUMBERS)]
        if kind < 17:
            return [self._text_literal(self.pick(TEXTS))]
        if kind == 17:
            return ["-", self.pick(NUMBERS)]
        if kind == 18:
            return [self.pick(("true", "false", "null"))]
        return ["(", self._text_literal(self.pick(TEXTS)), ")"]

    def _pattern(self, depth: int) -> list[str]:
        if self.chance(15):
            return self._operand(depth)
        return [self._text_literal(self.pick(("*", "")) + self.pick(TEXTS) + self.pick(("*", "")))]

    def _set(self) -> list[str]:
        tokens = ["("]
        for number in range(2 + self.below(3)):
            tokens += [","] if number else []
            if self.chance(40):
                tokens += ["-"] if self.chance(20) else []
                tokens.append(self.pick(NUMBERS))
            else:
                tokens.append(self._text_literal(self.pick(TEXTS)))
        return [*tokens, ")"]

    def _text_literal(self, value: str) -> str:
        quote = self.pick(('"', "'"))
        content = value.replace("\\", "\\\\").replace(quote, "\\" + quote)
        if self.chance(4):
            content = self.pick(("\\*", "\\d", "\\\\\\*")) + content
        return quote + content + quote


def _join(tokens: Iterable[str], gap: Callable[[], str]) -> str:
    """Join tokens with random gaps, and a space where two words would become one."""
    text = ""
    for token in tokens:
        between = gap()
        if not between and text and text[-1] in _WORD and token[0] in _WORD:
            between = " "
        text += between + token
    return text


def paths_of(fields: Iterable[str]) -> tuple[Path, ...]:
    """Parse these paths; raise ``ValueError`` for an invalid one."""
    paths = []
    for field in fields:
        match parse(field):
            case Path() as path:
                paths.append(path)
            case _:
                raise ValueError(f"not a field: {field}")
    return tuple(paths)


#: Values of a field for which the filter gives no hint.
PLAIN: tuple[Any, ...] = (
    "a", 1, True, False, None, 0, "", "5", 0.5, -3, [], ["a", 1], {}, {"a": 1}, "true", "Us",
    [["us"], True, None], 2**70, 1e300, {"n": 5, "role": "mod"},
)  # fmt: skip


def hints(expression: Expression) -> dict[Path, tuple[Any, ...]]:
    """Return for each path of a filter values near those that it is compared with."""
    nodes = walk(expression)
    found: dict[Path, list[Any]] = {node: [] for node in nodes if isinstance(node, Path)}
    everything: list[Any] = []
    for node in nodes:
        if not isinstance(node, Comparison):
            continue
        below = walk(node)
        values = [value for child in below for value in _near(child, node.operator == "LIKE")]
        everything += values
        for child in below:
            if isinstance(child, Path):
                found[child] += values
    return {path: tuple(near or everything) or PLAIN for path, near in found.items()}


def _near(node: Expression, is_pattern: bool) -> list[Any]:
    """Return values near a literal: equal, close, of another type, in an array."""
    match node:
        case String(raw):
            text = text_value(raw)
            wildcards = [text.replace("\\*", "*"), text.replace("*", ""), text.replace("*", "xy")]
            others = wildcards if is_pattern else [text[:-1]]
            return [text, *others, [text], text.upper(), f"{text}x", [1, [text]], {text: text}]
        case Number(value=value):
            other = value + 1 if isinstance(value, int) else value * 1.5
            return [
                value,
                other,
                -value,
                scalar_text(value),
                [value],
                value - 1,
                f"x{value}",
                [None],
            ]
        case Unary("-", Number(value=value)):
            return [-value, scalar_text(-value)]
        case Boolean(value):
            return [value, not value, scalar_text(value), int(value)]
        case _:
            return []


class MessageWriter(_Choices):
    """Writes messages, mappings with ``data`` and ``meta``, that often have the given paths.

    ``values`` are the candidates for the fields. With ``unreadable`` a part is sometimes hidden.
    """

    def __init__(
        self, below: Below, values: Mapping[Path, Sequence[Any]], *, unreadable: bool = False
    ) -> None:
        super().__init__(below)
        self.values, self.unreadable = values, unreadable

    def message(self) -> dict[str, Any]:
        """Return a new message, which shares no array or object with another."""
        holder: dict[str, Any] = {"data": {}, "meta": {}}
        for path, values in self.values.items():
            if not self.chance(15):
                place(holder, path, self._value(values))
        shape = self.below(24)
        if shape == 18:
            holder["data"] = copy_value(self.pick(PLAIN))
        elif shape == 19:
            del holder["data"]
        elif shape == 20:
            del holder["meta"]
        elif shape == 21:
            holder["meta"] = None
        elif shape == 22:
            holder["meta"] = copy_value(self.pick(PLAIN))
        elif shape == 23:
            holder["channel"] = "lobby"
        if self.unreadable and self.chance(25):
            hide(holder, self.below)
        return holder

    def _value(self, values: Sequence[Any]) -> Any:
        value = copy_value(self.pick(values if self.below(4) else PLAIN))
        return [value, copy_value(self.pick(values))] if self.chance(5) else value


def place(message: dict[str, Any], path: Path, value: Any) -> None:
    """Put ``value`` at the path, replacing what is in the way; not past ``MAX_INDEX``."""
    container: Any = message
    slot: str | int = path.root
    for key in path.keys:
        inside = container.get(slot) if isinstance(container, dict) else container[slot]
        if isinstance(key, str):
            inside = inside if isinstance(inside, dict) else {}
        elif key > MAX_INDEX:
            return
        else:
            inside = inside if isinstance(inside, list) else []
            inside.extend([None] * (key + 1 - len(inside)))
        container[slot] = inside
        container, slot = inside, key
    container[slot] = value


def places(message: dict[str, Any]) -> list[tuple[Any, str | int]]:
    """Return every place of a message that holds a value: container, and key or index."""
    found: list[tuple[Any, str | int]] = []
    pending: list[Any] = [message]
    while pending:
        container = pending.pop()
        keys = list(container) if isinstance(container, dict) else range(len(container))
        found.extend((container, key) for key in keys)
        pending.extend(container[key] for key in keys if isinstance(container[key], (dict, list)))
    return found


def hide(message: dict[str, Any], below: Below) -> None:
    """Put ``UNREADABLE`` in one place of a message."""
    candidates = places(message)
    if candidates:
        container, key = candidates[below(len(candidates))]
        container[key] = UNREADABLE


def copy_value(value: Any) -> Any:
    """Copy a JSON value with its arrays and objects."""
    if isinstance(value, dict):
        return {key: copy_value(inner) for key, inner in value.items()}
    return [copy_value(inner) for inner in value] if isinstance(value, list) else value
