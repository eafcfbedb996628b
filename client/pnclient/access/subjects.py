"""What a request needs rights to, and where a token for that is looked up."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol


class Subjects(NamedTuple):
    """The names that a request needs a right to.

    ``categories``: the kinds whose whole metadata it needs, ``channels`` or ``uuids``.
    """

    channels: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    uuids: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


NOTHING: Final = Subjects()


class Tokens(Protocol):
    """Access tokens to choose from."""

    def token_for(self, subjects: Subjects) -> str | None: ...
