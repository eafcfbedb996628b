"""The emulator within a Python program."""

from __future__ import annotations

import asyncio
import errno
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

import pytest

import pnfilter.server
from pnfilter.server import running
from pnfilter.server.app import App
from pnfilter.server.keysets import Keyring
from pnfilter.server.run import check_host, is_loopback, origin_of, run
from pnfilter.server.settings import Options, Settings
from tests.server.exchanging import fetch, until


def test_a_server_answers_as_long_as_the_with_lasts() -> None:
    with running() as server:
        assert fetch(server.origin, "/time/0").status == 200
        assert server.url == f"http://{server.origin}"
        assert server.origin == f"127.0.0.1:{server.port}"
        assert repr(server) == f"<Server at {server.url}>"
        origin = server.origin
    with pytest.raises(ConnectionRefusedError):
        fetch(origin, "/time/0")
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.origin
    assert repr(server) == "<Server, not running>"


def test_an_async_with_does_not_hold_up_its_loop() -> None:
    async def use() -> int:
        async with running() as server:
            reply = await asyncio.to_thread(fetch, server.origin, "/time/0")
            return reply.status

    assert asyncio.run(use()) == 200


def test_two_servers_know_nothing_of_each_other() -> None:
    with running() as one, running() as two:
        fetch(one.origin, "/publish/p/s/0/news/0/1")
        assert fetch(one.origin, "/v2/history/sub-key/s/channel/news").json()[0] == [1]
        assert fetch(two.origin, "/v2/history/sub-key/s/channel/news").json()[0] == []


def test_requests_that_wait_are_answered_at_the_end() -> None:
    with ThreadPoolExecutor() as pool:
        with running() as server:
            polls = [
                pool.submit(fetch, server.origin, f"/v2/subscribe/s/{name}/0?tt=1")
                for name in ("a", "b", "c")
            ]
            until(server, lambda app: app.broker.waiting == 3)
        replies = [poll.result() for poll in polls]
    assert [(reply.status, reply.json()["m"]) for reply in replies] == [(200, [])] * 3


def test_a_large_answer_leaves_before_the_connections_are_closed() -> None:
    message = b'"' + b"x" * 30_000 + b'"'
    with ThreadPoolExecutor() as pool:
        with running() as server:
            for _ in range(100):
                fetch(server.origin, "/publish/p/s/0/a/0", method="POST", body=message)
            poll = pool.submit(fetch, server.origin, "/v2/subscribe/s/a/0?tt=1")
            until(server, lambda app: app.activity.counts.delivered == 100)
        assert len(poll.result().json()["m"]) == 100


def test_a_call_runs_in_the_thread_of_the_server() -> None:
    with running(queue=7) as server:
        assert server.call(lambda app: app.settings.queue) == 7
        thread = server.call(lambda _: threading.current_thread())
        assert thread is not threading.current_thread()
        # From there, it is simply called.
        assert server.call(lambda _: server.call(lambda _: threading.current_thread())) is thread


def test_a_call_raises_what_the_function_raises() -> None:
    def fail(app: App) -> NoReturn:
        raise LookupError(app.broker.waiting)

    with running() as server, pytest.raises(LookupError, match="0"):
        server.call(fail)


def test_nothing_can_be_called_before_and_after() -> None:
    server = running()
    with pytest.raises(RuntimeError, match="not running"):
        server.call(lambda _: None)
    with server:
        pass
    with pytest.raises(RuntimeError, match="not running"):
        server.call(lambda _: None)


def test_a_server_runs_once() -> None:
    with running() as server:
        pass
    with pytest.raises(RuntimeError, match="make another one"):
        server.start()


def test_a_server_may_be_stopped_more_than_once() -> None:
    with running() as server:
        server.stop()
        server.stop()


def test_nothing_is_left_of_a_server_that_was_stopped() -> None:
    server = running()
    server.stop()
    server.start()
    server.stop()
    assert not server._thread.is_alive()
    with running() as server:
        server.call(lambda _: server.stop())


def test_what_fails_in_the_thread_is_raised_at_the_end() -> None:
    def break_it(app: App) -> None:
        def expire() -> NoReturn:
            raise LookupError("broken")

        app.expire = expire  # type: ignore[method-assign]

    with pytest.raises(LookupError, match="broken"), running() as server:  # noqa: PT012
        server.call(break_it)
        server._thread.join(20)
        # Whoever calls now doesn't wait for ever.
        with pytest.raises(RuntimeError, match="not running"):
            server.call(lambda _: None)


def test_a_call_that_comes_too_late_does_not_wait_for_ever() -> None:
    late: Future[None] = Future()
    with running() as server:
        # As if it had come after the last round of the loop.
        server._calls.add(late)
    with pytest.raises(RuntimeError, match="ended before"):
        late.result(0)


def test_a_port_in_use_is_told_to_who_starts() -> None:
    with running() as server:
        with pytest.raises(OSError, match="use") as caught, running(port=server.port):
            pass
        assert caught.value.errno == errno.EADDRINUSE
        with pytest.raises(OSError, match="use"):
            asyncio.run(_start_at(server.port))


async def _start_at(port: int) -> None:
    async with running(port=port):
        pass


def test_a_store_that_can_not_be_one_is_told_to_who_starts(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.write_text("something else entirely, and long enough to be read")
    with pytest.raises(ValueError, match="store"), running(store=store):
        pass


def test_the_store_may_be_a_text_as_other_files_may(tmp_path: Path) -> None:
    with running(store=str(tmp_path / "store")):
        assert (tmp_path / "store").exists()


@pytest.mark.parametrize("port", [-1, 65536])
def test_what_is_no_port_is_a_value_error(port: int) -> None:
    with pytest.raises(ValueError, match="port must be between 0 and 65535"), running(port=port):
        pass


def test_a_store_serves_the_next_run(tmp_path: Path) -> None:
    for expected in ([], [1]):
        with running(store=tmp_path / "store") as server:
            assert fetch(server.origin, "/v2/history/sub-key/s/channel/a").json()[0] == expected
            fetch(server.origin, "/publish/p/s/0/a/0/1")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"queue": 0}, "queue"),
        ({"poll_seconds": 301}, "poll_seconds"),
        ({"undecided": "x"}, "keep"),
    ],
)
def test_a_setting_out_of_range_is_a_value_error(options: Options, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        running(**options)


def test_a_setting_that_is_none_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="speed"):
        running(speed=3)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]


def test_the_options_are_the_settings() -> None:
    assert list(Options.__annotations__) == [field.name for field in fields(Settings)]


def test_with_keys_only_these_are_served(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text('[[keyset]]\nsubscribe_key = "s"\npublish_key = "p"\n')
    for keys in ({"s": "p"}, file, str(file)):
        with running(keys=keys) as server:
            assert fetch(server.origin, "/time/0").status == 200
            assert fetch(server.origin, "/health").status == 200
            assert fetch(server.origin, "/publish/p/s/0/a/0/1").status == 200
            assert fetch(server.origin, "/publish/wrong/s/0/a/0/1").status == 400
            assert fetch(server.origin, "/v2/subscribe/other/a/0").status == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "LOCALHOST"])
def test_only_this_machine_reaches_loopback(host: str) -> None:
    assert is_loopback(host)
    check_host(host, Keyring())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "localhost.example", ""])
def test_an_address_that_others_reach_needs_keys(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(ValueError, match="keys"):
        check_host(host, Keyring())
    check_host(host, Keyring({"s": "p"}))


def test_a_server_that_others_reach_is_refused_without_keys() -> None:
    with pytest.raises(ValueError, match="without keys"), running(host="0.0.0.0"):
        pass


def test_an_origin_with_an_address_of_ipv6_has_brackets() -> None:
    assert origin_of("::1", 80) == "[::1]:80"
    assert origin_of("127.0.0.1", 80) == "127.0.0.1:80"


def test_the_package_imports_nothing_until_it_is_used() -> None:
    program = """
import sys, pnfilter.server
assert not {"httptools", "pnfilter.server.run"} & sys.modules.keys()
print(pnfilter.server.running.__name__, pnfilter.server.Settings().queue)
"""
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == ["running", "100"]


def test_the_public_names() -> None:
    assert dir(pnfilter.server) == sorted(pnfilter.server.__all__)
    for name in pnfilter.server.__all__:
        assert getattr(pnfilter.server, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'walking'"):
        _ = pnfilter.server.walking  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]


def test_on_windows_the_loop_is_one_that_waits_for_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    async def loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    asked: list[object] = []
    runner = asyncio.Runner

    def made(loop_factory: Any) -> asyncio.Runner:
        asked.append(loop_factory)
        return runner(loop_factory=loop_factory)

    monkeypatch.setattr(asyncio, "Runner", made)
    run(loop())
    monkeypatch.setattr(sys, "platform", "win32")
    assert isinstance(run(loop()), asyncio.SelectorEventLoop)
    assert asked == [None, asyncio.SelectorEventLoop]
