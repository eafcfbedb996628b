"""What ``check`` found, as the XML that build servers read as results of tests.

Each filter is a test. It fails by what makes the command fail: an error, and under ``--strict`` a
warning; other findings are its output. An input that can't be read is a test with an error.

A build server follows a test through its builds by class and name. So these are the file and the
filter's text, and the line, which any edit above it changes, is beside them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from tempfile import SpooledTemporaryFile

from pnfilter.cli.filter_text import FilterText
from pnfilter.cli.reports import Report
from pnfilter.cli.terminal import MAX_SHOWN
from pnfilter.diagnostics import Diagnostic, Severity, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, TextIO

#: Characters of a filter in the name of its test; a number follows where a file has it twice.
MAX_NAME: Final = 80
#: Characters of tests that wait in memory for their number, which comes before them.
MAX_IN_MEMORY: Final = 4 << 20
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


class JunitReport(Report):
    """One suite of tests; pure ASCII, so that no encoding can spoil it."""

    def __init__(self, stream: TextIO, *, strict: bool) -> None:
        super().__init__(stream)
        self._failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
        self._tests = self._failures = self._errors = 0
        self._names: Counter[tuple[str, str]] = Counter()
        self._waiting = SpooledTemporaryFile(MAX_IN_MEMORY, "w+", encoding="ascii", newline="\n")  # noqa: SIM115

    def add(self, source: FilterText, found: Sequence[Diagnostic]) -> None:
        """One filter as a test."""
        name = source.text.strip()
        if len(name) > MAX_NAME:
            name = name[: MAX_NAME - 1] + "…"
        self._tests += 1
        graver = [diagnostic for diagnostic in found if diagnostic.severity in self._failing]
        lighter = [diagnostic for diagnostic in found if diagnostic.severity not in self._failing]
        inside = ""
        if graver:
            self._failures += 1
            first = graver[0]
            inside += (
                f'<failure type="{first.code}" message="{_xml(printable(first.message))}">'
                f"{_render(source, graver)}</failure>"
            )
        if lighter:
            inside += f"<system-out>{_render(source, lighter)}</system-out>"
        place = (
            f' file="{_xml(printable(source.origin))}" line="{source.first.line}"'
            if source.is_file
            else ""
        )
        self._case(source.origin, printable(name), place, inside)

    def unreadable(self, message: str) -> None:
        """An input that could not be read."""
        self._tests += 1
        self._errors += 1
        self._case("pnfilter", "readable", "", f'<error message="{_xml(printable(message))}"/>')

    def close(self) -> None:
        """All tests, behind their number."""
        counts = (
            f'tests="{self._tests}" failures="{self._failures}" errors="{self._errors}" time="0"'
        )
        print('<?xml version="1.0" encoding="UTF-8"?>', file=self._stream)
        print(
            f'<testsuites {counts}>\n<testsuite name="pnfilter check" {counts}>', file=self._stream
        )
        self._waiting.seek(0)
        for line in self._waiting:
            self._stream.write(line)
        self.release()
        print("</testsuite>\n</testsuites>", file=self._stream)

    def release(self) -> None:
        """Close the file of the tests that wait."""
        self._waiting.close()

    def _case(self, group: str, name: str, place: str, inside: str) -> None:
        self._names[group, name] += 1
        number = self._names[group, name]
        if number > 1:
            name += f" ({number})"
        head = f'<testcase classname="{_xml(printable(group))}" name="{_xml(name)}"{place} time="0"'
        self._waiting.write(f"{head}>{inside}</testcase>\n" if inside else f"{head}/>\n")


def _render(source: FilterText, found: Sequence[Diagnostic]) -> str:
    """Findings as they are shown to people, the first of many."""
    paragraphs = [source.rendered(diagnostic) for diagnostic in found[:MAX_SHOWN]]
    if len(found) > MAX_SHOWN:
        paragraphs.append(f"and {len(found) - MAX_SHOWN:,} more in this filter")
    return _xml("\n\n".join(paragraphs))


def _xml(text: str) -> str:
    """The text in XML, also between quotes: what XML can't hold is written as an escape."""
    held = "".join(char if _is_legal(char) else printable(char) for char in text)
    text = held.translate(_ESCAPES).replace("##", "#&#35;")
    return text.encode("ascii", "xmlcharrefreplace").decode()


def _is_legal(char: str) -> bool:
    return (
        " " <= char < "\ud800" or "\ue000" <= char < "\ufffe" or char > "\uffff" or char in "\t\n\r"
    )
