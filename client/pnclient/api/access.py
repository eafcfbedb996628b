"""Grant rights to auth keys, revoke them, and list them. All of it needs the secret key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, NoReturn, Self, TypeVar

from pnclient import errors
from pnclient.api.arguments import Names, check_flag, check_integer, names_of
from pnclient.api.endpoint import Client, OfChannels, R
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.transport import Call

#: Whose metadata can be listed.
_CATEGORIES = ("channels", "uuids")


class Permissions(NamedTuple):
    """Rights: True, False, or None if unknown. ``ttl``: minutes, 0 for no limit."""

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

    def __init__(  # noqa: PLR0917 - as in 4.8.1
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
    ``categories``: by name. ``read_enabled`` and so on: for everything with this subscribe key,
    which are None for another level. ``ttl``: minutes.
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
        # Of one channel or group, the keys are beside its name (recorded).
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

    def _summarize(self, beginning: str) -> str:
        return (
            f"{beginning} for {self.ttl or 0} minutes: read {self.read_enabled}, "
            f"write {self.write_enabled}, manage: {self.manage_enabled}, "
            f"delete: {self.delete_enabled}"
        )


class PNAccessManagerAuditResult(_Result):
    def __str__(self) -> str:
        return self._summarize("Current permissions are valid")


class PNAccessManagerGrantResult(_Result):
    def __str__(self) -> str:
        return self._summarize("New permissions are set")


def _named(kind: type[Data], given: Mapping[str, Any]) -> dict[str, Data]:
    return {name: kind.from_json(name, value) for name, value in given.items()}


def _auth_keys(json_input: Mapping[str, Any]) -> dict[str, PNAccessManagerKeyData]:
    return {
        key: PNAccessManagerKeyData.from_json(value)
        for key, value in json_input.get("auths", {}).items()
    }


def hide_rights(data: Any) -> Any:
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
        """Add auth keys: a text with commas between them, or a list.

        Without any it concerns everybody.
        """
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

    def _status_data(self, data: Any) -> Any:
        return hide_rights(data)


class Grant(OfRights[PNAccessManagerGrantResult]):
    """Let auth keys use channels, groups and metadata of users.

    Without auth keys it is for everybody, without names for all channels.

    What is granted replaces what was granted before to the same. Needs the secret key and the
    publish key.
    """

    OPERATION = PNOperationType.PNAccessManagerGrant
    #: What becomes of rights that aren't set, by their letters; those that aren't here aren't sent.
    UNSET: ClassVar[Mapping[str, bool]] = {}

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._uuids: list[str] = []
        self._categories: list[str] = []
        #: Those that are set, by their letters.
        self._flags: dict[str, bool] = {}
        self._ttl: int | None = None

    def uuids(self, uuids: Names) -> Self:
        """Add users: a text with commas between them, or a list. Needs auth keys."""
        self._uuids.extend(names_of(uuids, "uuids"))
        return self

    def categories(self, categories: Names) -> Self:
        """All metadata of ``channels`` or ``uuids``: with ``get``, it may be listed.

        Needs auth keys.
        """
        self._categories.extend(names_of(categories, "categories"))
        return self

    def read(self, flag: bool | None) -> Self:
        """Subscribe, and read what is stored."""
        return self._set("r", "read", flag)

    def write(self, flag: bool | None) -> Self:
        """Publish."""
        return self._set("w", "write", flag)

    def manage(self, flag: bool | None) -> Self:
        """Change groups, and who is a member."""
        return self._set("m", "manage", flag)

    def delete(self, flag: bool | None) -> Self:
        """Delete stored messages, files and metadata."""
        return self._set("d", "delete", flag)

    def get(self, flag: bool | None) -> Self:
        """Read metadata."""
        return self._set("g", "get", flag)

    def update(self, flag: bool | None) -> Self:
        """Change metadata."""
        return self._set("u", "update", flag)

    def join(self, flag: bool | None) -> Self:
        """Become a member of channels."""
        return self._set("j", "join", flag)

    def ttl(self, ttl: int | None) -> Self:
        """For how many minutes; 0 for no end. Unset, the service takes a day (documented: 1440)."""
        self._ttl = check_integer(ttl, "ttl")
        return self

    def _set(self, letter: str, name: str, value: bool | None) -> Self:
        given = check_flag(value, name)
        if given is None:
            self._flags.pop(letter, None)
        else:
            self._flags[letter] = given
        return self

    def _rights(self) -> dict[str, bool]:
        """What each right is set to, by its letter."""
        return {**self.UNSET, **self._flags}

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_secret_key()
        self._require_publish_key()
        if (self._channels or self._groups) and self._uuids:
            raise _invalid(
                "rights on channels and groups can't be granted together with those on uuids"
            )
        if (self._uuids or self._categories) and not self._auth_keys:
            raise _invalid(
                "rights on uuids and categories are granted to auth keys: none are given"
            )
        if not set(self._categories) <= set(_CATEGORIES):
            raise _invalid(f"categories are {' and '.join(_CATEGORIES)}")
        rights = self._rights()
        if self._categories and any(rights[letter] for letter in rights if letter != "g"):
            raise _invalid("on categories only the right get can be granted")
        if not rights:
            raise PubNubException(pn_error=errors.PNERR_PAM_NO_FLAGS)

    def _call(self) -> Call:
        query: dict[str, str | tuple[str, ...]] = {
            letter: "1" if value else "0" for letter, value in self._rights().items()
        }
        if self._uuids:
            query["target-uuid"] = tuple(self._uuids)
        if self._categories:
            query["category"] = tuple(self._categories)
        if self._ttl is not None:
            query["ttl"] = str(self._ttl)
        return self._of_rights("grant", query)

    def _result(self, data: Any) -> PNAccessManagerGrantResult:
        return PNAccessManagerGrantResult.from_json(data["payload"])


def _invalid(why: str) -> PubNubException:
    return PubNubException(pn_error=errors.PNERR_PAM_INVALID_ARGUMENTS, errormsg=why)


class Revoke(Grant):
    """Take all rights back: a grant of none. See ``Grant`` for what of.

    ``get``, ``update``, ``join`` and ``delete`` may leave one of these. Needs the secret key and
    the publish key.
    """

    OPERATION = PNOperationType.PNAccessManagerRevoke
    UNSET: ClassVar[Mapping[str, bool]] = dict.fromkeys("rwmdguj", False)

    def read(self, flag: bool | None) -> NoReturn:
        raise NotImplementedError("revoke takes the right to read: use grant() to leave it")

    def write(self, flag: bool | None) -> NoReturn:
        raise NotImplementedError("revoke takes the right to write: use grant() to leave it")

    def manage(self, flag: bool | None) -> NoReturn:
        raise NotImplementedError("revoke takes the right to manage: use grant() to leave it")


class Audit(OfRights[PNAccessManagerAuditResult]):
    """Ask what auth keys, and everybody, may do: with channels and groups, or with everything.

    Needs the secret key.
    """

    OPERATION = PNOperationType.PNAccessManagerAudit

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_secret_key()

    def _call(self) -> Call:
        return self._of_rights("audit", {})

    def _result(self, data: Any) -> PNAccessManagerAuditResult:
        return PNAccessManagerAuditResult.from_json(data["payload"])
