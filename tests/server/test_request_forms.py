"""The forms of requests of all official SDKs, and what docs/protocol.md says of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import pytest

from tests.server.access.signing import Managed
from tests.server.filing import HOST, form_of, of_type
from tests.server.request_forms import FORMS, SDKS, Form, shape_of, table

PAGE: Final = Path(__file__, "../../../docs/protocol.md").resolve()
PARTS: Final = {
    "pub": "pub",
    "sub": "sub",
    "channel": "a",
    "channels": "a",
    "message": '"x"',
    "user": "u",
    "group": "g",
    "namespace": "n",
    "device": "0123456789abcdef" * 4,
    "timetoken": "0",
    "message timetoken": "15",
    "name": "a.txt",
}


class Prepared(Managed):
    """A service with one of each thing that a request can be about, and the names of these."""

    def prepare(self, form: Form) -> dict[str, str]:
        """Make what the request needs; return the parts of its path."""
        parts = dict(PARTS)
        publish = "/publish/pub/sub/0/a/0/1"
        assert self.signed("GET", publish)[0] == 200
        if "{id}" in form.path:
            parts["id"] = self._file()
        if form.method == "GET" and re.search(r"/objects/\{sub\}/\w+/\{\w+\}$", form.path):
            made = form.path.format(**parts)
            assert self.signed("PATCH", made, '{"name": "n"}')[0] == 200
        if "{action timetoken}" in form.path:
            body = '{"type": "t", "value": "v"}'
            target = "/v1/message-actions/sub/channel/a/message/15?uuid=u"
            parts["action timetoken"] = self.signed("POST", target, body)[1]["data"][
                "actionTimetoken"
            ]
        if "{token}" in form.path:
            parts["token"] = self.token({"channels": {"a": 1}})
        return parts

    def _file(self) -> str:
        target = self.sign("POST", "/v1/files/sub/channels/a/generate-upload-url", NAME)
        answer = json.loads(self.request("POST", target, NAME.encode(), HOST).body)
        fields = [
            (one["key"], one["value"]) for one in answer["file_upload_request"]["form_fields"]
        ]
        sent = self.upload("/v1/files/sub/upload", form_of(fields, b"content"), of_type())
        assert sent.status == 204
        found: str = answer["data"]["id"]
        return found

    def send(self, form: Form, query: dict[str, str]) -> tuple[int, Any]:
        """Status and JSON of the answer to a signed request; None for an answer without JSON."""
        parts = self.prepare(form)
        path = re.sub(r"\{([^}]+)\}", lambda found: quote(parts[found[1]], safe=""), form.path)
        words = urlencode({**query, "uuid": "u", "pnsdk": "x"}, quote_via=quote, safe="")
        target = self.sign(form.method, f"{path}?{words}", form.body)
        answer = self.request(form.method, target, form.body.encode(), HOST)
        return answer.status, json.loads(answer.body) if answer.body else None


NAME: Final = '{"name": "a.txt"}'


def ids(form: Form) -> str:
    return f"{form.method} {form.path} {','.join(form.query)}"


@pytest.mark.parametrize("form", FORMS, ids=ids)
def test_a_request_of_an_sdk(form: Form) -> None:
    """With none of its own parameters, each alone, all together, and all null but the names."""
    needed = {
        name: value
        for name, value in form.query.items()
        if name in NEEDED.get(form.path.split("/")[2], ())
    }
    queries = [form.query, {name: "null" for name in form.query if name not in NAMES} | needed]
    queries += [{name: value} | needed for name, value in form.query.items()]
    for number, query in enumerate(queries):
        with Prepared() as emulated:
            status, body = emulated.send(form, query)
        assert status == form.status, (query, body)
        if number == 0 and form.shape is not None:
            assert shape_of(body) == form.shape, body


#: What a request can't be without, by the second part of its path.
NEEDED: Final = {
    "push": ("type", "topic", "environment", "add", "remove"),
    "auth": ("r", "w", "channel", "target-uuid", "auth"),
    "presence": ("state",),
    "history": ("timetoken", "channelsTimetoken"),
}
#: Parameters that are names: a channel may be called null.
NAMES: Final = ("channel", "channel-group", "add", "remove", "auth", "target-uuid")


def test_every_sdk_has_forms() -> None:
    assert {sdk for form in FORMS for sdk in form.sdks.split()} == SDKS.keys()


def test_the_page_has_the_same_table() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert [
        line
        for line in lines
        if re.match(
            r"\| `(GET|POST|PATCH|DELETE) [^`]*` \| .* served|"
            r"\| `(GET|POST|PATCH|DELETE) .*\*\*not served",
            line,
        )
    ] == table()
    text = "\n".join(lines)
    for name, (title, commit) in SDKS.items():
        assert f"| {name} | {title} | `{commit}` |" in text
