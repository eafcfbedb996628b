"""The machinery of these tests: environments, drivers, the matrix."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from tests.interop import driver, environments, matrix
from tests.interop.conftest import Drivers
from tests.interop.driver import CallFailed, Driver
from tests.interop.environments import Program, Unavailable
from tests.interop.flavours import FLAVOURS, PROGRAMS

#: Answers the operation "echo" with its arguments, fails on "fail", ends on "end", hangs on others.
DRIVER = """
import json, sys, time
for line in sys.stdin:
    request = json.loads(line)
    match request["op"]:
        case "echo":
            print(json.dumps({"result": request["args"]}), flush=True)
        case "fail":
            print(json.dumps({"error": {"kind": "service", "message": "no", "status": 403}}), flush=True)
        case "end":
            sys.exit("the SDK is broken")
        case _:
            time.sleep(60)
"""
ECHO = Program([sys.executable, "-c", DRIVER], {})


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "pnfilter" / "interop"


def test_an_environment_is_built_once_however_many_ask(cache: Path) -> None:
    built: list[Path] = []
    made: list[Path] = []

    def build(folder: Path) -> None:
        folder.mkdir()
        (folder / "package").write_text("installed", encoding="utf-8")
        built.append(folder)

    def ask() -> None:
        made.append(environments._environment("sdk", "pins", build))

    asking = [threading.Thread(target=ask) for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(built) == 1
    assert len(set(made)) == 1
    assert (made[0] / "package").read_text(encoding="utf-8") == "installed"
    assert made[0].parent == cache
    assert environments._environment("sdk", "other pins", build) not in made


def test_a_build_that_fails_leaves_nothing_to_be_taken_for_an_environment(cache: Path) -> None:
    def build(folder: Path) -> None:
        folder.mkdir()
        raise Unavailable("no network")

    with pytest.raises(Unavailable, match="no network"):
        environments._environment("sdk", "pins", build)
    assert [path.suffix for path in cache.iterdir()] == [".lock"]


def test_a_cache_that_cannot_be_written_is_a_reason(cache: Path) -> None:
    cache.parent.mkdir()
    cache.write_text("a file", encoding="utf-8")
    with pytest.raises(Unavailable, match="interop"):
        environments._environment("sdk", "pins", Path.mkdir)


def test_a_command_that_fails_is_told_by_its_first_and_last_line() -> None:
    script = "import sys; sys.exit('first\\nbetween\\nlast')"
    with pytest.raises(Unavailable, match="first … last"):
        environments.run([sys.executable, "-c", script])
    with pytest.raises(Unavailable, match="No such file"):
        environments.run(["/no/such/program"])


def test_an_old_node_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\necho v18.20.4\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    with pytest.raises(Unavailable, match=r"Node 20 or later is needed, .* is v18\.20\.4"):
        environments.node_program("node.cjs")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(Unavailable, match="not on the PATH"):
        environments.node_program("node.cjs")


def test_without_an_environment_the_tests_skip_or_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Program:
        raise Unavailable("no node here")

    monkeypatch.setitem(PROGRAMS, "node", missing)
    drivers = Drivers(tmp_path)
    monkeypatch.delenv("PNFILTER_REQUIRE_INTEROP", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no node here"):
        drivers["node"]
    monkeypatch.setenv("PNFILTER_REQUIRE_INTEROP", "1")
    with pytest.raises(pytest.fail.Exception, match="no node here"):
        drivers["node"]


def test_a_driver_answers_and_fails_as_data(tmp_path: Path) -> None:
    with Driver(ECHO, tmp_path / "log") as echo:
        assert echo.request("echo", "client", {"a": "ü"}, 5) == {"a": "ü"}
        with pytest.raises(CallFailed, match="service: no") as failed:
            echo.request("fail", "client", {}, 5)
        assert failed.value.status == 403
        assert echo.request("echo", "client", {}, 5) == {}


@pytest.mark.parametrize("op", ["end", "hang"])
def test_a_driver_that_gives_no_answer_is_killed_and_quoted(
    op: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "GRACE", 0.2 if op == "hang" else 10)
    said = "the SDK is broken" if op == "end" else "'hang'"
    with (
        Driver(ECHO, tmp_path / "log") as echo,
        pytest.raises(RuntimeError, match=f"(?s)no answer.*{said}"),
    ):
        echo.request(op, "client", {}, 0.1)
    assert echo._process.returncode is not None


def report(outcome: str, cells: list[list[str]]) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid="test",
        location=("", 0, ""),
        keywords={},
        outcome=outcome,  # type: ignore[arg-type]
        longrepr=None,
        when="call",
        user_properties=[(matrix.PROPERTY, cell) for cell in cells],
    )


def test_the_matrix_keeps_what_passed_and_knows_its_gaps() -> None:
    recorder = matrix.Recorder()
    recorder.pytest_runtest_logreport(
        report("passed", [["time", "threads", "yes"], ["fire", "threads", "yes"]])
    )
    recorder.pytest_runtest_logreport(report("passed", [["fire", "threads", "SDK defect: x"]]))
    recorder.pytest_runtest_logreport(report("failed", [["time", "node", "yes"]]))
    recorder.pytest_runtest_logreport(report("skipped", []))
    assert recorder.cell("time", "threads") == "yes"
    assert recorder.cell("fire", "threads") == "SDK defect: x"
    assert recorder.skipped == ["test"]
    gaps = recorder.gaps()
    assert len(gaps) == len(matrix.OPERATIONS) * len(FLAVOURS) - 2
    assert f"time: {FLAVOURS['node'].title}" in gaps
    assert f"time: {FLAVOURS['threads'].title}" not in gaps


def test_the_table_has_a_row_for_each_operation_and_a_column_for_each_flavour() -> None:
    assert len(set(matrix.OPERATIONS)) == len(matrix.OPERATIONS)
    recorder = matrix.Recorder()
    cells = [[row, name, "yes"] for row in matrix.OPERATIONS for name in FLAVOURS]
    recorder.pytest_runtest_logreport(report("passed", cells))
    assert recorder.gaps() == []
    lines = matrix.table(recorder).splitlines()
    assert "| time |" + " yes |" * len(FLAVOURS) in lines
    assert sum(line.endswith(" yes |") for line in lines) == len(matrix.OPERATIONS)
