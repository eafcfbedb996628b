"""Requests of the probe: plain HTTP, paced and counted, recorded without the keys."""

from __future__ import annotations

import ipaddress
import json
import re
import socket
import ssl
import threading
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

DEFAULT_ORIGIN: Final = "ps.pndsn.com"
#: Transactions of one run, those before a cut included: no more are made.
MAX_TRANSACTIONS: Final = 400
#: Requests a second unless ``rate`` says otherwise, and the least and most that it may say.
DEFAULT_RATE: Final = 10.0
MIN_RATE, MAX_RATE = 1.0, 1_000.0
#: Seconds in which a connection is made.
CONNECT_SECONDS: Final = 10.0
#: Seconds in which a request is answered that the service doesn't hold.
ANSWER_SECONDS: Final = 15.0
#: Bytes of an answer that are read; a longer one is a failure.
MAX_ANSWER: Final = 1024 * 1024
#: Characters of an answer in the report.
MAX_KEPT: Final = 16 * 1024
#: Characters of a key, and of the name of a host.
MAX_KEY: Final = 4_096
MAX_HOST: Final = 253
#: The longest pause that an answer 429 may ask for, in seconds.
MAX_PAUSE: Final = 30.0
#: What replaces a key in the record.
REDACTED: Final = "***"

_HOST: Final = re.compile(r"(?a:(?:(https?)://)?(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?/?)")


class ProbeError(Exception):
    """The probe can't go on; the message says why."""


class LimitReached(ProbeError):
    """All ``MAX_TRANSACTIONS`` are made."""


class Origin(NamedTuple):
    """Where the service is."""

    host: str
    port: int
    is_secure: bool

    @classmethod
    def of(cls, text: str) -> Origin:
        """Read ``HOST``, ``HOST:PORT`` or a URL of them.

        Plain HTTP is for loopback, and the default there. ``ValueError`` for anything else.
        """
        match = _HOST.fullmatch(text) if len(text) <= MAX_HOST + 20 else None
        if match is None:
            raise ValueError("the origin is a host such as ps.pndsn.com, or HOST:PORT")
        scheme, host, port = match.groups()
        host = host.strip("[]")
        is_here = _is_loopback(host)
        if scheme == "http" and not is_here:
            raise ValueError(f"plain HTTP is for this machine only, not for {host}: keys are sent")
        is_secure = scheme == "https" or (scheme is None and not is_here)
        number = int(port) if port else 443 if is_secure else 80
        if not 0 < number < 65536:
            raise ValueError(f"the port is a number from 1 to 65535, not {port}")
        return cls(host, number, is_secure)

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine."""
        return _is_loopback(self.host)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = 443 if self.is_secure else 80
        return host if self.port == default else f"{host}:{self.port}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Keys:
    """The user's keys; no ``repr`` shows them. ``auth`` is an auth key or a token, or empty."""

    __slots__ = ("auth", "publish", "subscribe")

    def __init__(self, publish: str, subscribe: str, auth: str = "") -> None:
        """Raise ``ValueError`` for what can't be a key."""
        for name, key in (("publish", publish), ("subscribe", subscribe), ("auth", auth)):
            if len(key) > MAX_KEY or not key.isprintable():
                raise ValueError(f"the {name} key is no key")
            if not key and name != "auth":
                raise ValueError(f"the {name} key is empty")
        self.publish, self.subscribe, self.auth = publish, subscribe, auth

    def __repr__(self) -> str:
        return "Keys(***)"

    def redact(self, text: str) -> str:
        """Return a text without the keys, as they are and as a URL has them."""
        keys = {self.publish, self.subscribe, self.auth} - {""}
        for key in sorted({*keys, *(quote(key, safe="") for key in keys)}, key=len, reverse=True):
            text = text.replace(key, REDACTED)
        return text


class Exchange(NamedTuple):
    """A request and its answer. ``failure`` is empty where a whole answer came.

    ``path`` and ``answer`` have no keys; ``body`` is the answer as it came. ``seconds`` is how long
    it took, ``began`` when, in seconds since 1970. ``is_silent``: the time was over before any
    answer, as it is where a long poll has nothing.
    """

    method: str
    path: str
    began: float
    seconds: float
    status: int | None
    answer: str
    failure: str
    headers: dict[str, str]
    body: bytes
    is_silent: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return what a report has of it."""
        return {
            "method": self.method,
            "path": self.path,
            "began": round(self.began, 3),
            "seconds": round(self.seconds, 3),
            "status": self.status,
            "answer": self.answer,
            **({"failure": self.failure} if self.failure else {}),
        }

    @property
    def json(self) -> Any:
        """The answer's JSON; None for anything else, and for a failure."""
        if self.failure:
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Pace:
    """Lets ``rate`` requests a second pass, and ``MAX_TRANSACTIONS`` in all. Threads share it."""

    def __init__(self, rate: float, spent: int = 0, limit: int = MAX_TRANSACTIONS) -> None:
        if not MIN_RATE <= rate <= MAX_RATE:
            raise ValueError(f"the rate is {MIN_RATE:g} to {MAX_RATE:,.0f} requests a second")
        self._gap, self._limit = 1 / rate, limit
        self.spent = spent
        self._lock = threading.Lock()
        self._next = 0.0

    def take(self) -> None:
        """Wait for a turn. ``LimitReached`` if there is none."""
        with self._lock:
            if self.spent >= self._limit:
                raise LimitReached(f"all {self._limit} transactions are made")
            self.spent += 1
            now = time.monotonic()
            turn = self._next = max(now, self._next + self._gap)
        time.sleep(turn - now)

    def pause(self, seconds: float) -> None:
        """Let nothing pass for so long, at most ``MAX_PAUSE``."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + min(seconds, MAX_PAUSE))


class Service:
    """Publishes and subscribes. Every call is one transaction; threads may share a service."""

    def __init__(self, origin: Origin, keys: Keys, user: str, pace: Pace, version: str) -> None:
        self._origin, self._keys, self.pace = origin, keys, pace
        self._identity = {"uuid": user, "pnsdk": f"pnfilter-probe/{version}"}
        self._context = ssl.create_default_context() if origin.is_secure else None
        self._lock = threading.Lock()
        #: Every exchange since the last ``taken``.
        self._exchanges: list[Exchange] = []

    def taken(self) -> list[Exchange]:
        """Return the exchanges since the last call."""
        with self._lock:
            exchanges, self._exchanges = self._exchanges, []
        return exchanges

    def publish(self, channel: str, payload: Any, meta: Any = None) -> Exchange:
        """Publish a message that is not stored; ``meta`` None for none."""
        query = {"store": "0"} | ({} if meta is None else {"meta": _compact(meta)})
        path = f"{{pub}}/{{sub}}/0/{channel}/0/{quote(_compact(payload), safe='')}"
        return self._request(f"/publish/{path}", query, ANSWER_SECONDS)

    def signal(self, channel: str, payload: Any) -> Exchange:
        """Send a signal."""
        path = f"{{pub}}/{{sub}}/0/{channel}/0/{quote(_compact(payload), safe='')}"
        return self._request(f"/signal/{path}", {}, ANSWER_SECONDS)

    def subscribe(
        self, channel: str, cursor: str, region: str, filter: str, seconds: float = ANSWER_SECONDS
    ) -> Exchange:
        """Ask for what is newer than the cursor (``"0"``: for a cursor), ``seconds`` at most."""
        query = {"tt": cursor}
        if region:
            query["tr"] = region
        if filter:
            query["filter-expr"] = filter
        return self._request(f"/v2/subscribe/{{sub}}/{channel}/0", query, seconds)

    def _request(self, template: str, query: dict[str, str], seconds: float) -> Exchange:
        keys = self._keys
        query = query | self._identity
        auth = {"auth": keys.auth} if keys.auth else {}
        # Braces in the payload are percent-encoded: these two are the only ones.
        path = template.replace("{pub}", quote(keys.publish, safe=""))
        path = path.replace("{sub}", quote(keys.subscribe, safe=""))
        shown = template.replace("{pub}", REDACTED).replace("{sub}", REDACTED)
        shown_auth = {"auth": REDACTED} if auth else {}
        self.pace.take()
        found = self._exchange(
            f"{path}?{urlencode(query | auth, quote_via=quote)}",
            f"{shown}?{urlencode(query | shown_auth, safe='*', quote_via=quote)}",
            seconds,
        )
        if found.status == 429:
            asked = found.headers.get("retry-after", "")
            self.pace.pause(float(asked) if asked.isascii() and asked.isdigit() else 1.0)
        with self._lock:
            self._exchanges.append(found)
        return found

    def _exchange(self, path: str, shown: str, seconds: float) -> Exchange:
        began, start = time.time(), time.monotonic()
        status, headers, body, failure, is_silent = None, {}, b"", "", False
        connection = self._connection()
        guard: threading.Timer | None = None
        is_over = threading.Event()
        try:
            connection.connect()
            # Without an answer the connection is closed, and the service stops waiting.
            deadline = time.monotonic() + seconds
            connection.sock.settimeout(seconds)
            sock = connection.sock
            # The timeout of a socket is for each piece of an answer's head.
            guard = threading.Timer(seconds + 1, _shut, (sock, is_over))
            guard.daemon = True
            guard.start()
            connection.request("GET", path, headers={"Accept": "application/json"})
            is_silent = True
            response = connection.getresponse()
            is_silent = False
            status = response.status
            headers = {name.lower(): value[:200] for name, value in response.getheaders()}
            body = _read(response, sock, max(deadline, time.monotonic() + 1))
            # What was cut off may look like the end of a head.
            if is_over.is_set():
                failure = "no answer in time"
        except TimeoutError:
            failure = "no answer in time"
        except (OSError, HTTPException, ValueError) as error:
            failure, is_silent = self._reason(error), False
            if is_over.is_set():
                failure = "no answer in time"
        finally:
            if guard is not None:
                guard.cancel()
            connection.close()
        answer = self._keys.redact(body[:MAX_KEPT].decode("utf-8", "replace"))
        taken = time.monotonic() - start
        return Exchange(
            "GET", shown, began, taken, status, answer, failure, headers, body, is_silent
        )

    def _connection(self) -> HTTPConnection:
        host, port, _ = self._origin
        if self._context is None:
            return HTTPConnection(host, port, timeout=CONNECT_SECONDS)
        return HTTPSConnection(host, port, timeout=CONNECT_SECONDS, context=self._context)

    def _reason(self, error: Exception) -> str:
        """Return what went wrong, on one line and without keys."""
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"the certificate isn't trusted: {error.verify_message}"
        text = (error.strerror if isinstance(error, OSError) else str(error)) or type(
            error
        ).__name__
        return self._keys.redact(text.split("\n")[0][:200])


def _shut(sock: socket.socket, is_over: threading.Event) -> None:
    """End whatever waits for a socket, which then sees that the time is over."""
    is_over.set()
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _read(response: HTTPResponse, sock: Any, deadline: float) -> bytes:
    """Read a body. ``ValueError`` for one that is too long, ``TimeoutError`` at the deadline."""
    parts: list[bytes] = []
    size = 0
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        sock.settimeout(left)
        part = response.read1(65_536)
        if not part:
            break
        size += len(part)
        if size > MAX_ANSWER:
            raise ValueError(f"an answer has more than {MAX_ANSWER:,} bytes")
        parts.append(part)
    # ``read1`` doesn't report that the connection was cut off.
    if response.length:
        raise ValueError("the answer was cut off")
    return b"".join(parts)


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
