"""The grants to auth keys and to everybody in one keyset, and its revoked tokens."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Iterable, Iterator
from math import ceil
from typing import Final, NamedTuple

from pnfilter.server.settings import MAX_GRANTS, MAX_REVOCATIONS
from pnfilter.server.store.tables import AccessTable, StoredGrant
from pnfilter.server.wire import EVERYTHING, Need, Subject, wildcards_of

#: In place of an auth key: everybody.
EVERYBODY: Final = ""


class GrantLimitReached(Exception):
    """There is no room for more grants, or revocations."""


class Grant(NamedTuple):
    """Rights as bits, until ``ends`` in seconds since 1970; 0 is without end."""

    rights: int
    ends: float

    def is_over(self, now: float) -> bool:
        """Return whether its time has passed."""
        return self.ends != 0 and self.ends <= now

    def minutes(self, now: float) -> int:
        """Return how many minutes are left, begun ones too; 0 is without end."""
        return ceil((self.ends - now) / 60) if self.ends else 0


class Grants:
    """The grants and revocations of one keyset; ``now`` gives seconds since 1970."""

    def __init__(
        self, key: str, secret_key: str, store: AccessTable, now: Callable[[], float]
    ) -> None:
        self._key = key
        self._cipher = AuthKeyCipher(secret_key)
        self._store = store
        self._now = now
        self._grants: dict[Subject, dict[str, Grant]] = {}
        self._size = 0
        store.expire(key, now())
        for kind, name, encrypted, rights, ends in store.load_grants(key):
            # One that was encrypted with another secret key counts for no one.
            if (auth := self._cipher.decrypt(encrypted)) is not None:
                self._set(Subject(kind, name), auth, Grant(rights, ends))
        self._revoked: dict[bytes, float] = dict(store.load_revoked(key))

    def __len__(self) -> int:
        """Return how many grants there are, each of one subject to one auth key."""
        return self._size

    def grant(
        self, subjects: Iterable[Subject], auths: Collection[str], rights: int, ttl: int
    ) -> Grant:
        """Give each of the auth keys these rights to each of the subjects, replacing earlier ones.

        They last for ``ttl`` minutes; 0 means without end. Rights of 0 take all back. Raise
        ``GrantLimitReached`` if there is no room.
        """
        grant = Grant(rights, self._now() + 60 * ttl if ttl else 0.0)
        pairs = [(subject, auth) for subject in subjects for auth in auths]
        new = sum(auth not in self._grants.get(subject, ()) for subject, auth in pairs)
        if rights and self._size + new > MAX_GRANTS:
            self._expire()
            if self._size + new > MAX_GRANTS:
                raise GrantLimitReached
        self._store.save_grants(self._key, [self._to_store(*pair, grant) for pair in pairs])
        for subject, auth in pairs:
            self._set(subject, auth, grant)
        return grant

    def _to_store(self, subject: Subject, auth: str, grant: Grant) -> StoredGrant:
        encrypted = self._cipher.encrypt(auth)
        return subject.kind, subject.name, encrypted, grant.rights, grant.ends

    def _set(self, subject: Subject, auth: str, grant: Grant) -> None:
        held = self._grants.setdefault(subject, {})
        self._size -= held.pop(auth, None) is not None
        if grant.rights:
            held[auth] = grant
            self._size += 1
        elif not held:
            del self._grants[subject]

    def allow(self, auth: str | None, need: Need) -> bool:
        """Return whether all, or an auth key, have a right to the subject, a wildcard or all."""
        who = (EVERYBODY,) if auth is None else (EVERYBODY, auth)
        now = self._now()
        return any(
            grant.rights & need.right and not grant.is_over(now)
            for subject in _find_covering(need)
            for one in who
            if (grant := self._grants.get(subject, {}).get(one)) is not None
        )

    def held(self, subject: Subject) -> dict[str, Grant]:
        """What is granted to a subject just now, by auth key; ``EVERYBODY`` is one of them."""
        now = self._now()
        return {
            auth: grant
            for auth, grant in self._grants.get(subject, {}).items()
            if not grant.is_over(now)
        }

    def subjects(self) -> list[Subject]:
        """Return what something was granted to, sorted."""
        return sorted(self._grants)

    def revoke(self, token: bytes, ends: float) -> None:
        """Revoke a token, until it would have expired. Raise ``GrantLimitReached`` without room."""
        if token not in self._revoked and len(self._revoked) >= MAX_REVOCATIONS:
            self._expire()
            if len(self._revoked) >= MAX_REVOCATIONS:
                raise GrantLimitReached
        self._store.save_revoked(self._key, token, ends)
        self._revoked[token] = ends

    def is_revoked(self, token: bytes) -> bool:
        """Return whether a token was revoked."""
        return token in self._revoked

    def _expire(self) -> None:
        """Forget what has ended."""
        now = self._now()
        for subject, held in list(self._grants.items()):
            for auth, grant in list(held.items()):
                if grant.is_over(now):
                    self._set(subject, auth, Grant(0, 0))
        self._revoked = {token: ends for token, ends in self._revoked.items() if ends > now}
        self._store.expire(self._key, now)


def _find_covering(need: Need) -> Iterator[Subject]:
    """Return what a grant may be for, to cover a right."""
    subject = need.subject
    yield EVERYTHING
    yield subject
    if subject.kind == "channels":
        # Documented of grants to auth keys; names in tokens are exact, and patterns match more.
        for wildcard in wildcards_of(subject.name):
            yield Subject("channels", wildcard)


#: Comes before each auth key: cryptography 42 encrypts no empty data, and everybody's key is empty.
_MARK: Final = b"k"


def require_cryptography() -> None:
    """Raise ``ImportError``, with what to do, if cryptography is missing."""
    try:
        import cryptography  # noqa: F401 - only whether it is there
    except ImportError:
        raise ImportError(
            "the access manager needs cryptography: pip install 'pnfilter[server]'"
        ) from None


class AuthKeyCipher:
    """Encrypts and decrypts the auth keys of one keyset."""

    def __init__(self, secret_key: str) -> None:
        # With an access manager only: the import takes about 10 ms.
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        # The 512 bits are two keys of AES-256.
        self._cipher = AESSIV(hmac.digest(secret_key.encode(), b"pnfilter auth keys", "sha512"))

    def encrypt(self, auth: str) -> bytes:
        """Return the bytes to store in place of an auth key."""
        return self._cipher.encrypt(_MARK + auth.encode(), None)

    def decrypt(self, data: bytes) -> str | None:
        """Return the auth key; None if another secret key encrypted it, or the data is damaged."""
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(data, None).removeprefix(_MARK).decode()
        except InvalidTag:
            return None
