"""``pnfilter grep --follow`` and ``scan(follow=True)``.

A file that grows, is cut off, is replaced.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from pnfilter import scan
from pnfilter.input import follow, reader
from pnfilter.scanning.evaluator import Undecided
from tests.cli.conftest import Command

FILE = Path("m.ndjson")


def line(number: int) -> bytes:
    return b'{"data":{"n":%d}}\n' % number


def append(content: bytes) -> Callable[[], None]:
    def act() -> None:
        with FILE.open("ab") as file:
            file.write(content)

    return act


def rewrite(content: bytes) -> Callable[[], None]:
    def act() -> None:
        FILE.write_bytes(content)

    return act


def remove() -> None:
    FILE.rename("old")


def rotate(content: bytes) -> Callable[[], None]:
    def act() -> None:
        remove()
        FILE.write_bytes(content)

    return act


def write_late() -> None:
    """The one who writes hasn't noticed that the file was moved."""
    with FILE.open("ab") as file:
        remove()
        FILE.write_bytes(line(8))
        file.write(line(7))


@pytest.fixture
def happens(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What happens at each look at a file that has ended; then it is interrupted."""

    def register(*actions: Callable[[], None]) -> None:
        pending = iter(actions)

        def wait() -> None:
            action = next(pending, None)
            if action is None:
                raise KeyboardInterrupt
            action()

        monkeypatch.setattr(follow, "_wait", wait)

    return register


def nothing() -> None:
    pass


CASES: dict[str, tuple[tuple[Callable[[], None], ...], list[int]]] = {
    "nothing": ((nothing, nothing), [1, 2]),
    "grows": ((append(line(3)), nothing, append(line(4) + line(5))), [1, 2, 3, 4, 5]),
    "a line in parts": ((append(line(3)[:5]), nothing, append(line(3)[5:])), [1, 2, 3]),
    "cut off": ((rewrite(line(6)),), [1, 2, 6]),
    "cut off in a line": ((append(line(3)[:-1]), rewrite(line(6))), [1, 2, 3, 6]),
    "replaced": ((rotate(line(6)), append(line(7))), [1, 2, 6, 7]),
    "replaced in a line": ((append(line(3)[:-1]), rotate(line(6))), [1, 2, 3, 6]),
    "replaced later": ((remove, nothing, append(line(6))), [1, 2, 6]),
    "written to after its move": ((write_late,), [1, 2, 7, 8]),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("head", [1, 100])
def test_lines_come_as_they_are_written(
    pn: Command, happens: Callable[..., None], monkeypatch: pytest.MonkeyPatch, name: str, head: int
) -> None:
    monkeypatch.setattr(reader, "HEAD", head)
    actions, numbers = CASES[name]
    FILE.write_bytes(line(1) + line(2))
    happens(*actions)
    status, out, _ = pn("grep", "-s", "--follow", "data.n > 0", str(FILE))
    assert status == 130
    assert out.encode() == b"".join(map(line, numbers))


def test_empty_file(pn: Command, happens: Callable[..., None]) -> None:
    FILE.write_bytes(b"")
    happens(append(line(1)))
    assert pn("grep", "--follow", "data.n > 0", str(FILE))[:2] == (130, line(1).decode())


def test_pipe_with_a_name(pn: Command, happens: Callable[..., None]) -> None:
    os.mkfifo(FILE)
    happens(append(line(2)), append(line(3)))
    # It can be opened when both ends are.
    writer = threading.Thread(target=append(line(1)))
    writer.start()
    status, out, err = pn("grep", "--follow", "data.n > 0", str(FILE))
    writer.join()
    assert (status, out.encode(), err) == (130, b"".join(map(line, [1, 2, 3])), "")


def test_end_after_enough(pn: Command, happens: Callable[..., None]) -> None:
    FILE.write_bytes(line(1))
    happens(append(line(2)), append(line(3)))
    status, out, _ = pn("grep", "--follow", "-nm2", "data.n > 0", str(FILE))
    assert (status, out.encode()) == (0, b"1:" + line(1) + b"2:" + line(2))


def test_file_that_is_not_there(pn: Command) -> None:
    status, out, err = pn("grep", "--follow", "data.n > 0", "none")
    assert (status, out, err) == (2, "", "pnfilter: none: no such file or directory\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-c", "data.n > 0", "m"], "--follow has no end"),
        (["data.n > 0", "m", "m"], "--follow reads one file"),
        (["data.n > 0", "-"], "--follow reads one file"),
        (["data.n > 0"], "--follow reads one file"),
    ],
)
def test_what_cannot_be_followed(pn: Command, arguments: list[str], words: str) -> None:
    status, _, err = pn("grep", "--follow", *arguments)
    assert status == 2
    assert words in err


def test_scan_follows(pn: Command, happens: Callable[..., None]) -> None:
    del pn
    FILE.write_bytes(line(1))
    happens(append(line(2)), append(line(3)))
    modes: list[Undecided] = ["keep", "drop"]
    for undecided in modes:
        FILE.write_bytes(line(1))
        happens(append(line(2)), append(line(3)))
        lines: Iterator[bytes] = scan(FILE, "data.n > 1", follow=True, undecided=undecided)
        assert list(islice(lines, 2)) == [line(2), line(3)]
        with pytest.raises(KeyboardInterrupt):
            next(lines)
    with pytest.raises(ValueError, match="one file can be followed"):
        scan([FILE, FILE], "data.n > 1", follow=True)
    with FILE.open("rb") as stream, pytest.raises(ValueError, match="one file can be followed"):
        scan(stream, "data.n > 1", follow=True)


def test_file_that_is_gone_before_it_is_opened(
    pn: Command, happens: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    FILE.write_bytes(line(1))
    samestat = os.path.samestat

    def vanish(one: os.stat_result, other: os.stat_result) -> bool:
        same = samestat(one, other)
        if not same:
            FILE.unlink()
            monkeypatch.setattr(os.path, "samestat", samestat)
        return same

    monkeypatch.setattr(os.path, "samestat", vanish)
    happens(rotate(line(2)), append(line(3)))
    assert pn("grep", "--follow", "data.n > 0", str(FILE))[1].encode() == line(1) + line(3)
