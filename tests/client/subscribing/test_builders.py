"""What is collected before it takes effect."""

from __future__ import annotations

from typing import Any

import pytest

from pnclient.builders import SubscribeBuilder, UnsubscribeBuilder
from pnclient.exceptions import PubNubException


class Recorded:
    """Notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def subscribe(
        self, channels: list[str], groups: list[str], *, presence: bool, timetoken: int | None
    ) -> None:
        self.asked.append((channels, groups, presence, timetoken))

    def unsubscribe(self, channels: list[str], groups: list[str]) -> None:
        self.asked.append((channels, groups))


def test_everything_that_was_named_counts() -> None:
    manager = Recorded()
    builder = SubscribeBuilder(manager)
    builder.channels("a,b").channels(["c", "d e"]).channels(("f",)).channel_groups("g")
    builder.channel_groups({"h": 1}).with_presence().with_timetoken(17).execute()
    assert manager.asked == [(["a", "b", "c", "d e", "f"], ["g", "h"], True, 17)]
    assert builder.channel_subscriptions() == ["a", "b", "c", "d e", "f"]
    assert builder.channel_group_subscriptions() == ["g", "h"]


def test_the_least() -> None:
    manager = Recorded()
    SubscribeBuilder(manager).channels("a").execute()
    UnsubscribeBuilder(manager).channel_groups("g").execute()
    assert manager.asked == [(["a"], [], False, None), ([], ["g"])]


@pytest.mark.parametrize(("given", "timetoken"), [(0, 0), ("17", 17), (2**62, 2**62), (None, None)])
def test_timetokens(given: Any, timetoken: int | None) -> None:
    manager = Recorded()
    SubscribeBuilder(manager).channels("a").with_timetoken(given).execute()
    assert manager.asked == [(["a"], [], False, timetoken)]


@pytest.mark.parametrize("given", [-1, 1.5, "x", "", True, float("nan"), [17]])
def test_what_is_no_timetoken(given: Any) -> None:
    with pytest.raises(TypeError, match="with_timetoken"):
        SubscribeBuilder(Recorded()).with_timetoken(given)


@pytest.mark.parametrize("given", [2**63, "9" * 19, 10**40, "9" * 5000])
def test_a_timetoken_that_is_too_large(given: Any) -> None:
    with pytest.raises(
        ValueError, match="with_timetoken: a timetoken is 9223372036854775807 at most"
    ):
        SubscribeBuilder(Recorded()).with_timetoken(given)


@pytest.mark.parametrize("kind", [SubscribeBuilder, UnsubscribeBuilder])
@pytest.mark.parametrize("given", [7, [7], None, ["a", None]])
def test_what_is_no_name(kind: Any, given: Any) -> None:
    with pytest.raises(TypeError, match="channels"):
        kind(Recorded()).channels(given)
    with pytest.raises(TypeError, match="channel_groups"):
        kind(Recorded()).channel_groups(given)


@pytest.mark.parametrize("kind", [SubscribeBuilder, UnsubscribeBuilder])
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "Channel or group missing"),
        ("", "Channel or group missing"),
        ("a,", "a name is empty"),
        ([" "], "a name is empty"),
        (["a\ud800"], "surrogate"),
    ],
)
def test_names_that_can_t_be_asked_for(kind: Any, given: Any, message: str) -> None:
    manager = Recorded()
    with pytest.raises(PubNubException, match=message):
        kind(manager).channels(given).execute()
    assert manager.asked == []
