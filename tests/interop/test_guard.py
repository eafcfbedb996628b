"""``pnfilter.guard`` in the environments of the official SDKs."""

from __future__ import annotations

import os
import re
import subprocess
import textwrap

import pytest

from tests.interop.conftest import give_up
from tests.interop.environments import ROOT, Unavailable
from tests.interop.flavours import PROGRAMS

#: Makes guarded configurations and a client of each kind; any filter that slips through ends it
#: with an error.
PROGRAM = textwrap.dedent("""
    import collections, collections.abc, copy, sys, warnings
    collections.MutableMapping = collections.abc.MutableMapping
    warnings.simplefilter("ignore")
    from pubnub.pnconfiguration import PNConfiguration
    from pnfilter import FilterSyntaxError, guard

    def client_of(config):
        if sys.argv[1] == "tornado":
            from pubnub.pubnub_tornado import PubNubTornado
            return PubNubTornado(config)
        from pubnub.pubnub import PubNub
        return PubNub(config)

    def refuses(config, before):
        try:
            config.filter_expression = "(("
        except FilterSyntaxError:
            return config.filter_expression == before
        return False

    def made(text):
        config = PNConfiguration()
        config.uuid, config.subscribe_key, config.enable_subscribe = "me", "demo", False
        config.filter_expression = text
        return config

    try:
        guard(made("(("))
    except FilterSyntaxError:
        pass
    else:
        sys.exit("a filter that was there is taken")
    for disable_config_locking in (True, False):
        config = guard(made("data.a == 1"))
        config.disable_config_locking = disable_config_locking
        client = client_of(config)
        for each in (config, copy.deepcopy(config), client.config):
            assert isinstance(each, PNConfiguration)
            assert refuses(each, "data.a == 1"), (disable_config_locking, each)
        config = copy.deepcopy(config)
        config.__dict__["_locked"] = False
        config.filter_expression = "data.b == 2"
        assert config.filter_expression == "data.b == 2"
        print("guarded")
""")


def run(driver: str, program: str) -> subprocess.CompletedProcess[str]:
    """Run a program in the environment of a driver."""
    try:
        python = PROGRAMS[driver]().command[0]
    except Unavailable as error:
        give_up(error)
    return subprocess.run(
        [python, "-c", program, driver],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("driver", ["tornado", "threads"])
def test_official_configuration_is_guarded(driver: str) -> None:
    done = run(driver, PROGRAM)
    assert (done.stdout.split(), done.returncode) == (["guarded"] * 2, 0), done.stderr


@pytest.mark.parametrize("driver", ["tornado", "threads"])
def test_the_readme_says_what_happens(driver: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(from pnfilter import guard\n.*?)```", readme, re.DOTALL)
    done = run(driver, program)
    assert done.returncode == 1
    assert "FilterSyntaxError: " in done.stderr
    told = program.strip().rpartition("FilterSyntaxError: ")[2]
    assert told
    assert told in done.stderr
