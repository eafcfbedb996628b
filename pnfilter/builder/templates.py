"""``template``: a filter text with holes for values, which it quotes as necessary."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pnfilter.builder.literals import literal, literals, pattern_literal
from pnfilter.syntax.nodes import SetLiteral, print_expression
from pnfilter.syntax.parser import parse
from pnfilter.wording import shorten

# Strings as in the grammar, so that no value can get into one, or out of it.
_SEGMENT = re.compile(
    r"""(?P<quoted>"(?:[^"\\\r\n]|\\[^\r\n])*"|'(?:[^'\\\r\n]|\\[^\r\n])*')"""
    r"""|(?P<unclosed>["'][^\r\n]*)"""
    r"""|\{(?P<hole>[^\W\d]\w*)\}"""
    r"""|(?P<brace>[{}][^{}"'\r\n]*\}?)"""
    r"""|(?P<plain>[^{}"']+)"""
)
_BRACES = re.compile(r"(?P<doubled>\{\{|\}\})|(?P<hole>\{[^\W\d]\w*\})|[{}]")
#: What precedes the pattern of a LIKE.
_LIKE = re.compile(r"(?<![\w.])[Ll][Ii][Kk][Ee][ \t\r\n(]*\Z")


def template(text: str, /, **values: str | int | float | list[Any] | tuple[Any, ...]) -> str:
    """``text`` with each ``{name}`` replaced by the literal of the value of that name.

    ::

        template("uuid != {me} && {regions} CONTAINS meta.region", me=me, regions=("us", "eu"))

    A hole is for a whole value, so it is never inside quotes; in a string ``{{`` and
    ``}}`` are braces. A list or tuple of two or more becomes a set. After LIKE a string is a
    pattern, as in ``F.data.name.like(pattern)``. A key may be a hole too: ``data[{key}]``.

    ``ValueError`` for a hole that can't be filled, ``TypeError`` for a name without a hole, a
    hole without a value and a value that the language doesn't have, ``FilterSyntaxError`` where
    the result is no filter.
    """
    if not isinstance(text, str):
        raise TypeError(f"a template must be a str, not {type(text).__name__}")
    parts: list[str] = []
    unused = dict.fromkeys(values)
    for match in _SEGMENT.finditer(text):
        kind, segment = match.lastgroup, match[0]
        if kind == "quoted":
            parts.append(_unescape(segment))
        elif kind == "hole":
            name = match["hole"]
            _require_room(text, match.start(), match.end())
            if name not in values:
                raise TypeError(f"the template has {segment}, and there is no value {name}=...")
            unused.pop(name, None)
            parts.append(_literal_of(name, values, "".join(parts[-1:])))
        elif kind == "unclosed":
            raise ValueError(f"a quote is not closed: {_excerpt(segment)}")
        elif kind == "brace":
            raise ValueError(f"{_excerpt(segment)} is not a valid hole: a hole is a name, {{name}}")
        else:
            parts.append(segment)
    if unused:
        names = ", ".join(f"{{{name}}}" for name in unused)
        raise TypeError(f"the template has no {names}")
    result = "".join(parts)
    parse(result)
    return result


def _literal_of(name: str, values: Mapping[str, object], before: str) -> str:
    value = values[name]
    if isinstance(value, (list, tuple)):
        elements = literals(value)
        if len(elements) < 2:
            raise ValueError(
                f"a set needs at least two values, and {name} has {len(elements)}: for one "
                f"compare by ==, for none leave the filter out"
            )
        return print_expression(SetLiteral(elements))
    if isinstance(value, str) and _LIKE.search(before):
        return print_expression(pattern_literal(value))
    return print_expression(literal(value))


def _unescape(quoted: str) -> str:
    """Return a quoted string of the template with single braces; a lone one is a ``ValueError``."""

    def brace(match: re.Match[str]) -> str:
        if match["doubled"]:
            return match[0][0]
        if match["hole"]:
            raise ValueError(
                f"the hole {match[0]} is inside quotes, {_excerpt(quoted)}: remove the "
                f"quotes, the value gets its own; for the characters write {{{match[0]}}}"
            )
        raise ValueError(
            f"a single {match[0]} in {_excerpt(quoted)}: inside quotes a brace is written twice"
        )

    return _BRACES.sub(brace, quoted) if "{" in quoted or "}" in quoted else quoted


def _require_room(text: str, start: int, end: int) -> None:
    """Raise ``ValueError`` if a hole would become part of the word beside it."""
    hole = text[start:end]
    if text[start - 1 : start] == ".":
        raise ValueError(f"{hole} is for a value, not for a name: write [{hole}] for a key")
    for neighbour in (text[max(0, start - 1) : start], text[end : end + 1]):
        if re.match(r"[\w.{}]", neighbour):
            touched = text[max(0, start - 10) : end + 10]
            raise ValueError(
                f"{hole} is for a whole value, and touches another word in {_excerpt(touched)}"
            )


def _excerpt(text: str) -> str:
    return f"`{shorten(text)}`"
