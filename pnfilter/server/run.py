"""Run the emulator: listen, serve until the end, then answer the waiting requests.

``running`` is for Python programs and tests; the command line calls ``serve``.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import sys
import tempfile
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeVar, Unpack

from pnfilter.server.app import App
from pnfilter.server.control.remote import RemoteControl
from pnfilter.server.http.transport import Transport, context_from_files, self_signed_context
from pnfilter.server.keysets import Keyring, Keys
from pnfilter.server.settings import Options, Settings

#: Seconds between two checks for what has expired.
TICK: Final = 0.5
LOOPBACK: Final = "127.0.0.1"

Result = TypeVar("Result")
#: A certificate with its key as two PEM files, or one made for this server.
Tls = tuple[Path | str, Path | str] | Literal["self-signed"]


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a host; of names, only ``localhost``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_host(host: str, keyring: Keyring) -> None:
    """Raise ``ValueError`` for an address that other machines reach if any key works."""
    if keyring.serves_any and not is_loopback(host):
        raise ValueError(f"{host} is not a loopback address: others could use it without keys")


def check_port(port: int) -> None:
    """Raise ``ValueError`` for an invalid port."""
    if not 0 <= port <= 65535:
        raise ValueError(f"port must be between 0 and 65535, got {port}")


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine of the server on an event loop of its own, and return its result."""
    # The default loop on Windows can't watch a listening socket (``add_reader``).
    factory = asyncio.SelectorEventLoop if sys.platform == "win32" else None
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(work)


def origin_of(host: str, port: int) -> str:
    """Return ``host:port``, as SDKs take it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def serve(
    app: App,
    host: str,
    port: int,
    started: Callable[[tuple[str, int]], None],
    end: asyncio.Event,
    *,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve until ``end`` is set, then answer the waiting requests. Pass ``started`` the address.

    Raise ``OSError`` if the server can't listen on the address, and ``ValueError`` for an address
    that needs keys and for an invalid port.
    """
    transport = Transport(app.handle, app.observe, app.receive, app.origins.reader, tls=tls)
    try:
        check_host(host, app.keyring)
        check_port(port)
        address = transport.listen(host, port)
        app.address = address[0]
        started(address)
        while not end.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await end.wait()
            app.expire()
    finally:
        app.release()
        await transport.close()
        app.close()


class Server(RemoteControl):
    """An emulator in a thread of its own, for a ``with`` or an ``async with``; see ``running``."""

    def __init__(
        self,
        settings: Settings,
        *,
        host: str = LOOPBACK,
        port: int = 0,
        keys: Mapping[str, str | Keys] | Path | str | None = None,
        tls: Tls | None = None,
    ) -> None:
        self._settings = settings
        self._address = host, port
        self._keys = keys
        self._tls = tls
        self._started: Future[tuple[str, int]] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._app: App | None = None
        self._lock = threading.Lock()
        self._calls: set[Future[Any]] = set()
        self._ended = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="pnfilter-server", daemon=True)
        #: The certificate for clients to trust, if it was made for this server.
        self.ca_file: Path | None = None

    def __repr__(self) -> str:
        return f"<Server at {self.url}>" if self._is_listening() else "<Server, not running>"

    @property
    def origin(self) -> str:
        """``host:port``, as SDKs take it."""
        if not self._is_listening():
            raise RuntimeError("the server is not running")
        return origin_of(*self._started.result())

    @property
    def url(self) -> str:
        """``http://host:port``, or with ``https``."""
        return f"{'https' if self._tls else 'http'}://{self.origin}"

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.origin.rpartition(":")[2])

    def _is_listening(self) -> bool:
        return self._started.done() and not self._started.exception() and not self._ended

    def call(self, function: Callable[[App], Result]) -> Result:
        """Call ``function`` with the app in the server's thread; return or raise what it does.

        Raise ``RuntimeError`` if the server is not running.
        """
        future: Future[Result] = Future()

        def answer() -> None:
            assert self._app is not None
            try:
                result = function(self._app)
            except BaseException as error:  # noqa: BLE001 - raised by ``call``
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._lock:
            if self._loop is None or not self._is_listening():
                raise RuntimeError("the server is not running")
            if threading.current_thread() is not self._thread:
                self._calls.add(future)
                self._loop.call_soon_threadsafe(answer)
        if threading.current_thread() is self._thread:
            answer()
        try:
            return future.result()
        finally:
            self._calls.discard(future)

    def start(self) -> None:
        """Listen. Raise ``OSError`` or ``ValueError`` if that is not possible."""
        if self._thread.ident is not None:
            raise RuntimeError("a server runs once: make another one")
        self._thread.start()
        try:
            self._started.result()
        except BaseException:
            self._thread.join()
            raise

    def stop(self) -> None:
        """Answer the waiting requests, close every connection, and wait for the end.

        In the server's own thread, as in ``call``, it returns at once, and the end follows.
        """
        self._end_soon()
        if self._thread.ident is not None and threading.current_thread() is not self._thread:
            self._thread.join()

    def _end_soon(self) -> None:
        with self._lock:
            if self._loop is not None and self._end is not None and not self._ended:
                # The loop of a server that was stopped may have ended a moment ago.
                with suppress(RuntimeError):
                    self._loop.call_soon_threadsafe(self._end.set)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._raise_failure()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._end_soon()
        await asyncio.to_thread(self._thread.join)
        self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            with tempfile.TemporaryDirectory(prefix="pnfilter-") as folder:
                run(self._serve(Path(folder)))
        except BaseException as error:  # noqa: BLE001 - raised where the server is used
            self._failure = error
        with self._lock:
            self._ended = True
            for future in list(self._calls):
                if not future.done():
                    future.set_exception(RuntimeError("the server ended before it was called"))
        if not self._started.done():
            assert self._failure is not None
            self._started.set_exception(self._failure)

    async def _serve(self, folder: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self._end = asyncio.Event()
        context = self._context(folder)
        self._app = App(self._settings, keyring=self._keyring())
        host, port = self._address
        await serve(self._app, host, port, self._started.set_result, self._end, tls=context)

    def _keyring(self) -> Keyring:
        if isinstance(self._keys, (str, Path)):
            return Keyring.read(Path(self._keys))
        return Keyring(self._keys)

    def _context(self, folder: Path) -> ssl.SSLContext | None:
        if self._tls is None:
            return None
        if self._tls == "self-signed":
            context, authority = self_signed_context(self._address[0])
            self.ca_file = folder / "ca.pem"
            self.ca_file.write_bytes(authority)
            return context
        return context_from_files(*map(Path, self._tls))


def running(
    *,
    host: str = LOOPBACK,
    port: int = 0,
    keys: Mapping[str, str | Keys] | Path | str | None = None,
    tls: Tls | None = None,
    **settings: Unpack[Options],
) -> Server:
    """Return a server for a ``with`` or an ``async with``, on a free port unless one is given.

    ``keys``: a publish key for each subscribe key, or ``Keys`` if it has an access manager, or the
    file that holds them; without it, any key works. ``tls``: a certificate and its key, or
    ``"self-signed"`` for one that clients trust with ``Server.ca_file``. ``settings`` are those of
    ``Settings``. The ``with`` raises ``OSError`` if the port is in use or the store can't be
    opened, and ``ValueError`` for invalid arguments.
    """
    return Server(Settings(**settings), host=host, port=port, keys=keys, tls=tls)
