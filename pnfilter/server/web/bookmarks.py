"""Places in lists as clients hand them back: opaque to them (recorded of App Context and files)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

from pnfilter.server.settings import MAX_TIMETOKEN


def bookmark(place: int) -> str:
    """A place in a list as an answer tells it."""
    return urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def place_of(text: str) -> int | None:
    """The place; None for what no answer has told."""
    try:
        digits = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except ValueError:
        return None
    # SQLite's numbers have 63 bits.
    is_place = digits.isdigit() and len(digits) < 20 and int(digits) <= MAX_TIMETOKEN
    return int(digits) if is_place else None
