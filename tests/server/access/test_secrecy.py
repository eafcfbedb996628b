"""Nothing that gives access is shown: in the log, in errors, by the control side, in a repr."""

from __future__ import annotations

import json
import logging
from urllib.parse import quote

import pytest

from pnfilter.server.access.signatures import Secrets
from pnfilter.server.app import App
from pnfilter.server.http.request import Query, Request
from pnfilter.server.http.response import Answer
from pnfilter.server.keysets import Keyring, Keys
from pnfilter.server.log import LineFormatter
from pnfilter.server.settings import Settings
from tests.server.access.signing import SECRET, Managed, signed

AUTH = "auth-key-of-reader"


def observed(
    emulated: Managed, method: str, target: str, body: bytes = b""
) -> tuple[Request, Answer]:
    """A request that is answered and logged, as those of connections are."""
    path, _, query = target.partition("?")
    request = Request(method, path, Query(query), {}, body)
    answer = emulated.app.handle(request)
    assert isinstance(answer, Answer)
    emulated.app.observe(request, answer, 0.001)
    return request, answer


def test_the_log_names_the_way_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "pnfilter")
    with Managed() as emulated:
        emulated.granted(channel="a", r="1", auth=AUTH)
        token = emulated.token({"channels": {"a": 3}})
        spoilt = token[:-6] + "AAAA" + token[-2:]
        shown = []
        root = signed(
            "GET", f"/v2/auth/grant/sub-key/sub?r=1&channel=b&auth={AUTH}", "", 1_700_000_000
        )
        late = signed("GET", "/v2/auth/audit/sub-key/sub", "", 1_600_000_000)
        revoking = signed("DELETE", f"/v3/pam/sub/grant/{quote(token)}", "", 1_700_000_000)
        history = "/v2/history/sub-key/sub/channel/a?uuid=u"
        calls = {
            root: "signed (usual)",
            root.replace("&r=1", "&r=0").replace("?r=1", "?r=0"): "refused: signature is wrong",
            late: "refused: signature is too old or too new",
            "/v2/auth/audit/sub-key/sub": "refused: is not signed",
            f"{history}&auth={AUTH}": "auth key",
            f"{history}&auth={token}": "token",
            f"{history}&auth={spoilt}": "refused: token of elsewhere",
            f"{history}&auth=x{AUTH}": "refused: has no right",
            "/v2/presence/sub-key/sub/uuid/u?uuid=u": "needs no right",
        }
        for target, access in calls.items():
            request, answer = observed(emulated, "GET", target)
            assert request.access == access, target
            shown += [repr(request), answer.body.decode() if answer.status >= 400 else ""]
        request, _ = observed(emulated, "DELETE", revoking)
        assert request.access == "signed (usual)"
        request, answer = observed(emulated, "GET", f"{history}&auth={token}")
        assert request.access == "refused: token was revoked"
        shown.append(answer.body.decode())
        _, answer = observed(emulated, "GET", "/health")
        shown.append(answer.body.decode())
        shown.append(json.dumps(emulated.app.control.subscribers()))
        for form in ("text", "json"):
            assert form in ("text", "json")
            shown += [LineFormatter(form).format(record) for record in caplog.records]
        signatures = [target.rpartition("=v2.")[2] for target in (root, late, revoking)]
        text = "\n".join(shown)
        for secret in (SECRET, AUTH, token, token.rstrip("="), spoilt, quote(token), *signatures):
            assert secret not in text
        assert '"access":"signed (usual)"' in text
        assert "[refused: token was revoked]" in text


def test_a_repr_shows_no_key() -> None:
    keys = Keys("pub-key-here", "sec-key-here", access_manager=True)
    app = App(Settings(), keyring=Keyring({"sub-key-here": keys}))
    access = app.access.of("sub-key-here")
    assert access is not None
    secrets = Secrets("sub-key-here", "pub-key-here", "sec-key-here")
    for one in (keys, app.keyring, app.access, access, access.grants, secrets):
        assert "key-here" not in repr(one)
    app.close()


@pytest.mark.parametrize(
    ("publish_key", "secret_key", "words"),
    [
        ("pub", None, "an access manager needs the secret key"),
        ("pub", "", "an access manager needs the secret key"),
        ("pub", "SECRET key", "a key must be ASCII"),
        ("SECRET key", "sec", "a key must be ASCII"),
    ],
)
def test_keys_that_make_no_sense(publish_key: str, secret_key: str | None, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        Keys(publish_key, secret_key, access_manager=True)
    assert "SECRET" not in str(caught.value)
