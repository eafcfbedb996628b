"""Grant and revoke access tokens, and the resources that tokens give access to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Self

from pnclient import errors
from pnclient.access import tokens
from pnclient.access.tokens import MAX_TOKEN_LENGTH
from pnclient.api.access import hide_rights
from pnclient.api.arguments import check_integer, check_string, json_text
from pnclient.api.endpoint import Client, Endpoint
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.redaction import Redacted
from pnclient.transport import Call

#: The maps of a request that each setter's resources go to: the service had other words before (as
#: 10.8 sends it).
_MAPS: Final = {
    "channels": "_channels",
    "groups": "_groups",
    "uuids": "_uuids",
    "users": "_uuids",
    "spaces": "_channels",
}


class PNResource:
    """A name, or a pattern: a regular expression such as ``^room-[0-9]+$``.

    Each right is a method.
    """

    def __init__(
        self, resource_name: str | None = None, resource_pattern: str | None = None
    ) -> None:
        self._resource_name = resource_name
        self._resource_pattern = resource_pattern
        self._rights: set[str] = set()

    def is_pattern_resource(self) -> bool:
        return self._resource_pattern is not None

    def get_id(self) -> str | None:
        """The pattern, or else the name."""
        return self._resource_pattern if self.is_pattern_resource() else self._resource_name

    def is_read(self) -> bool:
        return "read" in self._rights

    def is_write(self) -> bool:
        return "write" in self._rights

    def is_create(self) -> bool:
        return "create" in self._rights

    def is_manage(self) -> bool:
        return "manage" in self._rights

    def is_delete(self) -> bool:
        return "delete" in self._rights

    def is_get(self) -> bool:
        return "get" in self._rights

    def is_update(self) -> bool:
        return "update" in self._rights

    def is_join(self) -> bool:
        return "join" in self._rights

    def _with(self, right: str) -> Self:
        self._rights.add(right)
        return self


class _ChannelRights(PNResource):
    """What has the rights to a channel."""

    def read(self) -> Self:
        return self._with("read")

    def manage(self) -> Self:
        return self._with("manage")

    def write(self) -> Self:
        return self._with("write")

    def delete(self) -> Self:
        return self._with("delete")

    def get(self) -> Self:
        return self._with("get")

    def update(self) -> Self:
        return self._with("update")

    def join(self) -> Self:
        return self._with("join")


class _SpaceRights(_ChannelRights):
    """What has the rights to a channel, and the one to create it."""

    def create(self) -> Self:
        return self._with("create")


class Channel(_ChannelRights):
    """A channel, or channels by a pattern."""

    @staticmethod
    def id(channel_id: str) -> Channel:
        return Channel(resource_name=channel_id)

    @staticmethod
    def pattern(channel_pattern: str) -> Channel:
        """All whose names the regular expression matches."""
        return Channel(resource_pattern=channel_pattern)


class Group(PNResource):
    """A group of channels, or groups by a pattern."""

    @staticmethod
    def id(group_id: str) -> Group:
        return Group(resource_name=group_id)

    @staticmethod
    def pattern(group_pattern: str) -> Group:
        """All whose names the regular expression matches."""
        return Group(resource_pattern=group_pattern)

    def read(self) -> Self:
        return self._with("read")

    def manage(self) -> Self:
        return self._with("manage")


class UUID(PNResource):
    """The metadata of a user, or of users by a pattern."""

    @staticmethod
    def id(user_id: str) -> UUID:
        return UUID(resource_name=user_id)

    @staticmethod
    def pattern(user_pattern: str) -> UUID:
        """All whose names the regular expression matches."""
        return UUID(resource_pattern=user_pattern)

    def delete(self) -> Self:
        return self._with("delete")

    def get(self) -> Self:
        return self._with("get")

    def update(self) -> Self:
        return self._with("update")


class Category(PNResource):
    """The metadata of all channels, or of all users: who has the right may list it."""

    CHANNELS: Final = "channels"
    UUIDS: Final = "uuids"

    def __init__(self, resource_name: str | None = None) -> None:
        super().__init__(resource_name)

    @staticmethod
    def channels() -> Category:
        return Category(Category.CHANNELS)

    @staticmethod
    def uuids() -> Category:
        return Category(Category.UUIDS)

    def get(self) -> Self:
        return self._with("get")


class Space(_SpaceRights):
    """A space, or spaces by a pattern."""

    @staticmethod
    def id(space_id: str) -> Space:
        return Space(resource_name=space_id)

    @staticmethod
    def pattern(space_pattern: str) -> Space:
        """All whose names the regular expression matches."""
        return Space(resource_pattern=space_pattern)


class User(_SpaceRights):
    """A user, or users by a pattern."""

    @staticmethod
    def id(user_id: str) -> User:
        return User(resource_name=user_id)

    @staticmethod
    def pattern(user_pattern: str) -> User:
        """All whose names the regular expression matches."""
        return User(resource_pattern=user_pattern)


class PNGrantTokenResult:
    """A token. It is in ``token``, and in no text of this."""

    def __init__(self, token: str) -> None:
        self.token = token

    def get_token(self) -> str:
        return self.token

    def __str__(self) -> str:
        return "Grant token success"


class PNRevokeTokenResult:
    """``status``: the service's own code, 200."""

    def __init__(self, result: dict[str, Any]) -> None:
        self.status = result["status"]

    def __str__(self) -> str:
        return f"Revoke token success with status: {self.status}"


def parse_resources(
    resource_list: Iterable[PNResource] | None,
    resource_set_name: str,
    resources: dict[str, dict[str, int]],
    patterns: dict[str, dict[str, int]],
) -> None:
    """Enter resources and their rights into the two maps, under ``resource_set_name``."""
    resources.setdefault(resource_set_name, {})
    patterns.setdefault(resource_set_name, {})
    for resource in resource_list or ():
        name = resource.get_id()
        if not isinstance(name, str) or not name:
            raise PubNubException(
                pn_error=errors.PNERR_RESOURCES_MISSING,
                errormsg="a name or pattern is not a string",
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


class GrantToken(Endpoint[PNGrantTokenResult]):
    """Make a token that lets its holder use what it names, for ``ttl`` minutes.

    Something it gives access to, and ``ttl``, are needed. Needs the secret key.
    """

    OPERATION = PNOperationType.PNAccessManagerGrantToken
    READ = tokens.READ
    WRITE = tokens.WRITE
    MANAGE = tokens.MANAGE
    DELETE = tokens.DELETE
    CREATE = tokens.CREATE

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._ttl: int | None = None
        self._meta: dict[str, Any] | None = None
        self._authorized_uuid: str | None = None
        self._channels: list[PNResource] = []
        self._groups: list[PNResource] = []
        self._uuids: list[PNResource] = []
        self._categories: list[PNResource] = []

    def ttl(self, ttl: int | None) -> Self:
        """For how many minutes."""
        self._ttl = check_integer(ttl, "ttl")
        return self

    def meta(self, meta: dict[str, Any] | None) -> Self:
        """What else the token says: a dict."""
        self._meta = meta
        return self

    def authorized_uuid(self, uuid: str | None) -> Self:
        """Who alone may use it."""
        self._authorized_uuid = check_string(uuid, "authorized_uuid")
        return self

    def authorized_user(self, user: str | None) -> Self:
        """The same as ``authorized_uuid``."""
        return self.authorized_uuid(user)

    def channels(self, channels: Iterable[PNResource] | None) -> Self:
        """``Channel.id("a").read()`` and the like, in place of those set before."""
        self._channels = _resources(channels, "channels")
        return self

    def groups(self, groups: Iterable[PNResource] | None) -> Self:
        """``Group.id("a").read()`` and the like, in place of those set before."""
        self._groups = _resources(groups, "groups")
        return self

    def uuids(self, uuids: Iterable[PNResource] | None) -> Self:
        """``UUID.id("a").get()`` and the like, in place of those set before."""
        self._uuids = _resources(uuids, "uuids")
        return self

    def spaces(self, spaces: Iterable[PNResource] | None) -> Self:
        """Channels, by the older word: in place of those set before."""
        self._channels = _resources(spaces, "spaces")
        return self

    def users(self, users: Iterable[PNResource] | None) -> Self:
        """Uuids, by the older word: in place of those set before."""
        self._uuids = _resources(users, "users")
        return self

    def categories(self, categories: Iterable[Category] | None) -> Self:
        """``Category.channels().get()`` and the like, in place of those set before."""
        self._categories = _resources(categories, "categories")
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_secret_key()
        if self._ttl is None:
            raise PubNubException(pn_error=errors.PNERR_TTL_MISSING)
        if not (self._channels or self._groups or self._uuids or self._categories):
            raise PubNubException(pn_error=errors.PNERR_RESOURCES_MISSING)
        for category in self._categories:
            if not isinstance(category, Category) or calculate_bitmask(category) != tokens.GET:
                raise PubNubException(
                    pn_error=errors.PNERR_PAM_INVALID_ARGUMENTS,
                    errormsg="a category is a Category with the right get",
                )
        meta: object = self._meta
        if meta is not None and not isinstance(meta, dict):
            raise PubNubException(pn_error=errors.PNERR_INVALID_META)

    def _call(self) -> Call:
        permissions: dict[str, Any] = {"resources": {}, "patterns": {}}
        for name, attribute in _MAPS.items():
            given: Sequence[PNResource] = getattr(self, attribute)
            parse_resources(given, name, permissions["resources"], permissions["patterns"])
        if self._categories:
            permissions["categories"] = {
                one.get_id(): calculate_bitmask(one) for one in self._categories
            }
        permissions["meta"] = self._meta or {}
        if self._authorized_uuid:
            permissions["uuid"] = self._authorized_uuid
        return Call(
            operation=self.OPERATION,
            path=("v3", "pam", self.pubnub.config.subscribe_key or "", "grant"),
            method="POST",
            body=json_text({"ttl": self._ttl, "permissions": permissions}),
        )

    def _result(self, data: Any) -> PNGrantTokenResult:
        token: object = data["data"]["token"]
        if not isinstance(token, str) or not token:
            raise TypeError("a token must be a string")
        return PNGrantTokenResult(token)

    def _status_data(self, data: Any) -> Any:
        return hide_rights(data)


def _resources(given: Iterable[PNResource] | None, what: str) -> list[PNResource]:
    listed: list[Any] = [] if given is None else list(given)
    if all(isinstance(one, PNResource) for one in listed):
        return listed
    raise TypeError(f"{what}: expected a list of resources, such as [Channel.id('a').read()]")


class RevokeToken(Endpoint[PNRevokeTokenResult]):
    """Let a token give access no more. Needs the secret key; ``repr`` doesn't show the token."""

    OPERATION = PNOperationType.PNAccessManagerRevokeToken

    def __init__(self, pubnub: Client, token: str) -> None:
        super().__init__(pubnub)
        self._token = token

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_secret_key()
        given: object = self._token
        if not isinstance(given, str) or not given or len(given) > MAX_TOKEN_LENGTH:
            raise PubNubException(pn_error=errors.PNERR_INVALID_ACCESS_TOKEN)

    def _call(self) -> Call:
        key = self.pubnub.config.subscribe_key or ""
        return Call(
            operation=self.OPERATION,
            path=("v3", "pam", key, "grant", Redacted(self._token)),
            method="DELETE",
        )

    def _result(self, data: Any) -> PNRevokeTokenResult:
        return PNRevokeTokenResult(data)

    def _status_data(self, data: Any) -> Any:
        return hide_rights(data)
