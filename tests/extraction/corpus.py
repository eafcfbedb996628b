"""The corpus: small projects in every language, and the filters that are in them.

A file of ``corpus/`` holds files of a project, each after ``=== path``; after it stand its filters,
``--- line:column text``, where a line end or a backslash is written as an escape. One of App
Context has its entity before the text: ``--- line:column [users] text``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from pnfilter import ExtractedFilter, extract

FOLDER = Path(__file__).with_name("corpus")
GROUPS = sorted(path.stem for path in FOLDER.glob("*.txt"))


class Expected(NamedTuple):
    """A filter: the path of its file, its place there, its text, and its entity."""

    path: str
    line: int
    column: int
    text: str
    entity: str = ""


class Measured(NamedTuple):
    """How many filters there are, how many were found, and how many of these are right."""

    expected: int
    found: int
    right: int

    @property
    def recall(self) -> float:
        """The part of the filters that was found."""
        return self.right / self.expected if self.expected else 1.0

    @property
    def precision(self) -> float:
        """The part of what was found that is a filter."""
        return self.right / self.found if self.found else 1.0


def write(group: str, folder: Path) -> list[Expected]:
    """Write the files of a group; the filters in them."""
    expected: list[Expected] = []
    content = (FOLDER / f"{group}.txt").read_text(encoding="utf-8")
    for part in re.split(r"^=== ", content, flags=re.MULTILINE)[1:]:
        path, _, rest = part.partition("\n")
        lines = rest.splitlines(keepends=True)
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("".join(line for line in lines if not line.startswith("--- ")), "utf-8")
        for line in lines:
            match = re.fullmatch(r"--- (\d+):(\d+) (?:\[(\w+)\] )?(.*)\n", line)
            if match is not None:
                text = match[4].replace("\\\\", "\0").replace("\\n", "\n").replace("\0", "\\")
                expected.append(Expected(path, int(match[1]), int(match[2]), text, match[3] or ""))
    return expected


def found_in(folder: Path) -> dict[Expected, ExtractedFilter]:
    """The filters that are found below a folder, by where their texts start."""
    return {
        Expected(
            Path(each.path).relative_to(folder).as_posix(),
            *each.position(0),
            each.text,
            each.entity,
        ): each
        for each in extract(folder)
    }


def by_language(folder: Path) -> dict[str, Measured]:
    """What is found of the whole corpus, by the language of the files."""
    counts: dict[str, list[int]] = {}
    for group in GROUPS:
        place = folder / group
        expected = set(write(group, place))
        found = found_in(place)
        for each in expected | found.keys():
            name = "decoys" if group == "decoys" else language_of(each.path)
            count = counts.setdefault(name, [0, 0, 0])
            count[0] += each in expected
            count[1] += each in found
            count[2] += each in expected and each in found
    return {name: Measured(*count) for name, count in sorted(counts.items())}


def language_of(path: str) -> str:
    """The language by a file's name, as the table has it."""
    from pnfilter.extraction.project import language_of_file

    return language_of_file(Path(path))
