"""What is encrypted here, the official SDKs decrypt, and the other way round.

With their own code, now.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from pnclient.crypto import AesCbcCryptoModule, DecryptionError, PubNubFileCrypto
from pnclient.encryption.ciphers import WholeFileCipher, file_cipher_for
from tests.client.encryption.ciphers import HEADER, RANDOM, STATIC, cipher, configured
from tests.client.encryption.contents import CONTENTS, LARGE, UNKNOWN
from tests.client.encryption.peers import FILE_CRYPTO, PEERS, Peer
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


@pytest.mark.sliced(3)
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


# Files

FILES = {**CONTENTS, **LARGE}


def own_file_cipher(layout: str, kind: str) -> WholeFileCipher:
    """What is configured here like a peer's class."""
    config = configured(layout, KEY)
    if kind == FILE_CRYPTO:
        config.file_crypto_instance = PubNubFileCrypto(config)
    elif kind.lower().startswith("aes"):
        config.crypto_module = AesCbcCryptoModule(config)
    found = file_cipher_for(config)
    assert found is not None
    return found


def cases(peer: Peer) -> list[tuple[str, str, str]]:
    return [
        (kind, layout, name)
        for kind in peer.file_classes
        for layout in (STATIC, RANDOM)
        for name in FILES
    ]


def asked_of_files(peer: Peer, field: str, given: list[bytes]) -> list[dict[str, Any]]:
    requests = [
        {"with": kind, "layout": layout, "key": KEY, field: base64.b64encode(data).decode()}
        for (kind, layout, _), data in zip(cases(peer), given, strict=True)
    ]
    return asked(peer, requests)


@pytest.mark.sliced(3)
@pytest.mark.parametrize("name", PEERS)
def test_they_read_files_that_are_written_here(name: str) -> None:
    peer = PEERS[name]
    given = [own_file_cipher(layout, kind).encrypt(FILES[it]) for kind, layout, it in cases(peer)]
    answers = asked_of_files(peer, "encrypted_file", given)
    for (kind, layout, content), answer in zip(cases(peer), answers, strict=True):
        found = base64.b64decode(answer["file"])
        assert found == FILES[content], (kind, layout, content)


@pytest.mark.sliced(3)
@pytest.mark.parametrize("name", PEERS)
def test_files_that_they_write_are_read_here(name: str) -> None:
    peer = PEERS[name]
    answers = asked_of_files(peer, "file", [FILES[content] for _, _, content in cases(peer)])
    refused = set()
    for (kind, layout, content), answer in zip(cases(peer), answers, strict=True):
        if "error" in answer:
            assert content == "empty"
            continue
        encrypted = base64.b64decode(answer["encrypted"])
        try:
            found = own_file_cipher(layout, kind).decrypt(encrypted)
        except DecryptionError:
            refused.add((kind, layout, content))
        else:
            assert found == FILES[content], (kind, layout, content)
    # JavaScript has random vectors in files, also where it has static ones in messages.
    expected = {("legacyCryptoModule", STATIC, content) for content in FILES}
    expected |= {("LegacyCryptoModule", STATIC, content) for content in UNKNOWN}
    expected |= {
        (module, RANDOM, content)
        for module in ("LegacyCryptoModule", "legacyCryptoModule")
        for content in (*UNKNOWN, "UTF-16")
    }
    assert refused <= expected


def test_no_python_sdk_misreads_a_header() -> None:
    encrypted = base64.b64encode(own_file_cipher(HEADER, "").encrypt(FILES["PNG"])).decode()
    for name in ("python-4", "python-10"):
        request = {"with": FILE_CRYPTO, "key": KEY, "encrypted_file": encrypted}
        requests = [{**request, "layout": layout} for layout in (STATIC, RANDOM)]
        assert all("error" in answer for answer in asked(PEERS[name], requests))
