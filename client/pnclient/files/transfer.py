"""Requests that carry the bytes of a file: to and from addresses that the service hands out.

They have nothing of the client but its name: neither keys nor tokens nor signatures.
"""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import TYPE_CHECKING

from pnclient.files import addresses
from pnclient.files.forms import Form
from pnclient.transport import SDK_NAME, Prepared, Reply, ServiceFailure, value_of

if TYPE_CHECKING:
    from pnclient.pnconfiguration import PNConfiguration


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
        shown=addresses.shown("POST", url),
        is_local=_is_local(config, url),
        secrets=addresses.secrets_in(url) | secrets,
    )


def download(config: PNConfiguration, url: str) -> Prepared:
    """The request that reads a file."""
    return Prepared(
        method="GET",
        url=url,
        headers={"User-Agent": SDK_NAME, "Accept-Encoding": "identity"},
        body=None,
        shown=addresses.shown("GET", url),
        is_read=True,
        is_local=_is_local(config, url),
        secrets=addresses.secrets_in(url),
    )


def _is_local(config: PNConfiguration, url: str) -> bool:
    return config._is_ssl_open and url.startswith("http:")  # noqa: SLF001


def refused(reply: Reply, secrets: frozenset[str]) -> ServiceFailure:
    """What an answer means that should have been another one."""
    try:
        value_of(reply, secrets)
    except ServiceFailure as failure:
        return failure
    return addresses.unusable(f"an address for a file answers with {reply.code}")
