"""Removing an action from a message."""

from __future__ import annotations

from typing import Any, Self

from pnclient import errors
from pnclient.endpoints.arguments import moment
from pnclient.endpoints.endpoint import Client
from pnclient.endpoints.shapes import acknowledged
from pnclient.endpoints.subjects import OfChannel
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.transport import Call


class RemoveMessageAction(OfChannel[dict[str, Any]]):
    """Remove an action from a message. The result is empty."""

    OPERATION = PNOperationType.PNDeleteMessageAction

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._message_timetoken: str | None = None
        self._action_timetoken: str | None = None

    def message_timetoken(self, message_timetoken: int | str | None) -> Self:
        """When the message was published."""
        self._message_timetoken = moment(message_timetoken, "message_timetoken")
        return self

    def action_timetoken(self, action_timetoken: int | str | None) -> Self:
        """When the action was added."""
        self._action_timetoken = moment(action_timetoken, "action_timetoken")
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channel()
        if self._message_timetoken is None:
            raise PubNubException(pn_error=errors.PNERR_MESSAGE_TIMETOKEN_MISSING)
        if self._action_timetoken is None:
            raise PubNubException(pn_error=errors.PNERR_MESSAGE_ACTION_TIMETOKEN_MISSING)

    def _call(self) -> Call:
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v1", "message-actions", self.pubnub.config.subscribe_key or ""),
                *("channel", self._channel),
                *("message", self._message_timetoken or ""),
                *("action", self._action_timetoken or ""),
            ),
            method="DELETE",
        )

    def _result(self, data: Any) -> dict[str, Any]:
        acknowledged(data)
        return {}
