"""RFC 9112, section by section: how each kind of request is answered.

docs/protocol.md has the table of sections. ``tests/interop/test_http.py`` checks the answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pnfilter.server import Server, running
from tests.server.exchanging import exchange

TIME = b"GET /time/0 HTTP/1.1\r\n"
HOST = b"Host: here\r\n"
END = b"Connection: close\r\n\r\n"
PUBLISH = b"POST /publish/p/s/0/a/0 HTTP/1.1\r\n" + HOST + b"Connection: close\r\n"
CHUNKED = PUBLISH + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as server:
        yield server


#: Section of RFC 9112 (of RFC 9110 with a 0 before it), request, and the statuses of the answers.
RULES: list[tuple[str, str, bytes, list[int]]] = [
    ("2.2", "an empty line before the request", b"\r\n\r\n" + TIME + HOST + END, [200]),
    ("2.2", "lines that end in LF alone", b"GET /time/0 HTTP/1.1\nHost: here\n\n", [400]),
    ("2.2", "CR alone within a line", TIME + b"Host: he\rre\r\n" + END, [400]),
    ("2.2", "spaces before the first header", TIME + b" " + HOST + END, [400]),
    ("2.2", "bytes that are no HTTP", b"\x00\x01\xfe\r\n\r\n", [400]),
    ("2.3", "version 1.0", b"GET /time/0 HTTP/1.0\r\n\r\n", [200]),
    ("2.3", "version 0.9", b"GET /time/0\r\n\r\n", [400]),
    ("2.3", "version 1.2", b"GET /time/0 HTTP/1.2\r\n" + HOST + END, [400]),
    ("2.3", "version 2.0", b"GET /time/0 HTTP/2.0\r\n" + HOST + END, [400]),
    ("2.3", "version 3.0 with a body", PUBLISH.replace(b"1.1", b"3.0") + b"\r\n1", [400]),
    ("2.3", "the name of the protocol in lower case", b"GET /time/0 http/1.1\r\n" + END, [400]),
    ("2.3", "the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400]),
    ("3", "a space within the target", b"GET /ti me/0 HTTP/1.1\r\n" + HOST + END, [400]),
    ("3", "tabs for spaces", b"GET\t/time/0\tHTTP/1.1\r\n" + HOST + END, [400]),
    ("3.1", "a method in lower case", b"get /time/0 HTTP/1.1\r\n" + HOST + END, [400]),
    ("3.1", "an unknown method", b"PEEK /time/0 HTTP/1.1\r\n" + HOST + END, [400]),
    ("3.1", "a method that the path has not", b"PUT /time/0 HTTP/1.1\r\n" + HOST + END, [405]),
    ("3.2", "no Host", TIME + END, [400]),
    ("3.2", "no Host, with a body", b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n1", [400]),
    ("3.2", "two of Host", TIME + HOST + HOST + END, [400]),
    ("3.2", "an empty Host", TIME + b"Host:\r\n" + END, [400]),
    ("3.2", "a space within Host", TIME + b"Host: a b\r\n" + END, [400]),
    ("3.2", "a path in Host", TIME + b"Host: a/b\r\n" + END, [400]),
    ("3.2", "a user in Host", TIME + b"Host: me@here\r\n" + END, [400]),
    ("3.2", "a wrong port in Host", TIME + b"Host: here:x\r\n" + END, [400]),
    ("3.2", "a malformed Host in 1.0", b"GET /time/0 HTTP/1.0\r\nHost: a b\r\n\r\n", [400]),
    ("3.2", "an IPv6 address and a port", TIME + b"Host: [::1]:80\r\n" + END, [200]),
    ("3.2.3", "another authority", b"CONNECT here:80 HTTP/1.1\r\n" + HOST + END, [404]),
    ("3.2.4", "the server as a whole", b"OPTIONS * HTTP/1.1\r\n" + HOST + END, [200]),
    ("5", "a header without a colon", TIME + HOST + b"X\r\n" + END, [400]),
    ("5", "a header without a name", TIME + HOST + b": x\r\n" + END, [400]),
    ("5", "a character that no name has", TIME + HOST + b"X(: x\r\n" + END, [400]),
    ("5", "a name in other letters", TIME + b"hOST: here\r\n" + END, [200]),
    ("5.1", "a space before the colon", TIME + b"Host : here\r\n" + END, [400]),
    ("5.1", "spaces around a value", TIME + b"Host: \t here \t\r\n" + END, [200]),
    ("5.2", "a value folded into two lines", TIME + HOST + b"X: a\r\n b\r\n" + END, [400]),
    ("5", "NUL in a value", TIME + HOST + b"X: a\0b\r\n" + END, [400]),
    ("6.1", "Chunked in capitals", CHUNKED.replace(b"c", b"C") + b"1\r\n1\r\n0\r\n\r\n", [200]),
    ("6.1", "an unknown coding", CHUNKED.replace(b"chunked", b"gzip, chunked"), [400]),
    ("6.1", "chunked that is not the last", CHUNKED.replace(b"chunked", b"chunked, gzip"), [400]),
    ("6.1", "chunked twice", CHUNKED.replace(b"chunked", b"chunked, chunked"), [400]),
    ("6.1", "a coding and a length", CHUNKED[:-2] + b"Content-Length: 1\r\n\r\n0\r\n\r\n", [400]),
    ("6.2", "a sign in the length", PUBLISH + b"Content-Length: +1\r\n\r\n1", [400]),
    ("6.2", "a negative length", PUBLISH + b"Content-Length: -1\r\n\r\n1", [400]),
    ("6.2", "letters in the length", PUBLISH + b"Content-Length: 0x1\r\n\r\n1", [400]),
    ("6.2", "an empty length", PUBLISH + b"Content-Length:\r\n\r\n1", [400]),
    (
        "6.2",
        "a length of 30 digits",
        PUBLISH + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n",
        [400],
    ),
    ("6.3", "two lengths", PUBLISH + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n12", [400]),
    ("6.3", "a list of lengths", PUBLISH + b"Content-Length: 1, 2\r\n\r\n12", [400]),
    ("6.3", "a length", PUBLISH + b"Content-Length: 1\r\n\r\n1", [200]),
    (
        *("6.3", "a body that nothing reads"),
        *(TIME + HOST + b"Content-Length: 3\r\n\r\nabc" + TIME + HOST + END, [200, 200]),
    ),
    ("7.1", "chunks", CHUNKED + b"2\r\n12\r\nA\r\n3456789012\r\n0\r\n\r\n", [200]),
    ("7.1", "0x before a size", CHUNKED + b"0x1\r\n1\r\n0\r\n\r\n", [400]),
    ("7.1", "a size of 17 digits", CHUNKED + b"fffffffffffffffff\r\n1\r\n0\r\n\r\n", [400]),
    ("7.1", "a chunk longer than its size", CHUNKED + b"1\r\n12\r\n0\r\n\r\n", [400]),
    ("7.1", "chunks that end in LF alone", CHUNKED + b"1\n1\n0\n\n", [400]),
    ("7.1.1", "extensions of a chunk", CHUNKED + b'1;a=b;c="d"\r\n1\r\n0\r\n\r\n', [200]),
    ("7.1.2", "trailers", CHUNKED + b"1\r\n1\r\n0\r\nX: y\r\n\r\n", [200]),
    ("7.1.2", "a Host in trailers", CHUNKED + b"1\r\n1\r\n0\r\nHost: there\r\n\r\n", [200]),
    ("9.3", "1.1 stays open", TIME + HOST + b"\r\n" + TIME + HOST + END, [200, 200]),
    ("9.3", "1.0 closes", b"GET /time/0 HTTP/1.0\r\n\r\n" * 2, [200]),
    (
        *("9.3", "1.0 stays open if asked"),
        *(
            b"GET /time/0 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + TIME + HOST + END,
            [200, 200],
        ),
    ),
    ("9.3.2", "five requests at once", (TIME + HOST + b"\r\n") * 4 + TIME + HOST + END, [200] * 5),
    ("9.6", "what follows the last request", TIME + HOST + END + TIME + HOST + END, [200]),
    (
        *("9.6", "close in a list"),
        *(TIME + HOST + b"Connection: x, Close\r\n\r\n" + TIME + HOST + END, [200]),
    ),
    (
        *("07.8", "another protocol"),
        *(TIME + HOST + b"Connection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n", [200]),
    ),
    (
        *("010.1.1", "leave to send a body"),
        *(PUBLISH + b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\n1", [100, 200]),
    ),
    (
        *("010.1.1", "leave in 1.0"),
        PUBLISH.replace(b"1.1", b"1.0") + b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\n1",
        [200],
    ),
]
_STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n")


@pytest.mark.parametrize(
    ("request_", "statuses"),
    [pytest.param(*rule[2:], id=f"{rule[0]} {rule[1]}") for rule in RULES],
)
def test_requests_are_answered_as_the_rules_of_http_have_it(
    server: Server, request_: bytes, statuses: list[int]
) -> None:
    # A server that waits for more would fail by its time limit.
    answers = exchange(server.origin, request_)
    assert [int(each) for each in _STATUS_LINE.findall(answers)] == statuses


def test_the_page_has_each_section_and_no_other() -> None:
    page = Path("docs/protocol.md").read_text(encoding="utf-8")
    table = page[page.index("## HTTP itself") :]
    rows = re.findall(r"^\| (9112|9110), ([0-9.]+) \|", table, re.MULTILINE)
    tested = {rule[0] for rule in RULES}
    written = {("0" if number == "9110" else "") + section for number, section in rows}
    assert tested <= written
