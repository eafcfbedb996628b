"""``guard`` on configurations shaped like those of the official SDKs.

Tests/interop has the real ones.
"""

from __future__ import annotations

import copy
import logging
import pickle
import warnings
from typing import Any

import pytest

from pnfilter import FilterSyntaxError, guard


class Open:
    """Keeps whatever it is given, as 4.8.1 does."""

    def __init__(self, filter_expression: Any = None) -> None:
        self.cipher_key: str | None = None
        self.filter_expression = filter_expression


class Lockable(Open):
    """Ignores changes once it is locked, as 10.8 does where that is on."""

    _locked = False

    def lock(self) -> None:
        self.__dict__["_locked"] = True

    def __setattr__(self, name: str, value: Any) -> None:
        if self._locked:
            warnings.warn(UserWarning("locked"), stacklevel=2)
            return
        self.__dict__[name] = value


KINDS = pytest.mark.parametrize("kind", [Open, Lockable])


@KINDS
def test_bad_filter_is_refused_and_the_one_before_stays(kind: type[Open]) -> None:
    config = kind()
    assert guard(config) is config
    config.filter_expression = "data.a == 1"
    with pytest.raises(FilterSyntaxError, match="nothing on its right"):
        config.filter_expression = "data.a =="
    assert config.filter_expression == "data.a == 1"
    config.cipher_key = "data.a =="
    for nothing in (None, ""):
        config.filter_expression = nothing
        assert config.filter_expression == nothing


@KINDS
def test_bad_filter_that_is_there_is_refused(kind: type[Open]) -> None:
    config = kind("((")
    with pytest.raises(FilterSyntaxError):
        guard(config)
    assert type(config) is kind


@KINDS
@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))]
)
def test_copies_are_guarded(kind: type[Open], copied: Any) -> None:
    config = guard(kind("data.a == 1"))
    config.extra = ["x"]  # type: ignore[attr-defined] # any attribute is kept
    other = copied(config)
    assert isinstance(other, kind)
    assert vars(other) == vars(config)
    assert (other.extra is config.extra) is (copied is copy.copy)  # type: ignore[attr-defined] # as above
    with pytest.raises(FilterSyntaxError):
        other.filter_expression = "(("


def test_locked_configuration_stays_locked() -> None:
    config = guard(Lockable("data.a == 1"))
    config.lock()
    for each in (config, copy.deepcopy(config)):
        with pytest.warns(UserWarning, match="locked"):
            each.filter_expression = "data.b == 2"
        with pytest.raises(FilterSyntaxError):
            each.filter_expression = "(("
        assert each.filter_expression == "data.a == 1"


def test_twice_is_once() -> None:
    config = guard(Open())
    kind = type(config)
    assert type(guard(config)) is kind
    assert (kind.__name__, kind.__module__, kind.__doc__) == ("Open", Open.__module__, Open.__doc__)
    assert type(guard(Open())) is kind


def test_what_is_probably_wrong_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    config = guard(Open("data.a == 1"))
    assert not caplog.records
    config.filter_expression = "language == spanish"
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("pnfilter", logging.WARNING)
    assert "warning[W401]" in record.getMessage()
    assert config.filter_expression == "language == spanish"


def test_encrypted_payloads_are_minded(caplog: pytest.LogCaptureFixture) -> None:
    config = Open("data.a == 1")
    config.cipher_key = "enigma"
    guard(config)
    assert "encrypted" in caplog.text
    assert "enigma" not in caplog.text


@pytest.mark.parametrize("wrong", [None, "data.a == 1", Open, object(), {"filter_expression": "a"}])
def test_what_is_no_configuration(wrong: Any) -> None:
    with pytest.raises(TypeError, match="a PNConfiguration of the official SDK, not"):
        guard(wrong)


def test_filter_that_is_no_text() -> None:
    config = guard(Open())
    with pytest.raises(
        TypeError, match="filter_expression is a text, or None for no filter, not int"
    ):
        config.filter_expression = 5
    with pytest.raises(TypeError, match="not bytes"):
        guard(Open(b"a == 1"))
