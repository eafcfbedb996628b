"""Proxies that the environment names."""

from __future__ import annotations

import base64
import ssl
from asyncio import StreamReader, StreamWriter
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from pnclient.http.origins import Origin
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado, PubNubTornadoException
from pnclient.transport import SDK_NAME
from pnfilter.server import Server, running
from tests.client.conftest import configured
from tests.client.connections.listening import (
    Listening,
    answer,
    answering,
    listening,
    proxy,
    run,
    silent,
)
from tests.client.connections.sending import connected, failing, request


async def outcome(config: PNConfiguration) -> tuple[str, str]:
    """The name of the category in which a call ends, and the text of its failure."""
    async with PubNubTornado(config) as pubnub:
        envelope = await pubnub.time().future()
    assert envelope.status.category is not None
    failed = isinstance(envelope, PubNubTornadoException)
    return envelope.status.category.name, str(envelope) if failed else ""


async def outcome_of_tunnel(monkeypatch: pytest.MonkeyPatch, proxy_url: str) -> tuple[str, str]:
    """The same of a call with TLS, through a proxy."""
    monkeypatch.setenv("HTTPS_PROXY", proxy_url)
    config = configured("ps.pndsn.com")
    config.ssl = True
    return await outcome(config)


SUCCESS = ("PNAcknowledgmentCategory", "")


def test_tls_goes_through_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main(service: Server) -> None:
        config = configured(service.origin)
        config.ssl, config.ca_certs = True, str(service.ca_file)
        async with listening(proxy) as server:
            monkeypatch.setenv("HTTPS_PROXY", f"http://{server.origin}")
            assert await outcome(config) == SUCCESS
            assert server.request_lines == [f"CONNECT {service.origin} HTTP/1.1"]
            assert "sub" not in server.heads[0]
            assert f"User-Agent: {SDK_NAME}\r\n" in server.heads[0]

    with running(tls="self-signed") as service:
        run(main(service))


def test_a_certificate_is_verified_through_a_tunnel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("ps.pndsn.com").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))

    async def main() -> None:
        async with listening(silent, tls=context) as service, listening(proxy) as server:
            monkeypatch.setenv("HTTPS_PROXY", f"http://{server.origin}")
            config = configured(service.origin)
            config.ssl, config.ca_certs = True, str(tmp_path / "authority.pem")
            assert (await outcome(config))[0] == "PNTLSUntrustedCertificateCategory"
            assert service.heads == []

    run(main())


def test_a_plain_request_is_passed_on(emulator: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with listening(proxy) as server:
            # Without a scheme, as many write it.
            monkeypatch.setenv("HTTP_PROXY", server.origin)
            assert await outcome(configured(emulator.origin)) == SUCCESS
            (line,) = server.request_lines
            assert line.startswith(f"GET http://{emulator.origin}/time/0?")

    run(main())


@pytest.mark.parametrize("without", ["127.0.0.1", "*", "the origin"])
def test_no_proxy(without: str, emulator: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with listening(proxy) as server:
            monkeypatch.setenv("HTTP_PROXY", f"http://{server.origin}")
            monkeypatch.setenv("NO_PROXY", without.replace("the origin", emulator.origin))
            assert await outcome(configured(emulator.origin)) == SUCCESS
            assert server.connections == 0
            monkeypatch.setenv("NO_PROXY", "elsewhere.example")
            assert await outcome(configured(emulator.origin)) == SUCCESS
            assert server.connections == 1

    run(main())


def test_who_may_use_a_proxy_is_said_to_it_alone(
    emulator: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        refusal = answer(b"", status="407 Proxy Authentication Required")
        async with listening(answering(refusal)) as server:
            proxy_url = f"http://me:pass%20word@{server.origin}"
            assert await outcome_of_tunnel(monkeypatch, proxy_url) == (
                "PNNetworkIssuesCategory",
                "Connection Error: ps.pndsn.com: the proxy answered 407",
            )
            credentials = base64.b64encode(b"me:pass word").decode()
            assert f"Proxy-Authorization: Basic {credentials}\r\n" in server.heads[0]

    run(main())


@pytest.mark.parametrize(
    ("user", "told"), [("me", "me:"), ("me:", "me:"), (":key", ":key"), ("m%3Ae:a:b", "m:e:a:b")]
)
def test_credentials_have_a_colon(user: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://{user}@127.0.0.1:1")
    proxy_there = Origin("http", "ps.pndsn.com").proxy
    assert proxy_there is not None
    encoded = base64.b64encode(told.encode()).decode()
    assert proxy_there.headers == {"Proxy-Authorization": f"Basic {encoded}"}


@pytest.mark.parametrize(
    ("authority", "without"),
    [
        ("[::1]:8080", "::1"),
        ("[::1]:8080", "[::1]"),
        ("[::1]:8080", "a, [::1]:8080"),
        ("[::1]", "::1"),
        ("ps.pndsn.com", "ps.pndsn.com:80"),
        ("ps.pndsn.com", ".pndsn.com"),
    ],
)
def test_no_proxy_names_a_host_as_people_do(
    authority: str, without: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert Origin("http", authority).proxy is not None
    monkeypatch.setenv("NO_PROXY", without)
    assert Origin("http", authority).proxy is None


@pytest.mark.parametrize("host", [".x.example", "a..b", f"{'x' * 64}.example", ".", ":443"])
def test_a_name_that_tls_does_not_take_opens_no_tunnel(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with listening(proxy) as server, connected() as client:
            monkeypatch.setenv("HTTPS_PROXY", f"http://{server.origin}")
            secure = replace(request(host), url=f"https://{host}/")
            assert await failing(client, secure) == (
                "PNNetworkIssuesCategory",
                "no name of a host",
            )
            assert server.connections == 0

    run(main())


def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with listening(silent) as server:
            gone = server.origin
        monkeypatch.setenv("HTTP_PROXY", f"http://me:password@{gone}")
        assert await outcome(configured("ps.pndsn.com")) == (
            "PNNetworkIssuesCategory",
            "Connection Error: ps.pndsn.com: the proxy is not reached: Connection refused",
        )

    run(main())


@pytest.mark.parametrize("named", ["socks5://me:password@127.0.0.1:1", "http://", "http://[::1"])
def test_what_is_no_proxy(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        monkeypatch.setenv("HTTP_PROXY", named)
        assert await outcome(configured("ps.pndsn.com")) == (
            "PNNetworkIssuesCategory",
            "Connection Error: ps.pndsn.com: the environment's proxy for http is not an http:// or https:// URL",
        )

    run(main())


def test_a_tunnel_that_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")

    async def main() -> None:
        async with listening(broken) as server:
            category, _ = await outcome_of_tunnel(monkeypatch, f"http://{server.origin}")
            assert category in ("PNNetworkIssuesCategory", "PNTLSConnectionFailedCategory")

    run(main())


@pytest.mark.parametrize("tls", [True, False])
def test_a_proxy_is_spoken_to_with_tls(
    tls: bool, emulator: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = trustme.CA()
    contexts = [ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in range(2)]
    for context in contexts:
        authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))

    async def main() -> None:
        time = answer(b"[17000000000000000]")
        async with (
            listening(answering(time, time, time), tls=contexts[0] if tls else None) as service,
            listening(proxy, tls=contexts[1]) as server,
        ):
            for scheme in ("HTTP", "HTTPS"):
                monkeypatch.setenv(f"{scheme}_PROXY", f"https://me:secret@{server.origin}")
            config = configured(service.origin)
            config.ssl, config.ca_certs = tls, str(tmp_path / "authority.pem")
            async with PubNubTornado(config) as pubnub:
                for _ in range(2):
                    await pubnub.time()
            # It was kept, and ended when the client did.
            await service.was_left.wait()
            assert (service.connections, server.connections) == (1, 1)
            assert "Proxy-Authorization: Basic " in server.heads[0]
            assert server.heads[0].startswith("CONNECT" if tls else "GET http://")
            assert tls != ("Proxy-Authorization" in service.heads[0])

    run(main())


def test_a_proxy_without_tls_that_should_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def plain(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer(b"", status="400 Bad Request"))

    async def main() -> None:
        async with listening(plain) as server:
            monkeypatch.setenv("HTTP_PROXY", f"https://{server.origin}")
            category, text = await outcome(configured("ps.pndsn.com"))
            assert category == "PNTLSConnectionFailedCategory"
            assert text.startswith("Connection Error: ps.pndsn.com: no TLS connection: ")

    run(main())


@pytest.mark.parametrize("early", [b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\n\r\n\x16\x03\x01"])
def test_what_a_proxy_says_of_itself_is_no_tunnel(
    early: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with listening(answering(early)) as server:
            category, _ = await outcome_of_tunnel(monkeypatch, f"http://{server.origin}")
            assert category in ("PNNetworkIssuesCategory", "PNTLSConnectionFailedCategory")

    run(main())
