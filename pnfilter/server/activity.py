"""What the emulator does, as log lines and counters."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Final

import pnfilter
from pnfilter.diagnostics import Diagnostic, Severity
from pnfilter.explain import Explanation, show_value
from pnfilter.filters import Filter
from pnfilter.message import AnyMessage, EventType
from pnfilter.records import replace
from pnfilter.semantics import Reason, Verdict
from pnfilter.semantics.assumptions import Assumptions
from pnfilter.server.broker.events import Event
from pnfilter.server.broker.subscriptions import Subscriber
from pnfilter.server.http.request import Request
from pnfilter.server.http.response import Answer
from pnfilter.server.log import Entry, ShownRequest, showable
from pnfilter.server.quotas import LimitReached

LOG: Final = logging.getLogger("pnfilter.server")
#: The line of each request.
ACCESS: Final = logging.getLogger("pnfilter.server.access")

#: The operation of requests for the playground's page, which are counted and not logged.
PAGE: Final = "playground"
#: The code of the checker for a part of a filter that rests on an assumed rule.
ASSUMED: Final = "I504"
_MARK: Final = "; it rests on assumed rules: to work here is no proof that it works on the service"
#: Findings of one filter that are logged.
MAX_FINDINGS: Final = 20
#: Filters whose findings are kept, for the next subscriber with the same one.
MAX_CHECKED: Final = 256
#: Seconds between two log lines of keysets without room for one kind of data.
_SILENT_SECONDS: Final = 10


class ActivityCounts:
    """What happened since the start, as plain numbers.

    ``requests`` by operation and status: 0 if the client went away, an empty operation for what
    is none. ``events`` by kind, fired ones too. The others count what happened to subscribers,
    each event once for each of them.
    """

    __slots__ = ("delivered", "events", "held_back", "missed", "requests", "undecided")

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.events: Counter[EventType] = Counter()
        self.delivered = 0
        self.held_back = 0
        self.undecided = 0
        self.missed = 0


class _RequestEntry(Entry):
    """The line of a request; its sentence and its values are made when they are asked for."""

    __slots__ = ("_access", "_answer", "_request", "_seconds")

    def __init__(self, request: Request, answer: Answer | None, seconds: float) -> None:
        self.event = "request"
        self._request = request
        self._access = request.access
        self._answer = answer
        self._seconds = seconds

    def __str__(self) -> str:
        answer, request = self._answer, ShownRequest(self._request)
        outcome = f"{answer.status} {answer.size} B" if answer is not None else "given up"
        access = f" [{self._access}]" if self._access else ""
        return (
            f"{request.operation or '-'} {request} {outcome} {self._seconds * 1000:.1f} ms{access}"
        )

    @property
    def fields(self) -> dict[str, Any]:
        answer = self._answer
        return {
            **ShownRequest(self._request).fields(),
            "status": answer.status if answer is not None else 0,
            "bytes": answer.size if answer is not None else 0,
            "ms": round(self._seconds * 1000, 1),
            **({"access": self._access} if self._access else {}),
        }


class Activity:
    """Writes the log, and counts: what the broker reports to its ``Observer``, and each request.

    Neither keys, tokens and signatures nor payloads and metadata are ever logged, but for the
    fields of a message that ``explain`` asks for.
    """

    def __init__(self, *, explain: bool = False) -> None:
        self.counts = ActivityCounts()
        self._explain = explain
        self._check = lru_cache(MAX_CHECKED)(_check)
        self._silent_until: dict[str, float] = {}
        # What the records of all requests have, once there is one.
        self._alike: dict[str, Any] | None = None
        #: Called for each event.
        self.listener: Callable[[Event], None] | None = None

    def on_answered(self, request: Request, answer: Answer | None, seconds: float) -> None:
        """A request was answered, or given up by its client: None."""
        status = answer.status if answer is not None else 0
        self.counts.requests[request.operation, status] += 1
        # The page asks at each keystroke.
        if request.operation == PAGE or not ACCESS.isEnabledFor(logging.INFO):
            return
        ACCESS.handle(self._record(_RequestEntry(request, answer, seconds)))

    def _record(self, entry: Entry) -> logging.LogRecord:
        """Return the record for the handlers of the access log.

        A logger by itself looks for the line of code, and each record for the names of its file,
        thread and process. All records here share these, and copying them takes a tenth of that.
        """
        alike = self._alike
        if alike is None:
            made = logging.LogRecord(ACCESS.name, logging.INFO, __file__, 0, "", None, None)
            alike = self._alike = vars(made)
        record = logging.LogRecord.__new__(logging.LogRecord)
        record.__dict__.update(alike)
        now = time.time()
        record.msg = entry
        record.relativeCreated += (now - record.created) * 1000
        record.created, record.msecs = now, now % 1 * 1000
        return record

    def on_refused(self, full: LimitReached) -> None:
        """A keyset had no room; logged once in a while for each kind of data."""
        what = full.bound.what
        now = time.monotonic()
        if now < self._silent_until.get(what, 0):
            return
        self._silent_until[what] = now + _SILENT_SECONDS
        LOG.warning(Entry("full", f"{full}: more is refused", what=what, most=full.bound.keyset))

    def on_published(self, event: Event) -> None:
        """An event was published: a message, or what comes of something else."""
        self.counts.events[event.message.kind] += 1
        if self.listener is not None:
            self.listener(event)

    def on_delivered(self) -> None:
        """A subscriber is sent an event."""
        self.counts.delivered += 1

    def on_handshake(self, subscriber: Subscriber) -> None:
        """A subscriber is here: what the checker finds in its filter, once for each of its filters.

        A filter that rests on an assumed rule is marked.
        """
        text = subscriber.filter.text
        if subscriber.is_logged or not text or not LOG.isEnabledFor(logging.WARNING):
            return
        subscriber.is_logged = True
        compiled = subscriber.filter.compiled
        findings, assumed = self._check(text, compiled and compiled.assumptions)
        about: dict[str, Any] = {"user": showable(subscriber.user), "filter": showable(text)}
        LOG.info(
            Entry(
                "filter",
                f"filter of {_name(subscriber)}: {about['filter']}{_MARK if assumed else ''}",
                **about,
                channels=[showable(name) for name in subscriber.channels[:MAX_FINDINGS]],
                groups=[showable(name) for name in subscriber.groups[:MAX_FINDINGS]],
                assumed=assumed,
            )
        )
        for finding in findings:
            self._log_finding(subscriber, finding, about)

    def _log_finding(
        self, subscriber: Subscriber, finding: Diagnostic, about: dict[str, Any]
    ) -> None:
        level = logging.INFO if finding.severity is Severity.INFO else logging.WARNING
        text = f"{finding.code} in the filter of {_name(subscriber)}: {finding.message}"
        LOG.log(
            level,
            Entry(
                "finding",
                f"{text}; {finding.help}" if finding.help else text,
                **about,
                code=finding.code,
                severity=str(finding.severity),
                message=finding.message,
                help=finding.help,
                start=finding.span.start,
                end=finding.span.end,
            ),
        )

    def on_undecided(self, subscriber: Subscriber, event: Event, reason: Reason) -> None:
        """Count an undecided event, and log it once for each filter in use and reason."""
        self.counts.undecided += 1
        filter = subscriber.filter
        if reason in filter.logged_reasons:
            return
        # Kept there, it takes no room of other keysets, and goes with the filter.
        filter.logged_reasons += (reason,)
        text = filter.text
        # Of what filters are not applied to, this holds for any filter.
        LOG.log(
            logging.INFO if reason is Reason.EVENT_KIND else logging.WARNING,
            Entry(
                "undecided",
                f"undecided on {showable(event.channel)}: {showable(text)}: {reason.text}",
                user=showable(subscriber.user),
                channel=showable(event.channel),
                filter=showable(text),
                reason=reason.value,
                message=reason.text,
            ),
        )

    @property
    def explains(self) -> bool:
        """Whether the log has the reason why each event was held back."""
        return self._explain and LOG.isEnabledFor(logging.INFO)

    def on_held_back(self, subscriber: Subscriber, event: Event) -> None:
        """An event did not pass a subscriber's filter."""
        self.count_held_back(1)
        if not self.explains:
            return
        filter = subscriber.filter
        if filter.compiled is None:
            why = "its filter is malformed" if filter.error is not None else "it has no filter"
        else:
            why = why_held_back(filter.compiled, event.message)
        LOG.info(
            Entry(
                "held-back",
                f"held back from {_name(subscriber)} on {showable(event.channel)}: {showable(why)}",
                user=showable(subscriber.user),
                channel=showable(event.channel),
                filter=showable(filter.text),
                timetoken=str(event.timetoken),
                why=showable(why),
            )
        )

    def count_held_back(self, number: int) -> None:
        """The same of so many subscribers or events at once, where it ``explains`` none."""
        self.counts.held_back += number

    def on_missed(self, subscriber: Subscriber, channels: list[str]) -> None:
        """A subscriber came back after events that it had not seen were dropped."""
        self.counts.missed += 1
        names = [showable(channel) for channel in channels[:MAX_FINDINGS]]
        LOG.warning(
            Entry(
                "missed",
                f"{_name(subscriber)} came back too late: older messages of {', '.join(names)} "
                "were dropped from the queue, and some of them may not have been seen",
                user=showable(subscriber.user),
                channels=names,
            )
        )


def _check(text: str, settled: Assumptions | None) -> tuple[list[Diagnostic], bool]:
    """Return the findings to log, as they are shown; and whether a part rests on an assumed rule.

    No more is kept of a filter: it may have a finding for each of its words.
    """
    findings = pnfilter.check(text, assume=settled)
    logged = (
        replace(finding, message=showable(finding.message), help=showable(finding.help), fix=None)
        for finding in findings
        if finding.severity is not Severity.INFO or finding.code == ASSUMED
    )
    return list(islice(logged, MAX_FINDINGS)), any(found.code == ASSUMED for found in findings)


def _name(subscriber: Subscriber) -> str:
    return showable(subscriber.user) or "a subscriber without a uuid"


#: Conditions that are named where each of several had to fail.
MAX_NAMED: Final = 3


def why_held_back(filter: Filter, message: AnyMessage) -> str:
    """Return the conditions that decided, each with the values of its fields in the message."""
    explanation = filter.explain(message)
    if explanation.verdict is Verdict.MATCH:
        return "its filter lets it through, and something else holds it back"
    decisive = list(_decisive(explanation))
    named = "; ".join(_describe(part) for part in decisive[:MAX_NAMED])
    more = len(decisive) - MAX_NAMED
    return f"{named}; and {more:,} more" if more > 0 else named


def _decisive(part: Explanation) -> Iterator[Explanation]:
    """Return the smallest conditions to which the verdict of a part is due."""
    conditions = [
        child
        for child in part.children
        if child.verdict is not None and child.cause != "short-circuited"
    ]
    # One that says the same decides alone in a conjunction; all do in a disjunction. A negation
    # has the other verdict than its condition.
    alike = [child for child in conditions if child.verdict is part.verdict] or conditions
    if not alike:
        yield part
        return
    for child in alike:
        yield from _decisive(child)


def _describe(part: Explanation) -> str:
    verdict = "" if part.verdict is None else part.verdict.value
    fields = [
        f"{child.text} is {show_value(child.value)}"
        for child in part.children
        if not child.is_literal and child.verdict is None
    ]
    # A note may repeat what the list says of a field.
    if part.note:
        fields = [*(field for field in fields if not part.note.startswith(field)), part.note]
    return f"`{part.text}` is {verdict}" + (f" ({', '.join(fields)})" if fields else "")
