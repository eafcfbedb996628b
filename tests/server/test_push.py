"""Registrations for push notifications."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter.server.api.push import TYPES
from pnfilter.server.settings import MAX_DEVICE_CHANNELS, MAX_LISTED_REGISTRATIONS, MAX_NAME
from pnfilter.server.store.store import Store
from pnfilter.server.store.tables import Device
from tests.protocol.test_captured import REQUESTS
from tests.server.emulated import Emulated

V1 = "/v1/push/sub-key/sub/devices"
V2 = "/v2/push/sub-key/sub/devices-apns2"
APP = "topic=com.app"
#: The token of a device of Apple's.
APPLE = "0123456789abcDEF"


INVALID_TYPE = "Invalid type argument"
INVALID_TOKEN = "Invalid device token"


def change(emulated: Emulated, target: str) -> None:
    assert emulated.get(target) == (200, [1, "Modified Channels"])


def channels(emulated: Emulated, target: str) -> Any:
    status, body = emulated.get(target)
    assert status == 200
    return body


def refused(emulated: Emulated, target: str) -> str:
    """What a refusal says."""
    status, body = emulated.get(target)
    assert (status, body.keys()) == (400, {"error"})
    message: str = body["error"]
    return message


@pytest.mark.parametrize("kind", TYPES)
def test_a_device_is_registered_for_channels(emulated: Emulated, kind: str) -> None:
    device = f"{V1}/{APPLE if kind == 'apns' else 'd%2Fe'}?type={kind}"
    assert channels(emulated, device) == []
    change(emulated, f"{device}&add=b,a&uuid=u")
    change(emulated, f"{device}&add=b%2Cc%2Fd")
    assert channels(emulated, device) == ["a", "b", "c/d"]
    change(emulated, f"{device}&remove=a,never")
    assert channels(emulated, device) == ["b", "c/d"]
    change(emulated, f"{device}&add=x&remove=b,x")
    assert channels(emulated, device) == ["c/d"]
    assert channels(emulated, f"{V1}/other?type={kind}") == []


def test_each_type_topic_and_environment_is_by_itself(emulated: Emulated) -> None:
    devices = [f"{V1}/{APPLE}?type={kind}" for kind in TYPES]
    devices += [
        f"{V2}/{APPLE}?topic={topic}&environment={environment}"
        for topic in ("com.app", "com.other")
        for environment in ("development", "production")
    ]
    for number, device in enumerate(devices):
        change(emulated, f"{device}&add=c{number}")
    assert [channels(emulated, device) for device in devices] == [
        [f"c{number}"] for number in range(len(devices))
    ]
    for device in (devices[1], devices[-1]):
        removal = device.replace("?", "/remove?")
        assert emulated.get(removal) == (200, [1, "Removed Device"])
        assert emulated.get(removal) == (200, [1, "Removed Device"])
    left = [bool(channels(emulated, device)) for device in devices]
    assert left == [True, False, *[True] * (len(devices) - 3), False]


def test_apple_s_environment_is_that_for_development_unless_it_is_given(emulated: Emulated) -> None:
    change(emulated, f"{V2}/{APPLE}?{APP}&add=a")
    for more in ("&environment=development", "&environment=", "&type=apns2", "&type=apns"):
        assert channels(emulated, f"{V2}/{APPLE}?{APP}{more}") == ["a"]
    assert channels(emulated, f"{V2}/{APPLE}?{APP}&environment=production") == []


def test_the_list_has_pages(emulated: Emulated) -> None:
    device = f"{V1}/d?type=fcm"
    names = sorted(f"c{number}" for number in range(MAX_LISTED_REGISTRATIONS + 5))
    change(emulated, f"{device}&add={','.join(names)}")
    assert channels(emulated, device) == names
    assert channels(emulated, f"{device}&count=3") == names[:3]
    assert channels(emulated, f"{device}&count=3&start={names[2]}") == names[3:6]
    assert channels(emulated, f"{device}&start={names[-3]}") == names[-2:]
    assert channels(emulated, f"{device}&start={names[-1]}") == []
    # A name that is not there, such as one that was removed since.
    assert channels(emulated, f"{device}&start={names[4]}x&count=1") == names[5:6]
    assert channels(emulated, f"{device}&count=99999") == names[:MAX_LISTED_REGISTRATIONS]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (f"{V1}/d", INVALID_TYPE),
        (f"{V1}/d?type=&add=a", INVALID_TYPE),
        (f"{V1}/d?type=apns2&add=a", INVALID_TYPE),
        (f"{V1}/d/remove?type=web", INVALID_TYPE),
        (f"{V2}/{APPLE}", "`topic` is needed"),
        (f"{V2}/{APPLE}/remove?topic=&environment=production", "`topic` is needed"),
        (f"{V2}/{APPLE}?{APP}&environment=test", "`environment` is development or production"),
        (f"{V2}/{APPLE}?{APP}&type=gcm", INVALID_TYPE),
        (f"{V1}/device_id_of_words?type=apns&add=a", INVALID_TOKEN),
        (f"{V1}/{APPLE[1:]}?type=apns&add=a", INVALID_TOKEN),
        (f"{V2}/invalid_token?{APP}&add=a", INVALID_TOKEN),
        (f"{V1}/d?type=gcm&add=", "`add` or `remove` names channels"),
        (f"{V1}/d?type=gcm&add=,&remove", "`add` or `remove` names channels"),
    ],
)
def test_what_reaches_no_device_is_refused(emulated: Emulated, target: str, message: str) -> None:
    assert refused(emulated, target) == message


def test_any_token_is_taken_where_nothing_is_added(emulated: Emulated) -> None:
    assert emulated.get(f"{V1}/no-token/remove?type=apns") == (200, [1, "Removed Device"])
    change(emulated, f"{V1}/%C3%A9?type=apns&remove=a")
    assert channels(emulated, f"{V1}/no-token?type=apns") == []


@pytest.mark.parametrize(
    "target",
    [
        f"{V1}/?type=gcm",
        f"{V1}/{'d' * (MAX_NAME + 1)}?type=gcm",
        f"{V1}/%FF?type=gcm",
        f"{V1}/d?type=gcm&count=x",
        f"{V1}/d?type=gcm&add={'c' * (MAX_NAME + 1)}",
        f"{V2}/{APPLE}?topic={'t' * (MAX_NAME + 1)}&add=a",
    ],
)
def test_other_bad_requests_are_refused_as_elsewhere(emulated: Emulated, target: str) -> None:
    assert emulated.get(target)[0] == 400


def test_registrations_have_limits(emulated: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
    device = f"{V1}/d?type=gcm"
    half = MAX_DEVICE_CHANNELS // 2
    for letter in "ab":
        names = ",".join(f"{letter}{number}" for number in range(half))
        change(emulated, f"{device}&add={names}")
    most = f"A device has {MAX_DEVICE_CHANNELS:,} channels at most"
    assert refused(emulated, f"{device}&add=one-more") == most
    change(emulated, f"{device}&add=a0,b0")
    change(emulated, f"{device}&remove=a0")
    change(emulated, f"{device}&add=one-more")
    assert len(channels(emulated, device)) == MAX_DEVICE_CHANNELS
    monkeypatch.setattr("pnfilter.server.api.push.MAX_REGISTRATIONS", MAX_DEVICE_CHANNELS + 2)
    other = f"{V2}/{APPLE}?{APP}"
    together = f"All devices have {MAX_DEVICE_CHANNELS + 2:,} channels together at most"
    assert refused(emulated, f"{other}&add=x,y,z") == together
    assert channels(emulated, other) == []
    change(emulated, f"{other}&add=x,y")
    change(emulated, f"{other}&add=x")
    assert refused(emulated, f"{V1}/e?type=mpns&add=z") == together
    # Another keyset has its own.
    change(emulated, f"{device.replace('/sub/', '/other/')}&add=z")


def test_registrations_outlive_the_process(tmp_path: Path) -> None:
    with Emulated(store=tmp_path / "store") as emulated:
        change(emulated, f"{V2}/{APPLE}?{APP}&add=a,%C3%BC")
        change(emulated, f"{V1}/{APPLE}?type=apns&add=b")
        emulated.get(f"{V1}/{APPLE}/remove?type=apns")
    with Emulated(store=tmp_path / "store") as emulated:
        assert channels(emulated, f"{V2}/{APPLE}?{APP}") == ["a", "ü"]
        assert channels(emulated, f"{V1}/{APPLE}?type=apns") == []


NAMES = st.lists(st.sampled_from("abcd"), max_size=4)
DEVICES = [Device("gcm", "", "", "d"), Device("apns2", "t", "production", "d")]
STEPS = st.tuples(
    st.sampled_from(["k", "l"]),
    st.sampled_from(DEVICES),
    st.sampled_from(["change", "change", "remove", "clear"]),
    *(NAMES, NAMES),
)


@given(st.lists(STEPS))
def test_the_number_of_registrations_is_that_of_the_rows(
    steps: list[tuple[str, Device, str, list[str], list[str]]],
) -> None:
    store = Store()
    try:
        model: dict[tuple[str, Device], set[str]] = {}
        for key, device, step, added, removed in steps:
            if step == "change":
                store.registrations.change(key, device, added, removed)
                model[key, device] = (model.get((key, device), set()) | {*added}) - {*removed}
            elif step == "remove":
                store.registrations.remove(key, device)
                model[key, device] = set()
            else:
                store.clear(key)
                model = {owner: names for owner, names in model.items() if owner[0] != key}
            for owner in ("k", "l"):
                listed = [sorted(model.get((owner, each), set())) for each in DEVICES]
                assert [store.registrations.channels(owner, each) for each in DEVICES] == listed
                assert store.registrations.count(owner) == sum(map(len, listed))
    finally:
        store.close()


CAPTURED = [
    (row["sdk"], row["call"], request["target"])
    for row in REQUESTS
    if row["call"].startswith("push ")
    for request in row["requests"]
    # With a space the line is broken, which is refused before it is a request.
    if " " not in request["target"]
]


@pytest.mark.parametrize(("sdk", "call", "target"), CAPTURED)
def test_what_the_official_sdks_send_is_understood(
    emulated: Emulated, sdk: str, call: str, target: str
) -> None:
    # Names of devices that are none of Apple's.
    target = target.replace("/device?", f"/{APPLE}?").replace("type=apns&", "type=gcm&")
    status, body = emulated.get(target)
    assert status == 200
    if call.startswith("push list"):
        assert body == []
    elif call.startswith("push remove device"):
        assert body == [1, "Removed Device"]
    else:
        assert body == [1, "Modified Channels"]
        listed = target.replace("add=", "x=").replace("remove=", "x=")
        # Python encodes no name: what comes after an ampersand is another parameter.
        odd = ["a b", "c&d"] if sdk.startswith("javascript") else ["a b", "c"]
        names = odd if "odd" in call else ["a", "b"] if "gcm" in call else ["a"]
        assert channels(emulated, listed) == (names if "add" in call else [])
