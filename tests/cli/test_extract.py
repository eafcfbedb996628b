"""``pnfilter extract``, and ``check`` on source code.

Places, comments, settings, what is left out.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

import pnfilter
from pnfilter.cli import code_fixes
from pnfilter.extraction.files import MAX_FILE_BYTES

from .conftest import Command

CODE = """\
from pubnub.pnconfiguration import PNConfiguration
config = PNConfiguration()
config.filter_expression = "größe" and "x == \\"é\\" AND y == 1"
config.filter_expression = "such=wow"
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A file with two filters, in the folder where commands run."""
    file = tmp_path / "src" / "client.py"
    file.parent.mkdir()
    file.write_text(CODE, encoding="utf-8")
    return file


def codes(out: str) -> list[tuple[str, int, int]]:
    """The codes of a JSON report, with their places."""
    return [(found["code"], found["line"], found["column"]) for found in json.loads(out)]


def test_filters_are_listed_with_their_places(pn: Command, code: Path) -> None:
    assert pn("extract") == (
        0,
        'src/client.py:3:41: x == "é" AND y == 1\nsrc/client.py:4:29: such=wow\n',
        "2 filters in 1 file\n",
    )
    assert pn("extract", "src/client.py", "-q").err == ""


def test_filters_as_json(pn: Command, code: Path) -> None:
    code.write_text(CODE + "config.filter_expression = f\"uuid != '{me}'\"\n", encoding="utf-8")
    listed = json.loads(pn("extract", "src", "--format", "json").out)
    assert [each["line"] for each in listed] == [3, 4, 5]
    assert listed[2] == {
        "file": "src/client.py",
        "line": 5,
        "column": 30,
        "end_line": 5,
        "end_column": 44,
        "language": "Python",
        "kind": "stream",
        "by": "filter_expression",
        "text": "uuid != '{me}'",
        "holes": [{"name": "me", "start": 9, "end": 13, "filling": "any"}],
    }
    assert pn("extract", "--format", "json", "-q", "src/../src").status == 0


REASONS = [
    ("481", "a number"),
    ("'filter-expr'", "the name of a parameter"),
    ("'The filter was malformed'", "plain words"),
    ("'this is what we all like to read'", "plain words"),
    ("f'{room}-{key}'", "made of other values"),
    ("f('name LIKE \"a*\"', include_custom=True)", "a filter of App Context"),
    ("scan(FilterExpression='#a = :a')", "a filter of another library"),
]


@pytest.mark.parametrize(("value", "reason"), REASONS)
def test_what_is_no_filter_is_listed_with_the_reason_if_asked_for(
    pn: Command, tmp_path: Path, value: str, reason: str
) -> None:
    setting = f"filter_expression = {value}"
    if "(" in value:
        setting = value.replace("f(", "members(filter_expression=")
    (tmp_path / "a.py").write_text(f"import pubnub\n{setting}\n", encoding="utf-8")
    assert pn("extract").out == ""
    assert pn("check", ".").err == "no filter checked\n"
    ended = pn("extract", "--all")
    assert ended.out.endswith(f" (left out: {reason})\n")
    assert ended.err == "0 filters in 1 file, 1 left out\n"
    (listed,) = json.loads(pn("extract", "--all", "--format", "json").out)
    (found,) = pnfilter.extract(tmp_path, left_out=True)
    assert listed["left_out"] == found.left_out == reason
    assert list(pnfilter.extract(tmp_path)) == []


def test_code_without_a_sign_of_the_sdk_is_listed_if_asked_for(pn: Command, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("filter_expression = 'a > 1'\n", encoding="utf-8")
    reason = "no sign of the SDK in the file or its project"
    assert pn("extract", "--all").out == f"a.py:1:22: a > 1 (left out: {reason})\n"


OTHER_DATA = [
    b'<?xml version="1.0"?>\n<Project/>\n',
    b"\xef\xbb\xbf\r\n  <Project>\r\n",
    "<a/>".encode("utf-16"),
    b'{"a": 1}',
    b' {\n  "a \\" b" : [\n',
    b"{}\n",
    b'["data.a > 5"]',
    b"data.a > 5\0",
]
FILTERS = [b"data.a > 5\n", b"# <xml>\ndata.a > 5\n", b"(1) > data.a"]


@pytest.mark.parametrize("content", OTHER_DATA)
def test_files_of_other_data_are_left_out_of_a_folder(
    pn: Command, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "App.vcxproj.filters").write_bytes(content)
    ended = pn("check", ".")
    note = "left out as XML, JSON or binary, not filters: 1 file, App.vcxproj.filters first"
    assert (ended.status, ended.out) == (0, "")
    assert note in ended.err
    assert pn("extract", "--all").out == ""


@pytest.mark.parametrize("content", FILTERS)
def test_files_of_filters_are_told_from_other_data(
    pn: Command, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "a.filters").write_bytes(content)
    assert "1 filter checked" in pn("check", ".").err


def test_nothing_found(pn: Command, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("filter_expression = 'a > 1'\n")
    assert pn("extract", "--format", "json") == (0, "[]\n", "0 filters in 1 file\n")
    assert pn("check", ".").err == "no filter checked\n"


def test_a_path_that_is_not_there(pn: Command) -> None:
    ended = pn("extract", "nowhere")
    assert (ended.status, ended.out) == (2, "")
    assert "nowhere" in ended.err
    assert pn("check", "nowhere.py").status == 2


@pytest.mark.parametrize("bad", ["nowhere", "n" * 300, "n" * 300 + ".py", "src/client.py/below"])
def test_the_others_are_used_beside_a_path_that_can_not_be_read(
    pn: Command, code: Path, bad: str
) -> None:
    for names in ((bad, "src"), ("src", bad)):
        for command in (["extract"], ["check"], ["check", "--diff"], ["fmt", "--diff"]):
            ended = pn(*command, *names)
            assert (ended.status, "such=wow" in ended.out) == (2, True), (command, ended)
            assert ended.err.count(f"pnfilter: {bad}: ") == 1
    with pytest.raises(OSError):  # noqa: PT011 (which kind depends on the path)
        list(pnfilter.extract("src", bad))


@pytest.mark.parametrize("bad", ["nowhere", "nowhere.py", "nowhere.filters"])
def test_fix_reports_what_is_left_beside_a_path_that_can_not_be_read(
    pn: Command, code: Path, bad: str
) -> None:
    Path("left.filters").write_text("a ==\n", encoding="utf-8")
    ended = pn("check", "--fix", bad, "src", "left.filters")
    assert ended.status == 2
    assert '"such == \\"wow\\""' in code.read_text(encoding="utf-8")
    assert "left.filters" in ended.out
    assert ended.err.count(f"pnfilter: {bad}: ") == 1
    baseline = pn("check", "--fix", "src", bad, "--baseline", "b.json", "--write-baseline")
    assert baseline.status == 2


def test_a_quiet_fix_has_no_summary(pn: Command, code: Path) -> None:
    assert pn("check", "--fix", "--diff", "--quiet", "src").err == ""
    ended = pn("check", "--fix", "-q", "src")
    assert (ended.err, "client.py: 2 filters fixed\n" in ended.out) == ("", True)


def test_a_fix_that_can_not_be_written_leaves_the_report(
    pn: Command, code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(code_fixes, "write_atomically", refuse)
    ended = pn("check", "--fix", "src")
    assert ended.status == 2
    assert "client.py: permission denied: not fixed" in ended.err
    assert "such=wow" in ended.out


def test_a_finding_stands_at_its_place_in_the_file(pn: Command, code: Path) -> None:
    ended = pn("check", "src", "--format", "json")
    assert ended.status == 1
    assert codes(ended.out) == [("E202", 3, 52), ("W403", 4, 33)]
    assert ended.err == (
        "2 filters checked: 1 error, 1 warning (2 can be fixed by: pnfilter check --fix; "
        "2 infos hidden, shown by --select ALL)\n"
    )


def test_the_line_of_the_file_is_shown(pn: Command, code: Path) -> None:
    out = pn("check", "src/client.py").out
    assert "  --> src/client.py:3:52\n" in out
    shown = out.splitlines()
    line = next(line for line in shown if line.startswith("3 | "))
    carets = shown[shown.index(line) + 1]
    assert line[carets.index("^") : carets.rindex("^") + 1] == "AND"


@pytest.mark.parametrize("format", ["github", "sarif", "junit"])
def test_every_format_has_the_places(pn: Command, code: Path, format: str) -> None:
    out = pn("check", "src", "--format", format).out
    assert "client.py" in out
    assert {"github": "line=3,col=52", "sarif": '"startColumn": 52', "junit": 'line="3"'}[
        format
    ] in out


def test_a_fix_is_told_where_it_needs_no_escape(pn: Command, code: Path) -> None:
    log = json.loads(pn("check", "src", "--format", "sarif").out)
    results = log["runs"][0]["results"]
    change = results[0]["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert change["deletedRegion"]["startColumn"] == 52
    assert change["insertedContent"] == {"text": "&&"}
    assert "fixes" not in results[1]


def test_only_what_fix_edits_is_counted_as_fixable(pn: Command, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        'import pubnub\nEAST = "region=east"\nWEST = "region=west"\n'
        "client.set_filter_expression(EAST)\nclient.set_filter_expression(WEST)\n"
        'client.set_filter_expression("such=wow")\nprint(EAST)\n'
        "client.set_filter_expression(\"a == '1' || b={}\".format(me))\n"
    )
    (tmp_path / "b.py").write_text("from a import WEST\nprint(WEST)\n")
    for format in ("text", "concise", "json"):
        summary = pn("check", ".", "--format", format).err
        assert "(1 can be fixed by: pnfilter check --fix;" in summary
    found = json.loads(pn("check", ".", "--format", "json").out)
    assert {each["line"]: each["fix"].get("refused", "") for each in found if each["fix"]} == {
        2: "EAST may be used for something else, too",
        3: "WEST may be used for something else in b.py",
        6: "",
    }
    log = json.loads(pn("check", ".", "--format", "sarif").out)
    assert not any("fixes" in each for each in log["runs"][0]["results"])
    assert "\n1 filter fixed\n" in pn("check", ".", "--fix").err


def test_a_baseline_knows_filters_of_code(pn: Command, code: Path) -> None:
    assert pn("check", "src", "--baseline", "known.json", "--write-baseline").status == 0
    assert pn("check", "src", "--baseline", "known.json", "--strict").status == 0
    code.write_text("\n\n" + CODE, encoding="utf-8")
    assert pn("check", "src", "--baseline", "known.json", "--strict").status == 0


def test_files_of_filters_and_code_together(pn: Command, code: Path, tmp_path: Path) -> None:
    (tmp_path / "a.filter").write_text("a ==")
    found = json.loads(pn("check", "src", "a.filter", "--format", "json").out)
    assert {each["file"] for each in found} == {"a.filter", "src/client.py"}
    assert pn("check", "src/client.py", "--as", "filter", "-q").out.startswith("error")


@pytest.mark.parametrize(
    ("comment", "above", "left"),
    [
        ("# pnfilter: ignore", False, []),
        ("# pnfilter: ignore[E202]", False, []),
        ("# pnfilter: ignore[E202, W403]", False, []),
        ("# pnfilter: ignore[E]", True, []),
        ("# pnfilter: ignore", True, []),
        ("# pnfilter: ignore[W403]", False, ["E202"]),
        ("# pnfilter: ignored", False, ["E202"]),
    ],
)
def test_a_comment(pn: Command, tmp_path: Path, comment: str, above: bool, left: list[str]) -> None:
    line = 'config.filter_expression = "a == 1 AND b == 2"'
    text = f"{comment}\n{line}\n" if above else f"{line}  {comment}\n"
    (tmp_path / "a.py").write_text("import pubnub\n" + text)
    found = json.loads(pn("check", "a.py", "--format", "json").out)
    assert [each["code"] for each in found] == left


def test_a_comment_after_code_is_for_its_own_line(pn: Command, tmp_path: Path) -> None:
    lines = ["import pubnub  # pnfilter: ignore", 'c.filter_expression = "a AND b"']
    (tmp_path / "a.py").write_text("\n".join(lines))
    assert [code for code, *_ in codes(pn("check", "a.py", "--format", "json").out)] == ["E202"]


def test_an_open_hole_is_a_warning_and_a_quoted_one_a_hint(pn: Command, tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text(
        "const PubNub = require('pubnub');\n"
        "p.setFilterExpression(`meta.level > ${level}`);\n"
        "p.setFilterExpression(`meta.level > ${list.length}`);\n"
        "p.setFilterExpression(`meta.name == '${name}'`);\n"
    )
    assert codes(pn("check", "a.js", "--format", "json").out) == [("W461", 2, 37)]
    hints = codes(pn("check", "a.js", "--format", "json", "--select", "I511").out)
    assert hints == [("I511", 4, 38)]


def test_settings(pn: Command, code: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[tool.pnfilter]\n"
        'keys = ["room_rule"]\nexclude = ["generated"]\nwords = ["acme_realtime"]\n'
        '[tool.pnfilter.severity]\nW403 = "error"\nI501 = "warning"\nW461 = "ignore"\n'
    )
    (tmp_path / "generated").mkdir()
    (tmp_path / "generated" / "a.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "wrapped.py").write_text(
        'import acme_realtime\nroomRule = "meta.x == 1"\nroom_rule = f"meta.y > {low}"\n'
    )
    assert pn("extract", "-q").out.splitlines() == [
        'src/client.py:3:41: x == "é" AND y == 1',
        "src/client.py:4:29: such=wow",
        "wrapped.py:2:13: meta.x == 1",
        "wrapped.py:3:15: meta.y > {low}",
    ]
    ended = pn("check", ".", "--format", "json")
    graded = {each["code"]: each["severity"] for each in json.loads(ended.out)}
    assert graded == {"E202": "error", "W403": "error", "I501": "warning"}
    assert pn("check", ".", "--ignore", "I501", "-q").out.count("I501") == 0


def test_settings_have_a_schema(pn: Command, tmp_path: Path) -> None:
    (tmp_path / "messages.json").write_text(
        '{"properties": {"meta": {"properties": {"x": {}}, "additionalProperties": false}}}'
    )
    (tmp_path / "pnfilter.toml").write_text('schema = "messages.json"\ninclude = ["*.py"]\n')
    (tmp_path / "a.py").write_text("import pubnub\nc.filter_expression = 'meta.y == 1'\n")
    (tmp_path / "b.js").write_text("pubnub.setFilterExpression('a ==');\n")
    found = pn("check", ".", "--format", "json", "--strict")
    assert [code[:3] for code, *_ in codes(found.out)] == ["W44"]


def test_files_of_filters_heed_the_settings(pn: Command, tmp_path: Path) -> None:
    (tmp_path / "messages.json").write_text(
        '{"properties": {"meta": {"properties": {"x": {}}, "additionalProperties": false}}}'
    )
    (tmp_path / "pnfilter.toml").write_text(
        'schema = "messages.json"\nexclude = ["made"]\n[severity]\nW403 = "error"\nI501 = "ignore"\n'
    )
    for name in ("rules/a.filter", "made/b.filter"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("meta.y = 1")
    ended = pn("check", "rules/a.filter", "made/b.filter", "--format", "json")
    graded = {each["code"]: each["severity"] for each in json.loads(ended.out)}
    assert graded == {"W403": "error", "W441": "warning"}
    assert ended.status == 1
    assert pn("check", "made/b.filter").err == "no filter checked\n"
    assert pn("check", "-e", "x = 1").status == 0
    (tmp_path / "pnfilter.toml").write_text("[severity]\nW999 = 'error'\n")
    assert "severity of W999: no such rule" in pn("check", "rules/a.filter").err


def test_a_schema_of_the_settings_that_is_not_there(pn: Command, tmp_path: Path) -> None:
    (tmp_path / "pnfilter.toml").write_text('schema = "none.json"\n')
    (tmp_path / "a.filter").write_text("a == 1")
    ended = pn("check", "a.filter")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("pnfilter: schema of the settings: ")
    assert ended.err.endswith("none.json: no such file or directory\n")


def test_names_in_capitals(pn: Command, tmp_path: Path) -> None:
    (tmp_path / "ALARM.FILTER").write_text("such=wow")
    (tmp_path / "All.Filters").write_text("meta.a==1\nmeta.b=c\n")
    for names in (["ALARM.FILTER", "All.Filters"], ["."]):
        assert pn("check", *names).err.startswith("3 filters checked: 2 warnings")
    assert len(pn("extract", "-q").out.splitlines()) == 3
    assert pn("fmt", "All.Filters").out == "All.Filters: 2 filters changed\n"


def test_files_of_filters_in_a_folder(pn: Command, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.filter").write_text("meta.x == 1\n  && meta.y ==\n")
    (tmp_path / "rules" / "b.filters").write_text("# two\nmeta.a == 1\n\n  such=wow\n")
    assert pn("extract", "rules", "-q").out.splitlines() == [
        "rules/a.filter:1:1: meta.x == 1\\n  && meta.y ==",
        "rules/b.filters:2:1: meta.a == 1",
        "rules/b.filters:4:3: such=wow",
    ]
    ended = pn("check", "rules", "--format", "json")
    assert codes(ended.out) == [("E212", 2, 13), ("W403", 4, 7)]
    assert ended.err.startswith("3 filters checked: 1 error, 1 warning")
    assert json.loads(pn("extract", "rules/a.filter", "--format", "json").out)[0]["end_line"] == 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("severty = {}", "unknown setting severty; did you mean severity?"),
        ("zzz = 1", "unknown setting zzz; there are keys, words"),
        ("keys = 'x'", "keys is a list of texts"),
        ("schema = 1", "schema is the path of a file"),
        ("severity = 1", "severity is a table"),
        ("severity = {W403 = 'fatal'}", "it is one of error, warning, info, ignore"),
        ("severity = {W40 = 'error'}", "severity of W40: no such rule; did you mean W4"),
        ("severity = {E202 = 'warning'}", "errors stay errors"),
        ("keys = [", "not TOML"),
    ],
)
def test_wrong_settings(pn: Command, tmp_path: Path, settings: str, message: str) -> None:
    (tmp_path / "pnfilter.toml").write_text(settings)
    ended = pn("extract")
    assert (ended.status, ended.out) == (2, "")
    assert message in ended.err
    assert pn("check", ".").status == 2


def test_a_project_without_settings_of_ours(pn: Command, code: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    assert len(pn("extract", "-q").out.splitlines()) == 2
    (tmp_path / "pyproject.toml").write_text("[tool]\npnfilter = 3  # tool.pnfilter\n")
    assert "tool.pnfilter is a table" in pn("extract").err


def in_a_repository(folder: Path) -> None:
    subprocess.run(["git", "init", "-q", str(folder)], check=True)


@pytest.mark.parametrize("repository", [True, False])
def test_what_git_ignores_is_left_out(pn: Command, tmp_path: Path, repository: bool) -> None:
    if repository:
        in_a_repository(tmp_path)
    (tmp_path / ".gitignore").write_text("/built\n*.gen.py\n!kept.gen.py\n")
    left_out = ["built/a.py", "src/a.gen.py", ".hidden/a.py", "node_modules/x/a.js", "src/a.min.js"]
    left_out += ["src/.a.py", "venv/lib/a.py", "src/deep/b.py"]
    wanted = ["src/a.py", "kept.gen.py", ".env"]
    for name in [*left_out, *wanted]:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("# pubnub\nPUBNUB_FILTER_EXPRESSION = 'meta.x == 1'\n")
    (tmp_path / "src" / "deep" / ".gitignore").write_text("b.*\n")
    found = {line.split(":")[0] for line in pn("extract", "-q").out.splitlines()}
    assert found == set(wanted)


def test_lists_of_what_to_ignore_need_a_package_outside_a_repository(
    pn: Command, code: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pathspec", None)
    (tmp_path / ".gitignore").write_text("src\n")
    ended = pn("extract", "-q")
    assert len(ended.out.splitlines()) == 2
    assert "pip install 'pnfilter[code]'" in ended.err
    assert "pip install 'pnfilter[code]'" in pn("check", ".").err


def test_binary_huge_and_old_files(pn: Command, tmp_path: Path) -> None:
    line = "import pubnub; c.filter_expression = 'meta.x == 1'\n"
    (tmp_path / "binary.py").write_text(line + "\0")
    (tmp_path / "huge.py").write_text(line + "#" * MAX_FILE_BYTES)
    (tmp_path / "bom.py").write_bytes(b"\xef\xbb\xbf" + line.encode())
    (tmp_path / "latin.py").write_bytes(b"x = '\xe4'; " + line.encode())
    (tmp_path / "lines.py").write_bytes(f"# é\r\n\r\n{line}".encode())
    (tmp_path / "wide.py").write_text(f"# 😀\n{line}", encoding="utf-16")
    (tmp_path / "wide-cut.py").write_bytes(f"# é\n{line}#\n".encode("utf-16")[:-1])
    assert pn("extract").out.splitlines() == [
        "bom.py:1:39: meta.x == 1",
        "latin.py:1:48: meta.x == 1",
        "lines.py:3:39: meta.x == 1",
        "wide-cut.py:2:39: meta.x == 1",
        "wide.py:2:39: meta.x == 1",
    ]


def test_columns_of_sarif_are_those_of_the_line_of_the_file(pn: Command, tmp_path: Path) -> None:
    line = "import pubnub; x = '😀é'; c.filter_expression = '\"😀\" == a AND b'"
    (tmp_path / "a.py").write_text(f"# 😀\n{line}\n# 😀\n", encoding="utf-8")
    (result,) = json.loads(pn("check", "a.py", "--format", "sarif").out)["runs"][0]["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    before = line[: line.index("AND")].encode("utf-16-le")
    assert (region["startLine"], region["startColumn"]) == (2, len(before) // 2 + 1)
    shown = pn("check", "a.py").out
    assert f"a.py:2:{line.index('AND') + 1}\n" in shown
    assert "2 | import pubnub" in shown


def test_a_file_that_can_not_be_read(
    pn: Command, code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> bytes:
        raise PermissionError(13, "Permission denied", str(code))

    monkeypatch.setattr("pnfilter.extraction.project._content", refused)
    for command in (["extract"], ["check", "src"]):
        ended = pn(*command)
        assert ended.status == 2
        assert "permission denied" in ended.err


@pytest.mark.parametrize("repository", [True, False])
def test_a_folder_that_can_not_be_read(
    pn: Command, code: Path, monkeypatch: pytest.MonkeyPatch, repository: bool
) -> None:
    closed = code.parent / "closed"
    closed.mkdir()
    if repository:
        said = b"warning: could not open directory 'src/closed/': Permission denied\n"

        def answer(*_: object, **__: object) -> subprocess.CompletedProcess[bytes]:
            return subprocess.CompletedProcess((), 0, f"{code.name}\0".encode(), said)

        monkeypatch.setattr("pnfilter.extraction.files.subprocess.run", answer)
    # For root everything can be read.
    listed = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    for command in (["extract", "-q"], ["check", "src"]):
        ended = pn(*command)
        # What can be read is.
        assert (ended.status, "such=wow" in ended.out) == (2, True)
        assert "closed: permission denied\n" in ended.err
    for command in (["check", "--diff", "src"], ["fmt", "--diff", "src"]):
        assert pn(*command).status == 2
    with pytest.raises(PermissionError):
        list(pnfilter.extract("src"))


def test_holes_on_the_command_line(pn: Command) -> None:
    ended = pn("check", "-e", "meta.level > {level}", "--holes", "--format", "json")
    assert codes(ended.out) == [("W461", 1, 14)]
    assert pn("check", "-e", "meta.level > {level}").status == 1


@pytest.mark.parametrize("name", ["Podfile", "package.json", "requirements-dev.txt", "go.mod"])
def test_a_list_of_packages_above_tells_what_a_file_is(
    pn: Command, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "app" / "deep" / "down"
    folder.mkdir(parents=True)
    (folder / "a.swift").write_text('let filterExpression = "meta.x == 1"\n')
    assert pn("extract", "app/deep/down/a.swift", "-q").out == ""
    (tmp_path / "app" / name).write_text("pubnub 1.0\n")
    (tmp_path / "app" / "other.txt").write_text("nothing\n")
    assert pn("extract", "app/deep/down/a.swift", "-q").out.endswith(": meta.x == 1\n")


def test_pipes_and_links_to_nowhere_in_a_folder_are_no_files(
    pn: Command, code: Path, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "src" / "pipe.py")
    os.mkfifo(tmp_path / "src" / "requirements.txt")
    (tmp_path / "src" / "gone.py").symlink_to("nowhere.py")
    (tmp_path / "src" / "round").symlink_to(".")
    (tmp_path / "src" / "plain.py").write_text("filter_expression = 'meta.x == 1'\n")
    ended = pn("extract", "src")
    assert (ended.status, len(ended.out.splitlines())) == (0, 2)
    assert ended.err == "2 filters in 2 files\n"


def test_settings_with_a_mark_of_the_order_of_bytes(pn: Command, tmp_path: Path) -> None:
    (tmp_path / "pnfilter.toml").write_bytes(b"\xef\xbb\xbfkeyz = 1\n")
    assert "unknown setting keyz; did you mean keys?" in pn("extract").err
    (tmp_path / "pnfilter.toml").unlink()
    (tmp_path / "pyproject.toml").write_text("tool = 3  # tool.pnfilter\n")
    assert pn("extract").err.endswith("pyproject.toml: tool.pnfilter is a table\n")


def test_a_block_in_a_quotation(pn: Command, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "> ```filter\n> meta.x == 1\n>   && meta.y == 2\n> ```\n\n"
        "> > ~~~ filters\n> > # no > filter\n>> a > 1\n>>  > ====\n> > ~~~\n"
    )
    listed = json.loads(pn("extract", "a.md", "--format", "json").out)
    assert [(each["text"], each["line"], each["column"]) for each in listed] == [
        ("meta.x == 1\n   && meta.y == 2", 2, 3),
        ("a > 1", 8, 4),
        ("> ====", 9, 5),
    ]
    assert [place[1:] for place in codes(pn("check", "a.md", "--format", "json").out)][-1][0] == 9


def test_a_character_by_its_name(pn: Command, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "import pubnub\n"
        "c.filter_expression = '\"\\N{BULLET}\\N{digit one}\" == a ===== 1'\n"
        "c.filter_expression = '\"\\N{NO SUCH} \\N{\" == a'\n"
    )
    listed = json.loads(pn("extract", "--format", "json").out)
    assert [each["text"] for each in listed] == ['"•1" == a ===== 1', '"\\N{NO SUCH} \\N{" == a']
    assert ("E205", 2, 55) in codes(pn("check", "a.py", "--format", "json").out)
    (tmp_path / "a.py").unlink()
    (tmp_path / "a.js").write_text("pubnub.setFilterExpression('a == \"\\N{BULLET}\"')\n")
    assert pn("extract", "-q").out == 'a.js:1:29: a == "N{BULLET}"\n'


@pytest.mark.parametrize("command", ["extract", "check"])
def test_a_named_file_that_is_not_read_is_reported(pn: Command, code: Path, command: str) -> None:
    code.write_bytes(CODE.encode() + b"#" * MAX_FILE_BYTES)
    reason = "src/client.py is not read: no text, or longer than 2,000,000 bytes"
    assert reason in pn(command, "src/client.py").err
    assert reason not in pn(command, "src").err
    code.write_bytes(b"\0" + CODE.encode())
    assert reason in pn(command, "src/client.py").err


# App Context

OBJECTS = """\
import PubNub from 'pubnub';
pubnub.objects.getAllUUIDMetadata({ filter: "nmae LIKE 'a%'" });
pubnub.objects.getMemberships({ filter: `channel.id == '${room}' AND x` });
pubnub.objects.getChannelMembers({ filter: "meta.tier == 'gold'" });
pubnub.objects.getAllUUIDMetadata({ filter: "uuid.id == 'a'" });
pubnub.objects.getAllUUIDMetadata({ filter: "nmae == 'b'" }); // pnfilter: ignore[W471]
pubnub.objects.getAllUUIDMetadata({ filter: "email == null && custom.tier == 'gold'" });
pubnub.setFilterExpression("custom.tier == 'gold'");
pubnub.setFilterExpression("updated >= '2026-01-01'");
pubnub.setFilterExpression("meta.tier == 'gold'");
"""
FOUND_OF_EACH = [
    (2, 46, "W471"),
    (2, 56, "W404"),
    (3, 66, "E202"),
    (4, 45, "W472"),
    (5, 46, "W471"),
    (8, 29, "W455"),
    (9, 29, "W455"),
    (9, 40, "W422"),
]


def test_each_kind_is_checked_by_its_own_rules(pn: Command, tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text(OBJECTS, encoding="utf-8")
    for options in ((), ("--encrypted",), ("--known-field", "meta.tier"), ("--holes",)):
        ended = pn("check", "a.js", "--format", "json", "-q", *options)
        places = [(each["line"], each["column"], each["code"]) for each in json.loads(ended.out)]
        assert places == FOUND_OF_EACH
    ended = pn("check", "a.js")
    assert ended.status == 1
    assert "fmt" not in ended.err
    (tmp_path / "m.ndjson").write_text('{"meta": {"tier": "gold"}, "data": 1}\n', "utf-8")
    ended = pn("check", "a.js", "--messages", "m.ndjson", "--format", "json", "-q")
    codes = {(each["line"], each["code"]) for each in json.loads(ended.out)}
    assert {line for line, code in codes if code in ("W444", "W445")} <= {8, 9, 10}


def test_extract_names_the_kind(pn: Command, tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text(
        "".join(OBJECTS.splitlines(keepends=True)[::8]), encoding="utf-8"
    )
    (tmp_path / "b.py").write_text(
        "import pubnub\npubnub.get_memberships().filter(\"channel.name == 'a'\")\n", "utf-8"
    )
    assert pn("extract").out == (
        "a.js:2:29: updated >= '2026-01-01'\nb.py:2:34: channel.name == 'a' (App Context)\n"
    )
    first, second = json.loads(pn("extract", "--format", "json").out)
    assert (first["kind"], first.get("entity")) == ("stream", None)
    assert (second["kind"], second["entity"]) == ("app-context", "memberships")
    assert [each.kind for each in pnfilter.extract(tmp_path)] == ["stream", "app-context"]
