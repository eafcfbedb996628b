"""The filter: no bad one is kept, and what is doubtful is told once."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pnclient.enums import PNFilterMode
from pnclient.pnconfiguration import FilterWarning, PNConfiguration
from pnclient.settings import MAX_TOLD
from pnfilter import FilterSyntaxError, check

#: One warning, W403: it would rather be ``==``.
DOUBTFUL = "such=wow"
#: Read by the server only if it isn't encrypted.
PAYLOAD = 'data.kind == "alert"'
PLAIN = 'meta.region == "eu"'


def set_to(text: str | None, **properties: Any) -> PNConfiguration:
    config = PNConfiguration()
    for name, value in properties.items():
        setattr(config, name, value)
    config.filter_expression = text
    return config


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged since it was last asked."""
    assert {(one.name, one.levelname) for one in caplog.records} <= {("pnclient", "WARNING")}
    found = [one.getMessage() for one in caplog.records]
    caplog.clear()
    return found


@pytest.mark.parametrize("text", [DOUBTFUL, PAYLOAD, PLAIN, "  a  ==  1 ", "(meta.a == 'ö')"])
def test_a_filter_is_read_back_exactly(text: str) -> None:
    assert set_to(text).filter_expression == text


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_clears_it(nothing: str | None) -> None:
    config = set_to(PLAIN)
    config.filter_expression = nothing
    assert config.filter_expression is None


@pytest.mark.parametrize("text", ["((", " ", "a ==", "a == 'x", "a == \ud800", "1 2 3"])
def test_what_is_no_filter_is_refused_with_its_place_and_leaves_the_old_one(text: str) -> None:
    config = set_to(PLAIN)
    with pytest.raises(FilterSyntaxError) as refused:
        config.filter_expression = text
    assert refused.value.text == text
    assert [one.severity for one in refused.value.diagnostics] == ["error"] * len(
        refused.value.diagnostics
    )
    assert config.filter_expression == PLAIN


def test_the_error_shows_where_it_is() -> None:
    with pytest.raises(FilterSyntaxError) as refused:
        set_to("meta.a == 1 && (meta.b")
    assert str(refused.value).splitlines()[:4] == [
        "error[E201]: `(` is not closed",
        "  |",
        "1 | meta.a == 1 && (meta.b",
        "  |                ^",
    ]


@pytest.mark.parametrize("value", [1, True, b"a == 1", ["a == 1"], {"a": 1}, object])
def test_another_type_is_refused(value: Any) -> None:
    config = set_to(PLAIN)
    with pytest.raises(
        TypeError, match=r"^PNConfiguration.filter_expression must be a string, or None"
    ):
        config.filter_expression = value
    assert config.filter_expression == PLAIN


@given(st.one_of(st.text(), st.text("ab1 ='\"()&|!<>.,")))
@settings(deadline=None)
def test_a_text_is_kept_or_refused_as_it_is_checked(text: str) -> None:
    config = PNConfiguration()
    config.filter_warnings = "ignore"
    if not text:
        config.filter_expression = text
        assert config.filter_expression is None
    elif any(one.severity == "error" for one in check(text)):
        with pytest.raises(FilterSyntaxError):
            config.filter_expression = text
        assert config.filter_expression is None
    else:
        config.filter_expression = text
        assert config.filter_expression == text


def test_a_warning_is_logged_once_with_its_place(caplog: pytest.LogCaptureFixture) -> None:
    config = set_to(DOUBTFUL)
    (line,) = told(caplog)
    assert line.splitlines()[:4] == [
        "PNConfiguration.filter_expression: warning[W403]: `=` is not a documented operator",
        "  |",
        "1 | such=wow",
        "  |     ^",
    ]
    config.filter_expression = PLAIN
    config.filter_expression = DOUBTFUL
    config.filter_mode = PNFilterMode.BOTH
    config.cipher_key = "key"
    assert told(caplog) == []
    config.filter_expression = "such=wows"
    assert len(told(caplog)) == 1


def test_hints_are_not_told(caplog: pytest.LogCaptureFixture) -> None:
    assert {one.severity for one in check("a == 1")} == {"info"}
    set_to("a == 1")
    set_to("a == 1", filter_warnings="raise")
    assert told(caplog) == []


def test_warnings_may_be_ignored(caplog: pytest.LogCaptureFixture) -> None:
    config = set_to(DOUBTFUL, filter_warnings="ignore")
    assert (config.filter_expression, told(caplog)) == (DOUBTFUL, [])
    config.filter_warnings = "log"
    assert len(told(caplog)) == 1


def test_warnings_may_be_raised(caplog: pytest.LogCaptureFixture) -> None:
    config = set_to(PLAIN, filter_warnings="raise")
    with pytest.raises(FilterWarning) as raised:
        config.filter_expression = DOUBTFUL
    assert (config.filter_expression, told(caplog)) == (PLAIN, [])
    assert str(raised.value).startswith("warning[W403]: `=`")
    assert raised.value.text == DOUBTFUL
    assert [one.code for one in raised.value.diagnostics] == ["W403"]
    assert isinstance(raised.value, ValueError)
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)
    with pytest.raises(FilterSyntaxError):
        config.filter_expression = "(("


def test_what_is_assumed_does_not_warn(caplog: pytest.LogCaptureFixture) -> None:
    ordered = 'data.name > "m"'
    config = set_to(ordered, filter_warnings="raise", filter_assumptions="text-ordering=strings")
    assert (config.filter_expression, told(caplog)) == (ordered, [])
    with pytest.raises(FilterWarning):
        config.filter_assumptions = None
    assert str(config.filter_assumptions) == "text-ordering=strings"


def test_a_filter_that_warns_does_not_go_with_raising() -> None:
    config = set_to(DOUBTFUL)
    with pytest.raises(FilterWarning):
        config.filter_warnings = "raise"
    assert config.filter_warnings == "log"


@pytest.mark.parametrize(
    ("mode", "count"),
    [(PNFilterMode.SERVER, 1), (PNFilterMode.BOTH, 1), (PNFilterMode.LOCAL, 0)],
)
@pytest.mark.parametrize("secret", ["cipher_key", "crypto_module"])
@pytest.mark.parametrize("order", [list, reversed], ids=["secret first", "filter first"])
def test_that_a_server_cannot_read_what_is_encrypted_is_reported(
    mode: PNFilterMode,
    count: int,
    secret: str,
    order: Callable[[list[str]], list[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Cipher:
        encrypt = decrypt = staticmethod(str)

    given = {
        secret: "key" if secret == "cipher_key" else Cipher(),
        "filter_mode": mode,
        "filter_expression": PAYLOAD,
    }
    # While the filter is there and the mode is not, the server filters.
    config = PNConfiguration()
    for name in order(list(given)):
        setattr(config, name, given[name])
    assert ["reads the payload, which is encrypted" in line for line in told(caplog)] == [
        True
    ] * count


def test_it_is_reported_when_the_mode_makes_it_so(caplog: pytest.LogCaptureFixture) -> None:
    config = set_to(PAYLOAD, filter_mode=PNFilterMode.LOCAL, cipher_key="key")
    config.filter_expression = PLAIN
    config.filter_mode = PNFilterMode.SERVER
    config.filter_mode = PNFilterMode.LOCAL
    config.filter_expression = PAYLOAD
    assert told(caplog) == []
    config.filter_mode = PNFilterMode.BOTH
    assert len(told(caplog)) == 1
    config.cipher_key = None
    config.cipher_key = "other"
    assert told(caplog) == []


def test_a_key_that_hides_what_the_filter_reads_is_refused_if_warnings_are_raised() -> None:
    config = set_to(PAYLOAD, filter_warnings="raise")
    with pytest.raises(FilterWarning, match="reads the payload"):
        config.cipher_key = "key"
    assert config.cipher_key is None
    config.filter_mode = PNFilterMode.LOCAL
    config.cipher_key = "key"
    with pytest.raises(FilterWarning):
        config.filter_mode = PNFilterMode.SERVER
    assert config.filter_mode is PNFilterMode.LOCAL


def test_what_is_remembered_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    config = PNConfiguration()
    for number in range(MAX_TOLD + 1):
        config.filter_expression = f"a={number}"
    assert len(config._told) == 1
    assert len(told(caplog)) == MAX_TOLD + 1
    config.filter_expression = f"a={MAX_TOLD}"
    assert told(caplog) == []


def test_a_copy_keeps_its_filter_when_the_original_is_changed() -> None:
    config = set_to(PLAIN)
    twin = copy.deepcopy(config)
    with pytest.raises(FilterSyntaxError):
        twin.filter_expression = "(("
    config.filter_expression = None
    assert twin.filter_expression == PLAIN
