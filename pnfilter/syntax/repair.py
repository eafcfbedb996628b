"""What is wrong with a text that is no filter.

``Repair`` goes through the tokens once, from left to right, and knows of each whether it stands
where an operand may begin or after one. A mistake that it knows becomes a diagnostic, and the
tokens that were meant take its place. What is then left for the parser to stumble over is
reported as an unexpected token, unless something better was found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Span
from pnfilter.syntax.lexer import (
    BAD_CHARACTER,
    BAD_NUMBER,
    BAD_PLACEHOLDER,
    BAD_QUOTES,
    BAD_SPACE,
    BAD_TEXT,
    END,
    Token,
)
from pnfilter.syntax.parser import OPERAND_ENDS, UnexpectedToken, drive
from pnfilter.syntax.printer import quote
from pnfilter.syntax.tree import TreeBuilder, shortened, single_ampersand
from pnfilter.syntax.words import (
    FOREIGN_WORDS,
    NEGATED_KEYWORDS,
    NULL_WORDS,
    WORD_OPERATORS,
    nearest_keyword,
)

#: Errors reported of one text; what follows is not looked at.
MAX_ERRORS = 50

_COMPARATORS = frozenset({"EQ", "NE", "LT", "LE", "GT", "GE", "ASSIGN", "LIKE", "CONTAINS"})
_KEYWORDS = frozenset({"LIKE", "CONTAINS"})
_NAMES = frozenset({"NAME", "LIKE", "CONTAINS", "TRUE", "FALSE", "NULL"})
_JUNCTIONS = frozenset({"AND", "OR"})
_OPERAND_STARTS = frozenset(
    {"TEXT", "NUMBER", "TRUE", "FALSE", "NULL", "NAME", "LPAR", "MINUS", "TILDE", "NOT"}
)
#: Kinds that need an operand before them.
_INFIX = (
    _COMPARATORS | _JUNCTIONS | {"PIPE", "CARET", "AMPERSAND", "PLUS", "STAR", "SLASH", "PERCENT"}
)
#: Kinds of which an unquoted text may consist.
_WORD_PARTS = frozenset(
    {*_NAMES, "NUMBER", "MINUS", "DOT", "SLASH", "STAR", "PLUS", "PERCENT", "TILDE"}
    | {BAD_NUMBER, BAD_CHARACTER}
)
#: Two tokens in a row that are one operator elsewhere, and what to write.
_FOREIGN_OPERATORS = {
    ("EQ", "ASSIGN"): ("EQ", "=="),
    ("NE", "ASSIGN"): ("NE", "!="),
    ("LT", "GT"): ("NE", "!="),
    ("ASSIGN", "GT"): ("GE", ">="),
    ("ASSIGN", "LT"): ("LE", "<="),
    ("ASSIGN", "TILDE"): ("LIKE", "LIKE"),
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
_ASCII_QUOTES = "\"'"


def diagnose(text: str, tokens: Sequence[Token]) -> list[Diagnostic]:
    """The errors of a text that can't be parsed as it is: at least one."""
    repair = Repair(text, tokens)
    repair.run()
    errors = repair.errors
    if repair.gave_up:
        return errors
    builder = TreeBuilder(text)
    try:
        drive(repair.out, builder)
    except UnexpectedToken as unexpected:
        if not errors:
            errors.append(_unexpected(text, unexpected))
    known = {(error.code, error.span) for error in errors}
    return errors + [error for error in builder.errors if (error.code, error.span) not in known]


def _unexpected(text: str, unexpected: UnexpectedToken) -> Diagnostic:
    token = unexpected.token
    span = Span(token.start, token.end)
    shown = "the end" if token.kind == END else f"`{shortened(text[token.start : token.end])}`"
    wanted = "a field or a value" if "NAME" in unexpected.expected else "an operator"
    if unexpected.expected == {"RPAR"}:
        wanted = "`)`"
    return Diagnostic("E219", f"{shown} is not expected here", span, f"{wanted} was expected")


class _Clause:
    """What is known of the condition that is being read at one level of brackets."""

    def __init__(self, opening: Token | None, operand: int) -> None:
        self.opening = opening
        self.operand = operand  # where the current operand begins in the output
        self.comparator: Token | None = None
        self.square_set = False


class Repair:
    """One pass over the tokens of a text; ``out`` is what was meant, ``errors`` what was wrong."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.position = 0
        self.out: list[Token] = []
        self.errors: list[Diagnostic] = []
        self.clauses = [_Clause(None, 0)]
        #: What follows can't be told apart from the mistake.
        self.gave_up = False
        #: The next AND belongs to a BETWEEN.
        self.between = False

    # Reading

    def _peek(self, ahead: int = 0) -> Token:
        index = self.position + ahead
        if index < len(self.tokens):
            return self.tokens[index]
        end = self.tokens[-1].end if self.tokens else 0
        return Token(END, end, end)

    def _slice(self, token: Token) -> str:
        return self.text[token.start : token.end]

    def _word(self, token: Token) -> str:
        return self._slice(token).lower() if token.kind in _NAMES else ""

    @property
    def _after_operand(self) -> bool:
        return bool(self.out) and self.out[-1].kind in OPERAND_ENDS

    # Writing

    def _push(self, kind: str, start: int, end: int) -> None:
        clause = self.clauses[-1]
        # After an operator a new operand begins; DOT and LSQB go on with one.
        if not self.out or (
            self.out[-1].kind in _COMPARATORS | _JUNCTIONS | {"NOT", "LPAR", "COMMA"}
            and kind not in {"DOT", "RPAR"}
        ):
            clause.operand = len(self.out)
        if kind in _JUNCTIONS or kind == "COMMA":
            clause.comparator = None
        elif kind in _COMPARATORS:
            clause.comparator = Token(kind, start, end)
        self.out.append(Token(kind, start, end))

    def _error(
        self, code: str, message: str, span: Span, help: str = "", fix: Fix | None = None
    ) -> None:
        self.errors.append(Diagnostic(code, message, span, help, fix))

    def run(self) -> None:
        """Read all tokens."""
        while self.position < len(self.tokens) and not self.gave_up:
            if len(self.errors) >= MAX_ERRORS:
                self.gave_up = True
                return
            self._step()
        if not self.gave_up:
            self._finish()

    def _step(self) -> None:
        token = self._peek()
        for recognise in (
            self._bad_token,
            self._operator_sequence,
            self._path_step,
            self._word_mistake,
            self._square_bracket,
            self._call,
            self._negation,
            self._missing_operand,
            self._bracket,
            self._chain,
            self._adjacent_operands,
        ):
            if recognise(token):
                return
        self.position += 1
        self._push(*token)
        if token.kind in _COMPARATORS:
            self._unquoted_operand()

    # Tokens that the language doesn't have

    def _bad_token(self, token: Token) -> bool:
        span = Span(token.start, token.end)
        shown = shortened(self._slice(token))
        match token.kind:
            case "BAD_SPACE":
                self._bad_space(span)
                self.position += 1
            case "BAD_TEXT":
                self._error(
                    "E104",
                    f"the text {shown} is never closed",
                    span,
                    f"end it with {self.text[token.start]}; a text can't hold a line break",
                )
                self.gave_up = True
            case "BAD_QUOTES":
                fixed = quote(self.text[token.start + 1 : token.end - 1])
                # Elsewhere the quotes of some languages are round a name.
                safe = bool(self.out) and self.out[-1].kind in _COMPARATORS | {"LPAR", "COMMA"}
                self._error(
                    "E105",
                    f"{shown} has quotes that don't delimit a text",
                    span,
                    f"write {shortened(fixed)}",
                    Fix((Edit(span, fixed),), safe),
                )
                self._value(token)
            case "BAD_PLACEHOLDER":
                self._placeholder(span)
                self._value(token)
            case "BAD_NUMBER":
                self._bad_number(token)
                self._value(token)
            case "BAD_CHARACTER":
                self._bad_character(token)
            case _:
                return False
        return True

    def _value(self, token: Token, end: int = 0) -> None:
        """Put a text in the place of the tokens from ``token`` on, one by default."""
        self.position += 1
        if self._after_operand:
            self._push("AND", token.start, token.start)
        self._push("TEXT", token.start, end or token.end)

    def _bad_space(self, span: Span) -> None:
        from unicodedata import name

        char = self.text[span.start]
        self._error(
            "E107",
            f"U+{ord(char):04X} ({name(char, 'a control character').lower()}) is no blank of the "
            "language",
            span,
            "write an ordinary blank",
            Fix((Edit(span, " "),)),
        )

    def _placeholder(self, span: Span) -> None:
        self._error(
            "E111",
            f"`{shortened(self.text[span.start : span.end])}` was never filled in",
            span,
            "put the value in, quoted, before the filter is sent: template and F do both",
        )

    def _bad_number(self, token: Token) -> None:
        spelling, span = self._slice(token), Span(token.start, token.end)
        fixed = ""
        if re.fullmatch(r"\.[0-9]+", spelling):
            fixed = "0" + spelling
        elif re.fullmatch(r"[0-9]+\.", spelling):
            fixed = spelling + "0"
        help = f"write {fixed}" if fixed else "a digit on each side of the dot, and nothing after"
        if not fixed and not re.fullmatch(r"[0-9.]+", spelling):
            help = f'a number ends where no letter follows; if it is a text: "{spelling}"'
        fix = Fix((Edit(span, fixed),)) if fixed else None
        self._error("E106", f"`{shortened(spelling)}` is no number", span, help, fix)

    def _bad_character(self, token: Token) -> None:
        spelling, span = self._slice(token), Span(token.start, token.end)
        following = self._peek(1)
        if spelling == "\\" and following.kind == BAD_TEXT:
            self._error(
                "E108",
                "the quotes are escaped as if the filter stood in a source text",
                Span(token.start, following.start + 1),
                "take the backslashes away",
            )
            self.gave_up = True
        elif spelling == "$" and following.kind == "DOT":
            removed = Span(token.start, following.end)
            self._error(
                "E108",
                "a path doesn't begin with `$.`",
                removed,
                "begin with data or meta",
                Fix((Edit(removed, ""),)),
            )
            self.position += 2
        elif spelling == ";" and following.kind == END:
            self._error("E108", "a filter has no `;` at its end", span, "", Fix((Edit(span, ""),)))
            self.position += 1
        elif not self._after_operand and self._is_variable(token):
            end = following.end if spelling == ":" else token.end
            self._placeholder(Span(token.start, end))
            self.position += spelling == ":"
            self._value(token, end)
        elif spelling[0].isalpha() or spelling[0] == "_":
            self._foreign_name(token)
        else:
            self._error(
                "E108",
                f"`{shortened(spelling)}` means nothing in a filter",
                span,
                'a text is quoted; a key with other characters goes in brackets: meta["my-key"]',
            )
            self.position += 1

    def _is_variable(self, token: Token) -> bool:
        """A sign that other languages put before a variable, or in its place."""
        spelling = self._slice(token)
        if spelling == ":":
            return self._peek(1).kind == "NAME" and self._peek(1).start == token.end
        return spelling == "?" or (len(spelling) > 1 and spelling[0] in "@$#")

    def _foreign_name(self, token: Token) -> None:
        """A word with letters that a bare name can't have."""
        start = token.start
        end = token.end
        self.position += 1
        if self.out and self.out[-1].kind == "NAME" and self.out[-1].end == start:
            start = self.out.pop().start
        while self._peek().start == end and self._peek().kind in {"NAME", BAD_CHARACTER}:
            end = self._peek().end
            self.position += 1
        word = self.text[start:end]
        step = bool(self.out) and self.out[-1].kind == "DOT"
        span = Span(self.out[-1].start if step else start, end)
        fixed = f'["{word}"]' if step else f'meta["{word}"]'
        self._error(
            "E108",
            f"`{shortened(word)}` can't be a bare name: those have ASCII letters only",
            Span(start, end),
            f"write {shortened(fixed)}",
            Fix((Edit(span, fixed),), safe=step),
        )
        if not step and self._after_operand:
            self._push("AND", start, start)
        self._push("NAME", start, end)

    # Operators of other languages

    def _operator_sequence(self, token: Token) -> bool:
        following = self._peek(1)
        pair = (token.kind, following.kind)
        span = Span(token.start, following.end)
        written = self.text[token.start : following.end]
        joined = following.start == token.end
        meant = _FOREIGN_OPERATORS.get(pair) if joined else _SPLIT_OPERATORS.get(pair)
        if meant is None or not self._after_operand:
            return False
        kind, operator = meant
        code, message = "E205", f"`{written}` is no operator of the language"
        if not joined:
            message = f"the operator `{operator}` has no blank inside"
        self.position += 2
        while joined and self._peek().kind == "ASSIGN" and self._peek().start == span.end:
            span = Span(span.start, self._peek().end)
            self.position += 1
        fix = Fix((Edit(span, operator),), safe=pair != ("ASSIGN", "TILDE"))
        self._error(code, message, span, f"write `{operator}`", fix)
        self._comparator_or_junction(Token(kind, span.start, span.end))
        return True

    def _comparator_or_junction(self, token: Token) -> None:
        """Go on with an operator in the place of what was written."""
        if not self._chain(token, consume=False):
            self._push(*token)
        if token.kind in _COMPARATORS:
            self._unquoted_operand()

    # Paths

    def _path_step(self, token: Token) -> bool:
        if token.kind == "DOT":
            return self._dot(token)
        if token.kind == "LSQB" and self.out and self.out[-1].kind in {"NAME", "RSQB", *_NAMES}:
            return self._subscript(token)
        return False

    def _dot(self, token: Token) -> bool:
        key = self._peek(1)
        if not self._after_operand and key.kind == "NUMBER" and key.start == token.end:
            self._bad_number(Token(BAD_NUMBER, token.start, key.end))
            self.position += 1
            self._value(token, key.end)
            return True
        if not self._after_operand:
            self._error(
                "E215",
                "a path begins with a name, not with a dot",
                Span(token.start, token.end),
                "write data.… or meta.…",
            )
            self.position += 1
            return True
        if key.kind in _NAMES:
            self.position += 2
            self._push(*token)
            self._push("NAME", key.start, key.end)
            return True
        if key.kind == BAD_CHARACTER and self._slice(key)[0].isalpha():
            self.position += 1
            self._push(*token)
            return True
        span = Span(token.start, key.end)
        written = self._slice(key)
        if key.kind == "STAR":
            self._path_wildcard(span)
        elif key.kind in {"NUMBER", BAD_NUMBER, "TEXT"}:
            step = f"[{written}]" if written.isdigit() or key.kind == "TEXT" else f'["{written}"]'
            self._error(
                "E215",
                f"`{shortened(written)}` can't follow a dot",
                Span(key.start, key.end),
                f"write {shortened(step)}",
                Fix((Edit(span, step),), safe=not written.isdigit()),
            )
        elif key.kind == "LSQB":
            dot = Span(token.start, token.end)
            self._error(
                "E215",
                "there is no dot before a bracket",
                dot,
                "take the dot away",
                Fix((Edit(dot, ""),)),
            )
            self.position += 1
            return True
        else:
            self._error(
                "E215", "the dot has no key after it", Span(token.start, token.end), "name the key"
            )
            self.position += 1
            return True
        self.position += 2
        return True

    def _path_wildcard(self, span: Span) -> None:
        self._error(
            "E209",
            "a path has no wildcard: it names one field",
            span,
            "name the field, as in data.title",
        )

    def _subscript(self, token: Token) -> bool:
        """``[`` after a path: an index or a quoted key, and ``]``."""
        inner, closing = self._peek(1), self._peek(2)
        if inner.kind in {"TEXT", "NUMBER", BAD_QUOTES} and closing.kind == "RSQB":
            if inner.kind == BAD_QUOTES:
                self.position += 1
                self._push(*token)
                self._bad_token(inner)
            else:
                self._push(*token)
                self._push(*inner)
                self.position += 2
            self.position += 1
            self._push(*closing)
            return True
        ahead = 1
        while self._peek(ahead).kind not in {"RSQB", END, "AND", "OR"}:
            ahead += 1
        if self._peek(ahead).kind != "RSQB" or any(
            self._peek(between).kind == BAD_TEXT for between in range(1, ahead)
        ):
            return False
        span = Span(inner.start, self._peek(ahead).start)
        written = self.text[span.start : span.end].strip()
        if ahead == 2 and inner.kind in _NAMES:
            fix = Fix((Edit(Span(inner.start, inner.end), quote(written)),))
            message = f"the key `{shortened(written)}` has no quotes"
            self._error("E215", message, span, f'write ["{shortened(written)}"]', fix)
        elif written == "*":
            self._path_wildcard(Span(token.start, self._peek(ahead).end))
        else:
            shown = f"`{shortened(written)}`" if written else "an empty bracket"
            self._error(
                "E215",
                f"{shown} is neither a key nor an index",
                Span(token.start, self._peek(ahead).end),
                'write a whole number from 0 on, or a quoted key: ["my-key"]',
            )
        self.position += ahead + 1
        return True

    # Words

    def _word_mistake(self, token: Token) -> bool:
        word = self._word(token)
        if not word:
            return False
        if self._after_operand:
            return self._word_after_operand(token, word)
        following = self._peek(1)
        if word == "not" and following.kind in _OPERAND_STARTS:
            span = Span(token.start, following.start)
            self._error(
                "E202",
                f"`{self._slice(token)}` is no operator of the language",
                Span(token.start, token.end),
                "write `!`, and brackets round what it negates",
                Fix((Edit(span, "!"),)),
            )
            self.position += 1
            self._push("NOT", token.start, token.end)
            return True
        if token.kind in _KEYWORDS and (
            following.kind in _COMPARATORS | {"DOT", "LSQB"} or following.kind == END
        ):
            self._error(
                "E217",
                f"`{self._slice(token)}` is a keyword, not a field",
                Span(token.start, token.end),
                f"a field of that name: meta.{self._slice(token)}",
                Fix((Edit(Span(token.start, token.start), "meta."),)),
            )
            self.position += 1
            self._push("NAME", token.start, token.end)
            return True
        return False

    def _word_after_operand(self, token: Token, word: str) -> bool:
        span = Span(token.start, token.end)
        written = self._slice(token)
        next_word = self._word(self._peek(1))
        if token.kind in _KEYWORDS:
            return False
        if word in {"and", "or"}:
            kind, operator = WORD_OPERATORS[word]
            if not (self.between and word == "and"):
                self._error(
                    "E202",
                    f"`{written}` is no operator of the language",
                    span,
                    f"write `{operator}`",
                    Fix((Edit(span, operator),)),
                )
            self.between = False
            self.position += 1
            self._push(kind, *span)
        elif word == "in" or (word == "not" and next_word == "in"):
            self._membership(token, negated=word == "not")
        elif word == "is":
            self._presence_test(token)
        elif word == "not" and self._peek(1).kind in _KEYWORDS:
            self.position += 1
            self._negated_keyword(span, self._peek().kind)
        elif word.replace("_", "") in NEGATED_KEYWORDS:
            keyword = NEGATED_KEYWORDS[word.replace("_", "")]
            self._negated_keyword(span, keyword)
            self.position += 1
            self._comparator_or_junction(Token(keyword, *span))
        elif word in FOREIGN_WORDS:
            self._error(
                "E218",
                f"`{written}` is no operator of the language",
                span,
                f"write {FOREIGN_WORDS[word]}",
            )
            self.between = word == "between"
            self.position += 1
            self._comparator_or_junction(Token("EQ", *span))
        elif token.kind == "NAME" and (keyword := self._misspelt(token)):
            self._error(
                "E214",
                f"`{written}` is no operator of the language",
                span,
                f"did you mean {keyword}?",
                Fix((Edit(span, keyword),)),
            )
            self.position += 1
            self._comparator_or_junction(Token(keyword, *span))
        else:
            return self._unquoted_words(token)
        return True

    def _misspelt(self, token: Token) -> str:
        """The keyword meant by a word between two operands."""
        if self._peek(1).kind not in _OPERAND_STARTS or self.clauses[-1].comparator:
            return ""
        return nearest_keyword(self._slice(token))

    def _negated_keyword(self, span: Span, keyword: str) -> None:
        left = self._operand_text()
        self._error(
            "E206",
            f"{keyword} has no negated form",
            span,
            f'negate the whole: !({left} {keyword} "…")',
        )

    def _operand_text(self) -> str:
        """The source of the operand just read."""
        tokens = self.out[self.clauses[-1].operand :]
        return self.text[tokens[0].start : tokens[-1].end] if tokens else "field"

    def _presence_test(self, token: Token) -> None:
        """``IS NULL``, ``IS NOT NULL`` and what follows IS elsewhere."""
        ahead = 1
        negated = self._word(self._peek(1)) == "not"
        ahead += negated
        if self._word(self._peek(ahead)) in NULL_WORDS:
            end = self._peek(ahead).end
            left = self._operand_text()
            self._error(
                "E204",
                f"`{shortened(self.text[token.start : end])}`: the language has no test for presence",
                Span(token.start, end),
                f'{left} != "" matches where the field is there with any other value'
                if negated
                else "a missing field can't be asked for: send a value that says so",
            )
            self.position += ahead + 1
            return
        operator = "!=" if negated else "=="
        span = Span(token.start, self._peek(ahead - 1).end)
        self._error(
            "E218",
            f"`{self.text[span.start : span.end]}` is no operator of the language",
            span,
            f"write `{operator}`",
            Fix((Edit(span, operator),)),
        )
        self.position += ahead
        self._comparator_or_junction(Token("NE" if negated else "EQ", *span))

    def _membership(self, token: Token, *, negated: bool) -> None:
        """``a IN ("x", "y")``, also negated: a set on the left of CONTAINS."""
        self.position += 2 if negated else 1
        clause = self.clauses[-1]
        left = self.out[clause.operand :]
        group = self._group()
        word = Span(token.start, self.tokens[self.position - 1].end)
        written = self.text[word.start : word.end]
        if not group or not left:
            self._error(
                "E203",
                f"`{written}` is no operator of the language",
                word,
                'write the container first: data.tags CONTAINS "x", ("us", "eu") CONTAINS meta.region',
            )
            self._comparator_or_junction(Token("CONTAINS", *word))
            return
        self.position += len(group)
        inner = Repair(self.text, group)
        inner.run()
        whole = Span(left[0].start, group[-1].end)
        operand = self.text[left[0].start : left[-1].end]
        elements = self.text[group[0].end : group[-1].start].strip()
        several = any(element.kind == "COMMA" for element in group)
        meant = f"({elements}) CONTAINS {operand}" if several else f"{operand} == {elements}"
        if negated:
            meant = f"!({meant})"
        plain = {"LPAR", "RPAR", "LSQB", "RSQB", "COMMA", "TEXT", "NUMBER", "MINUS"}
        fix = None
        if {element.kind for element in group} <= plain and elements:
            fix = Fix((Edit(whole, meant),))
        self._error(
            "E203",
            f"`{written}` is no operator of the language",
            word,
            f"write {shortened(meant, 80)}",
            fix,
        )
        self.errors += [error for error in inner.errors if error.code != "E221"]
        del self.out[clause.operand :]
        self.out += [*inner.out, Token("CONTAINS", *word), *left]
        clause.comparator = Token("CONTAINS", *word)

    def _group(self) -> Sequence[Token]:
        """The tokens from here to the bracket that closes the one here; empty where none does."""
        depth = 0
        for index in range(self.position, len(self.tokens)):
            kind = self.tokens[index].kind
            if kind in {"LPAR", "LSQB"}:
                depth += 1
            elif kind in {"RPAR", "RSQB"}:
                depth -= 1
            if depth == 0:
                return self.tokens[self.position : index + 1] if index > self.position else ()
        return ()

    def _unquoted_words(self, token: Token) -> bool:
        """``city == New York``: words after a bare word on the right of a comparison."""
        clause = self.clauses[-1]
        operand = self.out[clause.operand :]
        if self.out[-1].kind == "TEXT" and self.out[-1].end == token.start:
            text = self._slice(self.out[-1])
            if text[:1] in _ASCII_QUOTES:
                self._error(
                    "E104",
                    f"the text {shortened(text)} ends before `{shortened(self._slice(token))}`",
                    Span(self.out[-1].start, token.end),
                    f"a quote inside a text is escaped: \\{text[0]}",
                )
                self.gave_up = True
                return True
        if clause.comparator is None or [part.kind for part in operand] != ["NAME"]:
            return False
        ahead = 0
        while self._peek(ahead).kind in {"NAME", "NUMBER"} and (
            self._word(self._peek(ahead)) not in WORD_OPERATORS
        ):
            ahead += 1
        following = self._peek(ahead).kind
        if ahead == 0 or following in _COMPARATORS | {"DOT", "LSQB", "LPAR"}:
            return False
        start, end = operand[0].start, self._peek(ahead - 1).end
        self._unquoted(Span(start, end))
        del self.out[clause.operand :]
        self.position += ahead
        self._push("TEXT", start, end)
        return True

    # Texts without quotes

    def _unquoted(self, span: Span, code: str = "E208") -> None:
        written = self.text[span.start : span.end]
        what = "pattern" if code == "E207" else "text"
        fixed = quote(re.sub(r"^%|%$", "*", written) if code == "E207" else written)
        self._error(
            code,
            f"the {what} `{shortened(written)}` has no quotes",
            span,
            f"write {shortened(fixed)}",
            Fix((Edit(span, fixed),)),
        )

    def _unquoted_operand(self) -> None:
        """Right of a comparison: a pattern or a text without quotes, as far as no blank comes."""
        first = self._peek()
        if first.kind == "PERCENT" and self._peek(1).end == first.end + 1:
            if self._slice(self._peek(1)) in {"s", "d", "r", "i"}:
                self._placeholder(Span(first.start, first.end + 1))
                self.position += 1
                self._value(first, first.end + 1)
                return
        ahead = 0
        while self._peek(ahead).kind in _WORD_PARTS and (
            ahead == 0 or self._peek(ahead).start == self._peek(ahead - 1).end
        ):
            ahead += 1
        kinds = [self._peek(index).kind for index in range(ahead)]
        if not kinds:
            return
        wild = {"STAR", "PERCENT"}
        code = ""
        if kinds[0] in wild or (len(kinds) > 1 and kinds[-1] in wild and self._ends(ahead)):
            code = "E207"
            # `*breaking news*`: on to the wildcard that closes the pattern.
            if kinds[-1] not in wild:
                further = ahead
                while self._peek(further).kind in {"NAME", "NUMBER", "MINUS"}:
                    further += 1
                if self._peek(further).kind in wild:
                    ahead = further + 1
        elif len(kinds) > 1 and {BAD_NUMBER, BAD_CHARACTER} & set(kinds):
            if kinds[-1] == BAD_CHARACTER and self._slice(self._peek(ahead - 1)) == ";":
                ahead -= 1
            first_sign = self._slice(first)[0]
            code = "E208" if ahead > 1 and first_sign not in "@$#:?" else ""
        elif kinds == [BAD_CHARACTER] and self._slice(first)[0].isalpha():
            code = "E208"
        if code:
            end = self._peek(ahead - 1).end
            self._unquoted(Span(first.start, end), code)
            self.position += ahead - 1
            self._value(first, end)

    def _ends(self, ahead: int) -> bool:
        """Whether no operand can begin at the token so far ahead."""
        return self._peek(ahead).kind not in _OPERAND_STARTS

    # Brackets

    def _square_bracket(self, token: Token) -> bool:
        """``["a", "b"]`` where an operand begins."""
        if token.kind != "LSQB" or self._after_operand:
            return False
        group = self._group()
        span = Span(token.start, token.end)
        fix = None
        if group:
            last = group[-1]
            span = Span(token.start, last.end)
            fix = Fix(
                (Edit(Span(token.start, token.end), "("), Edit(Span(last.start, last.end), ")"))
            )
        self._error("E221", "a set stands in round brackets", span, 'write ("a", "b")', fix)
        self.position += 1
        self._push("LPAR", token.start, token.end)
        self._open(token)
        self.clauses[-1].square_set = True
        return True

    def _open(self, token: Token) -> None:
        self.clauses.append(_Clause(token, len(self.out)))

    def _call(self, token: Token) -> bool:
        """``lower(x)``, ``data.tags.contains("x")``."""
        if token.kind != "LPAR" or not self.out or self.out[-1].kind != "NAME":
            return False
        group = self._group()
        name = self._slice(self.out[-1])
        end = group[-1].end if group else token.end
        help = "compare the field itself; LIKE never looks at case"
        if name.lower() in {"contains", "includes", "has", "indexof"} and len(group) == 3:
            help = f"write field CONTAINS {shortened(self._slice(group[1]))}"
        elif name.lower() in {"startswith", "endswith", "matches", "match", "test"}:
            help = f"write field {FOREIGN_WORDS.get(name.lower(), FOREIGN_WORDS['match'])}"
        message = f"`{shortened(name)}(…)`: the language has no functions"
        self._error("E216", message, Span(self.out[-1].start, end), help)
        self.position += len(group) or 1
        return True

    def _bracket(self, token: Token) -> bool:
        if token.kind == "LPAR" and not self._after_operand:
            self.position += 1
            self._push(*token)
            self._open(token)
            return True
        if token.kind == "COMMA" and self._peek(1).kind in {"RPAR", "RSQB"}:
            span = Span(token.start, token.end)
            self._error(
                "E212", "nothing follows the comma", span, "take it away", Fix((Edit(span, ""),))
            )
            self.position += 1
            return True
        if token.kind == "COMMA" and self.clauses[-1].opening is None:
            span = Span(token.start, token.end)
            self._error("E213", "a comma doesn't join conditions", span, "write `&&` or `||`")
            self.position += 1
            self._push("AND", *span)
            return True
        if token.kind not in {"RPAR", "RSQB"}:
            return False
        clause = self.clauses[-1]
        fits = clause.opening is not None and (token.kind == "RSQB") == clause.square_set
        if not fits:
            shown = self._slice(token)
            if clause.opening is not None:
                message = f"`{shown}` doesn't close `{self._slice(clause.opening)}`"
            else:
                message = f"`{shown}` was never opened"
            self._error("E201", message, Span(token.start, token.end), "take it away, or open it")
            self.position += 1
            return True
        self.clauses.pop()
        self.position += 1
        self._push("RPAR", token.start, token.end)
        return True

    # Operands and operators

    def _negation(self, token: Token) -> bool:
        """``!`` where none can stand."""
        if token.kind != "NOT":
            return False
        span = Span(token.start, token.end)
        if self._after_operand:
            following = self._peek(1)
            if following.kind in _KEYWORDS:
                self.position += 1
                self._negated_keyword(Span(token.start, following.end), following.kind)
                return True
            if self._word(following) == "in":
                self.position += 1
                return True
            return False
        previous = self.out[-1].kind if self.out else ""
        if previous in {"AMPERSAND", "PIPE"}:
            last = self.out.pop()
            self.errors.append(single_ampersand(self._slice(last), Span(last.start, last.end)))
            self._push("AND" if previous == "AMPERSAND" else "OR", last.start, last.end)
            return False
        if previous and previous not in _JUNCTIONS | {"LPAR", "COMMA", "NOT"}:
            self._error(
                "E219",
                "`!` negates a condition; it can't stand inside one",
                span,
                "write !(…) round the whole comparison, or use `!=`",
            )
            self.position += 1
            return True
        return False

    def _missing_operand(self, token: Token) -> bool:
        if token.kind not in _INFIX | {"RPAR", "COMMA"} or self._after_operand:
            return False
        shown = shortened(self._slice(token))
        span = Span(token.start, token.end)
        if token.kind == "PLUS" and self._peek(1).kind == "NUMBER":
            fix = Fix((Edit(span, ""),))
            self._error("E219", "a number has no plus sign", span, "take it away", fix)
            self.position += 1
            return True
        if not self.out or self.out[-1].kind in {"LPAR", "COMMA"}:
            message = f"`{shown}` has nothing on its left"
            if token.kind == "RPAR":
                span = Span(self.out[-1].start, token.end) if self.out else span
                if not self.out or self.clauses[-1].opening is None:
                    return False
                message = "the brackets are empty"
        else:
            last = self.out[-1]
            span = Span(last.start, last.end)
            message = f"`{shortened(self._slice(last))}` has nothing on its right"
        self._error("E212", message, span, "write a field or a value there")
        self._push("TEXT", token.start, token.start)
        return True

    def _chain(self, token: Token, *, consume: bool = True) -> bool:
        """A second comparison in one condition: a chain, or a single ``&`` or ``|`` in between."""
        clause = self.clauses[-1]
        first = clause.comparator
        if token.kind not in _COMPARATORS or first is None or not self._after_operand:
            return False
        middle = self.out[clause.operand :]
        joints = [part for part in middle if part.kind in {"AMPERSAND", "PIPE"}]
        if joints:
            joint = joints[-1]
            index = len(self.out) - 1 - self.out[::-1].index(joint)
            self.errors.append(single_ampersand(self._slice(joint), Span(joint.start, joint.end)))
            kind = "AND" if joint.kind == "AMPERSAND" else "OR"
            self.out[index] = Token(kind, joint.start, joint.end)
            clause.operand = index + 1
        else:
            text = self.text[middle[0].start : middle[-1].end]
            end = middle[-1].end
            fix = None
            if {first.kind, token.kind} <= {*_DIRECTIONS, "EQ"}:
                safe = _DIRECTIONS.get(first.kind, 0) == _DIRECTIONS.get(token.kind, 0) != 0
                fix = Fix((Edit(Span(end, end), f" && {text}"),), safe)
            self._error(
                "E210",
                "a comparison can't be chained",
                Span(first.start, token.end),
                f"compare twice, joined by &&, with `{shortened(text)}` in both",
                fix,
            )
            self._push("AND", token.start, token.start)
            clause.operand = len(self.out)
            self.out += middle
        clause.comparator = None
        if consume:
            self.position += 1
        self._push(*token)
        if consume:
            self._unquoted_operand()
        return True

    def _adjacent_operands(self, token: Token) -> bool:
        if token.kind not in _OPERAND_STARTS - {"MINUS"} or not self._after_operand:
            return False
        last = self.out[-1]
        self._error(
            "E213",
            f"no operator stands between `{shortened(self._slice(last))}` and "
            f"`{shortened(self._slice(token))}`",
            Span(token.start, token.end),
            "conditions are joined by && or ||, a text is quoted as a whole",
        )
        self._push("AND", token.start, token.start)
        return True

    def _finish(self) -> None:
        """The end: an operand may be missing, brackets may be open."""
        end = self.tokens[-1].end if self.tokens else 0
        if not self._after_operand and self.out:
            last = self.out[-1]
            if last.kind == "LPAR":
                message = f"`{self._slice(last)}` is never closed"
                self._error(
                    "E201", message, Span(last.start, last.end), "close it, or take it away"
                )
                self.clauses.pop()
            else:
                self._error(
                    "E212",
                    f"`{shortened(self._slice(last))}` has nothing on its right",
                    Span(last.start, last.end),
                    "write a field or a value there",
                )
            self._push("TEXT", end, end)
            if last.kind == "LPAR":
                self._push("RPAR", end, end)
        while len(self.clauses) > 1:
            opening = self.clauses.pop().opening
            assert opening is not None
            self._error(
                "E201",
                f"`{self._slice(opening)}` is never closed",
                Span(opening.start, opening.end),
                "close it, or take it away",
            )
            self._push("RPAR", end, end)
