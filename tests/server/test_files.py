"""Files: uploaded, listed, read, removed, told of, and bounded."""

from __future__ import annotations

import json
import logging
import sqlite3
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from pnfilter.server import quotas, running
from pnfilter.server.http.exchange import unfit_for
from pnfilter.server.http.request import Query, Request
from pnfilter.server.http.response import Answer
from pnfilter.server.settings import (
    DOWNLOAD_SECONDS,
    FILE_PART,
    MAX_FILE,
    MAX_FILE_NAME,
    UPLOAD_SECONDS,
)
from pnfilter.server.store.database import StoreFailure
from tests.server.emulated import Emulated, received
from tests.server.exchanging import Reply, connect, fetch, settle, until
from tests.server.filing import (
    CHANNEL,
    HOST,
    ID,
    TOKEN,
    Promised,
    all_of,
    form_of,
    held,
    listed,
    of_type,
    promised,
    read,
    sent,
)

CAPTURED = Path(__file__).parents[1] / "protocol/captured/requests.ndjson"
NAMES = [
    "a.txt",
    "../../x",
    "/etc/passwd",
    "..",
    "C:\\x.txt",
    'quote".txt',
    "täg 👍.txt",
    "a b(é)%20+&=?#;.txt",
    "\u202egnp.exe",
    "x" * MAX_FILE_NAME,
]


@pytest.mark.parametrize("size", [0, 1, FILE_PART - 1, FILE_PART, 3 * FILE_PART + 5, MAX_FILE])
def test_a_file_comes_back_byte_for_byte(emulated: Emulated, size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    told = sent(emulated, content[:size])
    assert read(emulated, told)[0] == content[:size]
    assert held(emulated) == size
    (file,) = listed(emulated)["data"]
    assert file == {
        "name": "a.txt",
        "id": told.id,
        "size": size,
        "created": "2023-11-14T22:13:20Z",
    }


def test_an_upload_serves_once_and_for_who_has_the_token(emulated: Emulated) -> None:
    told = promised(emulated)
    form = form_of(told.fields, b"content")
    wrong = form_of([(ID, told.id), (TOKEN, "x" * 32)], b"content")
    other = form_of([(ID, "other"), (TOKEN, told.token)], b"content")
    unsigned = form_of([(ID, told.id)], b"content")
    elsewhere = told.target.replace("/sub/", "/another/")
    for target, body in (
        (told.target, wrong),
        (told.target, other),
        (told.target, unsigned),
        (elsewhere, form),
    ):
        assert emulated.upload(target, body, of_type()).status == 403
    assert listed(emulated)["data"] == []
    assert emulated.upload(told.target, form, of_type()).status == 204
    assert emulated.upload(told.target, form, of_type()).status == 403
    assert held(emulated) == 7


def test_an_address_for_an_upload_expires(emulated: Emulated) -> None:
    told = promised(emulated)
    emulated.wait(UPLOAD_SECONDS)
    assert emulated.upload(told.target, form_of(told.fields, b"1"), of_type()).status == 403
    assert held(emulated) == 0


def test_an_address_for_reading_is_not_forged_and_expires(emulated: Emulated) -> None:
    told, other = sent(emulated, b"content"), sent(emulated, b"other")
    location = emulated.request("GET", told.path, headers=HOST).headers["Location"]
    parts = urlsplit(location)
    target = f"{parts.path}?{parts.query}"
    forged = [
        target[:-1],
        target + "0",
        target.replace("expires=", "expires=9"),
        target.replace("expires=", "expires=x"),
        target.replace(told.id, other.id),
        target.replace("/sub/", "/another/"),
        parts.path,
        f"{parts.path}?expires={'9' * 30}&ticket=x",
    ]
    assert {emulated.request("GET", one).status for one in forged} == {403}
    assert emulated.request("GET", target).status == 200
    emulated.wait(DOWNLOAD_SECONDS)
    assert emulated.request("GET", target).status == 403


def reached(emulated: Emulated, path: str) -> int:
    """The status at the address that is given for a file."""
    redirection = emulated.request("GET", path, headers=HOST)
    assert redirection.status == 307
    address = urlsplit(redirection.headers["Location"])
    answer = emulated.request("GET", f"{address.path}?{address.query}")
    if answer.status == 404:
        assert b"<Code>NoSuchKey</Code>" in answer.body
    return answer.status


def test_a_file_that_is_removed_is_gone(emulated: Emulated) -> None:
    told = sent(emulated, b"content")
    location = urlsplit(emulated.request("GET", told.path, headers=HOST).headers["Location"])
    target = f"{location.path}?{location.query}"
    running_download = emulated.request("GET", target).parts
    assert emulated.delete(told.path) == (200, {"status": 200})
    assert running_download is not None
    assert running_download.next() == b""
    assert emulated.request("GET", target).status == 404
    assert reached(emulated, told.path) == 404
    assert emulated.delete(told.path) == (200, {"status": 200})
    nothing = {"status": 200, "data": [], "next": None, "count": 0}
    assert (listed(emulated), held(emulated)) == (nothing, 0)


def test_a_file_is_found_by_all_of_its_path_and_in_its_keyset_only(emulated: Emulated) -> None:
    told = sent(emulated, b"content")
    for path in (
        told.path.replace("/a/files", "/b/files"),
        told.path.replace("a.txt", "b.txt"),
        told.path.replace(told.id, "other"),
        told.path.replace("/sub/", "/another/"),
    ):
        assert reached(emulated, path) == 404
        assert emulated.delete(path) == (200, {"status": 200})
    assert emulated.get("/v1/files/another/channels/a/files")[1]["data"] == []
    assert read(emulated, told)[0] == b"content"


def test_lists_are_read_page_by_page(emulated: Emulated) -> None:
    names = [sent(emulated, b"1", f"{number}.txt").name for number in range(7)]
    pages = [listed(emulated, "limit=3")]
    while pages[-1]["next"]:
        pages.append(listed(emulated, f"limit=3&next={pages[-1]['next']}"))
    found = [[file["name"] for file in page["data"]] for page in pages]
    assert found == [names[:3], names[3:6], names[6:]]
    assert [page["count"] for page in pages] == [3, 3, 1]
    assert [file["name"] for file in listed(emulated)["data"]] == names
    assert [file["name"] for file in listed(emulated, "limit=100")["data"]] == names
    for limit in (0, 101):
        assert emulated.get(f"{CHANNEL}/files?limit={limit}") == (
            400,
            {
                "status": 400,
                "error": {
                    "source": "Files",
                    "message": "Invalid limit parameter. Limit must be an integer between 1 and 100"
                    " (inclusive).",
                    "code": 3001,
                },
            },
        )
    for broken in ("next=!", "next=%C3%A9", "next=LTE", f"next={'OTk5' * 9}", "limit=x", "next=x"):
        assert emulated.get(f"{CHANNEL}/files?{broken}")[0] == 400


@pytest.mark.parametrize("name", NAMES)
def test_names_are_kept_and_never_lead_anywhere(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inner" / "store"
    folder.mkdir(parents=True)
    with Emulated(store=folder / "store.sqlite") as emulated:
        told = sent(emulated, b"content", name)
        assert told.name == name
        assert listed(emulated)["data"][0]["name"] == name
        content, answer = read(emulated, told)
        assert content == b"content"
        disposition = answer.headers["Content-Disposition"]
        assert disposition.isascii()
        assert disposition.startswith("attachment; filename=")
        assert not set("/\\:\r\n") & set(disposition)
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        files = {path.name for path in tmp_path.rglob("*") if path.is_file()}
        assert files == {"store.sqlite", "store.sqlite-wal", "store.sqlite-shm"} & files
        assert emulated.delete(told.path)[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"name": 1}',
        b'{"name": ""}',
        b'{"name": "a\\u0000b"}',
        b'{"name": "a\\r\\nSet-Cookie: b"}',
        b'{"name": "\\ud800"}',
        json.dumps({"name": "x" * (MAX_FILE_NAME + 1)}).encode(),
    ],
)
def test_what_is_no_name_is_refused(emulated: Emulated, body: bytes) -> None:
    assert emulated.post(f"{CHANNEL}/generate-upload-url", body, HOST)[0] == 400


@pytest.mark.parametrize(
    "host", ["", "a b", "user@host", "a/b", "a:b", "a:123456", "a\r\nb", "é", "[::1", "?"]
)
def test_what_is_no_host_reaches_no_operation(host: str) -> None:
    for version in ("1.0", "1.1"):
        answer = unfit_for(version, {"Host": host})
        assert answer is not None
        assert answer.status == 400


def test_addresses_need_a_host(emulated: Emulated) -> None:
    """A request of HTTP/1.0 may have none."""
    assert emulated.post(f"{CHANNEL}/generate-upload-url", b'{"name": "a.txt"}', {})[0] == 400
    told = sent(emulated, b"content")
    assert emulated.request("GET", told.path, headers={}).status == 400


@pytest.mark.parametrize("channel", ["a%2Cb", "a-pnpres", "a.*", "x" * 2000])
def test_a_file_goes_to_one_channel(emulated: Emulated, channel: str) -> None:
    target = f"/v1/files/sub/channels/{channel}/generate-upload-url"
    assert emulated.post(target, b'{"name": "a"}', HOST)[0] == 400


def test_a_file_that_is_too_large_is_not_kept(emulated: Emulated) -> None:
    told = promised(emulated)
    form = form_of(told.fields, b"x" * (MAX_FILE + 1))
    answer = emulated.upload(told.target, form, of_type())
    assert (answer.status, answer.content_type) == (400, "application/xml")
    assert answer.body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>EntityTooLarge</Code>'
        "<Message>Your proposed upload exceeds the maximum allowed size</Message>"
        f"<ProposedSize>{MAX_FILE + 1}</ProposedSize>"
        f"<MaxSizeAllowed>{MAX_FILE}</MaxSizeAllowed></Error>"
    )
    assert (held(emulated), listed(emulated)["data"]) == (0, [])


def test_an_upload_that_announces_too_much_is_refused_at_once(emulated: Emulated) -> None:
    told = promised(emulated)
    headers = {**of_type(), "Content-Length": str(2 * MAX_FILE)}
    answer = emulated.upload(told.target, b"", headers)
    assert answer.status == 400
    assert b"<Code>EntityTooLarge</Code>" in answer.body


def test_a_removal_that_fails_is_not_counted(
    emulated: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, files = sent(emulated, b"content"), emulated.broker.store.files
    remove = files._remove_parts

    def fail(key: str, id: str) -> None:
        remove(key, id)
        raise StoreFailure("disk full") from sqlite3.OperationalError()

    with monkeypatch.context() as patched:
        patched.setattr(files, "_remove_parts", fail)
        assert emulated.request("DELETE", told.path, headers=HOST).status == 503
    assert (read(emulated, told)[0], held(emulated)) == (b"content", 7)


def test_uploads_at_the_same_time_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "MAX_UPLOADS", 1)
    with running() as server:
        told = server.call(lambda app: app.broker.files.expect("sub", "a", "a.txt"))
        form = form_of([(ID, told.id), (TOKEN, told.token)], b"x" * 100_000)
        with connect(server.origin) as connection:
            head = f"POST /v1/files/sub/upload HTTP/1.1\r\nHost: {server.origin}\r\n"
            head += f"Content-Type: {of_type()['Content-Type']}\r\n"
            head += f"Content-Length: {len(form)}\r\n\r\n"
            connection.sendall(head.encode() + form[:-200])
            until(server, lambda app: app.broker.files.is_running(told))
            other = server.call(lambda app: app.broker.files.expect("sub", "a", "b.txt"))
            late = form_of([(ID, other.id), (TOKEN, other.token)], b"1")
            assert fetch(
                server.origin,
                "/v1/files/sub/upload",
                method="POST",
                body=late,
                headers={"Content-Type": of_type()["Content-Type"]},
            ).status == (503)
        # The first one breaks off here.
        until(server, lambda app: not app.broker.files.is_running(told))
        assert server.call(lambda app: app.broker.store.quotas.files.total) == 0
        again = fetch(
            server.origin,
            "/v1/files/sub/upload",
            method="POST",
            body=late,
            headers={"Content-Type": of_type()["Content-Type"]},
        )
        # What was refused for want of room may come again.
        assert again.status == 204


def test_a_keyset_that_is_cleared_takes_no_upload_that_runs(
    emulated: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = promised(emulated)
    form = form_of(told.fields, b"x" * FILE_PART * 2)
    sent(emulated, b"content")

    take = emulated.broker.store.files.add_part

    def clear(key: str, id: str, data: bytes) -> None:
        take(key, id, data)
        emulated.app.forget("sub")

    monkeypatch.setattr(emulated.broker.store.files, "add_part", clear)
    assert emulated.upload(told.target, form, of_type()).status == 403
    assert (listed(emulated)["data"], held(emulated)) == ([], 0)


def test_files_outlive_the_process_and_halves_of_them_do_not(tmp_path: Path) -> None:
    with Emulated(store=tmp_path / "store") as emulated:
        told = sent(emulated, b"content")
        emulated.broker.store.files.add_part("sub", "half", b"half")
        assert held(emulated) == 11
    with Emulated(store=tmp_path / "store") as emulated:
        assert read(emulated, told)[0] == b"content"
        assert held(emulated) == 7


def test_a_store_that_fails_takes_no_file(
    emulated: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, late = promised(emulated), promised(emulated)

    def fail(*_: Any) -> None:
        raise StoreFailure("disk full") from sqlite3.OperationalError()

    with monkeypatch.context() as patched:
        patched.setattr(emulated.broker.store.files, "add_part", fail)
        answer = emulated.upload(told.target, form_of(told.fields, b"x" * 500_000), of_type())
        assert answer.status == 503
    with monkeypatch.context() as patched:
        patched.setattr(emulated.broker.store.files, "add", fail)
        answer = emulated.upload(late.target, form_of(late.fields, b"x"), of_type())
        assert answer.status == 503
    assert (listed(emulated)["data"], held(emulated)) == ([], 0)


def test_messages_about_files_are_delivered_and_stored(tmp_path: Path) -> None:
    payload = {"message": {"text": "look"}, "file": {"id": "i", "name": "a.txt"}}
    path = f"/v1/files/publish-file/pub/sub/0/a/0/{quote(json.dumps(payload), safe='')}"
    with Emulated(store=tmp_path / "store") as emulated:
        cursor = emulated.get("/v2/subscribe/sub/a/0?tt=0&uuid=bob")[1]["t"]["t"]
        poll = emulated.poll(
            f"/v2/subscribe/sub/a/0?tt={cursor}&uuid=bob&filter-expr=k%20%3D%3D%201"
        )
        status, answer = emulated.get(f"{path}?meta=%7B%22k%22%3A1%7D&uuid=alice")
        assert (status, answer[:2]) == (200, [1, "Sent"])
        _, (item,) = received(poll.result())
        assert (item["e"], item["d"], item["u"], item["i"]) == (4, payload, {"k": 1}, "alice")
        assert emulated.get(f"{path}?store=0&meta=null&ttl=0")[0] == 200
        fetched = emulated.get(
            "/v3/history/sub-key/sub/channel/a?include_message_type=true&include_meta=true"
        )[1]["channels"]["a"]
        assert [(one["message"], one["message_type"]) for one in fetched] == [(payload, 4)]
        assert emulated.get("/v1/files/publish-file/pub/sub/0/a/0/%7B")[0] == 400
    with Emulated(store=tmp_path / "store") as emulated:
        _, (item,) = received(emulated.request("GET", f"/v2/subscribe/sub/a/0?tt={cursor}"))
        assert (item["e"], item["d"]) == (4, payload)


def test_a_fault_cuts_a_download(emulated: Emulated) -> None:
    told = sent(emulated, b"content")
    emulated.app.control.add_fault({"fault": "cut", "operation": "download_file", "after": 3})
    location = urlsplit(emulated.request("GET", told.path, headers=HOST).headers["Location"])
    answer = emulated.request("GET", f"{location.path}?{location.query}")
    assert (answer.sent, answer.size) == (3, 7)


def test_a_fault_in_place_of_an_upload_keeps_nothing(emulated: Emulated) -> None:
    told = promised(emulated)
    emulated.app.control.add_fault({"fault": "status", "operation": "upload_file", "status": 500})
    form = form_of(told.fields, b"x" * 500_000)
    assert emulated.upload(told.target, form, of_type()).status == 500
    assert (held(emulated), listed(emulated)["data"]) == (0, [])


def test_a_large_file_goes_through_sockets_with_tls() -> None:
    content = bytes(range(256)) * (MAX_FILE // 256)
    with running(tls="self-signed") as server:
        trusting = ssl.create_default_context(cafile=server.ca_file)
        told = fetch(
            server.origin,
            f"{CHANNEL}/generate-upload-url",
            method="POST",
            body=b'{"name": "a.txt"}',
            tls=trusting,
        ).json()
        url = told["file_upload_request"]["url"]
        assert url == f"https://{server.origin}/v1/files/sub/upload"
        fields = [(one["key"], one["value"]) for one in told["file_upload_request"]["form_fields"]]
        reply = fetch(
            server.origin,
            urlsplit(url).path + "?",
            method="POST",
            body=form_of(fields, content),
            headers={"Content-Type": of_type()["Content-Type"]},
            tls=trusting,
        )
        assert (reply.status, reply.body, reply.headers["Content-Length"]) == (204, b"", None)
        path = f"{CHANNEL}/files/{told['data']['id']}/a.txt"
        location = fetch(server.origin, path, tls=trusting).headers["Location"]
        assert location.startswith(f"https://{server.origin}/")
        target = location.removeprefix(f"https://{server.origin}")
        assert fetch(server.origin, target, tls=trusting).body == content
        # The connection is of use afterwards, and one that ends in between does no harm.
        with trusting.wrap_socket(connect(server.origin), server_hostname="localhost") as half:
            half.sendall(f"GET {target} HTTP/1.1\r\nHost: {server.origin}\r\n\r\n".encode())
            assert half.recv(12) == b"HTTP/1.1 200"
        assert fetch(server.origin, "/time/0", tls=trusting).status == 200


def test_a_request_for_an_upload_without_a_body_that_is_read_in_parts(emulated: Emulated) -> None:
    assert emulated.request("POST", "/v1/files/sub/upload", b"", of_type()).status == 400


def captured() -> list[Any]:
    rows = [json.loads(line) for line in CAPTURED.read_text("utf-8").splitlines()]
    return [
        pytest.param(row, id=f"{row['sdk']} {row['call']}")
        for row in rows
        if row["call"].startswith("files ") and row["requests"]
    ]


@pytest.mark.parametrize("row", captured())
def test_what_the_sdks_send_is_served(emulated: Emulated, row: dict[str, Any]) -> None:
    """Each captured request, with the id, the address and the fields that are told here."""
    path, told = "", sent(emulated, b"content")
    for request in row["requests"]:
        target = request["target"].replace("/sub-key/", "/sub/").replace("/pub-key/", "/pub/")
        # A request line comes as Latin-1, one character a byte.
        target = target.encode().decode("latin-1")
        target = target.replace("file-id", told.id).replace("/channels/ch/", "/channels/a/")
        body = request.get("body", "").encode()
        if target.startswith("/upload"):
            form = form_of(told.fields, request["form"][-1][1].encode())
            assert emulated.upload(told.target, form, of_type()).status == 204
        elif target.startswith("/stored/") and path:
            parts = urlsplit(path)
            assert emulated.request("GET", f"{parts.path}?{parts.query}").status == 200
        elif "/publish-file/" in target:
            assert emulated.get(target)[1][:2] == [1, "Sent"]
        elif body:
            status, answer = emulated.post(target, body, HOST)
            assert (status, answer["data"]["name"]) == (200, json.loads(body)["name"])
            told = promised(emulated)
        elif "odd" in row["call"] or target.startswith("/stored/"):
            # Another name on another channel: it is understood, and is not there.
            if request["method"] == "GET" and not target.startswith("/stored/"):
                assert reached(emulated, target) == 404
            else:
                status = 404 if request["method"] == "GET" else 200
                assert emulated.request(request["method"], target, headers=HOST).status == status
        elif request["method"] == "DELETE":
            assert emulated.delete(target) == (200, {"status": 200})
        elif "/files/" + told.id in target:
            answer = emulated.request("GET", target, headers=HOST)
            assert answer.status == 307
            path = answer.headers["Location"]
        else:
            assert emulated.get(target)[0] == 200


def test_all_parts_of_nothing_are_nothing(emulated: Emulated) -> None:
    _, answer = read(emulated, sent(emulated, b""))
    assert answer.parts is not None
    assert (answer.size, all_of(answer.parts)) == (0, b"")


def test_an_upload_tells_no_token(emulated: Emulated) -> None:
    expected = emulated.broker.files.expect("sub", "a", "a.txt")
    assert expected.id in repr(expected)
    assert expected.token not in repr(expected)


def test_an_upload_that_was_given_up_is_refused(emulated: Emulated) -> None:
    told = promised(emulated)
    request = Request("POST", told.target, Query(""), of_type())
    request.incoming = emulated.app.receive(request)
    assert request.incoming is not None
    request.incoming.feed(form_of(told.fields, b"content"))
    request.incoming.close()
    answer = emulated.app.handle(request)
    assert isinstance(answer, Answer)
    assert answer.status == 400
    assert held(emulated) == 0


def test_the_log_has_nothing_that_gives_access(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with running() as server:

        def ask(target: str, **given: Any) -> Reply:
            return fetch(server.origin, target, **given)

        body = b'{"name": "NAMEWORD.txt"}'
        told = Promised(ask(f"{CHANNEL}/generate-upload-url", method="POST", body=body).json())
        kind = {"Content-Type": of_type()["Content-Type"]}
        form = form_of(told.fields, b"CONTENTWORD")
        assert ask(told.target, method="POST", body=form, headers=kind).status == 204
        location = urlsplit(ask(told.path).headers["Location"])
        assert ask(f"{location.path}?{location.query}").body == b"CONTENTWORD"
        settle(server)
    secrets = [told.id, told.token, location.query.partition("ticket=")[2]]
    assert "download_file" in caplog.text
    for word in (*secrets, "NAMEWORD", "CONTENTWORD"):
        assert word not in caplog.text
