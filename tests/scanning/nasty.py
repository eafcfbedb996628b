"""Lines of files as they may be: JSON in any spelling, and what is none."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from pnfilter.strategies import filters, messages_for

#: Pieces that stand in the place of a value, and make it one that can't be held, or no JSON.
ODD_VALUES = [
    "1e999", "-1e999", "1" * 4301, "1" * 4300, "NaN", "Infinity", "01", "1.", '"\\ud800"', '"\\udc00x"',
    '"\\ud83d\\ude00"', '"\\u0041\\n"', "tru", "null", "[1,2", '{"a":1}', "5", '"x"', "[]", "-0.0", "1e3",
    '"5"', "true", "[1e999]", '{"b":1e999}', "1" * 30, '"\\u00e9é"', '"K"', "1e-400", '"\\/"',
]  # fmt: skip
#: Whole lines.
ODD_LINES = [
    b"", b" \t", b"{", b"x", b"null", b"[]", b'[{"data":1}]', b'{"data":1} {"data":2}', b'{"data":1}{"data":2}',
    b'{"data":', b"1}", b'{"data":"\xff"}', b'{"\xc3":1,"data":{}}', b"{}", b'{"data":1,}', b"\x00", b"\xef\xbb\xbf{}",
    b'{"data":{"x":' + b"[" * 600 + b"]" * 600 + b"}}", b'{"meta":' + b'{"a":' * 499 + b"1" + b"}" * 500,
    b'{"data":{"x":' + b"[" * 498 + b"]" * 498 + b"}}", b'{"data":1}\x0b', b'{"d\\u0061ta":{"n":1},"meta":null}',
    b'{"data":null,"meta":{}}', b'{"data":5,"meta":5}', b'{"data":{},"meta":[]}', b'{"data":' + b"[" * 100_000,
]  # fmt: skip


@st.composite
def lines_for(draw: st.DrawFn, filter: str) -> bytes:
    """A line, without its end: mostly a message for the filter, often spoiled in some way."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(ODD_LINES))
    message = draw(messages_for(filter))
    items = [_member(draw, key, value) for key, value in message.items()]
    if draw(st.integers(0, 4)) == 0:
        # A key once more: the last one counts.
        key = draw(st.sampled_from(["data", "meta", "x"]))
        items.append(_member(draw, key, draw(messages_for(filter)).get(key)))
    if draw(st.integers(0, 5)) == 0:
        key = draw(st.sampled_from(["data", "meta", "other"]))
        items.append(f"{json.dumps(key)}:{draw(st.sampled_from(ODD_VALUES))}")
    items = list(draw(st.permutations(items)))
    gap = draw(st.sampled_from(["", " ", "\t"]))
    text = "{" + gap + f"{gap},{gap}".join(items) + gap + "}"
    line = text.encode(errors="surrogatepass")
    if draw(st.integers(0, 19)) == 0:
        line = line[: draw(st.integers(0, len(line)))]
    return line


def _member(draw: st.DrawFn, key: str, value: Any) -> str:
    spoiled = draw(st.integers(0, 7)) == 0
    return f"{json.dumps(key)}:{_spelt(draw, value, spoiled=spoiled)}"


def _spelt(draw: st.DrawFn, value: Any, *, spoiled: bool) -> str:
    """A value as JSON; ``spoiled`` puts something odd in the place of some value in it."""
    if spoiled and (not isinstance(value, dict) or not value or draw(st.integers(0, 3)) == 0):
        return draw(st.sampled_from(ODD_VALUES))
    if isinstance(value, dict):
        members = [_member_of(draw, key, inner, spoiled=spoiled) for key, inner in value.items()]
        if members and draw(st.integers(0, 9)) == 0:
            members.append(draw(st.sampled_from(members)))
        return "{" + draw(st.sampled_from([",", " , "])).join(members) + "}"
    return json.dumps(value, ensure_ascii=draw(st.booleans()))


def _member_of(draw: st.DrawFn, key: str, value: Any, *, spoiled: bool) -> str:
    return f"{json.dumps(key)}:{_spelt(draw, value, spoiled=spoiled)}"


@st.composite
def filters_and_files(draw: st.DrawFn) -> tuple[str, bytes]:
    """A filter, and a file for it."""
    filter = draw(filters(max_depth=2))
    lines = draw(st.lists(lines_for(filter), max_size=12))
    end = draw(st.sampled_from([b"\n", b"\n", b"\n", b"\r\n"]))
    content = b"".join(line + end for line in lines)
    return filter, content[: -len(end)] if draw(st.integers(0, 4)) == 0 and content else content
