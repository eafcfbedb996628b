"""``pnfilter serve``: the service on loopback."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pnfilter.cli.terminal import EXIT_OK


def add_parsers(commands: Any) -> None:
    """Add ``serve``."""
    parser = commands.add_parser("serve", help="the service on this machine, for tests")
    parser.add_argument("--port", type=int, default=8080, metavar="N", help="0 for any free one")
    parser.add_argument("--port-file", type=Path, metavar="FILE", help="write the port there")
    parser.add_argument("--store", type=Path, metavar="FILE", help="keep what is stored there")
    parser.add_argument("--poll-seconds", type=float, default=270, metavar="S")
    parser.add_argument("--queue", type=int, default=100, metavar="N")
    parser.add_argument("--history-limit", type=int, default=1000, metavar="N")
    parser.set_defaults(func=_serve)


def _serve(arguments: argparse.Namespace) -> int:
    import asyncio
    import signal

    from pnfilter.server.service import Service
    from pnfilter.server.serving import serve
    from pnfilter.server.settings import Settings

    settings = Settings(
        poll_seconds=arguments.poll_seconds,
        queue=arguments.queue,
        history_limit=arguments.history_limit,
        store=arguments.store,
    )

    def started(address: tuple[str, int]) -> None:
        if arguments.port_file:
            arguments.port_file.write_text(f"{address[1]}\n")

    async def run() -> None:
        end = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, end.set)
        await serve(Service(settings), "127.0.0.1", arguments.port, started, end)

    asyncio.run(run())
    return EXIT_OK
