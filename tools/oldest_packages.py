"""Print pip's constraints for the oldest packages that ``pyproject.toml`` admits for running it.

``python tools/oldest_packages.py >oldest.txt``, then ``PIP_CONSTRAINT=oldest.txt make test
VENV=.venv-oldest``. Only packages that the code of today imports are listed.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

EXTRAS = ("zstd", "schema", "strategies", "client", "server", "duckdb", "polars")


def constraints() -> list[str]:
    """One line for each package, its lower bound as its version."""
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"], *(line for name in EXTRAS for line in extras[name])]
    return [line.replace(">=", "==", 1) for line in dict.fromkeys(needed)]


if __name__ == "__main__":
    print("\n".join(constraints()))
