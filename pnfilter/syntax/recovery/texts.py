"""Strings and patterns without quotes."""

from __future__ import annotations

import re

from pnfilter.diagnostics import Edit, Fix, Span
from pnfilter.syntax.lexer import (
    BAD_CHARACTER,
    BAD_NUMBER,
    END,
    Token,
)
from pnfilter.syntax.nodes import quote
from pnfilter.syntax.recovery.calls import regular_expression
from pnfilter.syntax.recovery.characters import bad_number, placeholder
from pnfilter.syntax.recovery.state import (
    COMPARATORS,
    OPERAND_STARTS,
    WORD_PARTS,
    Repair,
)
from pnfilter.syntax.recovery.vocabulary import WORD_OPERATORS
from pnfilter.wording import shorten

_ASCII_QUOTES = "\"'"
_ADDRESS = re.compile(r"[^\s()\"']+")


#: What a template of Python, Ruby or a document leaves in place of a value.
_PLACEHOLDERS = re.compile(
    r"%(?:\(\w+\)|\d+\$)?[@sdrifvq](?!\w)|%[A-Z_]{2,}%|%\{[^{}\r\n]*\}|<[A-Za-z_][\w .-]*>"
    r"|<%[^%\r\n]*%>|<\?[^?\r\n]*\?>|\?[0-9]+(?![\w.])|\\\([^()\r\n]*\)",
    re.ASCII,
)
#: A string between two quotes on each side.
_DOUBLED = re.compile(r"(\"\"|'')([^\"'\\\r\n]+)\1")
_WILD = frozenset({"STAR", "PERCENT"})


#: One word or several, with wildcards at the ends.
_PATTERN = re.compile(r"[*%]?[^\W\d]\w*(?:[ -]\w+)*[*%]?")
#: Certainly strings, wherever they are compared: a name with dashes that can't be a subtraction, a
#: word, a UUID, an e-mail address, a URL.
_SURELY_TEXT = re.compile(
    r"[^\W\d]\w*(?:-\w+)*"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    # A final dot or question mark may be that of a sentence.
    r"|[a-z][a-z0-9+.-]*://[\w./:#@%+~?=-]*[\w/#+~=-]",
    re.IGNORECASE,
)


def is_surely_text(written: str) -> bool:
    """Return whether an unquoted text can only be a string."""
    return _SURELY_TEXT.fullmatch(written) is not None


def is_surely_pattern(written: str) -> bool:
    """Return whether an unquoted text right of LIKE can only be a pattern."""
    return _PATTERN.fullmatch(written) is not None


def unquoted(repair: Repair, span: Span) -> None:
    """Report a string without quotes."""
    written = repair.text[span.start : span.end]
    compared = repair.clauses[-1].comparator
    equality = compared is not None and compared.kind in {"EQ", "NE", "ASSIGN", "LIKE", "CONTAINS"}
    fixed = quote(written)
    repair.error(
        "E208",
        f"the string `{shorten(written)}` has no quotes",
        span,
        f"write {shorten(fixed)}",
        Fix((Edit(span, fixed),), safe=equality and is_surely_text(written)),
    )


def unquoted_pattern(repair: Repair, span: Span) -> None:
    """Report a pattern without quotes; only after LIKE is it certain."""
    written = repair.text[span.start : span.end]
    fixed = quote(re.sub(r"^%|%$", "*", written))
    comparator = repair.out[-1]
    like = comparator.kind == "LIKE"
    repair.error(
        "E207",
        f"the pattern `{shorten(written)}` has no quotes",
        span,
        f"write {shorten(fixed)}" if like else f"a pattern needs LIKE: LIKE {shorten(fixed)}",
        Fix((Edit(span, fixed),), is_surely_pattern(written)) if like else None,
    )


def unquoted_operand(repair: Repair) -> None:
    """Report an unquoted pattern or string right of a comparison, up to the next space."""
    if regular_expression(repair):
        return
    first = repair.peek()
    match = _PLACEHOLDERS.match(repair.text, first.start)
    if match:
        placeholder(repair, Span(*match.span()))
        take(repair, first, match.end())
        return
    ahead = 0
    while (
        repair.peek(ahead).kind in WORD_PARTS
        and repair.slice(repair.peek(ahead)) != ";"
        and (ahead == 0 or repair.peek(ahead).start == repair.peek(ahead - 1).end)
    ):
        ahead += 1
    kinds = [repair.peek(index).kind for index in range(ahead)]
    if not kinds:
        return
    end = repair.peek(ahead - 1).end
    closed = len(kinds) > 1 and kinds[-1] in _WILD
    if kinds == ["NUMBER", "PERCENT"] and repair.out[-1].kind != "LIKE" and repair.ends(ahead):
        bad_number(repair, Token(BAD_NUMBER, first.start, end))
    elif kinds[0] in _WILD or (closed and repair.peek(ahead).kind not in OPERAND_STARTS):
        # `*breaking news*`: up to the closing wildcard.
        if kinds[-1] not in _WILD:
            while repair.peek(ahead).kind in {"NAME", "NUMBER", "MINUS"} and repair.same_line(
                ahead
            ):
                ahead += 1
            if repair.peek(ahead).kind in _WILD:
                end = repair.peek(ahead).end
        unquoted_pattern(repair, Span(first.start, end))
    elif is_text(repair, kinds):
        if "://" in repair.text[first.start : end]:
            # An address includes all up to a space, also the characters of its query.
            address = _ADDRESS.match(repair.text, first.start)
            end = address.end() if address else end
        unquoted(repair, Span(first.start, end))
    else:
        return
    take(repair, first, end)


def is_text(repair: Repair, kinds: list[str]) -> bool:
    """Return whether the tokens ahead, without spaces between, can only be an unquoted string."""
    sign = repair.slice(repair.peek())[0]
    if len(kinds) == 1:
        return kinds == [BAD_CHARACTER] and sign.isalpha()
    if kinds[:2] in (["SLASH", "SLASH"], ["SLASH", "STAR"]):
        return False
    if kinds == ["DOT", "NUMBER"]:
        return False
    if kinds[0] in {"SLASH", "DOT"} or kinds[:2] == ["TILDE", "SLASH"]:
        return True
    if kinds[1] == "DOT" and repair.word(repair.peek()) in {"data", "meta"}:
        return False
    strange = {BAD_NUMBER, BAD_CHARACTER} & set(kinds)
    return bool(strange) and sign not in "@$#:?"


def take(repair: Repair, first: Token, end: int) -> None:
    """Put a string in place of all tokens from ``first`` to the offset ``end``."""
    while repair.peek(1).kind != END and repair.peek(1).start < end:
        repair.position += 1
    repair.value(first, end)


def inner_quote(repair: Repair, token: Token) -> bool:
    """Report ``'it's'``: a word right behind the quote that ends a string."""
    last = repair.out[-1]
    text = repair.slice(last)
    if last.kind != "TEXT" or last.end != token.start or text[:1] not in _ASCII_QUOTES:
        return False
    if doubled := _DOUBLED.match(repair.text, last.start):
        meant = f"{text[0]}{doubled[2]}{text[0]}"
        span = Span(*doubled.span())
        message = f"the string {text} ends before `{shorten(repair.slice(token))}`"
        fix = Fix((Edit(span, meant),), safe=False)
        repair.error("E104", message, span, f"write {shorten(meant)}", fix)
        repair.out.pop()
        take(repair, token, span.end)
        return True
    repair.error(
        "E104",
        f"the string {shorten(text)} ends before `{shorten(repair.slice(token))}`",
        Span(last.start, token.end),
        f"escape a quote inside a string: \\{text[0]}",
    )
    repair.gave_up = True
    return True


def unquoted_words(repair: Repair, *, whole: bool = False) -> bool:
    """Report ``city == New York``: words after a bare word on the right of a comparison.

    With ``whole`` only if the words reach to the end of the condition.
    """
    clause = repair.clauses[-1]
    operand = repair.operand_tokens()
    if clause.comparator is None or [part.kind for part in operand] != ["NAME"]:
        return False
    ahead = 0
    while (
        repair.peek(ahead).kind in {"NAME", "NUMBER"}
        and repair.word(repair.peek(ahead)) not in WORD_OPERATORS
        and repair.same_line(ahead)
    ):
        ahead += 1
    if whole and not repair.ends(ahead):
        return False
    if repair.peek(ahead).kind in COMPARATORS | {"DOT", "LSQB", "LPAR"}:
        # The last word begins the next condition.
        ahead -= 1
    if ahead <= 0:
        return False
    start, end = operand[0].start, repair.peek(ahead - 1).end
    unquoted(repair, Span(start, end))
    del repair.out[clause.operand :]
    repair.position += ahead
    repair.push("TEXT", start, end)
    return True


#: A string between three quotes on each side.
_TRIPLED = re.compile(r"(\"{3}|'{3})([^\"'\\\r\n]*)\1")


def tripled_quote(repair: Repair, token: Token) -> bool:
    """Report ``\"\"\"x\"\"\"``: a string of Python, Kotlin or Swift."""
    found = _TRIPLED.match(repair.text, token.start) if not repair.after_operand else None
    if found is None or token.kind != "TEXT":
        return False
    meant = f"{found[1][0]}{found[2]}{found[1][0]}"
    span = Span(*found.span())
    fix = Fix((Edit(span, meant),), safe=False)
    message = f"{shorten(found[0])} has three quotes on each side"
    repair.error("E104", message, span, f"write {shorten(meant)}", fix)
    repair.skip_to(span.end)
    repair.push("TEXT", *span)
    return True
