"""Hold back Ctrl-C while it would do harm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Deliver Ctrl-C after this block, if the system can hold it back.

    The system may deliver a signal that is blocked in this thread to another one, and the exception
    would still be raised here. So the default handler is replaced too; a handler of the program
    itself stays.
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
        # The exception is raised in the main thread only, and this isn't it.
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
