"""A service whose answers are written before: what is sent to it is kept, with all its bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pnclient.http.client import Http
from pnclient.pnconfiguration import PNConfiguration
from pnclient.transport import ConnectionFailure, Prepared, Reply, Taker

URL = "https://storage.example/upload?X-Amz-Signature=SIGNATUREWORD"
STORED = "https://storage.example/stored/i/a.txt?X-Amz-Signature=SIGNATUREWORD"
TOKEN = "TOKENWORD-of-a-form"


def reply(value: Any = b"", code: int = 200, **headers: str) -> Reply:
    """An answer: JSON, unless the value is bytes."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Reply(code, headers, body)


def promise(url: Any = URL, **changed: Any) -> Reply:
    """Where a file is to be sent."""
    fields = [{"key": "tagging", "value": "é"}, {"key": "token", "value": TOKEN}]
    form = {"url": url, "form_fields": fields, **changed}
    return reply({"data": {"id": "i", "name": "a.txt"}, "file_upload_request": form})


def names_in(folder: Path) -> list[str]:
    """The names in a folder, in their order."""
    return sorted(path.name for path in folder.iterdir())


SENT = reply([1, "Sent", "16000000000000000"])


class Service:
    """Gives its answers one after the other."""

    def __init__(self, *replies: Reply | ConnectionFailure) -> None:
        self.replies: list[Reply | ConnectionFailure] = list(replies)
        self.requests: list[Prepared] = []
        self.bodies: list[bytes] = []
        #: Parts of a body after which it is answered; None: after all.
        self.parts: int | None = None

    async def send(
        self,
        _: Http,
        prepared: Prepared,
        *,
        connect_timeout: float,
        request_timeout: float,
        into: Taker | None = None,
    ) -> Reply:
        assert connect_timeout > 0
        assert request_timeout > 0
        self.requests.append(prepared)
        body = prepared.body or b""
        if prepared.stream is not None:
            taken: list[bytes] = []
            async for part in prepared.stream:
                taken.append(part)
                if len(taken) == self.parts:
                    break
            body = b"".join(taken)
        self.bodies.append(body)
        answer = self.replies.pop(0)
        if isinstance(answer, ConnectionFailure):
            raise answer
        if into is not None and answer.code == 200:
            await into.begin(len(answer.body))
            for start in range(0, len(answer.body), 3):
                await into.take(answer.body[start : start + 3])
            return Reply(answer.code, answer.headers, b"")
        return answer


def scripted(monkeypatch: pytest.MonkeyPatch, *replies: Reply | ConnectionFailure) -> Service:
    """Every client talks to this service from now on."""
    service = Service(*replies)

    async def send(self: Http, prepared: Prepared, **given: Any) -> Reply:
        return await service.send(self, prepared, **given)

    monkeypatch.setattr(Http, "send", send)
    return service


def configuration(**given: Any) -> PNConfiguration:
    """A configuration with everything that no address may be sent."""
    config = PNConfiguration()
    settings: Mapping[str, Any] = {
        "subscribe_key": "sub-c-KEYWORD",
        "publish_key": "pub-c-KEYWORD",
        "secret_key": "sec-c-KEYWORD",
        "auth_key": "AUTHKEYWORD",
        "uuid": "USERWORD",
        "ssl": True,
        **given,
    }
    for name, value in settings.items():
        setattr(config, name, value)
    return config
