"""``pnfilter check``: what is read, what is reported in each format, how it ends."""

from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from pnfilter.cli import filter_text
from pnfilter.cli.filter_text import MAX_BAD_LINES, MAX_FILTER_BYTES
from pnfilter.cli.reports import GithubReport, JsonReport, Tally, TextReport
from pnfilter.cli.terminal import MAX_SHOWN
from pnfilter.diagnostics import Diagnostic, Edit, Fix, Position, Severity, Span

from .conftest import Command

LIST = b"""\
# what the dashboard asks for
meta.region == "east"

  such=wow
\t# indented
a ==
"""
SHORTHAND = """\
warning[W403]: `=` is not a documented operator
  |
1 | such=wow
  |     ^
  = help: write such == "wow"

"""


def codes(out: str) -> list[str]:
    """The codes in a JSON report."""
    return [finding["code"] for finding in json.loads(out)]


def test_a_text_on_the_command_line(pn: Command) -> None:
    ended = pn("check", "-e", "such=wow")
    assert ended == (
        0,
        SHORTHAND,
        "1 filter checked: 1 warning (1 can be fixed by: pnfilter fmt --fix; "
        "2 infos hidden, shown by --select ALL)\n",
    )


def test_a_filter_that_is_right_gets_no_word(pn: Command) -> None:
    assert pn("check", "-e", 'meta.region == "east"') == (
        0,
        "",
        "1 filter checked: no problems\n",
    )


def test_several_texts_are_numbered(pn: Command) -> None:
    ended = pn("check", "-e", 'meta.a == "x"', "-e", "a ==", "-q")
    assert (ended.status, ended.err) == (1, "")
    assert "--> (expression 2):1:3\n" in ended.out


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["-e", 'meta.a == "x"'], 0),
        (["-e", 'meta.a == "x"', "--strict"], 0),
        (["-e", "such=wow"], 0),
        (["-e", "such=wow", "--strict"], 1),
        (["-e", "such=wow", "--strict", "--ignore", "W403"], 0),
        (["-e", "a == 1", "--strict", "--select", "I"], 0),
        (["-e", "a =="], 1),
        (["-e", "a ==", "--select", "W"], 1),
        (["-e", "a ==", "nowhere.filter"], 2),
        (["-e", 'meta.a == "x"', "nowhere.filter"], 2),
        (["nowhere.filter"], 2),
        (["--nonsense"], 2),
        (["-e"], 2),
        (["-e", "--strict"], 2),
        (["--as", "list", "-e", "a == 1"], 2),
        (["-", "-"], 2),
    ],
)
def test_status(pn: Command, arguments: list[str], status: int) -> None:
    assert pn("check", *arguments).status == status


@pytest.mark.parametrize(
    "text", ["-1 < meta.a", "-1<meta.a", "-meta.a<1", "!(meta.a == 1)", "-e==1"]
)
def test_a_text_may_start_with_any_character(pn: Command, text: str) -> None:
    for form in (["-e", text], [f"--expression={text}"], [f"-e{text}"]):
        assert pn("check", *form, "--format", "json", "--select", "E").out == "[]\n"


# What is read


def test_a_list_of_filters(pn: Command) -> None:
    Path("a.filters").write_bytes(LIST)
    ended = pn("check", "a.filters")
    assert ended.status == 1
    places = [line.split("--> ")[1] for line in ended.out.splitlines() if "-->" in line]
    assert places == ["a.filters:4:7", "a.filters:6:3"]
    assert ended.err.startswith("3 filters checked: 1 error, 1 warning (")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_a_byte_order_mark(pn: Command, end: bytes, mark: bytes) -> None:
    Path("a.filters").write_bytes(mark + end.join([b"meta.a == 1", b"# no", b"", b"such=wow"]))
    (finding,) = json.loads(pn("check", "a.filters", "--format", "json").out)
    assert (finding["code"], finding["line"], finding["column"]) == ("W403", 4, 5)
    Path("b.filter").write_bytes(mark + end.join([b"meta.a == 1", b"&& such=wow", b""]))
    (finding, *_) = json.loads(pn("check", "b.filter", "--format", "json", "--select", "W403").out)
    assert (finding["line"], finding["column"]) == (2, 8)
    assert finding["start"] == len("meta.a == 1") + len(end) + len("&& such")


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["-"], 1),
        ([], 1),
        (["-", "--as", "filter"], 1),
        (["-", "--as", "filters"], 2),
        (["--as", "filters"], 2),
    ],
)
def test_standard_input(pn: Command, arguments: list[str], count: int) -> None:
    ended = pn("check", *arguments, stdin=b"meta.a == 1 &&\nmeta.b == 2")
    assert ended.err.startswith(f"{count} filter")
    if ended.status:
        assert "--> (standard input):1:13" in ended.out


def test_any_file_by_layout(pn: Command) -> None:
    Path("notes.txt").write_bytes(LIST)
    assert codes(pn("check", "notes.txt", "--as", "filters", "--format", "json").out) == [
        "W403",
        "E212",
    ]
    ended = pn("check", "notes.txt")
    assert ended == (
        2,
        "",
        "pnfilter: notes.txt: say how it holds filters, --as filter (the file is one) "
        "or --as filters (one a line)\n"
        "no filter checked; 1 input could not be read\n",
    )


def test_a_list_with_comments_taken_for_one_filter(pn: Command) -> None:
    ended = pn("check", "-", stdin=LIST)
    assert "a line that starts with # is a comment only under --as filters\n" in ended.err


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("gone.filter", None, "gone.filter: no such file or directory"),
        ("such=wow", None, "such=wow: no such file (a filter's text is given by -e)"),
        ("such", None, "such: no such file\n"),
        ("a.filter", b"a ==\r\n b == '\xff'", "a.filter:2:8: not UTF-8 (byte 0xff)"),
        ("a.filters", b"meta.a == 1\n\n  '\xe9'", "a.filters:3:4: not UTF-8 (byte 0xe9)"),
        ("a.filter", "a == 1".encode("utf-16"), "a.filter: UTF-16, and filters are read as UTF-8"),
        ("a.filter", b" " * (MAX_FILTER_BYTES + 1), "a.filter: longer than 4,194,304 bytes"),
        ("a.filters", b"\n" + b"a" * (MAX_FILTER_BYTES + 1), "a.filters:2: longer than"),
        ("folder.filter", b"", ""),
    ],
)
def test_unreadable_input_is_named_and_the_rest_checked(
    pn: Command, name: str, content: bytes | None, complaint: str
) -> None:
    if not complaint:
        Path(name).mkdir()
        complaint = f"{name}: is a directory"
    elif content is not None:
        Path(name).write_bytes(content)
    ended = pn("check", "-e", "b ==", name, "-e", "a ==", "--format", "json")
    assert ended.status == 2
    assert codes(ended.out) == ["E212", "E212"]
    assert ended.err.startswith(f"pnfilter: {complaint}")
    assert "1 input could not be read" in ended.err


def test_an_option_that_stands_with_its_text(pn: Command) -> None:
    complaint = "-ea == 1: no such file (a filter's text is given by -e, with a space before it)"
    assert f"pnfilter: {complaint}\n" in pn("check", "-ea == 1").err


def test_standard_input_is_read_once(pn: Command) -> None:
    given = ("check", "-e", "a == 1", "--messages", "-", "--messages", "-")
    complaint = "pnfilter: standard input (-) can be read once only\n"
    assert pn(*given, stdin=b'{"data": 1}') == (2, "", complaint)


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--as", "filter", "bad"],
        ["check", "--as", "filters", "bad"],
        ["check", "-e", "a == 1", "--schema", "bad"],
        ["check", "-e", "a == 1", "--baseline", "bad"],
        ["extract", "bad"],
        ["fmt", "--as", "filter", "bad"],
        ["route", "--filters", "bad", "-"],
    ],
)
def test_a_file_whose_content_can_t_be_read_is_named(pn: Command, arguments: list[str]) -> None:
    # Opens, but the system refuses to read from its start, and doesn't say of what.
    bad = "/proc/self/mem"
    if not Path(bad).exists():
        pytest.skip("no /proc/self/mem")
    ended = pn(*(bad if word == "bad" else word for word in arguments))
    assert ended.status == 2
    assert f"{bad}: input/output error\n" in ended.err


def test_one_bad_line_leaves_the_others(pn: Command) -> None:
    Path("a.filters").write_bytes(b"a ==\n'\xff'\nb ==\n")
    ended = pn("check", "a.filters", "--format", "json")
    assert [finding["line"] for finding in json.loads(ended.out)] == [1, 3]
    assert ended.status == 2


def test_a_binary_file_is_not_complained_about_for_ever(pn: Command) -> None:
    Path("a.filters").write_bytes(b"\xff\n" * (MAX_BAD_LINES + 30) + b"a ==\n")
    ended = pn("check", "a.filters")
    assert ended.out == ""
    assert ended.err.count("not UTF-8") == MAX_BAD_LINES
    assert "a.filters: not text, it seems; what follows is not read" in ended.err


def test_empty_input(pn: Command) -> None:
    Path("a.filters").write_bytes(b"")
    Path("b.filters").write_bytes(b"\n# only words\n \n")
    Path("c.filter").write_bytes(b"\n")
    assert pn("check", "a.filters", "b.filters") == (0, "", "no filter checked\n")
    assert codes(pn("check", "c.filter", "--format", "json").out) == ["E101"]


def test_nothing_given_at_a_terminal(pn: Command, terminal: None) -> None:
    ended = pn("check")
    assert ended.status == 2
    assert "no filter given" in ended.err


def test_no_standard_input(pn: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filter_text, "is_terminal", lambda stream: stream is None)
    monkeypatch.setattr(io, "TextIOWrapper", lambda _: None)
    assert "no filter given" in pn("check").err
    assert pn("check", "-", "-q") == (2, "", "pnfilter: standard input is closed\n")


def test_a_long_list_takes_no_memory(pn: Command) -> None:
    # The second, ten times as long, holds the very same filter.
    peaks = []
    for size in (50, 500):
        Path("a.filters").write_text("meta.a == 1\n" * size)
        pn("check", "a.filters", "-q")
        tracemalloc.start()
        pn("check", "a.filters", "-q")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 2


# What is shown


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ([], ["W403"]),
        (["--select", "ALL"], ["I501", "I504", "W403"]),
        (["--select", "I"], ["I501", "I504"]),
        (["--select", "i5, w4"], ["I501", "I504", "W403"]),
        (["--select", "I501", "--select", "W403"], ["I501", "W403"]),
        (["--select", "single-equals"], ["W403"]),
        (["--select", "ALL", "--ignore", "W4,I5"], []),
        (["--ignore", "Single-Equals"], []),
        (["--select", "E"], []),
    ],
)
def test_selection(pn: Command, options: list[str], shown: list[str]) -> None:
    assert codes(pn("check", "-e", "such=wow", "--format", "json", *options).out) == shown


def test_errors_are_always_shown(pn: Command) -> None:
    ended = pn("check", "-e", "a ==", "--ignore", "E212,ALL", "--format", "json")
    assert (ended.status, codes(ended.out)) == (1, ["E212"])
    assert "pnfilter: errors can't be ignored: a text with an error is not a filter\n" in ended.err


@pytest.mark.parametrize("codes", ["", " , "])
def test_a_selection_of_nothing_hides_no_warning(pn: Command, codes: str) -> None:
    complaint = "pnfilter: --select names no code; pnfilter rule --all lists them\n"
    assert pn("check", "-e", "such=wow", "--select", codes) == (2, "", complaint)
    assert pn("check", "-e", "such=wow", "--ignore", codes, "--strict").status == 1


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_unknown_rules(pn: Command, option: str) -> None:
    assert pn("check", "-e", "a == 1", option, "W4,X9") == (
        2,
        "",
        f"pnfilter: {option} X9: no such rule; pnfilter rule --all lists them\n",
    )


def test_encryption(pn: Command) -> None:
    arguments = ("check", "-e", "data.a > 1", "--format", "json")
    assert codes(pn(*arguments).out) == []
    assert codes(pn(*arguments, "--encrypted").out) == ["W454"]


def test_known_fields(pn: Command) -> None:
    arguments = ("check", "-e", 'meta.a != "x" && meta.b != c', "--format", "json")
    assert "W401" in codes(pn(*arguments).out)
    assert "W401" not in codes(pn(*arguments, "--known-field", "meta.c").out)
    assert "W401" not in codes(pn(*arguments, "--known-field", "x", "--known-field", "c").out)


@pytest.mark.parametrize("name", ["", "a ==", "a == 1", '"text"'])
def test_what_is_no_field(pn: Command, name: str) -> None:
    ended = pn("check", "-e", "a == 1", "--known-field", name)
    assert ended.status == 2
    assert "not a field; write it as meta.region" in ended.err


def test_schema(pn: Command) -> None:
    Path("s.json").write_text('{"properties": {"meta": {"properties": {"region": {}}}}}')
    arguments = ("check", "-e", "meta.regin == 'x'", "--format", "json")
    assert codes(pn(*arguments).out) == []
    assert codes(pn(*arguments, "--schema", "s.json").out) == ["W441"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "--schema s.json: no such file or directory"),
        (b"{", "--schema s.json: not JSON: "),
        (b"\xff", "--schema s.json: not JSON: "),
        (b"[" * 100_000, "--schema s.json: not JSON: "),
        (b"[]", "--schema s.json: a JSON Schema of messages is an object"),
        (b'{"properties": 3}', "--schema s.json: the schema "),
    ],
)
def test_bad_schemas(pn: Command, content: bytes | None, complaint: str) -> None:
    if content is not None:
        Path("s.json").write_bytes(content)
    ended = pn("check", "-e", "a == 1", "--schema", "s.json")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith(f"pnfilter: {complaint}")


# Formats


def test_json_has_places_in_the_file_and_offsets_in_the_filter(pn: Command) -> None:
    Path("a.filters").write_bytes(LIST)
    assert json.loads(pn("check", "a.filters", "--format", "json").out)[0] == {
        "file": "a.filters",
        "code": "W403",
        "severity": "warning",
        "message": "`=` is not a documented operator",
        "help": 'write such == "wow"',
        "line": 4,
        "column": 7,
        "end_line": 4,
        "end_column": 8,
        "start": 6,
        "end": 7,
        "fix": {
            "safe": True,
            "edits": [
                {"start": 6, "end": 7, "text": " == "},
                {"start": 7, "end": 10, "text": '"wow"'},
            ],
        },
    }


def test_json_without_findings_is_an_empty_array(pn: Command) -> None:
    assert pn("check", "-e", 'meta.a == "x"', "--format", "json").out == "[]\n"


def test_json_is_ascii(pn: Command) -> None:
    out = pn("check", "-e", "ü == “x”", "--format", "json").out
    assert out.isascii()
    assert any("ü" in finding["message"] for finding in json.loads(out))


def test_github(pn: Command) -> None:
    Path("a,b.filters").write_bytes(LIST)
    assert pn("check", "a,b.filters", "--format", "github").out.splitlines() == [
        "::warning file=a%2Cb.filters,line=4,col=7,endLine=4,endColumn=8,title=pnfilter W403"
        '::`=` is not a documented operator%0Ahelp: write such == "wow"',
        "::error file=a%2Cb.filters,line=6,col=3,endLine=6,endColumn=5,title=pnfilter E212"
        "::`==` has nothing on its right%0Ahelp: write a field or a value there",
    ]


SOURCE = filter_text.FilterText("a\nb%:\r\nc", "d:e%f", Position(10, 5), 9)


def finding(code: str, start: int, end: int, **more: Any) -> Diagnostic:
    return Diagnostic(code, "50%:\nno", Span(start, end), **more)


@pytest.mark.parametrize(
    ("start", "end", "place"),
    [
        (0, 1, "line=10,col=5,endLine=10,endColumn=6"),
        (2, 4, "line=11,col=1,endLine=11,endColumn=3"),
        (0, 8, "line=10,endLine=12"),
    ],
)
def test_places_in_a_file(start: int, end: int, place: str) -> None:
    stream = io.StringIO()
    report = GithubReport(stream)
    report.add(SOURCE, [finding("I1", start, end)])
    report.close()
    assert stream.getvalue() == f"::notice file=d%3Ae%25f,{place},title=pnfilter I1::50%25:%0Ano\n"


def test_json_goes_on_from_filter_to_filter() -> None:
    stream = io.StringIO()
    report = JsonReport(stream)
    fix = Fix((Edit(Span(0, 1), "z"),), safe=False)
    report.add(SOURCE, [finding("W1", 0, 1, fix=fix), finding("W2", 2, 3)])
    report.add(SOURCE, [finding("W3", 0, 1)])
    report.close()
    found = json.loads(stream.getvalue())
    assert [(each["code"], each["line"]) for each in found] == [("W1", 10), ("W2", 11), ("W3", 10)]
    assert found[0]["fix"] == {"safe": False, "edits": [{"start": 0, "end": 1, "text": "z"}]}
    assert found[1]["fix"] is None


@pytest.mark.parametrize("name", ["app.min.js", "app.MIN.JS", "app.min.mjs", "app.bundle.js"])
def test_a_minified_file_is_read_where_it_is_named(pn: Command, name: str) -> None:
    Path("dist").mkdir()
    Path("dist", name).write_text("import'pubnub';c={filterExpression:'a == 1 AND b == 2'}")
    named = pn("check", f"dist/{name}", "--format", "json")
    assert (named.status, codes(named.out)) == (1, ["E202"])
    assert pn("check", "dist").status == 0


def test_very_many_findings_of_one_filter_are_cut_in_text() -> None:
    stream = io.StringIO()
    report = TextReport(stream, color=False)
    report.add(SOURCE, [finding("W1", 0, 1)] * (MAX_SHOWN + 1200))
    report.close()
    assert stream.getvalue().count("warning[W1]") == MAX_SHOWN
    assert stream.getvalue().endswith("d:e%f:10: and 1,200 more in this filter\n\n")


@pytest.mark.parametrize(
    ("hidden", "shown", "unreadable", "summary"),
    [
        ([[]], [[]], 0, "1 filter checked: no problems"),
        ([], [], 2, "no filter checked; 2 inputs could not be read"),
        (
            [[], []],
            [["E1", "W1"], ["W1", "W2", "I1"]],
            0,
            "2 filters checked: 1 error, 3 warnings, 1 info",
        ),
        (
            [["I1"], ["W1", "I2"]],
            [[], ["I1"]],
            1,
            "2 filters checked: 1 info (2 infos hidden, shown by --select ALL); "
            "1 input could not be read",
        ),
    ],
)
def test_summaries(
    hidden: list[list[str]], shown: list[list[str]], unreadable: int, summary: str
) -> None:
    tally = Tally()
    tally.unreadable = unreadable
    for lists in zip(hidden, shown, strict=True):
        tally.add(*([finding(code, 0, 1) for code in codes] for codes in lists))
    assert tally.summary() == summary


def test_only_safe_fixes_are_counted() -> None:
    tally = Tally()
    edits = (Edit(Span(0, 1), ""),)
    tally.add([], [finding("W1", 0, 1, fix=Fix(edits, safe=safe)) for safe in (True, False)])
    assert (tally.fixable["fmt"], tally.shown[Severity.WARNING]) == (1, 2)


@pytest.mark.usefixtures("terminal")
def test_colour_at_a_terminal(pn: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pn("check", "-e", "such=wow").out.startswith("\x1b[1;33mwarning[W403]\x1b[0m: ")
    monkeypatch.setenv("NO_COLOR", "1")
    assert pn("check", "-e", "such=wow").out == SHORTHAND


def test_a_bar_for_long_files_at_a_terminal(pn: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from pnfilter.cli import progress

    advanced: list[int] = []
    monkeypatch.setattr(progress.Progress, "advance", lambda _, size: advanced.append(size))
    content = b"meta.a == 1\nmeta.b == 22\n"
    Path("a.filters").write_bytes(content)
    pn("check", "a.filters")
    assert sum(advanced) == len(content)


# App Context


def test_a_filter_of_app_context(pn: Command) -> None:
    ended = pn("check", "--language", "app-context", "--entity", "users", "-e", "uuid.name == 'a'")
    assert ended == (
        0,
        "warning[W471]: `uuid.name` is not a field of users\n"
        "  |\n1 | uuid.name == 'a'\n  | ^^^^^^^^^\n  = help: did you mean name?\n\n",
        "1 filter checked: 1 warning\n",
    )
    assert pn("check", "--language", "app-context", "-e", "name == 'a' AND id == 'b'")[0] == 1
    assert pn("check", "--language", "app-context", "--strict", "-e", "name LIKE '*a*'") == (
        0,
        "",
        "1 filter checked: no problems\n",
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--entity", "users"), "--entity is for --language app-context"),
        (("--language", "app-context", "--encrypted"), "--encrypted is for --language stream"),
        (("--language", "app-context", "--schema", "x"), "--schema is for --language stream"),
        (("--language", "app-context", "--known-field", "x"), "--known-field is for"),
        (("--language", "app-context", "--messages", "x"), "--messages is for --language stream"),
    ],
)
def test_options_that_the_language_has_not(
    pn: Command, options: tuple[str, ...], told: str
) -> None:
    status, out, error = pn("check", *options, "-e", "id == 'a'")
    assert (status, out) == (2, "")
    assert told in error


def test_summary_names_the_command_that_fixes_code(tmp_path: Path, pn: Command) -> None:
    path = tmp_path / "a.py"
    cases = (
        ("'such=wow'", 1),
        ("'such=' 'wow'", 1),
        ('f"such=wow && a == {x}"', 0),
        ('f"such=wow && a == {A}"', 0),
    )
    for text, number in cases:
        path.write_text(f"import pubnub\nA = 'a'\nfilter_expression = {text}\n")
        ended = pn("check", str(path))
        assert ended.err.count("1 can be fixed by: pnfilter check --fix") == number
    path.write_text("import pubnub\nfilter_expression = r'such=wow \\d'\n")
    assert "can be fixed" not in pn("check", "--fix", str(path)).err


def test_a_name_that_the_system_refuses_hides_no_other_file(pn: Command) -> None:
    Path("a.filters").write_text("meta.a ==\n")
    ended = pn("check", "n" * 400, "a.filters")
    assert (ended.status, "E212" in ended.out) == (2, True)
    assert "1 input could not be read" in ended.err


def test_files_of_filters_beside_code_have_one_command(pn: Command, tmp_path: Path) -> None:
    (tmp_path / "a.filters").write_text("such=wow\n", encoding="utf-8")
    (tmp_path / "a.py").write_text(
        "import pubnub\nfilter_expression = 'such=wow'\n", encoding="utf-8"
    )
    for paths in (["."], ["a.py", "a.filters"]):
        assert "(2 can be fixed by: pnfilter check --fix;" in pn("check", *paths).err
    assert "(1 can be fixed by: pnfilter fmt --fix;" in pn("check", "a.filters").err
    # What isn't in a file is not fixed by check.
    both = pn("check", "a.py", "-e", "a=b").err
    assert "(1 can be fixed by: pnfilter fmt --fix; 1 can be fixed by: pnfilter check --fix" in both


def test_empty_standard_input_names_the_other_way(pn: Command) -> None:
    ended = pn("check", stdin=b"\n")
    assert ended.status == 1
    assert "standard input is empty; to check files or folders, name them" in ended.err
    assert "standard input is empty" not in pn("check", "-", stdin=b"\n").err
    assert "standard input is empty" not in pn("check", stdin=b"a == 1").err
