"""Who is on which channels, and the state of users."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from pnclient import errors
from pnclient.access.subjects import Subjects
from pnclient.api.arguments import as_object, check_integer, json_text
from pnclient.api.endpoint import Client, OfChannels, OfUser
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.transport import Call

if TYPE_CHECKING:
    from pnclient.pnconfiguration import PNConfiguration

#: Receives channels, groups and the state they have now, so that heartbeats repeat it.
StateKeeper = Callable[[tuple[str, ...], tuple[str, ...], dict[str, Any]], object]


@dataclass(eq=False)
class PNHereNowOccupantsData:
    """Someone who is present. ``state``: None if it wasn't asked for, or if there is none."""

    uuid: str
    state: Any

    def __str__(self) -> str:
        return f"HereNow Occupants Data for '{self.uuid}': {self.state}"

    @classmethod
    def from_json(cls, user: Any) -> PNHereNowOccupantsData:
        """From a uuid, or from an object with a uuid and perhaps a state (recorded)."""
        if isinstance(user, str):
            return cls(user, None)
        return cls(user["uuid"], user.get("state"))

    @classmethod
    def from_list(cls, users: Any) -> list[PNHereNowOccupantsData]:
        """All in a list; ``TypeError`` for anything but a list."""
        if not isinstance(users, list):
            raise TypeError("expected a list of users")
        return [cls.from_json(user) for user in users]


@dataclass(eq=False)
class PNHereNowChannelData:
    """Who is present on a channel. ``occupants``: None if the answer has only their number."""

    channel_name: str
    occupancy: int
    occupants: list[PNHereNowOccupantsData] | None

    def __str__(self) -> str:
        known = len(self.occupants or ())
        return (
            f"HereNow Channel Data for channel '{self.channel_name}': "
            f"occupancy: {self.occupancy}, occupants: {known}"
        )

    @classmethod
    def from_json(cls, name: str, json_input: Mapping[str, Any]) -> PNHereNowChannelData:
        occupants = None
        if "uuids" in json_input:
            occupants = PNHereNowOccupantsData.from_list(json_input["uuids"])
        return cls(name, int(json_input["occupancy"]), occupants)


@dataclass(eq=False)
class PNHereNowResult:
    """Who is present on which channel."""

    total_channels: int
    total_occupancy: int
    channels: list[PNHereNowChannelData]

    def __str__(self) -> str:
        return (
            f"HereNow Result total occupancy: {self.total_occupancy}, "
            f"total channels: {self.total_channels}"
        )

    @classmethod
    def from_json(
        cls, envelope: Mapping[str, Any], channel_names: Sequence[str]
    ) -> PNHereNowResult:
        """Read the answer for one channel, or for several with a ``payload`` (recorded).

        A channel that was asked for alone and that is empty is reported with an occupancy of 0.
        """
        payload = envelope.get("payload")
        if not isinstance(payload, dict):
            occupancy = int(envelope["occupancy"])
            occupants = PNHereNowOccupantsData.from_list(envelope.get("uuids", []))
            only = PNHereNowChannelData(channel_names[0], occupancy, occupants)
            return cls(1, occupancy, [only])
        found = [
            PNHereNowChannelData.from_json(name, channel)
            for name, channel in payload["channels"].items()
        ]
        total = int(payload["total_occupancy"])
        if not found and len(channel_names) == 1:
            return cls(1, total, [PNHereNowChannelData(channel_names[0], 0, [])])
        return cls(int(payload["total_channels"]), total, found)


@dataclass(eq=False)
class PNWhereNowResult:
    """The channels on which someone is present."""

    channels: list[str]

    def __str__(self) -> str:
        return f"User is currently subscribed to {', '.join(self.channels)}"

    @classmethod
    def from_json(cls, json_input: Mapping[str, Any]) -> PNWhereNowResult:
        channels = json_input["payload"]["channels"]
        if not isinstance(channels, list) or not all(isinstance(one, str) for one in channels):
            raise TypeError("expected a list of channels")
        return cls(channels)


@dataclass(eq=False)
class PNSetStateResult:
    """The state as it is now."""

    state: dict[str, Any]

    def __str__(self) -> str:
        return f"New state {self.state} successfully set"


@dataclass(eq=False)
class PNGetStateResult:
    """The state of each channel that has one."""

    channels: dict[str, Any]

    def __str__(self) -> str:
        return f"Current state is {self.channels}"


class HereNow(OfChannels[PNHereNowResult]):
    """Ask who is present on channels and groups; without any, on all channels."""

    OPERATION = PNOperationType.PNHereNowOperation

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._include_state = False
        self._include_uuids = True
        self._limit: int | None = None
        self._offset: int | None = None

    def include_state(self, should_include_state: bool) -> Self:
        """Whether to return the states too. Unset: no."""
        self._include_state = should_include_state
        return self

    def include_uuids(self, include_uuids: bool) -> Self:
        """Whether to return who they are, and not only how many. Unset: yes."""
        self._include_uuids = include_uuids
        return self

    def limit(self, limit: int | None) -> Self:
        """The largest number to list for each channel."""
        self._limit = check_integer(limit, "limit")
        return self

    def offset(self, offset: int | None) -> Self:
        """How many of each channel are passed over."""
        self._offset = check_integer(offset, "offset")
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()

    def _call(self) -> Call:
        query = self._of_groups()
        if self._include_state:
            query["state"] = "1"
        if not self._include_uuids:
            query["disable_uuids"] = "1"
        if self._limit is not None:
            query["limit"] = str(self._limit)
        if self._offset is not None:
            query["offset"] = str(self._offset)
        everywhere = not self._channels and not self._groups
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v2", "presence", "sub-key", self.pubnub.config.subscribe_key or ""),
                *(() if everywhere else ("channel", tuple(self._channels))),
            ),
            query=query,
        )

    def _result(self, data: Any) -> PNHereNowResult:
        return PNHereNowResult.from_json(data, self._channels)


class WhereNow(OfUser[PNWhereNowResult]):
    """Ask on which channels a user is present; unset, the client's own."""

    OPERATION = PNOperationType.PNWhereNowOperation

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_user()

    def _call(self) -> Call:
        key = self.pubnub.config.subscribe_key or ""
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=("v2", "presence", "sub-key", key, "uuid", self._uuid or ""),
        )

    def _result(self, data: Any) -> PNWhereNowResult:
        return PNWhereNowResult.from_json(data)


class GetState(OfChannels[PNGetStateResult], OfUser[PNGetStateResult]):
    """Ask for the state that a user has on channels and groups; unset, the client's own."""

    OPERATION = PNOperationType.PNGetState

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channels_or_groups()
        self._require_user()

    def _call(self) -> Call:
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v2", "presence", "sub-key", self.pubnub.config.subscribe_key or ""),
                *("channel", tuple(self._channels), "uuid", self._uuid or ""),
            ),
            query=self._of_groups(),
            channels=tuple(self._channels),
            groups=tuple(self._groups),
        )

    def _result(self, data: Any) -> PNGetStateResult:
        payload = as_object(data["payload"])
        # Of one channel, the state is there by itself (recorded).
        if len(self._channels) == 1 and not self._groups:
            return PNGetStateResult({self._channels[0]: payload})
        return PNGetStateResult(as_object(payload["channels"]))


class SetState(OfChannels[PNSetStateResult]):
    """Set the client's own state on channels: a dict, never encrypted.

    Groups are allowed beside channels, but not alone, as in 4.8.1. ``kept``: see ``StateKeeper``.
    """

    OPERATION = PNOperationType.PNSetStateOperation

    def __init__(self, pubnub: Client, kept: StateKeeper | None = None) -> None:
        super().__init__(pubnub)
        self._state: dict[str, Any] | None = None
        self._kept = kept

    def state(self, state: dict[str, Any]) -> Self:
        """The state."""
        self._state = state
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channels_or_groups()
        if not self._channels:
            raise PubNubException(pn_error=errors.PNERR_STATE_SETTER_FOR_GROUPS_NOT_SUPPORTED_YET)
        given: object = self._state
        if not isinstance(given, dict):
            raise PubNubException(pn_error=errors.PNERR_STATE_MISSING)

    def _call(self) -> Call:
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v2", "presence", "sub-key", self.pubnub.config.subscribe_key or ""),
                *("channel", tuple(self._channels), "uuid", self.pubnub.uuid, "data"),
            ),
            query={"state": json_text(self._state), **self._of_groups()},
            channels=tuple(self._channels),
            groups=tuple(self._groups),
        )

    def _result(self, data: Any) -> PNSetStateResult:
        result = PNSetStateResult(as_object(data["payload"]))
        if self._kept is not None:
            self._kept(tuple(self._channels), tuple(self._groups), self._state or {})
        return result


def heartbeat_call(
    config: PNConfiguration,
    channels: Sequence[str],
    groups: Sequence[str],
    state: Mapping[str, Any] | None = None,
) -> Call:
    """What says that the client is still there. ``state``: of each channel that has one."""
    query: dict[str, str | tuple[str, ...]] = {"heartbeat": str(config.presence_timeout)}
    if groups:
        query["channel-group"] = tuple(groups)
    if state:
        query["state"] = json_text(state)
    return Call(
        operation=PNOperationType.PNHeartbeatOperation,
        path=(
            *("v2", "presence", "sub-key", config.subscribe_key or ""),
            *("channel", tuple(channels), "heartbeat"),
        ),
        query=query,
        subjects=Subjects(tuple(channels), tuple(groups)),
    )


class Heartbeat(OfChannels[bool]):
    """Say that the client is present on channels and groups. The result is True."""

    OPERATION = PNOperationType.PNHeartbeatOperation

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._state: dict[str, Any] | None = None

    def state(self, state: dict[str, Any]) -> Self:
        """A state for each channel that has one."""
        self._state = state
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channels_or_groups()

    def _call(self) -> Call:
        return heartbeat_call(self.pubnub.config, self._channels, self._groups, self._state)

    def _result(self, data: Any) -> bool:
        as_object(data)
        return True


def leave_call(config: PNConfiguration, channels: Sequence[str], groups: Sequence[str]) -> Call:
    """What says that the client has gone."""
    return Call(
        operation=PNOperationType.PNUnsubscribeOperation,
        path=(
            *("v2", "presence", "sub-key", config.subscribe_key or ""),
            *("channel", tuple(channels), "leave"),
        ),
        query={"channel-group": tuple(groups)} if groups else {},
        subjects=Subjects(tuple(channels), tuple(groups)),
        channels=tuple(channels),
        groups=tuple(groups),
    )


class Leave(OfChannels[dict[str, Any]]):
    """Say that the client has gone from channels and groups. Unsubscribing does it by itself."""

    OPERATION = PNOperationType.PNUnsubscribeOperation

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channels_or_groups()

    def _call(self) -> Call:
        return leave_call(self.pubnub.config, self._channels, self._groups)

    def _result(self, data: Any) -> dict[str, Any]:
        return as_object(data)
