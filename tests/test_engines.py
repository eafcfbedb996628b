"""The filters of the conformance suite on earthquakes.

All engines say what the interpreter says.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pnfilter import FilterSet, Reason
from pnfilter.interpreter import condition
from pnfilter.scanning.evaluator import LineEvaluator, MatchOptions
from tests.generated import generated
from tests.test_conformance import VERDICTS, filter_text

BLOCK = (Path(__file__).parents[1] / "examples" / "quakes.ndjson").read_bytes()
MESSAGES: list[dict[str, Any]] = [json.loads(line) for line in BLOCK.splitlines()]
#: Each filter is asked about each so many of them, and each of them comes up.
EACH = 4
#: But for those at the limits of the language, which take up to milliseconds for each message.
TEXTS = [text for text in dict.fromkeys(map(filter_text, VERDICTS)) if len(text) < 250]


@pytest.mark.sliced(8)
@pytest.mark.parametrize("start", range(0, len(TEXTS), 100))
def test_every_filter_on_earthquakes(start: int) -> None:
    filters = [generated(text) for text in TEXTS[start : start + 100]]
    share = slice(start // 100 % EACH, None, EACH)
    messages, block = MESSAGES[share], b"\n".join(BLOCK.splitlines()[share])
    matched: list[set[int]] = [set() for _ in messages]
    undecided: list[set[int]] = [set() for _ in messages]
    for key, filter in enumerate(filters):
        outcomes = [condition(filter.expression, each["data"], each["meta"]) for each in messages]
        assert [filter.outcome(each) for each in messages] == outcomes, filter
        numbers = [number for number, outcome in enumerate(outcomes) if outcome is True]
        for only_matches in (False, True):
            selection = MatchOptions(undecided="drop", lines=True, only_matches=only_matches)
            report = LineEvaluator(filter, selection).report(block)
            assert [number for number, _ in report.found] == numbers, filter
            if not only_matches:
                reasons = Counter(each.value for each in outcomes if isinstance(each, Reason))
                assert report.undecided == reasons, filter
        for number, outcome in enumerate(outcomes):
            if outcome is True:
                matched[number].add(key)
            elif isinstance(outcome, Reason):
                undecided[number].add(key)
    index = FilterSet(dict(enumerate(filters)))
    for number, message in enumerate(messages):
        found = index.match(message)
        assert (set(found.matched), set(found.undecided)) == (matched[number], undecided[number])
