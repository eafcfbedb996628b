"""The fixtures, as other projects use them: in a pytest of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

USES_ORIGIN = """
from urllib.request import build_opener, ProxyHandler

def fetch(origin, target):
    with build_opener(ProxyHandler({})).open(f"http://{origin}{target}") as answer:
        return answer.read().decode()

def test_one(pnfilter_origin, pnfilter_server):
    assert pnfilter_origin == pnfilter_server.origin
    fetch(pnfilter_origin, "/publish/p/s/0/a/0/1")

def test_two(pnfilter_origin):
    assert fetch(pnfilter_origin, "/v2/history/sub-key/s/channel/a").startswith("[[SEEN]")
"""


def pytest_of(
    folder: Path, module: str, ini: str = "", *, with_others: bool = False
) -> tuple[int, str]:
    """Run pytest on one module, with other installed plugins; return its status and output."""
    (folder / "test_module.py").write_text(module)
    (folder / "pytest.ini").write_text(f"[pytest]\nfilterwarnings = error\n{ini}")
    # By name too, in case the package was installed before it had the fixtures.
    command = [sys.executable, "-m", "pytest", "-q", "-p", "pnfilter.pytest_plugin"]
    command += ["-p", "no:cacheprovider", "--rootdir", "."]
    environment = dict(os.environ)
    if with_others:
        command += ["-p", "no:randomly", "-n0"]
    else:
        # They take longer to start than all the rest.
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    answer = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return answer.returncode, answer.stdout + answer.stderr


def test_each_test_has_a_server_of_its_own(tmp_path: Path) -> None:
    status, said = pytest_of(tmp_path, USES_ORIGIN.replace("SEEN", ""))
    assert status == 0, said
    assert "2 passed" in said


def test_tests_may_share_a_server(tmp_path: Path) -> None:
    status, said = pytest_of(
        tmp_path, USES_ORIGIN.replace("SEEN", "1"), "pnfilter_scope = session\n"
    )
    assert status == 0, said


def test_a_scope_that_is_none_is_told(tmp_path: Path) -> None:
    status, said = pytest_of(tmp_path, USES_ORIGIN, "pnfilter_scope = often\n")
    assert status == pytest.ExitCode.USAGE_ERROR
    told = "pnfilter_scope is one of function, class, module, package, session, not often"
    assert said.strip() == f"ERROR: {told}"


def test_the_settings_can_be_overridden(tmp_path: Path) -> None:
    module = """
import pytest

@pytest.fixture
def pnfilter_settings():
    return {"queue": 3, "keys": {"s": "p"}}

def test_settings(pnfilter_server):
    assert pnfilter_server.call(lambda app: app.settings.queue) == 3
    assert not pnfilter_server.call(lambda app: app.keyring.serves_any)
"""
    status, said = pytest_of(tmp_path, module)
    assert status == 0, said


def test_nothing_is_imported_until_a_test_asks(tmp_path: Path) -> None:
    module = """
import sys

def test_nothing():
    assert "pnfilter.pytest_plugin" in sys.modules
    found = {name for name in sys.modules if name.startswith(("httptools", "pnfilter."))}
    assert found == {"pnfilter.pytest_plugin"}
"""
    status, said = pytest_of(tmp_path, module)
    assert status == 0, said


def test_it_is_installed_with_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # Under the name of the module, so that to name it once more does no harm.
    assert project["entry-points"]["pytest11"] == {
        "pnfilter.pytest_plugin": "pnfilter.pytest_plugin"
    }


@pytest.mark.sliced(2)
@pytest.mark.parametrize(("name", "passed"), [("test_my_app.py", 1), ("test_alarms.py", 4)])
def test_the_examples_of_the_manual(tmp_path: Path, name: str, passed: int) -> None:
    example = (ROOT / "examples" / "testing" / name).read_text(encoding="utf-8")
    status, said = pytest_of(tmp_path, example, with_others=True)
    assert status == 0, said
    assert f"{passed} passed" in said
