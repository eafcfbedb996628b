"""Limit the work for a file, and note what was left out because of it."""

from __future__ import annotations

from typing import Final

#: Steps for the filters of one file: so many per character, and some more for short files. A step
#: is a token that is read, or a character of a filter.
STEPS_PER_CHARACTER: Final = 10
SPARE_STEPS: Final = 10_000
#: Steps for one filter.
MAX_STEPS: Final = 50_000


class TooMuchWorkError(Exception):
    """A filter takes more steps than allowed."""


class Bounds:
    """The work left for one file, and notes of what was left out, each with its position."""

    def __init__(self, length: int) -> None:
        self.notes: dict[tuple[int, str], None] = {}
        self._of_file = SPARE_STEPS + STEPS_PER_CHARACTER * length
        # Until the first filter begins, all.
        self._of_filter = self._of_file

    @property
    def is_used_up(self) -> bool:
        """Return whether no step is left for any filter of the file."""
        return self._of_file <= 0

    def start(self) -> None:
        """Begin another filter."""
        self._of_filter = MAX_STEPS

    def spend(self, steps: int) -> None:
        """Use some steps; raise ``TooMuchWorkError`` if too few are left."""
        self._of_file -= steps
        self._of_filter -= steps
        if self._of_filter < 0 or self._of_file < 0:
            raise TooMuchWorkError

    def note(self, place: int, text: str) -> None:
        """Remember what was left out."""
        self.notes[place, text] = None
