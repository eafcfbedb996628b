"""The depth of a line is counted without a loop in Python, with the same answers."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from pnfilter import decode

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)


@given(st.text('[]{}"\\ a', max_size=60).map(str.encode))
@example(b"")
@example(b"[" * 600)
@example(b"]" * 600)
@example(b"][" * 600)
@example(b"]]][[]]")
@example(b"[" * 600 + b"]" * 600)
@example(b'{}["[[[' + b"[" * 20)
def test_of_any_brackets(line: bytes) -> None:
    deepest = level = 0
    for byte in _STRING.sub(b"", line):
        level += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, level)
    assert decode._depth(line) == deepest
    assert decode.is_balanced(line) is (level <= 0)
