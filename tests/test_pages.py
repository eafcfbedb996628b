"""Every command, session and program on a page of the manual is run, and gives what is shown."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from textwrap import indent

import pytest

from pnfilter.cli.parser import parse
from tests.pages import ROOT, Block, blocks, run

DOCS = ROOT / "docs"
#: Pages that need more than a folder, and the test that runs what they show.
ELSEWHERE = {
    "client": "client/test_manual.py",
    "control": "server/control/test_control.py",
    "tutorial": "test_tutorial.py",
}
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
    if name not in ELSEWHERE
    for block in blocks(text)
    if block.is_program
]
#: What is started or written elsewhere: servers, installed packages, files that a reader has.
LINES = [
    line
    for text in [*PAGES.values(), (ROOT / "README.md").read_text(encoding="utf-8")]
    for block in blocks(text)
    if block.language == "sh"
    for line in block.text.splitlines()
    if line.startswith("pnfilter ")
]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples, and the commands on the way."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.sliced(4)
@pytest.mark.parametrize("page", SHOWING)
def test_what_is_shown_comes(page: str, workplace: Path) -> None:
    assert run(PAGES[page], page, workplace)


def test_what_a_page_may_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (
        "Save this as `sub/a.txt`:\n\n```text\none\n```\n\n"
        "```console\n$ cat sub/a.txt\none\n$ cd sub\n$ (exit 3)\n$ echo $?\n3\n$ printf x >b\n```\n\n"
        "```python\n>>> from pathlib import Path\n>>> Path('sub/b').read_text()\n'x'\n>>> n = 1\n\n```\n\n"
        "```python\n>>> n\n1\n\n```\n```python\nraise Exception\n```\n"
    )
    assert run(text, "a", tmp_path) == 9


@pytest.mark.parametrize(
    "text",
    [
        "```console\n$ echo a\nb\n```\n",
        "```console\n$ echo a\n```\n",
        "```console\n$ true\na\n```\n",
        "```console\n$ exit\n```\n",
        "```python\n>>> 1\n2\n\n```\n",
        "```python\n>>> m\n\n```\n",
    ],
)
def test_a_page_that_shows_something_else_fails(text: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        run(text, "a", tmp_path)


@pytest.mark.parametrize("block", PROGRAMS)
def test_a_program_is_part_of_an_example(block: Block) -> None:
    examples = [path.read_text(encoding="utf-8") for path in ROOT.glob("examples/**/*.py")]
    shown = {block.text, indent(block.text, "    ")}
    assert any(f"\n{text}" in f"\n{example}" for text in shown for example in examples)


@pytest.mark.parametrize("line", LINES)
def test_a_command_that_is_only_shown_is_understood(line: str) -> None:
    _, *words = shlex.split(line, comments=True)
    arguments = parse(words[: words.index(">")] if ">" in words else words)
    assert callable(arguments.func)


@pytest.mark.parametrize(("page", "test"), ELSEWHERE.items())
def test_what_is_run_elsewhere_is_run_there(page: str, test: str) -> None:
    assert f"{page}.md" in (ROOT / "tests" / test).read_text(encoding="utf-8")
    assert (ROOT / "tests" / test).is_file()


@pytest.mark.parametrize("page", PAGES)
def test_a_console_shows_commands_only(page: str) -> None:
    for block in blocks(PAGES[page]):
        if block.language == "console":
            assert re.match(r"\$ ", block.text), f"{page}:{block.line}"


def test_the_first_page_leads_to_every_other() -> None:
    named = re.findall(r"^\* \[[^\]]+\]\(([\w/-]+)\.md\)", PAGES["index"], re.MULTILINE)
    assert sorted([*named, "index"]) == sorted(PAGES)
