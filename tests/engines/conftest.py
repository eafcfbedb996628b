"""A database for each test, and filters on messages in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import duckdb
import pytest

from pnfilter import Verdict
from pnfilter.engines.sql import translate
from tests.engines.messages import VERDICTS, row

Decide = Callable[[str, Sequence[dict[str, Any]]], "list[Verdict] | str"]


@pytest.fixture(scope="session")
def in_duckdb() -> Decide:
    """``decided_in_duckdb``."""
    return decided_in_duckdb()


#: A filter is asked about again without some of its messages, and translating it takes longer than that.
_translated = cache(translate)


def decided_in_duckdb() -> Decide:
    """What DuckDB says of messages: verdicts, or the engine's words where it ends the query."""
    database = duckdb.connect(config={"threads": 1})
    present: Sequence[dict[str, Any]] | None = None

    def decide(text: str, messages: Sequence[dict[str, Any]]) -> list[Verdict] | str:
        nonlocal present
        expression = _translated(text)
        if messages is not present:
            rows = [row(number, message) for number, message in enumerate(messages)]
            database.execute(
                "CREATE OR REPLACE TEMP TABLE messages (number INT, data TEXT, meta TEXT)"
            )
            database.executemany("INSERT INTO messages VALUES (?, ?, ?)", rows)
            present = messages
        try:
            found = database.execute(f"SELECT {expression} FROM messages ORDER BY number")
            return [VERDICTS[verdict] for (verdict,) in found.fetchall()]
        except duckdb.Error as error:
            if "pnfilter: " not in str(error):
                raise
            return str(error).partition("pnfilter: ")[2].splitlines()[0]

    return decide
