"""Who is on which channel, with which state."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count, islice
from typing import Any, Final, Literal

from pnfilter.decode import decode
from pnfilter.server.broker.events import Timetokens
from pnfilter.server.broker.subscriptions import Groups
from pnfilter.server.quotas import Quota
from pnfilter.server.settings import MAX_PRESENCE_SECONDS, PRESENCE_SECONDS
from pnfilter.server.store.tables import StateTable
from pnfilter.server.wire import PER_SECOND, PRESENCE_SUFFIX, json_bytes

Action = Literal["join", "leave", "timeout", "state-change"]
State = dict[str, Any]

#: Entries of the list of deadlines that may be out of date before it is made again.
_STALE: Final = 1_000
#: For how long a user's handshake shows it its own join by a heartbeat that overtook it (assumed).
_OVERTAKING: Final = PER_SECOND
#: Bytes of memory that a stay takes beside its names (measured).
_OWN_BYTES: Final = 600


class _Stay:
    """A user on a channel until ``deadline``; if the user is absent, its state is kept as long.

    ``due`` is when to look at the stay, never later than the deadline; infinite once it is over.
    ``state`` is JSON, which takes up to 25 times as much memory when it is decoded. ``joined`` is a
    timetoken before the join event, until a handshake of the user comes.
    """

    __slots__ = ("channel", "deadline", "due", "joined", "present", "state", "user")

    def __init__(self, user: str, channel: str) -> None:
        self.user = user
        self.channel = channel
        self.present = False
        self.joined = 0
        self.state = b""
        self.deadline = math.inf
        self.due = math.inf


class Presence:
    """The users on the channels of a keyset, until they leave or nothing is heard of them.

    A user who subscribes to a group is on the channels that the group has at each of its requests;
    one who subscribes to a wildcard is on a channel of that name, ``news.*`` (both assumed).
    However many clients a user has, it is there once. ``announce`` is called for each event: its
    channel, what subscribers get, and what filters see.
    """

    def __init__(
        self,
        key: str,
        *,
        groups: Groups,
        states: StateTable,
        timetokens: Timetokens,
        announce: Callable[[str, dict[str, Any], dict[str, Any]], None],
        now: Callable[[], float],
        quota: Quota,
    ) -> None:
        self._key = key
        self._quota = quota
        self._groups = groups
        self._saved = states
        self._timetokens = timetokens
        self._tell = announce
        self._now = now
        self._stays: dict[str, dict[str, _Stay]] = {}
        #: The users whose joins no handshake has seen.
        self._unseen: set[str] = set()
        self._occupants: dict[str, dict[str, _Stay]] = {}
        self._count = 0
        # Each stay has one entry that counts: the one with the time that it has as ``due``.
        self._deadlines: list[tuple[float, int, _Stay]] = []
        self._serial = count()
        for user, channel, state in states.load(key):
            stay = self._enter(user, channel)
            stay.state = state
            self._extend(stay, self._now() + PRESENCE_SECONDS)

    def __len__(self) -> int:
        """How many pairs of a user and a channel there are, including those with only a state."""
        return self._count

    def keep_present(
        self,
        user: str,
        channels: Iterable[str],
        groups: Iterable[str],
        seconds: int,
        states: Mapping[str, State] | None = None,
    ) -> None:
        """Note a request of a user for channels and groups: the user is there from now on.

        Without another request the user has left after ``seconds``, even while the request waits
        (assumed). ``states`` holds its new state on some of the channels, or on those of a group. A
        join event includes the state; if the user was there already, no event reports it
        (documented). Raise ``LimitReached``, and change nothing, if there is no room.
        """
        deadline = self._now() + min(seconds, MAX_PRESENCE_SECONDS)
        if not states and not groups and self._stays_on(user, channels, deadline):
            return
        changes: dict[str, bytes] = {}
        if states:
            for name, state in states.items():
                found = self._channels((name,), (name,) if name in groups else ())
                changes.update(dict.fromkeys(found, _encode_state(state)))
        places = self._channels(channels, groups)
        self._check_room(user, places)
        if changes:
            self._save(user, {name: changes[name] for name in places if name in changes})
        for channel in places:
            stay = self._enter(user, channel)
            if channel in changes:
                stay.state = changes[channel]
            self._extend(stay, deadline)
            if not stay.present:
                stay.present = True
                self._occupants.setdefault(channel, {})[user] = stay
                stay.joined = self._announce("join", stay)
                self._unseen.add(user)

    def take_join(self, user: str, channels: tuple[str, ...], groups: tuple[str, ...]) -> int:
        """Return from where on a handshake sees its own user's joins; 0 if there is none to see.

        Those that are older than a second, or that an earlier handshake has seen, are not shown
        again.
        """
        if user not in self._unseen:
            return 0
        self._unseen.discard(user)
        stays = self._stays.get(user, {})
        oldest = self._timetokens.now - _OVERTAKING
        found: list[int] = []
        for channel in self._channels(channels, groups):
            stay = stays.get(channel)
            if stay is not None and stay.joined:
                if stay.joined > oldest:
                    found.append(stay.joined)
                stay.joined = 0
        sees_presence = any(name.endswith(PRESENCE_SUFFIX) for name in (*channels, *groups))
        return min(found, default=0) if sees_presence else 0

    def _stays_on(self, user: str, channels: Iterable[str], deadline: float) -> bool:
        """Put off the end of a user's stays on channels; false if there is more to do than that.

        This is what most requests come to.
        """
        stays = self._stays.get(user, {})
        for channel in channels:
            stay = stays.get(channel)
            if stay is not None and stay.present and deadline >= stay.due:
                stay.deadline = deadline
            elif not channel.endswith(PRESENCE_SUFFIX):
                return False
        return True

    def leave(self, user: str, channels: Iterable[str], groups: Iterable[str]) -> None:
        """The user is no longer there, and its state is gone; nothing happens where it wasn't."""
        stays = self._stays.get(user, {})
        for channel in self._channels(channels, groups):
            if channel in stays:
                self._end(stays[channel], "leave")

    def set_state(
        self, user: str, channels: Iterable[str], groups: Iterable[str], state: State
    ) -> None:
        """Replace the user's state on channels (documented).

        A change causes an event. The user needn't be there (recorded); its state is then kept as
        long as a user counts as present (assumed). Raise ``LimitReached``, and change nothing, if
        there is no room.
        """
        places = self._channels(channels, groups)
        self._check_room(user, places)
        text = _encode_state(state)
        for channel in self._save(user, dict.fromkeys(places, text)):
            stay = self._enter(user, channel)
            stay.state = text
            if not stay.present:
                self._extend(stay, self._now() + PRESENCE_SECONDS)
            self._announce("state-change", stay)

    def state(self, user: str, channel: str) -> State:
        """Return a user's state on a channel; empty if there is none."""
        return _decode_state(self._text(user, channel))

    def _text(self, user: str, channel: str) -> bytes:
        stay = self._stays.get(user, {}).get(channel)
        return stay.state if stay else b""

    def states(self, user: str, channels: Iterable[str], groups: Iterable[str]) -> dict[str, State]:
        """Return a user's state on each of the channels."""
        return {name: self.state(user, name) for name in self._channels(channels, groups)}

    def occupied(
        self, channels: Iterable[str] | None = None, groups: Iterable[str] = ()
    ) -> list[str]:
        """Return those of the channels on which somebody is; of all channels for None."""
        if channels is None:
            return list(self._occupants)
        return [name for name in self._channels(channels, groups) if name in self._occupants]

    def occupancy(self, channel: str) -> int:
        """Return how many users are on a channel."""
        return len(self._occupants.get(channel, ()))

    def occupants(
        self, channel: str, first: int = 0, most: int | None = None
    ) -> Iterator[tuple[str, State]]:
        """Users on a channel with their states, in the order in which they came."""
        stays = self._occupants.get(channel, {}).values()
        for stay in islice(stays, first, None if most is None else first + most):
            yield stay.user, _decode_state(stay.state)

    def where(self, user: str) -> list[str]:
        """Return the channels that a user is on."""
        return [stay.channel for stay in self._stays.get(user, {}).values() if stay.present]

    def expire(self) -> None:
        """Users of whom nothing was heard for too long have left."""
        now = self._now()
        while (stay := self._first(now)) is not None:
            self._end(stay, "timeout")

    def _channels(self, channels: Iterable[str], groups: Iterable[str]) -> list[str]:
        """The channels, and those of the groups, each once and without those of presence events."""
        found = dict.fromkeys(channels)
        for group in groups:
            found.update(dict.fromkeys(self._groups.channels(group)))
        return [name for name in found if not name.endswith(PRESENCE_SUFFIX)]

    def _enter(self, user: str, channel: str) -> _Stay:
        """Return the stay of a user on a channel, a new one where there is none."""
        stay = self._stays.get(user, {}).get(channel)
        if stay is not None:
            return stay
        stay = _Stay(user, channel)
        self._stays.setdefault(user, {})[channel] = stay
        self._count += 1
        self._quota.add(self._key, _size(user, channel))
        return stay

    def _check_room(self, user: str, channels: Iterable[str]) -> None:
        """Raise ``LimitReached`` if the user can't be on all of the channels."""
        stays = self._stays.get(user, {})
        self._quota.check(
            self._key, sum(_size(user, channel) for channel in channels if channel not in stays)
        )

    def clear(self) -> None:
        """Forget every user, without any event."""
        self._stays.clear()
        self._unseen.clear()
        self._occupants.clear()
        self._deadlines.clear()
        self._count = 0
        self._quota.set(self._key, 0)

    def _end(self, stay: _Stay, action: Action) -> None:
        """A user is no longer on a channel."""
        if stay.state:
            self._saved.remove(self._key, stay.user, stay.channel)
        stay.due = math.inf
        self._count -= 1
        self._quota.add(self._key, -_size(stay.user, stay.channel))
        for side, name, other in (
            (self._stays, stay.user, stay.channel),
            (self._occupants, stay.channel, stay.user),
        ):
            stays = side.get(name, {})
            stays.pop(other, None)
            if not stays:
                side.pop(name, None)
        if stay.user not in self._stays:
            self._unseen.discard(stay.user)
        if stay.present:
            stay.state = b""
            self._announce(action, stay)

    def _extend(self, stay: _Stay, deadline: float) -> None:
        """Put off the end of a stay."""
        stay.deadline = deadline
        # An entry for an earlier time is good enough: the deadline is looked at then.
        if stay.deadline < stay.due:
            stay.due = stay.deadline
            heapq.heappush(self._deadlines, (stay.due, next(self._serial), stay))
            if len(self._deadlines) > 2 * self._count + _STALE:
                self._deadlines = [entry for entry in self._deadlines if entry[2].due == entry[0]]
                heapq.heapify(self._deadlines)

    def _first(self, until: float = math.inf) -> _Stay | None:
        """Return the stay whose deadline is the first, if that has come at the time ``until``."""
        while self._deadlines and self._deadlines[0][0] <= until:
            due, _, stay = self._deadlines[0]
            if stay.due != due:
                heapq.heappop(self._deadlines)
            elif stay.deadline > due:
                stay.due = stay.deadline
                heapq.heapreplace(self._deadlines, (stay.due, next(self._serial), stay))
            else:
                return stay
        return None

    def _save(self, user: str, states: Mapping[str, bytes]) -> list[str]:
        """Write the states that are others than before; the channels of these."""
        changed = [
            channel for channel, state in states.items() if self._text(user, channel) != state
        ]
        if changed:
            self._saved.save(self._key, user, [(channel, states[channel]) for channel in changed])
        return changed

    def _announce(self, action: Action, stay: _Stay) -> int:
        """Announce a user on the channel's presence channel; return a timetoken before the event.

        What filters see is documented; that ``pn_precise_timestamp`` has milliseconds is observed.
        """
        time = self._timetokens.next()
        event: dict[str, Any] = {
            "action": action,
            "timestamp": time // PER_SECOND,
            "uuid": stay.user,
            "occupancy": self.occupancy(stay.channel),
        }
        meta = {f"pn_{name}": value for name, value in event.items()} | {
            "pn_ispresence": 1,
            "pn_channel": stay.channel,
            "pn_precise_timestamp": time * 1_000 // PER_SECOND,
        }
        if stay.state or action == "state-change":
            event["data"] = state = _decode_state(stay.state)
            meta |= {f"pn_state_{name}": value for name, value in state.items()}
        self._tell(stay.channel, event, meta)
        return time


def _encode_state(state: State) -> bytes:
    return json_bytes(state) if state else b""


def _decode_state(text: bytes) -> State:
    state: State = decode(text) if text else {}
    return state


def _size(user: str, channel: str) -> int:
    """Bytes of memory for a user on a channel."""
    return _OWN_BYTES + len(user) + len(channel)
