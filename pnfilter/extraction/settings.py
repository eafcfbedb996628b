"""Settings of a project: ``[tool.pnfilter]`` of ``pyproject.toml``, or ``pnfilter.toml``."""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from fnmatch import translate
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from pnfilter.extraction.trees import (
    MAX_BYTES,
    PROJECT_FILE,
    Tree,
    read_regular,
    repository_of,
    settings_file,
)
from pnfilter.semantics.assumptions import Assumptions
from pnfilter.wording import shorten

#: Severities that a code can be given.
SEVERITIES: Final = ("error", "warning", "info", "ignore")
#: Strings of one list, and characters of each: every file of a project is compared with all.
MAX_TEXTS: Final = 200
MAX_TEXT: Final = 255
#: Parts of the longest key that is read: the parser takes quadratic time and memory.
MAX_KEY_PARTS: Final = 64
_LONG_KEY: Final = re.compile(
    rb"""(?<![\w-])(?:(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){%d}"""
    % MAX_KEY_PARTS
)


class SettingsError(ValueError):
    """Settings are invalid: the message names the file and the error."""


class Settings(NamedTuple):
    """What a project sets for its code, and for the severity of findings.

    ``keys`` are more names that hold a filter, ``words`` more signs that a file uses the SDK (a
    wrapper's name). Only files in ``include`` are read, unless it is empty, and none in
    ``exclude``: names of folders, or patterns in which ``*`` matches any text. ``severity`` is by
    code. ``schema`` is the path of a JSON Schema of messages, a file of the project. ``service``
    has names and readings of what is assumed of the service. All paths are relative to the folder
    ``root``.
    """

    keys: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    severity: dict[str, str] = {}  # noqa: RUF012 (a tuple's default; nothing changes it)
    schema: str | None = None
    service: dict[str, str] = {}  # noqa: RUF012 (as above)
    root: Path = Path()

    def wants(self, path: Path) -> bool:
        """Return whether to read a file."""
        if not self.include and not self.exclude:
            return True
        try:
            name = path.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            name = path.as_posix()
        if self.include and not _matches(name, self.include):
            return False
        return not _matches(name, self.exclude)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    pattern, folders = _compile(patterns)
    return name.startswith(folders) or pattern.match(os.path.normcase(name)) is not None


@cache
def _compile(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """Return one pattern for file names, and how names of files in folders start."""
    named = [pattern for pattern in patterns if pattern.rstrip("/*")]
    names = "|".join(translate(os.path.normcase(pattern.rstrip("/"))) for pattern in named)
    return re.compile(names or r"(?!)"), tuple(pattern.rstrip("/*") + "/" for pattern in named)


def settings_near(place: Path) -> Settings:
    """Return the settings of the nearest folder from ``place`` upwards to its repository.

    Raise ``SettingsError`` for invalid settings. Without any, return the defaults.
    """
    file = settings_file(place)
    if file is not None:
        return read_settings(Path(file))
    folder = place.resolve()
    return Settings(root=folder if folder.is_dir() else folder.parent)


def read_settings(file: Path) -> Settings:
    """Return the settings of one file."""
    import tomllib

    if _project_of(file).leads_out(str(file)):
        raise SettingsError(f"{file}: a link that leads out of the project is not followed")
    content = read_regular(file, MAX_BYTES)
    if len(content) > MAX_BYTES:
        raise SettingsError(f"{file}: longer than {MAX_BYTES:,} bytes")
    if _LONG_KEY.search(content):
        raise SettingsError(f"{file}: a key has more than {MAX_KEY_PARTS} parts")
    try:
        table: Any = tomllib.loads(content.decode("utf-8-sig"))
    except ValueError as error:
        raise SettingsError(f"{file}: not TOML: {error}") from None
    except RecursionError:
        raise SettingsError(f"{file}: nested too deeply") from None
    if file.name == PROJECT_FILE:
        tools = table.get("tool", {})
        table = tools.get("pnfilter", {}) if isinstance(tools, dict) else tools
    if not isinstance(table, dict):
        raise SettingsError(f"{file}: tool.pnfilter is a table")
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name not in Settings._fields or name == "root":
            known = [field for field in Settings._fields if field != "root"]
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise SettingsError(f"{file}: unknown setting {shorten(name)}; {hint}")
        values[name] = _check(file, name, value)
    return Settings(**values, root=file.parent)


def _project_of(file: Path) -> Tree:
    """Return the repository of a settings file, or else its folder."""
    folder = str(file.absolute().parent)
    return Tree(repository_of(folder) or folder)


def _check(file: Path, name: str, value: Any) -> Any:
    if name == "severity":
        if not isinstance(value, dict):
            raise SettingsError(f'{file}: severity is a table: W403 = "error"')
        for code, given in value.items():
            if given not in SEVERITIES:
                raise SettingsError(
                    f"{file}: severity {shorten(code)} = {shorten(repr(given))}; "
                    f"it is one of {', '.join(SEVERITIES)}"
                )
        return value
    if name == "service":
        if not isinstance(value, dict):
            raise SettingsError(f'{file}: service is a table: missing-differs = "match"')
        try:
            Assumptions.of(value)
        except (TypeError, ValueError) as error:
            raise SettingsError(f"{file}: service: {error}") from None
        return value
    if name == "schema":
        if not isinstance(value, str) or "\0" in value:
            raise SettingsError(f"{file}: schema is the path of a file")
        path = str(file.parent / value)
        if _project_of(file).leads_out(path):
            raise SettingsError(
                f"{file}: schema must be a file of the project; {shorten(value)} is outside"
            )
        return path
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise SettingsError(f"{file}: {name} is a list of texts")
    if len(value) > MAX_TEXTS or any(len(each) > MAX_TEXT for each in value):
        raise SettingsError(
            f"{file}: {name} is a list of {MAX_TEXTS} texts at most, of {MAX_TEXT} characters each"
        )
    return tuple(value)
