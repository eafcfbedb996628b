"""Copies, pickles, and who is told of changes."""

from __future__ import annotations

import copy
import pickle
import ssl
from collections.abc import Callable
from typing import Any

import pytest

from pnclient.crypto import AesCbcCryptoModule, PubNubCryptodome
from pnclient.enums import PNReconnectionPolicy
from pnclient.pnconfiguration import PNConfiguration

Copying = Callable[[PNConfiguration], PNConfiguration]


def pickled(config: PNConfiguration) -> PNConfiguration:
    twin = pickle.loads(pickle.dumps(config))
    assert isinstance(twin, PNConfiguration)
    return twin


WAYS = pytest.mark.parametrize("twin_of", [copy.copy, copy.deepcopy, pickled])


class Colored(PNConfiguration):
    """Has more than its base class, and needs an argument."""

    def __init__(self, colors: list[str]) -> None:
        super().__init__()
        self.colors = colors


def configured() -> PNConfiguration:
    config = PNConfiguration()
    config.subscribe_key, config.secret_key, config.cipher_key = "sub", "sec", "cip"
    config.filter_expression = "such=wow"
    config.reconnect_policy = PNReconnectionPolicy.LINEAR
    config.set_presence_timeout(20)
    return config


def values(config: PNConfiguration) -> dict[str, Any]:
    made = ("crypto", "file_crypto")
    names = [name for name in dir(config) if not name.startswith("_") and name not in made]
    read = {name: getattr(config, name) for name in names}
    return {name: value for name, value in read.items() if not callable(value)}


@WAYS
def test_a_copy_has_every_value_and_a_life_of_its_own(twin_of: Copying) -> None:
    config = configured()
    made = config.uuid
    twin = twin_of(config)
    assert type(twin) is PNConfiguration
    assert values(twin) == values(config)
    assert twin.uuid == made
    twin.uuid, twin.filter_expression = "another", None
    assert (config.uuid, config.filter_expression) == (made, "such=wow")
    config.connect_timeout = 1
    assert twin.connect_timeout == 5


@WAYS
def test_a_copy_is_not_observed(twin_of: Copying) -> None:
    config = configured()
    changed: list[str] = []
    config._observe(changed.append)
    twin = twin_of(config)
    twin.ssl = True
    assert changed == []
    config.ssl = True
    assert changed == ["ssl"]
    twin._observe(changed.append)
    twin.ssl = False
    assert changed == ["ssl", "ssl"]


@WAYS
def test_what_was_told_is_not_told_of_a_copy(
    twin_of: Copying, caplog: pytest.LogCaptureFixture
) -> None:
    config = configured()
    config.validate()
    assert len(caplog.records) == 3
    twin_of(config).validate()
    assert len(caplog.records) == 3


@WAYS
def test_a_subclass_is_copied_with_what_it_has_more(twin_of: Copying) -> None:
    config = Colored(["red"])
    config.ssl = True
    twin = twin_of(config)
    assert isinstance(twin, Colored)
    assert (twin.colors, twin.ssl) == (["red"], True)
    assert (twin.colors is config.colors) == (twin_of is copy.copy)


@WAYS
def test_ciphers_are_copied(twin_of: Copying) -> None:
    config = configured()
    config.crypto_module = AesCbcCryptoModule(config)
    encrypted = config.crypto.encrypt('"hello"')
    assert twin_of(config).crypto.decrypt(encrypted) == "hello"


def test_a_deep_copy_keeps_what_refers_to_it() -> None:
    config = configured()
    config.crypto_instance = PubNubCryptodome(config)
    twin = copy.deepcopy(config)
    assert twin.crypto_instance.pubnub_configuration is twin
    first, second = copy.deepcopy([config, config])
    assert first is second


def test_a_context_is_shared_by_copies_and_refused_by_pickle() -> None:
    config = configured()
    config.ssl_context = ssl.create_default_context()
    for twin in (copy.copy(config), copy.deepcopy(config)):
        assert twin.ssl_context is config.ssl_context
    with pytest.raises(TypeError, match=r"^PNConfiguration.ssl_context can't be pickled: use ca_"):
        pickle.dumps(config)


def test_observers_are_told_of_changes_after_them() -> None:
    config = PNConfiguration()
    seen: list[tuple[str, Any]] = []
    config._observe(lambda name: seen.append((name, getattr(config, name))))
    config.filter_expression = "a == 1"
    config.filter_expression = "a == 1"
    config.filter_expression = ""
    config.filter_expression = None
    config.connect_timeout = 5
    config.connect_timeout = 6
    config.subscribe_key = "sub"
    assert seen == [
        ("filter_expression", "a == 1"),
        ("filter_expression", None),
        ("connect_timeout", 6),
        ("subscribe_key", "sub"),
    ]


def test_observers_are_not_told_of_what_was_refused_or_made() -> None:
    config = PNConfiguration()
    seen: list[str] = []
    config._observe(seen.append)
    for name, value in (("ssl", 1), ("filter_expression", "(("), ("nothing", 1)):
        with pytest.raises((TypeError, ValueError, AttributeError)):
            setattr(config, name, value)
    assert config.uuid
    assert seen == []


def test_observing_ends() -> None:
    config = PNConfiguration()
    seen: list[str] = []
    end, _ = config._observe(seen.append), config._observe(seen.append)
    config.ssl = True
    assert seen == ["ssl", "ssl"]
    end()
    config.ssl = False
    assert seen == ["ssl", "ssl", "ssl"]


def test_an_observer_may_end_itself_and_others_are_told_all_the_same() -> None:
    config = PNConfiguration()
    seen: list[str] = []

    def once(name: str) -> None:
        seen.append(f"once {name}")
        end()
        end()

    end = config._observe(once)
    config._observe(seen.append)
    config.ssl = True
    config.daemon = True
    assert seen == ["once ssl", "ssl", "daemon"]
