"""Timetokens: the clock of the service, which never shows the same time twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from pnfilter.server.wire import PER_SECOND

#: How far the saved mark is ahead of the timetokens that were issued.
_RESERVE: Final = PER_SECOND


class Timetokens:
    """Issues timetokens: tenths of a microsecond since 1970, each larger than all before.

    That holds for a clock that is set back as well. ``last`` is the largest one of an earlier
    run; ``save`` is called with a mark that none of this run exceeds, before it is reached.
    """

    __slots__ = ("_clock", "_mark", "_save", "earlier", "last")

    def __init__(
        self,
        clock: Callable[[], int] = time.time_ns,
        *,
        last: int = 0,
        save: Callable[[int], None] | None = None,
    ) -> None:
        self._clock = clock
        self._save = save
        self._mark = last
        #: One that all of earlier runs don't exceed, and all of this one do; 0 where there were none.
        self.earlier = last
        #: The largest one issued.
        self.last = last

    @property
    def now(self) -> int:
        """The time, or the largest one issued where the clock was set back."""
        return max(self._clock() // 100, self.last)

    def next(self) -> int:
        """One more."""
        following = max(self._clock() // 100, self.last + 1)
        if self._save is not None and following > self._mark:
            mark = following + _RESERVE
            # None is issued where the mark can't be saved.
            self._save(mark)
            self._mark = mark
        self.last = following
        return following
