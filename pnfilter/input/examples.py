"""The messages that come with the package."""

from __future__ import annotations

from pathlib import Path


def quakes() -> Path:
    """Return the file of earthquakes: in the installed package, or in a checkout beside it.

    Raise ``FileNotFoundError`` if it is in neither.
    """
    package = Path(__file__).parents[1]
    for root in (package, package.parent):
        path = root / "examples" / "quakes.ndjson"
        if path.is_file():
            return path
    raise FileNotFoundError(f"examples/quakes.ndjson is neither in {package} nor beside it")
