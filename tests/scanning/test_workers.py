"""Several processes on one file: the same reports as one, in order, and no end unnoticed."""

from __future__ import annotations

import errno
import gc
import io
import marshal
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pnfilter import compile
from pnfilter.input import segments
from pnfilter.input.reader import FileRange
from pnfilter.input.result import BlockResult
from pnfilter.input.streams import UnreadableInput
from pnfilter.scanning import workers
from pnfilter.scanning.evaluator import MatchOptions
from pnfilter.scanning.workers import Task, WorkerError, reports

LINE = '{{"data":{{"n":{}}},"meta":{{"a":{}}}}}\n'
may_fork = workers._may_fork
TASK = Task(compile('data.n >= 5 && meta.a != "x"'), MatchOptions(lines=True))


def content(count: int) -> bytes:
    lines = [
        LINE.format(number % 10, ("null", '"x"', '"y"', "5")[number % 4]) for number in range(count)
    ]
    lines[7::31] = ["?\n"] * len(lines[7::31])
    return "".join(lines).encode()


@pytest.fixture
def rest(tmp_path: Path) -> Iterator[FileRange]:
    path = tmp_path / "m.ndjson"
    path.write_bytes(content(2000))
    with path.open("rb") as file:
        yield FileRange(file.fileno(), 0, path.stat().st_size)


# The tests may run beside a thread that hands them out; it holds no lock that a worker asks for.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT", 1500)
    monkeypatch.setattr(segments, "BLOCK", 400)
    monkeypatch.setattr(workers, "MIN_SHARE", 3000)
    monkeypatch.setattr(workers, "_may_fork", lambda: True)


def children() -> set[int]:
    """The processes that this one started and that haven't ended."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        found |= {int(pid) for pid in (task / "children").read_text().split()}
    return found


def descriptors() -> set[str]:
    """The files and pipes that are open."""
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def judged(rest: FileRange, jobs: int | None) -> BlockResult:
    before = children()
    found = list(reports(TASK, rest, jobs))
    assert sum(size for _, size in found) == rest.end - rest.start
    assert children() == before
    return BlockResult.join(report for report, _ in found)


@pytest.mark.sliced(3)
@pytest.mark.parametrize("jobs", [1, 2, 3, 40, None])
def test_processes_find_what_one_finds(rest: FileRange, jobs: int | None) -> None:
    assert judged(rest, jobs) == judged(rest, 1)
    assert judged(rest, 1).broken == 65


def test_processes_are_started_anew_where_a_fork_is_not_safe(
    rest: FileRange, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = judged(rest, 1)
    monkeypatch.setattr(os, "fork", None)
    monkeypatch.setattr(workers, "_may_fork", lambda: False)
    assert judged(rest, 2) == expected


@pytest.mark.parametrize("more", ["\0", "y" * 140_000], ids=["NUL", "long"])
def test_started_processes_take_any_filter(
    rest: FileRange, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    monkeypatch.setattr(workers, "_may_fork", lambda: False)
    task = TASK._replace(filter=compile(f'{TASK.filter.text} || data.x == "{more}"'))
    found = [report for report, _ in reports(task, rest, 2)]
    assert BlockResult.join(found) == BlockResult.join(
        report for report, _ in reports(task, rest, 1)
    )


def test_started_process_that_is_gone_at_once_is_an_error(
    rest: FileRange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_may_fork", lambda: False)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    task = TASK._replace(filter=compile(f'{TASK.filter.text} || data.x == "{"y" * 140_000}"'))
    with pytest.raises(WorkerError, match="a worker process ended with status 1"):
        list(reports(task, rest, 2))


def test_no_fork_beside_threads_or_where_they_are_not_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(_: str) -> list[str]:
        raise FileNotFoundError

    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert not may_fork()
    finally:
        done.set()
        thread.join()
    monkeypatch.setattr(os, "listdir", refused)
    assert not may_fork()
    monkeypatch.setattr(os, "listdir", lambda _: ["1"])
    assert may_fork()


def test_small_files_are_read_here(rest: FileRange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "MIN_SHARE", rest.end)
    monkeypatch.setattr(workers, "_Worker", None)
    assert judged(rest, 8).lines == 2000


def test_what_is_not_wanted_any_more_ends_the_processes(rest: FileRange) -> None:
    before = children()
    found = reports(TASK, rest, 2)
    next(found)
    assert len(children() - before) == 2
    del found
    gc.collect()
    assert children() == before


def test_processes_of_a_program_that_ignores_the_end_of_its_children(rest: FileRange) -> None:
    expected = judged(rest, 1)
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert judged(rest, 2) == expected
        found = reports(TASK, rest, 2)
        others = children()
        next(found)
        for pid in children() - others:
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(WorkerError, match="a worker process ended"):
            list(found)
    finally:
        signal.signal(signal.SIGCHLD, before)


@pytest.mark.parametrize("name", ["fork", "pipe"])
def test_process_that_cannot_be_started_leaves_nothing(
    rest: FileRange, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    original = getattr(os, name)
    calls = count()

    def refused_at_last() -> Any:
        if next(calls) < 3:
            return original()
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    before, opened = children(), descriptors()
    monkeypatch.setattr(os, name, refused_at_last)
    with pytest.raises(UnreadableInput, match="resource temporarily unavailable"):
        list(reports(TASK, rest, 4))
    assert next(calls) == 4
    assert (children(), descriptors()) == (before, opened)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_worker_that_dies_is_an_error(rest: FileRange, number: signal.Signals) -> None:
    before = children()
    found = reports(TASK, rest, 2)
    next(found)
    for pid in children() - before:
        os.kill(pid, number)
    with pytest.raises(WorkerError, match=f"a worker process was ended by signal {int(number)}"):
        list(found)
    assert children() == before


def test_worker_that_fails_is_an_error(rest: FileRange, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise LookupError("no such thing")

    monkeypatch.setattr(workers, "_evaluate", fail)
    with pytest.raises(WorkerError, match="a worker process failed: LookupError: no such thing"):
        list(reports(TASK, rest, 2))


def test_file_that_cannot_be_read_is_an_error(
    rest: FileRange, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(workers, "_evaluate", fail)
    with pytest.raises(UnreadableInput, match="input/output error"):
        list(reports(TASK, rest, 2))


def test_worker_ends_with_its_commands(rest: FileRange) -> None:
    worker = workers._Worker(TASK, rest.descriptor, [])
    os.close(worker._commands)
    pid, status = os.waitpid(worker._pid, 0)
    assert (pid, status) == (worker._pid, 0)
    worker._pid = 0
    assert worker.end() == 0


class _Ended(BaseException):
    """In the place of an end."""


@pytest.fixture
def pipes(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, int, int, int]]:
    """Commands and answers of a worker that runs in this process: both ends of each."""

    def end(status: int) -> None:
        raise _Ended(status)

    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    found = (*os.pipe(), *os.pipe())
    yield found
    for descriptor in found:
        with suppress(OSError):
            os.close(descriptor)


def answers_of(descriptor: int) -> list[Any]:
    content = os.read(descriptor, 1 << 20)
    answers = []
    while content:
        (size,) = workers._SIZE.unpack_from(content)
        end = workers._SIZE.size + size
        answers.append(marshal.loads(content[workers._SIZE.size : end]))
        content = content[end:]
    return answers


def test_worker_answers_each_command(
    rest: FileRange, pipes: tuple[int, int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    commands, giving, receiving, answers = pipes
    for start, end, is_first in ((0, 700, True), (700, 1500, False)):
        os.write(giving, workers._PLACE.pack(start, end, is_first))
    os.close(giving)
    monkeypatch.setattr(sys, "argv", ["-c", *map(str, (rest.descriptor, commands, answers))])
    task = io.BytesIO(marshal.dumps((TASK.filter.text, None, tuple(TASK.selection), "message")))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(task))
    with pytest.raises(_Ended) as ended:
        workers.main()
    assert ended.value.args == (0,)
    joined = BlockResult.join(BlockResult(*answer) for answer in answers_of(receiving))
    expected = reports(TASK, rest._replace(end=1500), 1)
    assert joined == BlockResult.join(report for report, _ in expected)


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (OSError(5, "Input/output error"), [(5, "Input/output error")]),
        (LookupError("x"), ["a worker process failed: LookupError: x"]),
        (BrokenPipeError(), []),
    ],
)
def test_worker_reports_why_it_ends(
    rest: FileRange,
    pipes: tuple[int, int, int, int],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    answer: list[Any],
) -> None:
    def fail(*_: object) -> None:
        raise error

    commands, giving, receiving, answers = pipes
    monkeypatch.setattr(workers, "_evaluate", fail)
    os.write(giving, workers._PLACE.pack(0, 700, True))
    with pytest.raises(_Ended) as ended:
        workers._be_worker(TASK, rest.descriptor, commands, answers)
    assert ended.value.args == (1,)
    os.close(answers)
    assert answers_of(receiving) == answer


def test_worker_that_is_gone_takes_no_commands(rest: FileRange) -> None:
    worker = workers._Worker(TASK, rest.descriptor, [])
    os.kill(worker._pid, signal.SIGKILL)
    os.waitid(os.P_PID, worker._pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(WorkerError, match="was ended by signal 9"):
        worker.give(0, 0, 1, is_first=True)


def test_interrupts_are_for_the_parent(rest: FileRange) -> None:
    before = children()
    found = reports(TASK, rest, 2)
    first, _ = next(found)
    for pid in children() - before:
        os.kill(pid, signal.SIGINT)
    others = [report for report, _ in found]
    assert BlockResult.join([first, *others]) == judged(rest, 1)


@pytest.mark.parametrize("may_fork", [True, False])
def test_interrupt_of_a_worker_that_just_begins(
    rest: FileRange, monkeypatch: pytest.MonkeyPatch, may_fork: bool
) -> None:
    monkeypatch.setattr(workers, "_may_fork", lambda: may_fork)
    worker = workers._Worker(TASK, rest.descriptor, [])
    os.kill(worker._pid or worker._process.pid, signal.SIGINT)  # type: ignore[union-attr]
    worker.give(0, rest.start, rest.end, is_first=True)
    ((number, report, _),) = worker.receive()
    assert (number, report) == (0, judged(rest, 1))
    worker.end()
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.parametrize("fork", [True, False])
def test_workers_print_a_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fork: bool) -> None:
    monkeypatch.setattr(workers, "_may_fork", lambda: fork)
    monkeypatch.setattr(workers, "MIN_SHARE", 1)
    file = tmp_path / "m.ndjson"
    file.write_bytes(b'{"data": {"n": 7, "s": "x"}, "meta": {}}\n' * 500)
    task = Task(compile("data.n > 5"), MatchOptions(lines=True, field="data.s"))
    with file.open("rb") as stream:
        rest = FileRange(stream.fileno(), 0, file.stat().st_size)
        found = [line for report, _ in workers.reports(task, rest, 2) for line in report.found]
    assert [line for _, line in found] == [b"x\n"] * 500
