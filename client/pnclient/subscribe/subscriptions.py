"""Which names a client listens to, the request that names them, and its heartbeats.

No I/O and no clock, as in ``pnclient.subscribe.loop``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from pnclient.access.subjects import Subjects
from pnclient.api.presence import heartbeat_call
from pnclient.enums import PNHeartbeatNotificationOptions, PNOperationType, PNStatusCategory
from pnclient.subscribe import events as on
from pnclient.subscribe.events import Effect, Timer
from pnclient.transport import Call, ServiceFailure

if TYPE_CHECKING:
    from pnclient.pnconfiguration import PNConfiguration

PRESENCE_SUFFIX: Final = "-pnpres"


class Subscriptions:
    """The channels and groups that are subscribed to, in the order in which they came."""

    def __init__(self) -> None:
        self._channels = _Named()
        self._groups = _Named()
        #: The state of this client on each name that has one.
        self.states: dict[str, dict[str, Any]] = {}

    def add(self, channels: Iterable[str], groups: Iterable[str], *, presence: bool) -> None:
        """Listen to these too; with ``presence`` also to who comes and goes there."""
        self._channels.add(channels, presence)
        self._groups.add(groups, presence)

    def remove(self, channels: Sequence[str], groups: Sequence[str]) -> bool:
        """Listen to these no more; whether one of them was listened to."""
        for name in (*channels, *groups):
            self.states.pop(name, None)
        # Both are to be done.
        return self._channels.remove(channels) | self._groups.remove(groups)

    def set_state(
        self, channels: Iterable[str], groups: Iterable[str], state: dict[str, Any]
    ) -> None:
        """Keep the client's own state on those of the names that are subscribed to."""
        for named, names in ((self._channels, channels), (self._groups, groups)):
            self.states |= {name: state for name in names if name in named.names}

    @property
    def channels(self) -> tuple[str, ...]:
        """As they were subscribed to, without what ``presence`` added."""
        return tuple(self._channels.names)

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(self._groups.names)

    @property
    def listened(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Channels and groups of a subscribe request; those for presence last, as with 4.8.1."""
        return self._channels.listened(), self._groups.listened()

    def __bool__(self) -> bool:
        return bool(self._channels or self._groups)


class _Named:
    """Names of one kind. Dictionaries without values are ordered sets."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self._presence: dict[str, None] = {}

    def add(self, names: Iterable[str], presence: bool) -> None:
        for name in names:
            self.names[name] = None
            if presence and not name.endswith(PRESENCE_SUFFIX):
                self._presence[name] = None

    def remove(self, names: Iterable[str]) -> bool:
        before = len(self.names), len(self._presence)
        for name in names:
            self.names.pop(name, None)
            # Who names the presence channel alone goes on listening to the channel.
            self._presence.pop(name.removesuffix(PRESENCE_SUFFIX), None)
        return before != (len(self.names), len(self._presence))

    def listened(self) -> tuple[str, ...]:
        added = (name + PRESENCE_SUFFIX for name in self._presence)
        return tuple(dict.fromkeys((*self.names, *added)))

    def __bool__(self) -> bool:
        return bool(self.names)


def without_presence(names: Iterable[str]) -> tuple[str, ...]:
    """The names on which a client is present by listening to them: those for presence are none."""
    return tuple(name for name in names if not name.endswith(PRESENCE_SUFFIX))


def subscribe_call(
    key: str,
    listened: tuple[tuple[str, ...], tuple[str, ...]],
    cursor: int,
    *,
    region: int | None,
    filter_expression: str | None,
    presence_timeout: int | None,
) -> Call:
    """A poll for what is newer than ``cursor``; one with 0 is answered at once, with a cursor."""
    channels, groups = listened
    query: dict[str, str | tuple[str, ...]] = {}
    if groups:
        query["channel-group"] = groups
    if filter_expression:
        query["filter-expr"] = filter_expression
    query["tt"] = str(cursor)
    if region is not None:
        query["tr"] = str(region)
    if presence_timeout is not None:
        query["heartbeat"] = str(presence_timeout)
    return Call(
        operation=PNOperationType.PNSubscribeOperation,
        path=("v2", "subscribe", key, channels, "0"),
        query=query,
        subjects=Subjects(channels, groups),
        channels=channels,
        groups=groups,
    )


class Heartbeats:
    """The timer of a client's heartbeats, and the one that is under way.

    They are sent every ``heartbeat_interval`` while the client listens to something, if they were
    switched on or a presence timeout was set. A subscribe request counts as one, so the first comes
    an interval after it. One that is refused for good is the last, until the program changes
    something.
    """

    def __init__(self, config: PNConfiguration, names: Subscriptions) -> None:
        self._config = config
        self._names = names
        #: What the timer was started with; None while there is none.
        self._seconds: float | None = None
        self._is_open = False
        self._is_refused = False

    def allow(self) -> None:
        """Something was changed: another one may be accepted."""
        self._is_refused = False

    def keep(self, is_listening: bool) -> Iterator[Effect]:
        """Start, change or end the timer."""
        wanted = self._interval() if is_listening else None
        if wanted == self._seconds:
            return
        if self._seconds is not None:
            yield on.CancelTimer(Timer.HEARTBEAT)
        self._seconds = wanted
        if wanted is not None:
            yield on.StartTimer(Timer.HEARTBEAT, wanted)

    def _interval(self) -> float | None:
        config = self._config
        if self._is_refused:
            return None
        if config.heartbeat_default_values and not config.enable_presence_heartbeat:
            return None
        if not without_presence(self._names.channels) and not without_presence(self._names.groups):
            return None
        return config.heartbeat_interval

    def fire(self) -> Iterator[Effect]:
        """The timer has run out; ``keep`` starts it again."""
        if self._seconds is None:
            return
        self._seconds = None
        # One that is slow isn't followed by another.
        if not self._is_open:
            self._is_open = True
            yield on.SendHeartbeat(
                heartbeat_call(
                    self._config,
                    without_presence(self._names.channels),
                    without_presence(self._names.groups),
                    self._names.states,
                )
            )

    def end(self, call: Call, failure: ServiceFailure | None = None) -> Iterator[Effect]:
        """The heartbeat was answered, or failed."""
        self._is_open = False
        told = self._config.heartbeat_notification_options
        if failure is not None:
            self._is_refused = failure.is_permanent
            if told is not PNHeartbeatNotificationOptions.NONE:
                yield on.Announce(failure.category, call, failure)
        elif told is PNHeartbeatNotificationOptions.ALL:
            yield on.Announce(PNStatusCategory.PNAcknowledgmentCategory, call)
