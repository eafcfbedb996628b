"""The shipped tables are those of the grammar, and driving them is parsing by it.

Lark reads the grammar file itself; the parser that users get drives the tables. Both read the
same seeded texts: derived from the grammar, derived and then damaged, and thrown together. They
must give the same tree or fail at the same place.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from lark import Lark, Tree
from lark import Token as LarkToken
from lark.exceptions import GrammarError, UnexpectedCharacters
from lark.exceptions import UnexpectedToken as LarkUnexpectedToken
from lark.parsers.lalr_analysis import LALR_Analyzer

from pnfilter.syntax.automaton import UnexpectedToken, drive
from pnfilter.syntax.grammar import TABLES, grammar_folder, main, reference_parser, tables_source
from pnfilter.syntax.lexer import BAD_KINDS, END, Token, scan, tokenize
from pnfilter.syntax.nodes import Expression
from pnfilter.syntax.tables import RULES, TERMINALS
from pnfilter.syntax.tree_builder import TreeBuilder
from tests.examples import share

TEXTS_OF_A_KIND = share(1500)
SPELLINGS = {
    "CONTAINS": ("CONTAINS", "contains", "Contains"),
    "FALSE": ("false",),
    "LIKE": ("LIKE", "like", "LiKe"),
    "NULL": ("null",),
    "NUMBER": ("0", "5", "007", "3.25", "1e9", "2E-3", "12345678901234567890"),
    "TEXT": ("''", '"a"', "'it\\'s'", '"back\\\\slash"', "'50\\*'", '"ä 🦉"', "'&& || ('"),
    "TRUE": ("true",),
    "NAME": ("data", "meta", "region", "_x", "a1", "truex", "likes", "DATA"),
    "SPACE": (" ", "\t", "\r\n"),
    "AND": ("&&",),
    "OR": ("||",),
}
FRAGMENTS = (
    *(spelling for spellings in SPELLINGS.values() for spelling in spellings),
    *"& | ^ , . > < ( ) [ ] - + ! % / * ~ = == != <= >= === <>".split(),
    *"' \" “ ” # $ { } ${x} {{x}} 1. .5 5a 1.5.2 \\ \x00 \u00a0 é ; : ? @x".split(" "),
    "AND",
    "\n",
    "data.x == 'y'",
)
BLANKS = ("", "", " ", "  ", "\n", "\t")


class Reading(NamedTuple):
    """What a parser made of a text: the tree and the errors after it, or where it stopped."""

    tree: Any = None
    errors: tuple[Any, ...] = ()
    stopped_at: int | None = None
    expected: frozenset[str] = frozenset()


@cache
def reference() -> Lark:
    return reference_parser()


@cache
def productions() -> dict[str, list[list[str]]]:
    """By rule of the grammar, what it may be replaced by; the shortest way out comes first."""
    found: dict[str, list[list[str]]] = {}
    for rule in reference().rules:
        expansion = [symbol.name for symbol in rule.expansion]
        found.setdefault(str(rule.origin.name), []).append([str(name) for name in expansion])
    return found


def derived(random: random.Random, symbol: str = "start", depth: int = 0) -> list[str]:
    """Spellings of the tokens of a text that the grammar derives from ``symbol``."""
    if symbol not in productions():
        literal = dict(TERMINALS)[symbol]
        return [random.choice(SPELLINGS.get(symbol) or (re.sub(r"\\", "", literal),))]
    ways = productions()[symbol]
    # Most steps add no symbol, and deep inside none does: the text stays short.
    if depth > 40 or (random.random() < 0.8 and min(map(len, ways)) == 1):
        ways = [way for way in ways if len(way) == 1] or [min(ways)]
    if symbol == "atom":
        ways = [*ways, *[["path"]] * 5]
    way = random.choice(ways)
    return [spelling for part in way for spelling in derived(random, part, depth + 1)]


def joined(random: random.Random, spellings: list[str]) -> str:
    """The spellings with blanks between them, always where two would run into one."""
    text = ""
    for spelling in spellings:
        blank = random.choice(BLANKS)
        if not blank and text and re.match(r"[\w.]{2}|[&|=<>!]{2}", text[-1] + spelling[0]):
            blank = " "
        text += blank + spelling
    return text


def valid(random: random.Random) -> str:
    return joined(random, derived(random))


def damaged(random: random.Random) -> str:
    spellings = derived(random)
    for _ in range(random.randint(1, 2)):
        place = random.randrange(len(spellings) + 1)
        match random.randrange(4):
            case 0:
                del spellings[place : place + 1]
            case 1:
                spellings.insert(place, random.choice(FRAGMENTS))
            case 2:
                spellings[place : place + 1] = [random.choice(FRAGMENTS)]
            case _:
                cut = "".join(spellings)
                return cut[: random.randrange(len(cut) + 1)]
    return joined(random, spellings)


def thrown_together(random: random.Random) -> str:
    return "".join(random.choices(FRAGMENTS, k=random.randrange(8)))


def read_by_tables(text: str) -> Reading:
    builder = TreeBuilder(text)
    try:
        tree = drive(tokenize(text), builder)
    except UnexpectedToken as error:
        if error.token.kind in BAD_KINDS:
            return Reading(stopped_at=error.token.start)
        stopped_at = len(text) if error.token.kind == END else error.token.start
        return Reading(stopped_at=stopped_at, expected=error.expected)
    return Reading(described(tree), tuple(builder.errors))


def read_quickly(text: str) -> Any:
    """The tree of tokens as ``parse`` has them, where a path is one; None where there is none."""
    try:
        return described(drive(scan(text), TreeBuilder(text)))
    except UnexpectedToken:
        return None


def read_by_lark(text: str) -> Reading:
    try:
        tree = reference().parse(text)
    except UnexpectedCharacters as error:
        return Reading(stopped_at=error.pos_in_stream)
    except LarkUnexpectedToken as error:
        stopped_at = len(text) if error.token.type == END else error.token.start_pos
        return Reading(stopped_at=stopped_at, expected=frozenset(error.accepts))
    builder = TreeBuilder(text)
    return Reading(described(built(tree, builder)), tuple(builder.errors))


def built(node: Tree[LarkToken] | LarkToken, builder: TreeBuilder) -> Any:
    """The builder's actions over a tree of Lark, from the leaves up."""
    if isinstance(node, LarkToken):
        assert node.start_pos is not None
        assert node.end_pos is not None
        return Token(node.type, node.start_pos, node.end_pos)
    return getattr(builder, node.data)(*(built(child, builder) for child in node.children))


def described(value: Any) -> Any:
    """A node with every field, also those that its equality ignores."""
    if isinstance(value, Expression):
        return [type(value).__name__, *(described(getattr(value, name)) for name in value._names)]
    return [described(part) for part in value] if type(value) is tuple else value


def test_the_tables_are_those_of_the_grammar() -> None:
    assert TABLES.read_text(encoding="utf-8") == tables_source(), "run `make tables`"


def test_the_command_says_whether_the_tables_are_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = tmp_path / "tables.py"
    monkeypatch.setattr("pnfilter.syntax.grammar.TABLES", tables)
    tables.write_text("old", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["grammar", "--check"])
    assert main() == 1
    assert "tables.py" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["grammar"])
    assert main() == 0
    assert tables.read_text(encoding="utf-8") == TABLES.read_text(encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["grammar", "--check"])
    assert main() == 0


def test_the_tables_do_not_depend_on_the_order_of_a_hash() -> None:
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "pnfilter.syntax.grammar", "--check"]
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(TABLES.parents[2])}
        subprocess.run(command, check=True, env=environment)


def require_no_conflict(parser: Lark) -> None:
    """``GrammarError`` where Lark had to choose between a shift and a reduction."""
    frontend: Any = parser.parser
    analyzer: Any = LALR_Analyzer(frontend.parser_conf, strict=True)
    analyzer.compute_lalr()


def test_the_grammar_has_no_conflict() -> None:
    require_no_conflict(reference())


def test_a_conflict_would_be_found() -> None:
    ambiguous = Lark('start: start "+" start | "x"', parser="lalr")
    with pytest.raises(GrammarError, match="conflict"):
        require_no_conflict(ambiguous)


def test_every_rule_that_is_more_than_one_symbol_names_an_action_of_the_builder() -> None:
    for origin, size, action in RULES:
        assert action or size == 1, origin
        assert not action or callable(getattr(TreeBuilder, action)), origin


def test_the_grammar_needs_no_repetition_operator() -> None:
    grammar = (grammar_folder() / "filter.lark").read_text(encoding="utf-8")
    rules = "\n".join(re.findall(r"^(?:\?|[a-z]|  ).*", grammar, re.MULTILINE))
    assert "disjunction" in rules
    assert not re.search(r"[*+?](?=\s)", rules)


@pytest.mark.sliced(3)
@pytest.mark.parametrize(
    ("make", "share_of_trees"),
    [(valid, (1.0, 1.0)), (damaged, (0.05, 0.6)), (thrown_together, (0.01, 0.5))],
    ids=["valid", "damaged", "thrown together"],
)
def test_the_tables_read_what_lark_reads(
    make: Callable[[random.Random], str], share_of_trees: tuple[float, float]
) -> None:
    source = random.Random(20151201)
    trees = 0
    for _ in range(TEXTS_OF_A_KIND):
        text = make(source)
        reading = read_by_tables(text)
        assert reading == read_by_lark(text), text
        assert read_quickly(text) == reading.tree, text
        trees += reading.tree is not None
    least, most = share_of_trees
    assert least <= trees / TEXTS_OF_A_KIND <= most


@pytest.mark.parametrize(
    ("text", "stopped_at", "expected"),
    [
        ("", 0, {"TEXT", "NAME", "LPAR", "NOT"}),
        ("a", None, set()),
        ("a ==", 4, {"TEXT", "NAME", "LPAR", "MINUS"}),
        ("a == 'b", 5, set()),
        ("a b", 2, {"EQ", "AND", "$END", "DOT"}),
        ("(a", 2, {"RPAR", "COMMA"}),
        ("a == 1.", 5, set()),
        ("data.like == 1", None, set()),
    ],
)
def test_where_a_text_stops_being_a_filter(
    text: str, stopped_at: int | None, expected: set[str]
) -> None:
    reading = read_by_tables(text)
    assert reading.stopped_at == stopped_at
    assert reading.expected >= expected
    assert reading == read_by_lark(text)
