"""Channel groups."""

from __future__ import annotations

from typing import Any, Final

from pnfilter.server.api.call import Call
from pnfilter.server.http.response import Answer, refuse
from pnfilter.server.http.router import Route
from pnfilter.server.settings import MAX_GROUP_CHANNELS, MAX_GROUPED
from pnfilter.server.wire import PRESENCE_SUFFIX

SERVICE: Final = "channel-registry"


def change_or_list(call: Call) -> Answer:
    """Add channels to a group, take some out, or list them (recorded); a group needs no creation.

    They are listed in the order of their names (tests of the SDK for Go expect it). A channel may
    be a wildcard (documented). Users of the group are present on what was added from their next
    request on, and on what was taken out until they time out there (assumed).
    """
    query, groups, group = call.request.query, call.keyset.groups, call.request.name("group")
    added, removed = query.names("add"), query.names("remove")
    if not added and not removed:
        return _ok(payload={"channels": sorted(groups.channels(group)), "group": group})
    if "," in group or group.endswith(PRESENCE_SUFFIX):
        # As a test of the SDK for Swift has it.
        refuse(400, "Reserved character in input parameters.", SERVICE)
    if added:
        new = groups.missing(group, added)
        _check_room(call, group, new)
        groups.add(group, new)
    if removed:
        groups.remove(group, list(removed))
    return _ok(message="OK")


def _check_room(call: Call, group: str, new: list[str]) -> None:
    groups = call.keyset.groups
    if len(groups.channels(group)) + len(new) > MAX_GROUP_CHANNELS:
        refuse(400, f"A group has {MAX_GROUP_CHANNELS:,} channels at most", SERVICE)
    if len(groups) + len(new) > MAX_GROUPED:
        refuse(400, f"All groups have {MAX_GROUPED:,} channels together at most", SERVICE)


def delete(call: Call) -> Answer:
    """Delete a group (recorded)."""
    call.keyset.groups.remove(call.request.name("group"))
    return _ok(message="OK")


def list_groups(call: Call) -> Answer:
    """Return the groups of a keyset (assumed)."""
    return _ok(payload={"namespace": "", "groups": call.keyset.groups.names()})


def _ok(**fields: Any) -> Answer:
    return Answer.json({"status": 200, **fields, "service": SERVICE, "error": False})


_GROUPS: Final = "/v1/channel-registration/sub-key/{sub}/channel-group"

ROUTES: Final = (
    Route("GET", _GROUPS, "list_groups", list_groups),
    Route("GET", _GROUPS + "/{group}", "group", change_or_list),
    Route("GET", _GROUPS + "/{group}/remove", "delete_group", delete),
)
