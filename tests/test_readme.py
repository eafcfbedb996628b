"""Every example in the README is run, and gives what is shown."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.pages import ROOT, blocks, commands, failures, output_of

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    command
    for block in blocks(README)
    if block.language == "console"
    for command in commands(block.text)
]


@pytest.mark.parametrize(("command", "output"), COMMANDS, ids=[text for text, _ in COMMANDS])
def test_command(command: str, output: str) -> None:
    assert output_of(command, ROOT) == output


def test_there_are_commands_and_sessions() -> None:
    assert len(COMMANDS) >= 4
    assert sum(block.is_session for block in blocks(README)) >= 4


def test_sessions() -> None:
    names: dict[str, Any] = {}
    run = 0
    for block in blocks(README):
        if block.is_session:
            wrong, attempted = failures(block, "README.md", names)
            assert not wrong
            run += attempted
    assert run >= 10


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", README)
    assert targets
    for target in targets:
        assert (ROOT / target).exists(), target
