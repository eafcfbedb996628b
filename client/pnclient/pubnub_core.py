"""What a client offers, whatever its event loop."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from pnclient import transport
from pnclient.performing import Sequence

if TYPE_CHECKING:
    from pnclient.endpoints.endpoint import Endpoint
    from pnclient.pnconfiguration import PNConfiguration

R = TypeVar("R")


class PubNubCore(ABC):
    """A client: a builder for each operation.

    Builders of the access manager, tokens, objects, files and push are not here yet.
    """

    SDK_NAME: Final = transport.SDK_NAME.partition("-Tornado")[0]
    SDK_VERSION: Final = transport.SDK_NAME.partition("/")[2]

    TIMESTAMP_DIVIDER = 1000
    MAX_SEQUENCE = 65535

    def __init__(self, config: PNConfiguration) -> None:
        self.config = config
        config.validate()
        self._publish_sequence_manager = Sequence(self.MAX_SEQUENCE)

    @property
    def uuid(self) -> str:
        """Who this client is."""
        return self.config.uuid

    @property
    def sdk_name(self) -> str:
        """What requests say the client is."""
        return transport.SDK_NAME

    @property
    def headers(self) -> dict[str, str]:
        """What every request has in its head."""
        return {"User-Agent": self.sdk_name}

    @property
    def base_origin(self) -> str:
        """Host and port of the service."""
        return self.config.origin

    @staticmethod
    def timestamp() -> int:
        """Seconds since 1970."""
        return int(time.time())

    @abstractmethod
    def request_result(self, endpoint: Endpoint[R]) -> asyncio.Future[R]:
        """The typed result of a call; what failed is raised."""

    @abstractmethod
    def request_future(self, endpoint: Endpoint[R]) -> asyncio.Future[Any]:
        """The result of a call with its status; what failed after it was sent is returned."""

    def request_sync(self, *_: object) -> NoReturn:
        raise NotImplementedError("this client does not block: await .result() or .future()")

    def request_async(self, *_: object) -> NoReturn:
        raise NotImplementedError("this client has no callbacks: await .result() or .future()")

    def request_deferred(self, *_: object) -> NoReturn:
        raise NotImplementedError("this client has no deferreds: await .result() or .future()")
