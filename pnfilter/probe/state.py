"""What a probe has done so far: kept in a file, so that a cut loses one step at most."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from pnfilter.probe.planning import CHANNEL, ROUNDS, Plan
from pnfilter.probe.service import Keys, Origin, ProbeError

#: The form of the file.
VERSION: Final = 1
#: Bytes of a state that are read.
MAX_STATE: Final = 64 * 1024 * 1024


@dataclass
class Observation:
    """What a filter let through in a round: slots of messages; ``failure`` says what went wrong."""

    slots: list[str]
    failure: str = ""


@dataclass
class Round:
    """One of the rounds.

    ``cursor`` and ``region`` are where subscribers begin, "" before the handshake; ``began`` is its
    time, in seconds since 1970. ``attempt`` counts how often the messages were published again,
    after a cut. ``observed`` is by filter.
    """

    attempt: int = 0
    cursor: str = ""
    region: str = ""
    began: float = 0.0
    published: list[str] = field(default_factory=list)
    observed: dict[str, Observation] = field(default_factory=dict)


@dataclass
class State:
    """A probe's state.

    ``latency`` is in seconds, None before it is measured. ``owner`` is made of the subscribe key,
    and doesn't show it.
    """

    names: list[str]
    origin: str
    run: str
    owner: str
    started: float
    transactions: int = 0
    latency: float | None = None
    headers: dict[str, str] = field(default_factory=dict)
    rounds: list[Round] = field(default_factory=list)
    exchanges: list[dict[str, Any]] = field(default_factory=list)
    finished: float | None = None

    @classmethod
    def new(cls, plan: Plan, origin: Origin, keys: Keys) -> Self:
        """Begin a probe."""
        run = secrets.token_hex(6)
        rounds = [Round() for _ in range(ROUNDS)]
        return cls([*plan.names], str(origin), run, _owner(run, keys), time.time(), rounds=rounds)

    @property
    def channel(self) -> str:
        """The channel of the probe."""
        return f"{CHANNEL}{self.run}"

    def save(self, file: Path) -> None:
        """Replace the file as a whole. ``OSError`` if that isn't possible."""
        content = json.dumps({"pnfilter_probe": VERSION} | asdict(self)).encode()
        try:
            _replace(Path(os.path.realpath(file)), content)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(file)) from None

    @classmethod
    def resume(cls, file: Path, plan: Plan, origin: Origin, keys: Keys) -> Self | None:
        """Return the state in a file, None if there is no file or an empty one.

        ``ProbeError`` for another file, and for the state of another probe.
        """
        try:
            with file.open("rb") as stream:
                content = stream.read(MAX_STATE + 1)
        except FileNotFoundError:
            return None
        if not content:
            return None
        found = cls._read(content)
        if found is None:
            raise ProbeError(f"{file}: not the state of a probe")
        if found.names != [*plan.names]:
            raise ProbeError(f"{file}: the state of a probe with other questions")
        if found.origin != str(origin):
            raise ProbeError(f"{file}: the state of a probe of {found.origin}")
        if found.owner != _owner(found.run, keys):
            raise ProbeError(f"{file}: the state of a probe with another subscribe key")
        return found

    @classmethod
    def _read(cls, content: bytes) -> Self | None:
        try:
            values = json.loads(content)
            if values.pop("pnfilter_probe") != VERSION:
                return None
            found = cls(**{**values, "rounds": [_round(each) for each in values["rounds"]]})
            is_sound = _is_sound(values)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        return found if is_sound else None


def _replace(target: Path, content: bytes) -> None:
    """Write a new file that its owner alone can read, and give it the target's name."""
    descriptor, draft = tempfile.mkstemp(prefix=".pnfilter-", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(descriptor)
        Path(draft).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(draft).unlink()
        raise


def _is_sound(values: Mapping[str, Any]) -> bool:
    """Return whether the values of a state are of the types that they have."""
    return (
        all(isinstance(values[name], str) for name in ("origin", "run", "owner"))
        and values["run"].isalnum()
        and isinstance(values["transactions"], int)
        and isinstance(values["started"], (int, float))
        and all(
            values[name] is None or isinstance(values[name], (int, float))
            for name in ("latency", "finished")
        )
        and all(isinstance(values[name], list) for name in ("names", "exchanges"))
        and isinstance(values["headers"], dict)
        and len(values["rounds"]) == ROUNDS
    )


def _round(values: Mapping[str, Any]) -> Round:
    observed = {text: Observation(**each) for text, each in values["observed"].items()}
    found = Round(**{**values, "observed": observed})
    texts: list[Any] = [found.cursor, found.region, *found.published]
    for each in observed.values():
        texts += [each.failure, *each.slots]
    numbers: list[Any] = [found.attempt, found.began]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    if not all(isinstance(number, (int, float)) for number in numbers):
        raise TypeError
    return found


def _owner(run: str, keys: Keys) -> str:
    """Return what shows whether a subscribe key is the same, and not which it is."""
    salted = hashlib.blake2b(keys.subscribe.encode(), key=run.encode(), digest_size=4)
    return salted.hexdigest()
