"""The playground's page over HTTP: its files, its questions, and what is published meanwhile.

Filters run in a thread of their own, so that the event loop goes on. A question that is cancelled
before its turn, as by the next keystroke, costs nothing.
"""

from __future__ import annotations

import asyncio
from asyncio import Future, TimerHandle
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import pnfilter.playground
from pnfilter.decode import BrokenMessage, decode
from pnfilter.input.sources import quakes
from pnfilter.message import Message
from pnfilter.playground.answers import InvalidRequest, Playground, Unknown
from pnfilter.playground.collections import Collection, presentable, read, row
from pnfilter.semantics.assumptions import Assumptions
from pnfilter.server.activity import PAGE
from pnfilter.server.broker.events import Event
from pnfilter.server.control.control import Denied, has_token
from pnfilter.server.http.request import Incoming, Request
from pnfilter.server.http.response import Answer
from pnfilter.server.http.router import is_own
from pnfilter.server.settings import (
    LIVE_GATHER_SECONDS,
    LIVE_KEPT_SECONDS,
    LIVE_WAIT_SECONDS,
    MAX_BODY,
    MAX_LIVE,
    MAX_LIVE_BYTES,
    MAX_LIVE_WAITING,
    MAX_PAGE_BODY,
    MAX_PAGE_UPLOADS,
)

#: Where the page is, its files, and its questions.
PATH: Final = "/playground"
QUESTIONS: Final = f"{PATH}/api/"
#: The id of the messages that are there from the start.
START: Final = "start"
_FOLDER: Final = Path(pnfilter.playground.__file__).parent / "page"
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
#: The page loads nothing from elsewhere, runs only its own scripts, and no page can frame it.
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: What browsers say of where a request comes from, where it comes from the page.
_OWN_SITES: Final = {"", "same-origin", "none"}
#: The id of the collection of messages that are published meanwhile.
LIVE: Final = "live"
#: By how much it has to grow until its fields are looked at again.
_GROWTH: Final = 1.5
_QUESTIONS: Final = "messages, check, explain, marks, cases, rule or live"
_Work = Callable[[], dict[str, Any]]


class LiveMessages:
    """Keeps what is published, as long as a page asks for it. It lives in the broker's thread."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._until = -1.0
        self._kept: deque[tuple[Message, str, int]] = deque()
        self._size = 0
        self._first = 0
        self._waiting: list[tuple[int, Future[dict[str, Any]], TimerHandle]] = []
        self._gathering: TimerHandle | None = None
        self._prepared = Collection(())

    @property
    def next(self) -> int:
        """The number that the next message gets."""
        return self._first + len(self._kept)

    def keep(self, event: Event) -> None:
        """Keep a message if a page looks on."""
        if self._now() > self._until:
            if self._kept:
                self.clear()
            return
        self._kept.append((event.message, event.channel, event.size))
        self._size += event.size
        while len(self._kept) > MAX_LIVE or self._size > MAX_LIVE_BYTES:
            self._size -= self._kept.popleft()[2]
            self._first += 1
        if self._waiting and self._gathering is None:
            loop = asyncio.get_running_loop()
            self._gathering = loop.call_later(LIVE_GATHER_SECONDS, self.release)

    def clear(self) -> None:
        """Forget all messages. Their numbers don't come again."""
        self._first = self.next
        self._kept.clear()
        self._size = 0

    def ask(self, after: int | None) -> Future[dict[str, Any]]:
        """The messages from the number ``after``; where there are none yet, they are waited for.

        Without ``after`` it begins: none of the messages so far.
        """
        self._until = self._now() + LIVE_KEPT_SECONDS
        loop = asyncio.get_running_loop()
        future: Future[dict[str, Any]] = loop.create_future()
        after = self.next if (is_first := after is None) else after
        # A number from before a restart is ahead of all.
        if is_first or after != self.next or len(self._waiting) >= MAX_LIVE_WAITING:
            future.set_result(self._since(after))
            return future
        timer = loop.call_later(LIVE_WAIT_SECONDS, self._answer, after, future)
        self._waiting.append((after, future, timer))
        future.add_done_callback(self._gone)
        return future

    def _gone(self, future: Future[dict[str, Any]]) -> None:
        """Wait no longer for who has gone away."""
        for each in self._waiting:
            if each[1] is future:
                each[2].cancel()
                self._waiting.remove(each)
                break

    def release(self) -> None:
        """Answer the requests that wait."""
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        waiting, self._waiting = self._waiting, []
        for after, future, timer in waiting:
            timer.cancel()
            if not future.done():
                future.set_result(self._since(after))

    def _answer(self, after: int, future: Future[dict[str, Any]]) -> None:
        if not future.done():
            future.set_result(self._since(after))

    def _since(self, after: int) -> dict[str, Any]:
        if after > self.next:
            after = self._first
        skipped = max(0, after - self._first)
        rows = [
            [*row(message), channel]
            for number, (message, channel, _) in enumerate(self._kept)
            if number >= skipped
        ]
        return {"first": self._first, "after": self._first + skipped, "rows": rows}

    def collection(self) -> Collection:
        """Return the messages as they are now."""
        messages = [message for message, _, _ in self._kept]
        found = Collection(messages, first=self._first)
        if len(messages) < _GROWTH * len(self._prepared.messages):
            found.like(self._prepared)
        else:
            self._prepared = found
        return found


@cache
def page_files() -> Mapping[str, Answer]:
    """Return what is answered under each path of the page: ``/``, and its files."""
    found = {}
    for path in sorted(_FOLDER.iterdir()):
        if path.suffix in _TYPES:
            answer = Answer(
                body=path.read_bytes(),
                content_type=_TYPES[path.suffix],
                headers=_HEADERS,
                shared=False,
            )
            found[f"{PATH}/{path.name}"] = answer
    found["/"] = found[PATH] = found[f"{PATH}/index.html"]
    return found


class Site:
    """Answers the requests for the page.

    ``token`` is None where a question needs none. ``messages``: a file of them in place of the
    examples. ``assumed``: what settles verdicts that are not known.
    """

    def __init__(
        self,
        now: Callable[[], float],
        token: str | None,
        messages: Path | None = None,
        assumed: Assumptions | None = None,
    ) -> None:
        self.live = LiveMessages(now)
        #: What a question has to have; None if it needs nothing.
        self.token: Final = token
        self._messages = messages
        self._playground = Playground(assumed)
        self._pool: ThreadPoolExecutor | None = None
        self._uploads = 0

    def owns(self, request: Request) -> bool:
        """Return whether a request is for the page."""
        path = request.path
        return path == "/" or path == PATH or path.startswith(f"{PATH}/")

    def receive(self, request: Request, address: str) -> Incoming | None:
        """Return what takes the body of a question, which may be long, once its head is allowed."""
        try:
            check_question(request, address, self.token)
        except Denied:
            # It is refused when the body is there.
            return None
        return _Body(self)

    def handle(self, request: Request, address: str) -> Answer | Future[Answer]:
        """Return the answer to a request; ``address`` is the one that the emulator listens on."""
        request.operation = PAGE
        try:
            if not request.path.startswith(QUESTIONS):
                check_host(request, address)
                if request.path == "/":
                    # It will ask for them in a moment.
                    self._in_turn(self._prepare)
                return _file(request)
            if request.method != "POST":
                return _failure(405, "A question is asked by POST", "use POST", Allow="POST")
            check_question(request, address, self.token)
            return self._ask(request)
        except Denied as denied:
            scheme = {"WWW-Authenticate": "Bearer"} if denied.status == 401 else {}
            return _failure(denied.status, str(denied), denied.help, **scheme)

    def release(self) -> None:
        """Answer what waits; what has not begun is given up."""
        self.live.release()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def prepare(self) -> Collection:
        """Read the messages that are there from the start, and look at them, before anybody asks.

        Not to be called in another thread than that of the questions.
        """
        collection = self._start()
        collection.prepare()
        return collection

    def _prepare(self) -> dict[str, Any]:
        self.prepare()
        return {}

    def _ask(self, request: Request) -> Answer | Future[Answer]:
        name = request.path.removeprefix(QUESTIONS)
        body = request.body
        if isinstance(request.incoming, _Body):
            if request.incoming.problem is not None:
                return request.incoming.problem
            body = bytes(request.incoming.content)
        if name == "live":
            return self._ask_live(body)
        live = self.live.collection() if b'"live"' in body else None
        return self._in_turn(lambda: self._answer(name, body, live))

    def _ask_live(self, body: bytes) -> Answer | Future[Answer]:
        try:
            after = _object(body).get("after")
        except InvalidRequest as error:
            return _failure(400, str(error), 'send {"after": NUMBER}')
        if after is not None and (not isinstance(after, int) or isinstance(after, bool)):
            return _failure(400, "`after` must be a whole number, or null", 'send {"after": null}')
        answer: Future[Answer] = asyncio.get_running_loop().create_future()
        found = self.live.ask(after)

        def give(found: Future[dict[str, Any]]) -> None:
            if not answer.done() and not found.cancelled():
                answer.set_result(_json_answer(found.result()))

        found.add_done_callback(give)
        answer.add_done_callback(lambda answer: answer.cancelled() and found.cancel())
        return answer

    def _in_turn(self, work: _Work) -> Future[Answer]:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="pnfilter-playground")
        return asyncio.get_running_loop().run_in_executor(self._pool, _attempt, work)

    def _answer(self, name: str, body: bytes, live: Collection | None) -> dict[str, Any]:
        question = _object(body)
        if live is not None:
            self._playground.shelf.put(LIVE, live, 0)
        if question.get("id") == START:
            self._start()
        return self._playground.answer(name, question)

    def _start(self) -> Collection:
        """Return the messages that are there from the start, which may have gone to make room."""
        kept = self._playground.shelf.get(START)
        if kept is None:
            kept = _read_start(self._messages)
            self._playground.shelf.put(START, kept, 0)
        return kept

    def begin_upload(self) -> bool:
        """Return whether one more long body may be read now."""
        if self._uploads >= MAX_PAGE_UPLOADS:
            return False
        self._uploads += 1
        return True

    def end_upload(self) -> None:
        """A body was read, or given up."""
        self._uploads -= 1


def _read_start(path: Path | None) -> Collection:
    found = read(str(quakes() if path is None else path))
    found.name = "Earthquakes of one week" if path is None else presentable(path.name)
    return found


class _Body(Incoming):
    """The body of a question, as long as it may be. ``problem`` is the answer where it may not."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.content = bytearray()
        self.problem: Answer | None = None
        self._is_long = False

    def feed(self, chunk: bytes) -> None:
        if self.problem is not None:
            return
        self.content += chunk
        size = len(self.content)
        if size > MAX_PAGE_BODY:
            self._refuse(413, f"A question has at most {MAX_PAGE_BODY:,} bytes", "send less")
        elif size > MAX_BODY and not self._is_long:
            self._is_long = self._site.begin_upload()
            if not self._is_long:
                self._refuse(503, "Too many long questions at once", "ask again in a moment")

    def _refuse(self, status: int, message: str, help: str) -> None:
        self.problem = _failure(status, message, help)
        self.content = bytearray()

    def end(self) -> None:
        """Nothing is left to be done."""

    def close(self) -> None:
        if self._is_long:
            self._is_long = False
            self._site.end_upload()


def _file(request: Request) -> Answer:
    answer = page_files().get(request.path)
    if answer is None:
        return _failure(404, "There is no such file", "open /")
    if request.method not in ("GET", "HEAD"):
        return _failure(405, "This can only be read", "use GET", Allow="GET, HEAD")
    return answer


def _attempt(work: _Work) -> Answer:
    """Return what a question is answered, whatever is wrong with it."""
    try:
        return _json_answer(work())
    except InvalidRequest as error:
        return _failure(400, str(error), error.help)
    except Unknown:
        # No failure: the page sends them again, and browsers would complain of one.
        return _json_answer({"gone": True})
    except KeyError:
        return _failure(404, "There is no such question", f"ask {_QUESTIONS}")
    except (RecursionError, MemoryError):
        return _failure(400, "This is nested too deep, or too large", "try less of it")
    except FileNotFoundError as error:
        return _failure(404, str(error), "paste messages, or drop a file of them")


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = decode(body)
    except BrokenMessage as error:
        raise InvalidRequest(f"the question is {error}") from None
    if not isinstance(found, dict):
        raise InvalidRequest("a question is a JSON object")
    return found


def _json_answer(value: dict[str, Any]) -> Answer:
    return replace(Answer.json(value), headers=_HEADERS, shared=False)


def _failure(status: int, message: str, help: str, **headers: str) -> Answer:
    body = {"status": status, "error": True, "message": message, "help": help}
    return replace(Answer.json(body, status), headers={**_HEADERS, **headers}, shared=False)


def check_host(request: Request, address: str) -> None:
    """Raise ``Denied`` if the request names another host than this one, as after DNS rebinding."""
    if not is_own(request.headers.get("Host", ""), address):
        raise Denied(
            403,
            "The header `Host` doesn't name this server",
            "open the address that it showed at the start",
        )


def check_question(request: Request, address: str, token: str | None) -> None:
    """``Denied`` for a question of another page, one that is no JSON, or one without the token.

    ``token`` is None where none is needed: as long as any key works, all that is published is open
    to every program that reaches the emulator.
    """
    check_host(request, address)
    own = f"{request.scheme}://{request.headers.get('Host', '')}"
    is_foreign = request.headers.get("Origin", own).lower() != own.lower()
    if is_foreign or request.headers.get("Sec-Fetch-Site", "") not in _OWN_SITES:
        raise Denied(403, "Another web page can't ask here", "use the page of this server")
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Denied(415, "A question is JSON", "send `Content-Type: application/json`")
    if token is not None and not has_token(request, token):
        raise Denied(
            401,
            "The token is missing or wrong",
            "open the link that was printed at the start: the token is in it",
        )
