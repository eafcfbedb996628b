"""Connections that are kept, and requests that get no answer."""

from __future__ import annotations

import asyncio
import socket
import ssl
from asyncio import StreamReader, StreamWriter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from pnclient.http import client as http_client
from pnclient.http import connect, exchange
from pnclient.http.client import Http
from pnclient.transport import ConnectionFailure
from tests.client.connections.listening import Listening, answer, answering, listening, run, silent
from tests.client.connections.sending import SMALL, connected, failing, request, send


def test_a_connection_is_kept_and_nothing_sticks_to_it() -> None:
    async def main() -> None:
        async with listening(answering(SMALL, SMALL)) as server, connected() as client:
            await send(client, request(server.origin, body=b""))
            reply = await send(client, request(server.origin))
            assert (reply.code, reply.body, server.connections) == (200, b"[1]", 1)
            assert reply.headers["content-length"] == "3"
            first, second = server.heads
            assert "Content-Type: application/json\r\n" in first
            assert "Content-Type" not in second
            assert second.count("User-Agent: me\r\n") == 1

    run(main())


def test_a_url_goes_out_as_it_is() -> None:
    target = "/publish/%2E%2E/a%2Fb/~%7E/%2C,/%C3%A4?filter-expr=a%20%3D%3D%20%22%2B%22&add=a,b"

    async def main() -> None:
        async with listening(answering(SMALL)) as server, connected() as client:
            await send(client, request(server.origin, target))
            assert server.request_lines == [f"GET {target} HTTP/1.1"]

    run(main())


def test_whoever_is_cancelled_ends_the_request_and_its_connection() -> None:
    async def main() -> None:
        async with listening(silent) as server, connected() as client:
            waiting = asyncio.create_task(send(client, request(server.origin)))
            await server.reached(1)
            assert not server.was_left.is_set()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await server.was_left.wait()

    run(main())


def test_calls_do_not_wait_for_each_other() -> None:
    async def main() -> None:
        async with listening(silent) as server, connected() as client:
            waiting = [asyncio.create_task(send(client, request(server.origin))) for _ in range(50)]
            await server.reached(50)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    run(main())


def test_what_reads_is_sent_once_more_where_its_kept_connection_has_ended() -> None:
    async def main() -> None:
        async with listening(answering(SMALL, b"")) as server, connected() as client:
            for number in range(3):
                reply = await send(client, request(server.origin, f"/time/{number}", is_read=True))
                assert reply.body == b"[1]"
            # Each connection ends when its second request comes.
            assert [line.split()[1] for line in server.request_lines] == [
                *("/time/0", "/time/1", "/time/1", "/time/2", "/time/2")
            ]
            assert server.connections == 3

    run(main())


def test_what_reads_is_not_sent_a_third_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with listening(answering(b"")) as server, connected() as client:
            # A new connection was not about to end.
            assert (await failing(client, request(server.origin, is_read=True)))[1] == (
                "the connection broke"
            )
            assert len(server.heads) == 1
        monkeypatch.setattr(exchange, "STALE_SECONDS", 0)
        async with listening(answering(SMALL, b"")) as server, connected() as client:
            await send(client, request(server.origin, is_read=True))
            # Nor was one that broke later.
            await failing(client, request(server.origin, is_read=True))
            assert len(server.heads) == 2

    run(main())


def test_what_is_closed_is_not_opened_again() -> None:
    async def once(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        await answering(SMALL)(server, reader, writer)
        await silent(server, reader, writer)

    async def main() -> None:
        async with listening(once) as server, connected() as client:
            await send(client, request(server.origin))
            waiting = asyncio.create_task(failing(client, request(server.origin, is_read=True)))
            await server.reached(2)
            await client.close()
            assert (await waiting)[1] == "the connection broke"
            assert server.connections == 1

    run(main())


def test_what_is_closed_while_it_connects_is_not_used() -> None:
    async def main() -> None:
        async with listening(answering(SMALL)) as server, connected() as client:
            port = server.origin.partition(":")[2]
            sent = asyncio.create_task(failing(client, request(f"localhost:{port}")))
            # Its name is being looked up.
            await asyncio.sleep(0)
            await client.close()
            assert (await sent)[1] == "the connection broke"
            assert server.heads == []

    run(main())


def test_both_times_it_is_sent_have_one_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[float | None] = []
    timeout = asyncio.timeout

    def noted(seconds: float | None) -> asyncio.Timeout:
        limits.append(seconds)
        return timeout(seconds)

    async def main() -> None:
        async with listening(answering(SMALL, b"")) as server, connected() as client:
            await send(client, request(server.origin, is_read=True))
            monkeypatch.setattr(asyncio, "timeout", noted)
            await client.send(
                request(server.origin, is_read=True), connect_timeout=9, request_timeout=10
            )
            assert len(server.heads) == 3
            assert [limit for limit in limits if limit != 9] == [10]

    run(main())


def test_a_request_is_sent_once_even_when_its_kept_connection_breaks() -> None:
    async def main() -> None:
        async with listening(answering(SMALL, b"")) as server, connected() as client:
            await send(client, request(server.origin))
            assert await failing(client, request(server.origin)) == (
                "PNNetworkIssuesCategory",
                "the connection broke",
            )
            assert (len(server.heads), server.connections) == (2, 1)

    run(main())


def test_a_redirection_is_not_followed() -> None:
    async def main() -> None:
        moved = answer(b"", "Location: /elsewhere", status="302 Found")
        async with listening(answering(moved, SMALL)) as server, connected() as client:
            assert (await send(client, request(server.origin))).code == 302
            assert len(server.heads) == 1

    run(main())


def test_a_service_that_does_not_answer_in_time() -> None:
    async def main() -> None:
        async with listening(silent) as server, connected() as client:
            found = await failing(client, request(server.origin), 0.1)
            assert found == ("PNTimeoutCategory", "no answer within 0.1 s")

    run(main())


def test_a_service_that_does_not_finish_its_answer_in_time() -> None:
    async def half(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        writer.write(SMALL[:-1])
        await reader.read()

    async def main() -> None:
        async with listening(half) as server, connected() as client:
            found = await failing(client, request(server.origin), 0.1)
            assert found == ("PNTimeoutCategory", "no answer within 0.1 s")

    run(main())


def test_a_service_that_is_not_there() -> None:
    async def main() -> None:
        async with listening(silent) as server:
            origin = server.origin
        async with connected() as client:
            found = await failing(client, request(origin))
            assert found == ("PNNetworkIssuesCategory", "Connection refused")
            category, text = await failing(client, request("nowhere.invalid"))
            assert category == "PNNetworkIssuesCategory"
            assert text not in ("", "not connected")

    run(main())


@pytest.mark.parametrize("name", ["a..example", f"{'a' * 64}.example"])
def test_what_is_no_name_of_a_host(name: str) -> None:
    async def main() -> None:
        async with connected() as client:
            found = await failing(client, request(name))
            assert found == ("PNNetworkIssuesCategory", "no name of a host")

    run(main())


def test_a_name_is_looked_up() -> None:
    async def main() -> None:
        async with listening(answering(SMALL)) as server, connected() as client:
            port = server.origin.partition(":")[2]
            assert (await send(client, request(f"localhost:{port}"))).code == 200

    run(main())


def test_closed_connections_are_opened_anew_by_the_next_request() -> None:
    async def main() -> None:
        async with listening(answering(SMALL, SMALL)) as server, connected() as client:
            await client.close()
            for count in (1, 2):
                await send(client, request(server.origin))
                await client.close()
                await server.was_left.wait()
                assert server.connections == count

    run(main())


# What a connection may do between and within answers


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("unasked", [answer(b'["another\'s"]'), b""], ids=["an answer", "the end"])
def test_what_comes_unasked_is_no_answer(tls: bool, unasked: bytes, tmp_path: Path) -> None:
    """Neither an answer nor an end that comes while a connection is kept. No request meets them."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    goes_on, has_come = asyncio.Event(), asyncio.Event()

    async def handle(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        await answering(SMALL, SMALL)(server, reader, writer)
        if server.connections == 1:
            await goes_on.wait()
            if unasked:
                writer.write(unasked)
                await writer.drain()
            else:
                writer.close()
            has_come.set()
        await server.head(reader)

    async def main() -> None:
        async with listening(handle, tls=context if tls else None) as server:
            client = Http(ca_certs=tmp_path / "authority.pem")
            scheme = "https" if tls else "http"
            # Each would break if it was sent on a connection that has ended.
            sent = replace(
                request(server.origin, body=b"1"), url=f"{scheme}://{server.origin}/time/0"
            )
            for number in range(4):
                if number == 2:
                    assert server.connections == 1
                    goes_on.set()
                    await has_come.wait()
                assert (await send(client, sent)).body == b"[1]"
            assert (server.connections, len(server.heads)) == (2, 4)
            await client.close()

    run(main())


def test_what_was_answered_in_part_is_not_sent_again() -> None:
    async def main() -> None:
        async with listening(answering(SMALL, b"HTTP/1.1 2")) as server, connected() as client:
            await send(client, request(server.origin, is_read=True))
            assert (await failing(client, request(server.origin, is_read=True)))[1] == (
                "the connection broke"
            )
            assert (len(server.heads), server.connections) == (2, 1)

    run(main())


def test_many_requests_share_few_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "MAX_CONNECTIONS", 5)

    async def echo(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        while head := await server.head(reader):
            await asyncio.sleep(0)
            writer.write(answer(head.split()[1].encode()))

    async def main() -> None:
        async with listening(echo) as server, connected() as client:
            targets = [f"/{number}" for number in range(300)]
            replies = await asyncio.gather(
                *(send(client, request(server.origin, target)) for target in targets)
            )
            assert [reply.body.decode() for reply in replies] == targets
            assert server.connections <= 5

    run(main())


def test_all_requests_end_when_the_connections_are_closed() -> None:
    async def main() -> None:
        async with listening(silent) as server, connected() as client:
            waiting = [
                asyncio.create_task(failing(client, request(server.origin, is_read=is_read)))
                for is_read in (True, False) * 5
            ]
            await server.reached(10)
            await client.close()
            assert {text for _, text in await asyncio.gather(*waiting)} == {"the connection broke"}
            assert server.connections == 10

    run(main())


@pytest.mark.parametrize(
    "url",
    [
        "http://{}/a b",
        "http://{}/a\r\nHost: SECRET",
        "http://{}/a\n\nGET /SECRET HTTP/1.1",
        "http://{}/ä",
        "http://{}/\0",
        "http://SECRET@{}/",
        "http://{}\r\n/",
        "http://{}\\@SECRET/",
        "http:///SECRET",
        "ftp://{}/SECRET",
        "{}/SECRET",
        "",
    ],
)
def test_what_is_no_url_is_not_sent(url: str) -> None:
    async def main() -> None:
        async with listening(answering(SMALL)) as server, connected() as client:
            prepared = replace(request("x"), url=url.format(server.origin))
            with pytest.raises(ConnectionFailure, match=r"^not a valid URL$"):
                await send(client, prepared)
            assert server.connections == 0

    run(main())


def test_a_connection_is_not_kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "KEEP_ALIVE_SECONDS", 0.05)

    async def main() -> None:
        async with listening(answering(SMALL, SMALL)) as server, connected() as client:
            await send(client, request(server.origin))
            await server.was_left.wait()
            await send(client, request(server.origin))
            assert server.connections == 2

    run(main())


def test_whoever_waits_for_a_connection_waits_no_longer_than_to_connect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_client, "MAX_CONNECTIONS", 1)

    async def main() -> None:
        async with listening(silent) as server, connected() as client:
            first = asyncio.create_task(send(client, request(server.origin)))
            await server.reached(1)
            with pytest.raises(ConnectionFailure, match="not connected within 0"):
                await client.send(request(server.origin), connect_timeout=0.1, request_timeout=10)
            first.cancel()
            await asyncio.wait([first])
            # There is room again.
            with pytest.raises(ConnectionFailure, match="no answer within 0"):
                await client.send(request(server.origin), connect_timeout=10, request_timeout=0.1)

    run(main())


# Addresses of a host


def test_the_next_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that refuses, and one that does not answer."""
    monkeypatch.setattr(connect, "NEXT_ADDRESS_SECONDS", 0.05)
    look_up = socket.getaddrinfo

    async def main() -> None:
        async with listening(silent) as refusing:
            pass
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        filling = [stack.enter_context(socket.socket()) for _ in range(4)]
        for one in filling:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        async with listening(answering(SMALL)) as server, connected() as client:
            ports = [
                int(refusing.origin.partition(":")[2]),
                full.getsockname()[1],
                int(server.origin.partition(":")[2]),
            ]

            def addresses(host: str, *given: Any, **options: Any) -> list[Any]:
                if host != "several.example" or options.get("flags"):
                    return look_up(host, *given, **options)
                kind = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
                return [(*kind, ("127.0.0.1", port)) for port in ports]

            monkeypatch.setattr(socket, "getaddrinfo", addresses)
            assert (await send(client, request("several.example"))).body == b"[1]"
            assert "Host: several.example\r\n" in server.heads[0]
            ports[2:] = []
            with pytest.raises(ConnectionFailure, match="not connected within 0"):
                await client.send(
                    request("several.example:81"), connect_timeout=0.2, request_timeout=10
                )

    with ExitStack() as stack:
        run(main())


def test_hosts_that_are_not_used_are_forgotten() -> None:
    async def main() -> None:
        async with listening(answering(SMALL)) as server, connected() as client:
            assert (await send(client, request(server.origin))).body == b"[1]"
            for number in range(1, 20):
                with pytest.raises(ConnectionFailure):
                    await send(client, request(f"127.0.0.1:{number}"))
            assert [origin.address for origin in client._origins.values()] == [server.origin]

    run(main())


def test_an_address_of_version_6() -> None:
    async def handle(reader: StreamReader, writer: StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(SMALL)
        writer.close()

    heads: list[str] = []

    async def main() -> None:
        server = await asyncio.start_server(handle, "::1", 0)
        origin = f"[::1]:{server.sockets[0].getsockname()[1]}"
        async with server, connected() as client:
            assert (await send(client, request(origin))).body == b"[1]"
            assert f"Host: {origin}\r\n" in heads[0]

    run(main())


@pytest.mark.parametrize("origin", ["localhost:99999", "localhost:x", "[::1"])
def test_what_is_no_origin(origin: str) -> None:
    async def main() -> None:
        async with connected() as client:
            assert (await failing(client, request(origin)))[1] == "no name of a host"

    run(main())
