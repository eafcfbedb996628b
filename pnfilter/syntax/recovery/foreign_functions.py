"""Recognisers of a condition inside a program: of a function, of a query, of a statement."""

from __future__ import annotations

import re

from pnfilter.syntax.recovery.whole_texts import Found, Text, without_object

#: How a function begins, with its parameters. Each repeated part begins with a character that the
#: one before it can't have, so that a search takes linear time.
_FUNCTION = re.compile(
    # m => …, (Message m) -> …, fn($m) => …, fn m -> …
    r"(?<![\w$.\])])(?:\(\s*)?((?:\w+\s+)?\$?\w+)(?:\s*:\s*\w+)?(?:\s*\)(?:\s*:\s*\w+)?)?\s*[=-]>"
    r"(?:\s*\{)?(?:\s*return\b)?"
    # (m, i) => …, ({ data }) => …
    r"|\(([\w\s,:{}]{1,99})\)(?:\s*:\s*\w+)?\s*=>"
    r"|\blambda\s+(\w+)\s*:"
    # function (m) { return …, [](auto m) { return …
    r"|(?:\b(?:function|func|fun|fn|def)\b(?:\s+\w+)?|\[[&=]?\])\s*\(([^()]{1,99})\)"
    r"(?:\s*use\s*\([^()]{0,99}\))?"
    r"(?:[^(){}=]{0,99}\{|\s*(?:=>|:))?\s*(?:return\b)?"
    # ->(m) { …, { |m| …
    r"|->\s*(?:\(\s*)?(\w+)(?:\s*\))?\s*(?:\{|\bdo\b)"
    r"|(?:[{(]|\bdo\b|\A)\s*\|\s*(\w+)\s*\|"
    # { it.mag …, &(&1.mag …
    r"|\{\s*(?=(it|\$0|\$_)(?:\.|->))"
    # filter(_.mag …
    r"|\((?=(_)\.)"
    r"|&(?:\(\s*)?(?=(&1)\.)"
)
#: What is before a function: calls that it is an argument of.
_CALLS = re.compile(r"(?:\|>)?(?:(?!=>|->)[\w$.,:()\s{])*")
#: A condition inside a query of a program: ``[m for m in messages if …]``.
_QUERY = re.compile(
    r"\[\s*(\w+)\s+for\s+\1\s+in\s+[\w.]+\s+if\s+(.*)\]"
    r"|(?:from|for)\s+(\w+)\s+in\s+[\w.]+\s+(?:where|filter)\s+(.*)\s(?:select|return)\b[^=<>]{0,200}"
    r"|for\s*(?:\(\s*)?(\w+)\s*<-\s*[\w.]+\s*(?:,|if\b)\s*(.*?)(?:,\s*do\s*:|\)\s*yield\b)[^=<>]{0,200}"
    r"|match\s*\((\w+)[^()]*\)\s*where\s+(.*)\s+return\b[^=<>]{0,200}",
    re.IGNORECASE | re.DOTALL,
)
_PAIRS = {")": "(", "]": "[", "}": "{"}
#: Functions that are looked for in one text.
_MOST_FUNCTIONS = 4


def comprehension(text: Text) -> Found | None:
    """``[m for m in messages if m.mag > 5]``, ``from m in messages where m.mag > 5 select m``."""
    query = _QUERY.fullmatch(text.whole)
    if query is None:
        return None
    name, condition = (group for group in query.groups() if group is not None)
    return Found("a query of a program", without_object(condition, name, ""))


def function(text: Text) -> Found | None:
    """``m => m.data.mag > 5``, ``lambda m: m["mag"] > 5``, ``{ it.data.mag > 5 }``."""
    for count, found in enumerate(_FUNCTION.finditer(text.plain)):
        before = text.plain[: found.start()]
        if count == _MOST_FUNCTIONS or not _CALLS.fullmatch(before):
            break
        if re.match(r"\W*(?:data|meta)\.", before):
            break
        body = _body(text, found.end())
        parameters = next(group for group in found.groups() if group is not None)
        for name in re.findall(r"\$?\w+|&1|\$_", parameters):
            if re.search(rf"(?<![\w.]){re.escape(name)}(?:[.\[]|->|\?\.)", body):
                condition = body if name == "meta" else without_object(body, name, "")
                return Found("a function of a program", condition)
    if re.match(r"\\\w+\s*->", text.plain):
        return Found("a function of a program", "")
    return None


def _body(text: Text, start: int) -> str:
    """The body of a function, up to the bracket that closes what is round it."""
    opened: list[str] = []
    end = len(text.plain)
    for index in range(start, len(text.plain)):
        sign = text.plain[index]
        if sign in "([{":
            opened.append(sign)
        elif (sign in ")]}" and (not opened or opened.pop() != _PAIRS[sign])) or (
            sign in ",;" and not opened
        ):
            end = index
            break
    body = text.whole[start:end].strip().removesuffix("}").rstrip()
    body = re.sub(r"\A\{?\s*return\b", "", body).strip()
    return body.removesuffix("end").rstrip() if body.endswith((" end", "\nend")) else body


def statement(text: Text) -> Found | None:
    """``if (message.data.mag > 5) {``, ``return data.mag > 5;``."""
    found = re.match(r"(?:if\s*(?=\()|return\s+)", text.plain)
    if found is None:
        return None
    body = text.whole[found.end() :].rstrip(";{} \t\r\n")
    if found[0][0] == "i":
        end = text.plain.rfind(")")
        body = text.whole[found.end() + 1 : end] if end > 0 else body
    for name in ("message", "msg", "event", "m", "e"):
        if re.search(rf"\b{name}\.", body):
            body = without_object(body, name, "")
    return Found("a line of code", body, wrapped=True)
