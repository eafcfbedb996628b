"""Builds the site into ``build/docs/html``, and checks its links and its index.

``python -m tools.manual`` needs the extra ``docs``. Any warning of Sphinx is an error, and so is a
link that leads to nothing, or a command, an option, a diagnostic or a public name that the index
doesn't have.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tools.manual import commands, diagnostics, names
from tools.manual.checking import dead_links, unlisted
from tools.manual.pages import ROOT, DeadLink, staged

BUILT: Final = ROOT / "build" / "docs"
#: Pages whose second part is made of the code.
MADE: Final[dict[str, Callable[[], str]]] = {
    "reference/commands.md": commands.reference,
    "reference/diagnostics.md": diagnostics.reference,
    "reference/python.md": names.reference,
    "reference/client.md": lambda: names.client_reference("pnclient"),
    "reference/client-calls.md": lambda: names.client_reference("pnclient.endpoints"),
    "reference/client-models.md": lambda: names.client_reference("pnclient.models"),
}


#: What such a page says at its end to those who don't read it in the site.
GOES_ON: Final = "The site that `make docs` builds goes on from here.\n"


def filled(page: str, text: str) -> str:
    """The text of a page with what is made of the code."""
    return f"{text.removesuffix(GOES_ON)}\n{MADE[page]()}" if page in MADE else text


def main() -> int:
    """Build and check; the exit status is 1 where anything is wrong."""
    source, html = BUILT / "source", BUILT / "html"
    try:
        staged(source, filled)
    except DeadLink as dead:
        print(dead, file=sys.stderr)
        return 1
    shutil.copy(ROOT / "docs" / "conf.py", source)
    shutil.copytree(ROOT / "docs" / "_static", source / "_static")
    shutil.rmtree(html, ignore_errors=True)
    options = ["-b", "html", "-n", "-W", "--keep-going", "-q", "-d", str(BUILT / "trees")]
    command = [sys.executable, "-m", "sphinx", *options, str(source), str(html)]
    if subprocess.run(command, check=False, cwd=ROOT).returncode:
        return 1
    faults = [*dead_links(html), *unlisted(html)]
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print(f"{_pages(html)} pages in {html.relative_to(ROOT)}: every link leads somewhere")
    return int(bool(faults))


def _pages(html: Path) -> int:
    return sum(1 for _ in html.rglob("*.html"))


if __name__ == "__main__":
    sys.exit(main())
