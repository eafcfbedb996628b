"""Recognisers of texts of other languages: queries, and languages of expressions.

Each gets a ``Text`` and returns what it is, with the condition in it as far as it can be read.
"""

from __future__ import annotations

import re

from pnfilter.syntax.lexer import QUOTED
from pnfilter.syntax.nodes import quote
from pnfilter.syntax.recovery.queries import SETTING, json_query, path_of
from pnfilter.syntax.recovery.vocabulary import OPERATOR_WORDS
from pnfilter.syntax.recovery.whole_texts import (
    JUNCTION,
    OPEN,
    Found,
    Text,
    with_doubled_equals,
    without_object,
)


def json_object(text: Text) -> Found | None:
    """``{"data.mag": {"$gt": 5}}``, ``{">": [{"var": "data.mag"}, 5]}``, ``db.x.find({…})``."""
    call = re.match(r"(?:db\.)?\w+\.find(?:One)?\(\s*(?=\{)", text.whole)
    inner = text.whole.rstrip(";")
    inner = inner[call.end() : -1] if call and inner.endswith(")") else inner
    if inner[:1] not in {"{", "["} or inner[-1:] not in {"}", "]"}:
        return None
    found = json_query(inner)
    if found is None:
        return None
    what, condition = found
    return Found(what, condition, wrapped=what == SETTING)


def json_path(text: Text) -> Found | None:
    """``$[?(@.data.mag > 5)]``, ``$..[?(@.mag > 5)]``, ``@.data.mag > 5``."""
    head = re.match(r"\$([\w.*\[\]]*?)\[\?", text.plain)
    if head is None:
        if not re.match(r"@\.\w", text.plain):
            return None
        return Found("an expression of JSONPath", without_object(text.whole, "@", ""))
    end = text.plain.rfind("]")
    inner = text.whole[head.end() : end if end > head.end() else None].strip()
    if inner.startswith("(") and inner.endswith(")"):
        inner = inner[1:-1]
    base = re.search(r"\b(?:data|meta)\b[\w.]*", head[1])
    prefix = base[0].strip(".") if base else ""
    return Found("an expression of JSONPath", without_object(inner, "@", prefix))


def json_query_language(text: Text) -> Found | None:
    """``.[] | select(.mag > 5)`` of jq, ``df[df.mag > 5]`` of pandas, and LDAP and Lucene."""
    if select := re.search(r"\bselect\(", text.plain):
        inner = text.whole[select.end() : max(text.plain.rfind(")"), select.end())]
        return Found("an expression of jq", without_object(inner, "", ""))
    frame = re.match(r"([A-Za-z_]\w*)\[\(?\1[.\[]", text.plain)
    if frame and text.plain.endswith("]"):
        inner = text.whole[len(frame[1]) + 1 : -1]
        return Found("an expression of pandas", without_object(inner, frame[1], ""))
    if re.match(r"\(\s*[&|!]\s*\(\s*[&|!(\w]", text.plain) and re.match(r"\(\s*[&|]", text.plain):
        return Found("a filter of LDAP", "")
    if re.search(r":\s*[\[{]\S{1,99} TO \S{1,99}[\]}]", text.plain):
        return Found("a query of Lucene", "")
    return None


_VALUE = rf"{QUOTED}|[\w.*?-]+"
#: A term of Lucene: a name, a colon, and a word, a number or a string directly behind it, or some
#: of them in parentheses.
_TERM = re.compile(
    rf"(?<![\w.])([-!+]?)([A-Za-z_][\w.]*):(?:([<>]=?)?({_VALUE})|\(([^()]*)\))(?=[\s)]|\Z)"
)
_BETWEEN_TERMS = re.compile(r"(?:[\s()]|\b(?:AND|OR|NOT)\b|&&|\|\||!)*", re.IGNORECASE)
#: Values of one field: ``error OR warn``.
_ALTERNATIVES = re.compile(rf"\s*(?:{_VALUE})(?:\s+(?:OR\s+)?(?!(?:OR|AND|NOT)\b)(?:{_VALUE}))*\s*")
_WORD = re.compile(
    rf"{QUOTED}|{OPEN}|\b(?:eq|ne|gt|ge|lt|le|and|or|not)\b|(?<=\w)/(?=\w)|\b[a-z]+\("
)


def terms(text: Text) -> Found | None:
    """``mag:>5 AND net:us`` of Lucene, ``data/mag gt 5 and net eq 'us'`` of OData."""
    found = list(_TERM.finditer(text.whole)) if text.closed else []
    if found and (JUNCTION.search(text.plain) or _is_of_lucene(found[0])):
        meant = [_meaning_of_term(term) for term in found]
        if _BETWEEN_TERMS.fullmatch(_TERM.sub("", text.whole)):
            meanings = iter(meant)
            condition = _TERM.sub(lambda _: next(meanings), text.whole)
            return Found("a query of Lucene", condition if all(meant) else "")
    words = [match[0] for match in _WORD.finditer(text.plain)]
    operators = sum(word in {"eq", "ne", "gt", "ge", "lt", "le"} for word in words)
    if operators and (operators > 1 or "/" in words):
        return Found("an expression of OData", re.sub(r"(?<=\w)/(?=\w)", ".", text.whole))
    return None


def _is_of_lucene(term: re.Match[str]) -> bool:
    """Whether no filter with a mistake has the term; that may have ``:`` in place of ``==``."""
    sign, name, operator, value, listed = term.groups()
    is_word = listed is not None or operator or re.match("[A-Za-z]", value) is not None
    return name not in {"data", "meta"} and bool(sign or is_word)


def _meaning_of_term(term: re.Match[str]) -> str:
    """The condition of one term; empty for one without a counterpart."""
    sign, name, operator, value, listed = term.groups()
    path = path_of(name)
    if listed is None:
        like = "*" in value and value[0] not in "\"'" and not operator
        meant = f"{path} {'LIKE' if like else operator or '=='} {literal(value)}"
    elif _ALTERNATIVES.fullmatch(listed):
        values = [each[0] for each in re.finditer(_VALUE, listed) if each[0].upper() != "OR"]
        meant = f"{path} == {literal(values[0])}"
        if len(values) > 1:
            meant = f"({', '.join(map(literal, values))}) CONTAINS {path}"
    else:
        return ""
    return f"!({meant})" if sign in {"-", "!"} else meant


def literal(value: str) -> str:
    """A value without quotes as the language has it: a number, or a string between quotes."""
    is_literal = value[:1] in {'"', "'"} or re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", value)
    return value if is_literal else quote(value)


_SQL_END = re.compile(
    r"\s(?:order\s+by\b|group\s+by\b|limit\s+\d|having\b|offset\s+\d).*", re.IGNORECASE | re.DOTALL
)


def sql(text: Text) -> Found | None:
    """``SELECT … WHERE …``, ``WHERE …``, and a condition with ``ORDER BY`` or ``LIMIT``."""
    plain = text.plain
    start = 0
    begin = re.match(r"(?:select|delete|update|from|where)\s+(?=(\W?\w*))", plain, re.IGNORECASE)
    if begin and begin[0].lower().startswith("where"):
        if (
            begin[1].lower() in OPERATOR_WORDS - {"not", "and", "or"}
            or begin[1][:1] in "=<>&|+*/%,."
        ):
            return None
        start = begin.end()
    elif begin:
        where = re.search(r"\swhere\s", plain, re.IGNORECASE)
        if where is None:
            is_query = re.match(
                r"(?:select\s.*?\sfrom|delete\s+from)\s+\w", plain, re.IGNORECASE | re.DOTALL
            )
            return Found("a query of SQL", "") if is_query else None
        start = where.end()
    end = _SQL_END.search(plain, start)
    if not start and end is None:
        return None
    stop = end.start() if end else len(plain.rstrip("; \t\r\n"))
    return Found("a query of SQL", with_doubled_equals(text, start, stop))


#: Queries in steps, of which one has a condition.
_STEP = re.compile(r"(?<!\|)\|\s*(?:where|filter|search)\s+([\w({\"'.]\w*)", re.IGNORECASE)
_NEXT_STEP = re.compile(r"\s\|(?!\|)\s*[A-Za-z]")
_LABEL = rf"\s*(\w+)\s*(=~|!~|!=|=)\s*({QUOTED})\s*"
_LABELS = re.compile(rf"\{{{_LABEL}(?:,{_LABEL})*,?\s*\}}")
_LINES = "a filter reads fields; the text of a whole message has no name"


def piped(text: Text) -> Found | None:
    """``Events | where mag > 5 | take 10``, ``{app="x"} |= "y"``."""
    found = _STEP.search(text.plain)
    if found and found[1].lower() not in OPERATOR_WORDS - {"not"}:
        next_step = _NEXT_STEP.search(text.plain, found.end())
        stop = next_step.start() if next_step else len(text.plain)
        return Found("a query in steps", with_doubled_equals(text, found.start(1), stop))
    labels = _LABELS.match(text.whole)
    if labels is None:
        return None
    each = re.findall(_LABEL, labels[0])
    condition = " && ".join(f"{path_of(name)} {sign[0]}= {value}" for name, sign, value in each)
    if any("~" in sign for _, sign, _ in each) or text.whole[labels.end() :].strip():
        return Found("a query of LogQL", "", help=_LINES)
    return Found("a query of LogQL", condition)


_WORD_OPERATOR = r"gte?|ge|lte?|le|eq|ne"
_RSQL = re.compile(rf"[A-Za-z_][\w.]*=(?:{_WORD_OPERATOR}|in|out)=", re.IGNORECASE)
_RSQL_TERM = re.compile(
    rf"([A-Za-z_][\w.]*)(=({_WORD_OPERATOR}|in|out)=|==|!=)"
    rf"(\([^()\r\n]+\)|{QUOTED}|[^;,()\s\"']+)([;,]|\Z)",
    re.IGNORECASE,
)
_OPERATOR_IN_KEY = re.compile(
    rf"[?&]?(?:filter\[([\w.]+)\]|([A-Za-z_][\w.]*))\[\$?({_WORD_OPERATOR})\]=([^=&\s]+)",
    re.IGNORECASE,
)
_SIGNS = {"gt": ">", "ge": ">=", "gte": ">=", "lt": "<", "le": "<=", "lte": "<=", "eq": "=="}


def rsql(text: Text) -> Found | None:
    """``mag=gt=5;region==us`` of RSQL, ``filter[mag][gt]=5`` of an address."""
    if found := _OPERATOR_IN_KEY.fullmatch(text.whole):
        name, operator, value = found[1] or found[2], found[3].lower(), found[4]
        condition = f"{path_of(name)} {_SIGNS.get(operator, '!=')} {literal(value)}"
        return Found("a parameter of a request", condition)
    if not _RSQL.match(text.whole):
        return None
    alternatives: list[list[str]] = [[]]
    position, joint = 0, ";"
    while joint and (term := _RSQL_TERM.match(text.whole, position)):
        path, value, joint = path_of(term[1]), term[4], term[5]
        operator = (term[3] or {"==": "eq"}.get(term[2], "ne")).lower()
        if value[0] == "(":
            values = [literal(each.strip()) for each in value[1:-1].split(",")]
            meant = f"({', '.join(values)}) CONTAINS {path}"
            if len(values) == 1:
                meant = f"{path} == {values[0]}"
            meant = f"!({meant})" if operator == "out" else meant
        else:
            meant = f"{path} {_SIGNS.get(operator, '!=')} {literal(value)}"
        alternatives[-1].append(meant)
        if joint == ",":
            alternatives.append([])
        position = term.end()
    if joint or position != len(text.whole):
        return Found("an expression of RSQL", "")
    conditions = [" && ".join(each) for each in alternatives]
    several = len(conditions) > 1
    conditions = [f"({each})" if several and " && " in each else each for each in conditions]
    return Found("an expression of RSQL", " || ".join(conditions))


_LISP = re.compile(r"\(\s*(?:and|or|not|=|==|eq|!=|/=|<>|[<>]=?)\s+[\w(:\"]")
_ATOM = re.compile(rf"{QUOTED}|[()]|[^\s()\"']+")
_LISP_OPERATORS = {
    "=": "==",
    "eq": "==",
    "/=": "!=",
    "<>": "!=",
    **{sign: sign for sign in ("==", "!=", ">", ">=", "<", "<=")},
}
#: Levels of a condition of Lisp that is translated.
_MAX_LEVELS = 32


def lisp(text: Text) -> Found | None:
    """``(and (> mag 5) (= region "us"))``."""
    if not text.closed or _LISP.match(text.plain) is None or text.plain[-1:] != ")":
        return None
    atoms = [match[0] for match in _ATOM.finditer(text.whole)]
    try:
        meant, position = _form(atoms, 0, _MAX_LEVELS)
    except (IndexError, ValueError):
        # With a word before it, it may be a filter with a mistake: (not data.a == 1).
        return None if text.plain[1:].lstrip()[:1].isalpha() else Found("an expression of Lisp", "")
    return Found("an expression of Lisp", meant) if position == len(atoms) else None


def _form(atoms: list[str], position: int, levels: int) -> tuple[str, int]:
    """The condition of one form, and where the next begins; ``ValueError`` for another."""
    if not levels or atoms[position] != "(":
        raise ValueError
    operator = atoms[position + 1].lower()
    position += 2
    parts: list[str] = []
    while atoms[position] != ")":
        if operator in {"and", "or", "not"}:
            part, position = _form(atoms, position, levels - 1)
        else:
            part, position = _atom(atoms[position]), position + 1
        parts.append(part)
    if operator == "not" and len(parts) == 1:
        return f"!({parts[0]})", position + 1
    if operator in {"and", "or"} and parts:
        joint, other = (" && ", " || ") if operator == "and" else (" || ", " && ")
        parts = [f"({part})" if other in part else part for part in parts]
        return joint.join(parts), position + 1
    if len(parts) != 2 or operator not in _LISP_OPERATORS:
        raise ValueError
    return f"{parts[0]} {_LISP_OPERATORS[operator]} {parts[1]}", position + 1


def _atom(atom: str) -> str:
    """A literal, or the path of a name."""
    if atom in {"(", ")"}:
        raise ValueError
    if atom[0] in "\"'" or re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?|true|false", atom):
        return atom
    return path_of(atom.lstrip(":"))
