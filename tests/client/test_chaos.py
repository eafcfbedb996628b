"""A client gets each message once and in order, whatever happens to its requests."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.client.chaos import OPTIONS, POLICIES, PUBLISHED, Chaos, Client, Seen, faults
from benchmarks.client.disturbing import DISTURBED, WANTED
from benchmarks.emulator.service import Service

SEED = 20180207
#: Fewer messages, in less time, than ``python -m benchmarks.client.chaos`` takes.
MESSAGES = 2_000
SECONDS = 40.0


def nothing() -> None:
    """Shows no progress."""


@pytest.mark.slow
def test_each_message_comes_once_and_in_order_whatever_happens(tmp_path: Path) -> None:
    with Service(tmp_path, *OPTIONS) as service:
        chaos = Chaos(
            service, POLICIES, messages=MESSAGES, seconds=SECONDS, seed=SEED, advance=nothing
        )
        seen = asyncio.run(chaos.run())
    assert faults(seen) == []
    for client in seen.clients:
        assert sum(map(len, client.got.values())) == MESSAGES + len(PUBLISHED)
        # Otherwise this would have shown little.
        assert client.losses >= 4
        assert client.end["counters"]["duplicates"] > 0


# What is found out


def undisturbed() -> Seen:
    """What a run sees in which the client copes."""
    wanted = {
        name: [f"{place}{number}" for number in range(3)] for place, name in enumerate(PUBLISHED, 1)
    }
    numbers = {timetoken: int(timetoken) for each in wanted.values() for timetoken in each}
    client = Client("LINEAR", copy.deepcopy(wanted), dict(numbers))
    seen = Seen([client], wanted, numbers, late=1.0)
    seen.struck.update(WANTED, **dict.fromkeys((f"{name} cut" for name in DISTURBED), 1))
    client.exit_status = 0
    client.take({"status": told("PNConnectedCategory")})
    client.take({"status": told("PNNetworkIssuesCategory", is_error=True)})
    client.take({"status": told("PNReconnectedCategory")})
    client.take({"end": {"counters": {"delivered": len(numbers)}, "left": []}})
    return seen


def told(category: str, *, is_error: bool = False) -> dict[str, Any]:
    return {"category": category, "operation": "PNSubscribeOperation", "error": is_error}


def test_a_run_in_which_the_client_copes_is_judged_so() -> None:
    assert faults(undisturbed()) == []


def spoil_delivered(client: Client, channel: str, received: list[str]) -> None:
    client.got[channel] = received
    client.end["counters"]["delivered"] = sum(map(len, client.got.values()))


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda client: spoil_delivered(client, PUBLISHED[0], ["10", "12"]), "1 of 3 were lost"),
        (
            lambda client: spoil_delivered(client, PUBLISHED[0], ["10", "11", "11", "12"]),
            "1 came twice",
        ),
        (lambda client: spoil_delivered(client, PUBLISHED[0], ["10", "12", "11"]), "out of order"),
        (
            lambda client: spoil_delivered(client, PUBLISHED[0], ["10", "11", "12", "13"]),
            "that the filter holds back",
        ),
        (lambda client: client.numbers.update({"10": 11}), "have changed"),
        (
            lambda client: client.take({"status": told("PNUnknownCategory", is_error=True)}),
            "lost the connection 2 times and came back 1 times",
        ),
        (
            lambda client: client.take({"status": told("PNDisconnectedCategory")}),
            "told PNSubscribeOperation PNDisconnectedCategory",
        ),
        (lambda client: setattr(client, "complaints", "Traceback"), "wrote Traceback"),
        (lambda client: setattr(client, "exit_status", 1), "ended with 1"),
        (lambda client: client.end["left"].append("a task"), "left ['a task']"),
        (lambda client: client.got[PUBLISHED[0]].append("10"), "counted"),
    ],
)
def test_what_a_client_does_wrong_is_found(spoil: Callable[[Client], object], fault: str) -> None:
    seen = undisturbed()
    spoil(seen.clients[0])
    assert any(fault in found for found in faults(seen))


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda seen: setattr(seen, "late", None), "not all had arrived"),
        (lambda seen: setattr(seen, "missed", 1), "the service kept too little 1 times"),
        (
            lambda seen: seen.struck.pop("subscribe malformed"),
            "never came to this: subscribe malformed",
        ),
        (lambda seen: seen.struck.update({"time cut": -1}), "nothing disturbed time"),
    ],
)
def test_a_run_that_shows_nothing_is_found(spoil: Callable[[Seen], object], fault: str) -> None:
    seen = undisturbed()
    spoil(seen)
    assert [found for found in faults(seen) if fault in found]


def test_what_a_subscriber_tells_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="a subscriber told"):
        Client("LINEAR").take({"message": ["chaos-plain", 1, 1]})
