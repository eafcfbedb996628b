"""Lints of what strings hold: wildcards where there are none, and invisible characters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Rule, Span
from pnfilter.lint.context import Context, lint
from pnfilter.lint.rules.operators import ALTERNATIVES
from pnfilter.syntax.nodes import Comparison, Expression, Path, SetLiteral, String
from pnfilter.wording import shorten

#: A string that is a pattern: a star at an end that touches a word, and none elsewhere.
_STARRED = re.compile(
    r"\*[^*\s\\](?:[^*\\]*[^*\s\\])?\*?|[^*\s\\](?:[^*\\]*[^*\s\\])?\*|[^*\s\\][^*\\]*/\*\*"
)
#: The same in SQL: a per cent sign that touches a letter, and is no conversion.
_PERCENTED = re.compile(r"%(?![sd]\b)[^\W\d][^%*\\]*%?|[^%*\\]*[^\W\d]%")
#: Marks as A* are real, and so is the star behind the name of a type or of a required field.
_MARKS = re.compile(r"(?:grade|mark|rating|level|type|label|signature|decl\w*)s?\Z", re.IGNORECASE)
_SHORT = 2


def _last_key(node: Expression) -> str:
    return str(node.keys[-1]) if isinstance(node, Path) and node.keys else ""


@lint(
    Rule(
        "W414",
        "wildcard-outside-like",
        summary="A wildcard outside of LIKE.",
        why=(
            "`*` is a wildcard in the pattern of LIKE only. `==`, `!=` and CONTAINS look for the "
            "star itself. CONTAINS finds a part of a string without any wildcard."
        ),
        bad='meta.category == "news*"',
        good='meta.category LIKE "news*"',
    ),
    when=("*", "%"),
)
def wildcard_outside_like(context: Context) -> Iterator[Diagnostic]:
    """Report ``== "news*"`` and ``CONTAINS "*bob*"``."""
    for node in context.comparisons():
        if node.operator not in {"==", "!=", "=", "CONTAINS"}:
            continue
        for side, other in ((node.right, node.left), (node.left, node.right)):
            if isinstance(side, SetLiteral):
                strings = [each for each in side.elements if isinstance(each, String)]
            else:
                strings = [side] if isinstance(side, String) else []
            wild = [each for each in strings if _is_pattern(each, other)]
            if wild:
                yield _wildcard(context, node, side, other, wild)
                break


def _is_pattern(text: String, other: Expression) -> bool:
    content = text.raw
    if text.bare or not isinstance(other, Path):
        return False
    if _STARRED.fullmatch(content):
        return len(content) > _SHORT or not _MARKS.search(_last_key(other))
    return _PERCENTED.fullmatch(content) is not None


def _wildcard(
    context: Context, node: Comparison, side: Expression, other: Expression, wild: list[String]
) -> Diagnostic:
    text = wild[0]
    sign = "*" if "*" in text.raw else "%"
    written, field = text.spelling, context.source(other)
    pattern = written.replace("%", "*").replace("/**", "/*")
    quote, inner = written[0], pattern[1:-1].strip("*")
    if side is not text:
        meant, fix = f"{field} LIKE {pattern}", None
    elif node.operator == "CONTAINS" and side is node.right:
        meant = f"{field} CONTAINS {quote}{inner}{quote}"
        fix = Fix((Edit(text.span, f"{quote}{inner}{quote}"),), safe=False)
    else:
        meant = f"{field} LIKE {pattern}"
        meant = f"!({meant})" if node.operator == "!=" else meant
        fix = Fix((Edit(node.span, meant),), safe=False)
    help = f"write {shorten(meant, 80)}"
    if meant.startswith(f"{field} CONTAINS"):
        help += f", or {shorten(f'{field} LIKE {pattern}', 80)}, which ignores case"
    return wildcard_outside_like.at(
        text.span,
        f"`{sign}` is no wildcard beside {node.operator}: {shorten(written)} is compared as it is"
        if side is text and node.operator != "CONTAINS"
        else f"`{sign}` is a wildcard beside LIKE only: here it is a character of the string",
        help,
        fix,
    )


#: What patterns of other languages have, with what matches it.
_SHORT_WORD = r"(?<![^\W\d_])(?:[^\W\d_]_[^\W\d_]{1,3}|[^\W\d_]{2}_[^\W\d_])(?![^\W_])"
_OTHER_WILDCARDS = (
    # A class of characters: a range, a negation, one inside a word, or letters in a row.
    ("class", re.compile(r"\[(?:\w-\w|[!^])[^\[\]]*\]|(?<=\w)\[(?!\d\])[\w-]{2,}\]"
                         r"|\[[a-zA-Z]{2,5}\](?=\w)|\[\d{2,}\](?=\w|\*?\Z)")),
    ("class", re.compile(r"\[([a-z0-9]{2,6})\]")),
    ("expression", re.compile(rf"\A(?:{ALTERNATIVES.pattern})\Z")),
    ("expression", re.compile(r"\A\^.|\A\.\*.|\A\*?\([^()|]*\|[^()]*\)|(?<=[^\W\d])\$\Z"
                              r"|(?<=[^\W\d])\.\*\$\Z|\.\+\Z|(?<=\w)\.\*(?=\w)|(?<=\))[+?]")),
    ("one", re.compile(rf"{_SHORT_WORD}|\A_+\Z|\A_[^\W\d_]{{1,2}}(?![\w])|[^\W_]__+(?=[\w*]?\Z)|"
                       r"\A[^*]*[^\W_]_+\Z")),
    ("one", re.compile(r"(?<=\w)\?+(?=\w(?!\w*=))|(?<=[\w\-])\?+(?=\.\w)|\?\?+|(?<=-)\?(?=\*?\Z)|"
                       r"\A\?\w")),
)  # fmt: skip
_ROWS = "abcdefghijklmnopqrstuvwxyz 0123456789 aeiou"
_KNOWN_WORDS = re.compile(r"\A_id\b|\A__?init|://")


@lint(
    Rule(
        "W416",
        "other-wildcard",
        summary="A wildcard of another language in a pattern.",
        why=(
            "The only wildcard of LIKE is `*`, for any characters. `_`, `?`, classes such as "
            "`[ab]` and regular expressions are assumed to be taken literally."
        ),
        bad='meta.code LIKE "[ab]*"',
        good='meta.code LIKE "a*" || meta.code LIKE "b*"',
    ),
    when=("LIKE",),
)
def other_wildcard(context: Context) -> Iterator[Diagnostic]:
    """Report ``LIKE "[ab]*"`` and ``LIKE "a_c*"``."""
    for node in context.comparisons():
        pattern = node.right
        if node.operator != "LIKE" or not isinstance(pattern, String):
            continue
        content = pattern.spelling[1:-1]
        found = _other_wildcard(content)
        if found is None:
            continue
        kind, match = found
        start = pattern.span.start + 1
        span = Span(start + match.start(), start + match.end())
        field = shorten(context.source(node.left))
        shown = shorten(match[0])
        message, help = {
            "class": (
                f"`{shown}` is no class of characters: LIKE takes it literally",
                f'write a pattern for each: {field} LIKE "a*" || {field} LIKE "b*"',
            ),
            "expression": (
                f"`{shown}` is of a regular expression: LIKE knows `*` only",
                _plain_help(field, pattern),
            ),
            "one": (
                f"in `{shown}` no character is a wildcard: LIKE takes `_` and `?` literally",
                f"`*` is for any characters: write {field} LIKE {shorten(_add_stars(pattern))}",
            ),
        }[kind]
        yield other_wildcard.at(span, message, help)


def _other_wildcard(content: str) -> tuple[str, re.Match[str]] | None:
    if not re.search(r"[\[_?^$(|]|\.[*+]", content) or _KNOWN_WORDS.search(content):
        return None
    for kind, pattern in _OTHER_WILDCARDS:
        for match in pattern.finditer(content):
            in_a_row = not match.re.groups or any(match[1] in row for row in _ROWS.split())
            # `*[12]*` is a reference.
            if in_a_row and not (
                match[0][1:-1].isdigit()
                and content[match.end() :] == "*"
                and content[: match.start()] == "*"
            ):
                return kind, match
    return None


def _plain_help(field: str, pattern: String) -> str:
    content = pattern.spelling[1:-1]
    choice = re.fullmatch(r"(\*?)\(([^()|]+)\|([^()|]+)(\|[^()]*)?\)(\*?)", content)
    choice = choice or re.fullmatch(r"()([^()|]+)\|([^()|]+)(\|[^()]*)?()", content)
    if choice:
        start, first, second, others, end = choice.groups()
        quote = pattern.spelling[0]
        conditions = [f"{field} LIKE {quote}{start}{each}{end}{quote}" for each in (first, second)]
        more = " || …" if others else ""
        return f"write a pattern for each: {shorten(' || '.join(conditions), 80)}{more}"
    return f"`*` is for any characters: write {field} LIKE {shorten(_plain(pattern))}"


def _plain(pattern: String) -> str:
    """The pattern nearest to a regular expression: ``"^news.*$"`` is ``"news*"``."""
    quote = pattern.spelling[0]
    content = pattern.spelling[1:-1].removeprefix("^").removesuffix("$")
    for written, meant in ((".*", "*"), (".+", "*"), ("\\.", "."), ("\\", "")):
        content = content.replace(written, meant)
    return f"{quote}{content}{quote}"


def _add_stars(pattern: String) -> str:
    quote = pattern.spelling[0]
    content = re.sub(r"(?<=\w)_(?=\w)|(?<=\w)_+(?=\Z)|\A_+|__+|\?+", "*", pattern.spelling[1:-1])
    return quote + re.sub(r"\*+", "*", content) + quote


#: Spaces without width, and invisible marks. Joiners are parts of emoji and of words.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+")
_JOINERS = re.compile("(?<=[\x00-\x7f])[\u200c\u200d]+(?=[\x00-\x7f])")


@lint(
    Rule(
        "W417",
        "invisible-character",
        summary="An invisible character in a string.",
        why=(
            "Spaces without width, marks of direction and soft hyphens come along when a text is "
            "copied. The string equals no other one that looks the same."
        ),
        bad='meta.region == "us\u200b"',
        good='meta.region == "us"',
    ),
    when=("invisible",),
)
def invisible_character(context: Context) -> Iterator[Diagnostic]:
    """Report ``"us"`` with a space without width."""
    from unicodedata import name

    found = [
        Span(node.span.start + match.start(), node.span.start + match.end())
        for node in context.nodes
        if isinstance(node, (String, Path))
        for pattern in (_INVISIBLE, _JOINERS)
        for match in pattern.finditer(context.source(node))
    ]
    if not found:
        return
    first = context.text[found[0].start]
    what = name(first, "a character without width").lower()
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    yield invisible_character.at(
        found[0],
        f"U+{ord(first):04X} ({what}) is a part of the string{more}, and invisible",
        "remove it, unless the messages have it",
        Fix(tuple(Edit(span, "") for span in found), safe=False),
    )
