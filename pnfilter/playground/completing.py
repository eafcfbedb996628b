"""Complete a filter at a place: fields of the messages, their values, operators."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pnfilter.playground.bounds import MAX_FIELDS, MAX_SUGGESTIONS, MAX_VALUES
from pnfilter.syntax.automaton import UnexpectedToken, drive
from pnfilter.syntax.lexer import BAD_CHARACTER, BAD_TEXT, Token, tokenize
from pnfilter.syntax.nodes import print_key, quote
from pnfilter.syntax.tree_builder import TreeBuilder

#: A path, or the beginning of one, at the end of a text.
_PATH: Final = re.compile(
    r'(?<![\w"\'])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[[0-9]+\]|\["[^"\r\n]*"\])*(?:\.|\["?[^"\]\r\n]*)?\Z',
    re.ASCII,
)
#: Characters before the place that a path is looked for in.
_LOOKED_AT: Final = 300
_PATH_KINDS: Final = {"NAME", "DOT", "LSQB", "RSQB", "NUMBER", "TEXT"}
#: Kinds of token between a field and a value that is looked for.
_COMPARISONS: Final = {"EQ", "NE", "LIKE", "CONTAINS", "ASSIGN", "LT", "LE", "GT", "GE"}
#: Operators: the kind of token, what is written, what it says.
_OPERATORS: Final = (
    ("EQ", "==", "is equal to"),
    ("NE", "!=", "differs from"),
    ("LT", "<", "is less than"),
    ("LE", "<=", "is at most"),
    ("GT", ">", "is greater than"),
    ("GE", ">=", "is at least"),
    ("LIKE", "LIKE", "matches a pattern; * is any text"),
    ("CONTAINS", "CONTAINS", "contains as an element or a part"),
    ("AND", "&&", "and"),
    ("OR", "||", "or"),
)
_NUMERIC: Final = {"LT", "LE", "GT", "GE"}


class Field(NamedTuple):
    """A field of the messages: its path, its types in words, some of its values as literals."""

    path: str
    types: str
    values: tuple[str, ...] = ()


class Suggestion(NamedTuple):
    """What can be put in the place of what is written: ``label`` is that, ``detail`` says more."""

    label: str
    kind: str
    detail: str


def fields_of(schema: Mapping[str, Any]) -> list[Field]:
    """The fields that a schema of messages describes; their number is bounded."""
    found: list[Field] = []
    parts = schema.get("properties", {})
    for root in ("data", "meta"):
        if root in parts:
            for field in _fields(root, parts[root]):
                found.append(field)
                if len(found) == MAX_FIELDS:
                    return found
    return found


def _fields(path: str, schema: Mapping[str, Any]) -> Iterator[Field]:
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and path not in ("data", "meta"):
        values = tuple(quote(text) for text in schema.get("enum", ()) if isinstance(text, str))
        yield Field(path, " or ".join(types), values[:MAX_VALUES])
    for name, inner in schema.get("properties", {}).items():
        if isinstance(inner, Mapping) and not set(name) & set("\r\n"):
            yield from _fields(path + print_key(name), inner)
    items = schema.get("items")
    if isinstance(items, Mapping):
        yield from _fields(f"{path}[0]", items)


def complete(text: str, caret: int, fields: Sequence[Field]) -> dict[str, Any]:
    """Return ``start`` and ``end`` of the last word, and ``items`` that can take its place.

    Positions are in characters; items have ``label``, ``kind`` (field, value, operator) and
    ``detail``.
    """
    caret = max(0, min(caret, len(text)))
    before = text[:caret]
    tokens = tokenize(before)
    if _is_in_text(tokens):
        start = tokens.pop().start
        end = caret + (text[caret : caret + 1] == before[start])
        found = _values(before, tokens, fields)
    else:
        start = _start_of_word(before)
        end = caret
        tokens = [token for token in tokens if token.end <= start]
        found = _at(before, tokens, fields)
    written = text[start:caret]
    items = _rank(found, written)
    if [item.label for item in items] == [written]:
        items = []
    return {
        "start": start,
        "end": end,
        "items": [item._asdict() for item in items[:MAX_SUGGESTIONS]],
    }


def _is_in_text(tokens: Sequence[Token]) -> bool:
    """Return whether they end in a string that is not closed, and is no key of a path."""
    before = tokens[-2].kind if len(tokens) > 1 else ""
    return bool(tokens) and tokens[-1].kind == BAD_TEXT and before != "LSQB"


def _start_of_word(before: str) -> int:
    shift = max(0, len(before) - _LOOKED_AT)
    match = _PATH.search(before[shift:])
    return len(before) if match is None else shift + match.start()


def _at(before: str, tokens: list[Token], fields: Sequence[Field]) -> list[Suggestion]:
    """All that may follow some tokens."""
    expected = _expect(before, tokens)
    found: list[Suggestion] = []
    if "NAME" in expected:
        found += _values(before, tokens, fields)
        found += [Suggestion(field.path, "field", field.types) for field in fields]
    else:
        compared = _field_before(before, tokens, fields)
        is_text = compared is not None and compared.types == "string"
        found += [
            Suggestion(label, "operator", detail)
            for kind, label, detail in _OPERATORS
            if kind in expected and not (is_text and kind in _NUMERIC)
        ]
    return found


def _expect(before: str, tokens: list[Token]) -> frozenset[str]:
    """Return the kinds of token that may follow; after a mistake, what may follow the rest."""
    while True:
        mark = Token(BAD_CHARACTER, len(before), len(before))
        try:
            drive([*tokens, mark], TreeBuilder(before))
        except UnexpectedToken as unexpected:
            if unexpected.token == mark:
                return unexpected.expected
        except RecursionError:
            return frozenset()
        starts = [at for at, token in enumerate(tokens) if token.kind in ("AND", "OR", "LPAR")]
        if not starts:
            return frozenset({"NAME"})
        tokens = tokens[starts[0] + 1 :]


def _field_before(before: str, tokens: list[Token], fields: Sequence[Field]) -> Field | None:
    """The field at the end of some tokens."""
    if not tokens:
        return None
    first = len(tokens)
    while first and tokens[first - 1].kind in _PATH_KINDS:
        first -= 1
        # A field that adjoins no other token of a path begins here.
        if first and tokens[first - 1].end < tokens[first].start:
            break
    path = before[tokens[first].start : tokens[-1].end] if first < len(tokens) else ""
    names = {path, f"meta.{path}"} if path else set()
    return next((field for field in fields if field.path in names), None)


def _values(before: str, tokens: list[Token], fields: Sequence[Field]) -> list[Suggestion]:
    """The values of the field that is compared just before."""
    if not tokens or tokens[-1].kind not in _COMPARISONS:
        return []
    field = _field_before(before, tokens[:-1], fields)
    if field is None:
        return []
    return [Suggestion(value, "value", field.path) for value in field.values]


def _rank(found: list[Suggestion], written: str) -> list[Suggestion]:
    """What begins as it is written, then what has a part that does, then what holds it anywhere."""
    wanted = written.casefold().lstrip("\"'")
    ranks: tuple[list[Suggestion], ...] = ([], [], [])
    for suggestion in found:
        label = suggestion.label.casefold().lstrip('"')
        if label.startswith(wanted):
            ranks[0].append(suggestion)
        elif any(part.startswith(wanted) for part in label.split(".")):
            ranks[1].append(suggestion)
        elif wanted in label:
            ranks[2].append(suggestion)
    return [suggestion for rank in ranks for suggestion in rank]
