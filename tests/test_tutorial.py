"""docs/tutorial.md is taken step by step, and each step gives what is shown.

``python -m tests.test_tutorial`` installs as the tutorial says, too, in a new folder.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import pytest
import yaml

from tests.cli.test_pipelines import ACTION, HOOKS, Repository
from tests.pages import ROOT, blocks, run

TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder beside a clone of the repository."""
    (tmp_path / "pnfilter").symlink_to(ROOT)
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "alarms"
    folder.mkdir()
    return folder


@pytest.mark.slow
def test_each_step_gives_what_is_shown(project: Path) -> None:
    assert run(TUTORIAL, "tutorial", project) >= 20


@pytest.mark.slow
def test_the_workflow_runs_the_action_on_the_finished_project(project: Path) -> None:
    run(TUTORIAL, "tutorial", project)
    (workflow,) = (block for block in blocks(TUTORIAL) if block.file.startswith(".github/"))
    _, step = yaml.safe_load(workflow.text)["jobs"]["check"]["steps"]
    assert step["with"].keys() <= ACTION["inputs"].keys()
    repository = Repository(project)
    assert repository.step("Check filters", **step["with"]).status == 0
    typo = project / "src" / "alarms.py"
    typo.write_text(typo.read_text("utf-8").replace("data.mag", "data.mga"), encoding="utf-8")
    ended = repository.step("Check filters", **step["with"])
    assert (ended.status, ended.out.count("::warning file=src/alarms.py,line=7")) == (1, 1)


def test_the_hook_is_named_as_that_of_the_repository() -> None:
    (config,) = (block for block in blocks(TUTORIAL) if block.file == ".pre-commit-config.yaml")
    (hook,) = yaml.safe_load(config.text)["repos"][0]["hooks"]
    assert hook["name"] == HOOKS["pnfilter"]["name"]


def take_from_nothing(folder: Path) -> int:
    """Take the tutorial in a folder with nothing in it, all that it installs included."""
    text, clones = re.subn(r"https://github\.com/OWNER/pnfilter", f"{ROOT} pnfilter", TUTORIAL)
    assert clones == 1
    # What is installed is what counts, and not the checkout.
    os.environ.pop("PYTHONPATH", None)
    return run(text, "tutorial", folder, installing=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as new:
        print(take_from_nothing(Path(new)), "examples")
