"""``pnfilter diff``: the messages on which two filters differ."""

from __future__ import annotations

import gzip
import json
import sys
from functools import partial
from pathlib import Path

import pytest

from pnfilter.cli import diff

from .conftest import Command

LINES = [
    b'{"data": {"n": 1}}\n',
    b'{"data": {"n": 2.50, "long": 1e400}}\r\n',
    b'{"data": {"n": "3"}}\n',
    b'{"data":{"n":4,"\xc3\xa9":"' + b"x" * 90 + b'"}}',
]
QUAKES = Path(__file__).parents[2] / "examples" / "quakes.ndjson"


@pytest.fixture
def run(pn: Command) -> Command:
    """Runs ``pnfilter diff`` beside ``m.ndjson``."""
    Path("m.ndjson").write_bytes(b"".join(LINES))
    return partial(pn, "diff")


def shown(number: int) -> str:
    return LINES[number - 1].decode().strip()


NOTE = "pnfilter: note: m.ndjson: its lines end in CRLF, and are printed so\n"


def test_text(run: Command) -> None:
    status, out, err = run("data.n > 2", "data.n < 3 || data.n == 3", "m.ndjson")
    assert status == 1
    assert out == (
        f"1       NO_MATCH   MATCH      {shown(1)}\n"
        f"3       MATCH      UNDECIDED  {shown(3)}\n"
        f"4       MATCH      NO_MATCH   {shown(4)}\n"
    )
    assert err == NOTE + (
        "4 messages, 3 differ: 1 NO_MATCH -> MATCH, 1 MATCH -> UNDECIDED, 1 MATCH -> NO_MATCH\n"
    )


def test_places_in_several_files(run: Command) -> None:
    Path("m.json.gz").write_bytes(gzip.compress(b"[" + LINES[0] + b"," + LINES[3] + b"]"))
    _, out, _ = run("data.n > 2", "data.n > 4", "m.ndjson", "m.json.gz")
    assert [line.split("  ")[0] for line in out.splitlines()] == [
        "m.ndjson:2",
        "m.ndjson:3",
        "m.ndjson:4",
        "m.json.gz: element 2",
    ]


def test_same(run: Command) -> None:
    status, out, err = run("data.n > 2", "data.n >= 2.5", "m.ndjson")
    assert (status, out) == (0, "")
    assert err == NOTE + "4 messages, no difference\n"


def test_undecided_on_both_sides_is_no_difference(run: Command) -> None:
    Path("one").write_text('{"data": {"n": "5"}}\n')
    status, out, err = run("data.n == 5", "data.x != data.y", "one")
    assert (status, out, err) == (0, "", "1 message, no difference\n")


def test_json(run: Command) -> None:
    status, out, err = run(
        "--format", "json", "data.n > 2", "data.n < 3 || data.n == 3 || data.long > 1", "m.ndjson"
    )
    assert status == 1
    found = json.loads(out)
    assert out.splitlines()[0] == "["
    assert len(out.splitlines()) == len(found) + 2
    assert found == [
        {
            "file": "m.ndjson",
            "line": number,
            "a": a,
            "b": b,
            "a_reason": None,
            "b_reason": reason,
            "message": json.loads(LINES[number - 1]),
        }
        for number, a, b, reason in [
            (1, "NO_MATCH", "MATCH", None),
            (3, "MATCH", "UNDECIDED", "number-and-text"),
            (4, "MATCH", "NO_MATCH", None),
        ]
    ]
    assert err.startswith(NOTE)


def test_json_keeps_the_message_as_it_stood(run: Command) -> None:
    # Also a number that Python can't hold.
    _, out, _ = run("--format", "json", "data.n == 2.5", "data.n == 1", "m.ndjson")
    assert f'"message": {shown(2)}}}' in out


def test_json_of_no_difference_and_of_elements(run: Command) -> None:
    assert run("--format", "json", "data.n > 2", "data.n > 2", "m.ndjson")[1] == "[]\n"
    Path("m.json").write_text('[{"data": 1}]')
    _, out, _ = run("--format", "json", "data == 1", "data == 2", "m.json")
    assert json.loads(out)[0]["element"] == 1


def test_count(run: Command) -> None:
    assert run("-c", "data.n > 2", "data.n > 4", "m.ndjson") == (1, "3\n", NOTE)
    assert run("-cs", "data.n > 2", "data.n > 2", "m.ndjson") == (0, "0\n", "")


def test_payload(run: Command) -> None:
    Path("p").write_text("5\n")
    assert run("-c", "--payload", "data", "data == 5", "data == 6", "p")[:2] == (1, "1\n")


def test_trouble(run: Command) -> None:
    status, out, err = run("data.n > 2", "data.n > 4", "none", "m.ndjson")
    assert (status, len(out.splitlines())) == (2, 3)
    assert err.startswith("pnfilter: none: no such file or directory\n")
    assert run("-s", "data.n > 2", "data.n > 4", "none")[0] == 2
    assert run("data.n > 2", "data.n AND", "m.ndjson")[0] == 2
    assert run("data.n > 2")[0] == 2
    status, _, err = run("data.n > 2", "m.ndjson", "data.n > 3")
    assert (status, "m.ndjson is a file" in err) == (2, True)
    # The second filter is missing, and nobody says that messages come from standard input.
    status, _, err = run("data.n > 2", "m.ndjson")
    assert (status, "expected a filter, got the file m.ndjson" in err) == (2, True)
    status, _, err = run("data.n > 2", "data.n > 4", "-", "-")
    assert (status, "standard input (-) can be read once only" in err) == (2, True)


def test_warnings_name_the_filter(run: Command) -> None:
    _, _, err = run("such=wow", "wow=such", "m.ndjson")
    assert "--> A:1:5" in err
    assert "--> B:1:4" in err
    assert "warning" not in run("-s", "such=wow", "wow=such", "m.ndjson")[2]


def test_terminal(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(diff, "is_terminal", lambda stream: stream is sys.stdout)
    monkeypatch.setattr(diff, "use_color", lambda: True)
    _, out, _ = run("data.n > 3", "data.n > 4", "m.ndjson")
    lead = "4       \x1b[32mMATCH    \x1b[0m  \x1b[31mNO_MATCH \x1b[0m  "
    room = 60 - len("4       MATCH      NO_MATCH   ")
    (row,) = [line for line in out.splitlines() if line.startswith("4")]
    assert row == lead + shown(4)[: room - 1] + "…"


def test_quakes(run: Command) -> None:
    status, out, err = run("data.mag > 5", "data.mag >= 5", str(QUAKES))
    expected = [
        number
        for number, line in enumerate(QUAKES.read_text().splitlines(), 1)
        if json.loads(line)["data"]["mag"] == 5
    ]
    assert status == 1
    assert [int(line.split()[0]) for line in out.splitlines()] == expected
    assert err == "1,707 messages, 4 differ: 4 NO_MATCH -> MATCH\n"
