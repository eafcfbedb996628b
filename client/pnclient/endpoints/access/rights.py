"""What the operations on the rights of auth keys have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from pnclient import errors
from pnclient.access import tokens
from pnclient.endpoints.arguments import Names, names_of
from pnclient.endpoints.endpoint import Client, R
from pnclient.endpoints.subjects import OfChannels
from pnclient.exceptions import PubNubException
from pnclient.transport import Call

if TYPE_CHECKING:
    from pnclient.models.consumer.v3.pn_resource import PNResource


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


def parse_resources(
    resource_list: Iterable[PNResource] | None,
    resource_set_name: str,
    resources: dict[str, dict[str, int]],
    patterns: dict[str, dict[str, int]],
) -> None:
    """Enter what access is granted to into the two maps, under ``resource_set_name``: names with their rights."""
    resources.setdefault(resource_set_name, {})
    patterns.setdefault(resource_set_name, {})
    for resource in resource_list or ():
        name = resource.get_id()
        if not isinstance(name, str) or not name:
            raise PubNubException(
                pn_error=errors.PNERR_RESOURCES_MISSING, errormsg="a name or pattern is no text"
            )
        found = patterns if resource.is_pattern_resource() else resources
        found[resource_set_name][name] = calculate_bitmask(resource)


def calculate_bitmask(pn_resource: PNResource) -> int:
    """The rights on something as a number; ``PubNubException`` where there are none."""
    rights = {
        tokens.READ: pn_resource.is_read(),
        tokens.WRITE: pn_resource.is_write(),
        tokens.MANAGE: pn_resource.is_manage(),
        tokens.DELETE: pn_resource.is_delete(),
        tokens.CREATE: pn_resource.is_create(),
        tokens.GET: pn_resource.is_get(),
        tokens.UPDATE: pn_resource.is_update(),
        tokens.JOIN: pn_resource.is_join(),
    }
    bits = sum(bit for bit, is_given in rights.items() if is_given)
    if not bits:
        raise PubNubException(pn_error=errors.PNERR_PERMISSION_MISSING)
    return bits
