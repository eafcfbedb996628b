"""Keys: which of them the emulator serves."""

from __future__ import annotations

from collections.abc import Mapping


class Keyring:
    """The keys that are served: a publish key for each subscribe key. Without any, every key is."""

    def __init__(self, publish_keys: Mapping[str, str] | None = None) -> None:
        self._publish_keys = publish_keys

    def __repr__(self) -> str:
        return (
            f"<Keyring of {'any key' if self._publish_keys is None else len(self._publish_keys)}>"
        )

    def serves(self, subscribe_key: str) -> bool:
        """Whether a subscribe key is known."""
        return self._publish_keys is None or subscribe_key in self._publish_keys

    def may_publish(self, publish_key: str, subscribe_key: str) -> bool:
        """Whether a publish key belongs to a subscribe key."""
        return self._publish_keys is None or self._publish_keys[subscribe_key] == publish_key
