"""What is done with stored messages when they arrive: decrypting, and filtering here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from pnclient.crypto import Cipher, DecryptionError, cipher_for, decrypted
from pnclient.endpoints.endpoint import Client, Endpoint, R
from pnclient.plaintext import mark_plaintext, warn_once

if TYPE_CHECKING:
    from pnfilter import Filter


class OfStored(Endpoint[R]):
    """An operation that reads stored messages."""

    def __init__(self, pubnub: Client, *, filter: str | Filter | None = None) -> None:
        super().__init__(pubnub)
        self._filter: Filter | None = None
        self._include_meta: bool | None = None
        self.filter(filter)

    def filter(self, filter: str | Filter | None) -> Self:
        """Keep the messages that a filter matches; it is applied here, after they were read.

        So the metadata is asked for, and a count is one of messages read. A text that is no filter is a
        ``FilterSyntaxError``. None or an empty text: keep all.
        """
        if filter is None or filter == "":
            self._filter = None
        else:
            from pnfilter import Filter, compile

            given: object = filter.text if isinstance(filter, Filter) else filter
            if not isinstance(given, str):
                raise TypeError(
                    f"a filter is a text or a pnfilter.Filter, not {type(given).__name__}"
                )
            self._filter = compile(given)
        return self

    def _cipher(self) -> Cipher | None:
        return cipher_for(self.pubnub.config)

    def _opened(self, cipher: Cipher | None, payload: Any) -> tuple[Any, DecryptionError | None]:
        """A stored payload, decrypted; or as it is, with the reason why it can't be."""
        if cipher is None:
            return payload, None
        try:
            return decrypted(cipher, payload), None
        except DecryptionError as error:
            config = self.pubnub.config
            mark_plaintext(config, payload, error)
            if error.is_plaintext:
                warn_once(config)
            return payload, error

    def _verdict(
        self, item: Mapping[str, Any], payload: Any, error: Exception | None
    ) -> str | None:
        """The name of the filter's verdict on an item of history; None without a filter.

        A payload that couldn't be decrypted, and what JSON doesn't have, can't be read.
        """
        if self._filter is None:
            return None
        from pnfilter import Message

        try:
            message = Message.from_envelope(
                {**item, "message": payload}, encrypted=error is not None
            )
        except TypeError:
            return "UNDECIDED"
        return self._filter.evaluate(message).name
