"""Keys: which of them the emulator serves, and the file that they are read from."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn, Self

from pnfilter.server.settings import MAX_KEYSETS, MAX_NAME

#: Bytes of the file with the keys.
MAX_KEYS_FILE: Final = 1024 * 1024

_FIELDS: Final = ("subscribe_key", "publish_key", "secret_key")
_REQUIRED: Final = ("subscribe_key", "publish_key")
_EXAMPLE: Final = '[[keyset]] with subscribe_key = "…" and publish_key = "…"'


class Keyring:
    """The keys that are served: a publish key for each subscribe key. Without any, every key is.

    ``ValueError`` for keys that no request could name. No message or ``repr`` shows a key.
    """

    def __init__(self, publish_keys: Mapping[str, str] | None = None) -> None:
        if publish_keys is not None:
            if not 1 <= len(publish_keys) <= MAX_KEYSETS:
                raise ValueError(
                    f"there are 1 to {MAX_KEYSETS:,} keysets, not {len(publish_keys):,}"
                )
            for key in (*publish_keys, *publish_keys.values()):
                if problem := _problem_of(key):
                    raise ValueError(f"a key {problem}")
        self._publish_keys = None if publish_keys is None else dict(publish_keys)
        #: Whether others than the owner can read the file that the keys are from.
        self.is_exposed = False

    def __repr__(self) -> str:
        return (
            f"<Keyring of {'any key' if self._publish_keys is None else len(self._publish_keys)}>"
        )

    @classmethod
    def read(cls, path: Path) -> Self:
        """The keys in a TOML file, which has a table ``[[keyset]]`` for each keyset.

        It holds ``subscribe_key``, ``publish_key`` and perhaps ``secret_key``. ``OSError`` where it can't be read; ``ValueError`` with the place, and nothing of the
        content, where it holds anything else.
        """
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(MAX_KEYS_FILE + 1)
        keyring = cls(_KeysFile(path, content).publish_keys())
        keyring.is_exposed = os.name == "posix" and stat.S_ISREG(mode) and bool(mode & 0o077)
        return keyring

    @property
    def serves_any(self) -> bool:
        """Whether every key works."""
        return self._publish_keys is None

    def serves(self, subscribe_key: str) -> bool:
        """Whether a subscribe key is known."""
        return self._publish_keys is None or subscribe_key in self._publish_keys

    def may_publish(self, publish_key: str, subscribe_key: str) -> bool:
        """Whether a publish key belongs to a subscribe key."""
        return self._publish_keys is None or self._publish_keys[subscribe_key] == publish_key


def _problem_of(key: Any) -> str:
    """Why a value is no key, as the end of a sentence; empty for a key."""
    if not isinstance(key, str):
        return "is a text in quotes"
    if not key:
        return "is empty"
    if not key.isascii() or not key.isprintable() or " " in key or "/" in key:
        return "has characters of ASCII only, no blanks and no slashes"
    if len(key) > MAX_NAME:
        return f"has at most {MAX_NAME:,} characters"
    return ""


class _KeysFile:
    """The content of a file with keys; a mistake is told by its place alone."""

    def __init__(self, path: Path, content: bytes) -> None:
        self._path = path
        if len(content) > MAX_KEYS_FILE:
            self._fail(f"has more than {MAX_KEYS_FILE:,} bytes")
        try:
            # Some editors begin a file with a mark.
            self._text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise ValueError(f"{path}:{line}: is no UTF-8") from None
        # As lines go, the n-th header begins the n-th keyset, unless they are written another way.
        self._headers = [
            number
            for number, line in enumerate(self._text.splitlines(), 1)
            if re.match(r"\s*\[\[\s*keyset\s*\]\]", line)
        ]

    def _fail(self, problem: str, line: int | None = None) -> NoReturn:
        place = str(self._path) if line is None else f"{self._path}:{line}"
        raise ValueError(f"{place}: {problem}")

    def publish_keys(self) -> dict[str, str]:
        try:
            content = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            # The message may quote what stands there.
            found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
            place = f":{found[1]}:{found[2]}" if found else ""
            raise ValueError(
                f"{self._path}{place}: is no TOML {'here' if found else 'at its end'}"
            ) from None
        keysets = content.pop("keyset", None)
        if content:
            self._fail(f"holds something other than keysets; it is written {_EXAMPLE}")
        if not isinstance(keysets, list) or not keysets:
            self._fail(f"holds no keyset; one is written {_EXAMPLE}")
        if len(keysets) > MAX_KEYSETS:
            self._fail(f"holds more than {MAX_KEYSETS:,} keysets")
        keys: dict[str, str] = {}
        for number, keyset in enumerate(keysets, 1):
            subscribe_key, publish_key = self._keys(number, len(keysets), keyset)
            if subscribe_key in keys:
                line = self._line(number, len(keysets), "subscribe_key")
                self._fail(f"keyset {number} has the subscribe_key of an earlier one", line)
            keys[subscribe_key] = publish_key
        return keys

    def _keys(self, number: int, count: int, keyset: Any) -> tuple[str, str]:
        line = self._line(number, count)
        if not isinstance(keyset, dict):
            self._fail(f"keyset {number} is no table; one is written {_EXAMPLE}", line)
        if keyset.keys() - set(_FIELDS):
            self._fail(f"keyset {number} has a name other than {', '.join(_FIELDS)}", line)
        for field in _REQUIRED:
            if field not in keyset:
                self._fail(f"keyset {number} has no {field}", line)
        for field, key in keyset.items():
            if problem := _problem_of(key):
                line = self._line(number, count, field)
                self._fail(f"the {field} of keyset {number} {problem}", line)
        return keyset["subscribe_key"], keyset["publish_key"]

    def _line(self, number: int, count: int, field: str = "") -> int | None:
        """The line of a keyset, or of a field of it; None where that is not plain."""
        if len(self._headers) != count:
            return None
        first = self._headers[number - 1]
        lines = self._text.splitlines()[
            first : self._headers[number] - 1 if number < count else None
        ]
        for offset, line in enumerate(lines, 1):
            if field and re.match(rf"\s*[\"']?{field}[\"']?\s*=", line):
                return first + offset
        return first
