"""Turn items of subscribe answers into results: each once, in order, decrypted and filtered.

An item's shape is that of the wire protocol, section 3: what the official SDKs read.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pnclient.api.subscribe import (
    PNChannelMetadataResult,
    PNFileMessageResult,
    PNMembershipResult,
    PNMessageActionResult,
    PNMessageResult,
    PNPresenceEventResult,
    PNSignalMessageResult,
    PNUUIDMetadataResult,
)
from pnclient.encryption.aes import DecryptionError
from pnclient.encryption.ciphers import mark_plaintext
from pnclient.encryption.modules import Cipher, decrypt_payload
from pnclient.enums import PNFilterMode, PNStatusCategory
from pnclient.files.transfer import service_address
from pnclient.redaction import one_line
from pnclient.subscribe.response import WrongShape, malformed_failure, show_answer, timetoken
from pnclient.subscribe.subscriptions import PRESENCE_SUFFIX
from pnclient.transport import ServiceFailure
from pnfilter import (
    UNREADABLE,
    Explanation,
    Filter,
    FilterSyntaxError,
    Message,
    Reason,
    Verdict,
    compile,
)

if TYPE_CHECKING:
    from pnclient.pnconfiguration import PNConfiguration
_LOG: Final = logging.getLogger("pnclient")
#: Conditions that a report names, and characters of each.
MAX_CONDITIONS: Final = 3
MAX_SHOWN: Final = 100

#: Items that are remembered, so that none is delivered twice: as many as ten answers hold. And
#: filters, so that none is reported twice.
REMEMBERED: Final = 1_000
#: Items of a wrong shape in one answer, reported one by one: as many as it holds (documented).
MAX_WRONG: Final = 100
#: What the number of a publication comes as.
_NUMBER: Final = (int, str)

#: The results of events of objects, by their ``type``.
_OBJECTS: Final = {
    "channel": PNChannelMetadataResult,
    "uuid": PNUUIDMetadataResult,
    "membership": PNMembershipResult,
}

#: The ``e`` of an envelope. Any other is a message.
_SIGNAL: Final = 1
_OBJECT: Final = 2
_ACTION: Final = 3
_FILE: Final = 4
#: Those that are never encrypted, and not filtered by the service.
_PLAIN: Final = (_SIGNAL, _OBJECT, _ACTION)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A message that the service delivered and that doesn't match here, and why it doesn't.

    ``str()`` names the conditions that decide and the types of their fields, for logs: values may
    be private. ``explanation`` has the values. ``item``: the message as it came.
    """

    explanation: Explanation
    item: dict[str, Any]

    def __str__(self) -> str:
        conditions = "; ".join(map(_describe, islice(_deciding(self.explanation), MAX_CONDITIONS)))
        return (
            "the service delivered a message that doesn't match here, so it was dropped: "
            f"{conditions} (reported once for each filter; pubnub.counters counts on)"
        )


def _deciding(node: Explanation) -> Iterator[Explanation]:
    """The conditions without conditions in them that made a verdict."""
    conditions = [one for one in node.children if one.verdict is not None]
    needed = [one for one in conditions if one.cause != "short-circuited"]
    if node.verdict is Verdict.NO_MATCH:
        # There is none below a negation.
        needed = [one for one in needed if one.verdict is Verdict.NO_MATCH] or needed
    if not needed:
        yield node
    for one in needed:
        yield from _deciding(one)


def _describe(condition: Explanation) -> str:
    fields = ", ".join(
        f"{one_line(one.text, MAX_SHOWN)} is {_kind(one)}"
        for one in condition.children
        if not one.is_literal
    )
    verdict = "" if condition.verdict is None else f" is {condition.verdict.name}"
    return f"`{one_line(condition.text, MAX_SHOWN)}`{verdict}" + (f", {fields}" if fields else "")


def _kind(operand: Explanation) -> str:
    """The type of an operand's value."""
    if operand.cause:
        return operand.cause
    match operand.value:
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list() | tuple():
            return "an array"
        case dict():
            return "an object"
        case _:
            return "unreadable"


@dataclass(slots=True)
class Counters:
    """What became of the events that the service sent.

    ``delivered``: given to listeners. ``dropped``: not, because the filter said NO_MATCH here.
    ``undecided``: of those delivered, the ones of which the filter's verdict isn't known here.
    ``disagreements``: of those dropped, the ones that the service had let through the same filter.
    ``duplicates``: not given to listeners, because they had been. ``reasons`` counts undecided ones
    by their reasons, and ``advice`` says what would settle most of them.
    """

    delivered: int = 0
    dropped: int = 0
    undecided: int = 0
    disagreements: int = 0
    duplicates: int = 0
    reasons: dict[Reason, int] = field(default_factory=dict, repr=False, compare=False)

    @property
    def advice(self) -> str:
        """Which assumption would settle most of the undecided; empty if none would."""
        return _advice(self.reasons)


class ReceivedItem(NamedTuple):
    """An item of an answer, whose channel and time have been read."""

    timetoken: int
    channel: str
    envelope: dict[str, Any]
    kind: object
    is_presence: bool

    @property
    def is_encrypted(self) -> bool:
        """Whether it is of a kind whose payload is encrypted, where there is a key."""
        return self.kind not in _PLAIN and not self.is_presence


class ListenerCall(NamedTuple):
    """A result, and the name of the listeners' method that takes it."""

    callback: str
    result: Any


class Undecrypted(NamedTuple):
    """In place of a payload that could not be decrypted: why."""

    error: DecryptionError


class Delivery:
    """What a client has received.

    ``report``: called with the first disagreement of each filter with the service.
    """

    def __init__(
        self, config: PNConfiguration, report: Callable[[Disagreement], object] | None = None
    ) -> None:
        self.counters: Final = Counters()
        self._config = config
        self._report = report
        #: Keys of items, the oldest first.
        self._delivered: OrderedDict[object, None] = OrderedDict()
        #: The filter that was compiled last; None for one that was set unchecked and can't be.
        self._filter: Filter | None = None
        self._text = ""
        self._assumed: object = None
        #: Hashes of filters, which take less memory than these.
        self._reported: set[int] = set()

    def forget(self) -> None:
        """What comes from here on is delivered, even if it was before."""
        self._delivered.clear()

    def accept(self, items: Iterable[Any]) -> Iterator[ReceivedItem | ServiceFailure]:
        """The new items in the order of their publication, and a failure for each malformed one.

        Above ``MAX_WRONG``, one failure counts the others that are none.
        """
        accepted: list[ReceivedItem] = []
        wrong = 0
        for item in items:
            try:
                accepted.append(_item(item))
            except WrongShape as error:
                wrong += 1
                if wrong <= MAX_WRONG:
                    yield malformed_failure(error, item)
        if wrong > MAX_WRONG:
            more = f"{wrong - MAX_WRONG:,} more items of the answer have a wrong shape"
            yield malformed_failure(WrongShape(more), None)
        # It is stable: what was published on different channels at once stays in the answer's
        # order.
        accepted.sort(key=_timetoken)
        delivered = self._delivered
        for found in accepted:
            envelope = found.envelope
            sequence = envelope.get("s")
            key = (
                found.channel,
                found.timetoken,
                _text(envelope.get("i")),
                sequence if isinstance(sequence, _NUMBER) else None,
            )
            if key in delivered:
                self.counters.duplicates += 1
                continue
            delivered[key] = None
            if len(delivered) > REMEMBERED:
                delivered.popitem(last=False)
            yield found

    def results(self, item: ReceivedItem, payload: Any) -> Iterator[ListenerCall | ServiceFailure]:
        """What listeners are given of an item, if the filter lets it through.

        ``payload``: as decrypted, or ``Undecrypted``.
        """
        if isinstance(payload, Undecrypted):
            mark_plaintext(self._config, item.envelope["d"], payload.error)
            yield _undecrypted(payload.error, item)
        if not self._passes(item, payload):
            return
        try:
            event = self._event(item, payload)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            what = error if isinstance(error, WrongShape) else "an item has a wrong shape"
            yield malformed_failure(WrongShape(what), item.envelope)
            return
        event.result.envelope = show_answer(item.envelope)
        self.counters.delivered += 1
        yield event

    # The filter.

    def _passes(self, item: ReceivedItem, payload: Any) -> bool:
        mode = self._config.filter_mode
        if mode is PNFilterMode.SERVER or item.kind in _PLAIN:
            return True
        text = self._config.filter_expression
        if not text:
            return True
        # Not by `compile` alone, which doesn't keep the longest.
        assumed = self._config.filter_assumptions
        if self._text != text or self._assumed is not assumed:
            self._text, self._assumed = text, assumed
            self._filter = _compile(text, assumed)
        if self._filter is None:
            self.counters.undecided += 1
            return True
        outcome = _outcome(self._filter, item, payload)
        if outcome is False:
            self.counters.dropped += 1
            if mode is PNFilterMode.BOTH:
                self.counters.disagreements += 1
                if self._report is not None and self._is_first(text):
                    explanation = self._filter.explain(_message(item, payload))
                    self._report(Disagreement(explanation, item.envelope))
            return False
        if isinstance(outcome, Reason):
            self._count_undecided(text, outcome)
        return True

    def _count_undecided(self, text: str, reason: Reason) -> None:
        """Count an undecided message, and log the first one of each filter and reason."""
        self.counters.undecided += 1
        reasons = self.counters.reasons
        reasons[reason] = reasons.get(reason, 0) + 1
        if self._is_first((text, reason)):
            help = _advice({reason: 1})
            _LOG.info("the filter is undecided: %s%s", reason.text, f"; {help}" if help else "")

    def _is_first(self, what: object) -> bool:
        """Whether nothing was reported of a filter, or of it and a reason, as far as remembered."""
        number = hash(what)
        if number in self._reported:
            return False
        if len(self._reported) >= REMEMBERED:
            self._reported.clear()
        self._reported.add(number)
        return True

    # Typed results.

    def _event(self, item: ReceivedItem, payload: Any) -> ListenerCall:
        envelope, channel, kind = item.envelope, item.channel, item.kind
        matched = _text(envelope.get("b"))
        if item.is_presence:
            return ListenerCall("presence", _presence(item, matched))
        subscription = None if matched == channel else matched
        publisher = _text(envelope.get("i"))
        if kind == _ACTION:
            return ListenerCall("message_action", _action(item, subscription, publisher))
        if kind == _OBJECT:
            return _object(envelope["d"])
        if kind == _FILE:
            return ListenerCall("file", self._file(item, payload, subscription, publisher))
        is_signal = kind == _SIGNAL
        error = payload.error if isinstance(payload, Undecrypted) else None
        result = (PNSignalMessageResult if is_signal else PNMessageResult)(
            payload if error is None else envelope["d"],
            subscription,
            channel,
            item.timetoken,
            envelope.get("u"),
            publisher,
            error,
            _text(envelope.get("cmt")),
        )
        return ListenerCall("signal" if is_signal else "message", result)

    def _file(
        self, item: ReceivedItem, payload: Any, subscription: str | None, publisher: str | None
    ) -> PNFileMessageResult:
        envelope, error = item.envelope, None
        message, number, name, url = payload, "", "", ""
        if isinstance(payload, Undecrypted):
            message, error = envelope["d"], payload.error
        else:
            message, file = payload.get("message"), payload["file"]
            number, name = _require(file["id"]), _require(file["name"])
            url = service_address(self._config, item.channel, number, name)
        return PNFileMessageResult(
            message,
            subscription,
            item.channel,
            item.timetoken,
            publisher,
            url,
            number,
            name,
            envelope.get("u"),
            _text(envelope.get("cmt")),
            error,
        )


def decrypt_payloads(cipher: Cipher | None, items: Iterable[ReceivedItem]) -> list[Any]:
    """The payload of each item, decrypted if it is of a kind that is. May take long."""
    return [
        item.envelope["d"] if cipher is None or not item.is_encrypted else _decrypt(cipher, item)
        for item in items
    ]


def _decrypt(cipher: Cipher, item: ReceivedItem) -> Any:
    try:
        return decrypt_payload(cipher, item.envelope["d"])
    except DecryptionError as error:
        return Undecrypted(error)


def _item(item: Any) -> ReceivedItem:
    if not isinstance(item, dict):
        raise WrongShape("an item of the answer is not an object")
    channel, published = item.get("c"), item.get("p")
    if not isinstance(channel, str) or not isinstance(published, dict) or "d" not in item:
        raise WrongShape("an item of the answer has no channel `c`, payload `d` or time `p`")
    kind, is_presence = item.get("e"), channel.endswith(PRESENCE_SUFFIX)
    return ReceivedItem(timetoken(published.get("t")), channel, item, kind, is_presence)


def _timetoken(item: ReceivedItem) -> int:
    return item.timetoken


def _compile(text: str, assumed: Any) -> Filter | None:
    try:
        return compile(text, assumed)
    except FilterSyntaxError:
        return None


def _advice(reasons: Mapping[Reason, int]) -> str:
    # Imported late: few programs ask.
    from pnfilter import Assumptions

    return Assumptions.advice(reasons, "filter_assumptions")


def _outcome(filter: Filter, item: ReceivedItem, payload: Any) -> bool | Reason:
    try:
        return filter.outcome(_message(item, payload))
    except TypeError:
        if item.is_presence:
            # JSON that only Python reads: NaN, an unpaired surrogate.
            return Reason.UNREADABLE
        raise


def _message(item: ReceivedItem, payload: Any) -> Message | dict[str, Any]:
    """An item as filters read it."""
    envelope = item.envelope
    if item.is_presence:
        return Message.from_envelope(envelope)
    # Of a file only the metadata is known to be filtered.
    is_readable = item.kind != _FILE and not isinstance(payload, Undecrypted)
    data = payload if is_readable else UNREADABLE
    return {"data": data, "meta": envelope.get("u")}


def _presence(item: ReceivedItem, matched: str | None) -> PNPresenceEventResult:
    event = item.envelope["d"]
    state = event.get("data")
    if state is not None and not isinstance(state, Mapping):
        raise WrongShape("the state in a presence event is not an object")
    channel = item.channel.removesuffix(PRESENCE_SUFFIX)
    subscription = None if matched is None else matched.removesuffix(PRESENCE_SUFFIX)
    return PNPresenceEventResult(
        _require(event["action"]),
        _text(event.get("uuid")),
        _whole(event["timestamp"]),
        _whole(event["occupancy"]),
        None if subscription == channel else subscription,
        channel,
        item.timetoken,
        None if state is None else dict(state),
        event.get("join"),
        event.get("leave"),
        event.get("timeout"),
    )


def _action(
    item: ReceivedItem, subscription: str | None, publisher: str | None
) -> PNMessageActionResult:
    payload = item.envelope["d"]
    action = {"uuid": publisher, **payload["data"]}
    return PNMessageActionResult(
        action, subscription=subscription, channel=item.channel, event=_text(payload.get("event"))
    )


def _object(payload: Any) -> ListenerCall:
    """An event of metadata or memberships. ``type`` is the name of the listeners' method too."""
    result = _OBJECTS[payload["type"]]
    return ListenerCall(
        payload["type"], result(event=_require(payload["event"]), data=payload["data"])
    )


def _text(value: Any) -> str | None:
    """Return ``value`` if it is a string, else None."""
    return value if isinstance(value, str) else None


def _require(value: Any) -> str:
    if not isinstance(value, str):
        raise WrongShape("an item of the answer lacks a string")
    return value


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise WrongShape("an item of the answer has no integer where one belongs")
    return value


def _undecrypted(error: DecryptionError, item: ReceivedItem) -> ServiceFailure:
    return ServiceFailure(
        PNStatusCategory.PNDecryptionErrorCategory, error, show_answer(item.envelope)
    )
