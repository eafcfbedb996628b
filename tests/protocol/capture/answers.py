"""What the recording server answers: shapes that all SDKs accept, and variants of them."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

#: Where the recording server says that uploads go, and where it serves them from.
UPLOAD = "/upload"
STORED = "/stored/"

TIMETOKEN = "16000000000000000"


class Answer(NamedTuple):
    """An answer: code, body, and headers beside those that every answer has."""

    code: int = 200
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)

    def over_the_wire(self) -> bytes:
        lines = [f"HTTP/1.1 {self.code} Told"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        # No content has no length either.
        lines += [] if self.code == 204 else [f"Content-Length: {len(self.body)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if self.code == 204 else self.body)


def told(body: Any, code: int = 200) -> Answer:
    """An answer of JSON."""
    return Answer(code, json.dumps(body).encode())


SUBSCRIBED = told({"t": {"t": TIMETOKEN, "r": 1}, "m": []})

_USER = {"id": "a-user", "name": "A", "eTag": "AbOx6N", "updated": "2026-01-01T00:00:00.000000Z"}
_MEMBER = {"uuid": {"id": "a-user"}, "eTag": "AbOx6N", "updated": "2026-01-01T00:00:00.000000Z"}
_LIST = {"status": 200, "data": [_USER], "totalCount": 1, "next": "NQ", "prev": "MQ"}
_MEMBERSHIP = {**_MEMBER, "channel": {"id": "ch"}}
_MEMBERS = {"status": 200, "data": [_MEMBERSHIP], "totalCount": 1, "next": "NQ", "prev": "MQ"}
_GRANTED = {
    "level": "subkey",
    "subscribe_key": "sub-key",
    "ttl": 1440,
    "r": 1,
    "w": 1,
    "m": 0,
    "d": 0,
}
_FILE = {"name": "a.txt", "id": "file-id", "size": 7, "created": "2026-01-01T00:00:00Z"}


def upload_url(port: int) -> dict[str, Any]:
    """Where and how to send a file, as the service says it."""
    return {
        "status": 200,
        "data": {"id": "file-id", "name": "a.txt"},
        "file_upload_request": {
            "url": f"http://127.0.0.1:{port}{UPLOAD}",
            "method": "POST",
            "expiration_date": "2026-01-01T00:00:00Z",
            "form_fields": [
                {"key": "tagging", "value": "<Tagging>é</Tagging>"},
                {"key": "key", "value": "file-id/a.txt"},
                {"key": "Content-Type", "value": "text/plain; charset=utf-8"},
                {"key": "X-Amz-Signature", "value": "0123"},
            ],
        },
    }


def standing(method: str, path: str, port: int) -> Answer:
    """What a request is answered when nothing else is tried."""
    if path.startswith(UPLOAD):
        return Answer(204, b"", ())
    if path.startswith(STORED):
        return Answer(200, b"", (("Content-Type", "text/plain"),))
    if path.endswith("/generate-upload-url"):
        return told(upload_url(port))
    if method == "GET" and re.search(r"/files/[^/]+/[^/]+$", path) and "publish-file" not in path:
        where = f"http://127.0.0.1:{port}{STORED}file-id/a.txt?X-Amz-Expires=60"
        return Answer(307, b"", (("Location", where),))
    for pattern, body in _STANDING:
        if re.search(pattern, f"{method} {path}"):
            return told(body)
    return told({"status": 200})


_STANDING: list[tuple[str, Any]] = [
    (r"/time/", [int(TIMETOKEN)]),
    (r"GET (/v1/files/publish-file|/publish|/signal)/", [1, "Sent", TIMETOKEN]),
    (r"GET .*/channels/[^/]+/files$", {"status": 200, "data": [_FILE], "next": None, "count": 1}),
    (r"/devices(-apns2)?/[^/]+$", ["a", "b"]),
    (r"/devices(-apns2)?/[^/]+/remove$", [1, "Removed Device"]),
    (r"/v2/auth/", {"status": 200, "message": "Success", "payload": _GRANTED}),
    (r"POST /v3/pam/", {"data": {"message": "Success", "token": "dG9rZW4="}}),
    (r"DELETE /v3/pam/", {"status": 200, "data": {"message": "Success"}}),
    (r"/(uuids|channels)/[^/]+/(uuids|channels)$", _MEMBERS),
    (r"DELETE /v2/objects/", {"status": 200, "data": None}),
    (r"/v2/objects/[^/]+/(uuids|channels)/[^/]+$", {"status": 200, "data": _USER}),
    (r"/v2/objects/", _LIST),
]

_NO_JSON = Answer(403, b"<html>Forbidden</html>", (("Content-Type", "text/html"),))
_FORBIDDEN = {
    "message": "Forbidden",
    "payload": {"channels": ["ch"]},
    "error": True,
    "service": "Access Manager",
    "status": 403,
}
_EXPIRED = {
    "status": 403,
    "service": "Access Manager",
    "error": {"message": "Token is expired.", "source": "authz"},
}
_CHANGED = {
    "status": 412,
    "error": {
        "message": "Channel to update has been modified after it was read.",
        "source": "objects",
        "details": [{"message": "wrong", "location": "header", "locationType": "string"}],
    },
}

_FLAGS = {"r": 1, "w": 0, "m": 1, "d": 0, "g": 1, "u": 0, "j": 1}
_LEVEL = {"level": "user", "subscribe_key": "sub-key", "ttl": 60}


def _access(payload: Any) -> Answer:
    return told(
        {"message": "Success", "payload": payload, "service": "Access Manager", "status": 200}
    )


#: Answers that are tried for a call, by what is said of each: the call, a pattern of the path, the
#: answer.
TRIED: dict[str, tuple[str, str, Answer]] = {
    "push list: names": ("push list gcm", "/push/", told(["a", "b"])),
    "push list: none": ("push list gcm", "/push/", told([])),
    "push list: object": ("push list gcm", "/push/", told({})),
    "push add: list": ("push add gcm", "/push/", told([1, "Modified Channels"])),
    "push add: object": ("push add gcm", "/push/", told({})),
    "push remove device: list": ("push remove device gcm", "/push/", told([1, "Removed Device"])),
    "files list: no data": ("files list", "/files$", told({"status": 200})),
    "files list: only data": ("files list", "/files$", told({"data": []})),
    "files list: full": (
        "files list",
        "/files$",
        told({"status": 200, "data": [_FILE], "next": "NQ", "count": 1}),
    ),
    "files delete: empty": ("files delete", "/files/", told({})),
    "files delete: status": ("files delete", "/files/", told({"status": 200})),
    "files url: no location": ("files url", "/files/", Answer(307, b"", ())),
    "files download: 404": ("files download", "/files/", told({"error": "not found"}, 404)),
    "files download: 200 instead of a redirect": (
        "files download",
        "/v1/files/",
        Answer(200, b"bytes", (("Content-Type", "text/plain"),)),
    ),
    "files send: upload answered 200": ("files send", UPLOAD, Answer(200, b"", ())),
    "files send: upload refused": (
        "files send",
        UPLOAD,
        Answer(
            403,
            b"<Error><Code>EntityTooLarge</Code></Error>",
            (("Content-Type", "application/xml"),),
        ),
    ),
    "files send: publish refused": ("files send", "publish-file", told(_FORBIDDEN, 403)),
    "files send: no status in what generates the address": (
        "files send",
        "generate-upload-url",
        told({"data": {"id": "i", "name": "n"}, "file_upload_request": {}}),
    ),
    "objects get: only data": ("uuid get", "/v2/objects/", told({"data": _USER})),
    "objects get: status and data": ("uuid get", "/v2/objects/", told({"status": 200, "data": {}})),
    "objects list: only data": ("uuids", "/v2/objects/", told({"data": []})),
    "objects list: status and data": ("uuids", "/v2/objects/", told({"status": 200, "data": []})),
    "objects remove: empty": ("uuid remove", "/v2/objects/", told({})),
    "objects remove: status and null": (
        "uuid remove",
        "/v2/objects/",
        told({"status": 200, "data": None}),
    ),
    "members: full": (
        "members get",
        "/v2/objects/",
        told(
            {
                "status": 200,
                "data": [{**_MEMBER, "status": "s", "type": "t", "custom": {"k": 1}}],
                "totalCount": 5,
                "next": "NQ",
                "prev": "MQ",
            }
        ),
    ),
    "objects: changed meanwhile": ("channel set if match", "/v2/objects/", told(_CHANGED, 412)),
    "grant: keyset": (
        "grant keyset",
        "/v2/auth/",
        _access({"level": "subkey", "subscribe_key": "s"}),
    ),
    "grant: no level": ("grant keyset", "/v2/auth/", _access({})),
    "grant: one channel": (
        "grant channels",
        "/v2/auth/",
        _access({**_LEVEL, "channel": "a", "auths": {"k": _FLAGS}}),
    ),
    "grant: channels with keys": (
        "grant channels",
        "/v2/auth/",
        _access({**_LEVEL, "channels": {"a": {"auths": {"k": {**_FLAGS, "ttl": 5}}}}}),
    ),
    "grant: channels for all": (
        "grant channels",
        "/v2/auth/",
        _access({**_LEVEL, "level": "channel", "channels": {"a": _FLAGS}}),
    ),
    "grant: one group": (
        "grant groups",
        "/v2/auth/",
        _access(
            {**_LEVEL, "level": "channel-group+auth", "channel-groups": "g", "auths": {"k": _FLAGS}}
        ),
    ),
    "grant: groups": (
        "grant groups",
        "/v2/auth/",
        _access(
            {
                **_LEVEL,
                "level": "channel-group+auth",
                "channel-groups": {"g": {"auths": {"k": _FLAGS}}},
            }
        ),
    ),
    "grant: uuids": (
        "grant uuids",
        "/v2/auth/",
        _access({**_LEVEL, "level": "uuid", "uuids": {"u": {"auths": {"k": _FLAGS}}}}),
    ),
    "grant token: only the token": ("grant token", "/v3/pam/", told({"data": {"token": "dG8="}})),
    "grant token: no token": ("grant token", "/v3/pam/", told({"data": {}})),
    "grant token of users and spaces: only the token": (
        "grant token of users and spaces",
        "/v3/pam/",
        told({"data": {"token": "dG8="}}),
    ),
    "revoke token: empty": ("revoke token", "/v3/pam/", told({})),
    "revoke token: status": ("revoke token", "/v3/pam/", told({"status": 200})),
    "refused: forbidden": ("files list", "/files$", told(_FORBIDDEN, 403)),
    "refused: expired token": ("uuid get", "/v2/objects/", told(_EXPIRED, 403)),
    "refused: grant": ("grant channels", "/v2/auth/", told(_EXPIRED, 403)),
    "refused: bad request": (
        "uuid get",
        "/v2/objects/",
        told({"status": 400, "error": {"message": "Bad", "source": "objects"}}, 400),
    ),
    "refused: no JSON": ("files list", "/files$", _NO_JSON),
}
