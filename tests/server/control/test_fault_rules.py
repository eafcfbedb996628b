"""To whom faults happen, how often, and what makes none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.emulator.wire import publication, request
from pnfilter.server.api.call import Call
from pnfilter.server.control.fault_injection import ControlError, Fault, Faults
from pnfilter.server.http.request import Query, Request
from pnfilter.server.run import Server
from pnfilter.server.settings import MAX_FAULTS
from tests.server.control.conversations import TIME, ask
from tests.server.emulated import Emulated


def test_a_fault_concerns_one_operation_keyset_and_user(server: Server) -> None:
    server.add_fault(
        "status", status=500, operation="publish", keyset="demo-sub", user="u", count=None
    )
    other_key = publication("a", 1, uuid="u").replace("demo-sub", "other")
    statuses = [
        reply.status
        for reply in ask(
            server,
            request(publication("a", 1, uuid="u")),
            request(publication("a", 1, uuid="v")),
            request(other_key),
            request("/signal/demo-pub/demo-sub/0/a/0/1?uuid=u"),
            request(publication("a", 1, uuid="u")),
        )
    ]
    assert statuses == [500, 200, 200, 200, 500]


def test_faults_take_effect_one_after_the_other(server: Server) -> None:
    server.add_fault("status", status=503, count=2)
    server.add_fault("status", status=429)
    server.add_fault("malformed")
    replies = ask(server, TIME, TIME, TIME, TIME, TIME)
    assert [reply.status for reply in replies] == [503, 503, 429, 200, 200]
    assert replies[3].body.count(b"]") == 0
    assert replies[4].json()
    assert [fault["hits"] for fault in server.faults()] == [2, 1, 1]


def test_a_probability_is_drawn_from_a_seed(server: Server) -> None:
    def statuses(seed: int) -> list[int]:
        server.clear_faults()
        server.add_fault("status", status=500, probability=0.5, count=None, seed=seed)
        return [reply.status for reply in ask(server, *40 * [TIME])]

    first = statuses(1)
    assert statuses(1) == first
    assert statuses(2) != first
    assert 5 < first.count(500) < 35


def test_a_seed_that_was_made_up_is_told_and_gives_the_same_again() -> None:
    faults = Faults(["time"])
    asked = {"fault": "status", "status": 500, "probability": 0.5, "count": None}
    first = faults.add(asked)
    again = faults.add({**asked, "seed": first.to_dict(str)["seed"]})
    assert [first.strikes() for _ in range(50)] == [again.strikes() for _ in range(50)]


@pytest.mark.parametrize(("probability", "hits"), [(0, 0), (1, 20)])
def test_never_and_always(probability: float, hits: int) -> None:
    fault = Faults([]).add({"fault": "cut", "probability": probability, "count": None})
    assert sum(fault.strikes() for _ in range(20)) == hits


def test_a_refused_request_meets_faults_too(server: Server) -> None:
    server.add_fault("malformed", operation="publish")
    (reply,) = ask(server, request("/publish/p/s/0/a/0/%7B"))
    assert reply.status == 400
    with pytest.raises(json.JSONDecodeError):
        reply.json()


def test_health_is_meant_by_its_name_alone() -> None:
    faults = Faults(["time", "health"])
    any_of_them = faults.add({"fault": "cut"})
    named = faults.add({"fault": "cut", "operation": "health"})
    assert any_of_them.concerns("time", "", str)
    assert not any_of_them.concerns("health", "", str)
    assert named.concerns("health", "", str)


def test_a_fault_for_a_user_hits_no_request_that_names_none(emulated: Emulated) -> None:
    emulated.app.control.add_fault({"fault": "malformed", "user": "u"})
    assert emulated.get("/time/0")[0] == 200
    with pytest.raises(json.JSONDecodeError):
        emulated.get("/time/0?uuid=u")


# What makes no fault


@pytest.mark.parametrize(
    ("values", "message", "help"),
    [
        ({}, "`fault` is missing", "write one of delay, status, cut, "),
        ({"fault": "dealy"}, "`fault` can't be 'dealy'", "did you mean 'delay'?"),
        ({"fault": ["delay"]}, "`fault` can't be", "write one of"),
        ({"fault": "delay"}, "`seconds` must be a number from 0 to 600", '"seconds": 0.5}'),
        ({"fault": "delay", "seconds": "1"}, "`seconds` must be a number", "for example"),
        ({"fault": "delay", "seconds": True}, "`seconds` must be a number", "for example"),
        ({"fault": "delay", "seconds": 601}, "`seconds` must be a number from 0 to 600", ""),
        ({"fault": "delay", "seconds": float("nan")}, "`seconds` must be a number", ""),
        ({"fault": "delay", "seconds": -1}, "`seconds` must be a number", ""),
        ({"fault": "delay", "second": 1}, "a fault `delay` has no `second`", "mean `seconds`?"),
        ({"fault": "delay", "after": 1}, "a fault `delay` has no `after`", "it has `fault`, "),
        ({"fault": "status"}, "`status` must be a whole number from 400 to 599", '"status": 429'),
        ({"fault": "status", "status": 200}, "`status` must be a whole number from 400 to 599", ""),
        ({"fault": "status", "status": 500.0}, "`status` must be a whole number", ""),
        (
            {"fault": "status", "status": 429, "retry_after": -1},
            "`retry_after` must be a whole",
            "",
        ),
        ({"fault": "status", "status": 500, "done": 1}, "`done` must be true or false", ""),
        ({"fault": "cut", "after": -1}, "`after` must be a whole number", ""),
        ({"fault": "cut", "count": 0}, "`count` must be a whole number from 1", ""),
        ({"fault": "cut", "count": True}, "`count` must be a whole number from 1", ""),
        ({"fault": "cut", "probability": 2}, "`probability` must be a number from 0 to 1", ""),
        ({"fault": "cut", "seed": "x"}, "`seed` must be a whole number", ""),
        ({"fault": "cut", "user": ""}, "`user` must be a string", ""),
        ({"fault": "cut", "keyset": 5}, "`keyset` must be a string", ""),
        ({"fault": "cut", "operation": "pubish"}, "`operation` can't be", "mean 'publish'?"),
        ({"fault": "cut", "operation": []}, "`operation` can't be", "write one of *, publish"),
        ({"fault": "reorder", "operation": "publish"}, "concerns what subscribers get", "leave"),
        ({"fault": "ignore-filter", "operation": "x"}, "concerns what subscribers get", "leave"),
    ],
)
def test_what_is_no_fault_is_refused_with_what_to_write(
    values: dict[str, Any], message: str, help: str
) -> None:
    faults = Faults(["publish"])
    with pytest.raises(ControlError) as raised:
        faults.add(values)
    assert message in raised.value.message
    assert help in raised.value.help
    assert raised.value.help
    assert not faults


def test_there_are_only_so_many_faults_but_spent_ones_make_room() -> None:
    faults = Faults([])
    added: list[Fault] = [faults.add({"fault": "cut"}) for _ in range(MAX_FAULTS)]
    with pytest.raises(ControlError, match="1,000 faults already: remove some"):
        faults.add({"fault": "cut"})
    assert added[1].strikes()
    newest = faults.add({"fault": "cut"})
    assert len(faults) == MAX_FAULTS
    assert added[1] not in list(faults)
    assert list(faults)[-1] is newest


def test_one_fault_is_removed_or_those_of_a_keyset() -> None:
    faults = Faults([])
    first, second, third = (
        faults.add({"fault": "cut", "keyset": keyset}) for keyset in ("k", "k", None)
    )
    faults.remove(first.number)
    assert list(faults) == [second, third]
    with pytest.raises(ControlError, match="no fault 1"):
        faults.remove(first.number)
    faults.clear("k")
    assert list(faults) == [third]


def test_the_first_fault_that_fits_is_taken(emulated: Emulated) -> None:
    faults = Faults([])
    request = Request("GET", "/time/0", Query("uuid=u"), {})
    request.operation = "time"
    app = emulated.app
    call = Call(app.broker, app.broker.keyset("k"), None, request, app.control.injection)
    faults.add({"fault": "cut", "keyset": "other"})
    fitting = faults.add({"fault": "truncated", "keyset": "k", "user": "u"})
    faults.add({"fault": "cut"})
    assert faults.take({"cut", "truncated"}, call) is fitting
    assert faults.take({"delay"}, call) is None
