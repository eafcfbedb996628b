"""What the control side can do, for Python and for HTTP alike."""

from __future__ import annotations

import math
import secrets
from collections.abc import Collection, Mapping
from typing import Any, Final, Protocol

from pnfilter.server.broker.broker import Broker
from pnfilter.server.broker.keyset import Keyset
from pnfilter.server.broker.subscriptions import Poll, Subscriber
from pnfilter.server.control.fault_injection import FaultInjection
from pnfilter.server.control.faults import ControlError, Faults
from pnfilter.server.settings import MAX_ADVANCE_SECONDS, MAX_LISTED

#: Letters of a key at its end that are shown, of one that has twice as many at least.
_SHOWN: Final = 4


class Controlled(Protocol):
    """What a test controls: the emulator."""

    @property
    def broker(self) -> Broker:
        """What is published and subscribed to."""
        ...

    def forget(self, key: str | None = None) -> None:
        """Forget the data of every keyset, or of one."""

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once."""


class Control:
    """The control side of an emulator, in whose thread all of it runs."""

    def __init__(self, app: Controlled, operations: Collection[str]) -> None:
        self._app = app
        #: What a request must carry to be allowed here; another one at every start. The log
        #: knows it by its form.
        self.token: Final = f"ctl-c-{secrets.token_urlsafe(32)}"
        self.faults = Faults(operations)
        self.injection = FaultInjection(self.faults)

    def __repr__(self) -> str:
        return "<Control>"

    def reset(self, keyset: str | None = None) -> None:
        """Forget all that was published, said or set, of every keyset or of one; faults too.

        Requests that wait are answered. Timetokens go on from where they are.
        """
        self.faults.clear(keyset)
        self.injection.release()
        self._app.forget(keyset)

    def subscribers(self, keyset: str | None = None, user: str | None = None) -> dict[str, Any]:
        """The subscribers of one keyset or user, or all, the latest first.

        ``more`` says how many there are beyond ``MAX_LISTED``.
        """
        found = [
            (place, subscriber)
            for place in self._app.broker.keysets()
            if keyset in (None, place.key)
            for subscriber in place.subscribers
            if user in (None, subscriber.user)
        ]
        found.reverse()
        waiting: dict[Subscriber, Poll] = {}
        for place in {place.key: place for place, _ in found}.values():
            for poll in place.waiting:
                place.waiting.settle(poll)
                waiting[poll.subscriber] = poll
        shown = [
            _described(place, subscriber, waiting.get(subscriber))
            for place, subscriber in found[:MAX_LISTED]
        ]
        return {"subscribers": shown, "more": len(found) - len(shown)}

    def add_fault(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Add a fault and describe it. ``ControlError`` for values that make none."""
        return self.faults.add(values).described(masked)

    def list_faults(self) -> list[dict[str, Any]]:
        """Every fault, spent ones too, in the order in which they were added."""
        return [fault.described(masked) for fault in self.faults]

    def advance(self, seconds: object) -> None:
        """Let time pass for presence: users of whom nothing was heard for too long leave at once.

        ``ControlError`` for what isn't a reasonable number of seconds.
        """
        if (
            not isinstance(seconds, int | float)
            or isinstance(seconds, bool)
            or not math.isfinite(seconds)
            or not 0 < seconds <= MAX_ADVANCE_SECONDS
        ):
            raise ControlError(
                f"`seconds` is a number above 0, up to {MAX_ADVANCE_SECONDS:,}",
                'for example {"seconds": 300}',
            )
        self._app.advance(seconds)


def masked(key: str) -> str:
    """A key as it may be shown: its end, or of a short one the first letter."""
    return f"…{key[-_SHOWN:]}" if len(key) >= 2 * _SHOWN else f"{key[:1]}…"


def _described(keyset: Keyset, subscriber: Subscriber, poll: Poll | None) -> dict[str, Any]:
    gate = subscriber.gate
    return {
        "keyset": masked(keyset.key),
        "user": subscriber.user,
        "filter": gate.text,
        "malformed": gate.error is not None,
        "channels": list(subscriber.channels),
        "groups": list(subscriber.groups),
        "waiting": poll is not None,
        "cursor": str(subscriber.cursor if poll is None else poll.cursor),
        "seen": subscriber.seen,
        "delivered": subscriber.delivered,
        "held_back": subscriber.held_back,
        "undecided": subscriber.undecided,
        "missed": subscriber.missed,
    }
