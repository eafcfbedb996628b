"""The keys that the emulator serves, and the file that they are read from."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn, Self

from pnfilter.server.settings import MAX_KEYSETS, MAX_NAME

#: Bytes of the file with the keys.
MAX_KEYS_FILE: Final = 1024 * 1024

_FIELDS: Final = ("subscribe_key", "publish_key", "secret_key", "access_manager")
_REQUIRED: Final = ("subscribe_key", "publish_key")
_EXAMPLE: Final = '[[keyset]] with subscribe_key = "…" and publish_key = "…"'


@dataclass(frozen=True, slots=True)
class Keys:
    """What goes with a subscribe key.

    ``access_manager``: whether every request needs a right, which who has the secret key grants;
    without, everything is allowed to everybody. ``ValueError`` for keys that no request could have,
    and for an access manager without a secret key. ``repr`` shows no key.
    """

    publish_key: str = field(repr=False)
    secret_key: str | None = field(default=None, repr=False)
    access_manager: bool = False

    def __post_init__(self) -> None:
        for key in (self.publish_key, self.secret_key or "-"):
            if problem := _problem_of(key):
                raise ValueError(f"a key {problem}")
        if self.access_manager and not self.secret_key:
            raise ValueError("an access manager needs the secret key")


class Keyring:
    """The keys that are served: a publish key or ``Keys`` by subscribe key. Without any, all are.

    Raise ``ValueError`` for keys that no request could name. No message or ``repr`` shows a key.
    """

    def __init__(self, keysets: Mapping[str, str | Keys] | None = None) -> None:
        self._keysets: dict[str, Keys] | None = None
        if keysets is not None:
            if not 1 <= len(keysets) <= MAX_KEYSETS:
                raise ValueError(f"there are 1 to {MAX_KEYSETS:,} keysets, not {len(keysets):,}")
            for key in keysets:
                if problem := _problem_of(key):
                    raise ValueError(f"a key {problem}")
            self._keysets = {
                key: keys if isinstance(keys, Keys) else Keys(keys) for key, keys in keysets.items()
            }
        #: Whether others than the owner can read the file that the keys are from.
        self.is_exposed = False

    def __repr__(self) -> str:
        return f"<Keyring of {'any key' if self._keysets is None else len(self._keysets)}>"

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the keys from a TOML file, which has a table ``[[keyset]]`` for each keyset.

        A table holds ``subscribe_key``, ``publish_key`` and perhaps ``secret_key`` and
        ``access_manager`` (see ``Keys``). Raise ``OSError`` if the file can't be read, and
        ``ValueError`` with the place, but no content, if it holds anything else.
        """
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(MAX_KEYS_FILE + 1)
        keyring = cls(_KeysFile(path, content).keysets())
        keyring.is_exposed = os.name == "posix" and stat.S_ISREG(mode) and bool(mode & 0o077)
        return keyring

    @property
    def serves_any(self) -> bool:
        """Whether every key works."""
        return self._keysets is None

    @property
    def served(self) -> Collection[str] | None:
        """The subscribe keys that are known; None where every key works."""
        return self._keysets

    def serves(self, subscribe_key: str) -> bool:
        """Return whether a subscribe key is known."""
        return self._keysets is None or subscribe_key in self._keysets

    def may_publish(self, publish_key: str, subscribe_key: str) -> bool:
        """Return whether a publish key belongs to a subscribe key."""
        return self._keysets is None or self._keysets[subscribe_key].publish_key == publish_key

    @property
    def has_managers(self) -> bool:
        """Whether any keyset has an access manager."""
        return any(keys.access_manager for keys in (self._keysets or {}).values())

    def managed(self, subscribe_key: str) -> Keys | None:
        """Return the keys of a keyset that has an access manager; None for any other."""
        keys = None if self._keysets is None else self._keysets.get(subscribe_key)
        return keys if keys is not None and keys.access_manager else None


def _problem_of(key: Any) -> str:
    """Return why a value is no key, as the end of a sentence; empty for a key."""
    if not isinstance(key, str):
        return "must be a string in quotes"
    if not key:
        return "must not be empty"
    if not key.isascii() or not key.isprintable() or " " in key or "/" in key:
        return "must be ASCII without spaces and slashes"
    if len(key) > MAX_NAME:
        return f"must have at most {MAX_NAME:,} characters"
    return ""


class _KeysFile:
    """The content of a file with keys; an error names its place only."""

    def __init__(self, path: Path, content: bytes) -> None:
        self._path = path
        if len(content) > MAX_KEYS_FILE:
            self._fail(f"has more than {MAX_KEYS_FILE:,} bytes")
        try:
            # Some editors begin a file with a mark.
            self._text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise ValueError(f"{path}:{line}: is not valid UTF-8") from None
        # As lines go, the n-th header begins the n-th keyset, unless they are written another way.
        self._lines = self._text.split("\n")
        self._headers = [
            number
            for number, line in enumerate(self._lines, 1)
            if re.match(r"\s*\[\[\s*keyset\s*\]\]", line)
        ]

    def _fail(self, problem: str, line: int | None = None) -> NoReturn:
        place = str(self._path) if line is None else f"{self._path}:{line}"
        raise ValueError(f"{place}: {problem}")

    def keysets(self) -> dict[str, str | Keys]:
        try:
            content = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            # The message may quote what is there.
            found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
            place = f":{found[1]}:{found[2]}" if found else ""
            raise ValueError(
                f"{self._path}{place}: is not valid TOML {'here' if found else 'at its end'}"
            ) from None
        except (ValueError, RecursionError):
            # Python reads no number of some thousand digits, and no value of some hundred levels.
            problem = "holds a value that is too long or too deep"
            raise ValueError(f"{self._path}: {problem}") from None
        keysets = content.pop("keyset", None)
        if content:
            self._fail(f"must hold keysets only: {_EXAMPLE}")
        if not isinstance(keysets, list) or not keysets:
            self._fail(f"must hold a keyset: {_EXAMPLE}")
        if len(keysets) > MAX_KEYSETS:
            self._fail(f"holds more than {MAX_KEYSETS:,} keysets")
        served: dict[str, str | Keys] = {}
        for number, keyset in enumerate(keysets, 1):
            subscribe_key, keys = self._keys(number, len(keysets), keyset)
            if subscribe_key in served:
                line = self._line(number, len(keysets), "subscribe_key")
                self._fail(f"keyset {number} has the subscribe_key of an earlier one", line)
            served[subscribe_key] = keys
        return served

    def _keys(self, number: int, count: int, keyset: Any) -> tuple[str, Keys]:
        line = self._line(number, count)
        if not isinstance(keyset, dict):
            self._fail(f"keyset {number} must be a table: {_EXAMPLE}", line)
        if keyset.keys() - set(_FIELDS):
            self._fail(f"keyset {number} has a name other than {', '.join(_FIELDS)}", line)
        for name in _REQUIRED:
            if name not in keyset:
                self._fail(f"keyset {number} has no {name}", line)
        is_managed = keyset.pop("access_manager", False)
        for name, key in keyset.items():
            if problem := _problem_of(key):
                line = self._line(number, count, name)
                self._fail(f"the {name} of keyset {number} {problem}", line)
        line = self._line(number, count, "access_manager")
        if not isinstance(is_managed, bool):
            self._fail(f"the access_manager of keyset {number} must be true or false", line)
        if is_managed and "secret_key" not in keyset:
            self._fail(f"the access_manager of keyset {number} needs its secret_key", line)
        return keyset["subscribe_key"], Keys(
            keyset["publish_key"], keyset.get("secret_key"), is_managed
        )

    def _line(self, number: int, count: int, field: str = "") -> int | None:
        """Return the line of a keyset, or of a field of it; None if that is not plain."""
        if len(self._headers) != count:
            return None
        first = self._headers[number - 1]
        lines = self._lines[first : self._headers[number] - 1 if number < count else None]
        for offset, line in enumerate(lines, 1):
            if field and re.match(rf"\s*[\"']?{field}[\"']?\s*=", line):
                return first + offset
        return first
