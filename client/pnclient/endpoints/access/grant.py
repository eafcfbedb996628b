"""Granting rights to auth keys, or to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pnclient import errors
from pnclient.endpoints.access.rights import OfRights
from pnclient.endpoints.arguments import Names, flag, integer, names_of
from pnclient.endpoints.endpoint import Client
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.access_manager import PNAccessManagerGrantResult
from pnclient.transport import Call

#: Whose metadata can be listed.
_CATEGORIES = ("channels", "uuids")


class Grant(OfRights[PNAccessManagerGrantResult]):
    """Let auth keys use channels, groups and users' metadata; without keys, everybody; without names, all.

    What is granted replaces what was granted before to the same. Needs the secret key and the publish key.
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
        """All metadata of ``channels`` or ``uuids``: with ``get``, it may be listed. Needs auth keys."""
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
        """For how many minutes; 0 for ever. Unset, the service takes a day (documented: 1440)."""
        self._ttl = integer(ttl, "ttl")
        return self

    def _set(self, letter: str, name: str, value: bool | None) -> Self:
        given = flag(value, name)
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
