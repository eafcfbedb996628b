"""The recording server notes what comes as it comes."""

from __future__ import annotations

import http.client
import socket

from tests.protocol.capture.answers import told
from tests.protocol.capture.recording import Recorder, parts, query, recording
from tests.protocol.capture.trials import ENVELOPES, polled

MULTIPART = '--xyz\r\nContent-Disposition: form-data; name="key"\r\n\r\na\r\n--xyz\r\nContent-Disposition: form-data; name="file"; filename="b"\r\n\r\ntwo\r\nlines\r\n--xyz--\r\n'


def asked(recorder: Recorder, raw: str) -> bytes:
    """The answer to these bytes on a connection of its own."""
    with socket.create_connection(("127.0.0.1", recorder.port), timeout=10) as connection:
        connection.sendall(raw.encode())
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def test_a_target_that_nobody_encoded_is_noted_as_it_stands() -> None:
    with recording() as recorder:
        asked(
            recorder, "GET /v2/objects/s/uuids/a b é?x=1 2 HTTP/1.1\r\nHost: h\r\nX-A: b: c\r\n\r\n"
        )
        (request,) = recorder.take()
    assert request.target == "/v2/objects/s/uuids/a b é?x=1 2"
    assert request.headers == (("Host", "h"), ("X-A", "b: c"))
    assert query(request.target) == {"x": "1 2"}
    assert request.header("x-a") == "b: c"


def test_a_form_is_taken_apart_and_its_file_served_again() -> None:
    head = "POST /upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=xyz\r\n"
    chunked = f"Transfer-Encoding: chunked\r\n\r\n{len(MULTIPART):x}\r\n{MULTIPART}\r\n0\r\n\r\n"
    with recording() as recorder:
        for rest in (f"Content-Length: {len(MULTIPART)}\r\n\r\n{MULTIPART}", chunked):
            assert asked(recorder, head + rest).startswith(b"HTTP/1.1 204 ")
            (request,) = recorder.take()
            key, file = parts(request)
            assert (key.content, file.content) == (b"a", b"two\r\nlines")
            assert file.head.endswith('filename="b"')
        connection = http.client.HTTPConnection("127.0.0.1", recorder.port, timeout=10)
        connection.request("GET", "/stored/file-id/a.txt")
        assert connection.getresponse().read() == b"two\r\nlines"
        connection.close()


def test_an_override_goes_before_the_standing_answer() -> None:
    with recording() as recorder:
        recorder.overrides = {"/push/": told({"no": 1}, 403)}
        answer = asked(recorder, "GET /v1/push/s HTTP/1.1\r\n\r\n")
        recorder.overrides = {}
        standing = asked(recorder, "GET /v1/push/sub-key/s/devices/d HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert answer.endswith(b'{"no": 1}')
    assert standing.endswith(b'["a", "b"]')


def test_a_subscription_gets_a_cursor_and_then_the_news() -> None:
    with recording() as recorder:
        recorder.news = polled(ENVELOPES["uuid set"])
        first = asked(recorder, "GET /v2/subscribe/s/ch/0?tt=0 HTTP/1.1\r\n\r\n")
        second = asked(recorder, "GET /v2/subscribe/s/ch/0?tt=16000000000000000 HTTP/1.1\r\n\r\n")
        third = asked(recorder, "GET /v2/subscribe/s/ch/0?tt=16000000000000001 HTTP/1.1\r\n\r\n")
    assert first.endswith(b'"m": []}')
    assert b'"type": "uuid"' in second
    assert b"the last one" in third
