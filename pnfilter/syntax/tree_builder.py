"""Builds the tree as the parser reduces, and makes the checks that follow the grammar.

``TreeBuilder`` has one method for each action named in ``grammar/filter.lark``. An operand that is
not allowed is an error, but the tree is completed as if it were valid, so that one parse finds all
of them.
"""

from __future__ import annotations

import re

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Span
from pnfilter.records import draft_of, replace
from pnfilter.semantics import MAX_DIGITS, text_value
from pnfilter.syntax.lexer import ESCAPE
from pnfilter.syntax.nodes import (
    And,
    Arithmetic,
    Boolean,
    Comparison,
    Expression,
    Not,
    Null,
    Number,
    Or,
    Path,
    SetLiteral,
    String,
    Unary,
    is_condition,
    outer_span,
    print_quoted,
)
from pnfilter.wording import shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pnfilter.syntax.lexer import RawToken

    OpenPath = list[Any]

# Every filter creates dozens of these: see `pnfilter.records` for drafts. `_tuple(Span, (start,
# end))` is `Span(start, end)`.
_new = object.__new__
_tuple = tuple.__new__
_AND, _COMPARISON, _NUMBER, _OR, _PATH, _TEXT = map(
    draft_of, (And, Comparison, Number, Or, Path, String)
)
#: Nodes with a value, which can directly be operands of a comparison.
_VALUES = frozenset({Path, String, Number, Boolean, Null, Unary, Arithmetic})
_LITERALS = (String, Number, Boolean, Null)


def raw_content(spelling: str) -> str:
    r"""Return the content of a quoted string with only ``\\`` and ``\*`` left as escapes."""
    content = spelling[1:-1]
    if "\\" not in content:
        return content
    quote = spelling[0]

    def canonical(match: re.Match[str]) -> str:
        char = match[1]
        if char == quote:
            return char
        return match[0] if char in "\\*" else "\\\\" + char

    return ESCAPE.sub(canonical, content)


class TreeBuilder:
    """The parser's actions over one text. ``errors`` collects what the language doesn't allow."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.errors: list[Diagnostic] = []
        # Conditions that a single `&` or `|` joins, by identity. Their operands are not final: `&&`
        # in its place would bind looser.
        self._joined: dict[int, Expression] = {}

    def _slice(self, token: RawToken) -> str:
        return self.source[token[1] : token[2]]

    def _error(
        self, code: str, message: str, span: Span, help: str = "", fix: Fix | None = None
    ) -> None:
        self.errors.append(Diagnostic(code, message, span, help, fix))

    # Atoms

    def text(self, token: RawToken) -> String:
        _, start, end = token
        spelling = self.source[start:end]
        node: Any = _new(_TEXT)
        node.raw = raw_content(spelling) if "\\" in spelling else spelling[1:-1]
        node.spelling = spelling
        node.bare = False
        node.span = _tuple(Span, (start, end))
        node.parens = ()
        node.__class__ = String
        made: String = node
        return made

    def number(self, token: RawToken) -> Number:
        _, start, end = token
        spelling = self.source[start:end]
        node: Any = _new(_NUMBER)
        node.spelling = spelling
        node.span = span = _tuple(Span, (start, end))
        node.value = self._number_value(spelling, span)
        node.parens = ()
        node.__class__ = Number
        made: Number = node
        return made

    def _number_value(self, spelling: str, span: Span) -> int | float:
        value: int | float = 0
        if not spelling.isdigit():
            value = float(spelling)
        elif len(spelling) <= MAX_DIGITS:
            value = int(spelling)
        else:
            value = float("inf")
        if value == float("inf"):
            self._error(
                "E112",
                f"the number {shorten(spelling)} is out of range",
                span,
                f"integers have at most {MAX_DIGITS:,} digits, other numbers fit a double",
            )
            return 0
        return value

    def boolean(self, token: RawToken) -> Boolean:
        return Boolean(token[0] == "TRUE", span=Span(token[1], token[2]))

    def null(self, token: RawToken) -> Null:
        return Null(span=Span(token[1], token[2]))

    # Paths. An unfinished one is a list: its start, its end so far, its keys with the name that it
    # starts with, and the spelling of each.

    def open_path(self, token: RawToken) -> OpenPath:
        _, start, end = token
        spelling = self.source[start:end]
        return [start, end, spelling.split("."), [spelling]]

    def name_step(self, path: OpenPath, _dot: RawToken, token: RawToken) -> OpenPath:
        _, start, end = token
        spelling = self.source[start:end]
        path[1] = end
        path[2] += spelling.split(".")
        path[3].append("." + spelling)
        return path

    def text_step(
        self,
        path: OpenPath,
        _open: RawToken,
        token: RawToken,
        close: RawToken,
    ) -> OpenPath:
        spelling = self._slice(token)
        path[1] = close[2]
        path[2].append(text_value(raw_content(spelling)))
        path[3].append(f"[{print_quoted(spelling)}]")
        return path

    def index_step(
        self,
        path: OpenPath,
        _open: RawToken,
        token: RawToken,
        close: RawToken,
    ) -> OpenPath:
        spelling = self._slice(token)
        span = Span(token[1], token[2])
        index: int | float = 0
        if spelling.isdigit():
            index = self._number_value(spelling, span)
        else:
            self._error(
                "E215",
                f"`{shorten(spelling)}` is not a valid index",
                span,
                'an index is an integer from 0; a key is quoted: ["key"]',
            )
        path[1] = close[2]
        path[2].append(index)
        path[3].append(f"[{spelling}]")
        return path

    def close_path(self, path: OpenPath) -> Path:
        start, end, keys, spelling = path
        name = keys[0]
        node: Any = _new(_PATH)
        if name == "data" or name == "meta":
            del keys[0]
            node.root = node.prefix = name
        else:
            node.root = "meta"
            node.prefix = ""
        node.keys = tuple(keys)
        node.spelling = "".join(spelling)
        node.span = _tuple(Span, (start, end))
        node.parens = ()
        node.__class__ = Path
        made: Path = node
        return made

    # Parentheses and sets

    def bracket(self, opening: RawToken, node: Expression, closing: RawToken) -> Expression:
        parens = (*node.parens, Span(opening[1], closing[2]))
        if self._joined:
            return replace(node, parens=parens)
        # The node is new, so no other code has read it.
        object.__setattr__(node, "parens", parens)
        return node

    def open_elements(
        self, first: Expression, _comma: RawToken, second: Expression
    ) -> list[Expression]:
        return [first, second]

    def extend(
        self, nodes: list[Expression], _separator: RawToken, node: Expression
    ) -> list[Expression]:
        nodes.append(node)
        return nodes

    def set_literal(
        self, opening: RawToken, elements: list[Expression], closing: RawToken
    ) -> SetLiteral:
        for element in elements:
            match element:
                case String() | Number() | Unary("-", Number()) if element.parens:
                    span = outer_span(element)
                    bare = self.source[element.span.start : element.span.end]
                    self._error(
                        "E303",
                        f"`({shorten(bare)})`: an element of a set has no parentheses of its own",
                        span,
                        f"write {shorten(bare)}",
                        Fix((Edit(span, bare),)),
                    )
                case String() | Number() | Unary("-", Number(parens=())):
                    continue
                case Path(prefix="", keys=(str(name),)):
                    span = outer_span(element)
                    self._error(
                        "E303",
                        f"`{name}` in a set has no quotes",
                        span,
                        f'write "{name}"',
                        Fix((Edit(span, f'"{name}"'),)),
                    )
                case _:
                    span = outer_span(element)
                    self._error(
                        "E303",
                        f"`{self._quote(span)}` is not allowed in a set",
                        span,
                        "a set contains strings and numbers, written out",
                    )
        return SetLiteral(tuple(elements), span=Span(opening[1], closing[2]))

    # Operands

    def _operand(self, node: Expression) -> Expression:
        """Return ``node`` where a value is needed; report a condition or a set."""
        span = outer_span(node)
        if is_condition(node) and id(node) not in self._joined:
            self._error(
                "E304",
                f"`{shorten(self.source[span.start : span.end])}` is a condition, not a value",
                span,
                "a condition can't be compared or calculated with: join conditions by && and ||",
            )
        elif isinstance(node, SetLiteral):
            self._error(
                "E302",
                f"the set `{shorten(self.source[span.start : span.end])}` is not allowed here",
                span,
                'a set goes on the left of CONTAINS or LIKE: ("us", "eu") CONTAINS meta.region',
            )
        return node

    def calculate(self, left: Expression, token: RawToken, right: Expression) -> Expression:
        operator = self._slice(token)
        span = Span(outer_span(left).start, outer_span(right).end)
        operator_span = Span(token[1], token[2])
        if operator in "&|" and (is_condition(left) or is_condition(right)):
            self.errors.append(single_ampersand(operator, operator_span))
            operands = (self._condition(left), self._condition(right))
            joined = And(operands, span=span) if operator == "&" else Or(operands, span=span)
            self._joined[id(joined)] = joined
            return joined
        self._operand(left)
        self._operand(right)
        return Arithmetic(
            operator,  # type: ignore[arg-type]
            left,
            right,
            span=span,
            operator_span=operator_span,
        )

    def apply_sign(self, token: RawToken, node: Expression) -> Unary:
        span = Span(token[1], outer_span(node).end)
        return Unary(self._slice(token), self._operand(node), span=span)  # type: ignore[arg-type]

    # Conditions

    def compare(self, left: Expression, token: RawToken, right: Expression) -> Comparison:
        kind, start, end = token
        operator: Any = kind if kind == "LIKE" or kind == "CONTAINS" else self.source[start:end]
        operator_span = _tuple(Span, (start, end))
        if kind == "ASSIGN" or type(left) not in _VALUES or type(right) not in _VALUES:
            right = self._check_sides(left, operator, operator_span, right)
        node: Any = _new(_COMPARISON)
        node.operator = operator
        node.left = left
        node.right = right
        first = left.parens[-1] if left.parens else left.span
        last = right.parens[-1] if right.parens else right.span
        node.span = _tuple(Span, (first[0], last[1]))
        node.operator_span = operator_span
        node.parens = ()
        node.__class__ = Comparison
        made: Comparison = node
        return made

    def _check_sides(
        self, left: Expression, operator: str, operator_span: Span, right: Expression
    ) -> Expression:
        """Return the intended right side; report sides that are not allowed."""
        reported = operator in {"==", "!=", "="} and self._compared_set(left, operator, right)
        reported = reported or self._compared_choice(left, operator, right)
        is_set = isinstance(left, SetLiteral) and operator in {"LIKE", "CONTAINS"}
        if not reported and not is_set:
            self._operand(left)
        if reported:
            pass
        elif isinstance(right, SetLiteral) and operator in {"LIKE", "CONTAINS"}:
            self._set_on_the_right(left, operator, right)
        else:
            self._operand(right)
        is_short = operator == "=" and not reported
        return self._shorthand(left, operator_span, right) if is_short else right

    def _set_on_the_right(self, left: Expression, operator: str, right: SetLiteral) -> None:
        span, left_span = outer_span(right), outer_span(left)
        fix = None
        help = f'write the set on the left: ("a", "b") {operator} meta.field'
        if operator == "CONTAINS" and not isinstance(left, SetLiteral):
            set_text = self._set_text(span)
            left_text = self.source[left_span.start : left_span.end]
            help = f"if the set lists what is allowed: {shorten(set_text)} CONTAINS {left_text}"
            # Not safe: the left side may be an array that should hold one of the elements.
            fix = Fix((Edit(left_span, set_text), Edit(span, left_text)), safe=False)
        message = f"the set `{self._quote(span)}` is not allowed on the right of {operator}"
        self._error("E301", message, span, help, fix)

    def _set_text(self, span: Span) -> str:
        """Return a set with parentheses, also if it was written with brackets."""
        return f"({self.source[span.start + 1 : span.end - 1]})"

    def _quote(self, span: Span) -> str:
        return shorten(self.source[span.start : span.end])

    def _compared_set(self, left: Expression, operator: str, right: Expression) -> bool:
        """Report a set beside ``==`` or ``!=``, where CONTAINS was meant."""
        if isinstance(right, SetLiteral):
            left, right = right, left
        if not isinstance(left, SetLiteral) or is_condition(right) or isinstance(right, SetLiteral):
            return False
        span, other = outer_span(left), outer_span(right)
        meant = f"{self._set_text(span)} CONTAINS {self.source[other.start : other.end]}"
        whole = Span(min(span.start, other.start), max(span.end, other.end))
        # Not safe: the other side may be an array that should be equal.
        fix = Fix((Edit(whole, f"!({meant})" if operator == "!=" else meant),), safe=False)
        message = f"the set `{self._quote(span)}` is not allowed beside `{operator}`"
        self._error("E302", message, span, f"write {shorten(fix.edits[0].text, 80)}", fix)
        return True

    def _compared_choice(self, left: Expression, operator: str, right: Expression) -> bool:
        """Report ``a == ("x" || "y")`` and ``(a || b) == "x"``, each compared once."""
        junction, other, is_left = (left, right, True) if _is_choice(left) else (right, left, False)
        if not _is_choice(junction) or type(other) not in _VALUES:
            return False
        assert isinstance(junction, (And, Or))
        span, alone = outer_span(junction), outer_span(other)
        parts = [self.source[slice(*outer_span(each))] for each in junction.operands]
        text = self.source[slice(*alone)]
        is_literal = [isinstance(each, (String, Number)) for each in junction.operands]
        literals = all(is_literal)
        if self._default_value(junction, span, other):
            return True
        if is_left and any(is_literal):
            return False
        meant = choice(junction, operator, text, parts) if literals and not is_left else ""
        if not meant:
            joint = " && " if isinstance(junction, And) else " || "
            sides = [(part, text) if is_left else (text, part) for part in parts]
            meant = f"({joint.join(f'{first} {operator} {second}' for first, second in sides)})"
        whole = Span(min(span.start, alone.start), max(span.end, alone.end))
        message = f"`{self._quote(span)}` is a condition, not a value"
        fix = Fix((Edit(whole, meant),), safe=False)
        self._error("E304", message, span, f"write {shorten(meant, 80)}", fix)
        return True

    def _default_value(self, junction: And | Or, span: Span, other: Expression) -> bool:
        """Report ``(a || 0) > 5``."""
        first, *others = junction.operands
        is_default = len(others) == 1 and isinstance(others[0], _LITERALS)
        if not isinstance(junction, Or) or not isinstance(first, Path) or not is_default:
            return False
        if not isinstance(other, _LITERALS):
            return False
        field = self.source[slice(*outer_span(first))]
        message = f"`{self._quote(span)}` is a condition, not a value"
        help = f"write {shorten(field)} alone: a filter has no default values"
        # A field that is missing has to be asked about in a condition of its own.
        self._error("E304", message, span, help, Fix((Edit(span, field),), safe=False))
        return True

    def _shorthand(self, left: Expression, operator_span: Span, right: Expression) -> Expression:
        """Return the right side of ``path = name`` or ``path = literal``; report other ``=``."""
        if isinstance(left, Path) and not left.parens and not right.parens:
            match right:
                case String() | Number() | Boolean() | Null():
                    return right
                case Path(spelling=spelling) if "." not in spelling and "[" not in spelling:
                    return String(spelling, spelling, bare=True, span=right.span)
                case _:
                    pass
        if isinstance(right, Unary) and right.operator == "~":
            start, end = operator_span.start, right.span.start + 1
            if end == operator_span.end + 1:
                span = Span(start, end)
                fix = Fix((Edit(span, add_spaces(self.source, span, "LIKE")),), safe=False)
                message = "`=~` is not a valid operator"
                self._error("E205", message, span, "write `LIKE`", fix)
                return right
        # In parentheses, a bare word may be the string of the shorthand or a field.
        word = isinstance(right, Path) and not right.prefix and len(right.keys) == 1
        self._error(
            "E305",
            "a single `=` compares a field with a word or a literal only",
            operator_span,
            "write `==`",
            Fix((Edit(operator_span, "=="),), safe=not (word and isinstance(left, Path))),
        )
        return right

    def _condition(self, node: Expression) -> Expression:
        return self._operand(node) if isinstance(node, SetLiteral) else node

    def negate(self, token: RawToken, node: Expression) -> Not:
        return Not(self._condition(node), span=Span(token[1], outer_span(node).end))

    open_and = open_or = open_elements

    def close_and(self, nodes: list[Expression]) -> And:
        node: And = self._junction(_AND, And, nodes)
        return node

    def close_or(self, nodes: list[Expression]) -> Or:
        node: Or = self._junction(_OR, Or, nodes)
        return node

    def _junction(self, draft: Any, kind: type[And | Or], nodes: list[Expression]) -> Any:
        operands: list[Expression] = []
        for node in nodes:
            if isinstance(node, kind):
                operands.extend(node.operands)
            else:
                operands.append(self._condition(node))
        made = _new(draft)
        made.operands = tuple(operands)
        made.span = Span(outer_span(nodes[0])[0], outer_span(nodes[-1])[1])
        made.parens = ()
        made.__class__ = kind
        return made

    def start(self, node: Expression) -> Expression:
        return self._condition(node)


def _is_choice(node: Expression) -> bool:
    return isinstance(node, (And, Or)) and all(type(each) in _VALUES for each in node.operands)


def choice(junction: And | Or, operator: str, field: str, values: Iterable[str]) -> str:
    """Return the test whether a field is one of some values, or none; empty if neither is meant."""
    test = f"({', '.join(values)}) CONTAINS {field}"
    if operator == "!=":
        return f"!({test})"
    return test if operator in {"==", "="} and isinstance(junction, Or) else ""


def single_ampersand(operator: str, span: Span) -> Diagnostic:
    """Report ``&`` or ``|`` between two conditions."""
    return Diagnostic(
        "E211",
        f"a single `{operator}` combines bits; it doesn't join conditions",
        span,
        f"write `{operator * 2}`",
        Fix((Edit(span, operator * 2),)),
    )


def add_spaces(text: str, span: Span, word: str) -> str:
    """Return ``word`` with a space on each side where the replaced span has none."""
    before, after = text[: span.start][-1:], text[span.end : span.end + 1]
    return f"{'' if before.isspace() else ' '}{word}{'' if after.isspace() else ' '}"
