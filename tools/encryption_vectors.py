"""Write the encryption vectors of the client's tests: texts and files by each official SDK.

Run ``python tools/encryption_vectors.py``. The SDKs are installed when first needed, as for ``make
interop``. With random vectors each run writes other ones, so this is for when an SDK or a text is
added. Files are also encrypted with further versions of the Python SDK, which must be installed
already: ``python tools/encryption_vectors.py 5.5.0=venv5/bin/python 7.4.4=venv7/bin/python``.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "client")]

from tests.client.encryption.ciphers import RANDOM, STATIC  # noqa: E402
from tests.client.encryption.contents import CONTENTS  # noqa: E402
from tests.client.encryption.peers import FILE_CRYPTO, PEERS, Peer  # noqa: E402
from tests.interop.environments import Program  # noqa: E402

FOLDER: Final = ROOT / "tests" / "client" / "encryption"
VECTORS: Final = FOLDER / "vectors.json"
FILES: Final = FOLDER / "files.json"
#: A key beyond ASCII: SDKs encode it as UTF-8.
FILE_KEY: Final = "Schlüssel 🔑"

#: Around the size of a block, of each kind of JSON, and keys in several scripts and lengths.
CASES: Final = [
    ("enigma", '"hello"'),
    ("enigma", '{"k": 1}'),
    ("enigma", "{}"),
    ("enigma", "null"),
    ("enigma", "-12.5e3"),
    ("enigma", '"fourteen chars"'),
    ("enigma", '"thirteen chr"'),
    ("enigma", '"fifteen of them"'),
    ("enigma", '[1, null, {"deep": [true, false]}]'),
    ("enigma", '{"text":"ü 🎉 \\"q\\" \\u00fc \\\\ /"}'),
    ("enigma", json.dumps(["some words of a longer payload"] * 30)),
    ("k", '"the shortest key"'),
    ("Schlüssel 🔑", '"a key beyond ASCII"'),
    ("0123456789" * 10, '"a key longer than a hash"'),
]


def captured() -> list[dict[str, Any]]:
    found = []
    for peer in PEERS.values():
        requests = [
            {"with": name, "layout": layout, "key": key, "text": text}
            for layout, names in peer.classes.items()
            for name in names
            for key, text in CASES
        ]
        for request, answer in zip(requests, peer.ask(requests), strict=True):
            found.append({"origin": peer.title, **request, "encrypted": answer["encrypted"]})
    return found


def captured_files(peers: list[Peer]) -> list[dict[str, Any]]:
    found = []
    for peer in peers:
        cases = [
            (kind, layout, name)
            for kind in peer.file_classes
            for layout in (STATIC, RANDOM)
            for name in CONTENTS
        ]
        requests = [
            {"with": kind, "layout": layout, "key": FILE_KEY, "file": _base64(CONTENTS[name])}
            for kind, layout, name in cases
        ]
        for (kind, layout, name), answer in zip(cases, peer.ask(requests), strict=True):
            # Most refuse to encrypt an empty file.
            if "encrypted" in answer:
                row = {"origin": peer.title, "with": kind, "configured": layout, "key": FILE_KEY}
                found.append({**row, "content": name, "encrypted": answer["encrypted"]})
    return found


def further_peer(argument: str) -> Peer:
    """A version of the Python SDK in an environment that is there: ``VERSION=PYTHON``."""
    version, _, python = argument.partition("=")
    major, minor, *_ = map(int, version.split("."))
    modules = ("LegacyCryptoModule", "AesCbcCryptoModule") if (major, minor) >= (7, 3) else ()
    title = f"pubnub {version} (PyPI)"
    return Peer(title, lambda: Program([python], {}), "peer.py", {}, (FILE_CRYPTO, *modules))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def write(path: Path, found: list[dict[str, Any]]) -> None:
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in found)
    path.write_text(f"[\n{rows}\n]\n", encoding="utf-8")


def main(further: list[str]) -> None:
    write(VECTORS, captured())
    write(FILES, captured_files([*PEERS.values(), *map(further_peer, further)]))


if __name__ == "__main__":
    main(sys.argv[1:])
