"""Which findings are shown, and with which severity: by options and by a project's settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pnfilter.cli.terminal import CommandError, complain, reason_of
from pnfilter.diagnostics import Diagnostic, Severity
from pnfilter.extraction.trees import settings_file
from pnfilter.records import NamedTuple, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import KW_ONLY

    from pnfilter.extraction.settings import Settings


#: What is shown unless ``--select`` says otherwise.
DEFAULT_SELECTION = ("E", "W", "I507")


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
        complain("errors can't be ignored: a text with an error is not a filter")
    return Selection(chosen, ignored)


def _codes(option: str, given: list[str]) -> tuple[str, ...]:
    from pnfilter.lint.table import CODES

    names = {name: code for code, (name, _) in CODES.items()}
    codes: list[str] = []
    for word in (word.strip() for group in given for word in group.split(",")):
        if word.upper() == "ALL":
            codes.extend("EWI")
        elif word.lower() in names:
            codes.append(names[word.lower()])
        elif word and any(code.startswith(word.upper()) for code in CODES):
            codes.append(word.upper())
        elif word:
            raise CommandError(f"{option} {word}: no such rule; pnfilter rule --all lists them")
    if not codes and option == "--select":
        # All warnings would be hidden, and the check would pass.
        raise CommandError("--select names no code; pnfilter rule --all lists them")
    return tuple(codes)


class Graded(Diagnostic, metaclass=record):
    """A finding whose severity a project has chosen."""

    _: KW_ONLY
    graded: Severity

    @property
    def severity(self) -> Severity:
        """What the project's settings say."""
        return self.graded


def _grade_one(found: Diagnostic, severity: Severity) -> Graded:
    return Graded(found.code, found.message, found.span, found.help, found.fix, graded=severity)


def grade(found: Iterable[Diagnostic], settings: Settings | None) -> tuple[Diagnostic, ...]:
    """Return the findings that a project does not ignore, with the severity that it chose."""
    if settings is None or not settings.severity:
        return tuple(found)
    result: list[Diagnostic] = []
    for diagnostic in found:
        chosen = settings.severity.get(diagnostic.code)
        if chosen != "ignore":
            result.append(_grade_one(diagnostic, Severity(chosen)) if chosen else diagnostic)
    return tuple(result)


def settings_for(names: Sequence[str]) -> Settings | None:
    """Return the settings for the first of some paths, or None; ``CommandError`` for bad ones.

    Most files of filters have none, and nothing is imported to find that out.
    """
    try:
        file = settings_file(names[0]) if names else None
    except OSError as error:
        raise CommandError(reason_of(error)) from None
    if file is None:
        return None
    from pathlib import Path

    from pnfilter.extraction.settings import SettingsError, read_settings

    try:
        settings = read_settings(Path(file))
    except SettingsError as error:
        raise CommandError(str(error)) from None
    _check_codes(settings)
    return settings


def _check_codes(settings: Settings) -> None:
    from difflib import get_close_matches

    from pnfilter.lint.table import CODES
    from pnfilter.wording import shorten

    for code in settings.severity:
        if code not in CODES:
            near = get_close_matches(code, CODES, n=1)
            hint = f"did you mean {near[0]}?" if near else "pnfilter rule --all lists them"
            named = shorten(code)
            raise CommandError(f"{settings.root}: severity of {named}: no such rule; {hint}")
        if code.startswith("E"):
            raise CommandError(
                f"{settings.root}: severity of {code}: errors stay errors: the filter is not valid"
            )
