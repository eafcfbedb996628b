"""``grep`` and ``diff``: what filters do to the messages of files."""

from __future__ import annotations

import argparse
from typing import Any


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``grep`` and ``diff``."""
