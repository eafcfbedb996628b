"""Repositories that someone else wrote: in a hook, in the action and on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from .conftest import Command
from .test_pipelines import BAD, GOOD, Repository, installed

#: Modules that Python, pip or pnfilter import, as files of the repository.
MODULES = (
    "pip.py json.py argparse.py tempfile.py tomllib.py pathlib.py difflib.py secrets.py runpy.py "
    "contextlib.py sitecustomize.py usercustomize.py setup.py"
).split()
#: Names that are options, too.
OPTIONS = [
    "--baseline=k.filters",
    "--ignore=E202.filters",
    "--as=filter",
    "-ex.filter",
    "-q",
    "-h",
    "--help",
    "--write-baseline",
    "--baseline",
]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    (tmp_path / "checkout").mkdir()
    return Repository(tmp_path / "checkout")


@pytest.fixture
def trace(repository: Repository, tmp_path: Path) -> Path:
    """The file that is made when any module or program of the checkout runs."""
    path = tmp_path / "trace"
    for name in (*MODULES, "pnfilter/__init__.py", "pip/__main__.py"):
        module = repository.folder / name
        module.parent.mkdir(exist_ok=True)
        module.write_text(f"open({str(path)!r}, 'w')\n")
    for name in ("python", "git", "bash", ".venv/bin/python"):
        program = repository.folder / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\ntouch '{path}'\n")
        program.chmod(0o755)
    (repository.folder / "pip.conf").write_text("[global]\nindex-url = http://127.0.0.1:9/\n")
    return path


# The action


def test_the_action_runs_nothing_of_the_checkout(
    repository: Repository, trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.add("bad.filters", BAD)
    repository.run("git", "config", "core.fsmonitor", str(repository.folder / "git"))
    monkeypatch.setenv("PYTHONPATH", ".")
    assert "/the action" in installed(repository, monkeypatch).out
    repository.outputs["steps.install.outputs.python"] = sys.executable
    ended = repository.step("Check filters", sarif="s.sarif", junit="j.xml")
    assert (ended.status, "pnfilter E202" in ended.out) == (1, True)
    for report in ("s.sarif", "j.xml"):
        assert (repository.folder / report).stat().st_size
    assert not trace.exists()


@pytest.mark.parametrize("report", ["s.sarif", "folder/s.sarif"])
def test_the_action_writes_no_report_where_a_link_leads(
    repository: Repository, tmp_path: Path, report: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "s.sarif").write_text("stays")
    (repository.folder / "folder").symlink_to(outside)
    (repository.folder / "s.sarif").symlink_to(outside / "s.sarif")
    repository.add("a.filters", GOOD)
    for given in (report, str(repository.folder / report)):
        ended = repository.step("Check filters", sarif=given)
        assert ended.status == (2 if "/" in report else 0)
        assert (outside / "s.sarif").read_text() == "stays"
    assert repository.step("Check filters", sarif=str(outside / "new")).status == 0
    assert (outside / "new").stat().st_size


def test_the_action_shows_no_environment(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "sec-c-secret")
    repository.add("a.filters", GOOD)
    (repository.folder / "env.filter").symlink_to("/proc/self/environ")
    repository.run("git", "add", "env.filter")
    for ended in (
        repository.step("Check filters", files="*.filter"),
        repository.hook("pnfilter"),
        repository.hook("pnfilter-fmt"),
        repository.run("pnfilter", "route", "--filters", "env.filter", "-"),
        repository.run("pnfilter", "extract", "env.filter"),
    ):
        assert ended.status == 2
        assert "env.filter: a link that leads out of its repository is not followed" in ended.out
        assert "sec-c-secret" not in ended.out
    for ended in (repository.run("pnfilter", "check", "."), repository.step("Check filters")):
        assert (ended.status, "sec-c-secret" in ended.out) == (0, False)
        assert "links that lead out of . are not followed: 1 file, env.filter first" in ended.out


@pytest.mark.parametrize(
    "name",
    ["::error::x.filters", "##[error]x.filters", "a\n::error::x.filters", " ::error::.filters"],
)
def test_names_are_no_commands_for_the_runner(repository: Repository, name: str) -> None:
    (repository.folder / name).write_bytes(b"'\xff'\n::error::x\n##[error]\n")
    repository.run("git", "add", ".")
    lines = repository.step("Check filters").out.splitlines()
    (start,) = (number for number, line in enumerate(lines) if "::stop-commands::" in line)
    token = lines[start].removeprefix("::stop-commands::")
    end = lines.index(f"::{token}::")
    assert len(token) == 64
    for line in (*lines[:start], *lines[end + 1 :]):
        assert line.startswith(("::error file=", "::error title=pnfilter::"))
    assert any("not UTF-8" in line for line in lines[start:end])


# Names on the command line


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("command", ["check", "fmt"])
def test_a_file_that_is_called_like_an_option(
    pn: Command, tmp_path: Path, command: str, name: str
) -> None:
    for file in (name, "a.filters", "k.filters"):
        (tmp_path / file).write_text("a ==\n")
    files = sorted(path.name for path in tmp_path.iterdir())
    ended = pn(command, *files)
    assert (ended.status, ended.out) == (2, "")
    assert f"{name} is an option and a file: put -- before the names of files\n" in ended.err
    assert pn(command, "--as", "filters", "--", *files).status == (1 if command == "check" else 2)


def test_the_hooks_check_a_file_that_is_called_like_an_option(repository: Repository) -> None:
    for name in ("--baseline=k.filters", "-ex.filter"):
        repository.add(name, "a ==\n")
    repository.add("k.filters", '{"version": 1, "findings": []}')
    for hook, status in {"pnfilter": 1, "pnfilter-fmt": 2}.items():
        ended = repository.hook(hook)
        assert ended.status == status
        assert "--baseline=k.filters:1:3" in ended.out
        # Arguments of a user that lack the -- don't switch off the check.
        assert repository.hook(hook, "--as", "filters").status == 2


@pytest.mark.parametrize("start", ["::error::", " ::add-mask::"])
def test_no_line_starts_with_a_name_that_is_a_command(
    pn: Command, tmp_path: Path, start: str
) -> None:
    (tmp_path / f"{start}a.py").write_text("import pubnub; c.filter_expression = 'a == 1'\n")
    (tmp_path / f"{start}b.filters").write_text("a==1\n" + "a == " * 200)
    (tmp_path / f"{start}c.filters").write_text("a==1\n")
    lines = pn("extract").out.splitlines()
    lines += pn("check", f"{start}b.filters").out.splitlines()
    lines += pn("fmt", f"{start}c.filters").out.splitlines()
    ended = pn("check", "-e", "a", "--write-baseline", "--baseline", f"{start}d.json")
    lines += ended.err.splitlines()
    assert not [line for line in lines if line.lstrip().startswith("::")]
    assert sum(line.startswith(f"./{start}") for line in lines) >= 3


@pytest.mark.parametrize("sign", ["##[error]", "##vso[task.x a=b;]", "###[group]"])
@pytest.mark.parametrize(
    "command",
    [
        *(f"check --select ALL --format {name} ." for name in ("text", "json", "sarif", "junit")),
        *("extract .", "extract --format json .", "fmt --diff a.filters"),
        *("check -e a --schema SIGN", "check -e a --baseline SIGN", "fields -e meta['SIGN']"),
    ],
)
def test_no_line_holds_what_a_build_server_takes_for_a_command(
    pn: Command, tmp_path: Path, command: str, sign: str
) -> None:
    for name, content in {
        f"{sign}.filter": f"a == '{sign}' && such=wow {sign} ==\n",
        "a.filters": f"# {sign}\nb==1\na=='{sign}'\n",
        "b.py": f"import pubnub; c.filter_expression = \"a='{sign}'\"\n",
    }.items():
        (tmp_path / name).write_text(content)
    ended = pn(*(word.replace("SIGN", sign) for word in command.split()))
    shown = ended.out + ended.err
    assert "[" in shown
    assert sign not in shown
    if "json" in command:
        assert sign in json.dumps(json.loads(ended.out))
    elif "sarif" in command:
        assert json.loads(ended.out)["version"] == "2.1.0"
    elif "junit" in command:
        assert ET.fromstring(ended.out).get("failures") == "1"
    else:
        assert r"#\x23" in shown


def test_a_difference_shows_no_control_characters(pn: Command, tmp_path: Path) -> None:
    (tmp_path / "a.filters").write_text('# \x1b]0;x\x07\ta\n# \u202e\na=="\x9b31m"\n')
    assert pn("fmt", "--diff", "a.filters").out.splitlines()[3:] == [
        " # \\x1b]0;x\\x07\ta",
        r" # \u202e",
        r'-a=="\x9b31m"',
        r'+a == "\x9b31m"',
    ]


# python -m pnfilter


def test_python_m_imports_no_module_of_the_working_folder(
    repository: Repository, trace: Path
) -> None:
    # What shadows pnfilter itself, or what Python imports to find it, can't be helped.
    for name in ("pnfilter", "pip"):
        for file in (repository.folder / name).iterdir():
            file.unlink()
        (repository.folder / name).rmdir()
    for name in ("runpy.py", "contextlib.py"):
        (repository.folder / name).unlink()
    (repository.folder / "a.filters").write_text(BAD)
    (repository.folder / "pnfilter.toml").write_text("[severity]\nW403 = 'error'\n")
    command = [sys.executable, "-m", "pnfilter", "check", ".", "--format", "sarif"]
    ended = subprocess.run(command, cwd=repository.folder, check=False, capture_output=True)
    assert ended.returncode == 1
    assert ended.stderr.startswith(b"2 filters checked: 2 errors ")
    assert not trace.exists()


# Limits


def test_a_list_of_filters_and_a_schema_have_an_end(
    pn: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pnfilter.cli.filter_text.MAX_LIST_BYTES", 22)
    monkeypatch.setattr("pnfilter.cli.message_facts.MAX_SCHEMA_BYTES", 2)
    Path("a.filters").write_text("meta.a == 1\nmeta.b==1\n")
    assert pn("check", "a.filters").status == 0
    Path("a.filters").write_text("meta.a == 1\nmeta.b==1\nc ==\n")
    ended = pn("check", "a.filters")
    assert (ended.status, ended.out) == (2, "")
    assert "a.filters:3: longer than 22 bytes; what follows is not read\n" in ended.err
    Path("s.json").write_text("{}")
    assert pn("check", "-e", "a == 1", "--schema", "s.json").status == 0
    for schema in ("s.json", "/dev/zero"):
        Path("s.json").write_text("{ }")
        ended = pn("check", "-e", "a == 1", "--schema", schema)
        assert ended == (2, "", f"pnfilter: --schema {schema}: longer than 2 bytes\n")
    Path("pnfilter.toml").write_text('schema = "s.json"')
    ended = pn("check", "a.filters")
    assert ended.err.endswith("s.json: longer than 2 bytes\n")
