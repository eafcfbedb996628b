"""How the tests of each SDK are run, so that they speak with the emulator.

A recipe gets a copy of the user's checkout, which it may change, and the emulator.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from urllib.request import Request, urlopen
from xml.etree import ElementTree as ET

from pnfilter.server import Keys, Server
from tests.interop.environments import Unavailable, found, python_environment, run

HERE: Final = Path(__file__).parent
#: What became of each test, by its name: "passed", "failed" or "skipped".
Outcomes = dict[str, str]
#: The keyset that tests get, and the one with an access manager; some name the demo keys.
_OPEN: Final = {"SUBSCRIBE": "sub-c-suite", "PUBLISH": "pub-c-suite"}
_MANAGED: Final = {
    "SUBSCRIBE": "sub-c-managed",
    "PUBLISH": "pub-c-managed",
    "SECRET": "sec-c-managed",
}
_KEYS: Final[Mapping[str, str | Keys]] = {
    "demo": "demo",
    _OPEN["SUBSCRIBE"]: _OPEN["PUBLISH"],
    _MANAGED["SUBSCRIBE"]: Keys(_MANAGED["PUBLISH"], _MANAGED["SECRET"], access_manager=True),
}
_NPM: Final = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--loglevel=error")


class Job(NamedTuple):
    """A command in a folder, which is in the copy of a checkout, and the version that it tests.

    ``read`` finds the outcomes in the report; this is what the command prints, unless it writes
    the file ``report``.
    """

    version: str
    folder: Path
    command: list[str]
    variables: Mapping[str, str]
    read: Callable[[str], Outcomes]
    report: Path | None = None


class Recipe(NamedTuple):
    """A suite: what it tests, which tests it has, which keysets these name, how it is run."""

    title: str
    tests: str
    job: Callable[[Path, Server], Job]
    keys: Mapping[str, str | Keys] = MappingProxyType(_KEYS)


def _variables(pattern: str, keyset: Mapping[str, str]) -> dict[str, str]:
    return {pattern.format(name): key for name, key in keyset.items()}


# Python


def python(copy: Path, server: Server) -> Job:
    """Run the integration tests, without what they have recorded."""
    # Two tests of an emulator that answers nothing would wait for ever.
    needed = (copy / "requirements-dev.txt").read_text(encoding="utf-8") + "\npytest-timeout\n"
    report = copy / "report.xml"
    names = ("native_sync", "native_threads", "asyncio")
    options = ["-p", "python_plugin", "--timeout=120", "-q", f"--junitxml={report}"]
    return Job(
        _match(r"version='(.+)'", copy / "setup.py"),
        copy,
        [
            str(python_environment("suite-python", needed)),
            *("-m", "pytest", "-c", "tests/pytest.ini", "--rootdir=."),
            *options,
            *(f"tests/integrational/{name}" for name in names),
        ],
        {
            **_variables("PN_KEY_{}", _OPEN),
            **_variables("PN_KEY_PAM_{}", _MANAGED),
            "PYTHONPATH": f"{copy}{os.pathsep}{HERE}",
            "PNFILTER_SUITE_ORIGIN": server.origin,
            "PNFILTER_SUITE_TOKEN": server.control_token,
        },
        junit,
        report,
    )


def python_keys() -> Mapping[str, str | Keys]:
    """The keysets that these tests name themselves, but those that are not to exist."""
    return {
        **_KEYS,
        "demo-36": "demo-36",
        "sub-c-mock-key": "pub-c-mock-key",
        "sub-c-33f55052-190b-11e6-bfbc-02ee2ddab7fe": "pub-c-739aa0fc-3ed5-472b-af26-aca1b333ec52",
        "sub-c-7ba2ac4c-4836-11e6-85a4-0619f8945a4f": Keys(
            "pub-c-98863562-19a6-4760-bf0b-d537d1f5c582",
            "sec-c-MGFkMjQxYjMtNTUxZC00YzE3LWFiZGYtNzUwMjdjNmM3NDhk",
            access_manager=True,
        ),
        "SUB_KEY": Keys(
            "pub-c-739aa0fc-3ed5-472b-af26-aca1b333ec52", "SECRET_KEY", access_manager=True
        ),
    }


def junit(text: str) -> Outcomes:
    """Read what pytest writes."""
    outcomes = []
    for case in ET.fromstring(text).iter("testcase"):
        tags = {child.tag for child in case}
        outcome = "failed" if tags & {"failure", "error"} else "passed"
        outcome = "skipped" if "skipped" in tags else outcome
        outcomes.append((f"{case.get('classname')}::{case.get('name')}", outcome))
    return _named(outcomes)


# The Chat SDK for JavaScript


def chat(copy: Path, server: Server) -> Job:
    """Run its tests on the package that npm has, which is built of Kotlin."""
    folder = copy / "js-chat"
    _install(folder)
    run([found("npm"), "install", *_NPM, "--prefix", str(folder), "@pubnub/chat"])
    package = folder / "node_modules/@pubnub/chat"
    # One test lists two public channels, which it expects to be there.
    for number in range(2):
        url = f"{server.url}/v2/objects/{_OPEN['SUBSCRIBE']}/channels/public-{number}?uuid=suite"
        urlopen(Request(url, b'{"type": "public"}', method="PATCH")).close()
    report = folder / "report.json"
    # The tests ask for the package and for `pubnub` by these names.
    names = {
        r"^\.\./dist-test$": str(package / "dist/index.js"),
        "^pubnub$": str(HERE / "chat_pubnub.cjs"),
    }
    config = folder / "jest.emulator.json"
    config.write_text(
        json.dumps({"testTimeout": 10_000, "moduleNameMapper": names}), encoding="utf-8"
    )
    return Job(
        _version(package),
        folder,
        [
            str(folder / "node_modules/.bin/jest"),
            *(f"--rootDir={folder}", f"--config={config}", "--forceExit", "--silent"),
            *("--json", f"--outputFile={report}"),
        ],
        {
            **_variables("{}_KEY", _OPEN),
            **_variables("PAM_{}_KEY", _MANAGED),
            **_variables("PAM_WITH_INTEGRITY_{}_KEY", _MANAGED),
            "USER_ID": "suite",
            "PNFILTER_SUITE_ORIGIN": server.origin,
            "PNFILTER_SUITE_PUBNUB": str(folder / "node_modules/pubnub"),
        },
        jest,
        report,
    )


def jest(text: str) -> Outcomes:
    """Read what Jest writes."""
    words = {"passed": "passed", "failed": "failed"}
    outcomes = []
    for file in json.loads(text)["testResults"]:
        tests = [
            (test["fullName"], words.get(test["status"], "skipped"))
            for test in file["assertionResults"]
        ]
        # Of a file that can't be loaded no test is there.
        outcomes += tests or [(Path(file["name"]).name, words.get(file["status"], "skipped"))]
    return _named(outcomes)


# JavaScript


def javascript(copy: Path, server: Server) -> Job:
    """Run the two files of tests that speak with a service: all others bring answers."""
    _install(copy)
    settings = copy / "src/core/interfaces/configuration.ts"
    text = settings.read_text(encoding="utf-8")
    # Where no origin is set, the SDK takes one of several.
    changed = re.sub(
        r"configurationCopy\.origin = Array\.from.*;",
        f"(configurationCopy.origin = {json.dumps(server.origin)}, configurationCopy.ssl = false);",
        text,
    )
    if changed == text:
        raise Unavailable(f"{settings.name} has no origin of its own to replace")
    settings.write_text(changed, encoding="utf-8")
    report = copy / "report.json"
    return Job(
        _version(copy),
        copy,
        [
            str(copy / "node_modules/.bin/mocha"),
            *("--no-config", "--exit", "--require=tsx", "--timeout=30000"),
            *("--reporter=json", f"--reporter-option=output={report}"),
            *("test/dist/objectsv2.test.ts", "test/feature/file_upload.node.test.ts"),
        ],
        {**_variables("{}_KEY", _OPEN), "TS_NODE_PROJECT": "tsconfig.mocha.json"},
        mocha,
        report,
    )


def mocha(text: str) -> Outcomes:
    """Read what Mocha writes; a step that failed before or after tests is there too."""
    report = json.loads(text)
    return _named(
        (test["fullTitle"], outcome)
        for outcome, key in (("passed", "passes"), ("failed", "failures"), ("skipped", "pending"))
        for test in report[key]
    )


# Go

_GO_ORIGIN: Final = """\
package e2e

import (
	"os"

	pubnub "{module}"
)

// Runs when helper.go has made both.
func init() {{
	for _, each := range []*pubnub.Config{{config, pamConfig}} {{
		each.Origin, each.Secure = os.Getenv("PNFILTER_SUITE_ORIGIN"), false
	}}
}}
"""


def go(copy: Path, server: Server) -> Job:
    """Run the end-to-end tests; modules come from wherever Go is set to get them."""
    module = _match(r"^module (.+)$", copy / "go.mod")
    # Two tests look the origin up, which is no name with the port in it, and end all of them.
    for path in (copy / "tests/e2e").glob("*_test.go"):
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text.replace("LookupIP(pn.Config.Origin)", 'LookupIP("127.0.0.1")'), encoding="utf-8"
        )
    (copy / "tests/e2e/zz_emulator_test.go").write_text(
        _GO_ORIGIN.format(module=module), encoding="utf-8"
    )
    return Job(
        (copy / "VERSION").read_text(encoding="utf-8").strip(),
        copy,
        [found("go"), "test", "-json", "-count=1", "-timeout=1700s", "./tests/e2e/"],
        {
            **_variables("{}_KEY", _OPEN),
            **_variables("PAM_{}_KEY", _MANAGED),
            "PNFILTER_SUITE_ORIGIN": server.origin,
        },
        go_test,
    )


def go_test(text: str) -> Outcomes:
    """Read what ``go test -json`` prints, a line for each event."""
    words = {"pass": "passed", "fail": "failed", "skip": "skipped"}
    events = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    tests = [event for event in events if "Test" in event]
    # What began and didn't end was ended by a panic or an exit, as were those after it.
    outcomes = {event["Test"]: "failed" for event in tests if event["Action"] == "run"}
    outcomes |= {
        event["Test"]: words[event["Action"]] for event in tests if event["Action"] in words
    }
    return outcomes


# Ruby


def ruby(copy: Path, server: Server) -> Job:
    """Run the scenario beside this file on the SDK's sources: its own tests replay recordings.

    The gems that it needs are where Ruby finds them: installed, or on ``RUBYLIB``.
    """
    return Job(
        _match(r"VERSION = '(.+)'", copy / "lib/pubnub/version.rb"),
        copy,
        [found("ruby"), f"-I{copy / 'lib'}", str(RUBY_SCENARIO)],
        ruby_variables(server.origin),
        steps,
    )


#: What the SDK for Ruby is held to; each of its lines has an outcome and a step.
RUBY_SCENARIO: Final = HERE / "ruby_scenario.rb"
#: The keysets that it is run with.
RUBY_KEYS: Final = _KEYS


def ruby_variables(origin: str) -> Mapping[str, str]:
    """Return the variables of the environment that the scenario for Ruby reads."""
    return {
        **_variables("{}_KEY", _OPEN),
        **_variables("PAM_{}_KEY", _MANAGED),
        "PNFILTER_SUITE_ORIGIN": origin,
    }


def steps(text: str) -> Outcomes:
    """Read lines with an outcome and a name; others are messages."""
    pairs = (line.partition(" ") for line in text.splitlines())
    return _named((name, word) for word, _, name in pairs if word in ("passed", "failed") and name)


# What they have in common


def _named(outcomes: Iterable[tuple[str, str]]) -> Outcomes:
    """Tests by name, with a number where several have the same."""
    counts: Counter[str] = Counter()
    named: Outcomes = {}
    for name, outcome in outcomes:
        counts[name] += 1
        named[name if counts[name] == 1 else f"{name} ({counts[name]})"] = outcome
    return named


def _install(folder: Path) -> None:
    """Install what a Node package needs, unless the checkout has it."""
    if not (folder / "node_modules").exists():
        run([found("npm"), "install", *_NPM, "--prefix", str(folder)])


def _version(package: Path) -> str:
    content: dict[str, Any] = json.loads((package / "package.json").read_text(encoding="utf-8"))
    return str(content["version"])


def _match(pattern: str, path: Path) -> str:
    match = re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    if match is None:
        raise Unavailable(f"{path.name} is not what this recipe knows: no {pattern}")
    return match[1]


RECIPES: Final = {
    "go": Recipe("Go", "`tests/e2e` of `pubnub/go`", go),
    "chat": Recipe("Chat for JavaScript", "`js-chat/tests` of `pubnub/kmp-chat`", chat),
    "python": Recipe(
        "Python",
        "`native_sync`, `native_threads` and `asyncio` of `tests/integrational` of `pubnub/python`",
        python,
        python_keys(),
    ),
    "javascript": Recipe(
        "JavaScript",
        "`test/dist/objectsv2` and `test/feature/file_upload.node` of `pubnub/javascript`",
        javascript,
    ),
    "ruby": Recipe(
        "Ruby",
        "`tests/interop/suites/ruby_scenario.rb` of this project on `lib` of `pubnub/ruby`",
        ruby,
    ),
}
