"""Who is on which channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pnfilter.server.broker.keyset import Keyset


class Presence:
    """The users on the channels of a keyset, until they leave or nothing is heard of them."""

    def __init__(self, keyset: Keyset, now: Callable[[], float]) -> None:
        self._keyset = keyset
        self._now = now

    def seen(
        self,
        user: str,
        channels: tuple[str, ...],
        groups: tuple[str, ...],
        seconds: int,
        state: dict[str, Any] | None = None,
    ) -> None:
        """A request of a user names channels and groups: the user is there from now on.

        Without another request it is taken to have left after ``seconds``. ``state`` holds its new
        state on some of the channels.
        """

    def expire(self) -> None:
        """Users of whom nothing was heard for too long have left."""
