"""Generate the parser's tables from ``grammar/filter.lark``.

Run ``python -m pnfilter.syntax.grammar``. Only this module imports Lark, a development dependency:
the tables are shipped, and a test compares them with the grammar. ``reference_parser`` is Lark's
own parser of it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark import Lark

TABLES = Path(__file__).with_name("tables.py")


def grammar_folder() -> Path:
    """Return the folder of ``filter.lark`` and ``conformance``.

    In a checkout it is beside the package, else inside it.
    """
    package = Path(__file__).parents[1]
    installed = package / "grammar"
    return installed if installed.is_dir() else package.parent / "grammar"


def reference_parser(grammar: str = "filter", **options: Any) -> Lark:
    """Return Lark's LALR parser of a grammar: of ``filter``, the reference for the tables."""
    from lark import Lark

    return Lark(
        (grammar_folder() / f"{grammar}.lark").read_text(encoding="utf-8"),
        parser="lalr",
        lexer="basic",
        keep_all_tokens=True,
        maybe_placeholders=False,
        propagate_positions=False,
        **options,
    )


def tables_source() -> str:
    """Return the text of ``tables.py``, generated from the grammar."""
    from lark.parsers.lalr_analysis import Shift

    lark = reference_parser()
    inner: Any = lark.parser
    table = inner.parser._parse_table
    rules = sorted(lark.rules, key=lambda rule: (rule.origin.name, rule.order, str(rule.expansion)))
    rule_numbers = {rule: number for number, rule in enumerate(rules)}
    # The start symbol stays first, so that the numbers don't depend on hash order.
    order = [table.start_states["start"]]
    numbers = {order[0]: 0}
    for state in order:
        for name in sorted(table.states[state]):
            kind, target = table.states[state][name]
            if kind is Shift and target not in numbers:
                numbers[target] = len(order)
                order.append(target)

    actions: list[dict[str, int]] = []
    gotos: list[dict[str, int]] = []
    terminals = {terminal.name for terminal in lark.terminals} | {"$END"}
    for state in order:
        row: dict[str, int] = {}
        goto: dict[str, int] = {}
        for name, (kind, target) in sorted(table.states[state].items()):
            if name not in terminals:
                goto[name] = numbers[target]
            else:
                row[name] = numbers[target] if kind is Shift else ~rule_numbers[target]
        actions.append(row)
        gotos.append(goto)

    lines = [
        '"""LALR tables of ``grammar/filter.lark``, '
        'made by ``python -m pnfilter.syntax.grammar``."""',
        "",
        "# fmt: off",
        "# ruff: noqa: E501",
        "#: Terminals in the order in which they are tried, with their regular expressions.",
        "TERMINALS: tuple[tuple[str, str], ...] = (",
        *(f"    ({t.name!r}, {t.pattern.to_regexp()!r})," for t in inner.lexer.terminals),
        ")",
        "#: Origin, number of symbols, and the name of the builder's method, of each rule.",
        "RULES: tuple[tuple[str, int, str], ...] = (",
        *(
            f"    ({str(r.origin.name)!r}, {len(r.expansion)}, {str(r.alias or '')!r}),"
            for r in rules
        ),
        ")",
        "#: By state and terminal: the next state, or the complement of the rule to reduce.",
        "ACTIONS: tuple[dict[str, int], ...] = (",
        *(f"    {row!r}," for row in actions),
        ")",
        "#: By state and origin of a reduced rule: the next state.",
        "GOTOS: tuple[dict[str, int], ...] = (",
        *(f"    {goto!r}," for goto in gotos),
        ")",
        f"END_STATE = {numbers[table.end_states['start']]}",
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    """Write the tables, or with ``--check`` say whether they are those of the grammar."""
    arguments = argparse.ArgumentParser(prog="python -m pnfilter.syntax.grammar")
    arguments.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    source = tables_source()
    if not arguments.parse_args().check:
        TABLES.write_text(source, encoding="utf-8")
    elif TABLES.read_text(encoding="utf-8") != source:
        print("tables.py is not what grammar/filter.lark gives", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
