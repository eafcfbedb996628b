"""How a call went: its status, and the envelope that ``.future()`` returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pnclient.enums import PNOperationType, PNStatusCategory

if TYPE_CHECKING:
    from pnfilter import Explanation

R = TypeVar("R")


@dataclass(eq=False)
class PNErrorData:
    """``information`` is the text of ``exception``."""

    information: str
    exception: Exception


class PNStatus:
    """What a listener's ``status`` gets, and what ``.future()`` carries beside the result.

    ``repr`` has the category, the operation and the code, and none of the texts.
    """

    def __init__(self) -> None:
        self.category: PNStatusCategory | None = None
        self.error_data: PNErrorData | None = None
        #: True where something failed, else None.
        self.error: bool | None = None

        #: The code of the answer; None if there was none.
        self.status_code: int | None = None
        self.operation: PNOperationType | None = None

        self.tls_enabled: bool | None = None

        self.uuid: str | None = None
        #: Always None, as with 4.8.1: a status is no place for a secret.
        self.auth_key: str | None = None
        self.origin: str | None = None
        #: What was sent, without keys, secrets and signatures.
        self.client_request: str | None = None
        self.client_response: Any = None
        #: The decoded body of the answer.
        self.original_response: Any = None

        #: With PNFilterDisagreementCategory: why the message doesn't match here, a
        #: ``pnfilter.Explanation``.
        self.explanation: Explanation | None = None

        self.affected_channels: list[str] | None = None
        self.affected_groups: list[str] | None = None

    def is_error(self) -> bool:
        """Whether something failed. In 4.8.1 a reconnection was one too."""
        return bool(self.error)

    def __repr__(self) -> str:
        category, operation = (
            None if number is None else number.name for number in (self.category, self.operation)
        )
        return (
            f"PNStatus(category={category}, operation={operation}, "
            f"status_code={self.status_code}, error={self.error})"
        )


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

    ``result`` is what came instead of a result; ``value()`` the exception that ``.result()``
    raises.
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
