"""The form of commit messages is checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.commit_messages import MAX_SUBJECT, main

GOOD = ["Fix it", "Fix it\n", "Fix it\n\nBecause it was broken.\n", "x".upper() * MAX_SUBJECT]
BAD = ["", "\n", "fix it", "Fix it.", "Fix it\nBecause", "X" * (MAX_SUBJECT + 1)]


@pytest.mark.parametrize(
    ("message", "status"), [*((each, 0) for each in GOOD), *((each, 1) for each in BAD)]
)
def test_a_message(
    message: str, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "COMMIT_EDITMSG"
    file.write_text(message, encoding="utf-8")
    assert main([str(file)]) == status
    assert bool(capsys.readouterr().err) is bool(status)
