"""Words of other languages that people write into filters, with what this language has instead."""

from __future__ import annotations

from typing import Final

#: Words that join or negate conditions elsewhere.
WORD_OPERATORS: Final = {"and": ("AND", "&&"), "or": ("OR", "||"), "not": ("NOT", "!")}

_NO_REGEX: Final = "LIKE with `*` for any run of characters; there are no regular expressions"

#: Comparing words of SQL and of code, lower case, with what to write.
FOREIGN_WORDS: Final = {
    "between": "two comparisons: a >= 1 && a <= 9",
    "begins": 'LIKE "start*"',
    "beginswith": 'LIKE "start*"',
    "startswith": 'LIKE "start*"',
    "starts_with": 'LIKE "start*"',
    "starts": 'LIKE "start*"',
    "endswith": 'LIKE "*end"',
    "ends_with": 'LIKE "*end"',
    "ends": 'LIKE "*end"',
    "matches": _NO_REGEX,
    "match": _NO_REGEX,
    "regex": _NO_REGEX,
    "regexp": _NO_REGEX,
    "rlike": _NO_REGEX,
    "ilike": "LIKE, which never looks at case",
    "includes": "CONTAINS",
    "include": "CONTAINS",
    "has": "CONTAINS",
    "eq": "==",
    "equals": "==",
    "equal": "==",
    "ne": "!=",
    "neq": "!=",
    "gt": ">",
    "gte": ">=",
    "ge": ">=",
    "lt": "<",
    "lte": "<=",
    "le": "<=",
    "xor": "(a || b) && !(a && b)",
    "mod": "%",
    "div": "/",
}  # fmt: skip

#: Negated keywords in one word, lower case and without underscores.
NEGATED_KEYWORDS: Final = {
    "notcontains": "CONTAINS",
    "notcontain": "CONTAINS",
    "doesnotcontain": "CONTAINS",
    "ncontains": "CONTAINS",
    "notlike": "LIKE",
    "nlike": "LIKE",
    "notin": "CONTAINS",
}

#: What follows IS in a test for presence.
NULL_WORDS: Final = frozenset(
    {"null", "nil", "none", "missing", "empty", "defined", "undefined", "present"}
)

_KEYWORDS: Final = ("LIKE", "CONTAINS")


def nearest_keyword(word: str) -> str:
    """The keyword that a word is a misspelling of; empty for none."""
    from difflib import get_close_matches

    found = get_close_matches(word.upper(), _KEYWORDS, n=1, cutoff=0.7)
    return found[0] if found else ""
