"""Texts that are of another language as a whole, or that have a filter inside something else.

Each recogniser gets a ``Text`` and returns what it is, with the filter in it as far as it can be
read; the first that knows the text is the only one that reports.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Span, apply_edits
from pnfilter.syntax.automaton import UnexpectedToken, drive
from pnfilter.syntax.lexer import QUOTED, scan
from pnfilter.syntax.nodes import quote
from pnfilter.syntax.recovery.queries import SETTING, json_query, path_of
from pnfilter.syntax.recovery.vocabulary import OPERATOR_WORDS
from pnfilter.syntax.tree_builder import TreeBuilder
from pnfilter.wording import shorten

#: Characters of a text that is read as one of another language.
MAX_READ = 20_000
#: Rounds of fixes that make a filter of a condition of another language.
MAX_ROUNDS = 4

_STRING = re.compile(QUOTED)
#: A quote that is not closed on its line, with the rest of the line, as the lexer has it. Trying
#: each quote in that rest once more would take quadratic time.
_OPEN = r"[\"'][^\r\n]*"
_STRINGS = re.compile(rf"({QUOTED})|{_OPEN}")
_COMPARES = re.compile(r"[=<>]|\b(?:like|contains|in|between|gte?|lte?|eq|ne)\b", re.IGNORECASE)
_JUNCTION = re.compile(r"&&|\|\||\b(?:and|or)\b", re.IGNORECASE)
_SETTING = r"filter[-_]?(?:expr(?:ession)?)?"


class Text(NamedTuple):
    """A text under recognition: without spaces round it, and with strings blotted out."""

    whole: str
    #: As long as ``whole``: each character of a string but its quotes is a space.
    plain: str
    #: Whether each quote has its partner.
    closed: bool


class Found(NamedTuple):
    """What a text is, in words, and the condition in it; whether the filter is only wrapped."""

    what: str
    condition: str
    wrapped: bool = False


def foreign_text(text: str, errors_of: Callable[[str], Sequence[Diagnostic]]) -> Diagnostic | None:
    """Report a text that is no filter as a whole; None if it may be one with mistakes.

    ``errors_of`` are the errors of a text that is read as a filter.
    """
    if len(text) > MAX_READ:
        return None
    whole = text.strip()
    start = text.find(whole)
    closed = all(match[1] is not None for match in _STRINGS.finditer(whole))
    about = Text(whole, _STRINGS.sub(_blot, whole), closed)
    for recognise in _RECOGNISERS:
        found = recognise(about)
        if found is None:
            continue
        meant = _filter_of(found.condition.strip(), errors_of)
        if found.wrapped and not meant:
            continue
        return _report(found, Span(start, start + len(whole)), meant)
    return None


def _blot(match: re.Match[str]) -> str:
    """The quotes of a string with spaces between them; what is no string as it is."""
    written = match[0]
    if match[1] is None:
        return written
    return f"{written[0]}{' ' * (len(written) - 2)}{written[0]}"


def _without_strings(text: str) -> str:
    return _STRINGS.sub(lambda match: match[0] if match[1] is None else "", text)


def _report(found: Found, span: Span, meant: str) -> Diagnostic:
    fix = Fix((Edit(span, meant),), safe=False) if meant else None
    if found.wrapped:
        message = f"the text is {found.what}, not the filter alone"
        return Diagnostic("E224", message, span, f"write {shorten(meant, 80)}", fix)
    help = "write conditions such as data.mag > 5, joined by && and ||"
    if meant:
        help = f"write {shorten(meant, 80)}"
    elif found.condition.strip():
        help = f"write its condition alone, as a filter: {shorten(found.condition.strip(), 80)}"
    return Diagnostic("E223", f"the text is {found.what}, not a filter", span, help, fix)


def _filter_of(condition: str, errors_of: Callable[[str], Sequence[Diagnostic]]) -> str:
    """The condition with its mistakes fixed; empty if that makes no filter that compares."""
    if not _COMPARES.search(_without_strings(condition)):
        return ""
    for _ in range(MAX_ROUNDS):
        if is_filter(condition):
            return condition
        edits: list[Edit] = []
        end = -1
        for error in sorted(errors_of(condition), key=lambda error: error.span):
            parts = sorted(error.fix.edits, key=lambda edit: edit.span) if error.fix else []
            if parts and parts[0].span.start > end:
                edits += parts
                end = parts[-1].span.end
        if not edits:
            return ""
        condition = apply_edits(condition, edits)
    return ""


def is_filter(text: str) -> bool:
    """Whether a text of no great depth has no error."""
    tokens = scan(text)
    builder = TreeBuilder(text)
    if not tokens:
        return False
    try:
        drive(tokens, builder)
    except UnexpectedToken:
        return False
    return not builder.errors


def compares(text: str) -> bool:
    """Whether the first condition of a text has an operator."""
    return _COMPARES.search(_JUNCTION.split(_without_strings(text), maxsplit=1)[0]) is not None


# Languages


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
        return Found("an expression of JSONPath", _without_object(text.whole, "@", ""))
    end = text.plain.rfind("]")
    inner = text.whole[head.end() : end if end > head.end() else None].strip()
    if inner.startswith("(") and inner.endswith(")"):
        inner = inner[1:-1]
    base = re.search(r"\b(?:data|meta)\b[\w.]*", head[1])
    prefix = base[0].strip(".") if base else ""
    return Found("an expression of JSONPath", _without_object(inner, "@", prefix))


def json_query_language(text: Text) -> Found | None:
    """``.[] | select(.mag > 5)`` of jq, ``df[df.mag > 5]`` of pandas, and LDAP and Lucene."""
    if select := re.search(r"\bselect\(", text.plain):
        inner = text.whole[select.end() : max(text.plain.rfind(")"), select.end())]
        return Found("an expression of jq", _without_object(inner, "", ""))
    frame = re.match(r"([A-Za-z_]\w*)\[\(?\1[.\[]", text.plain)
    if frame and text.plain.endswith("]"):
        inner = text.whole[len(frame[1]) + 1 : -1]
        return Found("an expression of pandas", _without_object(inner, frame[1], ""))
    if re.match(r"\(\s*[&|!]\s*\(\s*[&|!(\w]", text.plain) and re.match(r"\(\s*[&|]", text.plain):
        return Found("a filter of LDAP", "")
    if re.search(r":\s*[\[{]\S{1,99} TO \S{1,99}[\]}]", text.plain):
        return Found("a query of Lucene", "")
    return None


#: A term of Lucene: a name, a colon, and a word, a number or a string directly behind it.
_TERM = re.compile(rf"(?<![\w.])[+]?([A-Za-z_][\w.]*):([<>]=?)?({QUOTED}|[\w.*?-]+)(?=[\s)]|\Z)")
_BETWEEN_TERMS = re.compile(r"(?:[\s()!-]|\b(?:AND|OR|NOT)\b|&&|\|\|)*", re.IGNORECASE)
_WORD = re.compile(
    rf"{QUOTED}|{_OPEN}|\b(?:eq|ne|gt|ge|lt|le|and|or|not)\b|(?<=\w)/(?=\w)|\b[a-z]+\("
)


def terms(text: Text) -> Found | None:
    """``mag:>5 AND net:us`` of Lucene, ``data/mag gt 5 and net eq 'us'`` of OData."""
    found = list(_TERM.finditer(text.whole)) if text.closed else []
    is_query = found and (_JUNCTION.search(text.plain) or found[0][2])
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


def _without_object(condition: str, name: str, prefix: str) -> str:
    """The condition with the paths of an object, such as ``@.mag``, as paths of a message."""
    pattern = re.compile(
        rf"{QUOTED}|{_OPEN}|(?<![\w.\])]){re.escape(name)}"
        r"((?:\.[A-Za-z_]\w*|\[\s*(?:\"[^\"\\\]]*\"|'[^'\\\]]*'|\d+)\s*\])+)",
        re.ASCII,
    )

    def path(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        steps = re.findall(r"\.(\w+)|\[\s*[\"']?(.*?)[\"']?\s*\]", match[1])
        names = [step or key for step, key in steps]
        if prefix:
            names = [*prefix.split("."), *names]
        elif name and names[0] in {"message", "payload"} and len(names) > 1:
            names = ["data", *names[1:]] if names[1] not in {"data", "meta"} else names[1:]
        return path_of(".".join(names))

    return pattern.sub(path, condition)


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


# What is round a filter


def parameter(text: Text) -> Found | None:
    """``filter-expr=data.mag%20%3E%205``, alone, in a query or in an address."""
    found = re.search(rf"(?:\A|[?&]){_SETTING}=(?!=)", text.whole, re.IGNORECASE)
    if found is None:
        return None
    is_alone = found.start() == 0 and found[0][0].isalnum()
    if not is_alone and re.search(r"\s", text.whole[: found.start()].removeprefix("curl ")):
        return None
    value = text.whole[found.end() :]
    if _ENCODED.search(value):
        value = decode_percent(re.split(r"&(?!&)|['\"\s]*\Z", value, maxsplit=1)[0])
    elif not is_alone:
        value = re.split(r"(?<!&)&(?!&)", value, maxsplit=1)[0]
    return Found("a parameter of a request", value, wrapped=True) if compares(value) else None


_ENCODED = re.compile(r"%(?:2[0-9A-Fa-f]|3[CDEcde]|5[BDbd]|7[Cc])")


def decode_percent(value: str) -> str:
    """What was percent-encoded, once or twice."""
    from urllib.parse import unquote

    # Elsewhere a plus sign would be encoded.
    value = value if " " in value or "%20" in value or "%2520" in value else value.replace("+", " ")
    value = unquote(value)
    return unquote(value) if _ENCODED.search(value) else value


def percent_encoded(text: Text) -> Found | None:
    """``data.mag%20%3E%205``."""
    if not _ENCODED.search(text.whole) or re.search(r"\s", text.whole):
        return None
    return Found("percent-encoded", decode_percent(text.whole), wrapped=True)


_ENTITIES = {"gt": ">", "lt": "<", "amp": "&", "quot": '"', "apos": "'", "#39": "'", "#34": '"'}


def escaped(text: Text) -> Found | None:
    r"""``data.mag &gt; 5``, ``data.mag \u003e 5``."""
    entity = re.compile(r"&(gt|lt|amp|quot|apos|#39|#34);")
    if entity.search(text.plain):
        return Found(
            "escaped for HTML",
            entity.sub(lambda match: _ENTITIES[match[1]], text.whole),
            wrapped=True,
        )
    code = re.compile(r"\\u00([2-7][0-9a-fA-F])")
    if code.search(text.plain):
        plain = code.sub(lambda match: chr(int(match[1], 16)), text.whole)
        return Found("escaped as in JSON", plain, wrapped=True)
    return None


#: What begins a line of code, or is only in one.
_CODE = re.compile(
    r"(?:var|let|const|val|final|static|public|private|string|auto|return|self|this|new|await|"
    r"import|echo|curl|export|NSString)\b|.*\b(?:set_?|with_?)?filter_?expr",
    re.IGNORECASE | re.DOTALL,
)
_SET = re.compile(
    r"(?:(?<![=<>!:])(?::=|=|:|=>)(?![=<>])|\(|\breturn\b|\A)\s*@?[fFrRbB]?(?=[\"'`])"
)


def code(text: Text) -> Found | None:
    """``pubnub.setFilterExpression("data.mag > 5");``, ``const filter = 'data.mag > 5'``."""
    whole, plain = text.whole, text.plain
    is_code = _CODE.match(plain) is not None
    set_to = _SET.search(plain)
    if set_to is not None and (is_code or plain[-1:] in ";,}" or set_to[0].strip() in {"", ":="}):
        string = _STRING.match(whole, set_to.end())
        content = string[0][1:-1] if string else ""
        rest = plain[string.end() :].strip() if string else ""
        content = content.replace('\\"', '"').replace("\\'", "'")
        is_last = re.fullmatch(r"[)\]},;\s]*", rest) is not None
        before = plain[: set_to.start()]
        if content and is_last and compares(content) and not re.match(r"(?:data|meta)\.", before):
            return Found("a line of code", content, wrapped=True)
        if string and (is_code or set_to.start() == 0) and re.match(r"[+&]|\.\s", rest):
            return Found("a line of code that puts a filter together", "")
    name = re.fullmatch(r"(?:let|var|const|val)\s+\w+\s*=\s*(.+?);?", whole, re.DOTALL)
    if name and name[1][:1] not in "\"'`":
        return Found("a line of code", name[1], wrapped=True)
    return None


_PARAMETER = re.compile(
    r"(?:[\w.]*\(\s*)?(?:async\s+)?(?:\(\s*(?:\w+ )?(\w+)\s*\)\s*[=-]>|([A-Za-z_]\w*)\s*[=-]>|"
    r"lambda\s+(\w+)\s*:|(?:function|func|fun|fn)\s*\w*\s*\((\w+)[^()]*\)[^(){}]*\{(?:\s*return\b)?|"
    r"(?:\w+\s*)?\{?\s*\|\s*(\w+)\s*\||(?:\w+\s*)?\{\s*(?=(it|\$0)\.))(.*)",
    re.DOTALL,
)


def function(text: Text) -> Found | None:
    """``m => m.data.mag > 5``, ``lambda m: m["mag"] > 5``, ``if (message.data.mag > 5) {``."""
    found = _PARAMETER.fullmatch(text.whole)
    if found:
        name, body = next(filter(None, found.groups()[:-1])), found[7].strip()
        body = body.rstrip(";} \t\r\n")
        if re.search(rf"(?<![\w.]){re.escape(name)}[.\[]", body):
            body = body.removesuffix(")") if body.count(")") > body.count("(") else body
            return Found("a function of a program", _without_object(body, name, ""))
        return None
    found = re.match(r"(?:if\s*(?=\()|return\s+)", text.plain)
    if found is None:
        return None
    body = text.whole[found.end() :].rstrip(";{} \t\r\n")
    if found[0][0] == "i":
        end = text.plain.rfind(")")
        body = text.whole[found.end() + 1 : end] if end > 0 else body
    for name in ("message", "msg", "event", "m", "e"):
        if re.search(rf"\b{name}\.", body):
            body = _without_object(body, name, "")
    return Found("a line of code", body, wrapped=True)


def marked(text: Text) -> Found | None:
    """A filter between backticks or tags, and one with a label or the mark of a list before it."""
    whole = text.whole
    found = re.fullmatch(r"(`{1,3})\s*([^`]+?)\s*\1", whole)
    if found:
        return Found("between backticks", found[2], wrapped=True)
    found = re.fullmatch(r"<([A-Za-z]\w*)>([^<>]*[<>]?[^<>]*)</\1>", whole)
    if found:
        return Found("between tags", found[2], wrapped=True)
    found = re.fullmatch(r"([\"'])([^\"'\r\n]+)\1\s*[,;]", whole)
    if found and compares(found[2]):
        return Found("a string of code", found[2], wrapped=True)
    found = re.match(rf"(?:{_SETTING}\s*:\s*|{_SETTING}\s+)(?=[\w(!\"'])", whole, re.IGNORECASE)
    if found and compares(whole[found.end() :]):
        word = re.match(r"\w+", whole[found.end() :])
        if ":" in found[0] or not (word and word[0].lower() in OPERATOR_WORDS):
            return Found("a filter with a label", whole[found.end() :], wrapped=True)
    found = re.match(r"(?:[>*•–]|\d{1,3}[.)])\s+", whole)
    if found and compares(whole[found.end() :]):
        return Found("a line of a list", whole[found.end() :], wrapped=True)
    return None


_RECOGNISERS: tuple[Callable[[Text], Found | None], ...] = (
    json_object,
    json_path,
    json_query_language,
    terms,
    sql,
    parameter,
    percent_encoded,
    escaped,
    function,
    code,
    marked,
)
