"""Requests: TLS, and services that answer anything, slowly, or without end."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from pnfilter.probe import ProbeError, plan, run, service
from pnfilter.probe.service import MAX_ANSWER, REDACTED, Exchange, Keys, Origin, Pace, Service
from pnfilter.server import running

from .probing import KEYS, QUICK

OK = b"HTTP/1.1 200 OK\r\n"
ANSWER = b'{"t":{"t":"1","r":1},"m":[]}'


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that answers each request by a function; its origin."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    try:
                        connection.recv(65_536)
                        answer(connection)
                    except OSError:
                        pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def asked(answer: Callable[[socket.socket], None], seconds: float = 2) -> Exchange:
    """What becomes of one request."""
    with answering(answer) as origin:
        asking = Service(Origin.of(origin), KEYS, "user", Pace(1000), "0")
        return asking.subscribe("channel", "1", "", "a == 1", seconds)


def sending(*parts: bytes, pause: float = 0) -> Callable[[socket.socket], None]:
    def send(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)

    return send


def test_an_answer_without_a_length() -> None:
    found = asked(sending(OK + b"\r\n", ANSWER))
    assert (found.status, found.failure, found.json["t"]["t"]) == (200, "", "1")


@pytest.mark.parametrize(
    ("parts", "failure"),
    [
        ([OK + b"Content-Length: 100\r\n\r\n", ANSWER], "the answer was cut off"),
        ([b"HTTP/1.1"], "HTTP/1.1"),
        ([b"\xff\xfe\r\n\r\n"], "ÿþ"),
        ([b""], "RemoteDisconnected"),
        ([OK + b"X: " + b"y" * 70_000], "got more than 65536 bytes when reading header line"),
        ([OK + b"X: y\r\n" * 200 + b"\r\n"], "got more than 100 headers"),
        ([OK + b"\r\n", b"x" * (MAX_ANSWER + 1)], "an answer has more than 1,048,576 bytes"),
        ([OK + b"Content-Length: 99999999\r\n\r\n", b"x" * 2 * MAX_ANSWER], "an answer has more"),
        ([OK + b"Transfer-Encoding: chunked\r\n\r\n", b"zz\r\n"], "IncompleteRead"),
    ],
)
def test_an_answer_that_is_none(parts: list[bytes], failure: str) -> None:
    found = asked(sending(*parts))
    assert failure in found.failure
    assert not found.is_silent
    assert found.json is None
    assert "\n" not in found.failure


@pytest.mark.parametrize("body", [b"", b"[" * 100_000, b"{", b"\xff"])
def test_a_body_that_is_no_json(body: bytes) -> None:
    found = asked(sending(OK + b"Content-Length: %d\r\n\r\n" % len(body), body))
    assert (found.failure, found.json) == ("", None)
    assert len(found.answer) <= service.MAX_KEPT


def test_a_poll_without_an_answer_is_silent() -> None:
    found = asked(lambda connection: time.sleep(0.5), 0.2)
    assert (found.status, found.is_silent, found.failure) == (None, True, "no answer in time")
    assert found.seconds < 1


def test_a_body_that_comes_slowly_ends_at_the_deadline() -> None:
    start = time.monotonic()
    found = asked(sending(OK + b"\r\n", *[b"x"] * 60, pause=0.1), 0.3)
    assert (found.failure, found.is_silent) == ("no answer in time", False)
    assert time.monotonic() - start < 8
    assert found.seconds < 2


def test_a_head_that_comes_slowly_ends_soon_after_the_deadline() -> None:
    found = asked(sending(OK, *[b"x"] * 40, pause=0.1), 0.3)
    assert (found.failure, found.is_silent) == ("no answer in time", False)
    assert found.seconds < 3


def test_keys_are_redacted_in_what_comes_back() -> None:
    keys = Keys("pub/1", "sub 2", "au%th")
    body = b'{"error": "sub 2 sub%202 pub/1 pub%2F1 au%th au%25th"}'
    with answering(sending(b"HTTP/1.1 403 No\r\nX: y\r\n\r\n", body)) as origin:
        asking = Service(Origin.of(origin), keys, "user", Pace(1000), "0")
        found = asking.publish("channel", {"a": "{sub}{pub}"}, {"b": 1})
    assert found.answer == f'{{"error": "{" ".join([REDACTED] * 6)}"}}'
    assert found.path.startswith("/publish/***/***/0/channel/0/%7B%22a%22%3A%22%7Bsub%7D%7Bpub%7D")
    assert found.path.endswith("&uuid=user&pnsdk=pnfilter-probe%2F0&auth=***")
    assert asking.taken() == [found]
    assert asking.taken() == []


def test_a_pace() -> None:
    pace = Pace(50, 2, limit=6)
    start = time.monotonic()
    for _ in range(4):
        pace.take()
    assert time.monotonic() - start >= 0.06
    with pytest.raises(service.LimitReached, match="all 6 transactions are made"):
        pace.take()
    assert pace.spent == 6


def test_a_pause_that_the_service_asks_for() -> None:
    with running(assume={"missing-differs": "match"}) as server:
        server.add_fault("status", status=429, retry_after=1, count=1)
        start = time.monotonic()
        report = run(plan(["missing-differs"]), KEYS, origin=server.origin, **QUICK)
    assert report.assumptions == {"missing-differs": "match"}
    assert time.monotonic() - start >= 1


def test_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(assume={"missing-differs": "match"}, tls="self-signed") as server:
        with pytest.raises(ProbeError, match=r"the certificate isn't trusted: \w+"):
            run(plan(["missing-differs"]), KEYS, origin=server.url, **QUICK)
        monkeypatch.setenv("SSL_CERT_FILE", str(server.ca_file))
        report = run(plan(["missing-differs"]), KEYS, origin=server.url, **QUICK)
    assert report.assumptions == {"missing-differs": "match"}


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"t":{"t":1},"m":[]}', b'{"t":{"t":"x"},"m":[]}', b'{"t":1,"m":1}']
)
def test_a_service_of_another_kind(body: bytes) -> None:
    with (
        answering(sending(OK + b"\r\n", body)) as origin,
        pytest.raises(ProbeError, match="an answer of another form"),
    ):
        run(plan(), KEYS, origin=origin, **QUICK)


def test_a_message_that_never_arrives() -> None:
    bodies = [ANSWER, b'[1,"Sent","1"]', ANSWER, ANSWER, ANSWER, ANSWER]

    def answer(connection: socket.socket) -> None:
        connection.sendall(OK + b"\r\n" + bodies.pop(0))

    with (
        answering(answer) as origin,
        pytest.raises(ProbeError, match="a message doesn't arrive, even without a filter"),
    ):
        run(plan(), KEYS, origin=origin, **QUICK)
