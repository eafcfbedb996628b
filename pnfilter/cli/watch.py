"""``check --watch``: look again when a file changes."""

from __future__ import annotations

import argparse
import stat
import sys
import time
from contextlib import suppress

from pnfilter.cli.rule_selection import settings_for
from pnfilter.cli.terminal import CommandError, complain, is_terminal, tell
from pnfilter.extraction.trees import settings_file
from pnfilter.input.sources import STDIN
from pnfilter.wording import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pnfilter.extraction.project import Project
    from pnfilter.extraction.settings import Settings

    #: Parts names into files of filters and a project.
    Part = Callable[[list[str], str | None, Settings | None], tuple[list[str], Project | None]]
    #: Modification time in nanoseconds, size and inode of each file; None where there is none.
    States = dict[str, tuple[int, int, int] | None]

#: Seconds between two looks at the files, at least.
POLL = 0.5
#: So many times as long as a look takes is waited for the next: they take 5 % of a core at most.
SHARE = 20
#: Seconds after a change in which a program may write what belongs to it.
SETTLE = 0.1
#: Clears a terminal, with what was scrolled away.
_CLEAR = "\x1b[H\x1b[2J\x1b[3J"


def _refuse_unwatched(arguments: argparse.Namespace) -> None:
    """Exit with the usage for inputs that can't change, and for what is not only a report."""
    if arguments.expression or not arguments.files:
        arguments.refuse("--watch needs files or folders: the text of a filter doesn't change")
    if STDIN in [*arguments.files, *(arguments.messages or [])]:
        arguments.refuse("--watch needs files or folders: standard input is read once")
    for name in ("fix", "unsafe_fixes", "diff", "write_baseline", "show_files", "output_file"):
        if getattr(arguments, name):
            arguments.refuse(f"--watch only reports: no --{name.replace('_', '-')}")
    if arguments.format not in {"text", "concise"}:
        arguments.refuse("--watch needs --format text or concise")


def watch(
    arguments: argparse.Namespace, check: Callable[[argparse.Namespace], int], part: Part
) -> int:
    """Run ``check``, and again whenever a file that it reads changes, appears or is gone.

    Ends by Ctrl-C only, or with the first error of the first run. Later ones are reported: settings
    may be broken while they are written.
    """
    _refuse_unwatched(arguments)
    states, _ = _look(arguments, part)
    check(arguments)
    while True:
        sys.stdout.flush()
        if not arguments.quiet:
            files = sum(state is not None for state in states.values())
            tell(f"watching {counted(files, 'file')} (Ctrl-C ends)")
        states = _changed(arguments, part, states)
        if is_terminal(sys.stdout):
            sys.stdout.write(_CLEAR)
        try:
            check(arguments)
        except CommandError as error:
            complain(error.message)


def _changed(arguments: argparse.Namespace, part: Part, before: States) -> States:
    """Wait for a change; return the files' states after it."""
    while True:
        states, seconds = _look(arguments, part)
        if states != before:
            time.sleep(SETTLE)
            return _look(arguments, part)[0]
        time.sleep(max(POLL, SHARE * seconds))


def _look(arguments: argparse.Namespace, part: Part) -> tuple[States, float]:
    """The states of all files, and the seconds that this took."""
    begin = time.perf_counter()
    names = [*arguments.files, arguments.schema, arguments.baseline, *(arguments.messages or [])]
    # The check reports a fault of the settings; what can be found without them is watched.
    with suppress(CommandError):
        names += _settings_names(arguments.files)
        settings = settings_for(arguments.files)
        names.append(settings and settings.schema)
        files, project = part(arguments.files, arguments.layout, settings)
        names += [*files, *(map(str, project.files) if project else ())]
    states = {name: _state(name) for name in names if name}
    return states, time.perf_counter() - begin


def _state(name: str) -> tuple[int, int, int] | None:
    from pathlib import Path

    try:
        status = Path(name).stat()
    except (OSError, ValueError):
        return None
    if stat.S_ISDIR(status.st_mode):
        # Its files are looked at.
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _settings_names(names: list[str]) -> Iterator[str]:
    """Yield the settings file of the first path, if it has one."""
    try:
        found = settings_file(names[0])
    except OSError:
        return
    if found is not None:
        yield found
