"""How a call went, or what became of a subscription."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pnclient.enums import PNOperationType, PNStatusCategory
from pnclient.models.consumer.pn_error_data import PNErrorData

if TYPE_CHECKING:
    from pnfilter import Explanation


class PNStatus:
    """What a listener's ``status`` gets, and what ``.future()`` carries beside the result.

    ``repr`` tells the category, the operation and the code, and none of the texts.
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
