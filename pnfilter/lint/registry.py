"""Where all lints and rules are found, for what shows rules and for the generated table.

``tools/lint_table.py`` generates ``table`` from the lints. ``check`` goes by that, so that it
imports only the lints that a filter needs, and never this module.
"""

from __future__ import annotations

from importlib import import_module

from pnfilter.diagnostics import Rule
from pnfilter.lint.context import Lint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

__all__ = ["Rule", "all_rules", "rule_of"]

#: The modules that have rules. Lints run in this order.
HOMES = (
    "pnfilter.syntax.errors",
    "pnfilter.lint.rules.quoting",
    "pnfilter.lint.rules.operators",
    "pnfilter.lint.rules.operands",
    "pnfilter.lint.rules.fields",
    "pnfilter.lint.rules.bare_names",
    "pnfilter.lint.rules.contents",
    "pnfilter.lint.rules.kinds",
    "pnfilter.lint.rules.precedence",
    "pnfilter.lint.rules.logic.junctions",
    "pnfilter.lint.rules.assumed",
    "pnfilter.lint.rules.assumed_numbers",
    "pnfilter.lint.schema.fields",
    "pnfilter.lint.schema.check",
    "pnfilter.lint.rules.placeholders",
    "pnfilter.lint.rules.app_context",
    "pnfilter.lint.samples",
)


def lints_in(module: ModuleType) -> Iterator[tuple[str, Lint]]:
    """Yield the lints of a module and their names, in the order of the text."""
    yield from ((name, one) for name, one in vars(module).items() if isinstance(one, Lint))


def rules_in(module: ModuleType) -> Iterator[Rule]:
    """Yield the rules of a module: those of its lints, those alone, and those in ``RULES``."""
    for one in vars(module).values():
        if isinstance(one, Rule):
            yield one
        elif isinstance(one, Lint):
            yield from one.rules
    yield from getattr(module, "RULES", ())


def all_rules() -> dict[str, Rule]:
    """Return every rule by its code, in the order of the codes."""
    rules = {rule.code: rule for home in HOMES for rule in rules_in(import_module(home))}
    return dict(sorted(rules.items()))


def rule_of(code: str) -> Rule:
    """Return the rule of a code, and import no more than its module; ``KeyError`` without one."""
    from pnfilter.lint.table import CODES

    module = import_module(CODES[code][1])
    return next(rule for rule in rules_in(module) if rule.code == code)
