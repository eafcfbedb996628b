"""What logs and statuses show of requests and answers, and what they never show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

#: Characters of a request that are shown, and of a body that is no JSON.
MAX_SHOWN: Final = 400
#: Replaces a secret.
HIDDEN: Final = "***"
#: Letters of a secret that is looked for in answers: shorter ones are in many words.
MIN_HIDDEN: Final = 8


class Redacted(str):
    """A segment of a path that is never shown."""

    __slots__ = ()


def redact(secrets: frozenset[str], value: Any) -> Any:
    """A value of JSON with ``***`` in the place of each secret, in names too."""
    # A shorter one that another begins with would leave the other's end.
    return _redact(sorted(secrets, key=len, reverse=True), value)


def _redact(secrets: Sequence[str], value: Any) -> Any:
    match value:
        case str():
            for secret in secrets:
                value = value.replace(secret, HIDDEN)
            return value
        case list():
            return [_redact(secrets, entry) for entry in value]
        case dict():
            return {_redact(secrets, name): _redact(secrets, one) for name, one in value.items()}
        case _:
            return value


def beginning(body: bytes, secrets: frozenset[str]) -> str:
    """The beginning of a body that is no JSON. A secret is not cut, for its rest would be shown."""
    longest = max(map(len, secrets), default=0)
    text = body[: 4 * MAX_SHOWN + longest].decode(errors="replace")
    return str(redact(secrets, text))[:MAX_SHOWN]


def one_line(text: str, most: int = MAX_SHOWN) -> str:
    """Return a foreign text for one line: nothing in it ends the line or controls a terminal."""
    line = "".join(one if one.isprintable() else "�" for one in text[:most])
    return line if len(text) <= most else f"{line}…"
