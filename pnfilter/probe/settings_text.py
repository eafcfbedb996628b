"""Write readings into a file of settings, and keep everything else of it as it is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final

#: The settings that share a file with those of other tools.
PROJECT_FILE: Final = "pyproject.toml"
_NAME: Final = re.compile(r"[a-z-]+")
_HEADER: Final = re.compile(r"[ \t]*\[")


def with_readings(text: str, readings: Mapping[str, str], *, name: str = "pnfilter.toml") -> str:
    """Return the text of a settings file with readings in its table of assumptions.

    ``name`` is the file's: the table is ``[tool.pnfilter.service]`` in ``pyproject.toml``, and
    ``[service]`` elsewhere. A line that sets a reading is replaced, others are added at the end of
    the table, or a table at the end of the file; no other character changes. ``ValueError`` for a
    text that is no TOML, and for one whose table has another form, such as an inline table.
    """
    keys = ("tool", "pnfilter", "service") if name == PROJECT_FILE else ("service",)
    table = ".".join(keys)
    if not all(map(_NAME.fullmatch, (*readings, *readings.values()))):
        raise ValueError("a reading is a name of small letters and dashes")
    before = _parsed(text)
    if not readings:
        return text
    written = _written(text, table, readings)
    by_hand = f"write it yourself: [{table}], " + ", ".join(
        f'{key} = "{reading}"' for key, reading in readings.items()
    )
    try:
        expected = _updated(before, keys, readings)
        is_right = tomllib.loads(written.removeprefix("\ufeff")) == expected
    except ValueError:
        is_right = False
    if not is_right:
        raise ValueError(f"its table of assumptions has a form that can't be edited; {by_hand}")
    return written


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except ValueError as error:
        raise ValueError(f"not TOML: {error}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _updated(table: Any, keys: tuple[str, ...], readings: Mapping[str, str]) -> dict[str, Any]:
    """Return the tables with readings at the place of ``keys``."""
    if not isinstance(table, dict):
        raise ValueError("not a table")
    if not keys:
        return {**table, **readings}
    inner = _updated(table.get(keys[0], {}), keys[1:], readings)
    return {**table, keys[0]: inner}


def _written(text: str, table: str, readings: Mapping[str, str]) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    lines = re.split(r"(?<=\n)", text)
    header = re.compile(
        r"\ufeff?[ \t]*\[[ \t]*"
        + r"[ \t]*\.[ \t]*".join(map(re.escape, table.split(".")))
        + r"[ \t]*\][ \t]*(#.*)?\r?\n?"
    )
    start = next((number for number, line in enumerate(lines, 1) if header.fullmatch(line)), None)
    left = {key: f'{key} = "{reading}"' for key, reading in readings.items()}
    if start is None:
        gap = "" if not text.strip("\ufeff\r\n\t ") else end if text.endswith("\n") else end * 2
        return f"{text}{gap}[{table}]{end}" + "".join(f"{line}{end}" for line in left.values())
    stop = next(
        (number for number in range(start, len(lines)) if _HEADER.match(lines[number])), len(lines)
    )
    last = start
    for number in range(start, stop):
        line = lines[number]
        if line.strip() and not line.lstrip().startswith("#"):
            last = number + 1
        set_here = re.match(
            r"""[ \t]*(["']?)([\w-]+)\1[ \t]*=[ \t]*("[^"\\\n]*"|'[^'\n]*')""", line
        )
        key = set_here[2] if set_here else ""
        if set_here and key in left:
            lines[number] = f'{line[: set_here.start(3)]}"{readings[key]}"{line[set_here.end(3) :]}'
            del left[key]
    if left:
        if not lines[last - 1].endswith("\n"):
            lines[last - 1] += end
        lines[last:last] = [f"{line}{end}" for line in left.values()]
    return "".join(lines)
