"""Addresses of files, and the requests that carry the bytes of a file to and from them.

These requests have nothing of the client but its name: neither keys nor tokens nor signatures.
"""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

from pnclient import errors
from pnclient.enums import PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.files.content import Form
from pnclient.redaction import HIDDEN, MIN_HIDDEN
from pnclient.transport import SDK_NAME, Prepared, Reply, ServiceFailure, value_of
from pnclient.validators import is_loopback

if TYPE_CHECKING:
    from pnclient.pnconfiguration import PNConfiguration

#: Redirections of a download that are followed; a further one ends it.
MAX_REDIRECTIONS: Final = 5
#: Letters of an address.
MAX_ADDRESS: Final = 16 * 1024
#: Codes of answers that name another address.
REDIRECTIONS: Final = frozenset((301, 302, 303, 307, 308))


def service_address(config: PNConfiguration, channel: str, file_id: str, file_name: str) -> str:
    """Where the service is asked for a file, without anything that authorises."""
    parts = (config.subscribe_key or "", "channels", channel, "files", file_id, file_name)
    path = "/".join(quote(part, safe="") for part in parts)
    return f"{config.scheme_and_host()}/v1/files/{path}"


def check_address(config: PNConfiguration, address: object, *, secure: bool = False) -> str:
    """An address that the service handed out, its scheme in small letters.

    ``ServiceFailure`` for an invalid one, and for one without TLS if that is configured or
    ``secure``, or if it was not allowed and it is not this machine's. The error does not show the
    address: anyone who has it can use it.
    """
    if not isinstance(address, str) or len(address) > MAX_ADDRESS or not _is_plain(address):
        raise unusable("the service names an invalid address")
    scheme = _scheme(address)
    if scheme not in ("http", "https"):
        raise unusable("the service names an invalid address")
    if scheme != "https":
        if secure or config.ssl:
            raise unusable("the service names an address without TLS, which is not used")
        host = urlsplit(address).hostname or ""
        if config._is_ssl_open and not is_loopback(host):  # noqa: SLF001
            raise unusable(
                "the service names an address without TLS, which is not used: "
                "set PNConfiguration.ssl = False to use it all the same"
            )
    return scheme + address[len(scheme) :]


def location(config: PNConfiguration, reply: Reply, *, base: str, secure: bool = False) -> str:
    """Where a redirection leads; ``ServiceFailure`` where that is nowhere."""
    found = reply.headers.get("Location", "")
    if not found or not _is_plain(found):
        raise unusable("the service redirects to nowhere")
    try:
        address = urljoin(base, found)
    except ValueError:
        address = ""
    return check_address(config, address, secure=secure)


def show_request(method: str, address: str) -> str:
    """A request to an address for logs and statuses: with the host only."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return f"{method} {parts.scheme}://{host}/{HIDDEN}"


def secrets_in(address: str) -> frozenset[str]:
    """What of an address no answer must be shown with."""
    values = (value for _, value in parse_qsl(urlsplit(address).query))
    return frozenset(value for value in values if len(value) >= MIN_HIDDEN)


def unusable(reason: str) -> ServiceFailure:
    """The answer is not what it has to be."""
    return ServiceFailure(
        PNStatusCategory.PNMalformedResponseCategory,
        PubNubException(pn_error=errors.PNERR_UNKNOWN_ERROR, errormsg=reason),
    )


def _scheme(address: str) -> str:
    """The scheme of an address with a host and without a user; empty for anything else."""
    try:
        parts = urlsplit(address)
        is_address = parts.hostname and parts.username is None and parts.port != 0
    except ValueError:
        return ""
    return parts.scheme if is_address else ""


def _is_plain(address: str) -> bool:
    return address.isascii() and address.isprintable() and " " not in address


def upload(
    config: PNConfiguration,
    url: str,
    form: Form,
    body: AsyncIterable[bytes],
    secrets: frozenset[str],
) -> Prepared:
    """The request that sends a form. ``secrets``: what of it no answer must be shown with."""
    return Prepared(
        method="POST",
        url=url,
        headers={
            "User-Agent": SDK_NAME,
            "Content-Type": form.content_type,
            "Content-Length": str(form.size),
        },
        body=None,
        stream=body,
        shown=show_request("POST", url),
        is_local=_is_local(config, url),
        secrets=secrets_in(url) | secrets,
    )


def download(config: PNConfiguration, url: str) -> Prepared:
    """The request that reads a file."""
    return Prepared(
        method="GET",
        url=url,
        headers={"User-Agent": SDK_NAME, "Accept-Encoding": "identity"},
        body=None,
        shown=show_request("GET", url),
        is_read=True,
        is_local=_is_local(config, url),
        secrets=secrets_in(url),
    )


def _is_local(config: PNConfiguration, url: str) -> bool:
    return config._is_ssl_open and url.startswith("http:")  # noqa: SLF001


def refusal_of(reply: Reply, secrets: frozenset[str]) -> ServiceFailure:
    """What an answer means that should have been another one."""
    try:
        value_of(reply, secrets)
    except ServiceFailure as failure:
        return failure
    return unusable(f"an address for a file answers with {reply.code}")
