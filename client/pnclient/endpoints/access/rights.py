"""What the operations on the rights of auth keys have in common."""

from __future__ import annotations

from typing import Any, Self

from pnclient.endpoints.arguments import Names, names_of
from pnclient.endpoints.endpoint import Client, R
from pnclient.endpoints.subjects import OfChannels
from pnclient.transport import Call


def unshown(data: Any) -> Any:
    """Of an answer what may be shown: neither the rights, which name keys, nor a token."""
    if not isinstance(data, dict):
        return None
    return {name: value for name, value in data.items() if name not in ("payload", "data")}


class OfRights(OfChannels[R]):
    """An operation on what auth keys, or everybody, may do with channels and groups."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._auth_keys: list[str] = []

    def auth_keys(self, auth_keys: Names) -> Self:
        """Add auth keys: a text with commas between them, or a list. Without any it concerns everybody."""
        self._auth_keys.extend(names_of(auth_keys, "auth_keys"))
        return self

    def _of_rights(self, resource: str, more: dict[str, str | tuple[str, ...]]) -> Call:
        lists = {
            "auth": self._auth_keys,
            "channel": self._channels,
            "channel-group": self._groups,
        }
        return Call(
            operation=self.OPERATION,
            path=("v2", "auth", resource, "sub-key", self.pubnub.config.subscribe_key or ""),
            query={name: tuple(names) for name, names in lists.items() if names} | more,
            channels=tuple(self._channels),
            groups=tuple(self._groups),
        )

    def _told(self, data: Any) -> Any:
        return unshown(data)
