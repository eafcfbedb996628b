"""Message actions: added to messages, listed and removed."""

from __future__ import annotations

from typing import Any, Final, NoReturn
from urllib.parse import quote, urlencode

from pnfilter.decode import BrokenMessage, decode
from pnfilter.server.api.call import Call
from pnfilter.server.http.request import Request, body_of, whole_number
from pnfilter.server.http.response import INVALID_INPUT, Answer, Fault, source_refusal
from pnfilter.server.http.router import Route
from pnfilter.server.settings import MAX_ACTIONS, MAX_LISTED_ACTIONS, MAX_MESSAGE, MAX_TIMETOKEN
from pnfilter.server.store.messages import Slice, StoredAction
from pnfilter.server.wire import json_bytes, takes_messages

PATH: Final = "/v1/message-actions/"
#: How errors name what they are of (recorded).
SOURCE: Final = "actions"


def add_action(call: Call) -> Answer:
    """Add an action to a message, and announce it on the channel (documented).

    The message needs not be stored (documented). A user can add the same action once (recorded).
    """
    keyset, request = call.keyset, call.request
    channel, message, user = request.name("channel"), _timetoken(request, "message"), _user(call)
    if not takes_messages(channel):
        _refuse(400, "Invalid Channel")
    body = body_of(request)
    if len(body) > MAX_MESSAGE:
        _refuse(413, "Message Action Too Large")
    fields = _read_fields(body)
    actions = keyset.store.actions
    if actions.count(keyset.key, channel, message) >= MAX_ACTIONS:
        _refuse(400, f"A message has {MAX_ACTIONS:,} actions at most")
    action = StoredAction(keyset.timetokens.next(), message, fields["type"], fields["value"], user)
    if not actions.add(keyset.key, channel, action):
        _refuse(409, "Action Already Added")
    _announce(call, channel, "added", action)
    return Answer.json({"status": 200, "data": _action_fields(action)})


def _read_fields(body: bytes) -> dict[str, str]:
    """Return the type and the value of an action; ``Refusal`` that names what is wrong with them.

    Of a missing one the words are recorded.
    """
    try:
        fields = decode(body)
    except BrokenMessage as error:
        _refuse_input(str(error), "body")
    if not isinstance(fields, dict):
        _refuse_input("A JSON object is expected", "body")
    for name in ("type", "value"):
        if fields.get(name) is None:
            _refuse_input("Missing field", name)
        if not isinstance(fields[name], str) or not fields[name]:
            _refuse_input("A string that is not empty is expected", name)
    return fields


def remove_action(call: Call) -> Answer:
    """Remove an action that the user has added, and announce it on the channel (documented).

    That of another user is refused (recorded), and so is one that isn't there (a test of the SDK
    for Swift has that).
    """
    keyset, request = call.keyset, call.request
    channel, actions = request.name("channel"), keyset.store.actions
    message, timetoken = (_timetoken(request, name) for name in ("message", "action"))
    action = actions.remove(keyset.key, channel, message, timetoken, _user(call))
    if action is None:
        of_others = actions.of_message(keyset.key, channel, message)
        if any(other.timetoken == timetoken for other in of_others):
            _refuse(400, "Not deleting message action: wrong uuid specified")
        _refuse(400, "No matching message actions to delete")
    _announce(call, channel, "removed", action)
    return Answer.json({"status": 200, "data": {}})


def list_actions(call: Call) -> Answer:
    """Actions in a channel, oldest first: the newest that are older than ``start`` (documented).

    ``end`` is the oldest of them. Where there are others, ``more`` says how to get these
    (recorded): as many as are still to come of those that were asked for, or the next page.
    """
    keyset, request = call.keyset, call.request
    query, channel = request.query, request.name("channel")
    start, end = (query.number(name, most=MAX_TIMETOKEN) for name in ("start", "end"))
    part = Slice(end or 0, MAX_TIMETOKEN if start is None else start - 1, oldest_first=False)
    asked = query.number("limit") or None
    most = min(asked or MAX_LISTED_ACTIONS, MAX_LISTED_ACTIONS)
    actions = keyset.store.actions.read(keyset.key, channel, part, most + 1)
    page = actions[-most:]
    answer: dict[str, Any] = {"status": 200, "data": [_action_fields(action) for action in page]}
    if len(actions) > most:
        oldest = keyset.store.actions.oldest(keyset.key, channel, part)
        following: dict[str, Any] = {"start": str(page[0].timetoken), "end": str(oldest)}
        # Without a limit all of them were asked for.
        following["limit"] = most if asked is None or asked <= most else asked - most
        path = f"/v1/message-actions/{quote(keyset.key)}/channel/{quote(channel, safe='')}"
        answer["more"] = {"url": f"{path}?{urlencode(following)}", **following}
    return Answer.json(answer)


def _user(call: Call) -> str:
    """Who asks; an action belongs to a user."""
    if not call.user:
        _refuse(400, "`uuid` is needed")
    return call.user


def _timetoken(request: Request, name: str) -> int:
    number = whole_number(request.part(name), f"{name} timetoken")
    if number > MAX_TIMETOKEN:
        _refuse(400, f"The {name} timetoken is too large")
    return number


def _refuse(status: int, message: str, *faults: Fault) -> NoReturn:
    """Refuse in the form that message actions have for their errors (recorded)."""
    raise source_refusal(status, message, SOURCE, *faults)


def _refuse_input(message: str, location: str) -> NoReturn:
    _refuse(400, INVALID_INPUT, Fault(message, location))


def _action_fields(action: StoredAction) -> dict[str, str]:
    """Return an action as clients read it."""
    return {
        "type": action.type,
        "value": action.value,
        "uuid": action.publisher,
        "actionTimetoken": str(action.timetoken),
        "messageTimetoken": str(action.message),
    }


def _announce(call: Call, channel: str, event: str, action: StoredAction) -> None:
    """Deliver an action's event to the subscribers of the channel (wire protocol, section 3)."""
    data = _action_fields(action)
    del data["uuid"]
    payload = {"source": "actions", "version": "1.0", "event": event, "data": data}
    keyset = call.keyset
    keyset.deliver(
        keyset.make_event(
            channel, json_bytes(payload), payload, "action", publisher=action.publisher
        )
    )


_CHANNEL: Final = PATH + "{sub}/channel/{channel}"

ROUTES: Final = (
    Route("GET", _CHANNEL, "list_actions", list_actions),
    Route("POST", _CHANNEL + "/message/{message}", "add_action", add_action),
    Route(
        "DELETE", _CHANNEL + "/message/{message}/action/{action}", "remove_action", remove_action
    ),
)
