"""Constants that another file has: found where they are used, and only where that is certain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pnfilter.cli import main
from pnfilter.extraction import imports
from pnfilter.extraction.project import Project, extract
from pnfilter.extraction.settings import Settings

PYTHON = "import pubnub\n{}\nclient.filter_expression = EAST\n"
SCRIPT = 'import PubNub from "pubnub";\n{}\npubnub.setFilterExpression(EAST);\n'


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in which the tests run."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


def found(name: str) -> list[tuple[str, int, int, str, tuple[int, int]]]:
    return [
        (each.text, each.line, each.column, each.origin[0], each.origin[1])
        for each in extract(name)
        if each.origin is not None
    ]


@pytest.mark.parametrize(
    ("name", "line", "other"),
    [
        ("a/b.py", "from .filters import EAST", "a/filters.py"),
        ("a/b.py", "from .filters import (\n  WEST,  # (not this)\n  EAST,\n)", "a/filters.py"),
        ("a/b.py", "from .filters import WEST as X, OTHER as EAST", "a/filters.py"),
        ("a/b.py", "from ..filters import EAST", "filters.py"),
        ("a/b.py", "from a.c.filters import EAST", "a/c/filters.py"),
        ("a/b.py", "from filters import EAST", "filters.py"),
        ("a/b.py", "from .filters import EAST", "a/filters/__init__.py"),
        ("a/b.py", "def f():\n    from .filters import EAST", "a/filters.py"),
        ("a/b.js", "import { EAST } from './filters';", "a/filters.js"),
        ("a/b.js", "import {\n  WEST,\n  OTHER as EAST,\n} from './filters'", "a/filters.js"),
        ("a/b.ts", "import all, { type X, EAST } from '../filters';", "filters.ts"),
        ("a/b.ts", "import { EAST } from './filters.js';", "a/filters.ts"),
        ("a/b.tsx", "import { EAST } from './filters';", "a/filters/index.ts"),
        ("a/b.js", "const { WEST, OTHER: EAST } = require('./filters');", "a/filters.js"),
        ("a/b.vue", "import { EAST } from './filters.mjs';", "a/filters.mjs"),
    ],
)
def test_imported_constant(repository: Path, name: str, line: str, other: str) -> None:
    is_python = name.endswith(".py")
    text = (PYTHON if is_python else SCRIPT).format(line)
    if name.endswith(".vue"):
        text = f"<script>\n{text}</script>\n"
    write(name, text)
    wanted = "OTHER" if "OTHER" in line else "EAST"
    constant = f'{wanted} = "region == 1"\n' if is_python else f'const {wanted} = "region == 1";\n'
    write(other, f"\n{constant}")
    place = 2, constant.index("region") + 1
    [(text, row, _, path, position)] = found(name)
    assert (text, path, tuple(position)) == ("region == 1", other, place)
    assert "EAST" in Path(name).read_text().splitlines()[row - 1]


@pytest.mark.parametrize(
    "constants",
    [
        "EAST = 'a == 1'\nEAST = 'b == 1'\n",
        "EAST = 'a == 1'\nEAST += ' && b == 1'\n",
        "def f():\n    EAST = 'a == 1'\n",
        "EAST = f'a == {x}'\n",
        "EAST = 'a == 1' if x else 'b == 1'\n",
        "EAST = ''\n",
        "EAST = 3\n",
        "from .others import EAST\n",
        "EAST = 'a\0 == 1'\n",
        f"EAST = 'a == {'1' * imports.MAX_LENGTH}'\n",
    ],
)
def test_constant_without_one_text(repository: Path, constants: str) -> None:
    write("filters.py", constants)
    write("others.py", "EAST = 'a == 1'\n")
    write("b.py", PYTHON.format("from filters import EAST"))
    assert list(extract("b.py")) == []


@pytest.mark.parametrize(
    "text",
    [
        "from filters import EAST\ndef f(EAST):\n    client.filter_expression = EAST\n",
        "from filters import EAST as X\nclient.filter_expression = EAST\n",
        "from filters import *\nclient.filter_expression = EAST\n",
        "from nowhere import EAST\nclient.filter_expression = EAST\n",
        "try:\n    from filters import X, EAST\nexcept ImportError:\n    from others import X, EAST\n"
        "client.filter_expression = EAST\n",
        "from . import EAST\nclient.filter_expression = EAST\n",
        "from filters import EAST\nfor EAST in names:\n    client.filter_expression = EAST\n",
    ],
)
def test_name_that_is_not_that_of_the_constant(repository: Path, text: str) -> None:
    write("filters.py", "EAST = 'a == 1'\n")
    write("others.py", "EAST = 'b == 1'\n")
    write("b.py", f"import pubnub\n{text}")
    assert found("b.py") == []


@pytest.mark.parametrize(
    ("name", "text", "is_own"),
    [
        ("a.js", "list.map(EAST => pubnub.setFilterExpression(EAST))", False),
        ("a.js", "list.map((EAST) => pubnub.setFilterExpression(EAST))", False),
        ("a.js", "list.map(([x, { EAST }]) => pubnub.setFilterExpression(EAST))", False),
        ("a.js", "function f({ EAST }) { pubnub.setFilterExpression(EAST) }", False),
        ("a.ts", "const f = (EAST: string): void => pubnub.setFilterExpression(EAST)", False),
        (
            "a.js",
            "const g = () => { const { EAST } = h(); pubnub.setFilterExpression(EAST) }",
            False,
        ),
        ("a.js", "try {} catch (EAST) { pubnub.setFilterExpression(EAST) }", False),
        ("a.js", "class A { f(EAST) { pubnub.setFilterExpression(EAST) } }", False),
        ("a.js", "for (const EAST of all) { pubnub.setFilterExpression(EAST) }", False),
        ("a.js", "if (EAST) { pubnub.setFilterExpression(EAST) }", True),
        ("a.js", "const g = () => { if (EAST && x) pubnub.setFilterExpression(EAST) }", True),
        ("a.js", "const p = new PubNub({ filterExpression: EAST, x });", True),
        ("a.js", "g(() => { pubnub.setFilterExpression(EAST) }, EAST)", True),
        ("a.py", "f = lambda EAST: c.set_filter_expression(EAST)", False),
        ("a.py", "f = lambda x, EAST: c.set_filter_expression(EAST)", False),
        ("a.py", "[c.set_filter_expression(EAST) for EAST in all]", False),
        ("a.py", "for x, EAST in all:\n    c.set_filter_expression(EAST)", False),
        ("a.py", "with x as EAST:\n    c.set_filter_expression(EAST)", False),
        ("a.py", "if x == EAST:\n    c.set_filter_expression(EAST)", True),
        ("a.py", "for x in all:\n    c.set_filter_expression(EAST)", True),
        ("a.py", "print(EAST, {EAST: 1}, x[EAST])\nc.set_filter_expression(EAST)", True),
    ],
)
def test_name_that_something_else_has_in_a_part_of_the_file(
    repository: Path, name: str, text: str, is_own: bool
) -> None:
    write("filters.py", "EAST = 'a == 1'\n")
    write("filters.js", "export const EAST = 'a == 1';\n")
    head = "import pubnub\nfrom filters import EAST\n"
    if name != "a.py":
        head = "import PubNub from 'pubnub';\nimport { EAST } from './filters';\n"
    write(name, f"{head}{text}\n")
    assert bool(found(name)) is is_own


def test_name_that_holds_a_filter_is_found_in_its_own_file(repository: Path) -> None:
    write("filters.py", "import pubnub\nFILTER_EXPRESSION = 'a == 1'\n")
    write(
        "b.py",
        PYTHON.format("from filters import FILTER_EXPRESSION").replace(
            " EAST", " FILTER_EXPRESSION"
        ),
    )
    assert [(each.path, each.text) for each in extract(".")] == [("filters.py", "a == 1")]


def test_two_modules_of_one_name(repository: Path) -> None:
    write("filters.py", "EAST = 'a == 1'\n")
    write("a/filters.py", "EAST = 'b == 1'\n")
    write("a/b.py", PYTHON.format("from filters import EAST"))
    assert found("a/b.py") == []


@pytest.mark.parametrize("name", ["b.py", "b.js"])
@pytest.mark.parametrize("way", ["above", "link", "folder", "hidden"])
def test_nothing_outside_of_the_repository_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, way: str
) -> None:
    ending = Path(name).suffix
    (tmp_path / "in" / "a" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "in")
    constant = (
        "EAST = 'secret == 1'\n" if ending == ".py" else "export const EAST = 'secret == 1';\n"
    )
    write(f"../out/filters{ending}", constant)
    write(f"filters{ending}", constant)
    write(f"a/.hidden/filters{ending}", constant)
    Path(f"a/linked{ending}").symlink_to(f"../../out/filters{ending}")
    Path("a/folder").symlink_to("../../out")
    modules = {
        "above": ("..filters", "../filters"),
        "link": (".linked", "./linked"),
        "folder": (".folder.filters", "./folder/filters"),
        "hidden": (".hidden.filters", "./.hidden/filters"),
    }
    python, script = modules[way]
    if ending == ".py":
        write(f"a/{name}", PYTHON.format(f"from {python} import EAST"))
    else:
        write(f"a/{name}", SCRIPT.format(f"import {{ EAST }} from '{script}';"))
    assert list(extract(f"a/{name}")) == []


def test_folder_that_is_named_is_read_without_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write("filters.py", "EAST = 'a == 1'\n")
    write("a/filters.py", "EAST = 'b == 1'\n")
    write("a/b/c.py", PYTHON.format("from ..filters import EAST"))
    write("a/d.py", PYTHON.format("from ..filters import EAST"))
    assert [each[0] for each in found("a")] == ["b == 1"]
    assert found("a/b") == []


def test_part_of_a_text(repository: Path) -> None:
    write("filters.ts", "export const EAST = 'region == 1' as const;\n")
    write(
        "b.ts",
        "import PubNub from 'pubnub';\nimport { EAST } from './filters';\n"
        "pubnub.setFilterExpression(`${EAST} and ${x}`);\n"
        "pubnub.setFilterExpression(EAST + ' and b');\n",
    )
    assert [(text, line, column) for text, line, column, *_ in found("b.ts")] == [
        ("region == 1 and {x}", 3, 31),
        ("region == 1 and b", 4, 28),
    ]


def test_each_file_is_read_once(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    original = imports._constants_of

    def counting(path: Path) -> dict[str, imports.Constant]:
        read.append(path)
        return original(path)

    monkeypatch.setattr(imports, "_constants_of", counting)
    write("filters.py", "".join(f"N{number} = 'a == {number}'\n" for number in range(50)))
    for number in range(50):
        write(f"b{number}.py", PYTHON.format(f"from filters import N{number} as EAST"))
    assert len(found(".")) == 50
    assert read == [Path("filters.py")]


def test_constants_of_a_file_have_a_limit(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "MAX_CONSTANTS", 2)
    write("filters.py", "A = 'a == 1'\nB = 'a == 2'\nEAST = 'a == 3'\n")
    write("b.py", PYTHON.format("from filters import EAST"))
    assert found("b.py") == []


def test_reports_name_the_definition(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write("filters.py", "EAST = 'region=east'\n")
    write("b.py", PYTHON.format("from filters import EAST"))
    before = Path("b.py").read_bytes(), Path("filters.py").read_bytes()

    def printed(*arguments: str) -> tuple[str, str]:
        main([*arguments, "b.py"])
        captured = capsys.readouterr()
        return captured.out, captured.err

    out, err = printed("check", "--fix")
    assert "b.py:3:28\n" in out
    assert "  = defined at filters.py:1:9\n" in out
    assert "b.py:3:28: not fixed: filters.py has its text\n" in err
    assert (Path("b.py").read_bytes(), Path("filters.py").read_bytes()) == before
    assert "can be fixed" not in printed("check")[1]
    assert "%0Adefined at filters.py:1:9" in printed("check", "--format", "github")[0]
    [result] = json.loads(printed("check", "--format", "json")[0])
    assert result["definition"] == {"file": "filters.py", "line": 1, "column": 9}
    assert result["fix"]["refused"] == "filters.py has its text"
    [logged] = json.loads(printed("check", "--format", "sarif")[0])["runs"][0]["results"]
    [related] = logged["relatedLocations"]
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "filters.py"
    assert "fixes" not in logged
    assert "region=east (defined at filters.py:1:9)" in printed("extract")[0]
    [listed] = json.loads(printed("extract", "--format", "json")[0])
    assert listed["definition"] == {"file": "filters.py", "line": 1, "column": 9}


def test_changed_file_is_read_again(repository: Path) -> None:
    write("filters.py", "EAST = 'a == 1'\n")
    write("b.py", PYTHON.format("from filters import EAST"))
    project = Project([Path("b.py")], Settings())
    assert [each.text for each in project.filters(Path("b.py"))] == ["a == 1"]
    write("filters.py", "EAST = 'a == 1234'\n")
    assert [each.text for each in project.filters(Path("b.py"))] == ["a == 1234"]
