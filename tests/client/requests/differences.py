"""Where this client's requests differ, after decoding, from those of the SDK 4.8.1, and why.

Each difference of a call is a part of the request with what the old SDK sent and what this client
sends; None where there is nothing. What differs in every request is not listed: ``pnsdk``, and the
average times of earlier calls that 4.8.1 sends from a client's second call on (``l_pub`` and the
like), and of a signed request its time and signature.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.client.requests.calls import UNENCODED


class Difference(NamedTuple):
    part: str
    old: Any
    new: Any
    why: str


DIFFERENCES: dict[str, list[Difference]] = {
    "publish a text with quotes": [
        Difference(
            "payload",
            '"say "hi"\\\n"',
            '"say \\"hi\\"\\\\\\n"',
            "a text was put between quotes as it is, which is no JSON",
        )
    ],
    "publish with an auth key": [
        Difference("auth", UNENCODED.replace("%20", " "), UNENCODED, "it was not encoded")
    ],
    "publish as an odd user": [
        Difference("uuid", UNENCODED.replace("%20", " "), UNENCODED, "it was not encoded")
    ],
    "get_message_actions of a time": [
        Difference("end", None, "15000000000000000", "an end was left out where there was a start")
    ],
    "revoke": [Difference("d", None, "0", "the right to delete was not named")],
    "grant_token for users and spaces": [
        Difference(
            "payload",
            '{"ttl": "60", "permissions": {"resources": {"channels": {}, "groups": {}, '
            '"users": {"u": 31}, "spaces": {"s é": 16}}, "patterns": {"channels": {}, "groups": {}, '
            '"users": {"^u-.*$": 1}, "spaces": {}}, "meta": {"a": 1, "é": "é"}}}',
            '{"ttl": 60, "permissions": {"resources": {"channels": {"s é": 16}, "groups": {}, '
            '"uuids": {"u": 31}, "users": {"u": 31}, "spaces": {"s é": 16}}, "patterns": '
            '{"channels": {}, "groups": {}, "uuids": {"^u-.*$": 1}, "users": {"^u-.*$": 1}, '
            '"spaces": {}}, "meta": {"a": 1, "é": "é"}}}',
            "the service calls them channels and uuids now, and takes minutes as a number (as 10.8 sends it)",
        )
    ],
}
