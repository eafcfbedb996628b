"""``demo``: the main job on real messages."""

from __future__ import annotations

import argparse
from typing import Any


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``demo``."""
