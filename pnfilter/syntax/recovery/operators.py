"""Operators: of other languages, without an operand, and redundant ones."""

from __future__ import annotations

import re

from pnfilter.diagnostics import Edit, Fix, Span
from pnfilter.syntax.automaton import ARITHMETIC
from pnfilter.syntax.lexer import (
    END,
    Token,
)
from pnfilter.syntax.recovery.calls import like_of_regex
from pnfilter.syntax.recovery.comparisons import comparator_or_junction
from pnfilter.syntax.recovery.phrases import OPTIONS, negated_keyword
from pnfilter.syntax.recovery.state import (
    BEFORE_CONDITIONS,
    COMPARATORS,
    INFIX,
    JUNCTIONS,
    KEYWORDS,
    OPERAND_STARTS,
    Repair,
)
from pnfilter.syntax.recovery.vocabulary import PHRASES
from pnfilter.syntax.recovery.words import membership, misplaced_negation
from pnfilter.syntax.tree_builder import add_spaces, single_ampersand
from pnfilter.wording import shorten

_NEGATED_ORDERINGS = {
    ("NOT", "GT"): ("LE", "<="),
    ("NOT", "LT"): ("GE", ">="),
    ("NOT", "GE"): ("LT", "<"),
    ("NOT", "LE"): ("GT", ">"),
}
#: Two adjacent tokens that are one operator elsewhere, and what to write.
_FOREIGN_OPERATORS = {
    ("EQ", "ASSIGN"): ("EQ", "=="),
    ("EQ", "EQ"): ("EQ", "=="),
    ("NE", "EQ"): ("NE", "!="),
    ("NE", "ASSIGN"): ("NE", "!="),
    ("LT", "GT"): ("NE", "!="),
    ("GE", "ASSIGN"): ("GE", ">="),
    ("LE", "ASSIGN"): ("LE", "<="),
    ("ASSIGN", "GT"): ("GE", ">="),
    ("ASSIGN", "LT"): ("LE", "<="),
    ("ASSIGN", "TILDE"): ("LIKE", "LIKE"),
    ("TILDE", "ASSIGN"): ("LIKE", "LIKE"),
    ("NOT", "TILDE"): ("LIKE", ""),
    **_NEGATED_ORDERINGS,
    ("AND", "AMPERSAND"): ("AND", "&&"),
    ("OR", "PIPE"): ("OR", "||"),
}
#: Two tokens that are one operator apart from the space between them.
_SPLIT_OPERATORS = {
    ("ASSIGN", "ASSIGN"): ("EQ", "=="),
    ("NOT", "ASSIGN"): ("NE", "!="),
    ("NOT", "EQ"): ("NE", "!="),
    ("LT", "ASSIGN"): ("LE", "<="),
    ("GT", "ASSIGN"): ("GE", ">="),
    ("AMPERSAND", "AMPERSAND"): ("AND", "&&"),
    ("PIPE", "PIPE"): ("OR", "||"),
}


#: With a plus sign and so many digits, a number may be a phone number, meant as a string.
_PHONE_NUMBER = re.compile(r"\+[0-9]{7,15}")
_COMMENT = re.compile(r"//|/\*|<!--|#(?=[ \t]|$)")
_ENDS_OF_COMMENTS = {"/*": r"\*/", "<!--": "-->"}
#: A field that isn't null, in Kotlin, Swift and TypeScript.
_ASSERTION = re.compile(r"!{1,2}(?=\s*(?:[=<>)]|!=|&&|\|\||\Z|(?:LIKE|CONTAINS|and|or)\b))")
#: Tests for regular expressions.
_MATCHING = re.compile(r"(!?~~?\*?|=~\*?|~=)\s*(?=[\"'])")


def comment(repair: Repair, token: Token) -> bool:
    """``// …`` and ``# …`` to the end of the line, ``/* … */``."""
    opening = _COMMENT.match(repair.text, token.start)
    if opening is None:
        return False
    closing = _ENDS_OF_COMMENTS.get(opening[0], r"[\r\n]")
    match = re.compile(closing).search(repair.text, opening.end())
    end = len(repair.text) if match is None else match.end()
    span = Span(token.start, end)
    before, after = repair.text[: span.start], repair.text[span.end :]
    fix = None
    if not after.strip():
        span_to_end = Span(len(before.rstrip()), len(repair.text))
        fix = Fix((Edit(span_to_end, ""),), safe=False) if before.strip() else None
    else:
        apart = not before.strip() or before[-1].isspace() or after[0].isspace()
        fix = Fix((Edit(span, "" if apart else " "),), safe=False)
    written = shorten(repair.text[span.start : span.end].rstrip())
    repair.error("E222", f"`{written}`: a filter has no comments", span, "remove it", fix)
    repair.skip_to(end)
    return True


#: Operators of selectors in style sheets, with the pattern that they mean.
_SELECTORS = {"^=": "{}*", "$=": "*{}", "*=": "*{}*"}
_SHELL = re.compile(r"-(eq|ne|gt|ge|lt|le)(?=\s)", re.IGNORECASE)
_ASSIGNMENT = re.compile(r"[\^$*+\-/%|&]=(?!=)")


def assignment(repair: Repair, token: Token) -> bool:
    """Report ``^=``, ``$=`` and ``*=``, which match a part elsewhere, and ``+=`` and its like."""
    written = _ASSIGNMENT.match(repair.text, token.start) if repair.after_operand else None
    if written is None or repair.clauses[-1].comparator is not None:
        return False
    span = Span(*written.span())
    repair.skip_to(span.end)
    text = repair.peek()
    fix: Fix | None = None
    help = "a filter compares, and sets nothing: write `==`"
    pattern = _SELECTORS.get(written[0])
    spelling = repair.slice(text)
    # A string that only replaces what is missing has no quotes.
    if pattern and text.kind == "TEXT" and spelling:
        meant = f"LIKE {spelling[0]}{pattern.format(spelling[1:-1])}{spelling[0]}"
        help = f"write {shorten(meant)}"
        fix = Fix((Edit(Span(span.start, text.end), meant),), safe=False)
    repair.error("E205", f"`{written[0]}` is not a valid operator", span, help, fix)
    comparator_or_junction(repair, Token("LIKE", *span))
    return True


def matching_operator(repair: Repair, token: Token) -> bool:
    """Report ``=~ "^b"``, ``~* "^b"`` and ``!~ "^b"`` beside a string."""
    found = _MATCHING.match(repair.text, token.start) if repair.after_operand else None
    if found is None or repair.clauses[-1].comparator is not None:
        return False
    span = Span(*found.span(1))
    operand = repair.operand_tokens()
    field = repair.operand_text(span.start)
    repair.skip_to(found.end())
    text = repair.peek()
    pattern = like_of_regex(repair.slice(text)[1:-1]) if text.kind == "TEXT" else ""
    negated = found[1][0] == "!"
    meant = f"LIKE {pattern}" if pattern else 'LIKE "…"'
    edits = [Edit(Span(span.start, text.end), meant)]
    if negated:
        meant = f"!({field} {meant})"
        edits = [Edit(Span(operand[0].start, text.end), meant)]
    blank = " " if repair.text[span.start - 1].isalnum() and not negated else ""
    edits[0] = Edit(edits[0].span, blank + edits[0].text)
    fix = Fix(tuple(edits), safe=False) if pattern else None
    help = f"write {shorten(meant, 80)}; the language has no regular expressions"
    repair.error("E205", f"`{found[1]}` is not a valid operator", span, help, fix)
    comparator_or_junction(repair, Token("LIKE", *span))
    return True


def options_of_operator(repair: Repair, token: Token) -> bool:
    """Report ``CONTAINS[cd]``."""
    if token.kind != "LSQB" or not repair.out or repair.out[-1].kind not in COMPARATORS:
        return False
    found = OPTIONS.match(repair.text, token.start)
    if found is None or repair.out[-1].end != token.start:
        return False
    span = Span(*found.span())
    help = "remove it: LIKE never looks at case, and CONTAINS always does"
    fix = Fix((Edit(span, ""),), safe=False)
    repair.error("E205", f"`{found[0]}`: an operator has no options", span, help, fix)
    repair.skip_to(span.end)
    return True


def option_of_a_shell(repair: Repair, token: Token) -> bool:
    """Report ``data.mag -gt 5``."""
    written = _SHELL.match(repair.text, token.start) if repair.after_operand else None
    if written is None or repair.clauses[-1].comparator is not None:
        return False
    operator = PHRASES[(written[1].lower(),)]
    span = Span(*written.span())
    fix = Fix((Edit(span, operator),), safe=False)
    message = f"`{written[0]}` is not a valid operator"
    repair.error("E218", message, span, f"write {operator}", fix)
    repair.position += 2
    comparator_or_junction(repair, Token("EQ", *span))
    return True


def operator_sequence(repair: Repair, token: Token) -> bool:
    following = repair.peek(1)
    pair = (token.kind, following.kind)
    span = Span(token.start, following.end)
    joined = following.start == token.end
    meant = _FOREIGN_OPERATORS.get(pair) if joined else _SPLIT_OPERATORS.get(pair)
    if meant is None or not repair.after_operand:
        return False
    kind, operator = meant
    repair.position += 2
    while joined and repair.peek().kind == "ASSIGN" and repair.peek().start == span.end:
        span = Span(span.start, repair.peek().end)
        repair.position += 1
    written = repair.text[span.start : span.end]
    message = f"`{written}` is not a valid operator"
    if not joined:
        message = f"`{written}`: the operator `{operator}` has no space inside"
    fix = None
    if operator:
        edit = Edit(span, add_spaces(repair.text, span, operator) if kind == "LIKE" else operator)
        # Before anything but a number, `=>` may be the arrow from a key to its value.
        arrow = pair == ("ASSIGN", "GT") and repair.peek().kind != "NUMBER"
        certain = kind != "LIKE" and not arrow and pair not in _NEGATED_ORDERINGS
        fix = Fix((edit,), safe=certain)
    help = f"write `{operator}`" if operator else 'negate the whole: !(field LIKE "…")'
    repair.error("E205", message, span, help, fix)
    comparator_or_junction(repair, Token(kind, span.start, span.end))
    return True


def bracket(repair: Repair, token: Token) -> bool:
    if token.kind == "LPAR" and not repair.after_operand:
        repair.position += 1
        repair.push(*token)
        repair.open(token)
        return True
    if token.kind == "COMMA" and repair.peek(1).kind in {"RPAR", "RSQB", END}:
        span = Span(token.start, token.end)
        repair.error("E212", "`,` has nothing after it", span, "remove it", Fix((Edit(span, ""),)))
        repair.position += 1
        return True
    if token.kind == "COMMA" and number_with_comma(repair, token):
        return True
    if token.kind == "COMMA" and repair.clauses[-1].opening is None:
        span = Span(token.start, token.end)
        if _several_values(repair, span):
            return True
        repair.error("E213", "`,` doesn't join conditions", span, "write `&&` or `||`")
        repair.position += 1
        repair.push("AND", *span)
        return True
    if token.kind not in {"RPAR", "RSQB"}:
        return False
    clause = repair.clauses[-1]
    fits = clause.opening is not None and (token.kind == "RSQB") == clause.square_set
    if not fits:
        shown = repair.slice(token)
        if clause.opening is not None and not closed_later(repair):
            message = f"`{shown}` doesn't close `{repair.slice(clause.opening)}`"
            closing = "]" if clause.square_set else ")"
            fix = Fix((Edit(Span(token.start, token.end), closing),))
            help = f"write `{closing}`"
            repair.error("E201", message, Span(token.start, token.end), help, fix)
            repair.tokens[repair.position] = Token("RPAR", token.start, token.end)
            clause.square_set = False
            return bracket(repair, repair.peek())
        if clause.opening is not None:
            message = f"`{shown}` doesn't close `{repair.slice(clause.opening)}`"
        else:
            message = f"`{shown}` was not opened"
        repair.error("E201", message, Span(token.start, token.end), "remove it, or open it")
        repair.position += 1
        return True
    repair.clauses.pop()
    repair.position += 1
    repair.push("RPAR", token.start, token.end)
    return True


def _several_values(repair: Repair, span: Span) -> bool:
    """Report ``a == "x", "y"``."""
    clause = repair.clauses[-1]
    if clause.comparator is None or clause.comparator.kind != "EQ" or clause.left is None:
        return False
    values, ahead = [repair.out[-1]], 0
    while repair.peek(ahead).kind == "COMMA":
        values.append(repair.peek(ahead + 1))
        ahead += 2
    if {value.kind for value in values} - {"TEXT", "NUMBER"} or not repair.ends(ahead):
        return False
    listed = ", ".join(map(repair.slice, values))
    meant = f"({listed}) CONTAINS {repair.text[slice(*clause.left)]}"
    fix = Fix((Edit(Span(clause.left.start, values[-1].end), meant),), safe=False)
    help = f"write {shorten(meant, 80)}"
    repair.error("E213", "`,` doesn't join conditions", span, help, fix)
    repair.position += ahead
    return True


def closed_later(repair: Repair) -> bool:
    """Return whether a later parenthesis closes the one that is open."""
    wanted = ("LSQB", "RSQB") if repair.clauses[-1].square_set else ("LPAR", "RPAR")
    depth = 0
    for token in repair.tokens[repair.position + 1 :]:
        depth += (token.kind == wanted[0]) - (token.kind == wanted[1])
        if depth < 0:
            return True
    return False


def number_with_comma(repair: Repair, token: Token) -> bool:
    """Report ``x > 1,000``: not elements of a set, but one number."""
    first, second = repair.out[-1], repair.peek(1)
    if {first.kind, second.kind} != {"NUMBER"}:
        return False
    if repair.clauses[-1].comparator is None and repair.peek(2).kind not in COMPARATORS:
        return False
    if first.end != token.start or second.start != token.end:
        return False
    span = Span(first.start, second.end)
    whole, fraction = repair.slice(first), repair.slice(second)
    if "." in whole:
        # 1.000,5 as many countries write it
        meant = f"{whole.replace('.', '')}.{fraction}"
    else:
        thousands = len(fraction.partition(".")[0]) == 3
        meant = f"{whole}{'' if thousands or '.' in fraction else '.'}{fraction}"
    message = (
        f"`{shorten(repair.text[span.start : span.end])}` is not a valid number: it has a comma"
    )
    fix = Fix((Edit(span, meant),), safe=False)
    repair.error("E106", message, span, f"write {shorten(meant)}", fix)
    repair.position += 2
    return True


def negation(repair: Repair, token: Token) -> bool:
    """Report ``!`` where it is not allowed."""
    if token.kind != "NOT":
        return False
    span = Span(token.start, token.end)
    if repair.after_operand:
        following = repair.peek(1)
        if token.start == repair.out[-1].end and (
            mark := _ASSERTION.match(repair.text, token.start)
        ):
            span = Span(*mark.span())
            fix = Fix((Edit(span, ""),), safe=False)
            message = f"`{mark[0]}` behind a field means nothing here"
            repair.error("E205", message, span, "remove it", fix)
            repair.skip_to(span.end)
            return True
        if following.kind in KEYWORDS:
            repair.position += 2
            negated_keyword(repair, Span(token.start, following.end), following.kind)
            comparator_or_junction(repair, following)
            return True
        if repair.word(following) == "in":
            membership(repair, token, 2, negated=True)
            return True
        return False
    previous = repair.out[-1].kind if repair.out else ""
    if previous in {"AMPERSAND", "PIPE"}:
        last = repair.out.pop()
        repair.errors.append(single_ampersand(repair.slice(last), Span(last.start, last.end)))
        repair.push("AND" if previous == "AMPERSAND" else "OR", last.start, last.end)
        return False
    if previous and previous not in BEFORE_CONDITIONS:
        misplaced_negation(repair, span, "E219")
        return True
    return False


def missing_operand(repair: Repair, token: Token) -> bool:
    if token.kind not in INFIX | {"RPAR", "COMMA"} or repair.after_operand:
        return False
    shown = shorten(repair.slice(token))
    span = Span(token.start, token.end)
    if token.kind == "PLUS" and repair.peek(1).kind == "NUMBER":
        blank = " " if repair.text[token.start - 1 : token.start].isalnum() else ""
        written = repair.text[token.start : repair.peek(1).end]
        fix = Fix((Edit(span, blank),), safe=_PHONE_NUMBER.fullmatch(written) is None)
        written = shorten(written)
        message = f"`{written}`: a number has no plus sign"
        repair.error("E219", message, span, "remove it", fix)
        repair.position += 1
        return True
    repeated: Fix | None = None
    help = "write a field or a value there"
    if not repair.out or repair.out[-1].kind in {"LPAR", "COMMA"}:
        message = f"`{shown}` has nothing on its left"
        if token.kind == "RPAR":
            span = Span(repair.out[-1].start, token.end) if repair.out else span
            if not repair.out or repair.clauses[-1].opening is None:
                return False
            message = f"empty `{repair.text[span.start : span.end]}`"
    else:
        last = repair.out[-1]
        span = Span(last.start, last.end)
        message = f"`{shorten(repair.slice(last))}` has nothing on its right"
        left = repair.clauses[-1].left
        if last.kind in JUNCTIONS and token.kind in COMPARATORS and left is not None:
            field = repair.text[slice(*left)]
            place = Span(token.start, token.start)
            repeated = Fix((Edit(place, f"{field} "),), safe=False)
            help = f"compare again: {shorten(f'{field} {repair.slice(token)}')} …"
    repair.error("E212", message, span, help, repeated)
    repair.push("TEXT", token.start, token.start)
    return True


def doubled_quote(repair: Repair, last: Token, token: Token) -> bool:
    """Report ``'O''Brien'``: SQL's escape of a quote."""
    written = repair.text[last.start : token.end]
    if not (last.kind == token.kind == "TEXT" and last.end == token.start):
        return False
    quote = written[0]
    if repair.text[token.start] != quote:
        return False
    meant = f"{repair.slice(last)[:-1]}\\{quote}{repair.slice(token)[1:]}"
    span = Span(last.start, token.end)
    repair.error(
        "E104",
        f"the string {shorten(repair.slice(last))} ends before `{shorten(repair.slice(token))}`",
        span,
        f"escape a quote inside a string: {shorten(meant)}",
        # It may be two strings, or one that was copied.
        Fix((Edit(span, meant),), safe=False),
    )
    repair.out[-1] = Token("TEXT", *span)
    repair.position += 1
    return True


def adjacent_operands(repair: Repair, token: Token) -> bool:
    if token.kind not in OPERAND_STARTS - {"MINUS"} or not repair.after_operand:
        return False
    last = repair.out[-1]
    clause = repair.clauses[-1]
    in_set = {last.kind, token.kind} <= {"TEXT", "NUMBER"} and clause.comparator is None
    if doubled_quote(repair, last, token):
        return True
    if token.kind == "TILDE":
        message = "`~` is a prefix of a number and compares nothing"
        help = "write LIKE for a pattern; the language has no regular expressions"
        repair.error("E205", message, Span(token.start, token.end), help)
        repair.position += 1
        comparator_or_junction(repair, Token("LIKE", token.start, token.end))
        return True
    if in_set and clause.opening is not None:
        place = Span(last.end, last.end)
        fix = None
        if not repair.text[last.end : token.start].strip():
            # Between two numbers a space may separate thousands.
            fix = Fix((Edit(place, ","),), safe=last.kind == token.kind == "TEXT")
        repair.error(
            "E213",
            f"no comma between {shorten(repair.slice(last))} and {shorten(repair.slice(token))}",
            Span(token.start, token.end),
            "the elements of a set are separated by commas",
            fix,
        )
        repair.push("COMMA", token.start, token.start)
        return True
    if word_between(repair, token):
        return True
    repair.error(
        "E213",
        f"no operator between `{shorten(repair.slice(last))}` and `{shorten(repair.slice(token))}`",
        Span(token.start, token.end),
        "conditions are joined by && or ||, and a string is quoted as a whole",
    )
    repair.push("AND", token.start, token.start)
    return True


#: Words in a row that are read as an operator.
_MOST_WORDS = 4


def word_between(repair: Repair, token: Token) -> bool:
    """Report words in place of an operator, which no list has: ``a == 1 und b == 2``."""
    count = 0
    while count < _MOST_WORDS and repair.peek(count).kind == "NAME" and repair.same_line(count):
        count += 1
    following = repair.peek(count).kind
    if following in {"DOT", "LSQB", "ASSIGN", "LPAR", *COMPARATORS, *ARITHMETIC}:
        # The last word is the operand that follows.
        count -= 1
        following = "NAME"
    if count <= 0 or following not in OPERAND_STARTS or repair.out[-1].end == token.start:
        return False
    span = Span(token.start, repair.peek(count - 1).end)
    compared = repair.clauses[-1].comparator is not None
    help = "conditions are joined by && or ||" if compared else "write ==, LIKE or CONTAINS"
    message = f"`{shorten(repair.text[slice(*span)])}` is not a valid operator"
    repair.error("E218", message, span, help)
    repair.position += count
    comparator_or_junction(repair, Token("AND" if compared else "EQ", *span))
    return True
