"""What auth keys may do, as grants and audits tell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Self, TypeVar


class Permissions(NamedTuple):
    """Rights, each True, False, or None where nothing is said of it; ``ttl``: minutes, 0 for ever."""

    read: bool | None = None
    write: bool | None = None
    manage: bool | None = None
    delete: bool | None = None
    get: bool | None = None
    update: bool | None = None
    join: bool | None = None
    ttl: int | None = None


def fetch_permissions(json_input: Mapping[str, Any]) -> Permissions:
    """The rights in a part of an answer, as a tuple in this order: r, w, m, d, g, u, j, ttl."""
    read, write, manage, delete, get, update, join = (
        json_input[letter] == 1 if letter in json_input else None for letter in "rwmdguj"
    )
    return Permissions(read, write, manage, delete, get, update, join, ttl=json_input.get("ttl"))


class _Rights:
    """Rights as attributes; see ``Permissions``."""

    def __init__(  # noqa: PLR0917 - as of old
        self,
        r: bool | None,
        w: bool | None,
        m: bool | None,
        d: bool | None,
        g: bool | None,
        u: bool | None,
        j: bool | None,
        ttl: int | None = None,
    ) -> None:
        self.read_enabled = r
        self.write_enabled = w
        self.manage_enabled = m
        self.delete_enabled = d
        self.get = g
        self.update = u
        self.join = j
        self.ttl = ttl


class PNAccessManagerKeyData(_Rights):
    """What an auth key may do."""

    @classmethod
    def from_json(cls, json_input: Mapping[str, Any]) -> PNAccessManagerKeyData:
        return cls(*fetch_permissions(json_input))


class _EntityData(_Rights):
    """What may be done with something: by all, and by each auth key. ``repr`` shows no key."""

    def __init__(
        self, name: str, auth_keys: dict[str, PNAccessManagerKeyData], everybody: Permissions
    ) -> None:
        super().__init__(*everybody)
        self.name = name
        self.auth_keys = auth_keys

    @classmethod
    def from_json(cls, name: str, json_input: Mapping[str, Any]) -> Self:
        return cls(name, _auth_keys(json_input), fetch_permissions(json_input))


Data = TypeVar("Data", bound=_EntityData)


class PNAccessManagerChannelData(_EntityData):
    """What may be done with a channel."""


class PNAccessManagerChannelGroupData(_EntityData):
    """What may be done with a group of channels."""


class PNAccessManagerUuidsData(_EntityData):
    """What may be done with the metadata of a user."""


class PNAccessManagerCategoryData(_EntityData):
    """What may be done with all metadata of a kind: ``channels`` or ``uuids``."""


class _Result:
    """The rights that there are now.

    ``level``: what they are for, as the service calls it. ``channels``, ``groups``, ``uuids`` and
    ``categories``: by name. ``read_enabled`` and so on: for everything with this subscribe key, which are
    None for another level. ``ttl``: minutes.
    """

    def __init__(self, json_input: Mapping[str, Any]) -> None:
        everywhere = fetch_permissions(json_input)
        self.level: str = json_input["level"]
        self.subscribe_key: str = json_input["subscribe_key"]
        self.ttl = everywhere.ttl
        self.read_enabled = everywhere.read
        self.write_enabled = everywhere.write
        self.manage_enabled = everywhere.manage
        self.delete_enabled = everywhere.delete
        self.channels = _named(PNAccessManagerChannelData, json_input.get("channels", {}))
        self.groups: dict[str, PNAccessManagerChannelGroupData] = {}
        self.uuids = _named(PNAccessManagerUuidsData, json_input.get("uuids", {}))
        self.categories = _named(PNAccessManagerCategoryData, json_input.get("categories", {}))
        # Of one channel or group, the keys stand beside its name (recorded).
        alone = _auth_keys(json_input), Permissions(ttl=everywhere.ttl)
        if "channel" in json_input:
            name: str = json_input["channel"]
            self.channels[name] = PNAccessManagerChannelData(name, *alone)
        for key in ("channel-group", "channel-groups"):
            given = json_input.get(key, {})
            if isinstance(given, str):
                self.groups[given] = PNAccessManagerChannelGroupData(given, *alone)
            else:
                self.groups |= _named(PNAccessManagerChannelGroupData, given)

    @classmethod
    def from_json(cls, json_input: Mapping[str, Any]) -> Self:
        """The rights in the ``payload`` of an answer."""
        return cls(json_input)

    def _told(self, beginning: str) -> str:
        return (
            f"{beginning} for {self.ttl or 0} minutes: read {self.read_enabled}, "
            f"write {self.write_enabled}, manage: {self.manage_enabled}, delete: {self.delete_enabled}"
        )


class PNAccessManagerAuditResult(_Result):
    def __str__(self) -> str:
        return self._told("Current permissions are valid")


class PNAccessManagerGrantResult(_Result):
    def __str__(self) -> str:
        return self._told("New permissions are set")


def _named(kind: type[Data], given: Mapping[str, Any]) -> dict[str, Data]:
    return {name: kind.from_json(name, value) for name, value in given.items()}


def _auth_keys(json_input: Mapping[str, Any]) -> dict[str, PNAccessManagerKeyData]:
    return {
        key: PNAccessManagerKeyData.from_json(value)
        for key, value in json_input.get("auths", {}).items()
    }
