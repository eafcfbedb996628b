"""``serve``: the emulator in the foreground, until it is stopped."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pnfilter.cli.assumptions import add_assume, assumptions
from pnfilter.cli.terminal import EXIT_OK, CommandError

if TYPE_CHECKING:
    import ssl

    from pnfilter.server.keysets import Keyring
    from pnfilter.server.settings import Settings

#: A port that little else is known to use.
DEFAULT_PORT: Final = 7635

_DESCRIPTION: Final = """\
Serve a PubNub-like service on this machine, on which official SDKs run unmodified.

Those that were run are Python 10 and 4.8, JavaScript 12 and 11, Chat for JavaScript 1.0 and Go 9;
docs/interop.md has what each of them did. The filters of subscribers are evaluated as `pnfilter
grep` does. Ctrl-C or SIGTERM ends it; waiting subscribers are answered then. It reports at the end
what it did, and which filters were undecided.
"""
_EPILOG: Final = """\
examples:
  pnfilter serve                                   # any keys work; origin 127.0.0.1:7635, no TLS
  pnfilter serve --port 0 --port-file port.txt     # a free port, read it from the file
  pnfilter serve --store dev.sqlite                # history, groups and state outlive it
  pnfilter serve --explain                         # why was a message held back?
  pnfilter serve --host 0.0.0.0 --keys keys.toml   # for others too, with these keys

The file of --keys holds, for each keyset, and only its owner should be able to read it:
  [[keyset]]
  subscribe_key = "sub-…"
  publish_key = "pub-…"
  secret_key = "sec-…"      # if there is an access manager:
  access_manager = true     # allow what was granted, and what is signed with the secret key

The log has neither keys, tokens and signatures nor payloads and metadata; with --explain it has
the fields of a message that decided. GET /health reports its state.
"""


def add_parsers(commands: Any) -> None:
    """Add ``serve``."""
    parser = commands.add_parser(
        "serve",
        help="a local service for the SDKs, which applies filters",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    where = parser.add_argument_group("where")
    where.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="the address to listen on (127.0.0.1); one that others reach needs --keys",
    )
    where.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        metavar="N",
        help=f"the port ({DEFAULT_PORT}); 0 for any free one",
    )
    where.add_argument(
        "--port-file",
        type=Path,
        metavar="FILE",
        help="write the port there once it listens; removed at the end",
    )
    where.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="write the control token there once it listens, for you alone; removed at the end",
    )
    where.add_argument(
        "--tls",
        nargs=2,
        type=Path,
        metavar="FILE",
        help="use TLS with a certificate and its key, two PEM files",
    )
    where.add_argument(
        "--tls-self-signed",
        action="store_true",
        help="use TLS with a new certificate; clients trust the file that is named at the start",
    )
    where.add_argument(
        "--ca-file", type=Path, metavar="FILE", help="the file to trust with --tls-self-signed"
    )
    what = parser.add_argument_group("what it keeps, and for whom")
    what.add_argument(
        "--keys", type=Path, metavar="FILE", help="serve the keysets of this TOML file only"
    )
    what.add_argument(
        "--store",
        type=Path,
        metavar="FILE",
        help="keep history, groups, state and actions in this SQLite file (in memory)",
    )
    what.add_argument(
        "--history-limit", type=int, metavar="N", help="stored messages of each channel (1,000)"
    )
    what.add_argument(
        "--queue",
        type=int,
        metavar="N",
        help="messages of each channel kept for subscribers that come back (100)",
    )
    what.add_argument(
        "--poll-seconds",
        type=float,
        metavar="S",
        help="how long a subscribe request is held (270); the SDKs give up after 310",
    )
    what.add_argument(
        "--signature-window",
        type=float,
        metavar="S",
        help="by how much the time in a signed request may be off (60), with an access manager",
    )
    what.add_argument(
        "--allow-origin",
        action="append",
        metavar="ORIGIN",
        help="let only web pages of this origin use it, such as https://app.example (any); "
        "may be given several times",
    )
    filters = parser.add_argument_group("filters")
    filters.add_argument(
        "--undecided",
        choices=("keep", "drop"),
        help="deliver a message of which a filter's verdict is not known, or not (keep)",
    )
    add_assume(filters)
    filters.add_argument(
        "--filter-errors",
        choices=("report", "silent"),
        help="answer a malformed filter with 481, or with no messages ever (report)",
    )
    filters.add_argument(
        "--explain",
        action="store_true",
        default=None,
        help="log why a message is held back: shows fields of it",
    )
    log = parser.add_argument_group("log, on standard error")
    log.add_argument(
        "--log-format", choices=("text", "json"), default="text", help="lines as text or as JSON"
    )
    log.add_argument(
        "-q", "--quiet", action="store_true", help="warnings and errors only, and no start-up lines"
    )
    parser.set_defaults(func=serve_command)


def serve_command(arguments: argparse.Namespace) -> int:
    """Serve until a signal comes."""
    try:
        from pnfilter.server.app import App
        from pnfilter.server.run import check_host, run
    except ImportError as error:
        raise CommandError(str(error)) from None
    from pnfilter.cli.server_process import (
        Foreground,
        allow_open_files,
        collecting_seldom,
        ended_at_last,
        logging_to_stderr,
    )
    from pnfilter.server.settings import MAX_CONNECTIONS

    settings, keyring = _settings(arguments), _keyring(arguments)
    try:
        check_host(arguments.host, keyring)
    except ValueError as error:
        raise CommandError(f"{error}: give --keys FILE") from None
    with ExitStack() as leaving:
        leaving.enter_context(ended_at_last())
        leaving.enter_context(collecting_seldom())
        tls, ca_file = _tls(arguments, leaving)
        try:
            app = App(settings, keyring=keyring)
        except (ImportError, ValueError) as error:
            raise CommandError(str(error)) from None
        leaving.callback(app.close)
        log = logging_to_stderr(arguments.log_format, quiet=arguments.quiet)
        foreground = Foreground(
            app,
            leaving.enter_context(log),
            is_json=arguments.log_format == "json",
            is_quiet=arguments.quiet,
        )
        if keyring.is_exposed:
            foreground.warn_of_keys(arguments.keys)
        allow_open_files(MAX_CONNECTIONS)
        run(
            foreground.serve(
                arguments.host,
                arguments.port,
                port_file=arguments.port_file,
                token_file=arguments.token_file,
                tls=tls,
                ca_file=ca_file,
            )
        )
    return EXIT_OK


def _settings(arguments: argparse.Namespace) -> Settings:
    from dataclasses import fields

    from pnfilter.server.run import check_port
    from pnfilter.server.settings import Settings

    given = {
        field.name: getattr(arguments, field.name)
        for field in fields(Settings)
        if getattr(arguments, field.name, None) is not None
    }
    given["assume"] = assumptions(arguments)
    try:
        check_port(arguments.port)
        return Settings(**given)
    except ValueError as error:
        name, space, rest = str(error).partition(" ")
        raise CommandError(f"--{name.replace('_', '-')}{space}{rest}") from None


def _keyring(arguments: argparse.Namespace) -> Keyring:
    from pnfilter.server.keysets import Keyring

    if arguments.keys is None:
        return Keyring()
    try:
        return Keyring.read(arguments.keys)
    except ValueError as error:
        raise CommandError(str(error)) from None


def _tls(
    arguments: argparse.Namespace, leaving: ExitStack
) -> tuple[ssl.SSLContext | None, Path | None]:
    """The context for TLS, if any; and the file for clients to trust where it was made just now.

    Unless the user names that file, it goes with the program.
    """
    if arguments.ca_file is not None and not arguments.tls_self_signed:
        raise CommandError("--ca-file goes with --tls-self-signed")
    if arguments.tls is not None and arguments.tls_self_signed:
        raise CommandError("--tls and --tls-self-signed exclude each other")
    from pnfilter.server.http.transport import context_from_files, self_signed_context

    if arguments.tls is not None:
        try:
            return context_from_files(*arguments.tls), None
        except ValueError as error:
            raise CommandError(str(error)) from None
    if not arguments.tls_self_signed:
        return None, None
    from tempfile import TemporaryDirectory

    from pnfilter.cli.writing import write_atomically

    try:
        context, authority = self_signed_context(arguments.host)
    except ImportError as error:
        raise CommandError(str(error)) from None
    if arguments.ca_file is not None:
        # Clients may run in another folder.
        ca_file = arguments.ca_file.absolute()
    else:
        folder = leaving.enter_context(TemporaryDirectory(prefix="pnfilter-"))
        ca_file = Path(folder) / "ca.pem"
    write_atomically(ca_file, authority)
    return context, ca_file
