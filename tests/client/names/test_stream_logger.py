"""``set_stream_logger``."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pnclient
from pnclient import set_stream_logger


@pytest.fixture(autouse=True)
def logger() -> Iterator[logging.Logger]:
    """The client's logger, which is afterwards as it was before."""
    found = logging.getLogger("pnclient")
    level, handlers = found.level, found.handlers.copy()
    yield found
    found.setLevel(level)
    found.handlers[:] = handlers


def test_from_errors_on_to_standard_error(
    logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    set_stream_logger()
    logger.warning("not told")
    logger.error("told %d", 1)
    line = capsys.readouterr().err
    assert line.endswith(" pnclient [ERROR] told 1\n")
    assert line.count("\n") == 1


@pytest.mark.parametrize("name", ["pnclient", "pubnub"])
def test_level_format_and_stream_may_be_given(name: str, logger: logging.Logger) -> None:
    stream = io.StringIO()
    set_stream_logger(name, logging.DEBUG, "%(levelname)s: %(message)s", stream)
    logger.debug("a")
    logging.getLogger("pnclient.part").info("b")
    assert stream.getvalue() == "DEBUG: a\nINFO: b\n"


def test_a_second_call_replaces_the_first(logger: logging.Logger) -> None:
    stream, other = io.StringIO(), io.StringIO()
    kept = logging.StreamHandler(stream)
    logger.addHandler(kept)
    set_stream_logger(level=logging.DEBUG, stream=stream)
    set_stream_logger(level=logging.INFO, stream=other, format_string="%(message)s")
    set_stream_logger(level=logging.INFO, stream=stream, format_string="%(message)s")
    logger.info("once")
    logger.debug("not told")
    assert other.getvalue() == "once\n"
    # The second is the program's own handler.
    assert stream.getvalue() == "once\nonce\n"
    assert kept in logger.handlers


def test_another_logger_may_be_named() -> None:
    name, stream = "tests.of.set_stream_logger", io.StringIO()
    set_stream_logger(name, stream=stream)
    logging.getLogger(name).error("told")
    logging.getLogger("pnclient").error("not told")
    assert stream.getvalue().endswith(f" {name} [ERROR] told\n")
    assert stream.getvalue().count("\n") == 1


def test_where_the_package_is() -> None:
    assert Path(pnclient.PUBNUB_ROOT) == Path(str(sys.modules["pnclient"].__file__)).parent
