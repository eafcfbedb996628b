"""Files: sent, read, told of, listed and deleted by each SDK."""

from __future__ import annotations

import base64
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.interop.conftest import Bench, Drivers, Sdk
from tests.interop.driver import CallFailed, Client
from tests.interop.matrix import DONE
from tests.interop.test_sending import lacks

CONTENT = bytes(range(256)) * 1_000
ODD = "a b/(é)+&.txt"
#: Bytes that encryption adds to CONTENT: a vector and a block of padding; and those of a header.
VECTORS = {"random vector": (True, 32), "fixed vector": (False, 42)}


def coded(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def send(client: Client, content: bytes = CONTENT, name: str = "a.txt", **more: Any) -> Any:
    sent = client.call("file_send", channel="orders", name=name, content=coded(content), **more)
    assert sent["name"] == name
    return sent


def of(sent: Any) -> dict[str, Any]:
    return {"channel": "orders", "id": sent["id"], "name": sent["name"]}


def cannot_send(sdk: Sdk, row: str) -> bool:
    """Whether the SDK has no call that sends a file."""
    return lacks(sdk, row, "file_send", channel="other", name="a", content=coded(b"x"))


def test_a_file_is_sent_and_read(sdk: Sdk) -> None:
    if cannot_send(sdk, "send and read"):
        assert sdk.name == "tornado"
        return
    alice = sdk.open(uuid="alice")
    sent = send(alice)
    assert alice.call("file_read", **of(sent)) == coded(CONTENT)
    with pytest.raises(CallFailed):
        alice.call("file_read", channel="orders", id="other", name="a.txt")
    sdk.shows("send and read")


def test_subscribers_are_told(sdk: Sdk, peer: Sdk) -> None:
    alice, bob = peer.open(uuid="alice"), sdk.open(uuid="bob")
    bob.subscribe(channels=["orders"])
    sent = send(alice, message={"text": "look"})
    (*_, told) = bob.until(lambda event: event["event"] == "file")
    assert told == {
        "event": "file",
        "channel": "orders",
        "payload": {"text": "look"},
        "id": sent["id"],
        "name": "a.txt",
        "timetoken": sent["timetoken"],
    }
    sdk.shows("sent to subscribers")


def test_a_message_about_a_file_is_published(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice")
    file: dict[str, Any] = {"channel": "orders", "id": "i", "name": "a.txt"}
    published = alice.call("file_publish", message="look", store=True, **file)
    (stored,) = alice.call("history", channel="orders", count=10, timetokens=True)["messages"]
    assert stored["message"] == {"message": "look", "file": {"id": "i", "name": "a.txt"}}
    assert stored["timetoken"] == published["timetoken"]
    sdk.shows("publish a message about a file, stored")


def test_files_are_listed(sdk: Sdk, peer: Sdk) -> None:
    sent = [send(peer.open(uuid="bob"), b"x" * number, f"{number}") for number in range(1, 5)]
    listed = [{"name": one["name"], "id": one["id"], "size": at} for at, one in enumerate(sent, 1)]
    alice = sdk.open(uuid="alice")
    assert alice.call("file_list", channel="orders") == {"files": listed, "next": None}
    if lacks(sdk, "files, listed by pages", "file_list", channel="orders", limit=3):
        assert sdk.name == "tornado"
        return
    first = alice.call("file_list", channel="orders", limit=3)
    assert first["files"] == listed[:3]
    second = alice.call("file_list", channel="orders", limit=3, next=first["next"])
    assert second == {"files": listed[3:], "next": None}
    sdk.shows("files, listed by pages")


def test_an_address_is_read_by_anybody(sdk: Sdk, peer: Sdk) -> None:
    row = "an address for reading"
    sent = send(peer.open(uuid="bob"))
    alice = sdk.open(uuid="alice")
    if sdk.name == "tornado":
        with pytest.raises(CallFailed) as failed:
            alice.call("file_url", timeout=3, **of(sent))
        assert failed.value.kind == "no answer"
        sdk.shows(row, "SDK defect: the call never ends")
        return
    url = alice.call("file_url", **of(sent))
    with build_opener(ProxyHandler({})).open(url, timeout=20) as answer:
        assert answer.read() == CONTENT
        assert answer.headers["Content-Disposition"].startswith("attachment;")
    sdk.shows(row)


def test_a_file_is_deleted(sdk: Sdk, peer: Sdk) -> None:
    sent = send(peer.open(uuid="bob"))
    alice = sdk.open(uuid="alice")
    alice.call("file_delete", **of(sent))
    assert alice.call("file_list", channel="orders")["files"] == []
    sdk.shows("delete a file")


def test_odd_names(sdk: Sdk, drivers: Drivers, bench: Bench) -> None:
    row = "names with spaces, slashes and letters beyond ASCII"
    own = Sdk("pnclient", drivers, bench)
    sent = send(own.open(uuid="bob"), name=ODD)
    alice = sdk.open(uuid="alice")
    if sdk.name in ("node", "node-legacy", "pnclient"):
        # JavaScript sends the last part of a path as the name.
        assert send(alice, name=ODD.replace("/", ""))["id"]
        assert alice.call("file_read", **of(sent)) == coded(CONTENT)
        alice.call("file_delete", **of(sent))
        sdk.shows(row)
        return
    # None of the others encodes a name.
    with pytest.raises(CallFailed) as failed:
        alice.call("file_delete", **of(sent))
    tornado = sdk.name == "tornado"
    assert failed.value.status == (400 if tornado else 404), failed.value
    made = (
        "a broken request line, answered 400"
        if tornado
        else "the slash of a name is a step of the path"
    )
    sdk.shows(row, f"SDK defect: {made}")


@pytest.mark.parametrize("kind", VECTORS)
def test_encrypted_files_both_ways(sdk: Sdk, drivers: Drivers, bench: Bench, kind: str) -> None:
    from_it, to_it = f"encrypted, {kind}, read by pnclient", f"encrypted, {kind}, from pnclient"
    random, added = VECTORS[kind]
    settings: dict[str, Any] = {"cipher_key": "enigma", "random_iv": random}
    own = Sdk("pnclient", drivers, bench).open(uuid="own", **settings)
    if cannot_send(sdk, from_it):
        assert lacks(sdk, to_it, "file_read", channel="orders", id="i", name="a")
        return
    alice = sdk.open(uuid="alice", **settings)
    sent = send(alice)
    shown = DONE
    if not random and sdk.flavour.driver == "node":
        # Its files have random vectors, whatever is configured.
        with pytest.raises(CallFailed, match="can't be decrypted for certain"):
            own.call("file_read", **of(sent))
        shown = "refused, unless text or a known format"
    else:
        assert own.call("file_read", **of(sent)) == coded(CONTENT)
    own.subscribe(channels=["orders"])
    send(alice, message={"text": "look"})
    (*_, told) = own.until(lambda event: event["event"] == "file")
    assert told["payload"] == {"text": "look"}
    sdk.shows(from_it, shown)
    written = send(own)
    assert alice.call("file_read", **of(written)) == coded(CONTENT)
    listed = own.call("file_list", channel="orders")["files"]
    assert {"name": "a.txt", "id": written["id"], "size": len(CONTENT) + added} in listed
    sdk.shows(to_it)
