"""Calls of functions and regular expressions, which the language doesn't have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from pnfilter.diagnostics import Edit, Fix, Span
from pnfilter.syntax.lexer import BAD_PLACEHOLDER, Token
from pnfilter.syntax.nodes import quote
from pnfilter.syntax.recovery.lists import values_at
from pnfilter.syntax.recovery.state import COMPARATORS, NAMES, Repair
from pnfilter.wording import shorten

_STARTS, _ENDS, _MATCHES = "LIKE start*", "LIKE *end", "LIKE"
#: Functions of other languages, with the operator that replaces them behind the field.
_FUNCTIONS = {
    **dict.fromkeys(("contains", "includes", "include", "has", "indexof", "contain"), "CONTAINS"),
    **dict.fromkeys(("str_contains", "strpos", "anyof", "array_contains", "member"), "CONTAINS"),
    **dict.fromkeys(("in_array", "inarray", "is_in", "isin"), "CONTAINS"),
    **dict.fromkeys(("startswith", "starts_with", "str_starts_with", "beginswith"), _STARTS),
    **dict.fromkeys(("hasprefix", "startwith", "start_with", "begins_with"), _STARTS),
    **dict.fromkeys(("endswith", "ends_with", "str_ends_with", "hassuffix", "end_with"), _ENDS),
    **dict.fromkeys(("equals", "isequalto", "equalsignorecase", "isequal"), "=="),
    **dict.fromkeys(("matches", "match", "test", "search", "ismatch", "regexp_like"), _MATCHES),
    **dict.fromkeys(("fullmatch", "preg_match", "regex", "regexp", "matchstring"), _MATCHES),
}
#: Functions that convert a value or return a field of it, and those that return the time.
_VALUES = frozenset(
    "int integer toint parseint number float parsefloat tofloat todouble tonumber double decimal "
    "str string tostring to_s to_i to_f bool boolean tobool cast try_cast convert tryparse intval "
    "floatval strval itoa atoi trim strip value valueof optional some abs".split()
)
_GETTERS = frozenset(
    "get getstring getint getlong getdouble getfloat getboolean getvalue getproperty getitem "
    "fetch dig at opt optstring optint at_key item field col column".split()
)
_CLOCKS = frozenset(
    "now date datetime utcnow today time timestamp current_timestamp getdate sysdate "
    "currenttimemillis unix_timestamp strtotime".split()
)
#: What is taken from the time: ``- INTERVAL 5 MINUTE``.
_INTERVAL = re.compile(
    r"\s*[+-]\s*interval\s+(?:'[^'\r\n]*'|\"[^\"\r\n]*\"|\w+)(?:\s+[a-z]+)?", re.IGNORECASE
)
#: Those that fit the whole string.
_WHOLE = frozenset({"matches", "fullmatch"})
_CASE_FUNCTIONS = frozenset(
    {"lower", "upper", "tolower", "toupper", "tolowercase", "touppercase", "casefold"}
    | {"lcase", "ucase", "lowercase", "uppercase", "strtolower", "strtoupper", "downcase", "upcase"}
)
_MEMBERSHIP = frozenset(
    {"includes", "contains", "has", "indexof", "include", "anymatch", "member", "cover", "exists"}
)
#: What is compared with a position to find out whether there is one, and whether that negates.
_FOUND = re.compile(r"\s*(?:(?:>=\s*0|!==?\s*-1|>\s*-1)|(<\s*0|={2,3}\s*-1))(?![\w.])")
#: A call of a method on values: ``.includes(``, and of Ruby ``.include? ``.
_METHOD = re.compile(r"\s*\.\s*([A-Za-z_]\w*)[?!]?\s*(\()?")
#: What a test is compared with, to no effect, or to negate it.
_TRUE = re.compile(r"\s*(?:(?:={2,3}\s*true|!==?\s*false)|(={2,3}\s*false|!==?\s*true))(?![\w.])")
_ONE = re.compile(r"\s*(?:(?:={2,3}\s*1|!==?\s*0|>\s*0)|(={2,3}\s*0|!==?\s*1))(?![\w.])")
#: Functions that return a position, and what asks whether it is the first.
_POSITIONS = frozenset({"indexof", "strpos"})
_FIRST = re.compile(r"\s*={2,3}\s*0(?![\w.])")
#: Functions that return 1 or 0.
_COUNTED = frozenset({"preg_match", "regexp_like", "regexp"})
#: How a method asks in Ruby, with what may follow it.
_PREDICATE = re.compile(r"\?(?=\s*(?:\Z|[({&|)]|(?:and|or)\b))")
_PREDICATES = frozenset(
    "empty nil blank present any all none include start_with end_with between is_a kind_of "
    "match member key zero positive negative even odd frozen respond_to".split()
)
_SEND_IT = "compare the field itself, or send the value to compare"
_NO_FUNCTIONS = "the language has no functions"
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


class Instead(NamedTuple):
    """What to write instead of a call: a sentence, and the condition where it is certain."""

    help: str
    meant: str = ""


def instead_of_call(repair: Repair, name: str, group: Sequence[Token]) -> Instead:
    """Return what to write instead of a call; ``group`` is its parentheses and their content."""
    arguments = _arguments(group[1:-1])
    texts = [repair.text[each[0].start : each[-1].end] for each in arguments]
    inner = list(group[1:-1])
    content = repair.text[inner[0].start : inner[-1].end] if inner else ""
    path = repair.operand_tokens()[:-2]
    # The field is an argument, or the object of the call.
    alone = not path or (len(path) == 1 and repair.word(path[0]) not in {"data", "meta"})
    field = repair.text[path[0].start : path[-1].end] if path else ""
    asks = name in {"exists", "defined", "isset", "isdefined", "has", "attribute_exists"}
    if asks and len(arguments) == 1 and inner[0].kind == "NAME":
        return Instead(f'{shorten(content)} LIKE "*" matches if the field is a string')
    if name == "between" and (found := _between(repair, arguments, "" if alone else field)):
        return Instead(f"write {shorten(found, 80)}", found)
    if name in _FUNCTIONS:
        return _instead_of_test(repair, name, arguments, "" if alone else field)
    if name in _CASE_FUNCTIONS:
        return Instead("compare the field itself; LIKE never looks at case")
    if name in _CLOCKS:
        return Instead("a filter knows no time: write it as a number, as the messages have it")
    if name in _VALUES and (not alone or (inner and inner[0].kind == "NAME")):
        steps = repair.text[arguments[0][0].start : arguments[0][-1].end] if alone else field
        return Instead(f"write the field alone: {shorten(re.split(_AS_TYPE, steps)[0])}")
    key = arguments[0] if arguments else []
    if name in _GETTERS and not alone and len(key) == 1 and key[0].kind == "TEXT":
        return Instead(f"write the field alone: {shorten(f'{field}[{repair.slice(key[0])}]')}")
    asked = field if not alone else _path(texts[0]) if len(texts) == 1 else ""
    return Instead((_instead_of_question(name, shorten(asked)) if asked else "") or _SEND_IT)


_AS_TYPE = re.compile(r"\s+as\s+", re.IGNORECASE)


def _arguments(inner: Sequence[Token]) -> list[list[Token]]:
    """The tokens of each argument of a call; none for an empty one."""
    arguments: list[list[Token]] = [[]]
    depth = 0
    for token in inner:
        depth += (token.kind in {"LPAR", "LSQB"}) - (token.kind in {"RPAR", "RSQB"})
        if token.kind == "COMMA" and not depth:
            arguments.append([])
        else:
            arguments[-1].append(token)
    return [argument for argument in arguments if argument]


def _is_path(repair: Repair, argument: Sequence[Token]) -> bool:
    return argument[0].kind == "NAME" or repair.slice(argument[0])[0] in "$&"


def _path(written: str) -> str:
    """A path without the signs that PHP, Go and Rust have in it."""
    return written.lstrip("$&").replace("->", ".")


def _between(repair: Repair, arguments: list[list[Token]], field: str) -> str:
    texts = [repair.text[each[0].start : each[-1].end] for each in arguments]
    texts = [field, *texts] if field else texts
    return f"{texts[0]} >= {texts[1]} && {texts[0]} <= {texts[2]}" if len(texts) == 3 else ""


def _instead_of_test(
    repair: Repair, name: str, arguments: list[list[Token]], field: str
) -> Instead:
    """What to write instead of a call that tests a field: its object, or one of its arguments."""
    operator = _FUNCTIONS[name]
    texts = [repair.text[each[0].start : each[-1].end] for each in arguments]
    if operator == "CONTAINS" and len(arguments) == 2 and not field:
        for listed, other in (texts, texts[::-1]):
            values = values_at(listed, 0)
            if values and values.end == len(listed):
                meant = values.having(_path(other))
                return Instead(f"write {shorten(meant, 80)}", meant)
    value = arguments[0] if arguments else []
    if not field and len(arguments) >= 2:
        first, value = arguments[:2]
        if first[0].kind in {"TEXT", "SLASH"} and _is_path(repair, value):
            first, value = value, first
        field = _path(repair.text[first[0].start : first[-1].end])
    # OData has slashes between the steps of a path.
    certain = field
    field = field or "data.name"
    if re.fullmatch(r"(?:data|meta)(?:/\w+)+", field):
        field = field.replace("/", ".")
    is_text = [token.kind for token in value] == ["TEXT"] and value[0].start < value[0].end
    spelling = repair.slice(value[0]) if is_text else '"…"'
    if operator in {_STARTS, _ENDS}:
        text = f"{spelling[1:-1]}*" if operator == _STARTS else f"*{spelling[1:-1]}"
        spelling = f"{spelling[0]}{text}{spelling[0]}"
        operator = "LIKE"
    elif operator == _MATCHES:
        source = repair.text[value[0].start : value[-1].end] if value else ""
        source = source[1:-1] if is_text else source
        written = _REGEX.fullmatch(source)
        source = written[1] if written else source if is_text else ""
        spelling = like_of_regex(source, whole=name in _WHOLE)
        is_text = bool(spelling)
        spelling = spelling or '"…"'
    meant = f"{field} {operator} {spelling}"
    help = f"write {shorten(field)} {operator} {shorten(spelling)}"
    return Instead(help, meant if certain and is_text else "")


def call(repair: Repair, token: Token) -> bool:
    """``lower(x)``, ``data.tags.contains("x")``, ``data.name.toLowerCase().includes("x")``."""
    if token.kind != "LPAR" or not repair.out or repair.out[-1].kind != "NAME":
        return False
    group = repair.group()
    named = repair.out[-1]
    name = repair.slice(named)
    start, end = named.start, group[-1].end if group else token.end
    instead = instead_of_call(repair, name.lower(), group)
    # One of the same path is a part of this one.
    operand = repair.operand_tokens()
    is_chained = False
    if repair.errors and repair.errors[-1].code == "E216":
        last = repair.errors[-1].span
        if operand and operand[0].start <= last.start < start:
            repair.errors.pop()
            start = last.start
            is_chained = True
    begin = operand[0].start if operand else start
    if name.lower() in _CLOCKS and (taken := _INTERVAL.match(repair.text, end)):
        end = taken.end()
    fix: Fix | None = None
    if instead.meant and group and not is_chained:
        stop, negated = _end_of_test(repair.text, end, name.lower())
        if name.lower() in _POSITIONS and (first := _FIRST.match(repair.text, end)):
            instead = instead_of_call(repair, "startswith", group)
            stop = first.end()
        is_compared = stop == end and repair.peek(len(group)).kind in COMPARATORS
        before = repair.out[-len(operand) - 1].kind if len(repair.out) > len(operand) else ""
        meant = instead.meant
        if negated:
            meant = f"!({meant})"
        elif before == "NOT" or " && " in meant:
            meant = f"({meant})"
        if before not in COMPARATORS and not is_compared:
            fix = Fix((Edit(Span(begin, stop), meant),), safe=False)
            end = stop
            instead = Instead(f"write {shorten(meant, 80)}")
    message = f"`{shorten(name)}(…)`: {_NO_FUNCTIONS}"
    repair.error("E216", message, Span(start, end), instead.help, fix)
    repair.position += len(group) or 1
    repair.skip_to(end)
    is_method = repair.out[-2:-1] and repair.out[-2].kind == "DOT"
    if name.lower() in _CASE_FUNCTIONS and is_method and not group[1:-1]:
        # What follows is called on the field.
        del repair.out[-2:]
    return True


def _end_of_test(text: str, end: int, name: str = "") -> tuple[int, bool]:
    """Where a test ends that is compared with what it returns, and whether that negates it."""
    found = _ONE.match(text, end) if name in _COUNTED else None
    found = found or _FOUND.match(text, end) or _TRUE.match(text, end)
    return (found.end(), found[1] is not None) if found else (end, False)


def predicate(repair: Repair, token: Token) -> bool:
    """``data.a.empty?``, ``data.tags.include?("x")``, ``data.tags.any { |t| … }``."""
    if [each.kind for each in repair.out[-2:]] != ["DOT", "NAME"]:
        return False
    named = repair.out[-1]
    ahead = 0
    if named.end == token.start and _PREDICATE.match(repair.text, token.start):
        ahead = 1
    following = repair.peek(ahead)
    if ahead and following.kind == "LPAR":
        repair.position += 1
        return call(repair, repair.peek())
    has_block = following.kind == BAD_PLACEHOLDER and repair.slice(following)[0] == "{"
    name = repair.slice(named)
    if not has_block and (not ahead or name not in _PREDICATES):
        return False
    operand = repair.operand_tokens()
    field = repair.text[operand[0].start : operand[-3].end] if len(operand) > 2 else "data.name"
    help = _instead_of_question(name, shorten(field)) or _SEND_IT
    end = following.end if has_block else token.end
    shown = f"{name}{'?' if ahead else ''}"
    repair.error("E216", f"`{shown}`: {_NO_FUNCTIONS}", Span(named.start, end), help)
    repair.skip_to(end)
    return True


def _instead_of_question(name: str, field: str) -> str:
    """What to write instead of a method that asks something of a field; empty for another."""
    name = name.removeprefix("is").lstrip("_").removesuffix("string")
    written = {
        **dict.fromkeys(("empty", "blank", "nullorempty", "nullorwhitespace"), '== ""'),
        "zero": "== 0",
        "positive": "> 0",
        "negative": "< 0",
        "even": "% 2 == 0",
        "odd": "% 2 == 1",
        "true": "== true",
        "false": "== false",
    }.get(name)
    if written == '== ""':
        return f"write {field} {written}; whether an array is empty can't be asked"
    if written:
        return f"write {field} {written}"
    if name in {"nil", "null", "none", "undefined"}:
        return f'!({field} LIKE "*") matches if the field is not a string'
    if name in {"present", "some"}:
        return f'write {field} LIKE "*", which matches if it is a string'
    return f'for an element of an array write {field} CONTAINS "…"' if name == "any" else ""


def method_of_text(repair: Repair, token: Token) -> bool:
    """Report ``"x".equals(data.name)`` and ``'x'.freeze``."""
    if token.kind != "DOT" or not repair.out or repair.out[-1].kind != "TEXT":
        return False
    text, method = repair.out[-1], repair.peek(1)
    if method.kind not in NAMES or text.start == text.end:
        return False
    if repair.peek(2).kind != "LPAR" and repair.slice(method) not in {"freeze", "to_s", "to_sym"}:
        return False
    name, spelling = repair.slice(method).lower(), repair.slice(text)
    repair.position += 2
    argument = repair.group() if repair.peek().kind == "LPAR" else ()
    end = argument[-1].end if argument else method.end
    meant = ""
    inner = argument[1:-1]
    if inner and inner[0].kind == "NAME":
        field = repair.text[inner[0].start : inner[-1].end]
        operator = _FUNCTIONS.get(name)
        meant = f"{field} == {spelling}" if operator == "==" else ""
        meant = f"{spelling} CONTAINS {field}" if operator == "CONTAINS" else meant
    compared = repair.out[-2].kind in COMPARATORS if len(repair.out) > 1 else False
    span = Span(text.start, end)
    help = f"write {shorten(meant, 80)}" if meant else "write the value itself, as a string"
    fix = Fix((Edit(span, meant),), safe=False) if meant and not compared else None
    message = f"`{shorten(repair.slice(method))}`: {_NO_FUNCTIONS}"
    repair.error("E216", message, Span(method.start, end), help, fix)
    repair.skip_to(end)
    return True


def method_of_values(repair: Repair, token: Token) -> bool:
    """Report ``["a", "b"].includes(meta.x)``, ``(1..5).include?(data.a)``, ``["a"].some(…)``."""
    if repair.after_operand or token.kind not in {"LSQB", "LPAR", "NAME", "PERCENT"}:
        return False
    values = values_at(repair.text, token.start)
    method = _METHOD.match(repair.text, values.end) if values else None
    if values is None or method is None:
        return False
    position = repair.position
    repair.skip_to(method.end() - (1 if method[2] else 0))
    argument = repair.group() if method[2] else repair.path_ahead()
    inner = argument[1:-1] if method[2] else argument
    if not inner:
        repair.position = position
        return False
    end = argument[-1].end
    field = repair.text[inner[0].start : inner[-1].end].lstrip("&$")
    if method[1].lower() in _MEMBERSHIP:
        end, negated = _end_of_test(repair.text, end)
        meant = values.having(field, negated=negated)
        if not negated and repair.out and (repair.out[-1].kind == "NOT" or not values.listed):
            meant = f"({meant})"
        _report_test(repair, Span(token.start, end), meant)
        return True
    span = Span(token.start, end)
    help = f"write {shorten(values.having('data.name'), 80)}"
    repair.error("E216", f"`{shorten(repair.text[slice(*span)])}`: {_NO_FUNCTIONS}", span, help)
    repair.skip_to(end)
    repair.push("TEXT", *span)
    return True


def _report_test(repair: Repair, span: Span, meant: str) -> None:
    """Report a call that tests a field, with the condition that it means, if there is one."""
    help = f"write {shorten(meant, 80)}" if meant else "LIKE has `*` for any characters"
    fix = Fix((Edit(span, meant),), safe=False) if meant else None
    message = f"`{shorten(repair.text[slice(*span)])}`: {_NO_FUNCTIONS}"
    repair.error("E216", message, span, help, fix)
    repair.skip_to(span.end)
    repair.push("TEXT", *span)


def test_of_pattern(repair: Repair, token: Token) -> bool:
    """Report ``/b.*/.test(data.name)``."""
    if repair.after_operand or token.kind != "SLASH":
        return False
    tested = _TESTED.match(repair.text, token.start)
    if tested is None:
        return False
    position = repair.position
    repair.skip_to(tested.end() - 1)
    argument = repair.group()
    if not argument[1:-1]:
        repair.position = position
        return False
    field = repair.text[argument[1].start : argument[-2].end]
    pattern = like_of_regex(tested[1])
    meant = f"{field} LIKE {pattern}" if pattern else ""
    if meant and repair.out and repair.out[-1].kind == "NOT":
        meant = f"({meant})"
    _report_test(repair, Span(token.start, argument[-1].end), meant)
    return True
