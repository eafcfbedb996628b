"""The access manager: grants to auth keys, their audit, tokens and their revocation.

Every one of these needs the secret key, so the request is signed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from pnfilter.server.access.grants import EVERYBODY, Grant, GrantLimitReached
from pnfilter.server.access.manager import SERVICE, AccessManager, invalid_request
from pnfilter.server.access.tokens import InvalidTokenRequest, read_request
from pnfilter.server.api.call import Call
from pnfilter.server.http.request import Query, body_of, decode_json
from pnfilter.server.http.response import Answer, refuse
from pnfilter.server.http.router import Route
from pnfilter.server.settings import (
    GRANT_MINUTES,
    MAX_GRANT_MINUTES,
    MAX_GRANTS,
    MAX_REVOCATIONS,
    MAX_TOKEN,
)
from pnfilter.server.wire import EVERYTHING, LETTERS, Resource, Subject

#: The parameters that name subjects, and their kinds.
_PARAMETERS: Final[Mapping[str, Resource]] = {
    "channel": "channels",
    "channel-group": "channel-groups",
    "target-uuid": "uuids",
    "category": "categories",
}
#: The level of rights in an answer: to all, and to auth keys (documented: keyset, channel, user).
_LEVELS: Final[Mapping[Resource, tuple[str, str]]] = {
    "keyset": ("subkey", "subkey"),
    "channels": ("channel", "user"),
    "channel-groups": ("channel-group", "channel-group+auth"),
    "uuids": ("uuid", "uuid"),
    "categories": ("category", "category"),
}
#: How an audit names the one subject that it is of (recorded of the first two).
_SINGULAR: Final[Mapping[Resource, str]] = {
    kind: parameter for parameter, kind in _PARAMETERS.items()
}
#: What an audit of everything lists, also where it is empty (recorded).
_AUDITED: Final = ("channels", "objects", "channel-groups")
#: Whose metadata can be listed with a right.
_CATEGORIES: Final = {"channels", "uuids"}
#: The rights of an auth key, or of everybody, to each of some subjects.
_Held = Mapping[Subject, Mapping[str, Grant]]


def grant(call: Call) -> Answer:
    """Grant rights to channels, groups or users' metadata, or to everything with the subscribe key.

    They go to the auth keys, or to everybody without any, in place of earlier ones; without any
    right all are taken back. ``ttl`` is in minutes, 0 without end, 1,440 by default (documented);
    one that is too large counts as the largest (tests of the SDK for Go expect a grant). Auth keys
    without anything to have rights to are refused (recorded). The answer has what SDKs read.
    """
    manager, query = _manager(call), call.request.query
    if not query.keys() & LETTERS.keys():
        refuse(400, "No rights: " + ", ".join(f"`{letter}`" for letter in LETTERS), SERVICE)
    rights = sum(bit for letter, bit in LETTERS.items() if query.flag(letter))
    subjects, named = _read_names(query)
    if named and subjects == [EVERYTHING]:
        refuse(400, "Auth-only grants are reserved for future use", SERVICE)
    auths = named or (EVERYBODY,)
    kinds = {subject.kind for subject in subjects}
    if kinds & {"uuids", "categories"} and (EVERYBODY in auths or len(kinds) > 1):
        refuse(400, "Rights to users and categories are granted alone, and to auth keys", SERVICE)
    if "categories" in kinds and not {subject.name for subject in subjects} <= _CATEGORIES:
        refuse(400, "The categories are `channels` and `uuids`", SERVICE)
    minutes = query.number("ttl", most=MAX_GRANT_MINUTES)
    minutes = GRANT_MINUTES if minutes is None else minutes
    try:
        granted = manager.grants.grant(subjects, auths, rights, minutes)
    except GrantLimitReached:
        refuse(400, f"There are at most {MAX_GRANTS:,} grants", SERVICE)
    held = {subject: dict.fromkeys(auths, granted) for subject in subjects}
    return _ok(message="Success", payload=_payload(call, held, minutes))


def audit(call: Call) -> Answer:
    """List the present grants: to the named channels and groups or to all, to auth keys or to all.

    Without a channel or group all grants to all are listed, also where auth keys are named, and
    auth keys without a right are not listed. That and the form of the answer are recorded; minutes
    are those that are left (assumed).
    """
    manager, query = _manager(call), call.request.query
    wanted, auths = _read_names(query)
    is_all = wanted == [EVERYTHING]
    found: dict[Subject, dict[str, Grant]] = {}
    for subject in manager.grants.subjects() if is_all else wanted:
        held = manager.grants.held(subject)
        if auths and not is_all:
            held = {auth: held[auth] for auth in sorted(held.keys() & auths)}
        if held:
            found[subject] = held
    describe = partial(_describe, now=manager.now())
    level = "subkey" if is_all else _LEVELS[wanted[0].kind][bool(auths)]
    payload: dict[str, Any] = {"level": level, "subscribe_key": call.keyset.key}
    if auths and len(wanted) == 1 and not is_all:
        subject = wanted[0]
        payload[_SINGULAR[subject.kind]] = subject.name
        payload |= {"auths": {}} | describe(found.get(subject, {}))
        return _ok(message="Success", payload=payload)
    kinds = _AUDITED if is_all else dict.fromkeys(subject.kind for subject in wanted)
    payload |= {kind: {} for kind in kinds}
    return _ok(message="Success", payload=_with_subjects(payload, found, describe))


def _manager(call: Call) -> AccessManager:
    if call.access is None:
        refuse(403, "This keyset has no access manager: see --keys", SERVICE)
    return call.access


def _read_names(query: Query) -> tuple[list[Subject], tuple[str, ...]]:
    """Return what is named, or the whole keyset, and the auth keys.

    ``Refusal`` for a list that is there and empty, and for more pairs than there may be grants: two
    lists make millions, which took minutes.
    """
    for parameter in (*_PARAMETERS, "auth"):
        # Left out, it means all of them.
        if parameter in query and not query.names(parameter):
            refuse(400, f"`{parameter}` is empty: name some, or leave it out for all", SERVICE)
    subjects, auths = _subjects(query), query.names("auth")
    if len(subjects) * len(auths) > MAX_GRANTS:
        refuse(400, f"At most {MAX_GRANTS:,} pairs of a name and an auth key at once", SERVICE)
    return subjects, auths


def _subjects(query: Query) -> list[Subject]:
    named = [
        Subject(kind, name)
        for parameter, kind in _PARAMETERS.items()
        for name in query.names(parameter)
    ]
    return named or [EVERYTHING]


def _payload(call: Call, held: _Held, minutes: int) -> dict[str, Any]:
    """Return what was granted as SDKs read it."""
    level = _level(held)
    payload: dict[str, Any] = {"level": level, "subscribe_key": call.keyset.key, "ttl": minutes}
    if (alone := _alone(held)) is not None and level != "subkey":
        subject, grants = alone
        # A single one is beside its keys (recorded of channels).
        place = "channel" if subject.kind == "channels" else subject.kind
        return {**payload, place: subject.name, **_describe(grants)}
    return _with_subjects(payload, held, _describe)


def _with_subjects(
    payload: dict[str, Any], held: _Held, describe: Callable[[Mapping[str, Grant]], dict[str, Any]]
) -> dict[str, Any]:
    """Return a payload with what is granted to each of some subjects."""
    for subject, grants in held.items():
        if subject == EVERYTHING:
            payload |= describe(grants)
        else:
            payload.setdefault(subject.kind, {})[subject.name] = describe(grants)
    return payload


def _describe(grants: Mapping[str, Grant], now: float | None = None) -> dict[str, Any]:
    """Return the rights of everybody and of auth keys.

    At a time, as an audit has them: with the minutes left if there is an end, and without what is
    not granted, except for the three rights that there were when one was recorded.
    """

    def flags(grant: Grant) -> dict[str, int]:
        found = {letter: int(bool(grant.rights & bit)) for letter, bit in LETTERS.items()}
        if now is None:
            return found
        listed = {letter: flag for letter, flag in found.items() if flag or letter in "rwm"}
        return {**listed, "ttl": grant.minutes(now)} if grant.ends else listed

    keys = {auth: flags(grant) for auth, grant in grants.items() if auth != EVERYBODY}
    everybody = flags(grants[EVERYBODY]) if EVERYBODY in grants else {}
    return {**everybody, **({"auths": keys} if keys else {})}


def _level(held: _Held) -> str:
    subject, grants = next(iter(held.items()))
    return _LEVELS[subject.kind][EVERYBODY not in grants and bool(grants)]


def _alone(held: _Held) -> tuple[Subject, Mapping[str, Grant]] | None:
    """Return the only channel or group, where rights to it are those of auth keys alone."""
    if len(held) != 1:
        return None
    subject, grants = next(iter(held.items()))
    if subject.kind not in ("channels", "channel-groups") or EVERYBODY in grants or not grants:
        return None
    return subject, grants


def grant_token(call: Call) -> Answer:
    """Make a token with what the body asks for (recorded; assumed: refusals except for the ttl)."""
    manager = _manager(call)
    try:
        content = read_request(decode_json(body_of(call.request), "body"))
    except InvalidTokenRequest as error:
        raise invalid_request("grant", error.message, error.detail, error.part) from None
    token = manager.grant_token(**content)
    if len(token) > MAX_TOKEN:
        detail = f"A token has up to {MAX_TOKEN} characters."
        raise invalid_request("grant", "Invalid permissions", detail, "permissions")
    return _ok(data={"message": "Success", "token": token})


def revoke_token(call: Call) -> Answer:
    """A token is worth nothing from now on (recorded, and that one that has ended is refused)."""
    manager = _manager(call)
    token = manager.token(call.request.part("token"))
    if token is None:
        raise _invalid_token("Token is not valid.")
    if token.ends <= manager.now():
        raise _invalid_token("Token is expired.")
    try:
        manager.grants.revoke(token.digest, token.ends)
    except GrantLimitReached:
        refuse(400, f"There are at most {MAX_REVOCATIONS:,} revoked tokens", SERVICE)
    return _ok(data={"message": "Success"})


def _invalid_token(detail: str) -> Exception:
    return invalid_request("revoke", "Invalid token", detail, "token", "path")


def _ok(**fields: Any) -> Answer:
    return Answer.json({**fields, "service": SERVICE, "status": 200})


_TOKENS: Final = "/v3/pam/{sub}/grant"

ROUTES: Final = (
    Route("GET", "/v2/auth/grant/sub-key/{sub}", "grant", grant),
    Route("GET", "/v2/auth/audit/sub-key/{sub}", "audit", audit),
    Route("POST", _TOKENS, "grant_token", grant_token),
    Route("DELETE", _TOKENS + "/{token}", "revoke_token", revoke_token),
)
