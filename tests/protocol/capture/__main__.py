"""Records what the official SDKs send and accept, and writes it to ``tests/protocol/captured/``.

``python -m tests.protocol.capture`` writes all files anew, ``--check`` only says whether they would
differ (what is encrypted at random is not compared). The SDKs' environments are those of the
interop tests; nothing leaves this machine.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections.abc import Callable
from pathlib import Path

from tests.interop.environments import Unavailable
from tests.protocol.capture import rows
from tests.protocol.capture.bench import ORIGINS, SDKS, VERSIONS, Bench, benches

FOLDER = Path(__file__).parents[1] / "captured"

#: The files: what makes their rows, and of which SDKs.
FILES: dict[str, tuple[Callable[[list[Bench]], rows.Rows], tuple[str, ...]]] = {
    "requests": (rows.requests, tuple(SDKS)),
    "signatures": (rows.signatures, VERSIONS),
    "answers": (rows.answers, (*VERSIONS, "python 4.8.1 threads")),
    "events": (rows.events, (*VERSIONS, "python 10.8.0 asyncio")),
    "tokens": (rows.tokens, VERSIONS),
    "auth": (rows.authorizations, VERSIONS),
    "encryption": (rows.encryptions, tuple(name for name in SDKS if "tornado" not in name)),
}
#: Whose content is chance, and so never compared.
RANDOM = ("encryption",)


def without_ports(text: str, found: list[Bench]) -> str:
    for bench in found:
        text = text.replace(f"127.0.0.1:{bench.recorder.port}", "127.0.0.1:PORT")
    return text


def lines(found: rows.Rows) -> str:
    return "".join(
        json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in found
    )


def tell_origin() -> None:
    """Say when and of what the files were written."""
    told = {"captured": str(dt.datetime.now(dt.UTC).date()), "sdks": ORIGINS}
    text = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
    (FOLDER / "origin.json").write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.protocol.capture", description=__doc__)
    parser.add_argument("files", nargs="*", help=f"of {', '.join(FILES)}; without any, all")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if any differs")
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.files if name not in FILES]:
        parser.error(f"no such file: {', '.join(unknown)}")
    differing = []
    for name in asked.files or FILES:
        make, sdks = FILES[name]
        try:
            with benches(sdks) as found:
                text = without_ports(lines(make(found)), found)
        except Unavailable as missing:
            print(f"the SDK's environment can't be made: {missing}", file=sys.stderr)
            return 2
        path = FOLDER / f"{name}.ndjson"
        if not asked.check:
            path.write_text(text, encoding="utf-8")
            tell_origin()
            print(f"{path.name}: {text.count(chr(10))} rows, {len(text.encode())} bytes")
        elif name not in RANDOM and path.read_text("utf-8") != text:
            differing.append(path.name)
    print("\n".join(f"{name} differs" for name in differing), end="\n" if differing else "")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
