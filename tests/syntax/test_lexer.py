"""Tokens: every character of a text in one, or in the blanks between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter.syntax.lexer import BAD_KINDS, Token, _scan_with_mistakes, scan, tokenize
from tests.cases import for_each

KINDS = {
    "": "",
    " \t\r\n": "",
    "a _b c1 A_": "NAME NAME NAME NAME",
    "data meta Data": "NAME NAME NAME",
    "like LIKE Like likes like_ like1": "LIKE LIKE LIKE NAME NAME NAME",
    "contains CONTAINS cOnTains contain": "CONTAINS CONTAINS CONTAINS NAME",
    "true false null True NULL nulls": "TRUE FALSE NULL NAME NAME NAME",
    "a.like.true": "NAME DOT LIKE DOT TRUE",
    "0 007 1.5 1e9 2E-3 1.5e+7": "NUMBER NUMBER NUMBER NUMBER NUMBER NUMBER",
    "-5": "MINUS NUMBER",
    "5like": "BAD_NUMBER",
    "1. .5 1.2.3 5px 0x1F 1_000 1e 1e+5x": (
        "BAD_NUMBER DOT NUMBER BAD_NUMBER BAD_NUMBER BAD_NUMBER BAD_NUMBER BAD_NUMBER "
        "BAD_NUMBER PLUS BAD_NUMBER"
    ),
    "a[5].b": "NAME LSQB NUMBER RSQB DOT NAME",
    "'' \"\" 'a' \"b\"": "TEXT TEXT TEXT TEXT",
    r"""'it\'s' "say \"x\"" 'a\\' "\n" '"' """: "TEXT TEXT TEXT TEXT TEXT",
    "'a": "BAD_TEXT",
    "'a\\'": "BAD_TEXT",
    "'a\n'b'": "BAD_TEXT TEXT",
    "\"a' b": "BAD_TEXT",
    "“a” ‘b’ «c» `d` „e“": "BAD_QUOTES BAD_QUOTES BAD_QUOTES BAD_QUOTES BAD_QUOTES",
    "“a": "BAD_QUOTES",
    '“a"': "BAD_QUOTES",
    "“a\nb": "BAD_QUOTES NAME",
    "a\xa0b\u200bc\ufeff\x00": "NAME BAD_SPACE NAME BAD_SPACE NAME BAD_SPACE",
    "\xa0 \x0b\u2028": "BAD_SPACE BAD_SPACE",
    "${a} $(a) {{a}} {a} #{a} {}": " ".join(["BAD_PLACEHOLDER"] * 6),
    "${a": "BAD_CHARACTER BAD_CHARACTER NAME",
    "größe ü @me #x $y": "NAME BAD_CHARACTER BAD_CHARACTER BAD_CHARACTER BAD_CHARACTER BAD_CHARACTER",
    "日本 😀 ; \\ ? :": " ".join(["BAD_CHARACTER"] * 6),
    "== != <= >= && ||": "EQ NE LE GE AND OR",
    "= ! < > & |": "ASSIGN NOT LT GT AMPERSAND PIPE",
    "+-*/%^~.,()[]": "PLUS MINUS STAR SLASH PERCENT CARET TILDE DOT COMMA LPAR RPAR LSQB RSQB",
    "===": "EQ ASSIGN",
    "!==": "NE ASSIGN",
    "<>": "LT GT",
    "=>": "ASSIGN GT",
    "&&&": "AND AMPERSAND",
    "!!": "NOT NOT",
    "a==b": "NAME EQ NAME",
    "a=-5": "NAME ASSIGN MINUS NUMBER",
}  # fmt: skip


@for_each(KINDS)
def test_kinds(text: str) -> None:
    assert " ".join(token.kind for token in tokenize(text)) == KINDS[text]


def test_places() -> None:
    assert tokenize("a ==\n'b'") == [
        Token("NAME", 0, 1),
        Token("EQ", 2, 4),
        Token("TEXT", 5, 8),
    ]


FRAGMENTS = st.sampled_from(
    "a data data.a data.b.c meta.true 5 1.5 2e3 1. 5x like LIKE LikeS contains cOnTains true TRUE null == = ! != < <= && & | || . , "
    "( ) [ ] + - * / % ^ ~ 'x' \"y\" '\\'' 'open \"a\\\" ' \" \\ \t \r\n \n \xa0 é 名 “ ” ${a} {{b}} @c # ;".split(
        " "
    )
)


@given(st.lists(FRAGMENTS).map("".join) | st.lists(FRAGMENTS).map(" ".join) | st.text())
def test_tokens_are_those_of_the_terminals_tried_in_their_order(text: str) -> None:
    assert tokenize(text) == _scan_with_mistakes(text)


@given(st.lists(FRAGMENTS).map("".join) | st.lists(FRAGMENTS).map(" ".join))
def test_a_path_behind_a_prefix_is_one_name(text: str) -> None:
    each: list[Token] = []
    for kind, start, end in scan(text):
        each += [
            Token(token.kind, start + token.start, start + token.end)
            for token in tokenize(text[start:end] if kind == "NAME" else "")
        ] or [Token(kind, start, end)]
    assert each == tokenize(text)


@pytest.mark.parametrize(
    ("text", "spellings"),
    [
        ("data.a.b1 == meta.like", ["data.a.b1", "==", "meta.like"]),
        ("data . a", ["data", ".", "a"]),
        ("data.a[0].b.c", ["data.a", "[", "0", "]", ".", "b", ".", "c"]),
        ("metadata.a true.a", ["metadata", ".", "a", "true", ".", "a"]),
        ("data.", ["data", "."]),
    ],
)
def test_what_is_joined(text: str, spellings: list[str]) -> None:
    assert [text[start:end] for _, start, end in scan(text)] == spellings


@given(
    st.text(st.sampled_from("ab1.=!&|<>()[]'\"\\ \n\t$#{}`“”ü\xa0\u200b😀-+*/%^~,;:?")) | st.text()
)
def test_nothing_is_lost(text: str) -> None:
    end = 0
    for token in tokenize(text):
        assert end <= token.start < token.end
        assert not text[end : token.start].strip(" \t\r\n")
        end = token.end
    assert not text[end:].strip(" \t\r\n")


@pytest.mark.parametrize("kind", sorted(BAD_KINDS))
def test_every_bad_kind_is_seen(kind: str) -> None:
    assert any(kind in kinds.split() for kinds in KINDS.values())
