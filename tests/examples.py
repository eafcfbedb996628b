"""How many examples Hypothesis tries: a factor of what the profile of the run says."""

from __future__ import annotations

from typing import Any

from hypothesis import settings


def examples(factor: float, **more: Any) -> settings:
    """Settings with ``factor`` times the profile's examples: 100 in full runs, fewer in quick ones."""
    profile = settings()
    return settings(max_examples=max(2, round(profile.max_examples * factor)), **more)
