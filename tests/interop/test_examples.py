"""The program for each official SDK: the README shows it, and it does what is said there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pnfilter.server import Server
from pnfilter.server.serving import origin_of
from tests.interop.conftest import give_up
from tests.interop.environments import ROOT, Unavailable
from tests.interop.flavours import PROGRAMS

EXAMPLES = ROOT / "examples" / "emulator"
#: The origin that the programs name: the emulator's own, unless it is told another port.
ORIGIN = origin_of("127.0.0.1", 7635)
SECONDS = 30


@pytest.mark.parametrize(
    ("name", "driver", "received"),
    [
        ("python_sdk.py", "threads", "received {'mag': 6}"),
        ("tornado_sdk.py", "tornado", "received {'mag': 6}"),
        ("tornado_sdk.py", "pnclient", "received {'mag': 6}"),
        ("javascript_sdk.mjs", "node", "received { mag: 6 }"),
    ],
)
def test_example(name: str, driver: str, received: str, emulator: Server, tmp_path: Path) -> None:
    try:
        program = PROGRAMS[driver]()
    except Unavailable as error:
        give_up(error)
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    assert f"\n{text}```\n" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.count(ORIGIN) == 1
    text = text.replace(ORIGIN, emulator.origin)
    if driver == "pnclient":
        # What is to be changed in code that was written for 4.8.1.
        text = text.replace("from pubnub.", "from pnclient.")
    (tmp_path / name).write_text(text, encoding="utf-8")
    packages = program.variables.get("NODE_PATH")
    if packages:
        # Modules are looked for beside the program, not in NODE_PATH.
        (tmp_path / "node_modules").symlink_to(packages)
    run = subprocess.run(
        [program.command[0], name],
        cwd=tmp_path,
        env={**os.environ, **program.variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (run.stdout.splitlines(), run.returncode) == ([received], 0), run.stderr
