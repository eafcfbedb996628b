"""TLS is verified: a service that isn't who it should be is told nothing."""

from __future__ import annotations

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado, PubNubTornadoException
from pnfilter.server import Server, running
from tests.client.conftest import configured
from tests.client.connections.listening import Listening, answer, listening, run, silent


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def authority_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def server_context(issued: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    return context


def over_tls(origin: str, ca_certs: Path | None = None) -> PNConfiguration:
    config = configured(origin)
    config.ssl = True
    config.ca_certs = None if ca_certs is None else str(ca_certs)
    config.secret_key = "secret"
    return config


@asynccontextmanager
async def noting(tls: ssl.SSLContext) -> AsyncIterator[tuple[str, asyncio.Queue[bytes]]]:
    """A server that notes what comes after the handshake; its origin and that."""
    received: asyncio.Queue[bytes] = asyncio.Queue()

    async def note(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        received.put_nowait(await reader.read())

    async with listening(note, tls=tls) as server:
        yield server.origin, received


async def category_of(config: PNConfiguration) -> tuple[str, str]:
    """The category and the text with which a call fails."""
    async with PubNubTornado(config) as pubnub:
        failed = await pubnub.time().future()
    assert isinstance(failed, PubNubTornadoException)
    assert failed.status.category is not None
    assert failed.status.tls_enabled
    return failed.status.category.name, str(failed)


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("wrong host", "certificate is not valid for '127.0.0.1'"),
        ("expired", "certificate has expired"),
        ("unknown authority", "unable to get local issuer certificate"),
    ],
)
def test_a_certificate_that_is_not_trusted(
    case: str, told: str, authority: trustme.CA, authority_file: Path
) -> None:
    issued = {
        "wrong host": lambda: authority.issue_cert("ps.pndsn.com"),
        "expired": lambda: authority.issue_cert(
            "127.0.0.1",
            not_before=datetime(2020, 1, 1, tzinfo=UTC),
            not_after=datetime(2020, 1, 2, tzinfo=UTC),
        ),
        "unknown authority": lambda: trustme.CA().issue_cert("127.0.0.1"),
    }[case]()

    async def main() -> None:
        async with noting(server_context(issued)) as (origin, received):
            category, text = await category_of(over_tls(origin, authority_file))
            assert category == "PNTLSUntrustedCertificateCategory"
            assert told in text
        # Had the handshake succeeded, what was sent would be there by now.
        assert received.empty()

    run(main())


@pytest.mark.parametrize("content", ["nonsense", None])
def test_a_file_that_holds_no_authorities(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "authority.pem"
    path.touch()
    config = over_tls("127.0.0.1:9", path)
    if content is None:
        path.unlink()
    else:
        path.write_text(content)

    async def main() -> None:
        assert await category_of(config) == (
            "PNTLSConnectionFailedCategory",
            "Connection Error: 127.0.0.1:9: ca_certs is not a file of PEM certificates",
        )

    run(main())


def test_without_ca_certs_the_authorities_of_the_system_are_trusted(authority: trustme.CA) -> None:
    async def main() -> None:
        async with noting(server_context(authority.issue_cert("127.0.0.1"))) as (
            origin,
            received,
        ):
            category, _ = await category_of(over_tls(origin))
            assert category == "PNTLSUntrustedCertificateCategory"
        assert received.empty()

    run(main())


def test_what_is_sent_after_a_handshake_would_be_noted(
    authority: trustme.CA, authority_file: Path
) -> None:
    async def main() -> None:
        async with noting(server_context(authority.issue_cert("127.0.0.1"))) as (
            origin,
            received,
        ):
            config = over_tls(origin, authority_file)
            config.non_subscribe_request_timeout = 0.3
            category, _ = await category_of(config)
            assert category == "PNTimeoutCategory"
            assert (await received.get()).startswith(b"GET /time/0?")

    run(main())


def test_a_service_without_tls(emulator: Server) -> None:
    async def main() -> None:
        category, text = await category_of(over_tls(emulator.origin))
        assert category == "PNTLSConnectionFailedCategory"
        assert text.startswith(f"Connection Error: {emulator.origin}: no TLS connection: ")

    run(main())


def test_a_service_that_shakes_no_hands() -> None:
    async def main() -> None:
        async with listening(silent) as server:
            config = over_tls(server.origin)
            config.connect_timeout = 0.1
            category, text = await category_of(config)
            assert category == "PNTimeoutCategory"
            assert text == f"Client Timeout: {server.origin}: not connected within 0.1 s"

    run(main())


@pytest.mark.parametrize("how", ["ca_certs", "ssl_context"])
def test_a_service_that_is_trusted(how: str) -> None:
    async def main(origin: str, ca_file: Path) -> None:
        config = over_tls(origin)
        if how == "ca_certs":
            config.ca_certs = str(ca_file)
        else:
            config.ssl_context = ssl.create_default_context(cafile=ca_file)
        async with PubNubTornado(config) as pubnub:
            envelope = await pubnub.publish().channel("news").message(1).future()
            assert not isinstance(envelope, PubNubTornadoException), envelope
            assert envelope.result.timetoken > 0
            assert envelope.status.tls_enabled

    with running(tls="self-signed") as server:
        assert server.ca_file is not None
        run(main(server.origin, server.ca_file))


@pytest.mark.parametrize("half", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n["])
def test_a_request_that_is_cancelled_leaves_no_connection(
    half: bytes, authority: trustme.CA, authority_file: Path
) -> None:
    """Not even to a service that has fallen silent, and says no goodbye."""

    async def begin(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        while await server.head(reader):
            writer.write(half)

    async def main() -> None:
        context = server_context(authority.issue_cert("127.0.0.1"))
        async with listening(begin, tls=context) as server, line_to(server) as (line, cut):
            pubnub = PubNubTornado(over_tls(line.origin, authority_file))
            waiting = pubnub.time().result()
            await server.reached(1)
            # Whether or not the answer has begun.
            await asyncio.sleep(0.01 if half else 0)
            cut()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await pubnub.stop()
            await line.was_left.wait()

    run(main())


def test_a_connection_that_the_service_ends_is_not_waited_for(
    authority: trustme.CA, authority_file: Path
) -> None:
    async def last(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        await server.head(reader)
        writer.write(answer(b"[17]", "Connection: close"))
        await server.was_left.wait()

    async def main() -> None:
        context = server_context(authority.issue_cert("127.0.0.1"))
        async with listening(last, tls=context) as server, line_to(server) as (line, cut):
            async with PubNubTornado(over_tls(line.origin, authority_file)) as pubnub:
                await pubnub.time()
                cut()
            await line.was_left.wait()
            server.was_left.set()

    run(main())


@asynccontextmanager
async def line_to(server: Listening) -> AsyncIterator[tuple[Listening, Callable[[], object]]]:
    """A line to a server, and what cuts it: nothing comes back then, and nothing ends."""
    is_cut = asyncio.Event()

    async def carry(line: Listening, reader: StreamReader, writer: StreamWriter) -> None:
        host, _, port = server.origin.partition(":")
        onward = await asyncio.open_connection(host, int(port))
        pumps = [
            asyncio.create_task(pump(reader, onward[1])),
            asyncio.create_task(pump(onward[0], writer)),
        ]
        try:
            await is_cut.wait()
            for task in pumps:
                task.cancel()
            await asyncio.wait(pumps)
            while await reader.read(1 << 16):
                pass
            line.was_left.set()
        finally:
            onward[1].close()

    async with listening(carry) as line:
        yield line, is_cut.set


async def pump(reader: StreamReader, writer: StreamWriter) -> None:
    while part := await reader.read(1 << 16):
        writer.write(part)
        await writer.drain()
