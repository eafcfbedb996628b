"""Calls of functions and regular expressions, which the language doesn't have."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pnfilter.diagnostics import Edit, Fix, Span
from pnfilter.syntax.lexer import Token
from pnfilter.syntax.nodes import quote
from pnfilter.syntax.recovery.state import Repair
from pnfilter.wording import shorten

_STARTS, _ENDS, _MATCHES = "LIKE start*", "LIKE *end", "LIKE"
#: Functions of other languages, with the operator that replaces them behind the field.
_FUNCTIONS = {
    **dict.fromkeys(("contains", "includes", "include", "has", "indexof", "contain"), "CONTAINS"),
    **dict.fromkeys(("str_contains", "strpos", "anyof", "array_contains"), "CONTAINS"),
    **dict.fromkeys(("startswith", "starts_with", "str_starts_with", "beginswith"), _STARTS),
    **dict.fromkeys(("hasprefix", "startwith"), _STARTS),
    **dict.fromkeys(("endswith", "ends_with", "str_ends_with", "hassuffix"), _ENDS),
    **dict.fromkeys(("matches", "match", "test", "search", "ismatch", "regexp_like"), _MATCHES),
    **dict.fromkeys(("fullmatch", "preg_match", "regex", "regexp", "matchstring"), _MATCHES),
}
#: Those that fit the whole string.
_WHOLE = frozenset({"matches", "fullmatch"})
_CASE_FUNCTIONS = frozenset(
    {"lower", "upper", "tolower", "toupper", "tolowercase", "touppercase", "casefold"}
    | {"lcase", "ucase", "lowercase", "uppercase", "strtolower", "strtoupper", "downcase", "upcase"}
)
_MEMBERSHIP = frozenset({"includes", "contains", "has", "indexof", "include", "anymatch"})
#: What is compared with a position to find out whether there is one, and whether that negates.
_FOUND = re.compile(r"\s*(?:(?:>=\s*0|!==?\s*-1|>\s*-1)|(<\s*0|={2,3}\s*-1))(?![\w.])")
_NO_REGEX = "the language has no regular expressions"
_REGEX = re.compile(r"/((?:[^/\\\r\n*]|\\.)(?:[^/\\\r\n]|\\.)*)/[gimsuxy]*(?=\s|[)&|]|\Z)")
_TESTED = re.compile(r"/((?:[^/\\\r\n*]|\\.)(?:[^/\\\r\n]|\\.)*)/[a-z]*\.test\(")
_SIMPLE_REGEX = re.compile(r"(\^?)((?:[\w\s:@#,/=<>~!%&;-]|\\[.\-/+?$()\[\]{}|^]|\.\*)*)(\$?)")


def like_of_regex(source: str, *, whole: bool = False) -> str:
    """The quoted pattern of LIKE for a regular expression; empty if there is none.

    ``whole`` says that it must fit the whole string, as ``matches`` of Java does.
    """
    match = _SIMPLE_REGEX.fullmatch(source.removeprefix("(?i)"))
    if match is None or not match[2]:
        return ""
    start, middle, end = match.groups()
    middle = re.sub(r"\\(.)", r"\1", middle.replace(".*", "*"))
    before = "" if start or whole or middle.startswith("*") else "*"
    return quote(f"{before}{middle}{'' if end or whole or middle.endswith('*') else '*'}")


def regular_expression(repair: Repair) -> bool:
    """Report ``/b.*/`` right of a comparator, with the operator before it."""
    first = repair.peek()
    match = _REGEX.match(repair.text, first.start) if first.kind == "SLASH" else None
    if match is None:
        return False
    clause = repair.clauses[-1]
    comparator = clause.comparator
    if comparator is None or clause.left is None:
        return False
    written = repair.text[comparator.start : comparator.end]
    span = Span(comparator.start, match.end())
    if repair.errors and repair.errors[-1].span == Span(comparator.start, comparator.end):
        repair.errors.pop()
    pattern = like_of_regex(match[1])
    field = repair.text[slice(*clause.left)]
    meant, edit = f"LIKE {pattern}", span
    if "!" in written:
        meant, edit = f"!({field} LIKE {pattern})", Span(clause.left.start, match.end())
    help = f"write {shorten(meant, 80)}" if pattern else "LIKE has `*` for any characters"
    fix = Fix((Edit(edit, meant),), safe=False) if pattern else None
    message = f"`{shorten(repair.text[slice(*span)])}`: {_NO_REGEX}"
    repair.error("E205", message, span, help, fix)
    repair.skip_to(match.end())
    repair.push("TEXT", first.start, match.end())
    return True


def instead_of_call(repair: Repair, name: str, group: Sequence[Token]) -> str:
    """Return what to write instead of a call; ``group`` is its parentheses and their content."""
    inner = list(group[1:-1])
    content = repair.text[inner[0].start : inner[-1].end] if inner else ""
    asks = name in {"exists", "defined", "isset", "isdefined", "has"}
    if asks and inner and inner[0].kind == "NAME" and "COMMA" not in {part.kind for part in inner}:
        return f'{shorten(content)} LIKE "*" matches if the field is a string'
    operator = _FUNCTIONS.get(name, "")
    if operator:
        path = repair.operand_tokens()[:-2]
        commas = [index for index, token in enumerate(inner) if token.kind == "COMMA"]
        # The field is an argument, or the object of the call.
        alone = not path or (len(path) == 1 and repair.word(path[0]) not in {"data", "meta"})
        if alone and len(commas) == 1 and 0 < commas[0] < len(inner) - 1:
            path, inner = inner[: commas[0]], inner[commas[0] + 1 :]
            if path[0].kind == "TEXT" and inner[0].kind == "NAME":
                path, inner = inner, path
        field = repair.text[path[0].start : path[-1].end] if path else "data.name"
        is_text = [token.kind for token in inner] == ["TEXT"] and inner[0].start < inner[0].end
        spelling = repair.slice(inner[0]) if is_text else '"…"'
        if operator in {_STARTS, _ENDS}:
            text = f"{spelling[1:-1]}*" if operator == _STARTS else f"*{spelling[1:-1]}"
            spelling = f"{spelling[0]}{text}{spelling[0]}"
            operator = "LIKE"
        elif operator == _MATCHES:
            written = _REGEX.fullmatch(content)
            source = spelling[1:-1] if is_text else written[1] if written else ""
            spelling = like_of_regex(source, whole=name in _WHOLE) or '"…"'
        return f"write {shorten(field)} {operator} {shorten(spelling)}"
    if name in _CASE_FUNCTIONS:
        return "compare the field itself; LIKE never looks at case"
    return "compare the field itself, or send the value to compare"


def call(repair: Repair, token: Token) -> bool:
    """``lower(x)``, ``data.tags.contains("x")``, ``data.name.toLowerCase().includes("x")``."""
    if token.kind != "LPAR" or not repair.out or repair.out[-1].kind != "NAME":
        return False
    group = repair.group()
    named = repair.out[-1]
    name = repair.slice(named)
    start, end = named.start, group[-1].end if group else token.end
    help = instead_of_call(repair, name.lower(), group)
    # One of the same path is a part of this one.
    if repair.errors and repair.errors[-1].code == "E216":
        last = repair.errors[-1].span
        if repair.operand_tokens() and repair.operand_tokens()[0].start <= last.start < start:
            repair.errors.pop()
            start = last.start
    message = f"`{shorten(name)}(…)`: the language has no functions"
    repair.error("E216", message, Span(start, end), help)
    repair.position += len(group) or 1
    is_method = repair.out[-2:-1] and repair.out[-2].kind == "DOT"
    if name.lower() in _CASE_FUNCTIONS and is_method and not group[1:-1]:
        # What follows is called on the field.
        del repair.out[-2:]
    return True


def method_of_list(repair: Repair, token: Token) -> bool:
    """Report ``["a", "b"].includes(meta.x)``, ``["a"].some(…)`` and ``/b.*/.test(data.name)``."""
    if repair.after_operand or token.kind not in {"LSQB", "LPAR", "SLASH"}:
        return False
    if token.kind == "SLASH":
        tested = _TESTED.match(repair.text, token.start)
        source, listed_end = (tested[1], tested.end() - 1) if tested else ("", 0)
        listed, is_membership = "", False
    else:
        ahead = 1
        while repair.peek(ahead).kind in {"TEXT", "NUMBER", "MINUS", "COMMA"}:
            ahead += 1
        closing, dot, method, opening = (repair.peek(ahead + step) for step in range(4))
        if ahead == 1 or closing.kind not in {"RSQB", "RPAR"} or dot.kind != "DOT":
            return False
        if opening.kind != "LPAR":
            return False
        is_membership = repair.word(method) in _MEMBERSHIP
        source, listed_end = "", opening.start
        listed = repair.text[token.end : closing.start]
    if not listed_end:
        return False
    position = repair.position
    repair.skip_to(listed_end)
    argument = repair.group()
    if not argument[1:-1]:
        repair.position = position
        return False
    end = argument[-1].end
    if listed and not is_membership:
        span = Span(token.start, end)
        written = shorten(repair.text[slice(*span)])
        help = f"write ({shorten(listed)}) CONTAINS data.name"
        repair.error("E216", f"`{written}`: the language has no functions", span, help)
        repair.skip_to(end)
        repair.push("TEXT", *span)
        return True
    field = repair.text[argument[1].start : argument[-2].end]
    pattern = like_of_regex(source)
    meant = f"({listed}) CONTAINS {field}" if listed else f"{field} LIKE {pattern}"
    if listed and "," not in listed:
        meant = f"{field} == {listed}"
    if listed and (found := _FOUND.match(repair.text, end)):
        end = found.end()
        meant = f"!({meant})" if found[1] else meant
    elif repair.out and repair.out[-1].kind == "NOT":
        meant = f"({meant})"
    span = Span(token.start, end)
    is_certain = bool(listed or pattern)
    help = f"write {shorten(meant, 80)}" if is_certain else "LIKE has `*` for any characters"
    fix = Fix((Edit(span, meant),), safe=False) if is_certain else None
    message = f"`{shorten(repair.text[slice(*span)])}`: the language has no functions"
    repair.error("E216", message, span, help, fix)
    repair.skip_to(end)
    repair.push("TEXT", *span)
    return True
