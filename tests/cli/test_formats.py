"""``pnfilter check --format sarif|junit|github``, as the readers of these formats take them."""

from __future__ import annotations

import io
import json
import os
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft4Validator

from pnfilter.cli import junit
from pnfilter.cli.filter_text import FilterText
from pnfilter.cli.junit import JunitReport
from pnfilter.cli.sarif import location_of
from pnfilter.cli.terminal import CommandError
from pnfilter.diagnostics import Diagnostic, Position, Span

from .conftest import Command

#: Comes from ``lib/schemas`` of the npm package @microsoft/jest-sarif 1.0.0-beta.0 (MIT).
SARIF_SCHEMA = Path(__file__).with_name("sarif-2.1.0-rtm.5.json")
#: Characters of one, two and four bytes before what is wrong, on lines with different ends.
WIDE = 'x == "é😀" && such=wow\r\n# no filter\r\nmeta.a == "x"\r\na == "\t😀" AND b == 1\r\n'


@cache
def validator() -> Draft4Validator:
    return Draft4Validator(json.loads(SARIF_SCHEMA.read_text(encoding="utf-8")))


def sarif(out: str) -> dict[str, Any]:
    """The one run of a log that fits the published schema."""
    log = json.loads(out)
    validator().validate(log)
    (run,) = log["runs"]
    return dict(run)


def cut(content: str, region: dict[str, int], text: str) -> str:
    """The content with a region, counted in UTF-16 code units as a reader does, replaced."""
    lines = content.splitlines(keepends=True)

    def offset(line: int, column: int) -> int:
        before = lines[line - 1].encode("utf-16-le")[: 2 * (column - 1)].decode("utf-16-le")
        return sum(map(len, lines[: line - 1])) + len(before)

    start, end = (offset(region[f"{e}Line"], region[f"{e}Column"]) for e in ("start", "end"))
    return content[:start] + text + content[end:]


# SARIF


def test_a_sarif_log_fits_the_schema_and_has_columns_in_utf16(pn: Command) -> None:
    Path("a.filters").write_bytes(WIDE.encode())
    ended = pn("check", "a.filters", "--format", "sarif")
    run = sarif(ended.out)
    assert (ended.status, run["columnKind"]) == (1, "utf16CodeUnits")
    found = [
        (result["ruleId"], result["level"], cut(WIDE, region, "^"))
        for result in run["results"]
        for region in [result["locations"][0]["physicalLocation"]["region"]]
    ]
    assert found == [
        ("W403", "warning", WIDE.replace("such=wow", "such^wow")),
        ("E202", "error", WIDE.replace("AND", "^")),
    ]


def test_a_sarif_fix_can_be_made_by_a_reader(pn: Command) -> None:
    Path("a.filters").write_bytes(WIDE.encode())
    results = sarif(pn("check", "a.filters", "--format", "sarif").out)["results"]
    (change,) = results[1]["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    assert change["artifactLocation"] == {"uri": "a.filters", "uriBaseId": "%SRCROOT%"}
    mended = cut(WIDE, replacement["deletedRegion"], replacement["insertedContent"]["text"])
    assert mended == WIDE.replace("AND", "&&")


def test_a_fix_that_source_code_cannot_hold_as_it_is_is_left_out_of_sarif(pn: Command) -> None:
    code = 'import pubnub\nconfig.filter_expression = "such=wow"\nconfig.filter_expression = "a==1 AND b==2"\n'
    Path("a.py").write_text(code, encoding="utf-8")
    results = sarif(pn("check", "a.py", "--format", "sarif").out)["results"]
    assert [(result["ruleId"], "fixes" in result) for result in results] == [
        ("W403", False),
        ("E202", True),
    ]


def test_sarif_names_each_rule_once_with_its_help(pn: Command) -> None:
    run = sarif(
        pn("check", "-e", "a=b", "-e", "c=d AND", "--format", "sarif", "--select", "ALL").out
    )
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) > 1
    for result in run["results"]:
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["help"]["text"].startswith(rule["fullDescription"]["text"])


def test_sarif_holds_a_text_that_stands_in_no_file(pn: Command) -> None:
    run = sarif(pn("check", "-e", 'meta.m == "x"', "-e", "such=wow", "--format", "sarif").out)
    (result,) = run["results"]
    index = result["locations"][0]["physicalLocation"]["artifactLocation"]["index"]
    assert run["artifacts"][index]["contents"] == {"text": "such=wow"}


def test_sarif_without_findings_and_with_unreadable_input(pn: Command) -> None:
    run = sarif(pn("check", "-e", 'meta.a == "x"', "--format", "sarif").out)
    assert (run["results"], run["invocations"][0]["executionSuccessful"]) == ([], True)
    ended = pn("check", "nowhere.filter", "--format", "sarif")
    (invocation,) = sarif(ended.out)["invocations"]
    assert (ended.status, invocation["executionSuccessful"]) == (2, False)
    (told,) = invocation["toolExecutionNotifications"]
    assert told["message"]["text"] == "nowhere.filter: no such file or directory"


def test_a_sarif_fingerprint_stays_when_the_filter_moves(pn: Command) -> None:
    prints = []
    for above in ("", "# one\n\n"):
        Path("a.filters").write_text(f"{above}such=wow\n", encoding="utf-8")
        (result,) = sarif(pn("check", "a.filters", "--format", "sarif").out)["results"]
        prints.append(result["partialFingerprints"])
    assert prints[0] == prints[1]


def test_copies_of_a_filter_have_sarif_fingerprints_of_their_own(pn: Command) -> None:
    Path("a.filters").write_text("such=wow\nsuch=wow\n", encoding="utf-8")
    results = sarif(pn("check", "a.filters", "--format", "sarif").out)["results"]
    prints = [result["partialFingerprints"]["filterAndRule/v1"] for result in results]
    assert [print.split(":")[1] for print in prints] == ["1", "2"]
    assert len({print.split(":")[0] for print in prints}) == 1


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("a b/ü:%.filters", "a%20b/%C3%BC%3A%25.filters"),
        ("./x/../a.filters", "a.filters"),
        ("..a/b.filter", "..a/b.filter"),
    ],
)
def test_files_below_the_folder_are_relative_uris(pn: Command, name: str, uri: str) -> None:
    for given in (name, str(Path.cwd() / name)):
        assert location_of(given) == {"uri": uri, "uriBaseId": "%SRCROOT%"}


def test_other_files_are_absolute_uris(pn: Command) -> None:
    parent = Path.cwd().parent
    assert location_of("../a.filter") == {"uri": (parent / "a.filter").as_uri()}


# JUnit


def suite(out: str) -> ET.Element:
    root = ET.fromstring(out)
    (found,) = root
    for each in (root, found):
        counts = {"tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error"}
        for name, path in counts.items():
            assert int(each.attrib[name]) == len(found.findall(path))
    return found


def test_junit_has_a_test_for_each_filter(pn: Command) -> None:
    Path("a.filters").write_bytes(WIDE.encode())
    ended = pn("check", "a.filters", "nowhere.filter", "--format", "junit")
    assert ended.out.isascii()
    cases = list(suite(ended.out))
    assert [(case.attrib["classname"], case.attrib.get("line")) for case in cases] == [
        ("a.filters", "1"),
        ("a.filters", "3"),
        ("a.filters", "4"),
        ("pnfilter", None),
    ]
    assert [[part.tag for part in case] for case in cases] == [
        ["system-out"],
        [],
        ["failure"],
        ["error"],
    ]
    assert cases[2].attrib["name"] == 'a == "\\t😀" AND b == 1'
    failure = cases[2][0]
    assert failure.attrib == {"type": "E202", "message": "`AND` is not a valid operator"}
    assert "--> a.filters:4:11\n" in str(failure.text)


def test_junit_names_stay_when_lines_are_added(pn: Command) -> None:
    filters = f"a == 1\nsuch=wow\na == 1\n{'b' * 200}1\n{'b' * 200}2\n"

    def tests(before: str) -> list[tuple[str, str, int]]:
        Path("a.filters").write_text(before + filters)
        found = suite(pn("check", "a.filters", "--format", "junit").out)
        return [(c.attrib["classname"], c.attrib["name"], int(c.attrib["line"])) for c in found]

    first = tests("")
    assert [name for _, name, _ in first] == [
        "a == 1",
        "such=wow",
        "a == 1 (2)",
        f"{'b' * 79}…",
        f"{'b' * 79}… (2)",
    ]
    moved = [(file, name, line + 2) for file, name, line in first]
    assert tests("# more\n\n") == moved


def test_junit_tells_apart_what_cannot_be_read(pn: Command) -> None:
    found = suite(pn("check", "no.filter", "nor.filter", "--format", "junit").out)
    assert [case.attrib["name"] for case in found] == ["readable", "readable (2)"]


def test_junit_fails_where_the_command_fails(pn: Command) -> None:
    arguments = ("check", "-e", "such=wow", "--format", "junit")
    lax, strict = pn(*arguments), pn(*arguments, "--strict")
    assert [(e.status, suite(e.out).attrib["failures"]) for e in (lax, strict)] == [
        (0, "0"),
        (1, "1"),
    ]


@pytest.mark.parametrize(
    "char", ["\0", "\x1b", "\x7f", "\x85", "\ud800", "\ufffe", "<", "&", '"', "\n"]
)
def test_junit_survives_any_character(char: str) -> None:
    stream = io.StringIO()
    report = JunitReport(stream, strict=False)
    text = f"a == {char} 'x'"
    source = FilterText(text, f"f{char}.filter", Position(1, 1), len(text))
    report.add(source, [Diagnostic("E104", f"m{char}", Span(5, 6), f"h{char}")])
    report.unreadable(f"u{char}")
    report.close()
    case, other = suite(stream.getvalue())
    assert (case[0].tag, other[0].tag) == ("failure", "error")


def test_junit_cuts_what_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(junit, "MAX_SHOWN", 2)
    stream = io.StringIO()
    report = JunitReport(stream, strict=False)
    source = FilterText("a" * 500, "a.filter", Position(1, 1), 500)
    report.add(source, [Diagnostic("E104", "m", Span(0, 1))] * 5)
    report.close()
    (case,) = suite(stream.getvalue())
    assert len(case.attrib["name"]) == junit.MAX_NAME
    assert str(case[0].text).endswith("and 3 more in this filter")


def test_junit_leaves_no_file_open_where_the_check_ends_early(
    pn: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports: list[JunitReport] = []

    def add(report: JunitReport, *_: object) -> None:
        reports.append(report)
        raise CommandError("the end")

    monkeypatch.setattr(JunitReport, "add", add)
    assert pn("check", "-e", "a ==", "--format", "junit").status == 2
    assert [report._waiting.closed for report in reports] == [True]


# GitHub


def test_github_has_no_file_for_a_text_and_tells_what_cannot_be_read(pn: Command) -> None:
    ended = pn("check", "-e", "a ==", "no,where.filter", "--format", "github")
    assert ended.out.splitlines() == [
        "::error line=1,col=3,endLine=1,endColumn=5,title=pnfilter E212"
        "::`==` has nothing on its right%0Ahelp: write a field or a value there",
        "::error title=pnfilter::no,where.filter: no such file or directory",
    ]


# Baselines

KNOWN = "such=wow\nmeta.a == 1\nb ==\n"


def start(pn: Command, content: str = KNOWN) -> None:
    Path("a.filters").write_text(content, encoding="utf-8")
    ended = pn("check", "a.filters", "--baseline", "known.json", "--write-baseline")
    assert (ended.status, ended.out) == (0, "")


def test_a_baseline_hides_what_is_known_and_shows_what_is_new(pn: Command) -> None:
    start(pn)
    ended = pn("check", "a.filters", "--baseline", "known.json")
    assert (ended.status, ended.out) == (0, "")
    assert "no problems (2 infos hidden" in ended.err
    assert "2 of the baseline not shown" in ended.err
    Path("a.filters").write_text(f"# moved\n{KNOWN}such=wov\n", encoding="utf-8")
    ended = pn("check", "a.filters", "--baseline", "known.json", "--format", "json")
    assert [(f["code"], f["line"]) for f in json.loads(ended.out)] == [("W403", 5)]


def test_a_baseline_is_for_its_file_and_its_code(pn: Command) -> None:
    start(pn)
    Path("b.filters").write_text(KNOWN, encoding="utf-8")
    assert pn("check", "b.filters", "--baseline", "known.json").status == 1
    shown = pn("check", "a.filters", "--baseline", "known.json", "--select", "ALL").out
    assert "I5" in shown
    assert "W403" not in shown


def test_a_baseline_names_files_from_where_it_stands(
    pn: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("sub").mkdir()
    start(pn)
    monkeypatch.chdir("sub")
    assert pn("check", "../a.filters", "--baseline", "../known.json").status == 0


def test_a_baseline_is_sorted_text_that_can_be_reviewed(pn: Command) -> None:
    start(pn)
    lines = Path("known.json").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line.strip().rstrip(",")) for line in lines[1:-1]] == [
        {"path": "a.filters", "code": "E212", "filter": "b =="},
        {"path": "a.filters", "code": "W403", "filter": "such=wow"},
    ]


def test_known_findings_that_are_gone_are_counted(pn: Command) -> None:
    start(pn)
    Path("a.filters").write_text("meta.a == 1\nb ==\n", encoding="utf-8")
    told = pn("check", "a.filters", "--baseline", "known.json").err
    assert "1 of the baseline gone: write it again" in told
    # One that is not selected, or in a file that isn't read, is not gone.
    told = pn("check", "a.filters", "--baseline", "known.json", "--select", "W44").err
    assert "1 of the baseline gone" in told
    assert "gone" not in pn("check", "-e", "c == 1", "--baseline", "known.json").err


def test_expressions_have_a_baseline_too(pn: Command) -> None:
    options = ("--baseline", "known.json")
    assert pn("check", "-e", "a ==", *options, "--write-baseline").status == 0
    assert pn("check", "-e", 'x == "y"', "-e", "a ==", *options).status == 0
    assert pn("check", "-e", "b ==", *options).status == 1


def test_nothing_is_written_when_not_all_was_read(pn: Command) -> None:
    options = ("--baseline", "known.json", "--write-baseline")
    ended = pn("check", "-e", "a ==", "nowhere.filter", *options)
    assert ended.status == 2
    assert "known.json is not written: not all could be read" in ended.err
    assert not Path("known.json").exists()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "no such file (--write-baseline makes it)"),
        (b"{", "not a baseline: Expecting"),
        (b"\xff", "not a baseline: "),
        (b"[" * 100_000, "not a baseline: "),
        (b"[]", 'not a baseline: it has no "version": 1'),
        (b'{"version": 1}', 'not a baseline: it has no list "findings"'),
        (b'{"version": 1, "findings": [3]}', "not a baseline: finding 1 needs strings for"),
        (
            b'{"version": 1, "findings": [{"path": 1}]}',
            "not a baseline: finding 1 needs strings for",
        ),
    ],
)
def test_bad_baselines(pn: Command, content: bytes | None, complaint: str) -> None:
    if content is not None:
        Path("known.json").write_bytes(content)
    ended = pn("check", "-e", "a == 1", "--baseline", "known.json")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith(f"pnfilter: --baseline known.json: {complaint}")


def test_a_baseline_that_is_too_long_or_no_file(
    pn: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pnfilter.cli.baseline.MAX_BYTES", 10)
    Path("known.json").write_bytes(b" " * 11)
    ended = pn("check", "-e", "a", "--baseline", "known.json")
    assert ended == (2, "", "pnfilter: --baseline known.json: longer than 10 bytes\n")
    for more in ([], ["--write-baseline"]):
        assert pn("check", "-e", "a", "--baseline", "/nowhere/b.json", *more).status == 2
        assert pn("check", "-e", "a", "--baseline", ".", *more).status == 2
    assert pn("check", "-e", "a", "--write-baseline").status == 2
    # Nothing is left of what could not be written.
    assert [path.name for path in Path().iterdir()] == ["known.json"]


def test_a_baseline_is_never_put_in_the_place_of_a_device(pn: Command) -> None:
    os.mkfifo("known")
    reader = os.open("known", os.O_RDONLY | os.O_NONBLOCK)
    try:
        written = pn("check", "-e", "a ==", "--baseline", "known", "--write-baseline")
        assert (written.status, json.loads(os.read(reader, 1_000))["version"]) == (0, 1)
    finally:
        os.close(reader)
    assert Path("known").is_fifo()


def test_github_gets_no_control_characters_of_a_name(pn: Command, tmp_path: Path) -> None:
    name = "a\x1b[31m,é\n.filter"
    (tmp_path / name).write_text("meta.x ==")
    ended = pn("check", name, "--format", "github")
    assert ended.out.startswith("::error file=a\\x1b[31m%2Cé%0A.filter,line=1,")
    assert ended.out.count("\n") == 1
