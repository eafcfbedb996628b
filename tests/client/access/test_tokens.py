"""What is read in tokens; no text makes the reader hang, fill memory or raise another error."""

from __future__ import annotations

import random
import re
import sys
from base64 import b64decode, urlsafe_b64encode
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnclient.access import tokens
from pnclient.access.tokens import MAX_DEPTH, MAX_TOKEN_LENGTH, parse_token, rights, unwrap_token
from pnclient.exceptions import PubNubException
from pnclient.pubnub_core import PubNubCore
from tests.client.access.made import REAL, token, written
from tests.examples import examples


def refusal_of(text: str) -> str | None:
    """Why a text is no token; None for one that is. Anything else that is raised fails the test."""
    try:
        found = parse_token(text)
    except PubNubException as error:
        return str(error)
    assert found["version"] >= 0
    return None


ALL = dict.fromkeys(("read", "write", "manage", "delete", "get", "update", "join"), True)
NONE = dict.fromkeys(ALL, False)


def test_a_token_of_the_service_is_read() -> None:
    assert PubNubCore.parse_token(REAL) == {
        "version": 2,
        "timestamp": 1627968380,
        "ttl": 60,
        "authorized_uuid": "test-authorized-uuid",
        "resources": {
            "channels": {"channel-1": ALL},
            "groups": {"channel_group-1": {**NONE, "read": True, "manage": True}},
            "uuids": {"uuid-1": {**NONE, "get": True, "update": True, "delete": True}},
            "users": {},
            "spaces": {},
        },
        "patterns": {
            "channels": {r"^channel-\S*$": ALL},
            "groups": {r"^:channel_group-\S*$": {**NONE, "read": True, "manage": True}},
            "uuids": {r"^uuid-\S*$": {**NONE, "get": True, "update": True, "delete": True}},
            "users": {},
            "spaces": {},
        },
        "meta": {},
    }
    content = unwrap_token(REAL)
    assert content["sig"].startswith(b"\xfaT\xfa\xf0")
    assert tokens.expiry(content) == 1627968380 + 3600


def test_old_users_and_spaces_are_read() -> None:
    found = parse_token(token({"usr": {"u": 31}, "spc": {"s": 16}}, {"spc": {"^s-": 1}}))
    old = {**NONE, "create": False}
    assert found["authorized_uuid"] is None
    assert found["resources"] == {
        "channels": {},
        "groups": {},
        "users": {
            "u": {
                **old,
                "read": True,
                "write": True,
                "manage": True,
                "delete": True,
                "create": True,
            }
        },
        "spaces": {"s": {**old, "create": True}},
        "uuids": {},
    }
    assert found["patterns"]["spaces"] == {"^s-": {**old, "read": True}}


def test_metadata_and_categories_are_read() -> None:
    found = parse_token(
        token(meta={b"a": 1, b"b": b"text"}, cat={"chan": 32, "uuid": 0, "other": 1})
    )
    assert found["meta"] == {"a": 1, "b": "text"}
    assert found["categories"] == {"channels": {"get": True}, "uuids": {"get": False}}
    assert "categories" not in parse_token(token())


@pytest.mark.parametrize("missing", ["res", "pat", "meta", "uuid", "sig"])
def test_what_may_be_missing(missing: str) -> None:
    whole = cbor2.loads(b64decode(token({"chan": {"a": 1}}), altchars="-_"))
    whole.pop(missing.encode(), None)
    found = parse_token(written(whole))
    assert (found["version"], found["ttl"]) == (2, 60)


@pytest.mark.parametrize("bytes_more", range(4))
def test_a_token_is_read_however_it_is_padded(bytes_more: int) -> None:
    padded = token({"chan": {"a": 1}}, sig=b"\xff\xfe\xfb" + b"x" * bytes_more)
    bare = padded.rstrip("=")
    standard = padded.replace("-", "+").replace("_", "/")
    assert (
        unwrap_token(padded)
        == unwrap_token(bare)
        == unwrap_token(standard)
        == unwrap_token(bare + "=")
    )


def test_a_kind_that_is_not_known_gives_no_right() -> None:
    content = unwrap_token(
        written({"v": 2, "t": 0, "ttl": 1, "res": {"new": {"a": 1}, "chan": {"b": 1}}})
    )
    assert [right.name for right in rights(content)] == ["b"]
    assert (
        parse_token(written({"v": 2, "t": 0, "ttl": 1, "pat": {"new": {"a": 1}}}))["patterns"] == {}
    )


def raw(content: bytes) -> str:
    return urlsafe_b64encode(content).decode()


BASE = {"v": 2, "t": 0, "ttl": 1}
HOSTILE: dict[str, str] = {
    "nothing": "",
    "padding": "====",
    "blanks": " p0F2 ",
    "no base64": "a*b",
    "one letter": "Q",
    "beyond ASCII": "é" * 8,
    "half a pair": "\ud800",
    "NUL": "\0\0\0\0",
    "too long": "A" * (MAX_TOKEN_LENGTH + 1),
    "a number": raw(b"\x01"),
    "a list": raw(b"\x80"),
    "a text": raw(b"\x61a"),
    "undefined": raw(b"\xf7"),
    "a simple value": raw(b"\xf8\xff"),
    "a map that ends early": raw(b"\xa8\x41v\x02"),
    "a map of many": raw(b"\xbb\x7f\xff\xff\xff\xff\xff\xff\xff\x41v\x02"),
    "a list of many": raw(b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff\x01"),
    "a text of many letters": raw(b"\x7b\x7f\xff\xff\xff\xff\xff\xff\xffa"),
    "bytes of many": raw(b"\x5a\x7f\xff\xff\xff\x01"),
    "too deep": written({**BASE, "meta": {"a": [[[[[[[[1]]]]]]]]}}),
    "very deep": raw(b"\x81" * 20_000 + b"\x00"),
    "very deep maps": raw(b"\xa1\x41a" * 6_000 + b"\x00"),
    "endless parts": raw(b"\x9f" * 20_000),
    "a huge number": raw(b"\xa1\x41v\xc2\x59\x40\x00" + b"\xff" * 0x4000),
    "a huge power": raw(b"\xa1\x41v\xc5\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01"),
    "a huge decimal": raw(b"\xa1\x41v\xc4\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01"),
    "itself in itself": raw(b"\xd8\x1c\xa1\x41a\xd8\x1d\x00"),
    "an expression": raw(b"\xa1\x41v\xd8\x23\x67(a+)+$x"),
    "an e-mail": raw(b"\xa1\x41v\xd8\x24\x61x"),
    "an unknown tag": raw(b"\xd9\xff\xff\xa0"),
    "the tag of CBOR": raw(b"\xd9\xd9\xf7" + cbor2.dumps(BASE)),
    "a name that is a number": raw(b"\xa1\x01\x02"),
    "a name that is a map": raw(b"\xa1\xa0\x00"),
    "no text": written({**BASE, b"\xff": 1}),
    "bytes that are no text": written({**BASE, "uuid": b"\xff"}),
    "half a pair in it": raw(b"\xa1\x63\xed\xa0\x80\x00"),
    "no version": written({"t": 0, "ttl": 1}),
    "no time": written({"v": 2, "ttl": 1}),
    "no duration": written({"v": 2, "t": 0}),
    "a version that is True": written({**BASE, "v": True}),
    "a time before all": written({**BASE, "t": -1}),
    "a duration that is no number": written({**BASE, "ttl": float("nan")}),
    "a user that is no text": written({**BASE, "uuid": 5}),
    "rights in a list": written({**BASE, "res": []}),
    "rights without names": written({**BASE, "pat": {"chan": 1}}),
    "rights that are text": written({**BASE, "res": {"chan": {"a": "r"}}}),
    "rights below nothing": written({**BASE, "res": {"chan": {"a": -1}}}),
    "categories in a list": written({**BASE, "cat": [1]}),
    "categories without rights": written({**BASE, "cat": {"chan": "get"}}),
    "metadata in a list": written({**BASE, "meta": []}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_token_is_refused_and_not_shown(name: str) -> None:
    text = HOSTILE[name]
    for reader in (unwrap_token, parse_token):
        with pytest.raises(PubNubException, match=r"^Invalid access token: ") as caught:
            reader(text)
        assert len(str(caught.value)) < 80
        assert not text or text not in str(caught.value)
        assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize("value", [None, 5, b"p0F2", ["p0F2"]])
def test_a_token_is_a_text(value: Any) -> None:
    with pytest.raises(TypeError, match=f"a token must be a string, not {type(value).__name__}"):
        unwrap_token(value)


@given(st.binary(max_size=200) | st.binary(max_size=20).map(lambda tail: b"\xa8" + tail))
@examples(5)
def test_any_bytes_are_a_token_or_refused(content: bytes) -> None:
    refusal = refusal_of(raw(content))
    assert refusal is None or refusal.startswith("Invalid access token: ")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.binary(), inner),
    max_leaves=20,
)


@given(
    st.dictionaries(
        st.sampled_from(("v", "t", "ttl", "res", "pat", "meta", "uuid", "cat", "sig", b"v", b"t")),
        st.integers() | _VALUES | st.just({"chan": {"a": 1}}),
    )
)
@examples(2)
def test_any_map_is_a_token_or_refused(content: dict[str | bytes, Any]) -> None:
    refusal = refusal_of(written(content))
    assert refusal is None or refusal.startswith("Invalid access token: ")


def test_tokens_with_any_fault_in_them_are_refused_or_read() -> None:
    """A wrong byte, a missing end, a part twice: 5,000 of them."""
    chance = random.Random(6)
    good = b64decode(REAL + "=" * (-len(REAL) % 4), altchars="-_")
    refused = 0
    for _ in range(5_000):
        content = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(content))
            match chance.randrange(4):
                case 0:
                    content[place] = chance.randrange(256)
                case 1:
                    del content[place:]
                    content.append(chance.randrange(256))
                case 2:
                    content[place:place] = content[: chance.randrange(40)]
                case _:
                    content[place:place] = bytes(
                        [chance.choice([0x9F, 0xBF, 0xC2, 0xD8, 0xDB, 0xFB])]
                    )
        if (refusal := refusal_of(raw(bytes(content)))) is not None:
            assert re.match("Invalid access token: (it can't be read|`)", refusal)
            refused += 1
    assert 3_000 < refused < 5_000


def test_as_deep_as_allowed() -> None:
    meta: Any = 1
    for _ in range(MAX_DEPTH - 2):
        meta = {"a": meta}
    assert parse_token(written({**BASE, "meta": {"a": meta}}))["meta"] == {"a": meta}


def test_without_the_package_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cbor2", None)
    with pytest.raises(ImportError, match=r"pip install 'pnfilter\[client\]'"):
        parse_token(REAL)
