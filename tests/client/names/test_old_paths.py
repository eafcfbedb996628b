"""The import paths of 4.8.1 lead to the code, wherever it is."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

from tools import old_paths

TABLE = old_paths.read_table()


def test_the_files_are_current() -> None:
    assert not old_paths.stale(old_paths.files(TABLE))


def test_each_path_has_the_names_of_the_module_that_defines_them() -> None:
    for home, paths in TABLE.items():
        code = import_module(f"pnclient.{home}")
        for path, names in paths.items():
            reexports = import_module(f"pnclient.{path}")
            assert set(names) <= set(reexports.__all__)
            for name in names:
                value = getattr(code, name)
                assert getattr(reexports, name) is value
                # Constants don't know their module.
                assert getattr(value, "__module__", code.__name__) == code.__name__


def test_a_long_list_of_names_is_wrapped() -> None:
    names = [f"Name{number:02}" for number in range(20)]
    text = old_paths.reexport({"api.a": ["a", "Bc", "C"], "api.b": names})
    assert (
        "\nfrom pnclient.api.a import C, Bc, a\nfrom pnclient.api.b import (\n    Name00,\n" in text
    )
    assert '\n__all__ = [\n    "C",\n    "Bc",\n    "Name00",\n' in text


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A package with a current file, a stale one and one that the table doesn't have."""
    table = tmp_path / "table.toml"
    table.write_text('["api.time"]\n"models.time" = ["Time"]\n"models.clock" = ["Time"]\n')
    monkeypatch.setattr(old_paths, "TABLE", table)
    monkeypatch.setattr(old_paths, "PACKAGE", tmp_path)
    monkeypatch.setattr(sys, "argv", ["old_paths.py"])
    assert old_paths.main() == 0
    (tmp_path / "models/clock.py").write_text("Time = 1\n")
    (tmp_path / "models/own.py").touch()
    return tmp_path


def test_stale_files_are_reported(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["old_paths.py", "--check"])
    assert old_paths.main() == 1
    told = [Path(line.split()[0]).name for line in capsys.readouterr().err.splitlines()]
    assert told == ["clock.py", "own.py"]


def test_stale_files_are_written_or_removed(folder: Path) -> None:
    assert old_paths.main() == 0
    assert not (folder / "models/own.py").exists()
    assert (folder / "models/clock.py").read_text() == (folder / "models/time.py").read_text()
    assert not old_paths.stale(old_paths.files(old_paths.read_table()))
