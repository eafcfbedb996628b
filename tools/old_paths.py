"""Write the re-exports at those import paths of pubnub 4.8.1 whose code is elsewhere.

``client/old_paths.toml`` lists, for each module that has the code, the old paths and the names at
each. ``python tools/old_paths.py`` writes a file for each old path and removes those that are not
listed; ``--check`` reports files that are not current. They are real files, not an import hook, so
that type checkers, editors and freezers can follow them.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterable, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
TABLE: Final = ROOT / "client" / "old_paths.toml"
PACKAGE: Final = ROOT / "client" / "pnclient"
#: The folders of the package that hold re-exports and nothing else.
FOLDERS: Final = ("endpoints", "models")
_LINE: Final = 100
_NOTE: Final = "Written by tools/old_paths.py."

Names = Iterable[str]
Table = Mapping[str, Mapping[str, Names]]


def read_table() -> Table:
    """Return for each module that has the code the old paths and the names at each."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def files(table: Table) -> dict[Path, str]:
    """Return the text of each re-export file and of the packages that hold them."""
    homes: dict[str, dict[str, Names]] = {}
    for home, paths in table.items():
        for path, names in paths.items():
            homes.setdefault(path, {})[home] = names
    texts = {}
    for path, parts in homes.items():
        *packages, name = path.split(".")
        for package in accumulate(packages, lambda outer, inner: f"{outer}/{inner}"):
            texts[PACKAGE / package / "__init__.py"] = (
                f'"""Import paths of pubnub 4.8.1. {_NOTE}"""\n'
            )
        texts[PACKAGE.joinpath(*packages, f"{name}.py")] = reexport(parts)
    return texts


def reexport(parts: Mapping[str, Names]) -> str:
    """Return the text of a module that re-exports names of others."""
    imports = []
    for home in sorted(parts):
        names, start = sorted(parts[home], key=_import_key), f"from pnclient.{home} import "
        imports.append(_fit(start + ", ".join(names), f"{start}(", names, ")"))
    exported = sorted((name for names in parts.values() for name in names), key=_export_key)
    quoted = [f'"{name}"' for name in exported]
    listed = _fit(f"__all__ = [{', '.join(quoted)}]", "__all__ = [", quoted, "]")
    lines = "\n".join(imports)
    return f'"""An import path of pubnub 4.8.1. {_NOTE}"""\n\n{lines}\n\n{listed}\n'


def _export_key(name: str) -> tuple[bool, bool, str]:
    """Return the key by which ruff sorts ``__all__``: capitals, then classes, then functions."""
    return (not name.isupper(), name[0].islower(), name)


def _import_key(name: str) -> tuple[bool, bool, str]:
    """Return the key by which ruff sorts imported names: the same, without regard to case."""
    return (*_export_key(name)[:2], name.lower())


def _fit(line: str, start: str, names: list[str], end: str) -> str:
    """Return the line, or as the formatter does one line for each name if it is too long."""
    if len(line) <= _LINE:
        return line
    return "".join((f"{start}\n", *(f"    {name},\n" for name in names), end))


def stale(texts: Mapping[Path, str]) -> list[Path]:
    """Return the files that have another text, are missing, or are not listed."""
    there = {path for folder in FOLDERS for path in (PACKAGE / folder).rglob("*.py")}
    wrong = {
        path
        for path, text in texts.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    }
    return sorted(wrong | (there - texts.keys()))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python tools/old_paths.py")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    arguments = parser.parse_args()
    texts = files(read_table())
    wrong = stale(texts)
    for path in wrong:
        if arguments.check:
            print(f"{path} is not what tools/old_paths.py writes", file=sys.stderr)
        elif path in texts:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[path], encoding="utf-8")
        else:
            path.unlink()
    return int(arguments.check and bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
