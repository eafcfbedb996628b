"""Operators: of other languages, without an operand, and one too many."""

from __future__ import annotations

import re

from pnfilter.diagnostics import Edit, Fix, Span
from pnfilter.syntax.lexer import (
    END,
    Token,
)
from pnfilter.syntax.repair.comparisons import comparator_or_junction
from pnfilter.syntax.repair.state import (
    INFIX,
    JUNCTIONS,
    KEYWORDS,
    OPERAND_STARTS,
    Repair,
)
from pnfilter.syntax.repair.words import negated_keyword
from pnfilter.syntax.tree import shortened, single_ampersand

#: Two tokens in a row that are one operator elsewhere, and what to write.
_FOREIGN_OPERATORS = {
    ("EQ", "ASSIGN"): ("EQ", "=="),
    ("NE", "ASSIGN"): ("NE", "!="),
    ("LT", "GT"): ("NE", "!="),
    ("ASSIGN", "GT"): ("GE", ">="),
    ("ASSIGN", "LT"): ("LE", "<="),
    ("ASSIGN", "TILDE"): ("LIKE", "LIKE"),
    ("TILDE", "ASSIGN"): ("LIKE", "LIKE"),
    ("AND", "AMPERSAND"): ("AND", "&&"),
    ("OR", "PIPE"): ("OR", "||"),
}
#: Two tokens that are one operator but for the blank between them.
_SPLIT_OPERATORS = {
    ("ASSIGN", "ASSIGN"): ("EQ", "=="),
    ("NOT", "ASSIGN"): ("NE", "!="),
    ("LT", "ASSIGN"): ("LE", "<="),
    ("GT", "ASSIGN"): ("GE", ">="),
    ("AMPERSAND", "AMPERSAND"): ("AND", "&&"),
    ("PIPE", "PIPE"): ("OR", "||"),
}
_DIRECTIONS = {"LT": -1, "LE": -1, "GT": 1, "GE": 1}


def comment(repair: Repair, token: Token) -> bool:
    """``// …`` to the end of the line, ``/* … */``."""
    following = repair.peek(1)
    if token.kind != "SLASH" or following.start != token.end:
        return False
    if following.kind not in {"SLASH", "STAR"}:
        return False
    closing = r"[\r\n]" if following.kind == "SLASH" else r"\*/"
    match = re.compile(closing).search(repair.text, following.end)
    end = len(repair.text) if match is None else match.end()
    span = Span(token.start, end)
    repair.error("E222", "a filter has no comments", span, "take it away", Fix((Edit(span, " "),)))
    while repair.peek().kind != END and repair.peek().start < end:
        repair.position += 1
    return True


def operator_sequence(repair: Repair, token: Token) -> bool:
    following = repair.peek(1)
    pair = (token.kind, following.kind)
    span = Span(token.start, following.end)
    written = repair.text[token.start : following.end]
    joined = following.start == token.end
    meant = _FOREIGN_OPERATORS.get(pair) if joined else _SPLIT_OPERATORS.get(pair)
    if meant is None or not repair.after_operand:
        return False
    kind, operator = meant
    code, message = "E205", f"`{written}` is no operator of the language"
    if not joined:
        message = f"the operator `{operator}` has no blank inside"
    repair.position += 2
    while joined and repair.peek().kind == "ASSIGN" and repair.peek().start == span.end:
        span = Span(span.start, repair.peek().end)
        repair.position += 1
    fix = Fix((Edit(span, operator),), safe=kind != "LIKE")
    repair.error(code, message, span, f"write `{operator}`", fix)
    comparator_or_junction(repair, Token(kind, span.start, span.end))
    return True


def bracket(repair: Repair, token: Token) -> bool:
    if token.kind == "LPAR" and not repair.after_operand:
        repair.position += 1
        repair.push(*token)
        repair.open(token)
        return True
    if token.kind == "COMMA" and repair.peek(1).kind in {"RPAR", "RSQB"}:
        span = Span(token.start, token.end)
        repair.error(
            "E212", "nothing follows the comma", span, "take it away", Fix((Edit(span, ""),))
        )
        repair.position += 1
        return True
    if token.kind == "COMMA" and repair.clauses[-1].opening is None:
        span = Span(token.start, token.end)
        repair.error("E213", "a comma doesn't join conditions", span, "write `&&` or `||`")
        repair.position += 1
        repair.push("AND", *span)
        return True
    if token.kind not in {"RPAR", "RSQB"}:
        return False
    clause = repair.clauses[-1]
    fits = clause.opening is not None and (token.kind == "RSQB") == clause.square_set
    if not fits:
        shown = repair.slice(token)
        if clause.opening is not None:
            message = f"`{shown}` doesn't close `{repair.slice(clause.opening)}`"
        else:
            message = f"`{shown}` was never opened"
        repair.error("E201", message, Span(token.start, token.end), "take it away, or open it")
        repair.position += 1
        return True
    repair.clauses.pop()
    repair.position += 1
    repair.push("RPAR", token.start, token.end)
    return True


def negation(repair: Repair, token: Token) -> bool:
    """``!`` where none can stand."""
    if token.kind != "NOT":
        return False
    span = Span(token.start, token.end)
    if repair.after_operand:
        following = repair.peek(1)
        if following.kind in KEYWORDS:
            repair.position += 1
            negated_keyword(repair, Span(token.start, following.end), following.kind)
            return True
        if repair.word(following) == "in":
            repair.position += 1
            return True
        return False
    previous = repair.out[-1].kind if repair.out else ""
    if previous in {"AMPERSAND", "PIPE"}:
        last = repair.out.pop()
        repair.errors.append(single_ampersand(repair.slice(last), Span(last.start, last.end)))
        repair.push("AND" if previous == "AMPERSAND" else "OR", last.start, last.end)
        return False
    if previous and previous not in JUNCTIONS | {"LPAR", "COMMA", "NOT"}:
        repair.error(
            "E219",
            "`!` negates a condition; it can't stand inside one",
            span,
            "write !(…) round the whole comparison, or use `!=`",
        )
        repair.position += 1
        return True
    return False


def missing_operand(repair: Repair, token: Token) -> bool:
    if token.kind not in INFIX | {"RPAR", "COMMA"} or repair.after_operand:
        return False
    shown = shortened(repair.slice(token))
    span = Span(token.start, token.end)
    if token.kind == "PLUS" and repair.peek(1).kind == "NUMBER":
        fix = Fix((Edit(span, ""),))
        repair.error("E219", "a number has no plus sign", span, "take it away", fix)
        repair.position += 1
        return True
    if not repair.out or repair.out[-1].kind in {"LPAR", "COMMA"}:
        message = f"`{shown}` has nothing on its left"
        if token.kind == "RPAR":
            span = Span(repair.out[-1].start, token.end) if repair.out else span
            if not repair.out or repair.clauses[-1].opening is None:
                return False
            message = "the brackets are empty"
    else:
        last = repair.out[-1]
        span = Span(last.start, last.end)
        message = f"`{shortened(repair.slice(last))}` has nothing on its right"
    repair.error("E212", message, span, "write a field or a value there")
    repair.push("TEXT", token.start, token.start)
    return True


def adjacent_operands(repair: Repair, token: Token) -> bool:
    if token.kind not in OPERAND_STARTS - {"MINUS"} or not repair.after_operand:
        return False
    last = repair.out[-1]
    clause = repair.clauses[-1]
    in_set = {last.kind, token.kind} <= {"TEXT", "NUMBER"} and clause.comparator is None
    if in_set and clause.opening is not None:
        place = Span(last.end, last.end)
        repair.error(
            "E213",
            f"no comma stands between {shortened(repair.slice(last))} and "
            f"{shortened(repair.slice(token))}",
            Span(token.start, token.end),
            "the elements of a set are separated by commas",
            Fix((Edit(place, ","),)),
        )
        repair.push("COMMA", token.start, token.start)
        return True
    repair.error(
        "E213",
        f"no operator stands between `{shortened(repair.slice(last))}` and "
        f"`{shortened(repair.slice(token))}`",
        Span(token.start, token.end),
        "conditions are joined by && or ||, a text is quoted as a whole",
    )
    repair.push("AND", token.start, token.start)
    return True
