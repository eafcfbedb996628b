"""What is suggested where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter.playground import bounds
from pnfilter.playground.completing import Field, complete, fields_of

FIELDS = [
    Field("data.mag", "number"),
    Field("data.place", "string"),
    Field('data["odd name"]', "string"),
    Field("data.magnitudes[0]", "number"),
    Field("meta.net", "string", ('"ak"', '"us"')),
    Field("meta.alert", "string or null", ('"red"',)),
]
PATHS = [field.path for field in FIELDS]


def suggested(text: str, caret: int | None = None) -> list[str]:
    found = complete(text, len(text) if caret is None else caret, FIELDS)
    return [item["label"] for item in found["items"]]


def applied(text: str, at: int = 0) -> str:
    """The text with a suggestion taken at its end."""
    found = complete(text, len(text), FIELDS)
    label: str = found["items"][at]["label"]
    return text[: found["start"]] + label + text[found["end"] :]


@pytest.mark.parametrize("text", ["", "  ", "data.mag > 1 && ", "!", "(", "data.mag > "])
def test_fields_where_an_operand_is_due(text: str) -> None:
    assert suggested(text) == PATHS


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("data.ma", "data.mag"),
        ("data.", "data.mag"),
        ("DATA.PL", "data.place"),
        ("pla", "data.place"),
        ("data.mag > 1 && ne", "meta.net"),
        ('data["od', 'data["odd name"]'),
        ("data.mag>1&&al", "meta.alert"),
        ("data.magnitudes[", "data.magnitudes[0]"),
    ],
)
def test_a_field_that_is_begun(text: str, first: str) -> None:
    assert suggested(text)[0] == first


def test_a_suggestion_takes_the_place_of_what_is_written() -> None:
    assert applied("data.mag > 1 && meta.ne") == "data.mag > 1 && meta.net"
    assert applied('meta.net == "a') == 'meta.net == "ak"'
    assert applied('("ak", "us") CONTAINS al') == '("ak", "us") CONTAINS meta.alert'


def test_a_quote_that_stands_there_is_not_doubled() -> None:
    found = complete('meta.net == "a"', 14, FIELDS)
    assert (found["start"], found["end"]) == (12, 15)


@pytest.mark.parametrize("text", ["meta.net == ", "net == ", "data.mag > 1 || meta.net != "])
def test_values_of_the_field_come_first(text: str) -> None:
    assert suggested(text)[:2] == ['"ak"', '"us"']


def test_values_fit_what_is_written() -> None:
    assert suggested('meta.net == "u') == ['"us"']
    assert suggested("meta.net == 'u") == ['"us"']


def test_a_text_elsewhere_has_no_suggestions() -> None:
    assert suggested('"a') == []
    assert suggested('data.place == "a') == []


def test_operators_after_an_operand() -> None:
    assert suggested("data.mag ") == [
        *("==", "!=", "<", "<=", ">", ">=", "LIKE", "CONTAINS", "&&", "||")
    ]
    assert suggested("data.place ") == ["==", "!=", "LIKE", "CONTAINS", "&&", "||"]
    assert suggested("data.place li") == ["LIKE"]


def test_after_a_condition_it_is_joined() -> None:
    assert suggested("data.mag > 1 ") == ["&&", "||"]


def test_after_a_mistake_the_rest_is_read() -> None:
    assert suggested("data.mag > > 1 && data.pl") == ["data.place"]
    assert suggested("data.mag AND data.pl")[:1] == ["data.place"]


def test_what_is_whole_is_not_suggested() -> None:
    assert suggested("data.place == meta.net") == []


def test_the_caret_counts_not_the_end() -> None:
    assert suggested("data.pl == meta.net", 7) == ["data.place"]


def test_places_beyond_the_text_are_its_ends() -> None:
    assert complete("data", 99, FIELDS)["end"] == 4
    assert complete("data", -1, FIELDS)["start"] == 0


def test_suggestions_are_bounded() -> None:
    many = [Field(f"data.f{number}", "number") for number in range(1_000)]
    assert len(complete("", 0, many)["items"]) == bounds.MAX_SUGGESTIONS


@given(st.text("data.mgnet\"'[]()!=<>&| 1\n💥", max_size=40), st.integers(0, 40))
def test_it_is_never_at_a_loss(text: str, caret: int) -> None:
    found = complete(text, caret, FIELDS)
    assert 0 <= found["start"] <= found["end"] <= len(text)


def test_deep_brackets_are_no_trouble() -> None:
    assert complete("(" * 5_000, 5_000, FIELDS)["start"] == 5_000


def test_fields_come_from_a_schema() -> None:
    schema = {
        "properties": {
            "data": {
                "type": "object",
                "properties": {
                    "n": {"type": "integer"},
                    "odd name": {"type": ["string", "null"], "enum": ['a"b', None]},
                    "list": {"type": "array", "items": {"type": "number"}},
                    "anything": {},
                },
            },
            "meta": {"type": "object", "properties": {"a": {"type": "object"}}},
        }
    }
    assert fields_of(schema) == [
        Field("data.n", "integer"),
        Field('data["odd name"]', "string or null", ('"a\\"b"',)),
        Field("data.list", "array"),
        Field("data.list[0]", "number"),
        Field("meta.a", "object"),
    ]


def test_the_number_of_fields_is_bounded() -> None:
    properties = {f"f{number}": {"type": "number"} for number in range(bounds.MAX_FIELDS + 5)}
    found = fields_of({"properties": {"data": {"properties": properties}}})
    assert len(found) == bounds.MAX_FIELDS
