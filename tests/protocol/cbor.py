"""Reads as much CBOR (RFC 8949) as tokens have. For the tests: it trusts its input."""

from __future__ import annotations

import struct
from typing import Any


class Reader:
    """Reads one value after the other. Bytes and what is like them are told as in ``trials.py``."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def _take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        assert len(taken) == count, "the value ends early"
        self._at += count
        return taken

    def value(self) -> Any:
        first = self._take(1)[0]
        kind, short = first >> 5, first & 31
        if first in (0xF4, 0xF5, 0xF6):
            return {0xF4: False, 0xF5: True, 0xF6: None}[first]
        if first == 0xFB:
            return struct.unpack(">d", self._take(8))[0]
        number = short if short < 24 else int.from_bytes(self._take(1 << (short - 24)))
        match kind:
            case 0:
                return number
            case 1:
                return -1 - number
            case 2:
                return _told(self._take(number))
            case 3:
                return self._take(number).decode()
            case 4:
                return [self.value() for _ in range(number)]
            case 5:
                return {self.value(): self.value() for _ in range(number)}
        raise AssertionError(f"not in tokens: {first:#x}")

    def ended(self) -> bool:
        return self._at == len(self._data)


def _told(data: bytes) -> str:
    return f"b:{data.decode()}" if data.isascii() and data.isalpha() else f"x:{data.hex()}"
