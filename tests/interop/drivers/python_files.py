"""The calls of files: contents travel as base64."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from tests.interop.drivers.python_package import Call


def _sent(result: Any) -> dict[str, Any]:
    return {"id": result.file_id, "name": result.name, "timetoken": str(result.timestamp)}


def _listed(result: Any) -> dict[str, Any]:
    files = [{name: file[name] for name in ("name", "id", "size")} for file in result.data]
    return {"files": files, "next": result.next}


_FILE = {"channel": "channel", "id": "file_id", "name": "file_name"}
_MESSAGE = {"message": "message", "meta": "meta", "store": "should_store"}

CALLS = {
    "file_send": Call(
        "send_file",
        {"channel": "channel", "name": "file_name", "content": "file_object", **_MESSAGE},
        _sent,
    ),
    "file_read": Call(
        "download_file", _FILE, lambda result: base64.b64encode(result.data).decode("ascii")
    ),
    "file_list": Call(
        "list_files", {"channel": "channel", "limit": "limit", "next": "next"}, _listed
    ),
    "file_url": Call("get_file_url", _FILE, lambda result: result.file_url),
    "file_delete": Call("delete_file", _FILE, lambda _: {}),
    "file_publish": Call(
        "publish_file_message",
        {**_FILE, **_MESSAGE},
        lambda result: {"timetoken": str(result.timestamp)},
    ),
}


def values(args: Mapping[str, Any]) -> dict[str, Any]:
    """What the SDKs take in place of the tests' values."""
    content = {"content": base64.b64decode(args["content"])} if "content" in args else {}
    return {**args, **content}


def told(message: Any) -> dict[str, Any]:
    """An event of a file, as data."""
    return {
        "event": "file",
        "channel": message.channel,
        "payload": message.message,
        "id": message.file_id,
        "name": message.file_name,
        "timetoken": str(message.timetoken),
    }
