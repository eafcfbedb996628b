"""Which tests run, and what they cost: slices of long products, and a budget of CPU time.

A test marked ``slow`` runs in ``make test ALL=1`` only. Of the cases of a test marked
``sliced(parts)``, or of the tests of a file marked so, a run with ``--slice K`` takes one part; K
is a number, or ``commit`` for one that changes with the commit, so that a failure can be repeated.
"""

from __future__ import annotations

import os
import subprocess
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
#: CPU seconds above which a test is listed if it is neither slow nor sliced.
HEAVY = 0.5


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("budget")
    group.addoption(
        "--slice", metavar="K", help="run part K of each sliced test; 'commit' takes K from HEAD"
    )
    group.addoption(
        "--cpu-budget", type=float, metavar="SECONDS", help="fail above this much CPU time"
    )
    group.addoption(
        "--heavy", action="store_true", help=f"list unmarked tests above {HEAVY} CPU seconds"
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores.

    Tests of the client and the emulator wait half of their time.
    """
    return (os.cpu_count() or 1) + 1


def slice_of(option: str | int | None) -> int | None:
    """The part to run, or None for all parts; workers are given the number."""
    if option != "commit":
        return None if option is None else int(option)
    command = ("git", "rev-parse", "--short=8", "HEAD")
    head = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return int(head.stdout, 16) if head.returncode == 0 else 0


def is_in_slice(place: int, cases: int, parts: int, number: int) -> bool:
    """Whether the case at ``place`` of a test is in part ``number`` of ``parts``.

    Each case is in one part. No part is empty: there are at most as many as there are cases.
    """
    parts = min(parts, cases)
    return place % parts == number % parts


def product_of(item: pytest.Item) -> str:
    """What is sliced as a whole: the cases of a test, or all tests of a file that is marked."""
    marks = (
        node
        for node, mark in item.iter_markers_with_node("sliced")
        if isinstance(node, pytest.File)
    )
    return next((node.nodeid for node in marks), item.nodeid.partition("[")[0])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    number = config.getoption("--slice")
    if number is None:
        return
    cases = Counter(map(product_of, items))
    seen = Counter[str]()
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        product = product_of(item)
        mark = item.get_closest_marker("sliced")
        runs = mark is None or is_in_slice(seen[product], cases[product], mark.args[0], number)
        (kept if runs else dropped).append(item)
        seen[product] += 1
    items[:] = kept
    config.hook.pytest_deselected(items=dropped)


def cpu_seconds() -> float:
    """What this process and its ended children have used."""
    return sum(os.times()[:4])


class Budget:
    """Adds up the CPU time of all processes of a run, and says so at its end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._last = 0.0
        self._workers = 0.0
        self._unmarked: defaultdict[str, float] = defaultdict(float)

    def pytest_collection_finish(self) -> None:
        self._last = cpu_seconds()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Any:
        report = yield
        now = cpu_seconds()
        is_marked = item.get_closest_marker("slow") or item.get_closest_marker("sliced")
        report.unmarked_cpu = 0.0 if is_marked else now - self._last
        self._last = now
        return report

    def pytest_runtest_logreport(self, report: Any) -> None:
        self._unmarked[report.nodeid] += getattr(report, "unmarked_cpu", 0.0)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self._workers += getattr(node, "workeroutput", {}).get("cpu", 0.0)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        to_controller = getattr(self._config, "workeroutput", None)
        if to_controller is not None:
            to_controller["cpu"] = cpu_seconds()
            return
        limit = self._config.getoption("--cpu-budget")
        if limit is not None and self._used() > limit and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _used(self) -> float:
        # Workers are children of this process, but not always ended when it adds up.
        return self._workers + sum(os.times()[:2]) if self._workers else cpu_seconds()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        limit = self._config.getoption("--cpu-budget")
        number = self._config.getoption("--slice")
        if self._config.getoption("--heavy"):
            heavy = [(seconds, test) for test, seconds in self._unmarked.items() if seconds > HEAVY]
            for seconds, test in sorted(heavy, reverse=True):
                terminalreporter.write_line(f"{seconds:6.2f} CPU seconds  {test}")
        if limit is not None:
            over = ": over the budget" if self._used() > limit else ""
            terminalreporter.write_line(
                f"{self._used():.0f} of {limit:.0f} CPU seconds{over}"
                + ("" if number is None else f"; to repeat this slice: --slice {number}")
            )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes long; runs in `make test ALL=1`")
    config.addinivalue_line("markers", "sliced(parts): --slice runs one of that many parts")
    # Once, and not in each worker: somebody may commit while the tests run.
    config.option.slice = slice_of(config.option.slice)
    config.pluginmanager.register(Budget(config), "budget-of-tests")
