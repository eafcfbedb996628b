"""A plain file on all cores: processes that judge its segments, and their reports in order.

The file's descriptor is shared, and each worker reads by position, so that nothing but places and
reports goes between the processes. A worker has two segments to do at most, and no segment is handed out that
is far ahead of the one whose report is due: memory stays what it is, however large the file.

Where this process has no other thread, a worker is a fork of it, which takes a millisecond. Otherwise a
fork might wait for ever for a lock that another thread had, and an interpreter is started anew.

A worker ends when its commands end, so that none is left when this process dies in whatever way. One
that dies itself is an error here. Ctrl-C is for this process alone.
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
from pnfilter.input.reader import Payload, Rest, UnreadableInput
from pnfilter.input.result import Report
from pnfilter.input.segments import BLOCK, SEGMENT, blocks, keep_memory, line_start, segments
from pnfilter.input.sources import reason_of
from pnfilter.records import NamedTuple
from pnfilter.scanning.evaluator import Judge, Selection
from pnfilter.scanning.interrupts import interrupts_held

if TYPE_CHECKING:
    import subprocess

#: Bytes from which on a second process pays for its start.
MIN_SHARE: Final = 4 * SEGMENT
#: Processes at most, whatever is asked for.
MAX_JOBS: Final = 256
#: Segments that a worker has been given and not reported on.
_AHEAD: Final = 2
#: Segments for each worker in what is left of a file of which lines are only counted.
_SHARES: Final = 4
_PLACE: Final = Struct("qq?")
_SIZE: Final = Struct("q")


class WorkerError(RuntimeError):
    """A worker could not do its work; the text says why."""


class Task(NamedTuple):
    """What a judge is to be made of."""

    filter: Filter
    selection: Selection
    payload: Payload = "message"

    def judge(self, size: int = 0) -> Judge:
        """A judge for it, of so many bytes at least."""
        return Judge(self.filter, self.selection, self.payload, blocks=max(1, size // BLOCK))


def usable_cores() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def reports(task: Task, rest: Rest, jobs: int | None = None) -> Iterator[tuple[Report, int]]:
    """Reports on the rest of a file, in its order, and how many bytes each of them is on.

    ``jobs`` processes are used (all cores unless given), fewer for a small file. ``UnreadableInput``
    where the file can't be read, ``WorkerError`` where a worker died.
    """
    size = rest.end - rest.start
    jobs = min(usable_cores() if jobs is None else jobs, size // MIN_SHARE, MAX_JOBS)
    try:
        yield from _beside(task, rest, jobs) if jobs > 1 else _here(task, rest)
    except OSError as error:
        raise UnreadableInput(reason_of(error)) from None


def _here(task: Task, rest: Rest) -> Iterator[tuple[Report, int]]:
    judge = task.judge(rest.end - rest.start)
    keep_memory()
    for block in blocks(rest.descriptor, rest.start, rest.end):
        yield judge.report(block), len(block)


def _beside(task: Task, rest: Rest, jobs: int) -> Iterator[tuple[Report, int]]:
    workers: list[_Worker] = []
    try:
        for _ in range(jobs):
            workers.append(_Worker(task, rest.descriptor, workers))
        # Selected lines are held by the segment, counts take no room.
        places = segments(rest.start, rest.end, None if task.selection.lines else _SHARES * jobs)
        yield from _in_order(workers, rest, places)
    finally:
        for worker in workers:
            worker.end()


def _in_order(
    workers: list[_Worker], rest: Rest, places: Iterator[tuple[int, int]]
) -> Iterator[tuple[Report, int]]:
    import select

    poll = select.poll()
    for worker in workers:
        poll.register(worker.answers, select.POLLIN)
    by_descriptor = {worker.answers: worker for worker in workers}
    done: dict[int, tuple[Report, int]] = {}
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
            # A process that is started meanwhile gets it when it is deaf to it.
            with interrupts_held():
                self._start(task, descriptor, commands, answers, others)
        except BaseException:
            # The system may have no more processes, or no more files.
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
                    # Descriptors of the others would keep these from ending with their parent.
                    for each in (self, *others):
                        each.close()
                    _be_worker(task, descriptor, commands, answers)
                finally:
                    os._exit(1)
        else:
            self._process = _started(task, descriptor, commands, answers)

    def close(self) -> None:
        """Let go of the pipes."""
        for descriptor in (self._commands, self.answers):
            with suppress(OSError):
                os.close(descriptor)

    def give(self, number: int, start: int, end: int, *, is_first: bool) -> None:
        """Hand out a segment; its lines begin at ``start`` itself if it is the first."""
        self.given.append((number, end - start))
        try:
            os.write(self._commands, _PLACE.pack(start, end, is_first))
        except BrokenPipeError:
            self._died()

    def receive(self) -> Iterator[tuple[int, Report, int]]:
        """What came in: number, report and bytes of each segment that is done."""
        chunk = os.read(self.answers, 1 << 20)
        if not chunk:
            self._died()
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
            yield number, Report(*answer), length

    def _died(self) -> None:
        status = self.end()
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        raise WorkerError(f"a worker process {how}")

    def end(self) -> int:
        """End the process if it hasn't, and clean up; its status."""
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
            # Who ignores SIGCHLD has the system clean up, and never learns the status.
            return 0


def _may_fork() -> bool:
    """Whether there is no thread but this one, as far as that can be known."""
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


def _started(task: Task, descriptor: int, commands: int, answers: int) -> subprocess.Popen[bytes]:
    """A worker in an interpreter of its own."""
    import subprocess

    # Nothing of the import path may be different there.
    program = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import main; main()"
    process = subprocess.Popen(  # noqa: S603 (our own interpreter)
        [sys.executable, "-c", program, *map(str, (descriptor, commands, answers))],
        pass_fds=(descriptor, commands, answers),
        stdin=subprocess.PIPE,
    )
    assert process.stdin is not None
    # A filter may be too long for an argument, or hold what none can. One that is gone shows later.
    with suppress(BrokenPipeError), process.stdin as stream:
        stream.write(marshal.dumps((task.filter.text, tuple(task.selection), task.payload)))
    return process


def main() -> None:
    """A worker that was started, not forked: descriptors are its arguments, the task its input."""
    descriptor, commands, answers = map(int, sys.argv[1:])
    text, selection, payload = marshal.load(sys.stdin.buffer)  # noqa: S302 (it comes from the parent)
    _be_worker(Task(compile(text), Selection(*selection), payload), descriptor, commands, answers)


def _be_worker(task: Task, descriptor: int, commands: int, answers: int) -> None:
    """Judge segments until there are no more commands; doesn't return."""
    status = 1
    try:
        import signal

        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        judge = task.judge(MIN_SHARE)
        keep_memory()
        with os.fdopen(commands, "rb", closefd=False) as stream:
            while place := stream.read(_PLACE.size):
                _answer(answers, _judged(judge, descriptor, *_PLACE.unpack(place)))
        status = 0
    except BrokenPipeError:
        pass
    except OSError as error:
        _answer(answers, (error.errno or 0, error.strerror or str(error)))
    except BaseException as error:  # noqa: BLE001 (told to the parent, which raises)
        _answer(answers, f"a worker process failed: {type(error).__name__}: {error}")
    finally:
        # Nothing that this process shares with its parent may be flushed or cleaned up twice.
        os._exit(status)


def _judged(judge: Judge, descriptor: int, start: int, end: int, is_first: bool) -> tuple[Any, ...]:
    start = start if is_first else line_start(descriptor, start, end)
    return tuple(Report.joined(map(judge.report, blocks(descriptor, start, end))))


def _answer(descriptor: int, answer: Any) -> None:
    content = marshal.dumps(answer)
    view = memoryview(_SIZE.pack(len(content)) + content)
    while view:
        view = view[os.write(descriptor, view) :]
