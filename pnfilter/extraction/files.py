"""The files of a project that may hold filters: what git ignores, and what people don't write, is left out."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from pnfilter.extraction.configuration import JSON, LAYOUTS
from pnfilter.extraction.dockerfiles import EXTENSION as DOCKERFILE
from pnfilter.extraction.dockerfiles import FILE_NAMES as DOCKERFILES
from pnfilter.extraction.documents import FILTER_FILES, MARKDOWN, SCRIPTS
from pnfilter.extraction.languages import BY_EXTENSION
from pnfilter.extraction.notebooks import NOTEBOOKS
from pnfilter.extraction.settings import Settings

#: Bytes of the longest file that is read: a longer one is data, or made by a program.
MAX_FILE_BYTES: Final = 2_000_000
#: Folders of packages of others, and of what programs make.
SKIPPED_FOLDERS: Final = frozenset(
    "node_modules bower_components vendor Pods Carthage site-packages __pycache__ venv".split()
)
_SKIPPED_ENDINGS: Final = (".min.js", ".min.mjs", ".bundle.js", ".map")
#: Endings of the names of all files that are read.
EXTENSIONS: Final = frozenset(
    {
        *BY_EXTENSION,
        *JSON.extensions,
        *(extension for layout in LAYOUTS for extension in layout.extensions),
        DOCKERFILE,
        *FILTER_FILES,
        *MARKDOWN,
        *NOTEBOOKS,
        *SCRIPTS,
    }
)
GIT_SECONDS: Final = 60
#: What git says of a folder that it can't read, and goes on.
_UNOPENED: Final = b"could not open directory"


def is_readable_kind(name: str) -> bool:
    """Whether a file of that name may hold filters among other things."""
    base = os.path.basename(name).lower()  # noqa: PTH119 (called for every file of a tree)
    if base.endswith(_SKIPPED_ENDINGS):
        return False
    return extension_of(base) in EXTENSIONS


def is_filter_file(name: str) -> bool:
    """Whether a file of that name holds filters and nothing else."""
    return extension_of(name) in FILTER_FILES


def extension_of(name: str) -> str:
    """The ending of a file's name, in lower case; ``.env`` for ``.env.local`` too, ``.dockerfile`` for a ``Dockerfile``."""
    base = os.path.basename(name).lower()  # noqa: PTH119
    if base == ".env" or base.startswith(".env."):
        return ".env"
    ending = os.path.splitext(base)[1]  # noqa: PTH122
    if base.partition(".")[0] in DOCKERFILES and ending not in EXTENSIONS:
        return DOCKERFILE
    return ending


class Discovery:
    """Finds the files below some paths.

    ``notes`` tells what could not be taken into account, ``unreadable`` has the folders that can't be read.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.notes: list[str] = []
        self.unreadable: list[OSError] = []

    def files(self, paths: Iterable[Path]) -> Iterator[Path]:
        """The files; one that was named is among them whatever it is called, but no folder's twice.

        ``FileNotFoundError`` for a path that isn't there.
        """
        given: set[Path] = set()
        for path in paths:
            if not path.exists():
                raise FileNotFoundError(2, "No such file or directory", str(path))
            found = self._below(path) if path.is_dir() else iter([path])
            for each in found:
                if each not in given:
                    given.add(each)
                    named = each is path
                    if (named or is_readable_kind(each.name)) and self._settings.wants(each):
                        yield each

    def _below(self, folder: Path) -> Iterator[Path]:
        tracked = self._known_to_git(folder)
        names = sorted(self._walk(folder)) if tracked is None else tracked
        for name in names:
            parts = name.split("/")
            if not any(_is_skipped(part) for part in parts[:-1]) and not _is_hidden(parts[-1]):
                yield folder / name

    def _walk(self, folder: Path) -> Iterator[str]:
        """Files of a folder that is in no repository; its own lists of what to ignore hold all the same."""
        ignored: dict[str, Any] = {}
        for here, folders, files in os.walk(folder, onerror=self.unreadable.append):
            place = os.path.relpath(here, folder).replace(os.sep, "/")
            prefix = "" if place == "." else f"{place}/"
            if ".gitignore" in files:
                spec = self._ignore_list(Path(here) / ".gitignore")
                if spec is not None:
                    ignored[prefix] = spec
            folders[:] = sorted(
                name
                for name in folders
                if not _is_skipped(name) and not _is_ignored(f"{prefix}{name}/", ignored)
            )
            # Neither a link to nowhere nor a pipe, which would be waited for.
            yield from (
                f"{prefix}{name}"
                for name in sorted(files)
                if is_readable_kind(name)
                and not _is_ignored(f"{prefix}{name}", ignored)
                and os.path.isfile(os.path.join(here, name))  # noqa: PTH113, PTH118
            )

    def _known_to_git(self, folder: Path) -> list[str] | None:
        """The files below a folder that git tracks or would track; None where it can't be asked."""
        # What the repository names as its monitor of files is a program, which git would run.
        command = ["git", "-c", "core.fsmonitor=false", "-C", str(folder), "ls-files"]
        command += ["-coz", "--exclude-standard", "--", "."]
        try:
            answer = subprocess.run(  # noqa: S603 (git, with a folder that exists)
                command,
                capture_output=True,
                check=False,
                timeout=GIT_SECONDS,
                env={**os.environ, "LC_ALL": "C"},
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        if answer.returncode != 0 or _UNOPENED in answer.stderr:
            # Which folders can't be read is seen on the way through them.
            return None
        names = os.fsdecode(answer.stdout).split("\0")
        return sorted({name for name in names if name and (folder / name).is_file()})

    def _ignore_list(self, file: Path) -> Any:
        try:
            from pathspec import GitIgnoreSpec
        except ImportError:
            note = f"{file} is not heeded outside a repository: pip install 'pnfilter[code]' for it"
            self.notes.append(note)
            return None
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        return GitIgnoreSpec.from_lines(lines)


def _is_ignored(name: str, ignored: dict[str, Any]) -> bool:
    return any(
        name.startswith(prefix) and spec.match_file(name[len(prefix) :])
        for prefix, spec in ignored.items()
    )


def _is_skipped(folder: str) -> bool:
    return folder in SKIPPED_FOLDERS or folder.startswith(".")


def _is_hidden(name: str) -> bool:
    return name.startswith(".") and extension_of(name) != ".env"
