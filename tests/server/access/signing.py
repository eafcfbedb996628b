"""A keyset with an access manager for tests, and requests that are signed for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from benchmarks.emulator.faults import forgeries
from pnfilter.server.keysets import Keys
from tests.server.emulated import Emulated

SECRET = "sec-of-tests"
KEYS = {"sub": Keys("pub", SECRET, access_manager=True)}


class Managed(Emulated):
    """A service whose keyset ``sub`` has an access manager."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(keys=KEYS, **settings)

    def signed(self, method: str, target: str, body: str = "") -> tuple[int, Any]:
        """Status and JSON of the answer to a request in the usual form of signatures."""
        answer = self.request(method, self.sign(method, target, body), body.encode())
        return answer.status, json.loads(answer.body)

    def sign(self, method: str, target: str, body: str = "") -> str:
        """Return a target with a signature in the usual form, made at this moment."""
        return signed(method, target, body, int(self.seconds))

    def granted(self, **parameters: str) -> dict[str, Any]:
        """The payload of a grant to auth keys, or everybody; hyphens of names are underlines."""
        query = {name.replace("_", "-"): value for name, value in parameters.items()}
        status, body = self.signed("GET", f"/v2/auth/grant/sub-key/sub?{urlencode(query)}")
        assert status == 200, body
        payload: dict[str, Any] = body["payload"]
        return payload

    def token(
        self,
        resources: Mapping[str, Mapping[str, int]] | None = None,
        patterns: Mapping[str, Mapping[str, int]] | None = None,
        *,
        ttl: Any = 60,
        **permissions: Any,
    ) -> str:
        """A token with rights by kind and name, and by kind and pattern."""
        status, body = self.asked_token(
            {"resources": resources or {}, "patterns": patterns or {}, **permissions}, ttl
        )
        assert status == 200, body
        token: str = body["data"]["token"]
        return token

    def asked_token(self, permissions: Any, ttl: Any = 60) -> tuple[int, Any]:
        """Status and JSON of the answer to who asks for a token."""
        body = json.dumps({"ttl": ttl, "permissions": permissions})
        return self.signed("POST", "/v3/pam/sub/grant", body)

    def revoked(self, token: str) -> tuple[int, Any]:
        """Status and JSON of the answer to who revokes a token."""
        return self.signed("DELETE", f"/v3/pam/sub/grant/{quote(token, safe='')}")


def signed(method: str, target: str, body: str, seconds: int, secret: str = SECRET) -> str:
    """The target with a timestamp and a signature, in the usual form."""
    return forgeries.signed(method, target, body, secret, seconds)
