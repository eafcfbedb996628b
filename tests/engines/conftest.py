"""A database for each test, and filters on messages in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import duckdb
import pytest

from pnfilter import Filter
from pnfilter.engines.sql import translate
from tests.engines.messages import MATCHES, UNDECIDED_AS, Contradiction, row, verdict_of
from tests.engines.questions import Outcome

Decide = Callable[[str, Sequence[dict[str, Any]]], "list[Outcome] | str"]


@pytest.fixture(scope="session")
def in_duckdb() -> Decide:
    """``decided_in_duckdb``."""
    return decided_in_duckdb()


#: A filter is asked about again without some of its messages, and translating it takes longer than that.
_translated = cache(translate)


def decided_in_duckdb() -> Decide:
    """What DuckDB says of messages: verdicts, or the engine's words where it ends the query.

    What ``undecided="drop"`` and "keep" make of each message is asked with it.
    """
    database = duckdb.connect(config={"threads": 1})
    present: Sequence[dict[str, Any]] | None = None

    def decide(text: str, messages: Sequence[dict[str, Any]]) -> list[Outcome] | str:
        nonlocal present
        expressions = [_translated(text, undecided=undecided) for undecided in UNDECIDED_AS]
        if messages is not present:
            rows = [row(number, message) for number, message in enumerate(messages)]
            database.execute(
                "CREATE OR REPLACE TEMP TABLE messages (number INT, data TEXT, meta TEXT)"
            )
            database.executemany("INSERT INTO messages VALUES (?, ?, ?)", rows)
            present = messages
        found = _asked(database, expressions)
        if not isinstance(found, str):
            return [verdict_of(*answers) for answers in found]
        verdicts = list(map(Filter(text).evaluate, messages))
        for expression, as_match in zip(expressions[1:], MATCHES[1:], strict=True):
            answers = _asked(database, [expression])
            if isinstance(answers, str):
                continue
            expected = [(verdict in as_match,) for verdict in verdicts]
            if answers != expected:
                return [Contradiction(f"{answers} without the error {found}")] * len(messages)
        return found

    return decide


def _asked(
    database: duckdb.DuckDBPyConnection, expressions: Sequence[str]
) -> list[tuple[bool | None, ...]] | str:
    try:
        listed = ", ".join(expressions)
        return database.execute(f"SELECT {listed} FROM messages ORDER BY number").fetchall()
    except duckdb.Error as error:
        if "pnfilter: " not in str(error):
            raise
        return str(error).partition("pnfilter: ")[2].splitlines()[0]
