"""Messages: the input of a filter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from pnfilter.semantics import UNREADABLE, Reason, not_json

if TYPE_CHECKING:
    from pnfilter.semantics.assumptions import Assumptions

EventType = Literal["message", "signal", "object", "action", "file", "presence"]

#: The envelope's ``e``: the type of event (wire protocol, section 3).
KINDS: dict[object, EventType] = {1: "signal", 2: "object", 3: "action", 4: "file"}
_PRESENCE_SUFFIX = "-pnpres"
#: Steps of a path that an error shows; a longer path is cut in the middle.
MAX_SHOWN_STEPS = 20
#: Types of event for which filtering is unverified: only the server's decision is certain.
UNFILTERED: frozenset[EventType] = frozenset({"signal", "object", "action"})


class Message:
    """A message: its payload ``data`` (any JSON value) and metadata ``meta`` (an object, or None).

    ``UNREADABLE`` as either, or anywhere inside, marks a value that can't be seen here. Without
    ``data`` the payload is unreadable; ``data=None`` is JSON null. ``kind`` is ``"message"`` unless
    the envelope says otherwise. The values are checked, not copied. A value that JSON doesn't have
    (a date, bytes, NaN, a key that isn't a string, an object inside itself) raises ``TypeError``
    with its path.
    """

    __slots__ = ("_data", "_kind", "_meta")

    _data: Any
    _meta: Any
    _kind: EventType

    def __init__(
        self, data: Any = UNREADABLE, meta: Any = None, *, kind: EventType = "message"
    ) -> None:
        _require_json(data, "data")
        _require_json(meta, "meta")
        self._data, self._meta, self._kind = data, meta, kind

    @property
    def data(self) -> Any:
        """The payload."""
        return self._data

    @property
    def meta(self) -> Any:
        """The metadata; None for a message without any."""
        return self._meta

    @property
    def kind(self) -> EventType:
        """The type of the event."""
        return self._kind

    def __repr__(self) -> str:
        return f"Message(data={self._data!r}, meta={self._meta!r}, kind={self._kind!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message):
            return NotImplemented
        return (self._data, self._meta, self._kind) == (other._data, other._meta, other._kind)

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def from_envelope(cls, item: Mapping[str, Any], *, encrypted: bool = False) -> Message:
        """Return the message in an item of a subscribe response or of history.

        A subscribe item has ``d`` and ``u``, a history item ``message`` and ``meta``. A history
        item without ``meta`` was fetched without metadata, so the metadata is unreadable; an empty
        string there means that the message has none. ``encrypted`` says that the payload is
        ciphertext. Presence events get the metadata that the server generates for them
        (documented). Any other shape raises ``TypeError``.
        """
        if not isinstance(item, Mapping):
            raise TypeError(f"an envelope must be a mapping, not {type(item).__name__}")
        if "c" in item and ("d" in item or "p" in item):
            channel = item["c"]
            if isinstance(channel, str) and channel.endswith(_PRESENCE_SUFFIX):
                return _presence(channel, item.get("d"))
            kind, data, meta = _kind_of(item.get("e")), item.get("d", UNREADABLE), item.get("u")
        elif "message" in item:
            kind, data = _kind_of(item.get("message_type")), item["message"]
            meta = item.get("meta", UNREADABLE)
            meta = None if meta == "" else meta
        else:
            raise TypeError(
                "not an envelope: an item of a subscribe answer has `c` and `d`, "
                "an item of history has `message`"
            )
        # Only the metadata of a file event is known to be filtered.
        return cls(UNREADABLE if encrypted or kind == "file" else data, meta, kind=kind)


def message_of_json(data: Any, meta: Any, kind: EventType) -> Message:
    """Return a message of values decoded from JSON, which need no check."""
    message = Message.__new__(Message)
    message._data, message._meta, message._kind = data, meta, kind  # noqa: SLF001 - of this module
    return message


def _kind_of(number: object) -> EventType:
    """Return the type of event for an envelope's number; ``"message"`` for any other value."""
    is_number = isinstance(number, int) and not isinstance(number, bool)
    return KINDS.get(number, "message") if is_number else "message"


def outcome_of_event(assumed: Assumptions | None) -> bool | Reason | None:
    """Return the outcome for an event that may not be filtered; None if it is, by assumption."""
    reading = None if assumed is None else assumed.get(Reason.EVENT_KIND.value)
    if reading is None:
        return Reason.EVENT_KIND
    return True if reading == "delivered" else None


def _presence(channel: str, event: Any) -> Message:
    """Return a presence event with generated metadata; what the event lacks is unreadable."""
    if not isinstance(event, Mapping):
        return Message(UNREADABLE, UNREADABLE, kind="presence")
    meta: dict[str, Any] = {
        "pn_ispresence": 1,
        "pn_channel": channel.removesuffix(_PRESENCE_SUFFIX),
        "pn_precise_timestamp": UNREADABLE,
    }
    for name in ("action", "uuid", "occupancy", "timestamp"):
        meta[f"pn_{name}"] = event.get(name, UNREADABLE)
    state = event.get("data")
    if isinstance(state, Mapping):
        meta |= {f"pn_state_{key}": value for key, value in state.items()}
    return Message(dict(event), meta, kind="presence")


def _require_json(value: Any, name: str) -> None:
    """Raise ``TypeError`` if ``value`` or a value inside isn't JSON. Doesn't recurse."""
    # The open containers, outermost first: identity, remaining steps, current step.
    opened: list[tuple[int, Iterator[tuple[Any, Any]]]] = []
    steps: list[Any] = []
    inside: set[int] = set()
    # Without it, lists that each hold the next twice would take exponential time.
    seen: set[int] = set()
    while True:
        fault = _fault_of(value)
        if not fault and id(value) in inside:
            fault = "contains itself, which JSON does not allow"
        if fault:
            if len(steps) > MAX_SHOWN_STEPS:
                steps[MAX_SHOWN_STEPS // 2 : -MAX_SHOWN_STEPS // 2] = [...]
            path = "".join("…" if step is ... else f"[{step!r}]" for step in steps)
            raise TypeError(f"{name}{path} {fault}")
        if isinstance(value, (dict, list, tuple)) and id(value) not in seen:
            seen.add(id(value))
            inside.add(id(value))
            entries = value.items() if isinstance(value, dict) else enumerate(value)
            opened.append((id(value), iter(entries)))
            steps.append(None)
        while opened:
            entry = next(opened[-1][1], None)
            if entry is not None:
                steps[-1], value = entry
                break
            inside.discard(opened.pop()[0])
            steps.pop()
        else:
            return


def _fault_of(value: Any) -> str:
    """Return what is wrong with ``value`` itself, as the end of a sentence; empty if it is JSON."""
    why = not_json(value)
    if why:
        return f"is {why}"
    if isinstance(value, str) and not value.isascii() and not is_unicode(value):
        return "is a string with an unpaired surrogate, which JSON does not allow"
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                return f"has the key {key!r}, but keys in JSON are strings"
            if not key.isascii() and not is_unicode(key):
                return "has a key with an unpaired surrogate, which JSON does not allow"
    return ""


#: A message as filters accept it: a mapping with ``data`` and ``meta``, or a ``Message``.
AnyMessage = Mapping[str, Any] | Message


def is_unicode(text: str) -> bool:
    """Return whether a string has no unpaired surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def parts_of(message: AnyMessage) -> tuple[Any, Any, EventType]:
    """Return payload, metadata and type of a message; raise ``TypeError`` for any other value."""
    if isinstance(message, Message):
        return message.data, message.meta, message.kind
    if isinstance(message, Mapping):
        return message.get("data", UNREADABLE), message.get("meta"), "message"
    raise TypeError(
        "a message must be a mapping with `data` and `meta`, or a pnfilter.Message, "
        f"not {type(message).__name__}"
    )
