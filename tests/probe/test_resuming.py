"""A run that is cut off goes on, asks nothing twice that is answered, and finds the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pnfilter.probe import Keys, ProbeError, plan, running
from pnfilter.probe.planning import PARALLEL, PINGS
from pnfilter.probe.service import MAX_TRANSACTIONS
from pnfilter.probe.state import State
from pnfilter.server import Server
from pnfilter.server import running as emulator

from .probing import KEYS, by_outcome, probe, random_readings

pytestmark = pytest.mark.usefixtures("patient")

READINGS = random_readings(7)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def server() -> Iterator[Server]:
    """An emulator with random readings."""
    with emulator(assume=READINGS) as server:
        yield server


class Cut(Exception):
    """The end of a run, at any step."""


@pytest.mark.sliced(3)
@pytest.mark.parametrize("step", [0, 1, 3, 6, 11, 14, 30, 44, 50, 60, 84, 85])
def test_a_run_goes_on_from_any_step(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    file = tmp_path / "probe.state"
    save = State.save
    saved = 0

    def cut(self: State, file: Path) -> None:
        nonlocal saved
        if saved == step:
            raise Cut
        saved += 1
        save(self, file)

    monkeypatch.setattr(State, "save", cut)
    try:
        report = probe(server, state=file)
    except Cut:
        monkeypatch.setattr(State, "save", save)
        report = probe(server, state=file)
    assert report.assumptions == READINGS, str(report)
    assert "undecided" not in by_outcome(report)
    # What a cut loses is asked again: at most what was under way.
    assert report.transactions <= plan().transactions + 4 * PARALLEL
    ids = [each["path"].split("?")[0].split("/")[-1] for each in report.exchanges]
    published = [each for each in ids if each.startswith("%7B%22id%22")]
    assert len(published) <= PINGS + 2 * len(plan().messages) + PINGS


def test_what_is_too_old_is_published_again(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "probe.state"
    save = State.save

    def cut(self: State, file: Path) -> None:
        save(self, file)
        if len(self.rounds[0].observed) == 5:
            raise Cut

    monkeypatch.setattr(State, "save", cut)
    with pytest.raises(Cut):
        probe(server, state=file)
    monkeypatch.setattr(State, "save", save)
    # All that the service kept for subscribers is gone.
    server.reset()
    value = json.loads(file.read_text())
    assert len(value["rounds"][0]["observed"]) == 5
    value["rounds"][0]["began"] -= running.KEPT_SECONDS + 1
    file.write_text(json.dumps(value))
    report = probe(server, state=file)
    assert report.assumptions == READINGS, str(report)


def test_a_finished_run_asks_nothing(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "probe.state"
    first = probe(server, "missing-differs", state=file)
    assert probe(server, "missing-differs", state=file) == first
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    for key in (KEYS.publish, KEYS.subscribe):
        assert key not in file.read_text()


def test_the_state_of_another_probe_is_refused(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "probe.state"
    probe(server, "missing-differs", state=file)
    with pytest.raises(ProbeError, match="with other questions"):
        probe(server, "no-metadata", state=file)
    with pytest.raises(ProbeError, match="with another subscribe key"):
        running.run(plan(["missing-differs"]), Keys("p", "other"), origin=server.origin, state=file)
    with pytest.raises(ProbeError, match=r"a probe of 127\.0\.0\.1:"):
        running.run(plan(["missing-differs"]), KEYS, origin="localhost:1", state=file)


def spoilt() -> Iterator[str]:
    """Texts that are no state, and states with one value of another type."""
    yield from ("{}", "[]", "1", "x", "[" * 100_000, '{"pnfilter_probe": 1}', '"\\ud800"', "\0")
    good = {"pnfilter_probe": 1, "names": ["missing-differs"], "origin": "o", "run": "a",
            "owner": "b", "started": 1.0, "transactions": 1, "latency": None, "headers": {},
            "rounds": [{}, {}], "exchanges": [], "finished": None}  # fmt: skip
    for name in good:
        for other in ("x y", 1.5, None, [1], {"a": 1}):
            yield json.dumps(good | {name: other})
    seen = {"observed": {"f": {"slots": [1]}}}
    for round in ({"observed": 1}, {"cursor": 1, "observed": {}}, seen, {"attempt": "x"}, 1, {}):
        yield json.dumps(good | {"rounds": [round, round]})


@pytest.mark.sliced(5)
@pytest.mark.parametrize("number", range(len([*spoilt()])))
def test_a_spoilt_state_is_refused(server: Server, tmp_path: Path, number: int) -> None:
    file = tmp_path / "probe.state"
    file.write_text([*spoilt()][number])
    with pytest.raises(ProbeError, match=r"probe\.state: (not the state|the state of a probe)"):
        probe(server, "missing-differs", state=file)


def test_the_limit_of_transactions_holds(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pnfilter.probe.service.Pace.__init__.__defaults__", (0, 40))
    report = probe(server, state=tmp_path / "probe.state")
    assert report.transactions == 40 < MAX_TRANSACTIONS
    assert not report.assumptions
    assert {each.reason.partition(": ")[2] for each in report.found} >= {
        "not asked, all transactions were made (round 2)"
    }


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on(server: Server, tmp_path: Path) -> None:
    state, written = tmp_path / "probe.state", tmp_path / "report.json"
    command = [sys.executable, "-P", "-m", "pnfilter", "probe", "--run", "--rate", "100",
               "--origin", server.origin, "--state", str(state), "--report", str(written)]  # fmt: skip
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PNFILTER_PUBLISH_KEY": KEYS.publish,
        "PNFILTER_SUBSCRIBE_KEY": KEYS.subscribe,
    }
    environment.pop("COVERAGE_PROCESS_START", None)
    for size in (6_000, 30_000):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            end = time.monotonic() + 20
            while time.monotonic() < end and process.poll() is None:
                if state.exists() and state.stat().st_size > size:
                    break
                time.sleep(0.01)
        finally:
            process.kill()
            assert process.wait() == -9
        assert json.loads(state.read_text())["finished"] is None
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    report = json.loads(written.read_text())
    assert report["assumptions"] == READINGS
    assert report["transactions"] < 2 * plan().transactions
    assert len([*tmp_path.glob(".pnfilter-*")]) <= 2
