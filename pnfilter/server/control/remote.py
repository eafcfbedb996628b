"""The control side for Python programs: calls into the server's thread."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol, TypedDict, TypeVar, Unpack

from pnfilter.server.control.control import Control

Result = TypeVar("Result")


class FaultOptions(TypedDict, total=False):
    """The options of a fault beside its kind (``add_fault``)."""

    operation: str
    keyset: str
    user: str
    count: int | None
    probability: float
    seed: int
    seconds: float
    status: int
    retry_after: int | None
    after: int
    done: bool


class HasControl(Protocol):
    """An emulator with a control side."""

    @property
    def control(self) -> Control:
        """What a test can ask of it."""
        ...


class RemoteControl(ABC):
    """A server that a test controls. Every call may come from any thread.

    Each raises ``ValueError`` for invalid arguments and ``RuntimeError`` if the server is not
    running.
    """

    @abstractmethod
    def call(self, function: Callable[[HasControl], Result]) -> Result:
        """Call ``function`` with the app in the server's thread; return or raise what it does."""

    @property
    def control_token(self) -> str:
        """The token for requests to the control side: ``Authorization: Bearer …``."""
        return self.call(lambda app: app.control.token)

    def reset(self, keyset: str | None = None) -> None:
        """Forget everything that was published or set, of every keyset or of one, and faults.

        Waiting subscribe requests are answered. Timetokens continue.
        """
        self.call(lambda app: app.control.reset(keyset))

    def subscribers(
        self, keyset: str | None = None, user: str | None = None
    ) -> list[dict[str, Any]]:
        """Return the subscribers, latest first, up to a limit: user, filter, channels, counts."""
        found = self.call(lambda app: app.control.subscribers(keyset, user))
        subscribers: list[dict[str, Any]] = found["subscribers"]
        return subscribers

    def add_fault(self, fault: str, **options: Unpack[FaultOptions]) -> int:
        """Inject a fault from now on; return the id that it has in ``faults``.

        ``fault``, with its own options:

        * ``"delay"``: the operation is done, its answer leaves ``seconds`` later.
        * ``"status"``: an error, 400 to 599, is answered, with ``Retry-After`` where
          ``retry_after`` is given (1 for 429); the operation isn't done unless ``done`` is true.
        * ``"cut"``: the connection is cut before the answer, or after ``after`` bytes of its body;
          the operation is done unless ``done`` is false.
        * ``"truncated"``: half of the body is sent under the length of the whole.
        * ``"malformed"``: the body is not valid JSON.
        * ``"duplicate"``, ``"reorder"``: a subscribe answer has each message twice, or the last
          one first.
        * ``"ignore-filter"``, ``"invert-filter"``: a subscriber's filter isn't applied, or is
          inverted, for one event each time.

        What it concerns: requests of one ``operation`` (as the log names it, ``"*"`` for any), of
        one ``keyset`` and ``user``. How often: ``count`` times (1; without end for None, and for
        filters unless it is given), each time with a ``probability`` that is drawn from ``seed``.
        """
        return int(self.call(lambda app: app.control.add_fault({"fault": fault, **options}))["id"])

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults in the order they were added, each with its number of ``hits``."""
        return self.call(lambda app: app.control.list_faults())

    def remove_fault(self, number: int) -> None:
        """Remove the fault that has this id."""
        self.call(lambda app: app.control.faults.remove(number))

    def clear_faults(self) -> None:
        """Remove every fault. Answers that are delayed already stay so."""
        self.call(lambda app: app.control.faults.clear())

    def advance_presence(self, seconds: float) -> None:
        """Let time pass for presence: users who were not heard of for too long leave at once."""
        self.call(lambda app: app.control.advance(seconds))
