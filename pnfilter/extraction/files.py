"""The files of a project that may hold filters, without ignored and generated ones."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import subprocess
import sys
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Final

from pnfilter.extraction.configuration import JSON, LAYOUTS
from pnfilter.extraction.documents import EXTENSION as DOCKERFILE
from pnfilter.extraction.documents import FILE_NAMES as DOCKERFILES
from pnfilter.extraction.documents import FILTER_FILES, MARKDOWN, NOTEBOOKS, SCRIPTS
from pnfilter.extraction.languages import BY_EXTENSION
from pnfilter.extraction.settings import Settings
from pnfilter.extraction.trees import (
    Tree,
    linked_file,
    read_regular,
    refuse_leading_out,
    repository_of,
)
from pnfilter.wording import counted

#: Bytes of the longest file that is read: a longer one is data, or generated.
MAX_FILE_BYTES: Final = 2_000_000
#: Folders of third-party packages, and of generated files.
SKIPPED_FOLDERS: Final = frozenset(
    "node_modules bower_components vendor Pods Carthage site-packages __pycache__ venv".split()
)
_SKIPPED_ENDINGS: Final = (".min.js", ".min.mjs", ".bundle.js", ".map")
#: Extensions of all files that are read.
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
#: Bytes of the longest ignore file that is applied outside a repository.
MAX_IGNORE_BYTES: Final = 1_000_000
#: Wildcards of one line of it: each multiplies the time to match by the length of the name.
MAX_WILDCARDS: Final = 3
#: Seconds to match all names of a folder with ignore files.
IGNORE_SECONDS: Final = 20
#: Seconds that git may take to list files.
GIT_SECONDS: Final = 20
#: Seconds after which the tree is searched for a pipe, which git would wait for.
PIPE_SECONDS: Final = 1
#: Bytes of memory that git may have: a short index can hold long names.
GIT_MEMORY: Final = 1 << 30
#: Bytes of the longest list of files that is accepted from git.
MAX_LISTED_BYTES: Final = 128 << 20
#: Bytes of a file named like one of filters that show whether it is one.
MAX_START: Final = 1_024
#: How XML and JSON begin, and no filter: an object has a colon after its first string, a set none.
_OTHER_DATA: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<[?!A-Za-z]|\[|\{\s*(?:\}\s*\Z|\"(?:[^\"\\]|\\.)*+\"\s*:))", re.DOTALL
)
#: Why a link is not followed, as the end of a sentence.
_UNTRACKED: Final = "a link to what git doesn't track is not followed; name what it leads to"
#: git's message about an unreadable folder, after which it continues.
_UNOPENED: Final = b"could not open directory"
#: Variables for git with the position of the user's own configuration; others name a repository.
_GIT_VARIABLES: Final = frozenset({"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"})
_GITDIR: Final = re.compile(r"gitdir: (.+)")
#: The setting for longer hashes, in the index too.
_SHA256: Final = re.compile(rb"^\s*objectformat\s*=\s*sha256", re.IGNORECASE | re.MULTILINE)
_SHA256_CONFIG: Final = """\
[core]
\trepositoryformatversion = 1
[extensions]
\tobjectFormat = sha256
"""
#: Bytes of the longest configuration that is read for it.
_MAX_CONFIG: Final = 1_000_000
#: Bytes of the file that ``.git`` is in another working tree or a submodule.
_MAX_LINK: Final = 65_536


def is_readable_kind(name: str) -> bool:
    """Return whether a file of that name may hold filters among other things."""
    base = os.path.basename(name).lower()  # noqa: PTH119 (called for every file of a tree)
    if base.endswith(_SKIPPED_ENDINGS):
        return False
    return extension_of(base) in EXTENSIONS


def is_filter_file(name: str) -> bool:
    """Return whether a file of that name holds filters and nothing else."""
    return extension_of(name) in FILTER_FILES


def holds_other_data(path: Path) -> bool:
    """Return whether a file named like one of filters is XML, JSON or binary.

    Visual Studio keeps the folders of a project in ``*.vcxproj.filters``.
    """
    try:
        start = read_regular(path, MAX_START)[:MAX_START]
    except OSError:
        # Reading it reports that.
        return False
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        start = start.decode("utf-16", "ignore").encode()
    return b"\0" in start or _OTHER_DATA.match(start) is not None


def extension_of(name: str) -> str:
    """Return the extension of a file's name, in lower case.

    It is ``.env`` for ``.env.local`` too, ``.dockerfile`` for a ``Dockerfile``.
    """
    base = os.path.basename(name).lower()  # noqa: PTH119
    if base == ".env" or base.startswith(".env."):
        return ".env"
    ending = os.path.splitext(base)[1]  # noqa: PTH122
    if base.partition(".")[0] in DOCKERFILES and ending not in EXTENSIONS:
        return DOCKERFILE
    return ending


class Discovery:
    """Finds the files below some paths.

    ``notes`` has what could not be considered, ``unreadable`` the paths that are missing and the
    folders that can't be read.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.notes: list[str] = []
        self.unreadable: list[OSError] = []

    def files(self, paths: Iterable[Path]) -> Iterator[Path]:
        """Yield the files: a named one whatever its name, and no folder's twice."""
        given: set[Path] = set()
        for path in paths:
            try:
                # exists() would raise the error of some paths, and not that of others.
                path.stat()
                refuse_leading_out(path)
                refuse_untracked(path)
            except OSError as error:
                self.unreadable.append(error)
                continue
            found = self._below(path) if path.is_dir() else [path]
            for each in found:
                if each not in given:
                    given.add(each)
                    named = each is path
                    if (named or is_readable_kind(each.name)) and self._settings.wants(each):
                        yield each

    def _below(self, folder: Path) -> Iterator[Path]:
        known = known_to_git(folder)
        names = sorted(self._walk(folder)) if known is None else known
        followed: frozenset[str] | None = None
        tree = Tree(folder)
        other: list[Path] = []
        outside: list[Path] = []
        untracked: list[Path] = []
        repositories: list[Path] = []
        own = frozenset(names)
        # Files with several names: hard links.
        passed: set[tuple[int, int]] = set()
        # git lists a repository that it doesn't track with a slash.
        for name in (each.removesuffix("/") for each in names):
            if _is_left_out(name):
                continue
            path = folder / name
            reached = tree.target_of(str(path))
            if reached != name and followed is None:
                followed = _may_be_linked(folder, names)
            if reached != name and reached not in (followed or ()):
                if is_readable_kind(name) and reached is None:
                    outside.append(path)
                elif is_readable_kind(name) and os.path.isfile(path):  # noqa: PTH113
                    untracked.append(path)
            elif reached != name and reached in own and _is_read_alike(name, reached):
                continue
            else:
                try:
                    found = os.stat(path)  # noqa: PTH116 (called for every file of a tree)
                except (OSError, ValueError):
                    # A broken link, or a name that is too long.
                    continue
                if stat.S_ISDIR(found.st_mode) and reached == name:
                    repositories.append(path)
                # A pipe would block.
                if not stat.S_ISREG(found.st_mode):
                    continue
                if found.st_nlink > 1 and is_readable_kind(name):
                    if (found.st_dev, found.st_ino) in passed:
                        continue
                    passed.add((found.st_dev, found.st_ino))
                if is_filter_file(name) and holds_other_data(path):
                    other.append(path)
                else:
                    yield path
        if repositories:
            count = counted(len(repositories), "repository", "repositories")
            self.notes.append(
                f"submodules and other repositories in {folder} are not read: {count}, "
                f"{repositories[0]} first"
            )
        if other:
            files = counted(len(other), "file")
            kinds = "XML, JSON or binary, not filters"
            self.notes.append(f"left out as {kinds}: {files}, {other[0]} first")
        for links, place in (
            (outside, f"that lead out of {folder}"),
            (untracked, "to what git doesn't track"),
        ):
            if links:
                files = counted(len(links), "file")
                self.notes.append(f"links {place} are not followed: {files}, {links[0]} first")

    def _walk(self, folder: Path) -> Iterator[str]:
        """Yield files of a folder outside any repository; its own ignore files apply."""
        ignored = _Ignored()
        pending = [""]
        while pending:
            prefix = pending.pop()
            # One folder at a time: os.walk would have a frame for each level.
            place = os.path.join(folder, prefix[:-1])  # noqa: PTH118 (a Path takes all levels apart)
            entries = next(os.walk(place, onerror=self.unreadable.append), None)
            if entries is None:
                continue
            _, folders, files = entries
            if ".gitignore" in files:
                spec = self._ignore_list(Path(place, ".gitignore"))
                if spec is not None:
                    ignored.add(prefix, spec)
            pending += (
                below
                for name in folders
                if not _is_skipped(name)
                and not ignored.has(below := f"{prefix}{name}/")
                and not os.path.islink(os.path.join(place, name))  # noqa: PTH114, PTH118
            )
            yield from (
                f"{prefix}{name}" for name in sorted(files) if not ignored.has(f"{prefix}{name}")
            )
        if ignored.left <= 0:
            note = f"the lists of what to ignore in {folder} are heeded for {IGNORE_SECONDS} s only"
            self.notes.append(note)

    def _ignore_list(self, file: Path) -> Any:
        try:
            from pathspec import GitIgnoreSpec
        except ImportError:
            note = f"{file} is not heeded outside a repository: pip install 'pnfilter[code]' for it"
            self.notes.append(note)
            return None
        try:
            content = read_regular(file, MAX_IGNORE_BYTES)
        except OSError as error:
            self.notes.append(f"{file} is not heeded: {error.strerror}")
            return None
        if len(content) > MAX_IGNORE_BYTES:
            self.notes.append(f"{file} is not heeded: longer than {MAX_IGNORE_BYTES:,} bytes")
            return None
        lines = content.decode("utf-8", "replace").splitlines()
        heeded = [line for line in lines if len(re.findall(r"\*+", line)) <= MAX_WILDCARDS]
        if len(heeded) < len(lines):
            most = f"more than {MAX_WILDCARDS} wildcards"
            self.notes.append(f"lines of {file} with {most} are not heeded")
        return GitIgnoreSpec.from_lines(heeded)


def _may_be_linked(folder: Path, names: list[str]) -> frozenset[str]:
    """Return the names in a folder that its links may lead to.

    Files that git tracks, not files that it doesn't ignore: an ignore file in the tree could expose
    one such as ``.env``. If git isn't available, none.
    """
    if repository_of(os.path.realpath(folder)) is None:
        return frozenset(names)
    return frozenset(known_to_git(folder, tracked=True) or ())


def refuse_untracked(name: str | os.PathLike[str]) -> None:
    """Raise ``OSError`` for a link in a repository to a file that git doesn't track."""
    real = linked_file(name)
    if real is not None:
        folder, base = os.path.split(real)
        if base not in (known_to_git(Path(folder), tracked=True) or ()):
            raise OSError(errno.ELOOP, _UNTRACKED, os.fspath(name))


def known_to_git(folder: Path, *, tracked: bool = False) -> list[str] | None:
    """Return files below a folder that git tracks or would track; None if git isn't available.

    With ``tracked`` only those that it tracks.

    git reads the repository's index and ignore files, but an empty repository of our own for all
    else: configuration can name programs to run, and git may fetch what is missing.
    """
    place = repository_of(os.path.realpath(folder))
    program = None if place is None else _git_outside(place)
    if place is None or program is None:
        return None
    try:
        own, common = _git_folders(Path(place))
        index, exclude = own / "index", common / "info" / "exclude"
        if not index.is_file() and os.path.lexists(index):
            return None
        # More threads would only cost memory.
        options = ("-c", "core.fsmonitor=false", "-c", "index.threads=1", "-C", str(folder))
        command = [program, *options, "ls-files", "-cz" if tracked else "-coz"]
        if exclude.is_file():
            command.append(f"--exclude-from={exclude}")
        with TemporaryDirectory(prefix="pnfilter-") as empty:
            _make_repository(Path(empty), read_regular(common / "config", _MAX_CONFIG))
            own_variables = {
                name: value
                for name, value in os.environ.items()
                if not name.startswith("GIT_") or name in _GIT_VARIABLES
            }
            process = subprocess.Popen(  # noqa: S603 (git, with a folder that exists)
                [*command, "--exclude-standard", "--", "."],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={
                    **own_variables,
                    "LC_ALL": "C",
                    "GIT_DIR": empty,
                    "GIT_WORK_TREE": place,
                    "GIT_INDEX_FILE": str(index),
                    "GIT_OPTIONAL_LOCKS": "0",
                    "GIT_NO_LAZY_FETCH": "1",
                },
            )
            listed, complaint = _answer(process, place)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    if process.returncode != 0 or _UNOPENED in complaint or len(listed) > MAX_LISTED_BYTES:
        # Walking the folders will show which ones are unreadable.
        return None
    return sorted(filter(None, {*os.fsdecode(listed).split("\0")}))


def _make_repository(folder: Path, config: bytes) -> None:
    """Create an empty repository, with hashes as long as the configured one's."""
    for name in ("objects", "refs"):
        (folder / name).mkdir()
    (folder / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
    if _SHA256.search(config):
        (folder / "config").write_text(_SHA256_CONFIG, encoding="ascii")


def _answer(git: subprocess.Popen[bytes], place: str) -> tuple[bytes, bytes]:
    """Return git's output; raise ``TimeoutExpired`` if it takes too long, or waits for a pipe."""
    with git:
        try:
            _limit(git.pid)
            try:
                return git.communicate(timeout=PIPE_SECONDS)
            except subprocess.TimeoutExpired:
                if _has_pipe(place):
                    raise
                return git.communicate(timeout=GIT_SECONDS)
        finally:
            git.kill()


def _limit(process: int) -> None:
    """Limit a process's memory to what git needs, if the system can."""
    if sys.platform == "linux":
        from resource import RLIMIT_AS, prlimit

        # It may have ended.
        with suppress(ProcessLookupError):
            prlimit(process, RLIMIT_AS, (GIT_MEMORY, GIT_MEMORY))


def _has_pipe(folder: str) -> bool:
    """Return whether there is a pipe anywhere below a folder."""
    pending = [folder]
    while pending:
        with suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                elif stat.S_ISFIFO(entry.stat(follow_symlinks=False).st_mode):
                    return True
    return False


def _git_outside(place: str) -> str | None:
    """Return the git program, but none in the tree itself: the search path may include it."""
    tree = Tree(place)
    for folder in os.get_exec_path():
        found = shutil.which("git", path=folder) if Path(folder).is_absolute() else None
        if found is not None and tree.leads_out(found):
            return found
    return None


def _git_folders(place: Path) -> tuple[Path, Path]:
    """Return the folder of a working tree's index, and the one that all working trees share."""
    own = place / ".git"
    if own.is_file():
        linked = _GITDIR.fullmatch(_line_of(own))
        if linked is None:
            raise ValueError("no repository")
        own = place / linked[1]
    common = own / "commondir"
    return own, own / _line_of(common) if common.is_file() else own


def _line_of(file: Path) -> str:
    return os.fsdecode(read_regular(file, _MAX_LINK)).rstrip("\n")


class _Ignored:
    """Ignore files, by their folder, and the seconds left to match names."""

    def __init__(self) -> None:
        self._lists: dict[str, Any] = {}
        self.left: float = IGNORE_SECONDS

    def add(self, prefix: str, spec: Any) -> None:
        self._lists[prefix] = spec

    def has(self, name: str) -> bool:
        """Return whether a list ignores a name; none does when no time is left."""
        if not self._lists or self.left <= 0:
            return False
        begun = monotonic()
        found = any(
            name.startswith(prefix) and spec.match_file(name[len(prefix) :])
            for prefix, spec in self._lists.items()
        )
        self.left -= monotonic() - begun
        return found


def _is_read_alike(link: str, target: str) -> bool:
    """Return whether a file below the same folder is read itself, as its link would be."""
    return extension_of(link) == extension_of(target) and not _is_left_out(target)


def _is_left_out(name: str) -> bool:
    """Return whether a file is hidden, or in a folder that isn't looked into."""
    *folders, base = name.split("/")
    return any(map(_is_skipped, folders)) or _is_hidden(base)


def _is_skipped(folder: str) -> bool:
    return folder in SKIPPED_FOLDERS or folder.startswith(".")


def _is_hidden(name: str) -> bool:
    return name.startswith(".") and extension_of(name) != ".env"
