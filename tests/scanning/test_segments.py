"""Cutting a file into segments and blocks: each line once, whole, whatever the sizes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pnfilter.input import segments
from pnfilter.input.segments import blocks, line_start
from tests.examples import examples


@contextmanager
def descriptor(content: bytes) -> Iterator[int]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        yield file.fileno()


def parts(content: bytes) -> list[list[bytes]]:
    """The blocks of each segment of a file."""
    with descriptor(content) as file:
        return [
            list(blocks(file, line_start(file, start, end) if start else 0, end))
            for start, end in segments.segments(0, len(content))
        ]


contents = st.lists(st.integers(0, 40).map(lambda size: b"x" * size), max_size=12).map(b"\n".join)


@examples(3)
@given(contents, st.integers(1, 30), st.integers(1, 60))
def test_each_line_is_in_one_block(content: bytes, block: int, segment: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "BLOCK", block)
        patch.setattr(segments, "SEGMENT", segment)
        found = [block for part in parts(content) for block in part]
    assert b"".join(found) == content
    assert all(found)
    for block_ in found[:-1]:
        assert block_.endswith(b"\n")


@settings(deadline=None)
@given(contents, st.integers(1, 30), st.integers(1, 60), st.integers(5, 20))
def test_too_long_lines_are_cut_off(content: bytes, block: int, segment: int, most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "BLOCK", block)
        patch.setattr(segments, "SEGMENT", segment)
        patch.setattr(segments, "MAX_LINE", most)
        found = [block for part in parts(content) for block in part]
    # A line that fits a block is not cut off; the judge sees to it.
    lines = [line for block in found for line in BytesIO(block).readlines()]
    expected = BytesIO(content).readlines()
    assert len(lines) == len(expected)
    for line, whole in zip(lines, expected, strict=True):
        assert line == whole or (line == whole[: most + 1] and len(whole.rstrip(b"\n")) > most)


@given(st.integers(0, 50), st.integers(0, 10_000), st.integers(1, 9))
def test_segments_by_shares_become_small_towards_the_end(
    start: int, size: int, shares: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "SEGMENT", 10)
        patch.setattr(segments, "MAX_SEGMENT", 500)
        found = list(segments.segments(start, start + size, shares))
    assert [end for _, end in found[:-1]] == [start for start, _ in found[1:]]
    assert not size or (found[0][0], found[-1][1]) == (start, start + size)
    sizes = [end - start for start, end in found]
    assert sizes == sorted(sizes, reverse=True)
    assert all(each <= max(10, min(500, size // shares)) for each in sizes)
    assert all(each >= 10 for each in sizes[:-1])
    assert len(sizes) <= size / 10 + 1
    assert size < 5000 * shares or sizes[0] == 500


def test_file_that_is_cut_off_meanwhile() -> None:
    with descriptor(b"a\nb\n") as file:
        assert list(blocks(file, 0, 100)) == [b"a\nb\n"]
        assert list(blocks(file, 50, 100)) == []
        assert line_start(file, 50, 100) == 49
        os.ftruncate(file, 3)
        assert list(blocks(file, 0, 4)) == [b"a\n", b"b"]


def test_line_of_many_segments_is_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "BLOCK", 100)
    monkeypatch.setattr(segments, "SEGMENT", 1000)
    content = b"a\n" + b"x" * 50_000 + b"\nb\n"
    sizes: list[int] = []
    pread = os.pread

    def counted(file: int, size: int, position: int) -> bytes:
        sizes.append(size)
        return pread(file, size, position)

    monkeypatch.setattr(os, "pread", counted)
    assert b"".join(b"".join(part) for part in parts(content)) == content
    assert sum(sizes) < 3 * len(content)
