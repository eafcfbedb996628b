"""Code that sets a filter: assignments, arguments, keys, methods, URLs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from pnfilter.diagnostics import Span
from pnfilter.extraction.bounds import TooMuchWorkError
from pnfilter.extraction.code import Code
from pnfilter.extraction.expressions import Evaluator
from pnfilter.extraction.object_calls import (
    OBJECT_FILTERS,
    POSITIONAL,
    entity_of_argument,
    entity_of_call,
    entity_of_chain,
    entity_of_entry,
    entity_of_member,
    filters_by_position,
)
from pnfilter.extraction.pieces import (
    Gap,
    Joined,
    Pieces,
    has_text,
    join,
    length,
    places_of,
    unquote,
)
from pnfilter.extraction.tokens import Token
from pnfilter.extraction.vocabulary import DEFAULT_ARGUMENTS, PRINTF
from pnfilter.syntax.holes import named_holes

#: Names that hold a filter, without ``_`` and ``-``, in lower case.
KEYS = frozenset({"filterexpression", "filterexpr", "subscribefilter", "pubnubfilter"})
#: Those of them that are only called under another name: ``new PubNubFilter("…")``.
_NAMES_ONLY = frozenset({"subscribefilter", "pubnubfilter"})
_SETTERS = frozenset({"set", "with", "add", "put", "update", "change", "apply", "use"})
#: Similar names that belong to MongoDB, to errors, or to getters.
_OTHERS = re.compile(
    r"partial|malformed|invalid|unsupported|^(?:get|is|has|build|create|make|parse|validate|to|on|remove|clear|reset)"
)
#: Words that declare a function: its parameters follow in parentheses.
_DECLARING = frozenset("def func fun function fn void".split())
#: Functions that print or compare their arguments.
_TELLING = re.compile(
    r"log\w*|debug|info|warn(?:ing)?|error\w*|trace|print\w*|fatal\w*|assert\w*|expect\w*|equals?|it|test|describe"
    r"|getattr|hasattr|to(?:Have|Equal)\w*",
    re.IGNORECASE,
)
#: Functions whose arguments are a list, here of names.
_OF_NAMES = re.compile(
    r"(?:.*\W)?(?:(?:mutable|array)?[lL]istOf(?:NotNull)?|(?:mutable|hash|linked)?[sS]etOf"
    r"|arrayOf|array|asList|(?:Immutable)?(?:List|Set)\.of|Stream\.of)",
    re.DOTALL,
)
#: What compares in a filter of App Context.
_COMPARING: Final = re.compile(r"[=<>]|\b(?:LIKE|CONTAINS)\b", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:(?<=[?&])|\A)filter-expr=", re.IGNORECASE)
#: What ends a filter in a URL, and one that is recorded without encoding: not its own ``&&``.
_AFTER_ADDRESS = re.compile(r"(?<!&)&(?!&)|&&(?=[&\s]|\Z)|[#\s\"<>]")
_AFTER_RAW = re.compile(r"(?<!&)&(?!&)|#")


class Site(NamedTuple):
    """A filter in code: its text with positions, its name, and the code beside it.

    ``used`` is the expression that has the text, where its literals are elsewhere. ``entity`` is
    what a call of App Context is for that takes the filter, empty without one; ``is_own`` says
    whether only the SDK has a call of that name.
    """

    made: Joined
    by: str
    beside: str = ""
    used: Span | None = None
    entity: str = ""
    is_own: bool = False


def normal(name: str) -> str:
    """Return a name in lower case without separators."""
    return re.sub(r"[\W_]", "", name).lower()


def is_key(name: str) -> bool:
    """Return whether a name holds a filter."""
    return _is_plain_key(normal(name))


def _is_plain_key(plain: str) -> bool:
    return plain in KEYS or (plain.endswith("filterexpression") and not _OTHERS.search(plain))


class Sites:
    """Finds the sites of one file. ``keys`` are more names that hold a filter."""

    def __init__(self, code: Code, keys: frozenset[str] = frozenset()) -> None:
        self._code = code
        self._evaluator = Evaluator(code)
        self._keys = KEYS | {normal(key) for key in keys}
        self._api = _api_names(code)
        self._is_positional = code.language.name in POSITIONAL
        self._kinds: dict[str, tuple[bool, bool]] = {}
        #: The tokens of the value read last: its first, and the one after its last.
        self._read = (0, 0)

    def __iter__(self) -> Iterator[Site]:
        """Yield every filter of each expression once, in the order of the file's sites.

        They can be asked for once.
        """
        try:
            yield from self._all()
        finally:
            self._evaluator.forget()

    def _all(self) -> Iterator[Site]:
        bounds = self._code.bounds
        seen: set[tuple[object, ...]] = set()
        for index, token in enumerate(self._code.tokens):
            bounds.start()
            try:
                yield from self._at(index, token, seen)
            except TooMuchWorkError:
                if bounds.is_used_up:
                    bounds.note(token.start, "too much to follow: the file is read up to here")
                    return
                bounds.note(token.start, "a filter that takes too long to follow: left out")

    def _at(self, index: int, token: Token, seen: set[tuple[object, ...]]) -> Iterator[Site]:
        """Yield the filters at a token that were not seen before."""
        code = self._code
        entity, is_own = "", False
        if token.kind == "name":
            entity, is_own = self._called(index)
            ways = self._object_filter(index) if entity else self._by_name(index)
            if not entity and self._is_positional:
                yield from self._by_position(index, seen)
        elif token.kind == "text" and token.value in OBJECT_FILTERS:
            # `{ "filter": "…" }`
            is_keyed = code.op(index + 1) in (":", "=>")
            find = entity_of_argument if is_keyed else entity_of_entry
            entity, is_own = find(code, index)
            # `"filter": "…"`, `("filter", "…")`, and `["filter"] = "…"`.
            start = index + (3 if code.op(index + 1) == "]" else 2)
            ways = self._value(start) if entity else []
        elif token.kind == "text" and len(token.value) < 64:
            ways = self._by_text(index)
        else:
            ways = []
        yield from self._new_sites(index, ways, seen, entity, is_own=is_own)
        if token.kind == "text" and "filter-expr=" in token.value:
            yield from self._address(index)

    def _new_sites(
        self,
        index: int,
        ways: list[Pieces],
        seen: set[tuple[object, ...]],
        entity: str = "",
        *,
        is_own: bool = False,
    ) -> Iterator[Site]:
        """Yield those of a value's texts that were not seen before."""
        code = self._code
        for way in ways:
            if not has_text(way):
                continue
            used = self._use(way)
            pieces = (entity, used, places_of(way))
            if pieces not in seen:
                seen.add(pieces)
                code.bounds.spend(length(way))
                made = join(way)
                key = (entity, used, made.starts[0], made.text)
                if key not in seen:
                    seen.add(key)
                    name = code.tokens[index].value
                    yield Site(made, name, code.beside(index), used, entity, is_own)

    def _by_position(self, index: int, seen: set[tuple[object, ...]]) -> Iterator[Site]:
        """Yield the filters that a call of App Context gets as an argument without a name.

        Other arguments are texts, too, so they have to read a field.
        """
        code = self._code
        entity = entity_of_call(code.tokens[index].value)[0]
        for start, end in filters_by_position(code, index) if entity else ():
            ways = [way for way in self._ways(start, end) if _compares(way)]
            yield from self._new_sites(index, ways, seen, entity)

    def _use(self, way: Pieces) -> Span | None:
        """Return the value read last, if a text of it begins elsewhere; else None."""
        tokens = self._code.tokens
        first, last = self._read
        value = Span(tokens[first].start, tokens[last - 1].end)
        start = next(
            piece.start if isinstance(piece, Gap) else piece.starts[0]
            for piece in way
            if isinstance(piece, Gap) or piece.text
        )
        return None if value.start <= start < value.end else value

    def _ways(self, start: int, end: int) -> list[Pieces]:
        self._read = (start, end)
        return self._evaluator.ways(start, end)

    def _called(self, index: int) -> tuple[str, bool]:
        """Return for which entity of App Context a name takes a filter, and if by an own call."""
        code = self._code
        name = code.tokens[index].value
        if name not in OBJECT_FILTERS and not self._is_key(name):
            return "", False
        if code.op(index + 1) == "(":
            return entity_of_chain(code, index)
        if code.op(index + 1) == "=" and code.op(index - 1) in (".", "->", "?."):
            return entity_of_member(code, index)
        return entity_of_argument(code, index)

    def _object_filter(self, index: int) -> list[Pieces]:
        """Return the filter that a call of App Context gets by a method, a key or an argument."""
        code = self._code
        following = code.op(index + 1)
        if following == "(":
            return self._argument(index + 2)
        if following in (":", "=", "=>"):
            return self._value(index + 2)
        # The name of a variable, too: `{ filter }`.
        is_both = following in (",", "}") and code.op(index - 1) in ("{", ",")
        return self._value(index) if is_both and code.language.regex else []

    def _is_key(self, name: str) -> bool:
        return self._kind(name)[0]

    def _is_setter(self, name: str) -> bool:
        return self._kind(name)[1]

    def _kind(self, name: str) -> tuple[bool, bool]:
        """Return whether a name holds a filter, and whether it is that of a setter."""
        kind = self._kinds.get(name)
        if kind is None:
            kind = self._kinds[name] = (self._names_filter(name), self._sets_filter(name))
        return kind

    def _names_filter(self, name: str) -> bool:
        plain = normal(name)
        return _is_plain_key(plain) or plain in self._keys

    def _by_name(self, index: int) -> list[Pieces]:
        code = self._code
        name = code.tokens[index].value
        following = code.op(index + 1)
        if following == "?." and code.op(index + 2) == "(" and self._is_setter(name):
            return self._argument(index + 3)
        if following == "(":
            if code.name(index - 1) in _DECLARING or not (
                self._is_setter(name) or index in self._api
            ):
                return []
            ways = self._argument(index + 2)
            template = self._api.get(index) == "template"
            return [_with_values(way) for way in ways] if template else ways
        if not self._is_key(name) and not self._is_setter(name):
            return []
        if following == "=" and code.language.regex:
            attribute = self._attribute(index + 2)
            if attribute is not None:
                return attribute
        if following in ("=", ":=", "=>", "??="):
            return self._value(index + 2)
        if following == "||" and code.op(index + 2) == "=":
            return self._value(index + 3)
        if following == ":":
            if code.op(index - 1) == "?" or self._is_branch(index):
                return []
            return self._typed_value(index + 2)
        if following == "]" and code.op(index + 2) == "=":
            return self._value(index + 3)
        if following == "[" and code.op(code.after(index + 1)) == "=":
            return self._value(code.after(index + 1) + 1)
        if following == "{" and code.op(code.after(index + 1)) == "=":
            return self._value(code.after(index + 1) + 1)
        if following == "?" and code.op(index + 2) == ":":
            return self._typed_value(index + 3)
        return []

    def _attribute(self, start: int) -> list[Pieces] | None:
        """Return the value of a JSX attribute; None for other values.

        ``<Client filterExpression={x} />``, or in quotes.
        """
        code = self._code
        if code.op(start) == "{":
            return self._value(start + 1)
        if code.is_text(start) and (code.name(start + 1) or code.op(start + 1) in ("/", ">")):
            return self._ways(start, start + 1)
        return None

    def _is_branch(self, index: int) -> bool:
        """Return whether the name is the middle of ``a ? name : b``."""
        code = self._code
        while index > 0 and (code.name(index - 1) or code.op(index - 1) in (".", "->")):
            index -= 1
        return code.op(index - 1) == "?"

    def _sets_filter(self, name: str) -> bool:
        plain = normal(name)
        if plain in self._keys:
            return plain not in _NAMES_ONLY
        for prefix in _SETTERS:
            if plain.startswith(prefix) and plain.removeprefix(prefix) in self._keys:
                return True
        return False

    def _by_text(self, index: int) -> list[Pieces]:
        """Return the value after a key that is a string.

        ``"filter_expression": …``, ``put("filterExpression", …)``.
        """
        code = self._code
        text = code.tokens[index].value
        if re.search(r"[=\s]", text):
            return []
        following, second = code.op(index + 1), code.op(index + 2)
        if following == "]" and second == "(":
            return self._argument(index + 3) if self._is_setter(text) else []
        if not self._is_key(text):
            return []
        if following in (":", "=>"):
            return self._value(index + 2)
        if following == "]" and second in ("=", ":"):
            return self._value(index + 3)
        if following == ")" and second == "=":
            return self._value(index + 3)
        if following == "," and code.op(code.around[index]) == "(":
            return self._after_key(code.around[index], index + 2)
        if code.name(index + 1) == "to":
            return self._value(index + 2)
        return []

    def _after_key(self, opening: int, start: int) -> list[Pieces]:
        """Return the argument after a key, or an option's one named ``default``."""
        code = self._code
        if _TELLING.fullmatch(code.name(opening - 1).rstrip("!")):
            return []
        if _OF_NAMES.fullmatch(code.text_of(max(0, opening - 3), opening)):
            return []
        named = [first for first, _ in code.arguments(opening) if code.op(first + 1) in ("=", ":")]
        for first in named:
            if code.name(first) in DEFAULT_ARGUMENTS:
                return self._value(first + 2)
        return [] if start in named else self._value(start)

    def _argument(self, start: int) -> list[Pieces]:
        code = self._code
        if code.op(start) == ")" or (code.name(start) and code.op(start + 1) in (":", "=")):
            # A named argument is a site of its own; a parameter isn't one.
            if not (code.name(start) == "_" or code.name(start + 1)) and code.op(start + 1) not in (
                ":",
                "=",
            ):
                return []
            if self._is_key(code.name(start)):
                return []
            return self._value(start + 2) if code.op(start + 1) == "=" else []
        return self._value(start)

    def _value(self, start: int) -> list[Pieces]:
        code = self._code
        if start >= len(code.tokens):
            return []
        return self._ways(start, code.end_of(start))

    def _typed_value(self, start: int) -> list[Pieces]:
        """Return what follows a colon: a value, or a type and perhaps a value."""
        code = self._code
        if start >= len(code.tokens):
            return []
        end = code.end_of(start)
        parts = code.split(start, end, "=")
        if len(parts) > 1 and not code.is_text(start):
            return self._ways(*parts[-1])
        return self._ways(start, end)

    def _address(self, index: int) -> Iterator[Site]:
        """Return the filter in a URL: ``https://…&filter-expr=…``."""
        code = self._code
        start, end = index, code.end_of(index)
        bracket = code.around[index]
        if code.op(bracket) == "(" and code.name(bracket - 1).rstrip("!") in PRINTF:
            start, end = bracket - 1, code.after(bracket)
            while code.op(start - 1) in (".", "::", "->") and code.name(start - 2):
                start -= 2
        for way in self._evaluator.ways(start, end):
            code.bounds.spend(length(way))
            for found in addresses(way):
                yield Site(join(found), "filter-expr")


def addresses(way: Pieces) -> Iterator[Pieces]:
    """Return the filters in the pieces of a URL, without percent-encoding."""
    collected: Pieces | None = None
    for piece in way:
        if isinstance(piece, Gap):
            if collected is not None:
                collected.append(piece)
            continue
        position = 0
        is_plain = collected is not None and _is_plain_filter(piece.text)
        while position <= len(piece.text):
            if collected is None:
                match = _ADDRESS.search(piece.text, position)
                if match is None:
                    break
                collected, position = [], match.end()
            end = _AFTER_RAW.search(piece.text, position)
            raw = piece.text[position : len(piece.text) if end is None else end.start()]
            if not _is_plain_filter(raw):
                end = _AFTER_ADDRESS.search(piece.text, position)
            # The result of an encoding call is a separate piece, and may hold any text.
            whole = end is not None and is_plain
            last = len(piece.text) if end is None or whole else end.start()
            collected.append(unquote(piece.cut(position, last)) if not whole else piece)
            position = last
            if end is None or whole:
                break
            if has_text(collected):
                yield collected
            collected = None
            position += 1
    if collected is not None and has_text(collected):
        yield collected


def _is_plain_filter(text: str) -> bool:
    """Return whether a text is a filter that isn't encoded yet."""
    return re.search(r"\s(?:==|!=|<=?|>=?|&&|\|\||LIKE|CONTAINS)\s", text) is not None


def _compares(way: Pieces) -> bool:
    """Return whether a text has an operator."""
    return any(not isinstance(piece, Gap) and _COMPARING.search(piece.text) for piece in way)


def _with_values(way: Pieces) -> Pieces:
    """Return the pieces of a template, each ``{name}`` as a value in the language."""
    result: Pieces = []
    for piece in way:
        if isinstance(piece, Gap):
            result.append(piece)
            continue
        position = 0
        for hole in named_holes(piece.text):
            start, end = hole.span
            result.append(piece.cut(position, start))
            result.append(Gap(hole.name, piece.starts[start], piece.ends[end - 1], "value"))
            position = end
        result.append(piece.cut(position, len(piece.text)))
    return [piece for piece in result if isinstance(piece, Gap) or piece.text]


def _api_names(code: Code) -> dict[int, str]:
    """Yield calls of this package's functions that take a filter: token and function."""
    if code.language.name != "Python" or "pnfilter" not in code.source:
        return {}
    functions = {"compile", "parse", "template"}
    imported: dict[str, str] = {}
    for match in re.finditer(r"from\s+pnfilter\s+import\s+(\([^()]*+\)|[^\n]*)", code.source):
        for name in re.finditer(r"(\w+)(?:\s+as\s+(\w+))?", match[1]):
            if name[1] in functions:
                imported[name[2] or name[1]] = name[1]
    modules = {"pnfilter", *re.findall(r"import\s+pnfilter\s+as\s+(\w+)", code.source)}
    found: dict[int, str] = {}
    for index, token in enumerate(code.tokens):
        if token.kind != "name":
            continue
        if code.op(index - 1) == ".":
            if token.value in functions and code.name(index - 2) in modules:
                found[index] = token.value
        elif token.value in imported:
            found[index] = imported[token.value]
    return found
