"""TLS: a certificate from files, or one made for this server."""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path
from typing import Final

#: For whom a certificate of our own is made, whatever the host.
_NAMES: Final = ("localhost", "127.0.0.1", "::1")


def from_files(certificate: Path, key: Path) -> ssl.SSLContext:
    """The context for a certificate, with those that vouch for it, and its key: two PEM files.

    Raise ``OSError`` if one can't be read, ``ValueError`` if they don't hold what they should.
    """
    for path in (certificate, key):
        # What OpenSSL raises doesn't name the file.
        path.open("rb").close()
    context = _context()
    try:
        # A key with a password would ask for it on the terminal.
        context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ValueError(f"{key}: is not the key of {certificate}") from None
        raise ValueError(
            f"{certificate} and {key}: are not a certificate and its key in PEM"
        ) from None
    return context


def _no_password() -> str:
    raise ValueError("the key has a password: give one without")


def self_signed(host: str) -> tuple[ssl.SSLContext, bytes]:
    """The context for a certificate made now, and the PEM of the authority for clients to trust."""
    try:
        import trustme
    except ImportError:
        raise ImportError(
            "a certificate of its own needs trustme: pip install 'pnfilter[server]'"
        ) from None
    authority = trustme.CA(organization_name="pnfilter", organization_unit_name="made for a test")
    names: list[str] = [*_NAMES]
    if host not in names and not _is_unspecified(host):
        names.append(host)
    context = _context()
    authority.issue_cert(*names).configure_cert(context)
    return context, authority.cert_pem.bytes()


def _is_unspecified(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
