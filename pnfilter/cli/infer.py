"""``infer``: a JSON Schema of the messages in files, for ``check --schema``."""

from __future__ import annotations

import argparse

from pnfilter.cli.grep import INPUT, add_payload, add_silence
from pnfilter.cli.terminal import EXIT_MISUSE, EXIT_OK, CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_EXAMPLES = f"""\
{INPUT}
A field gets the types that it had; texts that come again and again get their values as enum (of
at most --values, and none with --values 0); numbers get bounds ten times as far from zero as
anything seen. Change the schema where you know better: it is yours.

Exit status: 0 a schema was printed, 2 trouble.

examples:
  pnfilter infer messages.ndjson > schema.json
  pnfilter check subscriptions.filters --schema schema.json
"""


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``infer``."""
    parser = subparsers.add_parser(
        "infer",
        help="print a JSON Schema of sample messages",
        description="Print a JSON Schema that sample messages fit, for: pnfilter check --schema",
        epilog=_EXAMPLES,
    )
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="files of messages; - is standard input"
    )
    parser.add_argument(
        "--values",
        type=_number,
        metavar="N",
        help="list the values of a text field that has at most so many (default: 30)",
    )
    add_payload(parser)
    add_silence(parser)
    parser.set_defaults(func=infer_command)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"expected a whole number from 0, got {text}")
    return int(text)


def infer_command(arguments: argparse.Namespace) -> int:
    """Print the schema of all messages of all inputs."""
    import json

    from pnfilter.cli.message_options import inputs_of, reader_for
    from pnfilter.cli.progress import Progress
    from pnfilter.inference import MAX_VALUES, Inference
    from pnfilter.input.reader import total_size

    files = inputs_of(arguments.files)
    most = MAX_VALUES if arguments.values is None else arguments.values
    inference = Inference(max_values=most)
    with Progress(total_size(files), wanted=not arguments.no_messages) as progress:
        reader = reader_for(arguments, progress)
        for name in files:
            for item in reader.read(name):
                inference.add(item.message)
    try:
        schema = inference.schema()
    except ValueError as error:
        raise CommandError(f"{error}") from None
    print(json.dumps(schema, indent=2))
    return EXIT_MISUSE if reader.failed else EXIT_OK
