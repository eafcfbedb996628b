"""Lints of what operands are: fields that are no fields, and types that don't go together."""

from __future__ import annotations

from collections.abc import Iterator

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Rule, Span
from pnfilter.lint.context import Context
from pnfilter.lint.naming import is_bare_word, is_envelope_field
from pnfilter.lint.registry import lint
from pnfilter.syntax.nodes import (
    BITWISE,
    ORDERINGS,
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
    Text,
    Unary,
    dashed_name,
    is_condition,
    is_word_compared,
)
from pnfilter.values import read_number
from pnfilter.wording import shortened


@lint(
    Rule(
        "W421",
        "envelope-field",
        summary="A field of the envelope.",
        why=(
            "A filter reads metadata and payload. The channel, the publisher, the "
            "timetoken and the type of a message are none of them, nor is there a "
            "prefix `message`."
        ),
        bad="timetoken > 5",
        good="meta.sentAt > 5",
    ),
    when=("notable",),
)
def envelope_fields(context: Context) -> Iterator[Diagnostic]:
    """Report ``message.x``, ``channel`` and ``timetoken``, which read the metadata."""
    for node in context.of(Path):
        if not is_envelope_field(node) or context.is_known(node):
            continue
        name = str(node.keys[0])
        span = Span(node.span.start, node.span.start + len(name))
        if name == "message":
            yield envelope_fields.at(
                span,
                "`message` is no prefix: this reads a field of the metadata called message",
                "the payload is data",
                Fix((Edit(span, "data"),), safe=False),
            )
        else:
            yield envelope_fields.at(
                span,
                f"no filter reads the envelope: `{name}` is a field of the metadata called so",
                f"send it in the metadata, and write meta.{name}",
                Fix((Edit(span, f"meta.{name}"),), safe=False),
            )


@lint(
    Rule(
        "W422",
        "ordered-text",
        summary="An ordering with something that is no number.",
        why=(
            "How the server orders texts is not known, and objects and booleans are "
            "not ordered at all."
        ),
        bad='data.name > "m"',
        good="data.age > 18",
    ),
    when=ORDERINGS,
)
def ordered_text(context: Context) -> Iterator[Diagnostic]:
    """Report strings, booleans and null under an ordering."""
    for node in context.comparisons():
        if node.operator not in ORDERINGS:
            continue
        for side in (node.left, node.right):
            if isinstance(side, Text) and read_number(side.raw) is None:
                yield ordered_text.at(
                    side.span,
                    f"`{node.operator}` orders numbers; {shortened(side.spelling)} is a text",
                    "send what is to be ordered as a number, a date as its seconds",
                )
            elif isinstance(side, (Boolean, Null)):
                yield ordered_text.at(
                    side.span,
                    f"`{node.operator}` orders numbers; `{context.source(side)}` is none",
                    "compare with == or !=",
                )


@lint(
    Rule(
        "W423",
        "like-without-text",
        summary="LIKE with something that is no text.",
        why="LIKE compares a text with a pattern, and a pattern is a quoted text.",
        bad="data.name LIKE 5",
        good='data.name LIKE "5*"',
    ),
    when=("LIKE",),
)
def like_without_text(context: Context) -> Iterator[Diagnostic]:
    """Report LIKE between a text and something that is no pattern, or the other way round."""
    for node in context.comparisons():
        if node.operator != "LIKE":
            continue
        right = node.right
        if not isinstance(right, (Path, Text)):
            source = context.source(right)
            help = "a pattern is a text: quote it"
            fix = None
            if isinstance(right, Arithmetic) and "*" in source and '"' not in source:
                help = f'a pattern is quoted: "{shortened(source)}"'
                fix = Fix((Edit(right.span, f'"{source}"'),), safe=False)
            message = f"`{shortened(source)}` is no pattern"
            yield like_without_text.at(right.span, message, help, fix)
        if isinstance(node.left, (Number, Boolean, Arithmetic, Unary)):
            yield like_without_text.at(
                node.left.span,
                f"LIKE looks at texts; `{shortened(context.source(node.left))}` is none",
                "compare numbers with == and the orderings",
            )


@lint(
    Rule(
        "W429",
        "pattern-from-message",
        summary="The pattern comes from the message.",
        why=(
            "Patterns are documented as texts in the filter. Whether `*` is a wildcard "
            "in a pattern that a field holds is not known."
        ),
        bad="data.name LIKE meta.pattern",
        good='data.name LIKE "a*"',
    ),
    when=("LIKE",),
)
def pattern_from_message(context: Context) -> Iterator[Diagnostic]:
    """Report a field as the pattern, unless it is a bare word, which is probably a text."""
    for node in context.comparisons():
        right = node.right
        if node.operator == "LIKE" and isinstance(right, Path) and not is_bare_word(right):
            yield pattern_from_message.at(
                right.span,
                f"the pattern comes from the message: `{shortened(context.source(right))}`",
                "whether `*` is a wildcard there is not known; write the pattern in the filter",
            )


@lint(
    Rule(
        "W424",
        "calculation-without-numbers",
        summary="Arithmetic that can have no result.",
        why=(
            "Arithmetic is of numbers, `%` and the bits of integers, and nothing is "
            "divided by zero. What the server does otherwise is not known."
        ),
        bad='data.a + "b" == 5',
        good="data.a + 1 == 5",
    ),
    when=(Arithmetic, Unary),
)
def calculated_text(context: Context) -> Iterator[Diagnostic]:
    """Report arithmetic that can have no result."""
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
                yield calculated_text.at(
                    side.span,
                    f"`{node.operator}` calculates with numbers; "
                    f"`{shortened(context.source(side))}` is none",
                    "the result is not known: texts are not joined, and not read as numbers",
                )
            elif whole and isinstance(side, Number) and isinstance(side.value, float):
                yield calculated_text.at(
                    side.span,
                    f"`{node.operator}` is of integers; `{shortened(side.spelling)}` is none",
                    "write an integer",
                )
        if isinstance(node, Arithmetic) and node.operator in "/%":
            divisor = node.right
            if isinstance(divisor, Number) and divisor.value == 0:
                yield calculated_text.at(
                    divisor.span,
                    f"`{shortened(context.source(node))}` divides by zero, which has no result",
                    "write another divisor",
                )


@lint(
    Rule(
        "W425",
        "lost-prefix",
        summary="One operand has no prefix.",
        why=(
            "In a comparison of fields with prefixes, a bare name reads the metadata, "
            "which is rarely meant."
        ),
        bad="data.total - used < 10",
        good="data.total - data.used < 10",
    ),
    when=("mixed",),
)
def lost_prefix(context: Context) -> Iterator[Diagnostic]:
    """Report ``data.total - used < 10``."""
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
            yield lost_prefix.at(
                path.span,
                f"`{shortened(written)}` has no prefix, and is read from the metadata",
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


@lint(
    Rule(
        "W427",
        "bare-value",
        summary="A value that is compared with nothing.",
        why="As a condition, only JSON true and false have a known meaning.",
        bad="urgent",
        good='meta.urgent == "true"',
    ),
    when=(And, Or, Not, "value"),
)
def bare_conditions(context: Context) -> Iterator[Diagnostic]:
    """Report a value as a condition."""
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
        yield bare_conditions.at(
            node.span,
            f"`{written}` is {what}, compared with nothing",
            f"it counts as a condition only where it is true or false: write {example}",
        )


@lint(
    Rule(
        "W428",
        "whole-payload",
        summary="`data` or `meta` alone.",
        why=(
            "Alone, the prefixes mean the whole payload and the whole metadata. "
            "Reading those is not documented, and a field of the metadata that is "
            "called data or meta is out of a bare name's reach."
        ),
        bad='data == "hello"',
        good='data.text == "hello"',
    ),
    when=("whole",),
)
def whole_payload(context: Context) -> Iterator[Diagnostic]:
    """Report ``data`` and ``meta`` alone."""
    for node in context.of(Path):
        if not node.keys:
            what = "payload" if node.root == "data" else "metadata"
            yield whole_payload.at(
                node.span,
                f"`{node.root}` alone is the whole {what}, and reading that is not documented",
                f'name a field: {node.root}.name; a field of the metadata called so: meta["{node.root}"]',
            )


@lint(
    Rule(
        "W430",
        "scalar-container",
        summary="A number that should contain something.",
        why="CONTAINS looks into texts, arrays and sets.",
        bad="5 CONTAINS data.x",
        good="data.x == 5",
    ),
    when=("CONTAINS",),
)
def scalar_container(context: Context) -> Iterator[Diagnostic]:
    """Report a number that should contain something."""
    for node in context.comparisons():
        if node.operator != "CONTAINS":
            continue
        left = node.left
        bracketed = isinstance(left, Number) and left.brackets and isinstance(node.right, Path)
        if isinstance(left, (Number, Boolean, Null, Arithmetic, Unary)) and not bracketed:
            yield scalar_container.at(
                left.span,
                f"`{shortened(context.source(left))}` can't contain anything",
                "on the left of CONTAINS stands a text, an array or a set",
            )
