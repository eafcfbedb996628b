"""Random command lines: whatever is written, an exit status that the docs list, and no traceback.

The options are those of the parsers, so that a new one is tried, too. Nothing that runs until it is
stopped is started: ``serve`` and ``playground`` get ``--help`` or an option that they don't have.
"""

from __future__ import annotations

import argparse
import random
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pnfilter.cli.dispatch import LASTING
from pnfilter.cli.parser import COMMANDS, build_parser

from .conftest import Command

#: What a command may end with, apart from Ctrl-C and a reader that has gone.
STATUSES = {0, 1, 2}
#: Seconds that any of these lines may take.
MAX_SECONDS = 10
#: These wait for more.
ENDLESS = {"--follow", "--watch"}
FILTERS = [
    "data.mag > 5",
    "meta.a == 'x' && data.b LIKE 'y*'",
    "such=wow",
    "meta.a ==",
    "a{'b'} == 1",
    "-data.x > 1",
    "{'a': 1}",
    "((((",
    "'",
    "",
    " ",
    "x" * 5_000,
    "(" * 3_000,
    "data.\u200ba == “é”",
    "\udc80",
    "a\nb",
]
VALUES = [
    "-",
    "--",
    "0",
    "1",
    "-1",
    "2.5",
    "nan",
    "inf",
    "1e400",
    "9" * 30,
    "9" * 5_000,
    "٣",
    "a.b",
    "data.mag",
    "E202",
    "W",
    "all",
    "json",
    "é\u202e",
    "$HOME",
    "~",
    "a=b",
    "=",
    ",",
    "*.py",
    "[",
    "{}",
    '{"data": 1, "meta": {"a": 1}}',
    "[1,",
    "null",
]
FILES: dict[str, bytes] = {
    "m.ndjson": b'{"data": {"mag": 6}, "meta": {"a": "x"}}\n{"data": 1}\n',
    "m.json": b'[{"data": {"mag": 6}}, {"data": null, "meta": 1}]',
    "bad.ndjson": b'{"data":\n\x00\n',
    "binary": bytes(range(256)) * 20,
    "utf16": "data.a > 1".encode("utf-16"),
    "empty": b"",
    "good.filters": b"meta.a == 1\n# comment\ndata.mag > 5\n",
    "bad.filters": b"meta.a ==\n\xff\xfe\nsuch=wow\n",
    "a.py": b'pubnub.set_filter_expression("meta.a = 1")\n',
    "cases.json": b'{"filter": "meta.a == 1", "cases": []}',
    "schema.json": b'{"type": "object", "properties": {"data": {"type": "object"}}}',
    "deep.json": b"[" * 5_000,
    "-n": b"meta.a\n",
    "sub/b.js": b'pubnub.setFilterExpression("meta.a === 1");\n',
}
NAMES = [*FILES, ".", "sub", "sub/", "none", "none/none", "m.ndjson/x", "loop", "n" * 400]


@pytest.fixture
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sub").mkdir()
    Path("loop").symlink_to("loop")


def _write_files() -> None:
    # What a command has written since is put right.
    for name, content in FILES.items():
        path = Path(name)
        if path.is_dir() or not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)


def _options(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [
        action
        for action in parser._actions
        if action.option_strings and not ENDLESS.intersection(action.option_strings)
    ]


class _Lines:
    """Command lines at random: the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        _, commands = build_parser()
        self.options = {name: _options(parser) for name, parser in commands.choices.items()}

    def word(self) -> str:
        kinds = [FILTERS, FILTERS, VALUES, NAMES, NAMES]
        return self.random.choice(self.random.choice(kinds))

    def mangled(self, option: str) -> str:
        """An option with a letter more, less or changed."""
        at = self.random.randrange(len(option))
        return option[:at] + self.random.choice(["", "x", "-", "=", "é"]) + option[at + 1 :]

    def option(self, command: str) -> Iterator[str]:
        action = self.random.choice(self.options[command])
        name = self.random.choice(action.option_strings)
        if self.random.random() < 0.06:
            yield self.mangled(name)
            return
        count = 0 if action.nargs == 0 else action.nargs if isinstance(action.nargs, int) else 1
        if self.random.random() < 0.05:
            count = 1 - min(count, 1)
        choices = [str(each) for each in action.choices or ()]
        values = [
            self.random.choice(choices) if choices and self.random.random() < 0.7 else self.word()
            for _ in range(count)
        ]
        if len(values) == 1 and self.random.random() < 0.3:
            yield f"{name}={values[0]}" if name[1] == "-" else f"{name}{values[0]}"
        else:
            yield from (name, *values)

    def line(self) -> list[str]:
        if self.random.random() < 0.05:
            return [self.word() for _ in range(self.random.randint(0, 3))]
        command = self.random.choice(list(COMMANDS))
        if command in LASTING:
            return [command, *self.random.choice([["--help"], ["--no-such-option"], ["--port"]])]
        line: list[str] = []
        for _ in range(self.random.randint(0, 5)):
            if self.random.random() < 0.5:
                line += self.option(command)
            else:
                line.append(self.word())
        if ENDLESS.intersection(line):
            return [command, "--help"]
        return ["help", command] if self.random.random() < 0.02 else [command, *line]


def _run(pn: Command, seed: int, count: int) -> None:
    lines = _Lines(seed)
    for _ in range(count):
        _write_files()
        line = lines.line()
        shown = shlex.join(line)[:500]
        stdin = lines.random.choice([*FILES.values(), b"data.mag > 5\n"])
        start = time.monotonic()
        try:
            ended = pn(*line, stdin=stdin)
        except BaseException as error:
            raise AssertionError(f"{type(error).__name__}: {error}: pnfilter {shown!r}") from error
        assert time.monotonic() - start < MAX_SECONDS, shown
        assert ended.status in STATUSES, (shown, ended.err)
        assert "Traceback" not in ended.out + ended.err, (shown, ended.err)
        is_silent = bool({"-s", "--no-messages"}.intersection(line)) or "grep" in line[:1]
        assert ended.status != 2 or ended.err or is_silent, f"misuse is explained: {shown}"


@pytest.mark.usefixtures("_files")
def test_random_command_lines(pn: Command) -> None:
    _run(pn, 1, 300)


@pytest.mark.slow
@pytest.mark.usefixtures("_files")
@pytest.mark.parametrize("seed", range(10, 20))
def test_many_random_command_lines(pn: Command, seed: int) -> None:
    _run(pn, seed, 500)
