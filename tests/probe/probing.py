"""Emulators that differ on purpose, and probes of them."""

from __future__ import annotations

import random
from typing import Any

from pnfilter.probe import Keys, Report, plan, run
from pnfilter.semantics.questions import QUESTIONS

KEYS = Keys("pub-c-1f2e3d4c", "sub-c-5a6b7c8d")
#: Nothing is far away here.
QUICK: dict[str, Any] = {"rate": 1000, "least_wait": 0.1}


def random_readings(seed: int) -> dict[str, str]:
    """A reading of each question."""
    below = random.Random(seed).choice
    return {each.name: below(each.readings).name for each in QUESTIONS}


def probe(server: Any, *only: str, **options: Any) -> Report:
    """Ask an emulator."""
    return run(plan(only), KEYS, origin=server.origin, **{**QUICK, **options})


def by_outcome(report: Report) -> dict[str, list[str]]:
    """The names of each outcome."""
    found: dict[str, list[str]] = {}
    for each in report.found:
        found.setdefault(each.outcome, []).append(each.name)
    return found
