"""Messages for functions at the service only."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.pubsub.publish import Sending, published_at
from pnclient.enums import PNOperationType
from pnclient.models.consumer.pubsub import PNFireResult
from pnclient.payloads import json_text


class Fire(Sending[PNFireResult]):
    """Send a message that only functions at the service see: not stored, no subscriber gets it."""

    OPERATION = PNOperationType.PNFireOperation

    def _parameters(self) -> dict[str, str | tuple[str, ...]]:
        given: dict[str, str | tuple[str, ...]] = {"store": "0", "norep": "1"}
        if self._meta is not None:
            given["meta"] = json_text(self._meta)
        return given

    def _result(self, data: Any) -> PNFireResult:
        return PNFireResult(data, published_at(data))
