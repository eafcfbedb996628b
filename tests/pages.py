"""What a page of the manual shows to be run: its blocks of code in their order."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

ROOT = Path(__file__).parents[1]
_ENDED: Final = "\x1e ended"


class Block(NamedTuple):
    """A fenced block: the word after its fence, what stands in it, and the line it begins at.

    ``file``: the name of the file that it is to be saved as, where the line above says so, or
    empty.
    """

    language: str
    text: str
    line: int
    file: str = ""

    @property
    def is_session(self) -> bool:
        """Whether it has prompts of Python, after which the answers stand."""
        return (
            self.language == "python" and re.search(r"^>>> ", self.text, re.MULTILINE) is not None
        )

    @property
    def is_program(self) -> bool:
        return self.language == "python" and not self.is_session and not self.file


def blocks(text: str) -> Iterator[Block]:
    for found in re.finditer(
        r"(?:\bas\s`([^`\n]+)`:\n\n)?^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE
    ):
        yield Block(found[2], found[3], text.count("\n", 0, found.start(3)) + 1, found[1] or "")


def commands(text: str) -> list[tuple[str, str]]:
    """Each command of a console with the output shown under it.

    A command begins with ``$ `` and goes on in lines that begin with ``> ``.
    """
    found = re.findall(r"^\$ (.*\n(?:> .*\n|>\n)*)((?:(?!\$ ).*\n)*)", text, re.MULTILINE)
    return [(re.sub(r"^> ?", "", command, flags=re.MULTILINE), shown) for command, shown in found]


class Shell:
    """One shell for all commands of a page: ``cd`` and ``$?`` work as for its reader."""

    def __init__(self, folder: Path) -> None:
        here = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env={**os.environ, "PATH": here, "NO_COLOR": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def output_of(self, command: str) -> str:
        """What a command prints, with its errors where they come."""
        keyboard, screen = self._process.stdin, self._process.stdout
        assert keyboard is not None
        assert screen is not None
        # What comes next isn't its input, and finds its status.
        ended = f"ended=$?; printf '{_ENDED}\\n'; (exit $ended)"
        keyboard.write(f"{{ {command}\n}} </dev/null; {ended}\n")
        keyboard.flush()
        printed = ""
        for line in screen:
            printed += line
            if _ENDED in line:
                return printed.partition(_ENDED)[0]
        return f"{printed}(the shell ended)"


def failures(block: Block, page: str, names: dict[str, Any]) -> tuple[str, int]:
    """What a session gave that isn't shown, and how many of its lines were run.

    ``names`` are those of the sessions before it, and has its own afterwards.
    """
    test = doctest.DocTestParser().get_doctest(block.text, {}, page, page, block.line)
    test.globs = names
    report: list[str] = []
    result = doctest.DocTestRunner().run(test, out=report.append, clear_globs=False)
    return "".join(report), result.attempted


def run(text: str, page: str, folder: Path, *, installing: bool = False) -> int:
    """Save and type what a page shows, from top to bottom; how many examples there were.

    ``AssertionError`` for one that gives something else than what is shown. Blocks of ``sh``, of
    which no output is shown, are run by ``installing`` only.
    """
    names: dict[str, Any] = {}
    ran = 0
    with Shell(folder) as shell:
        for block in blocks(text):
            if block.file:
                path = Path(shell.output_of("pwd").rstrip()) / block.file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, encoding="utf-8")
            elif block.language == "console":
                for command, output in commands(block.text):
                    printed = shell.output_of(command)
                    assert printed == output, f"{page}:{block.line}: $ {command}\n{printed}"
                    ran += 1
            elif block.language == "sh" and installing:
                for command in block.text.splitlines():
                    printed = shell.output_of(f"{command} && echo done")
                    assert printed.endswith("done\n"), (command, printed)
            elif block.is_session:
                wrong, attempted = failures(block, page, names)
                assert not wrong, wrong
                ran += attempted
    return ran
