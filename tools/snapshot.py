"""Hash what the engines and the checker make of many filters, to see whether a change alters it.

The filters are those of the conformance suite and 10,000 random ones, the same on every run.
For each kind of output the program prints one hash; it is the same in every run and on every
version of Python. SQL and Polars expressions depend on the versions of sqlglot and Polars, so
compare them in one environment::

    python tools/snapshot.py --write before     hash everything, and keep the hash of each filter
    python tools/snapshot.py --compare before   after a change: name the filters that differ, exit 1
    python tools/snapshot.py --show 'a == 1'    print what is hashed for one filter

All but SQL takes a minute of processor time, SQL fifteen: ``--kinds`` chooses, ``--count`` takes
fewer random filters.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import random
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from itertools import chain, islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from pnfilter import Filter, FilterSet, FilterSyntaxError, check
from pnfilter.binding.bind import bind
from pnfilter.compiler.namespace import NAMESPACE
from pnfilter.compiler.program import Program, generate
from pnfilter.diagnostics import to_dict
from pnfilter.generation import FilterWriter, MessageWriter, hints
from pnfilter.index.dnf import Residual, to_dnf
from pnfilter.scanning.prefilter import needles_of

COUNT = 10_000
SEED = 20160128
#: Filters that a worker process takes at a time.
CHUNK = 100
#: The first of the random filters that messages are made for, so that the index meets something.
WITH_MESSAGES = 100
#: Filters whose output differs that are named for each kind.
MAX_NAMED = 5
#: The package that a kind needs beside those that every installation has.
NEEDED = {"sql": "sqlglot", "polars": "polars"}

Item = Iterable[str]


# The filters


def suite_texts() -> Iterator[str]:
    """The filter of each case of the conformance suite, broken ones included."""
    for path in sorted((ROOT / "grammar" / "conformance").glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8")).get("cases", ()):
            pieces = case["filter"]
            yield pieces if isinstance(pieces, str) else "".join(map(_piece, pieces))


def _piece(piece: Any) -> str:
    if isinstance(piece, str):
        return piece
    if "surrogate" in piece:
        return chr(int(piece["surrogate"], 16))
    return str(piece["text"]) * int(piece["times"])


def random_texts() -> Iterator[str]:
    """Random filters without end, the same on every run."""
    draw = random.Random(SEED).random
    writer = FilterWriter(lambda count: int(draw() * count))
    while True:
        yield writer.text()


def texts(count: int) -> list[str]:
    """All texts, each once: those of the suite, and ``count`` random ones."""
    suite = dict.fromkeys(suite_texts())
    more = islice(dict.fromkeys(islice(random_texts(), 2 * count)), count)
    return list(suite | dict.fromkeys(more))


# What is hashed for one filter


def python_source(filter: Filter) -> Item:
    """The functions of a compiled filter, for both forms of a message, and how they are listed."""
    yield filter.source
    for entry in ("message", "parts"):
        program = generate(filter.expression, entry)
        yield from ["no program"] if program is None else _program(program)


def _program(program: Program) -> Item:
    yield program.source
    yield f"constants {shown(program.constants)}"
    yield from (f"leaf {leaf}" for leaf in program.leaves)
    for inner in program.slices:
        yield from _program(inner)


def scan_source(filter: Filter) -> Item:
    """What a scan decodes of a line, and the function that decides on it."""
    from pnfilter.scanning.fast_path import _Writer, kinds_of
    from pnfilter.scanning.fields import fields_of

    bound = bind(filter.expression)
    fields = fields_of(filter.fields, kinds_of(bound))
    for path, place in fields.places.items():
        yield f"{path} in {path.root} at {place.slots} {place.keys} as {place.kind}"
    yield f"whole {sorted(fields.whole)}"
    writer = _Writer(fields)
    yield writer.source(bound)
    for name, value in writer._constants.items():
        if name not in NAMESPACE and name not in {"NO_DATA", "NO_META", "follow"}:
            yield f"{name} = {shown(value)}"


def searched_bytes(filter: Filter) -> Item:
    """What a scan looks for in the bytes of a file."""
    return sorted(map(str, needles_of(bind(filter.expression))))


def index_plan(filter: Filter) -> Item:
    """The branches of a filter in an index, the tests that are left, and where it is kept."""
    index: FilterSet[int] = FilterSet({0: filter})
    for branch in to_dnf(filter.expression):
        yield shown(branch)
    for shape in index._shapes.values():
        yield f"test {shape.plan(0)._source}"
    yield str(index.stats())


def sql(filter: Filter) -> Item:
    """An expression of each dialect; columns and what UNDECIDED becomes take turns."""
    from pnfilter.engines.sql import (
        Columns,
        DialectName,
        Undecided,
        UntranslatableFilter,
        translate,
    )

    turn = len(filter.text)
    all_columns: tuple[Columns, ...] = ("variant", "text")
    endings: tuple[Undecided | None, ...] = (None, "keep", "drop")
    columns, undecided = all_columns[turn % 2], endings[turn % 3]
    dialects: tuple[DialectName, ...] = ("duckdb", "spark")
    for dialect in dialects:
        yield f"{dialect} {columns} {undecided}"
        try:
            yield translate(filter, dialect, columns=columns, undecided=undecided)
        except UntranslatableFilter as error:
            yield refusal(error)


def polars_expression(filter: Filter) -> Item:
    """An expression for two frames whose columns have different types."""
    from pnfilter.engines.polars import UntranslatableFilter, expression

    for schema in polars_schemas():
        try:
            found = expression(filter, schema)
        except UntranslatableFilter as error:
            yield refusal(error)
            continue
        with warnings.catch_warnings():
            # Polars warns that the form may change with its version.
            warnings.simplefilter("ignore")
            yield found.meta.serialize(format="json")


@cache
def polars_schemas() -> Sequence[Mapping[str, Any]]:
    """Two types for each of the fields that random filters read."""
    import polars as pl

    number, string, flag, strings = pl.Int64(), pl.String(), pl.Boolean(), pl.List(pl.String())

    def schema(*types: Any) -> Mapping[str, Any]:
        score, region, tags, role, admin = types
        user = pl.Struct({"role": role, "first name": string})
        items = pl.List(pl.Struct({"n": score}))
        meta = {"region": region, "score": score, "tags": tags, "like": role, "admin": admin}
        meta |= {"pn_state_age": score, "uuid": string, "user": user}
        data = {"score": score, "user": user, "items": items}
        return {"data": pl.Struct(data), "meta": pl.Struct(meta)}

    return (
        schema(number, string, strings, string, flag),
        schema(pl.Float64(), number, pl.List(number), flag, string),
    )


def refusal(error: Exception) -> str:
    """What an engine says of a filter that it can't decide."""
    return "; ".join([str(error), *getattr(error, "__notes__", ())])


def diagnostics(text: str) -> Item:
    """What ``check`` finds."""
    return (json.dumps(to_dict(found, text)) for found in check(text))


def shown(value: Any) -> str:
    """A constant, without regard to the order of a set or to where an object is in memory."""
    match value:
        case frozenset():
            return f"frozenset({', '.join(sorted(map(shown, value)))})"
        case tuple() | list():
            return f"({', '.join(map(shown, value))})"
        case Program():
            return "a slice"
        case Residual():
            return f"`{value._node}`"
        case _:
            return repr(value)


#: What is hashed of a filter, by kind.
OF_FILTERS: dict[str, Callable[[Filter], Item]] = {
    "python": python_source,
    "scan": scan_source,
    "needles": searched_bytes,
    "index": index_plan,
    "sql": sql,
    "polars": polars_expression,
}
KINDS = (*OF_FILTERS, "stats", "diagnostics")


def item(kind: str, text: str) -> str:
    """What is hashed of one text."""
    if kind == "diagnostics":
        return "\n".join(diagnostics(text))
    try:
        filter = Filter(text)
    except FilterSyntaxError:
        return "not a filter"
    return "\n".join(OF_FILTERS[kind](filter))


def index_stats(all_texts: Sequence[str]) -> str:
    """How an index keeps all filters, and what messages cost it."""
    index: FilterSet[str] = FilterSet()
    messages: list[dict[str, Any]] = []
    draw = random.Random(SEED).random
    for text in all_texts:
        try:
            index.add(text, text)
        except FilterSyntaxError:
            continue
        if len(messages) < WITH_MESSAGES:
            fields = hints(index[text].expression)
            messages.append(MessageWriter(lambda count: int(draw() * count), fields).message())
    for message in messages:
        index.match(message)
    return str(index.stats())


# Hashes


def digest(content: str) -> str:
    """A short hash of a text, which may have half a surrogate pair in it."""
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def hashed(task: tuple[str, Sequence[str]]) -> list[str]:
    """The hash of each text of a chunk, for one kind."""
    kind, chunk = task
    return [digest(item(kind, text)) for text in chunk]


def rows_of(kind: str, all_texts: Sequence[str], workers: int) -> Iterator[str]:
    """A line for each text: its hash, and the text as Python writes it."""
    if kind == "stats":
        yield f"{digest(index_stats(all_texts))} all filters together"
        return
    starts = range(0, len(all_texts), CHUNK)
    tasks = [(kind, all_texts[start : start + CHUNK]) for start in starts]
    if workers == 1:
        found = list(map(hashed, tasks))
    else:
        with multiprocessing.Pool(workers) as pool:
            found = pool.map(hashed, tasks, chunksize=1)
    for one, text in zip(chain.from_iterable(found), all_texts, strict=True):
        yield f"{one} {text!a}"


def changed(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """The texts whose hash is not the same, or which only one of the two has."""
    old, new = set(before), set(after)
    rows = [row for row in after if row not in old] + [row for row in before if row not in new]
    return list(dict.fromkeys(row.split(" ", 1)[1] for row in rows))


# The program


def main(arguments: Sequence[str] | None = None) -> int:
    """0; 1 where something differs from what was written before."""
    parser = argparse.ArgumentParser(prog="python tools/snapshot.py", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--count", type=int, default=COUNT, help=f"random filters ({COUNT:,})")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, metavar="KIND")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--write", type=Path, metavar="FOLDER", help="keep the hash of each filter")
    action.add_argument("--compare", type=Path, metavar="FOLDER", help="with what was written")
    action.add_argument("--show", metavar="FILTER", help="print what is hashed for this filter")
    options = parser.parse_args(arguments)
    kinds = [kind for kind in options.kinds if is_installed(kind)]
    if options.show is not None:
        for kind in kinds:
            if kind != "stats":
                print(f"=== {kind}\n{item(kind, options.show)}")
        return 0
    all_texts = texts(options.count)
    print(f"{len(all_texts):,} filters, {options.count:,} of them random")
    status = 0
    for kind in kinds:
        rows = list(rows_of(kind, all_texts, options.workers))
        package = NEEDED.get(kind)
        note = f"  ({package} {version(package)})" if package else ""
        print(f"{kind:<12} {digest(chr(10).join(rows))}{note}", flush=True)
        if options.write is not None:
            options.write.mkdir(parents=True, exist_ok=True)
            (options.write / f"{kind}.txt").write_text("\n".join(rows), encoding="utf-8")
        elif options.compare is not None:
            before = (options.compare / f"{kind}.txt").read_text(encoding="utf-8").splitlines()
            found = changed(before, rows)
            status |= bool(found)
            if found:
                print(f"  {len(found):,} differ", *found[:MAX_NAMED], sep="\n    ")
    return status


def is_installed(kind: str) -> bool:
    """Whether a kind can be made here; says so if it can't."""
    package = NEEDED.get(kind)
    if package is None or find_spec(package) is not None:
        return True
    print(f"{kind:<12} left out: {package} is not installed")
    return False


if __name__ == "__main__":
    raise SystemExit(main())
