"""The public names of the SDK 4.8.1, and which of them the client has: ``docs/client-surface.md``.

``python tools/surface.py`` writes the table, ``--check`` says whether it is current. A name that
the client doesn't have and of which nothing is said here is an error, and so is a rule that fits no
name. ``--read`` reads the names from the SDK, which is installed when first needed, into
``tools/surface.json``.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import json
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "client")]

NAMES: Final = Path(__file__).with_name("surface.json")
TABLE: Final = ROOT / "docs" / "client-surface.md"

#: Names that come later, and with what. ``*`` matches any letters.
LATER: Final[dict[str, str]] = {}

#: Names that don't come, and why.
NOT: Final = {
    "pubnub": "for threads",
    "pubnub.*": "for threads",
    "pubnub_asyncio": "`pubnub_tornado` works in asyncio's loop",
    "pubnub_asyncio.*": "`pubnub_tornado` works in asyncio's loop",
    "pubnub_twisted": "for Twisted",
    "pubnub_twisted.*": "for Twisted",
    "request_handlers*": "for threads",
    "managers*": "inside",
    "workers*": "inside",
    "structures*": "inside",
    "dtos*": "inside",
    "models.server*": "inside",
    "models.subscription_item*": "inside",
    "pubnub_core.PubNubCore.sdk_platform": "`PubNubTornado` has it",
    "pubnub_tornado.PubNubTornado.id": "always None",
    "pubnub_tornado.Tornado*Manager*": "inside",
    "pubnub_tornado.TornadoSubscribeMessageWorker*": "inside",
    "crypto_legacy*": "for another package of ciphers",
    "endpoints.mixins*": "inside",
    "endpoints.pubsub.subscribe*": "inside",
    "endpoints.*.build_*": "inside: how a request was put together",
    "endpoints.*.custom_params": "inside: how a request was put together",
    "endpoints.*.encoded_params": "inside: how a request was put together",
    "endpoints.*.http_method": "inside: how a request was put together",
    "endpoints.*.options": "inside: how a request was put together",
    "endpoints.*.use_base_path": "inside: how a request was put together",
    "endpoints.*.request_headers": "inside: how a request was put together",
    "endpoints.*.allow_redirects": "inside: how a request was put together",
    "endpoints.*.non_json_response": "inside: how a request was put together",
    "endpoints.*.is_auth_required": "inside: how a request was put together",
    "endpoints.*_PATH": "inside: how a request was put together",
    "endpoints.*_PATH_APNS2": "inside: how a request was put together",
    "endpoints.*.affected_channels*": "inside: how a status was put together",
    "endpoints.*.create_*": "inside: how an answer was read",
    "endpoints.file_operations.*_URL": "inside: how a request was put together",
    "endpoints.file_operations.*.GENERATE_FILE_UPLOAD_DATA": "inside: parts of a request",
    "endpoints.file_operations.*.PUBLISH_FILE_MESSAGE": "inside: how a request was put together",
    "endpoints.file_operations.*.get_complete_url": "inside: `SubscribeCallback.file` has it",
    "endpoints.file_operations.*crypt_payload": "inside",
    "endpoints.*.get_tms_properties": "inside",
    "endpoints.*.validate_*": "inside",
    "endpoints.*.name": "inside",
    "endpoints.*.SERVER_RESPONSE_*": "inside",
    "models.consumer.*.from_json": "inside: how an answer was read",
    "utils.sign_request": "inside: how a request was put together",
    "*.logger": "inside: the logger is `pnclient`",
}

HERE: Final = "here"
_NOTHING: Final = object()


class Name(NamedTuple):
    """A public name. ``parameters``: of a function or method; ``is_attribute``: of instances."""

    module: str
    path: str
    kind: str
    parameters: list[str]

    @property
    def full(self) -> str:
        return f"{self.module}.{self.path}" if self.path else self.module


def is_public(name: str) -> bool:
    return not name.startswith("_")


def names_in(module: str, source: str) -> Iterator[Name]:
    """What a module and its classes define."""
    tree = ast.parse(source)
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and is_public(node.name):
            yield Name(module, node.name, "class", [])
            yield from members_of(module, node)
        elif isinstance(node, ast.FunctionDef) and is_public(node.name):
            yield Name(module, node.name, "function", parameters(node))
        else:
            yield from (
                Name(module, name, "constant", []) for name in assigned(node) if is_public(name)
            )


def members_of(module: str, node: ast.ClassDef) -> Iterator[Name]:
    found: dict[str, Name] = {}
    for member in node.body:
        if isinstance(member, ast.FunctionDef):
            decorators = {ast.unparse(one) for one in member.decorator_list}
            kind = "property" if "property" in decorators else "method"
            given = parameters(member)
            if "staticmethod" not in decorators:
                given = given[1:]
            if is_public(member.name):
                listed = [] if kind == "property" else given
                path = f"{node.name}.{member.name}"
                found.setdefault(member.name, Name(module, path, kind, listed))
            if member.name == "__init__":
                found.setdefault("()", Name(module, f"{node.name}()", "constructor", given))
                for name in own_attributes(member):
                    found.setdefault(name, Name(module, f"{node.name}.{name}", "attribute", []))
        else:
            for name in assigned(member):
                if is_public(name):
                    found.setdefault(name, Name(module, f"{node.name}.{name}", "constant", []))
    yield from found.values()


def parameters(node: ast.FunctionDef) -> list[str]:
    return [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]


def assigned(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]


def own_attributes(node: ast.FunctionDef) -> list[str]:
    """Public attributes that a constructor sets."""
    found = []
    for statement in ast.walk(node):
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            found += [one for target in targets for one in ast.walk(target)]
    return [
        one.attr
        for one in found
        if isinstance(one, ast.Attribute) and is_public(one.attr)
        if isinstance(one.value, ast.Name) and one.value.id == "self"
    ]


def read() -> list[Name]:
    """The names of the SDK."""
    from tests.interop.environments import python_program

    python = Path(python_program("python-4.txt", "python_tornado").command[0])
    (package,) = python.parents[1].glob("lib/python3*/site-packages/pubnub")
    found = []
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        module = ".".join(parts).removesuffix(".__init__").removesuffix("__init__")
        defined = list(names_in(module or "(package)", path.read_text(encoding="utf-8")))
        if defined and module:
            found.append(Name(module, "", "module", []))
        found += defined
    return found


def names() -> list[Name]:
    """The names as they were read."""
    return [Name(*row) for row in json.loads(NAMES.read_text(encoding="utf-8"))]


def written_names(found: list[Name]) -> None:
    rows = ",\n".join(json.dumps(name) for name in found)
    NAMES.write_text(f"[\n{rows}\n]\n", encoding="utf-8")


class Standing(NamedTuple):
    """``where``: here, later or not; ``note``: with what, why, or what is different."""

    where: str
    note: str


def standing(name: Name, used: set[str]) -> Standing:
    found = found_here(name)
    if found is not None:
        missing = [one for one in name.parameters if one not in found]
        return Standing(HERE, f"without {', '.join(missing)}" if missing else "")
    for where, rules in (("later", LATER), ("not", NOT)):
        for pattern, note in rules.items():
            if fnmatchcase(name.full, pattern):
                used.add(pattern)
                return Standing(where, note)
    return Standing("missing", "")


def found_here(name: Name) -> list[str] | None:
    """The parameters of what the client has under that name; None if there is nothing."""
    module = f"pnclient.{name.module}" if name.module != "(package)" else "pnclient"
    try:
        value: Any = importlib.import_module(module)
    except ImportError:
        return None
    path = name.path.removesuffix("()")
    for part in filter(None, path.split(".")):
        owner, value = value, inspect.getattr_static(value, part, _NOTHING)
        if value is _NOTHING:
            return [] if inspect.isclass(owner) and part in attributes_of(owner.__mro__) else None
    value = value.__func__ if isinstance(value, staticmethod | classmethod) else value
    if callable(value) and name.parameters:
        return list(inspect.signature(value).parameters)
    return []


@cache
def attributes_of(classes: tuple[type, ...]) -> frozenset[str]:
    """The attributes that the constructors of classes set, fields included."""
    found: set[str] = set()
    for base in classes:
        found |= getattr(base, "__annotations__", {}).keys()
        if base.__module__.startswith("pnclient") and "__init__" in vars(base):
            try:
                (node,) = ast.parse(dedent(inspect.getsource(base))).body
            except (OSError, TypeError):
                continue
            assert isinstance(node, ast.ClassDef)
            for member in node.body:
                if isinstance(member, ast.FunctionDef) and member.name == "__init__":
                    found.update(own_attributes(member))
    return frozenset(found)


def table(all_names: list[Name]) -> tuple[str, list[str]]:
    """The document, and what is wrong with the rules."""
    used: set[str] = set()
    rows: dict[str, list[tuple[Name, Standing]]] = {}
    for name in all_names:
        rows.setdefault(name.module, []).append((name, standing(name, used)))
    everything = [standing for module in rows.values() for _, standing in module]
    counts = {
        where: sum(one.where == where for one in everything) for where in (HERE, "later", "not")
    }
    faults = [
        f"{name.full}: the client doesn't have it, and no rule says why"
        for module in rows.values()
        for name, found in module
        if found.where == "missing"
    ]
    faults += [f"the rule {rule!r} fits no name" for rule in {*LATER, *NOT} - used]
    lines = [
        "# What `pnclient` has of the SDK 4.8.1",
        "",
        "Written by `python tools/surface.py` from both sources. Import paths are of `pubnub`",
        "with `pnclient` in its place. `X()` is the constructor.",
        "",
        f"* **here** ({counts[HERE]}): the name exists, with the same parameters unless noted.",
        *([f"* **later** ({counts['later']}): comes with what the note says."] if LATER else []),
        f"* **not** ({counts['not']}): the inside of the old SDK, or for other event loops.",
        "",
        "A module of which nothing is here is one row.",
    ]
    for module, found in rows.items():
        lines += ["", f"## `{module}`", "", "| name | kind | | note |", "|---|---|---|---|"]
        standings = {standing for _, standing in found}
        if len({one.where for one in standings}) == 1 and HERE not in {
            one.where for one in standings
        }:
            notes = "; ".join(sorted({one.note for one in standings if one.note}))
            lines.append(f"| all {len(found)} names | module | {found[0][1].where} | {notes} |")
            continue
        lines += [
            f"| {f'`{name.path}`' if name.path else 'the module'} | {name.kind} "
            f"| {where.where} | {where.note} |"
            for name, where in found
        ]
    return "\n".join(lines) + "\n", faults


def main() -> int:
    parser = argparse.ArgumentParser(prog="python tools/surface.py")
    parser.add_argument("--read", action="store_true", help="read the names from the SDK first")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    arguments = parser.parse_args()
    if arguments.read:
        written_names(read())
    text, faults = table(names())
    for fault in faults:
        print(fault, file=sys.stderr)
    if arguments.check:
        if not TABLE.exists() or TABLE.read_text(encoding="utf-8") != text:
            print(f"{TABLE} is not what tools/surface.py gives", file=sys.stderr)
            return 1
    else:
        TABLE.write_text(text, encoding="utf-8")
    return int(bool(faults))


if __name__ == "__main__":
    raise SystemExit(main())
