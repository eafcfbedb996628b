"""Files of trees that someone else wrote: links must not lead out, and no file may be endless."""

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
        self._parents: dict[str, bool] = {}

    def leads_out(self, path: str) -> bool:
        """Whether a path, or a link on its way, leads to a place outside of the tree."""
        parent = os.path.dirname(path)
        inside = self._parents.get(parent)
        if inside is None:
            inside = self._parents[parent] = self._has(os.path.realpath(parent))
        return not (self._has(os.path.realpath(path)) if os.path.islink(path) else inside)

    def _has(self, real: str) -> bool:
        # What git keeps is no part of it: the configuration may have a token.
        below = real.removeprefix(self._prefix)
        return real == self._root or (below != real and ".git" not in below.lower().split(os.sep))


def repository_of(folder: str) -> str | None:
    """The nearest folder, from one upwards, that has a ``.git``."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder


def leads_out(name: str | os.PathLike[str]) -> bool:
    """Whether a link on a path leads out of the repository that the link is in.

    Without a repository only a link to a file of ``/proc`` does: it may be the environment.
    """
    given = path = os.path.join(os.getcwd(), name)
    while (link := _first_link(path)) is not None:
        repository = repository_of(os.path.dirname(link))
        if repository is not None:
            return Tree(repository).leads_out(path)
        real = os.path.realpath(link)
        if os.path.islink(real):
            # Links in a circle.
            return False
        path = real + path[len(link) :]
    return _is_of_system(path) and not _is_of_system(given) and os.path.isfile(path)


def _first_link(path: str) -> str | None:
    """The part of a path up to the first link on it."""
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
    """The bytes of a file, ``limit`` and one more at most.

    ``OSError`` for anything but a regular file: a pipe blocks, and a device may be endless.
    """
    with open(name, "rb", opener=_without_waiting) as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", os.fspath(name))
        return stream.read(limit + 1) or b""


def _without_waiting(name: str, flags: int) -> int:
    return os.open(name, flags | _NONBLOCKING)
