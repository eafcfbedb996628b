"""Channel groups: names for sets of channels."""

from __future__ import annotations

from collections.abc import Iterable

from pnfilter.server.store.tables import GroupTable


class Groups:
    """The groups of one keyset, from both sides."""

    def __init__(self, key: str, store: GroupTable) -> None:
        self._key = key
        self._store = store
        self._channels: dict[str, dict[str, None]] = {}
        self._groups: dict[str, dict[str, None]] = {}
        self._size = 0
        for group, channel in store.load_groups(key):
            self._link(group, channel)

    def add(self, group: str, channels: list[str]) -> None:
        """Put channels into a group."""
        self._store.add_to_group(self._key, group, channels)
        for channel in channels:
            self._link(group, channel)

    def remove(self, group: str, channels: list[str] | None = None) -> None:
        """Take channels out of a group; without ``channels`` the group itself goes."""
        self._store.remove_from_group(self._key, group, channels)
        for channel in self.channels(group) if channels is None else channels:
            self._unlink(group, channel)

    def names(self) -> list[str]:
        """Return the groups that have channels."""
        return list(self._channels)

    def missing(self, group: str, channels: Iterable[str]) -> list[str]:
        """Return those of the channels that are not in the group."""
        members = self._channels.get(group, {})
        return [channel for channel in channels if channel not in members]

    def __len__(self) -> int:
        """Return how many channels all groups have together, each counted in every group."""
        return self._size

    def channels(self, group: str) -> list[str]:
        """Return the channels of a group; none of one that doesn't exist."""
        return list(self._channels.get(group, ()))

    def holding(self, channel: str) -> list[str]:
        """Return the groups that a channel, or a wildcard, is in."""
        return list(self._groups.get(channel, ()))

    def _link(self, group: str, channel: str) -> None:
        self._size += channel not in self._channels.get(group, ())
        self._channels.setdefault(group, {})[channel] = None
        self._groups.setdefault(channel, {})[group] = None

    def _unlink(self, group: str, channel: str) -> None:
        self._size -= channel in self._channels.get(group, ())
        for side, name, other in (
            (self._channels, group, channel),
            (self._groups, channel, group),
        ):
            members = side.get(name, {})
            members.pop(other, None)
            if not members:
                side.pop(name, None)
