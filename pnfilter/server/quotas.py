"""How much each keyset may hold, so that it can't take the room of another."""

from __future__ import annotations

from typing import Final, NamedTuple

from pnfilter.server.settings import (
    MAX_ACTIONS_BYTES,
    MAX_ALL_ACTIONS_BYTES,
    MAX_ALL_CHANNELS,
    MAX_ALL_EMPTIED,
    MAX_ALL_EXPECTED_UPLOADS,
    MAX_ALL_FILES,
    MAX_ALL_FILES_BYTES,
    MAX_ALL_FILES_BYTES_IN_MEMORY,
    MAX_ALL_FILTERS,
    MAX_ALL_GRANTED_BYTES,
    MAX_ALL_GROUPED_BYTES,
    MAX_ALL_OBJECTS_BYTES,
    MAX_ALL_PRESENCE_BYTES,
    MAX_ALL_QUEUED,
    MAX_ALL_REGISTERED_BYTES,
    MAX_ALL_REVOKED_BYTES,
    MAX_ALL_STATES_BYTES,
    MAX_ALL_STORED,
    MAX_ALL_STORED_IN_MEMORY,
    MAX_ALL_UNDECIDED,
    MAX_ALL_UPLOADS,
    MAX_ALL_WAITING_BYTES,
    MAX_CHANNELS,
    MAX_EMPTIED,
    MAX_EXPECTED_UPLOADS,
    MAX_FILES,
    MAX_FILES_BYTES,
    MAX_FILES_BYTES_IN_MEMORY,
    MAX_FILTERS,
    MAX_GRANTED_BYTES,
    MAX_GROUPED_BYTES,
    MAX_OBJECTS_BYTES,
    MAX_PRESENCE_BYTES,
    MAX_QUEUED,
    MAX_REGISTERED_BYTES,
    MAX_REVOKED_BYTES,
    MAX_STATES_BYTES,
    MAX_STORED,
    MAX_STORED_IN_MEMORY,
    MAX_UNDECIDED,
    MAX_UPLOADS,
    MAX_WAITING_BYTES,
)

#: The part of each total that is divided among the keysets: one in so many.
_RESERVED: Final = 2


class Bound(NamedTuple):
    """The largest amount of one kind of data: in one keyset, and in all keysets together.

    ``what`` and ``service`` are the words of the error. ``is_brief``: the data goes away within
    seconds or minutes, so that it is worth trying again.
    """

    what: str
    service: str
    keyset: int
    total: int
    is_brief: bool = False


class LimitReached(Exception):
    """A keyset has no room for what it was asked to keep. Nothing was changed."""

    def __init__(self, bound: Bound, message: str) -> None:
        super().__init__(message)
        self.bound = bound


class Quota:
    """The room for one kind of data.

    Half of the total is divided equally among ``keysets`` keysets, and each share is kept for its
    keyset, however much the others hold. The other half goes to the keysets that need it first.
    """

    __slots__ = ("_common", "_share", "_taken", "_used", "bound")

    def __init__(self, bound: Bound, keysets: int) -> None:
        self.bound = bound
        self._share = min(bound.keyset, bound.total // (_RESERVED * keysets))
        self._common = bound.total - self._share * keysets
        self._used: dict[str, int] = {}
        # How much of the common half is in use.
        self._taken = 0

    def used(self, key: str) -> int:
        """Return how much a keyset holds."""
        return self._used.get(key, 0)

    @property
    def total(self) -> int:
        """How much all keysets hold."""
        return sum(self._used.values())

    def all(self) -> dict[str, int]:
        """Return how much each keyset holds."""
        return dict(self._used)

    def limit(self, key: str) -> int:
        """Return how much a keyset may hold at this moment."""
        others = self._taken - max(self._used.get(key, 0) - self._share, 0)
        return min(self.bound.keyset, self._share + max(self._common - others, 0))

    def _fits(self, used: int, after: int) -> bool:
        """Return whether a keyset may hold ``after`` instead of ``used``: a faster ``limit``."""
        share = self._share
        return after <= share or (
            after <= self.bound.keyset and self._taken + after - max(share, used) <= self._common
        )

    def is_over(self, key: str) -> bool:
        """Return whether a keyset holds more than it may."""
        used = self._used.get(key, 0)
        return not self._fits(used, used)

    def is_enough(self, key: str, size: int) -> bool:
        """Return whether a keyset could hold so much if it held nothing else."""
        return self._fits(self._used.get(key, 0), size)

    def check(self, key: str, more: int = 1) -> None:
        """Raise ``LimitReached`` if a keyset may not hold so much more."""
        used = self._used.get(key, 0)
        after = used + more
        if after > self._share and more > 0 and not self._fits(used, after):
            raise self.full(key)

    def full(self, key: str) -> LimitReached:
        """Says how much a keyset may hold, and why it isn't more."""
        bound, limit = self.bound, self.limit(key)
        message = f"A keyset has at most {bound.keyset:,} {bound.what}"
        if limit < bound.keyset:
            message += (
                f", and this one {limit:,}: the rest of the {bound.total:,} for all is in use"
            )
        return LimitReached(bound, message)

    def set(self, key: str, used: int) -> None:
        """Note how much a keyset holds."""
        self.add(key, used - self._used.get(key, 0))

    def add(self, key: str, more: int) -> None:
        """Note that a keyset holds so much more, or less."""
        share = self._share
        before = self._used.get(key, 0)
        after = self._used[key] = before + more
        if after > share:
            self._taken += more if before > share else after - share
        elif before > share:
            self._taken -= before - share
        if not after:
            del self._used[key]

    def clear(self) -> None:
        """Note that no keyset holds anything."""
        self._used.clear()
        self._taken = 0


class Quotas:
    """The room for each kind of data. ``keysets``: how many of them have a share."""

    def __init__(self, keysets: int, *, in_file: bool) -> None:
        def quota(
            what: str, service: str, keyset: int, total: int, *, is_brief: bool = False
        ) -> Quota:
            return Quota(Bound(what, service, keyset, total, is_brief), keysets)

        # In the store.
        stored = (
            (MAX_STORED, MAX_ALL_STORED)
            if in_file
            else (MAX_STORED_IN_MEMORY, MAX_ALL_STORED_IN_MEMORY)
        )
        files = (
            (MAX_FILES_BYTES, MAX_ALL_FILES_BYTES)
            if in_file
            else (MAX_FILES_BYTES_IN_MEMORY, MAX_ALL_FILES_BYTES_IN_MEMORY)
        )
        self.messages = quota("bytes of stored messages", "Storage", *stored)
        self.actions = quota(
            *("bytes of message actions", "actions"),
            *(MAX_ACTIONS_BYTES, MAX_ALL_ACTIONS_BYTES),
        )
        self.states = quota("bytes of states", "Presence", MAX_STATES_BYTES, MAX_ALL_STATES_BYTES)
        self.groups = quota(
            *("bytes of channel groups", "channel-registry"),
            *(MAX_GROUPED_BYTES, MAX_ALL_GROUPED_BYTES),
        )
        self.registrations = quota(
            *("bytes of registrations", "Push"),
            *(MAX_REGISTERED_BYTES, MAX_ALL_REGISTERED_BYTES),
        )
        self.objects = quota(
            "bytes of metadata", "objects", MAX_OBJECTS_BYTES, MAX_ALL_OBJECTS_BYTES
        )
        self.grants = quota(
            "bytes of grants", "Access Manager", MAX_GRANTED_BYTES, MAX_ALL_GRANTED_BYTES
        )
        self.revoked = quota(
            "bytes of revoked tokens", "Access Manager", MAX_REVOKED_BYTES, MAX_ALL_REVOKED_BYTES
        )
        self.files = quota("bytes of files", "Files", *files)
        self.file_names = quota("files", "Files", MAX_FILES, MAX_ALL_FILES)
        # In memory only.
        self.presence = quota(
            *("bytes of users on channels", "Presence"),
            *(MAX_PRESENCE_BYTES, MAX_ALL_PRESENCE_BYTES),
            is_brief=True,
        )
        self.queued = quota("bytes of queued messages", "PubSub", MAX_QUEUED, MAX_ALL_QUEUED)
        self.channels = quota(
            "channels with queued messages", "PubSub", MAX_CHANNELS, MAX_ALL_CHANNELS
        )
        self.emptied = quota("emptied queues", "PubSub", MAX_EMPTIED, MAX_ALL_EMPTIED)
        self.filters = quota(
            "characters in filters", "PubSub", MAX_FILTERS, MAX_ALL_FILTERS, is_brief=True
        )
        self.undecided = quota(
            "characters in undecided filters", "PubSub", MAX_UNDECIDED, MAX_ALL_UNDECIDED
        )
        self.waiting = quota(
            *("bytes of waiting subscribe requests", "PubSub"),
            *(MAX_WAITING_BYTES, MAX_ALL_WAITING_BYTES),
            is_brief=True,
        )
        self.expected = quota(
            *("unused addresses for uploads", "Files"),
            *(MAX_EXPECTED_UPLOADS, MAX_ALL_EXPECTED_UPLOADS),
            is_brief=True,
        )
        self.uploads = quota(
            "uploads at a time", "Files", MAX_UPLOADS, MAX_ALL_UPLOADS, is_brief=True
        )
