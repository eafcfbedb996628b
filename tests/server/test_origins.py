"""Which web pages may use the emulator: any, or those of the origins that are listed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pnfilter.server import running
from pnfilter.server.run import Server
from pnfilter.server.settings import Settings
from tests.server.exchanging import Reply, exchange, fetch

APP = "https://app.example"
LISTED = (APP, "http://Localhost:3000", "https://[::1]:8443", "https://usual.example:443")
PUBLISH = "/publish/p/s/0/a/0/1"
HISTORY = "/v2/history/sub-key/s/channel/a"


@pytest.fixture(scope="module")
def narrowed() -> Iterator[Server]:
    with running(allow_origin=LISTED) as server:
        yield server


@pytest.fixture(scope="module")
def wide() -> Iterator[Server]:
    with running() as server:
        yield server


def asked(server: Server, method: str, target: str, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return fetch(server.origin, target, method=method, headers=named)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "file://", ""])
def test_without_a_list_every_page_may(wide: Server, origin: str) -> None:
    for method, target in (("GET", PUBLISH), ("OPTIONS", PUBLISH), ("GET", "/nowhere")):
        reply = asked(wide, method, target, Origin=origin, Sec_Fetch_Site="cross-site")
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        assert "Vary" not in reply.headers
        assert "Access-Control-Allow-Private-Network" not in reply.headers


@pytest.mark.parametrize(
    "origin",
    [
        APP,
        "HTTPS://App.Example",
        "http://localhost:3000",
        "https://[::1]:8443",
        "https://usual.example",
    ],
)
def test_a_page_that_is_listed_may_ask_and_read(narrowed: Server, origin: str) -> None:
    for method, target, status in (
        *(("GET", PUBLISH, 200), ("GET", "/nowhere", 404), ("GET", "/time/0?a=%FF&b=%FF", 200)),
        *(("OPTIONS", PUBLISH, 200), ("GET", f"/time/0?{'x' * 40_000}", 414)),
    ):
        reply = asked(narrowed, method, target, Origin=origin, Sec_Fetch_Site="cross-site")
        assert reply.status == status
        assert reply.headers["Access-Control-Allow-Origin"] == origin.lower()
        assert reply.headers["Vary"] == "Origin"


FOREIGN: list[dict[str, str]] = [
    {"Origin": origin}
    for origin in (
        *(
            "https://evil.example",
            "null",
            "",
            "*",
            "http://app.example",
            "https://app.example:8443",
        ),
        *("https://app.example.evil.example", "https://app.example:443", "https://xapp.example"),
        *("https://app.example/", "https://user@app.example", "app.example", f"{APP},{APP}"),
        *(f"{APP} {APP}", "http://localhost", "http://localhost:3001", "https://localhost:3000"),
    )
] + [
    # An image, a script, a form or a link of a page has no `Origin`.
    *({"Sec-Fetch-Site": site} for site in ("cross-site", "same-site", "same-origin", "other")),
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "none"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_any_other_page_does_nothing_and_reads_nothing(
    narrowed: Server, headers: dict[str, str]
) -> None:
    narrowed.reset()
    preflight = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Private-Network": "true",
    }
    for method, target, more in (
        *(("GET", PUBLISH, {}), ("POST", "/publish/p/s/0/a/0", {}), ("DELETE", HISTORY, {})),
        *(
            ("OPTIONS", PUBLISH, preflight),
            ("GET", "/v2/subscribe/s/a/0", {}),
            ("GET", "/health", {}),
        ),
        *(("GET", "/nowhere", {}), ("HEAD", "/health", {})),
    ):
        reply = fetch(narrowed.origin, target, method=method, headers={**headers, **more})
        assert reply.status == 403, (method, target)
        assert not [name for name in reply.headers if name.lower().startswith("access-control")]
    # What never becomes a request isn't told either.
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    for line in (
        f"GET /time/0?{'x' * 40_000} HTTP/1.1",
        "GET /ti me/0 HTTP/1.1",
        "GET /time/0?%FF=1 HTTP/1.1",
    ):
        raw = exchange(narrowed.origin, f"{line}\r\n{told}Connection: close\r\n\r\n".encode())
        assert b"access-control" not in raw.lower()
    assert fetch(narrowed.origin, HISTORY).json()[0] == []


def test_what_is_no_page_may_ask(narrowed: Server) -> None:
    for headers in ({}, {"Sec-Fetch-Site": "none"}, {"User-Agent": "PubNub-Python/10"}):
        reply = fetch(narrowed.origin, PUBLISH, headers=headers)
        assert reply.status == 200
        assert "Access-Control-Allow-Origin" not in reply.headers


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8090", "localhost.evil.example", "127.0.0.1.evil"]
)
def test_a_page_that_makes_its_name_stand_for_this_machine_does_nothing(
    narrowed: Server, wide: Server, host: str
) -> None:
    for headers in ({"Host": host}, {"Host": host, "Sec-Fetch-Site": "none"}):
        assert fetch(narrowed.origin, PUBLISH, headers=headers).status == 403
    assert fetch(narrowed.origin, PUBLISH, headers={"Host": host, "Origin": APP}).status == 200
    assert fetch(wide.origin, PUBLISH, headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.2:5", "[::1]:9"]
)
def test_every_name_of_the_loopback_interface_is_served(narrowed: Server, host: str) -> None:
    assert fetch(narrowed.origin, PUBLISH, headers={"Host": host}).status == 200


def test_a_page_of_elsewhere_may_reach_this_machine_if_it_is_listed(narrowed: Server) -> None:
    headers = {"Origin": APP, "Access-Control-Request-Private-Network": "true"}
    reply = fetch(narrowed.origin, PUBLISH, method="OPTIONS", headers=headers)
    assert reply.headers["Access-Control-Allow-Private-Network"] == "true"
    reply = fetch(narrowed.origin, PUBLISH, method="OPTIONS", headers={"Origin": APP})
    assert "Access-Control-Allow-Private-Network" not in reply.headers


def test_an_upload_of_another_page_is_refused_and_nothing_of_it_kept(narrowed: Server) -> None:
    path = "/v1/files/s/channels/a"
    told = fetch(
        narrowed.origin, f"{path}/generate-upload-url", method="POST", body=b'{"name": "x"}'
    ).json()
    fields = {one["key"]: one["value"] for one in told["file_upload_request"]["form_fields"]}
    form = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    form += '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n1\r\n--b--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    for origin, status in (("https://evil.example", 403), (APP, 204)):
        reply = fetch(
            narrowed.origin,
            "/v1/files/s/upload",
            method="POST",
            body=form.encode(),
            headers={**headers, "Origin": origin},
        )
        assert reply.status == status


def test_its_own_page_and_the_control_side_are_as_before(narrowed: Server, wide: Server) -> None:
    for server in (narrowed, wide):
        assert fetch(server.origin, "/").status == 200
        question = {"Content-Type": "application/json", "Origin": server.url}
        reply = fetch(
            server.origin,
            "/playground/api/messages",
            method="POST",
            body=b'{"text": ""}',
            headers=question,
        )
        assert reply.status == 200
        question["Origin"] = APP
        reply = fetch(
            server.origin,
            "/playground/api/messages",
            method="POST",
            body=b'{"text": ""}',
            headers=question,
        )
        assert reply.status == 403
        bearer = {"Authorization": f"Bearer {server.control_token}"}
        assert fetch(server.origin, "/_pnfilter", headers=bearer).status == 200
        assert fetch(server.origin, "/_pnfilter", headers={**bearer, "Origin": APP}).status == 403


@pytest.mark.parametrize(
    "origin",
    ["null", "*", "", "app.example", "https://app.example/", "https://app.example/x", "https://", "://x",
     "https://a b", "https://user@app.example", "https://app.example:x", "https://app.example:99999",
     "https://*.app.example", "https://app.example?x", "https://ä.example", "https://a\r\nX: y"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(ValueError, match="allow_origin must be an origin such as https://app"):
        Settings(allow_origin=[origin])


def test_a_text_is_no_list() -> None:
    text: Any = APP
    with pytest.raises(ValueError, match="allow_origin must be a list of origins, got "):
        Settings(allow_origin=text)
