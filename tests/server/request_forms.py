"""Every form of a request that an official SDK can send, as read in the sources of the SDKs."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

#: How the table of docs/protocol.md calls the SDKs, in its order, and the commit that was read.
SDKS: Final = {
    "go": ("Go 9.0.3", "e73b2358"),
    "kt": ("Kotlin 13.4.1", "72ea314b8"),
    "java": ("Java 6.4.5", "605447512"),
    "swift": ("Swift 10.1.6", "bf397eb"),
    "objc": ("Objective-C 7.0.2", "fd0efa4a"),
    "c#": ("C# 8.3.0, which Unity has as a library", "0306654c"),
    "c": ("C-core", "61138ea"),
    "rust": ("Rust 0.7.0", "b71be3a"),
    "dart": ("Dart 8.0.1", "afa76541"),
    "php": ("PHP", "e5b1ade"),
    "rb": ("Ruby 5.6.0", "4ebf4d8d"),
}
ALL: Final = " ".join(SDKS)


class Form(NamedTuple):
    """A request, who sends it, and what it is answered.

    ``query``: each parameter of its own with a value that an SDK sends. ``shape``: what
    ``shape_of`` makes of the answer. ``reason``: why the emulator doesn't serve it.
    """

    method: str
    path: str
    query: dict[str, str]
    sdks: str
    shape: Any = None
    body: str = ""
    status: int = 200
    reason: str = ""


def shape_of(value: Any) -> Any:
    """Return the names of an object, sorted; of a list the kinds of its items."""
    if isinstance(value, dict):
        return " ".join(sorted(value))
    if isinstance(value, list):
        return [type(item).__name__ for item in value]
    return type(value).__name__


_SENT: Final = ["int", "str", "str"]
_OF_PUBLISH: Final = {
    "meta": '{"a":1}',
    "store": "1",
    "ttl": "1",
    "norep": "true",
    "seqn": "7",
    "ortt": '{"t":16703134902524212}',
    "custom_message_type": "greeting",
    "type": "t",
    "space-id": "s",
}
_OF_FILE: Final = {
    name: _OF_PUBLISH[name]
    for name in ("meta", "store", "ttl", "norep", "seqn", "custom_message_type")
}
_PLACE: Final = "{pub}/{sub}/0/{channel}/0"
_OF_SUBSCRIBE: Final = {
    "tt": "0",
    "tr": "1",
    "t": '{"r":1,"t":0}',
    "channel-group": "g",
    "filter-expr": "(a == 1)",
    "heartbeat": "300",
    "state": '{"a":{"n":1}}',
    "ee": "",
}
_PRESENCE: Final = "/v2/presence/sub-key/{sub}"
_OTHER_PRESENCE: Final = "/v2/presence/sub_key/{sub}"
_OK: Final = "message service status"
_HERE: Final = {
    "channel-group": "g",
    "state": "1",
    "disable_uuids": "0",
    "disable-uuids": "0",
    "limit": "100",
    "offset": "0",
}
_STATE: Final = {"state": '{"n":1}', "channel-group": "g"}
_GROUPS: Final = "/v1/channel-registration/sub-key/{sub}"
_OF_GROUP: Final = "error payload service status"
_CHANGED_GROUP: Final = "error message service status"
_HISTORY: Final = {
    "start": "17000000000000000",
    "end": "1",
    "include_meta": "true",
}
_V3: Final = _HISTORY | {
    "max": "25",
    "include_uuid": "true",
    "include_message_type": "true",
    "include_custom_message_type": "true",
    "encode_channels": "false",
}
_OF_HISTORY: Final = "channels error error_message status"
_ACTIONS: Final = "/v1/message-actions/{sub}/channel/{channel}"
_FILES: Final = "/v1/files/{sub}/channels/{channel}"
_OBJECTS: Final = "/v2/objects/{sub}"
_LIST: Final = {
    "include": "custom,status,type",
    "limit": "10",
    "count": "true",
    "filter": "id like 'a*'",
    "sort": "id:desc",
    "start": "",
    "end": "",
}
_PAGE: Final = "data status totalCount"
_PUSH: Final = {"type": "apns", "start": "", "count": "10"}
_APNS2: Final = {
    "type": "apns",
    "environment": "development",
    "topic": "t",
    "start": "",
    "count": "",
}
_RIGHTS: Final = {"r": "1", "w": "1", "m": "0", "d": "0", "g": "0", "u": "0", "j": "0"}
#: Who has files, App Context, push notifications.
_FILES_IN: Final = "go kt java swift objc c# dart php"
_OBJECTS_IN: Final = "go kt java swift objc c# c dart php rb"
_PUSH_IN: Final = "go kt java swift objc c# dart php rb"
_ACTIONS_IN: Final = "go kt java swift objc c# c dart php rb"
_MEMBERS: Final = '{"set": [{"uuid": {"id": "u"}}], "delete": []}'
_MEMBERSHIPS: Final = '{"set": [{"channel": {"id": "a"}}], "delete": []}'

FORMS: Final = (
    Form("GET", "/time/0", {}, "go kt java swift objc c# c dart php rb", ["int"]),
    Form("GET", f"/publish/{_PLACE}/{{message}}", _OF_PUBLISH, ALL, _SENT),
    Form(
        "POST",
        f"/publish/{_PLACE}",
        _OF_PUBLISH,
        "go kt java swift c# c rust php rb",
        _SENT,
        body="1",
    ),
    Form("POST", f"/publish/{_PLACE}/", _OF_PUBLISH, "objc", _SENT, body="1"),
    Form("POST", f"/v2/publish/{_PLACE}", _OF_PUBLISH, "kt c#", _SENT, body="1"),
    Form(
        "GET",
        f"/signal/{_PLACE}/{{message}}",
        {"custom_message_type": "greeting"},
        "go kt java swift objc c# c dart php rb",
        _SENT,
    ),
    Form("POST", f"/signal/{_PLACE}", {"custom_message_type": "greeting"}, "go", _SENT, body="1"),
    Form(
        "GET",
        f"/v1/files/publish-file/{_PLACE}/{{message}}",
        _OF_FILE,
        _FILES_IN,
        _SENT,
    ),
    Form("POST", f"/v1/files/publish-file/{_PLACE}", _OF_FILE, "go", _SENT, body="1"),
    Form("GET", "/v2/subscribe/{sub}/{channels}/0", _OF_SUBSCRIBE, ALL, "m t"),
    Form(
        "GET",
        "/subscribe/{sub}/{channels}/0/{timetoken}",
        {"channel-group": "g", "heartbeat": "300", "state": "{}"},
        "c",
        ["list", "str"],
    ),
    Form(
        "GET",
        f"{_PRESENCE}/channel/{{channels}}/heartbeat",
        {"heartbeat": "300", "channel-group": "g", "state": "{}"},
        "go kt java swift objc c rb",
        _OK,
    ),
    Form(
        "GET",
        f"{_OTHER_PRESENCE}/channel/{{channels}}/heartbeat",
        {"heartbeat": "300", "channel-group": "g", "state": "{}", "ee": ""},
        "c# rust dart",
        _OK,
    ),
    Form(
        "GET",
        f"{_PRESENCE}/channel/{{channels}}/leave",
        {"channel-group": "g"},
        "go kt java swift c php rb",
        "action message service status",
    ),
    Form(
        "GET",
        f"{_OTHER_PRESENCE}/channel/{{channels}}/leave",
        {"channel-group": "g"},
        "objc c# rust dart",
        "action message service status",
    ),
    Form(
        "GET",
        f"{_PRESENCE}/channel/{{channels}}",
        _HERE,
        "swift objc c rust php rb",
        "message payload service status",
    ),
    Form(
        "GET",
        f"{_OTHER_PRESENCE}/channel/{{channels}}",
        _HERE,
        "go kt java c# dart",
        "message payload service status",
    ),
    Form(
        "GET",
        f"{_PRESENCE}/channel/,",
        {"state": "0", "disable_uuids": "0"},
        "rust",
        "message payload service status",
    ),
    Form(
        "GET",
        f"{_OTHER_PRESENCE}/channel/,",
        {"state": "0", "disable_uuids": "0"},
        "c#",
        "message payload service status",
    ),
    Form(
        "GET",
        _PRESENCE,
        {"state": "0", "disable_uuids": "0"},
        "swift objc c php rb",
        "message payload service status",
    ),
    Form(
        "GET",
        _OTHER_PRESENCE,
        {"state": "0", "disable_uuids": "0"},
        "go kt java dart",
        "message payload service status",
    ),
    Form(
        "GET",
        f"{_PRESENCE}/uuid/{{user}}",
        {},
        "go kt java swift objc c rust dart php rb",
        "message payload service status",
    ),
    Form("GET", f"{_OTHER_PRESENCE}/uuid/{{user}}", {}, "c#", "message payload service status"),
    Form(
        "GET",
        f"{_PRESENCE}/channel/{{channels}}/uuid/{{user}}",
        {"channel-group": "g"},
        "go kt java swift objc c rust dart php",
        "message payload service status uuid",
    ),
    Form(
        "GET",
        f"{_OTHER_PRESENCE}/channel/{{channels}}/uuid/{{user}}",
        {"channel-group": "g"},
        "c# rb",
        "message payload service status uuid",
    ),
    Form(
        "GET",
        f"{_PRESENCE}/channel/{{channels}}/uuid/{{user}}/data",
        _STATE,
        "go kt java swift objc c rust dart php rb",
        "message payload service status",
    ),
    Form(
        "GET",
        f"{_OTHER_PRESENCE}/channel/{{channels}}/uuid/{{user}}/data",
        _STATE,
        "c#",
        "message payload service status",
    ),
    Form("GET", f"{_GROUPS}/channel-group", {}, "kt java swift objc c# rb", _OF_GROUP),
    Form(
        "GET",
        f"{_GROUPS}/channel-group/{{group}}",
        {"add": "a", "remove": "b"},
        "go kt java swift objc c# c dart php rb",
        _CHANGED_GROUP,
    ),
    Form(
        "GET",
        f"{_GROUPS}/channel-group/{{group}}/remove",
        {},
        "go kt java swift objc c# c dart php rb",
        _CHANGED_GROUP,
    ),
    Form(
        "GET",
        f"{_GROUPS}/namespace",
        {},
        "rb",
        status=404,
        reason="no SDK's tests and no recording have an answer",
    ),
    Form(
        "GET",
        f"{_GROUPS}/namespace/{{namespace}}/remove",
        {},
        "rb",
        status=404,
        reason="as above",
    ),
    Form(
        "GET",
        f"{_GROUPS}/namespace/{{namespace}}/channel-group",
        {},
        "rb",
        status=404,
        reason="as above",
    ),
    Form(
        "GET",
        f"{_GROUPS}/namespace/{{namespace}}/channel-group/{{group}}",
        {"add": "a", "remove": "b"},
        "rb",
        status=404,
        reason="as above",
    ),
    Form(
        "GET",
        f"{_GROUPS}/namespace/{{namespace}}/channel-group/{{group}}/remove",
        {},
        "rb",
        status=404,
        reason="as above",
    ),
    Form(
        "GET",
        "/v2/history/sub-key/{sub}/channel/{channel}",
        _HISTORY | {"count": "10", "reverse": "true", "include_token": "true"},
        "go kt java objc c# c dart php rb",
        ["list", "int", "int"],
    ),
    Form(
        "GET",
        "/v3/history/sub-key/{sub}/channel/{channels}",
        _V3,
        "go kt java swift objc c# c dart php rb",
        _OF_HISTORY,
    ),
    Form(
        "GET",
        "/v3/history-with-actions/sub-key/{sub}/channel/{channel}",
        _V3,
        "go kt java swift objc c# c dart php rb",
        _OF_HISTORY,
    ),
    Form(
        "DELETE",
        "/v3/history/sub-key/{sub}/channel/{channel}",
        {"start": "1", "end": "2"},
        "go kt java swift objc c# c dart php rb",
        "error error_message status",
    ),
    Form(
        "GET",
        "/v3/history/sub-key/{sub}/message-counts/{channels}",
        {"timetoken": "1"},
        "go kt java swift objc c# c dart php rb",
        _OF_HISTORY,
    ),
    Form(
        "GET",
        "/v3/history/sub-key/{sub}/message-counts/{channels}",
        {"channelsTimetoken": "1"},
        "go kt java swift objc c# c dart php rb",
        _OF_HISTORY,
    ),
    Form(
        "GET",
        _ACTIONS,
        {"start": "17000000000000000", "end": "1", "limit": "3"},
        _ACTIONS_IN,
        "data status",
    ),
    Form(
        "POST",
        f"{_ACTIONS}/message/{{message timetoken}}",
        {},
        _ACTIONS_IN,
        "data status",
        body='{"type": "t", "value": "v"}',
    ),
    Form(
        "DELETE",
        f"{_ACTIONS}/message/{{message timetoken}}/action/{{action timetoken}}",
        {},
        _ACTIONS_IN,
        "data status",
    ),
    Form(
        *(
            "POST",
            f"{_FILES}/generate-upload-url",
            {},
            _FILES_IN,
            "data file_upload_request status",
        ),
        body='{"name": "a.txt"}',
    ),
    Form(
        "GET", f"{_FILES}/files", {"limit": "10", "next": ""}, _FILES_IN, "count data next status"
    ),
    Form("GET", f"{_FILES}/files/{{id}}/{{name}}", {}, _FILES_IN, status=307),
    Form("DELETE", f"{_FILES}/files/{{id}}/{{name}}", {}, _FILES_IN, "status"),
    Form("GET", f"{_OBJECTS}/uuids", _LIST, _OBJECTS_IN, _PAGE),
    Form("GET", f"{_OBJECTS}/channels", _LIST, _OBJECTS_IN, _PAGE),
    *(
        form
        for kind, body in (
            ("uuids/{user}", '{"name": "n"}'),
            ("channels/{channel}", '{"name": "n"}'),
        )
        for form in (
            Form(
                "PATCH",
                f"{_OBJECTS}/{kind}",
                {"include": "custom"},
                _OBJECTS_IN,
                "data status",
                body,
            ),
            Form("GET", f"{_OBJECTS}/{kind}", {"include": "custom"}, _OBJECTS_IN, "data status"),
            Form("DELETE", f"{_OBJECTS}/{kind}", {}, _OBJECTS_IN, "data status"),
        )
    ),
    Form("GET", f"{_OBJECTS}/channels/{{channel}}/uuids", _LIST, _OBJECTS_IN, _PAGE),
    Form("PATCH", f"{_OBJECTS}/channels/{{channel}}/uuids", _LIST, _OBJECTS_IN, _PAGE, _MEMBERS),
    Form("GET", f"{_OBJECTS}/uuids/{{user}}/channels", _LIST, _OBJECTS_IN, _PAGE),
    Form(
        "PATCH",
        f"{_OBJECTS}/uuids/{{user}}/channels",
        _LIST,
        _OBJECTS_IN,
        "data next status totalCount",
        _MEMBERSHIPS,
    ),
    *(
        form
        for path, query in (
            ("/v1/push/sub-key/{sub}/devices/{device}", _PUSH),
            ("/v2/push/sub-key/{sub}/devices-apns2/{device}", _APNS2),
        )
        for form in (
            Form("GET", path, query, _PUSH_IN, []),
            Form("GET", path, query | {"add": "a"}, _PUSH_IN, ["int", "str"]),
            Form("GET", path, query | {"remove": "a"}, _PUSH_IN, ["int", "str"]),
            Form("GET", f"{path}/remove", query, _PUSH_IN, ["int", "str"]),
        )
    ),
    Form(
        "GET",
        "/v2/auth/grant/sub-key/{sub}",
        _RIGHTS | {"channel": "a", "channel-group": "g", "auth": "k", "ttl": "5"},
        "go kt java c# dart php rb",
        "message payload service status",
    ),
    Form(
        "GET",
        "/v2/auth/grant/sub-key/{sub}",
        _RIGHTS | {"target-uuid": "u", "auth": "k", "ttl": "5"},
        "go kt java c# dart php rb",
        "message payload service status",
    ),
    Form(
        "GET",
        "/v2/auth/audit/sub-key/{sub}",
        {"channel": "a", "auth": "k"},
        "c# rb",
        "message payload service status",
    ),
    Form(
        "GET",
        "/v1/auth/audit/sub-key/{sub}",
        {"channel": "a", "auth": "k"},
        "php",
        status=404,
        reason="no recording has an answer, and no other SDK asks so",
    ),
    Form(
        "POST",
        "/v3/pam/{sub}/grant",
        {},
        "go kt java c# c rust dart php rb",
        "data service status",
        '{"ttl": 5, "permissions": {"resources": {"channels": {"a": 1}}, "patterns": {}}}',
    ),
    Form(
        "DELETE",
        "/v3/pam/{sub}/grant/{token}",
        {},
        "go kt java c# c rust dart php rb",
        "data service status",
    ),
)


def table() -> list[str]:
    """Return the rows of the table in docs/protocol.md."""
    rows: dict[str, tuple[dict[str, None], str, str]] = {}
    for form in FORMS:
        parameters, _, _ = rows.setdefault(
            f"{form.method} {form.path}", ({}, form.sdks, form.reason)
        )
        parameters.update(dict.fromkeys(form.query))
    lines = []
    for request, (parameters, sdks, reason) in rows.items():
        names = ", ".join(f"`{name}`" for name in parameters) or "–"
        served = f"**not served**: {reason}" if reason else "served"
        lines.append(f"| `{request}` | {names} | {'all' if sdks == ALL else sdks} | {served} |")
    return lines
