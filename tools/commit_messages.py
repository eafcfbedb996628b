#!/usr/bin/env python3
"""Check the form of commit messages: ``make lint``, or as a hook of git for each new one.

To use it as a hook: ``ln -s ../../tools/commit_messages.py .git/hooks/commit-msg``.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
#: The last commit whose message is not checked.
BEFORE: Final = "e131be45e0395097def20c47b2752f5cb015c980"
MAX_SUBJECT: Final = 72


def complaints(message: str) -> Iterator[str]:
    """What is wrong with the form of a message."""
    lines = message.splitlines()
    subject = lines[0] if lines else ""
    if not subject.strip():
        yield "a commit needs a subject"
    if len(subject) > MAX_SUBJECT:
        yield f"the subject has {len(subject)} characters, at most {MAX_SUBJECT}: {subject}"
    if subject.endswith("."):
        yield f"the subject ends with a full stop: {subject}"
    if subject[:1].islower():
        yield f"the subject must begin with a capital: {subject}"
    if lines[1:] and lines[1]:
        yield f"an empty line must follow the subject: {subject}"


def messages() -> list[str]:
    """The messages of all commits after ``BEFORE``; none where that commit isn't known."""
    command = ("git", "log", "--format=%B%x00", f"{BEFORE}..HEAD")
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return [each.strip("\n") for each in found.stdout.split("\0") if each.strip()]


def main(arguments: list[str]) -> int:
    """Exit status 1 if a message has a complaint, which is printed."""
    checked = [Path(arguments[0]).read_text(encoding="utf-8")] if arguments else messages()
    found = [complaint for message in checked for complaint in complaints(message)]
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
