"""Files by their effect on the emulator: sent, listed, read, told of, deleted."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from pnclient.callbacks import SubscribeCallback
from pnclient.crypto import AesCbcCryptoModule, DecryptionError, LegacyCryptoModule
from pnclient.enums import PNOperationType, PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.file import PNDownloadFileResult, PNSendFileResult
from pnclient.models.consumer.pubsub import PNFileMessageResult
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado, PubNubTornadoException, TornadoEnvelope
from pnfilter.server import Server, running
from tests.client.conftest import configured
from tests.client.files.scripted import names_in
from tests.client.operations.looping import in_loop

CONTENT = bytes(range(256)) * 2_500
NAMES = ["a.txt", "../../x", "a b(é)%20+&=?#;.txt", "täg 👍.txt", 'quote".txt']


class Told(SubscribeCallback):
    """What a subscriber is told of files."""

    def __init__(self) -> None:
        self.files: asyncio.Queue[PNFileMessageResult] = asyncio.Queue()
        self.connected = asyncio.Event()

    def status(self, pubnub: Any, status: Any) -> None:
        if status.category is PNStatusCategory.PNConnectedCategory:
            self.connected.set()

    def file(self, pubnub: Any, file_message: PNFileMessageResult) -> None:
        self.files.put_nowait(file_message)


async def listening(client: PubNubTornado) -> Told:
    told = Told()
    client.add_listener(told)
    client.subscribe().channels("ch").execute()
    await asyncio.wait_for(told.connected.wait(), 20)
    return told


async def read(client: PubNubTornado, sent: PNSendFileResult) -> PNDownloadFileResult:
    return await client.download_file().channel("ch").file_id(sent.file_id).file_name(sent.name)


class Unseekable(io.RawIOBase):
    """A stream of which nobody knows the length."""

    def __init__(self, content: bytes) -> None:
        self._rest = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self._rest.read(min(len(buffer), 1_000))
        buffer[: len(part)] = part
        return len(part)

    def read(self, size: int = -1) -> bytes:
        return self._rest.read(size)


@pytest.mark.parametrize("kind", ["bytes", "path", "file", "offset", "stream", "view"])
@pytest.mark.parametrize("cipher_key", [None, "enigma"])
@in_loop
async def test_a_file_comes_back_as_it_was_sent(
    config: PNConfiguration, tmp_path: Path, kind: str, cipher_key: str | None
) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(CONTENT)
    config.cipher_key = cipher_key
    with path.open("rb") as file, path.open("rb") as offset:
        offset.seek(1_000)
        source: dict[str, Any] = {
            "bytes": CONTENT,
            "path": path,
            "file": file,
            "offset": offset,
            "stream": Unseekable(CONTENT),
            "view": memoryview(CONTENT),
        }
        async with PubNubTornado(config) as client:
            sending = client.send_file().channel("ch").file_object(source[kind])
            sent = await sending.file_name("a.bin")
            assert isinstance(sent, PNSendFileResult)
            assert (sent.name, int(sent.timestamp) > 0) == ("a.bin", True)
            found = await read(client, sent)
            assert found.data == (CONTENT[1_000:] if kind == "offset" else CONTENT)
        assert not file.closed
    (listed,) = (await listing(config)).data
    size = len(CONTENT) - (1_000 if kind == "offset" else 0)
    # Of an encrypted one: the header with its vector, and the padding.
    assert listed["size"] == (size if cipher_key is None else size // 16 * 16 + 16 + 26)


async def listing(config: PNConfiguration) -> Any:
    async with PubNubTornado(config) as client:
        return await client.list_files().channel("ch")


@pytest.mark.parametrize("name", NAMES)
@in_loop
async def test_names_of_any_kind(
    config: PNConfiguration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    async with PubNubTornado(config) as client:
        sent = await client.send_file().channel("ch").file_object(b"x").file_name(name)
        assert sent.name == name
        assert (await read(client, sent)).data == b"x"
        deleting = client.delete_file().channel("ch").file_id(sent.file_id)
        assert (await deleting.file_name(name)).status == 200
        assert (await client.list_files().channel("ch")).data == []
    # A name is never that of a file here.
    assert names_in(tmp_path) == []


@in_loop
async def test_the_name_of_a_path_is_that_of_the_file(
    config: PNConfiguration, tmp_path: Path
) -> None:
    (tmp_path / "named.txt").write_bytes(b"x")
    async with PubNubTornado(config) as client:
        sent = await client.send_file().channel("ch").file_object(tmp_path / "named.txt")
        assert sent.name == "named.txt"


@pytest.mark.parametrize("module", [None, LegacyCryptoModule, AesCbcCryptoModule])
@in_loop
async def test_subscribers_are_told(config: PNConfiguration, module: Any) -> None:
    if module is not None:
        config.cipher_key = "enigma"
        config.crypto_module = module(config)
    async with PubNubTornado(config) as client:
        told = await listening(client)
        sending = client.send_file().channel("ch").file_object(b"x").file_name("a.txt")
        message = {"text": "look"}
        awaited = sending.message(message).meta({"k": 1}).should_store(True).ttl(1).result()
        message["text"] = "changed afterwards"
        sent = await awaited
        found = await asyncio.wait_for(told.files.get(), 20)
        assert (found.message, found.user_metadata) == ({"text": "look"}, {"k": 1})
        assert (found.file_id, found.file_name, found.channel) == (sent.file_id, "a.txt", "ch")
        assert found.timetoken == int(sent.timestamp)
        address = urlsplit(found.file_url)
        assert (address.query, address.path.split("/")[-2:]) == ("", [sent.file_id, "a.txt"])
        stored = await client.history().channel("ch")
        assert [item.entry["file"]["id"] for item in stored.messages] == [sent.file_id]


@in_loop
async def test_history_keeps_no_message_unless_asked(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        await client.send_file().channel("ch").file_object(b"x").file_name("a.txt")
        assert (await client.history().channel("ch")).messages == []
        publishing = client.publish_file_message().channel("ch").file_id("i").file_name("a.txt")
        published = await publishing.message("hello").should_store(True).custom_message_type("t")
        (stored,) = (await client.history().channel("ch")).messages
        assert stored.entry == {"message": "hello", "file": {"id": "i", "name": "a.txt"}}
        assert int(published.timestamp) > 0


@in_loop
async def test_lists_have_pages(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        for number in range(5):
            await client.send_file().channel("ch").file_object(b"x").file_name(f"{number}")
        first = await client.list_files().channel("ch").limit(3)
        assert ([file["name"] for file in first.data], first.count) == (["0", "1", "2"], 3)
        assert first.next is not None
        second = await client.list_files().channel("ch").limit(3).next(first.next)
        assert ([file["name"] for file in second.data], second.next) == (["3", "4"], None)


@in_loop
async def test_an_address_has_nothing_of_the_client(config: PNConfiguration) -> None:
    config.auth_key = "AUTHWORD-of-the-client"
    async with PubNubTornado(config) as client:
        sent = await client.send_file().channel("ch").file_object(b"x").file_name("a.txt")
        asking = client.get_file_url().channel("ch").file_id(sent.file_id).file_name("a.txt")
        found = await asking.future()
        assert isinstance(found, TornadoEnvelope)
        url = found.result.file_url
        assert url.startswith(f"http://{config.origin}/")
        assert "AUTHWORD" not in url
        assert url not in f"{found.result} {found.status} {vars(found.status)}"


@pytest.mark.parametrize("cipher_key", [None, "enigma"])
@in_loop
async def test_downloads_into_files(
    config: PNConfiguration, tmp_path: Path, cipher_key: str | None
) -> None:
    config.cipher_key = cipher_key
    async with PubNubTornado(config) as client:
        sent = await client.send_file().channel("ch").file_object(CONTENT).file_name("a")
        reading = client.download_file().channel("ch").file_id(sent.file_id).file_name("a")
        path = tmp_path / "there"
        path.write_bytes(b"before")
        assert (await reading.to(path)).data == path
        assert path.read_bytes() == CONTENT
        buffer = io.BytesIO(b"before")
        buffer.seek(0, io.SEEK_END)
        assert (await reading.to(buffer)).data is buffer
        assert buffer.getvalue() == b"before" + CONTENT
        absent = client.download_file().channel("ch").file_id("other").file_name("a")
        with pytest.raises(PubNubException, match="NoSuchKey"):
            await absent.to(path)
        with pytest.raises(PubNubException, match="the file can't be used: No such file"):
            await reading.to(tmp_path / "nowhere" / "a")
        assert path.read_bytes() == CONTENT
        assert names_in(tmp_path) == ["there"]


@in_loop
async def test_empty_files(config: PNConfiguration, tmp_path: Path) -> None:
    async with PubNubTornado(config) as client:
        sent = await client.send_file().channel("ch").file_object(b"").file_name("a")
        assert (await read(client, sent)).data == b""
        reading = client.download_file().channel("ch").file_id(sent.file_id).file_name("a")
        await reading.to(tmp_path / "empty")
        assert (tmp_path / "empty").read_bytes() == b""


@in_loop
async def test_progress_is_reported(config: PNConfiguration) -> None:
    told: list[tuple[int, int | None]] = []

    def note(so_far: int, total: int | None) -> None:
        told.append((so_far, total))

    async with PubNubTornado(config) as client:
        sending = client.send_file().channel("ch").file_object(CONTENT).file_name("a")
        sent = await sending.progress(note)
        assert told[0] == (0, len(CONTENT))
        assert told[-1] == (len(CONTENT), len(CONTENT))
        assert told == sorted(told)
        assert len(told) > 3
        told.clear()
        reading = client.download_file().channel("ch").file_id(sent.file_id).file_name("a")
        await reading.progress(note)
        assert (told[0], told[-1]) == ((0, len(CONTENT)), (len(CONTENT), len(CONTENT)))
        assert told == sorted(told)


@in_loop
async def test_what_progress_raises_ends_the_call(config: PNConfiguration, tmp_path: Path) -> None:
    def stop(so_far: int, total: int | None) -> None:
        if so_far:
            raise KeyError("enough")

    async with PubNubTornado(config) as client:
        sending = client.send_file().channel("ch").file_object(CONTENT).file_name("a")
        with pytest.raises(KeyError, match="enough"):
            await sending.progress(stop)
        sent = await sending.progress(None)
        assert len((await client.list_files().channel("ch")).data) == 1
        reading = client.download_file().channel("ch").file_id(sent.file_id).file_name("a")
        with pytest.raises(KeyError, match="enough"):
            await reading.to(tmp_path / "a").progress(stop)
        assert names_in(tmp_path) == []


@in_loop
async def test_another_key(
    config: PNConfiguration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With one vector in 250 the noise of a wrong key ends like a padding.
    monkeypatch.setattr("pnclient.encryption.files.urandom", bytes)
    monkeypatch.setattr("pnclient.encryption.aes.os", SimpleNamespace(urandom=bytes))
    config.cipher_key = "enigma"
    async with PubNubTornado(config) as client:
        told = await listening(client)
        sending = client.send_file().channel("ch").file_object(b"secret").file_name("a")
        sent = await sending.cipher_key("another").message("hello")
        # Nor can the message be read with the configuration's key.
        assert isinstance((await asyncio.wait_for(told.files.get(), 20)).error, DecryptionError)
        reading = client.download_file().channel("ch").file_id(sent.file_id).file_name("a")
        with pytest.raises(DecryptionError):
            await reading.to(tmp_path / "a")
        assert names_in(tmp_path) == []
        failed = await reading.future()
        assert isinstance(failed, PubNubTornadoException)
        assert failed.status.category is PNStatusCategory.PNDecryptionErrorCategory
        assert failed.status.operation is PNOperationType.PNDownloadFileAction
        again = client.download_file().channel("ch").file_id(sent.file_id).file_name("a")
        assert (await again.cipher_key("another")).data == b"secret"


@in_loop
async def test_files_that_are_too_large(config: PNConfiguration, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(b"x" * (config.max_file_size + 1))
    async with PubNubTornado(config) as client:
        sources: list[Any] = [large, large.read_bytes(), Unseekable(large.read_bytes())]
        for source in sources:
            with pytest.raises(PubNubException, match="max_file_size"):
                await client.send_file().channel("ch").file_object(source).file_name("a").future()
        assert (await client.list_files().channel("ch")).data == []
        # What the service refuses is told, too.
        config.max_file_size *= 2
        with pytest.raises(PubNubException, match="EntityTooLarge"):
            await client.send_file().channel("ch").file_object(large)
        sent = await client.send_file().channel("ch").file_object(b"x" * 100).file_name("a")
        config.max_file_size = 99
        with pytest.raises(PubNubException, match="max_file_size"):
            await read(client, sent)


@in_loop
async def test_a_download_that_breaks_off(
    config: PNConfiguration, emulator: Server, tmp_path: Path
) -> None:
    async with PubNubTornado(config) as client:
        sent = await client.send_file().channel("ch").file_object(CONTENT).file_name("a")
        emulator.add_fault("cut", operation="download_file", after=1_000)
        reading = client.download_file().channel("ch").file_id(sent.file_id).file_name("a")
        with pytest.raises(PubNubException, match="broke off"):
            await reading.to(tmp_path / "a")
        assert names_in(tmp_path) == []
        assert (await reading.to(tmp_path / "a")).data == tmp_path / "a"


def test_with_tls() -> None:
    with running(tls="self-signed") as server:
        config = configured(server.origin)
        config.ssl, config.ca_certs = True, str(server.ca_file)

        @in_loop
        async def run() -> None:
            async with PubNubTornado(config) as client:
                sent = await client.send_file().channel("ch").file_object(CONTENT).file_name("a")
                assert (await read(client, sent)).data == CONTENT

        run()
