"""Reading a file."""

from __future__ import annotations

from typing import Any, Self

from pnclient import errors
from pnclient.endpoints.arguments import text
from pnclient.endpoints.endpoint import Client
from pnclient.endpoints.file_operations.file_based_endpoint import OfFile
from pnclient.endpoints.file_operations.get_file_url import GetFileDownloadUrl
from pnclient.endpoints.several import Several, Steps
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.files import addresses, transfer
from pnclient.files.ciphers import file_cipher_for
from pnclient.files.content import Progress
from pnclient.files.targets import Memory, Taking, Target, sink_for, target
from pnclient.models.consumer.file import PNDownloadFileResult
from pnclient.transport import Taker


class DownloadFileNative(OfFile[PNDownloadFileResult], Several[PNDownloadFileResult]):
    """Read a file of a channel: its bytes, or with ``to`` into a file here.

    It is decrypted where there is a cipher key, in memory; any other is written as it comes.
    """

    OPERATION = PNOperationType.PNDownloadFileAction

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._cipher_key: str | None = None
        self._target: Target | None = None
        self._progress: Progress | None = None

    def cipher_key(self, cipher_key: str | None) -> Self:
        """What it was encrypted with, in place of the configuration's key."""
        self._cipher_key = text(cipher_key, "cipher_key")
        return self

    def to(self, to: Target) -> Self:
        """Where it is written: a ``pathlib.Path``, or a file that is open for writing bytes.

        At a path there is all of it, or what was there before.
        """
        self._target = target(to)
        return self

    def progress(self, progress: Progress | None) -> Self:
        """What is told how many bytes came so far, and of how many (None: not known); what it raises ends the call."""
        if progress is not None and not callable(progress):
            raise TypeError(f"progress: a function is expected, not {progress!r}")
        self._progress = progress
        return self

    async def _perform(self, steps: Steps) -> PNDownloadFileResult:
        config = self.pubnub.config
        cipher = file_cipher_for(config, self._cipher_key)
        asking = GetFileDownloadUrl(self.pubnub, self._file_name, self._file_id)
        found = await steps.call(self._like(asking.channel(self._channel)))
        sink = sink_for(self._target, steps.threads)
        encrypted = Memory()
        try:
            taking = Taking(
                sink if cipher is None else encrypted, config.max_file_size, self._progress
            )
            await self._follow(steps, found.file_url, taking)
            if cipher is not None:
                await sink.write(await steps.work(cipher.decrypt, await encrypted.end()))
            kept: Any = await sink.end()
        except BaseException:
            sink.abort()
            raise
        return PNDownloadFileResult(kept)

    async def _follow(self, steps: Steps, address: str, into: Taker) -> None:
        """Read what is at an address, or where that leads to."""
        config = self.pubnub.config
        for _ in range(addresses.MAX_REDIRECTIONS + 1):
            # With TLS once, always with it.
            secure = address.startswith("https:")
            request = transfer.download(config, address)
            reply = await steps.send(request, self._transfer_timeout(), into=into)
            if reply.code == 200:
                return
            if reply.code not in addresses.REDIRECTIONS:
                raise transfer.refused(reply, request.secrets)
            address = addresses.location(config, reply, base=address, secure=secure)
        raise PubNubException(pn_error=errors.PNERR_TOO_MANY_REDIRECTS_ERROR)
