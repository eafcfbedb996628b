"""TLS: a certificate made for the server, or one from files."""

from __future__ import annotations

import ssl
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from pnfilter.server import running
from pnfilter.server.http.transport import context_from_files, self_signed_context
from tests.server.exchanging import connect, exchange, fetch
from tests.server.logged import logged


def test_clients_that_trust_its_authority_use_a_server_of_its_own_making() -> None:
    with running(tls="self-signed") as server:
        assert server.ca_file is not None
        trusting = ssl.create_default_context(cafile=server.ca_file)
        assert server.url == f"https://127.0.0.1:{server.port}"
        assert fetch(server.origin, "/time/0", tls=trusting).status == 200
        assert fetch(f"localhost:{server.port}", "/time/0", tls=trusting).status == 200
        ca_file = server.ca_file
    assert not ca_file.exists()


def test_other_clients_refuse_it() -> None:
    with logged() as log, running(tls="self-signed") as server:
        with pytest.raises(ssl.SSLCertVerificationError):
            fetch(server.origin, "/time/0", tls=ssl.create_default_context())
        assert server.ca_file is not None
        trusting = ssl.create_default_context(cafile=server.ca_file)
        # Whoever speaks no TLS is cut off, and the others are served.
        with suppress(ConnectionResetError):
            assert exchange(server.origin, b"GET /time/0 HTTP/1.1\r\n\r\n") == b""
        assert fetch(server.origin, "/time/0", tls=trusting).status == 200
    assert "does its client trust the certificate" in log.about("warning")[0]
    assert not log.about("error")


@pytest.mark.parametrize("size", [1_000_000, 20_000_000])
def test_a_request_line_that_is_too_long_is_answered_through_tls(size: int) -> None:
    with running(tls="self-signed") as server:
        trusting = ssl.create_default_context(cafile=server.ca_file)
        with trusting.wrap_socket(
            connect(server.origin), server_hostname="localhost"
        ) as connection:
            connection.sendall(b"GET /" + b"a" * size)
            assert connection.recv(12) == b"HTTP/1.1 414"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def files(authority: trustme.CA, tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for this machine and its key, as files."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = authority.issue_cert("127.0.0.1")
    made.cert_chain_pems[0].write_to_path(str(certificate))
    made.private_key_pem.write_to_path(str(key))
    return certificate, key


def test_a_certificate_from_files(authority: trustme.CA, files: tuple[Path, Path]) -> None:
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with running(tls=files) as server:
        assert server.ca_file is None
        assert fetch(server.origin, "/time/0", tls=trusting).status == 200


def test_files_that_hold_something_else_are_told(
    authority: trustme.CA, files: tuple[Path, Path], tmp_path: Path
) -> None:
    certificate, key = files
    other = tmp_path / "other.pem"
    authority.issue_cert("127.0.0.1").private_key_pem.write_to_path(str(other))
    empty = tmp_path / "empty.pem"
    empty.write_bytes(b"")
    with pytest.raises(ValueError, match=r"other\.pem: is not the key of .*cert\.pem"):
        context_from_files(certificate, other)
    for pair in ((empty, key), (certificate, empty), (key, certificate)):
        with pytest.raises(ValueError, match="are not a certificate and its key in PEM"):
            context_from_files(*pair)


def test_files_that_are_not_there_are_named(files: tuple[Path, Path], tmp_path: Path) -> None:
    certificate, key = files
    for pair in ((tmp_path / "none", key), (certificate, tmp_path / "none")):
        with pytest.raises(FileNotFoundError) as caught, running(tls=pair):
            pass
        assert Path(caught.value.filename).name == "none"


def test_a_key_with_a_password_does_not_wait_for_it(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    from cryptography.hazmat.primitives import serialization

    certificate, key = files
    locked = tmp_path / "locked.pem"
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    locked.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"x"),
        )
    )
    with pytest.raises(ValueError, match="has a password"):
        context_from_files(certificate, locked)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "0.0.0.0", "dev.example"])
def test_the_certificate_is_for_the_host_where_it_names_one(host: str) -> None:
    context, authority = self_signed_context(host)
    assert isinstance(context, ssl.SSLContext)
    assert authority.startswith(b"-----BEGIN CERTIFICATE-----")


def test_without_trustme_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(ImportError, match=r"pip install 'pnfilter\[server\]'"):
        self_signed_context("localhost")
