"""Ctrl-C at a moment at which it would do harm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Ctrl-C comes when this is over, where the system can hold it back.

    A signal that is blocked in this thread is given to another one, and the exception would come here
    all the same: what raises it stands aside, too. A handler of the program's own is left in its place.
    """
    try:
        from signal import SIG_BLOCK, SIG_SETMASK, SIGINT, pthread_sigmask, raise_signal
    except ImportError:
        yield
        return
    from signal import default_int_handler, getsignal, signal

    late: list[int] = []
    stands_aside = getsignal(SIGINT) is default_int_handler
    try:
        if stands_aside:
            signal(SIGINT, lambda number, _: late.append(number))
    except ValueError:
        # The exception comes in the main thread only, which this one is not.
        stands_aside = False
    try:
        before = pthread_sigmask(SIG_BLOCK, {SIGINT})
        try:
            yield
        finally:
            pthread_sigmask(SIG_SETMASK, before)
    finally:
        if stands_aside:
            signal(SIGINT, default_int_handler)
        if late:
            raise_signal(SIGINT)
