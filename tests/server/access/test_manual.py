"""The session of docs/access.md gives what is shown there, and its programs are those in ``examples``."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "access.md").read_text("utf-8")
EXAMPLES = ROOT / "examples" / "access"


def test_the_session() -> None:
    blocks = re.findall(r"^```python\n(>>> .*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "access.md", "access.md", 0)
    report: list[str] = []
    result = doctest.DocTestRunner().run(test, out=report.append)
    assert result.attempted > 10
    assert not result.failed, "".join(report)


@pytest.mark.parametrize("name", ["granting", "reading"])
@pytest.mark.parametrize("client", ["pnclient", "python_sdk", "tornado_sdk", "javascript_sdk"])
def test_the_programs_are_shown(client: str, name: str) -> None:
    (file,) = (EXAMPLES / client).glob(f"{name}.*")
    language = "python" if file.suffix == ".py" else "js"
    program = file.read_text("utf-8")
    assert f"`{client}/{file.name}`:\n\n```{language}\n{program}```\n" in PAGE
