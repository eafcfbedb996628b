"""Findings that are known and not reported again, so that an old code base can start.

A baseline is a JSON file. A finding is known by its file, its code and the filter's text, not by
its line, which changes with every edit above it. Files are named relative to the baseline.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from pnfilter.cli.terminal import CommandError, reason_of, shown_name, tell
from pnfilter.cli.writing import write_atomically
from pnfilter.records import NamedTuple
from pnfilter.wording import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, Final

    from pnfilter.cli.filter_text import FilterText
    from pnfilter.diagnostics import Diagnostic

#: The version that a baseline names, and the only one that is read.
VERSION: Final = 1
#: Bytes of the longest baseline that is read.
MAX_BYTES: Final = 64 << 20


class Known(NamedTuple):
    """What a finding is known by."""

    path: str
    code: str
    filter: str


class Baseline:
    """The known findings of a file, and which of them were met in a check."""

    def __init__(self, name: str, known: Iterable[Known] = ()) -> None:
        self._folder = os.path.dirname(os.path.abspath(name))
        self._known = set(known)
        self._shown: set[Known] = set()
        self._found: set[Known] = set()
        self._paths: set[str] = set()

    @classmethod
    def read(cls, name: str) -> Baseline:
        """The baseline in a file; ``CommandError`` for any other file."""
        try:
            with Path(name).open("rb") as stream:
                content = stream.read(MAX_BYTES + 1)
        except FileNotFoundError:
            raise CommandError(
                f"--baseline {name}: no such file (--write-baseline makes it)"
            ) from None
        except OSError as error:
            raise CommandError(f"--baseline {reason_of(error, name)}") from None
        if len(content) > MAX_BYTES:
            raise CommandError(f"--baseline {name}: longer than {MAX_BYTES:,} bytes")
        try:
            return cls(name, _read_known(json.loads(content)))
        except (ValueError, RecursionError) as error:
            raise CommandError(f"--baseline {name}: not a baseline: {error}") from None

    def unknown(
        self, source: FilterText, found: Sequence[Diagnostic], shown: Sequence[Diagnostic]
    ) -> list[Diagnostic]:
        """Those findings of one filter that are to be shown and not known; ``found`` are all."""
        path = self._path(source)
        self._paths.add(path)
        self._found.update(Known(path, diagnostic.code, source.text) for diagnostic in found)
        unknown = []
        for diagnostic in shown:
            key = Known(path, diagnostic.code, source.text)
            self._shown.add(key)
            if key not in self._known:
                unknown.append(diagnostic)
        return unknown

    def gone(self) -> int:
        """Known findings that the files that were checked don't have any more."""
        return sum(key.path in self._paths and key not in self._found for key in self._known)

    def write(self, name: str, *, quiet: bool) -> None:
        """Write all findings that were to be shown, in place of what is there, and say how many."""
        findings = ",\n".join("  " + json.dumps(key._asdict()) for key in sorted(self._shown))
        content = f'{{"version": {VERSION}, "findings": [\n{findings}\n]}}\n'
        try:
            write_atomically(Path(name), content.encode("ascii"))
        except OSError as error:
            raise CommandError(f"--baseline {reason_of(error)}") from None
        if not quiet:
            tell(f"{shown_name(name)}: {counted(len(self._shown), 'known finding')}")

    def _path(self, source: FilterText) -> str:
        if not source.is_file:
            # The number of a text among several is as good as its line.
            return "(expression)" if source.origin.startswith("(expression") else source.origin
        return os.path.relpath(source.origin, self._folder).replace(os.sep, "/")


def _read_known(content: Any) -> list[Known]:
    """The findings of a decoded baseline; ``ValueError`` for anything else."""
    if not isinstance(content, dict) or content.get("version") != VERSION:
        raise ValueError(f'it has no "version": {VERSION}')
    findings = content.get("findings")
    if not isinstance(findings, list):
        raise ValueError('it has no list "findings"')
    known = []
    for number, finding in enumerate(findings, 1):
        match finding:
            case {"path": str(path), "code": str(code), "filter": str(text)}:
                known.append(Known(path, code, text))
            case _:
                raise ValueError(f"finding {number} needs strings for path, code and filter")
    return known
