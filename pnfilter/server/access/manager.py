"""The access manager of a keyset: whether a request may do what it asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NoReturn

from pnfilter.regular import Work
from pnfilter.server.access.grants import Grants
from pnfilter.server.access.required_rights import AS_USER, RULES, SIGNED
from pnfilter.server.access.signatures import Secrets, form_of
from pnfilter.server.access.tokens import InvalidToken, Token, make_token, read_token
from pnfilter.server.http.request import Request, inflate_body, whole_number
from pnfilter.server.http.response import Answer, Refusal, refusal
from pnfilter.server.keysets import Keyring, Keys
from pnfilter.server.settings import MAX_LONG_MESSAGE, MAX_PATTERN_STEPS
from pnfilter.server.store.tables import AccessTable
from pnfilter.server.wire import Need, Resource

SERVICE: Final = "Access Manager"
#: The kinds that a refusal names; the first is recorded, listeners of SDKs read the others.
_NAMED: Final[tuple[Resource, ...]] = ("channels", "channel-groups", "uuids")


class AccessManager:
    """Decides about the requests of one keyset, and holds what was granted.

    ``clock`` gives seconds since 1970, by which signatures are judged. ``now`` adds the seconds
    that the control side let pass; grants and tokens end by it. ``window``: seconds by which the
    time of a signed request may be off.
    """

    def __init__(
        self,
        key: str,
        keys: Keys,
        store: AccessTable,
        *,
        clock: Callable[[], float],
        now: Callable[[], float],
        window: float,
    ) -> None:
        self._secrets = Secrets(key, keys.publish_key, keys.secret_key or "")
        self._clock = clock
        self.now = now
        self._window = window
        self.grants = Grants(key, self._secrets.secret_key, store, now)

    def __repr__(self) -> str:
        return "<AccessManager>"

    def check(self, request: Request) -> None:
        """Raise ``Refusal`` (403) for a request without the rights it needs.

        A signed request may do everything. Any other may need only what is granted to everybody, or
        to its ``auth``: an auth key, or a token, which isn't read if no right is needed. The reason
        is in ``request.access``.
        """
        if "signature" in request.query:
            self._check_signature(request)
            return
        rule = RULES.get(request.operation, SIGNED)
        if rule is SIGNED:
            _refuse(request, "is not signed", "Forbidden")
        elif needs := list(rule(request)):
            self._check_rights(request, needs)
        else:
            self._check_user(request)
            request.access = "needs no right"

    def allows(self, request: Request, need: Need) -> bool:
        """Return whether a request that passed ``check`` has one more right."""
        if "signature" in request.query:
            return True
        auth = request.query.get("auth") or None
        token = None if auth is None else self.token(auth)
        return not self._find_missing(auth, token, [need])

    def _check_signature(self, request: Request) -> None:
        form = form_of(request, self._secrets, lambda: inflate_body(request, MAX_LONG_MESSAGE))
        if form is None:
            _refuse(request, "signature is wrong", "Invalid Signature")
        seconds = whole_number(request.query.get("timestamp", ""), "timestamp")
        if abs(self._clock() - seconds) > self._window:
            request.access = "refused: signature is too old or too new"
            raise refusal(400, "Invalid Timestamp", SERVICE)
        request.access = f"signed ({form})"

    def _check_rights(self, request: Request, needs: list[Need]) -> None:
        auth = request.query.get("auth") or None
        token = None if auth is None else self._token(request, auth)
        missing = self._find_missing(auth, token, needs)
        if missing:
            _refuse(request, "has no right", "Forbidden", missing)
        request.access = "token" if token else "auth key" if auth else "no auth"

    def _find_missing(self, auth: str | None, token: Token | None, needs: list[Need]) -> list[Need]:
        """Return the rights that neither a token, or an auth key, nor everybody has."""
        key = auth if token is None else None
        # A copy of the pattern's own work would let many of them take as long as they like.
        work = Work(MAX_PATTERN_STEPS)
        return [
            need
            for need in needs
            if not self.grants.allow(key, need) and not (token and token.allows(need, work))
        ]

    def _check_user(self, request: Request) -> None:
        """Raise ``Refusal`` for a token of another user, also where no right is needed."""
        token = self.token(request.query.get("auth", ""))
        if token is not None:
            _check_bound(request, token)

    def _token(self, request: Request, auth: str) -> Token | None:
        """Return the token in ``auth``, None for an auth key; raise ``Refusal`` if invalid."""
        try:
            token = read_token(auth, self._secrets.secret_key)
        except InvalidToken:
            _refuse(request, "token of elsewhere", "Invalid token")
        if token is None:
            return None
        if self.grants.is_revoked(token.digest):
            _refuse(request, "token was revoked", "Token is revoked")
        if token.ends <= self.now():
            request.access = "refused: token has ended"
            raise Refusal(_failure(403, "Token is expired.", "authz"))
        _check_bound(request, token)
        return token

    def grant_token(self, ttl: int, **content: Any) -> str:
        """Return a token that ends after ``ttl`` minutes; ``make_token`` has the ``content``."""
        return make_token(self._secrets.secret_key, seconds=int(self.now()), ttl=ttl, **content)

    def token(self, text: str) -> Token | None:
        """Return a token of this keyset; None for any other string."""
        try:
            return read_token(text, self._secrets.secret_key)
        except InvalidToken:
            return None


class AccessManagers:
    """The access managers of the keysets that have one, each made when it is first asked for.

    The parameters are those of an ``AccessManager``.
    """

    def __init__(
        self,
        keyring: Keyring,
        store: AccessTable,
        *,
        clock: Callable[[], float],
        now: Callable[[], float],
        window: float,
    ) -> None:
        self._keyring = keyring
        self._store = store
        self._clock = clock
        self._now = now
        self._window = window
        self._managers: dict[str, AccessManager] = {}

    def of(self, key: str) -> AccessManager | None:
        """Return that of a subscribe key; None if everything is allowed."""
        manager = self._managers.get(key)
        if manager is None and (keys := self._keyring.managed(key)) is not None:
            manager = self._managers[key] = AccessManager(
                key, keys, self._store, clock=self._clock, now=self._now, window=self._window
            )
        return manager

    def forget(self, key: str | None = None) -> None:
        """Forget what every keyset granted, or one, in memory: it is read from the store again."""
        if key is None:
            self._managers.clear()
        else:
            self._managers.pop(key, None)


def _check_bound(request: Request, token: Token) -> None:
    """Raise ``Refusal`` for a request by the token of one user as another one."""
    users = [request.query.get("uuid")]
    if request.operation in AS_USER:
        users.append(request.part("user"))
    if token.uuid is not None and any(user != token.uuid for user in users):
        _refuse(request, "token of another user", "Forbidden")


def _refuse(request: Request, reason: str, message: str, missing: Iterable[Need] = ()) -> NoReturn:
    """Refuse in the recorded form, naming what is not allowed.

    The name of a group comes after a colon: before it is the namespace, which is always empty.
    """
    request.access = f"refused: {reason}"
    payload: dict[str, list[str]] = {}
    for kind in _NAMED:
        mark = ":" if kind == "channel-groups" else ""
        names = [f"{mark}{need.subject.name}" for need in missing if need.subject.kind == kind]
        if names:
            payload[kind] = list(dict.fromkeys(names))
    if not payload:
        raise refusal(403, message, SERVICE)
    body = {"message": message, "payload": payload, "error": True, "service": SERVICE}
    raise Refusal(Answer.json({**body, "status": 403}, 403))


def _failure(status: int, message: str, source: str, *details: dict[str, str]) -> Answer:
    """Return a failure in the form that tokens have (recorded of a ttl out of range)."""
    error: dict[str, Any] = {"message": message, "source": source}
    if details:
        error["details"] = list(details)
    return Answer.json({"error": error, "service": SERVICE, "status": status}, status)


def invalid_request(
    source: str, message: str, detail: str, location: str, kind: str = "body"
) -> Refusal:
    """Return a refusal (400) of a part of a request about tokens, in the recorded form."""
    details = {"message": detail, "location": location, "locationType": kind}
    return Refusal(_failure(400, message, source, details))
