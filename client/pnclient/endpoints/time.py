"""The service's clock."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.endpoint import Endpoint
from pnclient.enums import PNOperationType
from pnclient.models.consumer.time import PNTimeResponse
from pnclient.transport import Call


def time_call() -> Call:
    """What asks for the time."""
    return Call(operation=PNOperationType.PNTimeOperation, path=("time", "0"))


class Time(Endpoint[PNTimeResponse]):
    """Ask for the time. Needs no keys."""

    OPERATION = PNOperationType.PNTimeOperation

    def _validate(self) -> None:
        """Nothing is needed."""

    def _call(self) -> Call:
        return time_call()

    def _result(self, data: Any) -> PNTimeResponse:
        return PNTimeResponse(data)
