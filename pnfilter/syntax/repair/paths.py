"""Paths, and brackets that are none of the language."""

from __future__ import annotations

from pnfilter.diagnostics import Edit, Fix, Span
from pnfilter.syntax.lexer import (
    BAD_CHARACTER,
    BAD_NUMBER,
    BAD_QUOTES,
    BAD_TEXT,
    END,
    Token,
)
from pnfilter.syntax.printer import quote
from pnfilter.syntax.repair.characters import bad_number, bad_token
from pnfilter.syntax.repair.state import (
    COMPARATORS,
    NAMES,
    Repair,
)
from pnfilter.syntax.repair.vocabulary import FOREIGN_WORDS
from pnfilter.syntax.tree import shortened


def path_step(repair: Repair, token: Token) -> bool:
    if token.kind == "DOT":
        return dot(repair, token)
    if token.kind == "LSQB" and repair.out and repair.out[-1].kind in {"NAME", "RSQB"}:
        return subscript(repair, token)
    if token.kind == "LSQB" and repair.after_operand:
        group = repair.group()
        span = Span(token.start, group[-1].end if group else token.end)
        repair.error("E215", "only a path has keys and indexes", span, "take the bracket away")
        repair.position += len(group) or 1
        return True
    return False


def dot(repair: Repair, token: Token) -> bool:
    key = repair.peek(1)
    if not repair.after_operand and key.kind == "NUMBER" and key.start == token.end:
        bad_number(repair, Token(BAD_NUMBER, token.start, key.end))
        repair.position += 1
        repair.value(token, key.end)
        return True
    if not repair.after_operand:
        repair.error(
            "E215",
            "a path begins with a name, not with a dot",
            Span(token.start, token.end),
            "write data.… or meta.…",
        )
        repair.position += 1
        return True
    if key.kind in NAMES:
        repair.position += 2
        repair.push(*token)
        repair.push("NAME", key.start, key.end)
        return True
    if key.kind == BAD_CHARACTER and repair.slice(key)[0].isalpha():
        repair.position += 1
        repair.push(*token)
        return True
    span = Span(token.start, key.end)
    written = repair.slice(key)
    if key.kind == "STAR":
        path_wildcard(repair, span)
    elif key.kind in {"NUMBER", BAD_NUMBER, "TEXT"}:
        step = f"[{written}]" if written.isdigit() or key.kind == "TEXT" else f'["{written}"]'
        repair.error(
            "E215",
            f"`{shortened(written)}` can't follow a dot",
            Span(key.start, key.end),
            f"write {shortened(step)}",
            Fix((Edit(span, step),), safe=not written.isdigit()),
        )
    elif key.kind == "LSQB":
        dot = Span(token.start, token.end)
        repair.error(
            "E215",
            "there is no dot before a bracket",
            dot,
            "take the dot away",
            Fix((Edit(dot, ""),)),
        )
        repair.position += 1
        return True
    else:
        repair.error(
            "E215", "the dot has no key after it", Span(token.start, token.end), "name the key"
        )
        repair.position += 1
        return True
    repair.position += 2
    return True


def path_wildcard(repair: Repair, span: Span) -> None:
    repair.error(
        "E209",
        "a path has no wildcard: it names one field",
        span,
        "name the field, as in data.title",
    )


def subscript(repair: Repair, token: Token) -> bool:
    """``[`` after a path: an index or a quoted key, and ``]``."""
    inner, closing = repair.peek(1), repair.peek(2)
    if inner.kind in {"TEXT", "NUMBER", BAD_QUOTES} and closing.kind == "RSQB":
        if inner.kind == BAD_QUOTES:
            repair.position += 1
            repair.push(*token)
            bad_token(repair, inner)
        else:
            repair.push(*token)
            repair.push(*inner)
            repair.position += 2
        repair.position += 1
        repair.push(*closing)
        return True
    ahead = 1
    while repair.peek(ahead).kind not in {"RSQB", END, "AND", "OR", BAD_TEXT, *COMPARATORS}:
        ahead += 1
    if repair.peek(ahead).kind != "RSQB":
        repair.never_closed(token)
        repair.position += 1
        if inner.kind in {"TEXT", "NUMBER"}:
            repair.position += 1
        return True
    span = Span(inner.start, repair.peek(ahead).start)
    written = repair.text[span.start : span.end].strip()
    if ahead == 2 and inner.kind in NAMES:
        fix = Fix((Edit(Span(inner.start, inner.end), quote(written)),))
        message = f"the key `{shortened(written)}` has no quotes"
        repair.error("E215", message, span, f'write ["{shortened(written)}"]', fix)
    elif written == "*":
        path_wildcard(repair, Span(token.start, repair.peek(ahead).end))
    else:
        shown = f"`{shortened(written)}`" if written else "an empty bracket"
        repair.error(
            "E215",
            f"{shown} is neither a key nor an index",
            Span(token.start, repair.peek(ahead).end),
            'write a whole number from 0 on, or a quoted key: ["my-key"]',
        )
    repair.position += ahead + 1
    return True


def square_bracket(repair: Repair, token: Token) -> bool:
    """``["a", "b"]`` where an operand begins."""
    if token.kind != "LSQB" or repair.after_operand:
        return False
    group = repair.group()
    span = Span(token.start, token.end)
    fix = None
    if group:
        last = group[-1]
        span = Span(token.start, last.end)
        fix = Fix((Edit(Span(token.start, token.end), "("), Edit(Span(last.start, last.end), ")")))
    inner = repair.text[span.start + 1 : span.end - 1] if group else '"a", "b"'
    help = f"write ({shortened(inner)})"
    repair.error("E221", "a set stands in round brackets", span, help, fix)
    repair.position += 1
    repair.push("LPAR", token.start, token.end)
    repair.open(token)
    repair.clauses[-1].square_set = True
    return True


def call(repair: Repair, token: Token) -> bool:
    """``lower(x)``, ``data.tags.contains("x")``."""
    if token.kind != "LPAR" or not repair.out or repair.out[-1].kind != "NAME":
        return False
    group = repair.group()
    name = repair.slice(repair.out[-1])
    end = group[-1].end if group else token.end
    help = "compare the field itself; LIKE never looks at case"
    if name.lower() in {"contains", "includes", "has", "indexof"} and len(group) == 3:
        help = f"write field CONTAINS {shortened(repair.slice(group[1]))}"
    elif name.lower() in {"startswith", "endswith", "matches", "match", "test"}:
        help = f"write field {FOREIGN_WORDS.get(name.lower(), FOREIGN_WORDS['match'])}"
    message = f"`{shortened(name)}(…)`: the language has no functions"
    repair.error("E216", message, Span(repair.out[-1].start, end), help)
    repair.position += len(group) or 1
    return True
