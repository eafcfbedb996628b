"""What a recogniser of whole texts gets and returns, and what several of them need."""

from __future__ import annotations

import re
from typing import NamedTuple

from pnfilter.syntax.lexer import QUOTED
from pnfilter.syntax.recovery.queries import path_of

STRING = re.compile(QUOTED)
#: A quote that is not closed on its line, with the rest of the line, as the lexer has it. Trying
#: each quote in that rest once more would take quadratic time.
OPEN = r"[\"'][^\r\n]*"
STRINGS = re.compile(rf"({QUOTED})|{OPEN}")
COMPARES = re.compile(r"[=<>]|\b(?:like|contains|in|between|gte?|lte?|eq|ne)\b", re.IGNORECASE)
JUNCTION = re.compile(r"&&|\|\||\b(?:and|or)\b", re.IGNORECASE)
SETTING_NAME = r"filter[-_]?(?:expr(?:ession)?)?"


class Text(NamedTuple):
    """A text under recognition: without spaces round it, and with strings blotted out."""

    whole: str
    #: As long as ``whole``: each character of a string but its quotes is a space.
    plain: str
    #: Whether each quote has its partner.
    closed: bool


class Found(NamedTuple):
    """What a text is, in words, and the condition in it; whether the filter is only wrapped.

    ``help`` is for one without a condition. ``certain`` is a wrapped one that no filter can be,
    whether or not the filter in it can be read.
    """

    what: str
    condition: str
    wrapped: bool = False
    help: str = ""
    certain: bool = False


def blot(match: re.Match[str]) -> str:
    """The quotes of a string with spaces between them; what is no string as it is."""
    written = match[0]
    if match[1] is None:
        return written
    return f"{written[0]}{' ' * (len(written) - 2)}{written[0]}"


def without_strings(text: str) -> str:
    return STRINGS.sub(lambda match: match[0] if match[1] is None else "", text)


def compares(text: str) -> bool:
    """Whether the first condition of a text has an operator."""
    return COMPARES.search(JUNCTION.split(without_strings(text), maxsplit=1)[0]) is not None


def with_doubled_equals(text: Text, start: int, stop: int) -> str:
    """A part of the text with each single ``=`` outside strings as ``==``."""
    pieces: list[str] = []
    for match in re.finditer(r"(?<![=<>!:~])=(?![=<>~])", text.plain[:stop]):
        if match.start() >= start:
            pieces += text.whole[start : match.start()], "=="
            start = match.end()
    pieces.append(text.whole[start:stop])
    return "".join(pieces)


def without_object(condition: str, name: str, prefix: str) -> str:
    """The condition with the paths of an object, such as ``@.mag``, as paths of a message."""
    pattern = re.compile(
        rf"{QUOTED}|{OPEN}|(?<![\w.\])]){re.escape(name)}"
        r"((?:(?:\.|->|\?\.|!!\.)[A-Za-z_]\w*"
        r"|->\{\w+\}|\[\s*(?::\w+|\"[^\"\\\]]*\"|'[^'\\\]]*'|\d+)\s*\])+)",
        re.ASCII,
    )

    def path(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        steps = re.findall(r"(?:\.|->)\{?(\w+)|\[\s*[\"':]?(.*?)[\"']?\s*\]", match[1])
        names = [step or key for step, key in steps]
        if prefix:
            names = [*prefix.split("."), *names]
        elif name and names[0] in {"message", "payload"} and len(names) > 1:
            names = ["data", *names[1:]] if names[1] not in {"data", "meta"} else names[1:]
        return path_of(".".join(names))

    return pattern.sub(path, condition)
