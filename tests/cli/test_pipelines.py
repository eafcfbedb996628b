"""The hooks for pre-commit and the action for GitHub, in a repository that is made on the spot."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HOOKS: dict[str, Any] = {
    hook["id"]: hook
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
}
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs/pipelines.md").read_text(encoding="utf-8")

GOOD = 'meta.region == "east"\n'
BAD = "such=wow\na == 1 AND b == 2\n"


class Ended(NamedTuple):
    status: int
    out: str


class Repository:
    """A git repository, and commands in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run("git", "init", "--quiet")

    def run(self, *command: str, **environment: str) -> Ended:
        here = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        ended = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, "PATH": here, "NO_COLOR": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return Ended(ended.returncode, ended.stdout)

    def add(self, name: str, content: str) -> None:
        """A file that is staged for the next commit."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        assert self.run("git", "add", "--", name).status == 0

    def hook(self, name: str, *args: str) -> Ended:
        """A hook on the staged files, as pre-commit runs it: a user's arguments replace its own."""
        hook = HOOKS[name]
        staged = self.run("git", "diff", "--cached", "--name-only", "-z").out.split("\0")
        files = [file for file in staged if file and re.search(hook["files"], file)]
        return self.run(*shlex.split(hook["entry"]), *(args or hook.get("args", [])), *files)

    def step(self, name: str, **inputs: str) -> Ended:
        """A step of the action with its inputs, as GitHub's runner runs it in bash."""
        (step,) = (step for step in ACTION["runs"]["steps"] if step["name"] == name)
        values = {key: one.get("default", "") for key, one in ACTION["inputs"].items()}
        values |= {key.replace("_", "-"): value for key, value in inputs.items()}

        def value(match: re.Match[str]) -> str:
            return str(values[match[1]])

        environment = {
            key: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", value, text)
            for key, text in step.get("env", {}).items()
        }
        assert step["shell"] == "bash"
        options = ("--noprofile", "--norc", "-eo", "pipefail", "-c")
        return self.run(
            "bash", *options, step["run"], GITHUB_ACTION_PATH="/the action", **environment
        )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


# pre-commit


def test_the_hooks_have_what_pre_commit_asks_for() -> None:
    assert list(HOOKS) == ["pnfilter", "pnfilter-fmt"]
    for hook in HOOKS.values():
        assert {"id", "name", "entry", "language", "files"} <= hook.keys()
        assert hook["language"] == "python"


@pytest.mark.parametrize("hook", HOOKS.values(), ids=list(HOOKS))
@pytest.mark.parametrize(
    ("name", "taken"),
    [("a.filter", True), ("x/y z.filters", True), ("a.filterset", False), ("filters.py", False)],
)
def test_the_files_that_a_hook_takes(hook: dict[str, Any], name: str, taken: bool) -> None:
    assert bool(re.search(hook["files"], name)) is taken


def test_the_hook_stops_a_commit_with_a_broken_filter(repository: Repository) -> None:
    repository.add("a b.filters", GOOD)
    repository.add("notes.txt", "a ==")
    assert repository.hook("pnfilter").status == 0
    repository.add("sub/broken.filters", BAD)
    ended = repository.hook("pnfilter")
    assert (ended.status, "sub/broken.filters:2:8" in ended.out) == (1, True)


def test_the_hook_takes_arguments(repository: Repository) -> None:
    repository.add("a.filters", "such=wow\n")
    assert repository.hook("pnfilter").status == 0
    assert repository.hook("pnfilter", "--strict").status == 1


def test_the_hook_formats_in_place(repository: Repository) -> None:
    repository.add("a.filters", "meta.a=='x'\n")
    assert repository.hook("pnfilter-fmt").status == 0
    assert (repository.folder / "a.filters").read_text(encoding="utf-8") == 'meta.a == "x"\n'
    assert repository.run("git", "diff", "--name-only").out == "a.filters\n"


# The action


def test_the_action_installs_itself(repository: Repository) -> None:
    stub = repository.folder / "bin/python"
    stub.parent.mkdir()
    stub.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
    stub.chmod(0o755)
    (step,) = (step for step in ACTION["runs"]["steps"] if step["name"] == "Install pnfilter")
    ended = repository.run(
        "bash", "-ec", f"PATH={stub.parent}:$PATH\n{step['run']}", GITHUB_ACTION_PATH="/the action"
    )
    words = ended.out.splitlines()
    assert (words[:4], words[-1]) == (["-I", "-m", "pip", "install"], "/the action")


def test_the_action_annotates_what_is_wrong(repository: Repository) -> None:
    repository.add("sub/ä b.filters", BAD)
    repository.add("good.filter", GOOD)
    ended = repository.step("Check filters")
    assert ended.status == 1
    assert (
        "::error file=sub/ä b.filters,line=2,col=8,endLine=2,endColumn=11,title=pnfilter E202::"
        in ended.out
    )
    assert "3 filters checked: 1 error, 1 warning" in ended.out


def test_the_action_checks_what_it_was_asked_to(repository: Repository) -> None:
    repository.add("good.filter", GOOD)
    repository.add("bad.filters", BAD)
    assert repository.step("Check filters", files="good.*\n").status == 0
    ended = repository.step("Check filters", files="*.txt\n\n")
    assert (ended.status, "no file of the repository is named like: *.txt" in ended.out) == (
        2,
        True,
    )


def test_the_action_hands_on_its_options(repository: Repository) -> None:
    repository.add("a.filters", "such=wow\ndata.mga == 1\n")
    (repository.folder / "s.json").write_text(
        '{"properties": {"data": {"properties": {"mag": {}}}}}'
    )
    (repository.folder / "m.ndjson").write_text('{"data": {"mag": 1}}\n')
    assert repository.step("Check filters").status == 0
    assert repository.step("Check filters", strict="true").status == 1
    assert repository.step("Check filters", strict="true", ignore="W403").status == 0
    assert repository.step("Check filters", strict="true", select="W41").status == 0
    assert "W441" in repository.step("Check filters", schema="s.json").out
    assert "W444" in repository.step("Check filters", messages="m.ndjson").out
    repository.run("pnfilter", "check", "a.filters", "--baseline", "b.json", "--write-baseline")
    assert repository.step("Check filters", strict="true", baseline="b.json").status == 0


def test_the_action_writes_reports(repository: Repository) -> None:
    repository.add("a.filters", BAD)
    ended = repository.step("Check filters", sarif="out.sarif", junit="out.xml")
    assert ended.status == 1
    log = json.loads((repository.folder / "out.sarif").read_text(encoding="utf-8"))
    assert len(log["runs"][0]["results"]) == 2
    suites = ET.fromstring((repository.folder / "out.xml").read_text(encoding="utf-8"))
    assert suites.attrib["failures"] == "1"


def test_an_input_of_the_action_is_never_a_command(repository: Repository) -> None:
    repository.add("a.filters", GOOD)
    for name in ACTION["inputs"]:
        if name != "python-version":
            repository.step(
                "Check filters", **{name.replace("-", "_"): "$(touch hacked); `touch hacked`"}
            )
    assert not (repository.folder / "hacked").exists()
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


def test_each_input_is_described_and_used() -> None:
    used = set(re.findall(r"inputs\.([a-z-]+)", json.dumps(ACTION["runs"])))
    assert used == ACTION["inputs"].keys()
    assert all(one["description"] for one in ACTION["inputs"].values())


# The manual


def examples() -> list[Any]:
    blocks = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return [yaml.safe_load(block) for block in blocks]


def test_the_examples_name_hooks_and_inputs_that_there_are() -> None:
    hooks = [
        hook["id"] for one in examples() for repo in one.get("repos", ()) for hook in repo["hooks"]
    ]
    assert set(hooks) == HOOKS.keys()
    steps = [
        step for one in examples() for job in one.get("jobs", {}).values() for step in job["steps"]
    ]
    (action,) = (step for step in steps if "pnfilter" in step.get("uses", ""))
    assert action["with"].keys() <= ACTION["inputs"].keys()
