"""``check --messages`` and ``check(…, messages=…)``: filters that match nothing, or everything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pnfilter import UNREADABLE, Message, check
from pnfilter.diagnostics import Diagnostic, apply_edits
from pnfilter.lint.samples import Sampling

from .conftest import Command

QUAKES = str(Path(__file__).parents[2] / "examples/quakes.ndjson")
MESSAGES: list[dict[str, Any]] = [{"data": {"n": n}, "meta": {"net": "us"}} for n in range(4)]
LINES = "".join(json.dumps(message) + "\n" for message in MESSAGES).encode()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("data.n > 1", []),
        ("data.n > 5", ["W444 the filter matches none of the 4 samples"]),
        ("data.n >= 0", ["W445 the filter matches all of the 4 samples"]),
        ("meta.n > 1", ["W446 no sample has `meta.n`"]),
        ("data.other > 1", ["W444 the filter matches none of the 4 samples"]),
        ('data.n == "1"', ["W444 the filter matches none of the 4 samples, and 1 is UNDECIDED"]),
        ('data.n == "1" || data.n > 2', ["I505 1 of the 4 samples is UNDECIDED"]),
        ('data.n == "1" || data.n != 1',
         ["W445 the filter matches all of the 4 samples but 1 that is UNDECIDED"]),
        ('("1", "2") CONTAINS data.n || data.n > 2', ["I505 2 of the 4 samples are UNDECIDED"]),
    ],
)  # fmt: skip
def test_one_filter_and_many_filters_are_told_the_same(text: str, found: list[str]) -> None:
    wanted = ("W444", "W445", "W446", "I505")
    alone = [one for one in check(text, messages=MESSAGES) if one.code in wanted]
    assert [f"{one.code} {one.message}" for one in alone] == found
    # All but W446 are about the whole filter.
    assert all(text[one.span.start : one.span.end] == text for one in alone if one.code != "W446")
    sampling = Sampling([text, text, "other ==", "data.n > 2"])
    for message in MESSAGES:
        sampling.look(message)
    assert list(sampling.findings(text)) == alone


def test_samples_of_every_form() -> None:
    messages = iter([Message({"n": 1}), {"data": UNREADABLE}])
    (found,) = (one for one in check("data.n > 1", messages=messages) if one.code == "W444")
    assert found.message == "the filter matches none of the 2 samples, and 1 is UNDECIDED"
    assert [one.code for one in check("data.n > 1", messages=MESSAGES[:1])][-1:] == ["W444"]


def test_without_samples_nothing_is_said() -> None:
    assert not check("data.n > 1", messages=[])
    assert not list(Sampling(["data.n > 1"]).findings("data.n > 1"))


def test_an_error_is_all_that_is_said_of_a_text_that_is_no_filter() -> None:
    assert [one.code for one in check("data.n >", messages=MESSAGES)] == ["E212"]
    assert not list(Sampling(["data.n >"]).findings("data.n >"))


def test_what_is_no_message() -> None:
    with pytest.raises(TypeError, match="a message must be a mapping"):
        check("data.n > 1", messages=[3])


def sampled(text: str) -> list[Diagnostic]:
    """The findings on a filter that is checked on the messages beside another one."""
    sampling = Sampling([text, "data.n == 1"])
    for message in MESSAGES:
        sampling.look(message)
    return sampling.findings(text, check(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("n > 1", ["W458 write data.n"]),
        ("n > 1 || (n > 2 && net == 5)", ["W458 write data.n"]),
        ('net == "us" && !(net == "u")', ["W445"]),
        ('net == "eu"', ["W444"]),
        ("other > 1", ["W444"]),
        ("!(other > 1)", ["W445"]),
        ("n[0].x > 1", ["W444"]),
        ("data.n > 1 || n > 2", ["W457"]),
    ],
)
def test_samples_say_where_a_bare_name_is(text: str, found: list[str]) -> None:
    for all_found in (check(text, messages=MESSAGES), sampled(text)):
        warned = {
            f"{one.code} {one.help}" if one.code == "W458" else one.code
            for one in all_found
            if one.code[0] == "W" and one.code != "W451"
        }
        assert warned == set(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("data.N > 1", ["W446 data.n > 1"]),
        ('data.n > 1 || meta.nett == "us"', ['W446 data.n > 1 || meta.net == "us"']),
        ('nett == "us" || nett == "eu"', ['W446 net == "us" || net == "eu"']),
        ("meta.n > 1 && data.n > 2", ["W446 data.n > 1 && data.n > 2"]),
        ('data["n-"] > 1', ["W446 data.n > 1"]),
        # What is like nothing explains why nothing matches, and is no finding of its own.
        ("data.other > 1", ["W444 no sample has `data.other`; pnfilter explain says which part"
                            " decides for a message"]),
        ("data.other > 1 || data.n > 1", []),
        # There are no other fields to mean.
        ("data.n > 5", ["W444 pnfilter explain says which part decides for a message"]),
    ],
)  # fmt: skip
def test_a_field_that_no_sample_has(text: str, found: list[str]) -> None:
    for all_found in (check(text, messages=MESSAGES), sampled(text)):
        assert [
            f"{one.code} {apply_edits(text, one.fix.edits) if one.fix else one.help}"
            for one in all_found
            if one.code[0] == "W"
        ] == found
        assert not any(one.fix.safe for one in all_found if one.fix)


def test_known_fields_may_be_in_no_sample(pn: Command) -> None:
    (found,) = (one for one in check("data.N > 1", messages=MESSAGES, known_fields=["data.N"]))
    assert found.code == "W444"
    arguments = ("check", "-e", "data.N > 1", "--messages", "-", "--known-field", "data.N")
    assert "W444" in pn(*arguments, stdin=LINES).out


def test_samples_that_cannot_be_read_say_nothing_of_a_field() -> None:
    messages: list[Any] = [{"data": {"n": 1}, "meta": UNREADABLE}, {"data": {"n": 2}, "meta": None}]
    assert "W446" in [one.code for one in check("meta.n > 1", messages=messages)]
    seen = [*messages, {"data": {}, "meta": {"n": 5}}]
    assert "W446" not in [one.code for one in check("meta.n > 1", messages=seen)]


def test_a_bare_name_of_the_payload_gets_its_prefix() -> None:
    (found,) = (one for one in check("n > 1 && n < 3", messages=MESSAGES) if one.code == "W458")
    assert found.fix is not None
    assert not found.fix.safe
    assert apply_edits("n > 1 && n < 3", found.fix.edits) == "data.n > 1 && data.n < 3"


@pytest.mark.parametrize(
    ("text", "found"), [("n > 1", ["W441"]), ('net == "us"', []), ("a.b > 5", ["I507"])]
)
def test_a_schema_says_where_a_bare_name_is(text: str, found: list[str]) -> None:
    schema = {
        "properties": {
            "data": {"properties": {"n": {"type": "number"}}},
            "meta": {"properties": {"net": {}}, "additionalProperties": True},
        }
    }
    assert [one.code for one in check(text, schema=schema) if one.code != "I501"] == found


def test_the_command(pn: Command) -> None:
    Path("a.filters").write_text("data.mag > 5\n\ndata.mag > 50\nmag > 5\na ==\n", encoding="utf-8")
    ended = pn("check", "a.filters", "--messages", QUAKES, "--format", "json")
    assert ended.status == 1
    assert [(one["code"], one["line"]) for one in json.loads(ended.out)] == [
        ("W444", 3),
        ("W458", 4),
        ("E212", 5),
    ]
    ended = pn("check", "-e", "data.mag > 50", "--messages", QUAKES, "--ignore", "W444")
    assert (ended.status, ended.out) == (0, "")


def test_samples_from_standard_input_and_of_bare_payloads(pn: Command) -> None:
    ended = pn("check", "-e", "data.n > 5", "--messages", "-", stdin=LINES)
    assert "none of the 4 samples" in ended.out
    options = ("--messages", "-", "--payload", "data", "--select", "ALL")
    assert (
        "none of the 1 " not in pn("check", "-e", "data.n > 5", *options, stdin=b'{"n": 6}\n').out
    )


def test_trouble_with_samples(pn: Command) -> None:
    ended = pn("check", "-", "--messages", "-")
    assert (ended.status, "can be read once only: filters or messages" in ended.err) == (2, True)
    ended = pn("check", "-e", "data.n > 1", "--messages", "nowhere.ndjson")
    assert (ended.status, "nowhere.ndjson: no such file" in ended.err) == (2, True)
    ended = pn("check", "-e", "data.n > 1", "--messages", "-", stdin=b"\n")
    assert (ended.status, "no message in it" in ended.err) == (2, True)
    ended = pn("check", "-e", "data.n > 5", "--messages", "-", stdin=LINES + b"{\n")
    assert (ended.status, "(standard input):5: " in ended.err) == (2, True)
    assert "W444" in ended.out


CODE = """\
from pubnub.pnconfiguration import PNConfiguration
config = PNConfiguration()
config.filter_expression = f'meta.net == "{net}"'
config.filter_expression = "data.n > 5"
config.filter_expression = "data.n > 6"  # pnfilter: ignore[W444]
"""


def test_filters_of_source_code(pn: Command) -> None:
    """What a program fills in is not there to be run, and comments count as for other findings."""
    Path("a.py").write_text(CODE, encoding="utf-8")
    Path("m.ndjson").write_bytes(LINES)
    ended = pn("check", "a.py", "--messages", "m.ndjson", "--format", "json", "--select", "W44")
    assert [(one["code"], one["line"], one["column"]) for one in json.loads(ended.out)] == [
        ("W444", 4, 29)
    ]


def test_a_text_with_holes_is_not_run(pn: Command) -> None:
    arguments = ("check", "-e", 'meta.net == "{net}"', "--messages", "-", "--select", "W44")
    assert pn(*arguments, "--holes", stdin=LINES).out == ""
    assert "W444" in pn(*arguments, stdin=LINES).out
