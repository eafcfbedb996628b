"""The reference of Python's names: what each public module offers, from its docstrings."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from tools.manual.text import joined

#: Modules of ``pnfilter`` that are for users, with what they are for.
MODULES: Final = {
    "pnfilter": "Filters",
    "pnfilter.builder": "Filters that a program builds",
    "pnfilter.engines": "What engines have in common",
    "pnfilter.engines.sql": "Filters as SQL",
    "pnfilter.engines.duckdb": "DuckDB",
    "pnfilter.engines.polars": "Polars",
    "pnfilter.engines.spark": "Spark",
    "pnfilter.strategies": "Hypothesis",
    "pnfilter.lint.registry": "The rules of diagnostics",
    "pnfilter.probe": "Questions put to the service",
    "pnfilter.live": "Recordings of live channels",
    "pnfilter.server": "The emulator",
}
#: Parts of the client, by the beginning of its modules' names.
CLIENT: Final = {
    "pnclient": "The client",
    "pnclient.endpoints": "Calls",
    "pnclient.models": "What calls take and give",
}
_SURFACE: Final = Path(__file__).parents[1] / "surface.json"


def reference() -> str:
    """A section for each module of ``pnfilter``, with an entry for each of its names."""
    return joined(
        part
        for module, title in MODULES.items()
        for part in (f"## {title}: `{module}`", *_documented(module))
    )


def client_reference(part: str) -> str:
    """A section for each module of a part of the client."""
    return joined(
        text for module in client_modules(part) for text in (f"## `{module}`", *_documented(module))
    )


@cache
def client_modules(part: str) -> list[str]:
    """The modules of a part of the client that hold names of 4.8.1, in their order."""
    listed = {row[0] for row in json.loads(_SURFACE.read_text(encoding="utf-8"))}
    found = ["pnclient"]
    for name in sorted(listed - {"(package)"}):
        module = f"pnclient.{name}"
        try:
            importlib.import_module(module)
        except ImportError:
            continue
        if public_names(module):
            found.append(module)
    return [module for module in found if _part_of(module) == part]


def public_names(module: str) -> list[str]:
    """The names of a module that are for users: those of ``__all__``, else those it defines."""
    there = importlib.import_module(module)
    if hasattr(there, "__all__"):
        return list(there.__all__)
    return [
        name
        for name, value in vars(there).items()
        if not name.startswith("_")
        if (inspect.isclass(value) or inspect.isfunction(value)) and value.__module__ == module
    ]


def _part_of(module: str) -> str:
    return max((part for part in CLIENT if f"{module}.".startswith(f"{part}.")), key=len)


def lent_names(module: str) -> dict[str, str]:
    """Those public names of a module whose entry is with an earlier one, which has them too."""
    there = importlib.import_module(module)
    together = [*MODULES]
    if module.startswith("pnclient"):
        together = client_modules(_part_of(module))
    earlier = together[: together.index(module)] if module in together else []
    return {
        name: home
        for home in reversed(earlier)
        for name in public_names(module)
        if name in public_names(home)
        if getattr(importlib.import_module(home), name) is getattr(there, name)
    }


def _documented(module: str) -> Iterator[str]:
    """Directives that make the entries of a module's names."""
    lent = lent_names(module)
    own = [name for name in public_names(module) if name not in lent]
    lines = "\n".join(_directives(module, own))
    yield f"```{{eval-rst}}\n.. currentmodule:: {module}\n\n{lines}\n```"
    for home in dict.fromkeys(lent.values()):
        words = ", ".join(f"`{name}`" for name in lent if lent[name] == home)
        yield f"{words}: as in `{home}`."


def _directives(module: str, names: list[str]) -> Iterator[str]:
    there = importlib.import_module(module)
    for name in names:
        value = getattr(there, name)
        if inspect.isclass(value):
            kind = "autoexception" if issubclass(value, BaseException) else "autoclass"
            yield f".. {kind}:: {name}\n   :members:\n"
        elif callable(value) and not isinstance(value, dict):
            yield f".. autofunction:: {name}\n"
        else:
            yield f".. autodata:: {name}\n   :no-value:\n"
