"""Adding an action to a message."""

from __future__ import annotations

from typing import Any, Self

from pnclient import errors
from pnclient.endpoints.arguments import timetoken
from pnclient.endpoints.endpoint import Client
from pnclient.endpoints.subjects import OfChannel
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.message_actions import PNAddMessageActionResult, PNMessageAction
from pnclient.payloads import json_text
from pnclient.transport import Call


class AddMessageAction(OfChannel[PNAddMessageActionResult]):
    """Add an action, such as a reaction or a receipt, to a message that was published."""

    OPERATION = PNOperationType.PNAddMessageAction

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._action: PNMessageAction | None = None

    def message_action(self, message_action: PNMessageAction) -> Self:
        """The action: its type, its value and the timetoken of its message."""
        given: object = message_action
        if given is not None and not isinstance(given, PNMessageAction):
            raise TypeError(f"message_action: a PNMessageAction is expected, not {given!r}")
        self._action = message_action
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channel()
        action = self._action
        if action is None:
            raise PubNubException(pn_error=errors.PNERR_MESSAGE_ACTION_MISSING)
        if action.message_timetoken is None:
            raise PubNubException(pn_error=errors.PNERR_MESSAGE_TIMETOKEN_MISSING)
        timetoken(action.message_timetoken, "message_timetoken")
        if not action.type:
            raise PubNubException(pn_error=errors.PNERR_MESSAGE_ACTION_TYPE_MISSING)
        if not action.value:
            raise PubNubException(pn_error=errors.PNERR_MESSAGE_ACTION_VALUE_MISSING)

    def _call(self) -> Call:
        action = self._action or PNMessageAction()
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v1", "message-actions", self.pubnub.config.subscribe_key or ""),
                *("channel", self._channel),
                *("message", timetoken(action.message_timetoken, "message_timetoken")),
            ),
            method="POST",
            body=json_text({"type": action.type, "value": action.value}),
        )

    def _result(self, data: Any) -> PNAddMessageActionResult:
        return PNAddMessageActionResult(data["data"])
