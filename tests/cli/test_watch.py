"""``check --watch``: what makes it look again, what it refuses, how it ends."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pnfilter.cli import main, watch

from .conftest import Command
from .test_main import ENVIRONMENT, PROGRAM

#: Changes one after the other; Ctrl-C comes after the last.
Watch = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def watched(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Watch:
    """Runs the command; returns its status, and what each run printed on either stream."""
    monkeypatch.chdir(tmp_path)

    def run(arguments: str, *changes: Callable[[], object]) -> tuple[int, list[str]]:
        pending = iter(changes)

        def sleep(seconds: float) -> None:
            if seconds == watch.SETTLE:
                return
            change = next(pending, None)
            if change is None:
                raise KeyboardInterrupt
            change()

        monkeypatch.setattr(time, "sleep", sleep)
        status = main(["check", "--watch", *arguments.split()])
        out, err = capsys.readouterr()
        return status, [*out.split("\n\n"), *err.splitlines()]

    return run


def test_a_change_is_checked(watched: Watch) -> None:
    file = Path("f.filters")
    file.write_text("meta.a == 1\n")
    status, printed = watched(
        "--format concise f.filters",
        lambda: None,
        lambda: file.write_text("meta.a ==\n"),
        file.unlink,
        lambda: file.write_text("meta.a == 12\n"),
    )
    assert status == 130
    assert printed == [
        "f.filters:1:8: E212 `==` has nothing on its right\n",
        "1 filter checked: no problems",
        "watching 1 file (Ctrl-C ends)",
        "1 filter checked: 1 error",
        "watching 1 file (Ctrl-C ends)",
        "pnfilter: f.filters: no such file or directory",
        "no filter checked; 1 input could not be read",
        "watching 0 files (Ctrl-C ends)",
        "1 filter checked: no problems",
        "watching 1 file (Ctrl-C ends)",
    ]


def test_folders_and_what_options_name(watched: Watch) -> None:
    Path("src").mkdir()
    code, more = Path("src/a.py"), Path("src/more.filters")
    code.write_text('pubnub.set_filter_expression("meta.a == 1")\n')
    samples = Path("m.ndjson")
    samples.write_text('{"data": 1, "meta": {"a": 1}}\n{"data": 1, "meta": {"a": 2}}\n')
    status, printed = watched(
        "src --messages m.ndjson",
        lambda: Path("src/unrelated.bin").write_bytes(b"\0"),
        lambda: more.write_text("meta.a == 2\nmeta.a ==\n"),
        lambda: samples.write_text('{"data": 1, "meta": {"a": 3}}\n'),
        code.unlink,
    )
    runs = [line for line in printed if "checked" in line]
    assert status == 130
    assert [line.split(" (")[0] for line in runs] == [
        "1 filter checked: no problems",
        "3 filters checked: 1 error",
        "3 filters checked: 1 error, 2 warnings",
        "2 filters checked: 1 error, 1 warning",
    ]


def test_settings_may_be_broken_while_they_are_written(watched: Watch) -> None:
    settings, file = Path("pnfilter.toml"), Path("f.filters")
    settings.write_text("")
    file.write_text("meta.a = 1\n")
    status, printed = watched(
        "f.filters -q",
        lambda: settings.write_text("severity ="),
        lambda: settings.write_text('severity = {W403 = "error"}'),
    )
    text = "\n".join(printed)
    assert status == 130
    assert [text.count(word) for word in ("warning[W403]", "error[W403]", "watching")] == [1, 1, 0]
    assert "pnfilter.toml" in text
    settings.write_text("severity =")
    assert watched("f.filters")[0] == 2


def test_a_terminal_is_cleared_between(watched: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "is_terminal", lambda _: True)
    file = Path("f.filters")
    file.write_text("meta.a ==\n")
    _, printed = watched("f.filters", lambda: file.write_text("meta.b ==\n\n"))
    text = "\n".join(printed)
    assert text.index("meta.a") < text.index("\x1b[2J") < text.index("meta.b")
    assert text.count("\x1b[2J") == 1


def test_a_slow_look_is_repeated_less_often(
    watched: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("f.filters").write_text("meta.a == 1\n")
    ticks = iter(range(0, 1000, 7))
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            raise KeyboardInterrupt

    monkeypatch.chdir(Path.cwd())
    assert watched("f.filters")[0] == 130
    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks))
    assert main(["check", "--watch", "f.filters"]) == 130
    assert slept == [7 * watch.SHARE] * 2


@pytest.mark.parametrize(
    "words",
    [
        ["-e", "meta.a"],
        ["f.filters", "-e", "meta.a"],
        [],
        ["-"],
        ["f.filters", "-"],
        ["f.filters", "--messages", "-"],
        ["f.filters", "--fix"],
        ["f.filters", "--diff"],
        ["f.filters", "--show-files"],
        ["f.filters", "--output-file", "x"],
        ["f.filters", "--baseline", "x", "--write-baseline"],
        ["f.filters", "--format", "json"],
    ],
    ids=" ".join,
)
def test_what_is_refused(pn: Command, words: list[str]) -> None:
    Path("f.filters").write_text("meta.a == 1\n")
    ended = pn("check", "--watch", *words, stdin=b"meta.a")
    assert (ended.status, ended.out) == (2, "")
    assert "pnfilter: --watch " in ended.err


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The command on a file, as a process."""
    (tmp_path / "f.filters").write_text("meta.a ==\n")
    with subprocess.Popen(
        [*PROGRAM, "check", "--watch", "f.filters", "--format", "concise"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    ) as process:
        yield process
        process.kill()


def test_a_process_ends_by_control_c(process: subprocess.Popen[str], tmp_path: Path) -> None:
    assert process.stdout is not None
    assert process.stderr is not None
    # What is printed into a pipe is there at once.
    assert process.stdout.readline().startswith("f.filters:1:")
    (tmp_path / "next").write_text("\nmeta.a ==\n")
    (tmp_path / "next").replace(tmp_path / "f.filters")
    assert process.stdout.readline().startswith("f.filters:2:")
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert "Traceback" not in process.stderr.read()
