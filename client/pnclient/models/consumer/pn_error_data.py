"""Why a status is an error."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class PNErrorData:
    """``information`` is the text of ``exception``."""

    information: str
    exception: Exception
