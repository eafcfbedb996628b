"""What was acknowledged is there after the process was killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.emulator.faults import kills

SEED = 20180207
ROUNDS = 5


def nothing() -> None:
    """Shows no progress."""


@pytest.mark.slow
def test_every_acknowledged_write_outlives_the_process(tmp_path: Path) -> None:
    model = kills.run(tmp_path, ROUNDS, SEED, nothing)
    assert model.faults == []
    assert model.acknowledged > 100
    assert all(model.messages.values())
    assert model.deleted
    assert model.actions
    assert model.state
