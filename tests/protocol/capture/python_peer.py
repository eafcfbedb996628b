"""Makes the calls of an official SDK for Python, in the SDK's environment.

Run ``python -m tests.protocol.capture.python_peer threads|tornado|asyncio``. Requests and answers
are lines as in ``tests/interop/drivers/line_protocol.py``. The clock of signatures is fixed, so
that a second capture gives the same; nothing else of the SDK is changed.
"""

from __future__ import annotations

import asyncio
import base64
import importlib
import os
import queue
import sys
import threading
import time
from typing import Any

from tests.interop.drivers.line_protocol import Channel, Failure, Request
from tests.interop.drivers.python_tornado import restore_collections
from tests.protocol.capture.calls import CALLS, Sdk

NOW = 1_600_000_000
#: How deep a result is told: some refer to the client.
DEPTH = 8


def plain(value: Any, depth: int = DEPTH) -> Any:
    """A value as JSON: an object as its fields."""
    if depth == 0 or value is None or isinstance(value, bool | int | float | str):
        return value if depth else "…"
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {str(name): plain(one, depth - 1) for name, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(one, depth - 1) for one in value]
    fields = getattr(value, "__dict__", None)
    if type(value).__module__.startswith("pubnub.") and fields is not None:
        return {name: plain(one, depth - 1) for name, one in fields.items() if one is not None}
    return str(type(value).__name__)


class Peer:
    """One flavour of the SDK that is installed."""

    def __init__(self, flavour: str) -> None:
        self._flavour = flavour
        self._core = importlib.import_module("pubnub.pubnub_core").PubNubCore
        self._core.timestamp = staticmethod(lambda: NOW)
        self._signed: list[list[str]] = []
        self._loop: Any = None
        self._watch_signatures()
        self._start_loop()

    def _watch_signatures(self) -> None:
        utils = importlib.import_module("pubnub.utils")
        sign, told = utils.sign_sha256, self._signed

        def watched(secret: str, text: str) -> str:
            signature: str = sign(secret, text)
            told.append([text, signature])
            return signature

        vars(utils)["sign_sha256"] = watched

    def _start_loop(self) -> None:
        """The loop of asynchronous flavours has a thread; calls come from another."""
        if self._flavour == "tornado":
            self._loop = importlib.import_module("tornado.ioloop").IOLoop.instance()
            threading.Thread(target=self._loop.start, daemon=True).start()
        elif self._flavour == "asyncio":
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def client(self, settings: dict[str, Any]) -> Any:
        config = importlib.import_module("pubnub.pnconfiguration").PNConfiguration()
        config.ssl = False
        config.subscribe_key, config.publish_key, config.uuid = "sub-key", "pub-key", "a-user"
        module = settings.pop("crypto_module", None)
        for name, value in settings.items():
            setattr(config, name, value)
        if module:
            config.crypto_module = getattr(importlib.import_module("pubnub.crypto"), module)(config)
        name, kind = {
            "threads": ("pubnub", "PubNub"),
            "tornado": ("pubnub_tornado", "PubNubTornado"),
            "asyncio": ("pubnub_asyncio", "PubNubAsyncio"),
        }[self._flavour]
        return getattr(importlib.import_module(f"pubnub.{name}"), kind)(config)

    def respond(self, request: Request) -> Any:
        return getattr(self, f"_{request.op}")(request.args, request.timeout)

    def _call(self, args: dict[str, Any], seconds: float) -> Any:
        self._signed.clear()
        try:
            told = {"told": plain(self._result(args, seconds))}
        except Failure as failure:
            told = {"failed": str(failure)}
        except Exception as error:  # noqa: BLE001 whatever the SDK raises is what is told
            told = {"failed": f"{type(error).__name__}: {error}"}
        # A subscription asks, and signs, after its call has returned.
        until = time.monotonic() + seconds
        while "secret_key" in args["settings"] and not self._signed and time.monotonic() < until:
            if "failed" in told:
                break
            time.sleep(0.02)
        return {**told, "signed": list(self._signed)}

    def _result(self, args: dict[str, Any], seconds: float) -> Any:
        client = self._on_loop(lambda: self.client(dict(args["settings"])))
        if args.get("token"):
            client.set_token(args["token"])
        if self._flavour == "threads":
            made = CALLS[args["call"]](client, Sdk())
            envelope = made.sync() if hasattr(made, "sync") else made
            return getattr(envelope, "result", envelope)
        if self._flavour == "tornado":
            return self._tornado_result(client, args, seconds)
        return self._asyncio_result(client, args, seconds)

    def _on_loop(self, make: Any) -> Any:
        """What ``make`` returns, on the thread of the loop."""
        if self._loop is None:
            return make()
        answers: queue.Queue[tuple[Any, Exception | None]] = queue.Queue()

        def made() -> None:
            try:
                answers.put((make(), None))
            except Exception as error:  # noqa: BLE001 raised again below
                answers.put((None, error))

        later = (
            self._loop.add_callback
            if self._flavour == "tornado"
            else self._loop.call_soon_threadsafe
        )
        later(made)
        value, error = answers.get()
        if error is not None:
            raise error
        return value

    def _tornado_result(self, client: Any, args: dict[str, Any], seconds: float) -> Any:
        ended: queue.Queue[Any] = queue.Queue()

        def start() -> None:
            made = CALLS[args["call"]](client, Sdk())
            if not hasattr(made, "future"):
                ended.put(made)
                return
            made.future().add_done_callback(ended.put)

        self._on_loop(start)
        try:
            future = ended.get(timeout=seconds)
        except queue.Empty:
            raise Failure("no answer", "the call has no end") from None
        envelope = (
            future.result() if hasattr(future, "result") and hasattr(future, "done") else future
        )
        if envelope is not None and envelope.is_error():
            raise Failure("sdk", self._of_status(envelope.status))
        return getattr(envelope, "result", envelope)

    def _asyncio_result(self, client: Any, args: dict[str, Any], seconds: float) -> Any:
        async def work() -> Any:
            made = CALLS[args["call"]](client, Sdk())
            made = await made if asyncio.iscoroutine(made) else made
            if not hasattr(made, "future"):
                return made
            envelope = await asyncio.wait_for(made.future(), seconds)
            if envelope.is_error():
                raise Failure("sdk", self._of_status(envelope.status))
            return envelope.result

        return asyncio.run_coroutine_threadsafe(work(), self._loop).result(seconds + 1)

    def _of_status(self, status: Any) -> str:
        cause = status.error_data.exception if status.error_data else None
        return f"{type(cause).__name__}: {cause}"

    def _listen(self, args: dict[str, Any], seconds: float) -> Any:
        """What a listener is told up to the message ``last``, or within so many seconds."""
        events: queue.Queue[Any] = queue.Queue()
        base = importlib.import_module("pubnub.callbacks").SubscribeCallback

        def announced(kind: str) -> Any:
            return lambda self, client, event: events.put({kind: plain(event)})

        kinds = (
            "message",
            "presence",
            "signal",
            "message_action",
            "channel",
            "uuid",
            "membership",
            "file",
        )
        methods = {kind: announced(kind) for kind in kinds}
        methods["status"] = lambda self, client, status: events.put(None)
        listener: Any = type("Listener", (base,), methods)
        client = self._on_loop(lambda: self.client(dict(args["settings"])))
        self._on_loop(lambda: client.add_listener(listener()))
        self._on_loop(lambda: client.subscribe().channels("ch").execute())
        told, until = [], time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                event = events.get(timeout=left)
            except queue.Empty:
                break
            told += [event] if event is not None else []
            if (event or {}).get("message", {}).get("message") == args["last"]:
                break
        return told

    def _token(self, args: dict[str, Any], seconds: float) -> Any:
        """What the SDK reads in a token, and where it keeps it once it is set."""
        client = self._on_loop(lambda: self.client({"origin": "127.0.0.1:1"}))
        told: dict[str, Any] = {}
        for step in ("parse_token", "set_token", "get_tokens", "get_token"):
            if not hasattr(client, step) or (step == "get_token" and "get_tokens" in told):
                continue
            try:
                given = (args["token"],) if step in ("parse_token", "set_token") else ()
                told[step] = plain(getattr(client, step)(*given))
            except Exception as error:  # noqa: BLE001 whatever the SDK raises is what is told
                told[step] = {"failed": f"{type(error).__name__}: {error}"}
        return told

    def _encode(self, args: dict[str, Any], seconds: float) -> Any:
        """The content of a token as CBOR; a name that begins with ``b:`` is bytes."""
        cbor = importlib.import_module("cbor2")
        return base64.urlsafe_b64encode(cbor.dumps(binary(args["content"]))).decode()


def binary(value: Any) -> Any:
    """A value with bytes where a text begins with ``b:`` (as they are) or ``x:`` (hexadecimal)."""
    if isinstance(value, dict):
        return {binary(name): binary(one) for name, one in value.items()}
    if isinstance(value, str) and value[:2] == "b:":
        return value[2:].encode()
    if isinstance(value, str) and value[:2] == "x:":
        return bytes.fromhex(value[2:])
    return value


def main(flavour: str) -> None:
    restore_collections()
    channel = Channel()
    peer = Peer(flavour)
    for request in channel.requests():
        try:
            channel.answer(peer.respond(request))
        except Exception as error:  # noqa: BLE001 whatever the SDK raises is an answer
            channel.fail(error)
    # Threads of the SDK that still wait for the service would hold the interpreter.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
