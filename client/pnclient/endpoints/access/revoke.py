"""Taking back what was granted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NoReturn

from pnclient.endpoints.access.grant import Grant
from pnclient.enums import PNOperationType


class Revoke(Grant):
    """Take all rights back: a grant of none. See ``Grant`` for what of.

    ``get``, ``update``, ``join`` and ``delete`` may leave one of these. Needs the secret key and the publish key.
    """

    OPERATION = PNOperationType.PNAccessManagerRevoke
    UNSET: ClassVar[Mapping[str, bool]] = dict.fromkeys("rwmdguj", False)

    def read(self, flag: bool | None) -> NoReturn:
        raise NotImplementedError("revoke takes the right to read: use grant() to leave it")

    def write(self, flag: bool | None) -> NoReturn:
        raise NotImplementedError("revoke takes the right to write: use grant() to leave it")

    def manage(self, flag: bool | None) -> NoReturn:
        raise NotImplementedError("revoke takes the right to manage: use grant() to leave it")
