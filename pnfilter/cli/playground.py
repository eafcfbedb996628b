"""``playground``: a page to try filters on, served by the emulator on this machine."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pnfilter.cli.assumptions import add_assume, assumptions
from pnfilter.cli.terminal import EXIT_OK, CommandError, complain, is_terminal

if TYPE_CHECKING:
    from pnfilter.server.app import App

#: The port of the page where none is given: links to it work again after a restart.
DEFAULT_PORT = 7416

_DESCRIPTION = """\
Open a page in the browser on which a filter is tried as it is typed: what is wrong with it, which
messages it lets through and why. Everything runs on this machine. Ctrl-C ends it.
"""
_EPILOG = """\
FILE holds messages as `pnfilter grep` reads them; without it there are the earthquakes of one week.
The page takes pasted and dropped messages, too, and what SDKs publish to its address, as to
`pnfilter serve`, which serves the same page. The address that is printed has a token, without which
no other user of this machine can ask it anything.

examples:
  pnfilter playground
  pnfilter playground quakes.ndjson.gz
  pnfilter playground --filter 'data.mag > 5' --port 8080 --no-open
"""
#: A page that leads on to an address.
_LEADING_ON = """\
<!DOCTYPE html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={url}">
<title>pnfilter playground</title>
<p><a href="{url}">Open the playground</a></p>
"""


def add_parsers(commands: Any) -> None:
    """Add ``playground``."""
    parser = commands.add_parser(
        "playground",
        help="try filters on messages in the browser",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="messages to begin with")
    parser.add_argument("--filter", metavar="TEXT", help="the filter to begin with")
    parser.add_argument(
        "--port",
        type=int,
        metavar="N",
        help=f"the port (default: {DEFAULT_PORT}, or a free one where that is taken); 0: any",
    )
    add_assume(parser)
    parser.add_argument(
        "--no-open",
        action="store_true",
        help="print the address only; a browser is opened where this is a terminal",
    )
    parser.set_defaults(func=playground_command)


def playground_command(arguments: argparse.Namespace) -> int:
    """Serve the page until a signal comes."""
    try:
        from pnfilter.server.app import App
        from pnfilter.server.run import LOOPBACK, check_port, run
    except ImportError as error:
        raise CommandError(str(error)) from None

    from pnfilter.cli.server_process import Foreground, ended_at_last, logging_to_stderr
    from pnfilter.server.settings import Settings

    try:
        check_port(arguments.port or 0)
    except ValueError as error:
        raise CommandError(f"--{error}") from None
    try:
        # Bytes of the command line that are not text can't be in an address.
        (arguments.filter or "").encode()
    except UnicodeEncodeError:
        raise CommandError("--filter: the text is not UTF-8") from None
    with ExitStack() as leaving:
        leaving.enter_context(ended_at_last())
        # Other users of this machine reach it, too.
        settings = Settings(assume=assumptions(arguments))
        app = App(settings, messages=arguments.file, guards_page=True)
        _prepare(app, arguments.file)
        log = leaving.enter_context(logging_to_stderr("text", quiet=True))
        foreground = Foreground(app, log, is_json=False, is_quiet=True)

        def listening(origin: str) -> None:
            url = _address(origin, app.page.token, arguments.filter)
            print(f"The playground is at {url} - Ctrl-C ends it", flush=True)
            if not arguments.no_open and is_terminal(sys.stdout):
                _open(url, Path(leaving.enter_context(TemporaryDirectory(prefix="pnfilter-"))))

        port = _free_port(LOOPBACK) if arguments.port is None else arguments.port
        run(foreground.serve(LOOPBACK, port, listening=listening))
    return EXIT_OK


def _free_port(host: str) -> int:
    """The default port, so that links go on working; 0, which is any, where it is taken."""
    import socket

    with socket.socket() as probe:
        # A server that has just ended keeps it for a minute otherwise.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, DEFAULT_PORT))
        except OSError:
            complain(f"port {DEFAULT_PORT} is taken: links to it don't lead here")
            return 0
    return DEFAULT_PORT


def _prepare(app: App, file: Path | None) -> None:
    """Read the messages; ``CommandError`` where the file has none at all."""
    collection = app.page.prepare()
    if file is not None and not collection.messages:
        app.close()
        why = collection.problems[0] if collection.problems else f"{file}: no message in it"
        raise CommandError(why)
    for problem in collection.problems:
        complain(problem)
    if collection.more:
        complain(f"the first {len(collection.messages):,} messages are taken; there are more")


def _address(origin: str, token: str | None, text: str | None) -> str:
    """The address of the page; what follows the ``#`` stays in the browser."""
    filter = "" if text is None else f"&filter={quote(text, safe='')}"
    return f"http://{origin}/#token={token}{filter}"


def _open(url: str, folder: Path) -> None:
    """Open a browser, without waiting for it; where there is none, the address was printed.

    Every user of the machine can see what a browser is started with. So that is a file in the
    ``folder``, which is for this user alone, and leads on to the address with the token.
    """
    import threading
    import webbrowser

    page = folder / "playground.html"
    page.write_text(_LEADING_ON.format(url=escape(url)), encoding="utf-8")
    threading.Thread(target=webbrowser.open, args=(page.as_uri(),), daemon=True).start()
