"""The reference of the command line: every command and option, from the parsers that read them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

from pnfilter.cli.parser import build_parser
from tools.manual.text import escaped, fenced, indexed, joined


def reference() -> str:
    """A section for each command, in the order of ``pnfilter --help``."""
    _, commands = build_parser()
    return joined(
        part for name, parser in commands.choices.items() for part in _section(name, parser)
    )


def options() -> Iterator[tuple[str, str]]:
    """Each command with each of its options, as they are written."""
    _, commands = build_parser()
    for name, parser in commands.choices.items():
        for action in parser._actions:  # noqa: SLF001
            yield from ((name, option) for option in action.option_strings)


def _section(name: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    yield f"(command-{name})=\n## `pnfilter {name}`"
    yield indexed(f"pnfilter {name}", f"commands; {name}")
    yield _prose(parser.description or "")
    yield fenced(_usage(name, parser))
    yield f"```{{program}} pnfilter {name}\n```"
    for group in parser._action_groups:  # noqa: SLF001
        actions = [one for one in group._group_actions if one.help != argparse.SUPPRESS]  # noqa: SLF001
        if not actions:
            continue
        if group.title not in {"options", "positional arguments"}:
            yield f"**{escaped(group.title or '')}**"
        for action in actions:
            yield _entry(action)
    yield from _epilog(parser.epilog or "")


def _usage(name: str, parser: argparse.ArgumentParser) -> str:
    """The command in one line; its options have entries of their own."""
    words = [f"pnfilter {name}"]
    if any(action.option_strings for action in parser._actions):  # noqa: SLF001
        words.append("[OPTION …]")
    actions = parser._actions  # noqa: SLF001
    words.extend(_word(action) for action in actions if not action.option_strings)
    return " ".join(words)


def _word(action: argparse.Action) -> str:
    """A word of the command line, as the usage has it."""
    word = _value(action)
    match action.nargs:
        case "?":
            return f"[{word}]"
        case "*":
            return f"[{word} …]"
        case "+":
            return f"{word} …"
    return word


def _value(action: argparse.Action) -> str:
    if isinstance(action.metavar, tuple):
        return " ".join(action.metavar)
    if action.metavar:
        return action.metavar
    return "{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest.upper()


def _entry(action: argparse.Action) -> str:
    help = (action.help or "").replace("%(default)s", str(action.default)).replace("%%", "%")
    help = _prose(help)
    if not action.option_strings:
        return f"`{_value(action)}`\n: {help}\n"
    value = "" if action.nargs == 0 else f" {_value(action)}"
    names = ", ".join(f"{option}{value}" for option in action.option_strings)
    return f"````{{option}} {names}\n{help}\n````"


def _prose(text: str) -> str:
    """Text of a help, with options as code."""
    return escaped(re.sub(r"(?<![\w`])--?[a-z][\w-]*(?![\w`])", r"`\g<0>`", text))


def _epilog(epilog: str) -> Iterator[str]:
    """Return what follows the options: prose, and examples as they are."""
    for paragraph in filter(None, epilog.split("\n\n")):
        head, _, rest = paragraph.partition("\n")
        if head.rstrip().endswith(":") and rest.startswith("  "):
            lines = "\n".join(line.removeprefix("  ") for line in rest.split("\n"))
            title = escaped(head.rstrip())
            language = "sh" if "example" in head else "text"
            yield f"{title[:1].upper()}{title[1:]}\n\n{fenced(lines, language)}"
        elif any(line.startswith("  ") for line in paragraph.split("\n")):
            yield fenced(paragraph)
        else:
            yield _prose(paragraph)
