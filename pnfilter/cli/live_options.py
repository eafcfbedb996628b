"""What the commands that talk to a service share: its origin, the keys, a line that is updated."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

from pnfilter.cli.terminal import CommandError, is_terminal, terminal_width

if TYPE_CHECKING:
    from pnfilter.live.connection import Keys, Origin

#: Variables of the environment with the keys. They are never words of the command line, which
#: other users of the machine see.
SUBSCRIBE_KEY = "PNFILTER_SUBSCRIBE_KEY"
PUBLISH_KEY = "PNFILTER_PUBLISH_KEY"
AUTH_KEY = "PNFILTER_AUTH_KEY"

KEYS = f"""\
Keys come from the environment: {SUBSCRIBE_KEY}, {PUBLISH_KEY} to publish, and
{AUTH_KEY} (an auth key or a token) where access is managed. What is missing is asked for on
a terminal; on this machine any keys do. They are never shown.
"""


def add_origin(parser: argparse.ArgumentParser) -> None:
    """Add the option for the service."""
    parser.add_argument(
        "--origin",
        metavar="HOST:PORT",
        help="the service (default: the emulator on this machine, 127.0.0.1:7635); with TLS, "
        "unless it is this machine or begins with http://",
    )


def number_of(text: str) -> int:
    """A whole number from 1, as an option's value."""
    if not (text.isascii() and text.isdigit() and len(text) < 19) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1")
    return int(text)


def float_of(text: str) -> float:
    """The number that a text is; -1 for any other text."""
    try:
        return float(text)
    except ValueError:
        return -1.0


def seconds_of(text: str) -> float:
    """A number of seconds above 0, as an option's value."""
    number = float_of(text)
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds above 0")
    return number


def origin_and_keys(arguments: argparse.Namespace, *, publishes: bool) -> tuple[Origin, Keys]:
    """Where to go, and with what. ``CommandError`` without the package, or without keys."""
    try:
        from pnfilter.live.connection import DEFAULT_ORIGIN, Keys, Origin, silence_log
    except ImportError as error:
        raise CommandError(str(error)) from None
    silence_log()
    try:
        origin = Origin(arguments.origin or DEFAULT_ORIGIN)
    except ValueError as error:
        raise CommandError(str(error)) from None
    needed = [SUBSCRIBE_KEY, PUBLISH_KEY] if publishes else [SUBSCRIBE_KEY]
    found = {name: os.environ.get(name) or "" for name in (*needed, AUTH_KEY)}
    if not origin.is_here:
        for name in needed:
            found[name] = found[name] or asked_for(name)
    return origin, Keys(found[SUBSCRIBE_KEY], found.get(PUBLISH_KEY), found[AUTH_KEY])


def asked_for(name: str) -> str:
    """A key that somebody types, unseen."""
    if not is_terminal(sys.stdin) or not is_terminal(sys.stderr):
        raise CommandError(f"no key: set {name} in the environment")
    from getpass import getpass

    try:
        given = getpass(f"{name} (not shown): ", sys.stderr).strip()
    except EOFError:
        given = ""
    if not given:
        raise CommandError(f"no key: set {name} in the environment")
    return given


def hinted(origin: Origin, why: str) -> str:
    """Why something failed; where no emulator is there, with how to start one."""
    is_absent = origin.is_here and "onnection refused" in why
    return f"{why} (pnfilter serve starts an emulator)" if is_absent else why


class StatusLine:
    """A line at the end of standard error that is updated in place; nothing without a terminal."""

    def __init__(self, *, wanted: bool = True) -> None:
        self._is_wanted = wanted and is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb"
        self._is_shown = False

    def show(self, text: str) -> None:
        """Replace the line."""
        if self._is_wanted:
            from pnfilter.wording import shorten

            self._write(f"\r\x1b[K{shorten(text, terminal_width() - 1)}")
            self._is_shown = True

    def clear(self) -> None:
        """Take the line away: something else is written."""
        if self._is_shown:
            self._write("\r\x1b[K")
            self._is_shown = False

    def _write(self, text: str) -> None:
        from pnfilter.cli.terminal import tell

        tell(text, end="")
        stream: Any = sys.stderr
        stream.flush()
