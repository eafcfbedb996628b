"""What the manual and the README show of the client is run, and gives what is shown."""

from __future__ import annotations

import asyncio
import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pnclient.pubnub_tornado import PubNubTornado
from pnfilter.server import Server
from tests.client.conftest import configured
from tests.client.connections.listening import answer, answering, listening

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAM = (ROOT / "examples" / "client" / "quakes.py").read_text(encoding="utf-8")
ORIGIN = "127.0.0.1:7635"


def test_the_manuals_session(emulator: Server) -> None:
    assert MANUAL.count(ORIGIN) == 1
    manual = MANUAL.replace(ORIGIN, emulator.origin)
    blocks = re.findall(r"^```python\n(.*?)^```$", manual, re.DOTALL | re.MULTILINE)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "client.md", "client.md", 0)
    report: list[str] = []
    result = doctest.DocTestRunner().run(test, out=report.append, clear_globs=False)
    assert result.attempted >= 15
    assert not result.failed, "".join(report)

    async def grant() -> None:
        granted = answer(b'{"data": {"token": "p0F2"}}')
        async with listening(answering(granted)) as server:
            config = configured(server.origin)
            config.secret_key = "sec"
            async with PubNubTornado(config) as pubnub:
                assert await test.globs["lent"](pubnub, "ann") == "p0F2"
            assert server.request_lines[0].startswith("POST /v3/pam/sub/grant?")

    asyncio.run(grant())


def test_the_program_of_the_readme(emulator: Server) -> None:
    assert f"\n{PROGRAM}```\n" in README
    assert PROGRAM.count(ORIGIN) == 1
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM.replace(ORIGIN, emulator.origin)],
        env={"PYTHONPATH": str(ROOT / "client")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (run.stdout, run.stderr, run.returncode) == ("received {'mag': 6}\n", "", 0)


@pytest.mark.parametrize("page", ["client.md", "migration.md"])
def test_pages_that_are_linked_are_there(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)", text)
    assert links
    assert not [link for link in links if not (ROOT / "docs" / link).is_file()]
