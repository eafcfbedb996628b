"""``check``: what is wrong with filters."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence

from pnfilter.cli.assumptions import add_assume, assumptions
from pnfilter.cli.filter_text import add_filters, add_language
from pnfilter.cli.rule_selection import grade, selection_of, settings_for
from pnfilter.cli.terminal import (
    EXIT_MISUSE,
    EXIT_NO,
    EXIT_OK,
    CommandError,
    shown_name,
    tell,
    use_color,
)
from pnfilter.input.sources import STDIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from io import StringIO
    from typing import Any

    from pnfilter.cli.baseline import Baseline
    from pnfilter.cli.code_fixes import Fixer, Forecast
    from pnfilter.cli.filter_text import FilterText, ReadFailure
    from pnfilter.cli.progress import Progress
    from pnfilter.cli.reports import Report, Tally
    from pnfilter.diagnostics import Diagnostic
    from pnfilter.extraction.project import Project
    from pnfilter.extraction.settings import Settings

#: Bytes of files from which on a bar shows how far the check has come.
MIN_BYTES_FOR_BAR = 200_000

_CHECK_EXAMPLES = """\
A .filter file holds one filter, which may span lines. A .filters file holds one a line; a line
that starts with # is a comment. --as says how any other file holds its filters. Standard input
(-, or nothing at all) holds one filter unless --as filters is given. Source code, configuration and
folders are searched for the filters that programs set, as pnfilter extract lists them.

Findings are errors (E…), warnings (W…) and infos (I…); infos are shown only when selected.
Exit status: 0 no error (or --exit-zero), 1 an error, or a warning under --strict, 2 misuse or
unreadable input.

examples:
  pnfilter check -e 'such=wow'
  pnfilter check -e 'meta.region == "east"' --known-field meta.region --strict
  pnfilter check subscriptions.filters alarms.filter
  pnfilter check src config.yml
  pnfilter check --fix --diff src
  pnfilter check --watch src
  pnfilter check subscriptions.filters --format github --ignore W403
  pnfilter check subscriptions.filters --format sarif > pnfilter.sarif
  pnfilter check subscriptions.filters --baseline known.json --write-baseline
  pnfilter check -e 'data.mag > 5' --select ALL --encrypted
  pnfilter check subscriptions.filters --schema schema.json --messages messages.ndjson
  pnfilter check --language app-context -e "name LIKE 'a*'" --entity users
  git show HEAD:alarms.filter | pnfilter check -
"""


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``check``."""
    parser = subparsers.add_parser(
        "check",
        help="say what is wrong with filters",
        description="Say what is wrong with filters: errors, and what they probably don't mean.",
        epilog=_CHECK_EXAMPLES,
    )
    add_filters(
        parser,
        "files of filters, source code, folders; - is standard input",
        "how files hold filters: one each, or one a line",
    )
    parser.add_argument(
        "--format",
        choices=("text", "concise", "json", "github", "sarif", "junit"),
        default="text",
        help="how findings are written (default: text); concise: one line each",
    )
    parser.add_argument(
        "--output-file",
        metavar="FILE",
        help="write the findings to this file at the end, as a whole, instead of printing them",
    )
    parser.add_argument(
        "--statistics",
        action="store_true",
        help="instead of the findings, print how many there are of each code "
        "(--format text or json)",
    )
    parser.add_argument(
        "--show-files",
        action="store_true",
        help="check nothing; print the names of the files that would be read",
    )
    parser.add_argument(
        "--exit-zero",
        action="store_true",
        help="end with 0 whatever is found; 2 remains misuse or unreadable input",
    )
    parser.add_argument(
        "--baseline",
        metavar="FILE",
        help="known findings, which are not reported: by file, code and the filter's text",
    )
    parser.add_argument(
        "--write-baseline",
        action="store_true",
        help="write the findings to the file of --baseline instead of reporting them",
    )
    parser.add_argument(
        "--select",
        action="append",
        metavar="CODES",
        help="show only these: codes, their first characters (W4) or names, separated by commas, "
        "or ALL (default: E,W); errors are always shown",
    )
    parser.add_argument("--ignore", action="append", metavar="CODES", help="don't show these")
    parser.add_argument("--strict", action="store_true", help="fail on warnings, too")
    add_language(parser)
    parser.add_argument(
        "--entity",
        choices=("users", "channels", "memberships", "members"),
        help="what is filtered in App Context: it decides which fields there are",
    )
    parser.add_argument(
        "--encrypted",
        action="store_true",
        help="payloads are encrypted: the server can't read data.…",
    )
    parser.add_argument(
        "--holes",
        action="store_true",
        help="a program fills in every {name} of the filters",
    )
    parser.add_argument(
        "--schema",
        metavar="FILE",
        help='a JSON Schema of messages, {"data": …, "meta": …}: it checks fields and types',
    )
    parser.add_argument(
        "--known-field",
        action="append",
        metavar="NAME",
        help="a field that exists, such as meta.region; may be repeated",
    )
    parser.add_argument(
        "--messages",
        action="append",
        metavar="FILE",
        help="sample messages, as grep reads them: a filter that matches none or all is reported; "
        "may be repeated",
    )
    add_assume(parser)
    parser.add_argument(
        "--payload",
        choices=("auto", "message", "data", "envelope"),
        default="auto",
        help="what --messages hold (default: auto, any form that grep reads)",
    )
    parser.add_argument(
        "--fix",
        action="store_true",
        help="first apply the safe fixes of selected findings to the files",
    )
    parser.add_argument(
        "--unsafe-fixes",
        action="store_true",
        help="like --fix, but also apply fixes that may change what was meant",
    )
    parser.add_argument(
        "--diff", action="store_true", help="with --fix: write nothing; print what would change"
    )
    parser.add_argument(
        "--watch", action="store_true", help="check again whenever a file changes, until Ctrl-C"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no summary on standard error")
    parser.set_defaults(func=check_command, refuse=parser.error)


def check_command(arguments: argparse.Namespace) -> int:
    """Check the filters of all inputs, once or whenever they change."""
    _refuse_other_language(arguments)
    _refuse_together(arguments)
    if not arguments.watch:
        return _check(arguments)
    from pnfilter.cli.watch import watch

    return watch(arguments, _check, _part)


def _check(arguments: argparse.Namespace) -> int:
    """Check the filters of all inputs; the summary goes to standard error."""
    from pnfilter.cli.filter_text import ReadFailure, inputs_or_stdin, looks_like_list
    from pnfilter.cli.progress import Progress
    from pnfilter.cli.reports import Tally

    baseline = _baseline(arguments)
    files = inputs_or_stdin(arguments.files, arguments.expression)
    settings = settings_for([name for name in files if name != STDIN])
    files, project = _part(files, arguments.layout, settings)
    if arguments.show_files:
        for name in [*files, *(map(str, project.files) if project else ())]:
            print(shown_name(name))
        return EXIT_OK
    selection = selection_of(arguments.select, arguments.ignore)
    if settings is not None:
        selection = selection._replace(graded=frozenset(settings.severity))

    def shows(diagnostic: Diagnostic) -> bool:
        return any(map(selection.shows, grade([diagnostic], settings)))

    is_complete = True
    reported: set[str] = set()
    if arguments.fix or arguments.unsafe_fixes or arguments.diff:
        fixer = _fix(arguments, files, project, shows)
        is_complete, reported = fixer.is_complete, fixer.reported
        if arguments.diff:
            return EXIT_OK if is_complete else EXIT_MISUSE
    writing = arguments.write_baseline
    # All that may refuse comes before the report, which begins to write at once.
    options = _options(arguments, settings, files)
    output = None
    if arguments.output_file is not None:
        from io import StringIO

        output = StringIO()
    only_files = project is not None and not arguments.expression and STDIN not in files
    report = _report_for(arguments, output)
    tally = Tally()
    forecast = _forecast(arguments, project, shows)
    size = _size([*files, *(map(str, project.files) if project else ())])
    with report, Progress(size, least=MIN_BYTES_FOR_BAR) as progress:
        for source, found in _check_all(
            arguments, settings, files, project, progress, options=options, forecast=forecast
        ):
            if isinstance(source, ReadFailure):
                tally.unreadable += 1
                if source.message not in reported:
                    progress.complain(source.message)
                report.unreadable(source.message)
                continue
            hidden, shown = selection.parts(found)
            if baseline is not None:
                unknown = baseline.unknown(source, found, shown)
                tally.known += len(shown) - len(unknown)
                shown = [] if writing else unknown
            command = _command_for(source, arguments, for_all="check" if only_files else "")
            tally.add(hidden, shown, command=command, refusal=source.refusal)
            with progress.beside():
                report.add(source, shown)
            if not (arguments.files or arguments.expression or source.text.strip()):
                progress.complain(
                    "standard input is empty; to check files or folders, name them: "
                    "pnfilter check ."
                )
            if source.fixed_by == "fmt" and looks_like_list(source.text):
                progress.complain(
                    f"{source.origin}: "
                    "a line that starts with # is a comment only under --as filters"
                )
        with progress.beside():
            report.close()
    if output is not None and arguments.output_file is not None:
        from pnfilter.cli.writing import write_report

        write_report(arguments.output_file, output.getvalue())
    if baseline is not None and writing:
        if tally.unreadable:
            raise CommandError(f"{arguments.baseline} is not written: not all could be read")
        baseline.write(arguments.baseline, quiet=arguments.quiet)
        return EXIT_OK if is_complete else EXIT_MISUSE
    tally.gone = baseline.gone() if baseline else 0
    status = _finish(tally, arguments)
    return status if is_complete else EXIT_MISUSE


def _report_for(arguments: argparse.Namespace, output: StringIO | None) -> Report:
    """The report in the chosen format, on ``output`` (standard output unless given)."""
    from pnfilter.cli import reports

    stream = sys.stdout if output is None else output
    format = "text" if arguments.write_baseline else arguments.format
    if arguments.statistics:
        return reports.StatisticsReport(stream, as_json=format == "json")
    match format:
        case "concise":
            return reports.ConciseReport(stream)
        case "json":
            return reports.JsonReport(stream)
        case "github":
            return reports.GithubReport(stream)
        case "sarif":
            from pnfilter.cli.sarif import SarifReport

            return SarifReport(stream)
        case "junit":
            from pnfilter.cli.junit import JunitReport

            return JunitReport(stream, strict=arguments.strict)
        case _:
            return reports.TextReport(stream, color=output is None and use_color())


def _fix(
    arguments: argparse.Namespace,
    files: list[str],
    project: Project | None,
    shows: Callable[[Diagnostic], bool],
) -> Fixer:
    """Fix the filters of all files, as far as each can be read and written."""
    if arguments.expression or STDIN in files:
        raise CommandError("only files are fixed in place; for other filters: pnfilter fmt --fix")
    if arguments.format not in {"text", "concise"}:
        arguments.refuse("--fix and --diff need --format text or concise")
    from pnfilter.cli.code_fixes import Fixer

    fixer = Fixer(
        shows,
        unsafe=arguments.unsafe_fixes,
        dry=arguments.diff,
        quiet=arguments.quiet,
        language=arguments.language,
    )
    fixer.fix(files, arguments.layout, project)
    return fixer


def _forecast(
    arguments: argparse.Namespace, project: Project | None, shows: Callable[[Diagnostic], bool]
) -> Forecast | None:
    """What ``--fix`` would do to code; None where it was done, or no reader gets the answer."""
    tried = arguments.fix or arguments.unsafe_fixes
    is_read = not arguments.quiet or arguments.format in {"json", "sarif"}
    if project is None or tried or not is_read:
        return None
    from pnfilter.cli.code_fixes import Forecast

    return Forecast(project, shows)


def _refuse_together(arguments: argparse.Namespace) -> None:
    """Exit with the usage for options that contradict each other."""
    if arguments.statistics and arguments.format not in {"text", "json"}:
        arguments.refuse("--statistics needs --format text or json")
    if arguments.write_baseline and (arguments.statistics or arguments.output_file is not None):
        arguments.refuse("--write-baseline reports nothing: no --statistics, no --output-file")
    if arguments.diff and arguments.output_file is not None:
        arguments.refuse("--output-file takes findings, and --diff reports none")
    acts = arguments.fix or arguments.unsafe_fixes or arguments.diff or arguments.write_baseline
    if arguments.show_files and acts:
        arguments.refuse("--show-files checks and fixes nothing, and writes no baseline")


def _command_for(source: FilterText, arguments: argparse.Namespace, *, for_all: str) -> str:
    """The command that fixes a filter; empty without one, or where its fixes were tried.

    ``for_all`` is the one that fixes all inputs, empty where there are several.
    """
    tried = arguments.fix or arguments.unsafe_fixes
    if tried or (arguments.entity and source.fixed_by == "fmt"):
        # fmt has no option for the entity.
        return ""
    is_other = source.fixed_by == "fmt" and arguments.language != "stream"
    return (for_all or source.fixed_by) + f" --language {arguments.language}" * is_other


def _refuse_other_language(arguments: argparse.Namespace) -> None:
    """Exit with the usage for an option of the other language."""
    if arguments.language == "stream":
        if arguments.entity:
            arguments.refuse("--entity is for --language app-context")
        return
    streams = ("encrypted", "schema", "known_field", "messages")
    for name in streams:
        if getattr(arguments, name):
            arguments.refuse(f"--{name.replace('_', '-')} is for --language stream")


def _finish(tally: Tally, arguments: argparse.Namespace) -> int:
    """Print the summary; return the exit status."""
    from pnfilter.diagnostics import Severity

    if not arguments.quiet:
        sys.stdout.flush()
        tell(tally.summary())
    if tally.unreadable:
        return EXIT_MISUSE
    failed = tally.shown[Severity.ERROR] or (arguments.strict and tally.shown[Severity.WARNING])
    return EXIT_NO if failed and not arguments.exit_zero else EXIT_OK


def _options(
    arguments: argparse.Namespace, settings: Settings | None, files: list[str]
) -> dict[str, Any]:
    """The options of ``pnfilter.check``; ``CommandError`` where one can't be followed."""
    messages = arguments.messages or []
    if STDIN in files and STDIN in messages:
        raise CommandError("standard input (-) can be read once only: filters or messages")
    if messages.count(STDIN) > 1:
        raise CommandError("standard input (-) can be read once only")
    options: dict[str, Any] = {"holes": arguments.holes}
    if arguments.language != "stream":
        return options | {"language": arguments.language, "entity": arguments.entity}
    options["encrypted"] = arguments.encrypted
    schema = arguments.schema or (settings and settings.schema)
    if schema:
        from pnfilter.cli.message_facts import read_schema

        options["schema"] = read_schema(schema, arguments.schema)
    if arguments.known_field:
        from pnfilter.cli.message_facts import known_fields

        options["known_fields"] = known_fields(arguments.known_field)
    assumed = assumptions(arguments, settings)
    if assumed is not None:
        options["assume"] = assumed
    return options


def _check_all(
    arguments: argparse.Namespace,
    settings: Settings | None,
    files: list[str],
    project: Project | None,
    progress: Progress,
    *,
    options: dict[str, Any],
    forecast: Forecast | None,
) -> Iterator[tuple[FilterText | ReadFailure, Sequence[Diagnostic]]]:
    """The filters of all inputs with what is found of them, and what can't be read."""
    from pnfilter.cli.filter_text import ReadFailure

    sources: Iterable[FilterText | ReadFailure] = _sources(
        arguments, files, project, progress, forecast
    )
    sampling = None
    if arguments.messages:
        from pnfilter.cli.message_facts import sample_files

        sources = list(sources)
        sampling, failures = sample_files(
            sources,
            arguments.messages,
            arguments.payload,
            options.get("known_fields"),
            options.get("assume"),
        )
        for failure in failures:
            yield ReadFailure(failure), ()
    for source in sources:
        if isinstance(source, ReadFailure):
            yield source, ()
            continue
        found: Iterable[Diagnostic] = source.found(options)
        if sampling is not None and source.is_whole(holes=arguments.holes):
            found = sampling.findings(source.text, found)
        held = settings if source.is_file else None
        yield source, grade(filter(source.is_wanted, found), held)
        progress.advance(source.size)


def _baseline(arguments: argparse.Namespace) -> Baseline | None:
    """The baseline that the options name: empty where one is to be written."""
    if arguments.baseline is None:
        if arguments.write_baseline:
            arguments.refuse("--write-baseline needs the file: --baseline FILE")
        return None
    from pnfilter.cli.baseline import Baseline

    name: str = arguments.baseline
    return Baseline(name) if arguments.write_baseline else Baseline.read(name)


def _part(
    names: list[str], layout: str | None, settings: Settings | None
) -> tuple[list[str], Project | None]:
    """Return the files of filters, also those in folders, and the project with all the rest."""
    from pnfilter.cli.filter_text import code_and_lists

    code, files = code_and_lists(names, layout)
    if settings is not None:
        from pathlib import Path

        files = [name for name in files if name == STDIN or settings.wants(Path(name))]
    if not code:
        return files, None
    from pnfilter.cli.codebase import project_of
    from pnfilter.extraction.files import is_filter_file

    project = project_of(code, settings)
    listed = [file for file in project.files if is_filter_file(file.name)]
    project.files = [file for file in project.files if not is_filter_file(file.name)]
    return [*files, *map(str, listed)], project


def _sources(
    arguments: argparse.Namespace,
    files: list[str],
    project: Project | None,
    progress: Progress,
    forecast: Forecast | None,
) -> Iterator[FilterText | ReadFailure]:
    from pnfilter.cli.filter_text import from_command_line, read_filters

    yield from from_command_line(arguments.expression)
    for name in files:
        yield from read_filters(name, arguments.layout)
    if project is not None:
        from pnfilter.cli.codebase import code_filters

        yield from code_filters(project, progress, forecast=forecast)


def _size(files: list[str]) -> int:
    """Bytes of the files together, as far as that is known before reading."""
    total = 0
    for name in files:
        # What can't be asked can't be read either, which is reported with the others.
        try:
            total += os.path.getsize(name) if os.path.isfile(name) else 0
        except OSError:
            continue
    return total
