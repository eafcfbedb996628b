"""The programs of docs/access.md are those in ``examples``."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "access.md").read_text("utf-8")
EXAMPLES = ROOT / "examples" / "access"


@pytest.mark.parametrize("name", ["granting", "reading"])
@pytest.mark.parametrize("client", ["pnclient", "python_sdk", "tornado_sdk", "javascript_sdk"])
def test_the_programs_are_shown(client: str, name: str) -> None:
    (file,) = (EXAMPLES / client).glob(f"{name}.*")
    language = "python" if file.suffix == ".py" else "js"
    program = file.read_text("utf-8")
    assert f"`{client}/{file.name}`:\n\n```{language}\n{program}```\n" in PAGE
