"""Messages from files and standard input, one after the other, in constant memory.

The usual form is newline-delimited JSON, plain or compressed by gzip or zstd (recognised by its
first bytes, whatever the name). A file that is one JSON array is read as its elements. What else a
file of messages may be in practice is recognised and reported: a byte-order mark, CRLF, UTF-16,
blank lines, invalid UTF-8, bare payloads where messages were expected.

``MessageReader`` is what a command uses::

    reader = MessageReader(payload="message", complain=complain, note=complain)
    for name in names or [STDIN]:
        for item in reader.read(name):
            outcome = filter.outcome(item.message)
    return EXIT_MISUSE if reader.failed else …

It never raises for bad input: what can't be read is reported to ``complain``, skipped, and makes
``failed`` true. What is worth knowing and does no harm goes to ``note``. ``payload`` says what
a line holds: see ``pnfilter.input.payloads``.
"""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from typing import Any, BinaryIO, Final

from pnfilter.decode import BrokenMessage, decode, is_balanced
from pnfilter.input.json_array import MAX_LINE, BrokenArray, Element, on_one_line, split_array
from pnfilter.input.payloads import Payload, as_message, hint_of
from pnfilter.input.result import MAX_REPORTS, BlockResult, Findings, Unit
from pnfilter.input.sources import STDIN, open_binary, origin_of, reason_of
from pnfilter.input.streams import (
    CHUNK,
    TOO_LONG,
    UTF8_MARK,
    UTF16_STARTS,
    UnreadableInput,
    decompress,
    ignore_size,
    is_too_long,
    open_counted,
    plain_file,
    split_blocks,
)
from pnfilter.message import AnyMessage
from pnfilter.records import NamedTuple
from pnfilter.wording import counted, plural

#: Lines at the start of an input that are always read one by one: most notes about an input arise
#: there.
HEAD: Final = 100
#: The same if single lines need no notes.
QUIET_HEAD: Final = 10

#: Values of an answer that is a list, at most.
_MOST_IN_ANSWER: Final = 4


class Item(NamedTuple):
    """One message and its position.

    ``number`` counts ``unit``s from 1: the lines, the elements of a file that is an array, the
    messages in answers and recordings. ``raw`` is the line unchanged, with its line end; an element
    or a message without its surroundings, on one line.
    """

    source: str
    unit: Unit
    number: int
    raw: bytes
    message: AnyMessage

    @property
    def place(self) -> str:
        """The position for people: ``file:12``, or ``file: element 12``."""
        return _place(self.source, self.unit, self.number)


class LineBlock(NamedTuple):
    """Whole lines, unread and unchanged; only the beginning of one that is too long."""

    lines: bytes


class FileRange(NamedTuple):
    """The rest of a plain file: the lines from ``start``, where one begins, up to ``end``.

    ``descriptor`` is open until the next chunk is requested.
    """

    descriptor: int
    start: int
    end: int


def total_size(names: Iterable[str]) -> int | None:
    """Return the bytes of all files together; None if unknown before reading them."""
    total = 0
    for name in names:
        try:
            status = os.fstat(sys.stdin.fileno()) if name == STDIN else os.stat(name)
        except (OSError, ValueError, AttributeError):
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        total += status.st_size
    return total


class MessageReader:
    """Reads the messages of one input after the other; see the module."""

    def __init__(
        self,
        *,
        payload: Payload = "auto",
        complain: Callable[[str], object],
        note: Callable[[str], object],
        advance: Callable[[int], object] = ignore_size,
        fail: Callable[[str], object] | None = None,
        skip_broken: bool = False,
        see: Callable[[int, bytes], object] | None = None,
    ) -> None:
        """Pass sentences to ``complain`` and ``note``, numbers of bytes read to ``advance``.

        ``fail`` gets errors about a whole input instead of ``complain``; it may raise. With
        ``skip_broken`` a broken or blank line is ignored. ``see`` gets all lines before they are
        read as messages: whole ones, and the number of the first. It makes an input unreadable
        whose messages aren't lines.
        """
        self._payload: Payload = payload
        self._complain, self._note, self._advance = complain, note, advance
        self._failing = fail or complain
        self._skips_broken = skip_broken
        self._see = see
        self._findings = Findings("")
        self._counted = 0
        self._damage: tuple[type[Exception], ...] = (EOFError,)
        self.failed = False
        """Whether something could not be read, so far."""
        self.opened = False
        """Whether the last input could be opened at all."""

    @property
    def broken(self) -> int:
        """Broken lines of the last input, so far."""
        return self._findings.broken

    @property
    def form(self) -> str:
        """The form of the last input's messages; empty if they are in ours."""
        return self._findings.form

    def read(self, source: str | BinaryIO) -> Iterator[Item]:
        """Yield the messages of a file, of standard input (``STDIN``), or of a stream."""
        for portion in self._portions(source):
            if isinstance(portion, Item):
                yield portion

    def portions(
        self, source: str | BinaryIO, *, whole: bool = True
    ) -> Iterator[Item | LineBlock | FileRange]:
        """Yield the messages at the start of an input, and its other lines in blocks.

        For a plain file they are a ``FileRange`` if ``whole``. An array has messages only. For each
        ``LineBlock``, and for each part of a ``FileRange``, call ``took`` or ``items``.
        """
        return self._portions(source, in_blocks=True, whole=whole)

    def took(self, report: BlockResult) -> int:
        """Account for lines evaluated elsewhere; return the number of the first of them."""
        findings = self._findings
        first = findings.lines + 1
        findings.lines += report.lines
        findings.blank += report.blank
        if report.crlf:
            self._tell_crlf(findings)
        hint = None if findings.hinted else report.hint
        for position, text in report.complaints:
            if hint is not None and hint[0] < position:
                self._tell_hint(findings, first + hint[0], hint[1])
                hint = None
            self._broken(findings, first + position, text)
        if hint is not None:
            self._tell_hint(findings, first + hint[0], hint[1])
        findings.broken += report.broken - len(report.complaints)
        return first

    def fail(self, text: str) -> None:
        """Report that the rest of the input can't be read."""
        self._fail(f"{self._findings.source}: {text}")

    def items(self, block: LineBlock) -> Iterator[Item]:
        """Yield the messages of a block, one by one."""
        stream = io.BufferedReader(io.BytesIO(block.lines))
        findings = self._findings
        lines = _read_filled_lines(stream, findings)
        return self._items(self._line_values(stream, lines, findings), findings)

    def _portions(
        self, source: str | BinaryIO, *, in_blocks: bool = False, whole: bool = False
    ) -> Iterator[Item | LineBlock | FileRange]:
        findings = self._findings = Findings(origin_of(source))
        self.opened, self._counted = False, 0
        try:
            with self._stream(source) as (stream, plain):
                self.opened = True
                head = QUIET_HEAD if self._skips_broken else HEAD
                items = self._items(
                    self._values(stream, findings, head if in_blocks else None), findings
                )
                yield from items if self._see is None else map(_on_line, items)
                if in_blocks and findings.unit == "line" and not findings.form:
                    if whole and plain is not None and self._see is None:
                        descriptor, start = plain
                        # The caller reads, and counts, again what was read ahead.
                        self._count(findings.size - self._counted)
                        yield FileRange(
                            descriptor, start + findings.size, os.fstat(descriptor).st_size
                        )
                    else:
                        number = findings.lines + 1
                        for block in split_blocks(stream):
                            if self._see is not None:
                                self._see(number, block)
                                number += block.count(b"\n") + (not block.endswith(b"\n"))
                            yield LineBlock(block)
        except (UnreadableInput, BrokenArray) as error:
            self._fail(f"{findings.source}: {error}")
        except self._damage as error:
            self._fail(f"{findings.source}: its compressed content is damaged or cut off: {error}")
        except OSError as error:
            reason = reason_of(error)
            self._fail(reason if error.filename else f"{findings.source}: {reason}")
        finally:
            self._summarise(findings)

    def _items(
        self, values: Iterable[tuple[int, bytes, Any]], findings: Findings
    ) -> Iterator[Item]:
        for number, raw, value in values:
            if findings.form:
                yield from self._of_form(findings, number, raw, value)
                continue
            try:
                message = as_message(value, self._payload)
            except BrokenMessage as error:
                self._broken(findings, number, error)
                continue
            self._hint(findings, number, value)
            yield Item(findings.source, findings.unit, number, raw, message)

    def _of_form(self, findings: Findings, number: int, raw: bytes, value: Any) -> Iterator[Item]:
        """Yield the messages of a value where the first of the input is an answer or an event."""
        from pnfilter.input.forms import SINGLE, form_of, messages_in

        form = form_of(value)
        if not form and isinstance(value, dict) and not value.keys().isdisjoint(("data", "meta")):
            yield Item(findings.source, findings.unit, number, raw, value)
            return
        is_single = form in SINGLE
        for found in messages_in(value, form):
            if not is_single:
                findings.unit, number = "message", findings.messages + 1
            findings.messages += 1
            if isinstance(found, BrokenMessage):
                self._broken(findings, number, found)
                continue
            if not is_single:
                raw = json.dumps(found.value, ensure_ascii=False).encode() + b"\n"
            yield Item(findings.source, findings.unit, number, raw, found.message)

    @contextmanager
    def _stream(
        self, source: str | BinaryIO
    ) -> Iterator[tuple[io.BufferedReader[Any], tuple[int, int] | None]]:
        """Return the lines, and for a plain file its descriptor and where they start in it."""
        with open_binary(source) as opened:
            plain = plain_file(opened)
            stream = open_counted(opened, self._count)
            content, self._damage = decompress(stream)
            yield content, plain if content is stream else None

    def _values(
        self, stream: io.BufferedReader[Any], findings: Findings, head: int | None
    ) -> Iterator[tuple[int, bytes, Any]]:
        """Yield number, text and JSON value of each line, or of each element of an array.

        Of lines these are the first ``head`` only.
        """
        start = stream.peek(4)
        if start.startswith(UTF16_STARTS):
            raise UnreadableInput(
                "it is UTF-16, not UTF-8; `iconv -f UTF-16 -t UTF-8` makes it readable"
            )
        if start.startswith(UTF8_MARK):
            findings.size += len(stream.read(len(UTF8_MARK)))
            self._note(f"{findings.source}: starts with a byte-order mark, which is no part of it")
        lines = _read_filled_lines(stream, findings, self._see)
        first = list(islice(lines, 1))
        if first and self._is_spread(first, lines, findings):
            chunks = chain([line for _, line in first], iter(partial(stream.read1, CHUNK), b""))
            yield from self._elements(chunks, first[0], findings)
            return
        head = None if findings.form else head
        yield from self._line_values(stream, islice(chain(first, lines), head), findings)

    def _is_spread(
        self,
        first: list[tuple[int, bytes]],
        lines: Iterator[tuple[int, bytes]],
        findings: Findings,
    ) -> bool:
        """Return whether an input is one array, or values that go over several lines.

        ``first`` has its first line, and gets the second if that decides.
        """
        line = first[0][1]
        start = line.lstrip()[:1]
        if start not in (b"[", b"{") or (start == b"{" and self._payload != "auto"):
            return False
        value = _value_of(line)
        if value is not None:
            if self._recognise(value, findings) or start == b"{" or self._payload == "data":
                return False
            # A payload may be an array; a message can't, so a lone array is the whole file.
            first.extend(islice(lines, 1))
            return len(first) == 1
        if start == b"[":
            return True
        if is_too_long(line) or is_balanced(line):
            return False
        first.extend(islice(lines, 1))
        # A line that was cut off is followed by whole ones.
        return len(first) == 2 and not isinstance(_value_of(first[1][1]), dict)

    def _recognise(self, value: Any, findings: Findings) -> bool:
        """Return whether the first value of an input has another form than ours, and note it."""
        if self._payload != "auto" or (isinstance(value, dict) and "data" in value):
            return False
        from pnfilter.input.forms import SHOWN, form_of

        findings.form = form_of(value)
        if findings.form:
            self._note(f"{findings.source}: read as {SHOWN[findings.form]}")
        return bool(findings.form)

    def _line_values(
        self,
        stream: io.BufferedReader[Any],
        lines: Iterable[tuple[int, bytes]],
        findings: Findings,
    ) -> Iterator[tuple[int, bytes, Any]]:
        for number, line in lines:
            if is_too_long(line):
                self._broken(findings, number, TOO_LONG)
                while part := stream.readline(CHUNK):
                    findings.size += len(part)
                    if part.endswith(b"\n"):
                        break
                continue
            if line.endswith(b"\r\n"):
                self._tell_crlf(findings)
            try:
                value = decode(line)
            except BrokenMessage as error:
                self._broken(findings, number, error)
                continue
            yield number, line, value

    def _elements(
        self, chunks: Iterable[bytes], first: tuple[int, bytes], findings: Findings
    ) -> Iterator[tuple[int, bytes, Any]]:
        findings.unit = "element"
        line, start = first
        is_array = start.lstrip().startswith(b"[")
        values = self._element_values(split_array(chunks, line, objects=not is_array), findings)
        ahead = list(islice(values, 1))
        if is_array and ahead and isinstance(ahead[0][2], list):
            # An answer that is a list has messages, and then timetokens.
            ahead.extend(islice(values, _MOST_IN_ANSWER))
            answer = [value for _, _, value in ahead]
            if self._recognise(answer, findings):
                yield 1, b"", answer
                return
        if not (ahead and self._recognise(ahead[0][2], findings)):
            self._note(
                f"{findings.source}: one JSON array; its elements are read as the messages"
                if is_array
                else f"{findings.source}: objects over several lines; each is read as a message"
            )
        yield from chain(ahead, values)

    def _element_values(
        self, elements: Iterator[Element], findings: Findings
    ) -> Iterator[tuple[int, bytes, Any]]:
        for number, element in enumerate(elements, 1):
            where = f"(line {element.line} of the file)"
            if element.text is None:
                self._broken(findings, number, f"{TOO_LONG} {where}")
                continue
            try:
                value = decode(element.text)
            except BrokenMessage as error:
                self._broken(findings, number, f"{error} {where}")
                continue
            yield number, on_one_line(element.text), value

    def _count(self, size: int) -> None:
        self._counted += size
        self._advance(size)

    def _fail(self, text: str) -> None:
        self.failed = True
        self._failing(text)

    def _broken(self, findings: Findings, number: int, why: object) -> None:
        if self._skips_broken:
            return
        self.failed = True
        findings.broken += 1
        if findings.broken <= MAX_REPORTS:
            self._complain(f"{_place(findings.source, findings.unit, number)}: skipped: {why}")

    def _tell_crlf(self, findings: Findings) -> None:
        if not findings.crlf:
            findings.crlf = True
            self._note(f"{findings.source}: its lines end in CRLF, and are printed so")

    def _hint(self, findings: Findings, number: int, value: Any) -> None:
        """Note once what lines of another form than expected probably are."""
        if not findings.hinted and (text := hint_of(value, self._payload)):
            self._tell_hint(findings, number, text)

    def _tell_hint(self, findings: Findings, number: int, text: str) -> None:
        findings.hinted = True
        self._note(f"{_place(findings.source, findings.unit, number)}: the object has {text}")

    def _summarise(self, findings: Findings) -> None:
        if findings.broken > MAX_REPORTS:
            more = findings.broken - MAX_REPORTS
            self._complain(
                f"{findings.source}: skipped {more:,} more {plural(more, findings.unit)}"
            )
        if findings.blank and not self._skips_broken:
            lines = counted(findings.blank, "blank line")
            self._note(f"{findings.source}: skipped {lines}")


def _read_filled_lines(
    stream: io.BufferedReader[Any],
    findings: Findings,
    see: Callable[[int, bytes], object] | None = None,
) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank, with their numbers; the beginning of a too long one."""
    for line in iter(partial(stream.readline, MAX_LINE + 1), b""):
        findings.lines += 1
        findings.size += len(line)
        if see is not None:
            see(findings.lines, line)
        if line.isspace() and not is_too_long(line):
            findings.blank += 1
        else:
            yield findings.lines, line


def _on_line(item: Item) -> Item:
    """Return a message that is a line; raise ``UnreadableInput`` for any other."""
    if item.unit != "line":
        raise UnreadableInput("its messages aren't lines, so they have no lines around them")
    return item


def _value_of(line: bytes) -> Any:
    """Return the JSON value of a line; None if it doesn't hold all of one."""
    if len(line) > MAX_LINE:
        # Decoding half of a value would take memory, only to learn that there is more.
        return None
    try:
        return decode(line)
    except BrokenMessage:
        return None


def _place(source: str, unit: str, number: int) -> str:
    return f"{source}:{number}" if unit == "line" else f"{source}: {unit} {number}"
