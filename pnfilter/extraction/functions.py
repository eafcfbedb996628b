"""What the functions of a file return, judging by their first lines and their brackets."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from typing import Final

from pnfilter.extraction.code import CLOSING, OPENING, Code, SourceRange

#: Tokens of a function's return type, and return expressions that are examined.
_MAX_TYPE: Final = 12
MAX_RETURNED: Final = 8
_OF_A_TYPE: Final = frozenset(": -> < > ? . , & * [ ] :: ! '".split())
#: Languages in which the last expression of a body is its value.
_LAST_IS_VALUE: Final = frozenset({"Ruby", "Rust", "Swift", "Scala", "Groovy"})
#: Those of them in which it is, whatever else the body returns.
_ALSO_LAST: Final = _LAST_IS_VALUE - {"Swift"}
#: Words of Ruby that begin another branch.
_OTHERWISE: Final = frozenset("else elsif when in rescue ensure".split())
#: Words for the object that a method belongs to.
_OWNERS: Final = frozenset("this self cls super static".split())
_DECLARING: Final = frozenset("fun func fn def".split())
#: Words before the parameters of a function without a name.
_LAMBDAS: Final = frozenset("function fn func fun".split())
#: Languages in which ``i -> x`` is a function: in others it is a member of an object.
_WITH_THIN_ARROWS: Final = frozenset({"Java", "Groovy"})


def returns_of_call(code: Code, opening: int) -> list[SourceRange]:
    """Return the return expressions of a called function, if it is in the file."""
    name = code.name(opening - 1)
    if code.op(opening - 2) in (".", "->", "::", "?."):
        owner = code.name(opening - 3)
        if owner.lstrip("$") not in _OWNERS and not owner[:1].isupper():
            return []
    name = name.lstrip("$@")
    if name not in code.returned:
        places = code.places(name)
        code.bounds.spend(len(places))
        parts = (part for index in places for part in _of_function(code, index))
        code.returned[name] = list(islice(parts, MAX_RETURNED + 1))
    found = code.returned[name]
    if len(found) > MAX_RETURNED:
        code.note_ways(opening)
    return found[:MAX_RETURNED]


def returns_of_lambda(code: Code, start: int, end: int) -> list[SourceRange]:
    """Return the return expressions of a function without a name; none for anything else.

    ``i => x``, ``(i) => { return x }``, ``i -> x``, ``lambda i: x``, ``fn($i) => x``,
    ``function (i) { return x }``.
    """
    if code.name(start) in ("async", "static"):
        start += 1
    if code.op(start) == "|" and code.language.name == "Rust":
        head = code.split(start + 1, end, "|")[0]
        return [(head[1] + 1, end)] if head[1] + 1 < end else []
    if code.name(start) == "lambda":
        head = code.split(start, end, ":")[0]
        return [(head[1] + 1, end)] if head[1] < end else []
    arrows = ("=>", "->") if code.language.name in _WITH_THIN_ARROWS else ("=>",)
    if code.name(start) and code.op(start + 1) in arrows:
        opening, after = start, start + 2
        if code.op(after) != "{":
            return [(after, end)] if after < end else []
    else:
        opening = start + (code.name(start) in _LAMBDAS)
        if code.op(opening) != "(" or code.after(opening) >= end:
            return []
    after = code.after(opening)
    if "->" in arrows and code.op(after) == "->" and code.op(after + 1) != "{":
        return [(after + 1, end)] if after + 1 < end else []
    found = islice(_of_signature(code, opening, arrow=True), MAX_RETURNED)
    return [(first, min(last, end)) for first, last in found if first < end]


def returns_of_block(code: Code, opening: int) -> list[SourceRange]:
    """Return what a block in braces returns; none for one of several statements.

    ``{ x }``, ``{ i -> x }``, ``{ i in x }``, ``{ |i| x }``.
    """
    start, end = opening + 1, code.partners.get(opening, opening)
    head = range(start, min(end, start + _MAX_TYPE))
    if code.op(start) == "|":
        start = next((index + 1 for index in head[1:] if code.op(index) == "|"), start)
    elif code.language.name == "Swift" and any(code.name(index) == "in" for index in head):
        start = next(index + 1 for index in head if code.name(index) == "in")
    elif code.name(start) and (code.op(start + 1) == "->" or code.name(start + 1) == "in"):
        start += 2
    if code.name(start) == "return":
        start += 1
    return [(start, end)] if start < end and code.end_of(start) >= end else []


def _of_function(code: Code, index: int) -> Iterator[SourceRange]:
    """Return those of the function whose name is there, if it is defined there."""
    language = code.language.name
    if language in ("Python", "Ruby"):
        if code.name(index - 1) == "def":
            yield from _of_indented(code, index)
        elif code.op(index + 1) == "=" and code.name(index + 2) == "lambda":
            yield from returns_of_lambda(code, index + 2, code.end_of(index + 2))
        return
    if code.op(index + 1) in ("=", ":"):
        start = index + 2
        if code.name(start) == "async":
            start += 1
        if code.name(start) == "function":
            start = _bracket(code, start)
        yield from _of_signature(code, start, arrow=True)
    elif code.op(index + 1) == "(":
        yield from _of_signature(code, index + 1, arrow=language in ("C#", "Dart"))


def _bracket(code: Code, start: int) -> int:
    """Return the first parenthesis after a word, and perhaps a name."""
    return next((index for index in range(start, start + 3) if code.op(index) == "("), start)


def _of_signature(code: Code, opening: int, *, arrow: bool) -> Iterator[SourceRange]:
    """Return those of a function whose parameters are there: of a body, or an expression."""
    declared = code.name(opening - 2) in _DECLARING or code.op(opening - 2) == ")"
    after = code.after(opening)
    for index in range(after, min(after + _MAX_TYPE, len(code.tokens))):
        sign = code.op(index)
        if sign == "{":
            yield from _of_body(code, index + 1, code.partners.get(index, index))
            return
        if sign == "=>" and code.op(index + 1) == "{":
            continue
        if (sign == "=>" and arrow) or (sign == "=" and declared):
            yield index + 1, code.end_of(index + 1)
            return
        if not (code.name(index) or sign in _OF_A_TYPE):
            return


def _of_indented(code: Code, index: int) -> Iterator[SourceRange]:
    """Return those of a function with an indented body."""
    margin = code.column(index - 1)
    start = code.after(index + 1) if code.op(index + 1) in OPENING else index + 1
    number = first = bisect_left(code.lines, start)
    while number < len(code.lines) and code.column(code.lines[number]) > margin:
        number += 1
    code.bounds.spend(number - first)
    end = code.lines[number] if number < len(code.lines) else len(code.tokens)
    yield from _of_body(code, start, end)


def _of_body(code: Code, start: int, end: int) -> Iterator[SourceRange]:
    places = code.places_between("return", start, end)
    for index in places:
        if code.function_of(index) >= start or _is_of_lambda(code, index):
            continue
        if index + 1 < end and index + 1 not in code.firsts:
            yield index + 1, min(end, code.end_of(index + 1))
    if code.language.name == "Ruby":
        yield from _last_of_ruby(code, start, end, MAX_RETURNED)
    elif code.language.name in (_ALSO_LAST if places else _LAST_IS_VALUE):
        last = end - 1
        while last > start and (last not in code.firsts or code.op(last) in CLOSING):
            last = code.partners[last] if code.partners.get(last, end) < last else last - 1
            code.bounds.spend(1)
        if last < end and code.name(last) not in ("return", "let") and code.op(end - 1) != ";":
            yield last, end


def _last_of_ruby(code: Code, start: int, end: int, most: int) -> Iterator[SourceRange]:
    """Yield the last expression of some lines of Ruby; of a condition, that of each branch."""
    lines = code.lines
    first, number = bisect_left(lines, start), bisect_left(lines, end) - 1
    if number < first or most <= 0:
        return
    line = lines[number]
    if code.name(line) != "end":
        if code.name(line) != "return":
            yield line, min(end, code.end_of(line))
        return
    margin = code.column(line)
    while number > first:
        branch_end = lines[number]
        number -= 1
        while number > first and code.column(lines[number]) > margin:
            number -= 1
        code.bounds.spend(1)
        if number + 1 < len(lines) and lines[number + 1] < branch_end:
            yield from _last_of_ruby(code, lines[number + 1], branch_end, most - 1)
        if code.name(lines[number]) not in _OTHERWISE:
            return


def _is_of_lambda(code: Code, index: int) -> bool:
    """Return whether a token is in ``lambda { … }`` of Ruby, which returns from itself."""
    around = code.around[index]
    return code.language.name == "Ruby" and (
        code.op(around) == "{"
        and (code.name(around - 1) == "lambda" or code.op(around - 1) == "->")
    )
