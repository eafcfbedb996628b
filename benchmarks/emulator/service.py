"""``pnfilter serve`` as a process of its own: started, watched from outside, ended or killed."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Self

#: Seconds until the service listens, and until it has ended.
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 20.0
#: Seconds after a signal until the program and its services are ended, whatever they do.
ENDING_SECONDS: Final = 3 * STOP_SECONDS
_TICK: Final = 0.01
COMMAND: Final = Path(sys.executable).with_name("pnfilter")


#: The services that this program runs.
_processes: Final[set[subprocess.Popen[bytes]]] = set()


class StartFailed(Exception):
    """The service ended, or didn't listen in time; the text has the end of its log."""


class Service:
    """The service on a free port of the loopback, with ``options`` of ``pnfilter serve``.

    ``folder`` takes its log, and the files with its port and token. Leaving the ``with`` ends it.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder, self._options = folder, options
        self._process: subprocess.Popen[bytes] | None = None
        self.log_path: Final = folder / "service.log"
        self.origin = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            try:
                self.stop()
            finally:
                self.kill()

    @property
    def process_id(self) -> int:
        """The process; ``ProcessLookupError`` when there is none."""
        if self._process is None:
            raise ProcessLookupError("the service was not started")
        return self._process.pid

    @property
    def control_token(self) -> str:
        """What the control side asks for."""
        return _text_of(self._folder / "token")

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process and wait until it listens; ``StartFailed`` otherwise."""
        port_file = self._folder / "port"
        port_file.unlink(missing_ok=True)
        command: list[str | Path] = [
            COMMAND,
            "serve",
            "--port",
            "0",
            "--port-file",
            port_file,
            "--token-file",
            self._folder / "token",
            *self._options,
        ]
        with self.log_path.open("ab") as log:
            # A Ctrl-C is for the program that measures, which then ends the service.
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        _processes.add(self._process)
        try:
            self._wait_for(port_file)
        except BaseException:
            self.kill()
            raise

    def _wait_for(self, port_file: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not (port := _text_of(port_file)):
            if not self.is_running or time.monotonic() > deadline:
                raise StartFailed(f"the service doesn't listen:\n{self.log()[-2000:]}")
            time.sleep(_TICK)
        self.origin = f"127.0.0.1:{port}"

    def stop(self) -> int:
        """Ask it to end, and its exit status; ``TimeoutExpired`` if it doesn't."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """End it with no chance to write anything, as ``kill -9`` does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
            _processes.discard(self._process)
            self._process = None

    def log(self) -> str:
        """All that it wrote to its standard output and error so far."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def resident_bytes(self) -> int:
        """Bytes of it that are in memory."""
        pages = Path(f"/proc/{self.process_id}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * resource.getpagesize()

    def processor_seconds(self) -> float:
        """Seconds that it kept a processor busy."""
        stat = Path(f"/proc/{self.process_id}/stat").read_text(encoding="utf-8")
        # The name of the process, in brackets, may hold anything.
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def allow_connections(count: int) -> None:
    """Let this process, and those it starts, hold that many connections.

    ``OSError`` if it can't.
    """
    needed = count + 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise OSError(f"{count} connections need a limit of {needed} open files, not {hard}")
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


@contextmanager
def progress(total: int, unit: str, task: str) -> Iterator[Callable[[], object]]:
    """What tells that one more of ``total`` is done: a bar on a terminal, silent elsewhere."""
    from tqdm import tqdm

    with tqdm(
        total=total, unit=f" {unit}", desc=task, disable=None, file=sys.stderr, leave=False
    ) as bar:
        yield bar.update


def exit_status(main: Callable[[], int]) -> int:
    """What ``main`` returns; what stops it is told in a line and not by a traceback.

    130 for Ctrl-C and SIGTERM; 1 where the service doesn't start, ends, or refuses what it should
    accept. The service ends with the program in each case. Where SIGTERM doesn't end the program in
    ``ENDING_SECONDS``, both are ended by force: 137.
    """
    # A shell that runs the program in the background has Ctrl-C ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # An event loop has its own way with Ctrl-C, in which its tasks end in order.
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGALRM, _end_by_force)
    try:
        return main()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        for one in _parts(error):
            print(f"FAILED: {type(one).__name__}: {one}", file=sys.stderr)
        return 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _interrupt(*_: object) -> None:
    # Whoever asks again gives it no more time.
    if not signal.getitimer(signal.ITIMER_REAL)[0]:
        signal.setitimer(signal.ITIMER_REAL, ENDING_SECONDS)
    signal.raise_signal(signal.SIGINT)


def _end_by_force(*_: object) -> None:
    for process in _processes:
        process.kill()
    os._exit(128 + signal.SIGKILL)


def _parts(error: Exception) -> list[Exception]:
    """The errors that a group has, at most ten of them."""
    if not isinstance(error, ExceptionGroup):
        return [error]
    return [part for one in error.exceptions for part in _parts(one)][:10]
