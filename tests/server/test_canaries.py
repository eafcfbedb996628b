"""A canary at every place of every request that may have a secret: it is never seen again."""

from __future__ import annotations

import gc
import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote

import pytest

from pnfilter.server import Keys, running
from pnfilter.server.api.call import Handler
from pnfilter.server.app import ROUTES
from pnfilter.server.http.request import Query, Request
from pnfilter.server.http.response import Answer, Refusal
from pnfilter.server.http.router import Route
from tests.server.emulated import Emulated
from tests.server.exchanging import exchange, fetch, settle
from tests.server.logged import Lines, logged

#: A part of all that must not be seen. It is looked for without regard to case.
CANARY = "canary0"
TOKEN = f"qEF2AkF0Gm{CANARY}DdHRs{80 * 'G'}{CANARY}"
#: What the log shows of a path: everything else is a secret.
SHOWN = {"channel": "news", "channels": "news", "group": "mine", "user": "alice"}
#: Parameters with something that is nobody's business, in every way to write their names.
HIDDEN_NAMES = (
    *(
        "auth",
        "Auth",
        "AUTH",
        "%61uth",
        "auth%5Fkey",
        "token",
        "access_token",
        "signature",
        "Signature",
    ),
    *(
        "%73ignature",
        "timestamp",
        "secret",
        "secretKey",
        "cipher_key",
        "meta",
        "state",
        "requestid",
    ),
    *(
        "ptto",
        "password",
        "authorization",
        "key",
        "device",
        "ticket",
        "expires",
        "next",
        "control_token",
    ),
)
#: Mistakes in the encoding, by which it gets into something that is shown.
MISTAKES = (
    *(
        f"uuid=alice%26auth%3D{CANARY}",
        f"uuid=alice%2526auth%253D{CANARY}",
        f"uuid=alice;auth={CANARY}",
    ),
    *(
        f"uuid=alice#auth={CANARY}",
        f"uuid=alice?token={CANARY}",
        f"uuid=alice%20auth:{CANARY}",
        CANARY,
    ),
    *(f"uuid=alice&&{CANARY}", f"{CANARY}&uuid=alice", f"=alice&={CANARY}", f"auth%3D{CANARY}=1"),
    *(
        f"uuid={TOKEN}",
        f"filter-expr=a%3D%3D%22{TOKEN}%22",
        f"channel-group={TOKEN}",
        f"uuid=x{TOKEN}",
    ),
    *(f"uuid=sec-c-{CANARY}", f"uuid=%22sub-c-{CANARY}", f"uuid=%2522pub-c-{CANARY}%2522"),
    *(f"uuid=%FF{CANARY}", f"%FF{CANARY}=1", f"uuid=%7B%22auth%22%3A%22{CANARY}%22%7D"),
    *(
        f"uuid=ctl-c-{CANARY}",
        f"channel=ctl-c-{CANARY}",
        f"tt=1&auth={CANARY}&tt=2",
        f"auth={CANARY}&auth=",
    ),
    *(
        f"filter=secret%20%3D%20'{CANARY}'",
        f"add=token%3D{CANARY}",
        f"pnsdk=x%20Authorization:%20Bearer%20{CANARY}",
    ),
)
HEADERS = {
    name: f"{scheme}{CANARY}"
    for name, scheme in {
        **dict.fromkeys(
            ("Cookie", "X-Api-Key", "If-Match", "User-Agent", "Content-Type", "Referer"), ""
        ),
        **dict.fromkeys(("Authorization", "authorization", "Proxy-Authorization"), "Bearer "),
        **dict.fromkeys(("Origin", "X-Forwarded-For", "Expect", "Connection"), "x"),
    }.items()
}
BODIES = (
    f'{{"name": "{CANARY}", "type": "{CANARY}", "value": "{CANARY}", "custom": {{"a": "{CANARY}"}}}}',
    f'{{"set": [{{"channel": {{"id": "{CANARY}"}}, "uuid": {{"id": "{CANARY}"}}, "status": "{CANARY}"}}]}}',
    f'{{"ttl": "{CANARY}", "permissions": {{"meta": {{"a": "{CANARY}"}}}}}}',
    f'"{CANARY}',
)
MALFORMED = (
    f"GET /time/0?auth={CANARY} and more HTTP/1.1\r\n\r\n",
    f"GET /{CANARY} HTTP/1.1\r\nHost: x\r\nAuthorization {CANARY}\r\n\r\n",
    f"GET http://{CANARY}@x/time/0?auth={CANARY} HTTP/1.1\r\nConnection: close\r\n\r\n",
    f"CONNECT {CANARY}:443 HTTP/1.1\r\nConnection: close\r\n\r\n",
    f"{CANARY} / HTTP/1.1\r\n\r\n",
    f"GET /time/0 HTTP/1.1\r\nContent-Length: {CANARY}\r\n\r\n",
    f"POST /time/0 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{CANARY}\r\n",
    f"GET /time/0?auth={CANARY}{'x' * 40_000} HTTP/1.1\r\nConnection: close\r\n\r\n",
    f"GET /time/0 HTTP/1.1\r\nAuthorization: {CANARY}{'x' * 300_000}\r\n\r\n",
    f"GET /v1/files/s/stored/{CANARY}?ticket={CANARY}&expires=1 HTTP/1.1\r\nConnection: close\r\n\r\n",
)


#: A keyset with an access manager, and one without.
KEYSETS = {"managed": Keys("pub", f"sec-c-{CANARY}", access_manager=True), "open": Keys("pub")}


class Observed(Emulated):
    """A service whose requests are answered and logged, as those of connections are."""

    def __init__(self) -> None:
        super().__init__(keys=KEYSETS)
        self.count = 0

    def observed(
        self, method: str, target: str, headers: dict[str, str] | None = None, body: str = ""
    ) -> None:
        """Answer a request, or give it up, and log it."""
        path, _, query = target.partition("?")
        try:
            parameters = Query(query)
        except Refusal:
            # A connection answers it, and has nothing of it to log.
            parameters = Query("")
        request = Request(method, path, parameters, headers or {}, body.encode())

        async def handle() -> Answer | None:
            answer = self.app.handle(request)
            if isinstance(answer, Answer):
                return answer
            if answer.done():
                return answer.result()
            answer.cancel()
            return None

        self.app.observe(request, self.run(handle()), 0.001)
        self.count += 1


@pytest.fixture
def logs() -> Iterator[tuple[Lines, Lines]]:
    with logged("text", logging.DEBUG) as text, logged("json", logging.DEBUG) as json:
        yield text, json


def seen(lines: Lines, *secrets: str) -> list[str]:
    """The lines with a canary, or another secret."""
    words = re.compile("|".join(map(re.escape, (CANARY, *secrets))), re.IGNORECASE)
    return [line for line in lines.lines if words.search(line)]


def path_of(route: Route[Handler], key: str, hidden: str) -> str:
    """The path of a route, with a canary for what the log doesn't show of it."""
    parts = [
        part if part[:1] != "{" else key if part == "{sub}" else SHOWN.get(part[1:-1], hidden)
        for part in route.path.split("/")
    ]
    return "/".join(parts)


def query_of(value: str) -> str:
    return "&".join(f"{name}={value}" for name in HIDDEN_NAMES)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_no_place_of_a_request_is_a_way_into_the_log(
    logs: tuple[Lines, Lines], route: Route[Handler]
) -> None:
    encoded = "".join(f"%{byte:02x}" for byte in CANARY.encode())
    with Observed() as emulated:
        for key in (*KEYSETS, f"sub-c-{CANARY}"):
            for hidden in (CANARY, encoded, quote(f'"{CANARY}"'), TOKEN):
                emulated.observed(route.method, path_of(route, key, hidden))
        for key in KEYSETS:
            path = path_of(route, key, "1")
            for query in (query_of(CANARY), query_of(encoded), f"uuid=alice&{query_of(TOKEN)}"):
                emulated.observed(route.method, f"{path}?{query}")
            for body in BODIES:
                emulated.observed(route.method, f"{path}?uuid=alice&type=gcm", HEADERS, body)
        for query in MISTAKES:
            emulated.observed(route.method, f"{path_of(route, 'open', '1')}?{query}")
        assert CANARY.encode() not in emulated.request("GET", "/health").body
        for form in logs:
            assert len(form.lines) >= emulated.count
            assert seen(form) == []
            assert any("alice" in line for line in form.lines)


def test_what_is_no_operation_is_not_shown(logs: tuple[Lines, Lines]) -> None:
    with Observed() as emulated:
        token = emulated.app.control.token
        for secret in (CANARY, token, quote(f" {token}"), TOKEN):
            for place in (
                *(
                    f"/{secret}",
                    f"/_pnfilter/{secret}",
                    f"/_pnfilter?token={secret}",
                    f"/playground/{secret}",
                ),
                *(
                    f"/_pnfilter/subscribers?keyset={secret}&auth={secret}",
                    f"/?token={secret}",
                    f"//{secret}",
                ),
                *(f"/_pnfilter/faults/{secret}", f"/playground/api/{secret}", f"/time/0/{secret}"),
            ):
                for method in ("GET", "POST", "DELETE", "OPTIONS", "PUT", secret):
                    for headers in (
                        {},
                        {"Authorization": f"Bearer {token}", "Host": "localhost"},
                        HEADERS,
                    ):
                        emulated.observed(method, place, headers, f'{{"keyset": "{secret}"}}')
            for parameter in ("uuid", "channel", "filter-expr", "auth", "pnsdk", "start", secret):
                emulated.observed(
                    "GET", f"/time/0?{parameter}={secret}" if secret != CANARY else "/time/0"
                )
        for form in logs:
            assert len(form.lines) > 100
            assert seen(form, token) == []


@pytest.mark.parametrize("keys", [None, KEYSETS], ids=["any keys", "with keys"])
def test_connections_log_no_canary(logs: tuple[Lines, Lines], keys: dict[str, Keys] | None) -> None:
    with running(poll_seconds=0.05, keys=keys) as server:
        token = server.control_token
        for raw in MALFORMED:
            # What is refused early may be cut off early.
            with suppress(ConnectionResetError, BrokenPipeError):
                exchange(server.origin, raw.replace("TOKEN", token).encode())
        for headers in ({name: value} for name, value in HEADERS.items() if name != "Expect"):
            fetch(server.origin, "/time/0?uuid=alice", headers=headers)
        form = f'--b\r\nContent-Disposition: form-data; name="{CANARY}"; filename="{CANARY}"\r\n\r\n{CANARY}\r\n--b--'
        for kind in ("multipart/form-data; boundary=b", f"multipart/form-data; boundary={CANARY}"):
            fetch(
                server.origin,
                "/v1/files/open/upload",
                method="POST",
                body=form.encode(),
                headers={"Content-Type": kind},
            )
        settle(server)
        for lines in logs:
            assert len(lines.lines) >= len(MALFORMED)
            assert seen(lines, token) == []
        for secret in (token, CANARY):
            assert secret not in repr(server) + repr(server.call(lambda app: app))


def test_no_object_of_the_server_shows_a_secret_by_its_repr() -> None:
    """Such as a traceback, a debugger or a test that fails shows."""
    # Names of users that other tests have made up may be kept.
    secret = f"{CANARY}-of-this-test"
    with Observed() as emulated:
        body = f'{{"ttl": 60, "permissions": {{"resources": {{"channels": {{"news": 255}}}}, "meta": {{"a": "{secret}"}}}}}}'
        emulated.observed("POST", "/v3/pam/managed/grant", {}, body)
        emulated.observed("GET", f"/v2/subscribe/open/news/0?uuid=alice&auth={secret}&tt=1")
        emulated.observed(
            "POST",
            "/v1/files/open/channels/news/generate-upload-url",
            {"Host": "x"},
            '{"name": "x"}',
        )
        (expected,) = emulated.broker.files._expected.values()
        secrets = (secret, emulated.app.control.token, expected.token)
        shown = [
            (type(one).__name__, text)
            for one in gc.get_objects()
            if str(getattr(type(one), "__module__", "")).startswith("pnfilter.server")
            and any(secret in (text := repr(one)) for secret in secrets)
        ]
        assert shown == []
