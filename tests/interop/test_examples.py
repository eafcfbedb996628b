"""The programs for each SDK.

The README and the manual show them, and they do what is said there.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from pnfilter.server import Server, running
from pnfilter.server.run import origin_of
from tests.interop.conftest import give_up
from tests.interop.environments import ROOT, Program, Unavailable
from tests.interop.flavours import PROGRAMS

EXAMPLES = ROOT / "examples"
#: The origin that the programs name: the emulator's own, unless it is told another port.
ORIGIN = origin_of("127.0.0.1", 7635)
SECONDS = 30


def started(driver: str) -> Program:
    """How programs for this SDK are started; the test is given up where they can't be."""
    try:
        return PROGRAMS[driver]()
    except Unavailable as error:
        give_up(error)


def printed(
    program: Program, text: str, file: Path, origin: str, *, given: str = "", **more: str
) -> str:
    """What a program in a ``file`` prints that reads ``given``, in an environment with ``more``."""
    assert text.count(ORIGIN) == 1
    file.write_text(text.replace(ORIGIN, origin), encoding="utf-8")
    packages, beside = program.variables.get("NODE_PATH"), file.with_name("node_modules")
    if packages and not beside.exists():
        # Modules are looked for beside the program, not in NODE_PATH.
        beside.symlink_to(packages)
    run = subprocess.run(
        [program.command[0], file.name],
        cwd=file.parent,
        env={**os.environ, **program.variables, **more},
        input=given,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.slow
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
    program = started(driver)
    text = (EXAMPLES / "emulator" / name).read_text(encoding="utf-8")
    assert f"\n{text}```\n" in (ROOT / "README.md").read_text(encoding="utf-8")
    if driver == "pnclient":
        # What is to be changed in code that was written for 4.8.1.
        text = text.replace("from pubnub.", "from pnclient.")
    assert printed(program, text, tmp_path / name, emulator.origin).splitlines() == [received]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "driver"),
    [
        *(("pnclient", "pnclient"), ("python_sdk", "threads")),
        *(("tornado_sdk", "tornado"), ("javascript_sdk", "node")),
    ],
)
def test_granting_and_reading(folder: str, driver: str, tmp_path: Path) -> None:
    program = started(driver)
    page = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    (keys,) = re.findall(r"^```toml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (expected,) = re.findall(r"^prints[^\n]*\n\n```\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    file = tmp_path / "keys.toml"
    file.write_text(keys)
    with running(keys=file) as server:

        def run(name: str, given: str = "", **more: str) -> str:
            (path,) = (EXAMPLES / "access" / folder).glob(f"{name}.*")
            text = path.read_text(encoding="utf-8")
            return printed(program, text, tmp_path / path.name, server.origin, given=given, **more)

        token = run("granting", SECRET_KEY="sec-demo")
        told = run("reading", token)
    if driver == "node":
        told = told.replace("[ ", "[").replace(" ]", "]")
    assert told == expected
    assert "sec-demo" not in f"{token}{told}"
