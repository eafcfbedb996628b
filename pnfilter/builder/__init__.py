"""Filters from Python values: ``F``, ``template`` and the terms that they make."""

from __future__ import annotations

from pnfilter.builder.literals import escape_pattern
from pnfilter.builder.templates import template
from pnfilter.builder.terms import ConditionTerm, F, FieldTerm, Term, ValueTerm

__all__ = ["ConditionTerm", "F", "FieldTerm", "Term", "ValueTerm", "escape_pattern", "template"]
