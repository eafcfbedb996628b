"""Reading messages: what a line is, what a file is, and what is said of either."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from importlib import import_module
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter import decode as decoding
from pnfilter.decode import MAX_DEPTH, BrokenMessage, decode
from pnfilter.input import json_array, reader, streams
from pnfilter.input.json_array import BrokenArray, Element, on_one_line, split_array
from pnfilter.input.payloads import Payload
from pnfilter.input.reader import Item, LineBlock, MessageReader, total_size
from pnfilter.input.result import MAX_REPORTS
from pnfilter.input.sources import STDIN
from pnfilter.message import Message
from pnfilter.semantics import MAX_DIGITS, UNREADABLE, Unreadable
from tests.examples import examples
from tests.scanning.nasty import filters_and_files

from .conftest import Command

# The module that Python has, or its stand-in.
zstd = streams.import_zstd()

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)


class Reading:
    """A reader that remembers what it said."""

    def __init__(self, payload: Payload = "message") -> None:
        self.complaints: list[str] = []
        self.notes: list[str] = []
        self.sizes: list[int] = []
        self.reader = MessageReader(
            payload=payload,
            complain=self.complaints.append,
            note=self.notes.append,
            advance=self.sizes.append,
        )

    def items(self, name: str | Path) -> list[Item]:
        return list(self.reader.read(str(name)))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], str]:
    """Writes a file and gives its name, without folders."""
    monkeypatch.chdir(tmp_path)

    def write(content: bytes) -> str:
        Path("m.ndjson").write_bytes(content)
        return "m.ndjson"

    return write


# One line


def _brief(value: object) -> str:
    shown = repr(value)
    return f"{shown[:24]} ({len(shown)})"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b"-0.0", -0.0),
        (b"18446744073709551616", 2**64),
        (b"-9223372036854775809", -(2**63) - 1),
        (b"9" * MAX_DIGITS, 10**MAX_DIGITS - 1),
        (b"-" + b"9" * MAX_DIGITS, 1 - 10**MAX_DIGITS),
        (b"0.30000000000000004", 0.30000000000000004),
        (b"1e-400", 0.0),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b" [1]\r\n", [1]),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, ...),
        (b'["' + b"[{" * MAX_DEPTH + b'"]', ["[{" * MAX_DEPTH]),
    ],
    ids=_brief,
)
def test_json_is_read_exactly(line: bytes, value: Any) -> None:
    found = decode(line)
    if value is not ...:
        assert found == value
        assert type(found) is type(value)


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (b"9" * (MAX_DIGITS + 1), "an integer of more than 4,300 digits"),
        (b"-" + b"9" * (MAX_DIGITS + 1), "an integer of more than 4,300 digits"),
        (b"9" * 100_000, "an integer of more than 4,300 digits"),
        (b"1e400", "a number beyond the range of a double"),
        (b"-1e400", "a number beyond the range of a double"),
    ],
    ids=_brief,
)
def test_number_that_cannot_be_held_is_unreadable_and_the_rest_is_not(
    number: bytes, why: str
) -> None:
    found = decode(b'{"data": [1, ' + number + b', "x"]}')
    assert found["data"][0] == 1
    assert isinstance(found["data"][1], Unreadable)
    assert found["data"][1].why == why
    assert found["data"][2] == "x"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"NaN", "not JSON: NaN"),
        (b'{"a": Infinity}', "not JSON: Infinity"),
        (b"[-Infinity]", "not JSON: -Infinity"),
        (b'"\\ud800"', "not JSON: a string with an unpaired surrogate"),
        (b'{"\\udc00x": 1}', "not JSON: a string with an unpaired surrogate"),
        (b'{"a": ["\\ud800"], "a": 1}', "not JSON: a string with an unpaired surrogate"),
        (
            b'[{"a": {"\\udc00": 1}, "b": 1, "a": 2}]',
            "not JSON: a string with an unpaired surrogate",
        ),
        (b'"\xed\xa0\x80"', "invalid UTF-8 at byte 2"),
        (b'{"a": "\xff"}', "invalid UTF-8 at byte 8"),
        (b'{"a": }', "not JSON: expecting value, column 7"),
        (b'{"a": 1} 2', "not JSON: extra data, column 10"),
        (b"{\n", "(a message must be on one line: `jq -c .` writes it so)"),
        (b'"a\tb"', "not JSON: invalid control character"),
        (b"01", "not JSON"),
        (b"", "not JSON"),
        (b"\x00\x01", "not JSON"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "nested deeper than 500 levels"),
        (b'{"a":' * 100_000, "nested deeper than 500 levels"),
        # Brackets in a text are no levels, whether or not it is closed.
        (b'{"a":"' + b"[" * (MAX_DEPTH + 1) + b'\\"' * 9, "not JSON: unterminated string"),
    ],
    ids=_brief,
)
def test_broken_json_is_refused_with_a_reason(line: bytes, why: str) -> None:
    with pytest.raises(BrokenMessage) as caught:
        decode(line)
    assert why in str(caught.value)


@given(JSON)
def test_any_json_comes_back(value: Any) -> None:
    assert decode(json.dumps(value).encode()) == value
    assert decode(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary() | st.text(alphabet='{}[]",:\\ud80aeE+-.019nutrlfs \n').map(str.encode))
def test_any_bytes_are_json_or_broken(line: bytes) -> None:
    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        # Of the pairs of an object, so that what is overwritten is looked at too.
        pairs = json.loads(line.decode(), parse_constant=refuse, object_pairs_hook=list)
        json.dumps(pairs, ensure_ascii=False).encode()
        expected = json.loads(line.decode())
    except ValueError:
        with pytest.raises(BrokenMessage):
            decode(line)
    else:
        assert repr(decode(line)) in {repr(expected), "UNREADABLE"}


@given(filters_and_files().map(itemgetter(1)) | JSON.map(lambda value: json.dumps(value).encode()))
def test_a_line_is_the_same_without_msgspec(content: bytes) -> None:
    def found(function: Callable[[bytes], Any], line: bytes) -> str:
        try:
            return repr(function(line))
        except BrokenMessage as error:
            return str(error)

    # With it the decoder takes it from the first line on.
    assert import_module("msgspec").json
    for line in filter(decoding.is_shallow, io.BytesIO(content)):
        assert found(decoding._decode_exactly, line) == found(decode, line)


def test_msgspec_comes_when_there_is_enough_to_decode() -> None:
    program = (
        "import sys; from pnfilter.decode import FEW, decode, is_worth_import as is_worth\n"
        "assert not is_worth(FEW) and is_worth(FEW + 1)\n"
        "assert {decode(b'5') for _ in range(FEW)} == {5} and 'msgspec' not in sys.modules\n"
        "assert is_worth(1) and decode(b'5') == 5 and 'msgspec' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_recursion_of_the_decoders_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_DEPTH", 10**6)
    with pytest.raises(BrokenMessage, match="nested too deeply to read"):
        decode(b"[" * 200_000 + b"]" * 200_000)


# Arrays


@examples(0.6)
@given(
    st.lists(JSON, max_size=4),
    st.sampled_from([None, 1, "\t"]),
    st.booleans(),
    st.integers(1, 9),
    st.sampled_from([b"", b" ", b"\r\n"]),
)
def test_array_comes_apart_into_its_elements(
    values: list[Any], indent: Any, ascii_only: bool, size: int, after: bytes
) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=ascii_only).encode() + after
    chunks = [text[start : start + size] for start in range(0, len(text), size)]
    elements = list(split_array(chunks))
    found = [element.text for element in elements]
    assert [json.loads(text or b"") for text in found] == values
    for element in elements:
        assert element.text is not None
        start = text.split(b"\n")[element.line - 1]
        assert element.text.split(b"\n")[0] in start
        joined = on_one_line(element.text)
        assert b"\n" not in joined
        assert json.loads(joined) == json.loads(element.text)


@pytest.mark.parametrize(
    ("text", "elements", "why"),
    [
        (b"[1, 2", [b"1", b"2"], "it ends before its array does"),
        (b"[1,", [b"1"], "it ends before its array does"),
        (b"[", [], "it ends before its array does"),
        (b'["a\\', [b'"a\\'], "it ends before its array does"),
        (b"[1] [2]", [b"1"], "something comes after the end of its array"),
        (b"[1]\n\n x", [b"1"], "something comes after the end of its array"),
        (b"[1}, 2]", [b"1}", b"2"], ""),
        (b"[1,,2]", [b"1", b"", b"2"], ""),
        (b"[1,]", [b"1", b""], ""),
        (b"[ ]", [], ""),
        (b'["],[", {"a": "}"}]', [b'"],["', b'{"a": "}"}'], ""),
    ],
)
def test_broken_array_gives_what_stands_before_the_break(
    text: bytes, elements: list[bytes], why: str
) -> None:
    found: list[Element] = []
    chunks = [text[:3], text[3:]]
    if why:
        with pytest.raises(BrokenArray, match=why):
            collect(chunks, found)
    else:
        collect(chunks, found)
    assert [element.text for element in found] == elements


def collect(chunks: list[bytes], found: list[Element]) -> None:
    """Add the elements to a list, which keeps them when the array turns out to be broken."""
    for element in split_array(chunks):
        found.append(element)  # noqa: PERF402


def test_long_element_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_array, "MAX_LINE", 10)
    text = b'[1,\n"' + b"x" * 50 + b'"\n\n,\n2, "' + b"y" * 50
    found: list[Element] = []
    with pytest.raises(BrokenArray):
        collect([text[start : start + 4] for start in range(0, len(text), 4)], found)
    assert found == [(1, b"1"), (2, None), (5, b"2"), (5, None)]


# Files

TWO = b'{"data": 1, "meta": null}\n{"data": 2}\n'
DATA = [1, 2]
#: A frame that says something of the next one, as pzstd writes it.
SKIPPED = b"\x50\x2a\x4d\x18" + b"\x04\x00\x00\x00" + b"size"


@pytest.mark.parametrize(
    ("content", "numbers", "notes"),
    [
        (TWO, [1, 2], []),
        (TWO.rstrip(), [1, 2], []),
        (gzip.compress(TWO, mtime=0), [1, 2], []),
        (gzip.compress(TWO[:26], mtime=0) + gzip.compress(TWO[26:], mtime=0), [1, 2], []),
        (zstd.compress(TWO), [1, 2], []),
        (SKIPPED + zstd.compress(TWO[:26]) + SKIPPED + zstd.compress(TWO[26:]), [1, 2], []),
        (
            b"\xef\xbb\xbf" + TWO,
            [1, 2],
            ["m.ndjson: starts with a byte-order mark, which is no part of it"],
        ),
        (
            TWO.replace(b"\n", b"\r\n"),
            [1, 2],
            ["m.ndjson: its lines end in CRLF, and are printed so"],
        ),
        (b"\n" + TWO.replace(b"\n", b"\n \t\n\n"), [2, 5], ["m.ndjson: skipped 5 blank lines"]),
        (TWO + b"\n", [1, 2], ["m.ndjson: skipped 1 blank line"]),
        (
            b'[{"data": 1}, {"data": 2}]',
            [1, 2],
            ["m.ndjson: one JSON array; its elements are read as the messages"],
        ),
        (
            gzip.compress(b'\xef\xbb\xbf\n[{"data": 1},\r\n {"data":\n 2}\n]\n', mtime=0),
            [1, 2],
            [
                "m.ndjson: starts with a byte-order mark, which is no part of it",
                "m.ndjson: one JSON array; its elements are read as the messages",
                "m.ndjson: skipped 1 blank line",
            ],
        ),
    ],
)
def test_forms_of_files(
    file: Callable[[bytes], str], content: bytes, numbers: list[int], notes: list[str]
) -> None:
    reading = Reading()
    items = reading.items(file(content))
    assert [item.message["data"] for item in items if isinstance(item.message, dict)] == DATA
    assert [item.number for item in items] == numbers
    assert reading.notes == notes
    assert reading.complaints == []
    assert not reading.reader.failed
    assert reading.reader.opened
    assert sum(reading.sizes) == len(content)


def test_raw_is_the_line_as_it_stood(file: Callable[[bytes], str]) -> None:
    lines = [b' {"data" : 1.50 }\t\r\n', b'{"data":"\xc3\xa9\\u00e9"}']
    assert [item.raw for item in Reading().items(file(b"".join(lines)))] == lines


def test_raw_of_an_element_is_one_line(file: Callable[[bytes], str]) -> None:
    content = b'[\n  {\n    "data": 1.50,\r\n    "meta": {"a b": " c"}\n  }\n]'
    (item,) = Reading().items(file(content))
    assert item.raw == b'{"data": 1.50,"meta": {"a b": " c"}}'
    assert item.place == "m.ndjson: element 1"


@pytest.mark.parametrize("content", [b"", b"[]", b"[\n]\n", gzip.compress(b"", mtime=0)])
def test_file_without_messages(file: Callable[[bytes], str], content: bytes) -> None:
    reading = Reading()
    assert reading.items(file(content)) == []
    assert not reading.reader.failed


@pytest.mark.parametrize(
    ("content", "data", "complaints"),
    [
        (
            b'{"data": 1}\n{"data": \n{"data": 2}\n',
            [1, 2],
            ["m.ndjson:2: skipped: not JSON: expecting value, column 10"],
        ),
        (
            b'{"data": 1}\n\n{"data": "\xff"}\n',
            [1],
            ["m.ndjson:3: skipped: invalid UTF-8 at byte 11"],
        ),
        (
            b'null\ntrue\n3\n"x"\n',
            [],
            [
                f"m.ndjson:{number}: skipped: expected an object with `data` and `meta`, got {kind}"
                for number, kind in enumerate(["null", "a boolean", "a number", "a string"], 1)
            ],
        ),
        (
            b'[1]\n{"data": 2}\n',
            [2],
            ["m.ndjson:1: skipped: expected an object with `data` and `meta`, got an array"],
        ),
        (
            b'[{"data": 1},\n{"data": },\n 5,\n {"data": 2}]',
            [1, 2],
            [
                "m.ndjson: element 2: skipped: not JSON: expecting value, column 10 (line 2 of the file)",
                "m.ndjson: element 3: skipped: expected an object with `data` and `meta`, got a number",
            ],
        ),
        (
            b'[\n{"data": 1},\n{"data": 2}\n]\nmore',
            [1, 2],
            ["m.ndjson: something comes after the end of its array"],
        ),
        (
            b'[{"data": 1}, {"data": 2},',
            [1, 2],
            ["m.ndjson: it ends before its array does"],
        ),
        *(
            (
                '{"data": 1}'.encode(encoding),
                [],
                ["m.ndjson: it is UTF-16, not UTF-8; `iconv -f UTF-16 -t UTF-8` makes it readable"],
            )
            for encoding in ("utf-16", "utf-16-le", "utf-16-be")
        ),
    ],
)
def test_broken_parts_are_reported_and_skipped(
    file: Callable[[bytes], str], content: bytes, data: list[int], complaints: list[str]
) -> None:
    reading = Reading()
    items = reading.items(file(content))
    assert [item.message["data"] for item in items if isinstance(item.message, dict)] == data
    assert reading.complaints == complaints
    assert reading.reader.failed


def test_many_broken_lines_are_counted(file: Callable[[bytes], str]) -> None:
    reading = Reading()
    assert reading.items(file(b"x\n" * (MAX_REPORTS + 3))) == []
    assert len(reading.complaints) == MAX_REPORTS + 1
    assert reading.complaints[-1] == "m.ndjson: skipped 3 more lines"


def test_long_line_is_reported_and_skipped(
    file: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (reader, streams):
        monkeypatch.setattr(module, "MAX_LINE", 20)
        monkeypatch.setattr(module, "CHUNK", 16)
    longest = b'{"data": 1' + b" " * 9 + b"}"
    content = longest + b"\n" + longest + b" " * 40 + b"\n" + b'{"data": 2}\n' + longest + b" "
    reading = Reading()
    items = reading.items(file(content))
    assert [item.number for item in items] == [1, 3]
    assert reading.complaints == [
        "m.ndjson:2: skipped: longer than 16,777,216 bytes",
        "m.ndjson:4: skipped: longer than 16,777,216 bytes",
    ]


@pytest.mark.parametrize("size", [2000, 3500])
def test_long_line_of_blanks_is_no_blank_line(
    file: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    for module in (reader, streams):
        monkeypatch.setattr(module, "MAX_LINE", 1000)
    reading = Reading()
    content = b" " * 1000 + b"\n" + b" " * size + b'{"data": 1}\n' + b'{"data": 2}\n'
    assert [item.number for item in reading.items(file(content))] == [3]
    assert reading.complaints == ["m.ndjson:2: skipped: longer than 16,777,216 bytes"]
    assert reading.notes == ["m.ndjson: skipped 1 blank line"]


def test_array_on_one_line_may_be_longer_than_a_line(
    file: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (reader, streams, json_array):
        monkeypatch.setattr(module, "MAX_LINE", 20)
    lengths: list[int] = []

    def decode_noting(line: bytes) -> Any:
        lengths.append(len(line))
        return decode(line)

    monkeypatch.setattr(reader, "decode", decode_noting)
    reading = Reading()
    content = b'[{"data": 1}, {"data": "' + b"x" * 30 + b'"}, {"data": 2}]'
    assert [item.number for item in reading.items(file(content))] == [1, 3]
    assert max(lengths) <= 20
    assert reading.complaints == [
        "m.ndjson: element 2: skipped: longer than 16,777,216 bytes (line 1 of the file)"
    ]


@pytest.mark.parametrize("compress", [gzip.compress, zstd.compress], ids=["gzip", "zstd"])
def test_damage_keeps_what_stands_before_it(
    file: Callable[[bytes], str], compress: Callable[[bytes], bytes]
) -> None:
    noise = "".join(map(str, range(200_000)))
    lines = b"".join(
        b'{"data": "%s"}\n' % noise[i : i + 500].encode() for i in range(0, 10**6, 500)
    )
    whole = compress(lines)
    reading = Reading()
    items = reading.items(file(whole[: len(whole) // 2]))
    assert 0 < len(items) < 2000
    (complaint,) = reading.complaints
    assert complaint.startswith("m.ndjson: its compressed content is damaged or cut off: ")
    assert reading.reader.failed


@pytest.mark.parametrize(
    "content", [b"\x1f\x8b\x08rubbish", b"\x1f\x8bx", b"\x28\xb5\x2f\xfdrubbish"]
)
def test_rubbish_that_starts_like_compressed_content(
    file: Callable[[bytes], str], content: bytes
) -> None:
    reading = Reading()
    assert reading.items(file(content)) == []
    assert len(reading.complaints) == 1
    assert reading.complaints[0].startswith("m.ndjson: ")


def test_missing_zstd_names_the_command(
    file: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(streams, "import_module", missing)
    reading = Reading()
    assert reading.items(file(zstd.compress(TWO))) == []
    assert reading.complaints == [
        "m.ndjson: it is compressed by zstd; to read it: pip install 'pnfilter[zstd]'"
    ]


def test_files_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    reading = Reading()
    assert reading.items("folder") == []
    assert not reading.reader.opened
    assert reading.items("none.ndjson") == []
    assert reading.complaints == [
        "folder: is a directory",
        "none.ndjson: no such file or directory",
    ]
    assert reading.reader.failed


def test_error_while_reading_names_the_input(
    file: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Any, buffer: Any) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(streams._Counted, "readinto", fail)
    reading = Reading()
    assert reading.items(file(TWO)) == []
    assert reading.complaints == ["m.ndjson: input/output error"]


# What a line holds


@pytest.mark.parametrize(
    ("payload", "line", "message"),
    [
        ("message", {"data": 1, "meta": {"a": 2}, "x": 3}, {"data": 1, "meta": {"a": 2}, "x": 3}),
        ("data", [1, 2], {"data": [1, 2], "meta": UNREADABLE}),
        ("data", None, {"data": None, "meta": UNREADABLE}),
        ("envelope", {"c": "x", "d": 1, "u": {"a": 2}}, Message(1, {"a": 2})),
        ("envelope", {"c": "x", "d": 1, "e": 1}, Message(1, None, kind="signal")),
        ("envelope", {"message": 1, "meta": ""}, Message(1)),
    ],
)
def test_payload_modes(
    file: Callable[[bytes], str], payload: Payload, line: Any, message: Any
) -> None:
    reading = Reading(payload)
    (item,) = reading.items(file(json.dumps(line).encode() + b"\n"))
    assert item.message == message
    assert reading.complaints == []


def test_envelope_that_is_none(file: Callable[[bytes], str]) -> None:
    reading = Reading("envelope")
    assert reading.items(file(b'{"data": 1}\n')) == []
    (complaint,) = reading.complaints
    assert complaint.startswith("m.ndjson:1: skipped: not an envelope")


def test_bare_payloads_may_be_arrays(file: Callable[[bytes], str]) -> None:
    for content, data in [
        (b"[1, 2]\n[3]\n", [[1, 2], [3]]),
        (b"[1, 2]\n", [[1, 2]]),
        (b"[1,\n 2]\n", [1, 2]),
    ]:
        items = Reading("data").items(file(content))
        assert [item.message["data"] for item in items if isinstance(item.message, dict)] == data


@pytest.mark.parametrize(
    ("payload", "line", "notes"),
    [
        (
            "message",
            b'{"mag": 5}',
            [
                "m.ndjson:1: the object has neither `data` nor `meta`; --payload data reads bare payloads"
            ],
        ),
        (
            "message",
            b'{"c": "x", "d": 1}',
            ["m.ndjson:1: the object has no `data`; --payload envelope reads envelopes"],
        ),
        (
            "message",
            b'{"message": 1, "meta": {}}',
            ["m.ndjson:1: the object has no `data`; --payload envelope reads envelopes"],
        ),
        ("message", b'{"meta": {}}', []),
        ("message", b'{"data": null}', []),
        (
            "data",
            b'{"data": 1, "meta": {}}',
            [
                "m.ndjson:1: the object has `data` and `meta`; without --payload data it is read as a message"
            ],
        ),
        ("data", b'{"data": 1}', []),
        ("envelope", b'{"message": 1}', []),
    ],
)
def test_lines_of_another_kind_are_reported_once(
    file: Callable[[bytes], str], payload: Payload, line: bytes, notes: list[str]
) -> None:
    reading = Reading(payload)
    assert len(reading.items(file(line + b"\n" + line + b"\n"))) == 2
    assert reading.notes == notes


# Standard input


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(TWO + b"x\n"))
    monkeypatch.setattr(sys, "stdin", stream)
    reading = Reading()
    assert [item.place for item in reading.items(STDIN)] == [
        "(standard input):1",
        "(standard input):2",
    ]
    assert reading.complaints[0].startswith("(standard input):3: skipped: ")
    assert not stream.buffer.closed
    assert total_size([STDIN]) is None


def test_closed_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    reading = Reading()
    assert reading.items(STDIN) == []
    assert reading.complaints == ["(standard input): standard input is closed"]
    assert total_size([STDIN]) is None


def _gzipped() -> Callable[[bytes], bytes]:
    """What a program writes that compresses line by line."""
    deflate = zlib.compressobj(wbits=31)
    return lambda line: deflate.compress(line) + deflate.flush(zlib.Z_SYNC_FLUSH)


def _zstandard() -> Callable[[bytes], bytes]:
    compressor = zstd.ZstdCompressor()
    return lambda line: compressor.compress(line, compressor.FLUSH_BLOCK)


@pytest.mark.parametrize("writing", [lambda: bytes, _gzipped, _zstandard])
def test_line_of_a_live_stream_comes_at_once(
    monkeypatch: pytest.MonkeyPatch, writing: Callable[[], Callable[[bytes], bytes]]
) -> None:
    written = writing()
    reading_end, writing_end = os.pipe()
    # A reader that waited for more would fail here instead of hanging.
    os.set_blocking(reading_end, False)
    with os.fdopen(reading_end, "rb") as stream, os.fdopen(writing_end, "wb", 0) as writer:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
        items = Reading().reader.read(STDIN)
        for line in (b'{"data": 1}\n', b'{"data": 2}\n'):
            writer.write(written(line))
            assert next(items).raw == line
        items.close()  # type: ignore[attr-defined]


def test_stream_that_does_not_wait_is_refused() -> None:
    source, sink = os.pipe()
    os.set_blocking(source, False)
    reading = Reading()
    with os.fdopen(source, "rb") as stream:
        os.write(sink, TWO)
        found = reading.reader.read(stream)
        assert [next(found).number, next(found).number] == [1, 2]
        assert list(found) == []
        (complaint,) = reading.complaints
        assert "non-blocking" in complaint
    os.close(sink)


def test_total_size(file: Callable[[bytes], str], tmp_path: Path) -> None:
    name = file(TWO)
    assert total_size([name, name]) == 2 * len(TWO)
    assert total_size([name, "none"]) is None
    assert total_size([name, str(tmp_path)]) is None
    assert total_size([]) == 0


@pytest.mark.parametrize(("skip_broken", "head"), [(False, 100), (True, 10)])
def test_lines_read_one_by_one(skip_broken: bool, head: int) -> None:
    reader = MessageReader(complain=print, note=print, skip_broken=skip_broken)
    portions = list(reader.portions(io.BytesIO(b"{}\n" * 150)))
    assert [type(each) for each in portions] == [Item] * head + [LineBlock]


ANSWER = """{"t": {"t": "17", "r": 1}, "m": [
  {"c": "quakes", "d": {"mag": 5.1}, "u": {"net": "us"}},
  {"c": "quakes", "d": {"mag": 2}, "u": {"net": "us"}}]}
"""


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["grep", "-c", "data.mag >= 5", "a.json"], "1"),
        (["infer", "a.json"], '"mag"'),
        (["explain", "data.mag >= 5", "a.json"], "MATCH"),
        (["route", "--filters", "all.filters", "-c", "a.json"], "1"),
        (
            ["check", "--select", "W", "-e", "data.mag >= 9", "--messages", "a.json"],
            "the 2 samples",
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_commands_recognise_a_subscribe_answer(
    arguments: list[str],
    shown: str,
    pn: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.json").write_text(ANSWER)
    Path("all.filters").write_text("data.mag >= 5\n")
    ended = pn(*arguments)
    assert shown in ended.out + ended.err
    assert "a.json: read as a subscribe answer" in ended.err
