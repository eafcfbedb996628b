"""What users install: the wheel, built through the source distribution, in an empty environment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from sysconfig import get_path

import pytest

import pnfilter

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = {
    *("zstd", "client", "server", "sql", "duckdb", "spark", "polars", "lsp", "schema", "code"),
    *("strategies", "all", "tests", "dev", "docs"),
}


def run(command: list[str | Path], **environment: str) -> str:
    answer = subprocess.run(
        command,
        env={"PATH": os.defpath, "HOME": os.environ.get("HOME", "/"), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        check=False,
        text=True,
        encoding="utf-8",
    )
    assert answer.returncode == 0, answer.stdout
    return answer.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution and the wheel that was built from it, off line."""
    folder = tmp_path_factory.mktemp("dist")
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT])
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The files in the wheel."""
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and nothing else; the folder of its commands."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", python, "--quiet"]
    run([*pip, "install", "--no-index", "--no-deps", wheel])
    return folder / "bin"


def test_the_names_of_the_files_hold_the_version(built: Path) -> None:
    version = pnfilter.__version__
    assert {path.name for path in built.iterdir()} == {
        f"pnfilter-{version}.tar.gz",
        f"pnfilter-{version}-py3-none-any.whl",
    }


def test_the_top_level_of_the_wheel(names: set[str]) -> None:
    metadata = f"pnfilter-{pnfilter.__version__}.dist-info"
    assert {name.split("/")[0] for name in names} == {"pnfilter", "pnclient", metadata}


def test_the_wheel_holds_every_module_and_file_of_the_packages(names: set[str]) -> None:
    sources = {
        path.relative_to(root).as_posix()
        for root in (ROOT, ROOT / "client")
        for package in ("pnfilter", "pnclient")
        for path in (root / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert {"pnfilter/py.typed", "pnclient/py.typed", "pnfilter/syntax/tables.py"} <= sources
    assert sources <= names


def test_the_wheel_holds_the_grammar_and_the_example(names: set[str]) -> None:
    grammar = {
        f"pnfilter/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "grammar").rglob("*")
        if path.is_file()
    }
    assert "pnfilter/grammar/filter.lark" in grammar
    assert "pnfilter/grammar/conformance/schema.json" in grammar
    assert {*grammar, "pnfilter/examples/quakes.ndjson"} <= names


def test_the_wheel_holds_nothing_for_developers(names: set[str]) -> None:
    assert not [
        name
        for name in names
        if re.search(r"(^|/)tests?(/|_)|bench|\.pyc$|conftest|Makefile", name)
    ]


def test_the_source_distribution_can_be_tested_and_built_again(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"Makefile", "LICENSE", "pyproject.toml", "tests/conftest.py", "pnfilter/__init__.py"}
    assert wanted <= names
    assert not [name for name in names if name.startswith((".venv", ".git/", "pnfilter/grammar"))]


def test_the_metadata(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = HeaderParser().parsestr(archive.read(name).decode())
    assert metadata["Version"] == pnfilter.__version__
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert set(metadata.get_all("Provides-Extra", [])) == EXTRAS
    required = [entry for entry in metadata.get_all("Requires-Dist", []) if "extra" not in entry]
    assert {re.split(r"[<>=]", entry)[0] for entry in required} == {"msgspec", "tqdm"}


def test_all_is_everything_but_spark_and_what_developers_need() -> None:
    (everything,) = PROJECT["optional-dependencies"]["all"]
    listed = re.fullmatch(r"pnfilter\[(.+)\]", everything)
    assert listed is not None
    assert set(listed[1].split(",")) == EXTRAS - {"all", "tests", "dev", "docs", "spark"}


def test_the_command_needs_no_other_package_to_check(environment: Path) -> None:
    command = environment / "pnfilter"
    assert run([command, "--version"]).split()[-1] == pnfilter.__version__
    run([command, "check", "-e", "data.x == 'y'"])
    answer = subprocess.run([command, "check", "-e", "a =="], capture_output=True, check=False)
    assert answer.returncode == 1


def test_both_packages_come_from_the_wheel(environment: Path) -> None:
    program = "import pnclient, pnfilter; print(pnclient.__file__, pnfilter.__file__, sep='\\n')"
    files = run([environment / "python", "-P", "-c", program]).splitlines()
    assert len(files) == 2
    assert all(Path(file).is_relative_to(environment.parent) for file in files)


def test_the_demo_finds_its_messages_in_an_install(environment: Path, tmp_path: Path) -> None:
    # The base dependencies are those of the environment that runs this test; the package is not.
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    for name in ("msgspec", "tqdm"):
        (libraries / name).symlink_to(Path(get_path("platlib")) / name)
    answer = run([environment / "pnfilter", "demo"], PYTHONPATH=str(libraries))
    assert "1,707" in answer
