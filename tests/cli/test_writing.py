"""Files that commands write in the folder of another user, who changes them meanwhile."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pnfilter.cli import writing
from pnfilter.cli.writing import remove_written, write_atomically

from .conftest import Command

#: Another user, for what only root can set up.
OTHER = 65_534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of other users")

State = tuple[bytes, int, int, int]


def state(path: Path) -> State:
    """Content, mode, owner and group."""
    info = path.stat()
    return path.read_bytes(), info.st_mode & 0o7777, info.st_uid, info.st_gid


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file that must stay as it is."""
    path = tmp_path / "victim" / "secret"
    path.parent.mkdir()
    path.write_bytes(b"secret")
    path.chmod(0o600)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of another user, with a file of theirs."""
    path = tmp_path / "theirs"
    path.mkdir()
    (path / "a.filter").write_bytes(b"a==1")
    (path / "a.filter").chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, OTHER, OTHER)
        os.chown(path / "a.filter", OTHER, OTHER)
    return path


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Has something happen while the draft is complete and has not its name yet."""

    def register(happens: Callable[[], object]) -> None:
        synced = os.fsync

        def fsync(descriptor: int) -> None:
            synced(descriptor)
            happens()

        monkeypatch.setattr(os, "fsync", fsync)

    return register


def drafts(folder: Path) -> Iterator[Path]:
    """What is in a folder beside the file."""
    return (path for path in folder.iterdir() if path.name != "a.filter")


def test_a_draft_that_becomes_a_link(
    folder: Path, victim: Path, meanwhile: Callable[..., None]
) -> None:
    before = state(victim)

    def swap() -> None:
        (draft,) = drafts(folder)
        draft.unlink()
        draft.symlink_to(victim)

    meanwhile(swap)
    write_atomically(folder / "a.filter", b"a == 1")
    assert state(victim) == before


def test_a_file_that_becomes_a_link(
    folder: Path, victim: Path, meanwhile: Callable[..., None]
) -> None:
    before = state(victim)
    file = folder / "a.filter"

    def swap() -> None:
        file.unlink()
        file.symlink_to(victim)

    meanwhile(swap)
    write_atomically(file, b"a == 1")
    assert state(victim) == before
    assert (file.is_symlink(), file.read_bytes()) == (False, b"a == 1")


@pytest.mark.parametrize("name", ["a.filter", "new"])
def test_a_folder_that_becomes_a_link(
    folder: Path, victim: Path, meanwhile: Callable[..., None], name: str
) -> None:
    moved = folder.with_name("moved")

    def swap() -> None:
        folder.rename(moved)
        folder.symlink_to(victim.parent)

    meanwhile(swap)
    write_atomically(folder / name, b"a == 1")
    assert list(victim.parent.iterdir()) == [victim]
    assert (moved / name).read_bytes() == b"a == 1"
    assert {path.name for path in moved.iterdir()} == {"a.filter", name}


def test_a_folder_that_becomes_a_link_before_a_failure(
    folder: Path, victim: Path, meanwhile: Callable[..., None]
) -> None:
    moved = folder.with_name("moved")

    def swap() -> None:
        (draft,) = drafts(folder)
        (victim.parent / draft.name).write_bytes(b"not ours")
        folder.rename(moved)
        folder.symlink_to(victim.parent)
        raise OSError(28, "No space left on device")

    meanwhile(swap)
    with pytest.raises(OSError, match="No space"):
        write_atomically(folder / "a.filter", b"a == 1")
    assert len(list(victim.parent.iterdir())) == 2
    assert [path.name for path in moved.iterdir()] == ["a.filter"]


def test_a_file_that_changes_between_reading_and_writing(
    pn: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / "a.filter"
    written = write_atomically

    def swap(*arguments: object) -> None:
        file.rename(folder / "old")
        file.write_bytes(b"mine")
        written(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("pnfilter.cli.fmt.write_atomically", swap)
    ended = pn("fmt", str(file))
    assert ended.status == 2
    assert f"{file}: can't be written: it has changed since it was read\n" in ended.err
    assert file.read_bytes() == b"mine"


@as_root
@pytest.mark.parametrize("name", ["file", "folder/secret", "folder/new", "chain"])
def test_links_of_others_are_not_followed(folder: Path, victim: Path, name: str) -> None:
    before = state(victim)
    for link, to in {"file": victim, "folder": victim.parent, "chain": folder / "file"}.items():
        (folder / link).symlink_to(to)
        os.chown(folder / link, OTHER, OTHER, follow_symlinks=False)
    with pytest.raises(PermissionError, match="a link of another user leads to it"):
        write_atomically(folder / name, b"x")
    remove_written(folder / name, b"secret")
    assert state(victim) == before
    assert list(victim.parent.iterdir()) == [victim]


@as_root
def test_links_of_others_to_what_is_theirs_are_followed(folder: Path) -> None:
    (folder / "link").symlink_to("a.filter")
    os.chown(folder / "link", OTHER, OTHER, follow_symlinks=False)
    write_atomically(folder / "link", b"a == 1")
    assert (folder / "link").is_symlink()
    assert state(folder / "a.filter") == (b"a == 1", 0o640, OTHER, OTHER)


@as_root
def test_the_owner_stays(folder: Path) -> None:
    write_atomically(folder / "a.filter", b"a == 1")
    assert state(folder / "a.filter") == (b"a == 1", 0o640, OTHER, OTHER)


def test_an_owner_that_can_t_be_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = []

    def fchown(descriptor: int, user: int, group: int) -> None:
        given.append((user, group))
        raise PermissionError

    monkeypatch.setattr(os, "fchown", fchown)
    info = (folder / "a.filter").stat()
    other = os.stat_result((*info[:4], info.st_uid + 1, *info[5:]))
    descriptor = os.open(folder / "a.filter", os.O_RDONLY)
    writing._give(descriptor, other)
    os.close(descriptor)
    assert given == [(info.st_uid + 1, info.st_gid)]


@pytest.mark.parametrize("bits", [0o4755, 0o2755, 0o6711])
def test_rights_to_run_as_the_owner_are_not_for_new_content(folder: Path, bits: int) -> None:
    file = folder / "a.filter"
    file.chmod(bits)
    write_atomically(file, b"a == 1")
    assert file.stat().st_mode & 0o7777 == bits & 0o777


def test_a_hard_link_keeps_what_it_has(folder: Path, victim: Path) -> None:
    os.link(victim, folder / "b.filter")
    before = state(victim)
    write_atomically(folder / "b.filter", b"a == 1")
    assert state(victim) == before


def test_links_in_a_circle_and_folders_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "round").symlink_to("round")
    (tmp_path / "file").touch()
    for path, error in {
        "round": "Too many levels",
        "file/a": "Not a directory",
        "none/a": "No such file",
        "..": "Is a directory",
    }.items():
        with pytest.raises(OSError, match=error) as caught:
            write_atomically(tmp_path / path, b"x")
        assert caught.value.filename == str(tmp_path / path)


def test_a_link_to_nowhere_is_where_a_file_is_made(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "link").symlink_to("sub/../new")
    write_atomically(tmp_path / "link", b"x")
    assert ((tmp_path / "link").is_symlink(), (tmp_path / "new").read_bytes()) == (True, b"x")


def test_a_descriptor_is_written_to(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    write_atomically(Path(f"/dev/fd/{writer}"), b"7635\n")
    assert os.read(reader, 10) == b"7635\n"
    with (tmp_path / "file").open("wb") as stream:
        write_atomically(Path(f"/dev/fd/{stream.fileno()}"), b"7635\n")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"7635\n"
    for descriptor in reader, writer:
        os.close(descriptor)


def test_a_private_file_is_always_a_new_one(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(b"old")
    file.chmod(0o644)
    with file.open("rb") as stream:
        write_atomically(file, b"secret", private=True)
        assert stream.read() == b"old"
    assert file.read_bytes() == b"secret"
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(OSError, match="not a regular file"):
        write_atomically(Path("/dev/null"), b"secret", private=True)


def test_only_what_was_written_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "port"
    for content, stays in {b"7635\n": False, b"7636\n": True, b"7635\n1": True}.items():
        path.write_bytes(content)
        remove_written(path, b"7635\n")
        assert path.exists() is stays
    path.unlink()
    os.mkfifo(path)
    remove_written(path, b"7635\n")
    assert path.is_fifo()
    remove_written(tmp_path / "none" / "port", b"7635\n")


@as_root
def test_a_race(folder: Path, victim: Path) -> None:
    """Replace the file, its draft and its folder by links, again and again."""
    before = state(victim)
    file = folder / "a.filter"
    moved, spare = folder.with_name("moved"), folder.with_name("spare")
    ended = threading.Event()

    def link(place: Path, to: Path) -> None:
        spare.symlink_to(to)
        os.chown(spare, OTHER, OTHER, follow_symlinks=False)
        spare.rename(place)

    def attack() -> None:
        while not ended.is_set():
            for path in folder.iterdir():
                with suppress(OSError):
                    link(path, victim)
            folder.rename(moved)
            link(folder, victim.parent)
            folder.unlink()
            moved.rename(folder)
            spare.write_bytes(b"a==1")
            spare.rename(file)

    attacker = threading.Thread(target=attack)
    attacker.start()
    try:
        for _ in range(200):
            with suppress(OSError):
                write_atomically(file, b"a == 1")
    finally:
        ended.set()
        attacker.join()
    assert state(victim) == before
    assert list(victim.parent.iterdir()) == [victim]
