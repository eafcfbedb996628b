"""A text used elsewhere than it is written: ``extract`` has the use, ``check`` the text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pnfilter import extract
from pnfilter.cli import main
from pnfilter.cli.codebase import MAX_USES

#: A program with two uses of one text, after a character that is two code units of UTF-16.
CODE = "import pubnub\n'\U0001f600'; F = 'such=wow'\na.filter_expression = F\n'\U0001f600'; a.filter_expression = F\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.py"
    path.write_text(CODE, "utf-8")
    return path


def _places(path: Path) -> list[tuple[object, ...]]:
    return [(each.line, each.column, tuple(each.end), each.definition) for each in extract(path)]


def test_use_is_the_place_and_text_the_definition(path: Path) -> None:
    assert _places(path) == [(3, 23, (3, 24), (2, 11)), (4, 28, (4, 29), (2, 11))]
    path.write_text("import pubnub\na.filter_expression = 'a == 1'\n")
    assert _places(path) == [(2, 24, (2, 30), None)]


@pytest.mark.parametrize(
    ("name", "text", "use", "definition"),
    [
        ("a.js", "const f = () => 'a==1';\npubnub.setFilterExpression(f());", (2, 28), (1, 18)),
        ("a.js", "let f = 'a';\nf += '==1';\npubnub.setFilterExpression(f);", (3, 28), (1, 10)),
        ("a.js", "const f = 'a';\npubnub.setFilterExpression(f + '==1');", (2, 28), (1, 12)),
        ("a.js", "const f = '==1';\npubnub.setFilterExpression('a' + f);", (2, 29), None),
        ("a.md", "```js\nlet f = 'a==1';\nx.filterExpression = f;\n```", (3, 22), (2, 10)),
        (
            "A.java",
            'class A { String F = "a==1";\nA() { c.setFilterExpression(F); } }',
            (2, 29),
            (1, 23),
        ),
    ],
)
def test_text_elsewhere(
    tmp_path: Path, name: str, text: str, use: tuple[int, int], definition: tuple[int, int] | None
) -> None:
    (tmp_path / "package.json").write_text('{"dependencies": {"pubnub": "1"}}')
    path = tmp_path / name
    path.write_text(text)
    (found,) = extract(path)
    assert ((found.line, found.column), found.definition) == (use, definition)


def test_notebook_has_places_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    source = ["import pubnub\n", "F = 'such=wow'\n", "a.filter_expression = F"]
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": source}]}, indent=1))
    (found,) = extract(path)
    lines = path.read_text().splitlines()
    assert lines[found.line - 1][found.column - 1 :].startswith('F"')
    assert found.definition is not None
    line, column = found.definition
    assert lines[line - 1][column - 1 :].startswith("such=wow")


def test_extract_lists_uses(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["extract", str(path)])
    assert capsys.readouterr().out.splitlines() == [
        f"{path}:3:23: such=wow (defined at 2:11)",
        f"{path}:4:28: such=wow (defined at 2:11)",
    ]
    main(["extract", "--format", "json", str(path)])
    found = json.loads(capsys.readouterr().out)
    assert [(each["line"], each["definition"]) for each in found] == [
        (3, {"line": 2, "column": 11}),
        (4, {"line": 2, "column": 11}),
    ]


def test_check_reports_the_text_once(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", str(path)])
    out, err = capsys.readouterr()
    assert out.count("W403") == 1
    assert f"{path}:2:15\n" in out
    assert out.endswith("  = used at 3:23\n  = used at 4:28\n\n")
    assert err.startswith("1 filter checked")
    main(["check", "--format", "github", str(path)])
    assert capsys.readouterr().out.endswith("%0Aused at 3:23%0Aused at 4:28\n")
    main(["check", "--format", "json", str(path)])
    (found,) = json.loads(capsys.readouterr().out)
    assert found["line"] == 2
    assert found["uses"] == [{"line": 3, "column": 23}, {"line": 4, "column": 28}]
    main(["check", "--format", "sarif", str(path)])
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert [each["physicalLocation"]["region"] for each in result["relatedLocations"]] == [
        {"startLine": 3, "startColumn": 23},
        {"startLine": 4, "startColumn": 29},
    ]


@pytest.mark.parametrize("line", [2, 3, 4])
def test_comment_beside_text_or_use_ignores(
    path: Path, capsys: pytest.CaptureFixture[str], line: int
) -> None:
    lines = CODE.splitlines(keepends=True)
    lines[line - 1] = lines[line - 1].rstrip() + "  # pnfilter: ignore\n"
    path.write_text("".join(lines), "utf-8")
    main(["check", str(path)])
    assert capsys.readouterr().out == ""


def test_few_of_many_uses_are_named(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text(CODE + "a.filter_expression = F\n" * 2 * MAX_USES, "utf-8")
    main(["check", str(path)])
    assert capsys.readouterr().out.count("= used at") == MAX_USES
