"""``check --messages``: filters on sample messages."""

from __future__ import annotations

from collections.abc import Iterable

from pnfilter.cli.inputs import FilterText, Unreadable
from pnfilter.cli.progress import Progress
from pnfilter.reading.messages import MessageReader, Payload, total_size
from pnfilter.sampling import Sampling


def sampled(
    sources: Iterable[FilterText | Unreadable], names: list[str], payload: Payload
) -> tuple[Sampling, list[str]]:
    """All filters on all messages of files, and what of these files could not be read."""
    sampling = Sampling(source.text for source in sources if isinstance(source, FilterText))
    failures: list[str] = []
    with Progress(total_size(names)) as progress:
        reader = MessageReader(
            payload=payload,
            complain=failures.append,
            note=progress.note,
            advance=progress.advance,
        )
        for name in names:
            for item in reader.read(name):
                sampling.look(item.message)
    if not sampling.total and not failures:
        failures.append(f"--messages {', '.join(names)}: no message in it")
    return sampling, failures
