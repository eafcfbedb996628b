"""The table of the old SDK's names is current, and what it calls here is used by some test."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tools import surface

TESTS = Path(__file__).parents[1]
NAMES = surface.names()
#: What a test has to use by its name: a class is used by whoever uses what it makes.
USED = {"method", "property", "attribute", "function", "constant"}


def test_every_old_name_is_here_or_it_is_said_why_not() -> None:
    text, faults = surface.table(NAMES)
    assert not faults
    assert text == surface.TABLE.read_text(encoding="utf-8")


def words() -> set[str]:
    files = [*TESTS.rglob("test_*.py"), *TESTS.rglob("requests/calls.py")]
    return {word for path in files for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}


def test_every_name_that_is_here_is_used_by_a_test() -> None:
    used = words()
    unused = [
        name.full
        for name in NAMES
        if name.path and name.kind in USED and surface.standing(name, set()).where == surface.HERE
        # The texts of errors are in a list without their beginning.
        if name.path.rpartition(".")[2].removeprefix("PNERR_") not in used
    ]
    assert not unused


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(a, *, b): ...", [("f", "function", ["a", "b"])]),
        ("def _f(): ...\n_A = 1\nB = C = 2", [("B", "constant", []), ("C", "constant", [])]),
        (
            "class K:\n X = 1\n def __init__(self, a):\n  self.b, self._c = a, 1\n  self.d = 1\n"
            " @property\n def p(self): ...\n @staticmethod\n def s(e): ...\n def m(self, e): ...",
            [
                ("K", "class", []),
                ("K.X", "constant", []),
                ("K()", "constructor", ["a"]),
                ("K.b", "attribute", []),
                ("K.d", "attribute", []),
                ("K.p", "property", []),
                ("K.s", "method", ["e"]),
                ("K.m", "method", ["e"]),
            ],
        ),
    ],
)
def test_names_are_read_from_sources(
    source: str, expected: list[tuple[str, str, list[str]]]
) -> None:
    found = list(surface.names_in("m", source))
    assert [(name.path, name.kind, name.parameters) for name in found] == expected
    assert {name.module for name in found} == {"m"}


@pytest.mark.parametrize("name", ["nothing", "enums.Nothing", "enums.PNStatusCategory.Nothing"])
def test_a_name_that_is_nowhere_is_missing(name: str) -> None:
    module, _, path = name.partition(".")
    one = surface.Name(module, path, "constant", [])
    assert surface.standing(one, set()).where == "missing"
    assert surface.table([one])[1][0] == f"{name}: the client doesn't have it, and no rule says why"


def test_a_parameter_that_is_gone_is_reported() -> None:
    one = surface.Name("endpoints.time", "Time()", "constructor", ["pubnub", "colour"])
    assert surface.standing(one, set()) == (surface.HERE, "without colour")


def test_a_stale_table_is_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(surface, "TABLE", tmp_path / "table.md")
    monkeypatch.setattr(sys, "argv", ["surface.py", "--check"])
    assert surface.main() == 1
    assert "table.md is not what tools/surface.py gives" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["surface.py"])
    assert surface.main() == 0
    monkeypatch.setattr(sys, "argv", ["surface.py", "--check"])
    assert surface.main() == 0
