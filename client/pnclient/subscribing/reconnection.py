"""How long to wait before the service is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from pnclient.enums import PNReconnectionPolicy

#: Seconds between tries with LINEAR (observed of 4.8.1).
LINEAR_SECONDS: Final = 3.0
#: The longest delay of EXPONENTIAL. 4.8.1 began again at 1 s when it got there.
MAX_DELAY: Final = 32.0
#: The longest time that a service may ask for, in seconds.
MAX_RETRY_AFTER: Final = 3600.0

#: Digits that are read of a number of seconds; more are no time anybody waits for.
_MAX_DIGITS: Final = 9


def delay(policy: PNReconnectionPolicy, attempt: int, random: float) -> float:
    """Seconds before the try with the number ``attempt``, counted from 1.

    EXPONENTIAL: 1, 3, 7, 15, 31, 32, 32… (observed of 4.8.1 up to 7), shortened at random by up to half,
    so that clients cut off together don't come back together. ``random``: from 0 up to 1.
    """
    if policy is PNReconnectionPolicy.EXPONENTIAL:
        return min(2.0 ** min(attempt, 6) - 1, MAX_DELAY) * (1 - random / 2)
    return LINEAR_SECONDS


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that ``Retry-After`` asks for, in either of its forms; None without one that can be read.

    ``now``: seconds since 1970.
    """
    value = next((text for name, text in headers.items() if name.lower() == "retry-after"), "")
    value = value.strip()
    if value.isascii() and value.isdigit():
        seconds = float(value[:_MAX_DIGITS])
    else:
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            # The latter for a number of more than 32 bits.
            return None
        if moment.tzinfo is None:
            # `-0000`: the time is UTC, of an unknown zone.
            moment = moment.replace(tzinfo=UTC)
        seconds = moment.timestamp() - now
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def now() -> float:
    """Seconds since 1970."""
    return datetime.now(UTC).timestamp()
