"""What a name holds in a loop over a list of the file, or as a parameter with a default."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from pnfilter.extraction.code import Code, SourceRange
from pnfilter.extraction.containers import bracket_of, pairs_in, plain_key
from pnfilter.extraction.dataflow import Binding, Definition, Loop
from pnfilter.extraction.definitions import is_destructured

#: Places of a name that are looked at, the nearest first, and tokens of a head or a type.
_MAX_PLACES: Final = 60
_MAX_HEAD: Final = 40
_MAX_TYPE: Final = 8
#: Fields of a type of Go.
_MAX_FIELDS: Final = 100
#: Between the parameters of a function and its body.
_OF_A_TYPE: Final = frozenset(": -> < > ? . , & * [ ] :: ! '".split())
_LOOPS: Final = frozenset({"for", "foreach"})
#: Words of a head before a name, which declare it.
_DECLARING: Final = frozenset("const let var val final auto await".split())
_CONDITIONS: Final = frozenset(
    "if while switch elseif when for foreach catch guard with using lock synchronized".split()
)
#: Functions whose arguments are the elements of a list.
_LISTING: Final = frozenset(
    """listOf mutableListOf arrayOf setOf of asList List Array array list tuple set Set vec
    arrayListOf""".split()
)
#: Methods that call a function for each element.
_EACH: Final = frozenset("forEach each map for_each flatMap onEach".split())
#: Calls that return their list, or its values.
_SAME: Final = frozenset("iter into_iter values entries enumerate withIndex Values clone".split())
#: Words before the parameters of a function.
_FUNCTION_WORDS: Final = frozenset("func fun def function fn class".split())
#: Languages in which a block may follow the arguments of a call.
_BLOCKS_AFTER_CALLS: Final = frozenset("Swift Kotlin Groovy Scala Ruby Dart".split())


def bound_values(
    code: Code, start: int, after: int, key: SourceRange | None = None
) -> list[SourceRange] | None:
    """Return what a name, or a field of it, may be at a token; None if nothing here binds it.

    ``start`` is its first token, ``after`` the one behind its last. A loop's name is one element of
    the list; without any that is known there is no value. ``key`` is one behind the name, in
    brackets: ``each["filter"]``.
    """
    name = code.name(start).lstrip("$@")
    fields = [code.name(index) for index in range(start + 2, after, 2)]
    if key is not None:
        fields.append(plain_key(code, *key) or "")
    if not name or len(fields) > 1 or name in ("this", "self"):
        return None
    known = _bindings(code, name)
    number = bisect_left(known, start, key=lambda each: each.place)
    for each in reversed(known[max(0, number - _MAX_PLACES) : number]):
        code.bounds.spend(1)
        if not each.first <= start < each.last:
            continue
        if each.value[0] <= start < each.value[1] or code.is_given(name, each.value[1], start):
            return None
        if each.loop is not None:
            return list(_of_elements(code, each.loop, fields))
        if fields:
            return None
        if each.value[0] < each.value[1]:
            return [each.value]
        return list(_given(code, name, each.place)) or None
    return None


def values_of(code: Code, name: str, at: int, *, dotted: bool) -> list[list[Definition]]:
    """Return a name's possible values as ``code.values``, without defaults of other functions."""
    chains = code.values(name, at, dotted=dotted)
    if dotted or not chains or not _bindings(code, name):
        return chains
    return [chain for chain in chains if _is_own(code, name, chain[0].at, at)]


def is_default(code: Code, name: str, place: int) -> bool:
    """Return whether a token is that of a parameter with a default: it may have other values."""
    found = _at(code, name, place)
    return found is not None and found.loop is None and found.value[0] < found.value[1]


def _is_own(code: Code, name: str, place: int, at: int) -> bool:
    """Return whether a value is not the default of a parameter of another function."""
    found = _at(code, name, place)
    return found is None or found.first <= at < found.last


def _at(code: Code, name: str, place: int) -> Binding | None:
    """Return what a token binds, which is one of a name; None if it binds nothing."""
    known = _bindings(code, name)
    number = bisect_left(known, place, key=lambda each: each.place)
    return known[number] if number < len(known) and known[number].place == place else None


def _bindings(code: Code, name: str) -> list[Binding]:
    """Return where a name is that of a loop, or of a parameter with a default."""
    known = code.bound.get(name)
    if known is None:
        places = code.places(name)
        code.bounds.spend(len(places))
        found = (_binding(code, place) for place in places)
        known = code.bound[name] = [each for each in found if each is not None]
    return known


def _binding(code: Code, place: int) -> Binding | None:
    """Return what a token binds; None if it binds nothing."""
    loop = _loop(code, place)
    if loop is not None:
        return Binding(place, place + 1, loop.last, loop, (loop.start, loop.end))
    default = _default(code, place)
    if default is None:
        if not _is_parameter(code, place):
            return None
        default = (place, place)
    first, last = _covered(code, place)
    return Binding(place, first, last, None, default)


def _loop(code: Code, place: int) -> Loop | None:
    """Return the loop whose name a token is; None for any other token."""
    first, part = _start_of_names(code, place)
    before = code.name(first - 1)
    if code.language.name in ("Java", "C#", "Dart", "C and C++"):
        # `for (String each : all)`
        while first > 0 and (
            code.name(first - 1) or code.op(first - 1) in ("<", ">", "?", "&", "*")
        ):
            if code.name(first - 1) in _LOOPS:
                return None
            first -= 1
    elif before in _DECLARING:
        first -= 1
    if code.op(first - 1) == "(" and code.name(first - 2) in (*_LOOPS, "await"):
        return _of_head(code, place, first - 1, part)
    if code.name(first - 1) == "for":
        return _without_brackets(code, place, first - 1, part)
    if code.language.name == "PHP" and before == "as":
        opening = code.around[place]
        is_loop = code.op(opening) == "(" and code.name(opening - 1) == "foreach"
        return _scoped(code, opening, opening + 1, first - 1, part) if is_loop else None
    if code.language.name == "PHP" and code.op(first - 1) == "=>" and code.name(first - 3) == "as":
        opening = code.around[place]
        return _scoped(code, opening, opening + 1, first - 3, None)
    return _of_function(code, place, part)


def _start_of_names(code: Code, place: int) -> tuple[int, int | str | None]:
    """Return the first token of the names that a loop sets, and which of these a name is."""
    around = code.around[place]
    pattern = around if code.op(around) in ("{", "[") else -1
    if code.op(around) == "(" and code.language.name in ("Python", "Swift", "Kotlin", "Rust"):
        pattern = around
    word = code.name(pattern - 1)
    # `for (a in all)` of Kotlin is no pattern.
    is_loop = word in _LOOPS and not (code.op(pattern) == "(" and code.language.name == "Kotlin")
    if pattern >= 0 and (is_loop or word in _DECLARING or code.op(pattern - 1) == "("):
        if code.op(pattern) == "{":
            key = code.name(place - 2) if code.op(place - 1) == ":" else code.name(place)
            return pattern, key
        names = [start for start, _ in code.arguments(pattern)]
        return pattern, names.index(place) if place in names else None
    first, number = place, 0
    while code.op(first - 1) == "," and code.name(first - 2) and number < _MAX_TYPE:
        first -= 2
        number += 1
    several = number > 0 or (code.op(place + 1) == "," and code.name(place + 2) != "")
    return first, number if several else None


def _of_head(code: Code, place: int, opening: int, part: int | str | None) -> Loop | None:
    """Return the loop with a head in parentheses: ``for (const each of all)``."""
    closing = code.partners.get(opening, opening)
    for sign in range(place + 1, min(closing, place + _MAX_TYPE)):
        if code.name(sign) in ("of", "in") or code.op(sign) == ":":
            return _scoped(code, opening, sign + 1, closing, part)
        if not (code.name(sign) or code.op(sign) in (",", "]", "}", ")")):
            return None
    return None


def _scoped(code: Code, opening: int, start: int, end: int, part: int | str | None) -> Loop | None:
    """Return a loop over some tokens whose body follows the head's parentheses."""
    body = code.after(opening)
    last = code.after(body) if code.op(body) == "{" else code.end_of(body)
    return Loop(start, end, part, last) if end > start else None


def _without_brackets(code: Code, place: int, word: int, part: int | str | None) -> Loop | None:
    """Return the loop of Python, Go, Swift or Rust: ``for each in all:``."""
    sign = next(
        (
            index
            for index in range(place + 1, min(len(code.tokens), place + 2 * _MAX_TYPE))
            if code.name(index) in ("in", "range")
        ),
        -1,
    )
    if sign < 0:
        return None
    start = sign + 1
    if code.language.name in ("Python", "Ruby"):
        if code.around[word] >= 0:
            # In brackets it is a list that is made of another.
            return None
        end = code.split(start, code.end_of(start), ":")[0][1]
        return Loop(start, end, _without_number(code, start, part), _end_of_lines(code, word))
    if code.language.name == "Go":
        # The first of two names is the position.
        part = -1 if part in (0, None) else None
    body, index = -1, start
    while index < len(code.tokens) and index < start + _MAX_HEAD and index not in code.firsts:
        body = index if code.op(index) == "{" else body
        index = code.after(index)
    if body <= start:
        return None
    return Loop(start, body, part, code.after(body))


def _without_number(code: Code, start: int, part: int | str | None) -> int | str | None:
    """Return the part of an element, where ``enumerate`` puts a number before it."""
    if code.name(start) != "enumerate":
        return part
    return None if part == 1 else -1


def _end_of_lines(code: Code, word: int) -> int:
    """Return the token behind the lines that are indented under that of a token."""
    lines = code.lines
    column = code.column(word)
    first = low = bisect_left(lines, word + 1)
    while low < len(lines) and code.column(lines[low]) > column:
        low += 1
    code.bounds.spend(low - first)
    return lines[low] if low < len(lines) else len(code.tokens)


def _of_function(code: Code, place: int, part: int | str | None) -> Loop | None:
    """Return the loop of a function for each element: ``all.forEach((each) => …)``."""
    first, _ = _start_of_names(code, place)
    bar = code.op(first - 1) == "|"
    opening = first - 1 - bar
    if bar and code.name(opening) == "do":
        # `all.each do |each|`
        method, last = opening - 1, _end_of_lines(code, code.first_in_line(opening))
    else:
        if code.op(opening) == "(" and code.op(code.after(opening)) in ("=>", "{"):
            # The parameters of the function: `(each) =>`, `function (each) {`.
            part = None if part == 0 else part
            opening -= 1 + (code.name(opening - 1) in ("function", "async"))
        elif code.op(opening) == "(" and code.op(place + 1) != "=>":
            return None
        method, last = opening - 1, code.after(opening)
    if code.op(opening) not in ("(", "{") and code.name(opening) != "do":
        return None
    if code.name(method) not in _EACH or code.op(method - 1) not in (".", "?."):
        return None
    return Loop(_start_of_value(code, method - 2), method - 1, part, last)


def _start_of_value(code: Code, index: int) -> int:
    """Return the first token of a name, a call or a list, from its last one."""
    for _ in range(_MAX_HEAD):
        index = code.partners.get(index, index)
        if code.op(index) in ("(", "{") and code.name(index - 1):
            index -= 1
        if code.op(index - 1) not in (".", "?."):
            break
        index -= 2
    return index


def _default(code: Code, place: int) -> SourceRange | None:
    """Return the default of the parameter that a token names; None for any other token."""
    sign = place + 1
    if code.op(place - 1) in (":", "."):
        # A type.
        return None
    if code.op(sign) == "?":
        sign += 1
    if code.op(sign) == ":" and code.language.name != "Ruby":
        while sign < place + _MAX_TYPE and code.op(sign) != "=":
            if code.op(sign) in (")", ";", "{", "}") or code.is_text(sign):
                return None
            sign += 1
    elif code.op(sign) == ":":
        return (sign + 1, code.end_of(sign + 1)) if _parameters(code, place) >= 0 else None
    if code.op(sign) != "=" or _parameters(code, place) < 0:
        return None
    return sign + 1, code.end_of(sign + 1)


def _is_parameter(code: Code, place: int) -> bool:
    """Return whether a token names a parameter without a default."""
    following = code.op(place + 1)
    if code.op(code.around[place]) != "(" or code.op(place - 1) in (":", "."):
        return False
    is_typed = following == ":" and code.language.name != "Ruby"
    return (following in (",", ")", "?") or is_typed) and _parameters(code, place) >= 0


def _given(code: Code, name: str, place: int) -> Iterator[SourceRange]:
    """Yield what the calls in the file give to a parameter: by its name, or at its position."""
    opening = _parameters(code, place)
    head = opening - 1
    while head >= 0 and (
        code.op(head) in ("=", ":") or code.name(head) in ("async", "function", "fn")
    ):
        # `const show = async (filter) => …`
        head -= 1
    function = code.name(head).lstrip("$@")
    if not function or function in _CONDITIONS:
        return
    parameters = code.arguments(opening)
    number = next((n for n, (start, end) in enumerate(parameters) if start <= place < end), 0)
    is_method = code.name(opening + 1) in ("self", "cls")
    for call in code.places_from(function, 0, _MAX_PLACES):
        if code.op(call + 1) != "(" or call in (head, opening - 1):
            continue
        owner = code.name(call - 2) if code.op(call - 1) in (".", "->", "::", "?.") else "self"
        if owner.lstrip("$") not in ("this", "self", "cls", "super"):
            continue
        arguments = code.arguments(call + 1)
        named = [
            (start + 2, end)
            for start, end in arguments
            if code.name(start) == name and code.op(start + 1) in (":", "=")
        ]
        at = number - (is_method and code.op(call - 1) == ".")
        if named:
            yield named[0]
        elif 0 <= at < len(arguments) and code.op(arguments[at][0] + 1) not in (":", "="):
            yield arguments[at]


def _parameters(code: Code, place: int) -> int:
    """Return the parenthesis of the parameters of which a token is one, or -1."""
    opening = code.around[place]
    if code.op(opening) in ("{", "["):
        is_pattern = is_destructured(code, place) or code.language.name == "Dart"
        opening = code.around[opening] if is_pattern else -1
    if code.op(opening) != "(" or code.name(opening - 1) in _CONDITIONS:
        return -1
    word = code.name(opening - 2)
    if code.language.name in ("Python", "Ruby"):
        return opening if word == "def" else -1
    if code.language.name in _BLOCKS_AFTER_CALLS - {"Dart"}:
        is_declared = word in _FUNCTION_WORDS or code.name(opening - 1) in ("init", "constructor")
        return opening if is_declared else -1
    if word == "new":
        # The body of a class without a name follows.
        return -1
    return opening if _body(code, opening)[1] > 0 else -1


def _covered(code: Code, place: int) -> SourceRange:
    """Return the tokens of the function that has a parameter, behind its parameters."""
    opening = _parameters(code, place)
    if code.language.name in ("Python", "Ruby"):
        return code.after(opening), _end_of_lines(code, opening - 2)
    return _body(code, opening)


def _body(code: Code, opening: int) -> SourceRange:
    """Return the tokens of the body behind some parameters; nothing if there is none."""
    after = code.after(opening)
    for index in range(after, min(after + _MAX_TYPE, len(code.tokens))):
        sign = code.op(index)
        if sign == "{":
            return index, code.after(index)
        if sign == "=>" or (sign == "=" and code.language.name in ("Kotlin", "Scala")):
            if code.op(index + 1) == "{":
                return index + 1, code.after(index + 1)
            return index + 1, code.end_of(index + 1)
        if not (code.name(index) or sign in _OF_A_TYPE):
            break
    return 0, 0


def _of_elements(code: Code, loop: Loop, fields: list[str]) -> Iterator[SourceRange]:
    """Yield the values that a loop's name, or its field, has in turn."""
    if loop.part == -1:
        return
    opening = _list(code, loop.start, loop.end)
    if opening < 0:
        return
    wanted: int | str | None = fields[0] if fields else loop.part
    if fields and loop.part is not None:
        return
    names = _fields_of_go(code, opening) if code.language.name == "Go" else []
    for start, end in code.arguments(opening):
        parts = code.split(start, end, ":", "=>")
        first = parts[-1][0] if code.language.name in ("Go", "PHP") else start
        if wanted is None:
            yield first, end
            continue
        while code.op(first) in ("&", "*") or code.name(first) == "new":
            first += 1
        inner = bracket_of(code, first, end)
        if inner < 0:
            continue
        values = dict(pairs_in(code, inner))
        if wanted in values:
            yield values[str(wanted)]
            continue
        number = names.index(str(wanted)) if wanted in names else wanted
        given = code.arguments(inner)
        if isinstance(number, int) and number < len(given):
            yield given[number]


def _list(code: Code, start: int, end: int) -> int:
    """Return the bracket round the elements of a list, or of a name that holds one; or -1."""
    if code.name(start) == "enumerate" and code.op(start + 1) == "(":
        arguments = code.arguments(start + 1)
        if not arguments:
            return -1
        start, end = arguments[0]
    while code.op(start) in ("&", "*"):
        start += 1
    is_name = all(code.name(index) or code.op(index) == "." for index in range(start, end))
    opening = -1 if is_name else bracket_of(code, start, end)
    if opening >= 0:
        is_list = code.op(opening) != "(" or code.name(opening - 1) in ("", *_LISTING)
        return opening if is_list else -1
    names = [code.name(index) for index in range(start, end) if code.name(index)]
    while names and names[-1] in _SAME:
        names.pop()
    if not names or start >= end or not code.name(start):
        return -1
    chains = code.values(names[-1], start, dotted=len(names) > 1)
    if len(chains) != 1 or len(chains[0]) != 1:
        return -1
    value = chains[0][0]
    first = value.start
    while code.op(first) in ("&", "*") or code.name(first) == "new":
        first += 1
    opening = bracket_of(code, first, value.end)
    if opening >= 0 and code.op(opening) == "(" and code.name(opening - 1) not in ("", *_LISTING):
        return -1
    return opening


def _fields_of_go(code: Code, opening: int) -> list[str]:
    """Return the fields of the type before a literal of Go: ``[]struct{ a, b string }{ … }``."""
    closing = opening - 1
    first = code.partners.get(closing, -1)
    if code.op(closing) != "}" or code.name(first - 1) != "struct":
        return []
    fields: list[str] = []
    code.bounds.spend(closing - first)
    for index in range(first + 1, closing):
        is_named = code.name(index) and code.around[index] == first
        if is_named and (index in code.firsts or code.op(index - 1) in ("{", ",", ";")):
            fields.append(code.name(index))
    return fields[:_MAX_FIELDS]
