"""All that a program or its operator may see of a client, and what that must not hold."""

from __future__ import annotations

import asyncio
import hashlib
import traceback
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from pnclient.callbacks import SubscribeCallback
from pnclient.crypto import PubNubCrypto
from pnclient.managers import TokenManager
from pnclient.models.consumer.access_manager import (
    PNAccessManagerAuditResult,
    PNAccessManagerGrantResult,
)
from pnclient.models.consumer.common import PNStatus
from pnclient.models.consumer.v3.access_manager import PNGrantTokenResult
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_core import PubNubCore

#: With characters that are escaped on the way; the words in capitals are what is looked for.
SECRETS: Mapping[str, str] = {
    "subscribe_key": "sub-c-SUBSCRIBEWORD",
    "publish_key": "pub-c-PUBLISHWORD",
    "secret_key": "sec-c-SECRETWORD",
    "auth_key": "a b/AUTHWORD+=&ü",
    "cipher_key": "enigma CIPHERWORD ü",
}
PROXY_PASSWORD = "PROXYWORD"
#: Seconds after which a test has failed.
PATIENCE = 30
#: A granted token, and an auth key that rights are granted to.
TOKEN = "p0F2TOKENWORD-_PQ=="
GRANTED_KEY = "GRANTEDWORD key"
_WORDS = (
    "TOKENWORD",
    "GRANTEDWORD",
    "SUBSCRIBEWORD",
    "PUBLISHWORD",
    "SECRETWORD",
    "AUTHWORD",
    "CIPHERWORD",
    PROXY_PASSWORD,
)
_TESTS = str(Path(__file__).parent)


class Exposure(SubscribeCallback):
    """What has been seen. It is a listener too, of everything."""

    def __init__(self, log: pytest.LogCaptureFixture) -> None:
        self._log = log
        self._seen: list[tuple[str, str]] = []
        self.signatures: list[str] = []
        #: What listeners were told, of statuses their category and operation.
        self.told: list[str] = []
        self._news = asyncio.Event()

    def see(self, where: str, value: object) -> None:
        """Take note of a value: how it is shown, and what is in it."""
        self._seen += [(where, text) for text in texts_of(value, set())]

    def see_raised(self, where: str, error: BaseException, *, with_locals: bool = True) -> None:
        """Take note of an exception: its traceback too, with all that is chained.

        Those who collect errors add the locals of each frame; the tests' own would have the
        secrets.
        """
        self.see(where, error)
        told = traceback.TracebackException.from_exception(error, capture_locals=with_locals)
        for frame in told.stack:
            if frame.filename.startswith(_TESTS):
                frame.locals = None
        self._seen.append((where, "".join(told.format())))

    def leaks(self) -> list[str]:
        """Where something was seen that must not be.

        The texts are cut: they would be in this log.
        """
        hidden = {*_WORDS, *derived(), *self.signatures}
        seen = [*self._seen, *(("log", line) for line in self._log.text.splitlines())]
        return [f"{where}: {text[:200]}" for where, text in seen if any(_forms(hidden, text))]

    async def until(self, *told: str) -> None:
        """Wait until listeners were told all of these."""
        while not set(told) <= set(self.told):
            self._news.clear()
            await self._news.wait()

    def status(self, pubnub: Any, status: PNStatus) -> None:
        assert status.category is not None
        operation = "" if status.operation is None else f" {status.operation.name}"
        self._tell(f"{status.category.name}{operation}", status)

    def message(self, pubnub: Any, message: Any) -> None:
        self._tell("message", message)

    def presence(self, pubnub: Any, presence: Any) -> None:
        self._tell("presence", presence)

    def signal(self, pubnub: Any, signal: Any) -> None:
        self._tell("signal", signal)

    def message_action(self, pubnub: Any, message_action: Any) -> None:
        self._tell("message_action", message_action)

    def _tell(self, what: str, value: object) -> None:
        self.see(what, value)
        self.told.append(what)
        self._news.set()


def texts_of(value: object, known: set[int]) -> Iterator[str]:
    """How a value is shown, and the same for what it holds.

    Of clients, configurations, ciphers and what was granted only how they are shown: they have to
    have the keys.
    """
    if id(value) in known:
        return
    known.add(id(value))
    yield from (repr(value), str(value))
    match value:
        case PNConfiguration() | PubNubCore() | PubNubCrypto() | TokenManager():
            return
        case PNGrantTokenResult() | PNAccessManagerGrantResult() | PNAccessManagerAuditResult():
            return
        case dict():
            for item in (*value.keys(), *value.values()):
                yield from texts_of(item, known)
        case list() | tuple() | set():
            for item in value:
                yield from texts_of(item, known)
        case BaseException():
            for item in (value.args, vars(value), value.__cause__, value.__context__):
                yield from texts_of(item, known)
        case _ if type(value).__module__.startswith("pnclient.") and hasattr(value, "__dict__"):
            yield from texts_of(vars(value), known)


def derived() -> Iterator[str]:
    """What the cipher key is turned into."""
    digest = hashlib.sha256(SECRETS["cipher_key"].encode())
    # Half of the digits are a key themselves.
    yield digest.hexdigest()[:32]
    yield repr(digest.digest())[2:-1]


def _forms(hidden: set[str], text: str) -> Iterator[bool]:
    for word in hidden:
        yield word in text or quote(word, safe="") in text


def secretive(origin: str, **more: Any) -> PNConfiguration:
    """A configuration with all secrets."""
    config = PNConfiguration()
    config.uuid, config.origin, config.ssl = "user", origin, False
    for name, value in {**SECRETS, **more}.items():
        setattr(config, name, value)
    return config


async def seen_call(exposure: Exposure, where: str, builder: Callable[[], Any]) -> None:
    """Make a call with both endings, and take note of all that it gives."""
    call = builder()
    exposure.see(where, repr(call))
    future = call.future()
    exposure.see(where, repr(future))
    envelope = await future
    exposure.see(where, envelope)
    exposure.see(where, repr(future))
    if envelope.is_error():
        exposure.see_raised(where, envelope)
    try:
        exposure.see(where, await builder().result())
    except Exception as error:  # noqa: BLE001
        exposure.see_raised(where, error)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run it with a loop that tells at length what it does."""

    async def limited() -> None:
        asyncio.get_running_loop().slow_callback_duration = 0
        async with asyncio.timeout(PATIENCE):
            await work

    asyncio.run(limited(), debug=True)
