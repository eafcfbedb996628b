"""``scan`` and ``count``."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import pnfilter
from pnfilter import FilterSyntaxError, count, scan
from pnfilter.input import reader, segments, streams
from pnfilter.input.json_array import MAX_LINE
from pnfilter.input.streams import UnreadableInput
from pnfilter.scanning import workers
from pnfilter.scanning.api import Count
from pnfilter.semantics import Reason
from tests.examples import examples
from tests.scanning.nasty import filters_and_files
from tests.scanning.test_evaluator import Expected

#: The module that Python has, or its stand-in.
zstd = streams.import_zstd()
LINES = [b'{"data":{"n":%d},"meta":{"a":"x"}}\n' % number for number in range(300)]
LINES[150] = b'{"data":{"n":"7"}}\n'
LINES[200] = b"?\n"
LINES[210] = b"\n"
CONTENT = b"".join(LINES)
MATCHING = [line for at, line in enumerate(LINES) if at > 290 or at == 7]
FILTER = "data.n > 290 || data.n == 7"


@pytest.fixture(params=[b"", b"\xef\xbb\xbf", "gzip", "zstd"], ids=str)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "m.ndjson"
    match request.param:
        case "gzip":
            path.write_bytes(gzip.compress(CONTENT, mtime=0))
        case "zstd":
            path.write_bytes(zstd.compress(CONTENT))
        case mark:
            path.write_bytes(mark + CONTENT)
    return path


@pytest.mark.sliced(6)
@pytest.mark.parametrize("jobs", [None, 1, 2])
def test_lines_and_their_number(
    path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int | None
) -> None:
    monkeypatch.setattr(segments, "SEGMENT", 1000)
    monkeypatch.setattr(workers, "MIN_SHARE", 2000)
    undecided = LINES[150]
    for source in (path, str(path), [path], [str(path)]):
        assert list(scan(source, FILTER, jobs=jobs)) == [MATCHING[0], undecided, *MATCHING[1:]]
    assert list(scan(path, FILTER, jobs=jobs, undecided="drop")) == MATCHING
    assert list(scan(path, FILTER, jobs=jobs, undecided="only")) == [undecided]
    assert count(path, pnfilter.compile(FILTER), jobs=jobs) == Count(10, 1, 298, 1)
    twice = count([path, path], FILTER, jobs=jobs)
    assert twice == Count(20, 2, 596, 2)
    assert list(twice.reasons.values()) == [2]


def test_a_count_says_what_would_settle_it() -> None:
    lines = [
        b'{"data": {}}',
        b'{"data": {"a": "y"}}',
        b'{"data": {"a": 5}}',
        b'{"data": {"a": "x"}}',
    ]
    found = count(io.BytesIO(b"\n".join(lines)), 'data.a != "x"')
    assert (found, found.reasons) == ((2, 1, 4, 0), {Reason.MISSING_DIFFERS: 1})
    assert found.advice.startswith("assume missing-differs=match (or no-match) settles them")
    loaded = pickle.loads(pickle.dumps(found))
    assert (loaded, loaded.reasons) == (found, found.reasons)
    known = count(io.BytesIO(lines[1]), 'data.a != "x"')
    assert (known.reasons, known.advice) == ({}, "")


def test_streams(path: Path) -> None:
    with path.open("rb") as stream:
        assert list(scan(stream, FILTER, undecided="drop")) == MATCHING
        assert not stream.closed
    assert list(scan(io.BytesIO(path.read_bytes()), FILTER, undecided="drop")) == MATCHING
    with path.open("rb") as stream:
        stream.seek(0, io.SEEK_END)
        assert count(stream, FILTER) == Count(0, 0, 0, 0)
    with path.open("rb", buffering=0) as stream:
        assert list(scan(stream, FILTER, undecided="drop")) == MATCHING


class Dripping(io.RawIOBase):
    """Gives one byte at a time, as a slow pipe may."""

    def __init__(self, content: bytes) -> None:
        self._left = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._left.readinto(memoryview(buffer)[:1])


def test_how_a_stream_begins_is_known_though_its_first_byte_comes_alone(path: Path) -> None:
    for stream in (Dripping(path.read_bytes()), io.BufferedReader(Dripping(path.read_bytes()))):
        assert list(scan(stream, FILTER, undecided="drop")) == MATCHING  # type: ignore[arg-type]
    for short in (b"", b"\x1f", b"{", b"\xef\xbb"):
        assert count(Dripping(short), FILTER).matched == 0  # type: ignore[arg-type]
    with pytest.raises(UnreadableInput, match="UTF-16"):
        count(Dripping(LINES[0].decode().encode("utf-16-be")), FILTER)  # type: ignore[arg-type]


def test_stream_over_another_one_is_read_itself(tmp_path: Path) -> None:
    path = tmp_path / "m.ndjson.gz"
    path.write_bytes(gzip.compress(CONTENT, mtime=0))
    with gzip.open(path) as opened:
        stream: Any = opened
        # What it hands out as its own is the descriptor of the compressed file.
        assert stream.fileno()
        assert count(stream, FILTER) == Count(10, 1, 298, 1)


def test_file_of_unknown_size_is_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fstat = os.fstat

    def without_size(descriptor: int) -> os.stat_result:
        return os.stat_result((*fstat(descriptor)[:6], 0, *fstat(descriptor)[7:]))

    path = tmp_path / "m.ndjson"
    path.write_bytes(CONTENT)
    monkeypatch.setattr(os, "fstat", without_size)
    assert count(path, FILTER) == Count(10, 1, 298, 1)


@pytest.mark.parametrize("before", [0, 150], ids=["head", "rest"])
def test_longest_line_is_the_same_for_files_and_streams(tmp_path: Path, before: int) -> None:
    path = tmp_path / "m.ndjson"
    short = b'{"data":{"n":1}}\n'
    for more, expected in (
        (0, Count(before + 2, 0, before + 2, 0)),
        (1, Count(before + 1, 0, before + 1, 1)),
    ):
        frame = b'{"data":{"n":1,"t":"%s"}}'
        long = frame % (b"x" * (MAX_LINE - len(frame) + 2 + more))
        assert len(long) == MAX_LINE + more
        path.write_bytes(short * before + long + b"\n" + short)
        assert count(path, "data.n == 1") == expected
        assert count(io.BytesIO(path.read_bytes()), "data.n == 1") == expected


@pytest.mark.parametrize("before", [0, 150], ids=["head", "rest"])
def test_too_long_line_of_blanks_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    for module in (reader, segments, streams):
        monkeypatch.setattr(module, "MAX_LINE", 1000)
    path = tmp_path / "m.ndjson"
    short = b'{"data":{"n":1}}\n'
    path.write_bytes(short * before + b" " * 1500 + short + short)
    expected = Count(before + 1, 0, before + 1, 1)
    assert count(path, "data.n == 1") == expected
    assert count(io.BytesIO(path.read_bytes()), "data.n == 1") == expected


def test_long_line_may_come_in_many_pieces() -> None:
    long = b'{"data":{"n":"%s"}}\n' % (b"x" * 50_000)
    stream: Any = Dripping(LINES[0] * 150 + long + LINES[0])
    assert count(stream, "data.n == 0") == Count(151, 0, 152, 0)


def test_stream_is_read_from_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "m.ndjson"
    path.write_bytes(CONTENT)
    with path.open("rb") as stream:
        stream.readline()
        stream.readline()
        assert count(stream, "data.n >= 0") == Count(296, 0, 296, 1)


def test_array(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    values = [json.loads(line) for line in LINES if line not in (b"?\n", b"\n")]
    path.write_text(json.dumps(values, indent=1))
    assert [json.loads(line)["data"]["n"] for line in scan(path, FILTER, undecided="drop")] == [
        7, *range(291, 300),
    ]  # fmt: skip
    assert count(path, FILTER) == Count(10, 1, 298, 0)


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path) -> None:
    lines = scan(tmp_path / "none", "data.n == 1")
    with pytest.raises(FileNotFoundError):
        next(lines)
    with pytest.raises(IsADirectoryError):
        count(tmp_path, "data.n == 1")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe{\0", "m.ndjson: it is UTF-16, not UTF-8"),
        (
            gzip.compress(CONTENT * 20)[:-50],
            "m.ndjson: its compressed content is damaged or cut off",
        ),
        (
            gzip.compress(CONTENT)[:-8] + bytes(8),
            "m.ndjson: its compressed content is damaged or cut off: CRC check failed",
        ),
        (
            gzip.compress(CONTENT) + b"more",
            "m.ndjson: its compressed content is damaged or cut off: Not a gzipped file",
        ),
        (b'[{"data":1},', "m.ndjson: it ends before its array does"),
    ],
)
def test_input_that_cannot_be_read_is_an_error(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "m.ndjson"
    path.write_bytes(content)
    with pytest.raises(UnreadableInput, match=words):
        count(path, FILTER)
    with pytest.raises(ValueError, match=words):
        list(scan(path, FILTER))


class BytesPath:
    """A path that isn't spelt as a text."""

    def __fspath__(self) -> bytes:
        return b"m"


def test_arguments_that_are_none() -> None:
    source: Any
    options: Any
    for options in ({"jobs": 0}, {"undecided": "maybe"}, {"undecided": ["keep"]}):
        with pytest.raises(ValueError, match=r"^(jobs|undecided) is"):
            scan("m", FILTER, **options)
    with pytest.raises(FilterSyntaxError):
        scan("m", "data.n >")
    filter: Any
    for filter in (None, b"data.n > 5"):
        with pytest.raises(TypeError, match="filter"):
            scan("m", filter)
    for source, kind in (
        (5, "int"),
        (io.StringIO(), "StringIO"),
        (b"m", "bytes"),
        (bytearray(b"m"), "bytearray"),
        ([b"m"], "a list with bytes in it"),
        (("m", io.BytesIO()), "a tuple with BytesIO in it"),
        (BytesPath(), "bytes"),
    ):
        with pytest.raises(
            TypeError,
            match=f"^a source is a path, a list of paths or a binary stream, not {kind}$",
        ):
            count(source, FILTER)
    jobs: Any
    for jobs in ("2", 2.0):
        with pytest.raises(TypeError, match=r"jobs is a number of processes, not (str|float)"):
            count("m", FILTER, jobs=jobs)


@examples(1.5)
@given(filters_and_files())
def test_files_are_judged_as_line_by_line(case: tuple[str, bytes]) -> None:
    text, content = case
    # A first line that is an array is another form of file.
    content = b'{"data":null}\n' + content
    expected = Expected(pnfilter.compile(text), content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "HEAD", 2)
        found = list(scan(io.BytesIO(content), text))
        counted = count(io.BytesIO(content), text)
    lines = io.BytesIO(content).readlines()
    assert found == [lines[at] for at in expected.selected(True, "keep")]
    assert counted.matched == expected.outcomes.count(True)
    assert counted.broken == len(expected.broken)
    assert counted.total == len(lines) - expected.blank - len(expected.broken)
