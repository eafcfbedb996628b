"""What the client raises.

::

    Exception
    ├── PubNubException            a call failed: before it was sent, or by the answer
    │   ├── FileNotAnnounced       a file was sent, and the message about it was not
    │   └── DecryptionError        what was received can't be decrypted (``pnclient.crypto``)
    └── PubNubTornadoException     the same from ``.future()`` (``pnclient.pubnub_tornado``)

An invalid filter raises ``pnfilter.FilterSyntaxError``, a ``ValueError``, when it is set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pnclient.status import PNStatus


class PubNubException(Exception):
    """A call failed. ``status`` says how; ``str()`` is what 4.8.1 wrote, without any secret."""

    def __init__(
        self,
        errormsg: object = "",
        status_code: int = 0,
        pn_error: str | None = None,
        status: PNStatus | None = None,
    ) -> None:
        self._errormsg = errormsg
        self._status_code = status_code
        self._pn_error = pn_error
        self.status = status
        message = str(pn_error)
        if str(errormsg):
            code = f" ({status_code})" if int(status_code) > 0 else ""
            message = f"{pn_error}{code}: {errormsg}"
        super().__init__(message)

    # Exceptions are copied and pickled by their args, which hold the text that was put together.
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._errormsg, self._status_code, self._pn_error), vars(self)


class FileNotAnnounced(PubNubException):
    """A file was sent but its message was not: publish one with these, or delete the file."""

    file_id = ""
    file_name = ""
