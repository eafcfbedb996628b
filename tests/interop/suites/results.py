"""What became of the tests of each SDK when they were last run in full, and why some failed.

``results.json`` has them; whoever writes them there gives the reason of each failure.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.interop.environments import ROOT
from tests.interop.suites.recipes import RECIPES, Outcomes

RESULTS: Final = Path(__file__).with_name("results.json")
PAGE: Final = ROOT / "docs" / "interop.md"
#: Said in place of a reason that is to be filled in.
UNKNOWN: Final = "no reason is known"
_TITLE: Final = "## Their own tests"


def recorded() -> dict[str, Any]:
    """The results by suite: a version, how many passed and were skipped, reasons by failure."""
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found


def reasons(suite: str) -> Mapping[str, str]:
    """Why tests failed, by their name."""
    found: Mapping[str, str] = recorded().get(suite, {}).get("failed", {})
    return found


def write(suite: str, version: str, outcomes: Outcomes) -> None:
    """Keep what a run has shown, and the reasons of failures that are still there; on the page too.

    An empty reason is to be filled in.
    """
    counts, known = Counter(outcomes.values()), reasons(suite)
    failed = {name: known.get(name, "") for name, each in outcomes.items() if each == "failed"}
    result = {
        "version": version,
        "passed": counts["passed"],
        "skipped": counts["skipped"],
        "failed": dict(sorted(failed.items())),
    }
    content = json.dumps({**recorded(), suite: result}, indent=2, sort_keys=True)
    RESULTS.write_text(content + "\n", encoding="utf-8")
    write_section()


def write_section() -> None:
    """Write the part of the page about them, as after a reason was filled in."""
    before = PAGE.read_text(encoding="utf-8").partition(_TITLE)[0].rstrip("\n")
    PAGE.write_text(f"{before}\n\n{section()}", encoding="utf-8")


def compare(suite: str, version: str, outcomes: Outcomes) -> int:
    """Print what failed and why; 1 if a test did that has no reason."""
    known = reasons(suite)
    failed = [name for name, outcome in outcomes.items() if outcome == "failed"]
    for name in failed:
        print(f"failed: {name}: {known.get(name) or UNKNOWN}")
    counts = Counter(outcomes.values())
    print(f"{RECIPES[suite].title} {version}")
    print(f"{suite}: {counts['passed']} passed, {len(failed)} failed, {counts['skipped']} skipped")
    return int(any(not known.get(name) for name in failed))


def section() -> str:
    """The part of the page about them, which is its end."""
    lines = [
        _TITLE,
        "",
        "What SDKs' own tests showed on the emulator, run by `make suites` from a checkout",
        "([how](how-to/other-sdks.md)). *Skipped* are those that the SDK leaves out itself; of Go's, parts of",
        "tests count too.",
        "",
        "| SDK | version | tests | passed | failed | skipped |",
        "|---|---|---|---|---|---|",
    ]
    results = recorded()
    for suite, recipe in RECIPES.items():
        if suite in results:
            found = results[suite]
            cells = (
                recipe.title,
                found["version"],
                recipe.tests,
                found["passed"],
                len(found["failed"]),
                found["skipped"],
            )
            lines.append(f"| {' | '.join(map(str, cells))} |")
    lines += ["", "Why tests failed:", ""]
    for suite, recipe in RECIPES.items():
        by_reason: dict[str, list[str]] = {}
        for name, reason in results.get(suite, {}).get("failed", {}).items():
            by_reason.setdefault(reason or UNKNOWN, []).append(name)
        for reason, names in by_reason.items():
            lines.append(f"* {recipe.title}: {reason}: {', '.join(f'`{name}`' for name in names)}")
    return "\n".join([*lines, ""])
