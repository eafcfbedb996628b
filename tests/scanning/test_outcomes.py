"""The first outcomes are the interpreter's, the next ones those of generated code: the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from pnfilter import Message, compile
from pnfilter.scanning import outcomes
from pnfilter.scanning.outcomes import Outcomes
from pnfilter.values import Reason

MESSAGES: list[Mapping[str, Any] | Message] = [
    {"data": {"n": 5}},
    {"data": {"n": 4}, "meta": None},
    {"data": {"n": "5"}},
    {"meta": {}},
    {},
    Message({"n": 5}),
    Message({"n": 5}, kind="signal"),
]


@pytest.mark.parametrize("few", [0, 1, 3, 100])
def test_outcomes_are_those_of_the_filter(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "FEW", few)
    filter = compile("data.n == 5")
    found = [*map(Outcomes(filter), MESSAGES)]
    assert found == [*map(filter.outcome, MESSAGES)]
    assert found[:2] == [True, False]
    assert found[-1] is Reason.EVENT_KIND
