"""The events of App Context: what subscribers are told of changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pnfilter.server.app_context.rules import changes
from pnfilter.server.broker.events import Event
from pnfilter.server.broker.keyset import Keyset
from pnfilter.server.store.objects import Kind, Record
from pnfilter.server.wire import json_bytes, takes_messages


def change_events(
    keyset: Keyset,
    channels: Iterable[str],
    type: Literal["uuid", "channel", "membership"],
    event: Literal["set", "delete"],
    data: dict[str, Any],
) -> list[Event]:
    """An event for each of the channels, each once, to be delivered when the change is stored.

    The form is recorded. It has no publisher (recorded), and no filter holds it back (assumed).
    """
    payload = {
        "source": "objects",
        "version": "2.0",
        "event": event,
        "type": type,
        "data": data,
    }
    text = json_bytes(payload)
    return [
        keyset.event(channel, text, payload, "object")
        for channel in dict.fromkeys(channels)
        if takes_messages(channel)
    ]


def changed_fields(before: Record | None, after: Record) -> dict[str, Any]:
    """Return the event data of a record that was set: changed fields (assumed), time and tag."""
    return {**changes(before, after), "eTag": after.tag, "updated": after.updated}


def audience(keyset: Keyset, kind: Kind, id: str) -> list[str]:
    """Return where changes of a user or a channel are told (documented).

    Those of a user: the channel with its id, and all that it is a member of.
    """
    if kind == "channel":
        return [id]
    return [id, *keyset.store.objects.channels_of(keyset.key, id)]
