"""Recorded exchanges with the real service, replayed on the emulator.

``python -m tests.interop.recorded [FILE...]`` sends each request of files such as
``tests/server/recorded.ndjson`` (the default) to an emulator of its own in which everything is as
the recorded answer shows it, compares the answers, and prints how many agree, by route: in the
status, in the status and the shape, and in everything that doesn't depend on time and place. Shape
is the keys and types of JSON; of an error also its words. Where a recorded grant lacks rights that
came later, the answer may have them.

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
from typing import Any, Final, NamedTuple, Self
from urllib.parse import urlencode

from tests.interop.recorded_stage import Exchange, Outcome
from tests.interop.recorded_state import replay, route_of

ROOT: Final = Path(__file__).parents[2]
#: The exchanges of the project, in its own words.
OWN: Final = ROOT / "tests" / "server" / "recorded.ndjson"
#: Characters of a request and an answer that are shown.
_SHOWN: Final = 400
#: Routes that are counted by themselves: there are thousands of recordings of one form each.
OLD_GRANTS: Final = frozenset(
    {"GET /v1/auth/grant/sub-key/{sub}", "GET /v2/auth/grant/sub-key/{sub}"}
)


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
    Intended(
        "cut off",
        "the answer is no JSON: it was cut off by hand, to test how an SDK reads that",
        lambda exchange: (
            isinstance(exchange.reply, str) and exchange.is_success and not exchange.of_storage
        ),
    ),
    Intended(
        "another status",
        "the status in the answer is another one: it was changed by hand, to test an SDK",
        lambda exchange: (
            isinstance(exchange.reply, dict)
            and exchange.reply.get("status", exchange.status) != exchange.status
        ),
    ),
    Intended(
        "an error of the service",
        "the service had a fault: the control side lets the emulator have one",
        lambda exchange: exchange.status >= 500,
    ),
    Intended(
        "an add-on",
        "every add-on is enabled on every keyset but the access manager",
        lambda exchange: "add-on" in json.dumps(exchange.reply),
    ),
    Intended(
        "no access manager",
        "a keyset without one has no audits, and the error says how to give it one",
        lambda exchange: "Access manager is not enabled" in json.dumps(exchange.reply),
    ),
    Intended(
        "a field that is there",
        "the error names a missing field that the request has: one of them was changed by hand",
        lambda exchange: (
            '"Missing field"' in json.dumps(exchange.reply)
            and isinstance(exchange.body, dict)
            and exchange.reply["error"]["details"][0]["location"] in exchange.body
        ),
    ),
    Intended(
        "message types before 2023",
        "`message_type` was a text before, and is a number or null since",
        lambda exchange: (
            "include_message_type" in exchange.query and (exchange.year or 9999) < 2023
        ),
    ),
    Intended(
        "metadata of presence",
        "on one keyset events have had what filters read as `u` since 2020; on others they had not",
        lambda exchange: '"pn_ispresence"' in json.dumps(exchange.reply),
    ),
    Intended(
        "timetokens beside metadata",
        "until 2021 `include_meta` gave timetokens too, in 2024 it did not",
        lambda exchange: (
            exchange.path.startswith("/v2/history/")
            and "include_meta" in exchange.query
            and (exchange.year or 9999) < 2022
        ),
    ),
    Intended(
        "signals before 2020",
        "a signal had 30 bytes at most, and 64 are documented",
        lambda exchange: exchange.path.startswith("/signal/") and (exchange.year or 0) < 2020,
    ),
    Intended(
        "whether there are more messages",
        "on the keyset `demo` counts of messages have `more`, which says so; on others they had not",
        lambda exchange: (
            "/message-counts/" in exchange.path and '"is_more"' in json.dumps(exchange.reply)
        ),
    ),
    Intended(
        "metadata before 2022",
        "`include=custom` gave the other side of a membership, and not always what it names",
        lambda exchange: (
            exchange.path.startswith("/v2/objects/")
            and exchange.query.get("include") == "custom"
            and (exchange.year or 9999) < 2022
        ),
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


#: The rights that a grant has in each recording; and those that it had not in 2016, and of them all
#: but the first not in 2019 either.
_FIRST_RIGHTS: Final = frozenset("rwm")
_LATER_RIGHTS: Final = frozenset("dguj")


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
            return {"xml": dict(found)}
        case str():
            return _PASSING.sub("…", value)
        case dict():
            return {name: _plain(one, is_error) for name, one in value.items()}
        case list():
            return [_plain(one, is_error) for one in value]
        case _:
            return value


def _alike(one: Any, other: Any, is_error: bool, is_cut: bool) -> bool:
    """Return whether two replies have the same keys and types; of errors, also the same words.

    The order of lists is not looked at.
    """
    match one, other:
        case dict(), dict():
            return _has_fields(one, other) and all(
                _alike(value, other[name], is_error, is_cut) for name, value in one.items()
            )
        case list(), list():
            left = list(other)
            for value in one:
                found = (at for at in range(len(left)) if _alike(value, left[at], is_error, is_cut))
                at = next(found, None)
                if at is None:
                    return False
                del left[at]
            return is_cut or not left
        case str(), str() if is_error:
            return one == other
        case bool(), bool():
            return True
        case (int() | float(), int() | float()):
            return isinstance(one, bool) == isinstance(other, bool)
        case _:
            return type(one) is type(other)


def _has_fields(recorded: Mapping[str, Any], answered: Mapping[str, Any]) -> bool:
    """Return whether an answer has the recorded fields, and no others but later rights."""
    more = answered.keys() - recorded.keys()
    has_rights = recorded.keys() >= _FIRST_RIGHTS
    return recorded.keys() <= answered.keys() and (
        not more or (has_rights and more <= _LATER_RIGHTS)
    )


def _same(one: Any, other: Any, is_cut: bool) -> bool:
    """Return whether two alike replies have the same values, but for those that are made anew."""
    match one, other:
        case dict(), dict():
            # Lists are alike in any order, so that other items may be compared here.
            return all(
                name in _MADE or (name in other and _same(value, other[name], is_cut))
                for name, value in one.items()
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
    """How many exchanges there are, and how many agree, in percent."""

    rows: int
    status: float
    shape: float
    words: float

    @classmethod
    def of(cls, found: Sequence[Result]) -> Self:
        """Return those of some results; all of none agree."""
        if not found:
            return cls(0, 100, 100, 100)
        columns = zip(*(result.agreement for result in found), strict=True)
        return cls(len(found), *(100 * sum(column) / len(found) for column in columns))

    def line(self, name: str) -> str:
        """Return a line of the table."""
        return f"{self.rows:>6} {self.status:7.1f} {self.shape:7.1f} {self.words:7.1f}  {name}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table of each file; return 1 where fewer agree than are asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.interop.recorded")
    parser.add_argument("files", nargs="*", type=Path, default=[OWN], metavar="FILE")
    parser.add_argument("--list", action="store_true", help="print what disagrees, too")
    for name in ("status", "shape"):
        parser.add_argument(
            f"--{name}",
            type=float,
            default=0,
            metavar="PERCENT",
            help=f"fail if the {name} of fewer agrees, old grants apart",
        )
    options = parser.parse_args(arguments)
    is_enough = True
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
                    print(described(result))
        print("\n".join(table(path, found)))
        totals = Totals.of(without_old_grants(found))
        is_enough &= totals.status >= options.status and totals.shape >= options.shape
    return 0 if is_enough else 1


def described(result: Result) -> str:
    """Return in what an answer disagrees, the request and both answers."""
    exchange, outcome = result.exchange, result.outcome
    fields = zip(Agreement._fields, result.agreement, strict=True)
    what = next((name for name, agrees in fields if not agrees), "nothing")
    reason = f", as intended: {result.intended}" if result.intended else ""
    query = urlencode(exchange.query)
    return "\n".join(
        (
            f"{exchange.id} ({exchange.sdk} {exchange.year}): {what} disagrees{reason}",
            f"  {exchange.method} {exchange.path[:_SHOWN]}?{query[:_SHOWN]}",
            f"  recorded {exchange.status} {json.dumps(exchange.reply)[:_SHOWN]}",
            f"  answered {outcome.status} {json.dumps(outcome.reply)[:_SHOWN]}",
        )
    )


def without_old_grants(found: Sequence[Result]) -> list[Result]:
    """Return the results but those of old grants."""
    return [result for result in found if result.route not in OLD_GRANTS]


def table(path: Path, found: Sequence[Result]) -> Iterator[str]:
    """Return the lines about one file: of each route, of old grants, and of all others."""
    by_route: defaultdict[str, list[Result]] = defaultdict(list)
    for result in found:
        by_route[result.route].append(result)
    yield f"{path}: agreement in percent"
    yield f"{'rows':>6} {'status':>7} {'shape':>7} {'words':>7}  route"
    for route in sorted(by_route, key=lambda route: (route in OLD_GRANTS, route)):
        yield Totals.of(by_route[route]).line(route)
    yield Totals.of(without_old_grants(found)).line("all but old grants")
    yield Totals.of([one for one in found if one.route in OLD_GRANTS]).line("old grants")
    intended = Counter(result.intended for result in found if not result.agreement.shape)
    for one in INTENDED:
        if intended[one.name]:
            yield f"{intended[one.name]:>6} intended: {one.name}: {one.reason}"


if __name__ == "__main__":
    sys.exit(main())
