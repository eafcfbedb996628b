"""What users, channels, memberships and members can be filtered by.

The fields are recorded. That memberships and members can be filtered by fields of the other side
without its name is assumed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Literal

    Entity = Literal["users", "channels", "memberships", "members"]
else:
    Entity = str

#: The names that lead to a field.
Keys = tuple[str, ...]

#: What is filtered: all users or channels, the channels of a user, the users of a channel.
ENTITIES: Final[tuple[Entity, ...]] = ("users", "channels", "memberships", "members")
#: The name of the other side of a membership.
SIDES: Final = {"memberships": "channel", "members": "uuid"}
_SHARED: Final = ("type", "status", "custom", "updated", "eTag")
_FIELDS: Final = {
    "uuid": ("id", "name", "externalId", "profileUrl", "email", *_SHARED),
    "channel": ("id", "name", "description", *_SHARED),
}


def fields_of(entity: Entity) -> frozenset[Keys]:
    """Return the paths of the fields. One that ends with ``custom`` is for what is in that."""
    side = SIDES.get(entity)
    names = _FIELDS[side or {"users": "uuid", "channels": "channel"}[entity]]
    own = {(name,) for name in names}
    return frozenset(own | {(side, name) for name in names} if side else own)


def known_part(keys: Keys) -> Keys:
    """Return the keys up to ``custom``, which an application fills as it likes."""
    return keys[: keys.index("custom") + 1] if "custom" in keys[:-1] else keys
