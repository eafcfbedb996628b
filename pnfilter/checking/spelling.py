"""Lints."""

from __future__ import annotations

from pnfilter.checking.context import Lint

LINTS: tuple[Lint, ...] = ()
