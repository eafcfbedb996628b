"""Files with several names, and repositories in a folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pnfilter.extraction.files import Discovery
from pnfilter.extraction.settings import Settings

SOURCE = 'import pubnub\nconfig.filter_expression = "a == 1"\n'


def names(folder: Path) -> tuple[list[str], list[str]]:
    discovery = Discovery(Settings())
    found = [path.relative_to(folder).as_posix() for path in discovery.files([folder])]
    return found, discovery.notes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "b.py").write_text(SOURCE)
    return tmp_path


def test_a_link_to_a_file_that_is_read_counts_once(folder: Path) -> None:
    (folder / "a.py").symlink_to("b.py")
    (folder / "c.py").symlink_to("a.py")
    assert names(folder) == (["b.py"], [])


def test_a_hard_link_counts_once(folder: Path) -> None:
    os.link(folder / "b.py", folder / "d.py")
    assert names(folder) == (["b.py"], [])


@pytest.mark.parametrize(("link", "target"), [("a.filter", "x.txt"), ("a.filter", "x.env")])
def test_a_link_to_what_is_not_read_alike_is_read(folder: Path, link: str, target: str) -> None:
    (folder / target).write_text("a == 1")
    (folder / link).symlink_to(target)
    assert link in names(folder)[0]


def test_repositories_in_a_folder_are_reported(folder: Path) -> None:
    for place in (folder, folder / "inner"):
        place.mkdir(exist_ok=True)
        subprocess.run(["git", "init", "-q", place], check=True)
    (folder / "inner" / "e.py").write_text(SOURCE)
    commit = "0" * 39 + "1"
    entry = f"160000,{commit},module"
    subprocess.run(["git", "-C", folder, "update-index", "--add", "--cacheinfo", entry], check=True)
    (folder / "module").mkdir()
    found, notes = names(folder)
    assert found == ["b.py"]
    assert notes == [
        f"submodules and other repositories in {folder} are not read: "
        f"2 repositories, {folder}/inner first"
    ]
