"""What access is granted to: names, or patterns that names match, with rights."""

from __future__ import annotations

from typing import Self


class PNResource:
    """A name, or a pattern: a regular expression such as ``^room-[0-9]+$``. Each right is a method."""

    def __init__(
        self, resource_name: str | None = None, resource_pattern: str | None = None
    ) -> None:
        self._resource_name = resource_name
        self._resource_pattern = resource_pattern
        self._rights: set[str] = set()

    def is_pattern_resource(self) -> bool:
        return self._resource_pattern is not None

    def get_id(self) -> str | None:
        """The pattern, or else the name."""
        return self._resource_pattern if self.is_pattern_resource() else self._resource_name

    def is_read(self) -> bool:
        return "read" in self._rights

    def is_write(self) -> bool:
        return "write" in self._rights

    def is_create(self) -> bool:
        return "create" in self._rights

    def is_manage(self) -> bool:
        return "manage" in self._rights

    def is_delete(self) -> bool:
        return "delete" in self._rights

    def is_get(self) -> bool:
        return "get" in self._rights

    def is_update(self) -> bool:
        return "update" in self._rights

    def is_join(self) -> bool:
        return "join" in self._rights

    def _with(self, right: str) -> Self:
        self._rights.add(right)
        return self
