"""Registrations for push notifications. Nothing is ever sent to a device."""

from __future__ import annotations

import re
from typing import Final, NoReturn

from pnfilter.server.api.call import Call
from pnfilter.server.http.request import check_name
from pnfilter.server.http.response import Answer, Refusal
from pnfilter.server.http.router import Route
from pnfilter.server.settings import (
    MAX_DEVICE_CHANNELS,
    MAX_LISTED_REGISTRATIONS,
    MAX_REGISTRATIONS,
)
from pnfilter.server.store.tables import Device

SERVICE: Final = "Push"
#: What the official SDKs send (observed); each is by itself (assumed).
TYPES: Final = ("gcm", "fcm", "apns", "mpns")
APNS: Final = "apns"
APNS2: Final = "apns2"
#: The token of a device of Apple's that channels are added to: 16 digits were taken, words were
#: not (recorded). Any is taken for a removal (recorded).
_APPLE_TOKEN: Final = re.compile(r"[0-9A-Fa-f]{16,}")
ENVIRONMENTS: Final = ("development", "production")


def change_or_list(call: Call) -> Answer:
    """Register a device for channels, or no longer, or list its channels (observed in SDKs).

    Without ``add`` and ``remove`` it is a list: all channels in the order of their names, or the
    first ``count`` of those after ``start`` (assumed). A device needs no creation (assumed).
    """
    query, registrations, key = call.request.query, call.keyset.store.registrations, call.keyset.key
    device = _device(call)
    if not query.keys() & {"add", "remove"}:
        after, most = query.get("start", ""), query.number("count", most=MAX_LISTED_REGISTRATIONS)
        return Answer.json(registrations.channels(key, device, after=after, most=most or None))
    added, removed = query.names("add"), query.names("remove")
    if not added and not removed:
        _refuse("`add` or `remove` names channels")
    if added:
        _check_room(call, device, added)
    registrations.change(key, device, added, removed)
    return Answer.json([1, "Modified Channels"])


def remove_device(call: Call) -> Answer:
    """Register a device for nothing any more (observed: what SDKs send and read)."""
    call.keyset.store.registrations.remove(call.keyset.key, _device(call))
    return Answer.json([1, "Removed Device"])


def _check_room(call: Call, device: Device, added: tuple[str, ...]) -> None:
    registrations, key = call.keyset.store.registrations, call.keyset.key
    channels = registrations.channels(key, device)
    new = {*added}.difference(channels)
    if len(channels) + len(new) > MAX_DEVICE_CHANNELS:
        _refuse(f"A device has {MAX_DEVICE_CHANNELS:,} channels at most")
    if registrations.count(key) + len(new) > MAX_REGISTRATIONS:
        _refuse(f"All devices have {MAX_REGISTRATIONS:,} channels together at most")


def _device(call: Call) -> Device:
    """The device that a request is about; raise ``Refusal`` if it doesn't say how that is reached.

    What is wrong with a type or a token is recorded; the other messages are assumed, and so is the
    environment ``development`` if none is given.
    """
    query, name = call.request.query, call.request.name("device")
    kind, topic = query.get("type", ""), query.get("topic", "")
    is_apns2 = "apns2" in call.request.route
    if kind not in (("", APNS, APNS2) if is_apns2 else TYPES):
        _refuse("Invalid type argument")
    if (is_apns2 or kind == APNS) and query.names("add") and not _APPLE_TOKEN.fullmatch(name):
        _refuse("Invalid device token")
    if not is_apns2:
        return Device(kind, "", "", name)
    if not topic:
        _refuse("`topic` is needed")
    environment = query.get("environment", "") or ENVIRONMENTS[0]
    if environment not in ENVIRONMENTS:
        _refuse(f"`environment` is {' or '.join(ENVIRONMENTS)}")
    return Device(APNS2, check_name(topic), environment, name)


def _refuse(message: str) -> NoReturn:
    """Refuse in the form that push has for its errors (recorded)."""
    raise Refusal(Answer.json({"error": message}, 400))


_V1: Final = "/v1/push/sub-key/{sub}/devices/{device}"
_V2: Final = "/v2/push/sub-key/{sub}/devices-apns2/{device}"

ROUTES: Final = (
    Route("GET", _V1, "push_channels", change_or_list),
    Route("GET", _V1 + "/remove", "remove_device", remove_device),
    Route("GET", _V2, "push_channels", change_or_list),
    Route("GET", _V2 + "/remove", "remove_device", remove_device),
)
