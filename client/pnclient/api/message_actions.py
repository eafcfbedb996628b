"""Actions, such as reactions, on messages that were published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pnclient import errors
from pnclient.api.arguments import (
    as_list,
    check_acknowledged,
    check_integer,
    encode_moment,
    encode_timetoken,
    json_text,
)
from pnclient.api.endpoint import Client, OfChannel, OfTime
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.transport import Call


class PNMessageAction:
    """One action. Empty when it is made without arguments: the program fills it in.

    The timetokens are text, as the service sends them; integers do for a request too.
    """

    def __init__(self, message_action: Mapping[str, Any] | None = None) -> None:
        given = message_action
        self.type: Any = None if given is None else given["type"]
        self.value: Any = None if given is None else given["value"]
        self.message_timetoken: Any = None if given is None else given["messageTimetoken"]
        self.uuid: Any = None if given is None else given["uuid"]
        self.action_timetoken: Any = None if given is None else given["actionTimetoken"]

    def __str__(self) -> str:
        return (
            f"Message action with tt: {self.action_timetoken} for uuid {self.uuid} "
            f"with value {self.value} "
        )

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({fields})"


class PNAddMessageActionResult(PNMessageAction):
    """The action as the service keeps it."""


class PNGetMessageActionsResult:
    """Actions of a channel's messages, the oldest first."""

    def __init__(self, result: Mapping[str, Any]) -> None:
        self._result = result
        self.actions: list[PNMessageAction] = result["actions"]

    def __str__(self) -> str:
        return "Get message actions success"


class PNRemoveMessageActionResult:
    def __init__(self, result: object) -> None:
        self._result = result

    def __str__(self) -> str:
        return "Remove message actions success"


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
            raise TypeError(f"message_action: expected a PNMessageAction, got {given!r}")
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
        encode_timetoken(action.message_timetoken, "message_timetoken")
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
                *("message", encode_timetoken(action.message_timetoken, "message_timetoken")),
            ),
            method="POST",
            body=json_text({"type": action.type, "value": action.value}),
        )

    def _result(self, data: Any) -> PNAddMessageActionResult:
        return PNAddMessageActionResult(data["data"])


class GetMessageActions(OfChannel[PNGetMessageActionsResult], OfTime[PNGetMessageActionsResult]):
    """Ask for the actions of a channel's messages: the newest ``limit`` of a time.

    The time goes from newer to older, by the timetokens of the actions.
    """

    OPERATION = PNOperationType.PNGetMessageActions
    MAX_LIMIT = 100

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._limit = self.MAX_LIMIT

    def limit(self, limit: int | None) -> Self:
        """The largest number to list. Unset: 100."""
        asked = check_integer(limit, "limit")
        self._limit = self.MAX_LIMIT if asked is None else asked
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channel()

    def _call(self) -> Call:
        query = self._of_time()
        if self._limit != self.MAX_LIMIT:
            query["limit"] = str(self._limit)
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v1", "message-actions", self.pubnub.config.subscribe_key or ""),
                *("channel", self._channel),
            ),
            query=query,
        )

    def _result(self, data: Any) -> PNGetMessageActionsResult:
        actions = [PNMessageAction(action) for action in as_list(data["data"])]
        return PNGetMessageActionsResult({**data, "actions": actions})


class RemoveMessageAction(OfChannel[dict[str, Any]]):
    """Remove an action from a message. The result is empty."""

    OPERATION = PNOperationType.PNDeleteMessageAction

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._message_timetoken: str | None = None
        self._action_timetoken: str | None = None

    def message_timetoken(self, message_timetoken: int | str | None) -> Self:
        """When the message was published."""
        self._message_timetoken = encode_moment(message_timetoken, "message_timetoken")
        return self

    def action_timetoken(self, action_timetoken: int | str | None) -> Self:
        """When the action was added."""
        self._action_timetoken = encode_moment(action_timetoken, "action_timetoken")
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
        check_acknowledged(data)
        return {}
