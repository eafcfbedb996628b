"""Words of requests: decoded, and kept for the next request as long as they are few and short."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pnfilter.server.logs import redaction
from pnfilter.server.web import requests
from pnfilter.server.web.requests import (
    MAX_KEPT,
    MAX_KEPT_LENGTH,
    Query,
    Refusal,
    decoded,
    names_in,
)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    for kept in (requests._kept_decoded, requests._kept_names, redaction._kept_word):
        kept.cache_clear()


KEEPING: list[tuple[Callable[[str], Any], Any]] = [
    (decoded, requests._kept_decoded),
    (names_in, requests._kept_names),
    (redaction._word, redaction._kept_word),
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
            decoded("%ff")
        with pytest.raises(Refusal):
            names_in(1025 * "x")


def test_parameters_are_decoded_and_may_be_missing() -> None:
    query = Query("a=%41%2B+&b=&%63=caf%C3%A9&d=\xc3\xa9")
    assert dict(query) == {"a": "A++", "b": "", "c": "café", "d": "é"}
    assert [query.get(name) for name in "abcx"] == ["A++", "", "café", None]
    assert query.get("x", 5) == 5
    assert "x" not in query
