"""What ``serve`` says when it starts, how to point each SDK at it, and when it ends, what happened."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import pnfilter
from pnfilter.server.logs.redaction import shown
from pnfilter.wording import counted

if TYPE_CHECKING:
    from pnfilter.server.service import Service


def greeting(
    service: Service,
    origin: str,
    *,
    ca_file: Path | None,
    token_file: Path | None,
    is_tls: bool,
    is_private: bool,
) -> str:
    """Some lines: where it listens, and how SDKs find it there.

    The token is among them where they are for the eyes of a user alone, ``is_private``.
    """
    python, script = ("True", "true") if is_tls else ("False", "false")
    scheme = "https" if is_tls else "http"
    keys = "any keys work" if service.keyring.serves_any else "with the keys of the file"
    lines = [
        f"pnfilter {pnfilter.__version__} serves {scheme}://{origin} ({keys}); Ctrl-C ends it",
        f'  Python SDK, 4 (Tornado) to 10:  config.origin = "{origin}"; config.ssl = {python}',
        f"  JavaScript SDK:  new PubNub({{ origin: '{origin}', ssl: {script}, … }})",
    ]
    if ca_file is not None:
        lines += [
            f"  its certificate is vouched for by {ca_file}, made for this run; to trust it:",
            f"    Python:  SSL_CERT_FILE={ca_file}    Node:  NODE_EXTRA_CA_CERTS={ca_file}",
        ]
    trusting = "" if ca_file is None else f"--cacert {ca_file} "
    if is_private:
        token = service.control.token
    else:
        token = "TOKEN" if token_file is None else f"$(cat {quote(str(token_file))})"
    lines.append(
        f'  control, for tests:  curl {trusting}-H "Authorization: Bearer {token}" '
        f"{scheme}://{origin}/_pnfilter"
    )
    fragment = "" if service.site.token is None else f"#token={token}"
    lines.append(f"  playground, in a browser:  {scheme}://{origin}/{fragment}")
    if not is_private and token_file is None:
        lines.append("  TOKEN is written by --token-file FILE, and shown on a terminal")
    return "\n".join(lines)


def started_fields(
    service: Service,
    origin: str,
    *,
    ca_file: Path | None,
    token_file: Path | None,
    is_tls: bool,
) -> dict[str, Any]:
    """The same as JSON values."""
    return {
        "version": pnfilter.__version__,
        "origin": origin,
        "tls": is_tls,
        "ca_file": None if ca_file is None else str(ca_file),
        "any_keys": service.keyring.serves_any,
        "token_file": None if token_file is None else str(token_file),
    }


def summary(service: Service) -> str:
    """One line: how many requests, messages and deliveries there were."""
    counts = service.journal.counts
    return (
        f"{counted(sum(counts.requests.values()), 'request')}, "
        f"{counted(sum(counts.events.values()), 'event')} published: "
        f"{counts.delivered:,} delivered, {counts.held_back:,} held back, "
        f"{counts.undecided:,} undecided, {counts.missed:,} missed"
    )


def undecided(service: Service) -> list[dict[str, Any]]:
    """Each filter that was undecided, with the reason and how many events it was; the worst first."""
    return [
        {"filter": shown(text), "reason": reason.value, "message": reason.text, "events": number}
        for (text, reason), number in service.gates.undecided.most_common()
    ]


def summary_fields(service: Service) -> dict[str, Any]:
    """The summary as JSON values."""
    counts = service.journal.counts
    return {
        "requests": sum(counts.requests.values()),
        "published": sum(counts.events.values()),
        "delivered": counts.delivered,
        "held_back": counts.held_back,
        "undecided": counts.undecided,
        "missed": counts.missed,
        "undecided_filters": undecided(service),
    }
