"""Files that can't be the store, and what is said of them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pnfilter.server.store.database import VERSION, UnusableStore
from pnfilter.server.store.store import Store


def text(path: Path) -> None:
    path.write_text("This is no database. " * 100)


def tables_of_another(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE messages (text)")
    database.close()


def database_of_another(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("PRAGMA application_id = 7")
    database.close()


def newer(path: Path) -> None:
    Store(path).close()
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version = {VERSION + 1}")
    database.close()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (text, "store is not a store of the emulator"),
        (tables_of_another, "store is not a store of the emulator"),
        (database_of_another, "store is not a store of the emulator"),
        (newer, f"version {VERSION + 1}, written by a newer emulator; this one reads version"),
        (Path.mkdir, "store can't be used: unable to open database file"),
    ],
)
def test_a_file_that_is_no_store(tmp_path: Path, make: Callable[[Path], None], words: str) -> None:
    path = tmp_path / "store"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(UnusableStore) as refused:
        Store(path)
    assert words in str(refused.value)
    assert str(path) in str(refused.value)
    assert (path.read_bytes() if path.is_file() else None) == before


@pytest.mark.parametrize("table", ["marks", "file_parts"])
def test_a_file_that_is_damaged(tmp_path: Path, table: str) -> None:
    path = tmp_path / "store"
    with closing(Store(path)) as store:
        store.save_mark(1)
        question = (
            "SELECT rootpage, page_size FROM sqlite_master, pragma_page_size() WHERE name = ?"
        )
        ((page, size),) = store.database.rows(question, table)
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    with pytest.raises(
        UnusableStore, match=r"store can't be used: database disk image is malformed$"
    ):
        Store(path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Store(tmp_path / "none" / "store")


@pytest.mark.parametrize("name", ["store", "."])
def test_a_file_or_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path, readable = tmp_path / "store", tmp_path / name
    Store(path).close()
    # Root may write every file, whatever its mode.
    monkeypatch.setattr(os, "access", lambda path, mode: path != readable)
    with pytest.raises(UnusableStore, match=r"store can't be written$"):
        Store(path)
