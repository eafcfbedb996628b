"""The SDK for Ruby, as it is installed here, on the emulator."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from pnfilter.server import running
from tests.interop.suites.recipes import RUBY_KEYS, RUBY_SCENARIO, ruby_variables, steps

#: Seconds that all steps may take; with each at its limit they take more.
_SECONDS = 180


def _ruby() -> str:
    """Where Ruby is; the test is skipped, with the reason, where it or the gem isn't there."""
    ruby = shutil.which("ruby")
    if ruby is None:
        pytest.skip("ruby is not on the PATH")
    loaded = subprocess.run(
        [ruby, "-rpubnub", "-e", ""], capture_output=True, text=True, check=False
    )
    if loaded.returncode:
        problem = (loaded.stderr.splitlines() or ["no reason"])[0]
        pytest.skip(f"the gem pubnub can't be loaded, installed or on RUBYLIB: {problem}")
    return ruby


def test_it_does_on_the_emulator_what_it_does_on_the_service() -> None:
    """Subscribe, filters, groups, history, presence, actions, metadata, push, grants, tokens."""
    ruby = _ruby()
    with running(keys=RUBY_KEYS) as server:
        ran = subprocess.run(
            [ruby, str(RUBY_SCENARIO)],
            env={**os.environ, **ruby_variables(server.origin)},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    outcomes = steps(ran.stdout)
    assert outcomes, ran.stderr
    assert set(outcomes.values()) == {"passed"}, ran.stdout + ran.stderr
