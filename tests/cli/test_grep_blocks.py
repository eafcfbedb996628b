"""``pnfilter grep`` on what comes after the first lines.

In blocks and by several processes, and no different.
"""

from __future__ import annotations

import gzip
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pnfilter.cli import main
from pnfilter.input import reader, segments
from pnfilter.scanning import workers
from tests.scanning.nasty import ODD_LINES

# The tests may run beside a thread that hands them out; it holds no lock that a worker asks for.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")

GOOD = [
    b'{"data":{"n":%d,"t":"%s"},"meta":{"a":"x"}}' % (number, b"abc"[number % 3 : number % 3 + 1])
    for number in range(60)
]
#: A line that is nested 100,000 times takes longer than all the others together: one is enough.
NASTY = [line for pair in zip(GOOD, [*ODD_LINES, *ODD_LINES[:-1]], strict=False) for line in pair]
SHORT = [line for line in NASTY if len(line) < 10_000]
FILES = {
    "good": b"\n".join(GOOD),
    "nasty": b"\n".join(NASTY) + b"\n",
    "crlf": b"\n".join(GOOD[:30]) + b"\n" + b"\r\n".join(GOOD[30:]) + b"\r\n",
    "late": b"\n".join([*GOOD[:30], b'{"mag":1}', *GOOD[30:], b'{"mag":2}', b"", b" "]) + b"\n",
    "mark": b"\xef\xbb\xbf" + b"\n".join(SHORT),
    "gzip": gzip.compress(b"\n".join(SHORT), mtime=0),
    "cut": gzip.compress(os.urandom(60_000).hex().encode() + b"\n".join(SHORT), mtime=0)[:-40],
    "empty": b"",
}
ARGUMENTS = [
    ["data.n > 10"],
    ["-n", "data.n > 10"],
    ["-Hnv", "data.n > 10"],
    ["-c", "data.n > 10"],
    ["-cv", "data.n > 10"],
    ["-m", "25", "data.n > 10"],
    ["-nm", "3", "data.n < 3 || data.n > 40"],
    ["-cm", "25", "data.n > 10"],
    ["-q", "data.n == 59"],
    ["-q", "data.n == 99"],
    ["-c", "data.nn > 10"],
    ["-c", "data.n > 1000"],
    ["data.mag != 5"],
    ["--undecided", "only", "-n", "data.n != 5"],
    ["--undecided", "drop", "-n", 'data.t LIKE "B*" && meta.a == "x"'],
    ["--undecided", "drop", "-v", 'data.t == "b" && data.n < 40'],
    ["--payload", "data", "data.data.n > 10"],
    ["--payload", "envelope", "-c", "data.n > 10"],
    ["-s", "-c", 'data.t == "c"'],
    ["--line-buffered", "data.n > 50"],
]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(workers, "_may_fork", lambda: True)
    for name, content in FILES.items():
        Path(name).write_bytes(content)


def grep(
    capfd: pytest.CaptureFixture[str], head: int, *arguments: str
) -> tuple[int, str, list[str]]:
    """Status, output and complaints of the command that reads so many lines one by one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "HEAD", head)
        patch.setattr(reader, "QUIET_HEAD", head)
        patch.setattr(segments, "SEGMENT", 600)
        patch.setattr(segments, "BLOCK", 200)
        patch.setattr(workers, "MIN_SHARE", 1000)
        status = main(["grep", *arguments])
    out, err = capfd.readouterr()
    # Of the notes and complaints about a block the former may come first.
    return status, out, sorted(err.splitlines())


@pytest.mark.sliced(16)
@pytest.mark.parametrize(
    ("jobs", "arguments"),
    [(str(1 + at % 2), arguments) for at, arguments in enumerate(ARGUMENTS)],
    ids=str,
)
def test_nothing_is_different(
    capfd: pytest.CaptureFixture[str], jobs: str, arguments: list[str]
) -> None:
    for name in FILES:
        expected = grep(capfd, 10**9, *arguments, name)
        assert grep(capfd, 2, "-j", jobs, *arguments, name) == expected, name
    several = ["good", "none", "nasty", "late"]
    assert grep(capfd, 2, *arguments, *several) == grep(capfd, 10**9, *arguments, *several)


@pytest.mark.sliced(3)
@pytest.mark.parametrize(
    "text", ["data.n == 5", 'data.t == "b"', 'data.t LIKE "*C*" && data.n > 3']
)
def test_quick_finds_what_matches(capfd: pytest.CaptureFixture[str], text: str) -> None:
    for name in FILES:
        for options in (["-n"], ["-c"], ["-m", "4"]):
            _, expected, _ = grep(capfd, 10**9, "-s", "--undecided", "drop", *options, text, name)
            status, out, _ = grep(capfd, 2, "-j2", "--quick", *options, text, name)
            assert out == expected, name
            assert status in ({0, 2} if out.strip("0\n") else {1, 2})


@pytest.mark.parametrize("text", ['data.t == "z"', "data.n < 0"], ids=["sieved", "decoded"])
@pytest.mark.parametrize("place", [0, 5], ids=["head", "rest"])
def test_quick_says_nothing_of_broken_lines(
    capfd: pytest.CaptureFixture[str], text: str, place: int
) -> None:
    lines = [*GOOD[:5], b'{"data":{"t":["q"]}}', b"{}"]
    Path("broken").write_bytes(b"\n".join([*lines[:place], b"?", *lines[place:]]) + b"\n")
    assert grep(capfd, 2, "-c", text, "broken")[0] == 2
    assert grep(capfd, 2, "--quick", "-c", text, "broken") == (1, "0\n", [])


@pytest.mark.parametrize("text", ['data.t == "z"', "data.n < 0"], ids=["sieved", "decoded"])
@pytest.mark.parametrize("place", [0, 30], ids=["head", "rest"])
def test_quick_says_nothing_that_depends_on_the_lines_it_reads(
    capfd: pytest.CaptureFixture[str], text: str, place: int
) -> None:
    content = b"\n".join([*GOOD[:place], b"", *GOOD[place:40], rb'{"data":{"t":"\n"}}' + b"\r"])
    Path("spaced").write_bytes(content + b"\n")
    assert len(grep(capfd, 2, "-c", text, "spaced")[2]) == 2
    assert grep(capfd, 2, "--quick", "-c", text, "spaced") == (1, "0\n", [])


def test_quick_tells_of_crlf_where_it_prints_it(capfd: pytest.CaptureFixture[str]) -> None:
    _, _, notes = grep(capfd, 2, "--quick", 'data.t == "b"', "crlf")
    assert notes == ["pnfilter: note: crlf: its lines end in CRLF, and are printed so"]


@pytest.mark.parametrize("option", ["-v", "--undecided=keep", "--undecided=drop"])
def test_quick_is_for_matches(capfd: pytest.CaptureFixture[str], option: str) -> None:
    status, _, err = grep(capfd, 2, "--quick", option, "data.n > 1", "good")
    assert status == 2
    assert any("--quick finds what matches" in line for line in err)


def test_standard_input(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("nasty", "late"):
        found = []
        for head in (2, 10**9):
            stream = io.TextIOWrapper(io.BytesIO(FILES[name]))
            monkeypatch.setattr(sys, "stdin", stream)
            found.append(grep(capfd, head, "-n", "data.n > 10"))
        assert found[0] == found[1]
        with Path(name).open() as file:
            monkeypatch.setattr(sys, "stdin", file)
            assert grep(capfd, 2, "-n", "data.n > 10") == found[0]


@pytest.mark.parametrize("jobs", ["0", "-1", "x"])
def test_numbers_of_processes_that_are_none(capfd: pytest.CaptureFixture[str], jobs: str) -> None:
    status, _, err = grep(capfd, 2, f"-j{jobs}", "data.n > 1", "good")
    assert status == 2
    assert any("-j" in line for line in err)


def test_worker_that_dies(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_evaluate", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    status, _, err = grep(capfd, 2, "-j2", "data.n > 1", "good")
    assert (status, err) == (2, ["pnfilter: a worker process was ended by signal 9"])


def test_worker_that_cannot_read(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(workers, "_evaluate", fail)
    status, _, err = grep(capfd, 2, "-j2", "data.n > 1", "good")
    assert (status, err) == (2, ["pnfilter: good: input/output error"])


PROGRAM = """
import sys
from pnfilter.cli import main
from pnfilter.input import segments
from pnfilter.scanning import workers
segments.SEGMENT = 20_000
workers.MIN_SHARE = 30_000
sys.exit(main(sys.argv[1:]))
"""


def test_reader_of_the_output_may_go_away() -> None:
    Path("large").write_bytes(b"\n".join(GOOD) * 400)
    command = [sys.executable, "-c", PROGRAM, "grep", "-j2", "-s", "data.n != 5", "large"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


def test_interrupt_ends_all_of_it() -> None:
    Path("large").write_bytes(b"\n".join(GOOD) * 400)
    command = [sys.executable, "-c", PROGRAM, "grep", "-j2", "-s", "data.n != 5", "large"]
    # A pipe that nobody reads keeps it from ending before it is interrupted.
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait() == 130
        # This ends when the last process that could write there has ended.
        assert process.stderr.read() == b""
