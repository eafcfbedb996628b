"""The access tokens that a client holds, and which of them a request goes out with."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pnclient.access import tokens
from pnclient.access.subjects import Subjects
from pnclient.enums import PNMatchType, PNResourceType
from pnfilter.regular import Work, matches

#: Tokens that a client holds; a further one pushes out the one that was set first.
MAX_TOKENS: Final = 1000

#: Kinds that what a request concerns may have in a token: the newer word for it, and the older one.
_CHANNEL: Final = (PNResourceType.CHANNEL, PNResourceType.SPACE)
_GROUP: Final = (PNResourceType.GROUP,)
_UUID: Final = (PNResourceType.UUID, PNResourceType.USER)
#: No kind of resource: all metadata of a kind.
_CATEGORY: Final = ("category",)

#: By kind of resource, by kind of match, by name: a token.
TokenMap = dict[str, dict[str, dict[str, str]]]

_log = logging.getLogger("pnclient")


class TokenManagerProperties:
    """A resource that a token is looked up for: a ``PNResourceType`` and a name."""

    def __init__(self, resource_type: str, resource_id: str) -> None:
        self.resource_type = resource_type
        self.resource_id = resource_id

    def __str__(self) -> str:
        return f"resource_type: {self.resource_type}, resource_id: {self.resource_id}"


class _Held:
    """What a token covers, until when."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.expiry = tokens.expiry(content)
        self.names: dict[tuple[str, str], list[str]] = {}
        for right in tokens.rights(content):
            self.names.setdefault((right.kind, right.match), []).append(right.name)
        self._exact = {
            kind: frozenset(names)
            for (kind, match), names in self.names.items()
            if match == PNMatchType.RESOURCE
        }
        self._exact[_CATEGORY[0]] = tokens.categories(content)

    def names_it(self, kinds: tuple[str, ...], name: str) -> bool:
        return any(name in self._exact.get(kind, ()) for kind in kinds)

    def covers_by_pattern(self, kinds: tuple[str, ...], name: str, work: Work) -> bool:
        """Whether a pattern matches, or may do so: then the service decides."""
        return any(
            matches(pattern, name, work) is not False
            for kind in kinds
            for pattern in self.names.get((kind, PNMatchType.PATTERN), ())
        )


class TokenManager:
    """Holds access tokens. ``repr`` shows none.

    For each request the one is chosen that has not expired, by this machine's clock; then the one
    that covers most of what the request concerns; then one that names it before one whose pattern
    matches; then the one that was set last.
    """

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}

    def init_map(self) -> None:
        """Forget all tokens."""
        self._held.clear()

    def set_token(self, token: str) -> None:
        """Hold a token, beside the others. ``PubNubException`` for what is no token."""
        held = _Held(self.unwrap_token(token))
        # One that is set again is the last one.
        self._held.pop(token, None)
        self._held[token] = held
        if len(self._held) > MAX_TOKENS:
            del self._held[next(iter(self._held))]
            _log.warning("more than %d tokens are held: the first one is dropped", MAX_TOKENS)

    def set_tokens(self, tokens: Iterable[str]) -> None:
        """Hold these tokens too: all of them, or none where one is no token."""
        if isinstance(tokens, str):
            raise TypeError("tokens: expected a list of tokens, got a string")
        listed = list(tokens)
        for token in listed:
            self.unwrap_token(token)
        for token in listed:
            self.set_token(token)

    def get_token(self, tms_properties: TokenManagerProperties | None) -> str | None:
        """The token that covers a resource: by its name, or else by a pattern."""
        if tms_properties is None or tms_properties.resource_id is None:
            return None
        return self._choose([((tms_properties.resource_type,), tms_properties.resource_id)])

    def get_tokens(self) -> TokenMap:
        """The tokens by kind of resource, by kind of match, by name or pattern."""
        found: TokenMap = {
            kind: {match: {} for match in tokens.MATCHES.values()} for kind in tokens.KINDS.values()
        }
        for token, held in self._held.items():
            for (kind, match), names in held.names.items():
                found[kind][match].update(dict.fromkeys(names, token))
        return found

    def get_tokens_by_resource(self, resource_type: str) -> dict[str, dict[str, str]]:
        """The tokens for a ``PNResourceType``, by kind of match, by name or pattern."""
        return self.get_tokens()[resource_type]

    @staticmethod
    def unwrap_token(token: str) -> dict[str, Any]:
        """The map in a token: see ``pnclient.access.tokens``."""
        return tokens.unwrap_token(token)

    @staticmethod
    def parse_token(token: str) -> dict[str, Any]:
        """A token for programs to read: see ``pnclient.access.tokens.parse_token``."""
        return tokens.parse_token(token)

    def token_for(self, subjects: Subjects) -> str | None:
        """The token that a request goes out with; None where none covers anything of it."""
        return self._choose(
            [
                *((_CHANNEL, name) for name in subjects.channels),
                *((_GROUP, name) for name in subjects.groups),
                *((_UUID, name) for name in subjects.uuids),
                *((_CATEGORY, name) for name in subjects.categories),
            ]
        )

    def _choose(self, names: list[tuple[tuple[str, ...], str]]) -> str | None:
        if not self._held or not names:
            return None
        now, work = time.time(), Work()
        best: tuple[bool, int, int] | None = None
        chosen: str | None = None
        for token, held in reversed(self._held.items()):
            rest = [(kinds, name) for kinds, name in names if not held.names_it(kinds, name)]
            by_name = len(names) - len(rest)
            by_pattern = sum(held.covers_by_pattern(kinds, name, work) for kinds, name in rest)
            rank = now < held.expiry, by_name + by_pattern, by_name
            if by_name + by_pattern and (best is None or rank > best):
                best, chosen = rank, token
        return chosen
