"""Contents of files for encryption: of common formats, around the size of a block, and noise."""

from __future__ import annotations

import hashlib
import struct
import zlib

#: What is like random bytes, and the same each time.
NOISE = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(64))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"".join(b"\0" + NOISE[at : at + 8] for at in range(8))))
    + _chunk(b"IEND", b"")
)
PDF = (
    b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)

#: Files that are known by how they begin.
KNOWN = {
    "one character": b"x",
    "less than a block": b"fifteen letters",
    "a block": b"sixteen letters:",
    "two blocks": b"thirty-two letters and no more..",
    "ASCII": b"the beginning of a text\nand its end\n",
    "UTF-8": "ü 🎉 привет, 世界: \u201cq\u201d".encode(),
    "UTF-16": "\ufeffhello".encode("utf-16-le"),
    "JSON": b'{"name": "Bob", "numbers": [1, 2, 3]}',
    "PNG": PNG,
    "PDF": PDF,
    "JPEG": bytes.fromhex("ffd8ffe000104a46494600010100004800480000") + NOISE[:64],
    "ZIP": b"PK\x03\x04\x14\0\0\0\x08\0" + NOISE[:40],
    "gzip": b"\x1f\x8b\x08\0" + NOISE[:40],
    "MP4": b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + NOISE[:40],
    "zeros": bytes(40),
    "numbers": bytes(range(256)),
}
EMPTY = {"empty": b""}
UNKNOWN = {"noise": NOISE[:100], "noise, whole blocks": NOISE[:64]}
CONTENTS = {**EMPTY, **KNOWN, **UNKNOWN}
#: Not recorded: as large as files may be by default, encrypted.
LARGE = {"large": PNG + NOISE * 2_500}
