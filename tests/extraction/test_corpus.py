"""What is found of the corpus: every filter of it at its place, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from pnfilter import Severity, check
from pnfilter.diagnostics import Span
from pnfilter.lint.app_context import check_app_context
from pnfilter.lint.rules.placeholders import check_holes
from tests.extraction import corpus


@pytest.mark.parametrize("group", corpus.GROUPS)
def test_every_filter_is_found_at_its_place_and_nothing_else(group: str, tmp_path: Path) -> None:
    expected = corpus.write(group, tmp_path)
    assert sorted(corpus.found_in(tmp_path)) == sorted(expected)


def test_recall_and_precision_in_every_language(tmp_path: Path) -> None:
    measured = corpus.by_language(tmp_path)
    assert len(measured) >= 20
    for name, each in measured.items():
        assert each.expected, name
        assert each.recall >= 0.95, name
        assert each.precision >= 0.95, name


@pytest.mark.parametrize("group", corpus.GROUPS)
def test_a_character_stands_where_it_is_said_to(group: str, tmp_path: Path) -> None:
    corpus.write(group, tmp_path)
    for each in corpus.found_in(tmp_path).values():
        if each.origin is not None:
            # Its characters are in another file.
            continue
        lines = each.source.splitlines()
        outside = [offset for offset in range(len(each.text)) if not in_hole(each, offset)]
        for offset in outside:
            line, column = each.position(offset)
            written = lines[line - 1][column - 1 : column]
            if each.text[offset].isalpha() and each.text[offset].isascii():
                assert written in (each.text[offset], "\\", "%")
        whole = each.outer(Span(0, len(each.text)))
        assert 0 <= whole.start < whole.end <= len(each.source)


def in_hole(each: object, offset: int) -> bool:
    holes = getattr(each, "holes", ())
    return any(hole.span.start <= offset < hole.span.end for hole in holes)


@pytest.mark.parametrize("group", [group for group in corpus.GROUPS if group != "mistakes"])
def test_right_filters_with_holes_get_no_error(group: str, tmp_path: Path) -> None:
    corpus.write(group, tmp_path)
    for each in corpus.found_in(tmp_path).values():
        if each.entity:
            found = check_app_context(each.text, each.entity, each.holes)
        else:
            found = check_holes(each.text, each.holes, check) if each.holes else check(each.text)
        graver = [one for one in found if one.severity is Severity.ERROR]
        # Two that are wrong, or cut off, on purpose.
        if each.text not in ("it's == 1", "uuid == '{uuid}", 'größe == "ä" && x == 1'):
            assert not graver, (each, graver)
