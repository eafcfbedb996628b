"""Addresses for uploads and downloads of files, and the uploads that run."""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple
from uuid import uuid4

from pnfilter.server.quotas import Quotas
from pnfilter.server.settings import DOWNLOAD_SECONDS, UPLOAD_SECONDS


class Expected(NamedTuple):
    """A file that may be uploaded once by the holder of the token, until ``expires``."""

    key: str
    channel: str
    id: str
    name: str
    token: str
    expires: float

    # A token has no place in a log or a traceback.
    def __repr__(self) -> str:
        return f"Expected({self.id!r})"


class FileAddresses:
    """What gives access to a file for a time, without a key. ``now`` is as for the broker."""

    def __init__(self, now: Callable[[], float], quotas: Quotas) -> None:
        self._now = now
        self._room = quotas.expected
        self._room_to_run = quotas.uploads
        self._secret = secrets.token_bytes(32)
        self._expected: OrderedDict[str, Expected] = OrderedDict()
        #: The uploads that run, by the file's id.
        self._running: dict[str, Expected] = {}

    def expect(self, key: str, channel: str, name: str) -> Expected:
        """Return a file to be uploaded.

        Raise ``LimitReached`` if too many files of the keyset are expected already.
        """
        self._expire()
        self._room.check(key)
        expected = Expected(
            *(key, channel, str(uuid4()), name, secrets.token_urlsafe(24)),
            expires=self._now() + UPLOAD_SECONDS,
        )
        self._expected[expected.id] = expected
        self._room.add(key, 1)
        return expected

    def _expire(self) -> None:
        """Forget the unused addresses that expired. All last equally long: they are the first."""
        now = self._now()
        while self._expected and next(iter(self._expected.values())).expires <= now:
            self._forget(next(iter(self._expected)))

    def _forget(self, id: str) -> Expected:
        expected = self._expected.pop(id)
        self._room.add(expected.key, -1)
        return expected

    def begin(self, key: str, id: str, token: str) -> Expected | None:
        """Begin the upload of a file, once; return None if it is not allowed, or no longer.

        Raise ``LimitReached`` if it has to come later.
        """
        expected = self._expected.get(id)
        proof = expected.token if expected is not None else secrets.token_urlsafe(24)
        is_right = hmac.compare_digest(proof.encode(), token.encode())
        if expected is None or not is_right or expected.key != key:
            return None
        if expected.expires <= self._now():
            self._forget(id)
            return None
        self._room_to_run.check(key)
        self._room_to_run.add(key, 1)
        self._running[id] = self._forget(id)
        return expected

    def is_running(self, expected: Expected) -> bool:
        """Return whether an upload still runs, and its keyset was not forgotten meanwhile."""
        return self._running.get(expected.id) is expected

    def end(self, expected: Expected) -> None:
        """An upload runs no more."""
        if self._running.pop(expected.id, None) is not None:
            self._room_to_run.add(expected.key, -1)

    def forget(self, key: str | None) -> None:
        """All uploads of a keyset, or of every one, are refused from now on."""
        for uploads, forget in (
            (self._expected, lambda expected: self._forget(expected.id)),
            (self._running, self.end),
        ):
            for expected in list(uploads.values()):
                if key in (None, expected.key):
                    forget(expected)

    def ticket(self, key: str, id: str) -> tuple[str, str]:
        """Until when a file may be read, and what proves it."""
        expires = str(int(self._now()) + DOWNLOAD_SECONDS)
        return expires, self._proof(key, id, expires)

    def is_ticket(self, key: str, id: str, expires: str, proof: str) -> bool:
        """Return whether a file may be read with these."""
        is_right = hmac.compare_digest(self._proof(key, id, expires).encode(), proof.encode())
        return is_right and int(expires) > self._now()

    def _proof(self, key: str, id: str, expires: str) -> str:
        return hmac.new(self._secret, f"{key}\n{id}\n{expires}".encode(), sha256).hexdigest()
