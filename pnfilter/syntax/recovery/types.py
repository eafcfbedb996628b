"""Types, which the language lacks: casts, tests of types, and what strings have before them.

Each recogniser detects one form at a token, reports it with what to write, and reads on as if the
field or the string were there alone.
"""

from __future__ import annotations

import re

from pnfilter.diagnostics import Edit, Fix, Span
from pnfilter.syntax.lexer import QUOTED, Token
from pnfilter.syntax.recovery.state import Repair
from pnfilter.wording import shorten

_TYPE = (
    r"(?:unsigned\s+|signed\s+)?(?:u?int(?:eger)?(?:8|16|32|64)?|long|short|byte|char|float(?:32|64)?"
    r"|f32|f64|[iu](?:8|16|32|64)|double|decimal|numeric|number|real|bool(?:ean)?|str(?:ing)?"
    r"|text|varchar|date|datetime|timestamp|object|any|list|array|map|dict|uuid)"
)
#: ``as Int``, ``as! Int`` and ``as? Int``.
_AS = re.compile(
    r"as[!?]?\s+[A-Za-z_][\w.]*(?:<[\w, ]+>)?\??(?=\s*(?:[=<>!)\]+*/%&|-]|\Z))", re.IGNORECASE
)
_IN_PARENTHESES = re.compile(rf"\(\s*{_TYPE}\s*\)\s*(?=[A-Za-z_(])", re.IGNORECASE)
_IS = re.compile(rf"is\s+(?:not\s+)?(?:an?\s+)?{_TYPE}(?![\w.])", re.IGNORECASE)
_PATH = r"[A-Za-z_]\w*(?:\.\w+|\[(?:\d+|\"[^\"\r\n\\]*\"|'[^'\r\n\\]*')\])*"
_TYPE_OF = re.compile(
    rf"(?:typeof|type)(?:\s*\(\s*({_PATH})\s*\)|\s+({_PATH}))"
    rf"\s*(===?|!==?|<>|=|\bis\b)\s*(?:{QUOTED}|{_TYPE}\b|undefined\b)",
    re.IGNORECASE,
)
#: Letters and signs that other languages put before a string.
_STRING_PREFIX = re.compile(rf"([fFrRbBuULNEq]{{1,2}}|[@$]{{1,2}})({QUOTED})")


def cast(repair: Repair, token: Token) -> bool:
    """Report ``data.mag as Int`` and ``(int) data.mag``."""
    pattern = _AS if repair.after_operand else _IN_PARENTHESES
    found = pattern.match(repair.text, token.start)
    if found is None or token.kind not in {"NAME", "LPAR"}:
        return False
    span = Span(*found.span())
    message = f"`{shorten(found[0].rstrip())}`: the language has no types"
    start = span.start
    while repair.after_operand and start and repair.text[start - 1].isspace():
        start -= 1
    fix = Fix((Edit(Span(start, span.end), ""),), safe=False)
    repair.error("E205", message, span, "remove it: a value has the type that it is sent with", fix)
    repair.skip_to(span.end)
    return True


def type_test(repair: Repair, token: Token) -> bool:
    """Report ``typeof data.mag === "number"`` and ``data.mag is Int`` as a whole."""
    if token.kind != "NAME":
        return False
    found = (_IS if repair.after_operand else _TYPE_OF).match(repair.text, token.start)
    if found is None:
        return False
    help = "compare the value itself"
    if not repair.after_operand and "undefined" in found[0]:
        test = f'{found[1] or found[2]} LIKE "*"'
        help = f"{test} matches if the field is a string, whatever its value"
        if "!" not in found[3] and found[3] != "<>":
            help = f"!({test}) matches if the field is not a string"
    code, what = ("E218", found[0]) if repair.after_operand else ("E216", "typeof")
    span = Span(*found.span())
    repair.error(code, f"`{shorten(what)}`: the language has no types", span, help)
    repair.skip_to(span.end)
    if not repair.after_operand:
        repair.push("TEXT", *span)
    return True


def prefixed_string(repair: Repair, token: Token) -> bool:
    """Report ``f"…"``, ``r"…"``, ``@"…"`` and ``N'…'``."""
    if repair.after_operand:
        return False
    found = _STRING_PREFIX.match(repair.text, token.start)
    if found is None:
        return False
    span = Span(*found.span())
    if found[1][0] in "fF$" and "{" in found[2]:
        help = "insert the value, quoted, before you send the filter: template and F do both"
        repair.error("E111", f"`{shorten(found[0])}` was not filled in", span, help)
    else:
        message = f"`{found[1]}` before a string is not allowed"
        prefix = Span(span.start, found.end(1))
        fix = Fix((Edit(prefix, ""),), safe=False)
        repair.error("E219", message, prefix, f"write {shorten(found[2])}", fix)
    repair.skip_to(span.end)
    repair.push("TEXT", found.start(2), span.end)
    return True
