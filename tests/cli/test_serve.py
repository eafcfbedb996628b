"""``serve``: as a process, from its start to its end, and what it refuses."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import queue
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import trustme

from pnfilter.cli import main, server_process
from pnfilter.cli.server_process import allow_open_files, greeting, started_fields
from pnfilter.server import running
from pnfilter.server.app import App
from pnfilter.server.keysets import Keyring
from pnfilter.server.settings import Settings
from tests.cli.conftest import Command
from tests.server.exchanging import PATIENCE, fetch

KEYS = '[[keyset]]\nsubscribe_key = "sub-SECRET"\npublish_key = "pub-SECRET"\n'


class Serving:
    """A process that serves. What it says is read line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line.rstrip("\n"))

    def lines(self, count: int) -> list[str]:
        """Its next lines."""
        return [self._lines.get(timeout=PATIENCE) for _ in range(count)]

    def started(self) -> dict[str, Any]:
        """What it says when it listens, as JSON."""
        fields: dict[str, Any] = json.loads(*self.lines(1))
        assert fields["event"] == "started"
        return fields

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, list[str]]:
        """End it; its status and the lines that it said meanwhile."""
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return status, self.lines(self._lines.qsize())


Start = Callable[..., subprocess.Popen[str]]
Serve = Callable[..., Serving]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a process on a free port, in an empty folder."""
    with ExitStack() as ends:

        def start(*arguments: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, "-m", "pnfilter", "serve", "--port", "0", *arguments],
                cwd=tmp_path,
                stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            ends.enter_context(process)
            # Of a test that failed.
            ends.callback(process.kill)
            return process

        yield start


@pytest.fixture
def serve(start: Start) -> Serve:
    """``serve("--queue", "3")``; its log is JSON unless ``form="text"``."""

    def serve(*arguments: str, form: str = "json") -> Serving:
        return Serving(start("--log-format", form, *arguments))

    return serve


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_in_good_order(
    serve: Serve, tmp_path: Path, number: signal.Signals
) -> None:
    port_file = tmp_path / "port"
    serving = serve("--port-file", "port")
    origin = serving.started()["origin"]
    assert port_file.read_text() == origin.rpartition(":")[2] + "\n"
    with ThreadPoolExecutor() as pool:
        poll = pool.submit(fetch, origin, "/v2/subscribe/s/a/0?tt=1&uuid=u")
        while fetch(origin, "/health").json()["waiting"] == 0:
            pass
        status, said = serving.end(number)
        assert poll.result().json()["m"] == []
    assert status == 0
    assert list(tmp_path.iterdir()) == []
    ended = json.loads(said[-1])
    assert ended["event"] == "ended"
    assert ended["requests"] >= 2


def test_it_ends_where_its_folder_is_gone(serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "deleted"
    folder.mkdir()
    serving = serve("--port-file", str(folder / "port"), "--store", str(folder / "store"))
    origin = serving.started()["origin"]
    assert fetch(origin, "/publish/p/s/0/a/0/1?uuid=u").status == 200
    shutil.rmtree(tmp_path)
    status, said = serving.end()
    assert status == 0
    assert json.loads(said[-1])["event"] == "ended"


#: A server that never ends by itself.
STUCK = """
import signal, sys, threading
from pnfilter.cli import server_process, main
from pnfilter.cli import main
from pnfilter.server.app import App

server_process.ENDING_SECONDS = 0.01
App.release = lambda self: threading.Event().wait()
main(["serve", "--port", "0"])
"""


def test_what_is_stuck_is_ended_too() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STUCK], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert "http://" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == -signal.SIGALRM


@pytest.fixture
def timer() -> Iterator[None]:
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)


@pytest.mark.usefixtures("timer")
def test_who_asks_again_gives_it_no_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ended() -> float:
        end = asyncio.Event()
        with server_process._ended_by_signals(end):
            for seconds in (1_000, 2_000):
                monkeypatch.setattr(server_process, "ENDING_SECONDS", seconds)
                signal.raise_signal(signal.SIGTERM)
            await end.wait()
        return signal.getitimer(signal.ITIMER_REAL)[0]

    with server_process.ended_at_last():
        assert 0 < asyncio.run(ended()) <= 1_000
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


@pytest.mark.usefixtures("timer")
def test_the_timer_of_the_program_around_it_goes_on() -> None:
    signal.setitimer(signal.ITIMER_REAL, 1_000)
    with server_process.ended_at_last():
        pass
    assert signal.getitimer(signal.ITIMER_REAL)[0] > 0


def test_under_nohup_the_end_of_the_terminal_is_not_its_end(serve: Serve) -> None:
    # A process inherits what is ignored.
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        serving = serve()
    finally:
        signal.signal(signal.SIGHUP, before)
    origin = serving.started()["origin"]
    serving.process.send_signal(signal.SIGHUP)
    assert fetch(origin, "/time/0").status == 200
    assert serving.end()[0] == 0


def test_it_says_how_to_point_sdks_at_it_and_what_happened(serve: Serve, tmp_path: Path) -> None:
    serving = serve("--token-file", "the token", form="text")
    lines = serving.lines(5)
    origin = lines[0].partition("http://")[2].partition(" ")[0]
    assert lines[0].endswith(f"serves http://{origin} (any keys work); Ctrl-C ends it")
    assert lines[1] == (
        f'  Python SDK, 4 (Tornado) to 10:  config.origin = "{origin}"; config.ssl = False'
    )
    assert lines[2] == f"  JavaScript SDK:  new PubNub({{ origin: '{origin}', ssl: false, … }})"
    assert lines[3] == (
        "  control, for tests:  curl -H \"Authorization: Bearer $(cat 'the token')\" "
        f"http://{origin}/_pnfilter"
    )
    assert lines[4] == f"  playground, in a browser:  http://{origin}/"
    token = (tmp_path / "the token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    assert fetch(origin, "/_pnfilter/subscribers", headers=headers).status == 200
    cursor = fetch(origin, "/v2/subscribe/s/a/0?uuid=u&filter-expr=meta.a%3D%3D5").json()["t"]["t"]
    for meta in (5, 6, "%225%22"):
        fetch(origin, f"/publish/p/s/0/a/0/1?meta=%7B%22a%22%3A{meta}%7D")
    fetch(origin, f"/v2/subscribe/s/a/0?uuid=u&filter-expr=meta.a%3D%3D5&tt={cursor}")
    status, said = serving.end()
    assert status == 0
    summary, undecided = said[-2:]
    assert summary == (
        "6 requests, 4 events published: 2 delivered, 1 held back, 1 undecided, 0 missed"
    )
    assert (
        undecided
        == "undecided on 1 event: meta.a==5: whether a number equals its own text is not known"
    )


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("keys", [(), ("--keys", "keys.toml")])
def test_its_log_has_no_token(
    serve: Serve, tmp_path: Path, form: str, keys: tuple[str, ...]
) -> None:
    (tmp_path / "keys.toml").write_text(KEYS)
    (tmp_path / "keys.toml").chmod(0o600)
    (tmp_path / "token").write_text("an old one")
    (tmp_path / "token").chmod(0o644)
    serving = serve("--token-file", "token", "--port-file", "port", *keys, form=form)
    said = serving.lines(1)
    path = tmp_path / "token"
    token = path.read_text().strip()
    assert len(token) >= 32
    assert path.stat().st_mode & 0o777 == 0o600
    origin = f"127.0.0.1:{(tmp_path / 'port').read_text().strip()}"
    headers = {"Authorization": f"Bearer {token}"}
    assert fetch(origin, "/_pnfilter/subscribers", headers=headers).status == 200
    status, more = serving.end()
    assert status == 0
    assert not [line for line in (*said, *more) if token in line]
    assert not path.exists()


def test_a_terminal_shows_the_token_and_nothing_else_does() -> None:
    app = App(Settings(), keyring=Keyring({"sub": "pub"}))
    token = app.control.token
    about: dict[str, Any] = {"ca_file": None, "is_tls": False}
    shown = greeting(app, "x:1", **about, token_file=None, is_private=True)
    assert f"Bearer {token}" in shown
    assert f"http://x:1/#token={token}" in shown
    for token_file in (None, Path("token")):
        hidden = greeting(app, "x:1", **about, token_file=token_file, is_private=False)
        assert token not in hidden
        assert "http://x:1/#token=" in hidden
        fields = started_fields(app, "x:1", **about, token_file=token_file)
        assert token not in json.dumps(fields)
    app.close()


def test_pages_of_some_origins_alone_may_use_it(serve: Serve) -> None:
    listed = ("https://app.example", "http://localhost:3000")
    serving = serve("--allow-origin", listed[0], "--allow-origin", listed[1])
    origin = serving.started()["origin"]
    for page in listed:
        reply = fetch(origin, "/time/0", headers={"Origin": page})
        assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (200, page)
    assert fetch(origin, "/time/0", headers={"Origin": "http://evil.example"}).status == 403
    assert fetch(origin, "/time/0").status == 200


@pytest.mark.parametrize("origin", ["null", "*", "app.example", "https://app.example/"])
def test_what_is_no_origin_is_refused(pn: Command, origin: str) -> None:
    ended = pn("serve", "--port", "0", "--allow-origin", origin)
    assert ended.status == 2
    assert (
        f"--allow-origin must be an origin such as https://app.example:8080, got '{origin}'"
        in ended.err
    )


@pytest.mark.parametrize("place", ["none/token", ".", "/dev/null"])
def test_a_token_is_written_to_a_file_of_its_own(serve: Serve, place: str) -> None:
    serving = serve("--token-file", place)
    assert serving.process.wait(PATIENCE) == 2
    (line,) = serving.lines(1)
    assert place in line


def test_it_says_the_same_in_json(serve: Serve) -> None:
    serving = serve("--undecided", "drop", "--explain")
    started = serving.started()
    assert (started["tls"], started["ca_file"], started["any_keys"]) == (False, None, True)
    origin = started["origin"]
    cursor = fetch(origin, "/v2/subscribe/s/a/0?uuid=u&filter-expr=meta.a%3D%3D5").json()["t"]["t"]
    fetch(origin, "/publish/p/s/0/a/0/1?meta=%7B%22a%22%3A%225%22%7D")
    fetch(origin, "/publish/p/s/0/a/0/1?meta=%7B%22a%22%3A5%7D")
    fetch(origin, f"/v2/subscribe/s/a/0?uuid=u&filter-expr=meta.a%3D%3D5&tt={cursor}")
    _, said = serving.end()
    events: list[dict[str, Any]] = [json.loads(line) for line in said]
    names = {event["event"] for event in events}
    assert names == {"filter", "request", "undecided", "held-back", "ended"}
    ended = events[-1]
    assert (ended["delivered"], ended["held_back"], ended["undecided"]) == (1, 1, 1)
    assert [
        (found["filter"], found["reason"], found["events"]) for found in ended["undecided_filters"]
    ] == [("meta.a==5", "number-and-text", 1)]


def test_quiet_leaves_what_needs_a_look(serve: Serve, tmp_path: Path) -> None:
    serving = serve("-q", "--port-file", "port", form="text")
    end = time.monotonic() + PATIENCE
    while not (tmp_path / "port").exists():
        assert time.monotonic() < end
        time.sleep(0.005)
    origin = f"127.0.0.1:{int((tmp_path / 'port').read_text())}"
    cursor = fetch(origin, "/v2/subscribe/s/a/0?uuid=u&filter-expr=meta.a==5").json()["t"]["t"]
    fetch(origin, "/publish/p/s/0/a/0/1?meta=%7B%22a%22%3A%225%22%7D")
    fetch(origin, f"/v2/subscribe/s/a/0?uuid=u&filter-expr=meta.a==5&tt={cursor}")
    status, said = serving.end()
    assert status == 0
    warning, summary = said
    assert warning.partition(" ")[2].startswith(
        "warning: undecided on a: meta.a==5: whether a number"
    )
    assert summary.startswith("undecided on 1 event: meta.a==5: whether a number")


def test_keys_come_from_a_file_and_are_not_told(serve: Serve, tmp_path: Path) -> None:
    keys = tmp_path / "keys.toml"
    keys.write_text(KEYS)
    keys.chmod(0o644)
    serving = serve("--keys", "keys.toml", form="text")
    first, second = serving.lines(2)
    assert first.endswith("Z warning: keys.toml can be read by others: chmod 600 keys.toml")
    assert second.endswith(" (with the keys of the file); Ctrl-C ends it")
    origin = second.partition("http://")[2].partition(" ")[0]
    assert fetch(origin, "/publish/pub-SECRET/sub-SECRET/0/a/0/1").status == 200
    assert fetch(origin, "/publish/p/s/0/a/0/1").status == 400
    assert fetch(origin, "/time/0").status == 200
    _, said = serving.end()
    assert said
    assert not [line for line in said if "SECRET" in line]


def test_what_is_stored_outlives_it(serve: Serve) -> None:
    first = serve("--store", "store.sqlite")
    fetch(first.started()["origin"], "/publish/p/s/0/a/0/1")
    assert first.end()[0] == 0
    second = serve("--store", "store.sqlite")
    assert fetch(second.started()["origin"], "/v2/history/sub-key/s/channel/a").json()[0] == [1]
    assert second.end()[0] == 0


def test_tls_of_its_own_making(serve: Serve, tmp_path: Path) -> None:
    serving = serve("--tls-self-signed")
    started = serving.started()
    ca_file = Path(started["ca_file"])
    trusting = ssl.create_default_context(cafile=ca_file)
    assert fetch(started["origin"], "/time/0", tls=trusting).status == 200
    assert serving.end()[0] == 0
    assert not ca_file.exists()


def test_tls_with_a_named_file_tells_each_sdk_to_trust_it(serve: Serve, tmp_path: Path) -> None:
    serving = serve("--tls-self-signed", "--ca-file", "ca.pem", form="text")
    lines = serving.lines(6)
    origin = lines[0].partition("https://")[2].partition(" ")[0]
    assert "config.ssl = True" in lines[1]
    assert "ssl: true" in lines[2]
    file = tmp_path.resolve() / "ca.pem"
    assert f" {file}, " in lines[3]
    assert f"SSL_CERT_FILE={file} " in lines[4]
    assert f"NODE_EXTRA_CA_CERTS={file}" in lines[4]
    assert f"curl --cacert {file} -H " in lines[5]
    trusting = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    assert fetch(origin, "/time/0", tls=trusting).status == 200
    assert serving.end()[0] == 0


def test_tls_from_files(serve: Serve, tmp_path: Path) -> None:
    authority = trustme.CA()
    made = authority.issue_cert("127.0.0.1")
    made.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    made.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    serving = serve("--tls", "cert.pem", "key.pem")
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    assert fetch(serving.started()["origin"], "/time/0", tls=trusting).status == 200
    assert serving.end()[0] == 0


def started(process: subprocess.Popen[str]) -> str:
    """The origin in the first line of JSON that a process says; no other line is read."""
    assert process.stderr is not None
    return str(json.loads(process.stderr.readline())["origin"])


def test_a_log_that_nobody_reads_does_not_hold_it_up(start: Start) -> None:
    process = start("--log-format", "json")
    origin = started(process)
    # More lines than a pipe takes.
    for _ in range(200):
        assert fetch(origin, f"/time/0?uuid={'u' * 400}").status == 200
    process.terminate()
    assert process.wait(PATIENCE) == 0


def test_the_end_of_who_reads_is_not_its_end(start: Start) -> None:
    process = start("--log-format", "json")
    origin = started(process)
    assert process.stderr is not None
    process.stderr.close()
    for _ in range(3):
        assert fetch(origin, "/time/0").status == 200
    process.terminate()
    assert process.wait(PATIENCE) == 0


def test_another_port_file_is_left_alone(serve: Serve, tmp_path: Path) -> None:
    first = serve("--port-file", "port")
    first.started()
    second = serve("--port-file", "port")
    port = second.started()["origin"].rpartition(":")[2]
    assert first.end()[0] == 0
    assert (tmp_path / "port").read_text() == f"{port}\n"
    assert second.end()[0] == 0
    assert not (tmp_path / "port").exists()


# What it refuses


def test_it_may_have_many_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    limits: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, both: limits.append(both))
    for now, most in [(100, 500), (100, 50_000), (100, resource.RLIM_INFINITY), (30_000, 30_000)]:
        monkeypatch.setattr(resource, "getrlimit", lambda _, both=(now, most): both)
        allow_open_files(20_000)
    assert limits == [(500, 500), (20_000, 50_000), (20_000, resource.RLIM_INFINITY)]


def test_a_limit_that_can_not_be_changed_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")

    def refuse(*_: object) -> None:
        raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (100, 500))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    allow_open_files(20_000)


def test_a_port_in_use(pn: Command) -> None:
    with running() as server:
        ended = pn("serve", "--port", str(server.port))
        assert ended.status == 2
        assert ended.err == (
            f"pnfilter: {server.origin} is in use: another one may be running; "
            "--port 0 takes any free port\n"
        )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--port", "65536"], "--port must be between 0 and 65535, got 65536"),
        (["--port", "-1"], "--port must be between 0 and 65535, got -1"),
        (["--port", "x"], "invalid int value"),
        (["--queue", "0"], "--queue must be between 1 and 100,000, got 0"),
        (["--poll-seconds", "310"], "--poll-seconds must be between 0.05 and 300, got 310.0"),
        (["--poll-seconds", "nan"], "--poll-seconds must be between 0.05 and 300, got nan"),
        (["--signature-window", "0"], "--signature-window must be between 1 and 86,400, got 0.0"),
        (["--history-limit", "-5"], "--history-limit must be between 0 and 10,000,000, got -5"),
        (["--undecided", "maybe"], "invalid choice"),
        (
            ["--host", "0.0.0.0"],
            "0.0.0.0 is not a loopback address: others could use it without keys: give --keys FILE",
        ),
        (["--host", "example.com"], "example.com is not a loopback address"),
        (["--keys", "none"], "none: no such file or directory"),
        (["--keys", "empty"], "empty: must hold a keyset"),
        (["--store", "none/store"], "none/store: "),
        (["--store", "garbage"], "garbage"),
        (["--tls", "empty"], "--tls needs 2 values: FILE"),
        (["--tls", "--explain", "empty"], "--tls needs 2 values: FILE"),
        (["--tls", "none", "empty"], "none: no such file or directory"),
        (["--tls", "empty", "empty"], "empty and empty: are not a certificate and its key in PEM"),
        (["--tls", "empty", "empty", "--tls-self-signed"], "exclude each other"),
        (["--ca-file", "x"], "--ca-file goes with --tls-self-signed"),
        (["--tls-self-signed", "--ca-file", "none/x"], "none/x: no such file or directory"),
        (["--port", "0", "--port-file", "none/port"], "none/port: no such file or directory"),
        (["--port", "0", "--port-file", "folder"], "folder: is a directory"),
        (["extra"], "unrecognized arguments: extra"),
    ],
)
def test_misuse_is_reported_in_a_line(
    pn: Command, tmp_path: Path, arguments: list[str], told: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    (tmp_path / "garbage").write_bytes(b"x" * 5_000)
    ended = pn("serve", *arguments)
    assert ended.status == 2
    assert told in ended.err
    assert "Traceback" not in ended.err
    assert not ended.out
    assert {path.name for path in tmp_path.iterdir()} <= {"folder", "empty", "garbage"}


def test_without_the_extra_it_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['httptools'] = None; "
        "from pnfilter.cli import main; sys.exit(main(['serve']))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    told = "pnfilter: the emulator needs httptools: pip install 'pnfilter[server]'\n"
    assert (ended.returncode, ended.stderr) == (2, told)


def test_without_trustme_it_says_what_to_install(
    pn: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    ended = pn("serve", "--tls-self-signed")
    assert ended.status == 2
    assert "pip install 'pnfilter[server]'" in ended.err


@pytest.mark.parametrize(
    ("package", "told"),
    [
        ("cbor2", "access tokens need cbor2"),
        ("cryptography", "the access manager needs cryptography"),
        ("re2", "patterns in access tokens need google-re2"),
    ],
)
def test_without_a_package_an_access_manager_says_what_to_install(
    pn: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: str, told: str
) -> None:
    keys = tmp_path / "keys.toml"
    keys.write_text(f'{KEYS}secret_key = "sec-SECRET"\naccess_manager = true\n')
    monkeypatch.setitem(sys.modules, package, None)
    ended = pn("serve", "--keys", str(keys))
    assert (ended.status, ended.err) == (
        2,
        f"pnfilter: {told}: pip install 'pnfilter[server]'\n",
    )


def test_all_is_as_before_when_it_could_not_start(pn: Command) -> None:
    logger = logging.getLogger("pnfilter")

    def state() -> tuple[object, ...]:
        handled = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
        return (*handled, logger.level, logger.propagate, list(logger.handlers))

    before = state()
    pn("serve", "--port", "0", "--port-file", "none/port")
    assert state() == before


def test_cycles_are_looked_for_seldom_while_it_serves() -> None:
    before = gc.get_threshold()
    with server_process.collecting_seldom():
        assert gc.get_threshold() == server_process.COLLECTING
    assert gc.get_threshold() == before


def test_serve_collects_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    async def serve(*_: object, **__: object) -> None:
        seen.append(gc.get_threshold())

    monkeypatch.setattr(server_process.Foreground, "serve", serve)
    assert main(["serve", "--port", "0", "--quiet"]) == 0
    assert seen == [server_process.COLLECTING]
