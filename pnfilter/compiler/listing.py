"""The generated source for people: one thing per line, beside the filter's own text.

It is the source that runs, as a ``def`` instead of a ``lambda``, with its constants as defaults.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Final

from pnfilter.compiler.fields import PARAMETERS
from pnfilter.compiler.program import MAX_LEAVES, Fragment, Program, generate
from pnfilter.diagnostics import printable
from pnfilter.syntax.nodes import Expression, print_expression
from pnfilter.wording import shorten

#: Characters of a line of code before it is broken, and of a comment before it is cut.
MAX_LINE: Final = 88
_STEP: Final = "    "

_HEAD: Final = """\
# fallback(n, message) is asked about values of other types than usual: the interpreter's answer on
# the part with that number. Where the interpreter has none it raises, and the whole is interpreted.
"""


def listed(expression: Expression) -> str:
    """Return the source of the function that ``Filter.evaluate`` calls with a ``dict``.

    It ends with a line break.
    """
    program = generate(expression, "message")
    shown = _comment(expression)
    if program is None:
        too_many = f"# More than {MAX_LEAVES:,} comparisons: the interpreter evaluates this filter."
        return f"{shown}\n{too_many}\n"
    names = ["c"] if program.bundled else [f"c{number}" for number in range(len(program.constants))]
    values = [program.constants] if program.bundled else program.constants
    lines = [
        "def outcome(",
        f"{_STEP}{PARAMETERS[program.entry]},",
        *(f"{_STEP}{name}={_literal(value)}," for name, value in zip(names, values, strict=True)),
        f"{_STEP}fallback=fallback,",
        "):",
        f"{_STEP}return True if (",
        *_lines(program.condition, _STEP * 2),
        f"{_STEP}) else False",
    ]
    return "\n".join([_HEAD + shown, *lines]) + "\n"


def _literal(value: Any) -> str:
    if isinstance(value, Program):
        # A function like this one, for some operands of a long junction.
        return "..."
    if isinstance(value, frozenset):
        return f"frozenset([{', '.join(sorted(map(repr, value)))}])"
    if isinstance(value, tuple):
        return f"({''.join(_literal(one) + ', ' for one in value)})"
    return repr(value)


def _comment(node: Expression) -> str:
    return f"# {shorten(printable(print_expression(node)), MAX_LINE)}"


def _lines(part: Fragment, indent: str) -> Iterator[str]:
    if part.kind in {"leaf", "slice"}:
        yield indent + _comment(part.node)
        yield from _laid_out(part.source, indent)
    elif part.kind == "not":
        yield f"{indent}not ("
        yield from _lines(part.parts[0], indent + _STEP)
        yield f"{indent})"
    else:
        for number, inner in enumerate(part.parts):
            if number:
                yield indent + part.kind
            if inner.kind in {"leaf", "slice"}:
                yield from _lines(inner, indent)
            else:
                yield f"{indent}("
                yield from _lines(inner, indent + _STEP)
                yield f"{indent})"


def _laid_out(source: str, indent: str) -> Iterator[str]:
    """Lay out a leaf: on one line, or its test, guard and fallback on several."""
    tree = ast.parse(source, mode="eval").body
    if len(indent) + len(source) <= MAX_LINE or not isinstance(tree, ast.IfExp):
        yield indent + source
        return
    inner = indent + _STEP
    yield f"{indent}("
    yield inner + _segment(source, tree.body)
    yield from _guard(source, tree.test, f"{inner}if ", inner + _STEP)
    yield f"{inner}else {_segment(source, tree.orelse)}"
    yield f"{indent})"


def _guard(source: str, node: ast.expr, start: str, indent: str) -> Iterator[str]:
    """Lay out a condition on one line, or on one per part."""
    found = _segment(source, node)
    if len(start) + len(found) <= MAX_LINE or not isinstance(node, ast.BoolOp):
        yield start + found
        return
    word = "and" if isinstance(node.op, ast.And) else "or"
    for number, value in enumerate(node.values):
        lead = f"{indent}{word} " if number else start
        if isinstance(value, ast.BoolOp) and word == "and":
            margin = " " * (len(lead) - len(lead.lstrip()))
            yield f"{lead}("
            yield from _guard(source, value, margin + _STEP, margin + _STEP)
            yield f"{margin})"
        else:
            yield from _guard(source, value, lead, indent)


def _segment(source: str, node: ast.expr) -> str:
    """Return the source of a node, without the parentheses round it."""
    found = ast.get_source_segment(source, node)
    assert found is not None
    return found
