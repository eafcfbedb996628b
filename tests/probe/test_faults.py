"""Faults: a question is settled as it was set, or can't be decided; never otherwise."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from pnfilter.probe import ProbeError, Report
from pnfilter.probe.service import MAX_TRANSACTIONS, Exchange, Service
from pnfilter.server import running

from .probing import by_outcome, probe, random_readings

#: What goes wrong, and how often.
FAULTS: dict[str, list[dict[str, Any]]] = {
    "duplicates": [{"fault": "duplicate", "count": None}],
    "order": [{"fault": "reorder", "count": None, "probability": 0.5}],
    "delays": [{"fault": "delay", "count": None, "probability": 0.3, "seconds": 0.03}],
    "long delays": [{"fault": "delay", "count": None, "probability": 0.05, "seconds": 1}],
    "cuts": [{"fault": "cut", "count": None, "probability": 0.15}],
    "late cuts": [{"fault": "cut", "count": None, "probability": 0.15, "after": 40}],
    "undone": [{"fault": "cut", "count": None, "probability": 0.15, "done": False}],
    "truncated": [{"fault": "truncated", "count": None, "probability": 0.15}],
    "malformed": [{"fault": "malformed", "count": None, "probability": 0.15}],
    "busy": [{"fault": "status", "status": 503, "count": None, "probability": 0.15}],
    "ignored": [{"fault": "ignore-filter", "count": None, "probability": 0.3}],
    "inverted": [{"fault": "invert-filter", "count": None, "probability": 0.3}],
    "always ignored": [{"fault": "ignore-filter", "count": None}],
    "always inverted": [{"fault": "invert-filter", "count": None}],
    "rarely ignored": [{"fault": "ignore-filter", "count": None, "probability": 0.02}],
    "refused": [
        {"fault": "status", "operation": "subscribe", "status": 481, "count": 3, "probability": 0.1}
    ],
    "several": [
        {"fault": "cut", "count": None, "probability": 0.1},
        {"fault": "duplicate", "count": None, "probability": 0.5},
        {"fault": "delay", "count": None, "probability": 0.1, "seconds": 0.03},
    ],
}
#: Those that a repeated request gets over.
HARMLESS = {"duplicates", "order", "delays"}


def is_never_wrong(report: Report, assumed: dict[str, str]) -> None:
    """What is settled is as it was set; no rule is contradicted, and reasons are given."""
    assert report.assumptions.items() <= assumed.items()
    assert "contradicted" not in by_outcome(report)
    assert all(bool(each.reason) == (each.outcome == "undecided") for each in report.found)
    assert report.transactions <= MAX_TRANSACTIONS


@pytest.mark.sliced(3)
@pytest.mark.parametrize("name", FAULTS)
def test_nothing_is_settled_wrongly(name: str, request: pytest.FixtureRequest) -> None:
    if name in HARMLESS:
        request.getfixturevalue("patient")
    assumed = random_readings([*FAULTS].index(name))
    with running(assume=assumed) as server:
        for number, fault in enumerate(FAULTS[name]):
            server.add_fault(**fault, seed=number)
        report = probe(server)
    is_never_wrong(report, assumed)
    found = by_outcome(report)
    if name in HARMLESS:
        assert report.assumptions == assumed, str(report)
        assert set(found) == {"settled", "confirmed"}
    elif name.endswith(("ignored", "inverted")) and name != "rarely ignored":
        assert set(found) == {"undecided"}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(int(os.environ.get("PROBES", "10")) // 2))
def test_random_faults(tmp_path: Path, seed: int) -> None:
    below = random.Random(seed)
    assumed = random_readings(seed)
    # The wait is a multiple of the latency: long delays take minutes.
    names = below.sample(sorted(FAULTS.keys() - {"long delays"}), 3)
    with running(assume=assumed) as server:
        for number, name in enumerate(names):
            for fault in FAULTS[name]:
                server.add_fault(**fault, seed=seed + number)
        for _ in range(10):
            try:
                report = probe(server, state=tmp_path / "state")
            except ProbeError:
                continue
            is_never_wrong(report, assumed)
            break
        else:
            pytest.fail("no run came to its end")


@pytest.mark.usefixtures("patient")
def test_a_filter_that_is_always_refused() -> None:
    with running(assume=random_readings(5)) as server:
        plain = 'data.md != "x"'

        def refuse(app: Any) -> None:
            registry = app.broker.filters
            get = registry.get
            registry.get = lambda text, check: get("(" if text == plain else text, check)

        server.call(refuse)
        report = probe(server, "missing-differs", "no-metadata")
    first, second = report.found
    assert (first.outcome, second.outcome) == ("undecided", "settled")
    assert first.reason.startswith(
        'data.md != "x": the service refuses the filter: 481 {"message":"Filter syntax error'
    )


def test_a_filter_that_gets_nothing_any_more() -> None:
    with running(assume=random_readings(5), filter_errors="silent") as server:

        def refuse(app: Any) -> None:
            registry = app.broker.filters
            get = registry.get
            registry.get = lambda text, check: get("(" if "data.md" in text else text, check)

        server.call(refuse)
        report = probe(server, "missing-differs")
    (found,) = report.found
    assert found.outcome == "undecided"
    assert found.reason == 'data.md != "x": a control that must arrive did not (round 1)'


def test_a_message_that_comes_late_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that arrives after the last control, within the wait, is delivered."""
    subscribe = Service.subscribe
    waiting: dict[tuple[str, str], Exchange] = {}

    def late(self: Service, channel: str, cursor: str, region: str, filter: str, *left: Any) -> Any:
        if (filter, cursor) in waiting:
            return waiting.pop((filter, cursor))
        found = subscribe(self, channel, cursor, region, filter, *left)
        value = found.json
        if filter and value is not None:
            first = [each for each in value["m"] if each["d"]["id"].endswith(".s0")]
            rest = [each for each in value["m"] if each not in first]
            assert first
            waiting[filter, value["t"]["t"]] = holding(found, value | {"m": first})
            found = holding(found, value | {"m": rest})
        return found

    monkeypatch.setattr(Service, "subscribe", late)
    with running(assume={"missing-differs": "match", "no-metadata": "match"}) as server:
        report = probe(server, "missing-differs")
    assert not waiting
    assert report.assumptions == {"missing-differs": "match"}


def test_what_came_too_late_says_nothing_about_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Filters that get nothing in one round are undecided; the rounds differ in nothing else."""
    subscribe = Service.subscribe
    asked: list[str] = []

    def late(self: Service, channel: str, cursor: str, region: str, filter: str, *left: Any) -> Any:
        found = subscribe(self, channel, cursor, region, filter, *left)
        value = found.json
        if "data.md" in filter and filter not in asked and value is not None and value["m"]:
            asked.append(filter)
            return holding(found, value | {"m": []})
        return found

    monkeypatch.setattr(Service, "subscribe", late)
    with running(assume=random_readings(5)) as server:
        report = probe(server, "missing-differs", "no-metadata")
    assert asked
    first, second = report.found
    assert (first.outcome, second.outcome) == ("undecided", "settled")
    assert first.reason == 'data.md != "x": a control that must arrive did not (round 1)'


def holding(found: Exchange, value: Any) -> Exchange:
    """The same exchange with another answer."""
    return found._replace(body=json.dumps(value).encode())
