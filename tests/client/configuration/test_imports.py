"""What importing the configuration costs, and when the filter language is needed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

#: Modules that are slow to import, or none of the configuration's business.
HEAVY = """
    Crypto asyncio concurrent dataclasses difflib email hashlib http inspect ipaddress json
    logging msgspec pnfilter socket ssl tornado urllib uuid
""".split()


def loaded(program: str) -> list[str]:
    """The heavy modules that an interpreter has after ``program``."""
    report = f"{program}\nimport sys, json\nprint(json.dumps([*sys.modules]))"
    # Without `site`: it may import on its own.
    path = f"import sys; sys.path[:0] = {[entry for entry in sys.path if entry]!r}\n"
    answer = subprocess.run(
        [sys.executable, "-S", "-c", path + report], capture_output=True, check=True, text=True
    )
    assert answer.stderr == ""
    return sorted({*HEAVY} & {*json.loads(answer.stdout.splitlines()[-1])} - {"json"})


@pytest.mark.parametrize(
    "program",
    [
        "import pnclient",
        "import pnclient.enums",
        "import pnclient.pnconfiguration",
        "from pnclient.pnconfiguration import PNConfiguration\n"
        "config = PNConfiguration()\n"
        "config.subscribe_key, config.uuid, config.ssl = 'sub', 'me', True\n"
        "config.set_presence_timeout(20)\n"
        "config.filter_expression = None\n"
        "config.validate()\n"
        "repr(config)",
    ],
)
def test_nothing_heavy_is_imported(program: str) -> None:
    assert loaded(program) == []


def test_the_filter_language_is_imported_with_the_first_filter() -> None:
    program = "from pnclient.pnconfiguration import PNConfiguration\nconfig = PNConfiguration()\n"
    found = loaded(program + "config.filter_expression = 'such == \"wow\"'")
    assert "pnfilter" in found
    assert not {"tornado", "asyncio", "Crypto", "ssl"} & {*found}
