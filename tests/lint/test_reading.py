"""How a filter is read: each finding at its place, from ``reading.txt``, and what gets none."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from pnfilter import check
from pnfilter.lint import table
from pnfilter.lint.rules.precedence import REQUEST_LINE_BYTES, encode
from tests.cases import for_each
from tests.findings import block, blocks, text_of

BLOCKS = blocks(Path(__file__).with_name("reading.txt"))
CODES = {code for code in table.CODES if re.fullmatch("W45.|I501|I503|I507", code)}
#: Those that need an option or a long text.
ELSEWHERE = {"W454", "W456", "W458"}


def codes(text: str, **options: object) -> list[str]:
    """The codes of all that is found."""
    return [found.code for found in check(text, **options)]  # type: ignore[arg-type]


@for_each(BLOCKS, text_of)
def test_a_finding_at_its_place(expected: str) -> None:
    assert block(text_of(expected)) == expected


def test_every_finding_is_shown() -> None:
    shown = {code for part in BLOCKS for code in codes(text_of(part))}
    assert shown | ELSEWHERE >= CODES


#: By code, filters that are near to what it tells.
NEAR_MISSES = {
    "W459": [
        "'data.mag > 5'", "'a' + b", "a + 'x == 1' > 5", "'text' % 2", "'#{x}'", "a & 4",
        "a == 'b > ' + c", "'a > 5' && b == 1",
    ],
    "W451": [
        "a || (b && c)", "(a && b) || c", "(a || b) && c", "a || b || c", "a && b && c",
        "!(a && b) || c", "a || !b",
    ],
    "W452": ["!(a == 1)", "!a", "!a && b == 1", "!!a", "!a.b || c", "a != 1", "!(a + 1 == 2)"],
    "W453": [
        "(a & 4) == 4", "(a | b) > 1", "a & 4", "a & b & c", "(a & b) | c", "a + 1 == 4",
        "(a + 1) & 3", "((a + 1) & 3) > 1", "~a == 1",
    ],
    "W455": [
        "custom == 1", "meta.custom.x == 1", "data.custom.x == 1", "uuid == 'x'", "channel.x == 1",
        "user.name == 'x'", "space.id == 1", "name == 'x'", "updated > 5", "updated == 'x'",
        "updated.x > '2024-01-31'", "meta.updated > '2024-01-31'", "eTag == 'x'",
    ],
    "W457": [
        "data.x == 1 && meta.y == 2", "x == 1 && y == 2", "data.x == 1 && pn_action == 'join'",
        "data.x == y", "data.x > y", "data.x == 1 && Data.y == 2", "data.x == 1 && custom.y == 2",
    ],
    "I507": [
        "data.x == 1", "meta.x == 1 && meta.y == 2", "pn_action == 'join'", "such=wow",
        "Meta.x == 1", "x == y", "x == true", "data.x == 1 && y == 2", "uuid != 'bot'", "uuid == 'x' && age > 5",
    ],
    "I501": [
        "data.x == 1", "meta.x == 1", "pn_action == 'join'", "Meta.x == 1", "payload.x == 1",
        "custom.x == 1", "channel == 'x'", "message.x == 1", "meta.x == y",
    ],
    "I503": [
        "(a == 1)", "(a == 1) && (b == 2)", "((a == 1) && (b == 2))", "!(a == 1)", "(a + 1) == 2",
        "(a)", "a == (b)", "('us') CONTAINS a", "(5, 6) CONTAINS a", "(-5) == a", "(a && b) || c",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "text"), [(code, text) for code, texts in NEAR_MISSES.items() for text in texts]
)
def test_a_near_miss(code: str, text: str) -> None:
    found = codes(text)
    assert code not in found
    assert not [other for other in found if other[0] == "E"]


def test_every_finding_has_near_misses() -> None:
    assert NEAR_MISSES.keys() | ELSEWHERE == CODES


def test_an_encrypted_payload() -> None:
    text = 'data.x == 1 && meta.y == 2 && data["z"] == 3 && w == 4'
    found = [diagnostic for diagnostic in check(text, encrypted=True) if diagnostic.code == "W454"]
    assert [text[slice(*diagnostic.span)] for diagnostic in found] == ["data.x", 'data["z"]']
    assert found[0].message == "`data.x` reads the payload, which is encrypted"
    assert "W454" not in codes(text)
    assert "W454" not in codes('meta.data == 1 && x == "data.x"', encrypted=True)
    assert "W454" in codes("data == 'x'", encrypted=True)


@pytest.mark.parametrize("letter", ["x", "ä", "€", "😀", '\\"'])
def test_a_filter_that_a_request_line_carries(letter: str) -> None:
    frame = len(encode('meta.text==""'))
    size = len(encode(letter))
    most = (REQUEST_LINE_BYTES - frame) // size
    assert "W456" not in codes(f'meta.text=="{letter * most}"')
    (found,) = check(f'meta.text=="{letter * (most + 1)}"')
    assert found.code == "W456"
    assert f"{frame + size * (most + 1):,} bytes" in found.message
    assert found.span == (0, 13 + len(letter) * (most + 1))


@pytest.mark.parametrize("text", ["a == 'x y'", 'ä&&€||"😀"', "a%20b", "+/=?#&", "\ud83d"])
def test_encoding(text: str) -> None:
    encoded = encode(text)
    assert encoded.isascii()
    assert not set(encoded) & set(" &=+#?/")
    assert unquote(encoded, errors="surrogatepass") == text


def test_the_older_form_is_reported_once_for_each_field() -> None:
    text = "region == 'us' || region == 'eu' || tier == 1 || meta['region'] == 'x'"
    assert codes(text).count("I501") == 0
    text = text.replace("meta['region']", "a.b")
    told = [text[slice(*found.span)] for found in check(text) if found.code == "I501"]
    assert told == ["region", "tier", "a.b"]


def test_a_bare_name_beside_prefixes_is_reported_once() -> None:
    text = "data.x == 1 && region == 'us' && tier == 1"
    assert codes(text) == ["W457"]
    assert codes(text, known_fields=["region"]) == ["W457"]
    assert codes(text, known_fields=["region", "tier"]) == []


def test_known_fields_are_no_app_context() -> None:
    assert "W455" in codes("custom.x == 1")
    assert "W455" not in codes("custom.x == 1", known_fields=["custom.x"])
