"""What a probe found out: an outcome for each question and rule, with the evidence."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple

from pnfilter.probe.planning import FIRST, LAST, ROUNDS, Asked, Plan, question_of
from pnfilter.probe.state import Observation, State
from pnfilter.semantics.questions import BY_NAME, Question
from pnfilter.wording import counted

Outcome = Literal["settled", "confirmed", "contradicted", "undecided"]
#: The form of the JSON report.
VERSION: Final = 1
#: Of so many pairs of filter and message one may be answered otherwise in the other round. Where
#: more are, messages come and get lost at random, and a question could be answered so twice.
STEADY_PAIRS: Final = 200


class Delivery(NamedTuple):
    """A message for a filter: whether it was delivered, by round; None where that isn't known.

    ``expected`` is what a definite rule says; None for a question.
    """

    asked: Asked
    delivered: tuple[bool | None, ...]
    expected: bool | None


class Found(NamedTuple):
    """What was found out about a question or a rule.

    ``reading`` is that of a settled question, else empty; ``reason`` says why nothing can be
    decided, or how a rule is contradicted, and is empty otherwise.
    """

    name: str
    outcome: Outcome
    reading: str
    reason: str
    deliveries: tuple[Delivery, ...]

    @property
    def question(self) -> str:
        """The question, or the claim of the rule."""
        return question_of(self.name)


class Report(NamedTuple):
    """The report of a run. ``latency`` is in seconds; ``started`` and ``finished`` are times."""

    found: tuple[Found, ...]
    origin: str
    channel: str
    region: str
    headers: dict[str, str]
    started: datetime
    finished: datetime
    latency: float | None
    transactions: int
    exchanges: list[dict[str, Any]]

    @classmethod
    def of(cls, plan: Plan, state: State) -> Report:
        """Judge what was observed."""
        general = _unsteadiness(plan, state)
        return cls(
            tuple(_judge(name, plan, state, general) for name in plan.names),
            state.origin,
            state.channel,
            next((each.region for each in state.rounds if each.region), ""),
            state.headers,
            datetime.fromtimestamp(state.started, UTC),
            datetime.fromtimestamp(state.finished or state.started, UTC),
            state.latency,
            state.transactions,
            state.exchanges,
        )

    @property
    def assumptions(self) -> dict[str, str]:
        """The settled questions with their readings, as ``pnfilter.compile`` takes them."""
        return {each.name: each.reading for each in self.found if each.outcome == "settled"}

    def to_dict(self) -> dict[str, Any]:
        """Return the whole report as JSON values."""
        from pnfilter import __version__

        return {
            "pnfilter_probe_report": VERSION,
            "pnfilter": __version__,
            "origin": self.origin,
            "region": self.region,
            "headers": self.headers,
            "started": self.started.isoformat(timespec="seconds"),
            "finished": self.finished.isoformat(timespec="seconds"),
            "channel": self.channel,
            "latency_seconds": None if self.latency is None else round(self.latency, 4),
            "transactions": self.transactions,
            "assumptions": self.assumptions,
            "results": [_as_dict(each) for each in self.found],
            "exchanges": self.exchanges,
        }

    def __str__(self) -> str:
        """Return a summary: a line for each question and rule, and the reasons."""
        width = max(len(_headline(each)) for each in self.found)
        lines = []
        for each in self.found:
            lines.append(f"{each.outcome:<12} {_headline(each):<{width}}  {each.question}")
            if each.reason:
                lines.append(f"{'':12} {each.reason}")
        counts = Counter(each.outcome for each in self.found)
        total = ", ".join(f"{number} {outcome}" for outcome, number in counts.items())
        seconds = (self.finished - self.started).total_seconds()
        latency = "unknown" if self.latency is None else f"{self.latency * 1000:,.0f} ms"
        region = f", region {self.region}" if self.region else ""
        return "\n".join(
            [
                *lines,
                "",
                f"{total}: {self.origin}{region}, {self.started:%Y-%m-%d %H:%M} UTC, "
                f"{counted(self.transactions, 'transaction')} in {seconds:,.0f} s, "
                f"latency {latency}",
            ]
        )


def _headline(found: Found) -> str:
    return f"{found.name}={found.reading}" if found.reading else found.name


def _unsteadiness(plan: Plan, state: State) -> str:
    """Return what makes all answers doubtful: too many that differ between the rounds."""
    pairs = different = 0
    for subject in plan.subjects:
        observed = [each.observed.get(subject.filter) for each in state.rounds]
        seen = [set(each.slots) for each in observed if each and not each.failure]
        # A filter whose controls came too late is undecided by itself, and says so.
        if len(seen) == len(observed) and all({FIRST, LAST} <= each for each in seen):
            pairs += len(plan.messages)
            either, both = seen[0].union(*seen), seen[0].intersection(*seen)
            different += len(either - both)
    if different <= pairs // STEADY_PAIRS:
        return ""
    return f"{counted(different, 'answer')} of {pairs} differed between the rounds: try again"


def _judge(name: str, plan: Plan, state: State, general: str) -> Found:
    """Judge a question or a rule; ``general`` is a problem of all of them, or empty."""
    asked = [each for each in plan.asked if each.trial.name == name]
    question = BY_NAME.get(name)
    problems: list[str] = []
    deliveries: list[Delivery] = []
    for each in asked:
        problem, delivered = _delivered(each, plan, state)
        expected = None if question else each.outcome({})
        deliveries.append(Delivery(each, delivered, expected))
        if problem and problem not in problems:
            problems.append(problem)
    if general and not problems:
        problems = [general]
    if question is None and not general:
        return _judge_rule(name, deliveries, problems)
    if problems or question is None:
        return Found(name, "undecided", "", "; ".join(problems), tuple(deliveries))
    reading = _reading(question, deliveries)
    reason = "" if reading else "what was delivered fits no reading"
    return Found(name, "settled" if reading else "undecided", reading, reason, tuple(deliveries))


def _judge_rule(name: str, deliveries: list[Delivery], problems: list[str]) -> Found:
    """Judge a rule: one delivery against it is enough, and all have to be known to confirm it."""
    wrong = [each for each in deliveries if set(each.delivered) == {not each.expected}]
    if wrong:
        asked, delivered, _ = wrong[0]
        act = "delivered" if delivered[0] else "not delivered"
        fields = json.dumps(_fields(asked), ensure_ascii=False)
        reason = f"{asked.subject.filter}: {fields} was {act}"
        return Found(name, "contradicted", "", reason, tuple(deliveries))
    outcome: Outcome = "undecided" if problems else "confirmed"
    return Found(name, outcome, "", "; ".join(problems), tuple(deliveries))


def _delivered(asked: Asked, plan: Plan, state: State) -> tuple[str, tuple[bool | None, ...]]:
    """Return what is wrong with a trial, empty for nothing, and its answer in each round."""
    text = asked.subject.filter
    problem = ""
    answers: list[bool | None] = []
    for number, round in enumerate(state.rounds, 1):
        observed = round.observed.get(text)
        wrong = _fault_of(observed, plan.controls[text])
        if observed is None or wrong:
            problem = problem or f"{text}: {wrong} (round {number})"
            answers.append(None)
        else:
            answers.append(asked.slot in observed.slots)
    if not problem and len(set(answers)) != 1:
        problem = f"{text}: the rounds disagree"
    return problem, tuple(answers) or (None,) * ROUNDS


def _fault_of(observed: Observation | None, controls: dict[str, bool]) -> str:
    """Return why an observation says nothing; empty if it does."""
    if observed is None:
        return "not asked, all transactions were made"
    if observed.failure:
        return observed.failure
    if any(arrives and slot not in observed.slots for slot, arrives in controls.items()):
        return "a control that must arrive did not"
    if any(not arrives and slot in observed.slots for slot, arrives in controls.items()):
        return "a control that must not arrive did"
    return ""


def _reading(question: Question, deliveries: list[Delivery]) -> str:
    """Return the reading by which everything is delivered as it was; empty if there is none."""
    for reading in question.readings:
        assume = {question.name: reading.name}
        if all(each.asked.outcome(assume) is each.delivered[0] for each in deliveries):
            return reading.name
    return ""


def _fields(asked: Asked) -> dict[str, Any]:
    data, meta = asked.trial.fields
    return {"data": data} | ({"meta": meta} if meta else {})


def _as_dict(found: Found) -> dict[str, Any]:
    return {
        "name": found.name,
        "question": found.question,
        "outcome": found.outcome,
        **({"reading": found.reading} if found.reading else {}),
        **({"reason": found.reason} if found.reason else {}),
        "trials": [
            {
                "filter": each.asked.subject.filter,
                "message": _fields(each.asked),
                "form": each.asked.trial.form,
                "slot": each.asked.slot,
                "delivered": [*each.delivered],
                **({} if each.expected is None else {"expected": each.expected}),
            }
            for each in found.deliveries
        ],
    }
