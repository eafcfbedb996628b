"""The probe finds exactly the readings that an emulator was given."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from pnfilter import Assumptions
from pnfilter.probe import Keys, ProbeError, plan, run
from pnfilter.probe.service import MAX_TRANSACTIONS, Origin, Pace
from pnfilter.probe.trials import RULES
from pnfilter.semantics.questions import PROFILES, QUESTIONS
from pnfilter.server import Server, running

from .probing import KEYS, QUICK, by_outcome, probe, random_readings

pytestmark = pytest.mark.usefixtures("patient")

#: Emulators with random readings; `make probes` takes 50.
PROBES = int(os.environ.get("PROBES", "10"))


def finds(assume: dict[str, str]) -> None:
    """All questions are settled as they were set, and every rule is confirmed."""
    with running(assume=assume) as server:
        report = probe(server)
    assert report.assumptions == assume, str(report)
    found = by_outcome(report)
    assert (len(found["settled"]), len(found["confirmed"])) == (len(QUESTIONS), len(RULES))
    assert report.transactions == plan().transactions <= MAX_TRANSACTIONS


@pytest.mark.parametrize("seed", range(3))
def test_random_readings_are_found(seed: int) -> None:
    finds(random_readings(seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, PROBES))
def test_more_random_readings_are_found(seed: int) -> None:
    finds(random_readings(seed))


def test_a_service_that_differs_from_a_rule() -> None:
    with running(assume=random_readings(0)) as server:
        # It compares without case.
        server.call(lambda app: _replace(app.broker.filters, 'data.eq == "x"', 'data.eq LIKE "x"'))
        report = probe(server, "equality", "missing-differs", "like")
    found = by_outcome(report)
    assert found == {
        "contradicted": ["equality"],
        "settled": ["missing-differs"],
        "confirmed": ["like"],
    }
    (rule,) = (each for each in report.found if each.outcome == "contradicted")
    assert rule.reason == 'data.eq == "x": {"data": {"eq": "X"}} was delivered'


def _replace(registry: object, text: str, other: str) -> None:
    """Let the emulator evaluate one filter where it was asked for another."""
    get = registry.get  # type: ignore[attr-defined]
    registry.get = lambda given, check: get(other if given == text else given, check)  # type: ignore[attr-defined]


def test_what_fits_no_reading_is_undecided() -> None:
    # It delivers whatever is undecided: so an array contains an element, and an object as JSON.
    with running() as server:
        report = probe(server, "contains-container", "contains-key")
    container, key = sorted(report.found)
    assert (container.outcome, container.reason) == (
        "undecided",
        "what was delivered fits no reading",
    )
    assert (key.outcome, key.reading) == ("settled", "key")


def test_a_report_has_the_evidence_and_no_keys() -> None:
    keys = Keys("pub/1 f", "sub/2 f", "auth/3 f")
    with running(assume=PROFILES_AS_TEXT) as server:
        report = run(plan(["missing-differs"]), keys, origin=server.origin, **QUICK)
    value = report.to_dict()
    written = json.dumps(value) + str(report) + repr(report) + repr(keys)
    for part in ("pub/1", "sub/2", "auth/3", "pub%2F1", "sub%2F2", "auth%2F3"):
        assert part not in written
    assert value["origin"] == server_origin(written, value)
    assert value["region"]
    assert len(value["exchanges"]) == value["transactions"] == report.transactions
    assert all(each["status"] == 200 or each["failure"] for each in value["exchanges"])
    published = [each for each in value["exchanges"] if each["path"].startswith("/publish/")]
    assert all("store=0" in each["path"] and "auth=***" in each["path"] for each in published)
    assert all(value["channel"] in each["path"] for each in value["exchanges"])
    (result,) = value["results"]
    assert (result["outcome"], result["reading"]) == ("settled", "match")
    assert [each["delivered"] for each in result["trials"]] == [[True, True], [True, True]]
    assert Assumptions.of(value["assumptions"]) == Assumptions.of("missing-differs=match")


PROFILES_AS_TEXT = {reason.value: name for reason, name in PROFILES["javascript"].items()}


def server_origin(written: str, value: dict[str, str]) -> str:
    assert value["origin"] in written
    return value["origin"]


@pytest.fixture
def guarded() -> Iterator[Server]:
    """An emulator that knows one keyset."""
    with running(keys={"sub-c-5a6b7c8d": "another"}) as server:
        yield server


def test_keys_that_are_refused(guarded: Server) -> None:
    with pytest.raises(ProbeError, match=r"the service refuses: 400 .*Invalid Key"):
        probe(guarded)
    with pytest.raises(ProbeError) as raised:
        run(plan(), Keys("p", "unknown"), origin=guarded.origin, **QUICK)
    assert "unknown" not in str(raised.value)


def test_a_service_that_is_not_there() -> None:
    with running() as server:
        origin = server.origin
    with pytest.raises(ProbeError, match="the service doesn't answer a subscribe request"):
        run(plan(), KEYS, origin=origin, **QUICK)


def test_other_channels_are_not_touched() -> None:
    with running(assume=random_readings(1)) as server:
        report = probe(server, "missing-differs")
        channels = server.call(
            lambda app: {
                name
                for keyset in [app.broker.keyset(KEYS.subscribe)]
                for one in server_subscribers(keyset)
                for name in one
            }
        )
    assert channels <= {report.channel}
    assert report.channel.startswith("pnfilter-probe-")


def server_subscribers(keyset: object) -> list[tuple[str, ...]]:
    return [one.channels for one in keyset.subscribers]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ps.pndsn.com", ("ps.pndsn.com", 443, True)),
        ("https://ps.pndsn.com/", ("ps.pndsn.com", 443, True)),
        ("example.org:8443", ("example.org", 8443, True)),
        ("127.0.0.1:7635", ("127.0.0.1", 7635, False)),
        ("localhost", ("localhost", 80, False)),
        ("http://localhost:7635", ("localhost", 7635, False)),
        ("https://localhost:7635", ("localhost", 7635, True)),
        ("[::1]:7635", ("::1", 7635, False)),
    ],
)
def test_an_origin_is_read(text: str, expected: tuple[str, int, bool]) -> None:
    assert Origin.of(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "a b", "http://ps.pndsn.com", "http://10.0.0.1:80", "host:0", "host:70000", "ftp://h",
     "host/path", "user@host", "h" * 5000, "host:١"],
)  # fmt: skip
def test_another_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"origin|HTTP|port"):
        Origin.of(text)


@pytest.mark.parametrize("rate", [0, 0.5, -1, 1001, float("nan"), float("inf")])
def test_a_rate_out_of_bounds_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        Pace(rate)


@pytest.mark.parametrize("keys", [("", "s"), ("p", ""), ("p\n", "s"), ("p", "s" * 5000)])
def test_what_is_no_key_is_refused(keys: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="key"):
        Keys(*keys)
