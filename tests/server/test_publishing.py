"""Publishing: bodies that are compressed."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest

from pnfilter.server.settings import MAX_MESSAGE
from tests.server.emulated import Emulated
from tests.server.subscribing import catch_up, handshake, payloads

PUBLISH = "/publish/pub/sub/0/ch/0"
FORMS: dict[str, Callable[[bytes], bytes]] = {"deflate": zlib.compress, "gzip": gzip.compress}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    """The name of a compression."""
    return str(request.param)


@pytest.mark.parametrize("body", [b"7", b"1234567890" * 30, b'"' + b"x" * (MAX_MESSAGE - 2) + b'"'])
def test_a_compressed_message_arrives_as_it_was(emulated: Emulated, form: str, body: bytes) -> None:
    cursor = handshake(emulated)
    status, _ = emulated.post(PUBLISH, FORMS[form](body), {"Content-Encoding": form})
    assert status == 200
    (item,) = catch_up(emulated, "ch", cursor)[1]
    assert str(item["d"]).encode() == body.strip(b'"')


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda body: b"",
    "without its last byte": lambda body: body[:-1],
    # Its beginning would be a number of fewer digits.
    "without its last bytes": lambda body: body[:-9],
    "with another checksum": lambda body: body[:-8] + bytes(8),
    "something else": lambda body: b"no compression",
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_body_that_is_cut_off_or_spoilt_is_refused(
    emulated: Emulated, form: str, spoil: Callable[[bytes], bytes]
) -> None:
    cursor = handshake(emulated)
    body = spoil(FORMS[form](b"1234567890" * 30))
    status, answer = emulated.post(PUBLISH, body, {"Content-Encoding": form})
    assert (status, answer[:2]) == (400, [0, "Invalid Compression"])
    emulated.publish("ch", "next")
    assert payloads(catch_up(emulated, "ch", cursor)[1]) == ["next"]
