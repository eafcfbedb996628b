"""What operands are: each warning at its place, from ``operands.txt``, and what gets none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pnfilter import check
from pnfilter.lint import table
from pnfilter.lint.context import ENVELOPE_FIELDS
from tests.cases import for_each
from tests.findings import block, blocks, text_of

BLOCKS = blocks(Path(__file__).with_name("operands.txt"))
CODES = {code for code in table.CODES if re.fullmatch("W42.|W430", code)}


@for_each(BLOCKS, text_of)
def test_a_warning_at_its_place(expected: str) -> None:
    assert block(text_of(expected)) == expected


def test_every_warning_is_shown() -> None:
    shown = {found.code for part in BLOCKS for found in check(text_of(part))}
    assert shown >= CODES


#: By code, filters that are near to what it warns of.
NEAR_MISSES = {
    # Codes, identifiers, versions, and what no number is written like
    "W426": [
        "data.zip == '90210'", "meta.version == '2'", "data.code == '404'", "meta.id == '42'",
        "data.orderNumberId == '5'", "data.price == 100", "data.price > '100'", "data.x == '5'",
        "data.price == '0100'", "data.price == '+1'", "data.price == 'high'", "data.price == ''",
        "data.price CONTAINS '100'", "('1', 'many') CONTAINS data.count", "data.age LIKE '1*'",
        "data.x == '5' && data.y > 5", "'5' == '5' && data.x > 1", "data.prices[0].code == '1'",
    ],
    "W421": [
        "message == 1", "meta.channel == 'x'", "data.timetoken > 5", "channel.x == 1",
        "publisher_id == 1", "data.message.x == 1", "message_type == 1", "meta.message.x == 1",
    ],
    "W422": ["a > 5", "a > b", "a > '5'", "a == 'x'", "a != true", "a LIKE 'x'", "-a > b + 1"],
    "W423": [
        "a LIKE 'x'", "('x', 5) LIKE 'x'", "'x' LIKE a", "a == 5", "a LIKE b", "a LIKE meta.b",
        "a LIKE '5'",
    ],
    "W424": [
        "a + 1 == 2", "a - -1 == 2", "a * 2.5 == 5", "a / 2.5 == 1", "a / 0.5 == 1", "a % 10 == 0",
        "(a & 255) == 1", "~a == b", "-a == 'x'", "0 / a == 1", "a / b == 1", "a * 0 == 0",
    ],
    "W425": [
        "data.a == meta.b", "a + b > 5", "a > b", "data.a == b", "data.a LIKE b",
        "data.a > meta.b + 1", "data.a == 1 && b == 2", "data.user-id == 5",
    ],
    # Names have a first and a last part.
    "W420": [
        "data.name.first == 'x'", "data.names.first == 'x'", "data.first == 1", "data.items[0] == 1",
        "data.items.first == 1 && data.items.last == 2", "data.items.firstName == 'x'",
    ],
    "W427": [
        "data.urgent", "a.urgent", "!urgent", "urgent && a == 1", "!(urgent)", "(data.urgent)",
        "a + 1 == 2", "!(a == 1)", "true", "data.active", "meta.vip && data.mag > 5", "!data.isText",
        "data.hasTags || data.x == 1", "text && a == 1", "a == 'x' || a == 'y'", "a == 'x' || data.b",
    ],
    "W428": ["data.x == 1", "meta.x == 1", "meta.data == 1", "data['meta'] == 1", "data[0] == 1"],
    "W429": ["a LIKE 'x'", "a LIKE b", "meta.a LIKE pattern", "'x' LIKE 'x'", "b.c == d.e"],
    "W430": [
        "a CONTAINS 5", "'a 5' CONTAINS a", "(5, 6) CONTAINS a", "(5) CONTAINS a", "a CONTAINS true",
        "5 == a",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "text"), [(code, text) for code, texts in NEAR_MISSES.items() for text in texts]
)
def test_a_near_miss(code: str, text: str) -> None:
    found = [diagnostic.code for diagnostic in check(text)]
    assert code not in found
    assert not [other for other in found if other[0] == "E"]


def test_every_warning_has_near_misses() -> None:
    assert NEAR_MISSES.keys() == CODES


@pytest.mark.parametrize("field", sorted(ENVELOPE_FIELDS))
def test_a_field_of_the_envelope_may_be_known(field: str) -> None:
    text = f"{field} == 'x'"
    assert [found.code for found in check(text)] == ["W421"]
    assert "W421" not in {found.code for found in check(text, known_fields=[field])}
    assert "W421" not in {found.code for found in check(text, known_fields=[f"meta.{field}"])}
    assert "W421" in {found.code for found in check(text, known_fields=[f"data.{field}"])}


def test_a_field_of_the_metadata_may_be_called_message() -> None:
    assert "W421" in {found.code for found in check("message.x == 1")}
    assert "W421" not in {
        found.code for found in check("message.x == 1", known_fields=["message.x"])
    }


def test_a_bare_field_that_is_known_lost_no_prefix() -> None:
    text = "data.total - used < 10"
    assert "W425" in {found.code for found in check(text)}
    assert "W425" not in {found.code for found in check(text, known_fields=["used"])}
