"""Writes what official SDKs send for the calls with which the client's requests are compared.

And which setters of 4.8.1 take ``None``.

Run ``python tools/captured_requests.py``. The SDKs are installed when first needed, as for ``make
interop``. Timestamps differ from run to run, so this is for when a call is added.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "client")]

from tests.client.requests.calls import CALLS, GONE, LATER, SIGNED  # noqa: E402
from tests.interop.environments import node_program, python_program  # noqa: E402

FOLDER: Final = ROOT / "tests" / "client" / "requests"
#: Not a secret: it signs what is sent to this machine.
SECRET: Final = "sec-key"
#: Seconds within which a call has to be sent.
SECONDS: Final = 20
ANSWER: Final = b'[1,"Sent","15000000000000000"]'
TORNADO: Final = "pubnub 4.8.1 (Python, Tornado 4.5.3)"
THREADS: Final = "pubnub 10.8.0 (Python)"
SDKS: Final = ((TORNADO, "python-4.txt"), (THREADS, "python-10.txt"))
JAVASCRIPT: Final = "pubnub 12.0.3 (JavaScript)"
#: What the script for JavaScript knows to call.
SIGNED_BY_JAVASCRIPT: Final = (
    "publish with metadata",
    "set_state",
    "here_now of both",
    "add to a group",
    "history",
    "message_counts of several",
    "add_message_action",
    "remove_message_action",
)


def captured(command: list[str], variables: dict[str, str]) -> dict[str, Any]:
    """The one request that a command sends to the port that it is given after its first words."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(SECONDS)
        port = str(listening.getsockname()[1])
        with subprocess.Popen(
            [part.format(port=port) for part in command],
            cwd=ROOT,
            env={**os.environ, **variables},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                connection, _ = listening.accept()
                with connection, connection.makefile("rb") as arriving:
                    connection.settimeout(SECONDS)
                    # Some lines have spaces in them that should have been encoded.
                    method, target = (
                        arriving.readline().decode().removesuffix(" HTTP/1.1\r\n").split(" ", 1)
                    )
                    headers: dict[str, str] = {}
                    while line := arriving.readline().decode().strip():
                        name, _, value = line.partition(":")
                        headers[name.lower()] = value.strip()
                    body = arriving.read(int(headers.get("content-length", 0)))
                    connection.sendall(
                        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                        b"Connection: close\r\n"
                        b"Content-Length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER)
                    )
            finally:
                process.kill()
    request: dict[str, Any] = {"method": method, "target": target}
    if body:
        request["body"] = body.decode()
        request["content_type"] = headers.get("content-type")
    return request


def sent_by_python(pins: str, name: str, *secret: str) -> dict[str, Any]:
    program = python_program(pins, "python_calls")
    command = [program.command[0], "-m", "tests.client.requests.old_sdk", "{port}", name, *secret]
    return captured(command, program.variables)


def sent_by_javascript(name: str) -> dict[str, Any]:
    program = node_program("node.cjs")
    command = [program.command[0], str(FOLDER / "signing.cjs"), "{port}", name, SECRET]
    return captured(command, program.variables)


def written(name: str, rows: list[dict[str, Any]]) -> None:
    text = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (FOLDER / name).write_text(f"[\n{text}\n]\n", encoding="utf-8")


def main() -> None:
    written(
        "captured.json",
        [
            {"call": name, "origin": origin, **sent_by_python(pins, name)}
            for name in CALLS
            for origin, pins in (SDKS[1] if name in LATER else SDKS[0],)
        ],
    )
    signed = [
        {"call": name, "origin": origin, **sent_by_python(pins, name, SECRET)}
        for (origin, pins), missing in zip(SDKS, (LATER, GONE), strict=True)
        for name in SIGNED
        if name not in missing
    ]
    signed += [
        {"call": name, "origin": JAVASCRIPT, **sent_by_javascript(name)}
        for name in SIGNED_BY_JAVASCRIPT
    ]
    written("signed.json", signed)
    program = python_program("python-4.txt", "python_calls")
    command = [program.command[0], "-m", "tests.client.requests.setters", "pubnub"]
    listed = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **program.variables},
        capture_output=True,
        check=True,
        text=True,
    )
    (FOLDER / "none.json").write_text(listed.stdout, encoding="utf-8")


if __name__ == "__main__":
    main()
