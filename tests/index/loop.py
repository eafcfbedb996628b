"""What a filter set must say: what the interpreter says of each filter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from pnfilter import FilterSet, Reason, parse
from pnfilter.interpreter import condition
from pnfilter.message import UNFILTERED, parts_of
from pnfilter.syntax.nodes import Expression

K = TypeVar("K")


def outcomes(filters: Mapping[K, str], message: Any) -> tuple[set[K], set[K]]:
    """The keys of the filters that match, and of those that are undecided."""
    matched, undecided = set(), set()
    data, meta, kind = parts_of(message)
    for key, text in filters.items():
        outcome = Reason.EVENT_KIND if kind in UNFILTERED else condition(_tree(text), data, meta)
        if outcome is True:
            matched.add(key)
        elif isinstance(outcome, Reason):
            undecided.add(key)
    return matched, undecided


@lru_cache(maxsize=10_000)
def _tree(text: str) -> Expression:
    return parse(text)


def same_as_loop(index: FilterSet[K], filters: Mapping[K, str], messages: Iterable[Any]) -> None:
    """``AssertionError`` where the index and the loop differ."""
    for message in messages:
        found = index.match(message)
        matched, undecided = outcomes(filters, message)
        assert len(set(found.matched)) == len(found.matched), message
        assert len(set(found.undecided)) == len(found.undecided), message
        assert (set(found.matched), set(found.undecided)) == (matched, undecided), message
