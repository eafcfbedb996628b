"""Making access tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Self

from pnclient import errors
from pnclient.access import tokens
from pnclient.endpoints.access.rights import calculate_bitmask, parse_resources, unshown
from pnclient.endpoints.arguments import integer, text
from pnclient.endpoints.endpoint import Client, Endpoint
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.v3.access_manager import PNGrantTokenResult
from pnclient.models.consumer.v3.category import Category
from pnclient.models.consumer.v3.pn_resource import PNResource
from pnclient.payloads import json_text
from pnclient.transport import Call

#: The maps of a request that each setter's resources go to: the service had other words before (as 10.8 sends it).
_MAPS: Final = {
    "channels": "_channels",
    "groups": "_groups",
    "uuids": "_uuids",
    "users": "_uuids",
    "spaces": "_channels",
}


class GrantToken(Endpoint[PNGrantTokenResult]):
    """Make a token that lets whoever has it use what it names, for ``ttl`` minutes.

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
        self._ttl = integer(ttl, "ttl")
        return self

    def meta(self, meta: dict[str, Any] | None) -> Self:
        """What else the token says: a dict."""
        self._meta = meta
        return self

    def authorized_uuid(self, uuid: str | None) -> Self:
        """Who alone may use it."""
        self._authorized_uuid = text(uuid, "authorized_uuid")
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
            raise TypeError("a token is a text")
        return PNGrantTokenResult(token)

    def _told(self, data: Any) -> Any:
        return unshown(data)


def _resources(given: Iterable[PNResource] | None, what: str) -> list[PNResource]:
    listed: list[Any] = [] if given is None else list(given)
    if all(isinstance(one, PNResource) for one in listed):
        return listed
    raise TypeError(f"{what}: a list of resources is expected, such as [Channel.id('a').read()]")
