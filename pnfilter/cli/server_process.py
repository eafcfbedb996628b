"""A server in the foreground: what it prints, its log, its end by a signal, its port in a file."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import signal
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shlex import quote
from types import FrameType
from typing import Any, Final

import pnfilter
from pnfilter.cli.terminal import CommandError, is_terminal
from pnfilter.cli.writing import remove_written, write_atomically
from pnfilter.server.app import App
from pnfilter.server.log import Entry, LineWriter, LogFormat, showable, writer_to
from pnfilter.server.run import origin_of, serve
from pnfilter.wording import counted

LOG: Final = logging.getLogger("pnfilter.server")

#: Seconds after a signal in which it ends: answers leave within ten of them, and log lines within a
#: few.
ENDING_SECONDS: Final = 30.0
#: Objects that are new when Python looks for reference cycles in them, and how many looks go before
#: one at older ones.
COLLECTING: Final = (10_000, 20, 10)

_LISTENING: Final = {
    errno.EADDRINUSE: "is in use: another one may be running; --port 0 takes any free port",
    errno.EACCES: "needs rights that you don't have: take a port above 1023",
    errno.EADDRNOTAVAIL: "is no address of this machine",
}


class Foreground:
    """Serves until a signal comes, and reports its start and its end."""

    def __init__(self, app: App, log: LineWriter, *, is_json: bool, is_quiet: bool) -> None:
        self._app = app
        self._log = log
        self._is_json = is_json
        self._is_quiet = is_quiet

    def warn_of_keys(self, path: Path) -> None:
        """Warn that others than the owner can read the file with the keys."""
        text = f"{showable(str(path))} can be read by others: chmod 600 {showable(str(path))}"
        LOG.warning(Entry("keys-exposed", text, file=showable(str(path))))

    async def serve(
        self,
        host: str,
        port: int,
        *,
        port_file: Path | None = None,
        token_file: Path | None = None,
        tls: ssl.SSLContext | None = None,
        ca_file: Path | None = None,
        listening: Callable[[str], object] = lambda _: None,
    ) -> None:
        """Serve; call ``listening`` with the origin. May raise ``CommandError`` or ``OSError``."""
        end = asyncio.Event()
        written: dict[Path, bytes] = {}

        def started(address: tuple[str, int]) -> None:
            if token_file is not None:
                # A program that sees the port may look for the token at once.
                written[token_file] = f"{self._app.control.token}\n".encode()
                write_atomically(token_file, written[token_file], private=True)
            if port_file is not None:
                written[port_file] = f"{address[1]}\n".encode()
                write_atomically(port_file, written[port_file])
            self._greet(origin_of(*address), ca_file, token_file, is_tls=tls is not None)
            listening(origin_of(*address))

        try:
            with _ended_by_signals(end):
                await serve(self._app, host, port, started, end, tls=tls)
        except OSError as error:
            if error.errno not in _LISTENING or error.filename is not None:
                raise
            raise CommandError(f"{origin_of(host, port)} {_LISTENING[error.errno]}") from None
        finally:
            for path, content in written.items():
                remove_written(path, content)
        self._sum_up()

    def _greet(
        self, origin: str, ca_file: Path | None, token_file: Path | None, *, is_tls: bool
    ) -> None:
        about: Any = {"ca_file": ca_file, "token_file": token_file, "is_tls": is_tls}
        if self._is_json:
            LOG.info(Entry("started", "", **started_fields(self._app, origin, **about)))
        elif not self._is_quiet:
            # What isn't a terminal is mostly a log, which others read, too.
            is_private = is_terminal(sys.stderr)
            self._log.write(greeting(self._app, origin, **about, is_private=is_private))

    def _sum_up(self) -> None:
        found = undecided(self._app)
        if self._is_json:
            level = logging.WARNING if found else logging.INFO
            LOG.log(level, Entry("ended", "", **summary_fields(self._app)))
            return
        if not self._is_quiet:
            self._log.write(summary(self._app))
        for filter in found:
            times = counted(filter["events"], "event")
            self._log.write(f"undecided on {times}: {filter['filter']}: {filter['message']}")


def allow_open_files(number: int) -> None:
    """Let the process have so many files open, or as many as it may; each connection is one.

    The default is 1,024 on many machines.
    """
    try:
        import resource
    except ImportError:
        # Windows has no such limit.
        return
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number if most == resource.RLIM_INFINITY else min(number, most)
    if now != resource.RLIM_INFINITY and now < wanted:
        # Some systems have a lower limit than they say.
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Let Python look for reference cycles less often than by itself.

    Requests leave few, and a look at all that a thousand subscribers hold takes some 60 ms: all in
    all one twelfth of the time.
    """
    before = gc.get_threshold()
    gc.set_threshold(*COLLECTING)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def ended_at_last() -> Iterator[None]:
    """What a signal has asked to end is ended by the system, if it takes longer than it may."""
    # Another one is left alone: of a program that serves as a part of what it does.
    is_own = _timer_is_free()
    try:
        yield
    finally:
        if is_own:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _timer_is_free() -> bool:
    """Whether there is a timer, as Windows has none, and it isn't running."""
    return hasattr(signal, "getitimer") and not signal.getitimer(signal.ITIMER_REAL)[0]


@contextmanager
def logging_to_stderr(form: LogFormat, *, quiet: bool) -> Iterator[LineWriter]:
    """Log lines go to standard error, those of what is underneath too; as before afterwards."""
    writer = LineWriter(_to_stderr(), form)
    level = logging.WARNING if quiet else logging.INFO
    levels = {"pnfilter": level, "asyncio": logging.WARNING}
    before = []
    for name, its_level in levels.items():
        logger = logging.getLogger(name)
        before.append((logger, logger.level, logger.propagate))
        logger.addHandler(writer)
        logger.setLevel(its_level)
        logger.propagate = False
    try:
        yield writer
    finally:
        for logger, its_level, propagates in before:
            logger.removeHandler(writer)
            logger.setLevel(its_level)
            logger.propagate = propagates
        writer.close()


def _to_stderr() -> Callable[[bytes], object]:
    stream = sys.stderr
    try:
        return writer_to(stream.fileno())
    except (OSError, ValueError):
        # Something replaces it.
        return lambda data: stream.write(data.decode())


@contextmanager
def _ended_by_signals(end: asyncio.Event) -> Iterator[None]:
    """SIGTERM, Ctrl-C and the end of the terminal set ``end``; as before afterwards."""
    loop = asyncio.get_running_loop()

    def finish(number: int, frame: FrameType | None) -> None:
        del number, frame
        loop.call_soon_threadsafe(end.set)
        # Nothing of Python has to work for this: SIGALRM, which has no handler, ends the process.
        # A second signal gives it no more time.
        if _timer_is_free():
            signal.setitimer(signal.ITIMER_REAL, ENDING_SECONDS)

    numbers = [signal.SIGTERM, signal.SIGINT]
    hangup: Any = getattr(signal, "SIGHUP", None)
    # Started under nohup, it is meant to go on.
    if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN:
        numbers.append(hangup)
    before = {number: signal.signal(number, finish) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def greeting(
    app: App,
    origin: str,
    *,
    ca_file: Path | None,
    token_file: Path | None,
    is_tls: bool,
    is_private: bool,
) -> str:
    """Some lines: where it listens, and how SDKs find it there.

    The token is among them where they are for the eyes of a user alone, ``is_private``.
    """
    python, script = ("True", "true") if is_tls else ("False", "false")
    scheme = "https" if is_tls else "http"
    keys = "any keys work" if app.keyring.serves_any else "with the keys of the file"
    lines = [
        f"pnfilter {pnfilter.__version__} serves {scheme}://{origin} ({keys}); Ctrl-C ends it",
        f'  Python SDK, 4 (Tornado) to 10:  config.origin = "{origin}"; config.ssl = {python}',
        f"  JavaScript SDK:  new PubNub({{ origin: '{origin}', ssl: {script}, … }})",
    ]
    if ca_file is not None:
        lines += [
            f"  its certificate is vouched for by {ca_file}, made for this run; to trust it:",
            f"    Python:  SSL_CERT_FILE={ca_file}    Node:  NODE_EXTRA_CA_CERTS={ca_file}",
        ]
    trusting = "" if ca_file is None else f"--cacert {ca_file} "
    if is_private:
        token = app.control.token
    else:
        token = "TOKEN" if token_file is None else f"$(cat {quote(str(token_file))})"
    lines.append(
        f'  control, for tests:  curl {trusting}-H "Authorization: Bearer {token}" '
        f"{scheme}://{origin}/_pnfilter"
    )
    fragment = "" if app.page.token is None else f"#token={token}"
    lines.append(f"  playground, in a browser:  {scheme}://{origin}/{fragment}")
    if not is_private and token_file is None:
        lines.append("  TOKEN is written by --token-file FILE, and shown on a terminal")
    return "\n".join(lines)


def started_fields(
    app: App,
    origin: str,
    *,
    ca_file: Path | None,
    token_file: Path | None,
    is_tls: bool,
) -> dict[str, Any]:
    """The same as JSON values."""
    return {
        "version": pnfilter.__version__,
        "origin": origin,
        "tls": is_tls,
        "ca_file": None if ca_file is None else str(ca_file),
        "any_keys": app.keyring.serves_any,
        "token_file": None if token_file is None else str(token_file),
    }


def summary(app: App) -> str:
    """One line: how many requests, messages and deliveries there were."""
    counts = app.activity.counts
    return (
        f"{counted(sum(counts.requests.values()), 'request')}, "
        f"{counted(sum(counts.events.values()), 'event')} published: "
        f"{counts.delivered:,} delivered, {counts.held_back:,} held back, "
        f"{counts.undecided:,} undecided, {counts.missed:,} missed"
    )


def undecided(app: App) -> list[dict[str, Any]]:
    """Return each filter that was undecided, with the reason and the events; the worst first."""
    return [
        {"filter": showable(text), "reason": reason.value, "message": reason.text, "events": number}
        for (text, reason), number in app.broker.filters.undecided.most_common()
    ]


def summary_fields(app: App) -> dict[str, Any]:
    """The summary as JSON values."""
    counts = app.activity.counts
    return {
        "requests": sum(counts.requests.values()),
        "published": sum(counts.events.values()),
        "delivered": counts.delivered,
        "held_back": counts.held_back,
        "undecided": counts.undecided,
        "missed": counts.missed,
        "undecided_filters": undecided(app),
    }
