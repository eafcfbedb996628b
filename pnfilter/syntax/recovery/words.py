"""Words of other languages that join, negate and test membership, and misplaced keywords."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pnfilter.diagnostics import Edit, Fix, Span
from pnfilter.syntax.lexer import (
    END,
    Token,
)
from pnfilter.syntax.recovery.comparisons import comparator_or_junction
from pnfilter.syntax.recovery.lists import ITEM, values_at
from pnfilter.syntax.recovery.phrases import foreign_words, negated_keyword, presence_test
from pnfilter.syntax.recovery.state import (
    BEFORE_CONDITIONS,
    COMPARATORS,
    KEYWORDS,
    NAMES,
    OPERAND_STARTS,
    Repair,
)
from pnfilter.syntax.recovery.texts import inner_quote, unquoted_words
from pnfilter.syntax.recovery.types import cast, prefixed_string, type_test
from pnfilter.syntax.recovery.vocabulary import OPERATOR_WORDS, WORD_OPERATORS, nearest_keyword
from pnfilter.wording import shorten

_CONTAINER_FIRST = (
    'write the container first: data.tags CONTAINS "x", ("us", "eu") CONTAINS meta.region'
)
#: Kinds of token in the elements of a set, also unquoted ones.
_IN_A_SET = frozenset({"COMMA", "TEXT", "NUMBER", "MINUS", "NAME"})
#: Words that test membership, alone or together, and whether they negate it.
_MEMBERSHIP = {
    tuple(phrase.split()): negated
    for negated, phrases in {
        False: "in, is in, is one of, is any of, one of, any of, within",
        True: "not in, notin, nin, is not in, is not one of, not one of",
    }.items()
    for phrase in phrases.split(", ")
}
_LONGEST_MEMBERSHIP = max(map(len, _MEMBERSHIP))


def word_mistake(repair: Repair, token: Token) -> bool:
    word = repair.word(token)
    if not word:
        return False
    if repair.after_operand:
        return word_after_operand(repair, token, word)
    following = repair.peek(1)
    compared = bool(repair.out) and repair.out[-1].kind in COMPARATORS
    if compared and following.kind in NAMES and (word == "not" or token.kind in KEYWORDS):
        # The first of several words without quotes: status == not ready.
        repair.position += 1
        repair.push("NAME", token.start, token.end)
        return True
    if word == "not" and following.kind in OPERAND_STARTS:
        if not repair.out or repair.out[-1].kind in BEFORE_CONDITIONS:
            negating_word(repair, token)
        else:
            misplaced_negation(repair, Span(token.start, token.end), "E202")
        return True
    if token.kind in KEYWORDS and following.kind == "LPAR" and following.start == token.end:
        repair.position += 1
        repair.push("NAME", token.start, token.end)
        return True
    if prefixed_string(repair, token) or type_test(repair, token):
        return True
    if word == "new" and following.kind == "NAME" and repair.peek(2).kind in {"LPAR", "DOT"}:
        # The call is reported.
        repair.position += 1
        return True
    if word in {"and", "or"} and following.kind in OPERAND_STARTS and not repair.out:
        span = Span(token.start, token.end)
        fix = Fix((Edit(Span(token.start, following.start), ""),), safe=False)
        message = f"`{repair.slice(token)}` has nothing on its left"
        repair.error("E212", message, span, "remove it, or write a condition there", fix)
        repair.position += 1
        return True
    if word == "typeof" and following.kind == "NAME":
        message = f"`{repair.slice(token)}`: the language has no types"
        repair.error("E216", message, Span(token.start, token.end), "compare the value itself")
        repair.position += 1
        return True
    if word == "exists" and following.kind == "NAME":
        span = Span(token.start, token.end)
        path = repair.path_ahead(1)
        presence_test(repair, span, field=repair.text[path[0].start : path[-1].end])
        repair.position += 1
        return True
    if token.kind in NAMES - {"NAME"} and (
        following.kind in {"DOT", "LSQB"}
        or (token.kind in KEYWORDS and (following.kind in COMPARATORS or following.kind == END))
    ):
        keyword = repair.slice(token)
        repair.error(
            "E217",
            f"`{keyword}` is a keyword, not a field",
            Span(token.start, token.end),
            f"for a field of that name write meta.{keyword}"
            + (f'; for a string: "{keyword}"' if compared else ""),
            Fix((Edit(Span(token.start, token.start), "meta."),), safe=not compared),
        )
        repair.position += 1
        repair.push("NAME", token.start, token.end)
        return True
    return False


def misplaced_negation(repair: Repair, span: Span, code: str) -> None:
    """Report a negation inside an operand."""
    repair.error(
        code,
        f"`{repair.text[span.start : span.end]}` negates a condition; it is not allowed inside one",
        span,
        "write !(…) around the whole comparison, or use `!=`",
    )
    repair.position += 1


def negating_word(repair: Repair, token: Token) -> None:
    """Replace ``NOT`` by ``!``, with parentheses unless round a field or parentheses."""
    following = repair.peek(1)
    edits = [Edit(Span(token.start, following.start), "!")]
    repair.position += 1
    alone = len(repair.path_ahead() or repair.group())
    condition = repair.surroundings()
    end = condition.end if condition else following.start
    if end > following.start and not (alone and repair.ends(alone)):
        edits = [Edit(edits[0].span, "!("), Edit(Span(end, end), ")")]
    repair.error(
        "E202",
        f"`{repair.slice(token)}` is not a valid operator",
        Span(token.start, token.end),
        "write `!`, and put what it negates in parentheses",
        Fix(tuple(edits)) if condition else None,
    )
    repair.push("NOT", token.start, token.end)


def word_after_operand(repair: Repair, token: Token, word: str) -> bool:
    span = Span(token.start, token.end)
    if token.kind in KEYWORDS:
        return False
    if word in {"and", "or"}:
        joining_word(repair, token, word)
        return True
    # Words inside an unquoted string test nothing: work in progress.
    if unquoted_words(repair, whole=True):
        return True
    words = tuple(repair.word(repair.peek(ahead)) for ahead in range(_LONGEST_MEMBERSHIP))
    for length in range(_LONGEST_MEMBERSHIP, 0, -1):
        if (negated := _MEMBERSHIP.get(words[:length])) is not None:
            membership(repair, token, length, negated=negated)
            return True
    if cast(repair, token) or type_test(repair, token):
        return True
    if word == "exists" and repair.ends(1):
        presence_test(repair, span)
        repair.position += 1
        return True
    if word == "not" and repair.peek(1).kind in KEYWORDS:
        keyword = repair.peek(1)
        repair.position += 2
        negated_keyword(repair, Span(token.start, keyword.end), keyword.kind)
        comparator_or_junction(repair, keyword)
        return True
    if foreign_words(repair, token):
        return True
    if word == "not" and repair.peek(1).kind in OPERAND_STARTS:
        repair.error(
            "E213",
            f"no operator before `{repair.slice(token)}`, which is not a valid one",
            span,
            "conditions are joined by && or ||, and negated by !",
        )
        repair.position += 1
        repair.push("AND", token.start, token.start)
        repair.push("NOT", *span)
        return True
    return misspelt_keyword(repair, token) or inner_quote(repair, token) or unquoted_words(repair)


def joining_word(repair: Repair, token: Token, word: str) -> None:
    kind, operator = WORD_OPERATORS[word]
    span = Span(token.start, token.end)
    if not (repair.between and word == "and"):
        # Between two bare words it may be part of an unquoted string: War and Peace.
        left = repair.operand_tokens()
        comparator = repair.clauses[-1].comparator
        # A membership test exchanges its sides: the one read last was written first.
        compared = comparator is not None and comparator.start < left[0].start
        alone = [part.kind for part in left] == ["NAME"]
        words = compared and alone and repair.peek(1).kind == "NAME" and repair.ends(2)
        # A condition that consists only of such a word has lost its operands.
        words = words or (alone and repair.word(left[0]) in OPERATOR_WORDS)
        words = words or (repair.ends(2) and repair.word(repair.peek(1)) in OPERATOR_WORDS)
        repair.error(
            "E202",
            f"`{repair.slice(token)}` is not a valid operator",
            span,
            f"write `{operator}`",
            Fix((Edit(span, operator),), safe=not words),
        )
        if repair.peek(1).kind == END and not repair.between:
            # That it has nothing on its right is reported.
            repair.errors.pop()
    repair.between = False
    repair.position += 1
    repair.push(kind, *span)


def misspelt_keyword(repair: Repair, token: Token) -> bool:
    """Report a word between two operands that is nearly a keyword."""
    if repair.peek(1).kind not in OPERAND_STARTS or repair.clauses[-1].comparator:
        return False
    keyword, sure = nearest_keyword(repair.slice(token))
    if not keyword:
        return False
    span = Span(token.start, token.end)
    repair.error(
        "E214",
        f"`{repair.slice(token)}` is not a valid operator",
        span,
        f"did you mean {keyword}?",
        Fix((Edit(span, keyword),), sure),
    )
    repair.position += 1
    comparator_or_junction(repair, Token(keyword, *span))
    return True


#: Values for which the field is written again; more would make the fix long.
MAX_REPEATED = 16
#: Words that ask whether an array has one of some values, or all of them.
_QUANTIFIED = re.compile(
    r"(?:(?:has|have|contains?|includes?)[\s_]*(any|all)(?:[\s_]+(?:of|in))?"
    r"|(?:overlaps|intersects)(?:\s+with)?|@>|&&\s*(?=array\b))\s*(?=[\[(\w])",
    re.IGNORECASE,
)


def quantified(repair: Repair, token: Token) -> bool:
    """Report ``data.tags contains any of ("a", "b")`` and ``data.tags @> ARRAY['a']``."""
    found = _QUANTIFIED.match(repair.text, token.start) if repair.after_operand else None
    values = values_at(repair.text, found.end()) if found else None
    if found is None or values is None or not values.listed:
        return False
    clause = repair.clauses[-1]
    left = repair.out[clause.operand :]
    if not left:
        return False
    word = Span(token.start, token.start + len(found[0].rstrip()))
    whole = Span(left[0].start, values.end)
    is_all = (found[1] or found[0][:2]).lower() in {"all", "@>"}
    operand = repair.operand_text()
    joint = " && " if is_all else " || "
    items = [match[0] for match in re.finditer(ITEM, values.listed)]
    meant, fix = "", None
    help = f"write CONTAINS for each value, joined by {joint.strip()}"
    if len(items) <= MAX_REPEATED:
        meant = joint.join(f"{operand} CONTAINS {item}" for item in items)
        condition = repair.surroundings()
        joints = {condition.before, condition.after} if condition else {"NOT"}
        if values.several and (joints & {"NOT", "AND", "OR"}):
            meant = f"({meant})"
        help = f"write {shorten(meant, 80)}"
        fix = Fix((Edit(whole, meant),), safe=False) if clause.comparator is None else None
    message = f"`{shorten(repair.text[slice(*word)])}` is not a valid operator"
    repair.error("E218", message, word, help, fix)
    del repair.out[clause.operand :]
    repair.skip_to(values.end)
    repair.push("TEXT", *whole)
    return True


def membership(repair: Repair, token: Token, length: int, *, negated: bool) -> None:
    """Rewrite ``a IN ("x", "y")`` and ``"x" IN data.tags``, also negated: container first."""
    condition = repair.surroundings()
    operand = repair.operand_text()
    repair.position += length
    clause = repair.clauses[-1]
    left = repair.out[clause.operand :]
    group = repair.group() or _listed(repair)
    container = group or repair.path_ahead()
    word = Span(token.start, repair.tokens[repair.position - 1].end)
    message = f"`{repair.text[word.start : word.end]}` is not a valid operator"
    values = values_at(repair.text, repair.peek().start)
    if values and left and not (group and values.end == group[-1].end and values.listed):
        whole = Span(left[0].start, values.end)
        meant = values.having(operand, negated=negated)
        is_joined = condition is None or {condition.before, condition.after} & {"NOT", "OR"}
        if not negated and not values.listed and is_joined:
            meant = f"({meant})"
        repair.skip_to(values.end)
        fix = Fix((Edit(whole, meant),), safe=False) if clause.comparator is None else None
        repair.error("E203", message, word, f"write {shorten(meant, 80)}", fix)
        del repair.out[clause.operand :]
        repair.push("TEXT", *whole)
        return
    if not container or not left:
        repair.error("E203", message, word, _CONTAINER_FIRST)
        comparator_or_junction(repair, Token("CONTAINS", *word))
        return
    if group:
        elements = repair.text[group[0].end : group[-1].start].strip()
        several = any(element.kind == "COMMA" for element in group)
        meant = f"({elements}) CONTAINS {operand}" if several else f"{operand} == {elements}"
        # Brackets are as good: the container is read on with parentheses.
        container = [
            Token("LPAR", group[0].start, group[0].end),
            *group[1:-1],
            Token("RPAR", group[-1].start, group[-1].end),
        ]
        plain = {element.kind for element in group[1:-1]} <= _IN_A_SET
    else:
        meant = f"{repair.text[container[0].start : container[-1].end]} CONTAINS {operand}"
        elements, plain = operand, True
    if negated:
        meant = f"!({meant})"
    elif condition and condition.before == "NOT":
        meant = f"({meant})"
    whole = Span(left[0].start, container[-1].end)
    alone = repair.ends(len(container))
    certain = plain and elements and alone and clause.comparator is None
    fix = Fix((Edit(whole, meant),)) if certain and condition else None
    help = f"write {shorten(meant, 80)}" if elements else _CONTAINER_FIRST
    repair.error("E203", message, word, help, fix)
    del repair.out[clause.operand :]
    repair.tokens[repair.position : repair.position + len(container)] = [
        *container,
        Token("CONTAINS", *word),
        *left,
    ]


def _listed(repair: Repair) -> Sequence[Token]:
    """Return ``"a", "b"`` as if it were in parentheses; empty if there are no literals."""
    end = 0
    while repair.peek(end).kind in {"TEXT", "NUMBER"}:
        end += 2
        if repair.peek(end - 1).kind != "COMMA":
            break
    if end < 4:
        return ()
    inner = [repair.peek(index) for index in range(end - 1)]
    start, last = inner[0].start, inner[-1].end
    group = [Token("LPAR", start, start), *inner, Token("RPAR", last, last)]
    repair.tokens[repair.position : repair.position + len(inner)] = group
    return group
