"""The official SDKs as programs that encrypt and decrypt."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.client.encryption.ciphers import HEADER, RANDOM, STATIC
from tests.interop.environments import Program, node_program, python_program

#: Seconds for one process, which starts an SDK and does all that it is asked.
PATIENCE = 60

_FOLDER = Path(__file__).parent


class Peer(NamedTuple):
    """An SDK: what it is called, how it is started, and its classes by the layouts that they write.

    ``file_classes`` encrypt and decrypt files; a request's ``layout`` says which vector is set.
    """

    title: str
    program: Callable[[], Program]
    script: str
    classes: dict[str, tuple[str, ...]]
    file_classes: tuple[str, ...]

    def ask(self, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """An answer for each request.

        :raises Unavailable: its environment can't be made.
        """
        program = self.program()
        done = subprocess.run(
            [program.command[0], str(_FOLDER / self.script)],
            input=json.dumps(requests),
            env={**os.environ, **program.variables},
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        answers: list[dict[str, Any]] = json.loads(done.stdout)
        return answers


#: What ``encrypt`` and ``decrypt`` of a Python client use, and 4.8.1 for all files.
FILE_CRYPTO = "PubNubFileCrypto"
_OLD = "PubNubCryptodome"
_LEGACY = (_OLD, "LegacyCryptoModule")
PEERS = {
    "python-4": Peer(
        "pubnub 4.8.1 (PyPI)",
        lambda: python_program("python-4.txt", "python_tornado"),
        "peer.py",
        {STATIC: (_OLD,), RANDOM: (_OLD,)},
        (FILE_CRYPTO,),
    ),
    "python-10": Peer(
        "pubnub 10.8.0 (PyPI)",
        lambda: python_program("python-10.txt", "python_threads"),
        "peer.py",
        {STATIC: _LEGACY, RANDOM: _LEGACY, HEADER: ("AesCbcCryptoModule",)},
        (FILE_CRYPTO, "LegacyCryptoModule", "AesCbcCryptoModule"),
    ),
    "node": Peer(
        "pubnub 12.0.3 (npm)",
        lambda: node_program("node.cjs"),
        "peer.cjs",
        {
            STATIC: ("legacyCryptoModule",),
            RANDOM: ("legacyCryptoModule",),
            HEADER: ("aesCbcCryptoModule",),
        },
        ("legacyCryptoModule", "aesCbcCryptoModule"),
    ),
}
