"""What a safe fix may rewrite, by name, and whether it keeps everything else that the author wrote.

============ ==============================================================================
rewrite      what it changes
============ ==============================================================================
quotes       how a string is quoted and escaped; a word, a UUID or an address gets quotes
operators    words and spellings of other languages, misspelt keywords, the case of keywords
prefixes     the case of ``data`` and ``meta``; ``meta.`` before a bare name
steps        how a step of a path is written: ``.10`` becomes ``[10]``
numbers      ``.5``, ``5.`` and ``+5`` become ``0.5``, ``5.0`` and ``5``
wildcards    ``%`` becomes ``*`` in a pattern of SQL
membership   the sides change places: ``x IN y`` becomes ``y CONTAINS x``
repetition   an operand of a chain or of BETWEEN is written twice
punctuation  spaces, parentheses, and commas and semicolons at an end
============ ==============================================================================

A string, a number or a step of a path is never lost, and none is added that the author did not
write.
"""

from __future__ import annotations

import re
from collections import Counter

from pnfilter.records import NamedTuple
from pnfilter.syntax.lexer import CLOSING_QUOTES

_QUOTED = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
#: In the quotes of other languages.
_FOREIGN = f"[{CLOSING_QUOTES}][^{CLOSING_QUOTES}\"'\r\n]*[{CLOSING_QUOTES}\"']"
#: A step of a path, in all ways in which it may be written.
_STEP = (
    rf"\s*\.\s*(?:\w+|{_QUOTED})|(?:\s*\.\s*)?\[\s*(?:\w+|{_QUOTED}|{_FOREIGN})\s*\]"
    r"|(?<=data|meta):\w+"
)
_PARTS = re.compile(
    f"(?P<string>{_QUOTED})|(?P<foreign>{_FOREIGN})"
    # A number, also with a keyword stuck to it.
    r"|(?P<number>\.?[0-9]+(?:\.[0-9]*(?![A-Za-z_]))?(?:[eE][+-]?[0-9]+)?"
    r"(?=(?:like|contains)?(?!\w)))"
    # A word is a path of one step.
    rf"|(?P<path>\w+(?:{_STEP})*)",
    re.IGNORECASE,
)
_KEY = re.compile(rf"{_QUOTED}|{_FOREIGN}|\w+")
_ESCAPE = re.compile(r"\\(.)")
_PREFIXES = frozenset({"data", "meta"})
#: Words that are values of other languages: with quotes they are something else.
_LITERALS = frozenset("null nil none undefined true false nan infinity".split())


class Parts(NamedTuple):
    """The strings, numbers and paths of a text, and how often each occurs."""

    strings: Counter[str]
    numbers: Counter[str]
    paths: Counter[tuple[str, ...]]


def parts_of(text: str) -> Parts:
    """The parts of a text, whether it is a filter or not."""
    parts = Parts(Counter(), Counter(), Counter())
    for match in _PARTS.finditer(text):
        written = match[0]
        match match.lastgroup:
            case "string" | "foreign":
                parts.strings[_content(written).replace("%", "*")] += 1
            case "number":
                parts.numbers[_number(written)] += 1
            case _:
                parts.paths[_path(written)] += 1
    return parts


def _content(written: str) -> str:
    return _ESCAPE.sub(r"\1", written[1:-1]) if written[0] in "\"'" else written[1:-1]


def _number(written: str) -> str:
    if written.startswith("."):
        written = "0" + written
    return written + "0" if written.endswith(".") else written


def _path(written: str) -> tuple[str, ...]:
    keys = _KEY.findall(written)
    first = keys[0].lower()
    others = (key if key[0].isalnum() or key[0] == "_" else _content(key) for key in keys[1:])
    return (first if first in _PREFIXES else keys[0], *others)


def keeps_all(before: str, after: str) -> bool:
    """Whether a text became another one by the rewrites above and nothing else."""
    old, new = parts_of(before), parts_of(after)
    if old.strings - new.strings:
        return False
    # What has got quotes counts as what it was.
    plain = before.replace("%", "*")
    for string, count in (new.strings - old.strings).items():
        if string.lower() in _LITERALS:
            return False
        if (string,) not in old.paths and not (string in plain and _may_get_quotes(string)):
            return False
        inner = parts_of(string)
        for number, times in inner.numbers.items():
            new.numbers[number] += count * times
        for path, times in inner.paths.items():
            new.paths[path] += count * times
    if old.numbers - new.numbers or set(new.numbers) - set(old.numbers):
        return False
    lost, added = old.paths - new.paths, set(new.paths) - set(old.paths)
    for path in added - {("LIKE",), ("CONTAINS",)}:
        # Before a keyword that is a field's name.
        if path[0] != "meta" or path[1:] not in lost:
            return False
        del lost[path[1:]]
    return all(len(path) == 1 and _is_operator(path[0]) for path in lost)


def _may_get_quotes(string: str) -> bool:
    """Whether what has no quotes is surely a string."""
    from pnfilter.syntax.recovery.texts import is_surely_pattern, is_surely_text

    return is_surely_text(string) or is_surely_pattern(string)


def _is_operator(word: str) -> bool:
    """Whether a word was an operator, or a prefix in another case."""
    from pnfilter.syntax.recovery.vocabulary import OPERATOR_WORDS, nearest_keyword

    lower = word.lower()
    is_known = lower in _PREFIXES or not OPERATOR_WORDS.isdisjoint({lower, lower.replace("_", "")})
    return is_known or nearest_keyword(word)[1]
