"""Message actions: what was added to a message after it had been published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


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
        return f"Message action with tt: {self.action_timetoken} for uuid {self.uuid} with value {self.value} "

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
