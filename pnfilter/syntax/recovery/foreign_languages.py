"""Recognisers of texts of other languages: queries, and languages of expressions.

Each gets a ``Text`` and returns what it is, with the condition in it as far as it can be read.
"""

from __future__ import annotations

import re

from pnfilter.syntax.lexer import QUOTED
from pnfilter.syntax.nodes import quote
from pnfilter.syntax.recovery.queries import SETTING, json_query, path_of
from pnfilter.syntax.recovery.vocabulary import OPERATOR_WORDS
from pnfilter.syntax.recovery.whole_texts import JUNCTION, OPEN, Found, Text, without_object


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


#: A term of Lucene: a name, a colon, and a word, a number or a string directly behind it.
_TERM = re.compile(rf"(?<![\w.])[+]?([A-Za-z_][\w.]*):([<>]=?)?({QUOTED}|[\w.*?-]+)(?=[\s)]|\Z)")
_BETWEEN_TERMS = re.compile(r"(?:[\s()!-]|\b(?:AND|OR|NOT)\b|&&|\|\|)*", re.IGNORECASE)
_WORD = re.compile(
    rf"{QUOTED}|{OPEN}|\b(?:eq|ne|gt|ge|lt|le|and|or|not)\b|(?<=\w)/(?=\w)|\b[a-z]+\("
)


def terms(text: Text) -> Found | None:
    """``mag:>5 AND net:us`` of Lucene, ``data/mag gt 5 and net eq 'us'`` of OData."""
    found = list(_TERM.finditer(text.whole)) if text.closed else []
    is_query = found and (JUNCTION.search(text.plain) or found[0][2])
    if is_query and _BETWEEN_TERMS.fullmatch(_TERM.sub("", text.whole)):
        return Found("a query of Lucene", _TERM.sub(_compared_term, text.whole))
    words = [match[0] for match in _WORD.finditer(text.plain)]
    operators = sum(word in {"eq", "ne", "gt", "ge", "lt", "le"} for word in words)
    if operators and (operators > 1 or "/" in words):
        return Found("an expression of OData", re.sub(r"(?<=\w)/(?=\w)", ".", text.whole))
    return None


def _compared_term(match: re.Match[str]) -> str:
    name, operator, value = match.groups()
    is_literal = value[0] in "\"'" or re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", value)
    value = value if is_literal else quote(value)
    like = "*" in value and not operator
    return f"{path_of(name)} {'LIKE' if like else operator or '=='} {value}"


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
    pieces: list[str] = []
    position = start
    for match in re.finditer(r"(?<![=<>!:~])=(?![=<>~])", plain[:stop]):
        if match.start() >= start:
            pieces += text.whole[position : match.start()], "=="
            position = match.end()
    pieces.append(text.whole[position:stop])
    return Found("a query of SQL", "".join(pieces))
