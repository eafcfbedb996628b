"""A client for the publish/subscribe service, whose filters are validated before they are sent.

Its names are those of ``pubnub`` 4.8.1 for Tornado: code written for that runs with the import root
changed to ``pnclient``. This module imports nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

#: The folder of this package.
PUBNUB_ROOT = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120

_HANDLER = "pnclient.set_stream_logger"


def set_stream_logger(
    name: str = "pnclient",
    level: int = 40,
    format_string: str | None = None,
    stream: TextIO | None = None,
) -> None:
    """Write the log of ``name``, from ``level`` on, to ``stream`` or standard error.

    The default level is ``logging.ERROR``. Called again for the same stream, it replaces level and
    format. ``"pubnub"``, the name in 4.8.1, means ``"pnclient"``.
    """
    import logging

    logger = logging.getLogger("pnclient" if name == "pubnub" else name)
    handler = logging.StreamHandler(stream)
    handler.set_name(_HANDLER)
    for other in logger.handlers.copy():
        if (
            isinstance(other, logging.StreamHandler)
            and other.get_name() == _HANDLER
            and other.stream is handler.stream
        ):
            logger.removeHandler(other)
    handler.setLevel(level)
    handler.setFormatter(
        logging.Formatter(format_string or "%(asctime)s %(name)s [%(levelname)s] %(message)s")
    )
    logger.setLevel(level)
    logger.addHandler(handler)
