"""A filter that is sent whatever the checker says of it."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from pnclient import validators
from pnclient.enums import PNFilterMode
from pnclient.pnconfiguration import PNConfiguration
from pnclient.subscribe.delivery import Counters
from pnfilter import FilterSyntaxError
from pnfilter.lint.rules.precedence import REQUEST_LINE_BYTES
from pnfilter.syntax.parser import MAX_LENGTH
from tests.client.subscribing.faked import Client, configured, item, run

#: No filter, as far as it is known here.
UNKNOWN = "meta.a =~ /x/ AND ("


def unchecked(text: str | None = UNKNOWN, mode: PNFilterMode | None = None) -> PNConfiguration:
    config = configured()
    if mode is not None:
        config.filter_mode = mode
    config.set_filter_expression_unchecked(text)
    return config


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records]


def test_it_is_kept_as_it_is_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    config = unchecked()
    assert config.filter_expression == UNKNOWN
    config.set_filter_expression_unchecked("such wow")
    config.set_filter_expression_unchecked(UNKNOWN)
    config.cipher_key = "enigma"
    config.filter_warnings = "ignore"
    assert told(caplog) == [
        "PNConfiguration.filter_expression is not checked: 'meta.a =~ /x/ AND ('",
        "PNConfiguration.filter_expression is not checked: 'such wow'",
    ]
    assert {(one.name, one.levelname) for one in caplog.records} == {("pnclient", "WARNING")}


@pytest.mark.parametrize("what", ["raise", "ignore", "log"])
def test_warnings_of_the_checker_don_t_count(what: Any, caplog: pytest.LogCaptureFixture) -> None:
    config = configured()
    config.filter_warnings = what
    config.set_filter_expression_unchecked("such=wow")
    assert config.filter_expression == "such=wow"
    assert len(told(caplog)) == 1


@pytest.mark.parametrize("value", [1, True, b"a == 1", ["a == 1"], object(), 1.5])
def test_another_type_is_refused(value: Any) -> None:
    config = unchecked()
    with pytest.raises(TypeError, match=r"^set_filter_expression_unchecked takes a string, not "):
        config.set_filter_expression_unchecked(value)
    assert config.filter_expression == UNKNOWN


@pytest.mark.parametrize("text", ["a\ud800", "\udc00", "x" * (validators.MAX_FILTER + 1)])
def test_what_no_request_can_carry_is_refused(text: str) -> None:
    config = unchecked()
    with pytest.raises(ValueError, match="that a request can carry: at most 262,144 characters"):
        config.set_filter_expression_unchecked(text)
    assert config.filter_expression == UNKNOWN


def test_its_limits_are_the_checker_s() -> None:
    assert (validators.MAX_FILTER, validators.MAX_FILTER_BYTES) == (MAX_LENGTH, REQUEST_LINE_BYTES)


def test_a_long_one_is_told_of_and_shown_in_part(caplog: pytest.LogCaptureFixture) -> None:
    unchecked("é" * 2_000)
    (line,) = told(caplog)
    assert line.endswith("it takes 12,000 bytes of the request line, which may be refused (414)")
    assert len(line) < 600


@pytest.mark.parametrize("text", ["a\nERROR root: x", "\x1b[2J"])
def test_no_text_can_forge_a_line_of_the_log(text: str, caplog: pytest.LogCaptureFixture) -> None:
    unchecked(text)
    (line,) = told(caplog)
    assert line.isprintable()


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_clears_it(nothing: str | None, caplog: pytest.LogCaptureFixture) -> None:
    config = unchecked()
    config.set_filter_expression_unchecked(nothing)
    assert config.filter_expression is None
    assert len(told(caplog)) == 1


def test_what_is_assigned_is_checked() -> None:
    config = unchecked()
    with pytest.raises(FilterSyntaxError):
        config.filter_expression = UNKNOWN
    with pytest.raises(FilterSyntaxError):
        # It doesn't matter where it was read.
        config.filter_expression = config.filter_expression
    assert config.filter_expression == UNKNOWN
    config.filter_expression = "meta.a == 1"
    other = configured()
    other.set_filter_expression_unchecked("meta.a == 1")
    other.filter_expression = other.filter_expression
    assert type(other.filter_expression) is str


def pickled(config: PNConfiguration) -> Any:
    return pickle.loads(pickle.dumps(config))


@pytest.mark.parametrize("twin_of", [copy.copy, copy.deepcopy, pickled])
def test_copies_have_it(
    twin_of: Callable[[Any], PNConfiguration], caplog: pytest.LogCaptureFixture
) -> None:
    twin = twin_of(unchecked())
    assert twin.filter_expression == UNKNOWN
    # They look at the filter again.
    twin.filter_mode = PNFilterMode.BOTH
    twin.cipher_key = "enigma"
    assert repr(UNKNOWN) in repr(twin)
    assert len(told(caplog)) == 1


def test_where_nobody_would_filter_it_is_refused() -> None:
    config = configured()
    config.filter_mode = PNFilterMode.LOCAL
    with pytest.raises(ValueError, match="neither side would filter; set SERVER or BOTH"):
        config.set_filter_expression_unchecked(UNKNOWN)
    assert config.filter_expression is None
    config.set_filter_expression_unchecked("meta.a == 1")
    config = unchecked()
    with pytest.raises(ValueError, match="neither side would filter; set SERVER or BOTH"):
        config.filter_mode = PNFilterMode.LOCAL
    assert config.filter_mode is PNFilterMode.SERVER


@pytest.mark.parametrize("mode", [PNFilterMode.SERVER, PNFilterMode.BOTH])
def test_it_is_sent_and_drops_nothing_here(mode: PNFilterMode) -> None:
    config = unchecked(mode=mode)

    async def scenario(client: Client) -> None:
        client.driver.subscribe(["a"])
        handshake = await client.polls.next()
        assert handshake.query["filter-expr"] == UNKNOWN
        handshake.bring(10)
        (await client.polls.next()).bring(20, item("x", u={"a": 1}))
        await client.polls.next()
        assert client.noting.messages == ["x"]
        undecided = int(mode is PNFilterMode.BOTH)
        assert client.driver.counters == Counters(delivered=1, undecided=undecided)
        assert client.noting.categories == ["Connected"]

    run(scenario, config)


def test_one_that_can_be_read_is_applied_here_too() -> None:
    config = unchecked("meta.a = 1", PNFilterMode.BOTH)
    config.set_filter_expression_unchecked("meta.a == 1")

    async def scenario(client: Client) -> None:
        (await client.connected("a")).bring(20, item("x", u={"a": 2}))
        await client.polls.next()
        assert client.noting.messages == []
        assert client.noting.categories == ["Connected", "FilterDisagreement"]

    run(scenario, config)


def test_a_refusal_of_the_service_is_reported_as_always() -> None:
    config = unchecked()

    async def scenario(client: Client) -> None:
        (await client.connected("a")).answer({"message": "Filter syntax error: (1,2)"}, 481)
        await client.noting.until(lambda: len(client.noting.statuses) == 3)
        assert client.noting.categories[1:] == ["MalformedFilterExpression", "Disconnected"]
        assert client.noting.statuses[1].status_code == 481
        await asyncio.sleep(0)
        assert client.polls.is_quiet
        # A client follows what is set unchecked, too.
        config.set_filter_expression_unchecked("another wow")
        assert (await client.polls.next()).query["filter-expr"] == "another wow"

    run(scenario, config)
