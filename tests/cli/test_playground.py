"""``playground``: as a process, from its address to its end, and what it refuses."""

from __future__ import annotations

import gzip
import json
import signal
import socket
import subprocess
import sys
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from html import unescape
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from pnfilter.cli import playground
from tests.cli.conftest import Command
from tests.server.exchanging import PATIENCE, Reply, fetch

Start = Callable[..., "tuple[subprocess.Popen[str], str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start it in an empty folder, on any port; the process, and the address that it printed."""
    with ExitStack() as ends:

        def start(*arguments: str) -> tuple[subprocess.Popen[str], str]:
            process = subprocess.Popen(
                [sys.executable, "-m", "pnfilter", "playground", "--port", "0", *arguments],
                cwd=tmp_path,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            ends.enter_context(process)
            ends.callback(process.kill)
            assert process.stdout is not None
            line = process.stdout.readline()
            return process, line.removeprefix("The playground is at ").partition(" ")[0]

        yield start


def token_in(url: str) -> str:
    """The token in its address."""
    return url.partition("#token=")[2].partition("&")[0]


def answer(url: str, question: str = "messages", **headers: str) -> Reply:
    """What its page is answered, with some headers."""
    origin = url.removeprefix("http://").partition("/")[0]
    return fetch(
        origin,
        f"/playground/api/{question}",
        method="POST",
        body=b'{"id": "start"}',
        headers={"Content-Type": "application/json", **headers},
    )


def asked(url: str) -> dict[str, object]:
    """What its page lists."""
    found: dict[str, object] = answer(url, Authorization=f"Bearer {token_in(url)}").json()
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_address_and_ends_quietly(start: Start, number: signal.Signals) -> None:
    process, url = start()
    assert asked(url)["count"] == 1707
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (0, "", "")


def test_nobody_else_can_ask_it(start: Start, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text('{"data": "SECRET"}\n')
    process, url = start("mine", "--filter", "a == 1")
    token = token_in(url)
    assert len(token) >= 32
    foreign = [
        {},
        {"Authorization": f"Bearer {token[:-1]}"},
        {"Authorization": f"Bearer {token}x"},
        {"Authorization": f"Basic {token}"},
        {"Authorization": token},
        {"Cookie": f"token={token}"},
        {"Referer": url},
    ]
    for question in ("messages", "check", "explain", "live", f"messages?token={token}"):
        for headers in foreign:
            reply = answer(url, question, **headers)
            assert (reply.status, "SECRET" in str(reply.body)) == (401, False), (question, headers)
            assert "open the link that was printed at the start" in reply.json()["help"]
            assert "Set-Cookie" not in reply.headers
    # Nor a page that makes its own name stand for this machine.
    own = {"Authorization": f"Bearer {token}"}
    assert answer(url, **own, Host="evil.example").status == 403
    assert answer(url, **own, Origin="http://evil.example").status == 403
    assert answer(url, **own).status == 200
    arguments = Path(f"/proc/{process.pid}/cmdline")
    if arguments.exists():
        assert token.encode() not in arguments.read_bytes()
    process.terminate()
    assert token not in "".join(process.communicate(timeout=PATIENCE))


def test_it_begins_with_messages_and_a_filter(start: Start, tmp_path: Path) -> None:
    (tmp_path / "mine.gz").write_bytes(gzip.compress(b'{"data": 1}\n{"data": 2}\n'))
    _, url = start("mine.gz", "--filter", "data == 'ä'")
    assert url.endswith("&filter=data%20%3D%3D%20%27%C3%A4%27")
    found = asked(url)
    assert (found["name"], found["count"]) == ("mine.gz", 2)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are texts")
def test_the_name_of_a_file_may_be_no_text(start: Start, tmp_path: Path) -> None:
    name = b"mine\xff".decode(errors="surrogateescape")
    (tmp_path / name).write_text('{"data": 1}\n?\n')
    _, url = start(name)
    found = asked(url)
    assert (found["name"], found["count"]) == ("mine?", 1)
    assert "mine?:2: skipped" in str(found["problems"])


def test_what_of_a_file_is_broken_is_reported(start: Start, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text('{"data": 1}\n?\n')
    process, _ = start("mine")
    process.terminate()
    _, err = process.communicate(timeout=PATIENCE)
    assert "mine:2: skipped: not JSON" in err


@pytest.mark.parametrize(
    ("content", "complaint"), [("", "mine: no message in it"), ("?", "mine:1: skipped: not JSON")]
)
def test_a_file_without_messages_is_refused(
    pn: Command, tmp_path: Path, content: str, complaint: str
) -> None:
    (tmp_path / "mine").write_text(content)
    ended = pn("playground", "mine")
    assert (ended.status, ended.out) == (2, "")
    assert complaint in ended.err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["none.ndjson"], "none.ndjson: no such file"),
        (["--port", "99999"], "--port must be between 0 and 65535, got 99999"),
        (["--port", "x"], "invalid int value"),
        (["--filter", "a == '\udcff'"], "--filter: the text is not UTF-8"),
    ],
)
def test_what_makes_no_sense_is_refused(pn: Command, arguments: list[str], complaint: str) -> None:
    ended = pn("playground", *arguments)
    assert ended.status == 2
    assert complaint in ended.err


def test_a_port_that_is_in_use_is_reported(start: Start, pn: Command) -> None:
    _, url = start()
    port = url.rpartition(":")[2].partition("/")[0]
    ended = pn("playground", "--port", port)
    assert ended.status == 2
    assert "is in use" in ended.err


def test_the_port_stays_the_same_where_it_is_free(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setattr(playground, "DEFAULT_PORT", other.getsockname()[1])
        assert playground._free_port("127.0.0.1") == 0
        assert "is taken" in capsys.readouterr().err
    assert playground._free_port("127.0.0.1") == playground.DEFAULT_PORT
    assert capsys.readouterr().err == ""


def test_without_the_extra_it_says_what_to_install(
    pn: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pnfilter.server.app", "pnfilter.server.run"):
        monkeypatch.setitem(sys.modules, name, None)
    assert pn("playground").status == 2


def test_a_browser_is_opened_where_this_is_a_terminal(
    pn: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[str, str, int]] = []
    done = Event()

    def open(url: str) -> None:
        # All users see the arguments of a browser: the address is in a file that is private.
        path = Path(url2pathname(urlsplit(url).path))
        opened.append((url, path.read_text(encoding="utf-8"), path.parent.stat().st_mode))
        done.set()
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(webbrowser, "open", open)
    monkeypatch.setattr(playground, "is_terminal", lambda _: True)
    ended = pn("playground", "--filter", "a == 1")
    assert ended.status == 0
    assert done.wait(PATIENCE)
    ((url, page, mode),) = opened
    address = unescape(page.partition('href="')[2].partition('"')[0])
    assert address.endswith("&filter=a%20%3D%3D%201")
    assert f" {address} " in ended.out
    assert token_in(address) not in url
    assert mode & 0o077 == 0
    assert not Path(url2pathname(urlsplit(url).path)).exists()


def test_no_browser_is_opened_if_that_is_not_wanted(
    pn: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playground, "is_terminal", lambda _: True)
    monkeypatch.setattr(playground, "_open", lambda _: pytest.fail("opened"))
    address = playground._address

    def listening(*about: Any) -> str:
        signal.raise_signal(signal.SIGTERM)
        return address(*about)

    monkeypatch.setattr(playground, "_address", listening)
    ended = pn("playground", "--no-open")
    assert (ended.status, ended.err) == (0, "")
    assert json.dumps(ended.out).startswith('"The playground is at http://127.0.0.1:')
