"""Lints of what operands are: fields that are no fields, and types that don't go together."""

from __future__ import annotations

from collections.abc import Iterator

from pnfilter.checking.context import Context
from pnfilter.checking.naming import is_bare_word, is_envelope_field
from pnfilter.diagnostics import Diagnostic, Edit, Fix, Span
from pnfilter.syntax.nodes import (
    BITWISE,
    ORDERINGS,
    Arithmetic,
    Boolean,
    Comparison,
    Expression,
    Not,
    Null,
    Number,
    Path,
    SetLiteral,
    Text,
    Unary,
    dashed_name,
    is_condition,
    is_word_compared,
)
from pnfilter.values import read_number
from pnfilter.wording import shortened


def envelope_fields(context: Context) -> Iterator[Diagnostic]:
    """W421: ``message.x``, ``channel``, ``timetoken`` and their like read the metadata."""
    for node in context.of(Path):
        if not is_envelope_field(node) or context.is_known(node):
            continue
        name = str(node.keys[0])
        span = Span(node.span.start, node.span.start + len(name))
        if name == "message":
            yield Diagnostic(
                "W421",
                "`message` is no prefix: this reads a field of the metadata called message",
                span,
                "the payload is data",
                Fix((Edit(span, "data"),), safe=False),
            )
        else:
            yield Diagnostic(
                "W421",
                f"no filter reads the envelope: `{name}` is a field of the metadata called so",
                span,
                f"send it in the metadata, and write meta.{name}",
                Fix((Edit(span, f"meta.{name}"),), safe=False),
            )


def ordered_text(context: Context) -> Iterator[Diagnostic]:
    """W422: ordering is of numbers."""
    for node in context.comparisons():
        if node.operator not in ORDERINGS:
            continue
        for side in (node.left, node.right):
            if isinstance(side, Text) and read_number(side.raw) is None:
                yield Diagnostic(
                    "W422",
                    f"`{node.operator}` orders numbers; {shortened(side.spelling)} is a text",
                    side.span,
                    "send what is to be ordered as a number, a date as its seconds",
                )
            elif isinstance(side, (Boolean, Null)):
                yield Diagnostic(
                    "W422",
                    f"`{node.operator}` orders numbers; `{context.source(side)}` is none",
                    side.span,
                    "compare with == or !=",
                )


def like_operands(context: Context) -> Iterator[Diagnostic]:
    """W423, W429: LIKE compares a text with a pattern."""
    for node in context.comparisons():
        if node.operator != "LIKE":
            continue
        right = node.right
        if isinstance(right, Path):
            if not is_bare_word(right):
                yield Diagnostic(
                    "W429",
                    f"the pattern comes from the message: `{shortened(context.source(right))}`",
                    right.span,
                    "whether `*` is a wildcard there is not known; write the pattern in the filter",
                )
        elif not isinstance(right, Text):
            source = context.source(right)
            help = "a pattern is a text: quote it"
            fix = None
            if isinstance(right, Arithmetic) and "*" in source and '"' not in source:
                help = f'a pattern is quoted: "{shortened(source)}"'
                fix = Fix((Edit(right.span, f'"{source}"'),), safe=False)
            message = f"`{shortened(source)}` is no pattern"
            yield Diagnostic("W423", message, right.span, help, fix)
        if isinstance(node.left, (Number, Boolean, Arithmetic, Unary)):
            yield Diagnostic(
                "W423",
                f"LIKE looks at texts; `{shortened(context.source(node.left))}` is none",
                node.left.span,
                "compare numbers with == and the orderings",
            )


def calculated_text(context: Context) -> Iterator[Diagnostic]:
    """W424: arithmetic that can have no result."""
    for node in context.nodes:
        if isinstance(node, Arithmetic):
            sides: tuple[Expression, ...] = (node.left, node.right)
            whole = node.operator in BITWISE or node.operator == "%"
        elif isinstance(node, Unary):
            sides, whole = (node.operand,), node.operator == "~"
        else:
            continue
        for side in sides:
            if isinstance(side, (Text, Boolean, Null)):
                yield Diagnostic(
                    "W424",
                    f"`{node.operator}` calculates with numbers; "
                    f"`{shortened(context.source(side))}` is none",
                    side.span,
                    "the result is not known: texts are not joined, and not read as numbers",
                )
            elif whole and isinstance(side, Number) and isinstance(side.value, float):
                yield Diagnostic(
                    "W424",
                    f"`{node.operator}` is of integers; `{shortened(side.spelling)}` is none",
                    side.span,
                    "write an integer",
                )
        if isinstance(node, Arithmetic) and node.operator in "/%":
            divisor = node.right
            if isinstance(divisor, Number) and divisor.value == 0:
                yield Diagnostic(
                    "W424",
                    f"`{shortened(context.source(node))}` divides by zero, which has no result",
                    divisor.span,
                    "write another divisor",
                )


def lost_prefix(context: Context) -> Iterator[Diagnostic]:
    """W425: ``data.total - used < 10``."""
    for node in context.comparisons():
        if is_word_compared(node) and not node.right.brackets:
            continue
        # A pattern that is calculated, and a name with dashes, have diagnostics of their own.
        pattern = node.operator == "LIKE" and isinstance(node.right, Arithmetic)
        paths = _paths(node.left if pattern else node)
        prefixed = [path for path in paths if path.prefix]
        bare = [path for path in paths if not path.prefix and not context.is_known(path)]
        if not prefixed:
            continue
        for path in bare:
            written = context.source(path)
            prefix = prefixed[0].prefix
            yield Diagnostic(
                "W425",
                f"`{shortened(written)}` has no prefix, and is read from the metadata",
                path.span,
                f"did you mean {prefix}.{shortened(written)}? of the metadata: meta.{shortened(written)}",
                Fix((Edit(Span(path.span.start, path.span.start), f"{prefix}."),), safe=False),
            )


def _paths(node: Expression) -> list[Path]:
    match node:
        case Path():
            return [node]
        case Arithmetic() if parts := dashed_name(node):
            return [part for part in parts if isinstance(part, Path) and part.prefix]
        case Comparison(_, left, right) | Arithmetic(_, left, right):
            return [*_paths(left), *_paths(right)]
        case Unary(_, operand):
            return _paths(operand)
        case _:
            return []


def bare_conditions(context: Context) -> Iterator[Diagnostic]:
    """W427: a value as a condition."""
    whole = context.expression
    conditions: list[Expression] = [whole]
    for junction in context.junctions():
        conditions.extend(junction.operands)
    conditions.extend(node.operand for node in context.of(Not))
    for node in conditions:
        # A field inside a larger condition is how flags are read; constants are the logic's.
        if is_condition(node) or isinstance(node, (Boolean, Null, SetLiteral)):
            continue
        if isinstance(node, Path) and (node is not whole or node.prefix or len(node.keys) > 1):
            continue
        written = shortened(context.source(node))
        what = "a field" if isinstance(node, Path) else "a value"
        example = f'meta.{written} == "…"' if isinstance(node, Path) else "a comparison"
        yield Diagnostic(
            "W427",
            f"`{written}` is {what}, compared with nothing",
            node.span,
            f"it counts as a condition only where it is true or false: write {example}",
        )


def whole_payload(context: Context) -> Iterator[Diagnostic]:
    """W428: ``data`` and ``meta`` alone."""
    for node in context.of(Path):
        if not node.keys:
            what = "payload" if node.root == "data" else "metadata"
            yield Diagnostic(
                "W428",
                f"`{node.root}` alone is the whole {what}, and reading that is not documented",
                node.span,
                f'name a field: {node.root}.name; a field of the metadata called so: meta["{node.root}"]',
            )


def scalar_container(context: Context) -> Iterator[Diagnostic]:
    """W430: a number that should contain something."""
    for node in context.comparisons():
        if node.operator != "CONTAINS":
            continue
        left = node.left
        bracketed = isinstance(left, Number) and left.brackets and isinstance(node.right, Path)
        if isinstance(left, (Number, Boolean, Null, Arithmetic, Unary)) and not bracketed:
            yield Diagnostic(
                "W430",
                f"`{shortened(context.source(left))}` can't contain anything",
                left.span,
                "on the left of CONTAINS stands a text, an array or a set",
            )
