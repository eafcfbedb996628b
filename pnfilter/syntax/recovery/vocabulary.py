"""Words of other languages that people write into filters, and their replacements."""

from __future__ import annotations

from typing import Final

#: Words that join or negate conditions elsewhere.
WORD_OPERATORS: Final = {"and": ("AND", "&&"), "or": ("OR", "||"), "not": ("NOT", "!")}

#: Signs of set theory, and the words that mean them.
SIGN_WORDS: Final = {"∈": "in", "∉": "notin", "∋": "includes", "∌": "notcontains"}

NO_REGEX: Final = "LIKE with `*` for any characters; the language has no regular expressions"

#: Comparing words of SQL and of code, lower case, with what to write.
FOREIGN_WORDS: Final = {
    "matches": NO_REGEX,
    "match": NO_REGEX,
    "regex": NO_REGEX,
    "regexp": NO_REGEX,
    "rlike": NO_REGEX,
    "instanceof": "a comparison of the value: the language has no types",
    "xor": "(a || b) && !(a && b)",
}

_STARTS: Final = 'LIKE "start*"'
_ENDS: Final = 'LIKE "*end"'

#: Phrases of one or more words that mean an operator of the language; or an example pattern.
PHRASES: Final = {
    tuple(phrase.split()): meant
    for meant, phrases in {
        "==": "eq, equals, equal, equal to, equals to, is equal to, is equal, is exactly, "
        "is not distinct from",
        "!=": "ne, neq, not equal, not equals, not equal to, is not equal to, does not equal, "
        "is different from, differs from, isnt, is distinct from, differs, unlike",
        ">": "gt, greater than, is greater than, more than, is more than, above, is above",
        ">=": "gte, ge, at least, is at least, greater than or equal to, "
        "is greater than or equal to, greater or equal",
        "<": "lt, less than, is less than, below, is below",
        "<=": "lte, le, at most, is at most, less than or equal to, is less than or equal to, "
        "less or equal",
        "CONTAINS": "includes, include, has, have, having, containing",
        "LIKE": "ilike, similar to, glob, is like, matching",
        "%": "mod",
        "/": "div",
        _STARTS: "begins, beginswith, begins_with, startswith, starts_with, starts, starts with, "
        "begins with, starting with, beginning with",
        _ENDS: "endswith, ends_with, ends, ends with, ends in, ending with, ending in",
    }.items()
    for phrase in phrases.split(", ")
}
#: Words in the longest of them.
LONGEST_PHRASE: Final = max(map(len, PHRASES))

#: Negated keywords in one word or several, lower case and without underscores and spaces.
NEGATED_KEYWORDS: Final = {
    "notcontains": "CONTAINS",
    "notcontain": "CONTAINS",
    "doesnotcontain": "CONTAINS",
    "ncontains": "CONTAINS",
    "notlike": "LIKE",
    "nlike": "LIKE",
    "notilike": "LIKE",
    "notin": "CONTAINS",
    "notsimilarto": "LIKE",
    "notglob": "LIKE",
    "notregexp": "LIKE",
    "notrlike": "LIKE",
    "notmatches": "LIKE",
    "doesnotmatch": "LIKE",
    "doesnotinclude": "CONTAINS",
    "doesnothave": "CONTAINS",
    "isnotlike": "LIKE",
    "nothas": "CONTAINS",
    "notincludes": "CONTAINS",
}

#: Words that always mean an operator, or a part of one, lower case.
OPERATOR_WORDS: Final = frozenset(
    {*WORD_OPERATORS, *NEGATED_KEYWORDS, *(word for phrase in PHRASES for word in phrase)}
    | {"in", "nin", "is", "does", "between", "like", "contain", "contains"}
)

#: What follows IS in a test for presence.
NULL_WORDS: Final = frozenset(
    {"null", "nil", "none", "missing", "empty", "defined", "undefined", "present"}
)

_KEYWORDS: Final = ("LIKE", "CONTAINS")


def nearest_keyword(word: str) -> tuple[str, bool]:
    """Return the keyword that a word may misspell, or nothing; and whether it surely does."""
    from difflib import SequenceMatcher

    word = word.upper()
    likeness, keyword = max(
        (SequenceMatcher(None, word, keyword).ratio(), keyword) for keyword in _KEYWORDS
    )
    sure = likeness >= 0.85 or sorted(word) == sorted(keyword)
    return (keyword, sure) if likeness >= 0.7 else ("", False)
