"""Words of requests: decoded, and kept for the next request as long as they are few and short."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest

from pnfilter.server import log
from pnfilter.server.http import request
from pnfilter.server.http.request import (
    MAX_KEPT,
    MAX_KEPT_LENGTH,
    MAX_KEPT_PARAMETERS,
    MAX_KEPT_QUERY,
    Query,
    decode_part,
    names_in,
)
from pnfilter.server.http.response import Refusal
from tests.cases import for_each


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    for kept in (
        *(request._kept_part, request._kept_names, request._kept_parameters),
        log._kept_word,
    ):
        kept.cache_clear()


KEEPING: list[tuple[Callable[[str], Any], Any]] = [
    (decode_part, request._kept_part),
    (names_in, request._kept_names),
    (log._word, log._kept_word),
]


@pytest.mark.parametrize(("read", "kept"), KEEPING)
def test_no_more_words_are_kept_than_there_is_room_for(
    read: Callable[[str], Any], kept: Any
) -> None:
    for number in range(MAX_KEPT + 10):
        read(f"%41-{number}")
    assert kept.cache_info().currsize == MAX_KEPT


@pytest.mark.parametrize(("read", "kept"), KEEPING)
def test_long_words_are_not_kept(read: Callable[[str], Any], kept: Any) -> None:
    word = "%41" + (MAX_KEPT_LENGTH - 2) * "x"
    assert read(word) == read(word)
    assert kept.cache_info().currsize == 0


def test_what_is_refused_is_refused_again() -> None:
    for _ in range(2):
        with pytest.raises(Refusal):
            decode_part("%ff")
        with pytest.raises(Refusal):
            names_in(1025 * "x")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("%7B%22a%22%3A%20%22%3D%2B%25%22%7d", '{"a": "=+%"}'),
        ("100%", "100%"),
        ("%zz%41%4", "%zzA%4"),
        ("=41%3D41=", "=41=41="),
        ("a_b%20c%0D%0A%09 ", "a_b c\r\n\t "),
        ("=%0A=", "=\n="),
        ("caf\xc3\xa9%C3%A9", "caféé"),
        ("%F0%9F%98%80", "\U0001f600"),
    ],
)
def test_a_part_is_decoded_to_what_was_encoded(text: str, read: str) -> None:
    assert decode_part(text) == read


@for_each(range(200))
def test_any_part_is_decoded_as_python_does_it(seed: int) -> None:
    source = random.Random(seed)
    letters = "=_ %+&\t0z%%%"
    words = [source.choice([*letters, f"%{source.randrange(128):02X}"]) for _ in range(40)]
    assert decode_part("".join(words)) == unquote_to_bytes("".join(words)).decode()


def test_parameters_are_decoded_and_may_be_missing() -> None:
    query = Query("a=%41%2B+&b=&%63=caf%C3%A9&d=\xc3\xa9")
    assert dict(query) == {"a": "A++", "b": "", "c": "café", "d": "é"}
    assert [query.get(name) for name in "abcx"] == ["A++", "", "café", None]
    assert query.get("x", 5) == 5
    assert "x" not in query


# The query of a subscriber, that comes again and again


@pytest.mark.parametrize(
    ("text", "repeated", "found"),
    [
        ("tt=5", "tt=", {"tt": "5"}),
        ("uuid=a%20b&tt=5&tr=1", "uuid=a%20b&tt=&tr=1", {"uuid": "a b", "tt": "5", "tr": "1"}),
        ("ttl=1&tt=&x", "ttl=1&tt=&x", {"ttl": "1", "tt": "", "x": ""}),
        ("tt=5&tt=6", "", {"tt": "6"}),
        ("tt=5&%74t=6", "", {"tt": "6"}),
        ("a=1&b=tt=5", "", {"a": "1", "b": "tt=5"}),
        ("att=5&uuid=a", "", {"att": "5", "uuid": "a"}),
        ("uuid=a", "", {"uuid": "a"}),
        ("", "", {}),
    ],
)
def test_a_query_with_another_cursor_is_read_as_if_it_were_the_first(
    text: str, repeated: str, found: dict[str, str]
) -> None:
    first, query = Query(text), Query(text)
    assert first.repeated == query.repeated == repeated
    assert list(first.items()) == list(query.items()) == list(found.items())
    other = Query(text.replace("5", "77"))
    assert dict(other) == {name: value.replace("5", "77") for name, value in found.items()}
    assert dict(query) == found


def test_no_more_queries_are_kept_than_there_is_room_for() -> None:
    for number in range(MAX_KEPT + 10):
        Query(f"tt={number}&uuid={number}")
        Query(f"uuid={number}")
    assert request._kept_parameters.cache_info().currsize == MAX_KEPT


def test_long_queries_are_not_kept() -> None:
    longest = "tt=&a=" + (MAX_KEPT_QUERY - 6) * "x"
    assert Query(longest.replace("tt=", "tt=123")).repeated == longest
    for _ in range(2):
        query = Query(f"{longest}x".replace("tt=", "tt=123"))
        assert (query.repeated, query["tt"], len(query["a"])) == ("", "123", MAX_KEPT_QUERY - 5)
    assert request._kept_parameters.cache_info().currsize == 1


def test_a_query_that_is_refused_is_refused_with_each_cursor() -> None:
    for cursor in range(3):
        with pytest.raises(Refusal):
            Query(f"tt={cursor}&%ff=1")


def test_the_cursor_of_a_query_is_the_last_one() -> None:
    for text, cursor in (
        ("tt=5&a=1", "5"),
        ("tt=5&tt", ""),
        ("tt&tt=5", "5"),
        ("tt=5&%74t=6", "6"),
    ):
        for _ in range(2):
            assert Query(text)["tt"] == cursor


def test_a_query_of_many_parameters_is_not_kept() -> None:
    few = "&".join(["tt=5", *(f"a{number}" for number in range(MAX_KEPT_PARAMETERS))])
    assert Query(few).repeated == few.replace("tt=5", "tt=")
    assert not Query(f"{few}&more").repeated
