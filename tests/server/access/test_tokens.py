"""Tokens: what they hold, what they let do, and that nothing else passes for one."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any
from urllib.parse import quote

import pytest

from pnclient.access import tokens as client_tokens
from pnfilter.server.access import grants
from pnfilter.server.keysets import Keys
from pnfilter.server.settings import MAX_TOKEN
from tests.protocol.cbor import Reader
from tests.server.access.signing import Managed
from tests.server.emulated import Emulated, received

FORBIDDEN = {"error": True, "service": "Access Manager", "status": 403}


def subscribed(emulated: Managed, channel: str, token: str, user: str = "u") -> tuple[int, Any]:
    """Status and JSON of the answer to a first subscribe request."""
    return emulated.get(f"/v2/subscribe/sub/{quote(channel)}/0?uuid={user}&auth={quote(token)}")


def invalid(source: str, message: str, detail: str, location: str, kind: str = "body") -> Any:
    details = [{"message": detail, "location": location, "locationType": kind}]
    error = {"message": message, "source": source, "details": details}
    return (400, {"error": error, "service": "Access Manager", "status": 400})


def test_a_token_holds_what_was_asked_for() -> None:
    with Managed() as emulated:
        token = emulated.token(
            {"channels": {"a": 239, "b é": 1}, "groups": {"g": 5}, "uuids": {"u": 104}},
            {"channels": {"^a-.*$": 1}, "users": {"^u": 32}, "spaces": {"^s": 3}},
            ttl=60,
            meta={"k": "v é", "n": 1.5, "list": [1, True, None]},
            uuid="b",
        )
        # As it is written: names as bytes, every kind, the padding.
        assert len(token) % 4 == 0
        reader = Reader(urlsafe_b64decode(token))
        content = reader.value()
        assert reader.ended()
        assert content.pop("b:sig").startswith("x:")
        assert content == {
            "b:v": 2,
            "b:t": 1_700_000_000,
            "b:ttl": 60,
            "b:res": {
                "b:chan": {"a": 239, "b é": 1},
                "b:grp": {"g": 5},
                "b:uuid": {"u": 104},
                "b:usr": {},
                "b:spc": {},
            },
            "b:pat": {
                "b:chan": {"^a-.*$": 1},
                "b:grp": {},
                "b:uuid": {},
                "b:usr": {"^u": 32},
                "b:spc": {"^s": 3},
            },
            "b:meta": {"k": "v é", "n": 1.5, "list": [1, True, None]},
            "b:uuid": "b",
        }
        assert client_tokens.parse_token(token)["authorized_uuid"] == "b"


def test_two_tokens_for_the_same_are_two() -> None:
    with Managed() as emulated:
        first, second = (emulated.token({"channels": {"a": 1}}) for _ in range(2))
        assert first != second
        assert emulated.revoked(first) == (
            200,
            {"data": {"message": "Success"}, "service": "Access Manager", "status": 200},
        )
        assert subscribed(emulated, "a", first) == (
            403,
            {"message": "Token is revoked", **FORBIDDEN},
        )
        assert subscribed(emulated, "a", second)[0] == 200


def test_a_revoked_token_is_revoked_however_it_is_written() -> None:
    with Managed() as emulated:
        # Some of three lengths have padding.
        for name in ("a", "aa", "aaa"):
            token = emulated.token({"channels": {name: 1}})
            bare = token.rstrip("=")
            assert subscribed(emulated, name, bare)[0] == 200
            assert emulated.revoked(bare)[0] == 200
            assert subscribed(emulated, name, token)[0] == 403
            assert subscribed(emulated, name, bare + "=" * 5)[0] == 403


def test_older_words_stand_for_channels_and_users() -> None:
    with Managed() as emulated:
        token = emulated.token({"spaces": {"a": 1}, "users": {"x": 32}}, ttl="60")
        assert subscribed(emulated, "a", token)[0] == 200
        assert emulated.get(f"/v2/objects/sub/uuids/x?uuid=u&auth={token}")[0] == 404


def test_a_token_is_for_one_user_where_it_says_so() -> None:
    with Managed() as emulated:
        token = emulated.token({"channels": {"a": 1}}, uuid="u")
        assert subscribed(emulated, "a", token)[0] == 200
        assert subscribed(emulated, "a", token, "v") == (403, {"message": "Forbidden", **FORBIDDEN})
        assert emulated.get(f"/v2/subscribe/sub/a/0?auth={token}")[0] == 403


def test_a_token_ends() -> None:
    with Managed() as emulated:
        token = emulated.token({"channels": {"a": 1}}, ttl=1)
        emulated.wait(59)
        assert subscribed(emulated, "a", token)[0] == 200
        emulated.app.advance(1)
        assert subscribed(emulated, "a", token) == (
            403,
            {
                "error": {"message": "Token is expired.", "source": "authz"},
                "service": "Access Manager",
                "status": 403,
            },
        )
        assert emulated.revoked(token) == invalid(
            "revoke", "Invalid token", "Token is expired.", "token", "path"
        )


def test_a_poll_that_waits_is_answered_and_the_next_is_refused() -> None:
    with Managed() as emulated:
        emulated.granted(channel="a", w="1")
        token = emulated.token({"channels": {"a": 1}})
        assert subscribed(emulated, "a", token)[0] == 200
        target = f"/v2/subscribe/sub/a/0?uuid=u&auth={token}&tt="
        waiting = emulated.poll(f"{target}{emulated.timetoken}")
        assert emulated.revoked(token)[0] == 200
        emulated.publish("a", 1)
        cursor, messages = received(emulated.await_answer(waiting))
        assert [message["d"] for message in messages] == [1]
        assert emulated.get(f"{target}{cursor}")[0] == 403


def test_rights_by_grant_and_by_token_add_up() -> None:
    with Managed() as emulated:
        emulated.granted(channel="a", r="1")
        token = emulated.token({"channels": {"b": 1}})
        assert subscribed(emulated, "a,b", token)[0] == 200
        assert subscribed(emulated, "a,b,c", token)[1]["payload"] == {"channels": ["c"]}


@pytest.mark.parametrize(
    ("ttl", "fits"),
    [
        *((1, True), (43_200, True), ("60", True), (0, False), (43_201, False), (-1, False)),
        *((None, False), ("", False), ("x", False), ("٣", False), (1.5, False), (True, False)),
        *(([], False), ("9" * 50, False), (10**400, False)),
    ],
)
def test_the_minutes_of_a_token(ttl: Any, fits: bool) -> None:
    with Managed() as emulated:
        status, body = emulated.asked_token({"resources": {"channels": {"a": 1}}}, ttl)
        if fits:
            assert status == 200
        else:
            detail = "Range should be 1 to 43200 minute(s)."
            assert (status, body) == invalid("grant", "Invalid ttl", detail, "ttl")


@pytest.mark.parametrize(
    ("permissions", "location", "detail"),
    [
        (None, "permissions", "It must be a JSON object."),
        ({"resources": []}, "permissions", "What are you granting?"),
        (
            {"resources": {"channels": {}}, "patterns": {"uuids": {}}},
            *("permissions", "What are you granting?"),
        ),
        ({"resources": [1]}, "permissions.resources", "It must be a JSON object."),
        (
            {"patterns": {"channels": 1}},
            "permissions.patterns.channels",
            "It must be a JSON object.",
        ),
        ({"resources": {"chan": {}}}, "permissions.resources", "The kinds are "),
        ({"resources": {"groups": {"": 1}}}, "permissions.resources.groups", "A name has "),
        ({"resources": {"groups": {"é" * 513: 1}}}, "permissions.resources.groups", "A name has "),
        ({"resources": {"groups": {"g": True}}}, "permissions.resources.groups", "Rights are "),
        ({"resources": {"groups": {"g": 256}}}, "permissions.resources.groups", "Rights are "),
        ({"resources": {"groups": {"g": -1}}}, "permissions.resources.groups", "Rights are "),
        ({"patterns": {"uuids": {"(?=a)": 1}}}, "permissions.patterns.uuids", "A pattern must be "),
        ({"patterns": {"uuids": {"(": 1}}}, "permissions.patterns.uuids", "A pattern must be "),
        (
            {"patterns": {"uuids": {"a" * 600: 1}}},
            "permissions.patterns.uuids",
            "A pattern must be ",
        ),
        ({"uuid": 1}, "permissions.uuid", "A user's name has "),
        ({"meta": [1]}, "permissions.meta", "It must be a JSON object."),
        ({"meta": {"n": 2**63}}, "permissions.meta", "It is too deep, or "),
        ({"meta": {"a": [[[[[1]]]]]}}, "permissions.meta", "It is too deep, or "),
        ({"categories": {"x": 32}}, "permissions.categories", "They are channels and uuids"),
        ({"categories": {"uuids": "x"}}, "permissions.categories", "They are channels and uuids"),
    ],
)
def test_what_no_token_is_made_for(permissions: Any, location: str, detail: str) -> None:
    with Managed() as emulated:
        status, body = emulated.asked_token(permissions)
        assert status == 400
        (told,) = body["error"]["details"]
        is_empty = detail == "What are you granting?"
        words = "This grant contains no permissions" if is_empty else "Invalid permissions"
        assert (body["error"]["message"], body["error"]["source"]) == (words, "grant")
        assert (told["location"], told["locationType"]) == (location, "body")
        assert told["message"].startswith(detail)


def test_a_body_that_is_none() -> None:
    with Managed() as emulated:
        for text in ("", "[]", "1", "{", "[" * 600):
            status, _ = emulated.signed("POST", "/v3/pam/sub/grant", text)
            assert status == 400


def test_a_token_has_a_limit() -> None:
    with Managed() as emulated:
        names = {f"{number:04}{'x' * 40}": 1 for number in range(700)}
        status, body = emulated.asked_token({"resources": {"channels": names}})
        detail = f"A token has up to {MAX_TOKEN} characters."
        assert (status, body) == invalid("grant", "Invalid permissions", detail, "permissions")
        few = dict(list(names.items())[:300])
        token = emulated.token({"channels": few})
        assert subscribed(emulated, next(iter(few)), token)[0] == 200


@pytest.mark.parametrize("operation", ["POST /v3/pam/sub/grant", "DELETE /v3/pam/sub/grant/TOKEN"])
def test_only_who_has_the_secret_key_grants_and_revokes(operation: str) -> None:
    with Managed() as emulated:
        emulated.granted(**dict.fromkeys("rwmdguj", "1"))
        token = emulated.token({"channels": {"a": 1}})
        method, _, target = operation.replace("TOKEN", token).partition(" ")
        body = json.dumps({"ttl": 1, "permissions": {}}).encode()
        answer = emulated.request(method, f"{target}?auth={token}", body)
        assert answer.status == 403
        assert subscribed(emulated, "a", token)[0] == 200


def test_what_is_revoked_has_to_be_a_token_of_the_keyset() -> None:
    with Managed() as emulated:
        token = emulated.token({"channels": {"a": 1}})
        spoilt = token[:20] + ("A" if token[20] != "A" else "B") + token[21:]
        for text in ("x", "dG8=", spoilt, "é"):
            assert emulated.revoked(text) == invalid(
                "revoke", "Invalid token", "Token is not valid.", "token", "path"
            )


def test_there_is_room_for_so_many_revoked_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grants, "MAX_REVOCATIONS", 2)
    with Managed() as emulated:
        first, second, third = (
            emulated.token({"channels": {"a": 1}}, ttl=ttl) for ttl in (1, 2, 3)
        )
        # The same again needs no more room.
        assert [emulated.revoked(token)[0] for token in (first, second, second)] == [200] * 3
        status, body = emulated.revoked(third)
        assert (status, body["message"]) == (400, "There are at most 100,000 revoked tokens")
        emulated.wait(60)
        assert emulated.revoked(third)[0] == 200
        assert subscribed(emulated, "a", second)[0] == 403


def test_patterns_that_take_too_long_give_no_right() -> None:
    with Managed() as emulated:
        token = emulated.token({}, {"channels": {"(a|a)*(a|a)*(a|a)*" * 5 + "b": 1}})
        names = ",".join(f"{number}{'a' * 300}" for number in range(40))
        assert subscribed(emulated, names, token)[0] == 403
        assert subscribed(emulated, "aab", token)[0] == 200


def test_a_token_of_another_secret_key_is_refused() -> None:
    with Managed() as emulated:
        token = emulated.token({"channels": {"a": 1}})
    with Emulated(keys={"sub": Keys("pub", "another", access_manager=True)}) as other:
        status, body = other.get(f"/v2/subscribe/sub/a/0?uuid=u&auth={token}")
        assert (status, body) == (403, {"message": "Invalid token", **FORBIDDEN})
