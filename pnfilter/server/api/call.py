"""What an operation is, and what it gets of a request."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable
from typing import NamedTuple, Protocol

from pnfilter.server.access.manager import AccessManager
from pnfilter.server.broker.broker import Broker
from pnfilter.server.broker.keyset import Keyset
from pnfilter.server.broker.subscriptions import Delivery
from pnfilter.server.http.request import Request, check_name
from pnfilter.server.http.response import Answer
from pnfilter.server.wire import Need


class FaultInjector(Protocol):
    """What may change the answer of a request that has waited."""

    def deliveries(self, call: Call, deliveries: list[Delivery]) -> list[Delivery]:
        """Return the messages of the answer as they are sent."""
        ...

    def settle(self, future: Future[Answer], call: Call, answer: Answer) -> None:
        """Give the answer, now or later."""


class Call(NamedTuple):
    """A request of a keyset, as an operation gets it.

    ``access`` has decided what may be done, and is None if everything is allowed.
    """

    broker: Broker
    keyset: Keyset
    access: AccessManager | None
    request: Request
    injection: FaultInjector

    @property
    def user(self) -> str:
        """Who asks; empty if the request doesn't say."""
        name = self.request.query.get("uuid", "")
        return check_name(name) if name else ""

    def allows(self, need: Need) -> bool:
        """Return whether the request has a right beside those that its operation needs."""
        return self.access is None or self.access.allows(self.request, need)


#: Does an operation; one that waits gives a future, which is cancelled when the client goes away.
Handler = Callable[[Call], "Answer | Future[Answer]"]
