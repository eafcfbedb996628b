"""Compare what the service delivered through a filter with what the filter says here."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from pnfilter.explain import Explanation
from pnfilter.filters import Filter, compile
from pnfilter.live.recording import PER_SECOND, Mark, Recorded
from pnfilter.semantics import Reason
from pnfilter.semantics.questions import BY_NAME

#: Seconds at both ends of the time that was recorded in which a missing message says nothing: it
#: may have been on its way.
SLACK: Final = 1.0
#: Disagreements that are kept with their explanation; later ones are counted.
MAX_KEPT: Final = 100

#: What the service did with a message.
Act = Literal["delivered", "held back"]
_Key = tuple[int | None, str]


class Disagreement(NamedTuple):
    """A message that the service ``delivered`` or ``held back`` although the filter differs."""

    act: Act
    recorded: Recorded
    explanation: Explanation


@dataclass(slots=True)
class Support:
    """UNDECIDED messages by what one reading makes of them.

    With it the verdict is what the service did (``agreed``), or the opposite (``disagreed``); on
    other messages it stays UNDECIDED, for another reason.
    """

    agreed: int = 0
    disagreed: int = 0


@dataclass(slots=True)
class Comparison:
    """What came of a comparison.

    ``agreed``, ``disagreed``: messages on which the service and the filter agree or not, by what
    the service did. ``settled``: UNDECIDED messages, by the reason and by what the service did.
    ``readings``: for each such reason, how many of its messages agree with each reading of its
    question, by the reading's name.
    ``unjudged``: messages that were not delivered and whose absence says nothing, as the subscriber
    with the filter may not have listened then. ``unrecorded``: messages that were delivered and are
    not in the recording. ``untimed``: messages without a timetoken, which can't be found on the
    other side. ``disagreements``: the first ``MAX_KEPT``. ``filters``: those that the subscriber
    had, as the recording says.
    """

    agreed: Counter[Act] = field(default_factory=Counter)
    disagreed: Counter[Act] = field(default_factory=Counter)
    settled: Counter[tuple[Reason, Act]] = field(default_factory=Counter)
    readings: dict[Reason, dict[str, Support]] = field(default_factory=dict)
    unjudged: int = 0
    unrecorded: int = 0
    untimed: int = 0
    disagreements: list[Disagreement] = field(default_factory=list)
    filters: list[str] = field(default_factory=list)

    @property
    def judged(self) -> int:
        """Messages of which the comparison says something."""
        return self.agreed.total() + self.disagreed.total() + self.settled.total()


def compare(
    filter: Filter,
    recorded: Iterable[Recorded | Mark],
    delivered: Iterable[Recorded | Mark] | None = None,
    *,
    slack: float = SLACK,
) -> Comparison:
    """Compare two recordings of the same time: of everything, and of what came through a filter.

    Without ``delivered``, the marks of ``recorded`` say what came through the filter, as
    ``pnfilter tail --both`` writes them; it is then iterated twice. That a message was not
    delivered counts only where the subscriber with the filter listened: between its marks, or
    without marks from its first message to its last; more than ``slack`` seconds from the ends of
    that time and from the gaps in it. Memory grows with what was delivered.
    """
    found = Comparison()
    judge = _Judge(found, filter)
    # Which part of a mark at the start has the filter of the subscriber whose messages count.
    coverage = _Coverage("both" if delivered is None else "filter")
    keys: set[_Key] = set()
    for each in recorded if delivered is None else delivered:
        if isinstance(each, Mark):
            coverage.take_mark(each)
            if delivered is None and each.kind == "delivered":
                keys.add((each.timetoken, str(each.details.get("channel") or "")))
        elif each.timetoken is None:
            found.untimed += delivered is not None
        else:
            coverage.take(each.timetoken)
            if delivered is not None and each.key not in keys:
                keys.add(each.key)
                judge(each, "delivered")
    coverage.end(int(slack * PER_SECOND))
    found.filters += coverage.filters
    unseen = set(keys)
    for each in recorded:
        if isinstance(each, Mark):
            continue
        if each.timetoken is None:
            found.untimed += 1
            continue
        # An item of history doesn't say its channel.
        key = each.key if each.key in keys else (each.timetoken, "")
        if key not in keys:
            if coverage.has(each.timetoken):
                judge(each, "held back")
            else:
                found.unjudged += 1
        elif key in unseen:
            unseen.discard(key)
            if delivered is None:
                judge(each, "delivered")
    found.unrecorded = len(unseen)
    return found


class _Judge:
    """Counts messages by what the service did, and by what the filter says."""

    def __init__(self, found: Comparison, filter: Filter) -> None:
        self._found = found
        self._filter = filter
        #: The filter with each reading of the question of a reason.
        self._settled_by: dict[Reason, dict[str, Filter]] = {}

    def __call__(self, each: Recorded, act: Act) -> None:
        found = self._found
        outcome = self._filter.outcome(each.message)
        if isinstance(outcome, Reason):
            found.settled[outcome, act] += 1
            self._try_readings(outcome, each, act)
        elif outcome is (act == "delivered"):
            found.agreed[act] += 1
        else:
            found.disagreed[act] += 1
            if len(found.disagreements) < MAX_KEPT:
                explanation = self._filter.explain(each.message)
                found.disagreements.append(Disagreement(act, each, explanation))

    def _try_readings(self, reason: Reason, each: Recorded, act: Act) -> None:
        question = BY_NAME.get(reason.value)
        if question is None:
            return
        filters = self._settled_by.get(reason)
        if filters is None:
            given: Mapping[str, str] = self._filter.assumptions or {}
            filters = self._settled_by[reason] = {
                reading.name: compile(self._filter.text, {**given, question.name: reading.name})
                for reading in question.readings
            }
            self._found.readings[reason] = {name: Support() for name in filters}
        for name, filter in filters.items():
            outcome = filter.outcome(each.message)
            if not isinstance(outcome, Reason):
                support = self._found.readings[reason][name]
                if outcome is (act == "delivered"):
                    support.agreed += 1
                else:
                    support.disagreed += 1


class _Coverage:
    """When a subscriber listened, by its marks or else by its messages."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.filters: list[str] = []
        self._first = self._last = 0
        self._begun: int | None = None
        self._is_marked = False
        #: From and to, in units of a timetoken.
        self._spans: list[tuple[int, int]] = []
        self._starts: list[int] = []

    def take(self, timetoken: int) -> None:
        """A message was received."""
        self._first = min(self._first or timetoken, timetoken)
        self._last = max(self._last, timetoken)

    def take_mark(self, mark: Mark) -> None:
        """The recording says when it begins, ends, or has a gap."""
        time = mark.timetoken
        if mark.kind == "start":
            self._is_marked = True
            text = mark.details.get(self._source)
            if isinstance(text, str):
                if text not in self.filters:
                    self.filters.append(text)
            elif self._source == "both":
                # It says nothing of a second subscriber.
                return
            goes_on = mark.details.get("part") not in (None, 1) and self._spans
            self._begun = self._spans.pop()[0] if goes_on else time
        elif mark.kind == "gap" and self._begun is not None:
            since = str(mark.details.get("since"))
            self._spans.append((self._begun, int(since) if since.isdecimal() else time))
            self._begun = time
        elif mark.kind == "end" and self._begun is not None:
            self._spans.append((self._begun, time))
            self._begun = None

    def end(self, slack: int) -> None:
        """There is no more; from here on ``has`` may be asked."""
        if self._begun is not None:
            # The process that wrote it was killed.
            self._spans.append((self._begun, self._last))
        if not self._is_marked:
            self._spans.append((self._first, self._last))
        self._spans = sorted((start + slack, end - slack) for start, end in self._spans)
        self._starts = [start for start, _ in self._spans]

    def has(self, timetoken: int) -> bool:
        """Return whether the subscriber listened then."""
        place = bisect_right(self._starts, timetoken)
        return place > 0 and timetoken <= self._spans[place - 1][1]
