"""Setters take ``None`` where those of 4.8.1 do, and it means that nothing was given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.client.requests import setters

TAKEN: list[str] = json.loads((Path(__file__).parent / "none.json").read_text(encoding="utf-8"))
#: 4.8.1 took it for another value here: False, or a name that is missing.
VALUES = ("should_store", "use_post", "uuid", "include_uuids", "include_state", "channel_group")
#: What each parameter is set to before.
GIVEN: dict[str, Any] = {
    **dict.fromkeys(("start", "end", "with_timetoken", "message_timetoken"), 15),
    **dict.fromkeys(("ptto", "action_timetoken"), "15"),
    **dict.fromkeys(("ttl", "limit", "count", "maximum_per_channel"), 5),
    **dict.fromkeys(("include_custom", "include_total_count", "include_meta"), True),
    **dict.fromkeys(("delete", "get", "join", "manage", "read", "update", "write"), True),
    **dict.fromkeys(("filter", "next", "file_id", "file_name", "cipher_key", "channel"), "x"),
    **dict.fromkeys(("include_message_actions", "include_timetoken", "reverse"), True),
}


@pytest.fixture(scope="module")
def pubnub() -> Any:
    return setters.client("pnclient")


@pytest.mark.parametrize("name", TAKEN)
def test_none_is_not_given(name: str, pubnub: Any) -> None:
    make, setter = name.split(".")
    unset, none = (getattr(pubnub, make)() for _ in range(2))
    assert getattr(none, setter)(None) is none
    if setter in GIVEN:
        again = getattr(pubnub, make)()
        getattr(again, setter)(GIVEN[setter])
        assert vars(again) != vars(unset)
        getattr(again, setter)(None)
        assert vars(again) == vars(none)
    if setter not in VALUES:
        assert vars(none) == vars(unset)


def test_the_list_is_whole(pubnub: Any) -> None:
    made = {name for name, _ in setters.builders(pubnub)}
    assert {name.partition(".")[0] for name in TAKEN} <= made
    assert len(TAKEN) > 200
    assert {"subscribe.with_timetoken", "grant.read", "delete_messages.start"} <= {*TAKEN}


@pytest.mark.parametrize("name", ["revoke.delete", "revoke.get", "revoke.update", "revoke.join"])
def test_a_right_that_is_not_given_is_taken(name: str, pubnub: Any) -> None:
    setter = name.partition(".")[2]
    builder = pubnub.revoke().channels("a")
    getattr(builder, setter)(True)
    getattr(builder, setter)(None)
    assert builder._call().query == pubnub.revoke().channels("a")._call().query


def test_a_grant_of_nothing_that_is_given_is_refused(pubnub: Any) -> None:
    with pytest.raises(Exception, match="At least one flag should be specified"):
        pubnub.grant().channels("a").read(None)._validate()


@pytest.mark.parametrize("name", ["grant", "subscribe", "heartbeat", "fetch_messages"])
@pytest.mark.parametrize("given", [None, [None], [1], 7])
def test_a_list_of_names_that_is_lost_is_refused(name: str, given: Any, pubnub: Any) -> None:
    with pytest.raises(TypeError, match=r"^channels: "):
        getattr(pubnub, name)().channels(given)


@pytest.mark.parametrize(
    "given", ["a,b", ["a", "b"], ("a", "b"), {"a": 1, "b": 2}, {"a": 1, "b": 2}.keys(), iter("ab")]
)
def test_names_come_in_any_collection(given: Any, pubnub: Any) -> None:
    assert pubnub.here_now().channels(given)._channels == ["a", "b"]


class Integer:
    """An integer of another library, as NumPy has them."""

    def __index__(self) -> int:
        return 15


def test_integers_of_other_libraries_are_taken(pubnub: Any) -> None:
    call = pubnub.history().channel("a").count(Integer()).start(Integer())._call()
    assert (call.query["count"], call.query["start"]) == ("15", "15")


@pytest.mark.parametrize("given", [True, 1.0, "1", b"2", float("nan"), [1]])
def test_what_is_no_integer_is_refused(given: Any, pubnub: Any) -> None:
    with pytest.raises(TypeError, match=r"^count: expected an integer"):
        pubnub.history().count(given)


@pytest.mark.parametrize("given", [0, 1, "false", "", b"2"])
def test_what_is_neither_true_nor_false_is_refused(given: Any, pubnub: Any) -> None:
    with pytest.raises(TypeError, match=r"^read: expected True or False"):
        pubnub.grant().read(given)


def test_a_tag_that_is_lost_is_refused(pubnub: Any) -> None:
    with pytest.raises(TypeError, match="if_matches_etag: expected a string, got None"):
        pubnub.set_uuid_metadata().if_matches_etag(None)
