"""Encryption.

Held to what the official SDKs wrote, to its own laws, and to clear and mute errors.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnclient.crypto import (
    AesCbcCryptoModule,
    DecryptionError,
    LegacyCryptoModule,
    PubNubCryptodome,
)
from pnclient.encryption import aes
from pnclient.encryption.ciphers import cipher_for
from pnclient.encryption.modules import decrypt_payload
from pnclient.exceptions import PubNubException
from tests.client.encryption.ciphers import (
    HEADER,
    KEY,
    LAYOUTS,
    RANDOM,
    STATIC,
    cipher,
    configuration,
    configured,
)
from tests.examples import examples

# What the official SDKs wrote

VECTORS: list[dict[str, str]] = json.loads(
    (Path(__file__).parent / "vectors.json").read_text(encoding="utf-8")
)


def test_the_vectors_are_of_every_sdk_and_layout() -> None:
    told = {(row["origin"], row["layout"]) for row in VECTORS}
    old, current, script = "pubnub 4.8.1 (PyPI)", "pubnub 10.8.0 (PyPI)", "pubnub 12.0.3 (npm)"
    assert told == {
        *((origin, layout) for origin in (current, script) for layout in LAYOUTS),
        (old, STATIC),
        (old, RANDOM),
    }


@pytest.mark.parametrize(
    ("origin", "name", "layout"),
    sorted({(row["origin"], row["with"], row["layout"]) for row in VECTORS}),
)
def test_vectors(origin: str, name: str, layout: str) -> None:
    labels = {"origin": origin, "with": name, "layout": layout}
    rows = [row for row in VECTORS if labels.items() <= row.items()]
    assert len(rows) == 14
    for row in rows:
        there, text, encrypted = cipher(layout, row["key"]), row["text"], row["encrypted"]
        assert there.decrypt(encrypted) == text
        if layout == STATIC:
            assert there.encrypt(text) == encrypted
            assert PubNubCryptodome(configuration()).encrypt(row["key"], text) == encrypted
            continue
        # As long, and beginning alike if there is a header: the layout is the same.
        mine = there.encrypt(text)
        assert len(mine) == len(encrypted)
        assert (mine[:12] == encrypted[:12]) == (layout == HEADER)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_both_layouts_are_read_whatever_is_written(layout: str) -> None:
    text = '{"k": 1}'
    config = configured(RANDOM if layout == RANDOM else STATIC)
    readers = [
        cipher_for(config),
        AesCbcCryptoModule(config).cipher,
        LegacyCryptoModule(config).cipher,
    ]
    for reader in readers:
        assert reader is not None
        assert reader.decrypt(cipher(layout).encrypt(text)) == text
    assert PubNubCryptodome(config).decrypt(KEY, cipher(layout).encrypt(text)) == {"k": 1}


# Laws

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@examples(1)
@given(st.sampled_from(LAYOUTS), KEYS, TEXTS)
def test_what_is_encrypted_is_decrypted(layout: str, key: str, text: str) -> None:
    assert cipher(layout, key).decrypt(cipher(layout, key).encrypt(text)) == text


@examples(1)
@given(st.sampled_from(LAYOUTS), JSON)
def test_values_come_back(layout: str, value: Any) -> None:
    there = cipher(layout)
    assert decrypt_payload(there, there.encrypt(json.dumps(value))) == value
    module = LegacyCryptoModule(configured(layout))
    assert module.decrypt(module.encrypt(json.dumps(value))) == value


@examples(1)
@given(TEXTS, st.booleans())
def test_the_class_of_old_and_the_cipher_read_each_other(text: str, random_vector: bool) -> None:
    old, layout = PubNubCryptodome(configuration()), RANDOM if random_vector else STATIC
    assert cipher(layout).decrypt(old.encrypt(KEY, text, random_vector)) == text
    encrypted = cipher(layout).encrypt(json.dumps(text))
    assert old.decrypt(KEY, encrypted, use_random_iv=random_vector) == text
    asking = PubNubCryptodome(configuration(random=random_vector))
    assert asking.decrypt(KEY, encrypted) == text


def outcome(layout: str, text: str) -> str | DecryptionError:
    """Anything else that is raised is a mistake."""
    try:
        return cipher(layout).decrypt(text)
    except DecryptionError as error:
        return error


@examples(2)
@given(st.sampled_from(LAYOUTS), st.binary(max_size=80) | st.binary().map(b"PNED".__add__))
def test_any_bytes_are_decrypted_or_refused(layout: str, data: bytes) -> None:
    assert KEY not in str(outcome(layout, base64.b64encode(data).decode()))


@examples(2)
@given(st.sampled_from(LAYOUTS), st.text() | st.text("AQgw+/= \n%_-", max_size=40))
def test_any_text_is_decrypted_or_refused(layout: str, text: str) -> None:
    assert KEY not in str(outcome(layout, text))


@pytest.mark.parametrize("layout", [RANDOM, HEADER])
def test_a_random_vector_is_another_each_time(layout: str) -> None:
    there = cipher(layout)
    assert len({there.encrypt('"hello"') for _ in range(100)}) == 100


# What can't be decrypted

MUTE = "the text can't be decrypted: it has another key or vector, or is damaged"
ONE = base64.b64decode(cipher(HEADER).encrypt('"hello"'))


def wrong_padding() -> bytes:
    keyed = aes.Key(KEY).legacy
    # A whole block more is what padding adds to one: without it, the last byte is a letter.
    return aes.encrypt_cbc(keyed, aes.STATIC_VECTOR, b'"hello, hello!!"')[:16]


def not_utf_8() -> bytes:
    keyed = aes.Key(KEY).legacy
    return aes.encrypt_cbc(keyed, aes.STATIC_VECTOR, b"\xff\xfe")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", MUTE, id="nothing"),
        pytest.param(b"x" * 15, MUTE, id="less than a block"),
        pytest.param(b"x" * 33, MUTE, id="no whole blocks"),
        pytest.param(wrong_padding(), MUTE, id="wrong padding"),
        pytest.param(not_utf_8(), MUTE, id="not UTF-8"),
        pytest.param(
            base64.b64decode(cipher(STATIC, "other").encrypt('"x"')), MUTE, id="other key"
        ),
        pytest.param(ONE[:-1], MUTE, id="header, cut off in the ciphertext"),
        pytest.param(ONE[:26], MUTE, id="header, no ciphertext"),
        pytest.param(ONE[:20], MUTE, id="header, cut off in the vector"),
        pytest.param(ONE[:9], MUTE, id="header, cut off before the length"),
        pytest.param(ONE[:4], MUTE, id="header, magic alone"),
        pytest.param(ONE[:9] + b"\x0f" + ONE[10:], MUTE, id="header, vector too short"),
        pytest.param(ONE[:9] + b"\xff\xff\xff" + ONE[10:], MUTE, id="header, vector too long"),
        pytest.param(
            b"PNED\x02" + ONE[5:],
            "version 2 of the encryption's header is unknown",
            id="header, other version",
        ),
        pytest.param(
            b"PNED\x01ACRX" + ONE[9:],
            "the text was encrypted with an algorithm that is unknown here",
            id="header, other algorithm",
        ),
    ],
)
def test_what_can_not_be_decrypted(data: bytes, reason: str) -> None:
    with pytest.raises(DecryptionError) as caught:
        cipher(STATIC).decrypt(base64.b64encode(data).decode())
    assert str(caught.value) == reason
    # Neither the text nor what was read of it hangs on the exception.
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert isinstance(caught.value, PubNubException)
    assert isinstance(caught.value, ValueError)


def test_the_long_form_of_the_length_is_read() -> None:
    long = ONE[:9] + b"\xff\x00\x10" + ONE[10:]
    assert cipher(STATIC).decrypt(base64.b64encode(long).decode()) == '"hello"'


@pytest.mark.parametrize("text", ["x", "%%%%", "BQ2Ywm6XtvTCGCFPTY6FJw", "A===", "ünï", "\ud800"])
def test_what_is_not_base64(text: str) -> None:
    with pytest.raises(DecryptionError) as caught:
        cipher(STATIC).decrypt(text)
    assert str(caught.value) == "the text can't be decrypted: it is not base64"
    assert caught.value.__context__ is None


def test_broken_lines_are_read() -> None:
    text = json.dumps("a payload of more than one line" * 5)
    assert (
        cipher(STATIC).decrypt(
            base64.encodebytes(base64.b64decode(cipher(STATIC).encrypt(text))).decode()
        )
        == text
    )


@pytest.mark.parametrize("payload", [None, 1, {"k": 1}, ["BQ2Ywm6XtvTCGCFPTY6FJw=="], b"x"])
def test_what_nobody_encrypted(payload: Any) -> None:
    with pytest.raises(DecryptionError, match="not encrypted: it is not a string"):
        decrypt_payload(cipher(STATIC), payload)
    with pytest.raises(DecryptionError, match="not encrypted: it is not a string"):
        PubNubCryptodome(configuration()).decrypt(KEY, payload)


# A vector of the other kind

OTHER = {STATIC: RANDOM, RANDOM: STATIC}


@pytest.mark.parametrize("layout", OTHER)
def test_no_vector_is_read_as_of_the_other_kind(layout: str) -> None:
    rows = [row for row in VECTORS if row["layout"] == layout]
    assert len(rows) >= 42
    for row in rows:
        key, encrypted = row["key"], row["encrypted"]
        there = configured(OTHER[layout], key)
        with pytest.raises(DecryptionError, match="another key or vector"):
            decrypt_payload(cipher(OTHER[layout], key), encrypted)
        with pytest.raises(DecryptionError):
            LegacyCryptoModule(there).decrypt(encrypted)
        with pytest.raises(DecryptionError):
            AesCbcCryptoModule(there).decrypt(encrypted)
        with pytest.raises(DecryptionError):
            PubNubCryptodome(there).decrypt(key, encrypted)
        # It is not the text that is refused.
        assert decrypt_payload(cipher(layout, key), encrypted) == json.loads(row["text"])


def noisy(noise: bytes, text: str) -> str:
    """A random vector with which ``text`` follows ``noise`` if the vector is taken for static."""
    keyed = aes.Key(KEY).legacy
    vector = aes.encrypt_cbc(keyed, aes.STATIC_VECTOR, noise)[:16]
    return base64.b64encode(vector + aes.encrypt_cbc(keyed, vector, text.encode())).decode()


@pytest.mark.parametrize("noise", ["\x7faY9\x01 z", "é\x00\x08", "\x1f\n\x1b", "x\x0b\x0e"])
def test_noise_before_json_is_no_text(noise: str) -> None:
    encrypted = noisy(noise.encode().ljust(16, b"."), '{"k": 1}')
    with pytest.raises(DecryptionError) as caught:
        decrypt_payload(cipher(STATIC), encrypted)
    assert caught.value.__context__ is None
    assert decrypt_payload(cipher(RANDOM), encrypted) == {"k": 1}


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[31mERROR:\x1b[0m 17",
        "\x1e[1, 2, 3, 4, 5]404",
        "name\x1ftown\x1fzip 12345",
        "\x02POS 1234567890 {}",
    ],
)
def test_texts_with_colours_or_fields_are_no_noise(text: str) -> None:
    assert decrypt_payload(cipher(STATIC), cipher(STATIC).encrypt(text)) == text


def test_noise_without_a_mark_can_not_be_told_from_text() -> None:
    encrypted = noisy(b"sixteen letters:", "42")
    assert decrypt_payload(cipher(STATIC), encrypted) == "sixteen letters:42"


@pytest.mark.parametrize(
    "value", [12345678901234567890, 'fourteen chars"end', "x" * 40, 1e-300 / 3, [1] * 20]
)
def test_the_end_of_a_value_is_not_taken_for_another(value: Any) -> None:
    encrypted = cipher(STATIC).encrypt(json.dumps(value))
    with pytest.raises(DecryptionError):
        decrypt_payload(cipher(RANDOM), encrypted)
    assert decrypt_payload(cipher(STATIC), encrypted) == value


@examples(3)
@given(
    st.sampled_from(LAYOUTS),
    st.text(st.characters(exclude_categories=["Cs", "Cc"])) | st.from_regex(r"\A.{16}[0-9]+\Z"),
)
def test_texts_that_are_no_json_are_not_refused(layout: str, text: str) -> None:
    text = "".join(letter for letter in text if letter.isprintable())
    try:
        expected = json.loads(text)
    except ValueError:
        expected = text
    assert decrypt_payload(cipher(layout), cipher(layout).encrypt(text)) == expected


@pytest.mark.parametrize("text", ["hello", "", "{", '{"a":1} ', "[" * 100_000])
def test_text_that_is_no_json_is_returned_as_it_is(text: str) -> None:
    expected = {"a": 1} if text.endswith(" ") else text
    assert decrypt_payload(cipher(STATIC), cipher(STATIC).encrypt(text)) == expected
    assert PubNubCryptodome(configuration()).decrypt(KEY, cipher(STATIC).encrypt(text)) == expected
