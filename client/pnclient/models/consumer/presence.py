"""Who is where, and with what state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


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
        """All in a list; ``TypeError`` where it is none."""
        if not isinstance(users, list):
            raise TypeError("a list of users is expected")
        return [cls.from_json(user) for user in users]


@dataclass(eq=False)
class PNHereNowChannelData:
    """Who is present on a channel. ``occupants``: None if it wasn't told who they are."""

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
        """From the answer for one channel, or from that for several, which has a ``payload`` (recorded).

        A channel that was asked for alone and on which nobody is, is told with an occupancy of 0.
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
            raise TypeError("a list of channels is expected")
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
