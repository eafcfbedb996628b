"""Which cipher a configuration asks for, own ciphers, the class of 4.8.1, and no secret shown."""

from __future__ import annotations

import base64
import copy
import json
import logging
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnclient.api.arguments import payload_text
from pnclient.crypto import (
    AesCbcCryptoModule,
    DecryptionError,
    Initial16bytes,
    LegacyCryptoModule,
    PubNubCrypto,
    PubNubCryptodome,
    PubNubCryptoModule,
)
from pnclient.encryption import aes
from pnclient.encryption.ciphers import cipher_for
from pnclient.encryption.modules import decrypt_payload
from pnclient.exceptions import PubNubException
from pnclient.pnconfiguration import PNConfiguration
from tests.client.encryption.ciphers import (
    KEY,
    LAYOUTS,
    RANDOM,
    STATIC,
    cipher,
    configuration,
)
from tests.examples import examples

# Keys and configurations


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("", "the cipher key is empty: anybody could decrypt"),
        (b"enigma", "a cipher key must be a str, not bytes"),
        (KEY + "\ud800", "the cipher key has an unpaired surrogate"),
    ],
)
def test_a_key_that_is_none(key: Any, reason: str) -> None:
    # The configuration would refuse it; one of the user's own kind may not.
    config: Any = SimpleNamespace(
        cipher_key=key,
        use_random_initialization_vector=False,
        crypto_module=None,
        crypto_instance=None,
    )
    attempts: list[Callable[[], object]] = [
        lambda: cipher_for(config),
        lambda: AesCbcCryptoModule(config),
        lambda: PubNubCryptodome(configuration()).encrypt(key, "text"),
        lambda: PubNubCryptodome(configuration()).decrypt(key, "text"),
        lambda: PubNubCryptodome(configuration()).get_secret(key),
    ]
    for attempt in attempts:
        with pytest.raises(PubNubException) as caught:
            attempt()
        assert str(caught.value) == reason
        assert caught.value.__context__ is None


@pytest.mark.parametrize("layout", LAYOUTS)
def test_text_that_can_not_be_encrypted(layout: str) -> None:
    with pytest.raises(PubNubException, match="an unpaired surrogate") as caught:
        cipher(layout).encrypt("payload \ud800")
    assert "payload" not in str(caught.value)
    assert caught.value.__context__ is None


def test_without_a_key_nothing_is_encrypted() -> None:
    assert cipher_for(configuration(None)) is None
    assert cipher_for(configuration(None, instance=Reversing())) is None
    for module in (LegacyCryptoModule, AesCbcCryptoModule):
        with pytest.raises(PubNubException) as caught:
            module(configuration(None))
        assert str(caught.value) == f"{module.__name__} needs a cipher_key"


def test_a_configuration_is_read_when_asked_and_a_module_when_made() -> None:
    config = configuration("one")
    module = LegacyCryptoModule(config)
    config.cipher_key, config.use_random_initialization_vector = "two", True
    assert module.encrypt('"x"') == cipher(STATIC, "one").encrypt('"x"')
    now = cipher_for(config)
    assert now is not None
    assert cipher(RANDOM, "two").decrypt(now.encrypt('"x"')) == '"x"'
    config.crypto_module = module
    assert cipher_for(config) is module.cipher


@pytest.mark.parametrize("kind", [LegacyCryptoModule, AesCbcCryptoModule])
def test_modules_are_copied_and_pickled(kind: type[LegacyCryptoModule]) -> None:
    module = kind(configuration())
    text = module.encrypt('"x"')
    for other in (copy.copy(module), copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert other.decrypt(text) == "x"
        assert other.encrypt('"x"')[:9] == text[:9]


# Ciphers of the user's own


class Reversing(PubNubCrypto):
    """Encrypts by turning round, and tells the key that it was given."""

    def encrypt(self, key: str, msg: str) -> str:
        return f"{key}:{msg[::-1]}"

    def decrypt(self, key: str, msg: str) -> Any:
        return json.loads(msg.removeprefix(f"{key}:")[::-1])


class Turning(PubNubCryptoModule):
    def encrypt(self, message: str) -> str:
        return message[::-1]

    def decrypt(self, message: str) -> Any:
        return json.loads(message[::-1])


class Typed:
    """No subclass of anything."""

    encrypt = Turning.encrypt
    decrypt = Turning.decrypt


class Marking(LegacyCryptoModule):
    def encrypt(self, message: str) -> str:
        return f"!{super().encrypt(message)}"

    def decrypt(self, message: str) -> Any:
        return super().decrypt(message.removeprefix("!"))


@pytest.mark.parametrize(
    ("config", "encrypted"),
    [
        (configuration("key", instance=Reversing()), 'key:}1 :"k"{'),
        (configuration(None, module=Turning()), '}1 :"k"{'),
        (configuration(None, module=Typed()), '}1 :"k"{'),
        (
            configuration("enigma", module=Marking(configuration("enigma"))),
            "!r5ZOHPf03aXpEnAt80gVhw==",
        ),
        (
            configuration("enigma", instance=PubNubCryptodome(configuration())),
            "r5ZOHPf03aXpEnAt80gVhw==",
        ),
        # A module comes first, as with 10.8.
        (configuration("key", False, Turning(), Reversing()), '}1 :"k"{'),
    ],
    ids=["instance", "module", "duck", "subclass", "own class", "both"],
)
def test_ciphers_of_the_users_own(config: PNConfiguration, encrypted: str) -> None:
    found = cipher_for(config)
    assert found is not None
    assert found.encrypt('{"k": 1}') == encrypted
    assert json.loads(found.decrypt(encrypted)) == {"k": 1}
    assert decrypt_payload(found, encrypted) == {"k": 1}


def test_what_a_cipher_of_the_users_own_gives_is_sent_as_json() -> None:
    config = configuration(None, module=Turning())
    assert json.loads(payload_text(config, {"k": 1})) == '}1 :"k"{'


def test_a_cipher_of_the_users_own_that_gives_no_text() -> None:
    class Silent(Turning):
        def encrypt(self, message: str) -> Any:
            return None

    with pytest.raises(PubNubException, match="your own cipher must return a string"):
        payload_text(configuration(None, module=Silent()), {"k": 1})


@pytest.mark.parametrize(
    "config",
    [configuration(instance=Reversing()), configuration(module=Turning())],
    ids=["instance", "module"],
)
def test_what_a_cipher_of_the_users_own_raises(config: PNConfiguration) -> None:
    found = cipher_for(config)
    assert found is not None
    with pytest.raises(DecryptionError) as caught:
        found.decrypt("{{{")
    assert str(caught.value) == "JSONDecodeError in the cipher of your own"
    assert isinstance(caught.value.__cause__, json.JSONDecodeError)


def test_a_decryption_error_of_the_users_own_is_passed_on() -> None:
    class Refusing(Turning):
        def decrypt(self, message: str) -> Any:
            raise DecryptionError("not on Sundays")

    found = cipher_for(configuration(module=Refusing()))
    assert found is not None
    with pytest.raises(DecryptionError, match=r"^not on Sundays$"):
        found.decrypt("x")


def test_a_cipher_of_ones_own_is_complete() -> None:
    class Half(PubNubCrypto):
        def encrypt(self, key: str, msg: str) -> str:
            return msg

    with pytest.raises(TypeError, match="abstract"):
        Half()  # type: ignore[abstract]


# The class of old, step by step


def test_the_steps_of_old() -> None:
    static, random = (PubNubCryptodome(configuration(None, chosen)) for chosen in (False, True))
    assert Initial16bytes == "0123456789012345"
    assert static.get_initialization_vector(use_random_iv=False) == Initial16bytes
    for vector in (static.get_initialization_vector(True), random.get_initialization_vector(False)):
        assert vector != Initial16bytes
        assert len(vector.encode()) == 16
    assert static.append_random_iv(b"text", False, b"vector") == b"text"
    assert static.append_random_iv(b"text", True, b"vector") == b"vectortext"
    assert random.append_random_iv(b"text", False, b"vector") == b"vectortext"
    both = b"v" * 16 + b"text"
    assert static.extract_random_iv(both, False) == (Initial16bytes.encode(), both)
    assert static.extract_random_iv(both, True) == (b"v" * 16, b"text")
    assert random.extract_random_iv(both, False) == (b"v" * 16, b"text")
    assert static.get_secret("enigma")[:8] == "67a4f45f"
    assert len(static.get_secret("enigma")) == 64


@given(st.text(st.characters(exclude_categories=["Cs"])))
@examples(0.5)
def test_padding(text: str) -> None:
    old = PubNubCryptodome(configuration())
    padded = old.pad(text.encode())
    assert len(padded) % 16 == 0
    assert len(padded) > len(text.encode())
    assert old.depad(padded.decode()) == text


@pytest.mark.parametrize("text", ["", "text", "x\x00", "\x02", "x\x01\x02", "x" * 20 + "\x11" * 17])
def test_padding_that_is_not_there(text: str) -> None:
    with pytest.raises(DecryptionError):
        PubNubCryptodome(configuration()).depad(text)


def test_a_vector_set_by_a_subclass_is_used() -> None:
    class Fixed(PubNubCryptodome):
        def get_initialization_vector(self, use_random_iv: bool) -> str:
            return "5551517933415710"

    encrypted = Fixed(configuration()).encrypt("enigma", '"hello"', use_random_iv=True)
    assert base64.b64decode(encrypted)[:16] == b"5551517933415710"
    assert cipher(RANDOM, "enigma").decrypt(encrypted) == '"hello"'


# Secrets


def test_no_repr_traceback_or_log_has_the_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    config = configuration()
    secret = PubNubCryptodome(config).get_secret(KEY)
    found = cipher_for(config)
    assert found is not None
    told = [repr(item) for item in (found, aes.Key(KEY), LegacyCryptoModule(config))]
    told += [repr(AesCbcCryptoModule(config)), repr(AesCbcCryptoModule(config).cipher)]
    for text in (cipher(STATIC, "other key").encrypt("x"), "%", "UE5FRAI="):
        with pytest.raises(DecryptionError) as caught:
            found.decrypt(text)
        # As reporters of errors have it, with the locals of each frame but this one.
        error = caught.value.with_traceback(caught.tb.tb_next)
        report = traceback.TracebackException.from_exception(error, capture_locals=True)
        told += ["".join(report.format()), repr(error)]
    assert len(told) == 11
    told.append(caplog.text)
    for hidden in (KEY, secret, secret[:32], repr(bytes.fromhex(secret))):
        assert not [text for text in told if hidden in text]


def test_the_package_is_imported_when_it_is_needed() -> None:
    program = (
        "import sys\n"
        "from types import SimpleNamespace\n"
        "from pnclient.encryption.ciphers import cipher_for\n"
        "config = SimpleNamespace(cipher_key='k', use_random_initialization_vector=False,"
        " crypto_module=None, crypto_instance=None)\n"
        "cipher = cipher_for(config)\n"
        "assert not [name for name in sys.modules if name.startswith('Crypto')]\n"
        "sys.modules['Crypto'] = None\n"
        "try:\n"
        "    cipher.encrypt('text')\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={"PYTHONPATH": "client"},
        cwd=Path(__file__).parents[3],
    )
    expected = "encryption needs the package pycryptodome: pip install 'pnfilter[client]'\n"
    assert done.stdout == expected
