"""A plain file on all cores: processes evaluate its segments; reports come in order.

The processes share the file's descriptor, and each worker reads by position, so only positions and
reports pass between them. A worker has at most two segments, and never one far ahead of the one
whose report is due. So memory is bounded, however large the file.

If this process has no other thread, a worker is a fork of it, which takes a millisecond. Otherwise
a fork might wait without end for a lock held by another thread, so the worker is a new interpreter.

A worker ends when its commands end, so none survives this process, however it dies. A worker that
dies is an error here. Only this process handles Ctrl-C.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

from pnfilter.filters import Filter, compile
from pnfilter.input.payloads import Payload
from pnfilter.input.reader import FileRange
from pnfilter.input.result import BlockResult
from pnfilter.input.segments import BLOCK, SEGMENT, blocks, keep_memory, line_start, segments
from pnfilter.input.sources import reason_of
from pnfilter.input.streams import UnreadableInput
from pnfilter.records import NamedTuple
from pnfilter.scanning.evaluator import LineEvaluator, MatchOptions
from pnfilter.scanning.interrupts import interrupts_held

if TYPE_CHECKING:
    import subprocess

#: Bytes from which a second process pays for its start.
MIN_SHARE: Final = 4 * SEGMENT
#: Maximum number of processes, whatever is requested.
MAX_JOBS: Final = 256
#: Segments that a worker has been given and not reported on.
_AHEAD: Final = 2
#: Segments per worker in the rest of a file whose lines are only counted.
_SHARES: Final = 4
_PLACE: Final = Struct("qq?")
_SIZE: Final = Struct("q")


class WorkerError(RuntimeError):
    """A worker could not do its work; the text gives the reason."""


class Task(NamedTuple):
    """The parameters of an evaluator."""

    filter: Filter
    selection: MatchOptions
    payload: Payload = "message"

    def judge(self, size: int = 0) -> LineEvaluator:
        """Return an evaluator that expects so many bytes."""
        return LineEvaluator(
            self.filter, self.selection, self.payload, blocks=max(1, size // BLOCK)
        )


def usable_cores() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def reports(
    task: Task, rest: FileRange, jobs: int | None = None
) -> Iterator[tuple[BlockResult, int]]:
    """Yield reports on the rest of a file, in order, each with its size in bytes.

    ``jobs`` processes are used (by default all cores), fewer for a small file. Raise
    ``UnreadableInput`` if the file can't be read, ``WorkerError`` if a worker died.
    """
    size = rest.end - rest.start
    jobs = min(usable_cores() if jobs is None else jobs, size // MIN_SHARE, MAX_JOBS)
    try:
        yield from _beside(task, rest, jobs) if jobs > 1 else _here(task, rest)
    except OSError as error:
        raise UnreadableInput(reason_of(error)) from None


def _here(task: Task, rest: FileRange) -> Iterator[tuple[BlockResult, int]]:
    judge = task.judge(rest.end - rest.start)
    keep_memory()
    for block in blocks(rest.descriptor, rest.start, rest.end):
        yield judge.report(block), len(block)


def _beside(task: Task, rest: FileRange, jobs: int) -> Iterator[tuple[BlockResult, int]]:
    workers: list[_Worker] = []
    try:
        for _ in range(jobs):
            workers.append(_Worker(task, rest.descriptor, workers))
        # Selected lines take memory per segment, counts don't.
        places = segments(rest.start, rest.end, None if task.selection.lines else _SHARES * jobs)
        yield from _in_order(workers, rest, places)
    finally:
        for worker in workers:
            worker.end()


def _in_order(
    workers: list[_Worker], rest: FileRange, places: Iterator[tuple[int, int]]
) -> Iterator[tuple[BlockResult, int]]:
    import select

    poll = select.poll()
    for worker in workers:
        poll.register(worker.answers, select.POLLIN)
    by_descriptor = {worker.answers: worker for worker in workers}
    done: dict[int, tuple[BlockResult, int]] = {}
    given = due = 0
    while True:
        for worker in workers:
            room = min(_AHEAD - len(worker.given), due + 2 * _AHEAD * len(workers) - given)
            for start, end in islice(places, max(0, room)):
                worker.give(given, start, end, is_first=start == rest.start)
                given += 1
        if due == given:
            return
        for descriptor, _ in poll.poll():
            for number, report, size in by_descriptor[descriptor].receive():
                done[number] = report, size
        while due in done:
            yield done.pop(due)
            due += 1


class _Worker:
    """A process at the other end of two pipes."""

    def __init__(self, task: Task, descriptor: int, others: list[_Worker]) -> None:
        self._commands = self.answers = -1
        self.given: list[tuple[int, int]] = []
        self._received = bytearray()
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0
        its_own: list[int] = []
        try:
            commands, self._commands = os.pipe()
            its_own.append(commands)
            self.answers, answers = os.pipe()
            its_own.append(answers)
            # A starting worker must get the signal only once it ignores it.
            with interrupts_held():
                self._start(task, descriptor, commands, answers, others)
        except BaseException:
            # The system may have no more processes or descriptors.
            self.end()
            raise
        finally:
            for each in its_own:
                os.close(each)

    def _start(
        self, task: Task, descriptor: int, commands: int, answers: int, others: list[_Worker]
    ) -> None:
        if _may_fork():
            self._pid = os.fork()
            if not self._pid:
                try:
                    # Inherited descriptors would keep the other workers from ending with their
                    # parent.
                    for each in (self, *others):
                        each.close()
                    _be_worker(task, descriptor, commands, answers)
                finally:
                    os._exit(1)
        else:
            self._process = _start_worker(task, descriptor, commands, answers)

    def close(self) -> None:
        """Close the pipes."""
        for descriptor in (self._commands, self.answers):
            with suppress(OSError):
                os.close(descriptor)

    def give(self, number: int, start: int, end: int, *, is_first: bool) -> None:
        """Send a segment; its lines begin exactly at ``start`` if it is the first."""
        self.given.append((number, end - start))
        try:
            os.write(self._commands, _PLACE.pack(start, end, is_first))
        except BrokenPipeError:
            self._report_death()

    def receive(self) -> Iterator[tuple[int, BlockResult, int]]:
        """Return what has arrived: number, report and bytes of each finished segment."""
        chunk = os.read(self.answers, 1 << 20)
        if not chunk:
            self._report_death()
        self._received += chunk
        while len(self._received) >= _SIZE.size:
            (size,) = _SIZE.unpack_from(self._received)
            end = _SIZE.size + size
            if len(self._received) < end:
                return
            answer = marshal.loads(memoryview(self._received)[_SIZE.size : end])  # noqa: S302 (it comes from a process of our own)
            del self._received[:end]
            if isinstance(answer, str):
                raise WorkerError(answer)
            if len(answer) == 2:
                raise OSError(*answer)
            number, length = self.given.pop(0)
            yield number, BlockResult(*answer), length

    def _report_death(self) -> None:
        status = self.end()
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        raise WorkerError(f"a worker process {how}")

    def end(self) -> int:
        """End the process if necessary, clean up, and return its status."""
        self.close()
        if self._process is not None:
            self._process.kill()
            return self._process.wait()
        if not self._pid:
            return 0
        from signal import SIGKILL

        pid, self._pid = self._pid, 0
        with suppress(ProcessLookupError):
            os.kill(pid, SIGKILL)
        try:
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        except ChildProcessError:
            # If SIGCHLD is ignored, the system cleans up and the status is lost.
            return 0


def _may_fork() -> bool:
    """Return whether this is the only thread, as far as that can be known."""
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


def _start_worker(
    task: Task, descriptor: int, commands: int, answers: int
) -> subprocess.Popen[bytes]:
    """Return a worker in an interpreter of its own."""
    import subprocess

    # The worker must have the same import path.
    program = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import main; main()"
    process = subprocess.Popen(  # noqa: S603 (our own interpreter)
        [sys.executable, "-c", program, *map(str, (descriptor, commands, answers))],
        pass_fds=(descriptor, commands, answers),
        stdin=subprocess.PIPE,
    )
    assert process.stdin is not None
    # A filter may be too long for an argument, or hold bytes that none can. A worker that has died
    # shows later.
    with suppress(BrokenPipeError), process.stdin as stream:
        assumed = task.filter.assumptions
        readings = None if assumed is None else dict(assumed)
        stream.write(
            marshal.dumps((task.filter.text, readings, tuple(task.selection), task.payload))
        )
    return process


def main() -> None:
    """Run a started worker: descriptors are its arguments, the task its input."""
    descriptor, commands, answers = map(int, sys.argv[1:])
    text, assumed, selection, payload = marshal.load(sys.stdin.buffer)  # noqa: S302 (it comes from the parent)
    _be_worker(
        Task(compile(text, assumed), MatchOptions(*selection), payload),
        descriptor,
        commands,
        answers,
    )


def _be_worker(task: Task, descriptor: int, commands: int, answers: int) -> None:
    """Evaluate segments until the commands end; doesn't return."""
    status = 1
    try:
        import signal

        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        judge = task.judge(MIN_SHARE)
        keep_memory()
        with os.fdopen(commands, "rb", closefd=False) as stream:
            while place := stream.read(_PLACE.size):
                _answer(answers, _evaluate(judge, descriptor, *_PLACE.unpack(place)))
        status = 0
    except BrokenPipeError:
        pass
    except OSError as error:
        _answer(answers, (error.errno or 0, error.strerror or str(error)))
    except BaseException as error:  # noqa: BLE001 (sent to the parent, which raises)
        _answer(answers, f"a worker process failed: {type(error).__name__}: {error}")
    finally:
        # Buffers and handlers shared with the parent must not be flushed or run twice.
        os._exit(status)


def _evaluate(
    judge: LineEvaluator, descriptor: int, start: int, end: int, is_first: bool
) -> tuple[Any, ...]:
    start = start if is_first else line_start(descriptor, start, end)
    return tuple(BlockResult.join(map(judge.report, blocks(descriptor, start, end))))


def _answer(descriptor: int, answer: Any) -> None:
    content = marshal.dumps(answer)
    view = memoryview(_SIZE.pack(len(content)) + content)
    while view:
        view = view[os.write(descriptor, view) :]
