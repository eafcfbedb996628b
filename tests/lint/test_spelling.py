"""How a filter is written: each warning at its place, from ``spelling.txt``, and what gets none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pnfilter import check
from pnfilter.diagnostics import apply_edits
from pnfilter.lint import table
from tests.cases import for_each
from tests.findings import block, blocks, text_of

BLOCKS = blocks(Path(__file__).with_name("spelling.txt"))
CODES = {code for code in table.CODES if re.fullmatch("W4[01].", code)}


@for_each(BLOCKS, text_of)
def test_a_warning_at_its_place(expected: str) -> None:
    assert block(text_of(expected)) == expected


def test_every_warning_is_shown() -> None:
    shown = {found.code for part in BLOCKS for found in check(text_of(part))}
    assert shown >= CODES


#: By code, filters that are near to what it warns of.
NEAR_MISSES = {
    # Stars that are meant
    "W414": [
        "a == '*'", "a CONTAINS '*'", "a == '2*3'", "a == '*/5 * * * *'", "a == 'Name *'",
        "grade == 'A*'", "a == '****1234'", "a CONTAINS '**bold**'", "a == '50%'", "a == '%s'",
        "a == '%20'", "a LIKE 'x*'", "'x*' LIKE a", "a == '\\*x'", "a CONTAINS '* '",
        "'x*' == 'x*'", "a > 'x*'",
    ],
    # What else has underscores, brackets and question marks
    "W416": [
        "a LIKE 'user_*'", "a LIKE 'sensor_a*'", "a LIKE 'plan_b'", "a LIKE 'x_axis*'",
        "a LIKE '*_id'", "a LIKE '_id*'", "a LIKE '*[URGENT]*'", "a LIKE '*[bot]*'",
        "a LIKE '*[12]*'", "a LIKE 'data[0]*'", "a LIKE '2.*'", "a LIKE 'app.*'", "a LIKE '*what?*'",
        "a LIKE '*?'", "a LIKE '*?q=*'", "a LIKE 'https://*'", "a LIKE '*(a)*'", "a LIKE '$5*'",
        "a == '[ab]*x'", "a LIKE '*$*'", "a LIKE '*|*'", "a LIKE 'key|*'", "a LIKE '*|x|*'",
        "a == 'us|eu'", "a LIKE '||'",
    ],
    # Emoji, and words of other scripts
    "W417": ["a == 'us'", "a == '\U0001f468\u200d\U0001f469'", "a == 'می\u200cخواهم'", "a == 'ä'"],
    # Measures, and lists that count themselves
    "W418": [
        "data.length > 0", "data.box.length > 5", "data.dimensions.length > 0", "a.size == 5",
        "data.rope.length > 0 && data.rope.width > 0", "data.shoes.size > 40", "data.tags[0] > 5",
        "regions.east.count < 42", "data.files.size > 1000", "data.count > 0", "data.tags.name > 0",
    ],
    # A name that is no field of its own on the right of an equality
    "W401": [
        "a CONTAINS b", "a > b", "a <= b", "a == b + 1", "a == -b", "a == b.c", "a == b[0]",
        "a == meta.b", "a == data.b", "a == (b)", "a == 'b'", "a = b", "b == 5", "!b", "a && b",
        "a == data", "a LIKE meta.b",
    ],
    # Blanks, brackets, and prefixes on both sides
    "W402": [
        "a == user - 1", "a == (user)-1", "total - used > 5", "a-1 > 5", "a > b-1",
        "data.total-data.used > 5", "data.a-1 == 5", "a == 5-3", "a == 5-b", "a == 'user-1'",
        "meta['user-1'] == 5", "a == user+1", "a-b*2 == 1", "a == 2024-01",
        "5 == 2024-01-31 + 1", "a + 2024-1-31 > 5",
    ],
    "W403": ["such == wow", "such == 'a=b'", "such >= 5", "such != 5"],
    # Literal per cent signs
    "W404": [
        "a == '100%'", "a CONTAINS '%'", "a LIKE '*50%'", "a LIKE '*50%*'", "a LIKE '50% off'",
        "a LIKE '*%*'", "a LIKE 'a % b'", "a LIKE '100\\%'", "a LIKE '%d'", "a LIKE '%s items'",
        "a['%'] == 1", "'%' LIKE a",
    ],
    "W405": [
        "('us', 'eu') CONTAINS a", "'us' CONTAINS a", "(a) CONTAINS 'us'", "('us') LIKE a",
        "('us') == a", "('us') CONTAINS 'u'", "('us') CONTAINS 5",
    ],
    "W406": [
        "a == '{x}'", "a == '$5'", "a == '$me'", "a == '100%'", "a == '%set'", "a == '% s'",
        "a == '()'", "a == '{}'", "a == '<x>'", "a == 'x}}'", "a == '%'", "a == '5%discount'",
        "a == '50%(ok)'", "a == '%{}'", "a == 'x{2}'", "a == '/users/{id}'", "a LIKE '.{3}'",
        "a == '#me'", "a['${x}'] == 1", "a == 'say \"a\" . \"b\"'", 'a == "it\'s + that\'s"',
        "a == 'x\" + \"y'", "a == '\"x\"'", "a == '1 + 1'", "a == '\"+\"'",
    ],
    "W419": ["data.x%20==0", "data.x%3==1", "data.x%3E2 == 1", "a == '%3E5'"],
    "W407": [
        "a == 'it\\'s'", 'a == "say \\"x\\""', "a == 'a\\\\b'", "a LIKE 'a\\*'", "a LIKE '\\\\*'",
        "a['it\\'s'] == 1", "a == '/'", "a == 'a\\\\'",
    ],
    "W408": ["a == 'true'", "a.true == 1", "a == True", "null_x == 1", "a == 'null'", "!a"],
    "W409": ["a == 1000", "a == 0.001", "a == '1e3'", "a == e3", "a.e3 == 1"],
    "W410": [
        "a like 'x'", "a LIKE 'x'", "a contains 'x'", "a CONTAINS 'x'", "Like_x == 1", "a.Like == 1",
    ],
    "W411": ["DATA == 1", "Meta == 5", "data.Data == 1", "meta.META.x == 1", "Dataset.x == 1"],
    "W412": [
        "metadata == 1", "payload == 1", "meta.metadata.x == 1", "data.payload.x == 1",
        "dataset.x == 1", "message_data.x == 1", "metadata_x.y == 1",
    ],
    "W413": [
        "a LIKE 'x*'", "a LIKE '*x'", "a LIKE '*x*'", "a LIKE '**x**'", "a LIKE '*'", "a LIKE '**'",
        "a LIKE ''", "a LIKE 'a\\*b'", "a == 'a*b'", "a CONTAINS 'a*b'",
    ],
    "W415": [
        "a > 18", "a == '18'", "a != '18'", "a CONTAINS '18'", "a LIKE '18'", "a > 'x18'",
        "a > ' 18'", "a > '+18'", "a > '1.'", "a > ''",
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


#: By code, a filter that has it unless its fields are known.
UNLESS_KNOWN = {
    "W401": ("meta.a == b", "b"),
    "W402": ("user-id == 5", "user"),
    "W411": ("Data.x == 1", "Data.x"),
    "W412": ("payload.x == 1", "meta.payload.x"),
}


@pytest.mark.parametrize(("code", "case"), UNLESS_KNOWN.items())
def test_a_known_field_is_no_mistake(code: str, case: tuple[str, str]) -> None:
    text, field = case
    assert code in {found.code for found in check(text)}
    assert code in {found.code for found in check(text, known_fields=["other"])}
    assert code not in {found.code for found in check(text, known_fields=["other", field])}


def test_a_filter_in_a_string_is_not_compared() -> None:
    for text in ("config.filter_expression = 'data.mag > 5'", "filter = 'such=wow'"):
        (found,) = [each for each in check(text) if each.code == "W403"]
        assert found.fix is not None
        assert not found.fix.safe
        assert apply_edits(text, found.fix.edits) == text.split("'")[1]
