"""The completion scripts: current, printed, and of use to a shell."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from pnfilter.cli.completion import SHELLS, script_path
from pnfilter.cli.parser import COMMANDS

from .conftest import Command

TOOL = Path(__file__).parents[2] / "tools" / "completions.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The generator, which is no part of the package."""
    found = importlib.util.spec_from_file_location("completions_tool", TOOL)
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize("shell", SHELLS)
def test_scripts_are_current(tool: ModuleType, shell: str) -> None:
    assert script_path(shell).read_text() == tool.script(shell), "run tools/completions.py"


def test_the_tool_tells_stale_scripts(
    tool: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(tool, "script_path", lambda shell: tmp_path / "made" / shell)
    monkeypatch.setattr("sys.argv", ["completions.py", "--check"])
    assert tool.main() == 1
    assert not (tmp_path / "made").exists()
    monkeypatch.setattr("sys.argv", ["completions.py"])
    assert tool.main() == 0
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == sorted(SHELLS)
    monkeypatch.setattr("sys.argv", ["completions.py", "--check"])
    assert tool.main() == 0
    assert capsys.readouterr().out.count("is stale") == len(SHELLS)


@pytest.mark.parametrize("shell", SHELLS)
def test_scripts_are_printed(pn: Command, shell: str) -> None:
    ended = pn("completion", shell)
    assert (ended.status, ended.out, ended.err) == (0, script_path(shell).read_text(), "")
    for command in COMMANDS:
        assert command in ended.out


@pytest.mark.parametrize("arguments", [[], ["tcsh"], ["bash", "zsh"]])
def test_misuse(pn: Command, arguments: list[str]) -> None:
    assert pn("completion", *arguments).status == 2


def test_fish_quotes_and_asks_for_values(tool: ModuleType) -> None:
    script = tool.script("fish")
    lines = script.splitlines()
    check = "complete -c pnfilter -n '__fish_seen_subcommand_from check' "
    assert f"{check}-F" in lines
    assert any(
        line.startswith(f"{check}-s e -l expression -x -d 'a filter\\'s text") for line in lines
    )
    assert any(
        line.startswith(f"{check}-l format -x -a 'text concise json github sarif junit' -d ")
        for line in lines
    )
    assert any(line.startswith(f"{check}-l schema -r -F -d ") for line in lines)
    assert any(line.startswith(f"{check}-l strict -d ") for line in lines)
    assert (
        "complete -c pnfilter -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'"
        in lines
    )
    assert tool._quoted(r"it's \n") == r"'it\'s \\n'"


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["ch"], {"check"}),
        (["check", "--for"], {"--format"}),
        (["check", "--format", ""], {"text", "concise", "json", "github", "sarif", "junit"}),
        (["check", "-e", "a == 1", "--stri"], {"--strict"}),
        (["check", "mi"], {"mine.filter"}),
        (["explain", "a == 1", "my"], set()),
        (["explain", "a == 1", "mi"], {"mine.filter"}),
        (["completion", "z"], {"zsh"}),
    ],
)
@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
def test_bash_completes(tmp_path: Path, words: list[str], completed: set[str]) -> None:
    (tmp_path / "mine.filter").touch()
    source = (
        f'. {script_path("bash")}; COMP_WORDS=(pnfilter "$@"); COMP_CWORD=$#; '
        '_shtab_pnfilter; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    ended = subprocess.run(
        ["bash", "-c", source, "bash", *words], capture_output=True, cwd=tmp_path, check=True
    )
    assert set(ended.stdout.decode().split()) == completed
