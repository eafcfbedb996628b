"""``pnfilter fmt``: what is printed, what is rewritten, what is left alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pnfilter.cli import fmt
from pnfilter.cli.writing import write_atomically

from .conftest import Command

LIST = b"""\
# what the dashboard asks for
  meta.region=='east'

such=wow
\t# indented
meta.a == 1\
"""
FORMATTED = b"""\
# what the dashboard asks for
meta.region == "east"

such = wow
\t# indented
meta.a == 1\
"""
FIXED = FORMATTED.replace(b"such = wow", b'such == "wow"')
BROKEN = b"meta.a==1\nmeta.b ==\nmeta.c==2\n"


@pytest.mark.parametrize(
    ("arguments", "out"),
    [
        (["-e", "a=='x'&&b>3"], 'a == "x" && b > 3\n'),
        (["-e", "a==1", "-e", "-b<1"], "a == 1\n-b < 1\n"),
        (["-e", "such=wow"], "such = wow\n"),
        (["-e", "such=wow", "--fix"], 'such == "wow"\n'),
        (["-e", "a == 1 AND b == 2", "--fix"], "a == 1 && b == 2\n"),
        (["-e", "a == 'ü'"], 'a == "ü"\n'),
    ],
)
def test_texts(pn: Command, arguments: list[str], out: str) -> None:
    assert pn("fmt", *arguments) == (0, out, "")


@pytest.mark.parametrize(
    ("arguments", "content", "out"),
    [
        ([], b"a==1", "a == 1\n"),
        (["-"], b"a==1\r\n&&b==2\r\n\r\n", "a == 1 && b == 2\r\n"),
        (["-", "--as", "filters"], LIST, FORMATTED.decode() + "\n"),
        (["-", "--as", "filters"], b"", ""),
    ],
)
def test_standard_input(pn: Command, arguments: list[str], content: bytes, out: str) -> None:
    ended = pn("fmt", *arguments, stdin=content)
    # Python's text streams, not the command, would change line ends.
    assert (ended.status, ended.out, ended.err) == (0, out, "")


def test_a_broken_text_is_shown_and_the_others_are_formatted(pn: Command) -> None:
    ended = pn("fmt", "-e", "a ==", "-e", "b==1")
    assert (ended.status, ended.out) == (2, "b == 1\n")
    assert "error[E212]" in ended.err
    assert "--> (expression 1):1:3" in ended.err


@pytest.mark.parametrize("option", [(), ("--check",), ("--diff",)])
def test_unsafe_fixes_are_counted_and_not_applied(pn: Command, option: tuple[str, ...]) -> None:
    Path("a.filters").write_text(
        "data.a startsWith 'x'\nsuch=wow\ndata.b LIKE '%x'\ndata.c > '5'\n"
    )
    ended = pn("fmt", "--fix", "a.filters", *option)
    assert ended.status == 2
    assert ended.out == ""
    assert ended.err.endswith(
        "0 unchanged, 1 with errors, left alone\n3 unsafe fixes by: --unsafe-fixes\n"
    )
    assert "unsafe" not in pn("fmt", "a.filters", *option).err


def test_unsafe_fixes_are_applied_when_asked_for(pn: Command) -> None:
    before = "data.a startsWith 'x'\nsuch=wow\n# a comment\ndata.b LIKE '%x' AND data.c > '5'\n"
    after = "data.a LIKE 'x*'\nsuch == \"wow\"\n# a comment\ndata.b LIKE '*x' && data.c > 5\n"
    Path("a.filters").write_text(before)
    ended = pn("fmt", "--unsafe-fixes", "a.filters")
    assert ended == (0, "a.filters: 3 filters changed\n", "1 input changed, 0 unchanged\n")
    assert Path("a.filters").read_text() == after.replace("'", '"')


def test_a_broken_filter_is_left_by_all_fixes(pn: Command) -> None:
    ended = pn("fmt", "--unsafe-fixes", "-e", "data.a startsWith 'x' && data.b ==")
    assert (ended.status, ended.out) == (2, "")
    assert "E212" in ended.err


def test_what_fixes_leave_broken_is_shown_as_it_was_given(pn: Command) -> None:
    ended = pn("fmt", "--fix", "-e", "a == 1 AND b ==")
    assert ended.status == 2
    assert "1 | a == 1 AND b ==\n" in ended.err


@pytest.mark.parametrize(
    ("options", "after", "changed"),
    [([], FORMATTED, 2), (["--fix"], FIXED, 2)],
)
def test_files_are_rewritten(pn: Command, options: list[str], after: bytes, changed: int) -> None:
    Path("a.filters").write_bytes(LIST)
    Path("b.filter").write_bytes(b"a == 1\n")
    assert pn("fmt", "a.filters", "b.filter", *options) == (
        0,
        f"a.filters: {changed} filters changed\n",
        "1 input changed, 1 unchanged\n",
    )
    assert Path("a.filters").read_bytes() == after
    assert Path("b.filter").read_bytes() == b"a == 1\n"
    assert pn("fmt", "a.filters", *options).err == "0 inputs changed, 1 unchanged\n"


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("a.filter", b"a==1\n&&b==2\n\n", b"a == 1 && b == 2\n"),
        ("a.filter", b"\xef\xbb\xbfa==1\r\n", b"\xef\xbb\xbfa == 1\r\n"),
        ("a.filter", b"a==1", b"a == 1"),
        (
            "a.filters",
            b"\xef\xbb\xbfa==1\r\n#\r\n\r\nb==2\r\n",
            b"\xef\xbb\xbfa == 1\r\n#\r\n\r\nb == 2\r\n",
        ),
        ("a.filters", b"a==1\rb==2\nc==3\r\nd==4", b"a == 1\rb == 2\nc == 3\r\nd == 4"),
        # A comment may hold what it likes.
        ("a.filters", b"# \xff\na==1\n", b"# \xff\na == 1\n"),
        ("a.filters", b"\n\n", b"\n\n"),
    ],
)
def test_line_ends_marks_and_comments_are_kept(
    pn: Command, name: str, before: bytes, after: bytes
) -> None:
    Path(name).write_bytes(before)
    assert pn("fmt", name).status == 0
    assert Path(name).read_bytes() == after


def test_a_file_with_a_broken_filter_is_left_alone(pn: Command) -> None:
    Path("a.filters").write_bytes(BROKEN)
    Path("b.filters").write_bytes(b"a==1\n")
    ended = pn("fmt", "a.filters", "b.filters")
    assert (ended.status, ended.out) == (2, "b.filters: 1 filter changed\n")
    assert "--> a.filters:2:8\n" in ended.err
    assert ended.err.endswith("1 input changed, 0 unchanged, 1 with errors, left alone\n")
    assert Path("a.filters").read_bytes() == BROKEN


def test_check_writes_nothing(pn: Command) -> None:
    Path("a.filters").write_bytes(LIST)
    Path("b.filter").write_bytes(b"a == 1")
    assert pn("fmt", "--check", "a.filters", "b.filter") == (
        1,
        "a.filters: 2 filters would change\n",
        "1 input would change, 1 unchanged\n",
    )
    assert Path("a.filters").read_bytes() == LIST
    assert pn("fmt", "--check", "b.filter").status == 0
    assert pn("fmt", "--check", "-e", "a==1") == (1, "", "pnfilter: would reformat (expression)\n")
    assert pn("fmt", "--check", "-e", "a == 1") == (0, "", "")
    assert pn("fmt", "--check", stdin=b"a == 1\n") == (0, "", "")


def test_diff_writes_nothing(pn: Command) -> None:
    Path("a.filters").write_bytes(LIST)
    ended = pn("fmt", "--diff", "a.filters")
    assert ended.out == (
        "--- a.filters\tbefore\n+++ a.filters\tafter\n@@ -1,6 +1,6 @@\n"
        " # what the dashboard asks for\n-  meta.region=='east'\n+meta.region == \"east\"\n"
        " \n-such=wow\n+such = wow\n \t# indented\n meta.a == 1\n"
    )
    assert (ended.status, Path("a.filters").read_bytes()) == (0, LIST)
    ended = pn("fmt", "--diff", "--check", "-e", "a==1")
    assert (ended.status, ended.out.splitlines()[-2:]) == (1, ["-a==1", "+a == 1"])
    assert pn("fmt", "--diff", "-e", "a == 1").out == ""


def test_lines_of_a_diff_are_those_of_the_file(pn: Command) -> None:
    Path("a.filters").write_bytes('a=="x\u2028\x0by"\n'.encode())
    out = pn("fmt", "--diff", "a.filters").out
    shown = [r'-a=="x\u2028\x0by"', r'+a == "x\u2028\x0by"']
    assert out.split("\n")[2:] == ["@@ -1 +1 @@", *shown, ""]


@pytest.mark.usefixtures("terminal")
def test_a_diff_in_colour(pn: Command) -> None:
    out = pn("fmt", "--diff", "-e", "a==1").out
    assert "\x1b[1m--- (expression)\tbefore\x1b[0m\n" in out
    assert "\x1b[31m-a==1\x1b[0m\n\x1b[32m+a == 1\x1b[0m\n" in out


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("gone.filter", None, "gone.filter: no such file or directory"),
        ("notes.txt", b"a==1", "notes.txt: say how it holds filters"),
        ("a.filters", b"a==1\n'\xff'==a\n", "a.filters:2:2: not UTF-8 (byte 0xff)"),
        ("a.filter", b"a==1  ", ": longer than 5 bytes"),
    ],
)
def test_unreadable_input(
    pn: Command,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: bytes | None,
    complaint: str,
) -> None:
    if "longer" in complaint:
        monkeypatch.setattr(fmt, "MAX_FILE_BYTES", 5)
    if content is not None:
        Path(name).write_bytes(content)
    ended = pn("fmt", "-e", "b==1", name)
    assert (ended.status, ended.out) == (2, "b == 1\n")
    assert complaint in ended.err
    assert "1 could not be read" in ended.err
    assert content is None or Path(name).read_bytes() == content


def test_mode_and_links_stay(pn: Command) -> None:
    Path("real").mkdir()
    real = Path("real/a.filter")
    real.write_bytes(b"a==1")
    real.chmod(0o640)
    Path("link.filter").symlink_to(real)
    assert pn("fmt", "link.filter").status == 0
    assert Path("link.filter").is_symlink()
    assert (real.read_bytes(), real.stat().st_mode & 0o777) == (b"a == 1", 0o640)
    assert [path.name for path in real.parent.iterdir()] == ["a.filter"]


def test_a_failed_write_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.filter"
    path.write_bytes(b"a==1")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"a == 1")
    assert path.read_bytes() == b"a==1"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_atomically(path, b"a == 1")
        assert os.read(reader, 100) == b"a == 1"
    finally:
        os.close(reader)
    assert path.is_fifo()
    with pytest.raises(IsADirectoryError):
        write_atomically(tmp_path, b"")
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_mode_of_new_files(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    write_atomically(tmp_path / "b", b"x")
    assert (tmp_path / "b").stat().st_mode == (tmp_path / "a").stat().st_mode


def test_a_file_that_is_protected_is_left_alone(
    pn: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("a.filter").write_bytes(b"a==1")
    # For root everything can be written.
    monkeypatch.setattr(os, "access", lambda *_: False)
    ended = pn("fmt", "a.filter")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("pnfilter: a.filter: can't be written: Permission denied\n")
    assert Path("a.filter").read_bytes() == b"a==1"
    assert [file.name for file in Path().iterdir()] == ["a.filter"]


def test_bytes_that_are_no_text_are_reported_as_they_were_given(pn: Command) -> None:
    complaint = "pnfilter: (expression):1:7: not UTF-8 (byte 0xff)\n"
    assert pn("fmt", "-e", 'a == "\udcff"') == (2, "", complaint)


def test_a_name_can_t_write_at_the_terminal(pn: Command) -> None:
    name, shown = "a\n\x1b[31m.filter", "a\\n\\x1b[31m.filter"
    Path(name).write_bytes(b"a==1")
    assert pn("fmt", "--check", name).out == f"{shown}: 1 filter would change\n"
    assert pn("fmt", "--diff", name).out.startswith(f"--- {shown}\tbefore\n+++ {shown}\tafter\n")
    assert pn("fmt", name).out == f"{shown}: 1 filter changed\n"
    ended = pn("check", "-e", "meta.a == 1", "--baseline", "b\x1b[31m", "--write-baseline")
    assert ended.err == "b\\x1b[31m: 0 known findings\n"


def test_what_can_t_be_written_is_reported(pn: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.filter").write_bytes(b"a==1")

    def fail(path: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(fmt, "write_atomically", fail)
    assert pn("fmt", "a.filter") == (
        2,
        "",
        "pnfilter: a.filter: can't be written: Permission denied\n"
        "0 inputs changed, 0 unchanged, 1 could not be read or written\n",
    )


def test_nothing_given_at_a_terminal(pn: Command, terminal: None) -> None:
    assert pn("fmt").status == 2
