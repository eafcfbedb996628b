"""What addresses that a service hands out can't do.

Less than TLS, what belongs to the client, no end.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from pnclient.enums import PNOperationType, PNStatusCategory
from pnclient.exceptions import FileNotAnnounced, PubNubException
from pnclient.files.transfer import MAX_ADDRESS, MAX_REDIRECTIONS
from pnclient.pubnub_tornado import PubNubTornado, PubNubTornadoException
from pnclient.transport import ConnectionFailure
from tests.client.files.scripted import (
    SENT,
    STORED,
    TOKEN,
    URL,
    configuration,
    names_in,
    promise,
    reply,
    scripted,
)
from tests.client.operations.looping import in_loop

#: What only the service itself may be sent.
OWN = ("KEYWORD", "AUTHKEYWORD", "USERWORD", "signature=", "timestamp=", "pnsdk=", "uuid=", "auth=")
BAD_ADDRESSES: list[Any] = [
    None,
    7,
    "",
    "storage.example",
    "//storage.example/x",
    "https://",
    "https:///x",
    "ftp://storage.example/x",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "https://user:password@storage.example/x",
    "https://@storage.example/x",
    "https://storage.example:99999/x",
    "https://storage.example:0/x",
    "https://storage.example:x/x",
    "https://[::1/x",
    "https://storage.example/a b",
    "https://storage.example/\r\nHost: x",
    "https://störage.example/x",
    "http://storage.example/x",
    "HTTP://storage.example/x",
    "https://storage.example/" + "x" * MAX_ADDRESS,
]
#: Where a file may be sent to.
UPLOAD = {"url": URL, "form_fields": []}
#: What is none of them where it stands in a redirection: it is relative to the address before.
RELATIVE = ("7", "storage.example", "//storage.example/x", "https://", "https:///x")


def sending(client: PubNubTornado) -> Any:
    return client.send_file().channel("ch").file_object(b"content").file_name("a.txt")


def reading(client: PubNubTornado) -> Any:
    return client.download_file().channel("ch").file_id("i").file_name("a.txt")


@in_loop
async def test_an_upload_has_the_form_and_nothing_of_the_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = scripted(monkeypatch, promise(), reply(code=204), SENT)
    async with PubNubTornado(configuration()) as client:
        await sending(client)
    asked, upload, published = service.requests
    assert json.loads(service.bodies[0]) == {"name": "a.txt"}
    for own in (asked, published):
        assert "auth=AUTHKEYWORD" in own.url
        assert "signature=" in own.url
    assert (upload.url, upload.method, upload.is_read) == (URL, "POST", False)
    assert not [
        word for word in OWN if word in f"{upload.url} {upload.headers} {service.bodies[1]!r}"
    ]
    assert upload.headers["Content-Length"] == str(len(service.bodies[1]))
    boundary = upload.headers["Content-Type"].rpartition("boundary=")[2]
    parts = service.bodies[1].split(f"--{boundary}".encode())
    assert [part.partition(b"\r\n\r\n")[2] for part in parts[1:-1]] == [
        "é\r\n".encode(),
        f"{TOKEN}\r\n".encode(),
        b"content\r\n",
    ]
    assert b'name="file"; filename="a.txt"' in parts[3]


@in_loop
async def test_a_download_has_nothing_of_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    service = scripted(
        monkeypatch,
        reply(code=307, Location=STORED),
        reply(code=302, Location="/other?x=1"),
        reply(b"content"),
    )
    async with PubNubTornado(configuration()) as client:
        assert (await reading(client)).data == b"content"
    assert "auth=AUTHKEYWORD" in service.requests[0].url
    assert [one.url for one in service.requests[1:]] == [
        STORED,
        "https://storage.example/other?x=1",
    ]
    for request in service.requests[1:]:
        assert not [word for word in OWN if word in f"{request.url} {request.headers}"]


@pytest.mark.parametrize("address", BAD_ADDRESSES)
@in_loop
async def test_addresses_that_are_not_used(monkeypatch: pytest.MonkeyPatch, address: Any) -> None:
    async with PubNubTornado(configuration()) as client:
        service = scripted(monkeypatch, promise(address))
        with pytest.raises(PubNubException) as caught:
            await sending(client)
        assert len(service.requests) == 1
        if isinstance(address, str) and len(address) > 20:
            assert address not in str(caught.value)


@pytest.mark.parametrize(
    "address", [one for one in BAD_ADDRESSES if one and str(one) not in RELATIVE]
)
@in_loop
async def test_redirections_that_are_not_followed(
    monkeypatch: pytest.MonkeyPatch, address: Any
) -> None:
    async with PubNubTornado(configuration()) as client:
        for before in ([], [reply(code=307, Location=STORED)]):
            service = scripted(monkeypatch, *before, reply(code=307, Location=str(address)))
            with pytest.raises(PubNubException):
                await reading(client)
            assert len(service.requests) == len(before) + 1


@pytest.mark.parametrize("secure", [STORED, STORED.replace("https", "HTTPS")])
@in_loop
async def test_tls_once_is_tls_always(monkeypatch: pytest.MonkeyPatch, secure: str) -> None:
    plain = "http://storage.example/x"
    async with PubNubTornado(configuration(ssl=False)) as client:
        # Without TLS to the service, none is asked for.
        scripted(monkeypatch, reply(code=307, Location=plain), reply(b"content"))
        assert (await reading(client)).data == b"content"
        first = reply(code=307, Location=secure)
        service = scripted(monkeypatch, first, reply(code=307, Location=plain))
        with pytest.raises(PubNubException, match="without TLS"):
            await reading(client)
        assert len(service.requests) == 2


@in_loop
async def test_redirections_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async with PubNubTornado(configuration()) as client:
        service = scripted(monkeypatch, *[reply(code=307, Location=STORED)] * 50)
        with pytest.raises(PubNubException, match="Too many redirects"):
            await reading(client)
        assert len(service.requests) == MAX_REDIRECTIONS + 2
        for answer in (
            reply(code=307),
            reply(b"content"),
            reply({"status": 200}),
            reply(code=204),
            reply(code=304),
        ):
            service = scripted(monkeypatch, answer)
            with pytest.raises(PubNubException):
                await reading(client)
            assert len(service.requests) == 1


@in_loop
async def test_a_download_that_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    refusal = reply(b"<Error><Token>SIGNATUREWORD</Token></Error>", 403)
    scripted(monkeypatch, reply(code=307, Location=STORED), refusal)
    async with PubNubTornado(configuration()) as client:
        failed = await reading(client).to(tmp_path / "a").future()
    assert isinstance(failed, PubNubTornadoException)
    assert failed.status.category is PNStatusCategory.PNAccessDeniedCategory
    assert failed.status.operation is PNOperationType.PNDownloadFileAction
    assert "SIGNATUREWORD" not in f"{failed} {failed!r} {vars(failed.status)}"
    assert names_in(tmp_path) == []


@in_loop
async def test_an_upload_that_is_refused(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    refusal = reply(f"<Error>{TOKEN} SIGNATUREWORD</Error>".encode(), 403)
    service = scripted(monkeypatch, promise(), refusal)
    async with PubNubTornado(configuration()) as client:
        failed = await sending(client).future()
    assert isinstance(failed, PubNubTornadoException)
    assert len(service.requests) == 2
    assert failed.status.category is PNStatusCategory.PNAccessDeniedCategory
    seen = f"{failed} {failed!r} {vars(failed.status)} {caplog.text}"
    seen += repr(service.requests)
    assert not [word for word in (TOKEN, "SIGNATUREWORD", "AUTHKEYWORD") if word in seen]
    assert "POST https://storage.example/***" in caplog.text


@in_loop
async def test_an_upload_that_is_accepted_before_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = scripted(monkeypatch, promise(), reply(code=204), SENT)
    service.parts = 2
    async with PubNubTornado(configuration()) as client:
        failed = await sending(client).future()
        assert isinstance(failed, PubNubTornadoException)
        assert "before all of it was sent" in str(failed)
        assert failed.status.category is PNStatusCategory.PNMalformedResponseCategory
        # Nobody is told of half a file.
        assert len(service.requests) == 2
        service.parts, service.replies[:] = 3, [promise(), reply(code=204), SENT]
        assert (await sending(client)).file_id == "i"


@in_loop
async def test_a_file_of_which_nobody_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    forbidden = reply({"message": "Forbidden", "status": 403}, 403)
    async with PubNubTornado(configuration()) as client:
        service = scripted(monkeypatch, promise(), reply(code=204), forbidden)
        with pytest.raises(FileNotAnnounced, match="Forbidden") as caught:
            await sending(client)
        assert (caught.value.file_id, caught.value.file_name) == ("i", "a.txt")
        # It is not tried again: the message may have gone out.
        assert len(service.requests) == 3
        lost = ConnectionFailure(PNStatusCategory.PNTimeoutCategory, "no answer within 10 s")
        scripted(monkeypatch, promise(), reply(code=204), lost)
        failed = await sending(client).future()
        assert isinstance(failed, PubNubTornadoException)
        assert isinstance(failed.value(), FileNotAnnounced)
        assert failed.status.category is PNStatusCategory.PNTimeoutCategory


@pytest.mark.parametrize(
    "answer",
    [
        reply({"data": {}}),
        reply({"data": {"id": "i", "name": "n"}, "file_upload_request": {}}),
        promise(form_fields=None),
        promise(form_fields=[{"key": "a"}]),
        promise(form_fields=[{"key": "a", "value": 1}]),
        promise(form_fields=["a"]),
        promise(form_fields=[{"key": "token", "value": f"{TOKEN}\ud800"}]),
        promise(form_fields=[{"key": "\udfff", "value": TOKEN}]),
        reply({"data": {"id": "\ud800", "name": "n"}, "file_upload_request": UPLOAD}),
        reply({"data": {"id": "i", "name": "\ud800"}, "file_upload_request": UPLOAD}),
        reply([]),
        reply(b"no JSON"),
    ],
)
@in_loop
async def test_answers_of_another_shape(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    service = scripted(monkeypatch, answer)
    async with PubNubTornado(configuration()) as client:
        failed = await sending(client).future()
    assert isinstance(failed, PubNubTornadoException)
    assert failed.status.category is PNStatusCategory.PNMalformedResponseCategory
    assert len(service.requests) == 1


@in_loop
async def test_an_answer_that_is_larger_than_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    async with PubNubTornado(configuration(max_file_size=6)) as client:
        scripted(monkeypatch, reply(code=307, Location=STORED), reply(b"content"))
        failed = await reading(client).future()
    assert isinstance(failed, PubNubTornadoException)
    assert "max_file_size" in str(failed)
    assert failed.status.category is PNStatusCategory.PNInternalExceptionCategory
