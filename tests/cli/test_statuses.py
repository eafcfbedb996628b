"""Exit statuses: the same error ends every command alike, as the docs' table has it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from pnfilter.cli.parser import COMMANDS

from .conftest import Command
from .test_main import ENVIRONMENT, PROGRAM, interrupted

COMMAND_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
INVALID = "meta.a =="

#: For each error, what brings it about in each command; None where a command can't have it.
Rows = Mapping[str, "list[str] | None"]

INVALID_FILTER: Rows = {
    "check": ["-e", INVALID],
    "rule": None,
    "extract": None,
    "fmt": ["-e", INVALID],
    "explain": [INVALID, "-m", "{}"],
    "fields": [INVALID],
    "ast": [INVALID],
    "encode": [INVALID],
    "sql": [INVALID],
    "compile": [INVALID],
    "grep": [INVALID, "m.ndjson"],
    "diff": [INVALID, "meta.a", "m.ndjson"],
    "route": ["--filters", "bad.filters", "m.ndjson"],
    "test": ["bad-cases.json"],
    "infer": None,
    "probe": None,
    "tail": ["a", "--filter", INVALID],
    "replay": None,
    "verify": [INVALID, "--recording", "m.ndjson"],
    "demo": None,
    "serve": None,
    # The page shows what is wrong with it.
    "playground": None,
    "completion": None,
}
MISSING_FILE: Rows = {
    "check": ["none.filters"],
    "rule": None,
    "extract": ["none"],
    "fmt": ["none.filters"],
    "explain": ["meta.a", "none"],
    "fields": None,
    "ast": None,
    "encode": None,
    "sql": None,
    "compile": None,
    "grep": ["meta.a", "m.ndjson", "none"],
    "diff": ["meta.a", "meta.b", "none"],
    "route": ["--filters", "good.filters", "none"],
    "test": ["none"],
    "infer": ["m.ndjson", "none"],
    "probe": None,
    "tail": None,
    "replay": ["none", "--origin", "127.0.0.1:9"],
    "verify": ["meta.a", "--recording", "none"],
    "demo": None,
    "serve": ["--keys", "none"],
    "playground": ["none"],
    "completion": None,
}
UNREADABLE_MESSAGE: Rows = {
    **dict.fromkeys(COMMANDS),
    "check": ["-e", "meta.a == 1", "--messages", "bad.ndjson"],
    "explain": ["meta.a", "bad.ndjson"],
    "grep": ["meta.a", "bad.ndjson"],
    "diff": ["meta.a", "meta.b", "bad.ndjson"],
    "route": ["--filters", "good.filters", "bad.ndjson"],
    "test": ["bad.ndjson"],
    "infer": ["bad.ndjson"],
    # Nothing is published: the messages have no channel.
    "replay": ["bad.ndjson", "--origin", "127.0.0.1:9"],
    "verify": ["meta.a", "--recording", "bad.ndjson", "--delivered", "m.ndjson"],
}
BAD_OPTION: Rows = {command: ["--no-such-option"] for command in COMMANDS}
BAD_SETTINGS: Rows = {
    **dict.fromkeys(COMMANDS),
    "check": ["."],
    "extract": ["."],
    "fmt": ["--check", "."],
}
#: What makes each command print something, and leaves the rest as it is.
PRINTING: Rows = {
    "check": ["-e", "such=wow"],
    "rule": ["W403"],
    "extract": ["a.py"],
    "fmt": ["-e", "meta.a==1"],
    "explain": ["meta.a", "-m", "{}"],
    "fields": ["meta.a"],
    "ast": ["meta.a"],
    "encode": ["meta.a"],
    "sql": ["meta.a"],
    "compile": ["meta.a"],
    "grep": ["-c", "meta.a", "m.ndjson"],
    "diff": ["-c", "meta.a", "meta.b", "m.ndjson"],
    "route": ["--all", "--filters", "good.filters", "m.ndjson"],
    "test": ["failing-cases.json"],
    "infer": ["m.ndjson"],
    "probe": [],
    # Its summary goes to standard error.
    # They wait for messages; their summaries go to standard error.
    "tail": None,
    "replay": None,
    "verify": ["meta.a", "--recording", "m.ndjson", "--delivered", "m.ndjson"],
    "demo": [],
    # It prints nothing but its log.
    "serve": None,
    "playground": ["--no-open", "--port", "0"],
    "completion": ["bash"],
}
#: By the table's row, where each error comes from, and the status.
ERRORS: dict[str, tuple[Rows, int]] = {
    "An invalid filter": (INVALID_FILTER, 2),
    "An unknown option": (BAD_OPTION, 2),
    "A file or folder": (MISSING_FILE, 2),
    "A message": (UNREADABLE_MESSAGE, 2),
    "Bad settings": (BAD_SETTINGS, 2),
}
#: A module that each command imports when it runs.
IMPORTED = {
    "check": "pnfilter.cli.reports",
    "rule": "pnfilter.lint.table",
    "extract": "pnfilter.cli.codebase",
    "fmt": "pnfilter.lint.fix",
    "explain": "pnfilter.filters",
    "fields": "pnfilter.filters",
    "ast": "pnfilter.syntax.outline",
    "encode": "pnfilter.lint.rules.precedence",
    "sql": "pnfilter.engines.sql",
    "compile": "pnfilter.compiler.listing",
    "grep": "pnfilter.scanning.search",
    "diff": "pnfilter.cli.diff",
    "route": "pnfilter.index.filter_set",
    "test": "pnfilter.cases",
    "infer": "pnfilter.inference",
    "probe": "pnfilter.probe.planning",
    "tail": "pnfilter.live.connection",
    "replay": "pnfilter.live.connection",
    "verify": "pnfilter.live.comparison",
    "demo": "pnfilter.input.reader",
    "serve": "pnfilter.server.app",
    "playground": "pnfilter.server.app",
    "completion": "pnfilter.cli.completion",
}


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.ndjson").write_text('{"data": 1, "meta": {"a": 1}}\n')
    Path("bad.ndjson").write_text('{"data": 1, "meta": {"a": 1}}\n{"data":\n')
    Path("good.filters").write_text("meta.a == 1\n")
    Path("bad.filters").write_text(f"meta.a == 1\n{INVALID}\n")
    Path("a.py").write_text('pubnub.set_filter_expression("meta.a == 1")\n')
    case = '{"message": {"data": 1, "meta": {"a": 1}}, "verdict": "NO_MATCH"}'
    Path("failing-cases.json").write_text(f'{{"filter": "meta.a == 1", "cases": [{case}]}}')
    Path("bad-cases.json").write_text(f'{{"filter": "{INVALID}", "cases": [{case}]}}')


def documented() -> dict[str, int]:
    """The statuses of errors in the docs' table."""
    table = COMMAND_PAGE.read_text().partition("| Error | Status |")[2].partition("\n\n")[0]
    return {row: int(status) for row, status in re.findall(r"(?m)^\| (.+) \| (\d+) \|$", table)}


def test_the_table_has_these_errors() -> None:
    table = documented()
    for error, (_, status) in ERRORS.items():
        (found,) = (number for row, number in table.items() if row.startswith(error))
        assert found == status, error
    starts = {row[:10]: status for row, status in table.items()}
    assert (starts["Ctrl-C (`s"], starts["The reader"]) == (130, 141)


@pytest.mark.parametrize(
    "rows", [*(rows for rows, _ in ERRORS.values()), PRINTING, IMPORTED], ids=range(7)
)
def test_each_command_has_its_row(rows: Rows) -> None:
    assert list(rows) == list(COMMANDS)


@pytest.mark.parametrize("error", ERRORS)
def test_the_same_error_has_the_same_status(pn: Command, error: str) -> None:
    rows, status = ERRORS[error]
    if error == "Bad settings":
        Path("pyproject.toml").write_text("[tool.pnfilter]\nno-such-setting = 1\n")
    for command, arguments in rows.items():
        if arguments is None:
            continue
        ended = pn(command, *arguments)
        expected = 1 if (command, error) == ("check", "An invalid filter") else status
        assert ended.status == expected, (command, ended.err)
        assert ended.err, command
        assert "Traceback" not in ended.err


@pytest.mark.sliced(3)
@pytest.mark.parametrize("command", [name for name, words in PRINTING.items() if words is not None])
def test_a_reader_that_has_gone(command: str) -> None:
    source, sink = os.pipe()
    os.close(source)
    words = PRINTING[command]
    assert words is not None
    ended = subprocess.run(
        [*PROGRAM, command, *words],
        stdin=subprocess.DEVNULL,
        stdout=sink,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
        check=False,
    )
    os.close(sink)
    assert (ended.returncode, b"Traceback" in ended.stderr) == (141, False)


@pytest.mark.sliced(3)
@pytest.mark.parametrize("command", COMMANDS)
def test_control_c_before_a_command_is_done(command: str) -> None:
    preparation = f"""
import signal, sys
class Finder:
    @staticmethod
    def find_spec(name, path, target=None):
        if name == {IMPORTED[command]!r}:
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Finder)"""
    words = PRINTING[command]
    if words is None:
        words = ["m.ndjson"] if command in {"tail", "replay"} else ["--port", "0"]
    assert interrupted(preparation, command, *words) == (130, b"")
