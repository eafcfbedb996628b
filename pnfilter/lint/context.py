"""Lints: what each is, and what it sees of a filter.

A lint is a function with the rules of what it reports::

    @lint(Rule("W403", "single-equals", summary=..., why=..., bad=..., good=...), when=("=",))
    def single_equals(context: Context) -> Iterator[Diagnostic]:
        for node in ...:
            yield single_equals.at(node.operator_span, "...", help)
"""

from __future__ import annotations

import re
from functools import lru_cache

from pnfilter.syntax.nodes import (
    And,
    Arithmetic,
    Boolean,
    Comparison,
    Expression,
    Null,
    Number,
    Or,
    Path,
    SetLiteral,
    String,
    Unary,
    children,
    is_bare_name,
    is_condition,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, Final, TypeVar

    from pnfilter.diagnostics import Diagnostic, Fix, Rule, Span

    KnownFields = frozenset[tuple[str, tuple[str | int, ...]]]
    Trait = type[Expression] | str
    NodeT = TypeVar("NodeT", bound=Expression)
    Find = Callable[["Context"], Iterable[Diagnostic]]

#: The only trait of a filter of App Context, which no other has.
APP_CONTEXT = "app-context"
#: Fields of the envelope: no filter reads them (documented, live).
ENVELOPE_FIELDS = frozenset({"channel", "publisher", "timetoken", "messageType"})
#: Dates of App Context, which are called so without anything before them.
APP_CONTEXT_DATES = frozenset({"updated", "eTag"})
#: Characters of a filter that no request line is too short for.
MAX_SHORT = 625
_LITERALS = frozenset({String, Number})
_OTHER_OPERANDS = frozenset({Arithmetic, Boolean, Null, SetLiteral, Unary})
#: Names of a length in other languages.
SIZES = frozenset({"length", "Length", "len", "size", "Size", "count", "Count", "isEmpty"})
#: Names of the elements at the ends of a list in other languages.
ENDS = frozenset({"first", "last", "First", "Last"})
#: Invisible characters, and joiners, which may be parts of a word.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_WITH_PREFIX = frozenset({"data", "meta", "whole"})
#: Characters in the text that some lints look for.
_SIGNS = "\\[$#%{*"
_ANY_SIGN = re.compile(f"[{re.escape(_SIGNS)}]")


class Context:
    """One filter under check: its text, its tree, all nodes of it (parents first), and the options.

    ``known_fields`` are those that are known to exist, as root and keys. ``entity`` is what a
    filter of App Context is for, empty where that isn't known; None for a stream filter.
    ``assumed`` has readings by the names of ``pnfilter.semantics.questions``: what one settles
    isn't reported as unknown.

    ``traits`` are what a lint may ask for before it looks at anything (``lint``): the types of the
    nodes; the operators with two sides; ``bare`` for a path without prefix, and ``notable`` if it
    is more than a name of the application's own; ``whole`` for a path without keys, ``data`` and
    ``meta`` for others, ``mixed`` for one of these and a bare one; ``()`` for parentheses;
    ``value`` for a filter that is not a condition, and ``compound`` for one that is more than
    comparisons of different fields with literals; a character of ``_SIGNS``; ``size`` for a path
    that ends with a word for one, ``end`` for one with a word for the end of a list; ``digits`` for
    a string that begins with one or a minus, and ``quote`` for one with a quote in it;
    ``invisible`` for characters that are; ``long``; ``encrypted``. One of App Context has
    ``APP_CONTEXT`` alone.
    """

    __slots__ = (
        "_by_type",
        "assumed",
        "encrypted",
        "entity",
        "expression",
        "known_fields",
        "nodes",
        "text",
        "traits",
    )

    def __init__(
        self,
        text: str,
        expression: Expression,
        *,
        encrypted: bool = False,
        known_fields: KnownFields = frozenset(),
        entity: str | None = None,
        assumed: Mapping[str, str] | None = None,
    ) -> None:
        self.entity = entity
        self.assumed: Mapping[str, str] = assumed or {}
        self.text = text
        self.expression = expression
        self.encrypted = encrypted
        self.known_fields = known_fields
        self.nodes: list[Expression] = []
        self._by_type: dict[type[Expression], list[Any]] = {}
        traits = self._walk()
        if entity is not None:
            self.traits: frozenset[Trait] = frozenset({APP_CONTEXT})
            return
        if encrypted:
            traits.add("encrypted")
        if len(text) > MAX_SHORT:
            traits.add("long")
        if not text.isascii() and _INVISIBLE.search(text):
            traits.add("invisible")
        if _ANY_SIGN.search(text):
            traits.update(sign for sign in _SIGNS if sign in text)
        self.traits = frozenset(traits)

    def _walk(self) -> set[Trait]:
        """Fill the lists of nodes, and return the traits of the tree."""
        traits: set[Trait] = set()
        by_type = self._by_type
        whole = self.expression
        pending = [whole]
        while pending:
            node = pending.pop()
            self.nodes.append(node)
            kind = type(node)
            alike = by_type.get(kind)
            if alike is None:
                by_type[kind] = [node]
            else:
                alike.append(node)
            if node.parens:
                traits.add("()")
            if isinstance(node, Path):
                keys = node.keys
                if not keys:
                    traits.add("whole")
                    continue
                if keys[-1] in SIZES:
                    traits.add("size")
                if not ENDS.isdisjoint(keys):
                    traits.add("end")
                if node.prefix:
                    traits.add(node.prefix)
                else:
                    traits.add("bare")
                    if is_notable(node):
                        traits.add("notable")
            elif isinstance(node, (Comparison, Arithmetic)):
                traits.add(node.operator)
                pending += node.right, node.left
            elif isinstance(node, String):
                raw = node.raw
                if raw[:1].isdigit() or raw[:1] == "-":
                    traits.add("digits")
                if "'" in raw or '"' in raw:
                    traits.add("quote")
            else:
                pending.extend(reversed(children(node)))
        traits.update(by_type)
        if "bare" in traits and not traits.isdisjoint(_WITH_PREFIX):
            traits.add("mixed")
        if not is_condition(whole):
            traits.add("value")
        if isinstance(whole, Comparison):
            if not isinstance(whole.left, Path) or not isinstance(whole.right, (String, Number)):
                traits.add("compound")
        elif not self._is_plain():
            traits.add("compound")
        return traits

    def _is_plain(self) -> bool:
        """Whether each comparison is of another field with a literal, and nothing is beside them.

        Most filters are, and the lints of logic, which take long to import, find nothing in them.
        """
        comparisons, paths = self.comparisons(), self.of(Path)
        return (
            _OTHER_OPERANDS.isdisjoint(self._by_type)
            and len(comparisons) == len(paths) == len({(path.root, path.keys) for path in paths})
            and len(comparisons) == len(self.of(String)) + len(self.of(Number))
            and all(
                type(node.left) is Path and type(node.right) in _LITERALS for node in comparisons
            )
        )

    def is_known(self, path: Path) -> bool:
        """Whether a field was given as known."""
        return (path.root, path.keys) in self.known_fields

    def source(self, node: Expression) -> str:
        """The text of a node, without the parentheses around it."""
        start, end = node.span
        return self.text[start:end]

    def of(self, kind: type[NodeT]) -> list[NodeT]:
        """All nodes of one type, in the order of ``nodes``."""
        return self._by_type.get(kind, [])

    def comparisons(self) -> list[Comparison]:
        """All comparisons."""
        return self.of(Comparison)

    def junctions(self) -> list[And | Or]:
        """All ANDs, then all ORs."""
        return [*self.of(And), *self.of(Or)]


class Lint:
    """A check of one filter: what it may report, and the traits that make it worth running.

    ``when`` are traits (``Context.traits``) of which a filter has one at least if the lint finds
    anything.
    """

    __slots__ = ("find", "rules", "when")

    def __init__(self, find: Find, rules: tuple[Rule, ...], when: Iterable[Trait]) -> None:
        self.find: Final = find
        self.rules: Final = rules
        self.when: Final = frozenset(when)

    def __call__(self, context: Context) -> Iterable[Diagnostic]:
        return self.find(context)

    def at(self, span: Span, message: str, help: str = "", fix: Fix | None = None) -> Diagnostic:
        """Return a diagnostic of the only rule of this lint."""
        (rule,) = self.rules
        return rule.at(span, message, help, fix)


def lint(*rules: Rule, when: Iterable[Trait]) -> Callable[[Find], Lint]:
    """Make a lint of a function that reports these rules."""
    return lambda find: Lint(find, rules, when)


def is_bare_word(node: Expression) -> bool:
    """One name without prefix, steps or parentheses."""
    return is_bare_name(node) and not node.parens


def is_notable(path: Path) -> bool:
    """Whether a path without prefix is more than a name of the application's own."""
    name = path.keys[0]
    return len(path.keys) > 1 or name in ENVELOPE_FIELDS or name in APP_CONTEXT_DATES


def literal_help(word: str) -> str:
    """What to write in place of a boolean or null of some language; empty for another word."""
    word = word.lower()
    if word in {"null", "nil", "none", "undefined"}:
        return "a field that is null counts as missing, and a filter can't test for that"
    if word in {"true", "false"}:
        return f'if the field is a string, write "{word}"; if it is a number, 1 or 0'
    return ""


@lru_cache(maxsize=16)
def known_paths(fields: tuple[str, ...]) -> KnownFields:
    """Return fields given as strings as root and keys. Raise ``ValueError`` for an invalid path."""
    from pnfilter.syntax.parser import parse

    found = set()
    for field in fields:
        if not isinstance(field, str):
            raise TypeError(f"known_fields must contain strings, not {type(field).__name__}")
        try:
            path = parse(field)
        except ValueError:
            path = None
        if not isinstance(path, Path):
            raise ValueError(f"known_fields: {field!r} is not the path of a field")
        found.add((path.root, path.keys))
    return frozenset(found)


def context_of(
    text: str,
    expression: Expression,
    *,
    encrypted: bool,
    known_fields: Iterable[str] | None,
    assumed: Mapping[str, str] | None = None,
) -> Context:
    """The context of a filter."""
    known = known_paths(tuple(known_fields)) if known_fields else frozenset()
    return Context(text, expression, encrypted=encrypted, known_fields=known, assumed=assumed)
