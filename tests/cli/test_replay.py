"""``replay``: to the emulator, and elsewhere only when it is asked for."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from pnfilter.cli import main
from pnfilter.server import Server
from tests.live.conftest import _no_proxies, emulator, published
from tests.live.test_comparison import ALL, envelope, recorded

from .conftest import Command
from .test_main import ENVIRONMENT, PROGRAM

__all__ = ["_no_proxies", "emulator"]

# Some start processes.
pytestmark = pytest.mark.sliced(3)


@pytest.fixture(autouse=True)
def _recording(pn: Command) -> None:
    recorded(Path("night.ndjson"), *ALL)


def magnitudes(server: Server, channel: str = "quakes") -> list[Any]:
    return [item["message"]["mag"] for item in published(server, channel)]


def test_a_recording_is_published_in_its_order(pn: Command, emulator: Server) -> None:
    words = ("--origin", emulator.origin, "--speed", "max")
    ended = pn("replay", "night.ndjson", *words)
    assert (ended.status, ended.out, ended.err) == (0, "", "8 messages published\n")
    assert magnitudes(emulator) == [item["d"]["mag"] for item in ALL]
    assert pn("replay", "night.ndjson", *words, "-q", "--from", "8").err == ""
    assert magnitudes(emulator)[8:] == [80]


def test_other_forms_and_standard_input(pn: Command, emulator: Server) -> None:
    lines = b'{"data": {"mag": 1}, "meta": {}}\n{"data": {"mag": 2}}\n{"data": null}\n{"data"\n'
    words = ("--origin", emulator.origin)
    ended = pn("replay", "-", "--channel", "other", *words, stdin=lines)
    assert ended.status == 2
    assert magnitudes(emulator, "other") == [1, 2]
    assert "2 messages published\n1 not published: messages whose payload is null" in ended.err
    ended = pn("replay", "-", *words, stdin=lines)
    assert "3 not published: messages without a channel (--channel names one)" in ended.err


def test_the_keys_of_the_environment_are_used_and_not_shown(
    pn: Command, emulator: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PNFILTER_SUBSCRIBE_KEY", "sub-secret")
    monkeypatch.setenv("PNFILTER_PUBLISH_KEY", "pub-secret")
    monkeypatch.setenv("PNFILTER_AUTH_KEY", "auth-secret")
    origin = emulator.origin
    ended = pn("replay", "night.ndjson", "--origin", origin, "--speed", "max")
    assert ended.status == 0
    assert not magnitudes(emulator)
    emulator.stop()
    ended = pn("replay", "night.ndjson", "--origin", origin, "--speed", "max")
    assert ended.status == 2
    assert "message 1: " in ended.err
    assert "--from 1" in ended.err
    assert "secret" not in ended.err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (
            ["night.ndjson", "--origin", "example.com"],
            "example.com is not this machine: give --yes",
        ),
        (["night.ndjson", "--origin", "example.com", "--yes"], "set PNFILTER_SUBSCRIBE_KEY"),
        (["night.ndjson", "--origin", "a/b"], "an origin is"),
        (["night.ndjson", "--speed", "0"], "neither a number above 0 nor max"),
        (["night.ndjson", "--speed", "nan"], "neither"),
        (["night.ndjson", "--max-pause", "0"], "seconds above 0"),
        (["night.ndjson", "--from", "0"], "whole number from 1"),
        (["night.ndjson", "--step", "--speed", "max"], "not allowed"),
        (["-", "--step"], "--step reads the keyboard"),
        (["-", "-"], "read once only"),
        (["night.ndjson", "--channel", "a,b"], "one channel"),
        ([], "FILE"),
    ],
)
def test_misuse(
    pn: Command, words: list[str], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "--yes" not in words:
        monkeypatch.setenv("PNFILTER_SUBSCRIBE_KEY", "sub-secret")
        monkeypatch.setenv("PNFILTER_PUBLISH_KEY", "pub-secret")
    ended = pn("replay", *words)
    assert ended.status == 2
    assert complaint in ended.err
    assert "secret" not in ended.err


@pytest.mark.parametrize("answer", ["", "n\n", "\n", "yess\n"])
def test_elsewhere_somebody_has_to_say_yes(
    pn: Command, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PNFILTER_SUBSCRIBE_KEY", "sub-secret")
    monkeypatch.setenv("PNFILTER_PUBLISH_KEY", "pub-secret")
    monkeypatch.setattr("pnfilter.cli.replay.is_terminal", lambda _: True)
    ended = pn("replay", "night.ndjson", "--origin", "example.com", stdin=answer.encode())
    assert ended.status == 2
    assert "publish the messages of night.ndjson to https://example.com" in ended.err
    assert "nothing was published" in ended.err


def test_keys_are_asked_for_on_a_terminal(
    emulator: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def ask(prompt: str, stream: object) -> str:
        asked.append(prompt)
        return ""

    monkeypatch.setattr("pnfilter.cli.live_options.is_terminal", lambda _: True)
    monkeypatch.setattr("getpass.getpass", ask)
    assert main(["replay", "night.ndjson", "--origin", "example.com", "--yes"]) == 2
    assert asked == ["PNFILTER_SUBSCRIBE_KEY (not shown): "]
    assert "no key" in capsys.readouterr().err


def test_step_by_step(emulator: Server) -> None:
    words = ["replay", "night.ndjson", "--step", "--origin", emulator.origin]
    ended = subprocess.run(
        [*PROGRAM, *words], input=b"\n", env=ENVIRONMENT, capture_output=True, check=False
    )
    assert ended.returncode == 0
    assert ended.stdout.decode().splitlines() == [
        '     1  quakes        {"data": {"mag": 10}, "meta": null}',
        '     2  quakes        {"data": {"mag": 20}, "meta": null}',
    ]
    assert ended.stderr == b"stopped after message 1 of the recording; to go on: --from 2\n"
    assert magnitudes(emulator) == [10]


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
@pytest.mark.parametrize("words", [["--speed", "max"], ["--speed", "1e8"], ["--step"]])
def test_after_control_c_nothing_is_missing_and_nothing_comes_twice(
    emulator: Server, words: list[str]
) -> None:
    recorded(Path("many"), *(envelope(n / 1000, {"mag": n}) for n in range(1, 4001)))
    command = ["replay", "many", "--origin", emulator.origin]
    process = subprocess.Popen(
        [*PROGRAM, *command, *words],
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    if words == ["--step"]:
        assert process.stdout is not None
        assert process.stdout.readline()
    until = time.monotonic() + 20
    while time.monotonic() < until and not (words == ["--step"] or magnitudes(emulator)):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    found = re.search(rb"to go on: --from (\d+)", err)
    assert found, err
    begin = int(found[1])
    assert magnitudes(emulator) == list(range(1, begin))
    if words != ["--step"]:
        ended = subprocess.run(
            [*PROGRAM, *command, *words, "--from", str(begin)], env=ENVIRONMENT, check=False
        )
        assert ended.returncode == 0
        assert magnitudes(emulator) == list(range(1, 4001))
