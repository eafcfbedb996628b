"""Run a probe: measure the latency, publish each message once a round, see what each filter gets.

A subscriber that begins at a cursor gets what was published since. So the messages of a round are
published first, and then each filter polls from the cursor before them: it gets all its messages in
one answer, and another poll shows that no more come.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from pnfilter.probe.planning import (
    FIRST,
    LAST,
    MAX_POLLS,
    PARALLEL,
    PINGS,
    ROUNDS,
    Plan,
    Published,
)
from pnfilter.probe.report import Report
from pnfilter.probe.service import (
    DEFAULT_ORIGIN,
    DEFAULT_RATE,
    Exchange,
    Keys,
    LimitReached,
    Origin,
    Pace,
    ProbeError,
    Service,
)
from pnfilter.probe.state import Observation, Round, State
from pnfilter.probe.trials import Subject

#: Silence that ends a filter's round: so many times the latency, within these bounds in seconds.
WAIT_FACTOR: Final = 10
LEAST_WAIT: Final = 1.0
MOST_WAIT: Final = 10.0
#: The wait for the controls of a filter, by the wait for silence.
PATIENCE: Final = 5
#: How often a message is published that was not answered.
MAX_TRIES: Final = 4
#: Seconds for which the messages of a round are taken to be kept for subscribers; a round that was
#: cut off earlier than that is published again.
KEPT_SECONDS: Final = 300
#: Headers of answers that say where they come from.
ORIGIN_HEADERS: Final = ("server", "via", "x-amz-cf-pop", "x-pn-region")


def run(
    plan: Plan,
    keys: Keys,
    *,
    origin: str = DEFAULT_ORIGIN,
    rate: float = DEFAULT_RATE,
    state: Path | str | None = None,
    least_wait: float = LEAST_WAIT,
    progress: Callable[[str], None] = lambda _: None,
) -> Report:
    """Ask the service, and return what was found out.

    ``origin``: ``HOST`` or ``HOST:PORT``. ``rate``: requests a second. ``state``: a file by which a
    run that was cut off goes on; it is written after each step, and has no keys. ``least_wait``:
    the shortest silence, in seconds, after which nothing more is expected. ``progress`` is called
    with what comes next.

    Raise ``ProbeError`` if the service refuses the keys or can't be reached, or if the state is
    another probe's; ``OSError`` if the state can't be read or written; ``ValueError`` for a bad
    origin or rate.
    """
    from pnfilter import __version__

    file = None if state is None else Path(state)
    place = Origin.of(origin)
    found = None if file is None else State.resume(file, plan, place, keys)
    known = found or State.new(plan, place, keys)
    pace = Pace(rate, known.transactions)
    service = Service(place, keys, known.channel, pace, __version__)
    return _Run(plan, known, service, file=file, least_wait=least_wait, progress=progress).finish()


class _Run:
    """A probe that is under way."""

    def __init__(
        self,
        plan: Plan,
        state: State,
        service: Service,
        *,
        file: Path | None,
        least_wait: float,
        progress: Callable[[str], None],
    ) -> None:
        self._plan, self._state, self._service, self._file = plan, state, service, file
        self._least_wait, self._progress = least_wait, progress

    def finish(self) -> Report:
        """Do what is left."""
        state = self._state
        if state.finished is None:
            self._save()
            try:
                if state.latency is None:
                    self._progress("measuring the latency")
                    state.latency = self._latency()
                    self._save()
                for number, each in enumerate(state.rounds):
                    self._ask(number, each)
            except LimitReached:
                # What is not asked stays undecided, with the reason.
                pass
            finally:
                self._save()
            state.finished = time.time()
            self._save()
        return Report.of(self._plan, state)

    def _save(self) -> None:
        exchanges = self._service.taken()
        self._state.exchanges += [each.to_dict() for each in exchanges]
        for each in exchanges:
            for name in ORIGIN_HEADERS:
                if name in each.headers:
                    self._state.headers[name] = each.headers[name]
        self._state.transactions = self._service.pace.spent
        if self._file is not None:
            self._state.save(self._file)

    def _latency(self) -> float:
        """Return the longest time, in seconds, from publishing to receiving without a filter."""
        channel = self._state.channel
        cursor, region = self._handshake()
        longest = 0.0
        for number in range(PINGS):
            ping = f"ping.{number}"
            # Without the time between requests, which the pace sets.
            seconds = self._publish(Published(ping, {}, None), ping).seconds
            for _ in range(MAX_TRIES):
                found = self._service.subscribe(channel, cursor, region, "")
                seconds += found.seconds
                _refuse_keys(found)
                answer = _answer_of(found)
                if answer is None:
                    continue
                cursor, region, ids = answer
                if ping in ids:
                    break
            else:
                raise ProbeError("a message doesn't arrive, even without a filter")
            longest = max(longest, seconds)
        return longest

    def _handshake(self) -> tuple[str, str]:
        """Return a cursor and its region."""
        problem = ""
        for _ in range(MAX_TRIES):
            found = self._service.subscribe(self._state.channel, "0", "", "")
            _refuse_keys(found)
            answer = _answer_of(found)
            if answer is not None:
                return answer[:2]
            problem = _problem(found)
        raise ProbeError(f"the service doesn't answer a subscribe request: {problem}")

    def _publish(self, message: Published, name: str) -> Exchange:
        """Publish a message with a name of its own, until the service says that it was."""
        channel, payload = self._state.channel, {"id": name} | message.data
        problem = ""
        for _ in range(MAX_TRIES):
            if message.is_signal:
                found = self._service.signal(channel, payload)
            else:
                found = self._service.publish(channel, payload, message.meta)
            match found.json:
                case [1, *_] if found.status == 200:
                    return found
            _refuse_keys(found)
            problem = _problem(found)
        raise ProbeError(f"a message can't be published: {problem}")

    def _ask(self, number: int, round: Round) -> None:
        """Do what is left of a round."""
        left = [each for each in self._plan.subjects if each.filter not in round.observed]
        if not left:
            return
        messages = self._plan.messages
        if round.cursor and time.time() - round.began > KEPT_SECONDS:
            round.attempt += 1
            round.cursor, round.published = "", []
        if not round.cursor:
            round.cursor, round.region = self._handshake()
            round.began = time.time()
            self._save()
        start = f"{number}.{round.attempt}."
        # The other way round in every other round: no reading depends on the order.
        order = messages if number % 2 == 0 else (messages[0], *messages[-2:0:-1], messages[-1])
        self._progress(f"round {number + 1} of {ROUNDS}: {len(order)} messages")
        for message in order:
            if message.slot not in round.published:
                self._publish(message, f"{start}{message.slot}")
                round.published.append(message.slot)
                self._save()
        self._progress(f"round {number + 1} of {ROUNDS}: {len(left)} filters")

        def observe(subject: Subject) -> Observation:
            return self._observe(subject, round, start)

        for subject, observation in _in_threads(observe, left):
            round.observed[subject.filter] = observation
            self._save()

    @property
    def _wait(self) -> float:
        longest = WAIT_FACTOR * (self._state.latency or 0.0)
        return max(self._least_wait, min(longest, MOST_WAIT))

    def _observe(self, subject: Subject, round: Round, start: str) -> Observation:
        """Poll with a filter until its controls have come and then nothing for a while."""
        slots: list[str] = []
        cursor, region = round.cursor, round.region
        wait = self._wait
        failure = ""
        heard = time.monotonic()
        patience = heard + PATIENCE * wait
        for _ in range(MAX_POLLS):
            is_complete = FIRST in slots and LAST in slots
            end = heard + wait if is_complete else patience
            left = end - time.monotonic()
            if left <= 0:
                break
            found = self._service.subscribe(
                self._state.channel, cursor, region, subject.filter, max(left, 0.05)
            )
            answer = _answer_of(found)
            if answer is None:
                if found.status in (400, 403, 414, 481):
                    return Observation(slots, f"the service refuses the filter: {_problem(found)}")
                if is_complete and found.is_silent:
                    return Observation(slots)
                failure = "" if found.is_silent else _problem(found)
                continue
            cursor, region, ids = answer
            new = {each.removeprefix(start) for each in ids if each.startswith(start)}
            if not new.issubset(slots):
                heard = time.monotonic()
            slots += sorted(new.difference(slots))
        is_complete = FIRST in slots and LAST in slots
        if is_complete and time.monotonic() - heard < wait:
            return Observation(slots, failure or "messages still came when all polls were made")
        return Observation(slots, "" if is_complete else failure)


def _in_threads(
    work: Callable[[Subject], Observation], subjects: Sequence[Subject]
) -> Iterator[tuple[Subject, Observation]]:
    """Yield subjects with what ``work`` returns of them, as they are done.

    The threads are daemons: Ctrl-C doesn't wait for polls.
    """
    todo: queue.SimpleQueue[Subject | None] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[Subject, Observation | BaseException]] = queue.SimpleQueue()
    stopped = threading.Event()

    def serve() -> None:
        while (subject := todo.get()) is not None and not stopped.is_set():
            try:
                found: Observation | BaseException = work(subject)
            except BaseException as error:  # noqa: BLE001 - raised by the generator
                found = error
            done.put((subject, found))

    threads = [
        threading.Thread(target=serve, name="pnfilter-probe", daemon=True)
        for _ in range(min(PARALLEL, len(subjects)))
    ]
    for subject in subjects:
        todo.put(subject)
    for thread in threads:
        todo.put(None)
        thread.start()
    try:
        for _ in subjects:
            subject, found = done.get()
            if isinstance(found, BaseException):
                raise found
            yield subject, found
    finally:
        stopped.set()


def _answer_of(found: Exchange) -> tuple[str, str, set[str]] | None:
    """Return the cursor, the region and the ids of an answer to a subscribe request."""
    if found.status != 200:
        return None
    match found.json:
        case {"t": {"t": str(cursor), **rest}, "m": list(items)} if (
            cursor.isascii() and cursor.isdigit()
        ):
            region = rest.get("r")
            name = str(region) if isinstance(region, int) else ""
            return cursor, name, {each for each in map(_id_of, items) if each}
    return None


def _id_of(item: Any) -> str:
    match item:
        case {"d": {"id": str(name)}}:
            return name
    return ""


def _problem(found: Exchange) -> str:
    """Return what is wrong with an answer, in a few words."""
    if found.failure:
        return found.failure
    text = " ".join(found.answer.split())
    return f"{found.status} {text[:160]}" if found.status != 200 else "an answer of another form"


def _refuse_keys(found: Exchange) -> None:
    """Raise ``ProbeError`` if the service refuses the keys, which no repetition changes."""
    if found.status in (400, 401, 403):
        raise ProbeError(f"the service refuses: {_problem(found)}")
