"""Run the tests of an SDK, from a checkout of it, on an emulator: see docs/how-to/other-sdks.md."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from pnfilter.server import running
from tests.interop.environments import Unavailable
from tests.interop.suites.recipes import RECIPES, Job, Outcomes, Recipe
from tests.interop.suites.results import compare, write

#: Seconds that a suite may take.
SUITE_SECONDS = 1800
#: What a copy of a checkout doesn't need.
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", "*.pyc")


def outcomes_of(recipe: Recipe, checkout: Path, log: Path) -> tuple[str, Outcomes]:
    """Run a suite on an emulator of its own; its version, and what became of each test.

    The checkout stays as it is. ``log`` gets what the tests print.

    :raises Unavailable: what they need isn't there, or they gave no report in time.
    """
    with tempfile.TemporaryDirectory(prefix="pnfilter-suite-") as folder:
        copy = Path(folder) / "checkout"
        try:
            shutil.copytree(checkout, copy, symlinks=True, ignore=_LEFT_OUT)
            with running(keys=recipe.keys) as server:
                job = recipe.job(copy, server)
                _run(job, log)
            report = (job.report or log).read_text(encoding="utf-8")
            outcomes = job.read(report)
        except OSError as error:
            raise Unavailable(f"no report: {error}") from error
        except ValueError as error:
            raise Unavailable(f"the report can't be read: {error}") from error
    if not outcomes:
        raise Unavailable("the report has no test")
    return job.version, outcomes


def _run(job: Job, log: Path) -> None:
    """Run the command, and end all that it started."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            job.command,
            cwd=job.folder,
            env={**os.environ, **job.variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            process.wait(SUITE_SECONDS)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"the tests took more than {SUITE_SECONDS:,} seconds") from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.interop.suites",
        description="Run the tests of an SDK, from a checkout of it, on an emulator.",
    )
    parser.add_argument("suite", choices=RECIPES)
    parser.add_argument("checkout", type=Path, help="the SDK's repository; it stays as it is")
    parser.add_argument("--log", type=Path, help="keep what the tests print in this file")
    parser.add_argument(
        "--write", action="store_true", help="keep the results, for docs/interop.md"
    )
    options = parser.parse_args()
    # As Ctrl-C does: or the tests, which have a session of their own, would go on.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if not options.checkout.is_dir():
        parser.error(f"{options.checkout}: is not a folder")
    with tempfile.TemporaryDirectory(prefix="pnfilter-suite-") as folder:
        log = options.log or Path(folder) / "log"
        try:
            version, outcomes = outcomes_of(RECIPES[options.suite], options.checkout, log)
        except Unavailable as missing:
            print(f"{options.suite}: {missing}", file=sys.stderr)
            if log.exists():
                print(log.read_text(errors="replace")[-5_000:], file=sys.stderr)
            return 2
    if options.write:
        write(options.suite, version, outcomes)
    return compare(options.suite, version, outcomes)


if __name__ == "__main__":
    sys.exit(main())
