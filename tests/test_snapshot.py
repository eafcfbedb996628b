"""The program that tells whether a change alters what is made of filters."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import snapshot

#: A set, a group and negations, each of which passes through a set of Python's or a dictionary.
TEXT = '!(("us", "eu", 4, 5) CONTAINS region || data.a == 1 || data.a == 2) && meta.b LIKE "x*"'
FEW = [TEXT, "data.a == 1", "a ==", "data.a + 1 > 2 && b == true"]


def run(*arguments: str, hash_seed: int) -> str:
    return subprocess.run(
        [sys.executable, snapshot.__file__, *arguments],
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
        capture_output=True,
        check=True,
        text=True,
    ).stdout


def test_what_is_hashed_does_not_depend_on_the_hashes_of_python() -> None:
    shown = run("--show", TEXT, hash_seed=1)
    assert shown == run("--show", TEXT, hash_seed=2)
    for kind in {*snapshot.KINDS} - {"stats"}:
        assert f"=== {kind}\n" in shown
    assert "frozenset('eu', 'us')" in shown
    assert "duckdb" in shown
    assert "spark" in shown


def test_the_filters_are_the_same_on_every_run() -> None:
    some = snapshot.texts(50)
    assert some == snapshot.texts(60)[: len(some)]
    assert len(some) == len(set(some))
    assert "data.a == 1" in some
    assert len(some) - 50 == len(set(snapshot.suite_texts()))


def test_a_change_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "texts", lambda _: FEW)
    options = ["--workers", "1", "--kinds", *({*snapshot.KINDS} - {"sql", "polars"})]
    assert snapshot.main([*options, "--write", str(tmp_path)]) == 0
    first = capsys.readouterr().out
    assert snapshot.main([*options, "--compare", str(tmp_path)]) == 0
    assert capsys.readouterr().out == first
    kept = tmp_path / "python.txt"
    rows = kept.read_text().splitlines()
    assert len(rows) == len(FEW)
    kept.write_text("\n".join([rows[0].replace(rows[0][:4], "----"), *rows[1:]]))
    assert snapshot.main([*options, "--compare", str(tmp_path)]) == 1
    assert f"1 differ\n    {TEXT!a}\n" in capsys.readouterr().out


def test_a_filter_more_or_less_is_a_change() -> None:
    assert snapshot.changed(["1 'a'", "2 'b'"], ["1 'a'", "2 'b'"]) == []
    assert snapshot.changed(["1 'a'"], ["1 'a'", "2 'b'"]) == ["'b'"]
    assert snapshot.changed(["1 'a'", "2 'b'"], ["3 'a'"]) == ["'a'", "'b'"]


def test_a_kind_whose_package_is_missing_is_left_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "find_spec", lambda _: None)
    monkeypatch.setattr(snapshot, "texts", lambda _: FEW)
    assert snapshot.main(["--workers", "1", "--kinds", "sql", "polars", "needles"]) == 0
    printed = capsys.readouterr().out
    assert "sql          left out: sqlglot is not installed\n" in printed
    assert "polars       left out: polars is not installed\n" in printed
    assert "needles      " in printed
