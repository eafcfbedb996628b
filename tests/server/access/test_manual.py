"""What docs/access.md shows is run, and gives what is shown."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

from pnfilter.server import running

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "access.md").read_text("utf-8")
EXAMPLES = ROOT / "examples" / "access"
ORIGIN = "127.0.0.1:7635"


def shown(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_session() -> None:
    text = "\n".join(shown("python"))
    test = doctest.DocTestParser().get_doctest(text, {}, "access.md", "access.md", 0)
    report: list[str] = []
    result = doctest.DocTestRunner().run(test, out=report.append)
    assert result.attempted > 10
    assert not result.failed, "".join(report)


def test_the_two_programs(tmp_path: Path) -> None:
    (keys,) = shown("toml")
    file = tmp_path / "keys.toml"
    file.write_text(keys)

    def run(name: str, given: str = "") -> str:
        program = (EXAMPLES / name).read_text("utf-8")
        assert program.count(ORIGIN) == 1
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program.replace(ORIGIN, server.origin)],
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'client'}", "SECRET_KEY": "sec-demo"},
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.stderr, done.returncode) == ("", 0)
        return done.stdout

    with running(keys=file) as server:
        told = run("reading.py", run("granting.py"))
    assert f"\nprints\n\n```\n{told}```\n" in PAGE
    assert "sec-demo" not in told
