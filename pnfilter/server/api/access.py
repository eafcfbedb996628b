"""The access manager: grants to auth keys, their audit, tokens and their revocation.

Every one of these needs the secret key, so the request is signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pnfilter.server.access.grants import EVERYBODY, Grant, GrantLimitReached
from pnfilter.server.access.manager import SERVICE, AccessManager, invalid_request
from pnfilter.server.access.tokens import InvalidTokenRequest, read_request
from pnfilter.server.api.call import Call
from pnfilter.server.http.request import Query, decode_json, inflate_body
from pnfilter.server.http.response import Answer, refuse
from pnfilter.server.http.router import Route
from pnfilter.server.settings import (
    GRANT_MINUTES,
    MAX_BODY,
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
#: Whose metadata can be listed with a right.
_CATEGORIES: Final = {"channels", "uuids"}
#: The rights of an auth key, or of everybody, to each of some subjects.
_Held = Mapping[Subject, Mapping[str, Grant]]


def grant(call: Call) -> Answer:
    """Grant rights to channels, groups or users' metadata, or to everything with the subscribe key.

    They go to the auth keys, or to everybody without any, in place of earlier ones; without any
    right all are taken back. ``ttl`` is in minutes, 0 without end, 1,440 by default (documented).
    The answer has what SDKs read.
    """
    manager, query = _manager(call), call.request.query
    if not query.keys() & LETTERS.keys():
        refuse(400, "No rights: " + ", ".join(f"`{letter}`" for letter in LETTERS), SERVICE)
    rights = sum(bit for letter, bit in LETTERS.items() if query.flag(letter))
    subjects, named = _read_names(query)
    auths = named or (EVERYBODY,)
    kinds = {subject.kind for subject in subjects}
    if kinds & {"uuids", "categories"} and (EVERYBODY in auths or len(kinds) > 1):
        refuse(400, "Rights to users and categories are granted alone, and to auth keys", SERVICE)
    if "categories" in kinds and not {subject.name for subject in subjects} <= _CATEGORIES:
        refuse(400, "The categories are `channels` and `uuids`", SERVICE)
    minutes = query.number("ttl", GRANT_MINUTES)
    if minutes is None or minutes > MAX_GRANT_MINUTES:
        detail = f"Range should be 0 to {MAX_GRANT_MINUTES} minute(s)."
        raise invalid_request("grant", "Invalid ttl", detail, "ttl", "query")
    try:
        granted = manager.grants.grant(subjects, auths, rights, minutes)
    except GrantLimitReached:
        refuse(400, f"There are at most {MAX_GRANTS:,} grants", SERVICE)
    held = {subject: dict.fromkeys(auths, granted) for subject in subjects}
    return _ok(message="Success", payload=_payload(call, held, manager.now(), minutes))


def audit(call: Call) -> Answer:
    """List the present grants: to the named channels and groups or to all, to auth keys or to all.

    The answer has what SDKs read; minutes are those that are left (assumed).
    """
    manager, query = _manager(call), call.request.query
    wanted, auths = _read_names(query)
    is_all = wanted == [EVERYTHING]
    found: dict[Subject, dict[str, Grant]] = {}
    for subject in manager.grants.subjects() if is_all else wanted:
        held = manager.grants.held(subject)
        if auths:
            listed = sorted(held.keys() & auths) if is_all else auths
            held = {auth: held.get(auth, Grant(0, 0)) for auth in listed}
        if held or not is_all:
            found[subject] = held
    level = "subkey" if is_all else None
    return _ok(message="Success", payload=_payload(call, found, manager.now(), None, level))


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


def _payload(
    call: Call, held: _Held, now: float, minutes: int | None, level: str | None = None
) -> dict[str, Any]:
    """Return rights as SDKs read them; without ``minutes``, each with the minutes that are left."""

    def flags(grant: Grant) -> dict[str, int]:
        found = {letter: int(bool(grant.rights & bit)) for letter, bit in LETTERS.items()}
        return found if minutes is not None else {**found, "ttl": grant.minutes(now)}

    def describe(grants: Mapping[str, Grant]) -> dict[str, Any]:
        keys = {auth: flags(grant) for auth, grant in grants.items() if auth != EVERYBODY}
        everybody = flags(grants[EVERYBODY]) if EVERYBODY in grants else {}
        return {**everybody, **({"auths": keys} if keys else {})}

    payload: dict[str, Any] = {"subscribe_key": call.keyset.key}
    if minutes is not None:
        payload["ttl"] = minutes
    if level is None:
        level = _level(held)
    if (alone := _alone(held)) is not None and level != "subkey":
        subject, grants = alone
        # A single one is beside its keys (recorded of channels).
        place = "channel" if subject.kind == "channels" else subject.kind
        return {"level": level, **payload, place: subject.name, **describe(grants)}
    for subject, grants in held.items():
        if subject == EVERYTHING:
            payload |= describe(grants)
        else:
            payload.setdefault(subject.kind, {})[subject.name] = describe(grants)
    return {"level": level, **payload}


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
        content = read_request(decode_json(inflate_body(call.request, MAX_BODY) or b"", "body"))
    except InvalidTokenRequest as error:
        message = f"Invalid {error.part.partition('.')[0]}"
        raise invalid_request("grant", message, error.detail, error.part) from None
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
