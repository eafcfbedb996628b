"""The playground's page over HTTP: its files, its questions, and who may ask."""

from __future__ import annotations

import json
import re
from asyncio import Future
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pnfilter.playground.answers import Playground
from pnfilter.server import page as page_module
from pnfilter.server import running
from pnfilter.server.http.request import Query, Request
from pnfilter.server.http.response import Answer
from pnfilter.server.page import page_files
from pnfilter.server.settings import MAX_BODY
from tests.server.emulated import Emulated
from tests.server.exchanging import Reply, fetch

HOST = {"Host": "127.0.0.1:7635"}
ASKING = {**HOST, "Content-Type": "application/json"}
FOLDER = Path(page_module.__file__).parents[1] / "playground" / "page"


@pytest.fixture
def keyed() -> Iterator[Emulated]:
    """An emulator that serves with keys."""
    with Emulated(keys={"sub": "pub"}) as service:
        yield service


def ask(
    emulated: Emulated, name: str, question: Any, headers: dict[str, str] = ASKING
) -> tuple[int, Any]:
    body = question if isinstance(question, bytes) else json.dumps(question).encode()
    request = Request("POST", f"/playground/api/{name}", Query(""), headers, body)

    async def handle() -> Answer:
        found = emulated.app.handle(request)
        return await found if isinstance(found, Future) else found

    reply = emulated.run(handle())
    return reply.status, json.loads(reply.body)


@pytest.mark.parametrize("target", ["/", "/playground"])
def test_the_page_is_there(emulated: Emulated, target: str) -> None:
    answer = emulated.request("GET", target, headers=HOST)
    assert answer.status == 200
    assert answer.content_type == "text/html; charset=utf-8"
    assert b"<title>pnfilter playground</title>" in answer.body
    assert not answer.shared


def test_every_file_of_it_is_there(emulated: Emulated) -> None:
    names = {path.name for path in FOLDER.iterdir()}
    assert {"index.html", "main.js", "style.css", "icon.svg"} <= names
    for name in names:
        answer = emulated.request("GET", f"/playground/{name}", headers=HOST)
        assert (answer.status, answer.body) == (200, (FOLDER / name).read_bytes())


def test_whatever_a_file_names_is_there() -> None:
    for path in FOLDER.iterdir():
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r'(?:href|src)="(/playground/[^"]+)"|from "\./([^"]+)"', text):
            assert (name[0] or f"/playground/{name[1]}") in page_files()


def test_nothing_of_it_comes_from_elsewhere_or_is_read_as_markup() -> None:
    for path in FOLDER.iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)
        assert not re.search(r"\son\w+=\"|\sstyle=\"|<script(?! type=\"module\" src)", text)


@pytest.mark.parametrize("target", ["/", "/playground/main.js", "/playground/none.js"])
def test_browsers_are_told_to_be_strict(emulated: Emulated, target: str) -> None:
    headers = emulated.request("GET", target, headers=HOST).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    "target", ["/playground/none.js", "/playground/../answers.py", "/playground/%2e%2e/answers.py"]
)
def test_nothing_else_is_there(emulated: Emulated, target: str) -> None:
    assert emulated.request("GET", target, headers=HOST).status == 404


def test_files_can_only_be_read(emulated: Emulated) -> None:
    assert emulated.request("HEAD", "/", headers=HOST).status == 200
    for method in ("POST", "OPTIONS", "DELETE"):
        answer = emulated.request(method, "/", headers=HOST)
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_questions_are_asked_by_post(emulated: Emulated) -> None:
    for method in ("GET", "OPTIONS"):
        answer = emulated.request(method, "/playground/api/check", headers=ASKING)
        assert (answer.status, answer.headers["Allow"], answer.shared) == (405, "POST", False)


def test_messages_then_a_filter_then_why(emulated: Emulated) -> None:
    status, messages = ask(emulated, "messages", {"text": '{"data": 1}\n{"data": 2}'})
    assert (status, messages["count"]) == (200, 2)
    status, checked = ask(
        emulated, "check", {"id": messages["id"], "text": "data > 1", "seq": 3, "caret": 8}
    )
    assert (status, checked["seq"], checked["judged"]["verdicts"]) == (200, 3, "NM")
    question = {"id": messages["id"], "text": "data > 1", "index": 1}
    assert ask(emulated, "explain", question)[1]["explanation"]["verdict"] == "MATCH"


def test_the_examples_are_there_from_the_start(emulated: Emulated) -> None:
    _, messages = ask(emulated, "messages", {"id": "start"})
    assert (messages["name"], messages["count"]) == ("Earthquakes of one week", 1707)
    _, checked = ask(emulated, "check", {"id": "start", "text": "data.mag >= 6.1"})
    assert checked["judged"]["counts"]["M"] == 3


def test_what_is_there_from_the_start_may_have_gone_and_comes_again(emulated: Emulated) -> None:
    ask(emulated, "messages", {"id": "start"})
    for number in range(10):
        ask(emulated, "messages", {"text": str(number)})
    assert ask(emulated, "check", {"id": "start", "text": "data.mag > 5"})[0] == 200


def test_a_missing_file_of_examples_is_told(
    emulated: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Path:
        raise FileNotFoundError("there are no examples")

    monkeypatch.setattr(page_module, "quakes", missing)
    status, answer = ask(emulated, "messages", {"id": "start"})
    assert (status, answer["message"]) == (404, "there are no examples")


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"", 400, "the question is not JSON"),
        (b"[]", 400, "a question is a JSON object"),
        (b"{", 400, "the question is not JSON"),
        (b'{"text": "\\ud800"}', 400, "an unpaired surrogate"),
        (b'{"text": NaN}', 400, "the question is not JSON: NaN"),
        (b"\xff", 400, "invalid UTF-8"),
        (b"[" * 5_000, 400, "nested deeper than"),
        (b'{"text": 5}', 400, "`text` must be a string"),
        (b'{"text": "a", "id": "start", "caret": 1e999}', 400, "`caret` must be a whole number"),
        (b'{"text": "a", "id": "start", "seq": 1e999}', 400, "`seq` must be a whole number"),
        (b'{"text": "a", "id": "start", "seq": [1]}', 400, "`seq` must be a whole number"),
    ],
)
def test_bad_questions_are_told(emulated: Emulated, body: bytes, status: int, message: str) -> None:
    found, answer = ask(emulated, "check", body)
    assert found == status
    assert message in answer["message"]


def test_messages_that_are_gone_are_asked_for(emulated: Emulated) -> None:
    assert ask(emulated, "check", {"text": "a", "id": "gone"}) == (200, {"gone": True})


@pytest.mark.parametrize("name", ["none", "", "check/"])
def test_there_is_no_other_question(emulated: Emulated, name: str) -> None:
    assert ask(emulated, name, {})[0] == 404


def test_what_is_too_deep_is_told(emulated: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
    def deep(*_: object) -> dict[str, Any]:
        raise RecursionError

    monkeypatch.setattr(Playground, "answer", deep)
    status, answer = ask(emulated, "check", {})
    assert (status, answer["message"]) == (400, "This is nested too deep, or too large")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7635", "10.0.0.1:7635", "", "[::2]", "localhost.evil"]
)
def test_another_name_than_this_machine_is_refused(emulated: Emulated, host: str) -> None:
    assert emulated.request("GET", "/", headers={"Host": host}).status == 403
    status, answer = ask(emulated, "check", {}, {**ASKING, "Host": host})
    assert (status, answer["message"]) == (403, "The header `Host` doesn't name this server")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:7636"}, 403),
        ({"Origin": "https://127.0.0.1:7635"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": ""}, 415),
    ],
)
def test_another_page_cannot_ask(emulated: Emulated, headers: dict[str, str], status: int) -> None:
    for name in ("check", "messages", "live"):
        assert ask(emulated, name, {"after": None}, {**ASKING, **headers})[0] == status


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://127.0.0.1:7635", "Sec-Fetch-Site": "same-origin"},
        {"Host": "localhost:7635", "Origin": "http://localhost:7635"},
        {"Host": "[::1]:7635"},
        {"Content-Type": "application/json; charset=utf-8"},
    ],
)
def test_the_page_itself_can(emulated: Emulated, headers: dict[str, str]) -> None:
    assert ask(emulated, "messages", {"text": ""}, {**ASKING, **headers})[0] == 200


def test_with_keys_a_question_needs_the_token(keyed: Emulated) -> None:
    assert keyed.request("GET", "/", headers=HOST).status == 200
    for name in ("messages", "check", "explain", "live"):
        status, answer = ask(keyed, name, {"text": ""})
        assert (status, answer["message"]) == (401, "The token is missing or wrong")
        assert keyed.app.control.token not in json.dumps(answer)
    token = {"Authorization": f"Bearer {keyed.app.control.token}"}
    assert ask(keyed, "messages", {"text": ""}, {**ASKING, **token})[0] == 200
    assert ask(keyed, "messages", {"text": ""}, {**ASKING, "Authorization": "Bearer x"})[0] == 401


def post(origin: str, name: str, body: bytes, **headers: str) -> Reply:
    headers = {"Content-Type": "application/json", **headers}
    return fetch(origin, f"/playground/api/{name}", method="POST", body=body, headers=headers)


def test_messages_may_be_many(monkeypatch: pytest.MonkeyPatch) -> None:
    text = '{"data": 1}\n' * (MAX_BODY // 4)
    with running() as server:
        reply = post(server.origin, "messages", json.dumps({"text": text}).encode())
        assert (reply.status, reply.json()["count"]) == (200, MAX_BODY // 4)
        monkeypatch.setattr(page_module, "MAX_PAGE_BODY", MAX_BODY)
        reply = post(server.origin, "messages", json.dumps({"text": text}).encode())
        assert (reply.status, reply.json()["help"]) == (413, "send less")


def test_a_long_body_of_another_page_is_not_kept() -> None:
    with running() as server:
        body = json.dumps({"text": "x" * 2 * MAX_BODY}).encode()
        assert post(server.origin, "messages", body, Origin="http://evil.example").status == 413


def test_so_many_long_bodies_are_read_at_once(
    emulated: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "MAX_PAGE_UPLOADS", 1)
    app = emulated.app
    long = json.dumps({"text": " " * MAX_BODY}).encode()

    def received(body: bytes) -> Request:
        request = Request("POST", "/playground/api/messages", Query(""), ASKING)
        request.incoming = app.receive(request)
        assert request.incoming is not None
        request.incoming.feed(body)
        return request

    def status(request: Request) -> int:
        async def handle() -> Answer:
            found = app.handle(request)
            return await found if isinstance(found, Future) else found

        answer = emulated.run(handle())
        assert request.incoming is not None
        request.incoming.feed(b"more")
        request.incoming.end()
        request.incoming.close()
        request.incoming.close()
        return answer.status

    first, second, short = received(long), received(long), received(b'{"text": ""}')
    assert [status(second), status(short), status(first)] == [503, 200, 200]
    assert status(received(long)) == 200


def test_its_requests_are_counted_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with running() as server, caplog.at_level("INFO"):
        assert post(server.origin, "check", b'{"id": "start", "text": "a"}').status == 200
        assert fetch(server.origin, "/").status == 200
        fetch(server.origin, "/time/0")
        counts = server.call(lambda app: dict(app.activity.counts.requests))
    assert counts["playground", 200] == 2
    assert "playground" not in caplog.text
    assert "time" in caplog.text


def test_other_paths_are_answered_as_before(emulated: Emulated) -> None:
    assert emulated.request("GET", "/playgroundx").status == 404
    assert emulated.request("OPTIONS", "/time/0").status == 200


def test_what_waits_at_the_end_is_answered() -> None:
    with Emulated() as emulated:
        assert ask(emulated, "messages", {"text": ""})[0] == 200
        emulated.app.release()
        assert ask(emulated, "messages", {"text": ""})[0] == 200
