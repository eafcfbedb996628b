"""The JSON of a request for a token, checked (observed)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, TypedDict

from pnfilter.regular import is_readable
from pnfilter.server.access.tokens import CATEGORIES, KINDS
from pnfilter.server.settings import MAX_NAME, MAX_TOKEN_MINUTES
from pnfilter.server.wire import ALL

#: Levels of lists and objects in ``meta``, and the numbers that a token can hold.
_MAX_DEPTH: Final = 4
_MAX_NUMBER: Final = 2**63 - 1


class InvalidTokenRequest(Exception):
    """A request can't be granted: what is wrong with which part of the body."""

    def __init__(self, part: str, detail: str) -> None:
        super().__init__(detail)
        #: ``ttl`` or ``permissions.…``: where it is.
        self.part = part
        self.detail = detail


class Content(TypedDict):
    """What goes into a token, as ``tokens.made`` takes it."""

    ttl: int
    resources: Mapping[bytes, Mapping[str, int]]
    patterns: Mapping[bytes, Mapping[str, int]]
    categories: Mapping[str, int]
    meta: Mapping[str, Any]
    uuid: str | None


def content_of(body: Any) -> Content:
    """Return what is asked for; ``InvalidTokenRequest`` if it can't be granted.

    What isn't said of is nothing: SDKs differ in which kinds they send.
    """
    asked = _object(body, "body")
    permissions = _object(asked.get("permissions"), "permissions")
    uuid = permissions.get("uuid")
    if uuid is not None and not _is_name(uuid):
        raise InvalidTokenRequest("permissions.uuid", f"A user's name has 1 to {MAX_NAME} bytes.")
    meta = _object(permissions.get("meta") or {}, "permissions.meta")
    if not _is_plain(meta, _MAX_DEPTH):
        raise InvalidTokenRequest(
            "permissions.meta", "It is too deep, or holds a number that is too large."
        )
    return {
        "ttl": _minutes(asked.get("ttl")),
        "resources": _rights(permissions, "resources"),
        "patterns": _rights(permissions, "patterns"),
        "categories": _categories(permissions),
        "meta": meta,
        "uuid": uuid,
    }


def _object(value: Any, part: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidTokenRequest(part, "It must be a JSON object.")
    return value


def _minutes(value: Any) -> int:
    minutes: Any = value
    # The SDK for Python 4 sends a text.
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        minutes = int(value)
    if not _is_number(minutes) or not 1 <= minutes <= MAX_TOKEN_MINUTES:
        raise InvalidTokenRequest("ttl", f"Range should be 1 to {MAX_TOKEN_MINUTES} minute(s).")
    return int(minutes)


def _rights(permissions: Mapping[str, Any], part: str) -> dict[bytes, dict[str, int]]:
    found: dict[bytes, dict[str, int]] = {}
    for kind, named in _object(permissions.get(part) or {}, f"permissions.{part}").items():
        if kind not in KINDS:
            raise InvalidTokenRequest(f"permissions.{part}", f"The kinds are {', '.join(KINDS)}.")
        place = f"permissions.{part}.{kind}"
        for name, bits in _object(named, place).items():
            _check(name, bits, place, is_pattern=part == "patterns")
        found[KINDS[kind]] = named
    return found


def _check(name: str, bits: Any, place: str, *, is_pattern: bool) -> None:
    if not _is_name(name):
        raise InvalidTokenRequest(place, f"A name has 1 to {MAX_NAME} bytes.")
    if not _is_number(bits) or not 0 <= bits <= ALL:
        raise InvalidTokenRequest(place, f"Rights are a number from 0 to {ALL}.")
    if is_pattern and not is_readable(name):
        raise InvalidTokenRequest(
            place, "A pattern must be a regular expression that can be matched in bounded time."
        )


def _categories(permissions: Mapping[str, Any]) -> dict[str, int]:
    found = _object(permissions.get("categories") or {}, "permissions.categories")
    for name, bits in found.items():
        if name not in CATEGORIES or not _is_number(bits) or not 0 <= bits <= ALL:
            raise InvalidTokenRequest(
                "permissions.categories", f"They are {' and '.join(CATEGORIES)}, with rights."
            )
    return found


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and 0 < len(name.encode()) <= MAX_NAME


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_plain(value: Any, depth: int) -> bool:
    match value:
        case None | bool() | str():
            return True
        case int():
            return -_MAX_NUMBER <= value <= _MAX_NUMBER
        case float():
            return math.isfinite(value)
        case list() | dict():
            inside = value.values() if isinstance(value, dict) else value
            return depth > 0 and all(_is_plain(one, depth - 1) for one in inside)
        case _:
            # A number that can't be held.
            return False
