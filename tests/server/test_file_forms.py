"""Forms that are not valid uploads: each is refused, in any chunks, and nothing of it is kept."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pnfilter.server.http.multipart import Form
from pnfilter.server.settings import MAX_FORM_FIELDS, MAX_FORM_HEAD, MAX_FORM_VALUE
from tests.examples import share
from tests.server.emulated import Emulated
from tests.server.filing import BOUNDARY, Promised, form_of, held, listed, of_type, promised

SEED = 20180207
#: Hostile forms that are made up at random.
COUNT = share(5_000)
CHUNKS = (1, 2, 3, 7, 64, 1 << 14)
MARK = f"--{BOUNDARY}"
HEAD = 'Content-Disposition: form-data; name="{}"\r\n\r\n'


def part(name: str, value: str) -> str:
    return f"{MARK}\r\n{HEAD.format(name)}{value}\r\n"


def fields_of(told: Promised) -> str:
    return "".join(part(*field) for field in told.fields)


@pytest.mark.parametrize("chunk", CHUNKS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"content",
        b"\r\n",
        b"\r\n--",
        f"\r\n-{MARK}".encode(),
        f"--{BOUNDARY}\r\n".encode(),
        f"\r\n--{BOUNDARY[:-1]}".encode() * 3,
        # A boundary is one only with the end of its line.
        *(f"\r\n--{BOUNDARY}{more}".encode() * 3 for more in ("x", "-x", "\rx", "\r\r", "\n")),
        b"\r\n\r\n--\r\n" * 100,
        b"\x00\xff" * 100,
    ],
)
def test_the_bytes_of_a_file_are_any(emulated: Emulated, content: bytes, chunk: int) -> None:
    told = promised(emulated)
    form = form_of(told.fields, content)
    assert emulated.upload(told.target, form, of_type(), chunk=chunk).status == 204
    stored = emulated.broker.store.files.part("sub", told.id, 0)
    assert (b"" if stored is None else stored[1]) == content


@pytest.mark.parametrize(
    "content_type",
    [
        f"multipart/form-data; boundary={BOUNDARY}",
        f'multipart/form-data;boundary="{BOUNDARY}"',
        f"Multipart/Form-Data; charset=utf-8; Boundary={BOUNDARY}",
    ],
)
def test_types_that_are_understood(emulated: Emulated, content_type: str) -> None:
    told = promised(emulated)
    headers = {**of_type(), "Content-Type": content_type}
    assert emulated.upload(told.target, form_of(told.fields, b"x"), headers).status == 204


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/json",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary=""',
        'multipart/form-data; boundary="',
        "multipart/form-data; boundary=other",
        f"multipart/form-data; boundary={BOUNDARY} x",
        f"multipart/form-data; boundary={BOUNDARY}; boundary={BOUNDARY}",
        f"multipart/form-data; boundary={'x' * 71}",
        'multipart/form-data; boundary="a\r\nb"',
        "multipart/form-data; boundary=é",
        f"multipart/mixed; boundary={BOUNDARY}",
        "multipart/form-data" + "; " * 100_000,
    ],
)
def test_types_that_are_refused(emulated: Emulated, content_type: str) -> None:
    told = promised(emulated)
    headers = {**of_type(), "Content-Type": content_type}
    answer = emulated.upload(told.target, form_of(told.fields, b"x"), headers)
    assert (answer.status, answer.content_type) == (400, "application/xml")
    assert b"<Code>MalformedPOSTRequest</Code>" in answer.body
    assert held(emulated) == 0


def test_a_form_of_another_kind_is_refused_as_it_was_recorded(emulated: Emulated) -> None:
    told = promised(emulated)
    headers = {**of_type(), "Content-Type": "application/x-www-form-urlencoded"}
    answer = emulated.upload(told.target, b"key=a", headers)
    assert answer.status == 400
    assert answer.body.decode().endswith(
        "<Error><Code>AuthorizationQueryParametersError</Code><Message>X-Amz-Algorithm only supports"
        ' "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"</Message></Error>'
    )


def broken(told: Promised) -> Iterator[tuple[str, str]]:
    """Forms that are none, with what is wrong."""
    fields, file = fields_of(told), part("file", "content")
    end = f"{MARK}--\r\n"
    yield "nothing", ""
    yield "only the end", end
    yield "a preamble", "preamble\r\n" + fields + file + end
    yield "a line end before the boundary", "\r\n" + fields + file + end
    yield "no file", fields + end
    yield "no end", fields + file
    yield "half an end", fields + file + MARK + "-"
    yield "cut in the file", fields + file[:-4]
    yield "cut in a head", fields + MARK + "\r\nContent-Disp"
    yield "another part after the file", fields + file + part("more", "1") + end
    yield "the file twice", fields + file + file + end
    yield "a field twice", fields + fields + file + end
    yield "the file first", file + fields + end
    yield "a part without a head", fields + MARK + "\r\n\r\ncontent\r\n" + end
    yield (
        "a part without a name",
        fields + MARK + "\r\nContent-Disposition: form-data\r\n\r\n" + end,
    )
    yield "an empty name", fields + part("", "1") + file + end
    yield "a quote that is open", fields + MARK + "\r\n" + HEAD.replace('"\r', "\r") + "1" + end
    yield "two names", fields + part('a"; name="b', "1") + file + end
    twice = f'{MARK}\r\nContent-Disposition: form-data; name="\r\n{HEAD.format("file")}content\r\n'
    yield "a broken name before a good one", fields + twice + end
    yield "no header", fields + f"{MARK}\r\nno header\r\n{HEAD.format('file')}content\r\n" + end
    yield "a lone line feed", (fields + file + end).replace("\r\n", "\n")
    yield "blanks after the boundary", (fields + file + end).replace(MARK + "\r\n", MARK + " \r\n")
    yield "a long head", fields + MARK + f"\r\nX: {'x' * (MAX_FORM_HEAD + 1)}\r\n\r\n" + end
    short = "X: y\r\n" * (MAX_FORM_HEAD // 6 + 1)
    yield "many headers", fields + file.replace(MARK + "\r\n", f"{MARK}\r\n{short}") + end
    wide = f"X:{' ' * MAX_FORM_HEAD}y\r\n"
    yield "a header of spaces", fields + file.replace(MARK + "\r\n", f"{MARK}\r\n{wide}") + end
    yield "a head without an end", fields + MARK + "\r\n" + "x" * (MAX_FORM_HEAD * 2)
    yield "a long value", fields + part("more", "x" * (MAX_FORM_VALUE + 1)) + file + end
    yield "a value without an end", fields + part("more", "x" * (MAX_FORM_VALUE * 3))
    many = "".join(part(f"n{number}", "1") for number in range(MAX_FORM_FIELDS + 1))
    yield "many fields", many + fields + file + end
    yield "a value that is no UTF-8", fields + part("more", "\udcff") + file + end


def test_forms_that_are_broken_are_refused(emulated: Emulated) -> None:
    for what, _ in broken(promised(emulated)):
        for chunk in (1, 5, 1 << 14):
            told = promised(emulated)
            form = dict(broken(told))[what].encode(errors="surrogateescape")
            answer = emulated.upload(told.target, form, of_type(), chunk=chunk)
            assert answer.status in ((400, 403) if what == "the file first" else (400,)), what
            assert b"<Message>" in answer.body, what
    assert (held(emulated), listed(emulated)["data"]) == (0, [])


def test_what_is_refused_is_not_logged_by_the_parser(
    emulated: Emulated, caplog: pytest.LogCaptureFixture
) -> None:
    for head in ("\x1b: 1\r\n", ": 1\r\n", "X: 1\rY"):
        told = promised(emulated)
        form = f"{fields_of(told)}{MARK}\r\n{head}".encode()
        assert emulated.upload(told.target, form, of_type()).status == 400
    assert not [record for record in caplog.records if not record.name.startswith("pnfilter")]


def test_without_the_package_it_says_what_to_install(
    emulated: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("python_multipart", "python_multipart.exceptions", "python_multipart.multipart"):
        monkeypatch.setitem(sys.modules, name, None)
    told = promised(emulated)
    answer = emulated.upload(told.target, form_of(told.fields, b"x"), of_type())
    assert answer.status == 501
    assert b"uploads need python-multipart: pip install 'pnfilter[server]'" in answer.body
    assert held(emulated) == 0


@pytest.mark.parametrize("chunk", CHUNKS)
@pytest.mark.parametrize(
    ("room", "status"), [(MAX_FORM_HEAD, 204), (MAX_FORM_HEAD + 1, 400)], ids=["all", "too much"]
)
def test_a_head_has_room_up_to_its_limit(
    emulated: Emulated, chunk: int, room: int, status: int
) -> None:
    told = promised(emulated)
    head = 'Content-Disposition: form-data; name="file"\r\nX: '
    more = "y" * (room - len(head))
    form = f"{fields_of(told)}{MARK}\r\n{head}{more}\r\n\r\ncontent\r\n{MARK}--\r\n"
    assert emulated.upload(told.target, form.encode(), of_type(), chunk=chunk).status == status


@pytest.mark.parametrize("chunk", [7, 64, 1 << 14])
def test_a_file_of_false_boundaries_goes_on_as_it_comes(chunk: int) -> None:
    """No more is held than a chunk and a boundary, whatever looks like the beginning of one."""
    sizes: list[int] = []
    form = Form(of_type()["Content-Type"], lambda fields: lambda data: sizes.append(len(data)))
    form.feed(f"{MARK}\r\n{HEAD.format('file')}".encode())
    fed = 0
    pieces = ("\r", "\r\n", f"\r\n{MARK}", f"\r\n{MARK}-", f"\r\n{MARK}\r", f"\r\n{MARK[:-1]}")
    content = "".join(f"{piece}x" * 500 for piece in pieces).encode()
    for start in range(0, len(content), chunk):
        form.feed(content[start : start + chunk])
        fed += len(content[start : start + chunk])
        assert fed - sum(sizes) <= len(f"\r\n{MARK}--\r\n")
    form.feed(f"\r\n{MARK}--".encode())
    form.end()
    assert sum(sizes) == len(content)


@pytest.mark.parametrize(
    "more",
    [
        'filename="a\\"',
        'filename="a\\"; x="1"',
        'filename="\\"',
        'filename="a\\"b"',
        'filename="C:\\x\\\\"',
    ],
)
def test_a_backslash_is_a_sign_or_stands_for_itself(emulated: Emulated, more: str) -> None:
    told = promised(emulated)
    file = part("file", "content").replace('name="file"', f'name="file"; {more}')
    form = f"{fields_of(told)}{file}{MARK}--\r\n".encode()
    assert emulated.upload(told.target, form, of_type()).status == 204


def test_many_backslashes_take_no_time(emulated: Emulated) -> None:
    name = "\\" * (MAX_FORM_HEAD // 2 - 100)
    for end, status in (('"', 204), ('"x', 400), ("", 400)):
        told = promised(emulated)
        more = f'name="file"; filename="{name}{name}{end}'
        file = part("file", "content").replace('name="file"', more)
        form = f"{fields_of(told)}{file}{MARK}--\r\n".encode()
        assert emulated.upload(told.target, form, of_type()).status == status


def test_what_follows_the_end_means_nothing(emulated: Emulated) -> None:
    told = promised(emulated)
    form = form_of(told.fields, b"x") + b"epilogue" * 1_000
    assert emulated.upload(told.target, form, of_type()).status == 204
    assert listed(emulated)["data"][0]["size"] == 1


TRICKS = (
    b"\r\n",
    b"\n",
    b"--",
    b"\x00",
    b'"',
    b"\\",
    b"; ",
    b"name=",
    b'filename="../../../x"',
    b"filename*=UTF-8''..%2f..%2fx\"",
    MARK.encode(),
    f"\r\n{MARK}--\r\n".encode(),
    f"\r\n{MARK}\r\n".encode(),
    HEAD.format("file").encode(),
    HEAD.format("key").encode(),
    HEAD.format("token").encode(),
    b"\xff\xfe",
    "👍\u202e".encode(),
    b"x" * (MAX_FORM_VALUE + 10),
)


def spoilt(form: bytes, chance: random.Random) -> bytes:
    """A form with some of its bytes removed, repeated, exchanged or added."""
    for _ in range(chance.randint(1, 4)):
        at, end = sorted(chance.randrange(len(form) + 1) for _ in range(2))
        match chance.randrange(5):
            case 0:
                form = form[:at] + form[end:]
            case 1:
                form = form[:end] + form[at:]
            case 2:
                form = form[:at] + chance.choice(TRICKS) + form[at:]
            case 3:
                form = form[:at] + chance.randbytes(3) + form[at + 3 :]
            case _:
                form = form[:at]
    return form


def test_thousands_of_hostile_forms_are_withstood(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    folder = tmp_path / "store"
    folder.mkdir()
    statuses: dict[int, int] = {}
    with Emulated(store=folder / "store.sqlite") as emulated:
        told = promised(emulated, "../../x")
        for _ in range(COUNT):
            form = spoilt(form_of(told.fields, b"content", name="../../x"), chance)
            answer = emulated.upload(told.target, form, of_type(), chunk=chance.choice(CHUNKS[2:]))
            statuses[answer.status] = statuses.get(answer.status, 0) + 1
            assert held(emulated) == sum(file["size"] for file in listed(emulated)["data"])
            if answer.status == 204:
                emulated.app.forget("sub")
            if answer.status == 204 or told.id not in emulated.broker.files._expected:
                told = promised(emulated, "../../x")
        assert emulated.broker.files._running == {}
    assert statuses.keys() <= {204, 400, 403, 413}
    assert statuses[400] > COUNT / 2
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
    assert {path.name for path in folder.iterdir()} <= {
        f"store.sqlite{end}" for end in ("", "-wal", "-shm")
    }
