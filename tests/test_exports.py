"""The public face: its names, where they live, and what importing it costs."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import pytest

import pnclient
import pnfilter

ROOT = Path(__file__).parents[1]
NAMES = """
    UNREADABLE Assumptions Diagnostic Edit Explanation Expression ExtractedFilter F Filter FilterSet FilterSyntaxError Fix Message
    MessageSchema Path Reason Severity Span Verdict __version__ check compile count extract fix format guard infer parse scan template
""".split()


def test_the_names_are_these() -> None:
    assert pnfilter.__all__ == NAMES
    assert len(set(NAMES)) == len(NAMES)


def test_the_names_are_sorted_constants_then_classes_then_functions() -> None:
    def place(name: str) -> tuple[int, str]:
        return (0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2, name)

    assert pnfilter.__all__ == sorted(pnfilter.__all__, key=place)


def test_dir_lists_the_names() -> None:
    assert dir(pnfilter) == sorted(NAMES)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"__version__"}))
def test_a_name_is_what_its_module_calls_by_it(name: str) -> None:
    home = import_module(pnfilter._HOMES[name])
    assert getattr(pnfilter, name) is getattr(home, name)


def test_a_name_that_is_none_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'pnfilter' has no attribute 'parze'"):
        getattr(pnfilter, "parze")  # noqa: B009


def test_type_checkers_see_the_same_homes() -> None:
    source = (ROOT / "pnfilter/__init__.py").read_text(encoding="utf-8")
    block, hidden = (node for node in ast.parse(source).body if isinstance(node, ast.If))
    assert [ast.unparse(one.test) for one in (block, hidden)] == [
        "TYPE_CHECKING",
        "not TYPE_CHECKING",
    ]
    seen = {
        alias.asname: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }
    assert seen == pnfilter._HOMES
    assert {*seen, "__version__"} == set(NAMES)


@pytest.mark.parametrize("package", [pnfilter, pnclient])
def test_a_package_says_that_it_is_typed(package: object) -> None:
    folder = Path(getattr(package, "__file__", "")).parent
    assert (folder / "py.typed").read_text() == ""


@pytest.mark.parametrize(
    "function", [pnfilter.check, pnfilter.parse, pnfilter.fix, pnfilter.format]
)
def test_what_a_function_takes_and_gives_can_be_asked_for(function: Callable[..., object]) -> None:
    assert "return" in get_type_hints(function)


def loaded(statement: str) -> set[str]:
    """Modules that a bare interpreter has after ``statement``, beyond those it starts with."""
    report = "import sys; before = {*sys.modules}; " + statement
    report += "; modules = {*sys.modules} - before; import json; print(json.dumps([*modules]))"
    # Without `site`, so that nothing that tools put in its way is counted.
    path = [str(ROOT), str(ROOT / "client"), *(entry for entry in sys.path if entry)]
    environment = {"PYTHONPATH": os.pathsep.join(path)}
    command = [sys.executable, "-S", "-c", report]
    answer = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
    return set(json.loads(answer.stdout))


def from_elsewhere(modules: set[str]) -> set[str]:
    """The packages among ``modules`` that are no part of Python's library."""
    return {name.split(".")[0] for name in modules} - set(sys.stdlib_module_names)


def test_importing_the_face_imports_nothing_behind_it() -> None:
    modules = loaded("import pnfilter")
    assert from_elsewhere(modules) == {"pnfilter"}
    assert not [name for name in modules if name.startswith("pnfilter.")]
    assert not modules & {"argparse", "dataclasses", "inspect", "json", "pathlib", "typing"}


def test_importing_the_client_imports_no_package_from_elsewhere() -> None:
    assert from_elsewhere(loaded("import pnclient")) == {"pnclient"}


@pytest.mark.parametrize(
    "statement",
    [
        "from pnfilter import *",
        "import pnfilter; pnfilter.check('such=wow'); pnfilter.format('a==1')",
        "import pnfilter; pnfilter.compile('a == 1').explain({'data': 1})",
        "from pnfilter import F; str(F.meta.a == 1)",
    ],
)
def test_the_library_needs_python_only(statement: str) -> None:
    assert from_elsewhere(loaded(statement)) == {"pnfilter"}


def test_packages_from_elsewhere_would_be_seen() -> None:
    assert from_elsewhere(loaded("import lark, msgspec")) >= {"lark", "msgspec"}
