"""Devices that are registered for push notifications."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interop.conftest import Sdk
from tests.interop.driver import CallFailed, Client
from tests.interop.test_sending import lacks

#: What any kind of device may be called.
DEVICE = "0f3c0f3c0f3c0f3c"
APNS2: dict[str, Any] = {"device": DEVICE, "type": "apns2", "topic": "com.example.app"}


def listed(client: Client, **device: Any) -> list[str]:
    channels: list[str] = client.call("push_list", **device)
    return channels


@pytest.mark.parametrize("kind", ["gcm", "fcm", "apns", "mpns"])
def test_a_device_of_each_type(sdk: Sdk, kind: str) -> None:
    row = f"{kind}: add, list, remove, remove the device"
    device: dict[str, Any] = {"device": DEVICE, "type": kind}
    if lacks(sdk, row, "push_list", **device):
        return
    alice = sdk.open(uuid="alice")
    assert listed(alice, **device) == []
    alice.call("push_add", channels=["b", "a", "c"], **device)
    alice.call("push_remove", channels=["b", "never"], **device)
    assert listed(alice, **device) == ["a", "c"]
    assert listed(alice, device="other", type=kind) == []
    alice.call("push_remove_device", **device)
    assert listed(alice, **device) == []
    sdk.shows(row)


def test_a_device_of_apns_2(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice")
    for environment in ("development", "production"):
        alice.call("push_add", channels=[environment, "both"], environment=environment, **APNS2)
    # That for development is meant unless another is.
    assert listed(alice, **APNS2) == ["both", "development"]
    assert listed(alice, environment="production", **APNS2) == ["both", "production"]
    alice.call("push_remove", channels=["both"], environment="production", **APNS2)
    alice.call("push_remove_device", **APNS2)
    assert listed(alice, environment="production", **APNS2) == ["production"]
    assert listed(alice, environment="development", **APNS2) == []
    with pytest.raises(CallFailed):
        alice.call("push_list", device=DEVICE, type="apns2")
    sdk.shows("APNs 2, development and production")


def test_a_list_has_pages(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice")
    device: dict[str, Any] = {"device": DEVICE, "type": "apns"}
    alice.call("push_add", channels=["d", "c", "b", "a"], **device)
    if lacks(sdk, "list by pages", "push_list", count=3, **device):
        return
    first = listed(alice, count=3, **device)
    assert first == ["a", "b", "c"]
    assert listed(alice, count=3, start=first[-1], **device) == ["d"]
    sdk.shows("list by pages")


ODD = "devices and channels with spaces, slashes and ampersands"
#: What each SDK makes of them.
MADE = {
    "node": "SDK defect: the slash of a device is a step of the path; channels as given",
    "threads": "SDK defect: a device is not encoded, and a channel ends at an ampersand",
    "tornado": "SDK defect: a broken request line, answered 400",
    "pnclient": "yes",
}


def test_odd_names(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice")
    odd: dict[str, Any] = {"device": "d e/f", "type": "gcm"}
    channels = ["a b", "c/d", "e&f"]
    made = {"asyncio": "threads"}.get(sdk.flavour.driver, sdk.flavour.driver)
    if made == "pnclient":
        alice.call("push_add", channels=channels, **odd)
        assert listed(alice, **odd) == channels
    else:
        with pytest.raises(CallFailed) as failed:
            alice.call("push_add", channels=channels, **odd)
        assert failed.value.status == (400 if made == "tornado" else 404)
    plain: dict[str, Any] = {"device": "de", "type": "gcm"}
    if made == "node":
        alice.call("push_add", channels=channels, **plain)
        assert listed(alice, **plain) == channels
    elif made == "threads":
        alice.call("push_add", channels=channels, **plain)
        assert listed(alice, **plain) == ["a b", "c/d", "e"]
    sdk.shows(ODD, MADE[made])
