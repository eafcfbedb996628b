"""The frame of the command line: dispatch, help, streams, signals, and what gets imported."""

from __future__ import annotations

import gc
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
from itertools import dropwhile, takewhile
from pathlib import Path

import msgspec
import pytest

import pnfilter
from pnfilter.cli import main as run_main
from pnfilter.cli import terminal as terminal_module
from pnfilter.cli.parser import COMMANDS, build_parser
from pnfilter.cli.terminal import terminal_width, use_color

from .conftest import Command

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'client'}"}
# Streams as users have them: without it a failing stream fails at the end, too.
ENVIRONMENT.pop("PYTHONUNBUFFERED", None)
PROGRAM = [sys.executable, "-m", "pnfilter"]


def process(*arguments: str, redirect: str = "", stdin: bytes = b"") -> tuple[int, str, str]:
    """Run it as a process of its own, by a shell if the streams are redirected."""
    ended = subprocess.run(
        ["/bin/sh", "-c", f'"$@" {redirect}', "sh", *PROGRAM, *arguments],
        input=stdin,
        capture_output=True,
        env=ENVIRONMENT,
        check=False,
    )
    return ended.returncode, ended.stdout.decode(), ended.stderr.decode()


# Dispatch and help


def test_version(pn: Command) -> None:
    assert pn("--version") == (0, f"pnfilter {pnfilter.__version__}\n", "")
    assert pn("--version", "check") == (0, f"pnfilter {pnfilter.__version__}\n", "")


def test_help_names_every_command(pn: Command) -> None:
    ended = pn("--help")
    assert "docs/index.md" in ended.out
    assert (ended.status, ended.err) == (0, "")
    assert re.findall(r"(?m)^    (\w+)(?: |$)", ended.out) == list(COMMANDS)
    assert "examples:\n  pnfilter check -e" in ended.out


def test_no_command_at_all(pn: Command) -> None:
    ended = pn()
    assert (ended.status, ended.out) == (2, "")
    assert ended.err == pn("--help").out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command(pn: Command, command: str) -> None:
    ended = pn(command, "--help")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(f"usage: pnfilter {command} ")


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"demo"}))
def test_help_has_examples_that_parse(pn: Command, command: str) -> None:
    examples = pn(command, "--help").out.split("examples:\n")[1]
    found = 0
    for line in examples.splitlines():
        words = shlex.shlex(line, posix=True, punctuation_chars=True)
        words.whitespace_split = True
        called = list(takewhile(lambda word: word not in "|>&;", dropwhile(_is_other, words)))
        if called:
            found += 1
            parser = build_parser()[1].choices[called[1]]
            parser.parse_args(parser.sort(called[2:]))
    assert found


def _is_other(word: str) -> bool:
    return word != "pnfilter"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("chek", "chek is not a command; did you mean check?"),
        ("qqq", f"qqq is not a command; the commands are {', '.join(COMMANDS)}"),
        ("such=wow", "such=wow is not a command; to check a filter: pnfilter check -e FILTER"),
        ("a LIKE b", "a LIKE b is not a command; to check a filter: pnfilter check -e FILTER"),
        ("", "pnfilter: (an empty word) is not a command; the commands are"),
        ("--format", "pnfilter: --format is before the command: options come after it"),
        ("-", "pnfilter: - is before the command"),
        ("--", "pnfilter: -- is before the command"),
    ],
)
def test_what_is_no_command(pn: Command, word: str, hint: str) -> None:
    ended = pn(word)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("usage: pnfilter [OPTION ...] COMMAND ...\npnfilter: ")
    assert hint in ended.err
    assert ended.err.endswith("try: pnfilter --help\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(pn: Command, command: str) -> None:
    assert pn("help", command) == pn(command, "--help")
    assert pn("help", command).status == 0


def test_help_and_version_above_the_commands(pn: Command) -> None:
    assert pn("help") == pn("help", "help") == pn("--help")
    assert pn("-V") == pn("--version")
    assert "chek is not a command; did you mean check?" in pn("help", "chek").err
    assert "did you mean help?" in pn("hlep").err
    ended = pn("help", "check", "grep")
    assert (ended.status, ended.out, "help takes one command" in ended.err) == (2, "", True)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["check", "--stict"], "--stict; did you mean --strict?\n"),
        (["check", "--formt=json", "x"], "--formt=json; did you mean --format?\n"),
        (["check", "--encr"], "--encr; did you mean --encrypted?\n"),
        (["grep", "a == 1", "--invert"], "--invert; did you mean --invert-match?\n"),
        (["check", "--" + "q" * 100_000], "q\n"),
        (["encode", "-x"], "-x\n"),
    ],
)
def test_what_an_unknown_option_was_meant_to_be(
    pn: Command, arguments: list[str], hint: str
) -> None:
    ended = pn(*arguments)
    assert (ended.status, ended.out) == (2, "")
    usage, complaint, more, *rest = ended.err.split("\n")
    assert usage.startswith(f"usage: pnfilter {arguments[0]} [OPTION ...]")
    assert f"{complaint}\n".endswith(hint)
    assert (more, rest) == (f"try: pnfilter {arguments[0]} --help", [""])


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["check", ""], "FILE"),
        (["check", "-e", "a == 1", "--schema", ""], "--schema"),
        (["check", "-e", "a == 1", "--schema="], "--schema"),
        (["check", "-e", "a == 1", "--baseline", ""], "--baseline"),
        (["check", "-e", "a == 1", "--messages", ""], "--messages"),
        (["extract", ""], "FILE"),
        (["fmt", ""], "FILE"),
        (["infer", ""], "FILE"),
        (["explain", "a == 1", ""], "FILE"),
        (["grep", "a == 1", ""], "FILE"),
        (["route", "--filters", "", "m.ndjson"], "--filters"),
        (["serve", "--store", ""], "--store"),
        (["serve", "--host", ""], "--host"),
        (["sql", "a == 1", "--data", ""], "--data"),
    ],
)
def test_an_empty_name_is_none(pn: Command, arguments: list[str], name: str) -> None:
    ended = pn(*arguments)
    assert (ended.status, ended.out) == (2, "")
    assert f"pnfilter: argument {name}: the name is empty (a variable of the shell" in ended.err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["demo", "x"], "unrecognized arguments: x\n"),
        (["encode", "a == 1", "b==2"], "unrecognized arguments: b==2\n"),
        (["diff", "-e", "a == 1", "-e", "b == 1"], "unrecognized arguments: -e -e\n"),
        (["encode", "-a==1"], "unrecognized arguments: -a==1 (a filter that starts with a dash"),
        (["route", "--filters", "a", "--filters", "b"], "--filters is given twice\n"),
        (["diff", "a == 1"], "the following arguments are required: B\n"),
    ],
)
def test_what_is_too_much_or_missing(pn: Command, arguments: list[str], complaint: str) -> None:
    ended = pn(*arguments)
    assert (ended.status, ended.out) == (2, "")
    assert f"pnfilter: {complaint}" in ended.err


@pytest.mark.parametrize(
    ("given", "parsed"),
    [
        # Options and words in any order; argparse alone loses the second word.
        (["F", "-n", "3", "FILE"], {"filter": "F", "rest": "FILE", "line": 3}),
        (["-n", "3", "F", "FILE"], {"filter": "F", "rest": "FILE", "line": 3}),
        (["F", "FILE", "-n3"], {"filter": "F", "rest": "FILE", "line": 3}),
        (["F", "--line=3"], {"filter": "F", "rest": None, "line": 3}),
        # Any value of an option, and words that start with a dash.
        (["-e", "-n<3", "FILE"], {"expression": "-n<3", "filter": "FILE"}),
        (["-e", "-", "FILE"], {"expression": "-", "filter": "FILE"}),
        (["-m", "-1", "F"], {"message": "-1", "filter": "F"}),
        (["-n < 3", "FILE"], {"filter": "-n < 3", "rest": "FILE", "line": None}),
        (["--", "-n<3", "-n"], {"filter": "-n<3", "rest": "-n", "line": None}),
        (["-n", "3", "--", "-n<3"], {"filter": "-n<3", "line": 3}),
        (
            ["--format=json", "F", "--expression=-a == b"],
            {"format": "json", "expression": "-a == b"},
        ),
        (["-", "FILE"], {"filter": "-", "rest": "FILE"}),
    ],
)
def test_order_and_dashes(given: list[str], parsed: dict[str, object]) -> None:
    parser = build_parser("explain")[1].choices["explain"]
    found = vars(parser.parse_args(parser.sort(given)))
    assert {name: found[name] for name in parsed} == parsed


@pytest.mark.parametrize(
    ("given", "parsed"),
    [
        (["-nm", "5", "F"], {"line_number": True, "max_count": 5, "filter": "F"}),
        (["-nm5", "F"], {"line_number": True, "max_count": 5, "filter": "F"}),
        (["F", "-ne", "-x<1"], {"line_number": True, "expression": "-x<1", "filter": "F"}),
        (["-en", "F"], {"line_number": False, "expression": "n", "filter": "F"}),
        (["-nv", "F"], {"line_number": True, "invert_match": True, "filter": "F"}),
    ],
)
def test_letters_together(given: list[str], parsed: dict[str, object]) -> None:
    parser = build_parser("grep")[1].choices["grep"]
    found = vars(parser.parse_args(parser.sort(given)))
    assert {name: found[name] for name in parsed} == parsed


@pytest.fixture
def collecting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a command asks of Python's collector, in place of this process's own."""
    asked: list[str] = []
    for name in ("set_threshold", "freeze"):
        monkeypatch.setattr(gc, name, lambda *_, name=name: asked.append(name))
    return asked


@pytest.mark.parametrize(
    ("words", "is_given", "expected"),
    [
        (["fields", "a == 1"], False, ["set_threshold", "freeze"]),
        (["fields", "a == 1"], True, []),
        (["serve", "--no-such-option"], False, []),
    ],
)
def test_garbage_is_hardly_looked_for_in_a_process_that_ends_soon(
    words: list[str],
    is_given: bool,
    expected: list[str],
    monkeypatch: pytest.MonkeyPatch,
    collecting: list[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["pnfilter", *words])
    run_main(words if is_given else None)
    assert collecting == expected


# Modules that a command loads

# From 3.14 on argparse imports them itself, for its colours.
SLOW = "" if sys.version_info >= (3, 14) else "dataclasses inspect typing"


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (
            ["check", "-e", "such=wow"],
            f"{SLOW} pathlib shutil json msgspec tqdm lark difflib tempfile "
            "pnfilter.syntax.errors pnfilter.syntax.recovery pnfilter.lint.rules.logic.junctions "
            "pnfilter.lint.rules.assumed_numbers pnfilter.lint.rules.operands "
            "pnfilter.cli.explain pnfilter.cli.fmt pnfilter.cli.grep pnfilter.cli.demo "
            "pnfilter.cli.completion pnfilter.interpreter",
        ),
        (
            ["--version"],
            "argparse collections contextlib dataclasses enum importlib pathlib re typing "
            "pnfilter.cli.parser pnfilter.cli.check pnfilter.diagnostics pnfilter.syntax",
        ),
        (
            ["fields", "a == 1"],
            "msgspec tqdm lark pnfilter.syntax.errors pnfilter.lint.check pnfilter.compiler",
        ),
        (
            ["check", "-e", "meta.a == 1 && data.b > 2"],
            "typing dataclasses pnfilter.lint.rules.logic pnfilter.binding",
        ),
        (["rule", "--all"], "msgspec tqdm lark"),
        (["rule", "W403"], "msgspec tqdm lark pnfilter.syntax.parser pnfilter.filters"),
        (["completion", "bash"], "msgspec pnfilter.syntax pnfilter.cli.check"),
        (["--help"], "msgspec tqdm lark pnfilter.syntax"),
        (
            ["grep", "-c", "--quick", "data.mag > 6", "examples/quakes.ndjson"],
            "pathlib dataclasses tqdm lark pnfilter.syntax.errors select subprocess",
        ),
        (
            ["grep", "-c", "--quick", 'data.id == "us1000chvf"', "examples/quakes.ndjson"],
            "msgspec pnfilter.scanning.fields pnfilter.scanning.fast_path pnfilter.compiler",
        ),
    ],
)
def test_a_command_imports_only_what_it_needs(arguments: list[str], absent: str) -> None:
    source = (
        "import sys; from pnfilter.cli import main; main(sys.argv[1:]); "
        "print(*sys.modules, file=sys.stderr)"
    )
    # Without site, whose start-up files import what they like.
    packages = Path(msgspec.__file__).parents[1]
    path = f"{ENVIRONMENT['PYTHONPATH']}{os.pathsep}{packages}"
    ended = subprocess.run(
        [sys.executable, "-S", "-c", source, *arguments],
        capture_output=True,
        env={**ENVIRONMENT, "PYTHONPATH": path},
        cwd=ROOT,
        check=True,
    )
    loaded = ended.stderr.decode().split()
    assert "pnfilter.cli.dispatch" in loaded
    assert sorted(set(absent.split()) & set(loaded)) == []


# Streams


MANY = b"such=wow\n" * 3000


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    (tmp_path / "a.filters").write_bytes(MANY)
    running = subprocess.Popen(
        [*PROGRAM, "check", str(tmp_path / "a.filters")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
    )
    assert running.stdout
    assert running.stderr
    assert running.stdout.readline().startswith(b"warning[W403]")
    running.stdout.close()
    assert (running.stderr.read(), running.wait()) == (b"", 141)
    running.stderr.close()


@pytest.mark.parametrize(
    "arguments",
    [["rule", "--all"], ["--help"], ["check", "-e", "such=wow"], ["playground", "--no-open"]],
)
def test_nobody_reads(arguments: list[str]) -> None:
    source, sink = os.pipe()
    os.close(source)
    ended = subprocess.run(
        [*PROGRAM, *arguments], stdout=sink, stderr=subprocess.PIPE, env=ENVIRONMENT, check=False
    )
    os.close(sink)
    assert ended.stderr == b""
    assert ended.returncode == 141


def test_a_full_disk() -> None:
    assert process("check", "-q", "-e", "such=wow", redirect=">/dev/full") == (
        2,
        "",
        "pnfilter: no space left on device\n",
    )


@pytest.mark.sliced(4)
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["check", "-e", "meta.a == 1"], 0),
        (["check", "-e", "a =="], 1),
        (["check", "--nope"], 2),
        (["check", "none.filter"], 2),
        (["fmt", "-e", "a=="], 2),
        (["fmt", "--check", "-e", "a==1"], 1),
        (["encode", "a == 1"], 0),
        (["encode", "a =="], 2),
        (["sql", "a =="], 2),
        (["ast", "a =="], 2),
        (["rule", "W999"], 2),
        (["extract", "none"], 2),
        (["explain", "such=wow", "-m", "{}"], 0),
        (["grep", "meta.a == 1", "none"], 2),
        (["nonsense"], 2),
    ],
)
def test_full_standard_error_leaves_the_exit_status(arguments: list[str], status: int) -> None:
    assert process(*arguments, redirect="2>/dev/full")[0] == status


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["check", "none.filter"], 141), (["rule", "W999"], 141), (["encode", "a == 1"], 141)],
)
def test_nobody_reads_complaints(arguments: list[str], status: int) -> None:
    source, sink = os.pipe()
    os.close(source)
    ended = subprocess.run(
        [*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=sink, env=ENVIRONMENT, check=False
    )
    os.close(sink)
    assert ended.returncode == status


def test_a_full_disk_is_reported_once() -> None:
    assert process("playground", "--no-open", redirect=">/dev/full") == (
        2,
        "",
        "pnfilter: no space left on device\n",
    )


def test_closed_streams() -> None:
    message = "pnfilter: standard output is closed\n"
    assert process("check", "-e", "a == 1", redirect=">&-") == (2, "", message)
    assert process("check", "-e", "meta.a == 1", redirect="2>&-") == (0, "", "")
    assert process("check", redirect="<&-")[0] == 2


def test_an_encoding_that_lacks_the_characters() -> None:
    ended = subprocess.run(
        [*PROGRAM, "fmt", "-e", "a == 'ü'"],
        capture_output=True,
        env={**ENVIRONMENT, "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, b'a == "\\xfc"\n')


def test_control_c() -> None:
    running = subprocess.Popen(
        [*PROGRAM, "check", "--as", "filters", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env=ENVIRONMENT,
    )
    assert running.stdin
    assert running.stdout
    # What comes out shows that it is at work.
    running.stdin.write(MANY)
    assert running.stdout.read(1) == b"w"
    running.send_signal(signal.SIGINT)
    _, err = running.communicate()
    assert (running.returncode, err) == (130, b"")


def interrupted(
    preparation: str, *arguments: str, stdout: int = subprocess.PIPE
) -> tuple[int, bytes]:
    """Run it after some Python, which sees to it that Ctrl-C comes at a certain moment.

    Status and stderr.
    """
    start = "import runpy; runpy.run_module('pnfilter', run_name='__main__', alter_sys=True)"
    ended = subprocess.run(
        [sys.executable, "-c", f"{preparation}\n{start}", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
        check=False,
    )
    return ended.returncode, ended.stderr


@pytest.mark.parametrize(
    "module", ["dispatch", "terminal", "parser", "check", "filter_text", "reports"]
)
def test_control_c_while_modules_are_imported(module: str) -> None:
    preparation = f"""
import signal, sys
class Finder:
    @staticmethod
    def find_spec(name, path, target=None):
        if name == "pnfilter.cli.{module}":
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Finder)"""
    assert interrupted(preparation, "check", "-e", "a == 1") == (130, b"")


def test_control_c_when_the_reader_is_gone_too() -> None:
    preparation = """
import signal
import pnfilter.cli.rule
def command(arguments):
    print("half of the output")
    signal.raise_signal(signal.SIGINT)
pnfilter.cli.rule.rule_command = command"""
    source, sink = os.pipe()
    os.close(source)
    ended = interrupted(preparation, "rule", "--all", stdout=sink)
    os.close(sink)
    assert ended == (130, b"")


def test_imports_leave_signals_alone() -> None:
    code = """
import _signal
before = [_signal.getsignal(number) for number in range(1, 32)]
import pnfilter, pnfilter.cli, pnfilter.cli.dispatch
assert before == [_signal.getsignal(number) for number in range(1, 32)]"""
    subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, check=True)


def test_a_terminal_gets_colour_and_a_pipe_does_not() -> None:
    pid, screen = pty.fork()
    if not pid:
        os.execve(sys.executable, [*PROGRAM, "check", "-q", "-e", "such=wow"], ENVIRONMENT)
    shown = b""
    while True:
        try:
            piece = os.read(screen, 1 << 16)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(screen)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert shown.startswith(b"\x1b[1;33mwarning[W403]\x1b[0m")
    assert "\x1b" not in process("check", "-q", "-e", "such=wow")[1]


@pytest.mark.usefixtures("terminal")
def test_what_turns_colour_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert use_color()
    monkeypatch.setenv("TERM", "dumb")
    assert not use_color()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "")
    assert use_color()
    monkeypatch.setenv("NO_COLOR", "0")
    assert not use_color()


COLORED = ("check", "rule", "fmt", "explain", "sql", "grep", "diff", "route", "test", "demo")


@pytest.mark.parametrize("command", COLORED)
def test_each_command_that_colours_has_the_option(pn: Command, command: str) -> None:
    assert "--color {always,never,auto}" in pn(command, "--help").out


def test_the_option_overrules_the_environment(pn: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" in pn("check", "-e", "such=wow", "--color", "always").out
    # What one command was given is not for the next.
    assert "\x1b[" not in pn("check", "-e", "such=wow").out
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in pn("rule", "W403").out
    assert "\x1b[" not in pn("rule", "W403", "--color", "never").out
    # Errors of a filter are on standard error.
    assert "\x1b[" in pn("encode", "meta.a ==", "--color=always").err


def test_a_closed_stream_is_no_terminal(tmp_path: Path) -> None:
    with (tmp_path / "a").open("w") as stream:
        pass
    assert not terminal_module.is_terminal(stream)
    assert not terminal_module.is_terminal(None)


@pytest.mark.parametrize(
    ("columns", "system", "width"),
    [
        ("", None, 80),
        ("120", None, 120),
        ("7", None, 40),
        ("0", 100, 100),
        ("wide", 100, 100),
        ("9" * 9000, None, 99999),
        ("", 0, 80),
    ],
)
def test_the_width_of_the_terminal(
    monkeypatch: pytest.MonkeyPatch, columns: str, system: int | None, width: int
) -> None:
    def size(_: int) -> os.terminal_size:
        if system is None:
            raise OSError
        return os.terminal_size((system, 24))

    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(os, "get_terminal_size", size)
    assert terminal_width() == width


def test_a_mistake_of_ours_is_not_hidden(pn: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> int:
        raise ValueError("ours")

    monkeypatch.setattr("pnfilter.cli.explain.fields_command", fail)
    with pytest.raises(ValueError, match="ours"):
        pn("fields", "a == 1")


@pytest.mark.usefixtures("collecting")
def test_the_arguments_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["pnfilter", "fields", "a == 1"])
    assert run_main() == 0
    assert capsys.readouterr().out == "meta.a\n"
