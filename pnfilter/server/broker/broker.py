"""Every keyset, and what they share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from pnfilter.semantics.assumptions import Assumptions
from pnfilter.server.broker.events import Timetokens
from pnfilter.server.broker.files import FileAddresses
from pnfilter.server.broker.filters import FilterRegistry
from pnfilter.server.broker.keyset import Keyset, Observer, VerdictChange
from pnfilter.server.keysets import Keyring
from pnfilter.server.quotas import Bound, LimitReached
from pnfilter.server.settings import MAX_KEYSETS, Settings
from pnfilter.server.store.store import Store

#: The keysets themselves, of which there is room for so many.
_KEYSETS: Final = Bound("keysets", "Balancer", 1, MAX_KEYSETS)


class UnknownKey(LookupError):
    """A subscribe key is not served."""


class Broker:
    """Makes and finds keysets, which deliver (``Keyset.deliver``). It lives in one thread.

    ``clock`` gives nanoseconds since 1970 for timetokens, ``now`` seconds for what expires, and
    ``verdict_change`` the function that changes verdicts at this moment, if any.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        keyring: Keyring,
        observer: Observer,
        clock: Callable[[], int] = time.time_ns,
        now: Callable[[], float] = time.monotonic,
        verdict_change: Callable[[], VerdictChange | None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.keyring = keyring
        self.observer = observer
        path = None if settings.store is None else Path(settings.store)
        self.store = Store(
            path,
            history_limit=settings.history_limit,
            served=self.keyring.served,
            clock=clock,
        )
        self.timetokens = Timetokens(
            clock,
            last=self.store.mark(),
            save=self.store.save_mark if path else None,
        )
        self.filters = FilterRegistry(self.store.quotas.undecided, Assumptions.of(settings.assume))
        self.files = FileAddresses(self.now, self.store.quotas)
        #: When it began, in seconds since 1970.
        self.started = time.time()
        #: Seconds that were let pass at once.
        self.advanced = 0.0
        self._now = now
        self._verdict_change = verdict_change
        self._keysets: dict[str, Keyset] = {}

    def now(self) -> float:
        """Seconds that only go on: what expires is measured by them."""
        return self._now() + self.advanced

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once for what expires; ``ValueError`` for a number below 0.

        ``expire`` does what is due then. Signatures are judged by the clock, which stays as it is.
        """
        if not seconds >= 0:
            raise ValueError(f"seconds must be 0 or more, got {seconds!r}")
        self.advanced += seconds

    def keyset(self, key: str) -> Keyset:
        """Return the keyset of a subscribe key.

        Raise ``UnknownKey`` for a key that is not served, ``LimitReached`` if there are too many
        keysets.
        """
        keyset = self._keysets.get(key)
        if keyset is None:
            if key and not self.keyring.serves(key):
                raise UnknownKey
            if key and self.keyring.serves_any:
                self._make_room(key)
            keyset = self._keysets[key] = Keyset(
                key,
                settings=self.settings,
                timetokens=self.timetokens,
                filters=self.filters,
                store=self.store,
                observer=self.observer,
                now=self.now,
                verdict_change=self._verdict_change,
            )
        return keyset

    def _make_room(self, key: str) -> None:
        """See to it that there are not too many keysets, in use or in the store, with one more."""
        stored = self.store.keys()
        if key in stored or len(stored.union(self._keysets) - {""}) < MAX_KEYSETS:
            return
        # One that was only asked for something holds nothing.
        for name, keyset in self._keysets.items():
            if name and name not in stored and keyset.is_empty:
                del self._keysets[name]
                return
        raise LimitReached(_KEYSETS, f"There are at most {MAX_KEYSETS:,} keysets in use")

    def keysets(self) -> Iterator[Keyset]:
        """Return the keysets that were used so far."""
        return iter(self._keysets.values())

    @property
    def waiting(self) -> int:
        """Subscribe requests that wait, over all keysets."""
        return sum(len(keyset.waiting) for keyset in self._keysets.values())

    def expire(self) -> None:
        """Do what is due: absent users leave, and what was stored for a time goes."""
        for keyset in self._keysets.values():
            keyset.presence.expire()
        self.store.expire()

    def release(self) -> None:
        """Answer the requests that wait."""
        for keyset in self._keysets.values():
            keyset.release_all()

    def forget(self, key: str | None = None) -> None:
        """Forget the data of every keyset, or of one, and answer its waiting requests."""
        self.store.clear(key)
        self.files.forget(key)
        for name in list(self._keysets) if key is None else [key]:
            keyset = self._keysets.pop(name, None)
            if keyset is not None:
                keyset.forget()

    def close(self) -> None:
        """Close the store; nothing can be done after this."""
        self.store.close()
