"""Files: what each official SDK wrote is read or refused in each configuration, never misread."""

from __future__ import annotations

import base64
import copy
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pnclient.crypto import (
    AesCbcCryptoModule,
    DecryptionError,
    LegacyCryptoModule,
    PubNubFileCrypto,
)
from pnclient.crypto_core import Key, encrypt_legacy
from pnclient.encryption import files
from pnclient.encryption.aes import encrypt_cbc, is_text
from pnclient.encryption.ciphers import WholeFileCipher, cipher_for, file_cipher_for
from pnclient.encryption.files import FileCipher
from tests.client.encryption.ciphers import KEY, RANDOM, STATIC, configuration
from tests.client.encryption.contents import CONTENTS, KNOWN, LARGE, NOISE, UNKNOWN

Row = dict[str, str]
ROWS: list[Row] = json.loads((Path(__file__).parent / "files.json").read_text("utf-8"))
MODULES = {"none": None, "legacy": LegacyCryptoModule, "AES-CBC": AesCbcCryptoModule}
#: Those that are known also after noise: long texts, and common formats.
AFTER_NOISE = {*KNOWN} - {"one character", "UTF-16", "zeros", "numbers"}
#: Those that are read after noise where random vectors are configured.
UNLIKE_NOISE = {*KNOWN} - {"UTF-16"}


def cipher(random: bool, module: str = "none", key: str = KEY) -> WholeFileCipher:
    config = configuration(key, random)
    kind: Any = MODULES[module]
    config.crypto_module = None if kind is None else kind(config)
    found = file_cipher_for(config)
    assert found is not None
    return found


def read(reading: Any, *given: Any) -> bytes | None:
    """The file, or None where it is refused as it should be."""
    try:
        found: bytes = reading(*given)
    except DecryptionError as error:
        refused = error
    else:
        return found
    assert refused.ciphertext == given[-1]
    assert refused.__context__ is None
    return None


def layout(data: bytes, row: Row) -> str:
    if data.startswith(b"PNED"):
        return "header"
    if data[:16].isascii():
        # The class of 4.8.1 in each version, and the modules of 7.4.
        return "marked"
    if row["origin"].endswith("(npm)"):
        return RANDOM
    return row["configured"]


def test_the_rows_are_of_every_sdk() -> None:
    told = {(row["origin"], row["with"], row["configured"]) for row in ROWS}
    old, new = ("4.8.1", "5.5.0", "6.5.1", "7.0.2"), ("7.4.4", "10.8.0")
    modules = ("LegacyCryptoModule", "AesCbcCryptoModule")
    wanted = {(version, "PubNubFileCrypto") for version in (*old, *new)}
    wanted |= {(version, module) for version in new for module in modules}
    expected = {(f"pubnub {version} (PyPI)", kind) for version, kind in wanted}
    expected |= {("pubnub 12.0.3 (npm)", f"{name}CryptoModule") for name in ("legacy", "aesCbc")}
    assert told == {(*one, configured) for one in expected for configured in (STATIC, RANDOM)}
    assert {row["content"] for row in ROWS} == {*CONTENTS}


@pytest.mark.parametrize("random", [False, True])
@pytest.mark.parametrize("module", MODULES)
def test_what_each_sdk_wrote(random: bool, module: str) -> None:
    for row in ROWS:
        data, content = base64.b64decode(row["encrypted"]), CONTENTS[row["content"]]
        own, name, kind = cipher(random, module, row["key"]), row["content"], layout(data, row)
        found = read(own.decrypt, data)
        assert found in (content, None), row
        is_expected = (
            kind in ("header", "marked")
            or (kind == RANDOM and name in (UNLIKE_NOISE if random else AFTER_NOISE))
            or (kind == STATIC and (len(data) == 16 or (not random and name not in UNKNOWN)))
        )
        assert (found is not None) == is_expected, row
        old = PubNubFileCrypto(configuration(row["key"], random))
        assert old.decrypt(row["key"], data, random_vector=kind != STATIC) == content
        assert read(old.decrypt, row["key"], data) == found


@pytest.mark.parametrize("name", [*CONTENTS, *LARGE])
def test_what_is_written_is_read_in_each_configuration(name: str) -> None:
    content = {**CONTENTS, **LARGE}[name]
    everywhere = [cipher(random, module) for random in (False, True) for module in MODULES]
    for random in (False, True):
        for module in MODULES:
            encrypted = cipher(random, module).encrypt(content)
            assert encrypted.startswith(b"PNED") == (module == "AES-CBC" or not random)
            assert [own.decrypt(encrypted) for own in everywhere] == [content] * len(everywhere)
        old = PubNubFileCrypto(configuration(KEY, random))
        encrypted = old.encrypt(KEY, content)
        assert not encrypted.startswith(b"PNED")
        assert old.decrypt(KEY, encrypted) == content
        assert [own.decrypt(encrypted) for own in everywhere] == [content] * len(everywhere)


def test_the_class_of_4_8_1_is_for_peers_with_4_8_1() -> None:
    config = configuration()
    config.file_crypto_instance = PubNubFileCrypto(config)
    own = file_cipher_for(config)
    assert own is not None
    encrypted = own.encrypt(NOISE)
    assert not encrypted.startswith(b"PNED")
    assert FileCipher(Key(KEY), random_vector=True).decrypt(encrypted) == NOISE


@pytest.mark.parametrize("is_random", [False, True])
def test_a_vector_can_be_said(is_random: bool) -> None:
    key, noise = Key(KEY), UNKNOWN["noise"]
    data = encrypt_legacy(key, noise, random_vector=is_random)
    for config in (configuration(), configuration(random=True)):
        old = PubNubFileCrypto(config)
        assert read(old.decrypt, KEY, data) is None
        assert old.decrypt(KEY, data, random_vector=is_random) == noise
        config.file_crypto_instance = PubNubFileCrypto(config, random_vector=is_random)
        certain = file_cipher_for(config)
        assert certain is not None
        assert certain.decrypt(data) == noise
        # What the bytes say is still heard.
        assert certain.decrypt(certain.encrypt(noise)) == noise
    text = encrypt_legacy(key, b"a text that begins", random_vector=False)
    assert read(PubNubFileCrypto(random_vector=True).decrypt, KEY, text) is None


@pytest.mark.parametrize("content", [b"x", b"\0", b"\x93NUMPY\1\0v\0" + NOISE, b"Rar!" + NOISE])
def test_what_is_unlike_noise_is_read_as_it_is_configured(content: bytes) -> None:
    encrypted = encrypt_legacy(Key(KEY), content, random_vector=True)
    assert cipher(random=True).decrypt(encrypted) == content


def test_an_empty_file_is_not_taken_for_one_without_its_beginning() -> None:
    encrypted = encrypt_legacy(Key(KEY), NOISE[:16], random_vector=False)
    for random in (False, True):
        assert read(cipher(random).decrypt, encrypted) is None


def test_what_can_not_be_told_is_refused_with_a_way_out() -> None:
    static = encrypt_legacy(Key(KEY), UNKNOWN["noise"], random_vector=False)
    with pytest.raises(DecryptionError) as caught:
        cipher(random=False).decrypt(static)
    assert "PubNubFileCrypto().decrypt(key, error.ciphertext, random_vector=...)" in str(
        caught.value
    )
    assert KEY not in str(caught.value)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80), st.booleans())
@example(b"\0\0\1\x2c" + b'{"a length": "before JSON", "and": "more of it"}', False)
@example(b"\x82\xa4name\xa3Bob\xa4text\xb0sixteen letters", False)
@example(NOISE[:16] + b"short", False)
@example(NOISE[:17], False)
def test_with_a_static_vector_no_beginning_is_lost(content: bytes, random: bool) -> None:
    encrypted = encrypt_legacy(Key(KEY), content, random_vector=random)
    assert read(cipher(random=random).decrypt, encrypted) in (content, None)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=40).map(b"PNED".__add__) | st.binary(max_size=100), st.booleans())
def test_any_bytes_are_read_or_refused(data: bytes, random: bool) -> None:
    read(cipher(random).decrypt, data)


def test_damaged_files_and_other_keys() -> None:
    for random in (False, True):
        own = cipher(random)
        encrypted = own.encrypt(KNOWN["PNG"])
        for data in (
            b"",
            encrypted[:-1],
            encrypted[:9],
            encrypted[:16],
            encrypted + b"x",
            b"PNED\x02" + encrypted,
            b"PNED\x01ACRX\x10" + encrypted,
        ):
            assert read(own.decrypt, data) is None
    # Of four hundred other keys, one or two give a padding: nothing but that is checked.
    found = [read(cipher(False, key=f"{at}").decrypt, encrypted) for at in range(400)]
    assert len([one for one in found if one is not None]) < 12


def test_noise_is_seldom_taken_for_a_beginning() -> None:
    blocks = [NOISE[at : at + 16] for at in range(0, len(NOISE), 16)]
    assert not any(files._is_beginning(block) for block in blocks)
    assert all(files._is_noise(block) for block in blocks)
    for name, content in KNOWN.items():
        if len(content) >= 16:
            assert files._is_beginning(content[:16]), name


def test_a_vector_is_marked_and_never_like_a_header(monkeypatch: pytest.MonkeyPatch) -> None:
    given = iter([base64.b64decode(b"PNED") + bytes(9), bytes(12)])
    monkeypatch.setattr(files, "urandom", lambda size: next(given))
    encrypted = cipher(random=True).encrypt(b"x")
    assert encrypted[:16] == b"A" * 16


# Texts


def refused(random: bool, encrypted: str) -> str:
    own = cipher_for(configuration(random=random))
    assert own is not None
    with pytest.raises(DecryptionError) as caught:
        own.value(encrypted)
    return str(caught.value.ciphertext)


@pytest.mark.parametrize("text", ["a line of words that is no JSON", "ключ: значение, ключ: нет"])
def test_a_text_that_is_no_json_does_not_lose_its_beginning(text: str) -> None:
    encrypted = base64.b64encode(encrypt_legacy(Key(KEY), text.encode(), random_vector=False))
    assert refused(True, encrypted.decode()) == encrypted.decode()


def test_noise_with_one_control_character_and_letters_beyond_ascii_is_refused() -> None:
    keyed = Key(KEY).legacy
    noise = "é\x01".encode() + b"..printable.."
    vector = encrypt_cbc(keyed, b"0123456789012345", noise)[:16]
    assert not is_text(noise)
    encrypted = base64.b64encode(vector + encrypt_cbc(keyed, vector, b'{"k": 1}')).decode()
    assert refused(False, encrypted) == encrypted


@pytest.mark.parametrize("module", MODULES)
def test_errors_keep_what_was_received_when_copied(module: str) -> None:
    with pytest.raises(DecryptionError) as caught:
        cipher(False, module).decrypt(b"x" * 17)
    error = caught.value
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (str(other), other.ciphertext) == (str(error), b"x" * 17)
    assert "ciphertext" not in repr(error)
