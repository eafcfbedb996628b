"""The log never has a key, a token, a signature, a payload or metadata, whatever is asked for."""

from __future__ import annotations

import json
import logging
import timeit
from collections.abc import Iterator
from contextlib import suppress
from time import process_time
from typing import Any

import pytest

from pnfilter.server import Server, log, running
from pnfilter.server.app import ROUTES
from pnfilter.server.http.request import MAX_KEPT, MAX_KEPT_QUERY, Query, Request
from pnfilter.server.http.response import Answer
from pnfilter.server.log import MAX_SHOWN_VALUE, LogFormat, ShownRequest, showable
from tests.server.exchanging import exchange, fetch, settle
from tests.server.logged import logged

#: Is part of everything that must not be logged.
SECRET = "SECRET"
#: The parts of paths that may be logged, with what stands for them here.
NAMES = {"channel": "news", "channels": "news,sport", "group": "mine", "user": "alice"}
PARAMETERS = {
    "uuid": "alice",
    "tt": "1",
    "auth": SECRET,
    "signature": f"v2.{SECRET}",
    "timestamp": f"1{SECRET}",
    "token": SECRET,
    "meta": f'{{"a":"{SECRET}"}}',
    "state": f'{{"news":{{"a":"{SECRET}"}}}}',
    "requestid": SECRET,
    "type": "gcm",
    f"an-unknown-one-{SECRET}": SECRET,
}
BODY = json.dumps({"type": "reaction", "value": SECRET}).encode()


@pytest.fixture
def server() -> Iterator[Server]:
    with running(poll_seconds=0.05) as server:
        yield server


def target_of(path: str, *, message: str) -> str:
    """The target of a route: names where they may be logged, secrets everywhere else."""
    parts = [
        NAMES.get(part[1:-1], message if part == "{message}" else f"sub-c-{SECRET}")
        if part.startswith("{")
        else part
        for part in path.split("/")
    ]
    return "/".join(parts)


def query_of(parameters: dict[str, str]) -> str:
    """The parameters, with every character encoded that a client might encode."""
    encoded = {
        name: "".join(f"%{byte:02X}" for byte in value.encode())
        for name, value in parameters.items()
    }
    return "&".join(f"{name}={value}" for name, value in encoded.items())


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_operation_logs_a_secret(server: Server, form: LogFormat) -> None:
    with logged(form, logging.DEBUG) as log:
        for route in ROUTES:
            for message in (f"%22{SECRET}%22", "15000000000000000", f"%7B{SECRET}"):
                fetch(
                    server.origin,
                    f"{target_of(route.path, message=message)}?{query_of(PARAMETERS)}",
                    method=route.method,
                    body=BODY if route.method == "POST" else None,
                    headers={"Authorization": f"Bearer {SECRET}", "Cookie": SECRET},
                )
        settle(server)
    assert not [line for line in log.lines if SECRET in line]
    for route in ROUTES:
        start = f" {route.operation} " if form == "text" else f'"operation":"{route.operation}"'
        assert any(start in line for line in log.lines), route
    assert any("alice" in line for line in log.lines)


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_control_side_logs_no_secret(server: Server, form: LogFormat) -> None:
    token = server.call(lambda app: app.control.token)
    with logged(form, logging.DEBUG) as log:
        for given in (token, SECRET):
            for target in ("/_pnfilter/subscribers", f"/_pnfilter/{SECRET}"):
                headers = {"Authorization": f"Bearer {given}"}
                fetch(server.origin, f"{target}?keyset={SECRET}", headers=headers)
        settle(server)
    assert len(log.lines) == 4
    assert not [line for line in log.lines if SECRET in line or token in line]


MALFORMED = [
    f"GET /publish/p/{SECRET}/0/a/0/{SECRET} and more HTTP/1.1\r\n\r\n",
    f"GET /{SECRET}/nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    f"{SECRET} /time/0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    f"GET /time/0 HTTP/1.1\r\nauth {SECRET}\r\n\r\n",
    f"GET /time/0 {SECRET}/1.1\r\n\r\n",
    f"POST /publish/p/s/0/a/0 HTTP/1.1\r\nContent-Length: {SECRET}\r\n\r\n",
    f"POST /publish/p/s/0/a/0 HTTP/1.1\r\nTransfer-Encoding: {SECRET}\r\n\r\n",
    f"POST /publish/p/s/0/a/0 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{SECRET}\r\n",
    f"GET /time/0?auth={SECRET}{'x' * 40_000} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    f"GET /time/0?auth={SECRET}{'x' * 300_000} HTTP/1.1\r\n",
]
#: Mistakes in the encoding, which make one thing a part of another.
CONFUSED = [
    f"/time/0?auth%3D{SECRET}",
    f"/time/0?{SECRET}",
    f"/time/0?uuid=alice%26auth%3D{SECRET}",
    f"/time/0?uuid=alice%26signature={SECRET}&tt=1",
    f"/time/0%3Fauth={SECRET}",
    f"/publish/p/s/0/news%3Fauth={SECRET}/0/1",
    f"/publish/p/s/0/sub-c-{SECRET}/0/1",
    f"/v2/subscribe/s/news/0?filter-expr=a%3D%3D1%26auth_key%3D{SECRET}",
    f"/v2/subscribe/s/news/0?uuid=sec-c-{SECRET}&filter-expr=x%3D%3D%22pub-c-{SECRET}%22",
    f"/v2/subscribe/s/%FF{SECRET}/0?uuid=%FF{SECRET}&%FF={SECRET}",
    f"/v2/subscribe/s/news/0?tt={SECRET}",
]


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_malformed_request_logs_a_secret(server: Server, form: LogFormat) -> None:
    with logged(form, logging.DEBUG) as log:
        for raw in MALFORMED:
            # What is refused early may be cut off early.
            with suppress(ConnectionResetError, BrokenPipeError):
                exchange(server.origin, raw.encode())
        for target in CONFUSED[:-1]:
            fetch(server.origin, target)
        settle(server)
    assert len(log.lines) >= len(MALFORMED)
    assert not [line for line in log.lines if SECRET in line]


def test_a_cursor_that_is_none_is_shown_as_it_is(server: Server) -> None:
    with logged() as log:
        assert fetch(server.origin, CONFUSED[-1]).status == 400
        settle(server)
    assert len(log.about(f"tt={SECRET}")) == 1


def line_of(target: str, **more: str) -> str:
    """The request line of a subscribe request as it is logged."""
    path, _, query = target.partition("?")
    request = Request("GET", path, Query(query), {})
    request.route, request.parts = "/v2/subscribe/{sub}/{channels}/0", {"sub": "k", **more}
    return str(ShownRequest(request))


@pytest.mark.parametrize(
    ("target", "more", "line"),
    [
        (
            "/x?uuid=al%20ice&auth=1&x=2",
            {"channels": "a%2Fb,c"},
            "/a/b,c/0?uuid=al%20ice&auth=…&…=…",
        ),
        (
            "/x?filter-expr=a%20%3D%3D%20%27b%26c%27",
            {"channels": "a"},
            "/a/0?filter-expr=a%20==%20'b%26c'",
        ),
        ("/x?uuid=%0A%1B%5B31m", {"channels": "a%0Ab"}, "/a\\nb/0?uuid=\\n\\x1b[31m"),
        ("/x?uuid=%FF", {"channels": "%FF"}, "/…/0?uuid=…"),
    ],
)
def test_a_request_line_as_it_is_logged(target: str, more: dict[str, str], line: str) -> None:
    assert line_of(target, **more) == f"GET /v2/subscribe/…{line}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("uuid=al%20ice&", "&filter-expr=a%20%3D%3D%20%27b%26tt=%27&auth=1&x=2"),
        ("tr=1&auth=5&", "&auth=6&y=1&z=2"),
    ],
)
def test_a_request_line_that_comes_again_is_logged_as_the_first_time(
    before: str, after: str
) -> None:
    for cursor, word in (("12", "12"), ("13", "13"), ("", ""), ("x%20%26y", "x%20%26y")):
        # With more than is kept, it is put together anew.
        query = f"{before}tt={cursor}{after}"
        long = f"/x?{query}&long={'x' * MAX_KEPT_QUERY}"
        line = line_of(f"/x?{query}", channels="a")
        assert line.partition("tt=")[2].partition("&")[0] == word
        assert line_of(long, channels="a") == line.removesuffix("&…=…") + "&…=…"


@pytest.mark.parametrize("kept", [log._kept_around, log._kept_path])
def test_no_more_request_lines_are_kept_than_there_is_room_for(kept: Any) -> None:
    kept.cache_clear()
    for number in range(MAX_KEPT + 10):
        line_of(f"/x?tt=1&uuid={number}", channels=f"c-{number}")
    assert kept.cache_info().currsize == MAX_KEPT


def test_a_device_is_not_shown_and_what_reaches_it_is() -> None:
    query = Query("add=a&environment=production&topic=com.app&type=apns2")
    request = Request("GET", "/x", query, {})
    request.route = "/v2/push/sub-key/{sub}/devices-apns2/{device}"
    request.parts = {"sub": "k", "device": SECRET}
    assert str(ShownRequest(request)) == (
        "GET /v2/push/sub-key/…/devices-apns2/…?add=a&environment=production&topic=com.app&type=apns2"
    )


def test_a_line_has_an_end() -> None:
    many = "&".join(f"{name}{number}=1" for name in ("count", "uuid") for number in range(50))
    assert len(line_of(f"/x?{many}", channels="a")) < 100
    long = line_of(f"/x?uuid={'x' * 30_000}&filter-expr={'y' * 30_000}", channels="z" * 30_000)
    assert len(long) < 3 * MAX_SHOWN_VALUE + 100
    assert long.count("…") == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("meta.token == 'x'", "meta.token == 'x'"),
        ("auth=abc", "auth=…"),
        ("Auth_Key = abc&uuid=b", "Auth_Key = …&uuid=b"),
        ("access_token=abc", "access_token=…"),
        ("a%26auth%3Dabc", "a%26auth%3D…"),
        ("a%2526auth%253Dabc&b", "a%2526auth%253D…&b"),
        ('{"auth":"abc","n":1}', '{"auth":"…","n":1}'),
        ("Authorization: Bearer abc", "Authorization: Bearer …"),
        ("cipherKey: 'abc'", "cipherKey: '…'"),
        ("token != 'x' && meta.secret LIKE 'a*'", "token != 'x' && meta.secret LIKE 'a*'"),
        ("a-qEF2AkF0GmVT8QBDdHRsGDw_-=", "a-…"),
        ("%22sec-c-abc%2Dd", "%22…"),
        ("x == 'sub-c-1234-5678' && y", "x == '…' && y"),
        ("x" * 1000, "x" * (MAX_SHOWN_VALUE - 1) + "…"),
        ("a\nb", "a\\nb"),
    ],
)
def test_what_looks_like_a_secret_is_hidden_within_a_text(text: str, expected: str) -> None:
    assert showable(text) == expected


@pytest.mark.parametrize(
    "text", ["auth", "auth ", "token=", "a-", '"secret":"', "sub-c-", "%253D", "cookie: bearer "]
)
def test_a_text_that_looks_like_secrets_takes_no_longer_than_another(text: str) -> None:
    def seconds(of: str) -> float:
        return min(timeit.repeat(lambda: showable(of), number=1, repeat=5, timer=process_time))

    few, many = seconds(text * 1_000), seconds(text * 8_000)
    # Eight times as much takes eight times as long; the square of that would be 64 times.
    assert many < 30 * few + 0.02


def test_what_stands_for_a_request_has_no_secret() -> None:
    headers = {"Authorization": f"Bearer {SECRET}"}
    parts = {"sub": f"sub-c-{SECRET}"}
    query = Query(f"auth={SECRET}")
    request = Request(
        "POST", f"/publish/{SECRET}", query, headers, SECRET.encode(), parts, "/a", "b"
    )
    answer = Answer(body=SECRET.encode())
    assert SECRET not in f"{request!r} {answer!r}"
    assert "operation='b'" in repr(request)
