"""What ``check`` found, as SARIF 2.1.0: the form that code scanning services read.

A log is written as the findings come. What is known at the end only, the rules that were met and
the inputs that could not be read, comes after them, which JSON allows.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from urllib.parse import quote

import pnfilter
from pnfilter.cli.filter_text import FilterText, Locator, Place
from pnfilter.cli.reports import Report
from pnfilter.cli.terminal import json_line
from pnfilter.diagnostics import Diagnostic, Fix, Severity, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final, TextIO

    from pnfilter.diagnostics import Rule

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
#: The folder in which the check runs: files below it are named relative to it.
ROOT: Final = "%SRCROOT%"
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


class SarifReport(Report):
    """One log with one run."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._rules: dict[str, int] = {}
        self._artifacts: list[dict[str, Any]] = []
        self._unreadable: list[str] = []
        self._prints: Counter[str] = Counter()
        self._before = "\n"
        head = json.dumps({"$schema": SCHEMA, "version": "2.1.0"})[:-1]
        run = json.dumps(
            {"columnKind": "utf16CodeUnits", "newlineSequences": ["\r\n", "\n", "\r"]}
        )[:-1]
        stream.write(f'{head}, "runs": [{run}, "results": [')

    def add(self, source: FilterText, found: Sequence[Diagnostic]) -> None:
        """The findings of one filter as results."""
        if not found:
            return
        locator, artifact = source.locator(), self._artifact(source)
        for diagnostic in found:
            index = self._rules.setdefault(diagnostic.code, len(self._rules))
            result = _result(diagnostic, locator, artifact) | {
                "ruleIndex": index,
                "partialFingerprints": {"filterAndRule/v1": self._fingerprint(source, diagnostic)},
            }
            # A program that applies what it is given knows no other use of a constant.
            if source.refusal(diagnostic):
                result.pop("fixes", None)
            self._stream.write(self._before + json_line(result))
            self._before = ",\n"

    def unreadable(self, message: str) -> None:
        """An input that could not be read: a notification of the run, which then failed."""
        self._unreadable.append(message)

    def close(self) -> None:
        """The rules and the rest."""
        rest: dict[str, Any] = {
            "tool": {"driver": _driver(self._rules)},
            "invocations": [
                {
                    "executionSuccessful": not self._unreadable,
                    "toolExecutionNotifications": [
                        {"level": "error", "message": {"text": printable(message)}}
                        for message in self._unreadable
                    ],
                }
            ],
        }
        if self._artifacts:
            rest["artifacts"] = self._artifacts
        self._stream.write("\n], " + json_line(rest)[1:] + "]}\n")

    def _fingerprint(self, source: FilterText, diagnostic: Diagnostic) -> str:
        """What stays the same when the filter moves to another line; copies of it are numbered."""
        parts = (source.origin, diagnostic.code, source.text, *map(str, diagnostic.span))
        digest = sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
        self._prints[digest] += 1
        return f"{digest}:{self._prints[digest]}"

    def _artifact(self, source: FilterText) -> dict[str, Any]:
        """The place of a filter: a file, or a text that the log has itself."""
        if source.is_file:
            return location_of(source.origin)
        text = source.text.encode("utf-8", "backslashreplace").decode()
        self._artifacts.append({"description": {"text": source.origin}, "contents": {"text": text}})
        return {"index": len(self._artifacts) - 1}


def _result(diagnostic: Diagnostic, locator: Locator, artifact: dict[str, Any]) -> dict[str, Any]:
    message = printable(diagnostic.message)
    if diagnostic.help:
        message += f"\nhelp: {printable(diagnostic.help)}"
    region = _region(locator.units(diagnostic.span))
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": message},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
    }
    if locator.uses:
        result["relatedLocations"] = [
            {
                "message": {"text": "used here"},
                "physicalLocation": {
                    "artifactLocation": artifact,
                    "region": {"startLine": use.line, "startColumn": use.column},
                },
            }
            for use in locator.uses_in_units
        ]
    if locator.origin is not None:
        name, position = locator.origin
        result["relatedLocations"] = [
            {
                "message": {"text": "defined here"},
                "physicalLocation": {
                    "artifactLocation": location_of(name),
                    "region": {"startLine": position.line},
                },
            }
        ]
    fix = _fix(diagnostic, locator, artifact)
    return result | ({"fixes": [fix]} if fix else {})


def _region(place: Place) -> dict[str, int]:
    return {
        "startLine": place.start.line,
        "startColumn": place.start.column,
        "endLine": place.end.line,
        "endColumn": place.end.column,
    }


def _fix(
    diagnostic: Diagnostic, locator: Locator, artifact: dict[str, Any]
) -> dict[str, Any] | None:
    """The fix as replacements; None where there is none, or none that the file can hold."""
    fix: Fix | None = diagnostic.fix
    if fix is None:
        return None
    replacements = []
    for span, text in fix.edits:
        written = locator.written(text)
        if written is None:
            return None
        region = _region(locator.units(span))
        replacements.append({"deletedRegion": region, "insertedContent": {"text": written}})
    return {
        "description": {"text": printable(diagnostic.help) or "fix it"},
        "artifactChanges": [{"artifactLocation": artifact, "replacements": replacements}],
        "properties": {"safe": fix.safe},
    }


def location_of(name: str) -> dict[str, str]:
    """Return a file's URI in SARIF: relative below the working folder, else ``file:``."""
    path = os.path.relpath(name)
    inside = path.split(os.sep)[0] != os.pardir and not os.path.isabs(path)
    uri = quote(os.fsencode((path if inside else os.path.abspath(name)).replace(os.sep, "/")))
    if inside:
        return {"uri": uri, "uriBaseId": ROOT}
    return {"uri": f"file://{'' if uri.startswith('/') else '/'}{uri}"}


def _driver(codes: dict[str, int]) -> dict[str, Any]:
    from pnfilter.lint.registry import rule_of

    return {
        "name": "pnfilter",
        "semanticVersion": pnfilter.__version__,
        "rules": [_rule(rule_of(code)) for code in codes],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    text, markdown = rule.why, rule.why
    for title, example in (("Instead of", rule.bad), ("write", rule.good)):
        if example:
            indented = example.replace("\n", "\n    ")
            text += f"\n\n{title}: {example}"
            markdown += f"\n\n{title}\n\n    {indented}"
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "help": {"text": text, "markdown": markdown},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }
