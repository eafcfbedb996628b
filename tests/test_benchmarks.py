"""The filters that the benchmark checks are what they claim to be."""

from __future__ import annotations

import pytest

import pnfilter
from benchmarks.filters import MISTAKEN, RIGHT, generate


def test_the_same_seed_gives_the_same_filters() -> None:
    assert generate(50) == generate(50)
    assert generate(50) != generate(50, seed=1)


def test_hardly_any_filter_comes_twice() -> None:
    filters = generate(1000)
    assert len(set(filters)) > 900
    assert not [text for text in filters if "\n" in text]


@pytest.mark.parametrize("shape", [shape for _, shape in RIGHT])
def test_an_everyday_filter_gets_no_error_and_no_warning(shape: str) -> None:
    for text in generate(25, shapes=[(1, shape)]):
        grave = [found for found in pnfilter.check(text) if found.severity != "info"]
        assert not grave, text


@pytest.mark.parametrize("shape", [shape for _, shape in MISTAKEN])
def test_a_usual_mistake_gets_an_error_or_a_warning(shape: str) -> None:
    for text in generate(25, shapes=[(1, shape)]):
        assert [found for found in pnfilter.check(text) if found.severity != "info"], text
