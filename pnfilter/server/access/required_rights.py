"""Which rights each operation needs, and to what. An operation without a row needs the secret key.

Read, write, delete, get, update, manage and join as documented (docs/protocol.md, rights by call);
what the documentation leaves out is assumed, and marked. Channels of a group need no right of their
own, the group does. Presence channels (``a-pnpres``) and wildcards have own names (assumed).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from pnfilter.decode import BrokenMessage, decode
from pnfilter.server.http.request import Request, body_of
from pnfilter.server.wire import (
    DELETE,
    EVERYTHING,
    GET,
    JOIN,
    MANAGE,
    READ,
    UPDATE,
    WRITE,
    Need,
    Resource,
    Subject,
)

#: Gives what a request needs.
Rule = Callable[[Request], Iterable[Need]]


def _all(kind: Resource, names: Iterable[str], right: int) -> Iterator[Need]:
    return (Need(Subject(kind, name), right) for name in names)


def _rule(*rules: Rule) -> Rule:
    """Return what every one of some rules needs."""
    return lambda request: (need for rule in rules for need in rule(request))


def _channel(right: int) -> Rule:
    """Return the one channel of the path."""
    return lambda request: _all("channels", (request.name("channel"),), right)


def _only_channel(right: int) -> Rule:
    """Return the one channel of a path that other operations have a list in."""
    return lambda request: _all("channels", (request.name("channels"),), right)


def _channels(right: int) -> Rule:
    """Return the channels of the path."""
    return lambda request: _all("channels", request.names("channels"), right)


def _parameter_channels(right: int, *parameters: str) -> Rule:
    """Return the channels in some parameters."""
    return lambda request: _all(
        "channels", (name for one in parameters for name in request.query.names(one)), right
    )


def _groups(right: int) -> Rule:
    """Return the groups in the query."""
    return lambda request: _all("channel-groups", request.query.names("channel-group"), right)


def _group(right: int) -> Rule:
    """Return the group of the path."""
    return lambda request: _all("channel-groups", (request.name("group"),), right)


def _user(right: int) -> Rule:
    """Return the user of the path."""
    return lambda request: _all("uuids", (request.name("user"),), right)


def _category(name: str, right: int) -> Rule:
    """Return all metadata of a kind."""
    return lambda _: (Need(Subject("categories", name), right),)


def _everything(right: int) -> Rule:
    """Return the whole keyset."""
    return lambda _: (Need(EVERYTHING, right),)


def _here_now(request: Request) -> Iterable[Need]:
    """Who is anywhere is for who may read everything (assumed)."""
    places = list(_PLACES(request)) if "channels" in request.parts else []
    return places or _everything(READ)(request)


def _membership_needs(request: Request) -> Iterable[Need]:
    """The channels in the body of a change of memberships; one that can't be read needs everything.

    Without any, the answer lists the memberships all the same.
    """
    try:
        body = decode(body_of(request))
    except BrokenMessage:
        body = None
    needs = [Need(_joined_channel(item), JOIN) for item in _items(body)]
    return needs or _user(GET)(request)


def _joined_channel(item: Any) -> Subject:
    channel = item.get("channel") if isinstance(item, dict) else None
    name = channel.get("id") if isinstance(channel, dict) else None
    return Subject("channels", name) if isinstance(name, str) else EVERYTHING


def _items(body: Any) -> Iterator[Any]:
    if not isinstance(body, dict):
        # The operation refuses it.
        return
    for part in ("set", "delete"):
        listed = body.get(part) or []
        yield from listed if isinstance(listed, list) else (listed,)


_PLACES: Final = _rule(_channels(READ), _groups(READ))
#: Needs no right.
FREE: Final = _rule()
#: Needs the secret key.
SIGNED: Final = _rule()

#: What is done as the user of the path: by a token of one user for this one alone (assumed).
AS_USER: Final = frozenset({"set_state", "change_memberships"})

RULES: Final[Mapping[str, Rule]] = {
    "time": FREE,
    "health": FREE,
    "publish": _channel(WRITE),
    "signal": _channel(WRITE),
    "subscribe": _PLACES,
    # Assumed: a user who is present subscribes.
    "heartbeat": _PLACES,
    # Recorded.
    "leave": _PLACES,
    "here_now": _here_now,
    "where_now": FREE,
    # Assumed, as asking for presence.
    "get_state": _PLACES,
    "set_state": _PLACES,
    # Assumed: listing belongs to changing.
    "list_groups": _everything(MANAGE),
    "group": _group(MANAGE),
    "delete_group": _group(MANAGE),
    "history": _channel(READ),
    "fetch": _channels(READ),
    "fetch_with_actions": _channels(READ),
    "message_counts": _channels(READ),
    "delete_messages": _only_channel(DELETE),
    "list_actions": _channel(READ),
    "add_action": _channel(WRITE),
    "remove_action": _channel(DELETE),
    # Of two that SDKs ask for without any authorisation, the address is the right.
    "generate_upload_url": _channel(WRITE),
    "upload_file": FREE,
    "publish_file": _channel(WRITE),
    "list_files": _channel(READ),
    "file_address": _channel(READ),
    "download_file": FREE,
    "delete_file": _channel(DELETE),
    "list_users": _category("uuids", GET),
    "get_user": _user(GET),
    "set_user": _user(UPDATE),
    "remove_user": _user(DELETE),
    "list_channels": _category("channels", GET),
    "get_channel": _channel(GET),
    "set_channel": _channel(UPDATE),
    "remove_channel": _channel(DELETE),
    "list_members": _channel(GET),
    "change_members": _channel(MANAGE),
    "list_memberships": _user(GET),
    # Assumed: the user's own metadata needs no right beside it.
    "change_memberships": _membership_needs,
    # Assumed: to list what a device is registered for, and to remove it, needs none.
    "push_channels": _parameter_channels(READ, "add", "remove"),
    "remove_device": FREE,
    "grant": SIGNED,
    "audit": SIGNED,
    "grant_token": SIGNED,
    "revoke_token": SIGNED,
}
