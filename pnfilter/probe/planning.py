"""The plan of a probe: which messages are published, to which filters, and what that costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Final, NamedTuple

from pnfilter.filters import compile
from pnfilter.message import Message
from pnfilter.probe.service import DEFAULT_RATE
from pnfilter.probe.trials import RULES, SUBJECTS, Fields, Subject, Trial
from pnfilter.semantics.questions import BY_NAME
from pnfilter.wording import shorten

#: How often everything is asked.
ROUNDS: Final = 2
#: Messages by which the latency is measured.
PINGS: Final = 3
#: Polls that wait at the same time.
PARALLEL: Final = 8
#: Polls of one filter in one round: so the limit of transactions holds for every plan.
MAX_POLLS: Final = 5
#: Ordinary messages beside the controls: the last one has no metadata.
SLOTS: Final = 3
#: The start of the names of channels; a random ending follows.
CHANNEL: Final = "pnfilter-probe-"
#: Controls: the first and the last message must be delivered, the one before must not be.
FIRST, LAST, REJECTED = "first", "last", "rejected"
#: Metadata that every message has but the bare one: none at all is another question.
_META: Final = {"probe": 1}


class Published(NamedTuple):
    """A message that is published in each round. ``slot`` names it; ``meta`` None for none."""

    slot: str
    data: dict[str, Any]
    meta: dict[str, Any] | None
    is_signal: bool = False

    @property
    def message(self) -> Message:
        """The message as a filter sees it."""
        return Message(self.data, self.meta, kind="signal" if self.is_signal else "message")


class Asked(NamedTuple):
    """A trial of a subject, and the slot of its message."""

    subject: Subject
    trial: Trial
    slot: str

    def outcome(self, assume: Mapping[str, str]) -> bool | None:
        """Return whether the message is delivered under some assumptions.

        None where that depends on what isn't assumed.
        """
        fields, form = self.trial.fields, self.trial.form
        message = Message(
            fields.data,
            fields.meta if form == "message" else None,
            kind="signal" if form == "signal" else "message",
        )
        found = compile(self.subject.filter, assume).outcome(message)
        if isinstance(found, bool):
            return found
        question = BY_NAME[found.value]
        if question.name in assume:
            return None
        others = {self.outcome({**assume, question.name: each.name}) for each in question.readings}
        return others.pop() if len(others) == 1 else None


class Plan:
    """What a probe asks; make one with ``plan``."""

    def __init__(self, names: tuple[str, ...], subjects: tuple[Subject, ...]) -> None:
        #: Questions and rules, in the order in which they are asked.
        self.names: Final = names
        self.subjects: Final = subjects

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        """Every trial with its slot."""
        found: list[Asked] = []
        for subject in self.subjects:
            free = {"message": 0, "signal": 0}
            for trial in subject.trials:
                if trial.form == "bare":
                    slot = f"s{SLOTS - 1}"
                else:
                    slot = f"{'g' if trial.form == 'signal' else 's'}{free[trial.form]}"
                    free[trial.form] += 1
                found.append(Asked(subject, trial, slot))
        return tuple(found)

    @cached_property
    def messages(self) -> tuple[Published, ...]:
        """The messages of a round, in their order, without the ids that they get."""
        by_slot: dict[str, dict[str, Fields]] = {}
        for subject, trial, slot in self.asked:
            by_slot.setdefault(slot, {})[subject.filter] = trial.fields
        middle = [
            *(
                self._message(f"s{number}", by_slot.get(f"s{number}", {}), number)
                for number in range(SLOTS)
            ),
            *(
                Published(slot, _joined(fields.values()).data, None, is_signal=True)
                for slot, fields in by_slot.items()
                if slot.startswith("g")
            ),
            self._control(REJECTED),
        ]
        return (self._control(FIRST), *middle, self._control(LAST))

    def _message(self, slot: str, trials: dict[str, Fields], number: int) -> Published:
        """Put the fields of all filters in one message: filters without a trial reject it."""
        data, meta = _joined(
            trials.get(subject.filter, subject.rejected) for subject in self.subjects
        )
        return Published(slot, data, None if number == SLOTS - 1 else meta | _META)

    def _control(self, slot: str) -> Published:
        data, meta = _joined(
            subject.rejected if slot == REJECTED else subject.arrives for subject in self.subjects
        )
        return Published(slot, data, meta | _META)

    @cached_property
    def controls(self) -> dict[str, dict[str, bool]]:
        """By filter and slot: messages that are no trial of the filter, and whether they arrive.

        Those whose verdict isn't known are left out.
        """
        trials = {(each.subject.filter, each.slot) for each in self.asked}
        found: dict[str, dict[str, bool]] = {}
        for subject in self.subjects:
            filter, own = compile(subject.filter), found.setdefault(subject.filter, {})
            for message in self.messages:
                outcome = filter.outcome(message.message)
                if isinstance(outcome, bool) and (filter.text, message.slot) not in trials:
                    own[message.slot] = outcome
        return found

    @property
    def transactions(self) -> int:
        """Requests where nothing goes wrong: a filter needs an answer, and one poll in vain."""
        latency = 1 + 2 * PINGS
        return latency + ROUNDS * (1 + len(self.messages) + 2 * len(self.subjects))

    def seconds(self, rate: float = DEFAULT_RATE, wait: float = 1.0) -> float:
        """Return about how long it takes, in seconds, where the service answers at once."""
        polls = -(-len(self.subjects) // PARALLEL) * wait
        return max(self.transactions / rate, ROUNDS * polls) + ROUNDS * wait


def _joined(fields: Iterable[Fields]) -> Fields:
    data: dict[str, Any] = {}
    meta: dict[str, Any] = {}
    for each in fields:
        data |= each.data
        meta |= each.meta
    return Fields(data, meta)


def plan(only: Iterable[str] = ()) -> Plan:
    """Return the plan for some questions and rules, for all of them without a name.

    ``ValueError`` for an unknown name.
    """
    known = tuple(dict.fromkeys(trial.name for each in SUBJECTS for trial in each.trials))
    wanted = set(only)
    for name in wanted:
        if name not in known:
            near = get_close_matches(name[:40], known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(known)}"
            raise ValueError(f"not a question or a rule: {shorten(name)}; {hint}")
    names = tuple(name for name in known if not wanted or name in wanted)
    return Plan(
        names,
        tuple(
            subject for subject in SUBJECTS if any(each.name in names for each in subject.trials)
        ),
    )


def question_of(name: str) -> str:
    """Return the question, or the claim of the rule, of a name."""
    if name in BY_NAME:
        return BY_NAME[name].question
    return next(rule.claim for rule in RULES if rule.name == name)
