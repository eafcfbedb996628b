"""``explain``, ``fields``, ``ast`` and ``encode``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pnfilter.lint.rules.precedence import REQUEST_LINE_BYTES

from .conftest import Command

MESSAGES = """\
{"data": {"n": 1}, "meta": {"a": "x"}}
{"data": {"n": 2}}
{"data": {"n": 7}, "meta": {"a": "y"}}

{"data": {"n": 8}, "meta": {"a": "y"}}
"""


@pytest.fixture(autouse=True)
def _file(tmp_path: Path) -> None:
    (tmp_path / "m.ndjson").write_text(MESSAGES)


# explain


def test_the_first_match_and_the_first_non_match(pn: Command) -> None:
    assert pn("explain", "data.n > 5", "m.ndjson") == (
        0,
        "m.ndjson:3: MATCH\n"
        "data.n > 5  MATCH\n"
        "└─ data.n   7\n"
        "\n"
        "m.ndjson:1: NO_MATCH\n"
        "data.n > 5  NO_MATCH\n"
        "└─ data.n   1\n",
        "",
    )


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (["data.n > 5", "-"], MESSAGES),
        (["data.n > 5"], MESSAGES),
        (["-e", "data.n > 5", "-"], MESSAGES),
        (["-", "m.ndjson"], "data.n > 5"),
        (["-e", "data.n > 5", "m.ndjson"], ""),
        (["m.ndjson", "-e", "data.n > 5"], ""),
        (["--", "data.n > 5", "m.ndjson"], ""),
    ],
)
def test_filter_and_messages_from_anywhere(pn: Command, arguments: list[str], stdin: str) -> None:
    ended = pn("explain", *arguments, stdin=stdin.encode())
    assert (ended.status, ended.err) == (0, "")
    titles = [line for line in ended.out.splitlines() if "json" in line or "input" in line]
    assert [title.split(":", 1)[1] for title in titles] == ["3: MATCH", "1: NO_MATCH"]


@pytest.mark.parametrize(
    ("text", "titles", "complaint"),
    [
        ("data.n > 0", ["1: MATCH"], "no non-match among 4 messages"),
        ("data.n > 9", ["1: NO_MATCH"], "no match among 4 messages"),
        ('meta.a != "x"', ["3: MATCH", "1: NO_MATCH"], ""),
        ('meta.b != "x"', ["1: UNDECIDED"], "no match and no non-match among 4 messages"),
        ("data.n == true", ["2: NO_MATCH", "1: UNDECIDED"], "no match among 4 messages"),
        ('"a" < meta.b', ["1: NO_MATCH"], "no match among 4 messages"),
        (
            "meta.missing != meta.gone",
            ["1: UNDECIDED"],
            "no match and no non-match among 4 messages",
        ),
    ],
)
def test_what_is_chosen(pn: Command, text: str, titles: list[str], complaint: str) -> None:
    ended = pn("explain", text, "m.ndjson")
    lines = ended.out.splitlines()
    assert [line.split(":", 1)[1] for line in lines if line.startswith("m.ndjson")] == titles
    assert ended.err.endswith(f"pnfilter: {complaint}\n" if complaint else "")
    assert ("among" in ended.err) == bool(complaint)


def test_a_line(pn: Command) -> None:
    ended = pn("explain", "data.n > 5", "m.ndjson", "-n", "5")
    assert ended.out.startswith("m.ndjson:5: MATCH\n")
    assert pn("explain", "data.n > 5", "m.ndjson", "--line=2").out.startswith("m.ndjson:2: NO")


@pytest.mark.parametrize("line", ["4", "6", "999999999999"])
def test_no_such_line(pn: Command, line: str) -> None:
    ended = pn("explain", "data.n > 5", "m.ndjson", "-n", line)
    assert (ended.status, ended.out) == (2, "")
    assert f"m.ndjson: there is no message on line {int(line):,}\n" in ended.err


@pytest.mark.parametrize("line", ["0", "-1", "x", "²", "1.5", ""])
def test_what_is_no_line(pn: Command, line: str) -> None:
    ended = pn("explain", "data.n > 5", "m.ndjson", "-n", line)
    assert ended.status == 2
    assert "lines are counted from 1" in ended.err


def test_no_such_line_of_standard_input(pn: Command) -> None:
    ended = pn("explain", "data.n > 5", "-n", "7", stdin=b'{"data": 1}')
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.endswith("pnfilter: (standard input): there is no message on line 7\n")


def test_a_line_of_too_many_digits(pn: Command) -> None:
    ended = pn("explain", "data.n > 5", "m.ndjson", "-n", "9" * 5_000)
    assert ended.status == 2
    assert "pnfilter: argument -n/--line: no file has a line of 5,000 digits\n" in ended.err


def test_a_given_message(pn: Command) -> None:
    message = '{"meta": {"a": "\\u009b"}}'
    assert pn("explain", 'meta.a == "x"', "-m", message) == (
        0,
        '(message): NO_MATCH\nmeta.a == "x"  NO_MATCH\n└─ meta.a      "\\x9b"\n',
        "",
    )
    assert "data.x > 4" in pn("explain", "data.x > 4", "-m", '{"x": 5}', "--payload", "data").out


ITEM = '{"c": "quakes", "d": {"n": %d}, "u": {"a": "x"}}'
EVENT = '{"channel": "quakes", "message": {"n": 7}, "userMetadata": {"a": "x"}, "timetoken": "17"}'
ANSWER = f'{{"t": {{"t": "17", "r": 1}}, "m": [{ITEM % 1},\n {ITEM % 7}]}}'
HAR = json.dumps(
    {
        "log": {
            "entries": [
                {
                    "request": {"url": "https://ps.pndsn.com/v2/subscribe/k/quakes/0"},
                    "response": {"content": {"text": ANSWER}},
                }
            ]
        }
    },
    indent=2,
)


@pytest.mark.parametrize(
    ("given", "titles", "note"),
    [
        (ANSWER, ["(message):2: MATCH", "(message):1: NO_MATCH"], "read as a subscribe answer"),
        (HAR, ["(message):2: MATCH", "(message):1: NO_MATCH"], "read as a HAR recording"),
        ('[[{"n": 7}], "17", "quakes"]', ["(message): MATCH"], "read as a subscribe answer"),
        ('[[{"n": 7}, {"n": 1}], 17, 18]', ["(message):1: MATCH", "(message):2: NO_MATCH"], "hist"),
        ('{"channels": {"q": [{"message": {"n": 7}}]}}', ["(message): MATCH"], "of history"),
        (ITEM % 7, ["(message): MATCH"], "read as envelopes"),
        (EVENT, ["(message): MATCH"], "read as events of an SDK"),
        (f'{{"result": {EVENT}, "status": {{}}}}', ["(message): MATCH"], "the result of an SDK"),
        ('{\n  "data": {\n    "n": 7\n  }\n}\n', ["(message): MATCH"], ""),
        ('[{"data": {"n": 7}}]', ["(message): MATCH"], "one JSON array"),
        (MESSAGES, ["(message):3: MATCH", "(message):1: NO_MATCH"], "blank line"),
        (
            '{"data":\n{"n": 7}}\n{"data":\n{"n": 1}}',
            ["(message):1: MATCH", "(message):2: NO_MATCH"],
            "ob",
        ),
        ('{"n": 7}', ["(message): UNDECIDED"], "--payload data reads bare payloads"),
    ],
)
def test_whatever_is_pasted_is_explained(
    pn: Command, given: str, titles: list[str], note: str
) -> None:
    ended = pn("explain", "data.n > 5", "-m", given)
    assert ended.status == 0
    assert [line for line in ended.out.splitlines() if line.startswith("(")] == titles
    assert ended.err.startswith("pnfilter: note: -m: " if note else "")
    assert note in ended.err
    assert bool(ended.err) == bool(note)


def test_a_payload_over_several_lines(pn: Command) -> None:
    ended = pn("explain", "data.n > 5", "-m", '{\n"n": 7}', "--payload", "data")
    assert (ended.out.splitlines()[0], ended.err) == ("(message): MATCH", "")
    ended = pn("explain", "data[1] > 5", "-m", "[1,\n7]", "--payload", "data")
    assert (ended.out.splitlines()[0], ended.err) == ("(message): MATCH", "")


def test_what_is_broken_among_given_messages_is_reported(pn: Command) -> None:
    ended = pn("explain", "data.n > 5", "-m", '{"data": {"n": 7}}\n{"data": {"n": 1}}\n{')
    assert ended.status == 2
    assert ended.out.startswith("(message):1: MATCH\n")
    assert ended.err.startswith("pnfilter: -m:3: skipped: not JSON")


def test_hints_are_those_of_grep(pn: Command) -> None:
    Path("typo.ndjson").write_text('{"data": {"mag": 5}}\n{"data": {"mag": 6}}\n')
    note = "pnfilter: note: no value at `data.magn` in 2 messages; did you mean data.mag?\n"
    assert note in pn("grep", "data.magn > 5", "typo.ndjson").err
    ended = pn("explain", "data.magn > 5", "typo.ndjson")
    assert ended.err == f"{note}pnfilter: no match among 2 messages\n"
    assert ended.out.endswith("or it is null; did you mean data.mag?\n")
    assert note in pn("explain", "data.magn > 5", "-m", Path("typo.ndjson").read_text()).err
    ended = pn("explain", "data.magn > 5", "-m", '{"data": {"mag": 5}}', "--format", "json")
    (found,) = json.loads(ended.out)
    assert "did you mean data.mag?" in found["explanation"]["children"][0]["note"]
    # What some message has is no mistake.
    assert "no value" not in pn("explain", "data.n > 5", "m.ndjson").err


def test_explanations_as_json(pn: Command) -> None:
    ended = pn("explain", "data.n > 5", "m.ndjson", "--format", "json")
    found = json.loads(ended.out)
    assert [(each["file"], each["number"]) for each in found] == [("m.ndjson", 3), ("m.ndjson", 1)]
    assert [each["explanation"]["verdict"] for each in found] == ["MATCH", "NO_MATCH"]
    ended = pn("explain", "data.n > 5", "-m", "{}", "--format", "json")
    assert [each["file"] for each in json.loads(ended.out)] == ["(message)"]


def test_warnings_about_the_filter_are_shown(pn: Command) -> None:
    ended = pn("explain", "such=wow", "-m", '{"meta": {"such": "wow"}}')
    assert ended.status == 0
    assert ended.err.startswith("warning[W403]")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "no filter given"),
        (["-m", "{}"], "no filter given"),
        (["a == 1", "m.ndjson", "-m", "{}"], "not both"),
        (["a == 1", "-n", "3", "-m", "{}"], "not allowed with"),
        (["a == 1", "m.ndjson", "m.ndjson"], "unrecognized arguments: m.ndjson"),
        (["a == 1", "m.ndjson", "-e", "b == 1"], "one filter too many"),
        (["-", "-"], "read once only: filter or messages"),
        (["-"], "read once only: filter or messages"),
        (["-a==1", "m.ndjson"], "(a filter that starts with a dash goes after -e or --)"),
        (["a ==", "m.ndjson"], "error[E212]"),
        (["a ==", "-m", "{}"], "error[E212]"),
        (["a == 1", "gone.ndjson"], "gone.ndjson: no such file"),
        (["m.ndjson", "a == 1"], "m.ndjson is a file: the filter comes first"),
        (["a == 1", "-m", "{"], "-m: not JSON"),
        (["a == 1", "-m", "[]"], "-m: no message in it"),
        (["a == 1", "-m", ""], "-m: no message in it"),
        (["a == 1", "-m", "5"], "-m: expected an object with `data` and `meta`, got a number"),
        (["a == 1", "-m", '{"m": [], "t": 1}'], "-m: no message in it"),
        (["a == 1", "-m", "m.ndjson"], "to read m.ndjson, leave out -m"),
        (["a == 1", "-m", "@m.ndjson"], "to read m.ndjson, leave out -m"),
        (["a == 1", "-m", "x" * 5000], "-m: not JSON"),
        (["a == 1", "-m", "{\n1"], "-m: element 1: not JSON"),
        (["a == 1", "-m", "\udcff"], "-m: invalid UTF-8"),
    ],
)
def test_misuse_of_explain(pn: Command, arguments: list[str], complaint: str) -> None:
    ended = pn("explain", *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert complaint in ended.err


def test_explain_without_messages_at_a_terminal(
    pn: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pnfilter.cli.explain.is_terminal", lambda _: True)
    ended = pn("explain", "a == 1")
    assert ended.status == 2
    assert "no message given: name a FILE, give one by -m, or pipe some in" in ended.err


def test_a_broken_line_is_reported_and_skipped(pn: Command) -> None:
    Path("b.ndjson").write_text(f"{{\n{MESSAGES}")
    ended = pn("explain", "data.n > 5", "b.ndjson")
    assert ended.status == 2
    assert ended.out.startswith("b.ndjson:4: MATCH\n")
    assert "b.ndjson:1: skipped" in ended.err


@pytest.mark.usefixtures("terminal")
def test_verdicts_in_colour(pn: Command) -> None:
    out = pn("explain", "data.n == true", "m.ndjson").out
    assert "\x1b[1;31mNO_MATCH\x1b[0m" in out
    assert "\x1b[1;33mUNDECIDED\x1b[0m" in out


# fields


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('region == "east" && meta.region != "x"', ["meta.region"]),
        (
            'data.user["role"] LIKE "m*" || data["a b"][3].c > 1',
            ["data.user.role", 'data["a b"][3].c'],
        ),
        ("-data.x < meta.y", ["data.x", "meta.y"]),
        ("such=wow", ["meta.such"]),
        ("5 == 5", []),
        ('data["\u202e"] == 1', ['data["\\u202e"]']),
    ],
)
def test_fields(pn: Command, text: str, fields: list[str]) -> None:
    ended = pn("fields", text)
    assert (ended.status, ended.out.splitlines()) == (0, fields)


def test_fields_as_json(pn: Command) -> None:
    assert json.loads(pn("fields", 'region == data["a b"][3]', "--format", "json").out) == [
        {"field": "meta.region", "root": "meta", "keys": ["region"]},
        {"field": 'data["a b"][3]', "root": "data", "keys": ["a b", 3]},
    ]


# ast


TREE = """\
Or
  And
    Not
      Comparison ==
        Path region
        String "east"
    Comparison <=
      Arithmetic +
        Unary -
          Path data.user["role"]
        Number 1.50
      Boolean true
  Comparison CONTAINS
    SetLiteral
      String "a"
      Number 5
    Null
  Comparison =
    Path such
    String wow (bare)
"""


def test_a_tree_as_text(pn: Command) -> None:
    text = (
        "!(region == 'east') && -data.user[\"role\"] + 1.50 <= true"
        ' || ("a", 5) CONTAINS null || such=wow'
    )
    assert pn("ast", text) == (0, TREE, "")


def test_a_tree_as_json(pn: Command) -> None:
    tree = json.loads(pn("ast", "-e", "a == 1", "--format", "json").out)
    assert (tree["type"], tree["operator"], tree["right"]["spelling"]) == ("Comparison", "==", "1")


# encode


def test_the_parameter_and_its_length(pn: Command) -> None:
    assert pn("encode", 'a == "ü&/~"') == (
        0,
        "filter-expr=a%20%3D%3D%20%22%C3%BC%26%2F~%22\n",
        "44 bytes\n",
    )


def test_a_parameter_that_is_too_long(pn: Command) -> None:
    value = "x" * (REQUEST_LINE_BYTES - len('filter-expr=a=="" ') - 4 * 2)
    assert pn("encode", f'a=="{value}"').err.count("\n") == 1
    ended = pn("encode", f'a=="{value}xxx"')
    assert ended.status == 0
    assert ended.err.endswith(
        "pnfilter: above some 7,500 bytes the server may refuse the request (414)\n"
    )


def test_only_filters_are_encoded(pn: Command) -> None:
    ended = pn("encode", "a ==")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("error[E212]")


# All that take one filter


@pytest.mark.parametrize("command", ["fields", "ast", "encode"])
def test_one_filter_in_any_form(pn: Command, command: str) -> None:
    out = pn(command, "-x<1", "--").out
    assert out == ""
    out = pn(command, "--", "-x<1").out
    assert out
    for arguments in (["-e", "-x<1"], ["-e-x<1"], ["--expression=-x<1"]):
        assert pn(command, *arguments).out == out
    assert pn(command, "-", stdin=b"-x<1").out == out
    assert pn(command, "-x < 1").status == 0


@pytest.mark.parametrize("command", ["fields", "ast", "encode"])
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "no filter given"),
        (["a == 1", "b == 1"], "unrecognized arguments: b == 1"),
        (["a == 1", "-e", "b == 1"], "one filter too many"),
        (["-", ""], "unrecognized arguments: "),
    ],
)
def test_misuse(pn: Command, command: str, arguments: list[str], complaint: str) -> None:
    ended = pn(command, *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert complaint in ended.err


@pytest.mark.parametrize("command", ["fields", "ast"])
def test_what_is_no_filter(pn: Command, command: str) -> None:
    for arguments, stdin in ((["a =="], b""), ([""], b""), (["-"], b""), (["-"], b"\xff")):
        ended = pn(command, *arguments, stdin=stdin)
        assert (ended.status, ended.out) == (2, "")
        assert "error[E" in ended.err or "(standard input):1:1: not UTF-8" in ended.err


@pytest.mark.parametrize("command", ["grep", "explain"])
def test_a_second_filter_is_refused(pn: Command, command: str) -> None:
    ended = pn(command, "-e", "a == 1", "-e", "b == 1", "messages.ndjson")
    assert ended.status == 2
    assert "given twice" in ended.err


def test_the_line_end_of_standard_input_is_not_encoded(pn: Command) -> None:
    assert pn("encode", "-", stdin=b"a == 1\r\n").out == "filter-expr=a%20%3D%3D%201\n"
