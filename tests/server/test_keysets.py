"""The file with the keys: what it may hold, and that nothing of it is ever told."""

from __future__ import annotations

from pathlib import Path

import pytest

from pnfilter.server.keysets import MAX_KEYS_FILE, Keyring, Keys
from pnfilter.server.settings import MAX_KEYSETS, MAX_NAME

GOOD = """\
# Two of them.
[[keyset]]
subscribe_key = "sub-one"
publish_key = "pub-one"
secret_key = "sec-one"

[[keyset]]
subscribe_key = "sub-two"
publish_key = "pub-two"
"""


def read(path: Path, text: str | bytes) -> Keyring:
    """The keys of a file with this text."""
    file = path / "keys.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.chmod(0o600)
    return Keyring.read(file)


def test_each_subscribe_key_goes_with_its_publish_key(tmp_path: Path) -> None:
    keyring = read(tmp_path, GOOD)
    assert not keyring.serves_any
    assert keyring.serves("sub-one")
    assert keyring.serves("sub-two")
    assert not keyring.serves("sub-three")
    assert keyring.may_publish("pub-one", "sub-one")
    assert not keyring.may_publish("pub-two", "sub-one")
    assert not keyring.is_exposed


def test_a_keyset_may_have_an_access_manager(tmp_path: Path) -> None:
    keyring = read(tmp_path, GOOD)
    assert not keyring.has_managers
    assert keyring.managed("sub-one") is None
    keyring = read(tmp_path, GOOD.replace('"sec-one"', '"sec-one"\naccess_manager = true'))
    assert keyring.has_managers
    assert keyring.managed("sub-one") == Keys("pub-one", "sec-one", access_manager=True)
    assert keyring.managed("sub-two") is None
    assert not read(tmp_path, GOOD + "access_manager = false").has_managers


def test_a_mark_at_the_start_of_the_file_is_no_part_of_it(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD.encode("utf-8-sig")).serves("sub-one")


def test_without_a_file_every_key_is_served() -> None:
    keyring = Keyring()
    assert keyring.serves_any
    assert keyring.serves("anything")
    assert keyring.may_publish("this", "that")
    assert repr(keyring) == "<Keyring of any key>"


def test_the_keys_are_not_shown(tmp_path: Path) -> None:
    keyring = read(tmp_path, GOOD)
    assert repr(keyring) == "<Keyring of 2>"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_can_read_is_marked(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(GOOD)
    file.chmod(mode)
    assert Keyring.read(file).is_exposed


ONE = '[[keyset]]\nsubscribe_key = "s"\npublish_key = "p"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ": must hold a keyset: [[keyset]] with"),
        ("keyset = 3", ": must hold a keyset"),
        ("keyset = []", ": must hold a keyset"),
        (ONE + "[other]\nsecret = 1", ": must hold keysets only"),
        ('subscribe_key = "SECRET"', ": must hold keysets only"),
        ("[[keyset]]\n", ":1: keyset 1 has no subscribe_key"),
        ('\n[[keyset]]\nsubscribe_key = "SECRET"\n', ":2: keyset 1 has no publish_key"),
        (ONE + '[[keyset]]\npublish_key = "SECRET"', ":4: keyset 2 has no subscribe_key"),
        (
            ONE + 'SECRET = "SECRET"',
            ":1: keyset 1 has a name other than subscribe_key, publish_key",
        ),
        (ONE + "access_manager = true", ":4: the access_manager of keyset 1 needs its secret_key"),
        (
            ONE + 'secret_key = "SECRET"\naccess_manager = "SECRET"',
            ":5: the access_manager of keyset 1 must be true or false",
        ),
        (
            ONE + 'secret_key = ""\naccess_manager = true',
            ":4: the secret_key of keyset 1 must not be empty",
        ),
        (ONE + "secret_key = 5", ":4: the secret_key of keyset 1 must be a string in quotes"),
        (ONE.replace('"p"', '""'), ":3: the publish_key of keyset 1 must not be empty"),
        (ONE.replace('"s"', '"SECRET key"'), ":2: the subscribe_key of keyset 1 must be ASCII"),
        (ONE.replace('"s"', '"SECRET/key"'), ":2: the subscribe_key of keyset 1 must be ASCII"),
        (ONE.replace('"s"', '"SECRÉT"'), ":2: the subscribe_key of keyset 1 must be ASCII"),
        (
            ONE.replace('"s"', f'"{"S" * (MAX_NAME + 1)}"'),
            ":2: the subscribe_key of keyset 1 must have at most 1,024",
        ),
        (ONE * 2, ":5: keyset 2 has the subscribe_key of an earlier one"),
        ('keyset = [{subscribe_key = "SECRET"}]', ": keyset 1 has no publish_key"),
        ("keyset = [1]", ": keyset 1 must be a table"),
        (ONE + "secret_key = SECRET", ":4:14: is not valid TOML here"),
        (ONE + 'publish_key = "SECRET"', ":4:23: is not valid TOML at its end"),
        (ONE + 'secret_key = "SECRET', ": is not valid TOML"),
        (b'[[keyset]]\nsubscribe_key = "SECRET\xff"', ":2: is not valid UTF-8"),
        # Of what ends a line elsewhere, only a line feed does in TOML.
        (ONE + "# \u2028 \u2029 \x85\naccess_manager = 1", ":5: the access_manager of keyset 1"),
        (ONE + "secret_key = " + "[" * 20_000, ": holds a value that is too long or too deep"),
        (ONE + "secret_key = " + "7" * 5_000, ": holds a value that is too long or too deep"),
        ("#" * (MAX_KEYS_FILE + 1), ": has more than 1,048,576 bytes"),
    ],
)
def test_a_mistake_is_told_by_its_place_and_not_by_its_text(
    tmp_path: Path, text: str | bytes, told: str
) -> None:
    with pytest.raises(ValueError, match=r"keys\.toml") as caught:
        read(tmp_path, text)
    message = str(caught.value)
    # A mistake at the end of a text has its place there or nowhere, as Python's version goes.
    start = told.replace(":4:23: is not valid TOML at its end", "")
    assert message.startswith(f"{tmp_path / 'keys.toml'}{start}")
    assert "SECR" not in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_there_is_a_limit_to_the_keysets(tmp_path: Path) -> None:
    text = "".join(
        f'[[keyset]]\nsubscribe_key = "s{number}"\npublish_key = "p"\n'
        for number in range(MAX_KEYSETS + 1)
    )
    with pytest.raises(ValueError, match="more than 1,000 keysets"):
        read(tmp_path, text)


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Keyring.read(tmp_path / "nothing")
    with pytest.raises(IsADirectoryError):
        Keyring.read(tmp_path)


@pytest.mark.parametrize("keys", [{}, {"": "p"}, {"s": ""}, {"s": "SECRET key"}, {"a/b": "p"}])
def test_keys_from_python_are_checked_too(keys: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="key") as caught:
        Keyring(keys)
    assert "SECRET" not in str(caught.value)
