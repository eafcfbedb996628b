"""Tokens that the language does not have."""

from __future__ import annotations

import re

from pnfilter.diagnostics import Edit, Fix, Span
from pnfilter.syntax.lexer import (
    BAD_TEXT,
    CLOSING_QUOTES,
    END,
    Token,
)
from pnfilter.syntax.nodes import quote
from pnfilter.syntax.recovery.state import (
    COMPARATORS,
    OPERAND_STARTS,
    Repair,
)
from pnfilter.syntax.tree_builder import add_spaces
from pnfilter.wording import shorten

_CLOSED = re.compile(f"[{CLOSING_QUOTES}\"']")
#: What changes the type of a value in SQL.
_CAST = re.compile(r"::[A-Za-z_]\w*")
STUCK_KEYWORD = re.compile(r"[0-9.]+(like|contains)", re.IGNORECASE)


def bad_token(repair: Repair, token: Token) -> bool:
    span = Span(token.start, token.end)
    shown = shorten(repair.slice(token))
    match token.kind:
        case "BAD_SPACE":
            # Reported beforehand, all at once.
            repair.position += 1
        case "BAD_TEXT":
            repair.error(
                "E104",
                f"the string {shown} is not closed",
                span,
                _how_to_end(repair.slice(token)),
            )
            repair.gave_up = True
        case "BAD_QUOTES":
            if len(shown) < 2 or not _CLOSED.fullmatch(repair.text[token.end - 1]):
                repair.error(
                    "E105",
                    f"the string {shown} begins with a quote that is not valid, and is not closed",
                    span,
                    "put a string between two of \" or two of '",
                )
                repair.gave_up = True
                return True
            content = repair.text[token.start + 1 : token.end - 1]
            if content.startswith(("data.", "meta.")) and not _is_compared(repair):
                help = f"write {shorten(content)}"
                fix = Fix((Edit(span, content),), safe=False)
                repair.error("E105", f"{shown} is in quotes, and a path is not", span, help, fix)
                repair.value(token)
                return True
            fixed = quote(content)
            # Elsewhere the quotes of some languages surround a name.
            before = COMPARATORS | {"LPAR", "COMMA", "LSQB"}
            safe = bool(repair.out) and repair.out[-1].kind in before
            # It may be an escape, or be taken literally.
            safe = safe and "\\" not in shown
            repair.error(
                "E105",
                f"{shown} has quotes that don't delimit a string",
                span,
                f"write {shorten(fixed)}",
                Fix((Edit(span, fixed),), safe),
            )
            repair.value(token)
        case "BAD_PLACEHOLDER":
            placeholder(repair, span)
            repair.value(token)
        case "BAD_NUMBER":
            bad_number(repair, token)
            repair.value(token)
            if stuck := STUCK_KEYWORD.fullmatch(repair.slice(token)):
                repair.push(stuck[1].upper(), token.end, token.end)
        case "BAD_CHARACTER":
            if repair.after_operand and repair.word(token):
                return False
            bad_character(repair, token)
        case _:
            return False
    return True


def _is_compared(repair: Repair) -> bool:
    return repair.clauses[-1].comparator is not None


def _how_to_end(written: str) -> str:
    """How to end a string that is not closed."""
    curly = re.search(f"[{CLOSING_QUOTES}]", written[1:])
    if curly:
        return f"end it with {written[0]} in place of {curly[0]}, which doesn't end a string"
    return f"end it with {written[0]}; a string can't contain a line break"


def placeholder(repair: Repair, span: Span) -> None:
    written = repair.text[span.start : span.end]
    if re.match(r"\{\s*[\"']", written):
        repair.error(
            "E219",
            f"`{shorten(written)}`: an object can't be written in a filter",
            span,
            "compare its fields, one by one",
        )
        return
    repair.error(
        "E111",
        f"`{shorten(written)}` was not filled in",
        span,
        "insert the value, quoted, before you send the filter: template and F do both",
    )


def bad_number(repair: Repair, token: Token) -> None:
    spelling, span = repair.slice(token), Span(token.start, token.end)
    fixed = ""
    if re.fullmatch(r"\.[0-9]+", spelling):
        fixed = "0" + spelling
    elif re.fullmatch(r"[0-9]+\.", spelling):
        fixed = spelling + "0"
    help = f"write {fixed}"
    safe = bool(fixed)
    if not fixed and (written := plain_number(spelling)):
        fixed, safe = written, False
        help = f"write {shorten(fixed)}"
    elif re.fullmatch(r"[0-9.]+", spelling) and not fixed:
        help = f'a number has at most one dot; as a string: "{shorten(spelling)}"'
    elif spelling.endswith("%"):
        help = f"write {shorten(spelling[:-1])}, or a fraction of 1"
    elif not fixed:
        help = f'no letter may follow a number; as a string: "{shorten(spelling)}"'
    if stuck := STUCK_KEYWORD.fullmatch(spelling):
        fixed = f"{spelling[: stuck.start(1)]} {stuck[1]}"
        help = f"put a space before the keyword: {fixed}"
        safe = True
    fix = Fix((Edit(span, fixed),), safe) if fixed else None
    repair.error("E106", f"`{shorten(spelling)}` is not a valid number", span, help, fix)


#: Letters behind a number that say its type, and those that multiply it.
_TYPED = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?:[lLuUfFdDmMn]|[iu](?:8|16|32|64)|f(?:32|64)|UL|ul)")
_THOUSANDS = {"k": "000", "K": "000"}


def plain_number(spelling: str) -> str:
    """The digits of a number that another language writes so; empty if there are none.

    ``1_000``, ``1.000.000``, ``0x1F``, ``5L``, ``2k``.
    """
    if len(spelling) > 40:
        return ""
    if re.fullmatch(r"0[xXbBoO][0-9A-Fa-f_]+", spelling):
        try:
            return str(int(spelling, 0))
        except ValueError:
            return ""
    if re.fullmatch(r"[0-9]+(?:_[0-9]+)+(?:\.[0-9]+)?", spelling):
        return spelling.replace("_", "")
    if re.fullmatch(r"[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}", spelling):
        return spelling.replace(".", "")
    typed = _TYPED.fullmatch(spelling)
    if typed and spelling[-1] not in "mM":
        return typed[1]
    if re.fullmatch(r"[1-9][0-9]*[kK]", spelling):
        return spelling[:-1] + _THOUSANDS[spelling[-1]]
    return ""


def bad_character(repair: Repair, token: Token) -> None:
    spelling, span = repair.slice(token), Span(token.start, token.end)
    following = repair.peek(1)
    if spelling == "\\" and following.kind == BAD_TEXT:
        repair.error(
            "E108",
            f"`{repair.text[token.start : following.start + 1]}`: the quotes are escaped as in "
            "source code",
            Span(token.start, following.start + 1),
            "remove the backslashes",
        )
        repair.gave_up = True
    elif spelling == "$" and following.kind == "DOT":
        removed = Span(token.start, following.end)
        repair.error(
            "E108",
            "`$.` can't begin a path",
            removed,
            "begin with data or meta",
            Fix((Edit(removed, ""),), safe=repair.word(repair.peek(2)) in {"data", "meta"}),
        )
        repair.position += 2
    elif spelling == ";" and (count := closing_semicolons(repair)):
        span = Span(token.start, repair.peek(count - 1).end)
        repair.error("E108", "a filter has no `;` at its end", span, "", Fix((Edit(span, ""),)))
        repair.position += count
    elif not repair.after_operand and spelling[1:] in {"data", "meta"}:
        sign = Span(token.start, token.start + 1)
        fix = Fix((Edit(sign, ""),), safe=False)
        repair.error("E108", f"`{spelling[0]}` can't begin a path", sign, "remove it", fix)
        repair.position += 1
        repair.push("NAME", sign.end, token.end)
    elif not repair.after_operand and is_variable(repair, token):
        end = following.end if spelling == ":" else token.end
        placeholder(repair, Span(token.start, end))
        repair.position += spelling == ":"
        repair.value(token, end)
    elif spelling[0].isalpha() or spelling[0] == "_":
        foreign_name(repair, token)
    elif spelling == ";" and repair.after_operand and following.kind in OPERAND_STARTS:
        repair.error("E213", "`;` doesn't join conditions", span, "write `&&` or `||`")
        repair.position += 1
        repair.push("AND", *span)
    elif repair.after_operand and (cast := _CAST.match(repair.text, token.start)):
        span = Span(*cast.span())
        message = f"`{shorten(cast[0])}`: the language has no types"
        repair.error("E205", message, span, "remove it", Fix((Edit(span, ""),), safe=False))
        repair.skip_to(span.end)
    elif spelling == ":" and repair.after_operand and repair.clauses[-1].comparator is None:
        colon(repair, token)
    elif spelling == "?":
        help = "write the conditions out, joined by && and ||"
        message = "`?`: a filter has no conditional expression"
        if repair.text.startswith("??", token.start):
            span = Span(token.start, token.start + 2)
            message = "`??`: a filter has no default values"
            help = "compare the field alone: for a field that is missing write a second condition"
        repair.error("E108", message, span, help)
        repair.gave_up = True
    else:
        repair.error(
            "E108",
            f"`{shorten(spelling)}` is not valid in a filter",
            span,
            'quote a string; a key with other characters goes in brackets: meta["my-key"]',
        )
        if not repair.after_operand and repair.peek(1).kind not in OPERAND_STARTS:
            repair.value(token)
            return
        repair.position += 1
        if repair.after_operand and repair.peek().kind in OPERAND_STARTS:
            repair.push("AND", token.start, token.start)


def closing_semicolons(repair: Repair) -> int:
    """Count the semicolons from here to the end of the text; 0 if anything else follows."""
    count = 0
    while repair.slice(repair.peek(count)) == ";":
        count += 1
    return count if repair.peek(count).kind == END else 0


def colon(repair: Repair, token: Token) -> None:
    """``a: "x"`` and ``a := "x"`` for ``==``, ``meta:a == "x"`` for a dot."""
    following = repair.peek(1)
    span, ahead = Span(token.start, token.end), 1
    if following.kind in {"ASSIGN", "EQ"} and following.start == token.end:
        span, ahead = Span(token.start, following.end), 2
    right = repair.peek(ahead)
    path = repair.path_ahead(ahead)
    compared = path and ahead == 1 and not repair.ends(1 + len(path))
    prefix = [repair.word(part) for part in repair.operand_tokens()] in (["data"], ["meta"])
    if compared and prefix:
        repair.error(
            "E215", "`:` is not allowed in a path", span, "write `.`", Fix((Edit(span, "."),))
        )
        repair.tokens[repair.position] = Token("DOT", *span)
        return
    if compared:
        message = "`:` is not valid in a filter"
        help = 'a key with other characters goes in brackets: meta["my:key"]'
        repair.error("E108", message, span, help)
        repair.push("AND", *span)
        repair.position += 1
        return
    message = f"`{repair.text[span.start : span.end]}` is not a valid operator"
    safe = right.kind in {"TEXT", "NUMBER"} and repair.ends(ahead + 1)
    fix = Fix((Edit(span, add_spaces(repair.text, span, "==")),), safe)
    repair.error("E205", message, span, "write `==`", fix)
    repair.position += ahead - 1
    repair.tokens[repair.position] = Token("EQ", *span)


def is_variable(repair: Repair, token: Token) -> bool:
    """Return whether other languages put the character before a variable, or in its place."""
    spelling = repair.slice(token)
    if spelling == ":":
        return repair.peek(1).kind == "NAME" and repair.peek(1).start == token.end
    return spelling == "?" or (len(spelling) > 1 and spelling[0] in "@$#")


def looks_like_another(word: str) -> bool:
    """Return whether a word mixes scripts, or has characters that look like others."""
    from unicodedata import name, normalize

    scripts = {name(char, "").split(" ")[0] for char in word if char.isalpha()}
    return len(scripts) > 1 or normalize("NFKC", word) != normalize("NFC", word)


def foreign_name(repair: Repair, token: Token) -> None:
    """Report a word with characters that a bare name can't have."""
    start = token.start
    end = token.end
    repair.position += 1
    if repair.out and repair.out[-1].kind == "NAME" and repair.out[-1].end == start:
        start = repair.out.pop().start
    word = repair.text[start:end]
    step = bool(repair.out) and repair.out[-1].kind == "DOT"
    span = Span(repair.out[-1].start if step else start, end)
    fixed = f'["{word}"]' if step else f'meta["{word}"]'
    repair.error(
        "E108",
        f"`{shorten(word)}` can't be a bare name: those have ASCII letters only",
        Span(start, end),
        f"write {shorten(fixed)}",
        Fix((Edit(span, fixed),), safe=step and not looks_like_another(word)),
    )
    if not step and repair.after_operand:
        repair.push("AND", start, start)
    repair.push("NAME", start, end)
