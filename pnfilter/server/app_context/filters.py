"""The filters of App Context: another language than that of subscribers' filters.

Documented: paths with dots or brackets, ``==``, ``!=``, ``<``, ``>``, ``<=``, ``>=`` and ``LIKE``
with strings, numbers, ``true``, ``false`` and ``null``, joined by ``&&`` and ``||``, negated by
``!``. Read in SDKs: words in lower case. Assumed: strings are ordered by code points, LIKE is that
of subscribers' filters (without case), and so is CONTAINS, which finds a part of a string; values
of different types are unequal and in no order, and a field that isn't set is null.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from pnfilter.semantics import fold, like, pattern_parts
from pnfilter.server.app_context.rules import refuse_input
from pnfilter.server.settings import MAX_OBJECT_FILTER, MAX_OBJECT_FILTER_DEPTH

#: The names that lead to a field.
Path = tuple[str, ...]
#: Whether something matches; its fields are looked up by their paths.
Condition = Callable[[Mapping[str, Any]], bool]

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<word>[^\W\d][\w$]*|\$[\w$]*)
      | (?P<sign>&&|\|\||==|!=|<=|>=|[<>!().\[\]])
    )""",
    re.VERBOSE | re.DOTALL,
)
_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_ORDERS: Final = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
_RELATIONS: Final = ("==", "!=", "LIKE", "CONTAINS", *_ORDERS)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def compile_filter(text: str, fields: frozenset[Path]) -> Condition:
    """The condition of a filter; ``Refusal`` for an invalid one, and for a field beside ``fields``.

    A path that ends with ``custom`` is for what is in that.
    """
    if len(text) > MAX_OBJECT_FILTER:
        _refuse(f"It has {MAX_OBJECT_FILTER:,} characters at most")
    return _Reader(text, fields).read()


def value_at(values: Mapping[str, Any], path: Path) -> Any:
    """Return the value at a path; None if there is none."""
    found: Any = values
    for step in path:
        if not isinstance(found, Mapping):
            return None
        found = found.get(step)
    return found


def _refuse(message: str) -> NoReturn:
    refuse_input(message, "filter", "query")


class _Reader:
    """Reads a filter from left to right."""

    def __init__(self, text: str, fields: frozenset[Path]) -> None:
        self._fields = fields
        self._tokens = _tokens(text)
        self._at = self._depth = 0

    def read(self) -> Condition:
        """The whole."""
        found = self._any()
        if self._at < len(self._tokens):
            _refuse(f"`{self._tokens[self._at][1]}` is not expected here")
        return found

    def _next(self, *signs: str) -> str:
        """Return the next word or sign, which is one of these; it stays where it is for another."""
        if self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            found = text.upper() if kind == "word" else text
            if kind in ("word", "sign") and found in signs:
                self._at += 1
                return found
        return ""

    def _take(self, kind: str, what: str) -> str:
        found, text = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        if found != kind:
            _refuse(f"{what} is expected" + (f", not `{text}`" if text else " at the end"))
        self._at += 1
        return text

    def _any(self) -> Condition:
        found = [self._all()]
        while self._next("||"):
            found.append(self._all())
        return found[0] if len(found) == 1 else lambda values: any(one(values) for one in found)

    def _all(self) -> Condition:
        found = [self._single()]
        while self._next("&&"):
            found.append(self._single())
        return found[0] if len(found) == 1 else lambda values: all(one(values) for one in found)

    def _single(self) -> Condition:
        self._depth += 1
        if self._depth > MAX_OBJECT_FILTER_DEPTH:
            _refuse(f"It is nested deeper than {MAX_OBJECT_FILTER_DEPTH} levels")
        if self._next("!"):
            negated = self._single()
            found: Condition = lambda values: not negated(values)  # noqa: E731
        elif self._next("("):
            found = self._any()
            if not self._next(")"):
                _refuse("`)` is missing")
        else:
            found = self._relation()
        self._depth -= 1
        return found

    def _relation(self) -> Condition:
        path = self._path()
        sign = self._next(*_RELATIONS)
        if not sign:
            _refuse(f"One of {', '.join(_RELATIONS)} is expected after `{'.'.join(path)}`")
        value = self._value()
        if sign in ("LIKE", "CONTAINS"):
            if not isinstance(value, str):
                _refuse(f"A string is expected after {sign}")
            parts = pattern_parts(value) if sign == "LIKE" else ("", fold(value), "")
            return lambda values: (
                isinstance(text := value_at(values, path), str) and like(text, parts)
            )
        return lambda values: _holds(value_at(values, path), sign, value)

    def _path(self) -> Path:
        steps = [self._step() if self._next("[") else self._take("word", "The name of a field")]
        while sign := self._next(".", "["):
            steps.append(self._step() if sign == "[" else self._take("word", "A name"))
        # That `custom` itself can be compared is unverified.
        known = tuple(steps[: steps.index("custom") + 1] if "custom" in steps[:-1] else steps)
        if known not in self._fields or steps[-1:] == ["custom"] == list(known[-1:]):
            _refuse(f"The emulator doesn't filter by `{'.'.join(steps)}`")
        return tuple(steps)

    def _step(self) -> str:
        step = _unquote(self._take("string", "A name in quotes"))
        if not self._next("]"):
            _refuse("`]` is missing")
        return step

    def _value(self) -> Any:
        kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("", "the end")
        self._at += 1
        if kind == "string":
            return _unquote(text)
        if kind == "number":
            return float(text) if any(letter in text for letter in ".eE") else int(text)
        if kind == "word" and text.lower() in _CONSTANTS:
            return _CONSTANTS[text.lower()]
        _refuse(f"A string in quotes, a number, true, false or null is expected, not `{text}`")


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    end = len(text.rstrip())
    while at < end:
        token = _TOKEN.match(text, at)
        if token is None:
            _refuse(f"`{text[at:].strip()[:20]}` can't be read")
        kind = str(token.lastgroup)
        found.append((kind, token[kind]))
        at = token.end()
    return found


def _unquote(text: str) -> str:
    """Return a string without its quotes. A backslash without a meaning stays: LIKE reads it."""

    def meant(found: re.Match[str]) -> str:
        letter = found[1]
        if len(letter) > 1:
            return chr(int(letter[1:], 16))
        return letter if letter in "\"'\\/" else _ESCAPES.get(letter, found[0])

    found = re.sub(r"\\(u[0-9a-fA-F]{4}|.)", meant, text[1:-1], flags=re.DOTALL)
    # Two halves of a pair are one character; one alone is not.
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _holds(found: Any, sign: str, value: Any) -> bool:
    is_same_kind = _kind(found) == _kind(value)
    if sign == "==":
        return is_same_kind and bool(found == value)
    if sign == "!=":
        return not is_same_kind or bool(found != value)
    return is_same_kind and _kind(value) in ("text", "number") and bool(_ORDERS[sign](found, value))


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "null" if value is None else "other"
