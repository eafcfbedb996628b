"""Presence: who is where, and with which state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pnfilter.server.api.call import Call
from pnfilter.server.http.response import Answer, Refusal, refuse
from pnfilter.server.http.router import Route
from pnfilter.server.settings import MAX_OCCUPANTS, MAX_STATE, PRESENCE_SECONDS
from pnfilter.server.wire import json_bytes

SERVICE: Final = "Presence"


def heartbeat(call: Call) -> Answer:
    """Note that the user is still there (recorded)."""
    _require_user(call)
    enter(call, *_places(call), call.user)
    return _ok()


def enter(call: Call, channels: tuple[str, ...], groups: tuple[str, ...], user: str) -> None:
    """Note that the user of a heartbeat or a subscribe request is present, if it names a user.

    ``heartbeat`` is for how many seconds, ``state`` an object with a state for each of some
    channels or groups.
    """
    states = call.request.query.object("state")
    for name, state in states.items():
        _check_state(state, f"state of {name}")
    if user:
        seconds = call.request.query.number("heartbeat", 0) or PRESENCE_SECONDS
        call.keyset.presence.keep_present(user, channels, groups, seconds, states)


def leave(call: Call) -> Answer:
    """Note that the user has left (recorded); no error if it wasn't there (assumed)."""
    _require_user(call)
    call.keyset.presence.leave(call.user, *_places(call))
    return _ok(action="leave")


def here_now(call: Call) -> Answer:
    """Who is on channels, on those of groups, or on any channel (recorded).

    An empty list of channels without groups is for any channel as well (assumed: two SDKs send it).

    ``disable_uuids`` leaves the users out, ``state`` adds their states, ``limit`` and ``offset``
    cut the list of each channel (documented; more than 1,000 are refused, as tests of the SDKs for
    Go and Kotlin expect). Of several channels those without users are left out, and
    ``disable-uuids``, which two SDKs send, is the same (assumed).
    """
    presence, parts = call.keyset.presence, call.request.parts
    most = call.request.query.number("limit", MAX_OCCUPANTS)
    if most is not None and most > MAX_OCCUPANTS:
        refuse(400, f"Cannot return more than {MAX_OCCUPANTS} uuids at a time", SERVICE)
    names = groups = tuple[str, ...]()
    if "channels" in parts:
        names, groups = call.request.names("channels"), call.request.query.names("channel-group")
    if not names and not groups:
        channels = presence.occupied()
    else:
        if _is_single(call, groups):
            return _ok(**_occupancy(call, names[0]))
        channels = presence.occupied(names, groups)
    found = {channel: _occupancy(call, channel) for channel in channels}
    total = sum(map(presence.occupancy, channels))
    return _ok(payload={"channels": found, "total_channels": len(found), "total_occupancy": total})


def _occupancy(call: Call, channel: str) -> dict[str, Any]:
    query, presence = call.request.query, call.keyset.presence
    found: dict[str, Any] = {"occupancy": presence.occupancy(channel)}
    if query.flag("disable_uuids") or query.flag("disable-uuids"):
        return found
    first = query.number("offset", 0, most=found["occupancy"]) or 0
    users = presence.occupants(channel, first, query.number("limit", MAX_OCCUPANTS))
    if query.flag("state"):
        uuids: list[Any] = [
            {"uuid": user, "state": state} if state else {"uuid": user} for user, state in users
        ]
    else:
        uuids = [user for user, _ in users]
    return {"uuids": uuids, **found}


def where_now(call: Call) -> Answer:
    """Return the channels that a user is on (recorded)."""
    channels = call.keyset.presence.where(call.request.name("user"))
    return _ok(payload={"channels": channels})


def set_state(call: Call) -> Answer:
    """A user's state on channels, in place of the one it had; the answer repeats it (recorded)."""
    user, places = call.request.name("user"), _places(call)
    if "state" not in call.request.query:
        # As a test of the SDK for Swift has it, a number in place of a truth value as well.
        reply = {"status": 400, "error": 1, "message": "No state specified.", "service": SERVICE}
        raise Refusal(Answer.json(reply, 400))
    state = call.request.query.object("state")
    _check_state(state, "state")
    call.keyset.presence.set_state(user, *places, state)
    return _ok(payload=state)


def get_state(call: Call) -> Answer:
    """A user's state (recorded): on the one channel that is asked for, or on each of several."""
    user, (channels, groups) = call.request.name("user"), _places(call)
    states = call.keyset.presence.states(user, channels, groups)
    if _is_single(call, groups):
        return _ok(uuid=user, channel=channels[0], payload=states.get(channels[0], {}))
    return _ok(uuid=user, payload={"channels": states})


def _places(call: Call) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the channels and the groups of a request, which names at least one."""
    channels, groups = call.request.names("channels"), call.request.query.names("channel-group")
    if not channels and not groups:
        refuse(400, "No channels and no channel groups", SERVICE)
    return channels, groups


def _is_single(call: Call, groups: tuple[str, ...]) -> bool:
    """Whether the answer is that for one channel; a list that has it twice is a list (recorded)."""
    return not groups and "," not in call.request.part("channels")


def _require_user(call: Call) -> None:
    if not call.user:
        refuse(400, "Missing UUID", SERVICE)


def _check_state(state: Any, name: str) -> None:
    """Raise ``Refusal`` for a state that is not an object, is too large, or isn't JSON."""
    if not isinstance(state, dict):
        refuse(400, f"The {name} must be a JSON object", SERVICE)
    try:
        size = len(json_bytes(state))
    except TypeError:
        refuse(400, f"The {name} holds a number that is out of range", SERVICE)
    if size > MAX_STATE:
        refuse(413, f"The {name} has more than {MAX_STATE:,} bytes", SERVICE)


def _ok(**fields: Any) -> Answer:
    return Answer.json({"status": 200, "message": "OK", **fields, "service": SERVICE})


#: How paths of presence begin in some SDKs, and in the others (read in SDKs, recorded of a state).
SPELLINGS: Final[Mapping[tuple[str, ...], tuple[str, ...]]] = {
    ("v2", "presence", "sub_key"): ("v2", "presence", "sub-key")
}
_KEYSET: Final = "/v2/presence/sub-key/{sub}"

ROUTES: Final = (
    Route("GET", _KEYSET, "here_now", here_now),
    Route("GET", _KEYSET + "/channel/{channels}", "here_now", here_now),
    Route("GET", _KEYSET + "/channel/{channels}/heartbeat", "heartbeat", heartbeat),
    Route("GET", _KEYSET + "/channel/{channels}/leave", "leave", leave),
    Route("GET", _KEYSET + "/channel/{channels}/uuid/{user}", "get_state", get_state),
    Route("GET", _KEYSET + "/channel/{channels}/uuid/{user}/data", "set_state", set_state),
    Route("GET", _KEYSET + "/uuid/{user}", "where_now", where_now),
)
