"""What came of granting and revoking an access token."""

from __future__ import annotations

from typing import Any


class PNGrantTokenResult:
    """A token. It is in ``token``, and in no text of this."""

    def __init__(self, token: str) -> None:
        self.token = token

    def get_token(self) -> str:
        return self.token

    def __str__(self) -> str:
        return "Grant token success"


class PNRevokeTokenResult:
    """``status``: the service's own code, 200."""

    def __init__(self, result: dict[str, Any]) -> None:
        self.status = result["status"]

    def __str__(self) -> str:
        return f"Revoke token success with status: {self.status}"
