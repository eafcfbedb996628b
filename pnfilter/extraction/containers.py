"""Elements of maps and lists that a name holds: ``FILTERS[side]``, ``filters.get("east")``."""

from __future__ import annotations

from typing import Final

from pnfilter.extraction.code import OPENING, Code, SourceRange, simple_name

#: Methods that return an element.
GETTERS: Final = frozenset("get getValue fetch getOrDefault getOrElse at".split())
_OF_A_TYPE: Final = frozenset("< > . :: ! @ ? ,".split())
#: Words behind a value that only say its type.
_SAME: Final = frozenset({"as", "satisfies"})
#: Between a key and its value.
_SIGNS: Final = (":", "=>", "to", "->", "=")
#: Functions whose arguments are keys and values in turn, by the object that has them.
_IN_TURN: Final = "Map"
#: Tokens between the start of a value and its first bracket: a type, a function.
_MAX_HEAD: Final = 16


def elements(code: Code, reference: str, at: int, key: SourceRange) -> list[SourceRange] | None:
    """Return what an element of a name's map or list may be; None if the name holds neither.

    A key that is a text or a number chooses one, any other all.
    """
    name = simple_name(reference)
    chains = code.values(name[0], at, dotted=name[1]) if name else []
    # What is added to a text is not a map.
    if len(chains) != 1 or len(chains[0]) != 1:
        return None
    start, end = chains[0][0].start, chains[0][0].end
    opening = bracket_of(code, start, end)
    if opening < 0 or start <= at < end:
        return None
    pairs = pairs_in(code, opening)
    wanted = plain_key(code, *key)
    if wanted is None:
        return [value for _, value in pairs]
    return [value for each, value in pairs if each == wanted]


def bracket_of(code: Code, start: int, end: int) -> int:
    """Return the bracket round the elements of a value, or -1."""
    depth = 0
    for index in range(start, min(len(code.tokens), start + _MAX_HEAD)):
        if index >= end and depth <= 0 and code.op(index) not in OPENING:
            return -1
        depth += (code.op(index) == "<") - (code.op(index) == ">")
        if code.op(index) not in OPENING:
            if not (code.name(index) or code.op(index) in _OF_A_TYPE):
                return -1
            continue
        following = code.after(index)
        if index >= end:
            # A comma between the types of `new Map<K, V>(…)` ended the value.
            end = code.end_of(index)
        if following < end and code.op(following) == "{":
            # `new Dictionary<string, string>() { … }`
            return following
        if code.language.name == "Go" and code.op(index) == "[":
            # `map[string]string{ … }`, `[]string{ … }`
            places = range(following, min(end, following + 4))
            literal = next((each for each in places if code.op(each) == "{"), -1)
            if code.name(literal - 1) == "struct":
                # `[]struct{ … }{ … }`
                literal = code.after(literal)
            return literal if code.op(literal) == "{" else -1
        inner = index + 1
        is_wrapped = code.op(index) == "(" and code.op(inner) in OPENING
        if is_wrapped and code.after(inner) == following - 1:
            # `new Map([ … ])`
            return inner
        # Anything else behind it makes something else of it.
        is_same = code.name(following) in _SAME or code.name(following + 1) == "freeze"
        return index if following >= end or is_same else -1
    return -1


def pairs_in(code: Code, opening: int) -> list[tuple[str | None, SourceRange]]:
    """Return the keys, None for unknown ones, and the values in a bracket."""
    parts = code.arguments(opening)
    if code.name(opening - 1) == "of" and code.name(opening - 3) == _IN_TURN:
        turns = zip(parts[::2], parts[1::2], strict=False)
        return [(plain_key(code, *key), value) for key, value in turns]
    pairs: list[tuple[str | None, SourceRange]] = []
    for number, (start, end) in enumerate(parts):
        if code.op(start) == "[" and code.op(code.after(start)) == "=":
            # As in C#, where the key is in brackets.
            closing = code.after(start)
            pairs.append((plain_key(code, start + 1, closing - 1), (closing + 1, end)))
            continue
        inner = start
        while inner < end and (code.name(inner) in ("Map", "entry") or code.op(inner) == "."):
            inner += 1
        if code.op(inner) in OPENING and code.after(inner) == end:
            both = code.arguments(inner)
            if len(both) == 2:
                pairs.append((plain_key(code, *both[0]), both[1]))
                continue
        sides = code.split(start, end, *_SIGNS)
        if len(sides) > 1:
            pairs.append((plain_key(code, *sides[0]), (sides[1][0], end)))
        else:
            pairs.append((str(number), (start, end)))
    return pairs


def plain_key(code: Code, start: int, end: int) -> str | None:
    """Return a key that is a text, a name or a number; None for any other expression.

    A Ruby symbol is its name, as a key before a colon is.
    """
    if code.op(start) == ":" and code.language.name == "Ruby":
        start += 1
        return code.name(start) if end - start == 1 else None
    token = code.tokens[start]
    if end - start != 1 or token.kind not in ("text", "number"):
        return _name_before_sign(code, start, end)
    return token.value if not any(each.hole for each in token.segments) else None


def _name_before_sign(code: Code, start: int, end: int) -> str | None:
    """Return the name of a key that needs no quotes: ``{east: "…"}``."""
    is_key = end - start == 1 and code.op(end) in (":", "=")
    return code.name(start) or None if is_key else None
