"""A database for each test, and filters on messages in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import duckdb
import pytest

from pnfilter import Filter
from pnfilter.engines.sql import Undecided, translate
from tests.engines.messages import UNDECIDED_AS, Contradiction, row, verdict_of
from tests.engines.questions import Outcome

Decide = Callable[[str, Sequence[dict[str, Any]]], "Sequence[Outcome] | str"]


@pytest.fixture(scope="session")
def in_duckdb() -> Decide:
    """``decided_in_duckdb``."""
    return decided_in_duckdb()


#: A filter is asked about again without some of its messages, and translating it takes longer than
#: that.
_translated = cache(translate)


def decided_in_duckdb() -> Decide:
    """What DuckDB says of messages: verdicts, or the engine's words where it ends the query.

    What ``undecided="drop"`` and "keep" make of each message is asked with it.
    """
    database = duckdb.connect(config={"threads": 1})
    present: Sequence[dict[str, Any]] | None = None

    def decide(text: str, messages: Sequence[dict[str, Any]]) -> Sequence[Outcome] | str:
        nonlocal present
        plain = _translated(text)
        # "keep" is the plain verdict with TRUE for NULL where nothing is negated.
        others: dict[Undecided, str] = {
            one: _translated(text, undecided=one)
            for one in UNDECIDED_AS
            if one == "drop" or "!" in text
        }
        if messages is not present:
            rows = [row(number, message) for number, message in enumerate(messages)]
            database.execute(
                "CREATE OR REPLACE TEMP TABLE messages (number INT, data TEXT, meta TEXT)"
            )
            # Row by row takes DuckDB longer than planning a filter.
            columns = [list(column) for column in zip(*rows, strict=True)]
            database.execute(
                "INSERT INTO messages SELECT unnest(?), unnest(?::TEXT[]), unnest(?::TEXT[])",
                columns,
            )
            present = messages
        found = _asked(database, [plain, *others.values()])
        if not isinstance(found, str):
            return [
                verdict_of(answer, dict(zip(others, rest, strict=True))) for answer, *rest in found
            ]
        verdicts = [Filter(text).evaluate(message) for message in messages]
        for undecided, sql in others.items():
            answers = _asked(database, [sql])
            expected = [(verdict in UNDECIDED_AS[undecided],) for verdict in verdicts]
            if not isinstance(answers, str) and answers != expected:
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
