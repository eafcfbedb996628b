"""Words that this project's prose does without: ``python tools/prose.py`` finds them.

It reads docstrings, comments and strings of the product, and the pages of the documentation. The
words are those of the style guide: each has a plainer or a standard one.
"""

from __future__ import annotations

import argparse
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
#: What is read, as patterns of paths below the repository.
READ: Final = ("pnfilter/*.py", "client/pnclient/*.py", "tools/*.py", "docs/*.md", "*.md")
#: Written by a program, or quoting what others wrote.
LEFT_OUT: Final = re.compile(
    r"(syntax/tables|lint/table|tools/prose)\.py$|pnclient/(endpoints|models)/|^tests/|^examples/"
)
#: A word or phrase, and what to write instead.
WORDS: Final = {
    "anew": "again",
    "for ever": "without end, or the limit",
    "(?:that|what|it|one|this) is none": "for anything else, or an invalid one",
    "mend(?:s|ed|ing)?": "fix",
    "nobody": "the actor",
    "of old": "earlier, or the version",
    "stands?|stood": "is, means, or replaces",
    "surplus": "redundant",
    "told|tells?": "report, say, or call",
    "what there is": "name it",
    "whoever": "the actor",
}
_PATTERN: Final = re.compile(rf"(?i)(?<![\w`-])({'|'.join(WORDS)})(?![\w`-])")


def prose_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield a file's lines of prose, with their numbers: in Python comments and strings only."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield from enumerate(text.splitlines(), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in {tokenize.COMMENT, tokenize.STRING}:
            yield from enumerate(token.string.splitlines(), token.start[0])


def findings(path: Path) -> Iterator[str]:
    """Yield what is found in a file: its place, the word, and what to write instead."""
    for number, line in prose_of(path):
        for match in _PATTERN.finditer(line):
            instead = next(
                plain
                for word, plain in WORDS.items()
                if re.fullmatch(word, match[1], re.IGNORECASE)
            )
            yield f"{path.relative_to(ROOT)}:{number}: {match[1]!r}: write {instead}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the findings; 1 where there are some."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args(arguments)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *READ], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    found = [
        finding
        for name in listed
        if name and not LEFT_OUT.search(name)
        for finding in findings(ROOT / name)
    ]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
