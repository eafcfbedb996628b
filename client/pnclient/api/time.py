"""The service's clock."""

from __future__ import annotations

from datetime import date
from typing import Any

from pnclient.api.endpoint import Endpoint
from pnclient.enums import PNOperationType
from pnclient.transport import Call


class PNTimeResponse:
    """The time, in units of 100 ns since 1970."""

    #: Units in a second.
    MULTIPLIER = 10000000

    def __init__(self, server_response: list[Any]) -> None:
        given: object = server_response
        if not isinstance(given, list):
            raise TypeError(f"the time is a list with one number, not {given!r}")
        self.server_response = given
        self.value_as_int = int(given[0])
        self.value_as_string = str(given[0])

    def __int__(self) -> int:
        return self.value_as_int

    def __str__(self) -> str:
        return self.value_as_string

    def __repr__(self) -> str:
        return f"PNTimeResponse({self.server_response!r})"

    def date_time(self) -> date:
        """The day, where the program runs."""
        return date.fromtimestamp(self.value_as_int / self.MULTIPLIER)  # noqa: DTZ012 - as in 4.8.1


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
