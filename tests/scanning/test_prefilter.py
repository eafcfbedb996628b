"""The search for bytes that a match must hold: never a match without them."""

from __future__ import annotations

import ctypes
import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pnfilter import compile
from pnfilter.binding.bind import bind
from pnfilter.input.segments import BLOCK
from pnfilter.scanning import evaluator, prefilter
from pnfilter.scanning.evaluator import LineEvaluator, MatchOptions
from pnfilter.scanning.prefilter import MAX_NEEDLES, Needle, Prefilter, needles_of
from pnfilter.scanning.workers import Task
from tests.examples import examples
from tests.scanning.nasty import filters_and_files, lines_for
from tests.scanning.test_evaluator import Expected

MATCHES = MatchOptions(True, "drop", lines=True, only_matches=True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('data.a == "x"', ['"x"']),
        ('"x" == data.a', ['"x"']),
        ("such=wow", ['"wow"']),
        ('data.a == "5"', ['"5"']),
        ('data.a == ""', ['""']),
        ('data.a == "é"', ['"é"']),
        ('("x", "yz") CONTAINS data.a', ['"x"', '"yz"']),
        ('data.a CONTAINS "x"', ["x"]),
        ('data.a LIKE "*x*yzy*"', ["yzy~"]),
        ('data.a LIKE "É*"', ["é~"]),
        ('data.a LIKE "5-5*"', ["5-5"]),
        ('data.a LIKE "K"', ["k~"]),
        ('data.a == "x" && data.b > 5', ['"x"']),
        ('data.a LIKE "*alaska*" && data.a == "x" && data.b == "xyz"', ['"xyz"']),
        ('data.a LIKE "*alaska*" && data.b > 5', ["alaska~"]),
        ('data.a == "x" || data.b == "y"', ['"x"', '"y"']),
        ('data.a == "x" || data.b > 5', []),
        ('(data.a == "x" || data.b > 5) && data.c == "z"', ['"z"']),
        ('data.a != "x"', []),
        ('!(data.a == "x")', []),
        ("data.a == 5", []),
        ('(5, "x") CONTAINS data.a', []),
        ('"xyz" CONTAINS data.a', []),
        ('data.a CONTAINS ""', []),
        ("data.a CONTAINS 5", []),
        ('data.a LIKE "*"', []),
        ("data.a LIKE data.b", []),
        ("data.a", []),
        ('data.a == "' + "x" * 500 + '"', ['"' + "x" * 63]),
        (" || ".join(f'a == "{number}"' for number in range(MAX_NEEDLES + 1)), []),
        ("(" + ", ".join(f'"{number}"' for number in range(MAX_NEEDLES + 1)) + ") CONTAINS a", []),
    ],
)
def test_needles(text: str, found: list[str]) -> None:
    expected = {Needle(each.removesuffix("~").encode(), each.endswith("~")) for each in found}
    assert needles_of(bind(compile(text).expression)) == expected


def assert_found(text: str, content: bytes) -> None:
    filter = compile(text)
    expected = Expected(filter, content)
    lines = BytesIO(content).readlines()
    report = LineEvaluator(filter, MATCHES).report(content)
    assert report.found == [(at, lines[at]) for at in expected.selected(True, "drop")]
    assert report.selected == len(report.found)
    assert report.lines == len(lines)


@examples(3)
@given(filters_and_files())
@example(('data.a LIKE "k"', '{"data":{"a":"\u212a"}}'.encode()))
@example(('data.a LIKE "*é*"', '{"data":{"a":"xÉ"}}'.encode()))
@example(('data.a == "/"', b'{"data":{"a":"\\/"}}'))
def test_what_matches_is_found(case: tuple[str, bytes]) -> None:
    assert_found(*case)


#: Texts in which case, escapes and other kinds of values matter.
TEXTS = ["a", "K", "k", "\u212a", "ſ", "s", "İ", "i", "É", "é", "ß", '"', "\\\\", "/", "5", "true", "5.0", "a b", "\u2028", "😀"]  # fmt: skip
CONDITIONS = [
    'data.n == "{}"', '"{}" == meta.n', 'data.n CONTAINS "{}"', 'data.n LIKE "*{}*"', 'data.n LIKE "{}*" || meta.n == "zz"',
    '("{}", "zz") CONTAINS data.n', 'data.n LIKE "{}" && data.m != 5',
]  # fmt: skip


@examples(3)
@given(st.sampled_from(CONDITIONS), st.sampled_from(TEXTS), st.data())
def test_every_spelling_of_a_text_is_found(condition: str, text: str, data: st.DataObject) -> None:
    filter = condition.format(text if text != '"' else '\\"')
    values: Any = st.sampled_from([*TEXTS, "x", 5, 5.0, True, None])
    lines = []
    for _ in range(data.draw(st.integers(1, 5))):
        value = data.draw(values)
        value = value.replace("\\\\", "\\") if isinstance(value, str) else value
        value = data.draw(st.sampled_from([value, [value], {"n": value}]))
        message = {"data": {"n": value, "m": 1}, "meta": {"n": value}}
        lines.append(json.dumps(message, ensure_ascii=data.draw(st.booleans())).encode())
        lines.append(data.draw(lines_for(filter)))
    assert_found(filter, b"\n".join(lines) + data.draw(st.sampled_from([b"", b"\n"])))


def test_lines_that_cannot_match_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b'{"data":{"a":"x"}}\n?\n{"data":{"a":"y"}}\n\n{"data":{"a":"\\u0078"}}\n{"data":{"a":"x","b":5'
    judge = LineEvaluator(compile('data.a == "x"'), MATCHES)
    report = judge.report(content)
    assert [at for at, _ in report.found] == [0, 4]
    assert (report.lines, report.messages, report.broken, report.complaints) == (6, 2, 0, [])


@pytest.mark.parametrize("has_memmem", [True, False])
def test_search_by_either_way(monkeypatch: pytest.MonkeyPatch, has_memmem: bool) -> None:
    if not has_memmem:
        monkeypatch.setattr(ctypes, "CDLL", None)
    monkeypatch.setattr(prefilter, "MIN_SEARCHED", 1000)
    content = b"".join(b'{"data":{"a":"name-%d"}}\n' % (number % 7) for number in range(2000))
    sieve = Prefilter(needles_of(bind(compile('data.a == "name-3"').expression)))
    assert (sieve._exact[0]._memmem or sieve._exact[1]._memmem) if has_memmem else True
    size = len(b'{"data":{"a":"name-3"}}\n')
    expected = [(at * size, (at + 1) * size) for at in range(3, 2000, 7)]
    assert sieve.candidates(content) == expected
    # By now the needle is known to be in every few lines.
    assert not any(search._memmem for search in sieve._exact)
    assert sieve.candidates(content) == expected


def test_candidates_are_decoded_quickly_if_many_blocks_have_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def ask(lines: int) -> bool:
        asked.append(lines)
        return False

    monkeypatch.setattr(evaluator, "is_worth_import", ask)
    for size, lines in [(0, 3), (10 * BLOCK, 30)]:
        judge = Task(compile('data.a == "x"'), MATCHES).judge(size)
        assert judge.report(b'{"data":{"a":"x"}}\n' * 3).selected == 3
        assert asked.pop() == lines


def test_search_that_finds_too_much_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluator, "TRIAL", 4)
    for content, is_kept in [(b'{"data":{"a":"x"}}\n' * 4, False), (b"{}\n" * 9, True)]:
        judge = LineEvaluator(compile('data.a == "x"'), MATCHES)
        for _ in range(2):
            assert judge.report(content).selected == (0 if is_kept else 4)
        assert (judge._sieve is not None) is is_kept


def test_rare_needle_is_looked_for_by_the_library() -> None:
    search = prefilter._Search(b"abcd")
    found: dict[int, int] = {}
    block = b"x" * 5000 + b"\nabcd\n" + b"x" * 5000
    search.look(block, block, found)
    assert found == {5001: 5006}
    assert search._memmem is not None


@given(
    st.binary(max_size=30).map(lambda each: each.translate(b"abc\0" * 64)),
    st.lists(st.integers(0, 30)),
)
def test_search_of_the_library_finds_from_any_place(searched: bytes, starts: list[int]) -> None:
    finder = prefilter._memmem()
    assert finder is not None
    find = finder(searched)
    for start in (min(each, len(searched)) for each in starts):
        for needle in (b"a", b"ab", b"\0b", b"abca"):
            assert find(needle, start) == searched.find(needle, start)
