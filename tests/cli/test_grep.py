"""``pnfilter grep``: what is selected, how it is printed, what is said, how it ends."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Timer

import pytest

from pnfilter import nearest
from pnfilter.cli import grep, grep_output, main, message_options, progress
from pnfilter.input import reader

LINES = [
    b'{"data": {"n": 1}, "meta": {"a": "x"}}\n',
    b'{"meta":{"a":"y"},"data":{"n":2.50},"channel":"c"}\n',
    b'{"data": {"n": "3"}, "meta": {"a": "x"}}\n',
    b'{"data": {"m": 4}}',
]
QUAKES = Path(__file__).parents[2] / "examples" / "quakes.ndjson"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.ndjson").write_bytes(b"".join(LINES))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command with these arguments: status, standard output, standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(["grep", *arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def printed(*numbers: int) -> str:
    """The lines with these numbers as they are printed."""
    lines = (LINES[number - 1] for number in numbers)
    return "".join(
        line.decode() if line.endswith(b"\n") else line.decode() + "\n" for line in lines
    )


# What is selected


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        (["data.n > 1"], [2, 3]),
        (["data.n > 1", "-v"], [1, 4]),
        (["-v", "data.n > 1"], [1, 4]),
        (['meta.a == "x"'], [1, 3]),
        # Without metadata `!=` is undecided.
        (['meta.a != "x"'], [2, 4]),
        (['meta.a != "x"', "-v"], [1, 3, 4]),
        (['meta.a != "x"', "--undecided", "keep"], [2, 4]),
        (['meta.a != "x"', "--undecided", "drop"], [2]),
        (['meta.a != "x"', "--undecided", "drop", "-v"], [1, 3]),
        (['meta.a != "x"', "--undecided", "only"], [4]),
        (['meta.a != "x"', "--undecided=only", "-v"], [4]),
        (['meta.a == "x"', "-m", "1"], [1]),
        (['meta.a == "x"', "-m1"], [1]),
        (['meta.a == "x"', "--max-count", "2"], [1, 3]),
        (["-e", 'meta.a == "y"'], [2]),
        (["such=wow"], []),
    ],
    ids=str,
)
def test_selected_lines_are_printed_as_they_stand(
    run: Run, arguments: list[str], numbers: list[int]
) -> None:
    # Words may stand before and after options.
    status, out, _ = run(*arguments, "m.ndjson")
    assert out == printed(*numbers)
    assert status == (0 if numbers else 1)


def test_filter_by_option_makes_files_of_all_words(run: Run) -> None:
    assert run("m.ndjson", "-e", "-data.n<-2")[:2] == (0, printed(2, 3))


def test_word_may_be_spelt_like_options(run: Run) -> None:
    Path("ace").write_bytes(LINES[0])
    assert run("data.n == 1", "ace", "-Hne", "data.n == 1")[0] == 2
    assert run("-e", "data.n == 1", "ace") == (0, printed(1), "")
    assert run("data.n == 1", "ace") == (0, printed(1), "")


def test_count(run: Run) -> None:
    assert run("-c", "data.n > 1", "m.ndjson")[:2] == (0, "2\n")
    assert run("-c", "data.n > 9", "m.ndjson")[:2] == (1, "0\n")
    assert run("-c", "-m", "1", "data.n > 1", "m.ndjson")[:2] == (0, "1\n")


def test_nothing_is_read_for_no_lines(run: Run) -> None:
    assert run("-m", "0", "data.n > 1", "m.ndjson", "none.ndjson")[:2] == (1, "")


def test_most_lines_are_of_each_file(run: Run) -> None:
    assert run("-h", "-m", "1", "data.n > 1", "m.ndjson", "m.ndjson")[:2] == (0, printed(2, 2))


# How it is printed


def test_prefixes(run: Run) -> None:
    first = printed(1)
    query = ["data.n == 1", "m.ndjson"]
    assert run("-n", *query)[1] == f"1:{first}"
    assert run("-H", *query)[1] == f"m.ndjson:{first}"
    assert run("-Hn", *query)[1] == f"m.ndjson:1:{first}"
    assert run(*query, "m.ndjson")[1] == f"m.ndjson:{first}" * 2
    assert run(*query, "m.ndjson", "-h")[1] == first * 2
    assert run(*query, "-n", "m.ndjson", "--no-filename")[1] == f"1:{first}" * 2
    assert run(*query, "-c", "m.ndjson")[1] == "m.ndjson:1\n" * 2
    assert run(*query, "-c", "m.ndjson", "-h")[1] == "1\n" * 2
    assert run(*query, "-c", "-H")[1] == "m.ndjson:1\n"


def test_elements_of_an_array_are_numbered_and_on_one_line(run: Run) -> None:
    values = [json.loads(line) for line in LINES]
    Path("m.json").write_text(json.dumps(values, indent=1))
    status, out, err = run("-n", "data.n > 1", "m.json")
    assert status == 0
    numbers, texts = zip(*(line.split(":", 1) for line in out.splitlines()), strict=True)
    assert numbers == ("2", "3")
    assert list(map(json.loads, texts)) == values[1:3]
    assert err == "pnfilter: note: m.json: one JSON array; its elements are read as the messages\n"


def test_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for words in ([], ["-"]):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"".join(LINES))))
        assert run("-H", "data.n == 1", *words)[:2] == (0, f"(standard input):{printed(1)}")


def test_line_ends_stay(run: Run) -> None:
    Path("w.ndjson").write_bytes(LINES[0].replace(b"\n", b"\r\n"))
    status, out, err = run("data.n == 1", "w.ndjson")
    assert (status, out) == (0, printed(1).replace("\n", "\r\n"))
    assert err == "pnfilter: note: w.ndjson: its lines end in CRLF, and are printed so\n"
    assert run("-q", "data.n == 1", "w.ndjson") == (0, "", "")


def test_compressed_files(run: Run) -> None:
    Path("m.gz").write_bytes(gzip.compress(b"".join(LINES)))
    assert run("data.n == 1", "m.gz") == (0, printed(1), "")


def test_bare_payloads_have_unreadable_metadata(run: Run) -> None:
    Path("p.ndjson").write_text('{"n": 1}\n{"n": 2}\n')
    status, out, err = run("--payload", "data", 'data.n > 1 && meta.a == "x"', "p.ndjson")
    assert (status, out) == (0, '{"n": 2}\n')
    assert "kept 1 undecided message: an operand can't be read here" in err


def test_envelopes(run: Run) -> None:
    Path("e.ndjson").write_text('{"c": "x", "d": {"n": 1}, "u": {"a": "x"}}\n')
    assert (
        run("-c", "--payload", "envelope", 'data.n == 1 && meta.a == "x"', "e.ndjson")[1] == "1\n"
    )


def test_colour_on_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grep_output, "use_color", lambda: True)
    _, out, _ = run("-Hn", "data.n == 1", "m.ndjson")
    assert out == (
        "\x1b[35mm.ndjson\x1b[0m\x1b[36m:\x1b[0m\x1b[32m1\x1b[0m\x1b[36m:\x1b[0m" + printed(1)
    )


@pytest.mark.parametrize(
    "arguments", [["--line-buffered"], ["--line-buffered", "-c"]], ids=" ".join
)
def test_lines_can_be_written_at_once(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    flushed: list[bytes] = []

    class Stream(io.BytesIO):
        def flush(self) -> None:
            flushed.append(self.getvalue())

    monkeypatch.setattr(grep_output, "_output", Stream)
    run("data.n > 1", "m.ndjson")
    assert flushed == []
    run(*arguments, "data.n > 1", "m.ndjson")
    expected = [b"2\n"] if "-c" in arguments else [LINES[1], LINES[1] + LINES[2]]
    assert flushed[: len(expected)] == expected


# What is said


@pytest.mark.parametrize(
    ("arguments", "note"),
    [
        (
            ['meta.a != "x"'],
            (
                "kept 1 undecided message: the message has no metadata at all, and what `!=` says then "
                "is not known; --undecided drop leaves them out"
            ),
        ),
        (
            ['meta.a != "x"', "--undecided", "drop"],
            (
                "left out 1 undecided message: the message has no metadata at all, and what `!=` says "
                "then is not known"
            ),
        ),
        (
            ['meta.a != "x" || data.k != data.j', "--undecided", "only"],
            (
                "found 3 undecided messages: most often (2) both sides are missing, and whether the "
                "server calls that equal is not known"
            ),
        ),
    ],
)
def test_undecided_messages_are_reported(run: Run, arguments: list[str], note: str) -> None:
    first, advice = run(*arguments, "m.ndjson")[2].splitlines()
    assert first == f"pnfilter: note: {note}"
    assert advice.startswith("pnfilter: note: --assume ")
    for silence in ("-q", "-s"):
        assert run(*arguments, silence, "m.ndjson")[2] == ""


def test_warnings_of_the_filter_are_shown_and_infos_are_not(run: Run) -> None:
    status, out, err = run("such=wow", "m.ndjson")
    assert (status, out) == (1, "")
    assert "warning[" in err
    assert "such=wow\n" in err
    assert "info[" not in err
    for silence in ("-q", "-s"):
        assert run("such=wow", silence, "m.ndjson") == (1, "", "")
    assert run('meta.a == "x"', "m.ndjson")[2] == ""


@pytest.mark.parametrize(
    ("arguments", "notes"),
    [
        (["n > 1"], ["no value at `n` in 4 messages; did you mean data.n?"]),
        (["data.a == 'y'"], ["no value at `data.a` in 4 messages; did you mean meta.a?"]),
        (['data.nn != "x"'], ["no value at `data.nn` in 4 messages; did you mean data.n?"]),
        (["data.n.n > 1"], ["no value at `data.n.n` in 4 messages"]),
        (["data.zebra == 1"], ["no value at `data.zebra` in 4 messages"]),
        (
            ["data.x == 1 || data['no such'] == 1 || meta.b == 1"],
            [
                "no value at `data.x` in 4 messages",
                'no value at `data["no such"]` in 4 messages',
                "no value at `meta.b` in 4 messages",
            ],
        ),
        # A field of some messages, an answer that a field gave, an ending before the last message.
        (["data.m > 9"], []),
        (["data.k == 1 || data.n == 1"], []),
        (["-m", "1", 'data.k != "x"'], []),
        (["-m", "0", "data.k == 1"], []),
        (["--payload", "data", "k == 1 || data.data.n == 99"], []),
    ],
    ids=str,
)
def test_fields_of_no_message_are_reported(
    run: Run, arguments: list[str], notes: list[str]
) -> None:
    err = run(*arguments, "m.ndjson")[2]
    found = [line for line in err.splitlines() if "no value at" in line]
    assert found == [f"pnfilter: note: {note}" for note in notes]
    assert "no value" not in run(*arguments, "-s", "m.ndjson")[2]


def test_absent_fields_need_messages(run: Run) -> None:
    assert run("data.k == 1", os.devnull) == (1, "", "")
    Path("one").write_text('{"data": {"k": null}, "meta": 5}')
    assert run("data.k == 1", "one")[2] == "pnfilter: note: no value at `data.k` in 1 message\n"


def test_alike_fields_are_looked_for_in_the_first_messages(run: Run) -> None:
    line = '{"data": {"m": 1}}\n'
    late = '{"data": {"kinds": 1, "kind": null}}\n'
    # A null is no value to go by.
    for before, hint in [
        (nearest.MAX_LOOKS - 1, "; did you mean data.kinds?"),
        (nearest.MAX_LOOKS, ""),
    ]:
        Path("late").write_text(line * before + late)
        err = run("data.kimd == 1", "late")[2]
        assert err == f"pnfilter: note: no value at `data.kimd` in {before + 1} messages{hint}\n"


def test_text_that_is_no_filter(run: Run) -> None:
    status, out, err = run("-q", 'data.n > 1 AND meta.a = "x"', "m.ndjson")
    assert (status, out) == (2, "")
    assert "error[" in err
    assert "^^^" in err
    assert "`&&`" in err


def test_no_filter_and_bad_options(run: Run) -> None:
    for arguments, words in [
        ([], "no filter given"),
        (["-h"], "no filter given"),
        (["-m", "x", "data.n"], "x is not a whole number"),
        (["-m", "-1", "data.n"], "-1 is not a whole number"),
        (["--undecided", "maybe", "data.n"], "--undecided"),
        (["-h", "-H", "data.n"], "not allowed with"),
    ]:
        status, out, err = run(*arguments)
        assert (status, out) == (2, "")
        assert words in err
        assert "pnfilter grep --help" in err


def test_help(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    assert "usage: pnfilter grep [OPTION ...] {FILTER | -f FILE} [FILE ...]" in out
    assert "Exit status: 0" in out


def test_messages_from_a_terminal_are_not_waited_for(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_options, "is_terminal", lambda _: True)
    status, _, err = run("data.n == 1")
    assert (status, err) == (2, "pnfilter: no messages given: name files, or pipe messages in\n")
    monkeypatch.setattr(sys, "stdin", None)
    assert run("data.n == 1")[0] == 2


def test_words_in_the_wrong_order(run: Run) -> None:
    status, _, err = run("-s", "m.ndjson", "data.n == 1")
    assert status == 2
    assert err == "pnfilter: m.ndjson is a file: the filter comes first, then the files\n"


# How it ends


@pytest.mark.parametrize("number", ["1", "9"])
def test_trouble_weighs_more_than_what_was_found(run: Run, number: str) -> None:
    Path("broken.ndjson").write_text('{"data": \n{"data": {"n": 1}}\n')
    status, out, err = run("-c", f"data.n == {number}", "none.ndjson", "broken.ndjson", ".")
    assert status == 2
    assert out == f"broken.ndjson:{1 if number == '1' else 0}\n"
    assert err.splitlines() == [
        "pnfilter: none.ndjson: no such file or directory",
        "pnfilter: broken.ndjson:1: skipped: not JSON: expecting value, column 10",
        "pnfilter: .: is a directory",
    ]


def test_quiet_ends_at_the_first_selected_message(run: Run) -> None:
    query = "data.n == 1"
    assert run("-q", query, "m.ndjson", "none.ndjson") == (0, "", "")
    # As in grep, success weighs more than an error before it.
    status, out, err = run("-q", query, "none.ndjson", "m.ndjson")
    assert (status, out) == (0, "")
    assert err == "pnfilter: none.ndjson: no such file or directory\n"
    assert run("-qs", query, "none.ndjson", "m.ndjson") == (0, "", "")
    assert run("-q", "data.n == 9", "m.ndjson") == (1, "", "")
    assert run("-qs", "data.n == 9", "m.ndjson", "none.ndjson") == (2, "", "")


def test_silence_leaves_the_status(run: Run) -> None:
    Path("broken.ndjson").write_bytes(b"\xef\xbb\xbf\n?\n")
    assert run("-s", "data.n == 1", "broken.ndjson", "none.ndjson") == (2, "", "")


def test_closed_standard_output(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    status = main(["grep", "data.n == 1", "m.ndjson"])
    assert status == 2


# The bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("arguments", "terminals", "shown"),
    [
        ([], "err", True),
        ([], "err out", False),
        (["-c"], "err out", True),
        (["-q"], "err out", True),
        (["-s"], "err", False),
        ([], "", False),
    ],
)
def test_bar(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], terminals: str, shown: bool
) -> None:
    err = Terminal() if "err" in terminals else io.StringIO()
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(reader, "total_size", lambda _: None)
    monkeypatch.setattr(progress, "DELAY", 0)
    monkeypatch.setattr(grep, "is_terminal", lambda _: "out" in terminals)
    status = main(["grep", *arguments, "data.n == 7", str(QUAKES), "m.ndjson"])
    assert status == 1
    assert ("B/s" in err.getvalue()) == shown
    # Nothing of it stays.
    assert err.getvalue().endswith(" \r") == shown


def test_bar_makes_room_for_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    err = Terminal()
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(progress, "DELAY", 0)
    with progress.Progress(None) as bar:
        bar.advance(5)
        bar.note("said")
    before, after = err.getvalue().split("pnfilter: note: said\n")
    assert before.endswith(" \r")
    assert after.strip()


def test_small_files_have_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    err = Terminal()
    monkeypatch.setattr(sys, "stderr", err)
    with progress.Progress(progress.MIN_BYTES - 1) as bar:
        bar.advance(5)
    assert err.getvalue() == ""


# As a process


def process(arguments: Sequence[str], stdin: int | None = None) -> subprocess.Popen[bytes]:
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": f"{root}{os.pathsep}{root / 'client'}"}
    code = "import sys; from pnfilter.cli import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", code, "grep", *arguments],
        env=environment,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_closed_pipe_gives_no_traceback() -> None:
    with process(["data.mag > 0", *[str(QUAKES)] * 3]) as running_process:
        assert running_process.stdout is not None
        assert running_process.stderr is not None
        running_process.stdout.readline()
        running_process.stdout.close()
        err = running_process.stderr.read()
        assert running_process.wait() == 141
    assert err == b""


def test_live_stream_is_answered_line_by_line() -> None:
    with process(["--line-buffered", "data.n == 1"], stdin=subprocess.PIPE) as running_process:
        assert running_process.stdin is not None
        assert running_process.stdout is not None
        # A line held back would be waited for without an end.
        watchdog = Timer(30, running_process.kill)
        watchdog.start()
        for _ in range(2):
            running_process.stdin.write(LINES[0])
            running_process.stdin.flush()
            assert running_process.stdout.readline() == LINES[0]
        running_process.stdin.close()
        assert running_process.wait() == 0
        watchdog.cancel()


def test_quakes(run: Run) -> None:
    lines = QUAKES.read_text().splitlines(keepends=True)
    strong = [line for line in lines if (json.loads(line)["data"]["mag"] or 0) > 5]
    assert run("data.mag > 5", str(QUAKES)) == (0, "".join(strong), "")
    assert len(strong) == 35
    assert run("-vc", "data.mag > 5", str(QUAKES))[1] == f"{len(lines) - 35}\n"
