"""What a safe fix may rewrite, by name, and whether it keeps everything else that the author wrote.

============ ==============================================================================
rewrite      what it changes
============ ==============================================================================
quotes       how a string is quoted and escaped; a word, a UUID or an address gets quotes
operators    words and spellings of other languages, misspelt keywords, the case of keywords
prefixes     the case of ``data`` and ``meta``; ``meta.`` before a bare name
steps        how a step of a path is written: ``.10`` becomes ``[10]``, ``?.`` a dot
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

from pnfilter.syntax.lexer import CLOSING_QUOTES, ESCAPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias, TypeVar

    PartT = TypeVar("PartT", str, tuple[str, ...])
    Parts: TypeAlias = tuple[dict[str, int], dict[str, int], dict[tuple[str, ...], int]]

#: A quoted string, also over several lines: the text may not be a filter.
_QUOTED = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
#: In the quotes of other languages. All of them are read as backticks: sets of characters beyond
#: ASCII take long to compile.
_FOREIGN = "`[^`\"'\r\n]*[`\"']"
_ALIKE = str.maketrans(dict.fromkeys(CLOSING_QUOTES, "`"))
#: A step of a path, in all ways in which it may be written.
_STEP = (
    rf"\s*\??\.\s*(?:\w+|{_QUOTED})|(?:\s*\??\.\s*)?\[\s*(?:\w+|{_QUOTED}|{_FOREIGN})\s*\]"
    r"|(?<=(?i:data|meta)):\w+"
)
_PARTS = re.compile(
    f"(?P<string>{_QUOTED})|(?P<foreign>{_FOREIGN})"
    # A number, also with a keyword stuck to it.
    r"|(?P<number>\.?[0-9]+(?:\.[0-9]*(?![A-Za-z_]))?(?:[eE][+-]?[0-9]+)?"
    r"(?=(?i:like|contains)?(?!\w)))"
    # A word is a path of one step.
    rf"|(?P<path>\w+(?:{_STEP})*)"
)
#: Rarely needed, and so compiled at first use.
_KEY = rf"{_QUOTED}|{_FOREIGN}|\w+"
_PREFIXES = frozenset({"data", "meta"})
#: Words that are values of other languages: with quotes they are something else.
_LITERALS = frozenset("null nil none undefined true false nan infinity".split())


def parts_of(text: str) -> Parts:
    """The strings, numbers and paths of a text, filter or not, and how often each occurs."""
    strings: dict[str, int] = {}
    numbers: dict[str, int] = {}
    paths: dict[tuple[str, ...], int] = {}
    plain = text if text.isascii() else text.translate(_ALIKE)
    for match in _PARTS.finditer(plain):
        written = text[match.start() : match.end()]
        match match.lastgroup:
            case "string" | "foreign":
                _add(strings, _content(written).replace("%", "*"))
            case "number":
                _add(numbers, _number(written))
            case _:
                _add(paths, _path(written))
    return strings, numbers, paths


def _add(counts: dict[PartT, int], part: PartT, times: int = 1) -> None:
    counts[part] = counts.get(part, 0) + times


def _count_missing(old: dict[PartT, int], new: dict[PartT, int]) -> dict[PartT, int]:
    """What occurs more often in ``old`` than in ``new``, and how much more."""
    return {part: more for part in old if (more := old[part] - new.get(part, 0)) > 0}


def _content(written: str) -> str:
    return ESCAPE.sub(r"\1", written[1:-1]) if written[0] in "\"'" else written[1:-1]


def _number(written: str) -> str:
    if written.startswith("."):
        written = "0" + written
    return written + "0" if written.endswith(".") else written


def _path(written: str) -> tuple[str, ...]:
    if written.replace(".", "").isidentifier():
        first, *others = written.split(".")
    else:
        spans = [found.span() for found in re.finditer(_KEY, written.translate(_ALIKE))]
        first, *keys = (written[start:end] for start, end in spans)
        others = [key if key[0].isalnum() or key[0] == "_" else _content(key) for key in keys]
    lower = first.lower()
    return (lower if lower in _PREFIXES else first, *others)


def keeps_all(before: str, after: str) -> bool:
    """Whether a text became another one by the rewrites above and nothing else."""
    old_strings, old_numbers, old_paths = parts_of(before)
    strings, numbers, paths = parts_of(after)
    if _count_missing(old_strings, strings):
        return False
    # What has got quotes counts as what it was.
    plain = before.replace("%", "*")
    for string, count in _count_missing(strings, old_strings).items():
        if string.lower() in _LITERALS:
            return False
        if (string,) not in old_paths and not (string in plain and _may_get_quotes(string)):
            return False
        _, inner_numbers, inner_paths = parts_of(string)
        for number, times in inner_numbers.items():
            _add(numbers, number, count * times)
        for path, times in inner_paths.items():
            _add(paths, path, count * times)
    if _count_missing(old_numbers, numbers) or not numbers.keys() <= old_numbers.keys():
        return False
    lost, added = _count_missing(old_paths, paths), paths.keys() - old_paths.keys()
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
