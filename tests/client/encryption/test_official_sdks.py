"""What is encrypted here, the official SDKs decrypt, and the other way round: with their own code, now."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.client.encryption.ciphers import HEADER, STATIC, cipher
from tests.client.encryption.peers import PEERS, Peer
from tests.interop.conftest import give_up
from tests.interop.environments import Unavailable

KEY = "enigma 🔑"
VALUES: list[Any] = [
    "hello",
    "",
    {"k": 1, "text": 'ü 🎉 "q"', "escaped": "\u2028\n"},
    [1, None, {"deep": [True, False, -1.5]}],
    42,
    {},
    ["a payload as long as the service allows, about"] * 600,
]
TEXTS = [json.dumps(value) for value in VALUES]


def asked(peer: Peer, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    try:
        return peer.ask(requests)
    except Unavailable as missing:
        give_up(missing)


@pytest.mark.parametrize("name", PEERS)
def test_they_read_what_is_written_here(name: str) -> None:
    peer = PEERS[name]
    requests = [
        {"with": kind, "layout": layout, "key": KEY, "encrypted": cipher(layout, KEY).encrypt(text)}
        for layout, kinds in peer.classes.items()
        for kind in kinds
        for text in TEXTS
    ]
    answers = asked(peer, requests)
    for index, answer in enumerate(answers):
        assert answer == {"value": VALUES[index % len(VALUES)]}, requests[index]
    # What would be an error is one: with another key, nobody reads the value.
    strange = [{**requests[0], "key": "other"}]
    assert asked(peer, strange)[0] != answers[0]


@pytest.mark.parametrize("name", PEERS)
def test_what_they_write_is_read_here(name: str) -> None:
    peer = PEERS[name]
    requests = [
        {"with": kind, "layout": layout, "key": KEY, "text": text}
        for layout, kinds in peer.classes.items()
        for kind in kinds
        for text in TEXTS
    ]
    for request, answer in zip(requests, asked(peer, requests), strict=True):
        there = cipher(request["layout"], KEY)
        assert there.decrypt(answer["encrypted"]) == request["text"]
        if request["layout"] == STATIC:
            assert there.encrypt(request["text"]) == answer["encrypted"]


def test_with_either_module_they_read_both_layouts() -> None:
    """As it is here: the module says what is written, the text says how it is read."""
    for name, modules in {
        "python-10": ("LegacyCryptoModule", "AesCbcCryptoModule"),
        "node": ("legacyCryptoModule", "aesCbcCryptoModule"),
    }.items():
        requests = [
            {
                "with": module,
                "layout": STATIC,
                "key": KEY,
                "encrypted": cipher(layout, KEY).encrypt(text),
            }
            for module in modules
            for layout in (STATIC, HEADER)
            for text in TEXTS
        ]
        answers = asked(PEERS[name], requests)
        assert answers == [{"value": value} for value in VALUES] * 4
