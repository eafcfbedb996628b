"""``pnfilter probe``: the plan, the summary, and the files that it writes."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pnfilter.server import Server, running

from .conftest import Command

#: What the emulator assumes.
READINGS = {"missing-differs": "no-match", "no-metadata": "match"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """An emulator; nothing in the environment has a key, and answers are near."""
    for name in ("PUBLISH", "SUBSCRIBE", "AUTH"):
        monkeypatch.delenv(f"PNFILTER_{name}_KEY", raising=False)
    with running(assume=READINGS) as server:
        yield server


@pytest.fixture(autouse=True)
def _near(monkeypatch: pytest.MonkeyPatch) -> None:
    from pnfilter.probe import running as module

    defaults: Any = module.run.__kwdefaults__
    monkeypatch.setattr(module.run, "__kwdefaults__", {**defaults, "least_wait": 0.1})
    # A busy machine may deliver late.
    monkeypatch.setattr(module, "PATIENCE", 100)


RUN = ("--run", "--rate", "1000", "--only", "missing-differs", "--only", "no-metadata")


def test_without_run_it_says_what_it_would_do(pn: Command) -> None:
    ended = pn("probe")
    assert (ended.status, ended.err) == (0, "")
    assert "missing-differs        Does `!=` match where the field is missing?" in ended.out
    assert "on a channel pnfilter-probe-… of ps.pndsn.com." in ended.out
    assert (
        "About 145 transactions, 400 at most, in about 16 s at 10 requests a second." in ended.out
    )
    assert ended.out.endswith("Nothing was done: --run does it.\n")
    value = json.loads(pn("probe", "--format", "json", "--only", "like-scalar").out)
    assert value["names"] == ["like-scalar"]
    assert value["filters"] == ['data.ls LIKE "5*"']
    assert value["most_transactions"] == 400


def test_a_run_writes_what_it_found(pn: Command, server: Server) -> None:
    Path("pyproject.toml").write_text('[project]\nname = "x"  # mine\n')
    ended = pn("probe", *RUN, "--origin", server.origin, "--write", "pyproject.toml",
               "--report", "report.json")  # fmt: skip
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(
        "settled      missing-differs=no-match  Does `!=` match where the field is missing?\n"
        "settled      no-metadata=match         Does"
    )
    written = Path("pyproject.toml").read_text()
    assert written.startswith('[project]\nname = "x"  # mine\n\n[tool.pnfilter.service]\n')
    assert tomllib.loads(written)["tool"]["pnfilter"]["service"] == READINGS
    report = json.loads(Path("report.json").read_text())
    assert report["assumptions"] == READINGS
    # From now on all commands assume it.
    Path("m.ndjson").write_text('{"data": {}, "meta": {}}\n{"data": {"a": 1}}\n')
    assert pn("grep", "-c", "data.a != 2", "m.ndjson") == (0, "1\n", "")
    assert pn("grep", "-c", "meta.a != 2", "m.ndjson") == (0, "1\n", "")


def test_a_run_as_json(pn: Command, server: Server) -> None:
    ended = pn("probe", *RUN, "--origin", server.origin, "--format", "json")
    assert json.loads(ended.out)["assumptions"] == READINGS


def test_what_is_undecided_has_status_1(pn: Command, server: Server) -> None:
    # What isn't assumed is delivered, which fits no reading of this question.
    ended = pn("probe", "--run", "--rate", "1000", "--only", "contains-container",
               "--origin", server.origin, "--write", "pnfilter.toml")  # fmt: skip
    assert ended.status == 1
    assert ended.out.startswith(
        "undecided    contains-container  Can an array or an object be contained?\n"
        "             what was delivered fits no reading\n"
    )
    assert ended.err == "pnfilter: pnfilter.toml: nothing to write\n"
    assert not Path("pnfilter.toml").exists()


def test_a_state_is_kept(pn: Command, server: Server) -> None:
    first = pn("probe", *RUN, "--origin", server.origin, "--state", "state")
    assert pn("probe", *RUN, "--origin", server.origin, "--state", "state") == first
    Path("state").write_text("{}")
    ended = pn("probe", *RUN, "--origin", server.origin, "--state", "state")
    assert ended == (2, "", "pnfilter: state: not the state of a probe\n")


def test_keys_are_never_shown(pn: Command, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {"PUBLISH": "pub-c-7c1e", "SUBSCRIBE": "sub-c-9d2f", "AUTH": "auth-3b4a"}
    for name, key in keys.items():
        monkeypatch.setenv(f"PNFILTER_{name}_KEY", key)
    ended = pn("probe", *RUN, "--origin", server.origin, "--state", "state", "--report", "report")
    shown = "".join(ended[1:]) + Path("state").read_text() + Path("report").read_text()
    assert ended.status == 0
    for key in keys.values():
        assert key not in shown
    monkeypatch.setenv("PNFILTER_PUBLISH_KEY", "bad\x01key")
    ended = pn("probe", *RUN, "--origin", server.origin)
    assert (ended.status, ended.err) == (2, "pnfilter: the publish key is no key\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "missing-difers"], "not a question or a rule: missing-difers; did you mean"),
        (["--origin", "http://ps.pndsn.com"], "plain HTTP is for this machine only"),
        (["--origin", "a b"], "the origin is a host such as ps.pndsn.com"),
        (["--rate", "0"], "the rate is 1 to 1,000 requests a second"),
        (["--rate", "nan"], "the rate is 1 to 1,000 requests a second"),
        (["--rate", "x"], "invalid float value: 'x'"),
        (["--run"], "no key: set PNFILTER_PUBLISH_KEY in the environment"),
        (["--run", "--origin", "127.0.0.1:1"], "the service doesn't answer a subscribe request"),
        (["--write", "bad.toml"], "bad.toml: not TOML"),
        (["--write", "inline.toml"], "inline.toml: its table of assumptions has a form"),
        (["--write", "."], ".: "),
        (["--run", "--origin", "127.0.0.1:1", "--state", "none/state"], "none/state"),
    ],
)
def test_what_is_wrong_is_said(
    pn: Command, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    for name in ("PUBLISH", "SUBSCRIBE", "AUTH"):
        monkeypatch.delenv(f"PNFILTER_{name}_KEY", raising=False)
    Path("bad.toml").write_text("[service\n")
    Path("inline.toml").write_text("service = {}\n")
    ended = pn("probe", *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert message in ended.err
    assert "Traceback" not in ended.err


def test_missing_keys_are_asked_for(pn: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def getpass(prompt: str, _: object) -> str:
        asked.append(prompt)
        return " key " if len(asked) == 1 else ""

    monkeypatch.setattr("getpass.getpass", getpass)
    monkeypatch.setattr("pnfilter.cli.live_options.is_terminal", lambda _: True)
    monkeypatch.delenv("PNFILTER_PUBLISH_KEY", raising=False)
    monkeypatch.delenv("PNFILTER_SUBSCRIBE_KEY", raising=False)
    ended = pn("probe", "--run")
    assert (ended.status, ended.err) == (
        2,
        "pnfilter: no key: set PNFILTER_SUBSCRIBE_KEY in the environment\n",
    )
    assert asked == [
        "PNFILTER_PUBLISH_KEY (not shown): ",
        "PNFILTER_SUBSCRIBE_KEY (not shown): ",
    ]
