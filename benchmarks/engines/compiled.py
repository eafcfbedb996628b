"""One filter on messages that are decoded already: beside hand-written Python and other engines.

``python -m benchmarks.engines.compiled``. The peers take part where they are installed: ``pip
install rule-engine datalogic-py zen-engine``. All work on the earthquakes of ``examples/`` in
turns, each the whole file; a figure is the median of the turns, a ratio the median of the ratios in
each turn. Every engine has to find as many messages as the filter does.
"""

from __future__ import annotations

import argparse
import gc
import json
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

from benchmarks.filters import DEFAULT_SEED, RIGHT, generate
from benchmarks.table import Row, as_markdown, at_least, at_most, machine
from pnfilter import Verdict
from pnfilter.compiler.function import decider, forget_code
from pnfilter.compiler.program import generate as generate_code
from pnfilter.filters import INTERPRETED_FIRST, Filter

QUAKES = Path(__file__).parents[2] / "examples" / "quakes.ndjson"
#: Bars: beside hand-written Python, rule-engine, the fastest engine in Rust; microseconds to the
#: first verdict.
BY_HAND, RULE_ENGINE, RUST, TO_VERDICT = 2.5, 300.0, 3.0, 200.0

Message = dict[str, Any]
Matches = Callable[[Message], object]


class Subject(NamedTuple):
    """A filter, and how others say the same."""

    name: str
    filter: str
    by_hand: Matches
    rule_engine: str
    json_logic: dict[str, Any]
    zen: str


SUBJECTS = (
    Subject(
        "F1",
        'meta.net == "us" && data.mag >= 5',
        lambda m: (
            (m.get("meta") or {}).get("net") == "us"
            and ((m.get("data") or {}).get("mag") or 0) >= 5
        ),
        'meta.net == "us" and data.mag >= 5',
        {"and": [{"==": [{"var": "meta.net"}, "us"]}, {">=": [{"var": "data.mag"}, 5]}]},
        'meta.net == "us" and data.mag >= 5',
    ),
    Subject(
        "F2",
        'data.place LIKE "*alaska*" || ("us","ak") CONTAINS meta.net',
        lambda m: (
            "alaska" in ((m.get("data") or {}).get("place") or "").lower()
            or (m.get("meta") or {}).get("net") in ("us", "ak")
        ),
        '"alaska" in data.place.as_lower or meta.net in ["us", "ak"]',
        {
            "or": [
                {"in": ["alaska", {"lower": {"var": "data.place"}}]},
                {"in": [{"var": "meta.net"}, ["us", "ak"]]},
            ]
        },
        'contains(lower(data.place), "alaska") or meta.net in ["us", "ak"]',
    ),
    Subject(
        "F3",
        "(data.mag * 10) > data.sig - 100 && !(data.tsunami == 1)",
        lambda m: (
            ((m.get("data") or {}).get("mag") or 0) * 10
            > ((m.get("data") or {}).get("sig") or 0) - 100
            and (m.get("data") or {}).get("tsunami") != 1
        ),
        "(data.mag * 10) > data.sig - 100 and not (data.tsunami == 1)",
        {
            "and": [
                {
                    ">": [
                        {"*": [{"var": "data.mag"}, 10]},
                        {"-": [{"var": "data.sig"}, 100]},
                    ]
                },
                {"!": {"==": [{"var": "data.tsunami"}, 1]}},
            ]
        },
        "(data.mag * 10) > data.sig - 100 and not (data.tsunami == 1)",
    ),
)


def quakes() -> list[Message]:
    """The messages of the example."""
    return [json.loads(line) for line in QUAKES.read_text(encoding="utf-8").splitlines()]


class Engine(NamedTuple):
    """An engine at work on one filter: the calls of one turn, and what of an answer is a match."""

    name: str
    bar: float
    evaluate: Matches
    messages: list[Any]
    is_match: Callable[[object], bool] = bool


def peers(subject: Subject, messages: list[Message]) -> Iterator[Engine]:
    """The engines that are installed, on messages as Python's decoder makes them."""
    rule_engine = _installed("rule_engine")
    if rule_engine is not None:
        # A symbol of the rule is a key of the message, as an attribute is.
        context = rule_engine.Context(resolver=rule_engine.resolve_item)
        yield Engine(
            "rule-engine",
            RULE_ENGINE,
            rule_engine.Rule(subject.rule_engine, context=context).matches,
            messages,
        )
    datalogic = _installed("datalogic_py")
    if datalogic is not None:
        engine = datalogic.Engine()
        rule, session = engine.compile(json.dumps(subject.json_logic)), engine.session()
        yield Engine("datalogic-py", RUST, rule.evaluate, messages)
        # It can also read JSON by itself, once, into a form that Python can't look into.
        handles = [datalogic.DataHandle(json.dumps(message)) for message in messages]
        name = "datalogic-py, its own decoding (not timed)"
        yield Engine(name, 0, partial(session.evaluate_bool, rule), handles)
    zen = _installed("zen")
    if zen is not None:
        yield Engine("zen-engine", RUST, zen.compile_expression(subject.zen).evaluate, messages)


def _installed(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None


def missing_peers() -> list[str]:
    """The peers that are not installed."""
    names = {"rule_engine": "rule-engine", "datalogic_py": "datalogic-py", "zen": "zen-engine"}
    return [name for module, name in names.items() if _installed(module) is None]


def seconds_of(evaluate: Callable[[Any], object], messages: list[Any]) -> float:
    """Seconds for the calls on all messages, the loop included: the best of three.

    The first has to fetch the messages into the processor's caches.
    """
    seconds = []
    for _ in range(3):
        start = perf_counter()
        for message in messages:
            evaluate(message)
        seconds.append(perf_counter() - start)
    return min(seconds)


def evaluating(turns: int) -> list[Row]:
    """Rows on evaluating one filter after the other, by its generated code."""
    messages = quakes()
    rows = []
    for subject in SUBJECTS:
        own = Engine(
            "pnfilter",
            BY_HAND,
            Filter(subject.filter).prepare().evaluate,
            messages,
            lambda answer: answer is Verdict.MATCH,
        )
        others = [Engine("by hand", BY_HAND, subject.by_hand, messages)]
        others += peers(subject, messages)
        engines = [own, *others]
        found = [sum(map(one.is_match, map(one.evaluate, one.messages))) for one in engines]
        assert len(set(found)) == 1, f"the engines differ on {subject.name}: {found}"
        gc.collect()
        columns = [
            [seconds_of(one.evaluate, one.messages) for one in engines] for _ in range(turns)
        ]
        for number, other in enumerate(others, 1):
            rows.append(_beside(subject, other, len(messages), number, columns))
    return rows


def _beside(
    subject: Subject, other: Engine, count: int, number: int, columns: list[list[float]]
) -> Row:
    own, theirs = (median(column[place] for column in columns) for place in (0, number))
    figure = f"{own / count * 1e9:,.0f} ns"
    beside = f"{other.name} {theirs / count * 1e9:,.0f} ns"
    if other.name == "by hand":
        ratio = median(column[0] / column[number] for column in columns)
        bar, holds = at_most(ratio, other.bar)
        return Row(f"evaluate {subject.name}", figure, f"{beside}: {ratio:.2f} x", bar, holds)
    ratio = median(column[number] / column[0] for column in columns)
    what, beside = f"evaluate {subject.name}", f"{beside}: {ratio:,.1f} x"
    if not other.bar:
        return Row(what, figure, beside)
    return Row(what, figure, beside, *at_least(ratio, other.bar))


def compiling(count: int) -> list[Row]:
    """Rows on text to the first verdict, and to generated code: no code is kept from before."""
    messages = quakes()[: INTERPRETED_FIRST + 1]
    texts = list(dict.fromkeys(generate(count, shapes=RIGHT)))
    many = f"{len(texts):,} filters"
    first, code, all_of_it = [], [], []
    for name, some in [*((one.name, [one.filter] * 101) for one in SUBJECTS), (many, texts)]:
        asked = [_asked(text, messages) for text in some]
        verdict, each, switched = (median(column) * 1e6 for column in zip(*asked, strict=True))
        generated = median(_generated(text) for text in some) * 1e6
        alone = median(map(_compile_alone, some)) * 1e6
        note = f"by the interpreter, as the next {INTERPRETED_FIRST - 1}: {each:.0f} us each"
        first.append(_taken(f"text to the first verdict, {name}", verdict, note, TO_VERDICT))
        note = f"no code kept; Python's compile() of the source alone {alone:.0f} us"
        code.append(_taken(f"text to generated code, {name}", generated, note))
        note = f"generated at once, without the messages: {generated:.0f} us"
        what = f"text, {len(messages)} messages and the code, {name}"
        all_of_it.append(_taken(what, switched, note))
    forget_code()
    shared = median(_generated(text, forget=False) for text in texts) * 1e6
    code.append(_taken(f"the same, {many}", shared, "shapes share code"))
    return [*first, *code, *all_of_it]


def _asked(text: str, messages: list[Message]) -> tuple[float, float, float]:
    """Seconds to the first verdict, for each further message, and for all until there is code."""
    forget_code()
    start = perf_counter()
    filter = Filter(text)
    filter.evaluate(messages[0])
    verdict = perf_counter()
    for message in messages[1:-1]:
        filter.evaluate(message)
    interpreted = perf_counter()
    filter.evaluate(messages[-1])
    end = perf_counter()
    return verdict - start, (interpreted - verdict) / (len(messages) - 2), end - start


def _generated(text: str, *, forget: bool = True) -> float:
    """Seconds from a text to generated code."""
    if forget:
        forget_code()
    start = perf_counter()
    decider(Filter(text).expression, "message")
    return perf_counter() - start


def _compile_alone(text: str) -> float:
    """Seconds that Python takes to compile what is generated for a filter."""
    program = generate_code(Filter(text).expression, "message")
    assert program is not None
    start = perf_counter()
    compile(program.source, "<benchmark>", "eval")
    return perf_counter() - start


def _taken(what: str, microseconds: float, note: str, most: float | None = None) -> Row:
    figure = f"{microseconds:.0f} us"
    if most is None:
        return Row(what, figure, note)
    bar, holds = at_most(microseconds, most)
    return Row(what, figure, note, f"{bar} us", holds)


def rows(turns: int = 21, count: int = 2000) -> list[Row]:
    """All rows."""
    return [*evaluating(turns), *compiling(count)]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=21, help="turns of all engines (21)")
    parser.add_argument("--filters", type=int, default=2000, help="filters to compile (2,000)")
    options = parser.parse_args()
    print(f"{machine()}; median of {options.turns} turns; seed {DEFAULT_SEED}\n")
    print(as_markdown(rows(options.turns, options.filters)))
    for name in missing_peers():
        print(f"\n{name} is not installed, so that it took no part")


if __name__ == "__main__":
    main()
