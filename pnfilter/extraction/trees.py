"""Untrusted trees: links that lead out, endless files, and the position of settings."""

from __future__ import annotations

import errno
import os
import stat

#: Why a link is not followed, as the end of a sentence.
LEADS_OUT = "a link that leads out of its repository is not followed; name what it leads to"

_NONBLOCKING = getattr(os, "O_NONBLOCK", 0)


class Tree:
    """A folder with all that is below it."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._root = os.path.realpath(folder)
        self._prefix = self._root.rstrip(os.sep) + os.sep
        self._parents: dict[str, str] = {}

    def leads_out(self, path: str) -> bool:
        """Return whether a path, or a link on it, leads outside the tree."""
        return self.target_of(path) is None

    def target_of(self, path: str) -> str | None:
        """Return a path's target relative to the folder, with ``/``; None if it is outside."""
        if os.path.islink(path):
            real = os.path.realpath(path)
        else:
            parent, name = os.path.split(path)
            place = self._parents.get(parent)
            if place is None:
                place = self._parents[parent] = os.path.realpath(parent)
            real = os.path.join(place, name)
        if real == self._root:
            return ""
        below = real.removeprefix(self._prefix)
        # git's own files are excluded: the configuration may have a token.
        if below == real or ".git" in below.lower().split(os.sep):
            return None
        return below.replace(os.sep, "/")


def repository_of(folder: str) -> str | None:
    """Return the nearest folder, from one upwards, that has a ``.git``."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder


def leads_out(name: str | os.PathLike[str]) -> bool:
    """Return whether a link on a path leads out of the link's repository.

    Without a repository only a link to a file of ``/proc`` does: it may be the environment.
    """
    repository, path = _follow_links(name)
    if repository is not None:
        return Tree(repository).leads_out(path)
    given = os.path.join(os.getcwd(), name)
    return _is_of_system(path) and not _is_of_system(given) and os.path.isfile(path)


def linked_file(name: str | os.PathLike[str]) -> str | None:
    """Return the file that a repository's link leads a path to; None without such a link."""
    repository, path = _follow_links(name)
    real = os.path.realpath(path)
    return real if repository is not None and os.path.isfile(real) else None


def _follow_links(name: str | os.PathLike[str]) -> tuple[str | None, str]:
    """Return a path with its links followed up to the first in a repository, and that one."""
    path = os.path.join(os.getcwd(), name)
    while (link := _first_link(path)) is not None:
        repository = repository_of(os.path.dirname(link))
        real = os.path.realpath(link)
        # A cycle of links has no target.
        if repository is not None or os.path.islink(real):
            return repository, path
        path = real + path[len(link) :]
    return None, path


def _first_link(path: str) -> str | None:
    """Return the part of a path up to the first link on it."""
    found = None
    while (above := os.path.dirname(path)) != path:
        if os.path.islink(path):
            found = path
        path = above
    return found


def _is_of_system(path: str) -> bool:
    return path.startswith(("/proc/", "/dev/"))


def refuse_leading_out(name: str | os.PathLike[str]) -> None:
    """Raise ``OSError`` for a path that leads out of the repository that it is in."""
    if leads_out(name):
        raise OSError(errno.ELOOP, LEADS_OUT, os.fspath(name))


def read_regular(name: str | os.PathLike[str], limit: int) -> bytes:
    """Return the bytes of a file, at most ``limit`` and one more.

    Raise ``OSError`` for anything but a regular file: a pipe blocks, and a device may be endless.
    """
    return read_regular_state(name, limit)[0]


def read_regular_state(name: str | os.PathLike[str], limit: int) -> tuple[bytes, os.stat_result]:
    """Return what ``read_regular`` does, and the state of the file when it was read."""
    with open(name, "rb", opener=_without_waiting) as stream:
        state = os.fstat(stream.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", os.fspath(name))
        return stream.read(limit + 1) or b"", state


def _without_waiting(name: str, flags: int) -> int:
    return os.open(name, flags | _NONBLOCKING)


OWN_FILE = "pnfilter.toml"
PROJECT_FILE = "pyproject.toml"
#: Bytes of the longest settings file.
MAX_BYTES = 1_000_000


def settings_file(place: str | os.PathLike[str]) -> str | None:
    """Return the settings file nearest to a path, from its folder up to its repository.

    None without any. Raise ``OSError`` for a file that can't be read.
    """
    folder = os.path.realpath(place)
    while True:
        own, project = (os.path.join(folder, name) for name in (OWN_FILE, PROJECT_FILE))
        if os.path.isfile(own):
            return own
        if os.path.isfile(project) and b"tool.pnfilter" in read_regular(project, MAX_BYTES):
            return project
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(os.path.join(folder, ".git")):
            return None
        folder = above
