"""Who may import whom, and which module may import a package from elsewhere.

Two kinds of test: a table says for each part of the package what it may import, and the graph of
all imports has no cycle, neither of files nor of packages.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.cases import for_each
from tools import old_paths

ROOT = Path(__file__).parents[1]

#: A module or package directly in pnfilter, and the others there that it may import.
LAYERS = {
    "records": "",
    "regular": "",
    "diagnostics": "records",
    "semantics": "records wording",
    "wording": "",
    "decode": "semantics",
    "message": "semantics",
    "syntax": "records diagnostics semantics wording",
    "app_context": "records diagnostics syntax wording",
    "interpreter": "semantics syntax",
    "binding": "semantics syntax interpreter",
    "nearest": "semantics message syntax interpreter wording",
    "explain": "semantics diagnostics message syntax interpreter nearest wording",
    "compiler": "semantics diagnostics syntax interpreter binding wording",
    "filters": "semantics diagnostics message syntax interpreter explain compiler",
    "index": "semantics diagnostics message syntax interpreter binding compiler filters wording",
    "lint": (
        "records semantics diagnostics message syntax app_context binding nearest filters index wording"
    ),
    "guarding": "diagnostics lint",
    "extraction": "records diagnostics semantics syntax app_context wording",
    "engines": "semantics syntax interpreter binding filters wording",
    "input": "records semantics decode message wording",
    "scanning": "records semantics decode message syntax interpreter binding compiler filters input",
    "inference": "semantics message wording",
    "cases": "records semantics message decode filters explain input",
    "probe": "semantics message filters wording",
    "live": "records semantics diagnostics message decode filters explain input wording",
    "builder": "semantics diagnostics syntax filters wording",
    "generation": "semantics syntax",
    "strategies": "semantics syntax filters generation builder",
    "playground": (
        "records semantics diagnostics message decode syntax interpreter nearest explain filters lint "
        "inference input cases wording"
    ),
    "server": (
        "records regular semantics diagnostics message decode syntax app_context explain filters index "
        "lint input playground"
    ),
    "pytest_plugin": "server",
    "cli": (
        "records semantics diagnostics message decode syntax interpreter nearest explain compiler filters "
        "index lint input scanning extraction engines inference cases probe live server wording"
    ),
    "__main__": "cli",
}
#: The parts of ``pnfilter.server``, lowest first: each may import those of the groups before it.
SERVER = """
    settings | keysets quotas wire | http store | access broker log | activity app_context |
    api | control | page | app | run
"""
#: The parts of ``pnclient``, lowest first: each may import those of the groups before it.
CLIENT = """
    enums | status | errors exceptions redaction threads validators | access encryption settings |
    pnconfiguration | transport | files http managers | api |
    builders callbacks operation runtime utils | subscribe | driver | pubnub_core | pubnub_tornado
"""
#: What the client may use beside the public face.
SHARED = {"regular"}
#: The only module of pnfilter that imports the client. Live commands talk to a service, and only
#: the client does that: a second one would know less of keys, TLS and lost connections. It is an
#: extra, so whatever needs this module is imported by the command that needs it.
CONNECTION = "pnfilter.live.connection"
#: A package that is no part of Python's library, and the only modules that may import it.
PACKAGES = {
    "Crypto": "pnclient.encryption.aes",
    "backports": "pnfilter.input.streams",
    "cbor2": "pnclient.access.tokens pnfilter.server.access.tokens",
    "cryptography": "pnfilter.server.access.grants",
    "duckdb": "pnfilter.engines.duckdb",
    "httptools": "pnfilter.server.http.connection",
    "hypothesis": "pnfilter.strategies",
    "jsonschema": "pnfilter.lint.schema.check",
    "lark": "pnfilter.syntax.grammar",
    "msgspec": "pnfilter.decode pnfilter.scanning.fields",
    "pathspec": "pnfilter.extraction.files",
    "polars": "pnfilter.engines.polars pnfilter.engines.to_polars.expressions",
    "pyspark": "pnfilter.engines.spark",
    "pytest": "pnfilter.pytest_plugin",
    "python_multipart": "pnfilter.server.http.multipart",
    "re2": "pnfilter.regular",
    "sqlglot": "pnfilter.engines.to_sql.expressions",
    "tornado": (
        "pnclient.http pnclient.http.client pnclient.http.connect pnclient.http.exchange "
        "pnclient.http.failures pnclient.http.origins pnclient.pubnub_tornado"
    ),
    "tqdm": "pnfilter.cli.progress",
    "trustme": "pnfilter.server.http.transport",
}


def imports(source: str) -> Iterator[str]:
    """The full name of everything that a module imports, also by ``import_module``."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.ImportFrom():
                yield "relative"
            case ast.Call(ast.Name("import_module"), [ast.Constant(str(name)), *_]):
                yield name


def allowed(module: str, imported: str) -> bool:
    """Whether ``module`` may import the module or name ``imported``."""
    (root, part), (package, target) = (
        (*name.split(".")[:2], "")[:2] for name in (module, imported)
    )
    if package in sys.stdlib_module_names:
        return True
    if package not in ("pnfilter", "pnclient"):
        return module in PACKAGES.get(package, "").split()
    if package != root:
        # The client uses the public face: `from pnfilter import check`.
        is_public = target not in LAYERS and imported.count(".") == 1
        return (root == "pnclient" and (is_public or target in SHARED)) or module == CONNECTION
    if root == "pnclient":
        return in_order(part, target, levels(CLIENT))
    if part == target == "server":
        inner, other = ((name.split(".")[2:3] or [""])[0] for name in (module, imported))
        return in_order(inner, other, levels(SERVER))
    public = not part or target not in LAYERS
    return public or target == part or target in LAYERS[part].split()


def in_order(part: str, target: str, levels: Mapping[str, int]) -> bool:
    """The same of two parts of the emulator or client.

    The face of each imports any of its parts.
    """
    return part in ("", target) or levels.get(target, len(levels)) < levels[part]


@cache
def levels(order: str) -> dict[str, int]:
    """The group of each part in ``SERVER`` or ``CLIENT``, counted from the lowest."""
    groups = enumerate(order.split("|"))
    return {part: level for level, group in groups for part in group.split()}


@cache
def modules() -> dict[str, Path]:
    found = {}
    for root in (ROOT, ROOT / "client"):
        for path in [*root.glob("pnfilter/**/*.py"), *root.glob("pnclient/**/*.py")]:
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = path
    # The import paths of pubnub 4.8.1 are generated re-exports, which nothing imports.
    generated = old_paths.files(old_paths.read_table())
    return {name: path for name, path in found.items() if path not in generated}


@for_each(modules())
def test_a_module_imports_only_what_its_layer_may(module: str) -> None:
    source = modules()[module].read_text(encoding="utf-8")
    assert not [name for name in imports(source) if not allowed(module, name)]


def test_every_part_of_the_package_has_a_row() -> None:
    parts = {name.split(".")[1] for name in modules() if name.startswith("pnfilter.")}
    assert parts <= LAYERS.keys()


@pytest.mark.parametrize(("face", "order"), [("pnfilter.server", SERVER), ("pnclient", CLIENT)])
def test_every_part_of_the_emulator_and_of_the_client_has_its_place(face: str, order: str) -> None:
    depth = face.count(".") + 1
    parts = {name.split(".")[depth] for name in modules() if name.startswith(f"{face}.")}
    assert parts == levels(order).keys()


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("pnfilter.semantics", "from pnfilter.syntax.nodes import Path"),
        ("pnfilter.lint.check", "from pnfilter.interpreter import condition"),
        ("pnfilter.interpreter", "def f():\n    import pnfilter.lint.check"),
        ("pnfilter.syntax.nodes", "from pnfilter import semantics, message"),
        ("pnfilter.syntax.parser", "from lark import Lark"),
        ("pnfilter.filters", "from importlib import import_module\nimport_module('tqdm')"),
        ("pnfilter.semantics", "import numpy"),
        ("pnfilter.semantics", "from . import message"),
        ("pnfilter.cli.dispatch", "import pnclient"),
        ("pnfilter.live.replay", "from pnclient.pubnub_tornado import PubNubTornado"),
        ("pnfilter.server.wire", "from pnfilter.server import running"),
        ("pnfilter.server.http.response", "from pnfilter.server.broker.events import Event"),
        ("pnfilter.server.store.tables", "from pnfilter.server.access.grants import Grant"),
        ("pnfilter.server.broker.keyset", "def f():\n    import pnfilter.server.access.manager"),
        ("pnfilter.server.access.tokens", "from pnfilter.server.broker.queues import Queue"),
        (
            "pnfilter.server.control.remote",
            "if TYPE_CHECKING:\n    from pnfilter.server.app import App",
        ),
        ("pnclient", "from pnfilter.syntax.parser import parse"),
        ("pnclient", "from pnfilter import semantics"),
        ("pnclient.transport", "from pnclient.files.transfer import upload"),
        ("pnclient.encryption.ciphers", "from pnclient.pnconfiguration import PNConfiguration"),
        ("pnclient.driver", "from pnclient.endpoints.time import Time"),
    ],
)
def test_an_import_across_the_layers_would_be_found(module: str, source: str) -> None:
    assert [name for name in imports(source) if not allowed(module, name)]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("pnfilter.lint.check", "from pnfilter.syntax.parser import parse\nimport re"),
        ("pnfilter.cli.dispatch", "import pnfilter\nfrom pnfilter import __version__, check"),
        ("pnfilter", "from pnfilter.builder.terms import F"),
        (CONNECTION, "from pnclient.pubnub_tornado import PubNubTornado"),
        ("pnfilter.server", "from pnfilter.server.run import Server"),
        ("pnfilter.server.activity", "from pnfilter.server.broker.events import Event"),
        ("pnfilter.server.broker.keyset", "from pnfilter.server.broker.queues import Queues"),
        ("pnclient.managers", "from pnfilter.regular import matches"),
        ("pnclient.api.presence", "from pnclient.api.endpoint import Endpoint"),
        ("pnclient.subscribe", "from pnfilter import check\nfrom pnclient.enums import X"),
    ],
)
def test_an_import_within_the_layers_is_none(module: str, source: str) -> None:
    assert not [name for name in imports(source) if not allowed(module, name)]


# Cycles

Graph = Mapping[str, set[str]]
Cycles = set[frozenset[str]]


@cache
def file_graph() -> Graph:
    """Which modules each module imports, anywhere in it: in functions and for type checkers too."""
    graph: dict[str, set[str]] = {}
    for module, path in modules().items():
        names = map(home_of, imports(path.read_text(encoding="utf-8")))
        graph[module] = {name for name in names if name and name != module}
    return graph


def home_of(name: str) -> str:
    """The module of the product that has this name; empty for a name from elsewhere."""
    while name and name not in modules():
        name = name.rpartition(".")[0]
    return name


def folder_graph(files: Graph, folder: str) -> Graph:
    """Which members of a folder, its modules and packages, import which others of it."""
    graph: dict[str, set[str]] = {}
    for module, imported in files.items():
        member = member_of(module, folder)
        if member:
            others = {member_of(name, folder) for name in imported}
            graph.setdefault(member, set()).update(others - {member, ""})
    return graph


def member_of(module: str, folder: str) -> str:
    """What lies directly in the folder and is or has the module; empty for one outside."""
    depth = folder.count(".") + 2
    inside = module.startswith(f"{folder}.")
    return ".".join(module.split(".")[:depth]) if inside else ""


def cycles(graph: Graph) -> Cycles:
    """The nodes that can reach each other, one set for each knot of two or more."""
    reached: dict[str, set[str]] = {}
    for start in graph:
        found: set[str] = set()
        pending = [start]
        while pending:
            new = graph[pending.pop()] - found
            found |= new
            pending.extend(new)
        reached[start] = found
    return {
        frozenset(node for node in found if start in reached[node])
        for start, found in reached.items()
        if start in found
    }


def package_cycles(files: Graph) -> Cycles:
    """The cycles of each folder in which a package takes part. ``file_graph`` has the others."""
    packages = {module for module, path in modules().items() if path.name == "__init__.py"}
    found = (cycles(folder_graph(files, folder)) for folder in packages)
    return {cycle for each in found for cycle in each if not cycle.isdisjoint(packages)}


def test_no_files_import_each_other() -> None:
    assert not cycles(file_graph())


def test_no_packages_import_each_other() -> None:
    assert not package_cycles(file_graph())


@pytest.mark.parametrize(
    "source",
    [
        "from pnfilter.filters import Filter",
        "def f():\n    import pnfilter.filters",
        "if TYPE_CHECKING:\n    from pnfilter import filters",
        "import_module('pnfilter.filters')",
    ],
)
def test_a_cycle_would_be_found(source: str) -> None:
    values = {name for name in map(home_of, imports(source)) if name}
    graph = {**file_graph(), "pnfilter.semantics": values}
    (cycle,) = cycles(graph)
    assert cycle >= {"pnfilter.semantics", "pnfilter.filters"}
    (cycle,) = package_cycles(graph)
    assert cycle >= {"pnfilter.semantics", "pnfilter.filters"}


def test_a_module_in_no_cycle_is_in_no_knot() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
    assert cycles(graph) == {frozenset("bc"), frozenset("de")}


def test_the_tree_in_the_docs_has_every_package() -> None:
    page = (ROOT / "docs/explanation/architecture.md").read_text(encoding="utf-8")
    drawn = page.partition("```text\npnfilter/\n")[2].partition("client/pnclient/")[0]
    names = [line.split()[0].rstrip("/") for line in drawn.splitlines()]
    assert sorted(names) == sorted(LAYERS.keys() - {"__main__"})
    # Each stands above all that it may import.
    for number, name in enumerate(names):
        assert not set(LAYERS[name].split()) & set(names[:number]), name
