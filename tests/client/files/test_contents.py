"""What is sent and received, without a service: contents, forms, targets, builders' arguments."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from pnclient.exceptions import PubNubException
from pnclient.files.content import PART_BYTES, Content, Form, Opening
from pnclient.files.targets import Memory, Named, Opened, Taking
from pnclient.pubnub_tornado import PubNubTornado
from pnclient.threads import Threads
from tests.client.files.scripted import configuration, names_in
from tests.client.operations.looping import in_loop

LIMIT = 10_000_000


async def all_of(content: Content) -> bytes:
    return b"".join([part async for part in content.parts(Threads(daemon=True), None)])


@in_loop
async def test_contents_are_read_in_parts_and_out_of_the_loop(tmp_path: Path) -> None:
    asked: list[tuple[int, bool]] = []

    class Noted(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            asked.append((size or 0, threading.current_thread() is threading.main_thread()))
            return super().read(size)

    data = b"x" * (2 * PART_BYTES + 7)
    assert await all_of(Content(Noted(data), LIMIT)) == data
    assert asked == [(PART_BYTES, False), (PART_BYTES, False), (7, False)]


@in_loop
async def test_a_file_that_grows_is_sent_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"first")
    content = Content(path, LIMIT)
    with path.open("ab") as file:
        file.write(b" and more")
    assert await all_of(content) == b"first"
    content.close()


@in_loop
async def test_a_file_that_becomes_shorter_is_not_sent_as_if_it_were_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 3 * PART_BYTES)
    content = Content(path, LIMIT)
    path.write_bytes(b"x" * PART_BYTES)
    form = Form([], "a", content)
    with pytest.raises(PubNubException, match="shorter"):
        _ = [part async for part in form.parts(Threads(daemon=True), None)]
    assert isinstance(form.failure, PubNubException)
    content.close()


class Dripping(io.BytesIO):
    """Reads no more than three bytes at once, as a pipe may."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(3, 3 if size is None or size < 0 else size))


class Piped(Dripping):
    def seekable(self) -> bool:
        return False


@in_loop
async def test_what_comes_a_little_at_a_time_is_read_to_its_end() -> None:
    data = b"ten bytes!"
    assert await all_of(Content(Piped(data), LIMIT)) == data
    assert Content(Piped(data), LIMIT).read() == data
    assert Content(Dripping(data), LIMIT).read() == data
    with pytest.raises(PubNubException, match="max_file_size"):
        Content(Piped(data), len(data) - 1)


def test_a_file_that_becomes_shorter_is_not_encrypted_as_if_it_were_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"first")
    content = Content(path, LIMIT)
    path.write_bytes(b"f")
    with pytest.raises(PubNubException, match="shorter"):
        content.read()
    content.close()


def test_contents_that_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(PubNubException, match="can't be used: No such file") as caught:
        Content(tmp_path / "SECRETNAME", LIMIT)
    assert "SECRETNAME" not in str(caught.value)
    with pytest.raises(PubNubException, match="can't be used"):
        Content(tmp_path, LIMIT)
    with pytest.raises(PubNubException, match="max_file_size"):
        Content(b"xx", 1)


@pytest.mark.parametrize("is_early", [False, True])
def test_a_content_that_nobody_waits_for_any_more_is_closed(tmp_path: Path, is_early: bool) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"content")
    opening = Opening(lambda: Content(path, LIMIT))
    if is_early:
        opening.close()
    content = opening.open()
    if not is_early:
        assert content.read() == b"content"
        opening.close()
    with pytest.raises(PubNubException, match=r"can't be used: .*closed file"):
        content.read()


@pytest.mark.parametrize("is_seekable", [True, False])
@in_loop
async def test_file_objects_that_read_too_many_bytes(is_seekable: bool) -> None:
    class Longer(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return b"x" * ((size or 0) + 1)

        def seekable(self) -> bool:
            return is_seekable

    with pytest.raises(PubNubException, match="more bytes than it is asked for"):
        async for _ in Content(Longer(b"content"), LIMIT).parts(Threads(daemon=True), None):
            pass


@in_loop
async def test_file_objects_that_read_no_bytes() -> None:
    class Texts:
        def read(self, size: int = -1) -> str:
            return "text"

    wrong: Any = Texts()
    with pytest.raises(PubNubException, match="something other than bytes"):
        Content(wrong, LIMIT)

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(PubNubException, match="can't be used: Input/output error"):
        await all_of(Content(Broken(b"xxxx"), LIMIT))
    with pytest.raises(PubNubException, match="can't be used: Input/output error"):
        Content(Broken(b"xxxx"), LIMIT).read()


class Sizeless(io.BytesIO):
    """Tells no size, as some files in /proc."""

    def seek(self, offset: int, whence: int = 0) -> int:
        return super().seek(0)


class Endless(io.BytesIO):
    """Has no end to go to, as others there."""

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence == os.SEEK_END:
            raise OSError(22, "Invalid argument")
        return super().seek(offset, whence)


@pytest.mark.parametrize("kind", [Sizeless, Endless])
@in_loop
async def test_what_has_content_and_no_size_is_read_to_its_end(kind: type[io.BytesIO]) -> None:
    data = b"content"
    assert await all_of(Content(kind(data), LIMIT)) == data
    assert Content(kind(data), LIMIT).size == len(data)
    with pytest.raises(PubNubException, match="max_file_size"):
        Content(kind(data), len(data) - 1)
    at_end = io.BytesIO(data)
    at_end.seek(100)
    assert (Content(at_end, LIMIT).size, await all_of(Content(b"", LIMIT))) == (0, b"")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system has no /proc")
@in_loop
async def test_a_file_that_the_system_makes_up_is_sent() -> None:
    content = Content(Path("/proc/self/status"), LIMIT)
    assert (await all_of(content)).startswith(b"Name:")
    content.close()


def test_files_that_are_closed_are_refused_at_once() -> None:
    client, file = PubNubTornado(configuration()), io.BytesIO(b"content")
    file.close()
    with pytest.raises(ValueError, match=r"^to: the file is closed$"):
        client.download_file().to(file)
    with pytest.raises(ValueError, match=r"^file_object: the file is closed$"):
        client.send_file().file_object(file)


@in_loop
async def test_files_that_are_closed_meanwhile() -> None:
    file = io.BytesIO(b"content")
    content = Content(file, LIMIT)
    file.close()
    with pytest.raises(PubNubException, match=r"can't be used: .*closed file"):
        await all_of(content)
    with pytest.raises(PubNubException, match=r"can't be used: .*closed file"):
        await Opened(file, Threads(daemon=True)).write(b"x")
    with pytest.raises(PubNubException, match="can't be used: embedded null byte"):
        Content(Path("a\0b"), LIMIT)


@in_loop
async def test_names_in_a_form_end_no_line() -> None:
    form = Form([('a"\r\nb', "1")], '"\r\nX: y', Content(b"content", LIMIT))
    body = b"".join([part async for part in form.parts(Threads(daemon=True), None)])
    assert len(body) == form.size
    assert b'name="a%22%0D%0Ab"' in body
    assert b'filename="%22%0D%0AX: y"' in body
    assert body.count(b"\r\nX:") == 0


@in_loop
async def test_a_name_that_ends_with_a_backslash_ends_there() -> None:
    form = Form([("a\\", "1")], "b\\", Content(b"content", LIMIT))
    body = b"".join([part async for part in form.parts(Threads(daemon=True), None)])
    assert len(body) == form.size
    assert b'name="a%5C"' in body
    assert b'filename="b%5C"' in body


@pytest.mark.parametrize("given", ["a path", io.StringIO("text"), 7, None])
def test_what_is_no_content(given: Any) -> None:
    client = PubNubTornado(configuration())
    with pytest.raises(TypeError, match="file_object"):
        client.send_file().file_object(given)


@pytest.mark.parametrize("given", ["a path", io.StringIO("text"), 7, b"bytes", None])
def test_what_is_no_target(given: Any) -> None:
    client = PubNubTornado(configuration())
    with pytest.raises(TypeError, match="to:"):
        client.download_file().to(given)


def test_progress_is_a_function() -> None:
    client, wrong = PubNubTornado(configuration()), 7
    with pytest.raises(TypeError, match="progress"):
        client.download_file().progress(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="progress"):
        client.send_file().progress(wrong)  # type: ignore[arg-type]


@in_loop
async def test_what_is_missing_is_told_before_anything_is_sent() -> None:
    async with PubNubTornado(configuration()) as client:
        for builder, text in (
            (client.send_file(), "Channel missing"),
            (client.send_file().channel("ch"), "File object is missing"),
            (client.send_file().channel("ch").file_object(b"x"), "File name is missing"),
            (client.download_file(), "Channel missing"),
            (client.download_file().channel("ch").file_id("i"), "File name is missing"),
            (client.download_file().channel("ch").file_name("n"), "File id is missing"),
            (client.delete_file().channel("ch").file_name("n"), "File id is missing"),
            (client.get_file_url().channel("ch").file_id("i"), "File name is missing"),
            (client.publish_file_message().channel("ch").file_id("i"), "File name is missing"),
            (client.list_files(), "Channel missing"),
            (
                client.send_file().channel("ch").file_object(b"").file_name("n").message({1, 2}),
                "not JSON serializable",
            ),
            (
                client.send_file().channel("ch").file_object(b"").file_name("n").cipher_key(""),
                "the cipher key is empty",
            ),
            (
                client.send_file().channel("ch").file_object(Path("/nowhere/n")),
                "the file can't be used",
            ),
        ):
            with pytest.raises(PubNubException, match=text):
                await builder.result()
            with pytest.raises(PubNubException, match=text):
                await builder.future()


@in_loop
async def test_a_path_has_all_or_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"before")
    sink = Named(path, Threads(daemon=True))
    await sink.write(b"half")
    assert path.read_bytes() == b"before"
    (other,) = (tmp_path / name for name in names_in(tmp_path) if name != "a")
    assert other.stat().st_mode & 0o777 == 0o600
    sink.abort()
    assert names_in(tmp_path) == ["a"]
    sink = Named(path, Threads(daemon=True))
    await sink.write(b"all")
    assert await sink.end() == path
    assert (path.read_bytes(), names_in(tmp_path)) == (b"all", ["a"])
    folder = tmp_path / "folder"
    folder.mkdir()
    sink = Named(folder, Threads(daemon=True))
    with pytest.raises(PubNubException, match="can't be used"):
        await sink.end()
    assert names_in(tmp_path) == ["a", "folder"]


@in_loop
async def test_a_pipe_at_a_path_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    sink = Named(path, Threads(daemon=True))
    with pytest.raises(PubNubException, match="something else has its path"):
        await sink.write(b"content")
    sink.abort()
    assert path.is_fifo()
    assert names_in(tmp_path) == ["pipe"]


@in_loop
async def test_a_file_object_that_takes_little_at_a_time() -> None:
    class Slow:
        def __init__(self, step: int | None) -> None:
            self.taken = b""
            self.step = step

        def write(self, data: memoryview) -> int | None:
            self.taken += bytes(data[: self.step])
            return self.step if self.step is None else min(self.step, len(data))

    slow: Any = Slow(3)
    await Opened(slow, Threads(daemon=True)).write(b"content")
    assert slow.taken == b"content"
    silent: Any = Slow(None)
    await Opened(silent, Threads(daemon=True)).write(b"content")
    assert silent.taken == b"content"
    full: Any = Slow(0)
    with pytest.raises(PubNubException, match="takes no bytes"):
        await Opened(full, Threads(daemon=True)).write(b"content")
    closed = io.BytesIO()

    class Broken(io.RawIOBase):
        def write(self, data: Any) -> int:
            raise OSError(28, "No space left on device")

    broken: Any = Broken()
    with pytest.raises(PubNubException, match="No space left"):
        await Opened(broken, Threads(daemon=True)).write(b"content")
    assert await Opened(closed, Threads(daemon=True)).end() is closed


@in_loop
async def test_what_comes_is_counted_whatever_was_announced() -> None:
    taking = Taking(Memory(), 5, None)
    await taking.begin(None)
    await taking.take(b"12345")
    with pytest.raises(PubNubException, match="max_file_size"):
        await taking.take(b"6")
    with pytest.raises(PubNubException, match="max_file_size"):
        await Taking(Memory(), 5, None).begin(6)
