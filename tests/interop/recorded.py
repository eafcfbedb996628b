"""Recorded exchanges with the real service, replayed on the emulator.

``python -m tests.interop.recorded [FILE...]`` sends each request of files such as
``tests/server/exchanges.ndjson`` (the default) to an emulator of its own in which everything is as
the recorded answer shows it, compares the answers, and prints how many agree, by route: in the
status, in the status and the shape, and in everything that doesn't depend on time and place. Shape
is the keys and types of JSON; of an error also its words.

A file has a JSON object on each line: ``method``, ``path`` (that of a storage for files begins with
``(storage)``), ``query`` and ``body`` of the request, ``status`` and ``reply`` of its answer, and
``id``. It may have ``year`` and ``sdk``, and ``cut``: how many items were in a list that the row
shows a part of.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from pnfilter.server.http.response import Answer
from tests.interop.recorded_state import Exchange, Outcome, replay, route_of

ROOT: Final = Path(__file__).parents[2]
#: The exchanges of the project, in its own words.
OWN: Final = ROOT / "tests" / "server" / "exchanges.ndjson"
#: Routes that are counted by themselves: there are thousands of recordings of one form each.
OLD_GRANTS: Final = frozenset({"GET /v1/auth/grant/sub-key/{sub}", "GET /v2/auth/grant/sub-key/{sub}"})


class Intended(NamedTuple):
    """A disagreement that is intended: which exchanges it is of, and why."""

    name: str
    reason: str
    is_of: Callable[[Exchange], bool]


#: What is recorded and not answered so.
INTENDED: Final = (
    Intended(
        "App Context of the first version",
        "the service has no /v1/objects any more: its documentation and newer SDKs have /v2 only",
        lambda exchange: exchange.path.startswith("/v1/objects/"),
    ),
)

#: A part of a text that depends on time and place.
_PASSING: Final = re.compile(
    r"\d{17}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z"
)
#: Fields whose values are made by the service, and differ with each request.
_MADE: Final = frozenset(
    {
        *("a", "r", "timestamp", "eTag", "updated", "created", "expiration_date", "next", "prev"),
        *("id", "url", "form_fields", "token", "k", "subscribe_key", "f", "t", "ttl"),
    }
)


class Agreement(NamedTuple):
    """In what an answer agrees with the recorded one, each of which includes the one before."""

    status: bool
    shape: bool
    words: bool


def compare(exchange: Exchange, outcome: Outcome) -> Agreement:
    """Return in what the answer agrees with the recorded one."""
    status = outcome.status == exchange.status
    is_error = exchange.status >= 400
    is_cut = bool(exchange.cut)
    recorded, answered = _plain(exchange.reply, is_error), _plain(outcome.reply, is_error)
    shape = status and _alike(recorded, answered, is_error, is_cut)
    return Agreement(status, shape, shape and _same(recorded, answered, is_cut))


def _plain(value: Any, is_error: bool) -> Any:
    """Return a reply without what depends on time and place; XML as its elements."""
    match value:
        case str() if value.startswith("<?xml"):
            found = re.findall(r"<(Code|Message)>([^<]*)<", value)
            return {"xml": {name: text for name, text in found}}
        case str():
            return _PASSING.sub("…", value)
        case dict():
            return {name: _plain(one, is_error) for name, one in value.items()}
        case list():
            return [_plain(one, is_error) for one in value]
        case _:
            return value


def _alike(one: Any, other: Any, is_error: bool, is_cut: bool) -> bool:
    """Return whether two replies have the same keys and types; of errors, also the same words."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(
                _alike(value, other[name], is_error, is_cut) for name, value in one.items()
            )
        case list(), list():
            pairs = zip(one, other, strict=False)
            is_whole = is_cut or len(one) == len(other)
            return is_whole and all(_alike(*pair, is_error, is_cut) for pair in pairs)
        case str(), str() if is_error:
            return one == other
        case bool(), bool():
            return True
        case (int() | float(), int() | float()):
            return isinstance(one, bool) == isinstance(other, bool)
        case _:
            return type(one) is type(other)


def _same(one: Any, other: Any, is_cut: bool) -> bool:
    """Return whether two alike replies have the same values, but for those that are made anew."""
    match one, other:
        case dict(), dict():
            return all(
                name in _MADE or _same(value, other[name], is_cut) for name, value in one.items()
            )
        case list(), list():
            return all(_same(*pair, is_cut) for pair in zip(one, other, strict=False))
        case int(), int():
            return one == other or min(one, other) >= 10**16
        case _:
            return bool(one == other)


def read(path: Path) -> list[Exchange]:
    """Return the exchanges of a file; raise ``ValueError`` that names a line with none."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            found.append(Exchange.of(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}:{number}: not a recorded exchange: {error!r}") from None
    return found


class Result(NamedTuple):
    """What came of one exchange; ``intended`` names the disagreement that was to be expected."""

    exchange: Exchange
    route: str
    outcome: Outcome
    agreement: Agreement
    intended: str | None


def results(exchanges: Iterable[Exchange]) -> Iterator[Result]:
    """Replay exchanges, each on an emulator of its own."""
    for exchange in exchanges:
        outcome = replay(exchange)
        agreement = compare(exchange, outcome)
        intended = next((one.name for one in INTENDED if one.is_of(exchange)), None)
        yield Result(exchange, route_of(exchange), outcome, agreement, intended)


class Totals(NamedTuple):
    """How many of some exchanges agree."""

    rows: int
    status: int
    shape: int
    words: int

    @classmethod
    def of(cls, found: Sequence[Result]) -> Totals:
        agreements = [result.agreement for result in found]
        return cls(len(found), *(sum(column) for column in zip(*agreements, strict=True))) if found else cls(0, 0, 0, 0)

    def share(self, agreeing: int) -> float:
        """Return how many percent agree; all of none."""
        return 100 * agreeing / self.rows if self.rows else 100.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table of each file; return 1 where fewer agree than are asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.interop.recorded", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=[OWN], metavar="FILE")
    parser.add_argument("--list", action="store_true", help="print what disagrees, too")
    options = parser.parse_args(arguments)
    for path in options.files:
        try:
            exchanges = read(path)
        except (OSError, ValueError) as error:
            print(error, file=sys.stderr)
            return 2
        found = list(results(exchanges))
        if options.list:
            for result in found:
                if not all(result.agreement):
                    print(_described(result))
        print("\n".join(table(path, found)))
    return 0


def _described(result: Result) -> str:
    exchange, outcome = result.exchange, result.outcome
    what = next(
        name
        for name, agrees in zip(Agreement._fields, result.agreement, strict=True)
        if not agrees
    )
    return "\n".join(
        (
            f"{exchange.id} ({exchange.sdk} {exchange.year}): not the {what}"
            + (f", as intended: {result.intended}" if result.intended else ""),
            f"  {exchange.method} {exchange.path[:200]} {dict(exchange.query)}",
            f"  recorded {exchange.status} {json.dumps(exchange.reply)[:400]}",
            f"  answered {outcome.status} {json.dumps(outcome.reply)[:400]}",
        )
    )


def table(path: Path, found: Sequence[Result]) -> Iterator[str]:
    """Return the lines about one file: of each route, of grants, and of all others together."""
    by_route: defaultdict[str, list[Result]] = defaultdict(list)
    for result in found:
        by_route[result.route].append(result)
    yield f"{path}: agreement in percent"
    yield f"{'rows':>6} {'status':>7} {'shape':>7} {'words':>7}  route"
    for route in sorted(by_route, key=lambda route: (route in OLD_GRANTS, route)):
        yield _line(Totals.of(by_route[route]), route)
    grants = [result for result in found if result.route in OLD_GRANTS]
    others = [result for result in found if result.route not in OLD_GRANTS]
    yield _line(Totals.of(others), "all but old grants")
    yield _line(Totals.of(grants), "old grants")
    intended = Counter(result.intended for result in found if not result.agreement.shape)
    for one in INTENDED:
        if intended[one.name]:
            yield f"{intended[one.name]:>6} intended: {one.name}: {one.reason}"


def _line(totals: Totals, name: str) -> str:
    shares = (totals.share(number) for number in totals[1:])
    return f"{totals.rows:>6} " + " ".join(f"{share:7.1f}" for share in shares) + f"  {name}"


if __name__ == "__main__":
    sys.exit(main())
