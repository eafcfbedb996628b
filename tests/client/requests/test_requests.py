"""The requests of each call.

Equal to those of 4.8.1 after decoding, and signed as official SDKs sign.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from pnclient import redaction, transport
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.message_actions import PNMessageAction
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
from pnclient.transport import Call, Prepared, prepare_request
from tests.cases import for_each
from tests.client.requests.calls import CALLS, CONFIGURATION, LATER, ODD, Described, performed
from tests.client.requests.differences import DIFFERENCES

FOLDER = Path(__file__).parent
CAPTURED = {row["call"]: row for row in json.loads((FOLDER / "captured.json").read_text("utf-8"))}
SIGNED = json.loads((FOLDER / "signed.json").read_text("utf-8"))


def configuration(**more: Any) -> PNConfiguration:
    config = PNConfiguration()
    config.origin, config.ssl = "127.0.0.1:1", False
    for name, value in {**CONFIGURATION, **more}.items():
        setattr(config, name, value)
    return config


def request_of(described: Described, **more: Any) -> Prepared:
    client = PubNubTornado(configuration(**described.configuration, **more))
    endpoint = performed(client, PNMessageAction, described)
    endpoint._validate()
    call = endpoint._call()
    sequence = 1 if call.operation is PNOperationType.PNPublishOperation else None
    return prepare_request(client.config, call, sequence=sequence)


def parts(method: str, target: str, body: str | None) -> dict[str, Any]:
    """A request, decoded: path and parameters by themselves, the payload and JSON as values."""
    path, _, query = target.partition("?")
    segments = [[unquote(name) for name in part.split(",")] for part in path.split("/")[1:]]
    found: dict[str, Any] = {"method": method, "payload": body}
    if segments[0] in (["publish"], ["signal"]) and method == "GET":
        found["payload"] = unquote(path.rpartition("/")[2])
        segments.pop()
    found["path"] = segments
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        found[name] = unquote(value)
    return {name: as_json(name, value) for name, value in found.items()}


def as_json(name: str, value: Any) -> Any:
    if name not in ("payload", "meta", "state") or value is None:
        return value
    try:
        return {"JSON": json.loads(value)}
    except ValueError:
        return value


def target_of(request: Prepared) -> str:
    return request.url.removeprefix("http://127.0.0.1:1")


@for_each(CALLS)
def test_a_request_equals_that_of_the_old_sdk_after_decoding(name: str) -> None:
    old = CAPTURED[name]
    request = request_of(CALLS[name])
    before = parts(old["method"], old["target"], old.get("body"))
    now = parts(
        request.method, target_of(request), None if request.body is None else request.body.decode()
    )
    differing = {
        part: (before.get(part), now.get(part))
        for part in before.keys() | now.keys()
        if before.get(part) != now.get(part) and part not in ("pnsdk", "timestamp", "signature")
    }
    assert ("signature" in before, "timestamp" in before) == (
        "signature" in now,
        "timestamp" in now,
    )
    expected = {
        one.part: (as_json(one.part, one.old), as_json(one.part, one.new))
        for one in DIFFERENCES.get(name, [])
    }
    assert differing == expected
    assert now["pnsdk"] == transport.SDK_NAME == request.headers["User-Agent"]
    assert request.headers.get("Content-Type") == old.get("content_type")


#: The client's methods whose calls change nothing.
READING = {
    *("time", "history", "fetch_messages", "message_counts", "get_message_actions"),
    *("here_now", "where_now", "get_state", "list_channels_in_channel_group", "audit"),
    "list_push_channels",
}


@for_each(CALLS)
def test_what_changes_something_is_no_read(name: str) -> None:
    request = request_of(CALLS[name])
    assert request.is_read is (CALLS[name].method in READING)
    assert request.method == "GET" or not request.is_read


def test_every_difference_is_one_of_a_call() -> None:
    assert DIFFERENCES.keys() <= CALLS.keys() == CAPTURED.keys()


@for_each(CALLS)
def test_a_request_is_encoded_once_and_completely(name: str) -> None:
    request = request_of(CALLS[name])
    url = urlsplit(request.url)
    assert not url.fragment
    plain = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~%,/")
    assert set(url.path) <= plain
    assert set(url.query) <= plain | set("=&")
    pairs = parse_qsl(url.query, keep_blank_values=True, strict_parsing=True)
    assert len({key for key, _ in pairs}) == len(pairs)


@pytest.mark.parametrize("row", SIGNED, ids=lambda row: f"{row['origin'][:12]} {row['call']}")
def test_a_request_is_signed_as_official_sdks_sign_it(
    row: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _, query = row["target"].partition("?")
    given = dict(part.partition("=")[::2] for part in query.split("&"))
    values = {name: unquote(value) for name, value in given.items()}
    monkeypatch.setattr(time, "time", lambda: float(values["timestamp"]))
    call = Call(
        operation=PNOperationType.PNPublishOperation,
        path=tuple(transport.Raw(part) for part in path.split("/")[1:]),
        query={
            name: value
            for name, value in values.items()
            if name not in ("pnsdk", "uuid", "auth", "timestamp", "signature")
        },
        method=row["method"],
        body=row.get("body"),
    )
    config = configuration(secret_key="sec-key", auth_key=values.get("auth"))
    again = dict(
        parse_qsl(
            urlsplit(prepare_request(config, call, sdk_name=values["pnsdk"]).url).query,
            keep_blank_values=True,
        )
    )
    assert again.pop("signature") == values["signature"]
    assert again == {name: value for name, value in values.items() if name != "signature"}


def row_of(name: str) -> dict[str, Any] | None:
    """The signed request of an SDK that sends what this client sends.

    The older one's if it does.
    """
    newer = name in LATER or name in DIFFERENCES
    (*found,) = [
        row
        for row in SIGNED
        if row["call"] == name and ("10.8" if newer else "4.8") in row["origin"]
    ]
    return found[0] if found else None


EQUAL = {name: row for name in CALLS if (row := row_of(name)) is not None}


@pytest.mark.parametrize("name", EQUAL)
def test_a_signed_call_has_the_signature_that_an_official_sdk_gave_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = EQUAL[name]
    old = parts(row["method"], row["target"], row.get("body"))
    monkeypatch.setattr(transport, "SDK_NAME", old["pnsdk"])
    monkeypatch.setattr(time, "time", lambda: float(old["timestamp"]))
    client = PubNubTornado(configuration(**{**CALLS[name].configuration, "secret_key": "sec-key"}))
    endpoint = performed(client, PNMessageAction, CALLS[name])
    call = endpoint._call()
    sequence = 1 if call.operation is PNOperationType.PNPublishOperation else None
    request = prepare_request(client.config, call, sequence=sequence, sdk_name=old["pnsdk"])
    body = None if request.body is None else request.body.decode()
    assert parts(request.method, target_of(request), body) == old


def test_the_signature_covers_what_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1.5e9)
    signatures = {
        dict(parse_qsl(urlsplit(request_of(CALLS[name], secret_key=key).url).query))["signature"]
        for name in ("time", "publish a text", "publish as a body", "add_message_action")
        for key in ("one", "two")
    }
    assert len(signatures) == 8


def test_without_a_publish_key_requests_are_signed_all_the_same() -> None:
    described = Described("here_now", (("channels", "a"),))
    client = PubNubTornado(configuration(publish_key=None, secret_key="sec-key"))
    call = performed(client, PNMessageAction, described)._call()
    assert "signature=v2." in prepare_request(client.config, call).url


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        (
            Described(
                "publish",
                (("channel", "c"), ("message", 1), ("ttl", 3), ("custom_message_type", "a b")),
            ),
            {"ttl": "3", "custom_message_type": "a b"},
        ),
        (Described("publish", (("channel", "c"), ("message", 1), ("ttl", 0))), {"ttl": "0"}),
        (
            Described("signal", (("channel", "c"), ("message", 1), ("custom_message_type", "t"))),
            {"custom_message_type": "t"},
        ),
        (
            Described("here_now", (("channels", "c"), ("limit", 5), ("offset", 10))),
            {"limit": "5", "offset": "10"},
        ),
        (
            Described(
                "fetch_messages",
                (
                    ("channels", "c"),
                    ("include_uuid", True),
                    ("include_message_type", False),
                    ("include_custom_message_type", True),
                ),
            ),
            {
                "include_uuid": "true",
                "include_message_type": "false",
                "include_custom_message_type": "true",
            },
        ),
        (Described("history", (("channel", "c"), ("filter", "a == 1"))), {"include_meta": "true"}),
        (
            Described("fetch_messages", (("channels", "c"), ("filter", "a == 1"))),
            {"include_meta": "true", "include_message_type": "true"},
        ),
    ],
)
def test_what_the_service_has_gained_is_sent_where_it_is_asked_for(
    described: Described, expected: dict[str, str]
) -> None:
    request = request_of(described)
    assert expected.items() <= dict(parse_qsl(urlsplit(request.url).query)).items()
    needed = tuple(one for one in described.setters if one[0] in ("channel", "channels", "message"))
    plain = dict(parse_qsl(urlsplit(request_of(Described(described.method, needed)).url).query))
    assert not expected.items() & plain.items()


def test_dots_are_no_steps_of_the_path() -> None:
    request = request_of(Described("history", (("channel", ".."),)))
    assert urlsplit(request.url).path == "/v2/history/sub-key/sub-key/channel/%2E%2E"


def test_what_is_shown_of_a_request_has_no_secret() -> None:
    secrets = {
        "subscribe_key": "sub-secret",
        "publish_key": "pub-secret",
        "secret_key": "sec-secret",
        "auth_key": "auth-secret",
        "cipher_key": "cipher-secret",
    }
    client = PubNubTornado(configuration(**secrets))
    call = performed(client, PNMessageAction, CALLS["publish with metadata"])._call()
    request = prepare_request(client.config, call, sequence=1)
    signature = dict(parse_qsl(urlsplit(request.url).query))["signature"]
    for shown in (request.shown, repr(request)):
        assert "secret" not in shown
        assert signature not in shown
    assert request.shown.startswith("GET http://127.0.0.1:1/publish/***/***/0/ch/0/")
    long = Described("publish", (("channel", "c"), ("message", ODD * 1000)))
    assert len(request_of(long).shown) == redaction.MAX_SHOWN + 1


@pytest.mark.parametrize("channel", ["\ud800", "a\udfff"])
def test_half_a_surrogate_pair_is_no_channel(channel: str) -> None:
    with pytest.raises(PubNubException, match="an unpaired surrogate"):
        request_of(Described("history", (("channel", channel),)))
