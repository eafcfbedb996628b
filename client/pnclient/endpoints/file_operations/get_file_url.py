"""Where a file can be read."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.file_operations.file_based_endpoint import OfFile
from pnclient.enums import PNOperationType
from pnclient.files.addresses import REDIRECTIONS, location, service_address, unusable
from pnclient.models.consumer.file import PNGetFileDownloadURLResult
from pnclient.transport import Call, Reply, value_of


class GetFileDownloadUrl(OfFile[PNGetFileDownloadURLResult]):
    """Ask for an address at which a file can be read for a time, without keys and tokens.

    Whoever has it can use it. With ``ssl`` in the configuration it has TLS too.
    """

    OPERATION = PNOperationType.PNGetFileDownloadURLAction

    def _call(self) -> Call:
        return Call(operation=self.OPERATION, subjects=self._subjects(), path=self._path())

    def _read(self, reply: Reply, secrets: frozenset[str]) -> Any:
        if reply.code in REDIRECTIONS:
            config = self.pubnub.config
            base = service_address(config, self._channel, self._file_id, self._file_name)
            return location(config, reply, base=base)
        value_of(reply, secrets)
        raise unusable("the service redirects to nowhere")

    def _told(self, data: Any) -> Any:
        # The address lets anybody read the file.
        return None if isinstance(data, str) else data

    def _result(self, data: Any) -> PNGetFileDownloadURLResult:
        return PNGetFileDownloadURLResult(data)
