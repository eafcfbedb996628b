"""What runs elsewhere: the workflows of ``.github``, and the hooks as pre-commit installs them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import pnfilter
from tests.cli.test_pipelines import CODE, Repository

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
#: YAML 1.1 takes the key `on` for a boolean.
WORKFLOWS: dict[str, dict[Any, Any]] = {
    file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES
}
#: What a job may do beside reading the repository.
RIGHTS = {
    ("docs", "deploy"): {"pages": "write", "id-token": "write"},
    ("release", "publish"): {"id-token": "write"},
}
JOBS = [
    pytest.param(name, job, id=f"{name}:{job}")
    for name, workflow in WORKFLOWS.items()
    for job in workflow["jobs"]
]


def steps() -> Iterator[dict[str, Any]]:
    for workflow in WORKFLOWS.values():
        for job in workflow["jobs"].values():
            yield from job.get("steps", ())


def test_there_are_workflows_for_checks_docs_and_releases() -> None:
    assert WORKFLOWS.keys() == {"ci", "docs", "release"}
    for workflow in WORKFLOWS.values():
        assert "group" in workflow["concurrency"]
        assert workflow["permissions"] == {}


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_a_job_may_do_no_more_than_it_has_to(name: str, job: str) -> None:
    found = WORKFLOWS[name]["jobs"][job]
    assert found["permissions"] == RIGHTS.get((name, job), {"contents": "read"})
    assert "uses" in found or found["timeout-minutes"] <= 90
    assert ("environment" in found) is ((name, job) in RIGHTS)


def test_what_is_used_is_pinned() -> None:
    for file in FILES:
        for used in re.findall(r"uses: (.*)", file.read_text(encoding="utf-8")):
            assert re.fullmatch(r"\./.*|[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used)


def test_no_checkout_keeps_its_token() -> None:
    checkouts = [step for step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert len(checkouts) == 4
    for step in checkouts:
        assert step["with"]["persist-credentials"] is False


def test_no_value_is_put_into_a_script() -> None:
    assert not [step["run"] for step in steps() if "${{" in step.get("run", "")]


def test_they_call_what_there_is() -> None:
    rules = re.findall(
        r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    scripts = "\n".join(step.get("run", "") for step in steps())
    targets = re.findall(r"^make (\w+)", scripts, re.MULTILINE)
    assert set(targets) == {"docs", "dist"} <= set(rules)
    assert "bash .ci/run" in scripts
    (used,) = {step["uses"] for step in steps() if step.get("uses", "").startswith("./")}
    assert used == "./"


def test_a_release_has_passed_and_is_named_like_its_tag(tmp_path: Path) -> None:
    release = WORKFLOWS["release"]
    assert release["jobs"]["publish"]["needs"] == ["ci", "build"]
    assert release["jobs"]["ci"]["uses"] == "./.github/workflows/ci.yml"
    assert "workflow_call" in WORKFLOWS["ci"][True]
    assert release[True]["push"]["tags"] == ["v[0-9]+.[0-9]+.[0-9]+*"]
    assert re.match(r"[0-9]+\.[0-9]+\.[0-9]+", pnfilter.__version__)
    (compared,) = (
        step for step in release["jobs"]["build"]["steps"] if "TAG" in step.get("env", {})
    )
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "pnfilter-1.2.0.tar.gz").touch()
    for tag, status in (("v1.2.0", 0), ("v1.2.1", 1)):
        ended = subprocess.run(
            ["bash", "-e", "-c", compared["run"]],
            cwd=tmp_path,
            env={**os.environ, "TAG": tag},
            check=False,
        )
        assert ended.returncode == status


@pytest.mark.slow
def test_pre_commit_installs_and_runs_the_hooks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))
    (tmp_path / "new").mkdir()
    repository = Repository(tmp_path / "new")
    repository.add("a b/x.filters", "a==1\n")
    repository.add("src/a.py", CODE)
    repository.add("app.min.js", "import 'pubnub'; x={filterExpression:'a =='}")
    (repository.folder / "gone.py").symlink_to("nowhere")
    repository.run("git", "add", ".")
    ended = repository.run("pre-commit", "try-repo", str(ROOT), "--all-files", "--color=never")
    results = re.findall(r"^(pnfilter .*?)\.+(\w+)$", ended.out, re.MULTILINE)
    assert dict(results) == {
        "pnfilter check": "Passed",
        "pnfilter check (code)": "Failed",
        "pnfilter fmt": "Failed",
    }
    assert "1 filter checked: 1 error" in ended.out
    assert "a b/x.filters: 1 filter changed" in ended.out
