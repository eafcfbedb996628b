"""Who may use the control side."""

from __future__ import annotations

import json
import sys

import pytest

from pnfilter.server.control.control import Denied, check_access
from pnfilter.server.http.request import Query, Request
from pnfilter.server.run import Server, running
from tests.server.control.requests import PATH, ask, control, with_token


def test_the_token_is_another_one_in_every_emulator_and_in_no_repr(server: Server) -> None:
    token = server.control_token
    assert len(token) >= 32
    with running() as other:
        assert other.control_token != token
    assert token not in server.call(lambda app: repr(app.control))
    assert token not in repr(server)


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic {}", "{}", "Bearer {}x"]
)
def test_without_the_token_nothing_is_told_or_done(server: Server, authorization: str) -> None:
    server.add_fault("delay", seconds=1)
    given = authorization.format(server.control_token)
    status, body = control(server, "DELETE", "/faults", Authorization=given)
    assert status == 401
    assert "Authorization: Bearer TOKEN" in body["help"]
    assert server.control_token not in json.dumps(body)
    assert len(server.faults()) == 1


def test_a_wrong_token_that_is_no_ascii_is_wrong(server: Server) -> None:
    assert control(server, "GET", "/faults", Authorization="Bearer é")[0] == 401


def test_the_scheme_is_the_same_in_any_case(server: Server) -> None:
    token = server.control_token
    assert control(server, "GET", "/faults", Authorization=f"bearer {token}")[0] == 200


def test_a_refusal_says_which_scheme_is_wanted(server: Server) -> None:
    assert ask(server, "GET", PATH).headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("origin", ["http://localhost", "null", "https://evil.example"])
def test_no_web_page_uses_it(server: Server, origin: str) -> None:
    status, body = control(server, "POST", "/reset", Origin=origin)
    assert (status, body["message"]) == (403, "A web page can't use the control side")


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("OPTIONS", {"Origin": "http://localhost", "Access-Control-Request-Method": "POST"}),
        ("OPTIONS", {}),
        ("GET", {"Origin": "http://localhost"}),
        ("GET", {}),
    ],
)
def test_no_answer_allows_pages_of_other_origins(
    server: Server, method: str, headers: dict[str, str]
) -> None:
    reply = ask(server, method, f"{PATH}/faults", headers=with_token(server) | headers)
    assert reply.status in (200, 403, 405)
    assert not [name for name in reply.headers if name.lower().startswith("access-control")]
    other = ask(server, method, "/time/0", headers=headers)
    assert other.headers["Access-Control-Allow-Origin"] == "*"


HOSTS = ["localhost", "localhost:1", "LOCALHOST", "127.0.0.1", "127.8.9.1:80", "[::1]", "[::1]:80"]
FOREIGN = ["evil.example", "localhost.evil.example", "192.0.2.1", "[2001:db8::1]:8080", "[", "a b"]


@pytest.mark.parametrize("host", HOSTS)
def test_it_answers_to_its_own_names(server: Server, host: str) -> None:
    assert control(server, "GET", "/faults", Host=host)[0] == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_it_answers_to_no_name_that_a_page_could_bring(server: Server, host: str) -> None:
    reply = ask(server, "GET", f"{PATH}/faults", headers=with_token(server, Host=host))
    # What is no host at all is refused by HTTP itself.
    assert reply.status in (400, 403)
    if reply.status == 403:
        assert "doesn't name this emulator" in reply.json()["message"]


@pytest.mark.skipif(sys.platform != "linux", reason="others have one loopback address")
def test_a_server_knows_the_address_that_it_listens_on() -> None:
    with running(host="127.0.0.2") as server:
        status, body = control(server, "GET", "/faults", Host="evil.example")
    assert (status, body["help"]) == (
        403,
        "use localhost, 127.0.0.1, [::1] or 127.0.0.2 in the URL",
    )


@pytest.mark.parametrize(
    ("address", "host", "allowed"),
    [
        ("127.0.0.1", "", False),
        ("127.0.0.1", "[", False),
        ("127.0.0.1", "192.0.2.1", False),
        ("192.0.2.1", "192.0.2.1:80", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("0.0.0.0", "192.0.2.2", True),
        ("::", "[2001:db8::1]", True),
        ("0.0.0.0", "evil.example", False),
    ],
)
def test_it_answers_to_the_address_that_it_listens_on(
    address: str, host: str, allowed: bool
) -> None:
    headers = {"Host": host, "Authorization": "Bearer t"}
    asked = Request("GET", PATH, Query(""), headers if host else {"Authorization": "Bearer t"})
    if allowed:
        check_access(asked, "t", address)
    else:
        with pytest.raises(Denied) as denied:
            check_access(asked, "t", address)
        assert denied.value.status == 403
