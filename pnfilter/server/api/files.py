"""Files: an address for an upload, the upload, the list, an address for reading, removal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from mimetypes import guess_type
from typing import Any, Final, NoReturn
from urllib.parse import quote, urlencode

from pnfilter.server.api.call import Call
from pnfilter.server.broker.broker import Broker
from pnfilter.server.broker.files import Expected
from pnfilter.server.http.multipart import SERVICE, Form, Sink, refuse_form
from pnfilter.server.http.request import Request, body_of, decode_json
from pnfilter.server.http.response import Answer, Refusal, refuse, storage_refusal
from pnfilter.server.http.router import Route
from pnfilter.server.quotas import LimitReached
from pnfilter.server.settings import (
    FILE_PART,
    MAX_FILE,
    MAX_FILE_NAME,
    MAX_FORM,
    MAX_LISTED_FILES,
    UPLOAD_SECONDS,
)
from pnfilter.server.store.database import StoreFailure
from pnfilter.server.store.files import FileTable, StoredFile
from pnfilter.server.wire import PER_SECOND, page_cursor, read_page_cursor, takes_messages

#: Names of fields of the upload's form.
_ID, _TOKEN = "key", "X-Amz-Signature"
#: The value of those that mean nothing here.
_UNREAD: Final = "unused"
#: What no name has: it would end a line, or a string in C.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: Replaces a character that not every system takes in a name.
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._ -]")
#: What a system takes for a step to another folder.
_STEP: Final = re.compile(r"[/\\:]")
#: In place of the id of a file that isn't there.
_ABSENT: Final = "absent"
_STORED: Final = "/v1/files/{sub}/stored"
#: The number of the error of a wrong parameter.
_INVALID_PARAMETER: Final = 3001


def generate_upload_url(call: Call) -> Answer:
    """Return an address for one upload, and its form fields (recorded by what SDKs send and read).

    Names may be anything without control characters (assumed). The address serves once (assumed).
    The fields are named as those of the service's storage (recorded); two of them mean something.
    """
    channel = call.request.name("channel")
    if not takes_messages(channel):
        raise _invalid_parameter("[channel] contains invalid characters")
    fields = decode_json(body_of(call.request), "body")
    if not isinstance(fields, dict):
        refuse(400, "`body` must be a JSON object", SERVICE)
    name = _file_name(fields.get("name"))
    expected = call.broker.files.expect(call.keyset.key, channel, name)
    url = f"{call.request.origin()}/v1/files/{quote(call.keyset.key, safe='')}/upload"
    now = datetime.fromtimestamp(call.broker.timetokens.now / PER_SECOND, UTC)
    form = {
        "tagging": "<Tagging><TagSet></TagSet></Tagging>",
        _ID: expected.id,
        "Content-Type": _content_type(name),
        "X-Amz-Credential": _UNREAD,
        "X-Amz-Security-Token": _UNREAD,
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Date": now.strftime("%Y%m%dT%H%M%SZ"),
        "Policy": _UNREAD,
        _TOKEN: expected.token,
    }
    return Answer.json(
        {
            "status": 200,
            "data": {"id": expected.id, "name": name},
            "file_upload_request": {
                "url": url,
                "method": "POST",
                "expiration_date": _moment(now + timedelta(seconds=UPLOAD_SECONDS)),
                "form_fields": [{"key": key, "value": value} for key, value in form.items()],
            },
        }
    )


class Upload:
    """The body of an upload: a form, whose file goes to the store as it comes.

    Nothing of it is kept where anything is wrong: the form, its token, the size.
    """

    def __init__(self, broker: Broker, key: str, request: Request) -> None:
        self._broker = broker
        self._key = key
        self._expected: Expected | None = None
        self._failure: Refusal | StoreFailure | LimitReached | None = None
        self._form: Form | None = None
        self._part = bytearray()
        self._size = 0
        length = request.headers.get("Content-Length", "")
        try:
            if length.isascii() and length.isdigit() and int(length[:20]) > MAX_FORM:
                _refuse_size(int(length))
            self._form = Form(request.headers.get("Content-Type", ""), self._begin)
        except Refusal as refusal:
            self._failure = refusal

    def feed(self, chunk: bytes) -> None:
        if self._failure is not None or self._form is None:
            return
        try:
            self._form.feed(chunk)
        except (Refusal, StoreFailure, LimitReached) as failure:
            self._fail(failure)

    def end(self) -> None:
        try:
            if self._failure is not None:
                raise self._failure
            if self._form is None:
                refuse_form("The upload was given up")
            self._form.end()
            self._write()
            self._finish()
        finally:
            self.close()

    def close(self) -> None:
        self._form = None
        self._part.clear()
        expected, self._expected = self._expected, None
        if expected is not None:
            self._broker.files.end(expected)
            # What is left goes when the store is opened the next time.
            with suppress(StoreFailure):
                self._broker.store.files.discard(expected.key, expected.id)

    def _fail(self, failure: Refusal | StoreFailure | LimitReached) -> None:
        self._failure = failure
        self.close()

    def _begin(self, fields: Mapping[str, str]) -> Sink:
        self._expected = self._broker.files.begin(
            self._key, fields.get(_ID, ""), fields.get(_TOKEN, "")
        )
        if self._expected is None:
            _refuse_access("The address for the upload is unknown, expired or used")
        return self._take

    def _take(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > MAX_FILE:
            _refuse_size(self._size)
        self._part += data
        if len(self._part) >= FILE_PART:
            self._write()

    def _write(self) -> None:
        expected = self._running()
        if self._part:
            self._broker.store.files.add_part(expected.key, expected.id, bytes(self._part))
            self._part.clear()

    def _finish(self) -> None:
        expected, broker = self._running(), self._broker
        file = StoredFile(
            broker.timetokens.next(), expected.channel, expected.id, expected.name, self._size
        )
        broker.store.files.add(expected.key, file)
        broker.files.end(expected)
        self._expected = None

    def _running(self) -> Expected:
        expected = self._expected
        if expected is None or not self._broker.files.is_running(expected):
            _refuse_access("The keyset was cleared while the file came")
        return expected


def upload(call: Call) -> Answer:
    """The upload itself, answered 204 (recorded), or refused as the storage does (recorded).

    The statuses and codes are S3's, and what is refused beside too large files is assumed.
    """
    incoming = call.request.incoming
    if incoming is None:
        refuse_form("The body must be multipart/form-data with a boundary")
    incoming.end()
    return Answer(204)


def list_(call: Call) -> Answer:
    """List the files of a channel, oldest first (assumed), and their number (documented).

    ``next`` is an opaque cursor, and null on the last page (recorded). A ``limit`` out of range is
    refused (a test of the SDK for Swift has the reply).
    """
    keyset, query = call.keyset, call.request.query
    most = query.number("limit", MAX_LISTED_FILES) or 0
    if not 1 <= most <= MAX_LISTED_FILES:
        raise _invalid_parameter(
            "Invalid limit parameter. Limit must be an integer between 1 and"
            f" {MAX_LISTED_FILES} (inclusive)."
        )
    cursor = query.get("next", "")
    after = read_page_cursor(cursor) if cursor else 0
    if after is None:
        refuse(400, "`next` must be from an earlier answer", SERVICE)
    files = keyset.store.files.read(keyset.key, call.request.name("channel"), after, most + 1)
    page = files[:most]
    following = page_cursor(page[-1].timetoken) if len(files) > most else None
    data = [_file_fields(file) for file in page]
    return Answer.json({"status": 200, "data": data, "next": following, "count": len(page)})


def address(call: Call) -> Answer:
    """Redirect (recorded: 307) to the file, readable for an hour (assumed) without a key.

    Whether it is there is seen at that address (tests of the SDK for Python expect it).
    """
    keyset, file = call.keyset, _find_file(call)
    # The right to a channel is none to the files of another one.
    id = file.id if file is not None else _ABSENT
    expires, proof = call.broker.files.ticket(keyset.key, id)
    path = f"{_STORED.replace('{sub}', quote(keyset.key, safe=''))}/{id}"
    query = urlencode({"expires": expires, "ticket": proof})
    location = f"{call.request.origin()}{path}?{query}"
    return Answer(307, headers={"Location": location})


def download(call: Call) -> Answer:
    """Answer the bytes of a file; browsers save it and never show it (assumed)."""
    keyset, request = call.keyset, call.request
    id, query = request.part("id"), request.query
    expires = query.get("expires", "")
    is_number = expires.isascii() and expires.isdigit() and len(expires) <= 20
    ticket = query.get("ticket", "")
    if not is_number or not call.broker.files.is_ticket(keyset.key, id, expires, ticket):
        _refuse_access("The address of the file is unknown or expired")
    file = keyset.store.files.find(keyset.key, id)
    if file is None:
        raise storage_refusal(404, "NoSuchKey", "The specified key does not exist.")
    return Answer(
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": _disposition(file.name),
            "X-Content-Type-Options": "nosniff",
        },
        parts=_Parts(keyset.store.files, keyset.key, file),
    )


def delete(call: Call) -> Answer:
    """Remove the file that the path names by channel, id and name.

    Where there is none the answer is the same (tests of Chat expect it).
    """
    file = _find_file(call)
    if file is not None:
        call.keyset.store.files.remove(call.keyset.key, file.id)
    return Answer.json({"status": 200})


class _Parts:
    """The bytes of a file, a part at a time."""

    def __init__(self, files: FileTable, key: str, file: StoredFile) -> None:
        self._files = files
        self._key = key
        self._id = file.id
        self._at = 0
        self.size = file.size

    def next(self) -> bytes:
        """Return the next bytes; none at the end, or where the file was removed meanwhile."""
        found = None
        with suppress(StoreFailure):
            found = self._files.part(self._key, self._id, self._at)
        self._at, data = found or (self._at, b"")
        return data


def _find_file(call: Call) -> StoredFile | None:
    """Return the file that the path names by channel, id and name."""
    request = call.request
    file = call.keyset.store.files.find(call.keyset.key, request.part("id"))
    wanted = (request.name("channel"), request.part("name"))
    return file if file is not None and (file.channel, file.name) == wanted else None


def _invalid_parameter(message: str) -> Refusal:
    """Return a refusal as tests of the SDK for Swift have it."""
    error = {"message": message, "source": SERVICE, "code": _INVALID_PARAMETER}
    return Refusal(Answer.json({"status": 400, "error": error}, 400))


def _refuse_access(message: str) -> NoReturn:
    raise storage_refusal(403, "AccessDenied", message)


def _refuse_size(size: int) -> NoReturn:
    raise storage_refusal(
        *(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"),
        ProposedSize=size,
        MaxSizeAllowed=MAX_FILE,
    )


def _content_type(name: str) -> str:
    """Return what a file is, by its name, as the form says it."""
    kind = guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _file_name(name: Any) -> str:
    if not isinstance(name, str) or not name or len(name.encode()) > MAX_FILE_NAME:
        refuse(400, f"`name` must be a string of 1 to {MAX_FILE_NAME:,} bytes", SERVICE)
    if _CONTROL.search(name):
        refuse(400, "`name` has no control characters", SERVICE)
    return name


def _file_fields(file: StoredFile) -> dict[str, Any]:
    created = datetime.fromtimestamp(file.timetoken / PER_SECOND, UTC)
    return {"name": file.name, "id": file.id, "size": file.size, "created": _moment(created)}


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _disposition(name: str) -> str:
    """What makes a browser save a file under its name, without any step to another folder."""
    plain = _UNSAFE.sub("_", name).lstrip(". ") or "file"
    exact = quote(_STEP.sub("_", name).lstrip(". ") or "file", safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}"


_FILES: Final = "/v1/files/{sub}/channels/{channel}"

ROUTES: Final = (
    Route("POST", _FILES + "/generate-upload-url", "generate_upload_url", generate_upload_url),
    Route("POST", "/v1/files/{sub}/upload", "upload_file", upload),
    Route("GET", _FILES + "/files", "list_files", list_),
    Route("GET", _FILES + "/files/{id}/{name}", "file_address", address),
    Route("DELETE", _FILES + "/files/{id}/{name}", "delete_file", delete),
    Route("GET", _STORED + "/{id}", "download_file", download),
)
