"""Which findings are shown: by ``--select``, ``--ignore`` and what a project has chosen."""

from __future__ import annotations

from collections.abc import Iterable

from pnfilter.cli.terminal import CommandError, complain
from pnfilter.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pnfilter.diagnostics import Diagnostic

#: What is shown unless ``--select`` says otherwise.
DEFAULT_SELECTION = ("E", "W")


class Selection(NamedTuple):
    """The first characters of the codes to show, and of those not to."""

    select: tuple[str, ...] = DEFAULT_SELECTION
    ignore: tuple[str, ...] = ()
    #: Codes that are shown because a project has chosen their severity.
    graded: frozenset[str] = frozenset()

    def shows(self, diagnostic: Diagnostic) -> bool:
        """Whether a finding is shown: an error always is."""
        code = diagnostic.code
        return code.startswith("E") or (
            (code.startswith(self.select) or code in self.graded)
            and not code.startswith(self.ignore)
        )

    def parts(self, found: Iterable[Diagnostic]) -> tuple[list[Diagnostic], list[Diagnostic]]:
        """The findings that are not shown, and those that are."""
        parts: tuple[list[Diagnostic], list[Diagnostic]] = ([], [])
        for diagnostic in found:
            parts[self.shows(diagnostic)].append(diagnostic)
        return parts


def selection_of(select: list[str] | None, ignore: list[str] | None) -> Selection:
    """The selection that the options ask for; ``CommandError`` for what is no rule."""
    chosen = _codes("--select", select) if select else DEFAULT_SELECTION
    ignored = _codes("--ignore", ignore) if ignore else ()
    if any(code.startswith("E") for code in ignored):
        complain("errors can't be ignored: a text with an error is no filter")
    return Selection(chosen, ignored)


def _codes(option: str, given: list[str]) -> tuple[str, ...]:
    from pnfilter.rules import RULES

    names = {rule.name: code for code, rule in RULES.items()}
    codes: list[str] = []
    for word in (word.strip() for group in given for word in group.split(",")):
        if word.upper() == "ALL":
            codes.extend("EWI")
        elif word.lower() in names:
            codes.append(names[word.lower()])
        elif word and any(code.startswith(word.upper()) for code in RULES):
            codes.append(word.upper())
        elif word:
            raise CommandError(f"{option} {word}: no such rule; pnfilter rule --all lists them")
    if not codes and option == "--select":
        # All warnings would be hidden, and the check would pass.
        raise CommandError("--select names no code; pnfilter rule --all lists them")
    return tuple(codes)
