"""Every example in the README is run, and gives what is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.pages import ROOT, run

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert run(README, "README.md", Path.cwd()) >= 14


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", README)
    assert targets
    for target in targets:
        assert (ROOT / target).exists(), target
