"""SDKs' own tests: how they are run, what is read of their reports, and what the page claims."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from pnfilter.server import Server
from tests.interop.environments import Unavailable
from tests.interop.suites import __main__ as suites
from tests.interop.suites import recipes, results
from tests.interop.suites.recipes import Job, Recipe

#: A suite that asks the emulator, changes its folder, and leaves a process behind.
SUITE = """
import json, os, pathlib, subprocess, sys, urllib.request
reply = urllib.request.urlopen(f"http://{os.environ['ORIGIN']}/publish/p/s/0/a/0/1")
print("it says", reply.status)
left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path(os.environ["LEFT"]).write_text(str(left.pid))
pathlib.Path("here.txt").write_text("changed")
pathlib.Path("report.json").write_text(json.dumps({"answered": "passed", "odd": "failed"}))
"""


def recipe(
    script: str, variables: Mapping[str, str] = MappingProxyType({}), report: str = "report.json"
) -> Recipe:
    def job(copy: Path, server: Server) -> Job:
        command = [sys.executable, "-c", script]
        names = {**variables, "ORIGIN": server.origin}
        return Job("1.2", copy, command, names, json.loads, copy / report)

    return Recipe("Some SDK", "`tests`", job, {"s": "p"})


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "here.txt").write_text("as it was")
    return folder


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


def test_a_suite_runs_in_a_copy_and_leaves_nothing_behind(checkout: Path, tmp_path: Path) -> None:
    left, log = tmp_path / "left", tmp_path / "log"
    version, outcomes = suites.outcomes_of(recipe(SUITE, {"LEFT": str(left)}), checkout, log)
    assert (version, outcomes) == ("1.2", {"answered": "passed", "odd": "failed"})
    assert log.read_text() == "it says 200\n"
    assert [path.name for path in checkout.iterdir()] == ["here.txt"]
    assert (checkout / "here.txt").read_text() == "as it was"
    deadline = time.monotonic() + 20
    while is_running(int(left.read_text())):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_suite_that_never_ends_is_ended(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suites, "SUITE_SECONDS", 0.1)
    with pytest.raises(Unavailable, match=r"more than 0\.1 seconds"):
        suites.outcomes_of(recipe("import time; time.sleep(60)"), checkout, tmp_path / "log")


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("", "no report"),
        ("open('report.json', 'w').write('{}')", "no test"),
        ("open('report.json', 'w').write('{')", "can't be read"),
    ],
)
def test_a_suite_without_results_is_not_taken_for_one_without_failures(
    script: str, problem: str, checkout: Path, tmp_path: Path
) -> None:
    with pytest.raises(Unavailable, match=problem):
        suites.outcomes_of(recipe(script), checkout, tmp_path / "log")


def test_the_command_names_what_failed_and_why(
    checkout: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept, page = tmp_path / "results.json", tmp_path / "page.md"
    kept.write_text(json.dumps({"some": {"failed": {"odd": "it is odd", "gone": "it was"}}}))
    page.write_text("# Page\n\n## Their own tests\n\nolder\n")
    monkeypatch.setattr(results, "RESULTS", kept)
    monkeypatch.setattr(results, "PAGE", page)
    monkeypatch.setitem(recipes.RECIPES, "some", recipe(SUITE, {"LEFT": str(tmp_path / "left")}))
    monkeypatch.setattr(sys, "argv", ["suites", "some", str(checkout), "--write"])
    assert suites.main() == 0
    assert capsys.readouterr().out.splitlines() == [
        "failed: odd: it is odd",
        "Some SDK 1.2",
        "some: 1 passed, 1 failed, 0 skipped",
    ]
    assert json.loads(kept.read_text())["some"] == {
        "version": "1.2",
        "passed": 1,
        "skipped": 0,
        "failed": {"odd": "it is odd"},
    }
    assert "| Some SDK | 1.2 | `tests` | 1 | 1 | 0 |" in page.read_text()
    assert "* Some SDK: it is odd: `odd`" in page.read_text()
    assert page.read_text().startswith("# Page\n\n## Their own tests\n")
    kept.write_text("{}")
    monkeypatch.setattr(sys, "argv", ["suites", "some", str(checkout)])
    assert suites.main() == 1
    assert "failed: odd: no reason is known" in capsys.readouterr().out


def test_a_checkout_that_is_none_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["suites", "python", str(tmp_path)])
    assert suites.main() == 2
    assert "python: no report: " in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["suites", "python", str(tmp_path / "none")])
    with pytest.raises(SystemExit, match="2"):
        suites.main()
    assert "none: is not a folder" in capsys.readouterr().err


READERS = {
    "junit": (
        recipes.junit,
        "<testsuites><testsuite><testcase classname='a' name='x'/>"
        "<testcase classname='a' name='y'><failure/></testcase>"
        "<testcase classname='a' name='y'><error/></testcase>"
        "<testcase classname='b' name='z'><skipped/></testcase></testsuite></testsuites>",
        {"a::x": "passed", "a::y": "failed", "a::y (2)": "failed", "b::z": "skipped"},
    ),
    "jest": (
        recipes.jest,
        json.dumps(
            {
                "testResults": [
                    {
                        "assertionResults": [
                            {"fullName": "x", "status": "passed"},
                            {"fullName": "y", "status": "failed"},
                            {"fullName": "z", "status": "pending"},
                        ]
                    },
                    {"name": "/w.test.ts", "status": "failed", "assertionResults": []},
                ]
            }
        ),
        {"x": "passed", "y": "failed", "z": "skipped", "w.test.ts": "failed"},
    ),
    "mocha": (
        recipes.mocha,
        json.dumps(
            {
                "passes": [{"fullTitle": "x"}, {"fullTitle": "x"}],
                "failures": [{"fullTitle": "y"}],
                "pending": [{"fullTitle": "z"}],
            }
        ),
        {"x": "passed", "x (2)": "passed", "y": "failed", "z": "skipped"},
    ),
    "go": (
        recipes.go_test,
        "\n".join(
            json.dumps(event)
            for event in (
                {"Action": "start"},
                {"Action": "run", "Test": "X"},
                {"Action": "pass", "Test": "X"},
                {"Action": "skip", "Test": "Z"},
                {"Action": "fail", "Test": "Y"},
                {"Action": "run", "Test": "W"},
                {"Action": "output", "Test": "W", "Output": "panic: nil\n"},
                {"Action": "fail"},
            )
        )
        + "\ngo: a line of another kind\n",
        {"X": "passed", "Y": "failed", "Z": "skipped", "W": "failed"},
    ),
    "steps": (
        recipes.steps,
        "passed a step\nfailed: no line of a step\nfailed another\nanother: why\npassed\n",
        {"a step": "passed", "another": "failed"},
    ),
}


@pytest.mark.parametrize("name", READERS)
def test_reports_are_read(name: str) -> None:
    read, text, outcomes = READERS[name]
    assert read(text) == outcomes


def test_every_suite_has_its_keys() -> None:
    for each in recipes.RECIPES.values():
        assert {"sub-c-suite", "sub-c-managed"} <= set(each.keys)


def test_the_page_says_what_was_run_and_why_the_rest_failed() -> None:
    assert results.PAGE.read_text(encoding="utf-8").endswith(results.section())
    for suite, found in results.recorded().items():
        assert suite in recipes.RECIPES
        assert found["passed"]
        assert all(found["failed"].values()), f"write why these failed: {found['failed']}"


def test_the_manual_shows_how_each_suite_is_run() -> None:
    page = results.PAGE.with_name("how-to") / "other-sdks.md"
    for name in recipes.RECIPES:
        assert f"\n| `{name}` | `" in page.read_text(encoding="utf-8")
