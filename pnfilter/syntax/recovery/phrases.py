"""Comparing words of other languages: one or several in place of an operator."""

from __future__ import annotations

import re

from pnfilter.diagnostics import Edit, Fix, Span
from pnfilter.syntax.lexer import END, Token
from pnfilter.syntax.recovery.calls import like_of_regex
from pnfilter.syntax.recovery.comparisons import comparator_or_junction
from pnfilter.syntax.recovery.state import NAMES, Repair
from pnfilter.syntax.recovery.vocabulary import (
    FOREIGN_WORDS,
    LONGEST_PHRASE,
    NEGATED_KEYWORDS,
    NO_REGEX,
    NULL_WORDS,
    PHRASES,
)
from pnfilter.wording import shorten

_KINDS = {
    "==": "EQ",
    "!=": "NE",
    "<": "LT",
    "<=": "LE",
    ">": "GT",
    ">=": "GE",
    "LIKE": "LIKE",
    "CONTAINS": "CONTAINS",
    "%": "PERCENT",
    "/": "SLASH",
}
#: Options of an operator of NSPredicate: ``CONTAINS[cd]``.
OPTIONS = re.compile(r"\[[cdnlw]{1,4}\]")
#: Kinds of token in the bounds of a BETWEEN that can be written twice.
_BOUND_KINDS = frozenset(
    {"TEXT", "NUMBER", "NAME", "DOT", "LSQB", "RSQB", "LPAR", "RPAR"}
    | {"MINUS", "PLUS", "STAR", "SLASH", "PERCENT"}
)
#: Operators whose patterns are others than SQL's, and those that are regular expressions.
_OTHER_PATTERNS = re.compile(r"(similar|glob)|regexp|rlike|match", re.IGNORECASE)
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
_LISTED_BOUNDS = re.compile(
    rf"([\[(]\s*)?({_NUMBER})\s*(?:,|\.\.+|-|\bto\b)\s*({_NUMBER})(?(1)\s*[\])])(?![\w.,])",
    re.IGNORECASE,
)


def foreign_words(repair: Repair, token: Token) -> bool:
    """Replace words after an operand that mean a comparison elsewhere."""
    words: list[str] = []
    while len(words) < LONGEST_PHRASE and (word := repair.word(repair.peek(len(words)))):
        words.append(word)
    tests = words[1:] if words[0] == "is" else words
    if tests[:1] == ["between"] or tests[:2] == ["not", "between"]:
        length = len(words) - len(tests) + tests.index("between") + 1
        between(repair, token, length, negated=tests[0] == "not")
        return True
    for length in range(len(words), 0, -1):
        phrase = tuple(words[:length])
        span = Span(token.start, repair.peek(length - 1).end)
        if phrase in PHRASES:
            comparing_words(repair, span, length, PHRASES[phrase])
            return True
        keyword = NEGATED_KEYWORDS.get("".join(phrase).replace("_", ""))
        if keyword:
            repair.position += length
            negated_keyword(repair, span, keyword)
            comparator_or_junction(repair, Token(keyword, *span))
            return True
    if words[0] in FOREIGN_WORDS:
        span = Span(token.start, token.end)
        repair.position += 1
        text = repair.peek()
        is_regex = FOREIGN_WORDS[words[0]] is NO_REGEX and text.kind == "TEXT"
        pattern = like_of_regex(repair.slice(text)[1:-1]) if is_regex else ""
        meant, fix = FOREIGN_WORDS[words[0]], None
        if pattern:
            meant = f"LIKE {shorten(pattern)}; the language has no regular expressions"
            fix = Fix((Edit(Span(span.start, text.end), f"LIKE {pattern}"),), safe=False)
        _no_operator(repair, span, f"write {meant}", fix)
        if words[0] == "xor":
            repair.push("OR", *span)
        else:
            comparator_or_junction(repair, Token("LIKE", *span))
        return True
    if words[0] == "is":
        equality(repair, token, negated=words[1:2] == ["not"])
        return True
    return False


def _no_operator(repair: Repair, span: Span, help: str, fix: Fix | None = None) -> None:
    written = shorten(repair.text[span.start : span.end])
    repair.error("E218", f"`{written}` is not a valid operator", span, help, fix)


def comparing_words(repair: Repair, span: Span, length: int, meant: str) -> None:
    """Replace words that mean an operator, or a pattern such as ``LIKE "start*"``."""
    repair.position += length
    kind = _KINDS.get(meant, "LIKE")
    if options := OPTIONS.match(repair.text, span.end):
        span = Span(span.start, options.end())
        repair.skip_to(span.end)
    if meant == "LIKE":
        sql_pattern(repair, span)
    elif meant in _KINDS:
        # DIV drops the remainder of a division.
        _no_operator(repair, span, f"write {meant}", Fix((Edit(span, meant),), meant != "/"))
    else:
        text = repair.peek()
        spelling = repair.slice(text)
        fix = None
        if text.kind == "TEXT" and spelling and not {"*", "\\"} & set(spelling):
            quote, content = spelling[0], spelling[1:-1]
            pattern = f"{content}*" if "start" in meant else f"*{content}"
            meant = f"LIKE {quote}{pattern}{quote}"
            # LIKE ignores case, as the functions of that name do.
            fix = Fix((Edit(Span(span.start, text.end), meant),), safe=False)
        _no_operator(repair, span, f"write {shorten(meant)}", fix)
    if kind in {"PERCENT", "SLASH"}:
        repair.push(kind, *span)
    else:
        comparator_or_junction(repair, Token(kind, *span))


def sql_pattern(repair: Repair, span: Span) -> None:
    """Return the error of ILIKE, whose pattern has `%` for `*`."""
    pattern = repair.peek()
    edits = [Edit(span, "LIKE")]
    meant, certain = like_pattern(repair.slice(pattern)) if pattern.kind == "TEXT" else ("", False)
    if meant:
        edits.append(Edit(Span(pattern.start, pattern.end), meant))
    certain = certain and not _OTHER_PATTERNS.search(repair.text, *span)
    _no_operator(repair, span, f"write LIKE {shorten(meant)}".rstrip(), Fix(tuple(edits), certain))


def like_pattern(spelling: str) -> tuple[str, bool]:
    """Convert a quoted pattern of SQL, and return whether it surely fits the same strings.

    The language has no wildcard for one character, such as SQL's ``_``. A pattern with ``*`` is
    already in this language.
    """
    if "*" in spelling:
        return spelling, "%" not in spelling
    return spelling.replace("%", "*"), not set("_\\") & set(spelling)


def negated_keyword(repair: Repair, span: Span, keyword: str) -> None:
    """Report ``NOT_CONTAINS`` and its like; the operand on its right comes next."""
    left = repair.operand_tokens()
    right = repair.path_ahead() or [repair.peek()]
    last = right[-1]
    fix = None
    operand = repair.operand_text(span.start)
    meant = f'!({operand} {keyword} "…")'
    simple = right[0].kind in {"TEXT", "NUMBER", "NAME"} and repair.ends(len(right))
    if left and simple:
        meant = f"!({operand} {keyword} {repair.text[right[0].start : last.end]})"
        start, end = left[0].start, Span(last.end, last.end)
        edits = [Edit(Span(start, start), "!("), Edit(span, keyword), Edit(end, ")")]
        safe = True
        if keyword == "LIKE":
            pattern, safe = like_pattern(repair.slice(last)) if last.kind == "TEXT" else ("", False)
            if other := _OTHER_PATTERNS.search(repair.text, span.start, span.end):
                safe = False
                if not other[1] and last.kind == "TEXT":
                    pattern = like_of_regex(repair.slice(last)[1:-1])
            if pattern and (safe or other):
                edits[-1] = Edit(Span(last.start, last.end), f"{pattern})")
                meant = f"!({operand} LIKE {pattern})"
        fix = Fix(tuple(edits), safe)
    message = f"`{shorten(repair.text[span.start : span.end])}`: {keyword} has no negated form"
    repair.error("E206", message, span, f"negate the whole: {shorten(meant, 80)}", fix)


def between(repair: Repair, token: Token, length: int, *, negated: bool) -> None:
    """``a BETWEEN 1 AND 5``, also with IS and NOT: ``length`` words."""
    span = Span(token.start, repair.peek(length - 1).end)
    field = repair.operand_text()
    low = _bound(repair, length)
    joined = repair.word(repair.peek(length + len(low))) == "and"
    if not joined and _between_listed(repair, span, length, field, negated=negated):
        return
    high = _bound(repair, length + len(low) + 1) if low and joined else []
    meant = f"{field} >= 1 && {field} <= 9"
    fix = None
    if low and high:
        least, most = (repair.text[side[0].start : side[-1].end] for side in (low, high))
        inner, outer = repair.surroundings(length + len(low) + 1), repair.surroundings()
        left = repair.operand_tokens()
        meant = f"{field} >= {least} && {field} <= {most}"
        before = outer.before if outer else "NOT"
        alone = before not in {"NOT", "OR"} and inner is not None and inner.after != "OR"
        text = meant if alone and not negated else f"({meant})"
        text = f"!{text}" if negated else text
        if outer and inner and left and _is_simple(low) and _is_simple(high):
            fix = Fix((Edit(Span(left[0].start, high[-1].end), text),), safe=before != "NOT")
        meant = f"!({meant})" if negated else meant
    _no_operator(repair, span, f"write two comparisons: {shorten(meant, 80)}", fix)
    repair.between = joined
    repair.position += length
    comparator_or_junction(repair, Token("EQ", *span))


def _between_listed(repair: Repair, span: Span, length: int, field: str, *, negated: bool) -> bool:
    """Report ``a BETWEEN (1, 5)`` and ``a BETWEEN 1, 5``."""
    found = _LISTED_BOUNDS.match(repair.text, repair.peek(length).start)
    left = repair.operand_tokens()
    if found is None or not left:
        return False
    meant = f"{field} >= {found[2]} && {field} <= {found[3]}"
    outer = repair.surroundings()
    if negated:
        meant = f"!({meant})"
    elif outer is None or "OR" in (outer.before, outer.after) or outer.before == "NOT":
        meant = f"({meant})"
    whole = Span(left[0].start, found.end())
    fix = Fix((Edit(whole, meant),), safe=False)
    _no_operator(repair, span, f"write two comparisons: {shorten(meant, 80)}", fix)
    del repair.out[repair.clauses[-1].operand :]
    repair.skip_to(found.end())
    repair.push("TEXT", *whole)
    return True


def _bound(repair: Repair, ahead: int) -> list[Token]:
    """Return the tokens from there to the next junction, closing parenthesis, or end."""
    end, depth = ahead, 0
    while repair.peek(end).kind != END and (depth > 0 or not repair.ends(end)):
        kind = repair.peek(end).kind
        depth += (kind in {"LPAR", "LSQB"}) - (kind in {"RPAR", "RSQB"})
        end += 1
    return [repair.peek(index) for index in range(ahead, end)]


def _is_simple(bound: list[Token]) -> bool:
    return {token.kind for token in bound} <= _BOUND_KINDS


def equality(repair: Repair, token: Token, *, negated: bool) -> None:
    """``IS NULL``, ``IS NOT NULL``, and IS before a value."""
    ahead = 2 if negated else 1
    if repair.word(repair.peek(ahead)) in NULL_WORDS:
        presence_test(repair, Span(token.start, repair.peek(ahead).end), absent=not negated)
        repair.position += ahead + 1
        return
    operator = "!=" if negated else "=="
    span = Span(token.start, repair.peek(ahead - 1).end)
    # Before a word, `is` may belong to more words: is active, is one of.
    safe = repair.peek(ahead).kind not in NAMES
    _no_operator(repair, span, f"write {operator}", Fix((Edit(span, operator),), safe))
    repair.position += ahead
    comparator_or_junction(repair, Token("NE" if negated else "EQ", *span))


def presence_test(repair: Repair, span: Span, *, absent: bool = False, field: str = "") -> None:
    """Report a test for presence or, with ``absent``, for absence."""
    test = f'{field or repair.operand_text()} LIKE "*"'
    repair.error(
        "E204",
        f"`{shorten(repair.text[span.start : span.end])}`: the language has no test for presence",
        span,
        f"!({test}) matches if the field is not a string; better, send a value that says so"
        if absent
        else f"{test} matches if the field is a string, whatever its value",
    )
