"""Captured requests of the official SDKs agree with each other, with the client and the docs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest

from pnclient.enums import PNOperationType
from pnclient.pnconfiguration import PNConfiguration
from pnclient.transport import Call, Raw, prepare_request
from tests.cases import for_each
from tests.client.encryption.ciphers import HEADER, RANDOM, STATIC, cipher
from tests.protocol.cbor import Reader

FOLDER = Path(__file__).parent / "captured"
DOCS = (Path(__file__).parents[2] / "docs/protocol.md").read_text("utf-8")
ORIGIN = json.loads((FOLDER / "origin.json").read_text("utf-8"))

PYTHON_4, PYTHON_10, JAVASCRIPT = (
    "python 4.8.1 tornado",
    "python 10.8.0 threads",
    "javascript 12.0.3",
)


def rows(name: str) -> list[dict[str, Any]]:
    return [
        json.loads(line) for line in (FOLDER / f"{name}.ndjson").read_text("utf-8").split("\n")[:-1]
    ]


REQUESTS, SIGNATURES, ANSWERS = rows("requests"), rows("signatures"), rows("answers")
EVENTS, TOKENS, AUTH, ENCRYPTION = rows("events"), rows("tokens"), rows("auth"), rows("encryption")


def named(row: dict[str, Any]) -> str:
    return " ".join(str(row[key]) for key in ("sdk", "call", "token", "method") if key in row)


def sent(call: str, sdk: str) -> list[dict[str, Any]]:
    (row,) = (row for row in REQUESTS if row["call"] == call and row["sdk"] == sdk)
    found: list[dict[str, Any]] = row["requests"]
    return found


def test_all_files_are_small_and_of_known_origin() -> None:
    files = sorted(path.name for path in FOLDER.iterdir())
    known = ["answers", "auth", "encryption", "events", "requests", "signatures", "tokens"]
    assert files == sorted([*(f"{name}.ndjson" for name in known), "origin.json"])
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 300_000
    told = {row["sdk"] for row in (*REQUESTS, *SIGNATURES, *AUTH, *ENCRYPTION)}
    told |= {sdk for row in (*ANSWERS, *EVENTS, *TOKENS) for sdk in row["told"]}
    assert told == ORIGIN["sdks"].keys()


def test_no_call_is_there_twice() -> None:
    for found in (REQUESTS, AUTH):
        names = [(row["sdk"], row["call"]) for row in found]
        assert len(set(names)) == len(names)
    for sdk in (PYTHON_4, PYTHON_10, JAVASCRIPT):
        calls = {row["call"] for row in REQUESTS if row["sdk"] == sdk}
        assert calls == {row["call"] for row in REQUESTS}


@for_each(SIGNATURES, named)
def test_a_signature_is_that_of_its_text(row: dict[str, Any]) -> None:
    text = "\n".join(row["signed"]).encode()
    digest = hmac.digest(row["key"].encode(), text, hashlib.sha256)
    signature = base64.urlsafe_b64encode(digest).decode()
    if row["form"] != "published by Python":
        signature = "v2." + signature.rstrip("=")
    assert row["signature"] == signature
    assert f"signature={quote(row['signature'], safe='=')}" in row["target"]


@pytest.mark.parametrize("row", SIGNATURES, ids=named)
def test_this_client_signs_the_same_request_alike(
    row: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _, query = row["target"].partition("?")
    values = dict(parse_qsl(query.replace("+", "%2B"), keep_blank_values=True))
    monkeypatch.setattr(time, "time", lambda: float(values["timestamp"]))
    own = ("pnsdk", "uuid", "auth", "timestamp", "signature")
    for name in row.get("twice", ()):
        values[name] = quote(values[name], safe=",~")
    if row.get("unescaped"):
        path = unquote(path)
        # Where the name holds what looks escaped, the library leaves that, and nobody can tell.
        path = path.replace("!*+ ", "!*+%20")
    as_sent = row["form"] in ("usual", "published by Python")
    call = Call(
        operation=PNOperationType.PNPublishOperation,
        path=tuple(map(Raw, path.split("/")[1:])),
        query={name: value for name, value in values.items() if name not in own},
        method=row["method"] if as_sent else row["signed"][0],
        body=row.get("body") if as_sent else None,
    )
    config = PNConfiguration()
    config.ssl = False
    config.subscribe_key, config.publish_key, config.uuid = "sub-key", "pub-key", values["uuid"]
    config.secret_key, config.auth_key = row["key"], values.get("auth")
    # The URL is no URL where the path is not escaped; only the signature in it matters.
    url = prepare_request(config, call, sdk_name=values["pnsdk"]).url
    found = re.search(r"signature=([^&]+)", url)
    assert found
    assert unquote(found[1]) == row["signature"]


def test_the_forms_of_signatures_are_the_documented_ones() -> None:
    forms = {(row["form"], row["method"], row["sdk"].split()[0]) for row in SIGNATURES}
    assert {form for form in forms if form[0] != "usual"} == {
        ("published by Python", "POST", "python"),
        ("published by JavaScript", "POST", "javascript"),
        ("address by JavaScript", "GET", "javascript"),
    }
    usual = {method for form, method, _ in forms if form == "usual"}
    assert usual == {"GET", "POST", "PATCH", "DELETE"}
    twice = {(row["call"], name) for row in SIGNATURES for name in row.get("twice", ())}
    assert twice == {
        ("audit of", "channel"),
        ("heartbeat with state", "state"),
        ("members get everything", "filter"),
        ("subscribe with a filter", "channel-group"),
        ("subscribe with a filter", "filter-expr"),
        ("uuids everything", "filter"),
    }
    assert not any("twice" in row for row in SIGNATURES if row["sdk"] == JAVASCRIPT)


def content(token: str) -> Any:
    reader = Reader(base64.urlsafe_b64decode(token))
    value = reader.value()
    assert reader.ended()
    return value


@for_each([row for row in TOKENS if "content" in row], named)
def test_a_token_has_its_content(row: dict[str, Any]) -> None:
    assert content(row["text"]) == row["content"]


RIGHTS = {"read": 1, "write": 2, "manage": 4, "delete": 8, "get": 32, "update": 64, "join": 128}
KINDS = {"b:chan": "channels", "b:grp": "groups", "b:uuid": "uuids"}


@pytest.mark.parametrize("sdk", [PYTHON_10, JAVASCRIPT])
@pytest.mark.parametrize("name", ["all", "one channel", "the right to create"])
def test_what_an_sdk_reads_in_a_token(name: str, sdk: str) -> None:
    (row,) = (row for row in TOKENS if row["token"] == name)
    told = row["told"][sdk]["parse_token"]
    assert (told["version"], told["timestamp"], told["ttl"]) == (2, 1_600_000_000, 60)
    assert told.get("authorized_uuid") == row["content"].get("b:uuid")
    for field, part in (("resources", "b:res"), ("patterns", "b:pat")):
        expected = {
            KINDS[kind]: {
                one: {right: bool(mask & bit) for right, bit in RIGHTS.items()}
                for one, mask in granted.items()
            }
            for kind, granted in row["content"][part].items()
            if kind in KINDS
        }
        found = told.get(field, {})
        assert {kind: one for kind, one in found.items() if one} == {
            kind: one for kind, one in expected.items() if one
        }


def test_4_8_keeps_only_tokens_of_users_and_spaces() -> None:
    for row in TOKENS:
        told = row["told"][PYTHON_4]
        granted = [
            kind
            for part in ("b:res", "b:pat")
            for kind in row.get("content", {}).get(part, {})
            if row["content"][part][kind]
        ]
        if {"b:chan", "b:grp", "b:uuid"} & set(granted):
            assert told["set_token"] == {"failed": "KeyError: 'chan'"}
    (row,) = (row for row in TOKENS if row["token"] == "of users and spaces")
    kept = row["told"][PYTHON_4]["get_tokens"]
    assert kept["user"] == {"resource": {"b": row["text"]}, "pattern": {"^b": row["text"]}}
    assert kept["space"] == {"resource": {"ch": row["text"]}, "pattern": {"^c": row["text"]}}


def test_without_its_padding_no_python_reads_a_token() -> None:
    (row,) = (row for row in TOKENS if row["token"] == "without padding")
    assert "failed" in row["told"][PYTHON_10]["parse_token"]
    assert "failed" in row["told"][PYTHON_4]["set_token"]
    assert row["told"][JAVASCRIPT]["parse_token"]["version"] == 2


@for_each(AUTH, named)
def test_which_authorization_goes_out(row: dict[str, Any]) -> None:
    for case, targets in row["auth"].items():
        for target in targets:
            where, _, word = target.rpartition(": ")
            path = where.rpartition(" ")[2]
            if path.startswith(("/time", "/v2/auth", "/v3/pam", "/upload", "/stored", "None")):
                assert word == "none"
            elif "token" in case and row["sdk"] != PYTHON_4:
                assert word == "token"
            else:
                assert word == ("key" if "key" in case else "none")


@for_each(ENCRYPTION, lambda row: f"{row['sdk']} {row['settings']}")
def test_an_encrypted_file_is_read_by_this_clients_code(row: dict[str, Any]) -> None:
    settings = row["settings"]
    data = base64.b64decode(row["encrypted"])
    fixed = settings.get("use_random_initialization_vector") is False
    # Only 10.8 has the fixed vector for files too.
    layout = STATIC if fixed and "10.8" in row["sdk"] else RANDOM
    if data.startswith(b"PNED"):
        assert "aesCbc" in settings["crypto_module"] or "AesCbc" in settings["crypto_module"]
        layout = HEADER
    reader = cipher(layout, settings["cipher_key"])
    assert reader.decrypt(row["encrypted"]) == row["plain"]
    if layout == STATIC:
        assert reader.encrypt(row["plain"]) == row["encrypted"]
    assert row["plain"] in json.dumps(row["downloaded"]) or row["downloaded"] == {
        "data": {"bytes": base64.b64encode(row["plain"].encode()).decode()}
    }


@for_each(ENCRYPTION, lambda row: f"{row['sdk']} {row['settings']}")
def test_the_message_about_an_encrypted_file_is_one_encrypted_text(row: dict[str, Any]) -> None:
    settings = row["settings"]
    random = settings.get("use_random_initialization_vector", "4.8" not in row["sdk"])
    layout = RANDOM if random else STATIC
    if base64.b64decode(row["message"]).startswith(b"PNED"):
        layout = HEADER
    told = json.loads(cipher(layout, settings["cipher_key"]).decrypt(row["message"]))
    assert told["file"] == {"id": "file-id", "name": "a.txt"}
    assert told.get("message") is None


@for_each(REQUESTS, named)
def test_a_request_holds_what_its_method_may(row: dict[str, Any]) -> None:
    for request in row["requests"]:
        has_body = "body" in request or "form" in request
        assert has_body is (request["method"] in ("POST", "PATCH"))
        if "body" in request:
            json.loads(request["body"])
        names = [part.partition("=")[0] for part in request["target"].partition("?")[2].split("&")]
        if "odd" not in row["call"]:
            assert len(set(names)) == len(names)


@pytest.mark.parametrize("sdk", ["python 4.8.1 threads", PYTHON_10, JAVASCRIPT])
def test_a_file_is_the_last_field_of_its_form(sdk: str) -> None:
    generated, uploaded, published = sent("files send everything", sdk)
    assert json.loads(generated["body"]) == {"name": "a.txt"}
    names = [re.findall(r'name="([^"]*)"', head)[0] for head, _ in uploaded["form"]]
    assert names == ["tagging", "key", "Content-Type", "X-Amz-Signature", "file"]
    head, held = uploaded["form"][-1]
    assert 'filename="a.txt"' in head
    assert held == "content"
    message = json.loads(unquote(published["target"].partition("?")[0].rpartition("/")[2]))
    assert message == {"message": {"é": [1]}, "file": {"id": "file-id", "name": "a.txt"}}
    query = dict(parse_qsl(urlsplit(published["target"]).query))
    assert (query["store"], query["ttl"], json.loads(query["meta"])) == ("1", "5", {"m": 1})


def test_what_10_8_is_told_to_match_it_matches_ever_after() -> None:
    for call in ("channel set if match", "uuid set after a match", "uuid get after a match"):
        (request,) = sent(call, PYTHON_10)
        assert request["headers"]["if-match"] == "AbOx6N"
    (request,) = sent("uuid get after a match", JAVASCRIPT)
    assert "if-match" not in request.get("headers", {})


def test_events_of_app_context_reach_every_listener() -> None:
    for row in EVENTS:
        payload = row["envelope"]["d"]
        if row["envelope"]["e"] != 2 or payload.get("type") not in (
            "uuid",
            "channel",
            "membership",
        ):
            continue
        expected = [{payload["type"]: {"event": payload["event"], "data": payload["data"]}}]
        assert row["told"][PYTHON_4] == row["told"][PYTHON_10] == expected
        assert row["told"][JAVASCRIPT][0]["objects"]["message"] == payload


def test_10_8_is_told_of_one_event_of_app_context_or_files_and_of_nothing_after() -> None:
    for row in EVENTS:
        ends = row.get("ends", [])
        assert JAVASCRIPT not in ends
        assert (PYTHON_10 in ends) is (row["event"] != "object of another type")
        # 4.8 stumbles only over what it can't read.
        assert (PYTHON_4 in ends) is (not row["told"][PYTHON_4] and PYTHON_10 in ends)


def documented() -> dict[str, re.Pattern[str]]:
    """The paths of the docs' tables by how they stand there, as patterns of a method and a path."""
    found = re.findall(r"^\| [^|]+ \| `([A-Z]+ /[^`]*)` \|", DOCS, re.MULTILINE)
    return {
        text: re.compile(re.sub(r"\\{[a-z ]+\\}", "[^/]+", re.escape(text)) + "$") for text in found
    }


def test_the_docs_have_the_path_of_every_captured_request() -> None:
    patterns = documented()
    used = set()
    for row in REQUESTS:
        for request in row["requests"]:
            path = request["target"].partition("?")[0]
            if path.startswith(("/upload", "/stored")):
                continue
            line = f"{request['method']} {path}"
            matching = [text for text, pattern in patterns.items() if pattern.match(line)]
            assert len(matching) == 1, line
            used.add(matching[0])
    assert used == patterns.keys()


def test_the_docs_name_when_and_of_what_it_was_captured() -> None:
    assert ORIGIN["captured"] in DOCS
    for version in ("4.8.1", "10.8.0", "12.0.3"):
        assert version in DOCS
