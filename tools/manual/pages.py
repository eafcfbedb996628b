"""Where each page of the site comes from, and what its links become there.

Pages are written for a code host: their links are paths in the repository. In the site a link to a
page leads to that page, and one to another file to a copy of it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = PurePosixPath("docs")
#: The folder of the site's source with copies of files that are no pages.
FILES: Final = "files"
#: Pages that aren't in ``docs/``, and where they come in the site.
BROUGHT: Final = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "examples/README.md": "examples.md",
    "grammar/LANGUAGE.md": "reference/rules.md",
    "grammar/README.md": "reference/conformance.md",
}
#: What a link to something that has no page leads to.
INSTEAD: Final = {
    "README.md": "index.md",
    "grammar": "reference/conformance.md",
    "docs": "index.md",
}

#: What the site has beside its pages.
INDEX: Final = "Every command, option, code and name <genindex>"

_FENCED: Final = re.compile(r"^(```+|~~~+).*?^\1$", re.DOTALL | re.MULTILINE)
_LINK: Final = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")


class DeadLink(Exception):
    """A link that leads to nothing in the repository."""


def sources(root: Path = ROOT) -> dict[str, str]:
    """Each page of the site, with the file in the repository that it is made of."""
    own = {
        path.relative_to(root / DOCS).as_posix(): path.relative_to(root).as_posix()
        for path in sorted((root / DOCS).rglob("*.md"))
    }
    return own | {page: source for source, page in BROUGHT.items()}


def staged(folder: Path, filled: Callable[[str, str], str], root: Path = ROOT) -> None:
    """Write the source of the site into a folder, which is emptied first.

    ``filled`` is asked for the text of each page, given its place in the site and its text as
    written. Raises ``DeadLink``.
    """
    shutil.rmtree(folder, ignore_errors=True)
    pages = sources(root)
    for page, source in pages.items():
        text = (root / source).read_text(encoding="utf-8")
        text = linked(text, page, pages, folder, root)
        if page == "index.md":
            text += contents(text)
        target = folder / page
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(filled(page, text), encoding="utf-8")


def linked(text: str, page: str, pages: dict[str, str], folder: Path, root: Path = ROOT) -> str:
    """Return a page's text with the site's links, and copy the files that it links to."""
    source = pages[page]
    places = {path: place for place, path in pages.items()} | INSTEAD

    def changed(link: re.Match[str]) -> str:
        words, target = link.groups()
        path, mark, anchor = target.partition("#")
        if not path or re.match(r"[a-z]+:", target):
            return link[0]
        there = os.path.normpath(PurePosixPath(source).parent / path)
        if not (root / there).exists():
            raise DeadLink(f"{source}: {target} leads to nothing")
        if (root / there).is_dir() and there not in places:
            return words
        place = places.get(there) or _copied(there, folder, root)
        return f"[{words}]({os.path.relpath(place, PurePosixPath(page).parent)}{mark}{anchor})"

    return "".join(part if is_code else _LINK.sub(changed, part) for part, is_code in _parts(text))


def contents(index: str) -> str:
    """The site's table of contents, hidden: the links of the first page under their headings."""
    tables = []
    for section in re.split(r"^## ", index, flags=re.MULTILINE)[1:]:
        caption, _, body = section.partition("\n")
        found = re.findall(r"^\* \[([^\]]+)\]\(([^):#]+)\.md\)", body, re.MULTILINE)
        if found:
            entries = "\n".join(f"{words.replace('`', '')} <{page}>" for words, page in found)
            tables.append(_table(caption, entries))
    return "".join([*tables, _table("Index", INDEX)])


def _table(caption: str, entries: str) -> str:
    return f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{entries}\n```\n"


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it is a block of code."""
    end = 0
    for block in _FENCED.finditer(text):
        yield text[end : block.start()], False
        yield block[0], True
        end = block.end()
    yield text[end:], False


def _copied(path: str, folder: Path, root: Path) -> str:
    """The place in the site of a copy of a file."""
    place = f"{FILES}/{path}"
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(root / path, folder / place)
    return place
