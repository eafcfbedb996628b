"""Where a name of a program gets a value: assignments, types, several names at once."""

from __future__ import annotations

from typing import Final, Protocol

from pnfilter.extraction.dataflow import Definition, Tokens
from pnfilter.extraction.vocabulary import ADDS, WRITES

_ASSIGNING: Final = frozenset({"=", ":=", "=>"})
_CHANGING: Final = frozenset({"+=", ".=", "<<"})
#: Languages in which several names get values at once, the names of one statement, and what is
#: behind one.
_WITH_TUPLES: Final = frozenset({"Python", "Ruby", "Go"})
_MAX_NAMES: Final = 10
_UNPACKING: Final = frozenset({",", "=", ":=", ")"})
#: Types of Go that are empty without a value.
_BUILDERS: Final = frozenset({"Builder", "Buffer"})
#: Tokens between a name and its ``=``: its type.
_MAX_TYPE: Final = 8


class Statements(Tokens, Protocol):
    """The tokens of a file, and the expressions in them (``code.Code``)."""

    def is_text(self, index: int) -> bool: ...
    def puts_in(self, index: int) -> bool: ...
    def arguments(self, opening: int) -> list[tuple[int, int]]: ...
    def places_between(self, name: str, first: int, last: int) -> list[int]: ...


def definition_at(code: Statements, index: int) -> Definition | None:
    """Return the value that a name gets where it is; None if it gets none there."""
    following = code.op(index + 1)
    named_argument = (
        code.op(code.around[index]) == "(" and following != ":=" and code.language.name != "Go"
    )
    if following in (",", "]") and code.language.regex:
        taken = _taken_from_list(code, index)
        if taken is not None:
            return taken
    if following in _UNPACKING and code.language.name in _WITH_TUPLES:
        unpacked = _unpacked(code, index)
        if unpacked is not None:
            return unpacked
    if following == "=" and is_destructured(code, index):
        return None
    if code.language.name == "Kotlin" and code.name(index - 1) in ("val", "var"):
        got = _getter(code, index)
        if got is not None:
            return got
    if following in _ASSIGNING and not named_argument and not _is_type(code, index):
        arrow = following == "=>"
        if arrow and code.language.name not in ("C#", "Dart"):
            return None
        return _assignment(code, index)
    if following in _CHANGING and (following != "<<" or code.is_text(index + 2)):
        return Definition(index, index + 2, code.end_of(index + 2), adds=True)
    if code.language.name in ("Go", "Rust"):
        if code.name(index - 1) == "var" and code.name(index + 3) in _BUILDERS:
            return Definition(index, index + 1, index + 4)
        opening = index - 1
        while code.op(opening) == "&" or code.name(opening) == "mut":
            opening -= 1
        if code.op(opening) == "(" and code.name(opening - 1).rstrip("!") in WRITES:
            return Definition(index, opening - 1, code.after(opening), adds=True)
    if following == "." and code.name(index + 2) in ADDS:
        return Definition(index, index + 2, code.end_of(index + 2), adds=True)
    if code.puts_in(index):
        return None
    if following == "[" and code.op(code.after(index + 1)) == "=":
        value = code.after(index + 1) + 1
        return Definition(index, value, code.end_of(value))
    if following == ":" and code.language.name == "Swift" and code.name(index - 1) == "var":
        computed = _computed(code, index)
        if computed is not None:
            return computed
    if following == ":" and not _begins_block(code, index + 1):
        typed = _typed_value(code, index + 2)
        if typed is not None:
            return Definition(index, typed, code.end_of(typed))
        if code.is_text(index + 2):
            return Definition(index, index + 2, code.end_of(index + 2), key=True)
    if code.name(index - 1) == "define" and code.op(index - 2) == "#":
        return Definition(index, index + 1, code.end_of(index + 1, one_line=True))
    return None


def is_destructured(code: Statements, index: int) -> bool:
    """Return whether a name of JavaScript is one of a pattern: ``({ name = "…" }) => …``."""
    around = code.around[index]
    return (
        code.language.regex
        and code.op(around) == "{"
        and code.op(index - 1) in ("{", ",")
        and (code.op(around - 1) in ("(", ",") or code.name(around - 1) in ("const", "let", "var"))
    )


def _getter(code: Statements, index: int) -> Definition | None:
    """Return the value of a property of Kotlin that is computed: ``val a: T get() = …``."""
    getter = next(
        (each for each in range(index + 1, index + 1 + _MAX_TYPE) if code.name(each) == "get"),
        index,
    )
    start = getter + 4
    if getter == index or code.op(getter + 1) != "(" or code.op(start - 1) != "=":
        return None
    return Definition(index, start, code.end_of(start))


def _computed(code: Statements, index: int) -> Definition | None:
    """Return the value of a property of Swift that is one expression: ``var a: T { … }``."""
    places = range(index + 2, index + 2 + _MAX_TYPE)
    block = next((each for each in places if code.op(each) in ("=", "{")), index)
    closing = code.partners.get(block, 0)
    if code.op(block) != "{" or code.end_of(block + 1) < closing:
        return None
    return Definition(index, block + 1, closing)


def _taken_from_list(code: Statements, index: int) -> Definition | None:
    """Return the value that a name gets from a list: ``const [a, setA] = useState("…")``."""
    opening = code.around[index]
    sign = code.after(opening)
    if opening < 0 or code.op(opening) != "[" or code.op(sign) != "=":
        return None
    if code.name(opening - 1) not in ("const", "let", "var"):
        return None
    # Of a call only the first is its value.
    number = next((each for each in range(_MAX_NAMES) if opening + 1 + 2 * each == index), -1)
    if code.op(sign + 1) == "[":
        values = code.arguments(sign + 1)
        return Definition(index, *values[number]) if 0 <= number < len(values) else None
    return Definition(index, sign + 1, code.end_of(sign + 1)) if number == 0 else None


def _unpacked(code: Statements, index: int) -> Definition | None:
    """Return the value that one of several names gets: ``a, b = "…", "…"``."""
    first, last, number = index, index, 0
    while first - 2 >= 0 and code.op(first - 1) == "," and code.name(first - 2):
        first -= 2
        number += 1
        if number > _MAX_NAMES:
            return None
    while code.op(last + 1) == "," and code.name(last + 2) and last - index <= 2 * _MAX_NAMES:
        last += 2
    sign = last + 1 + (code.op(first - 1) == "(" and code.op(last + 1) == ")")
    begins = first if code.op(first - 1) != "(" else first - 1
    if last == first or begins not in code.firsts | {0} or code.op(sign) not in ("=", ":="):
        return None
    if code.op(sign + 1) == "(" and code.op(code.after(sign + 1)) != ",":
        values = code.arguments(sign + 1)
        return Definition(index, *values[number]) if number < len(values) else None
    start = sign + 1
    for _ in range(number):
        start = code.end_of(start) + 1
        if code.op(start - 1) != ",":
            # One value for all of them.
            return Definition(index, sign, sign)
    end = code.end_of(start)
    is_only = number == 0 and code.op(end) != ","
    return Definition(index, sign, sign) if is_only else Definition(index, start, end)


def _assignment(code: Statements, index: int) -> Definition | None:
    """Return the value that a name is given; ``a = a + "…"`` adds to the present one."""
    end = code.end_of(index + 2)
    if code.language.name == "Kotlin" and code.places_between("else", index + 2, end):
        # In `if (x) a = "…" else a = "…"` it isn't the value's own.
        first = code.split(index + 2, end, "if", "when", "try", "else", "?:")[0][1]
        if code.name(first) == "else" and code.name(index + 2) not in ("if", "when", "try"):
            end = first
    if (
        code.name(index + 2) == "append"
        and code.op(index + 3) == "("
        and code.name(index + 4) == code.tokens[index].value
    ):
        # Go: the list stays the same one, with more in it.
        return None
    if (
        code.name(index + 2) == code.tokens[index].value
        and code.op(index + 3) in code.language.concatenation
    ):
        return Definition(index, index + 4, end, adds=True)
    return Definition(index, index + 2, end)


def _begins_block(code: Statements, colon: int) -> bool:
    """Return whether a colon of Python ends the head of a block: ``match x:``."""
    return code.language.name == "Python" and (
        (colon + 1 in code.firsts and code.around[colon] < 0) or code.is_after_head(colon + 1)
    )


def _is_type(code: Statements, index: int) -> bool:
    """Return whether a name is the type of another: ``: String =``, ``: &str =``."""
    if code.tokens[index].value.startswith(("$", "@")):
        return False
    while code.op(index - 1) in ("&", "*", "."):
        index -= 2 if code.op(index - 1) == "." else 1
    # After a line end the colon begins a block, as in Python.
    return code.op(index - 1) == ":" and not (
        (code.language.newline_ends and index in code.firsts) or code.is_after_head(index)
    )


def _typed_value(code: Statements, start: int) -> int | None:
    """Return the value after a type: ``: String = …``."""
    depth = 0
    for index in range(start, min(start + _MAX_TYPE, len(code.tokens))):
        value = code.op(index)
        if value == "=":
            return index + 1
        depth += (value == "<") - (value == ">")
        if (value == "," and depth <= 0) or value in (";", ")", "}") or code.is_text(index):
            return None
    return None
