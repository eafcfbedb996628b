"""What of members and memberships is asked for, in one object: as the later SDKs have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypedDict, Unpack


class _Own(TypedDict, total=False):
    custom: bool
    status: bool
    type: bool
    total_count: bool


class _WithUser(_Own, total=False):
    user: bool
    user_custom: bool
    user_type: bool
    user_status: bool


class _WithChannel(_Own, total=False):
    channel: bool
    channel_custom: bool
    channel_type: bool
    channel_status: bool


class PNIncludes:
    """Fields that an answer has beside those that it always has."""

    def __init__(self, included: Mapping[str, Any], known: Iterable[str]) -> None:
        known = tuple(known)
        if unknown := included.keys() - known:
            raise TypeError(
                f"no such field: {', '.join(sorted(unknown))}; they are {', '.join(known)}"
            )
        #: Whether the whole list is counted.
        self.total_count = bool(included.get("total_count"))
        self._names = [name for name in known if name != "total_count" and included.get(name)]

    def names(self) -> Iterator[str]:
        """The fields as requests have them."""
        return (name.replace("user", "uuid").replace("_", ".") for name in self._names)


class MemberIncludes(PNIncludes):
    """Of the members of a channel: their own ``custom``, ``status`` and ``type``, and those of the users."""

    def __init__(self, **included: Unpack[_WithUser]) -> None:
        super().__init__(included, _WithUser.__annotations__)


class MembershipIncludes(PNIncludes):
    """Of a user's memberships: their own ``custom``, ``status`` and ``type``, and those of the channels."""

    def __init__(self, **included: Unpack[_WithChannel]) -> None:
        super().__init__(included, _WithChannel.__annotations__)
