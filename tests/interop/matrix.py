"""The table of what each SDK was seen to do on the emulator: ``docs/interop.md``.

``python -m tests.interop.matrix`` runs the tests of this folder and writes the table from what
passed; ``--check`` compares instead, and fails where the table differs. A row without a cell for
some SDK is an error, as is any test that fails or is skipped.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import pytest

from tests.interop.flavours import FLAVOURS, SENDERS

#: The name of the property by which a test hands over its cells.
PROPERTY = "interop"
DONE = "yes"
#: The cell of what an SDK has no call or option for, as it was seen when that was tried.
LACKING = "no such call"
#: The cell of what an SDK receives and does not pass on.
UNTOLD = "no such field"

SECTIONS: dict[str, tuple[str, ...]] = {
    "Sending": (
        "time",
        "publish, GET",
        "publish, POST",
        "publish, compressed POST",
        "publish, with metadata",
        "publish, not stored",
        "publish, with a time to live",
        "publish, with a custom message type",
        "a string with quotes and backslashes",
        "0, false and the empty string",
        "fire",
        "fire, with metadata",
        "signal",
        "signal, with a custom message type",
    ),
    "Receiving": (
        *(f"filtered messages from {FLAVOURS[name].title}" for name in SENDERS),
        "metadata of a message",
        "custom message type of a message",
        "a filter changed while subscribed",
        "channel names with spaces, slashes and other alphabets",
        "payloads of every kind",
        "payloads 0, false and the empty string",
        "several channels",
        "wildcard",
        "channel group",
        "channel, group and wildcard at once",
        "from an earlier timetoken",
        "unsubscribe",
        "subscribe again after unsubscribing from all",
        "signals, which no filter holds back",
        "message actions, which no filter holds back",
    ),
    "Presence": (
        "join, leave and state-change events",
        "timeout event",
        "presence of a channel group",
        "presence of a wildcard",
        "presence events, filtered",
        "heartbeat",
        "heartbeats while subscribed",
        "here now, one channel",
        "here now, several channels",
        "here now, everywhere",
        "here now, with state",
        "here now, without users",
        "here now, channel group",
        "where now",
        "set and get state",
    ),
    "Channel groups": ("add and list", "remove", "delete"),
    "Storage": (
        "history",
        "history, with timetokens and metadata",
        "history, by pages and reversed",
        "fetch, one channel",
        "fetch, several channels",
        "fetch, with metadata",
        "fetch, with user and message type",
        "fetch, with custom message type",
        "fetch, with message actions",
        "delete messages",
        "message counts, one channel",
        "message counts, several channels",
    ),
    "Message actions": ("add and get", "get by pages", "remove an action"),
    "App Context": (
        "a user: set, get, list, remove",
        "a channel: set, get, list, remove",
        "members: set, list, remove",
        "memberships: set, list, remove",
        "members and memberships: set and remove in one call",
        "status and type",
        "metadata, listed by pages, backwards and counted",
        "metadata, filtered",
        "only if unchanged",
        "a tag, kept to its call",
        "events of users, channels and memberships",
    ),
    "Files": (
        "send and read",
        "sent to subscribers",
        "publish a message about a file, stored",
        "files, listed by pages",
        "an address for reading",
        "delete a file",
        "names with spaces, slashes and letters beyond ASCII",
        "encrypted, random vector, read by pnclient",
        "encrypted, random vector, from pnclient",
        "encrypted, fixed vector, read by pnclient",
        "encrypted, fixed vector, from pnclient",
    ),
    "Push notifications": (
        *(
            f"{word}: add, list, remove, remove the device"
            for word in ("gcm", "fcm", "apns", "mpns")
        ),
        "APNs 2, development and production",
        "list by pages",
        "devices and channels with spaces, slashes and ampersands",
    ),
    "Encryption": (
        *(f"legacy, fixed vector, from {FLAVOURS[name].title}" for name in SENDERS),
        *(f"legacy, random vector, from {FLAVOURS[name].title}" for name in SENDERS),
        *(f"crypto module, from {FLAVOURS[name].title}" for name in SENDERS),
        *(f"history, decrypted, {kind}" for kind in ("legacy", "crypto module")),
        *(f"fetch, decrypted, {kind}" for kind in ("legacy", "crypto module")),
    ),
    "With pnclient, both ways": (
        "signals to each other",
        "presence and state of each other",
        "channel groups of each other",
        "stored messages of each other",
        "encrypted messages of each other, stored",
        "actions on messages of each other",
        "messages to each other over TLS",
    ),
    "Access manager": (
        "requests signed with the secret key",
        "grant to auth keys and to everybody",
        "revoke",
        "audit",
        "publish and subscribe by auth key",
        "refused without the right, by auth key",
        "grant a token",
        "publish and subscribe by token",
        "refused without the right, by token",
        "a token of one user, for a pattern of names",
        "revoke a token",
    ),
    "Status": (
        "connected",
        "malformed filter",
        "access denied",
        "reconnected after the connection was lost",
        "publish refused",
        "over TLS, trusting the emulator's own authority",
    ),
}
OPERATIONS = tuple(row for rows in SECTIONS.values() for row in rows)

HEAD = """\
# Official SDKs and pnclient on the emulator

What each SDK, unmodified, was seen to do on `pnfilter serve`. Every cell comes from a test in
`tests/interop/` that compares the content of what the SDK reported; this file is written by the run
(`python -m tests.interop.matrix`), and CI fails where it differs from what a run saw. SDKs that are not here were
not run; [their own tests](#their-own-tests) that were run are at the end.

* *yes*: as documented for that SDK.
* *no such call*: the SDK has no call or option for it.
* *no such field*: the SDK receives it and does not pass it on.
* *SDK defect*: the SDK's own, seen by a test; the emulator answers as for the others.

*manager* is the SDK's subscription manager, which its event engine replaced as the default:
`PubNubAsyncio(config, subscription_manager=AsyncioSubscriptionManager)` and `enableEventEngine: false`.
To filter with the asyncio flavour of Python 10.8.0, take the manager.

*pnclient* is the client of this project, driven by the same code as Python 4.8.1, with another import root.
"""


class Recorder:
    """A pytest plugin that keeps the cells of the tests that passed."""

    def __init__(self) -> None:
        self.cells: dict[tuple[str, str], dict[str, None]] = {}
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            self.skipped.append(report.nodeid)
        if report.when == "call" and report.passed:
            for name, value in report.user_properties:
                if name == PROPERTY:
                    assert isinstance(value, list)
                    operation, flavour, cell = value
                    self.cells.setdefault((operation, flavour), {})[cell] = None

    def cell(self, operation: str, flavour: str) -> str:
        told = [text for text in self.cells.get((operation, flavour), {}) if text != DONE]
        return "; ".join(told) or (DONE if (operation, flavour) in self.cells else "")

    def gaps(self) -> list[str]:
        return [
            f"{operation}: {FLAVOURS[flavour].title}"
            for operation in OPERATIONS
            for flavour in FLAVOURS
            if not self.cell(operation, flavour)
        ]


def table(recorder: Recorder) -> str:
    """The page, without what the SDKs' own tests showed."""
    lines = [HEAD]
    for section, rows in SECTIONS.items():
        titles = [flavour.title for flavour in FLAVOURS.values()]
        lines += [
            f"## {section}",
            "",
            f"| | {' | '.join(titles)} |",
            "|---" * (len(titles) + 1) + "|",
        ]
        for row in rows:
            cells = [recorder.cell(row, flavour) for flavour in FLAVOURS]
            lines.append(f"| {row} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join([*lines, ""])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.interop.matrix")
    parser.add_argument(
        "--check", action="store_true", help="compare with the table, write nothing"
    )
    check = parser.parse_args().check
    os.environ["PNFILTER_REQUIRE_INTEROP"] = "1"
    recorder = Recorder()
    folder = Path(__file__).parent
    # The gem for Ruby has no cell, and is in no registry that CI reaches: `make suites` runs it.
    ruby = f"--ignore={folder / 'test_ruby.py'}"
    options = ["--numprocesses=2", "--no-cov", "-q", ruby, str(folder)]
    if status := pytest.main(options, plugins=[recorder]):
        return int(status)
    for problem in (*recorder.gaps(), *recorder.skipped):
        print(f"no cell or not run: {problem}", file=sys.stderr)
    if recorder.gaps() or recorder.skipped:
        return 1
    # Not before pytest: it has to load the product itself, for its plug-in.
    from tests.interop.suites import results

    text = table(recorder) + results.section()
    if not check:
        results.PAGE.parent.mkdir(exist_ok=True)
        results.PAGE.write_text(text, encoding="utf-8")
    elif not results.PAGE.exists() or results.PAGE.read_text(encoding="utf-8") != text:
        print(
            f"{results.PAGE} is not what this run saw: python -m tests.interop.matrix",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
