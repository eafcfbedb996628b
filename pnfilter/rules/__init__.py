"""The table of all diagnostics, by code: what each is about, why, and an example of it.

``pnfilter rule CODE`` and the documentation print it. A check needs none of it, so that it is
imported only where a rule is shown.
"""

from __future__ import annotations

from pnfilter.rules import errors, evidence, logic, operands, reading, spelling
from pnfilter.rules.rule import Rule

#: Every rule by its code, in the order of the codes.
RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in sorted(
        (
            *errors.RULES,
            *spelling.RULES,
            *operands.RULES,
            *reading.RULES,
            *logic.RULES,
            *evidence.RULES,
        ),
        key=lambda rule: rule.code,
    )
}

__all__ = ["RULES", "Rule"]
