"""Texts and patterns without quotes."""

from __future__ import annotations

import re

from pnfilter.diagnostics import Edit, Fix, Span
from pnfilter.syntax.lexer import (
    BAD_CHARACTER,
    BAD_NUMBER,
    Token,
)
from pnfilter.syntax.printer import quote
from pnfilter.syntax.repair.characters import placeholder
from pnfilter.syntax.repair.state import (
    COMPARATORS,
    OPERAND_STARTS,
    WORD_PARTS,
    Repair,
)
from pnfilter.syntax.repair.vocabulary import WORD_OPERATORS
from pnfilter.syntax.tree import shortened

_ASCII_QUOTES = "\"'"


def unquoted(repair: Repair, span: Span, code: str = "E208") -> None:
    written = repair.text[span.start : span.end]
    what = "pattern" if code == "E207" else "text"
    fixed = quote(re.sub(r"^%|%$", "*", written) if code == "E207" else written)
    repair.error(
        code,
        f"the {what} `{shortened(written)}` has no quotes",
        span,
        f"write {shortened(fixed)}",
        Fix((Edit(span, fixed),)),
    )


def unquoted_operand(repair: Repair) -> None:
    """Right of a comparison: a pattern or a text without quotes, as far as no blank comes."""
    first = repair.peek()
    letter = repair.text[first.end : repair.peek(1).end]
    if first.kind == "PERCENT" and letter in {"s", "d", "r", "i"}:
        placeholder(repair, Span(first.start, first.end + 1))
        repair.position += 1
        repair.value(first, first.end + 1)
        return
    ahead = 0
    while repair.peek(ahead).kind in WORD_PARTS and (
        ahead == 0 or repair.peek(ahead).start == repair.peek(ahead - 1).end
    ):
        ahead += 1
    kinds = [repair.peek(index).kind for index in range(ahead)]
    if not kinds:
        return
    wild = {"STAR", "PERCENT"}
    code = ""
    if kinds[0] in wild or (len(kinds) > 1 and kinds[-1] in wild and ends(repair, ahead)):
        code = "E207"
        # `*breaking news*`: on to the wildcard that closes the pattern.
        if kinds[-1] not in wild:
            further = ahead
            while repair.peek(further).kind in {"NAME", "NUMBER", "MINUS"}:
                further += 1
            if repair.peek(further).kind in wild:
                ahead = further + 1
    elif len(kinds) > 1 and {BAD_NUMBER, BAD_CHARACTER} & set(kinds):
        if kinds[-1] == BAD_CHARACTER and repair.slice(repair.peek(ahead - 1)) == ";":
            ahead -= 1
        first_sign = repair.slice(first)[0]
        code = "E208" if ahead > 1 and first_sign not in "@$#:?" else ""
    elif kinds == [BAD_CHARACTER] and repair.slice(first)[0].isalpha():
        code = "E208"
    if code:
        end = repair.peek(ahead - 1).end
        unquoted(repair, Span(first.start, end), code)
        repair.position += ahead - 1
        repair.value(first, end)


def ends(repair: Repair, ahead: int) -> bool:
    """Whether no operand can begin at the token so far ahead."""
    return repair.peek(ahead).kind not in OPERAND_STARTS


def unquoted_words(repair: Repair, token: Token) -> bool:
    """``city == New York``: words after a bare word on the right of a comparison."""
    clause = repair.clauses[-1]
    operand = repair.out[clause.operand :]
    if repair.out[-1].kind == "TEXT" and repair.out[-1].end == token.start:
        text = repair.slice(repair.out[-1])
        if text[:1] in _ASCII_QUOTES:
            repair.error(
                "E104",
                f"the text {shortened(text)} ends before `{shortened(repair.slice(token))}`",
                Span(repair.out[-1].start, token.end),
                f"a quote inside a text is escaped: \\{text[0]}",
            )
            repair.gave_up = True
            return True
    if clause.comparator is None or [part.kind for part in operand] != ["NAME"]:
        return False
    ahead = 0
    while repair.peek(ahead).kind in {"NAME", "NUMBER"} and (
        repair.word(repair.peek(ahead)) not in WORD_OPERATORS
    ):
        ahead += 1
    following = repair.peek(ahead).kind
    if ahead == 0 or following in COMPARATORS | {"DOT", "LSQB", "LPAR"}:
        return False
    start, end = operand[0].start, repair.peek(ahead - 1).end
    unquoted(repair, Span(start, end))
    del repair.out[clause.operand :]
    repair.position += ahead
    repair.push("TEXT", start, end)
    return True
