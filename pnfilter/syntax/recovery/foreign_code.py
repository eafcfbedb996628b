"""Recognisers of a filter inside something else: code, an address, an escape, a document.

Each gets a ``Text`` and returns what it is, with the filter in it as far as it can be read.
"""

from __future__ import annotations

import re

from pnfilter.syntax.recovery.vocabulary import OPERATOR_WORDS
from pnfilter.syntax.recovery.whole_texts import (
    SETTING_NAME,
    STRING,
    STRINGS,
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


_PUT_TOGETHER = Found(
    "a line of code that puts a filter together",
    "",
    help="check the filter that it makes, with the values in it; template and F quote them",
)
#: A string between backticks or three quotes.
_OTHER_STRING = re.compile(r"(\"{3}|'{3})(?!\1)([^`]*?)\1|`([^`]+)`")
#: What is before a string that is assigned, or an argument.
_ASSIGNED = re.compile(r"[\w\s.$:@<>]*(?::=|[=(:])\s*")
#: Calls that fill in values, and strings that do.
_FORMATTED = re.compile(
    r"(?<!\w)(?:\w{0,40}[fF]ormat\w{0,20}|[sS]printf)\(\s*(?=[\"'])|(?:\A|[=(]\s*)[fF$](?=[\"'])"
)
#: What is behind a string that values are added to.
_ADDED = re.compile(r"\s*(?:%\s*[\w(]|\.format\(|\+\s*\w|&\s+\w)")


def code(text: Text) -> Found | None:
    """``pubnub.setFilterExpression("data.mag > 5");``, ``const filter = 'data.mag > 5'``."""
    is_code = _CODE.match(text.plain) is not None
    found = _string_of_code(text, is_code) or _other_string(text, is_code) or _put_together(text)
    if found is not None:
        return found
    name = re.fullmatch(r"(?:let|var|const|val)\s+\w+\s*=\s*(.+?);?", text.whole, re.DOTALL)
    if name and name[1][:1] not in "\"'`":
        return Found("a line of code", name[1], wrapped=True)
    return None


def _string_of_code(text: Text, is_code: bool) -> Found | None:
    whole, plain = text.whole, text.plain
    set_to = _SET.search(plain)
    if set_to is None or not (is_code or plain[-1:] in ";,}" or set_to[0].strip() in {"", ":="}):
        return None
    string = STRING.match(whole, set_to.end())
    content = string[0][1:-1] if string else ""
    rest = plain[string.end() :].strip() if string else ""
    content = content.replace('\\"', '"').replace("\\'", "'")
    is_last = re.fullmatch(r"[)\]},;\s]*", rest) is not None
    before = plain[: set_to.start()]
    if content and is_last and compares(content) and not re.match(r"(?:data|meta)\.", before):
        return Found("a line of code", content, wrapped=True)
    if string and (is_code or set_to.start() == 0) and re.match(r"[+&]|\.\s", rest):
        return _PUT_TOGETHER
    return None


def _other_string(text: Text, is_code: bool) -> Found | None:
    """``let f = `data.mag > 5```, ``f = '''data.mag > 5'''``."""
    found = _OTHER_STRING.search(text.whole)
    if found is None or not re.fullmatch(r"[)\]};\s]*", text.whole[found.end() :]):
        return None
    content = found[2] or found[3] or ""
    before = text.whole[: found.start()]
    if not compares(content) or not (
        (is_code and before) or _ASSIGNED.fullmatch(before) or (not before and found[2])
    ):
        return None
    if found[3] and "${" in content:
        return _PUT_TOGETHER
    return Found("a line of code", content.strip(), wrapped=True)


def _put_together(text: Text) -> Found | None:
    """``"data.mag > %d" % limit``, ``String.format("data.mag > %d", limit)``."""
    formatted = _FORMATTED.search(text.plain)
    string = STRING.match(text.whole, formatted.end()) if formatted else None
    if string and compares(string[0][1:-1]):
        return _PUT_TOGETHER
    string = STRINGS.search(text.whole)
    if string is None or string[1] is None or not compares(string[0][1:-1]):
        return None
    before = text.whole[: string.start()]
    is_set = not before or _ASSIGNED.fullmatch(before) is not None
    return _PUT_TOGETHER if is_set and _ADDED.match(text.plain, string.end()) else None


#: Words of programs and queries before a condition. What begins with a parenthesis behind other
#: words is a call.
_WORD = re.compile(
    r"(?:(if|elif|else\s+if|elsif|while|until|when|unless|assert|having)\b\s*(?=[\w(!\"'\[$])"
    r"|((?:find|get|list|search|show)\s[\w ,*]{0,60}?\bwhere"
    r"|find|search|show|only|get|match|rule|condition|query|expr(?:ession)?|where)"
    r"(?:\s+(?=[\w!\"'$])))",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:if|when|where|search|rule|condition|query|expr(?:ession)?)\s*:\s*(?=[\w(!\"'])",
    re.IGNORECASE,
)
_AFTER_CONDITION = re.compile(r"\b(?:then|do|return)\b|[:{;](?!\s*[\"'=])", re.IGNORECASE)


def keyword(text: Text) -> Found | None:
    """``if data.mag > 5:``, ``when data.mag > 5 then``, ``having data.count > 5``."""
    plain = text.plain
    if label := _LABEL.match(plain):
        return Found("a condition with a label", text.whole[label.end() :], wrapped=True)
    found = _WORD.match(plain)
    start = found.end() if found else 0
    tail = _AFTER_CONDITION.search(plain, start)
    end = tail.start() if tail else len(plain)
    condition = text.whole[start:end].strip()
    if found is None:
        is_code = tail is not None and (
            tail[0].lower() == "then" or plain[tail.start() :] in {":", "{"}
        )
        if not is_code or not compares(condition):
            return None
        return Found("a line of code", condition, wrapped=True)
    following = re.match(r"\w+", plain[start:])
    if following and following[0].lower() in OPERATOR_WORDS - {"not"}:
        return None
    # Two names in a row are no filter, and what follows `if (` may be its argument.
    certain = found[1] is not None and following is not None and plain[found.end(1)].isspace()
    if not certain and not compares(condition):
        return None
    word = found[1] or found[2]
    if word.lower() == "unless":
        condition = f"!({condition})"
    return Found(f"a condition behind `{word}`", condition, wrapped=True, certain=certain)


#: What is before a filter that is an argument of a command, or of a call that prints it.
_COMMAND = re.compile(
    r"(?:[$>#]\s+)?(?:(?:pnfilter|grep|echo|printf?|println|puts|console\.log)\b(?!\s*[=!<>])"
    r"[\w\s./(-]*|-{1,2}[A-Za-z][\w-]*[\s=])(?<=[\s(=])(?=[\"'])"
)


def command(text: Text) -> Found | None:
    """``pnfilter check -e 'data.mag > 5'``, ``--filter "data.mag > 5"``, ``print("…")``."""
    before = _COMMAND.match(text.plain)
    string = STRING.match(text.whole, before.end()) if before else None
    if string is None or not compares(string[0][1:-1]):
        return None
    if re.search(r"[\"'=<>]", text.plain[string.end() :]):
        return None
    return Found("a command", string[0][1:-1], wrapped=True)


def marked(text: Text) -> Found | None:
    """A filter between backticks or tags, and one with a label or the mark of a list before it."""
    whole = text.whole
    found = re.fullmatch(r"(`{1,3})\s*([^`]+?)\s*\1", whole)
    if found:
        return Found("between backticks", found[2], wrapped=True)
    found = re.fullmatch(r"<([A-Za-z]\w*)>([^<>]*[<>]?[^<>]*)</\1>", whole)
    if found:
        return Found("between tags", found[2], wrapped=True)
    found = re.fullmatch(r"(?:\*\*([^*]+)\*\*|<(\w.*)>|\{(.+)\})", whole)
    inner = next(filter(None, found.groups())).strip() if found else ""
    if compares(inner) and not re.search(r"\A[<{]|[<>{}]\Z", inner):
        return Found("between signs", inner, wrapped=True)
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
