"""Files for tests: forms as clients send them, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlsplit

from pnfilter.server.http.response import Answer, Parts
from tests.server.emulated import Emulated
from tests.server.measuring import check_usage

HOST = {"Host": "localhost:7635"}
CHANNEL = "/v1/files/sub/channels/a"
BOUNDARY = "----boundary"


#: The fields of a form that an upload depends on.
ID, TOKEN = "key", "X-Amz-Signature"


def form_of(
    fields: Iterable[tuple[str, str]], content: bytes, *, boundary: str = BOUNDARY, name: str = "x"
) -> bytes:
    """The body of an upload."""
    mark = f"--{boundary}\r\n".encode()
    head = b"Content-Disposition: form-data; name="
    body = b"".join(
        mark + head + f'"{field}"\r\n\r\n{value}\r\n'.encode() for field, value in fields
    )
    end = f"\r\n--{boundary}--\r\n".encode()
    return body + mark + head + f'"file"; filename="{name}"\r\n\r\n'.encode() + content + end


def of_type(boundary: str = BOUNDARY) -> dict[str, str]:
    """The headers of an upload."""
    return {**HOST, "Content-Type": f"multipart/form-data; boundary={boundary}"}


class Promised:
    """What a client was told for an upload."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.id: str = answer["data"]["id"]
        self.name: str = answer["data"]["name"]
        request = answer["file_upload_request"]
        self.url: str = request["url"]
        self.target = urlsplit(self.url).path
        self.fields = [(field["key"], field["value"]) for field in request["form_fields"]]
        self.token: str = dict(self.fields)[TOKEN]

    @property
    def path(self) -> str:
        """Where the file can be asked for."""
        return f"{CHANNEL}/files/{self.id}/{quote(self.name, safe='')}"


def promised(emulated: Emulated, name: str = "a.txt", channel: str = CHANNEL) -> Promised:
    """An address for an upload."""
    body = json.dumps({"name": name}).encode()
    status, answer = emulated.post(f"{channel}/generate-upload-url", body, HOST)
    assert (status, answer["status"]) == (200, 200), answer
    return Promised(answer)


def sent(emulated: Emulated, content: bytes, name: str = "a.txt") -> Promised:
    """A file that was uploaded."""
    told = promised(emulated, name)
    answer = emulated.upload(told.target, form_of(told.fields, content), of_type())
    assert (answer.status, answer.body) == (204, b"")
    return told


def read(emulated: Emulated, told: Promised) -> tuple[bytes, Answer]:
    """The bytes of a file, as the address that is given for it brings them."""
    redirection = emulated.request("GET", told.path, headers=HOST)
    assert redirection.status == 307, redirection.body
    parts = urlsplit(redirection.headers["Location"])
    answer = emulated.request("GET", f"{parts.path}?{parts.query}", headers=HOST)
    assert answer.status == 200
    assert answer.parts is not None
    return all_of(answer.parts), answer


def all_of(parts: Parts) -> bytes:
    """All bytes that are left."""
    found = b""
    while part := parts.next():
        found += part
    return found


def listed(emulated: Emulated, query: str = "") -> dict[str, Any]:
    """The list of the channel's files."""
    status, answer = emulated.get(f"{CHANNEL}/files?{query}")
    assert status == 200, answer
    found: dict[str, Any] = answer
    return found


def held(emulated: Emulated) -> int:
    """Bytes of files that are in the store, after a look at whether they are counted."""
    check_usage(emulated.broker.store)
    rows = emulated.broker.store.database.rows
    return int(rows("SELECT coalesce(sum(length(data)), 0) FROM file_parts")[0][0])
