"""Files that commands write: complete or not at all, and only where the user's path leads.

The owner of a folder can replace a file in it by a link at any moment. So a path is followed once,
and the rest is done by descriptors: if root writes in another user's folder, that user can't make
it write elsewhere, or get a file of someone else.
"""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack, contextmanager, suppress
from errno import EACCES, EEXIST, ELOOP, EPERM, ESTALE
from pathlib import Path

from pnfilter.cli.terminal import CommandError, reason_of
from pnfilter.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

#: Links that are followed in one path, as many as Linux follows.
MAX_LINKS = 40

#: Only Linux can open a link itself. Elsewhere the system follows the path.
_PATH = getattr(os, "O_PATH", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)
_NOCTTY = getattr(os, "O_NOCTTY", 0)


def write_atomically(
    path: Path,
    content: bytes,
    before: os.stat_result | None = None,
    *,
    private: bool = False,
) -> None:
    """Replace the content of a file, all or nothing; mode, owner and links stay.

    A ``private`` file is one that its owner alone can read: the file is always a new one.
    ``before`` is the state of the file that the content was made from: another file, or another
    state, is left alone. A link of another user is followed only to what that user owns. A device
    or a pipe is written to: it must not be replaced by a file. ``OSError`` names the path, also of
    a file that is protected against writing: its folder alone would let it be replaced.
    """
    try:
        with _follow(path) as target:
            _check_unchanged(target.info, before)
            if private or target.info is None or target.is_replaceable:
                _replace(target, content, private=private)
            else:
                with open(os.open(target.itself, os.O_WRONLY | _NOCTTY), "wb") as stream:
                    stream.write(content)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def write_report(name: str, text: str) -> None:
    """Write the file of ``--output-file`` as a whole; ``CommandError`` where that fails."""
    try:
        write_atomically(Path(name), text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise CommandError(f"--output-file {reason_of(error)}") from None


def remove_written(path: Path, content: bytes) -> None:
    """Remove a file if it still has the content that was written, and no other process's."""
    with suppress(OSError), _follow(path) as target:
        if target.info is None or not target.is_replaceable:
            return
        with open(os.open(target.itself, os.O_RDONLY | _NONBLOCK), "rb") as stream:
            if stream.read(len(content) + 1) == content:
                os.unlink(target.name, dir_fd=target.folder)


class _Target(NamedTuple):
    """What a path leads to: a name in an open folder, and the file of that name if there is one.

    Where the system follows paths, ``folder`` is None and the name is a path. ``itself`` is a path
    that leads to this very file, even after the name was given to another. ``is_named`` is false
    for a descriptor, as ``/dev/stdout`` is one.
    """

    folder: int | None
    name: str
    itself: str
    info: os.stat_result | None
    is_named: bool

    @property
    def is_replaceable(self) -> bool:
        """Whether it is a regular file that another one can replace."""
        return self.is_named and self.info is not None and stat.S_ISREG(self.info.st_mode)


@contextmanager
def _follow(path: Path) -> Iterator[_Target]:
    """Follow a path. ``OSError`` if a folder is missing, or if a link must not be followed."""
    if not _PATH:
        real = os.path.realpath(path)
        info = os.stat(real) if os.path.exists(real) else None
        yield _Target(None, real, real, info, is_named=True)
        return
    with ExitStack() as leaving:

        def step(
            name: str, folder: int | None = None, flag: int = _NOFOLLOW
        ) -> tuple[int, os.stat_result]:
            descriptor = os.open(name, _PATH | flag, dir_fd=folder)
            leaving.callback(os.close, descriptor)
            return descriptor, os.fstat(descriptor)

        pending = _steps(str(path))
        name = "."
        found, info = step("/" if path.is_absolute() else ".")
        folder, is_named = found, False
        owners: list[int] = []
        while pending:
            folder, name, is_named = found, pending.pop(), True
            try:
                found, info = step(name, folder)
            except FileNotFoundError:
                if pending:
                    raise
                _check_links(owners, os.fstat(folder))
                yield _Target(folder, name, "", None, is_named)
                return
            if not stat.S_ISLNK(info.st_mode):
                continue
            owners.append(info.st_uid)
            if len(owners) > MAX_LINKS:
                raise OSError(ELOOP, os.strerror(ELOOP))
            if info.st_dev == os.lstat("/proc/self").st_dev:
                # The text of a link to a descriptor is no path.
                found, info = step(name, folder, 0)
                is_named = False
                continue
            to = os.readlink("", dir_fd=found)
            pending += _steps(to)
            found, info = step("/") if to.startswith("/") else (folder, os.fstat(folder))
        _check_links(owners, info)
        yield _Target(folder, name, f"/proc/self/fd/{found}", info, is_named)


def _steps(path: str) -> list[str]:
    """The names in a path, the last one first."""
    return [name for name in reversed(path.split("/")) if name not in ("", ".")]


def _check_links(owners: list[int], info: os.stat_result) -> None:
    """Refuse links of users other than the owner of the file, or of the folder of a new file."""
    if not {0, os.geteuid(), info.st_uid}.issuperset(owners):
        raise OSError(EPERM, "a link of another user leads to it; name the file itself")


def _check_unchanged(info: os.stat_result | None, before: os.stat_result | None) -> None:
    """Refuse a file that isn't the one from before, or whose content or owner has changed."""
    if before is not None and (info is None or _identity(info) != _identity(before)):
        raise OSError(ESTALE, "it has changed since it was read")


def _identity(info: os.stat_result) -> tuple[int, int, int]:
    return info.st_dev, info.st_ino, info.st_ctime_ns


def _replace(target: _Target, content: bytes, *, private: bool) -> None:
    """Write a new file and give it the target's name."""
    info, folder = target.info, target.folder
    if info is not None and not target.is_replaceable:
        raise OSError(EEXIST, "it is not a regular file")
    if info is not None and not os.access(target.itself, os.W_OK):
        raise PermissionError(EACCES, os.strerror(EACCES))
    # In the same folder, or the replacement would not be atomic.
    draft = os.path.join(os.path.dirname(target.name), f".pnfilter-{os.urandom(8).hex()}")
    # A new file has the mode that the user's mask leaves.
    mode = 0o666 if info is None and not private else 0o600
    descriptor = os.open(
        draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW, mode, dir_fd=folder
    )
    try:
        with open(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            if info is not None and not private:
                _give(descriptor, info)
            os.fsync(descriptor)
        os.replace(draft, target.name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.unlink(draft, dir_fd=folder)
        raise


def _give(descriptor: int, info: os.stat_result) -> None:
    """Give a new file the owner and the mode of the one that it replaces.

    The system lets only root give files to others. The setuid and setgid bits are dropped: they
    were set for another content.
    """
    now = os.fstat(descriptor)
    if hasattr(os, "fchown") and (info.st_uid, info.st_gid) != (now.st_uid, now.st_gid):
        with suppress(OSError):
            os.fchown(descriptor, info.st_uid, info.st_gid)
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, info.st_mode & 0o777)
