"""What every engine is asked.

A filter on messages, made at random or from the conformance suite.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from pnfilter import Filter, Verdict
from pnfilter.generation import FilterWriter, MessageWriter, hints
from tests.engines.messages import Contradiction
from tests.fuzz import source
from tests.test_conformance import VERDICTS, filter_text, parts_of_case

#: The verdict on a message, or the engine's words where it ends the query.
Outcome: TypeAlias = "Verdict | Contradiction | str"
_QUAKES = Path(__file__).parents[2] / "examples" / "quakes.ndjson"


class Question(NamedTuple):
    """A filter and the messages that it is asked about."""

    text: str
    messages: Sequence[dict[str, Any]]


def random_question(seed: str, count: int) -> Question:
    """A filter, and as many messages that are made for it."""
    below = source(seed)
    filter = Filter(FilterWriter(below).text())
    writer = MessageWriter(below, hints(filter.expression), unreadable=True)
    return Question(filter.text, [writer.message() for _ in range(count)])


def conformance() -> list[Question]:
    """Every filter of the conformance suite with all its messages.

    Those of other kinds are no rows.
    """
    messages: dict[str, list[dict[str, Any]]] = {}
    for case in VERDICTS:
        rows = [parts_of_case(one) for one in case["messages"] if "kind" not in one]
        if rows:
            messages.setdefault(filter_text(case), []).extend(rows)
    return [Question(*item) for item in messages.items()]


def earthquakes() -> list[dict[str, Any]]:
    """The messages of ``examples/quakes.ndjson``."""
    return [json.loads(line) for line in _QUAKES.read_text(encoding="utf-8").splitlines()]


def compared(question: Question, found: Sequence[Outcome] | str, counts: Counter[str]) -> list[str]:
    """Where an engine says something else than the interpreter; ``counts`` takes what it says."""
    text, messages = question
    counts["pairs"] += len(messages)
    if isinstance(found, str):
        counts[f"refused: {found}"] += len(messages)
        return []
    filter = Filter(text)
    differences = []
    for message, outcome in zip(messages, found, strict=True):
        if isinstance(outcome, str):
            counts[f"refused: {outcome}"] += 1
            continue
        counts[outcome.value] += 1
        expected = filter.evaluate(message)
        if outcome is not expected:
            words = f"{outcome.value}, the interpreter says {expected.value}"
            differences.append(f"{text!r} on {message}: {words}")
    return differences
