"""Writes the encryption vectors of the client's tests: what each official SDK makes of some texts.

Run ``python tools/encryption_vectors.py``. The SDKs are installed when first needed, as for ``make interop``.
With random vectors each run writes other ones, so this is for when an SDK or a text is added.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "client")]

from tests.client.encryption.peers import PEERS  # noqa: E402

VECTORS: Final = ROOT / "tests" / "client" / "encryption" / "vectors.json"

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


def main() -> None:
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in captured())
    VECTORS.write_text(f"[\n{rows}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
