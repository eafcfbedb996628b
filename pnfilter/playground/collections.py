"""Messages to try filters on: read once, and kept under an id made from their content."""

from __future__ import annotations

import hashlib
import io
import json
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from typing import Any, BinaryIO, Final

from pnfilter.inference import infer
from pnfilter.input.forms import SHOWN
from pnfilter.input.payloads import PAYLOADS, Payload
from pnfilter.input.reader import MessageReader
from pnfilter.lint.check import MessageSchema, check
from pnfilter.message import AnyMessage, Message, parts_of
from pnfilter.playground.bounds import (
    MAX_COLLECTIONS,
    MAX_COMPLAINTS,
    MAX_KEPT_TEXT,
    MAX_MESSAGES,
    MAX_ROW,
    MAX_SAMPLES,
    MAX_SHOWN,
    MAX_VALUES,
)
from pnfilter.playground.expected import CaseSet, case_set_in, read_case_set
from pnfilter.wording import shorten

#: How to read the messages of a text: guess by the first of them, or as one of ``PAYLOADS``.
AUTO: Final = "auto"
FORMS: Final = PAYLOADS
_BY_NAME: Final[dict[str, Payload]] = {payload: payload for payload in PAYLOADS}


class Collection:
    """Some messages. ``problems``: what of them is unreadable; ``more``: some are left out."""

    def __init__(
        self,
        messages: Sequence[AnyMessage],
        problems: Sequence[str] = (),
        *,
        more: bool = False,
        first: int = 0,
    ) -> None:
        self.messages = messages
        self.problems = problems
        self.more = more
        #: The number of the first message, where older ones are gone.
        self.first = first
        #: What they are called, if they have a name.
        self.name = ""
        #: What the text was read as, where its messages are not lines or elements.
        self.form = ""
        #: The filter of the test set that they are the cases of, and the verdicts expected.
        self.test_set: CaseSet | None = None
        self._model: Collection | None = None

    @cached_property
    def schema(self) -> dict[str, Any]:
        """What the first messages are like; empty where nothing is known of them."""
        if self._model is not None:
            return self._model.schema
        try:
            return infer(islice(self.messages, MAX_SAMPLES), max_values=MAX_VALUES)
        except (TypeError, ValueError):
            return {}

    def prepare(self) -> None:
        """Make what is made when it is first asked for."""
        assert self.rows is not None
        # Also imports what a check needs.
        check("data", schema=self.checked_by)

    def like(self, other: Collection) -> None:
        """Take what is known of other messages for these, too: looking at them again takes long."""
        self._model = other

    def since(self, number: int) -> Collection:
        """Those with this number, or a greater one; what is known of all holds for them."""
        if number <= self.first:
            return self
        found = Collection(self.messages[number - self.first :], first=number)
        found.like(self)
        return found

    @cached_property
    def checked_by(self) -> MessageSchema | None:
        """The same for ``check``."""
        if self._model is not None:
            return self._model.checked_by
        return MessageSchema(self.schema) if self.schema else None

    @cached_property
    def rows(self) -> list[list[str]]:
        """Metadata, payload and perhaps a name of each message as short strings for a list."""
        rows = [row(message) for message in self.messages]
        if self.test_set is not None:
            for each, name in zip(rows, self.test_set.names, strict=True):
                if name:
                    each.append(shorten(name, MAX_ROW))
        return rows

    @cached_property
    def digest(self) -> str:
        """What differs where the messages do, as far as a list shows them."""
        return hashlib.sha256(json.dumps(self.rows).encode()).hexdigest()[:8]


def row(message: AnyMessage) -> list[str]:
    """Return metadata and payload as short strings."""
    data, meta, _ = parts_of(message)
    return [shorten(as_json(meta), MAX_ROW), shorten(as_json(data), MAX_ROW)]


def whole(message: AnyMessage) -> str:
    """A message as JSON on several lines; a string says what can't be seen."""
    data, meta, kind = parts_of(message)
    shown: dict[str, Any] = {"meta": meta, "data": data}
    if kind != "message":
        shown = {"kind": kind, **shown}
    return shorten(as_json(shown, indent=2), MAX_SHOWN)


def as_json(value: Any, indent: int | None = None) -> str:
    """A value of a message as JSON."""
    separators = (", ", ": ") if indent is None else None
    try:
        return json.dumps(
            value, ensure_ascii=False, indent=indent, separators=separators, default=_stand_in
        )
    except (RecursionError, ValueError):
        return "(too deep to be shown)"


def presentable(text: str) -> str:
    """Return a text with a file's name as JSON can hold it; names may have bytes beyond text."""
    return text.encode(errors="replace").decode()


def _stand_in(value: object) -> str:
    del value
    return "(can't be read here)"


def read(source: str | BinaryIO, form: str = AUTO) -> Collection:
    """Read the messages of a file, given by its name, or of a stream.

    They are lines or an array, compressed or not. What can't be read is left out and reported in
    ``problems``. Nothing is raised.
    """
    problems: list[str] = []

    def complain(text: str) -> None:
        if len(problems) < MAX_COMPLAINTS:
            problems.append(presentable(text))

    payload = _payload_of(source) if form == AUTO else _BY_NAME[form]
    reader = MessageReader(payload=payload, complain=complain, note=_ignore)
    messages = [item.message for item in islice(reader.read(source), MAX_MESSAGES + 1)]
    more = len(messages) > MAX_MESSAGES
    found = Collection(messages[:MAX_MESSAGES], problems, more=more)
    found.form = SHOWN.get(reader.form, "")
    return found


def read_text(text: str, form: str = AUTO) -> Collection:
    """The messages of a text; ``InvalidCases`` for a test set that is no valid one."""
    value = case_set_in(text) if form == AUTO else None
    if value is not None:
        return _of_test_set(value)
    stream = io.BytesIO(text.encode())
    stream.name = "messages"
    return read(stream, form)


def _of_test_set(value: Any) -> Collection:
    test_set, messages, count = read_case_set(value)
    problems = [f"The first of {count} test sets in it."] if count > 1 else []
    more = len(messages) > MAX_MESSAGES
    found = Collection(messages[:MAX_MESSAGES], problems, more=more)
    found.form, found.test_set = "a test set", test_set.first(MAX_MESSAGES)
    return found


def _ignore(text: str) -> None:
    del text


def _payload_of(source: str | BinaryIO) -> Payload:
    """What the messages are by the first of them; bare payloads where it has no form of ours."""
    reader = MessageReader(complain=_ignore, note=_ignore)
    found: Any = next((item.message for item in reader.read(source)), None)
    if not isinstance(source, str):
        source.seek(0)
    if isinstance(found, Message) or (isinstance(found, dict) and {"data", "meta"} & found.keys()):
        return "auto"
    return "data"


class Shelf:
    """Collections by their ids; the ones not used for longest go first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Collection, int]] = OrderedDict()

    def add(self, text: str, form: str = AUTO) -> str:
        """Keep the messages of a text; the id of the collection."""
        name = hashlib.sha256(f"{form}\n{text}".encode()).hexdigest()[:32]
        if name not in self._kept:
            self.put(name, read_text(text, form), len(text))
        self._kept.move_to_end(name)
        return name

    def put(self, name: str, collection: Collection, size: int) -> None:
        """Keep a collection whose text has ``size`` characters under a name."""
        self._kept[name] = collection, size
        while len(self._kept) > 1 and not self._fits():
            self._kept.popitem(last=False)

    def _fits(self) -> bool:
        sizes = [size for _, size in self._kept.values()]
        return len(sizes) <= MAX_COLLECTIONS and sum(sizes) <= MAX_KEPT_TEXT

    def get(self, name: str) -> Collection | None:
        """A collection; None where it is not kept, or not any more."""
        if name not in self._kept:
            return None
        self._kept.move_to_end(name)
        return self._kept[name][0]
