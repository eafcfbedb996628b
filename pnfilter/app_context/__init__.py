"""The filter language of App Context: users, channels, memberships and members.

It shares the nodes of the tree with the language of stream filters, and no rules.
``pnfilter.check(text, language="app-context")`` says what is wrong with such a filter.
"""

from __future__ import annotations

from pnfilter.app_context.fields import ENTITIES, Entity, fields_of
from pnfilter.app_context.parser import MAX_LENGTH, MAX_NESTING, parse

__all__ = ["ENTITIES", "MAX_LENGTH", "MAX_NESTING", "Entity", "fields_of", "parse"]
