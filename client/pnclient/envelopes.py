"""What ``.future()`` gives: a result with its status, or what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from pnclient.models.consumer.common import PNStatus

R = TypeVar("R")


class TornadoEnvelope(Generic[R]):
    """What ``.future()`` gives for a call that succeeded."""

    def __init__(self, result: R, status: PNStatus) -> None:
        self.result = result
        self.status = status

    @staticmethod
    def is_error() -> bool:
        return False


class PubNubTornadoException(Exception):
    """What ``.future()`` gives for a call that failed: returned, not raised.

    ``result`` is what came instead of a result; ``value()`` the exception that ``.result()`` raises.
    """

    def __init__(self, result: Any, status: PNStatus) -> None:
        super().__init__(result, status)
        self.result = result
        self.status = status

    def __str__(self) -> str:
        return str(self.value())

    # The exception's own would show what the service answered.
    def __repr__(self) -> str:
        return f"PubNubTornadoException({str(self)!r}, {self.status!r})"

    @staticmethod
    def is_error() -> bool:
        return True

    def value(self) -> Exception | None:
        """What ``.result()`` raises."""
        return self.status.error_data.exception if self.status.error_data else None
