"""``pnfilter sql``: the expression, and what stands in its way."""

from __future__ import annotations

import sys

import pytest

from pnfilter.engines.sql import translate
from tests.cli.conftest import Command


def test_the_expression_is_printed(pn: Command) -> None:
    ended = pn("sql", "data.mag >= 5", "--data", "pay load", "--meta", "m", "--undecided", "keep")
    assert ended.status == 0
    assert (
        ended.out == translate("data.mag >= 5", data="pay load", meta="m", undecided="keep") + "\n"
    )
    assert pn("sql", "data.mag >= 5").out == translate("data.mag >= 5") + "\n"


def test_the_dialect_and_what_columns_hold(pn: Command) -> None:
    ended = pn("sql", "data.mag >= 5", "--dialect", "spark", "--columns", "text")
    assert ended.out == translate("data.mag >= 5", "spark", columns="text") + "\n"
    assert "PARSE_JSON(`data`)" in ended.out
    assert "PARSE_JSON(`data`)" not in translate("data.mag >= 5", "spark")


def test_what_cant_be_decided_is_said(pn: Command) -> None:
    ended = pn("sql", "data.b > 5 && data.a + 1 LIKE '5'")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith("pnfilter: SQL can't decide this exactly: the text of a result")
    assert ended.err.endswith('in `data.a + 1 LIKE "5"`\n')


def test_a_text_that_is_no_filter(pn: Command) -> None:
    ended = pn("sql", "data.mag >=")
    assert ended.status == 2
    assert "error[E212]" in ended.err


def test_without_the_package_its_installation_is_named(
    pn: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("pnfilter.engines")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    ended = pn("sql", "data.mag >= 5")
    assert ended.status == 2
    assert "pip install 'pnfilter[sql]'" in ended.err
