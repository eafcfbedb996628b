"""The calls of App Context.

The tests' names, and what the SDKs take in place of the tests' values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.interop.drivers.line_protocol import Failure
from tests.interop.drivers.python_package import Call, imported


def _model(module: str, name: str) -> Any:
    found = getattr(imported(f"models.consumer.objects_v2.{module}"), name, None)
    if found is None:
        raise Failure("no such call", name)
    return found


def _sort(key: str) -> Any:
    field, _, direction = key.partition(":")
    value = getattr(_model("sort", "PNSortKeyValue"), field.upper())
    return getattr(_model("sort", "PNSortKey"), direction)(value)


def _page(page: Mapping[str, str]) -> Any:
    ((name, place),) = page.items()
    return _model("page", {"next": "Next", "prev": "Previous"}[name])(place)


def _member(row: Mapping[str, Any]) -> Any:
    if "status" in row:
        kind = _model("channel_members", "PNUserMember")
        return kind(row["id"], row["type"], row["status"], row["custom"])
    kind = _model("channel_members", "PNUUID")
    if "custom" in row:
        return kind.uuid_with_custom(row["id"], row["custom"])
    return kind.uuid(row["id"])


def _membership(row: Mapping[str, Any]) -> Any:
    kind = _model("memberships", "PNChannelMembership")
    if "custom" in row:
        return kind.channel_with_custom(row["id"], row["custom"])
    return kind.channel(row["id"])


def _all(one: Callable[[Mapping[str, Any]], Any]) -> Callable[[Iterable[Mapping[str, Any]]], Any]:
    return lambda rows: [one(row) for row in rows]


def _one(result: Any) -> Any:
    return result.data


def _listed(result: Any) -> dict[str, Any]:
    pages = {name: getattr(result, name) for name in ("next", "prev")}
    places = {name: page and page.hash for name, page in pages.items()}
    return {"data": result.data, "total": result.total_count, **places}


_LIST = {
    "limit": "limit",
    "filter": "filter",
    "count": "include_total_count",
    "sort": "sort",
    "page": "page",
    "with_custom": "include_custom",
}
_MORE = {
    "with_custom": "include_custom",
    "with_status": "include_status",
    "with_type": "include_type",
}
_FIELDS = {
    "name": "set_name",
    "custom": "custom",
    "status": "set_status",
    "type": "set_type",
    "tag": "if_matches_etag",
    **_MORE,
}
_USER, _CHANNEL = {"user": "uuid"}, {"channel": "channel"}
_OF_USER = {"email": "email", "external_id": "external_id", "profile_url": "profile_url"}
_MEMBERS = {**_CHANNEL, **_LIST, "with_side": "include_uuid"}
_MEMBERSHIPS = {**_USER, **_LIST, "with_side": "include_channel"}
_MANAGED = {"set": "set", "remove": "remove"}

CALLS = {
    "user_set": Call("set_uuid_metadata", {**_USER, **_OF_USER, **_FIELDS}, _one),
    "user_get": Call("get_uuid_metadata", {**_USER, **_MORE}, _one),
    "user_remove": Call("remove_uuid_metadata", _USER, _one),
    "users": Call("get_all_uuid_metadata", _LIST, _listed),
    "channel_set": Call(
        "set_channel_metadata", {**_CHANNEL, "description": "description", **_FIELDS}, _one
    ),
    "channel_get": Call("get_channel_metadata", {**_CHANNEL, **_MORE}, _one),
    "channel_remove": Call("remove_channel_metadata", _CHANNEL, _one),
    "channels": Call("get_all_channel_metadata", _LIST, _listed),
    "members_set": Call("set_channel_members", {**_MEMBERS, "rows": "uuids"}, _listed),
    "members": Call("get_channel_members", _MEMBERS, _listed),
    "members_remove": Call("remove_channel_members", {**_MEMBERS, "rows": "uuids"}, _listed),
    "members_manage": Call("manage_channel_members", {**_MEMBERS, **_MANAGED}, _listed),
    "memberships_set": Call(
        "set_memberships", {**_MEMBERSHIPS, "rows": "channel_memberships"}, _listed
    ),
    "memberships": Call("get_memberships", _MEMBERSHIPS, _listed),
    "memberships_remove": Call(
        "remove_memberships", {**_MEMBERSHIPS, "rows": "channel_memberships"}, _listed
    ),
    "memberships_manage": Call("manage_memberships", {**_MEMBERSHIPS, **_MANAGED}, _listed),
}


def values(op: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """The values of options as the SDKs take them."""
    rows = _all(_membership if op.startswith("memberships") else _member)
    made: dict[str, Callable[[Any], Any]] = {
        "sort": _sort,
        "page": _page,
        "rows": rows,
        "set": rows,
        "remove": rows,
        # With their metadata, and with `custom` of these.
        "with_side": lambda _: 2,
    }
    return {name: made[name](value) if name in made else value for name, value in args.items()}
