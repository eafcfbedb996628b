"""``rule``: what the code of a finding means."""

from __future__ import annotations

import argparse

from pnfilter.cli.terminal import EXIT_OK, CommandError, add_color, terminal_width, use_color

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pnfilter.diagnostics import Rule

_RULE_EXAMPLES = """\
examples:
  pnfilter rule W403
  pnfilter rule --all
"""


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``rule``."""
    parser = subparsers.add_parser(
        "rule",
        help="explain the code of a finding",
        description="Explain the code of a finding, with an example.",
        epilog=_RULE_EXAMPLES,
    )
    parser.add_argument(
        "code", nargs="*", metavar="CODE", help="a code such as W403, or the rule's name"
    )
    parser.add_argument("--all", action="store_true", help="list all rules")
    add_color(parser)
    parser.set_defaults(func=rule_command, refuse=parser.error)


def rule_command(arguments: argparse.Namespace) -> int:
    """Print the entries of rules, or the list of all."""
    if arguments.all == bool(arguments.code):
        arguments.refuse("give a code, or --all for the list")
    if arguments.all:
        from pnfilter.lint.registry import all_rules

        rules = all_rules().values()
        width = max(len(rule.name) for rule in rules)
        for rule in rules:
            print(f"{rule.code}  {rule.name:{width}}  {rule.summary}")
        return EXIT_OK
    found = [_rule(word) for word in arguments.code]
    print("\n\n".join(map(_rule_page, found)))
    return EXIT_OK


def _rule(word: str) -> Rule:
    """The rule of a code or a name, in either case; ``CommandError`` names the nearest one."""
    from difflib import get_close_matches

    from pnfilter.lint.registry import rule_of
    from pnfilter.lint.table import CODES

    by_word = {word: code for code, (name, _) in CODES.items() for word in (code, name.upper())}
    found = by_word.get(word.upper())
    if found is not None:
        return rule_of(found)
    begun = [code for code in CODES if code.startswith(word.upper())]
    if word and begun:
        raise CommandError(
            f"{word}: not a code but the start of {len(begun)}, from {begun[0]} to {begun[-1]}; "
            "pnfilter rule --all lists them"
        )
    near = [by_word[match] for match in get_close_matches(word.upper(), by_word, n=1)]
    hint = "; ".join([f"did you mean {code} ({CODES[code][0]})?" for code in near])
    raise CommandError(f"{word}: no such rule; {hint or 'pnfilter rule --all lists them'}")


def _rule_page(rule: Rule) -> str:
    """The entry of a rule: what it finds, why that matters, an example of wrong and right."""
    import textwrap

    from pnfilter.diagnostics import paint

    color = use_color()
    width = min(96, terminal_width())
    paragraphs = [
        f"{paint(rule.code, '1', color)} {rule.name} ({rule.severity})",
        textwrap.fill(rule.summary, width),
        *(textwrap.fill(part, width) for part in rule.why.split("\n\n") if part.strip()),
    ]
    if rule.options:
        options = " and ".join(
            f"--{name.replace('_', '-')}" + (f" {value}" if isinstance(value, str) else "")
            for name, value in rule.options.items()
        )
        paragraphs.append(f"Only given under {options}.")
    for title, example in (("Instead of", rule.bad), ("write", rule.good)):
        if example:
            paragraphs.append(f"{title}:\n{textwrap.indent(example, '    ')}")
    return "\n\n".join(paragraphs)
