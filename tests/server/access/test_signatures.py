"""Signatures: those that official SDKs were seen to make, wrong ones, and late ones."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pnfilter.server.access.manager import AccessManager
from pnfilter.server.access.signatures import TWICE, UNESCAPED
from pnfilter.server.app import ROUTES
from pnfilter.server.http.request import Query, Request
from pnfilter.server.http.response import Refusal
from pnfilter.server.http.router import Router
from pnfilter.server.keysets import Keys
from pnfilter.server.store.store import Store
from tests.cases import for_each
from tests.server.access.signing import Managed, signed
from tests.server.emulated import Emulated

CAPTURED = Path(__file__).parents[2] / "protocol" / "captured" / "signatures.ndjson"
ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in CAPTURED.read_text("utf-8").split("\n")[:-1]
]
ROUTER = Router(ROUTES)
#: When the recordings were signed.
SECONDS = 1_600_000_000


def request_of(row: dict[str, Any]) -> Request:
    """The recorded request, as it comes from a connection."""
    path, _, query = row["target"].encode().decode("latin-1").partition("?")
    headers, body = {}, row.get("body", "").encode()
    if "body64" in row:
        headers, body = {"Content-Encoding": "deflate"}, base64.b64decode(row["body64"])
    return Request(row["method"], path, Query(query), headers, body)


def named(row: dict[str, Any]) -> str:
    return f"{row['sdk']} {row['call']} {row['method']} {row['form']}"


def checked(request: Request, seconds: float = SECONDS) -> str:
    """What an access manager says of a request, whether it may do anything or not."""
    store = Store()
    manager = AccessManager(
        "sub-key",
        Keys("pub-key", "sec-key", access_manager=True),
        store.access,
        clock=lambda: seconds,
        now=lambda: seconds,
        window=60,
    )
    ROUTER.find(request)
    with suppress(Refusal):
        manager.check(request)
    store.close()
    return request.access


@for_each(ROWS, named)
def test_what_an_sdk_signed_is_taken_and_its_form_is_told(row: dict[str, Any]) -> None:
    twice = f", {TWICE}" if row.get("twice") else ""
    unescaped = f", {UNESCAPED}" if row.get("unescaped") else ""
    assert checked(request_of(row)) == f"signed ({row['form']}{twice}{unescaped})"


@pytest.mark.sliced(4)
@pytest.mark.parametrize("row", ROWS, ids=named)
def test_what_was_changed_afterwards_is_not(row: dict[str, Any]) -> None:
    for change in ("query", "path", "signature", "method"):
        request = request_of(row)
        query = dict(request.query.encoded())
        match change:
            case "query":
                query["uuid"] = "another"
            case "path":
                request.path = request.path.replace("sub-key", "sub-kez")
            case "signature":
                middle = len(query["signature"]) // 2
                other = "A" if query["signature"][middle] != "A" else "B"
                query["signature"] = (
                    query["signature"][:middle] + other + query["signature"][middle + 1 :]
                )
            case "method":
                request.method = "PUT"
        request.query = Query("&".join(f"{name}={value}" for name, value in query.items()))
        assert checked(request) == "refused: signature is wrong", change


def test_a_body_is_signed_but_for_a_published_one_of_old() -> None:
    for row in ROWS:
        request = request_of(row)
        request.body += b" "
        request.headers = {}
        is_free = row["form"].startswith("published")
        assert checked(request).startswith("signed") is is_free


@pytest.mark.parametrize(
    ("off", "word"),
    [(-60, "signed"), (60, "signed"), (61, "refused"), (-61, "refused"), (10**9, "refused")],
)
def test_the_time_may_be_a_minute_off(off: int, word: str) -> None:
    assert checked(request_of(ROWS[0]), SECONDS + off).startswith(word)


def test_the_window_can_be_set_and_time_that_is_let_pass_does_not_close_it() -> None:
    target = signed("GET", "/v2/auth/audit/sub-key/sub?uuid=u", "", 1_700_000_000)
    with Managed(signature_window=5) as emulated:
        emulated.app.advance(1000)
        assert emulated.get(target)[0] == 200
        emulated.seconds += 6
        assert emulated.get(target) == (
            400,
            {
                "message": "Invalid Timestamp",
                "error": True,
                "service": "Access Manager",
                "status": 400,
            },
        )


def test_a_wrong_signature_is_refused_also_where_no_right_is_needed() -> None:
    with Managed() as emulated:
        target = signed("GET", "/v2/presence/sub-key/sub/uuid/u?uuid=u", "", 1_700_000_000, "other")
        assert emulated.get(target) == (
            403,
            {
                "message": "Invalid Signature",
                "error": True,
                "service": "Access Manager",
                "status": 403,
            },
        )
        assert emulated.get("/v2/presence/sub-key/sub/uuid/u?uuid=u")[0] == 200


@pytest.mark.parametrize(
    ("signature", "status"),
    [
        *(("", 403), ("v2.", 403), ("%00", 403), ("x" * 20_000, 403), ("%", 403), ("=", 403)),
        # The request line is no UTF-8.
        *(("%FF", 400), ("v2.é", 400)),
    ],
)
def test_what_is_no_signature_is_wrong(signature: str, status: int) -> None:
    with Managed() as emulated:
        answer = emulated.request(
            "GET", f"/v2/auth/audit/sub-key/sub?timestamp=1700000000&signature={signature}"
        )
        assert answer.status == status


def test_a_signature_without_a_time_is_a_bad_request() -> None:
    lines = b"GET\npub\n/v2/auth/audit/sub-key/sub\n\n"
    digest = hmac.digest(b"sec-of-tests", lines, hashlib.sha256)
    signature = "v2." + base64.urlsafe_b64encode(digest).decode().rstrip("=")
    with Managed() as emulated:
        status, body = emulated.get(f"/v2/auth/audit/sub-key/sub?signature={signature}")
    assert (status, body["message"]) == (400, "`timestamp` must be a whole number")


def test_without_an_access_manager_nothing_is_checked() -> None:
    with Emulated(keys={"sub": Keys("pub", "sec")}) as emulated:
        emulated.publish("a", 1, signature="v2.wrong", timestamp="1")
        status, body = emulated.get("/v2/auth/audit/sub-key/sub")
        assert (status, body["message"]) == (403, "This keyset has no access manager: see --keys")


def test_a_compressed_body_is_signed_as_it_was_before() -> None:
    with Managed() as emulated:
        text = '{"ttl":60,"permissions":{"resources":{"channels":{"a":1}}}}'
        target = signed("POST", "/v3/pam/sub/grant", text, 1_700_000_000)
        compressed = zlib.compress(text.encode())
        assert emulated.post(target, compressed[:-3], {"Content-Encoding": "deflate"})[0] == 403
        status, body = emulated.post(target, compressed, {"Content-Encoding": "deflate"})
        assert status == 200, body
