"""Fixes of filters in source code, in place or as a diff."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pnfilter.cli.terminal import complain, reason_of, shown_name, tell
from pnfilter.cli.writing import write_atomically
from pnfilter.extraction.project import Project
from pnfilter.extraction.result import ExtractedFilter, is_ignored
from pnfilter.extraction.rewriting import rewrite
from pnfilter.extraction.trees import leads_out
from pnfilter.wording import counted


def fix_files(project: Project, *, unsafe: bool, dry: bool) -> bool:
    """Fix the filters of a project's files, or print what would change; whether all was written."""
    changed = 0
    is_complete = True
    for file in project.files:
        try:
            changed += _fix_file(project, file, unsafe=unsafe, dry=dry)
        except OSError as error:
            is_complete = False
            complain(f"{reason_of(error, str(file))}: not fixed")
    sys.stdout.flush()
    tell(f"{counted(changed, 'filter')} {'would change' if dry else 'fixed'}")
    return is_complete


def _fix_file(project: Project, file: Path, *, unsafe: bool, dry: bool) -> int:
    from pnfilter.extraction.files import MAX_FILE_BYTES

    if not file.is_file():
        return 0
    with file.open("rb") as stream:
        state = os.fstat(stream.fileno())
        content = stream.read(MAX_FILE_BYTES + 1)
    result = rewrite(project, file, content, lambda found: _fixed(found, unsafe=unsafe))
    for extracted, reason in result.refused:
        complain(f"{extracted.path}:{extracted.line}:{extracted.column}: not fixed: {reason}")
    if not result.changed:
        return 0
    if leads_out(file):
        complain(f"{file}: not fixed: the link leads out of the folder")
        return 0
    if dry:
        from pnfilter.cli.fmt import Outcome, print_diff

        print_diff(Outcome(content, result.content, len(result.changed), 0, 0), str(file))
    else:
        write_atomically(file, result.content, state)
        print(f"{shown_name(str(file))}: {counted(len(result.changed), 'filter')} fixed")
    return len(result.changed)


def _fixed(extracted: ExtractedFilter, *, unsafe: bool) -> str:
    """The text with its fixes; as it is where a comment ignores a finding."""
    from pnfilter.lint.check import check
    from pnfilter.lint.fix import fix

    for diagnostic in check(extracted.text):
        lines = {extracted.line, extracted.position(diagnostic.span.start).line}
        if any(is_ignored(extracted.source, line, diagnostic.code) for line in lines):
            return extracted.text
    return fix(extracted.text, unsafe=unsafe)
