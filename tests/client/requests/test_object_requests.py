"""The requests of App Context equal those that official SDKs were seen to send, after decoding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest

from pnclient.models.consumer.objects_v2.common import MemberIncludes, MembershipIncludes
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
from pnclient.transport import Prepared, prepare_request
from tests.protocol.capture.calls import OBJECTS, UNENCODED, Sdk

CAPTURED = Path(__file__).parents[2] / "protocol/captured/requests.ndjson"
OLD, NEW = "python 4.8.1 tornado", "python 10.8.0 threads"
ROWS = {
    (row["sdk"], row["call"]): row["requests"]
    for row in map(json.loads, CAPTURED.read_text("utf-8").split("\n")[:-1])
}
#: What 4.8.1 has not, or where it fails.
NEWER = {
    *(
        "uuids next page",
        "uuids previous page",
        "members get all included",
        "members set with status",
    ),
    *("memberships get all included", "channel set if match"),
}
#: Calls that are made in another way here: 10.8 takes all by its method.
HERE = {
    "members get all included": lambda client: (
        client.get_channel_members()
        .channel("ch")
        .include(
            MemberIncludes(
                custom=True, status=True, type=True, total_count=True,
                user=True, user_custom=True, user_type=True, user_status=True,
            )
        )
    ),
    "memberships get all included": lambda client: (
        client.get_memberships()
        .uuid("b")
        .include(
            MembershipIncludes(
                custom=True, status=True, type=True, total_count=True,
                channel=True, channel_custom=True, channel_type=True, channel_status=True,
            )
        )
    ),
}  # fmt: skip


def client() -> PubNubTornado:
    config = PNConfiguration()
    config.subscribe_key, config.publish_key, config.uuid = "sub-key", "pub-key", "a-user"
    config.origin, config.ssl = "127.0.0.1:1", False
    return PubNubTornado(config)


def request_of(call: str) -> Prepared:
    made = client()
    builder = HERE[call](made) if call in HERE else OBJECTS[call](made, Sdk("pnclient"))
    builder._validate()
    return prepare_request(made.config, builder._call())


def parts(method: str, target: str, body: str | None) -> dict[str, Any]:
    path, _, query = target.partition("?")
    found: dict[str, Any] = {
        "method": method,
        "path": unquote(path),
        "body": body and json.loads(body),
    }
    values = dict(parse_qsl(query.replace("+", "%2B"), keep_blank_values=True))
    del values["pnsdk"]
    return found | values


def expected(call: str) -> dict[str, Any]:
    """What is sent here.

    What 4.8.1 sends, and 10.8 where it has no such call, but for what is said here.
    """
    (request,) = ROWS[NEW if call in NEWER else OLD, call]
    found = parts(request["method"], request["target"], request.get("body"))
    if call in ("uuids next page", "uuids previous page", "channel set if match"):
        # It asks for these always.
        del found["include"]
    if call == "channel set if match":
        # It sends them always.
        del found["body"]["status"], found["body"]["type"]
    if call.endswith("all included"):
        # The service was seen not to count for this.
        found["include"] = found["include"].replace("totalCount,", "")
        found["count"] = "True"
    if call.endswith("set everything"):
        # What 4.8.1 can't set.
        found["body"] |= {"status": "s", "type": "t"}
        found["include"] = "custom,status,type"
    return found


@pytest.mark.parametrize("call", OBJECTS)
def test_a_request_equals_that_of_an_official_sdk(call: str) -> None:
    request = request_of(call)
    target = request.url.removeprefix("http://127.0.0.1:1")
    body = None if request.body is None else request.body.decode()
    found = parts(request.method, target, body)
    if call == "uuid get odd name":
        # 4.8.1 doesn't encode it.
        assert found["path"] == f"/v2/objects/sub-key/uuids/{UNENCODED}"
        return
    assert found == expected(call)
    assert request.is_read is (request.method == "GET")
    assert request.headers.get("Content-Type") == (None if body is None else "application/json")


def test_a_tag_belongs_to_one_call() -> None:
    assert request_of("channel set if match").headers["If-Match"] == "AbOx6N"
    assert "If-Match" not in request_of("uuid set after a match").headers
    assert "If-Match" not in request_of("uuid get after a match").headers
