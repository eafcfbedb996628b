"""Expressions that choose a value: ``?:``, ``if``, ``||``, ``when``, ``match`` and ``switch``."""

from __future__ import annotations

from typing import Final

from pnfilter.extraction.code import Code, SourceRange

#: Each language's word for a value per case, and the token between a case and its value.
_WORDS: Final = {
    "C#": ("switch", "=>"),
    "Dart": ("switch", "=>"),
    "Java": ("switch", "->"),
    "Kotlin": ("when", "->"),
    "PHP": ("match", "=>"),
    "Rust": ("match", "=>"),
    "Scala": ("match", "=>"),
    "Swift": ("switch", ":"),
}
#: Languages in which the word follows what is compared.
_AFTER_SUBJECT: Final = frozenset({"C#", "Scala"})


def branches(code: Code, start: int, end: int) -> list[SourceRange] | None:
    """Return the alternatives of a choice.

    ``a ? b : c``, ``b if a else c``, ``a || b``, ``when`` and the like.
    """
    chosen = _cases(code, start, end)
    if chosen is not None:
        return chosen
    if code.name(start) == "if":
        return _if_else(code, start, end)
    words = code.split(start, end, "if", "unless", "for")
    if len(words) > 1:
        otherwise = code.split(words[0][1] + 1, end, "else")
        return [words[0], *otherwise[1:]]
    chosen = code.split(start, end, "?")
    if len(chosen) > 1:
        rest = code.split(chosen[0][1] + 1, end, ":")
        if len(rest) > 1:
            return [rest[0], (rest[0][1] + 1, end)]
        return [chosen[0]]
    for operators, last in (("|| or", False), ("?? ?:", False), ("&& and", True)):
        parts = code.split(start, end, *operators.split())
        if len(parts) > 1:
            return parts[-1:] if last else parts
    return None


def _if_else(code: Code, start: int, end: int) -> list[SourceRange]:
    parts = code.split(start + 1, end, "else")
    found = []
    for number, (first, last) in enumerate(parts):
        if number == 0 and code.op(first) == "(":
            first = code.after(first)
        if code.op(last - 1) == "}":
            first, last = _last_of(code, code.partners.get(last - 1, first) + 1, last - 1)
        found.append((first, last))
    return found


def _cases(code: Code, start: int, end: int) -> list[SourceRange] | None:
    """Return the values of an expression's cases; None for another expression."""
    if code.language.name == "Kotlin" and code.name(start) == "try" and code.op(start + 1) == "{":
        return _try_values(code, start + 1)
    word, arrow = _WORDS.get(code.language.name, ("", ""))
    place = start
    if code.language.name in _AFTER_SUBJECT:
        place = next((first - 1 for first, _ in code.split(start, end, word)[1:]), start)
        if len(code.split(start, place, *code.language.concatenation, "?", "??", ":")) > 1:
            return None
    if not word or code.name(place) != word:
        return None
    block = place + 1
    while block < end and code.op(block) != "{":
        block = code.after(block)
    if code.partners.get(block) != end - 1:
        return None
    found: list[SourceRange] = []
    index = block + 1
    while index < end - 1:
        if code.op(index) == arrow:
            found.append(_value(code, index + 1, end - 1))
            index = found[-1][1]
        index = code.after(index)
    return found


def _try_values(code: Code, block: int) -> list[SourceRange]:
    """Return the values of ``try { … } catch (e: E) { … }``."""
    found = [_value(code, block, block)]
    index = code.after(block)
    while code.name(index) == "catch" and code.op(index + 1) == "(":
        block = code.after(index + 1)
        found.append(_value(code, block, block))
        index = code.after(block)
    return found


def _value(code: Code, start: int, end: int) -> SourceRange:
    """Return the value of a case: an expression, or a block that ends with one."""
    if code.op(start) == "{":
        return _last_of(code, start + 1, code.after(start) - 1)
    return start, min(end, code.end_of(start))


def _last_of(code: Code, start: int, end: int) -> SourceRange:
    """Return the last statement of a block, without its ``return`` or similar word."""
    stop = min(end, code.end_of(start))
    while start < stop < end:
        following = stop + 1 if code.op(stop) in (";", ",") else stop
        if following >= end:
            break
        start, stop = following, min(end, code.end_of(following))
    if code.name(start) == "yield":
        start += 1
    return start, stop
