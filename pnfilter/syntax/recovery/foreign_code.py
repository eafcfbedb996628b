"""Recognisers of a filter inside something else: code, an address, an escape, a document.

Each gets a ``Text`` and returns what it is, with the filter in it as far as it can be read.
"""

from __future__ import annotations

import re

from pnfilter.syntax.recovery.vocabulary import OPERATOR_WORDS
from pnfilter.syntax.recovery.whole_texts import (
    SETTING_NAME,
    STRING,
    Found,
    Text,
    compares,
)


def parameter(text: Text) -> Found | None:
    """``filter-expr=data.mag%20%3E%205``, alone, in a query or in an address."""
    found = re.search(rf"(?:\A|[?&]){SETTING_NAME}=(?!=)", text.whole, re.IGNORECASE)
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
        string = STRING.match(whole, set_to.end())
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
    found = re.match(
        rf"(?:{SETTING_NAME}\s*:\s*|{SETTING_NAME}\s+)(?=[\w(!\"'])", whole, re.IGNORECASE
    )
    if found and compares(whole[found.end() :]):
        word = re.match(r"\w+", whole[found.end() :])
        if ":" in found[0] or not (word and word[0].lower() in OPERATOR_WORDS):
            return Found("a filter with a label", whole[found.end() :], wrapped=True)
    found = re.match(r"(?:[>*•–]|\d{1,3}[.)])\s+", whole)
    if found and compares(whole[found.end() :]):
        return Found("a line of a list", whole[found.end() :], wrapped=True)
    return None
