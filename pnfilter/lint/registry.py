"""Lints with their rules, and where to find each rule.

A lint is a function with the rules of what it reports::

    @lint(Rule("W403", "single-equals", summary=..., why=..., bad=..., good=...), when=("=",))
    def single_equals(context: Context) -> Iterator[Diagnostic]:
        for node in ...:
            yield single_equals.at(node.operator_span, "...", help)

``tools/lint_table.py`` generates ``table`` from the lints. ``check`` goes by that, so that it
imports only the lints that a filter needs.
"""

from __future__ import annotations

from importlib import import_module

from pnfilter.diagnostics import Diagnostic, Fix, Rule, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType
    from typing import Final

    from pnfilter.lint.context import Context, type_of_trait

    type_of_find = Callable[[Context], Iterable[Diagnostic]]

__all__ = ["Rule", "all_rules", "rule_of"]

#: The modules that have rules. Lints run in this order.
HOMES = (
    "pnfilter.syntax.errors",
    "pnfilter.lint.rules.quoting",
    "pnfilter.lint.rules.operators",
    "pnfilter.lint.rules.operands",
    "pnfilter.lint.rules.fields",
    "pnfilter.lint.rules.precedence",
    "pnfilter.lint.rules.logic.junctions",
    "pnfilter.lint.rules.assumed",
    "pnfilter.lint.rules.assumed.conditions",
    "pnfilter.lint.rules.assumed.arithmetic",
    "pnfilter.lint.rules.assumed.operands",
    "pnfilter.lint.schema.fields",
    "pnfilter.lint.schema.check",
    "pnfilter.lint.rules.placeholders",
    "pnfilter.lint.samples",
)


class Lint:
    """A check of one filter: what it may report, and the traits that make it worth running.

    ``when`` are traits (``Context.traits``) of which a filter has one at least if the lint finds
    anything.
    """

    __slots__ = ("find", "rules", "when")

    def __init__(
        self, find: type_of_find, rules: tuple[Rule, ...], when: Iterable[type_of_trait]
    ) -> None:
        self.find: Final = find
        self.rules: Final = rules
        self.when: Final = frozenset(when)

    def __call__(self, context: Context) -> Iterable[Diagnostic]:
        return self.find(context)

    def at(self, span: Span, message: str, help: str = "", fix: Fix | None = None) -> Diagnostic:
        """Return a diagnostic of the only rule of this lint."""
        (rule,) = self.rules
        return rule.at(span, message, help, fix)


def lint(*rules: Rule, when: Iterable[type_of_trait]) -> Callable[[type_of_find], Lint]:
    """Make a lint of a function that reports these rules."""
    return lambda find: Lint(find, rules, when)


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
