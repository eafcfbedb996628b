"""Words of other languages."""

from __future__ import annotations

from pnfilter.diagnostics import Edit, Fix, Span
from pnfilter.syntax.lexer import (
    END,
    Token,
)
from pnfilter.syntax.repair.comparisons import comparator_or_junction
from pnfilter.syntax.repair.state import (
    COMPARATORS,
    KEYWORDS,
    NAMES,
    OPERAND_STARTS,
    Repair,
)
from pnfilter.syntax.repair.texts import unquoted_words
from pnfilter.syntax.repair.vocabulary import (
    FOREIGN_WORDS,
    NEGATED_KEYWORDS,
    NULL_WORDS,
    WORD_OPERATORS,
    nearest_keyword,
)
from pnfilter.syntax.tree import shortened


def word_mistake(repair: Repair, token: Token) -> bool:
    word = repair.word(token)
    if not word:
        return False
    if repair.after_operand:
        return word_after_operand(repair, token, word)
    following = repair.peek(1)
    if word == "not" and following.kind in OPERAND_STARTS:
        span = Span(token.start, following.start)
        repair.error(
            "E202",
            f"`{repair.slice(token)}` is no operator of the language",
            Span(token.start, token.end),
            "write `!`, and brackets round what it negates",
            Fix((Edit(span, "!"),)),
        )
        repair.position += 1
        repair.push("NOT", token.start, token.end)
        return True
    if token.kind in KEYWORDS and (
        following.kind in COMPARATORS | {"DOT", "LSQB"} or following.kind == END
    ):
        repair.error(
            "E217",
            f"`{repair.slice(token)}` is a keyword, not a field",
            Span(token.start, token.end),
            f"a field of that name: meta.{repair.slice(token)}",
            Fix((Edit(Span(token.start, token.start), "meta."),)),
        )
        repair.position += 1
        repair.push("NAME", token.start, token.end)
        return True
    return False


def word_after_operand(repair: Repair, token: Token, word: str) -> bool:
    span = Span(token.start, token.end)
    written = repair.slice(token)
    next_word = repair.word(repair.peek(1))
    if token.kind in KEYWORDS:
        return False
    if word in {"and", "or"}:
        kind, operator = WORD_OPERATORS[word]
        if not (repair.between and word == "and"):
            repair.error(
                "E202",
                f"`{written}` is no operator of the language",
                span,
                f"write `{operator}`",
                Fix((Edit(span, operator),)),
            )
        repair.between = False
        repair.position += 1
        repair.push(kind, *span)
    elif word == "in" or (word == "not" and next_word == "in"):
        membership(repair, token, negated=word == "not")
    elif word == "is":
        presence_test(repair, token)
    elif word == "not" and repair.peek(1).kind in KEYWORDS:
        repair.position += 1
        negated_keyword(repair, Span(token.start, repair.peek().end), repair.peek().kind)
    elif word == "not" and repair.peek(1).kind in OPERAND_STARTS:
        repair.error(
            "E213",
            f"no operator stands before `{written}`, and that is none of the language",
            span,
            "conditions are joined by && or ||, and negated by !",
        )
        repair.position += 1
        repair.push("AND", token.start, token.start)
        repair.push("NOT", *span)
    elif word.replace("_", "") in NEGATED_KEYWORDS:
        keyword = NEGATED_KEYWORDS[word.replace("_", "")]
        negated_keyword(repair, span, keyword)
        repair.position += 1
        comparator_or_junction(repair, Token(keyword, *span))
    elif word in FOREIGN_WORDS:
        repair.error(
            "E218",
            f"`{written}` is no operator of the language",
            span,
            f"write {FOREIGN_WORDS[word]}",
        )
        repair.between = word == "between"
        repair.position += 1
        comparator_or_junction(repair, Token("EQ", *span))
    elif token.kind == "NAME" and (keyword := misspelt(repair, token)):
        repair.error(
            "E214",
            f"`{written}` is no operator of the language",
            span,
            f"did you mean {keyword}?",
            Fix((Edit(span, keyword),)),
        )
        repair.position += 1
        comparator_or_junction(repair, Token(keyword, *span))
    else:
        return unquoted_words(repair, token)
    return True


def misspelt(repair: Repair, token: Token) -> str:
    """The keyword meant by a word between two operands."""
    if repair.peek(1).kind not in OPERAND_STARTS or repair.clauses[-1].comparator:
        return ""
    return nearest_keyword(repair.slice(token))


def negated_keyword(repair: Repair, span: Span, keyword: str) -> None:
    left = repair.operand_text()
    repair.error(
        "E206",
        f"{keyword} has no negated form",
        span,
        f'negate the whole: !({left} {keyword} "…")',
    )


def presence_test(repair: Repair, token: Token) -> None:
    """``IS NULL``, ``IS NOT NULL`` and what follows IS elsewhere."""
    ahead = 1
    negated = repair.word(repair.peek(1)) == "not"
    ahead += negated
    if repair.word(repair.peek(ahead)) in NULL_WORDS:
        end = repair.peek(ahead).end
        left = repair.operand_text()
        repair.error(
            "E204",
            f"`{shortened(repair.text[token.start : end])}`: the language has no test for presence",
            Span(token.start, end),
            f'{left} != "" matches where the field is there with any other value'
            if negated
            else "a missing field can't be asked for: send a value that says so",
        )
        repair.position += ahead + 1
        return
    operator = "!=" if negated else "=="
    span = Span(token.start, repair.peek(ahead - 1).end)
    repair.error(
        "E218",
        f"`{repair.text[span.start : span.end]}` is no operator of the language",
        span,
        f"write `{operator}`",
        Fix((Edit(span, operator),)),
    )
    repair.position += ahead
    comparator_or_junction(repair, Token("NE" if negated else "EQ", *span))


def membership(repair: Repair, token: Token, *, negated: bool) -> None:
    """``a IN ("x", "y")`` and ``"x" IN data.tags``, also negated: the container goes first."""
    repair.position += 2 if negated else 1
    clause = repair.clauses[-1]
    left = repair.out[clause.operand :]
    group = repair.group()
    container = group or path_ahead(repair)
    word = Span(token.start, repair.tokens[repair.position - 1].end)
    message = f"`{repair.text[word.start : word.end]}` is no operator of the language"
    if not container or not left:
        repair.error(
            "E203",
            message,
            word,
            'write the container first: data.tags CONTAINS "x", ("us", "eu") CONTAINS meta.region',
        )
        comparator_or_junction(repair, Token("CONTAINS", *word))
        return
    operand = repair.text[left[0].start : left[-1].end]
    if group:
        elements = repair.text[group[0].end : group[-1].start].strip()
        several = any(element.kind == "COMMA" for element in group)
        meant = f"({elements}) CONTAINS {operand}" if several else f"{operand} == {elements}"
        # A square bracket is as good a one: the container is read on with round brackets.
        container = [
            Token("LPAR", group[0].start, group[0].end),
            *group[1:-1],
            Token("RPAR", group[-1].start, group[-1].end),
        ]
        plain = {element.kind for element in group[1:-1]} <= {"COMMA", "TEXT", "NUMBER", "MINUS"}
    else:
        meant = f"{repair.text[container[0].start : container[-1].end]} CONTAINS {operand}"
        elements, plain = operand, True
    if negated:
        meant = f"!({meant})"
    whole = Span(left[0].start, container[-1].end)
    fix = Fix((Edit(whole, meant),)) if plain and elements else None
    repair.error("E203", message, word, f"write {shortened(meant, 80)}", fix)
    del repair.out[clause.operand :]
    repair.tokens[repair.position : repair.position + len(container)] = [
        *container,
        Token("CONTAINS", *word),
        *left,
    ]


def path_ahead(repair: Repair) -> list[Token]:
    """The tokens of the path that begins here; empty where none does."""
    if repair.peek().kind != "NAME":
        return []
    ahead = 1
    while True:
        kinds = [repair.peek(ahead + step).kind for step in range(3)]
        if kinds[0] == "DOT" and kinds[1] in NAMES:
            ahead += 2
        elif kinds[0] == "LSQB" and kinds[1] in {"TEXT", "NUMBER"} and kinds[2] == "RSQB":
            ahead += 3
        else:
            return [repair.peek(step) for step in range(ahead)]
