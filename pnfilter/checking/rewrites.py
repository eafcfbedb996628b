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
punctuation  blanks, parentheses, and commas and semicolons at an end
============ ==============================================================================

A string, a number or a step of a path is never lost, and none is added that the author did not write.
"""

from __future__ import annotations

import re
from collections import Counter

from pnfilter.records import NamedTuple
from pnfilter.syntax.lexer import CLOSING_QUOTES

_PARTS = re.compile(
    # A string in quotes, also in those of other languages.
    r"(?P<string>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    f"|(?P<foreign>[{CLOSING_QUOTES}][^{CLOSING_QUOTES}\"'\r\n]*[{CLOSING_QUOTES}\"'])"
    # An index after a dot, a keyword stuck to a number, a number, a word.
    r"|(?P<index>(?<=[\w\])]\.)[0-9]+(?![\w]))"
    r"|(?P<number>(?:(?<![\w\])])\.)?[0-9]+(?:\.(?:[0-9]+)?(?![A-Za-z_]))?(?:[eE][+-]?[0-9]+)?"
    r"(?=(?:like|contains)?(?!\w)))"
    r"|(?P<word>\w+)",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(.)")
_PREFIXES = frozenset({"data", "meta"})


class Parts(NamedTuple):
    """The strings, numbers and words of a text, and how often each occurs."""

    strings: Counter[str]
    numbers: Counter[str]
    words: Counter[str]


def parts_of(text: str) -> Parts:
    """The parts of a text, whether it is a filter or not."""
    parts = Parts(Counter(), Counter(), Counter())
    for match in _PARTS.finditer(text):
        written = match[0]
        match match.lastgroup:
            case "string":
                parts.strings[_ESCAPE.sub(r"\1", written[1:-1]).replace("%", "*")] += 1
            case "foreign":
                parts.strings[written[1:-1].replace("%", "*")] += 1
            case "word":
                parts.words[written] += 1
            case _:
                parts.numbers[_number(written)] += 1
    return parts


def _number(written: str) -> str:
    if written.startswith("."):
        written = "0" + written
    return written + "0" if written.endswith(".") else written


def keeps_all(before: str, after: str) -> bool:
    """Whether a text became another one by the rewrites above and nothing else."""
    old, new = parts_of(before), parts_of(after)
    if old.strings - new.strings:
        return False
    # What has got quotes counts as what it was: words, and digits between their dashes.
    plain = before.replace("%", "*")
    for string, count in (new.strings - old.strings).items():
        is_word = string in old.words
        if not is_word and not (string in plain and _may_get_quotes(string, before)):
            return False
        inner = parts_of(string)
        for part, times in inner.numbers.items():
            new.numbers[part] += count * times
        for part, times in inner.words.items():
            new.words[part] += count * times
    if old.numbers - new.numbers or set(new.numbers) - set(old.numbers):
        return False
    lost, added = old.words - new.words, new.words - old.words
    return all(map(_is_operator, lost)) and all(
        word in old.words or word in _PREFIXES | {"LIKE", "CONTAINS"} for word in added
    )


def _may_get_quotes(string: str, before: str) -> bool:
    """Whether a string is surely one, or was the step of a path after a dot."""
    from pnfilter.syntax.repair.texts import is_surely_pattern, is_surely_text

    is_step = re.fullmatch(r"\w+", string) is not None and f".{string}" in before
    return is_step or is_surely_text(string) or is_surely_pattern(string)


def _is_operator(word: str) -> bool:
    """Whether a word was an operator, or a prefix in another case."""
    from pnfilter.syntax.repair.vocabulary import OPERATOR_WORDS, nearest_keyword

    lower = word.lower()
    is_known = lower in _PREFIXES or not OPERATOR_WORDS.isdisjoint({lower, lower.replace("_", "")})
    return is_known or nearest_keyword(word)[1]
