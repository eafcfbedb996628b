"""What a client reports where the service delivers what a filter doesn't match here."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from pnclient.encryption.ciphers import cipher_for
from pnclient.enums import PNFilterMode, PNStatusCategory
from pnclient.pnconfiguration import PNConfiguration
from pnclient.subscribe import delivery
from pnclient.subscribe.delivery import MAX_CONDITIONS, MAX_SHOWN, Disagreement
from pnfilter import Explanation, Verdict, compile
from tests.client.subscribing.faked import Client, Noting, configured, item, run

PRIVATE = "PRIVATEWORD"


def filtering(text: str, mode: PNFilterMode = PNFilterMode.BOTH) -> PNConfiguration:
    config = configured()
    config.filter_warnings = "ignore"
    config.filter_expression, config.filter_mode = text, mode
    return config


def test_the_first_is_reported_and_all_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    config = filtering('meta.region == "eu" && meta.n > 1')

    async def scenario(client: Client) -> None:
        poll = await client.connected("a")
        poll.bring(
            20,
            item("no", 11, u={"region": PRIVATE, "n": 5}),
            item("yes", 12, u={"region": "eu", "n": 5}),
            item("no", 13, u={"region": "eu", "n": 0}),
        )
        poll = await client.polls.next()
        poll.bring(30, item("no", 21, u={"region": PRIVATE, "n": 5}))
        await client.polls.next()
        assert client.noting.messages == ["yes"]
        assert client.noting.categories == ["Connected", "FilterDisagreement"]
        assert client.driver.counters.disagreements == client.driver.counters.dropped == 3
        status = client.noting.statuses[1]
        assert not status.is_error()
        assert status.original_response["u"] == {"region": PRIVATE, "n": 5}
        assert "k" not in status.original_response
        assert status.affected_channels == ["a"]
        assert isinstance(status.explanation, Explanation)
        assert status.explanation.verdict is Verdict.NO_MATCH
        # Who asks for the values has them.
        assert PRIVATE in str(status.explanation)
        assert client.noting.statuses[0].explanation is None

    run(scenario, config)
    (line,) = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert line.getMessage() == (
        "PNFilterDisagreementCategory: the service delivered a message that doesn't match here, "
        'so it was dropped: `meta.region == "eu"` is NO_MATCH, meta.region is a string '
        "(reported once for each filter; pubnub.counters counts on)"
    )
    assert PRIVATE not in caplog.text


def test_each_filter_is_reported_once() -> None:
    config = filtering("n == 1")

    async def scenario(client: Client) -> None:
        poll = await client.connected("a")
        at = 10
        for text in ("n == 1", "n == 2", "n == 1"):
            if text != config.filter_expression:
                config.filter_expression = text
                (await client.polls.next()).bring(at + 1)
                poll = await client.polls.next()
            at += 10
            poll.bring(at, *(item("no", at - n, u={"n": 3}) for n in (1, 2)))
            poll = await client.polls.next()
        assert client.noting.categories.count("FilterDisagreement") == 2
        assert client.driver.counters.disagreements == 6

    run(scenario, config)


def test_what_was_reported_takes_a_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "REMEMBERED", 2)
    config = filtering("n == 1")
    found: list[Disagreement] = []
    received = delivery.Delivery(config, found.append)
    for at, number in enumerate((1, 2, 1, 3, 1), 11):
        config.filter_expression = f"n == {number}"
        (accepted,) = received.accept([item("no", at, u={"n": 7})])
        assert isinstance(accepted, delivery.ReceivedItem)
        assert not list(received.results(accepted, "no"))
    # The third filter made room for itself.
    assert [found_one.explanation.text for found_one in found] == [
        f"n == {number}" for number in (1, 2, 3, 1)
    ]


@pytest.mark.parametrize("mode", [PNFilterMode.SERVER, PNFilterMode.LOCAL])
def test_who_filters_alone_agrees(mode: PNFilterMode) -> None:
    async def scenario(client: Client) -> None:
        (await client.connected("a")).bring(20, item("no", u={"n": 3}))
        await client.polls.next()
        assert client.noting.categories == ["Connected"]

    run(scenario, filtering("n == 1", mode))


def test_an_encrypted_payload_is_explained_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    config = filtering('data.word == "x"')
    config.cipher_key = "enigma"
    cipher = cipher_for(config)
    assert cipher is not None
    payload = cipher.encrypt(f'{{"word": "{PRIVATE}"}}')

    async def scenario(client: Client) -> None:
        (await client.connected("a")).bring(20, item(payload))
        await client.polls.next()
        assert client.noting.categories == ["Connected", "FilterDisagreement"]
        assert PRIVATE in str(client.noting.statuses[1].explanation)

    run(scenario, config)
    assert PRIVATE not in caplog.text
    assert "data.word is a string" in caplog.text


def test_presence_is_explained_too() -> None:
    join = {"action": "join", "uuid": "bob", "timestamp": 17, "occupancy": 2}

    async def scenario(client: Client) -> None:
        (await client.connected("a")).bring(20, item(join, channel="a-pnpres"))
        await client.polls.next()
        assert client.noting.categories == ["Connected", "FilterDisagreement"]

    run(scenario, filtering('pn_action == "leave"'))


@pytest.mark.parametrize(
    ("text", "message", "reasons"),
    [
        ("n == 1", {"meta": {}}, "`n == 1` is NO_MATCH, n is missing"),
        ("n == 1", {"meta": {"n": True}}, "n is a boolean"),
        ("n == 1", {"meta": {"n": [1]}}, "n is an array"),
        ("n == 1", {"meta": {"n": {}}}, "n is an object"),
        ("n == 1", {"meta": {"n": 2}}, "n is a number"),
        ("!(n == 1)", {"meta": {"n": 1}}, "`n == 1` is MATCH, n is a number"),
        (
            "n == 1 || m == 1",
            {"meta": {"n": 2, "m": "x"}},
            "`n == 1` is NO_MATCH, n is a number; `m == 1` is NO_MATCH, m is a string",
        ),
        ("n == 1 && m == 1", {"meta": {"n": 1}}, "`m == 1` is NO_MATCH, m is missing"),
    ],
)
def test_the_conditions_that_decide_are_named(
    text: str, message: dict[str, Any], reasons: str
) -> None:
    found = str(Disagreement(compile(text).explain(message), {}))
    assert reasons in found
    assert found.count(" is NO_MATCH") + found.count(" is MATCH") == reasons.count("MATCH") or (
        "MATCH" not in reasons
    )


def test_a_report_is_one_short_line() -> None:
    word = "a\x1b[2J" + "b" * 1_000
    text = " || ".join(f'(meta.n{n} == "{word}")' for n in range(100))
    found = str(Disagreement(compile(text).explain({"meta": {}}), {}))
    assert found.isprintable()
    assert len(found) < MAX_CONDITIONS * 3 * MAX_SHOWN + 300


def test_a_listener_may_stop_the_client_when_it_is_told() -> None:
    class Stopping(Noting):
        def status(self, pubnub: Any, status: Any) -> None:
            super().status(pubnub, status)
            if status.explanation is not None:
                pubnub.driver.stop()

    async def scenario(client: Client) -> None:
        stopping = Stopping()
        client.driver.add_listener(stopping)
        poll = await client.connected("a")
        poll.bring(20, item("no", 11, u={"n": 2}), item("yes", 12, u={"n": 1}))
        await stopping.until(lambda: len(stopping.statuses) == 2)
        for _ in range(5):
            await asyncio.sleep(0)
        assert stopping.messages == client.noting.messages == []
        assert client.polls.is_quiet

    run(scenario, filtering("n == 1"))


def test_a_category_of_its_own() -> None:
    assert PNStatusCategory(100) is PNStatusCategory.PNFilterDisagreementCategory
