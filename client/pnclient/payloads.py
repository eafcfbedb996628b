"""Payloads, metadata and state as they are sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pnclient import errors
from pnclient.crypto import cipher_for
from pnclient.exceptions import PubNubException

if TYPE_CHECKING:
    from pnclient.pnconfiguration import PNConfiguration


def json_text(value: Any) -> str:
    """The JSON of a value, spaced as the SDKs for Python space it.

    A text stays as it is where JSON allows it, so that what is encrypted equals what 4.8.1 encrypted.
    ``PubNubException`` for a value that JSON does not have: NaN and infinity too, an object inside itself,
    or one nested too deep.
    """
    try:
        if isinstance(value, str) and not _has_half_pair(value):
            return json.dumps(value, ensure_ascii=False)
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise PubNubException(pn_error=errors.PNERR_JSON_NOT_SERIALIZABLE) from None


def payload_text(config: PNConfiguration, message: Any, own_key: str | None = None) -> str:
    """The payload of a message: its JSON, or that of the encrypted text. ``own_key``: see ``cipher_for``."""
    plain = json_text(message)
    cipher = cipher_for(config, own_key)
    # A cipher of the user's own may give other texts than base64.
    return plain if cipher is None else json_text(cipher.encrypt(plain))


def _has_half_pair(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text)
