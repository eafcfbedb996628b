"""How much work a file may cost, and what was left out where it would cost more."""

from __future__ import annotations

from typing import Final

#: Steps that the filters of one file may take: so many for each character, and some more for short
#: files. A step is a token that is looked at, or a character of a filter.
STEPS_PER_CHARACTER: Final = 10
SPARE_STEPS: Final = 10_000
#: Steps that one filter may take.
MAX_STEPS: Final = 50_000


class TooMuchWorkError(Exception):
    """A filter takes more steps than it may."""


class Bounds:
    """The work that is left for one file, and notes of what was left out, each with its place."""

    def __init__(self, length: int) -> None:
        self.notes: dict[tuple[int, str], None] = {}
        self._of_file = SPARE_STEPS + STEPS_PER_CHARACTER * length
        # Until the first filter begins, all.
        self._of_filter = self._of_file

    @property
    def is_used_up(self) -> bool:
        """Whether no filter of the file may take a step any more."""
        return self._of_file <= 0

    def start(self) -> None:
        """Begin with another filter."""
        self._of_filter = MAX_STEPS

    def spend(self, steps: int) -> None:
        """Take some steps; ``TooMuchWorkError`` where these are more than there are."""
        self._of_file -= steps
        self._of_filter -= steps
        if self._of_filter < 0 or self._of_file < 0:
            raise TooMuchWorkError

    def note(self, place: int, text: str) -> None:
        """Remember what was left out."""
        self.notes[place, text] = None
