"""``pnfilter infer``: a schema on standard output, from all that commands read messages from."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from pnfilter import infer

from .conftest import Command

MESSAGES: list[dict[str, Any]] = [
    {"data": {"mag": 5.5}, "meta": {"net": "us"}},
    {"data": {"mag": None, "id": "x"}},
]
LINES = "".join(json.dumps(message) + "\n" for message in MESSAGES).encode()


@pytest.mark.parametrize(
    "content",
    [LINES, gzip.compress(LINES), json.dumps(MESSAGES).encode()],
    ids=["lines", "gzip", "array"],
)
def test_a_file(pn: Command, content: bytes) -> None:
    Path("m").write_bytes(content)
    ended = pn("infer", "m")
    assert ended.status == 0
    assert json.loads(ended.out) == infer(MESSAGES)


def test_standard_input_and_several_files(pn: Command) -> None:
    assert json.loads(pn("infer", stdin=LINES).out) == infer(MESSAGES)
    Path("m").write_bytes(LINES)
    assert json.loads(pn("infer", "m", "-", stdin=LINES).out) == infer(MESSAGES * 2)


def test_the_schema_is_what_check_reads(pn: Command) -> None:
    Path("s.json").write_text(pn("infer", stdin=LINES).out, encoding="utf-8")
    ended = pn("check", "-e", "data.mga > 5", "--schema", "s.json")
    assert "did you mean data.mag?" in ended.out


def test_payloads_alone(pn: Command) -> None:
    schema = json.loads(pn("infer", "--payload", "data", stdin=b'{"mag": 1}\n').out)
    assert schema["properties"] == {
        "data": {"type": "object", "properties": {"mag": {"type": "number"}}}
    }


def test_the_number_of_values(pn: Command) -> None:
    lines = b'{"data": "a"}\n{"data": "b"}\n' * 100
    for options, listed in (((), True), (("--values", "1"), False), (("--values", "0"), False)):
        schema = json.loads(pn("infer", *options, stdin=lines).out)
        assert ("enum" in schema["properties"]["data"]) is listed
    for wrong in ("-1", "x", "1.5", "9" * 11):
        assert pn("infer", f"--values={wrong}", stdin=lines).status == 2


def test_a_line_that_holds_no_message(pn: Command) -> None:
    ended = pn("infer", stdin=LINES + b"{\n")
    assert ended.status == 2
    assert json.loads(ended.out) == infer(MESSAGES)
    assert "(standard input):3: " in ended.err


@pytest.mark.parametrize("content", [b"", b"{}\n", b'{"data": null}\n'])
def test_nothing_to_learn_from(pn: Command, content: bytes) -> None:
    ended = pn("infer", stdin=content)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.endswith("no message has a payload or metadata to infer a schema from\n")


def test_no_input(pn: Command, terminal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pnfilter.cli.message_options.is_terminal", lambda _: True)
    assert pn("infer").status == 2
    assert pn("infer", "nowhere").status == 2
