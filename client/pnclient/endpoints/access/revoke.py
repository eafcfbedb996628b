"""Taking back what was granted."""

from __future__ import annotations

from typing import NoReturn

from pnclient.endpoints.access.grant import Grant
from pnclient.endpoints.endpoint import Client
from pnclient.enums import PNOperationType


class Revoke(Grant):
    """Take all rights back: a grant of none. See ``Grant`` for what of.

    ``get``, ``update``, ``join`` and ``delete`` may leave one of these. Needs the secret key and the publish key.
    """

    OPERATION = PNOperationType.PNAccessManagerRevoke

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._flags = dict.fromkeys("rwmdguj", False)

    def read(self, flag: bool) -> NoReturn:
        raise NotImplementedError("revoke takes the right to read: use grant() to leave it")

    def write(self, flag: bool) -> NoReturn:
        raise NotImplementedError("revoke takes the right to write: use grant() to leave it")

    def manage(self, flag: bool) -> NoReturn:
        raise NotImplementedError("revoke takes the right to manage: use grant() to leave it")
