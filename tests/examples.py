"""How much a test tries: all of it in full runs, a share of it in quick ones.

Hypothesis profiles (``tests/conftest.py``) say which of the two a run is.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings


def examples(factor: float, **more: Any) -> settings:
    """Settings with ``factor`` times the profile's examples.

    100 in full runs, fewer in quick ones.
    """
    profile = settings()
    return settings(max_examples=max(2, round(profile.max_examples * factor)), **more)


def share(count: int) -> int:
    """``count`` in full runs, a fifth of it in quick ones: how often a test repeats something."""
    return max(1, count * settings().max_examples // 100)
