"""The lints, and which filters each of them has to look at.

Most filters have few of the traits that a lint could find fault with, so that most lints, and the
modules that hold them, are not needed for most filters.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module

from pnfilter.syntax.nodes import (
    ORDERINGS,
    And,
    Arithmetic,
    Boolean,
    Not,
    Null,
    Number,
    Or,
    Unary,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pnfilter.checking.context import Lint, type_of_trait

#: All lints that need nothing but the filter: the module in ``pnfilter.checking``, the function, and
#: the traits (``Context.traits``) of which a filter has one at least if the lint finds anything.
LINTS: tuple[tuple[str, str, Iterable[type_of_trait]], ...] = (
    ("spelling", "bare_word", ("bare",)),
    ("spelling", "dashed_word", ("-",)),
    ("spelling", "single_equals", ("=",)),
    ("spelling", "patterns", ("LIKE",)),
    ("spelling", "one_element_set", ("CONTAINS",)),
    ("spelling", "template_leftover", ("$", "#", "%", "{", "\\")),
    ("spelling", "backslashes", ("\\",)),
    ("spelling", "literals", (Boolean, Null, Number)),
    ("spelling", "keyword_case", ("LIKE", "CONTAINS")),
    ("spelling", "prefixes", ("notable",)),
    ("spelling", "quoted_number", ORDERINGS),
    ("operands", "envelope_fields", ("notable",)),
    ("operands", "ordered_text", ORDERINGS),
    ("operands", "like_operands", ("LIKE",)),
    ("operands", "calculated_text", (Arithmetic, Unary)),
    ("operands", "lost_prefix", ("mixed",)),
    ("operands", "bare_conditions", (And, Or, Not, "value")),
    ("operands", "whole_payload", ("whole",)),
    ("operands", "scalar_container", ("CONTAINS",)),
    ("reading", "mixed_junctions", (Or,)),
    ("reading", "negated_comparison", (Not,)),
    ("reading", "bare_bits", (Arithmetic,)),
    ("reading", "encrypted_payload", ("encrypted",)),
    ("reading", "app_context", ("notable",)),
    ("reading", "too_long", ("long",)),
    ("reading", "mixed_generations", ("bare",)),
    ("reading", "redundant_brackets", ("()",)),
    ("logic", "meaning", ("compound",)),
    ("evidence", "assumed_spellings", ("\\", "[")),
    ("evidence", "assumed_values", (And, Or, "value")),
    ("assumed_arithmetic", "arithmetic", (Arithmetic, Unary)),
    ("evidence", "assumed_comparisons", ("=", "LIKE", "CONTAINS", *ORDERINGS)),
    ("evidence", "assumed_paths", ("bare", "whole", "meta")),
    ("evidence", "assumed_numbers", (Number,)),
    ("evidence", "assumed_literals", (Boolean, Null)),
    ("evidence", "assumed_junctions", (Or,)),
    ("evidence", "assumed_negations", (Not,)),
)


@lru_cache(maxsize=1000)
def lints_for(traits: frozenset[type_of_trait]) -> tuple[Lint, ...]:
    """The lints that can find something in a filter with these traits, in the order of ``LINTS``."""
    return tuple(
        getattr(import_module(f"pnfilter.checking.{module}"), name)
        for module, name, needed in LINTS
        if not traits.isdisjoint(needed)
    )
