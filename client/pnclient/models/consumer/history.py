"""Stored messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class PNHistoryItemResult:
    """A stored message. ``entry``: its payload, decrypted where there is a key.

    ``timetoken`` and ``meta``: None unless they were asked for. ``error``: why ``entry`` couldn't
    be decrypted.
    """

    entry: Any
    crypto: Any = field(repr=False)
    timetoken: int | None = None
    meta: Any = None
    error: Exception | None = None

    def __str__(self) -> str:
        return f"History item with tt: {self.timetoken} and content: {self.entry}"

    @property
    def is_plaintext(self) -> bool:
        """Whether there is a cipher key, and the message was stored without being encrypted."""
        return getattr(self.error, "is_plaintext", False)

    def decrypt(self, cipher_key: str) -> None:
        """Decrypt ``entry`` with another key than the configuration's."""
        self.entry = self.crypto.decrypt(cipher_key, self.entry)
        self.error = None


@dataclass(eq=False)
class PNHistoryResult:
    """Stored messages of a channel, and the timetokens of the first and the last that were read.

    With a filter, ``messages`` are those that match and those of which it can't be told here;
    ``undecided`` has the latter, ``dropped`` those that don't match.
    """

    messages: list[PNHistoryItemResult]
    start_timetoken: int
    end_timetoken: int
    dropped: list[PNHistoryItemResult] = field(default_factory=list)
    undecided: list[PNHistoryItemResult] = field(default_factory=list)

    def __str__(self) -> str:
        return f"History result for range {self.start_timetoken}..{self.end_timetoken}"


@dataclass(eq=False)
class PNFetchMessageItem:
    """A stored message. ``message``: its payload, decrypted where there is a key.

    ``meta``, ``actions``, ``uuid`` (who published it), ``message_type`` and ``custom_message_type``: None
    unless they were asked for. ``error``: why ``message`` couldn't be decrypted.
    """

    message: Any
    timetoken: str
    meta: Any = None
    actions: dict[str, Any] | None = None
    error: Exception | None = None
    uuid: str | None = None
    message_type: int | None = None
    custom_message_type: str | None = None

    @property
    def is_plaintext(self) -> bool:
        """Whether there is a cipher key, and the message was stored without being encrypted."""
        return getattr(self.error, "is_plaintext", False)

    def __str__(self) -> str:
        return f"Fetch message item with tt: {self.timetoken} and content: {self.message}"


@dataclass(eq=False)
class PNFetchMessagesResult:
    """Stored messages of each channel that has some, and the timetokens that were asked for.

    With a filter, ``channels`` has the messages that match and those of which it can't be told here;
    ``undecided`` has the latter, ``dropped`` those that don't match.
    """

    channels: dict[str, list[PNFetchMessageItem]]
    start_timetoken: int | None
    end_timetoken: int | None
    dropped: dict[str, list[PNFetchMessageItem]] = field(default_factory=dict)
    undecided: dict[str, list[PNFetchMessageItem]] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"Fetch messages result for range {self.start_timetoken}..{self.end_timetoken}"
