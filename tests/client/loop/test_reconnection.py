"""How long is waited before the service is tried again."""

from __future__ import annotations

import pytest

from pnclient.enums import PNReconnectionPolicy
from pnclient.subscribe.loop import MAX_DELAY, delay
from pnclient.subscribe.request import MAX_RETRY_AFTER, retry_after

#: Thu, 01 Jan 2026 00:00:00 GMT.
NOW = 1767225600.0


def test_linear_is_always_the_same() -> None:
    linear = PNReconnectionPolicy.LINEAR
    assert {delay(linear, n, random) for n in (1, 2, 99) for random in (0, 0.9)} == {3}


@pytest.mark.parametrize("attempt", [1, 2, 5, 6, 7, 10_000])
def test_exponential_is_bounded_on_both_sides(attempt: int) -> None:
    exponential = PNReconnectionPolicy.EXPONENTIAL
    longest = delay(exponential, attempt, 0.0)
    assert longest == min(2**attempt - 1, 32)
    assert longest <= MAX_DELAY
    assert delay(exponential, attempt, 0.5) == longest * 0.75
    assert delay(exponential, attempt, 1 - 2**-53) >= longest / 2


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        (" 7 ", 7),
        ("007", 7),
        ("99999", MAX_RETRY_AFTER),
        ("9" * 5000, MAX_RETRY_AFTER),
        ("Thu, 01 Jan 2026 00:00:07 GMT", 7),
        ("Thu, 01 Jan 2026 00:00:07 -0000", 7),
        ("Thu, 01 Jan 2026 01:00:07 +0100", 7),
        ("Wed, 31 Dec 2025 23:59:59 GMT", 0),
        ("Fri, 01 Jan 2027 00:00:00 GMT", MAX_RETRY_AFTER),
    ],
)
def test_the_service_s_wish(value: str, seconds: float) -> None:
    assert retry_after({"Retry-After": value}, NOW) == seconds
    assert retry_after({"retry-after": value}, NOW) == seconds


@pytest.mark.parametrize(
    "value",
    [
        *("", "soon", "-7", "7.5", "7 s", "٧", "Thu, 99 Jan 2026 00:00 GMT"),
        "Thu, 01 Jan 99999999999 00:00:07 GMT",
        "Thu, 01 Jan 2026 00:00:07 +99999999999999",
    ],
)
def test_what_is_neither_is_ignored(value: str) -> None:
    assert retry_after({"Retry-After": value}, NOW) is None


def test_no_wish() -> None:
    assert retry_after({"Date": "7"}, NOW) is None
