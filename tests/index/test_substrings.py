"""Strings found in texts, as by trying each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter.index import substrings
from pnfilter.index.substrings import Substrings
from tests.examples import examples

#: Few letters, so that strings share their grams.
TEXTS = st.text("abcA", max_size=12)


@pytest.mark.parametrize("tries", [0.0, 0.5, 1e9])
@examples(1)
@given(st.sets(TEXTS, max_size=60), st.lists(TEXTS | st.text(max_size=80)))
def test_what_a_text_contains(tries: float, strings: set[str], texts: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(substrings, "_TRY", tries)
        kept = Substrings()
        for string in strings:
            kept.add(string)
        dropped = set(sorted(strings)[::3])
        for _ in range(2):
            assert sorted(kept) == sorted(strings)
            for text in [*texts, "".join(texts)]:
                assert sorted(kept.within(text)) == sorted(s for s in strings if s in text)
            for string in dropped & strings:
                kept.remove(string)
            strings = strings - dropped


def test_nothing_is_left_of_what_was_dropped() -> None:
    kept = Substrings()
    strings = [f"item-{number:05}" for number in range(2000)]
    for string in strings:
        kept.add(string)
    assert kept.within("an item-00017, and another") == ["item-00017"]
    for string in strings:
        kept.remove(string)
    assert (list(kept), kept._grams, kept._size) == ([], {}, 0)
