"""What the settings of a project say of findings: of filters in code, and in files of filters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pnfilter.cli.terminal import CommandError, reason_of
from pnfilter.diagnostics import Diagnostic, Severity
from pnfilter.extraction.nearest import settings_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pnfilter.extraction.settings import Settings


class Graded(Diagnostic):
    """A finding whose severity a project has chosen."""

    __slots__ = ("graded",)

    def __init__(self, found: Diagnostic, graded: Severity) -> None:
        self.graded = graded
        super().__init__(found.code, found.message, found.span, found.help, found.fix)

    @property
    def severity(self) -> Severity:
        """What the project's settings say."""
        return self.graded


def graded(found: Iterable[Diagnostic], settings: Settings | None) -> tuple[Diagnostic, ...]:
    """The findings as a project wants them: none that it ignores, each of the severity that it chose."""
    if settings is None or not settings.severity:
        return tuple(found)
    result: list[Diagnostic] = []
    for diagnostic in found:
        chosen = settings.severity.get(diagnostic.code)
        if chosen != "ignore":
            result.append(Graded(diagnostic, Severity(chosen)) if chosen else diagnostic)
    return tuple(result)


def settings_for(names: Sequence[str]) -> Settings | None:
    """The settings that hold for the first of some paths; None without any. ``CommandError`` for bad ones.

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

    from pnfilter.rules import RULES
    from pnfilter.wording import shortened

    for code in settings.severity:
        if code not in RULES:
            near = get_close_matches(code, RULES, n=1)
            hint = f"did you mean {near[0]}?" if near else "pnfilter rule --all lists them"
            named = shortened(code)
            raise CommandError(f"{settings.root}: severity of {named}: no such rule; {hint}")
        if code.startswith("E"):
            raise CommandError(
                f"{settings.root}: severity of {code}: errors stay errors: a text with one is no filter"
            )
