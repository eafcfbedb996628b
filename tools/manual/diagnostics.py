"""The reference of diagnostics: every code, with what ``pnfilter rule`` says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

import pnfilter
from pnfilter.diagnostics import Rule
from pnfilter.lint.registry import all_rules
from pnfilter.lint.table import CODES
from tools.manual.text import escaped, fenced, indexed, joined

#: What the codes that begin so have in common.
FAMILIES: Final = {
    "E1": "Characters and limits",
    "E2": "What can't be parsed",
    "E3": "What can be parsed and is no filter",
    "W40": "How it is written",
    "W41": "How it is written",
    "W42": "What operands are",
    "W43": "Conditions that can't or must hold",
    "W44": "What a schema or samples say",
    "W45": "How the whole is read",
    "W46": "What a program fills in",
    "W47": "Filters of App Context",
    "I5": "Hints",
}
#: Characters of an example; a longer one is cut.
MAX_SHOWN: Final = 120


def reference() -> str:
    """A section for each family of codes, and in it one for each code."""
    return joined(_parts())


def _parts() -> Iterator[str]:
    family = ""
    for rule in all_rules().values():
        title = next(title for start, title in FAMILIES.items() if rule.code.startswith(start))
        if title != family:
            family = title
            yield f"## {family}"
        yield from _section(rule)


def _section(rule: Rule) -> Iterator[str]:
    yield f"({rule.code})=\n### {rule.code} {rule.name}"
    yield indexed(f"{rule.code} ({rule.name})", f"{rule.name} ({rule.code})")
    yield f"*{str(rule.severity).capitalize()}.* {escaped(rule.summary)}"
    yield _leading(escaped(rule.why), rule.code)
    if rule.options:
        options = " and ".join(
            f"`--{name.replace('_', '-')}" + (f" {value}`" if isinstance(value, str) else "`")
            for name, value in rule.options.items()
        )
        yield f"Only given under {options}:"
        for name, value in rule.options.items():
            if isinstance(value, dict | list):
                yield fenced(json.dumps(value, ensure_ascii=False, indent=2), "json")
            elif not isinstance(value, str) and value is not True:
                yield f"`{name}`: `{value}`"
    yield f"Instead of\n\n{fenced(_visible(rule.bad))}"
    found = [
        one for one in pnfilter.check(rule.bad, **(rule.options or {})) if one.code == rule.code
    ]
    yield "which is reported as\n\n" + fenced("\n".join(_told(one) for one in found[:1]))
    yield f"write\n\n{fenced(_visible(rule.good))}"


def _leading(text: str, code: str) -> str:
    """The text with links from other codes to their entries."""
    others = "|".join(CODES.keys() - {code})
    return re.sub(rf"(?<![\w`])({others})(?![\w`])", r"[\1](#\1)", text)


def _told(found: pnfilter.Diagnostic) -> str:
    help = f"\n  = help: {found.help}" if found.help else ""
    return f"{found.severity}[{found.code}]: {found.message}{help}"


def _visible(text: str) -> str:
    """The text, with escapes for what can't be seen; shortened where it is very long."""
    if not text:
        return "(nothing)"
    shown = "".join(
        char if char.isprintable() or char == "\n" else ascii(char)[1:-1] for char in text
    )
    return (
        shown
        if len(shown) <= MAX_SHOWN
        else f"{shown[: MAX_SHOWN // 2]}…  ({len(text):,} characters)"
    )
