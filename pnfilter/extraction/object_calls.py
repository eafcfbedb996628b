"""The calls of App Context that take a filter, and which entity each is for."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from pnfilter.extraction.code import Code

#: What a call lists or changes, by the end of its name, without ``_`` and in lower case.
_ENTITIES: Final = {
    "uuidmetadata": "users",
    "uuidsmetadata": "users",
    "usermetadata": "users",
    "channelmetadata": "channels",
    "channelsmetadata": "channels",
    "channelmembers": "members",
    "channelmemberships": "members",
    "usermemberships": "memberships",
    "memberships": "memberships",
    "members": "members",
    "invitees": "members",
    "users": "users",
    "channels": "channels",
    "spaces": "channels",
    "unreadmessagescounts": "memberships",
    "allmessagesasread": "memberships",
}
#: The ends of names that no other library has.
_OWN: Final = (
    *("alluuidmetadata", "allusermetadata", "allchannelmetadata", "allchannelsmetadata"),
    *("channelmembers", "unreadmessagescounts", "allmessagesasread"),
)
#: The names that take the filter in such a call.
OBJECT_FILTERS: Final = frozenset({"filter", "Filter"})
#: How a name begins. SDKs for Swift leave out the word before ``all``.
_BEGINNINGS: Final = (
    *("get", "fetch", "set", "add", "remove", "manage", "update", "delete", "use", "mark"),
)
#: What the classes of requests, and functions of C and C++, have round the name of the call.
_AROUND: Final = re.compile(
    r"(?:new|pubnub|pn)*+(?P<call>.+?)"
    r"(?:apicallbuilder|builder|request|options|opts|params|input|withcontext|v2|raw|async|ex)*+"
)
#: Classes of the SDKs only.
_OWN_CLASS: Final = re.compile(r"PN[A-Z]|pubnub_|Pubnub")
#: Objects that only the SDK has: their calls are its own.
_RECEIVER: Final = re.compile(r"(?i:.*pub_?nub.*|pn)|objects")
#: Contents of a file that has such a call, in lower case.
NEEDLES: Final = (
    *(
        f"{word}{sign}metadata".encode()
        for word in ("uuid", "uuids", "user", "channel", "channels")
        for sign in ("", "_")
    ),
    *(f"channel{sign}members".encode() for sign in ("", "_")),
    *(b"memberships", b"getmembers", b"get_members", b"fetchmembers", b"getinvitees"),
    *(b"getusers", b"get_users", b"getchannels", b"get_channels", b"getspaces"),
    *(b"useusers", b"usechannels", b"unreadmessagescounts", b"allmessagesasread"),
)
#: Languages in which a request is a chain of calls: ``getMemberships().filter("…")``.
_CHAINED: Final = frozenset(
    {"Python", "Java", "Kotlin", "Groovy", "Scala", "C#", "Go", "PHP", "Objective-C"}
)
#: Languages in which the arguments of a call have no names.
POSITIONAL: Final = frozenset({"C and C++", "C#", "Kotlin"})
#: Calls of one chain that are looked at, and objects in one another.
MAX_CHAIN: Final = 30
MAX_OBJECTS: Final = 5
#: Tokens before and in the definition of a variable that are looked at, and its uses.
_BEFORE: Final = 3
_WITHIN: Final = 16
MAX_USES: Final = 60

#: The entity, empty for a call of something else, and whether only the SDK has such a call.
Call = tuple[str, bool]
_NONE: Final = ("", False)


@lru_cache(maxsize=4_096)
def entity_of_call(name: str) -> Call:
    """Return what a call is for, empty for another one; and whether only the SDK has its name."""
    plain = name.replace("_", "").lower()
    around = _AROUND.fullmatch(plain)
    plain = around["call"] if around is not None else plain
    is_own = plain.endswith(_OWN)
    if not is_own:
        beginning = next((word for word in _BEGINNINGS if plain.startswith(word)), "")
        rest = plain.removeprefix(beginning)
        if not beginning or _ENTITIES.keys().isdisjoint((rest, rest.removeprefix("uuid"))):
            return _NONE
        if plain.endswith("metadata"):
            # Of one user or channel: there is nothing to filter.
            return _NONE
        is_own = _OWN_CLASS.match(name) is not None
    return next(entity for end, entity in _ENTITIES.items() if plain.endswith(end)), is_own


def entity_of_argument(code: Code, index: int) -> Call:
    """The same of the call that has a key or a named argument: ``getUsers({filter: …})``."""
    bracket = code.around[index]
    for _ in range(MAX_OBJECTS):
        start = _of_copy(code, bracket)
        if start:
            # `dict(filter="…")`, `Object.assign({ filter: "…" }, rest)`
            if code.op(start - 1) in ("=", ":="):
                return _entity_by_uses(code, _declared(code, start - 1), bracket)
            if code.op(bracket + 2) == ",":
                # `Object.assign(options, { filter: "…" })`
                found = _entity_by_uses(code, code.name(bracket + 1), bracket)
                if found[0]:
                    return found
            bracket = code.around[start]
            continue
        if _is_update(code, bracket):
            return _entity_by_uses(code, code.name(bracket - 3), bracket)
        if code.op(bracket) == "{":
            before = code.op(bracket - 1)
            if before in ("=", ":="):
                return _entity_by_uses(code, _declared(code, bracket - 1), bracket)
            chosen = _of_choice(code, bracket)
            if chosen:
                return _entity_by_uses(code, chosen, bracket)
            outer = code.around[bracket]
            if _is_spread(code, bracket):
                # `{ ...{ filter: … } }`
                bracket = outer
                continue
            if code.op(outer) == "(" and _is_spread(code, outer):
                # `{ ...(user && { filter: … }) }`
                bracket = code.around[outer]
                continue
            if before not in ("(", ",") and not _is_unpacked(code, bracket):
                # `new GetMembershipsRequest { Filter = "…" }`
                return entity_of_call(code.name(bracket - 1))
            bracket = outer
            if _of_copy(code, bracket) or _is_update(code, bracket):
                continue
        break
    if code.op(bracket) != "(":
        return _NONE
    if code.name(bracket - 1) == "partial" and code.language.name == "Python":
        # `partial(pubnub.get_all_uuid_metadata, filter="…")`
        return _called(code, code.arguments(bracket)[0][1])
    return _called(code, bracket)


def entity_of_entry(code: Code, index: int) -> Call:
    """The same of the map of which a text is a key: ``options["filter"] = …``."""
    if (
        code.name(index - 2) == "setdefault"
        and code.op(index - 1) == "("
        and code.op(index + 1) == ","
        and code.op(index - 3) == "."
    ):
        return _entity_by_uses(code, code.name(index - 4), index)
    if code.op(index - 1) != "[" or code.op(index + 1) != "]" or code.op(index + 2) != "=":
        return _NONE
    return _entity_by_uses(code, code.name(index - 2), index)


def entity_of_chain(code: Code, index: int) -> Call:
    """The same of the chain of calls that a method belongs to: ``getMemberships().filter(…)``."""
    if code.language.name not in _CHAINED:
        return _NONE
    for _ in range(MAX_CHAIN):
        closing = index - 2
        if code.op(index - 1) not in (".", "->", "?."):
            break
        if code.op(closing) != ")":
            return _entity_of_name(code, closing)
        opening = code.partners.get(closing, 0)
        entity, is_own = _called(code, opening)
        # `get_users().filter("…")` is another library's.
        if is_own or entity == "memberships":
            return entity, is_own
        if not code.name(opening - 1):
            # `((Request *)builder).filter(…)`
            return _first(code, opening, min(closing, opening + _WITHIN))
        index = opening - 1
    return _NONE


def entity_of_member(code: Code, index: int) -> Call:
    """The same of the object whose field a name is: ``request.filter = …``."""
    if code.op(index - 1) not in (".", "->", "?."):
        return _NONE
    found = _entity_of_name(code, index - 2)
    if found[0] or not code.name(index - 2):
        return found
    return _entity_by_uses(code, code.name(index - 2), index)


def filters_by_position(code: Code, index: int) -> list[tuple[int, int]]:
    """Return the arguments that may be the filter of a call whose arguments have no names."""
    if code.language.name not in POSITIONAL or code.op(index + 1) != "(":
        return []
    return [
        (start, end)
        for start, end in code.arguments(index + 1)
        if (
            "filter" in code.name(start).lower()
            and (end - start == 1 or _is_call(code, start, end))
        )
        or code.is_text(start)
        or (code.op(start + 1) == "(" and code.is_text(start + 2))
    ]


def _is_call(code: Code, start: int, end: int) -> bool:
    """Return whether some tokens are a call of a function by its name."""
    return code.op(start + 1) == "(" and code.after(start + 1) == end


def _called(code: Code, opening: int) -> Call:
    """The same of the call with that parenthesis; an object of the SDK makes it its own."""
    name = _before_types(code, opening - 1)
    if code.name(name) == "memberships" and code.language.name == "Objective-C":
        # `self.client.objects().memberships()`
        return "memberships", False
    entity, is_own = entity_of_call(code.name(name).rstrip("!"))
    if entity and not is_own and code.op(name - 1) in (".", "->", "?.", "::"):
        is_own = _RECEIVER.fullmatch(code.name(name - 2).lstrip("$@")) is not None
        if code.name(name - 2) == "objects" and code.language.name == "Python":
            is_own = False
    return entity, is_own


def _before_types(code: Code, index: int) -> int:
    """Return the token before ``<Type<Other>>``, or the token itself."""
    depth = 0
    for place in range(index, max(-1, index - _WITHIN), -1):
        sign = code.op(place)
        depth += sign.count(">") - sign.count("<") if sign.strip("<>") == "" else 0
        if depth <= 0:
            return place - 1 if place < index else index
    return index


def _of_copy(code: Code, bracket: int) -> int:
    """Return the first token of a call that makes a map of its arguments; 0 for another call."""
    if code.op(bracket) != "(":
        return 0
    name = code.name(bracket - 1)
    if name == "dict" and code.language.name == "Python":
        return bracket - 1
    if (
        name in ("assign", "freeze")
        and code.op(bracket - 2) == "."
        and code.name(bracket - 3) == "Object"
    ):
        return bracket - 3
    return 0


def _of_choice(code: Code, bracket: int) -> str:
    """Return the name that gets a map behind an operator: ``a = b ? {…} : {}``, ``a = b | {…}``."""
    index = bracket - 1
    if code.op(index) not in ("?", ":", "||", "&&", "??", "|"):
        return ""
    for _ in range(_WITHIN):
        index -= 1
        if code.op(index) == "=":
            return _declared(code, index)
        if code.op(index) in (")", "]", "}"):
            index = code.partners.get(index, index)
        elif code.op(index) in ("(", "[", "{", ";", ",") or (
            index in code.firsts and not code.op(index)
        ):
            break
    return ""


def _is_update(code: Code, bracket: int) -> bool:
    """Return whether a call adds entries to a map: ``options.update(filter="…")``."""
    called = code.op(bracket) == "(" and code.name(bracket - 1) == "update"
    return called and code.op(bracket - 2) == "." and code.language.name == "Python"


def _is_unpacked(code: Code, index: int) -> bool:
    """Return whether the sign of a map's entries as arguments is before a token: ``**{…}``."""
    return code.language.name == "Python" and code.op(index - 1) in ("**", "*")


def _is_spread(code: Code, index: int) -> bool:
    """Return whether three dots are before a token."""
    return code.op(index - 1) == "." and code.op(index - 2) == ".."


def _declared(code: Code, sign: int) -> str:
    """Return the name that is given a value by ``=``: ``const a: Type = …``."""
    for index in range(sign - 1, max(-1, sign - 1 - _WITHIN), -1):
        if code.op(index) == ":":
            return code.name(index - 1)
        if code.op(index) in (";", "{", "}", "(", ")", "=") or index in code.firsts:
            break
    # `a |= {…}`
    return code.name(sign - 2 if code.op(sign - 1) == "|" else sign - 1)


def _entity_by_uses(code: Code, name: str, after: int) -> Call:
    """The same of the first call behind a token that gets a variable: ``getUsers(options)``."""
    if not name:
        return _NONE
    for index in code.places_from(name.lstrip("$@"), after, MAX_USES):
        bracket = code.around[index]
        if code.op(index + 1) not in (",", ")", "}"):
            continue
        if code.op(bracket) == "{" and _is_spread(code, index):
            # `getUsers({ ...options })`
            bracket = code.around[bracket]
        if code.op(bracket) == "(":
            entity, is_own = _called(code, bracket)
            if entity:
                return entity, is_own
    return _NONE


def _entity_of_name(code: Code, index: int) -> Call:
    """The same of the type, or the first value, of a variable."""
    name = code.name(index).lstrip("$@")
    if not name:
        return _NONE
    for place in reversed(code.places_before(name, index, MAX_USES)):
        if code.op(place + 1) not in ("=", ":=", ":"):
            continue
        found = _first(code, max(0, place - _BEFORE), place)
        if not found[0]:
            last = min(code.end_of(place + 2), place + 2 + _WITHIN)
            found = _first(code, place + 2, last)
        return found
    return _NONE


def _first(code: Code, start: int, end: int) -> Call:
    """The same of the first of some names that is a call's, or a request's."""
    for index in range(start, end):
        entity, is_own = entity_of_call(code.name(index))
        if entity:
            # `newGetMembershipsBuilderV2(pubnub)`
            first = code.name(index + 2) if code.op(index + 1) == "(" else ""
            return entity, is_own or _RECEIVER.fullmatch(first) is not None
    return _NONE
