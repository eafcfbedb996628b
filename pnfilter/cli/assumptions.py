"""``--assume``, and the same in the settings."""

from __future__ import annotations

import argparse

from pnfilter.cli.terminal import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pnfilter.extraction.settings import Settings
    from pnfilter.semantics.assumptions import Assumptions

#: What ``--assume`` is given to leave out what the settings assume.
NONE = "none"


def add_assume(parser: argparse._ActionsContainer) -> None:
    """The option for what is assumed of the service."""
    parser.add_argument(
        "--assume",
        action="append",
        metavar="NAME=READING",
        help="settle what is not known of the service, as in missing-differs=match, or by the "
        "profile javascript; none leaves out what the settings assume; may be repeated",
    )


def assumptions(
    arguments: argparse.Namespace, settings: Settings | None = None
) -> Assumptions | None:
    """What ``--assume`` and the settings say, an option before a setting.

    Without ``settings``, those of the working directory count. ``CommandError`` for wrong ones.
    """
    given: list[str] = arguments.assume or []
    if settings is None:
        from pnfilter.cli.rule_selection import settings_for

        settings = settings_for(["."])
    service = settings.service if settings is not None and NONE not in given else {}
    given = [text for text in given if text != NONE]
    if not service and not given:
        return None
    from pnfilter.semantics.assumptions import Assumptions

    try:
        chosen = Assumptions.of(given)
    except ValueError as error:
        raise CommandError(f"--assume {error}") from None
    # An option before a setting; either may be a profile.
    return Assumptions.of({**(Assumptions.of(service) or {}), **(chosen or {})})
