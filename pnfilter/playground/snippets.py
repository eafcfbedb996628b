"""A filter as programs of each SDK write it.

The names are those by which ``pnfilter extract`` finds filters. A test extracts each program's text
to check that the quotes keep it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from pnfilter.lint.rules.precedence import encode

_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


class _Style(NamedTuple):
    """How a language quotes a string: characters with an escape of their own, and all others.

    ``escape`` is for one character that isn't printable; ``long`` for one beyond 16 bits, if it
    differs.
    """

    escape: str = "\\u{:04x}"
    long: str = ""
    special: str = ""


_C: Final = _Style()
_PYTHON: Final = _Style(long="\\U{:08x}")
_KOTLIN: Final = _Style(special="$")
_SWIFT: Final = _Style("\\u{{{:x}}}", "\\u{{{:x}}}")


def quote(text: str, style: _Style) -> str:
    """Return a string as a literal in double quotes."""
    return '"' + "".join(_escape(char, style) for char in text) + '"'


def _escape(char: str, style: _Style) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char in style.special:
        return "\\" + char
    if char.isprintable():
        return char
    number = ord(char)
    if number <= 0xFFFF:
        return style.escape.format(number)
    if style.long:
        return style.long.format(number)
    # Two halves of a surrogate pair, as in languages whose strings consist of these.
    pair = char.encode("utf-16-be")
    halves = (int.from_bytes(pair[at : at + 2], "big") for at in (0, 2))
    return "".join(map(style.escape.format, halves))


_SDKS: Final = (
    ("Python", _PYTHON, "config.filter_expression = {}"),
    ("JavaScript", _C, "new PubNub({{ …, filterExpression: {} }})"),
    ("Java", _C, "configuration.setFilterExpression({});"),
    ("Kotlin", _KOTLIN, "configuration.filterExpression = {}"),
    ("Swift", _SWIFT, "pubnub.subscribeFilterExpression = {}"),
    ("Go", _PYTHON, "config.FilterExpression = {}"),
    ("C#", _C, "configuration.FilterExpression = {};"),
)


def snippets(text: str) -> list[dict[str, str]]:
    """A ``name`` and the ``code`` for each SDK, and for the address of a subscribe request."""
    found = [{"name": name, "code": code.format(quote(text, style))} for name, style, code in _SDKS]
    return [*found, {"name": "URL", "code": f"filter-expr={encode(text)}"}]
