"""Verdicts as letters are those of the filter, and time is bounded."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

import pnfilter
from pnfilter.playground.answers import verdicts_of

MESSAGES: list[dict[str, Any]] = [
    {"data": {"n": 1}, "meta": None},
    {"data": {"n": 2}, "meta": {"level": "5"}},
    {"data": None, "meta": {"level": 5}},
    {"data": {"n": 3}, "meta": {"level": 6}},
]
LETTERS = {"MATCH": "M", "NO_MATCH": "N", "UNDECIDED": "U"}


@pytest.mark.parametrize("text", ["data.n > 1", "meta.level == 5", "!(data.n)", "data.n != 2"])
def test_each_letter_is_a_verdict(text: str) -> None:
    filter = pnfilter.compile(text)
    wanted = [LETTERS[filter.evaluate(message).value] for message in MESSAGES]
    judged = verdicts_of(filter, MESSAGES)
    assert judged["verdicts"] == "".join(wanted)
    assert judged["counts"] == {letter: wanted.count(letter) for letter in "MNU-"}


def test_reasons_are_counted_the_most_frequent_first() -> None:
    messages: list[dict[str, Any]] = [
        {"data": {"a": "1"}},
        {"data": {"a": "1"}},
        {"data": {"a": True}},
        {"data": {}},
    ]
    assert verdicts_of(pnfilter.compile("data.a == 1"), messages)["reasons"] == [
        {"text": "whether a number equals its own text is not known", "count": 2},
        {"text": "what a boolean equals is not known", "count": 1},
    ]


def test_messages_that_are_not_reached_in_time_get_no_verdict() -> None:
    seconds = count()
    judged = verdicts_of(
        pnfilter.compile("data > 0"), [{"data": 1}] * 1_000, seconds=3, now=lambda: next(seconds)
    )
    looked_at = judged["counts"]["M"]
    assert 0 < looked_at < 1_000
    assert judged["verdicts"] == "M" * looked_at + "-" * (1_000 - looked_at)


def test_without_messages_there_are_no_verdicts() -> None:
    assert verdicts_of(pnfilter.compile("data > 0"), [])["verdicts"] == ""
