"""Every command, session and program on a page of the manual is run, and gives what is shown."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from tests.pages import ROOT, Block, blocks, commands, failures, output_of

DOCS = ROOT / "docs"
#: Pages that need more than a folder, and the test that runs what they show.
ELSEWHERE = {
    "client": "client/test_manual.py",
    "control": "server/control/test_control.py",
}
#: Pages whose programs need what isn't here, and are run in other words by the tests of the engine.
UNRUN = {"engines": "engines/test_spark.py"}
PAGES = {
    page.relative_to(DOCS).with_suffix("").as_posix(): page.read_text(encoding="utf-8")
    for page in sorted(DOCS.rglob("*.md"))
}
SHOWING = [
    name
    for name, text in PAGES.items()
    if name not in ELSEWHERE
    if any(block.language == "console" or block.is_session for block in blocks(text))
]
PROGRAMS = [
    pytest.param(block, id=f"{name}:{block.line}")
    for name, text in PAGES.items()
    if name not in ELSEWHERE and name not in UNRUN
    for block in blocks(text)
    if block.is_program
]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples, and the commands on the way."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


@pytest.mark.parametrize("page", SHOWING)
def test_what_is_shown_comes(page: str, workplace: Path) -> None:
    names: dict[str, Any] = {}
    run = 0
    for block in blocks(PAGES[page]):
        if block.language == "console":
            for command, output in commands(block.text):
                assert (command, output_of(command, workplace)) == (command, output)
                run += 1
        elif block.is_session:
            wrong, attempted = failures(block, page, names)
            assert not wrong
            run += attempted
    assert run


@pytest.mark.parametrize("block", PROGRAMS)
def test_a_program_is_part_of_an_example(block: Block) -> None:
    examples = [path.read_text(encoding="utf-8") for path in ROOT.glob("examples/**/*.py")]
    shown = {block.text, indent(block.text, "    ")}
    assert any(f"\n{text}" in f"\n{example}" for text in shown for example in examples)


@pytest.mark.parametrize(("page", "test"), (ELSEWHERE | UNRUN).items())
def test_what_is_run_elsewhere_is_run_there(page: str, test: str) -> None:
    assert f"{page}.md" in (ROOT / "tests" / test).read_text(encoding="utf-8") or page in UNRUN
    assert (ROOT / "tests" / test).is_file()


@pytest.mark.parametrize("page", PAGES)
def test_a_console_shows_commands_only(page: str) -> None:
    for block in blocks(PAGES[page]):
        if block.language == "console":
            assert re.match(r"\$ ", block.text), f"{page}:{block.line}"


def test_the_first_page_leads_to_every_other() -> None:
    named = re.findall(r"^\* \[[^\]]+\]\(([\w/-]+)\.md\)", PAGES["index"], re.MULTILINE)
    assert sorted([*named, "index"]) == sorted(PAGES)
