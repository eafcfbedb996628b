"""A bar on standard error for long readings, and the way to write beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pnfilter.cli.terminal import complain, is_terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final, Self

#: Bytes from which on reading takes long enough for a bar.
MIN_BYTES: Final = 2_000_000
#: Seconds before the bar appears.
DELAY: Final = 0.5


class Progress:
    """How much was read, of ``total`` bytes (None: not known); nothing below ``least`` bytes.

    Closed when used in a ``with``. There is a bar only where ``wanted``, and where standard
    error is a terminal.
    """

    def __init__(self, total: int | None, *, wanted: bool = True, least: int = MIN_BYTES) -> None:
        self._bar: Any = None
        if wanted and is_terminal(sys.stderr) and (total is None or total >= least):
            from tqdm import tqdm

            # Its thread, which wakes up bars that aren't moved, would keep workers from being
            # forked.
            tqdm.monitor_interval = 0
            self._bar = tqdm(
                total=total,
                unit="B",
                unit_scale=True,
                leave=False,
                delay=DELAY,
                dynamic_ncols=True,
                file=sys.stderr,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def advance(self, size: int) -> None:
        """That many bytes more."""
        if self._bar is not None:
            self._bar.update(size)

    @contextmanager
    def beside(self) -> Iterator[None]:
        """The bar is out of the way of what is written inside."""
        if self._bar is None:
            yield
        else:
            with self._bar.external_write_mode(file=sys.stderr, nolock=True):
                yield

    def complain(self, message: str) -> None:
        """``terminal.complain``, beside the bar."""
        with self.beside():
            complain(message)

    def note(self, message: str) -> None:
        """Print a line on standard error that reports no fault."""
        self.complain(f"note: {message}")
