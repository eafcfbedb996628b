"""The calls of App Context that take a filter, and which entity each is for."""

from __future__ import annotations

from typing import Final

from pnfilter.extraction.code import Code

#: What a call lists or changes, by the end of its name, without ``_`` and in lower case.
_ENTITIES: Final = {
    "uuidmetadata": "users",
    "usermetadata": "users",
    "channelmetadata": "channels",
    "channelmembers": "members",
    "memberships": "memberships",
    "members": "members",
    "users": "users",
    "channels": "channels",
}
#: Names that no other library has.
_OWN: Final = ("alluuidmetadata", "allusermetadata", "allchannelmetadata", "channelmembers")
#: The names that take the filter in such a call.
OBJECT_FILTERS: Final = frozenset({"filter", "Filter"})
#: How a name begins. SDKs for Swift leave out the word before ``all``.
_BEGINNINGS: Final = ("get", "fetch", "set", "add", "remove", "manage", "update", "delete")
#: Contents of a file that has such a call, in lower case.
NEEDLES: Final = (
    *(
        f"{word}{sign}metadata".encode()
        for word in ("uuid", "user", "channel")
        for sign in ("", "_")
    ),
    *(f"channel{sign}members".encode() for sign in ("", "_")),
    *(b"memberships", b"getmembers", b"get_members", b"fetchmembers"),
    *(b"getusers", b"get_users", b"getchannels", b"get_channels"),
)
#: Languages in which a request is a chain of calls: ``getMemberships().filter("…")``.
_CHAINED: Final = frozenset({"Python", "Java", "Kotlin", "Groovy", "Scala", "C#", "Go", "PHP"})
#: Calls of one chain that are looked at.
MAX_CHAIN: Final = 30


def entity_of_call(name: str) -> tuple[str, bool]:
    """Return what a call is for, empty for another one; and whether only the SDK has its name."""
    plain = name.replace("_", "").lower()
    is_own = plain.endswith(_OWN)
    if not is_own:
        beginning = next((word for word in _BEGINNINGS if plain.startswith(word)), "")
        if not beginning or plain.removeprefix(beginning) not in _ENTITIES:
            return "", False
        if plain.endswith("metadata"):
            # Of one user or channel: there is nothing to filter.
            return "", False
    return next(entity for end, entity in _ENTITIES.items() if plain.endswith(end)), is_own


def entity_of_argument(code: Code, index: int) -> tuple[str, bool]:
    """The same of the call that has a key or a named argument: ``getUsers({filter: …})``."""
    bracket = code.around[index]
    if code.op(bracket) == "{":
        if code.op(bracket - 1) not in ("(", ","):
            return "", False
        bracket = code.around[bracket]
    if code.op(bracket) != "(":
        return "", False
    return entity_of_call(code.name(bracket - 1).rstrip("!"))


def entity_of_chain(code: Code, index: int) -> tuple[str, bool]:
    """The same of the chain of calls that a method belongs to: ``getMemberships().filter(…)``."""
    if code.language.name not in _CHAINED:
        return "", False
    for _ in range(MAX_CHAIN):
        closing = index - 2
        if code.op(index - 1) not in (".", "->", "?.") or code.op(closing) != ")":
            break
        index = code.partners.get(closing, 0) - 1
        entity, is_own = entity_of_call(code.name(index))
        # `get_users().filter("…")` is another library's.
        if is_own or entity == "memberships":
            return entity, is_own
    return "", False
