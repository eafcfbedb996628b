"""Files that commands write: nobody sees a part of one."""

from __future__ import annotations

import os
from contextlib import suppress
from errno import EACCES
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Put the content in the place of a file's, all or nothing; mode and links stay.

    A device or a pipe is written to: it must not be replaced by a file. ``OSError`` names the path, also
    of a file that is protected against writing: its folder alone would let it be replaced.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            _replace(path.resolve(), content)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def _replace(target: Path, content: bytes) -> None:
    import shutil
    from tempfile import NamedTemporaryFile

    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(EACCES, os.strerror(EACCES))
    # On the same file system, or the replacement would not be atomic.
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as stream:
        draft = Path(stream.name)
        try:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
            if target.exists():
                _give_to_owner_of(target, draft)
                shutil.copymode(target, draft)
            else:
                draft.chmod(0o666 & ~_umask())
            draft.replace(target)
        except BaseException:
            draft.unlink()
            raise


def _give_to_owner_of(target: Path, draft: Path) -> None:
    """The owner stays where the system lets it: what root writes isn't taken away from its owner."""
    before, now = target.stat(), draft.stat()
    if (before.st_uid, before.st_gid) != (now.st_uid, now.st_gid):
        with suppress(OSError):
            os.chown(draft, before.st_uid, before.st_gid)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
