"""A signature is for one request: what was captured on its way is good for nothing else."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import time
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from itertools import product

import pytest

from pnfilter.server.access.signatures import Secrets, _texts
from pnfilter.server.app import ROUTES
from pnfilter.server.http.request import Query, Request, names_in
from pnfilter.server.http.router import Route, Router
from pnfilter.server.run import running
from tests.server.access.signing import KEYS, SECRET, Managed, signed
from tests.server.exchanging import exchange
from tests.server.filing import HOST

NOW = 1_700_000_000
ROUTER = Router(ROUTES)
SECRETS = Secrets("sub", "pub", SECRET)
GRANT = "/v2/auth/grant/sub-key/sub"
TOKENS = "/v3/pam/sub/grant"
BODY = '{"ttl": 60, "permissions": {"resources": {"channels": {"a": 1}}}}'


def may_read(emulated: Managed, channel: str = "secrets", auth: str = "") -> bool:
    status, _ = emulated.get(f"/v2/history/sub-key/sub/channel/{channel}?uuid=eve&auth={auth}")
    return status == 200


def test_a_grant_to_one_cannot_be_sent_again_as_one_to_everybody() -> None:
    with Managed() as emulated:
        target = signed("GET", f"{GRANT}?auth=alice&channel=secrets&r=1", "", NOW)
        again = target.replace("auth=alice&channel=", "auth%3Dalice%26channel=")
        assert emulated.request("GET", again).status == 403
        assert not may_read(emulated)
        assert emulated.request("GET", target).status == 200
        assert may_read(emulated, auth="alice")
        assert not may_read(emulated)


#: What is done to a signed grant of `secrets,plans` to `al ice`.
CHANGES = {
    "a parameter in the name of another": ("&channel=", "%26channel="),
    "names and values run together": ("auth=al%20ice&", "auth%3Dal%20ice%26"),
    "a name with its value": ("r=1", "r%3D1"),
    "another case of a name": ("auth=", "Auth="),
    "a semicolon in place of an ampersand": ("&channel=", ";channel="),
    "a plus in place of a blank": ("al%20ice", "al+ice"),
    "a value encoded twice": ("al%20ice", "al%2520ice"),
    "a value in quotes": ("al%20ice", "%22al%20ice%22"),
    "a repeated parameter, the last one new": ("&channel=", "&auth=eve&channel="),
    "a repeated name, encoded": ("&channel=", "&%61uth=eve&channel="),
    "one parameter more": ("auth=", "uuid=eve&auth="),
    "an empty parameter more": ("auth=", "w&auth="),
    "one with no name": ("auth=", "=&auth="),
    "one parameter less": ("&r=1", ""),
    "an empty value": ("auth=al%20ice", "auth="),
    "a fragment at the end": ("&signature", "%23&signature"),
    "a fragment in the path": ("/sub?", "/sub#?"),
    "a path with a double slash": ("/v2/", "//v2/"),
    "a path with a step": ("/grant/", "/./grant/"),
    "a path with a step back": ("/grant/", "/x/../grant/"),
    "an encoded slash": ("/grant/", "%2Fgrant/"),
    "an encoded letter": ("/grant/", "/%67rant/"),
    "a path with a parameter": ("/sub?", "/sub;x?"),
    "the question mark encoded": ("/sub?", "/sub%3F"),
    "a line end in the path": ("/sub?", "/sub%0A?"),
    "another operation": ("/grant/", "/audit/"),
    "another keyset": ("/sub-key/sub?", "/sub-key/other?"),
    "no version before the signature": ("signature=v2.", "signature="),
    "padding after the signature": ("END", "%3D"),
    "a second signature": ("END", "&signature=v2.x"),
    "another time": ("timestamp=17", "timestamp=18"),
    "a second time": ("END", f"&timestamp={NOW + 1}"),
    "a time with a zero": ("timestamp=17", "timestamp=017"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_of_a_signed_request_can_be_changed(change: str) -> None:
    before, after = CHANGES[change]
    target = signed("GET", f"{GRANT}?auth=al%20ice&channel=secrets,plans&r=1", "", NOW)
    changed = (target + "END").replace(before, after).removesuffix("END")
    assert changed != target
    with Managed() as emulated:
        assert emulated.request("GET", changed).status in (400, 403, 404, 405)
        access = emulated.app.access.of("sub")
        assert access is not None
        assert len(access.grants) == 0
        assert emulated.request("GET", target).status == 200


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # An earlier one of two counts for nothing, in the signature and for the operation.
        ("?auth=", "?auth=eve&channel=others&auth="),
        ("secrets,plans", "secrets%2Cplans"),
        ("secrets", "%73ecrets"),
        ("&r=1", "&r=%31"),
        ("al%20ice", "%61l%20ice"),
    ],
)
def test_what_is_written_otherwise_and_means_the_same_does_the_same(
    before: str, after: str
) -> None:
    target = signed("GET", f"{GRANT}?auth=al%20ice&channel=secrets,plans&r=1", "", NOW)
    with Managed() as emulated:
        assert emulated.request("GET", target.replace(before, after)).status == 200
        assert may_read(emulated, "secrets", "al%20ice")
        assert may_read(emulated, "plans", "al%20ice")
        assert not may_read(emulated, "others", "eve")
        assert not may_read(emulated)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "LOCAL"])
def test_it_is_for_one_method(method: str) -> None:
    target = signed("GET", f"{GRANT}?channel=secrets&r=1", "", NOW)
    with Managed() as emulated:
        assert emulated.request(method, target).status in (403, 405)
        assert not may_read(emulated)


def test_it_is_for_one_body() -> None:
    other = BODY.replace('"a"', '"b"')
    with Managed() as emulated:
        target = signed("POST", TOKENS, BODY, NOW)
        for body, encoding in (
            (other.encode(), ""),
            (b"", ""),
            (BODY.encode() + b"\n", ""),
            (zlib.compress(other.encode()), "deflate"),
            (gzip.compress(other.encode()), "gzip"),
            # It would be read as it came.
            (BODY.encode(), "deflate"),
            (zlib.compress(BODY.encode()), "br"),
        ):
            headers = {"Content-Encoding": encoding} if encoding else {}
            assert emulated.request("POST", target, body, headers).status == 403
        # A part of the body in the path or query.
        for moved in (f"{TOKENS}%0A{BODY}", f"{TOKENS}?{BODY}"):
            assert emulated.request("POST", moved + target.partition("?")[2]).status in (403, 404)
        assert emulated.request("POST", target, BODY.encode()).status == 200
        get = signed("GET", f"{GRANT}?channel=secrets&r=1", "", NOW)
        assert emulated.request("GET", get, b"body").status == 403


def test_what_is_signed_without_its_body_publishes_and_no_more() -> None:
    """The older form has no method and no body (documented): only a publication is signed so."""
    path = "/publish/pub/sub/0/a/0"
    by_python = forged(f"sub\npub\n{path}\ntimestamp={NOW}", f"{path}?timestamp={NOW}", is_old=True)
    by_javascript = forged(f"GET\npub\n{path}\ntimestamp={NOW}\n", f"{path}?timestamp={NOW}")
    with Managed() as emulated:
        for target in (by_python, by_javascript):
            assert emulated.request("POST", target, b"1").status == 200
            for method in ("GET", "DELETE", "PATCH"):
                assert emulated.request(method, target, b"1").status == 405
            # The signature of the one form as one of the other.
            swapped = (
                target.replace("=v2.", "=")
                if "=v2." in target
                else target.replace("signature=", "signature=v2.").rstrip("=")
            )
            assert emulated.request("POST", swapped, b"1").status == 403
        for path in (TOKENS, "/v1/files/sub/channels/a/generate-upload-url"):
            query = f"timestamp={NOW}"
            for target in (
                forged(f"sub\npub\n{path}\n{query}", f"{path}?{query}", is_old=True),
                forged(f"GET\npub\n{path}\n{query}\n", f"{path}?{query}"),
            ):
                assert emulated.request("POST", target, BODY.encode()).status == 403


def test_the_address_of_a_file_is_no_other_request() -> None:
    query = f"timestamp={NOW}"
    with Managed() as emulated:
        for path, status in (
            ("/v1/files/sub/channels/a/files/id/a.txt", 307),
            ("/v1/files/sub/channels/a/files", 403),
            ("/v1/files/publish-file/pub/sub/0/a/0/1", 403),
        ):
            target = forged(f"LOCAL\npub\n{path}\n{query}\n", f"{path}?{query}")
            assert emulated.request("GET", target, headers=HOST).status == status


def forged(text: str, target: str, *, is_old: bool = False) -> str:
    """A target with the signature of a text."""
    digest = urlsafe_b64encode(hmac.digest(SECRET.encode(), text.encode(), hashlib.sha256))
    signature = digest.decode() if is_old else "v2." + digest.decode().rstrip("=")
    return f"{target}&signature={signature}"


PIECES = ["", "a", "a b", "a%20b", "%20", "a,b", "a%2Cb", "a%252Cb", "a+b", "a%2Bb", "a%2Fb", "a%2fb",
          "50%", "50%25", "%2541", "%41", "%25%20", "a%0Ab", "é", "%C3%A9", "%c3%a9", "~", "%7E", "a%22b",
          "a%5C", "%3F", "%23", "a%26b%3D1", "..", "remove", "a%2Fremove"]  # fmt: skip
#: Operations with a list, a name or a value that some SDK signs in a way of its own.
SHAPES = (
    ("GET", "/v1/push/sub-key/sub/devices/{}", "type=gcm&add={}"),
    ("GET", "/v1/push/sub-key/sub/devices/{}/remove", "type=gcm"),
    ("GET", "/v2/subscribe/sub/{}/0", "filter-expr={}"),
    ("GET", "/v2/subscribe/sub/a/0", "channel-group={}&{}"),
    ("GET", "/v1/channel-registration/sub-key/sub/channel-group/{}", "add={}"),
    ("GET", "/v1/channel-registration/sub-key/sub/channel-group/{}/remove", "remove={}"),
    ("GET", "/v2/auth/audit/sub-key/sub", "channel={}&auth={}"),
    ("GET", "/v2/auth/grant/sub-key/sub", "channel={}&{}=1"),
    ("GET", "/v2/objects/sub/uuids", "filter={}&sort={}"),
    ("GET", "/v2/presence/sub-key/sub/channel/{}/heartbeat", "state={}"),
    ("GET", "/v1/files/sub/channels/{}/files/id/{}", ""),
    ("DELETE", "/v1/files/sub/channels/{}/files/id/{}", ""),
    ("GET", "/publish/pub/sub/0/{}/0/{}", ""),
)


def requests() -> Iterator[Request]:
    """Many requests, of which some differ in nothing but how they are written."""
    for method, path, query in SHAPES:
        line = f"{path}?{query}"
        for pieces in product(PIECES, repeat=line.count("{}")):
            path_, _, query_ = line.format(*pieces).partition("?")
            text = path_.encode().decode("latin-1"), query_.encode().decode("latin-1")
            request = Request(method, text[0], Query(text[1]), {})
            if isinstance(ROUTER.find(request), Route):
                yield request


def meaning(request: Request) -> object:
    """What an operation sees of a request: names, lists and parameters."""
    query = request.query
    lists = {name: names_in(raw) for name, raw in query.encoded() if name != "filter-expr"}
    parts = {
        name: request.names(name) if name == "channels" else request.part(name)
        for name in request.parts
    }
    return request.route, request.method, parts, dict(query), lists


def test_no_two_requests_with_another_meaning_have_a_text_in_common() -> None:
    found: dict[bytes, tuple[object, str]] = {}
    count = 0
    for request in requests():
        mine = meaning(request)
        for text in _texts(request, SECRETS, lambda: b""):
            other, path = found.setdefault(b"\n".join(text.lines), (mine, request.path))
            assert other == mine, (text, path, request.path)
            count += 1
    assert count > 10_000


def test_nothing_is_taken_for_another_form_over_a_connection() -> None:
    """A target as none should be written; one that names the server is the same request."""
    with running(keys=KEYS) as server:
        target = signed("GET", f"{GRANT}?channel=secrets&r=1", "", int(time.time()))
        for written in (
            f"ftp://{server.origin}{target}",
            f"http:{target}",
            f"*{target[1:]}",
            f"{target}#x",
            f"/.{target}",
        ):
            line = f"GET {written} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            status = exchange(server.origin, line.encode()).split(b" ", 2)[1]
            assert status in (b"400", b"403", b"404"), written
        history = (
            "GET /v2/history/sub-key/sub/channel/secrets HTTP/1.1\r\nHost: x\r\n"
            "Connection: close\r\n\r\n"
        )
        assert b" 403 " in exchange(server.origin, history.encode())
        line = (
            f"GET http://{server.origin}{target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        assert exchange(server.origin, line.encode()).startswith(b"HTTP/1.1 200 ")
        assert b" 200 " in exchange(server.origin, history.encode())
