"""The plan: it distinguishes all readings, by messages that depend on one question each."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from pnfilter import Message, Verdict, compile
from pnfilter.probe import plan
from pnfilter.probe.planning import FIRST, LAST, REJECTED, Asked, Plan, Published
from pnfilter.probe.service import MAX_TRANSACTIONS
from pnfilter.probe.trials import RULES, SUBJECTS, Subject
from pnfilter.semantics.questions import BY_NAME, QUESTIONS, Question
from pnfilter.server.settings import MAX_SIGNAL
from tests.examples import share

#: Bytes of a request line that every way to the service takes.
MAX_PATH = 8_000
ALL = plan()
ROOT = Path(__file__).parents[2]


def message_of(published: Published) -> Message:
    """The message as a filter sees it, with its id."""
    kind: Any = "signal" if published.is_signal else "message"
    return Message({"id": "0.0.s0"} | published.data, published.meta, kind=kind)


def by_slot(planned: Plan = ALL) -> dict[str, Message]:
    return {each.slot: message_of(each) for each in planned.messages}


def evaluated(asked: Asked, assume: dict[str, str]) -> Any:
    """The outcome on the message as it is published, with the fields of all filters."""
    return compile(asked.subject.filter, assume).outcome(by_slot()[asked.slot])


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each.name)
def test_the_messages_of_a_question_distinguish_its_readings(question: Question) -> None:
    asked = [each for each in ALL.asked if each.trial.name == question.name]
    found = {
        tuple(each.outcome({question.name: reading.name}) for each in asked)
        for reading in question.readings
    }
    assert len(found) == len(question.readings)
    assert all(isinstance(value, bool) for answer in found for value in answer)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each.name)
def test_no_message_of_a_question_can_be_left_out(question: Question) -> None:
    asked = [each for each in ALL.asked if each.trial.name == question.name]
    if question.name == "event-kind":
        # One of its signals must arrive by every reading.
        asked = asked[1:]
    if question.name == "missing-differs":
        # It is asked of the payload and of the metadata.
        asked = asked[:1]
    for left_out in range(len(asked)):
        rest = [*asked[:left_out], *asked[left_out + 1 :]]
        found = {
            tuple(each.outcome({question.name: reading.name}) for each in rest)
            for reading in question.readings
        }
        assert len(found) < len(question.readings)


def test_a_verdict_depends_on_its_question_alone() -> None:
    below = random.Random(22).choice
    for asked in ALL.asked:
        question = BY_NAME.get(asked.trial.name)
        readings = [""] if question is None else [each.name for each in question.readings]
        for reading in readings:
            own = {} if question is None else {question.name: reading}
            alone = asked.outcome(own)
            assert isinstance(alone, bool)
            for _ in range(share(20)):
                others = {each.name: below(each.readings).name for each in QUESTIONS}
                assert evaluated(asked, others | own) is alone, (asked, others)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda each: each.filter)
def test_controls_depend_on_nothing(subject: Subject) -> None:
    filter, messages = compile(subject.filter), by_slot()
    assert filter.evaluate(messages[FIRST]) is Verdict.MATCH
    assert filter.evaluate(messages[LAST]) is Verdict.MATCH
    assert filter.evaluate(messages[REJECTED]) is Verdict.NO_MATCH


def test_each_filter_reads_fields_of_its_own() -> None:
    seen: set[str] = set()
    for subject in SUBJECTS:
        fields = set(map(str, compile(subject.filter).fields))
        assert not fields & seen
        seen |= fields


def test_all_questions_and_rules_are_asked_in_the_order_of_everyday_filters() -> None:
    assert set(ALL.names) == BY_NAME.keys() | {rule.name for rule in RULES}
    assert ALL.names[:3] == ("missing-differs", "no-metadata", "number-and-text")


@pytest.mark.parametrize("name", ALL.names)
def test_one_question_alone(name: str) -> None:
    planned = plan([name])
    assert planned.names == (name,)
    for asked in planned.asked:
        if asked.trial.name == name:
            own = {each.name: each.readings[0].name for each in QUESTIONS}
            found = compile(asked.subject.filter, own).outcome(by_slot(planned)[asked.slot])
            assert found is evaluated(asked, own)
    assert any(each.is_signal for each in planned.messages) is (name == "event-kind")
    assert planned.transactions < 50


def test_messages_are_small_and_transactions_few() -> None:
    for each in ALL.messages:
        data = json.dumps({"id": "1.9.g1"} | each.data, separators=(",", ":"))
        assert len(quote(data, safe="") + quote(json.dumps(each.meta or {}))) < MAX_PATH
        assert not each.is_signal or len(data) <= MAX_SIGNAL
        # No metadata at all is a question, and an empty object might be one too.
        assert each.meta is None or each.meta["probe"] == 1
    assert ALL.transactions <= MAX_TRANSACTIONS / 2
    assert ALL.seconds(10) >= ALL.transactions / 10


def test_the_page_has_each_unknown_with_the_command_that_settles_it() -> None:
    page = (ROOT / "docs/explanation/evidence.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| (.+) \| `pnfilter probe --run --only (.+)` \|$", page)
    names = [name for name in ALL.names if name in BY_NAME]
    assert rows == [(BY_NAME[name].question, name) for name in names]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("missing-difers", "did you mean missing-differs?"), ("x" * 3000, "there is missing-differs")],
)
def test_an_unknown_name_is_refused(name: str, hint: str) -> None:
    with pytest.raises(ValueError, match="not a question or a rule") as raised:
        plan([name])
    assert hint in str(raised.value)
    assert len(str(raised.value)) < 800
