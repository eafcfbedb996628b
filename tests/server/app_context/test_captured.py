"""The App Context requests that official SDKs sent are accepted, and answered as they expect."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.server.emulated import Emulated

CAPTURED = Path(__file__).parents[2] / "protocol/captured/requests.ndjson"
ROWS = [json.loads(line) for line in CAPTURED.read_text("utf-8").split("\n")[:-1]]
#: Requests of App Context by the SDK and the call; some calls make two.
SENT: dict[str, list[dict[str, Any]]] = {
    f"{row['sdk']}: {row['call']}": row["requests"]
    for row in ROWS
    if any("/v2/objects/" in request["target"] for request in row["requests"])
}


def expected(name: str, request: dict[str, Any]) -> int:
    # An id that isn't allowed; and what 10.8 sends to a user instead of to the channel.
    if "odd name" in name or name == "python 10.8.0 threads: space memberships remove":
        return 400
    has_tag = "if-match" in request.get("headers", {}) and request["method"] == "PATCH"
    return 412 if has_tag and "/channels/ch/uuids" not in request["target"] else 200


@pytest.mark.parametrize("name", SENT)
def test_a_captured_request_is_answered(emulated: Emulated, name: str) -> None:
    for path in ("uuids/b", "uuids/a-user", "channels/ch"):
        emulated.request("PATCH", f"/v2/objects/sub-key/{path}", b'{"name": "before"}')
    for request in SENT[name]:
        if "/v2/objects/" not in request["target"]:
            continue
        headers = {"If-Match": request.get("headers", {}).get("if-match", "")}
        body = request.get("body", "").encode()
        answer = emulated.request(request["method"], request["target"], body, headers)
        assert answer.status == expected(name, request), answer.body
        # Both are read of every answer.
        assert json.loads(answer.body).keys() >= (
            {"status", "data"} if answer.status == 200 else {"status", "error"}
        )


def test_all_calls_of_app_context_are_among_them() -> None:
    methods = {
        (request["method"], "/".join(request["target"].partition("?")[0].split("/")[4::2]))
        for requests in SENT.values()
        for request in requests
    }
    kinds = ("uuids", "channels", "uuids/channels", "channels/uuids")
    assert methods == {
        *(("GET", kind) for kind in kinds),
        *(("PATCH", kind) for kind in kinds),
        *(("DELETE", kind) for kind in kinds[:2]),
    }
