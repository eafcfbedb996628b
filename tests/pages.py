"""What a page of the manual shows to be run: its blocks of code in their order."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]


class Block(NamedTuple):
    """A fenced block: the word after its fence, what stands in it, and the line it begins at."""

    language: str
    text: str
    line: int

    @property
    def is_session(self) -> bool:
        """Whether it has prompts of Python, after which the answers stand."""
        return (
            self.language == "python" and re.search(r"^>>> ", self.text, re.MULTILINE) is not None
        )

    @property
    def is_program(self) -> bool:
        return self.language == "python" and not self.is_session


def blocks(text: str) -> Iterator[Block]:
    for found in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        yield Block(found[1], found[2], text.count("\n", 0, found.start(2)) + 1)


def commands(text: str) -> list[tuple[str, str]]:
    """Each command of a console with the output shown under it.

    A command begins with ``$ `` and goes on in lines that begin with ``> ``.
    """
    found = re.findall(r"^\$ (.*\n(?:> .*\n|>\n)*)((?:(?!\$ ).*\n)*)", text, re.MULTILINE)
    return [(re.sub(r"^> ?", "", command, flags=re.MULTILINE), shown) for command, shown in found]


def output_of(command: str, folder: Path) -> str:
    """What a command prints in a folder, with its errors where they come."""
    here = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env={**os.environ, "PATH": here, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return run.stdout


def failures(block: Block, page: str, names: dict[str, Any]) -> tuple[str, int]:
    """What a session gave that isn't shown, and how many of its lines were run.

    ``names`` are those of the sessions before it, and has its own afterwards.
    """
    test = doctest.DocTestParser().get_doctest(block.text, {}, page, page, block.line)
    test.globs = names
    report: list[str] = []
    result = doctest.DocTestRunner().run(test, out=report.append, clear_globs=False)
    return "".join(report), result.attempted
