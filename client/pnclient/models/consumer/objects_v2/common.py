"""What of members and memberships is asked for, in one object: as the later SDKs have it."""

from __future__ import annotations

from collections.abc import Iterator


class PNIncludes:
    """Fields that an answer has beside those that it always has."""

    def __init__(self, *, total_count: bool, **included: bool) -> None:
        #: Whether the whole list is counted.
        self.total_count = total_count
        self._included = included

    def names(self) -> Iterator[str]:
        """The fields as requests have them."""
        return (
            name.replace("user", "uuid").replace("_", ".")
            for name, is_included in self._included.items()
            if is_included
        )


class MemberIncludes(PNIncludes):
    """Of the members of a channel: their own ``custom``, ``status`` and ``type``, and those of the users."""

    def __init__(
        self,
        *,
        custom: bool = False,
        status: bool = False,
        type: bool = False,
        total_count: bool = False,
        user: bool = False,
        user_custom: bool = False,
        user_type: bool = False,
        user_status: bool = False,
    ) -> None:
        super().__init__(
            total_count=total_count,
            custom=custom,
            status=status,
            type=type,
            user=user,
            user_custom=user_custom,
            user_type=user_type,
            user_status=user_status,
        )


class MembershipIncludes(PNIncludes):
    """Of a user's memberships: their own ``custom``, ``status`` and ``type``, and those of the channels."""

    def __init__(
        self,
        *,
        custom: bool = False,
        status: bool = False,
        type: bool = False,
        total_count: bool = False,
        channel: bool = False,
        channel_custom: bool = False,
        channel_type: bool = False,
        channel_status: bool = False,
    ) -> None:
        super().__init__(
            total_count=total_count,
            custom=custom,
            status=status,
            type=type,
            channel=channel,
            channel_custom=channel_custom,
            channel_type=channel_type,
            channel_status=channel_status,
        )
