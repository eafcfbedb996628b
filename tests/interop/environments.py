"""One environment for each SDK, with pinned versions.

Made when first needed, kept outside the tree.

They are in ``$XDG_CACHE_HOME/pnfilter/interop`` (or ``~/.cache``), each in a folder named by its
pins and its interpreter. Several processes may ask at once: one builds, in a folder of its own that
gets its name when it is complete, and the others wait.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PINS = Path(__file__).parent / "sdks"
DRIVERS = Path(__file__).parent / "drivers"

#: The only Python that all pinned versions are known to work with.
PYTHON = (3, 11)
#: The oldest Node that the pinned versions work with.
NODE = 20
#: Seconds for making one environment: packages are downloaded, and one is compiled.
BUILD_SECONDS = 300


class Unavailable(Exception):
    """The environment can't be made here; the text is the reason, for whoever runs the tests."""


class Program(NamedTuple):
    """How a driver is started: from ROOT, with these variables beside the inherited ones."""

    command: list[str]
    variables: dict[str, str]


def python_program(pins: str, module: str) -> Program:
    """The driver ``module`` in an environment with the packages of the file ``pins``.

    :raises Unavailable: no Python 3.11, or the packages can't be installed.
    """
    python = _python()
    text = (PINS / pins).read_text(encoding="utf-8")
    # The pins are complete: a package that they don't name is a mistake, which "check" finds.
    folder = _python_environment(pins.removesuffix(".txt"), python, text, "--no-deps")
    return Program([str(folder / "bin/python"), "-m", f"tests.interop.drivers.{module}"], {})


def python_environment(name: str, requirements: str) -> Path:
    """The interpreter of an environment with these packages, and those that they need.

    :raises Unavailable: no Python 3.11, or the packages can't be installed.
    """
    return _python_environment(name, _python(), requirements) / "bin/python"


def _python_environment(name: str, python: str, requirements: str, *options: str) -> Path:
    def build(folder: Path) -> None:
        run([python, "-m", "venv", str(folder)])
        pip = [str(folder / "bin/python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
        listed = folder / "requirements.txt"
        listed.write_text(requirements, encoding="utf-8")
        run([*pip, "install", *options, "--requirement", str(listed)])
        run([*pip, "check"])

    return _environment(name, f"{requirements}{python}", build)


def own_program(module: str, package: str) -> Program:
    """The driver ``module`` for ``package`` in this environment."""
    variables = {"PNFILTER_INTEROP_PACKAGE": package}
    return Program([sys.executable, "-m", f"tests.interop.drivers.{module}"], variables)


def node_program(script: str) -> Program:
    """The driver ``script`` with the packages of ``package-lock.json``.

    :raises Unavailable: no Node or an old one, no npm, or the packages can't be installed.
    """
    node, npm = found("node"), found("npm")
    version = run([node, "--version"]).strip()
    if int(version.removeprefix("v").partition(".")[0]) < NODE:
        raise Unavailable(f"Node {NODE} or later is needed, {node} is {version}")
    lock = (PINS / "package-lock.json").read_text(encoding="utf-8")

    def build(folder: Path) -> None:
        folder.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PINS / name, folder)
        flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        run([npm, "ci", *flags, "--prefix", str(folder)])

    folder = _environment("node", f"{lock}{version}", build)
    variables = {"NODE_PATH": str(folder / "node_modules")}
    return Program([node, str(DRIVERS / script)], variables)


def found(program: str) -> str:
    """Where a program is.

    :raises Unavailable: it is not on the PATH.
    """
    path = shutil.which(program)
    if path is None:
        raise Unavailable(f"{program} is not on the PATH")
    return path


def _python() -> str:
    candidates = [sys.executable, "python3.11", "/usr/bin/python3.11"]
    candidates += map(str, sorted(Path.home().glob(".pyenv/versions/3.11.*/bin/python")))
    # Not the interpreter of a virtual environment but the one beneath: it outlives the other.
    question = "import sys, ensurepip, venv; print(*sys.version_info[:2], sys._base_executable)"
    for candidate in candidates:
        try:
            major, minor, base = run([candidate, "-c", question]).split(maxsplit=2)
        except Unavailable:
            continue
        if (int(major), int(minor)) == PYTHON:
            return base.strip()
    raise Unavailable("no Python 3.11 with its venv module was found")


def _environment(name: str, content: str, build: Callable[[Path], None]) -> Path:
    cache = (
        Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pnfilter" / "interop"
    )
    digest = hashlib.sha256(content.encode()).hexdigest()[:16]
    folder = cache / f"{name}-{digest}"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _locked(cache / f"{folder.name}.lock"):
            if not folder.exists():
                with tempfile.TemporaryDirectory(dir=cache, prefix="building-") as made:
                    build(Path(made) / name)
                    (Path(made) / name).rename(folder)
    except OSError as error:
        raise Unavailable(f"{cache}: {error}") from error
    return folder


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(command: list[str]) -> str:
    """What a command that makes an environment says.

    :raises Unavailable: it can't be started, fails, or takes too long.
    """
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(str(error)) from error
    if done.returncode:
        # npm tells the reason first, pip last.
        told = (done.stderr.strip() or done.stdout.strip() or "no word").splitlines()
        reason = " … ".join(dict.fromkeys((told[0], told[-1])))
        raise Unavailable(f"{Path(command[0]).name} {' '.join(command[1:3])}: {reason}")
    return done.stdout
