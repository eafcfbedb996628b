"""A probe that waits for what a busy machine delivers late."""

from __future__ import annotations

import pytest

from pnfilter.probe import running


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Controls that must arrive may take ten seconds; where they do, nothing takes longer."""
    monkeypatch.setattr(running, "PATIENCE", 100)
