"""Files that commands write: nobody sees a part of one."""

from __future__ import annotations

import os
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Put the content in the place of a file's, all or nothing; mode and links stay.

    A device or a pipe is written to: it must not be replaced by a file. ``OSError`` names the path.
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

    # On the same file system, or the replacement would not be atomic.
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as stream:
        draft = Path(stream.name)
        try:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
            if target.exists():
                shutil.copymode(target, draft)
            else:
                draft.chmod(0o666 & ~_umask())
            draft.replace(target)
        except BaseException:
            draft.unlink()
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
