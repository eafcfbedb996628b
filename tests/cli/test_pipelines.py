"""The hooks for pre-commit and the action for GitHub, in a repository that is made on the spot."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import pytest
import yaml

from pnfilter.extraction.files import EXTENSIONS, SKIPPED_FOLDERS, Discovery, is_filter_file
from pnfilter.extraction.settings import Settings

ROOT = Path(__file__).parents[2]
HOOKS: dict[str, Any] = {
    hook["id"]: hook
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
}
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs/pipelines.md").read_text(encoding="utf-8")

GOOD = 'meta.region == "east"\n'
BAD = "such=wow\na == 1 AND b == 2\n"
CODE = "import pubnub\nconfig.filter_expression = 'a == 1 AND b == 2'\n"


def takes(hook: dict[str, Any], name: str) -> bool:
    """Whether pre-commit gives a hook a file of that name."""
    left_out = "exclude" in hook and re.search(hook["exclude"], name)
    return bool(re.search(hook["files"], name)) and not left_out


class Ended(NamedTuple):
    status: int
    out: str


class Repository:
    """A git repository, and commands in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run("git", "init", "--quiet")
        #: What steps of the action hand on; the Python here is that which has pnfilter.
        self.outputs = {
            "steps.python.outputs.python-path": "",
            "steps.install.outputs.python": sys.executable,
        }

    def run(self, *command: str, **environment: str) -> Ended:
        here = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        ended = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, "PATH": here, "NO_COLOR": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return Ended(ended.returncode, ended.stdout)

    def add(self, name: str, content: str) -> None:
        """A file that is staged for the next commit."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        assert self.run("git", "add", "--", name).status == 0

    def hook(self, name: str, *args: str) -> Ended:
        """A hook on the staged files, as pre-commit runs it: a user's arguments replace its own."""
        hook = HOOKS[name]
        staged = self.run("git", "diff", "--cached", "--name-only", "-z").out.split("\0")
        files = [file for file in staged if file and takes(hook, file)]
        return self.run(*shlex.split(hook["entry"]), *(args or hook.get("args", [])), *files)

    def step(self, name: str, **inputs: str) -> Ended:
        """A step of the action with its inputs, as GitHub's runner runs it in bash."""
        (step,) = (step for step in ACTION["runs"]["steps"] if step["name"] == name)
        values = {f"inputs.{key}": one["default"] for key, one in ACTION["inputs"].items()}
        values |= {f"inputs.{key.replace('_', '-')}": value for key, value in inputs.items()}
        values |= self.outputs

        def value(match: re.Match[str]) -> str:
            return str(values[match[1]])

        environment = {
            key: re.sub(r"\$\{\{ ([a-z.-]+) \}\}", value, text)
            for key, text in step.get("env", {}).items()
        }
        assert step["shell"] == "bash"
        options = ("--noprofile", "--norc", "-eo", "pipefail", "-c")
        runner = self.folder / ".git" / "runner"
        runner.mkdir(exist_ok=True)
        output = runner / "output"
        output.write_text("")
        environment |= {"RUNNER_TEMP": str(runner), "GITHUB_OUTPUT": str(output)}
        environment |= {"GITHUB_ACTION_PATH": "/the action"}
        ended = self.run("bash", *options, step["run"], **environment)
        for line in output.read_text("utf-8").splitlines():
            key, _, made = line.partition("=")
            self.outputs[f"steps.{step['id']}.outputs.{key}"] = made
        return ended


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


# pre-commit


def test_the_hooks_have_what_pre_commit_asks_for() -> None:
    assert list(HOOKS) == ["pnfilter", "pnfilter-code", "pnfilter-fmt"]
    for hook in HOOKS.values():
        assert {"id", "name", "entry", "language", "files"} <= hook.keys()
        assert hook["language"] == "python"
        # pre-commit hands on as many names as a command can hold, one command after the other.
        assert hook["require_serial"]


@pytest.mark.parametrize("hook", ["pnfilter", "pnfilter-fmt"])
@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("a.filter", True),
        ("x/y z.filters", True),
        ("a.filterset", False),
        ("filters.py", False),
        ("app.vcxproj.filters", False),
    ],
)
def test_the_files_that_a_hook_takes(hook: str, name: str, taken: bool) -> None:
    assert takes(HOOKS[hook], name) is taken


def test_the_hook_of_code_takes_what_a_folder_gives(tmp_path: Path) -> None:
    names = [f"a{extension}" for extension in EXTENSIONS]
    names += [f"{folder}/a.js" for folder in (*SKIPPED_FOLDERS, ".github", "x/.y", "src", "a.b")]
    names += (
        "A.JS app.min.js app.MIN.JS app.min.mjs app.bundle.js a.js.map a.txt a Makefile".split()
    )
    names += ".env .env.local x/.env .prod.env .eslintrc.js .envrc envrc my.env.py".split()
    names += (
        "Dockerfile x/Dockerfile.dev Containerfile dockerfiles Dockerfile.md Vendor/a.js".split()
    )
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    found = {
        path.relative_to(tmp_path).as_posix() for path in Discovery(Settings()).files([tmp_path])
    }
    code = {name for name in found if not is_filter_file(name)}
    assert {name for name in names if takes(HOOKS["pnfilter-code"], name)} == code


def test_the_hook_of_code(repository: Repository) -> None:
    repository.add("a b.py", CODE.replace("AND", "&&"))
    repository.add("app.min.js", "import 'pubnub'; x={filterExpression:'a =='}")
    repository.add("notes.txt", "a ==")
    assert repository.hook("pnfilter-code").status == 0
    repository.add("-q.py", CODE)
    ended = repository.hook("pnfilter-code")
    assert (ended.status, "-q.py:2:" in ended.out) == (1, True)


def test_the_hook_stops_a_commit_with_a_broken_filter(repository: Repository) -> None:
    repository.add("a b.filters", GOOD)
    repository.add("notes.txt", "a ==")
    assert repository.hook("pnfilter").status == 0
    repository.add("sub/broken.filters", BAD)
    ended = repository.hook("pnfilter")
    assert (ended.status, "sub/broken.filters:2:8" in ended.out) == (1, True)


def test_the_hook_takes_arguments(repository: Repository) -> None:
    repository.add("a.filters", "such=wow\n")
    assert repository.hook("pnfilter").status == 0
    assert repository.hook("pnfilter", "--strict").status == 1


def test_the_hook_formats_in_place(repository: Repository) -> None:
    repository.add("a.filters", "meta.a=='x'\n")
    assert repository.hook("pnfilter-fmt").status == 0
    assert (repository.folder / "a.filters").read_text(encoding="utf-8") == 'meta.a == "x"\n'
    assert repository.run("git", "diff", "--name-only").out == "a.filters\n"


# The action


#: A Python that writes down how it is called, and makes environments with itself.
STUB = """\
#!/bin/sh
printf '%s\\n' "$*" >>"$CALLS"
[ "$3" != venv ] || { mkdir -p "$4/bin" && ln -s "$0" "$4/bin/python"; }
"""


def installed(repository: Repository, monkeypatch: pytest.MonkeyPatch, **inputs: str) -> Ended:
    """The step that installs, with a stub for Python; its output has the calls of the stub."""
    stub = repository.folder / ".git" / "stub"
    stub.write_text(STUB)
    stub.chmod(0o755)
    repository.outputs["steps.python.outputs.python-path"] = str(stub)
    calls = repository.folder / ".git" / "calls"
    calls.write_text("")
    monkeypatch.setenv("CALLS", str(calls))
    ended = repository.step("Install pnfilter", **inputs)
    return Ended(ended.status, ended.out + calls.read_text())


def test_the_action_installs_itself_in_an_environment_of_its_own(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = installed(repository, monkeypatch)
    *_, venv, pip = ended.out.splitlines()
    place = venv.removeprefix("-I -m venv ")
    assert place.startswith(str(repository.folder / ".git/runner/pnfilter."))
    assert pip == "-I -m pip install --quiet --disable-pip-version-check /the action"
    assert repository.outputs["steps.install.outputs.python"] == f"{place}/bin/python"


@pytest.mark.parametrize("version", ["0.1.0", "v0.1.0", "1.0rc1", "1.0.post2\n"])
def test_the_action_installs_a_released_version(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    ended = installed(repository, monkeypatch, version=version)
    package = f"pnfilter=={version.strip().removeprefix('v')}"
    assert ended.out.splitlines()[-1].split()[-1] == package


@pytest.mark.parametrize(
    "version",
    ["latest", "--pre", "1 --index-url=http://127.0.0.1", "1@http://127.0.0.1/x", "$(touch hacked)",
     "1\n2", "*"],
)  # fmt: skip
def test_the_action_installs_nothing_else(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    ended = installed(repository, monkeypatch, version=version)
    assert (ended.status, "pip" in ended.out) == (2, False)
    assert "::error title=pnfilter::the input version is not a version" in ended.out
    assert not (repository.folder / "hacked").exists()


def test_the_action_says_that_there_is_no_python(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("python", "python3"):
        old = repository.folder / ".git" / name
        old.write_text("#!/bin/sh\nexit 1\n")
        old.chmod(0o755)
    here = f"{repository.folder / '.git'}{os.pathsep}"
    monkeypatch.setattr(sys, "executable", f"{repository.folder}/.git/python")
    monkeypatch.setenv("PATH", f"{here}{os.environ['PATH']}")
    ended = repository.step("Install pnfilter")
    assert (ended.status, "no Python 3.11 or newer was found" in ended.out) == (2, True)


@pytest.mark.slow
def test_the_action_runs_from_what_it_installs(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all that pip needs for it, from the index of packages."""
    (step,) = (step for step in ACTION["runs"]["steps"] if step["name"] == "Install pnfilter")
    monkeypatch.setitem(step, "run", step["run"].replace("$GITHUB_ACTION_PATH", str(ROOT)))
    repository.add("a.filters", BAD)
    repository.add("pnfilter/__init__.py", "raise SystemExit('not this one')")
    ended = repository.step("Install pnfilter")
    assert ended == (0, "")
    python = repository.outputs["steps.install.outputs.python"]
    assert Path(python).parent.parent.parent == repository.folder / ".git/runner"
    ended = repository.step("Check filters")
    assert (ended.status, "title=pnfilter E202" in ended.out) == (1, True)


def test_the_action_annotates_what_is_wrong(repository: Repository) -> None:
    repository.add("sub/ä b.filters", BAD)
    repository.add("good.filter", GOOD)
    ended = repository.step("Check filters")
    assert ended.status == 1
    assert (
        "::error file=sub/ä b.filters,line=2,col=8,endLine=2,endColumn=11,title=pnfilter E202::"
        in ended.out
    )
    assert "3 filters checked: 1 error, 1 warning" in ended.out


def test_the_action_checks_code_and_files_of_filters(repository: Repository) -> None:
    repository.add("good.filter", GOOD)
    repository.add("bad.filters", BAD)
    repository.add("src/a.py", CODE)
    repository.add("pnfilter/__init__.py", "raise SystemExit('not this one')")
    repository.add("app.min.js", "import 'pubnub'; x={filterExpression:'a =='}")
    ended = repository.step("Check filters")
    assert ended.status == 1
    assert re.findall("::error file=(.*?),line=([0-9]+),", ended.out) == [
        ("bad.filters", "2"),
        ("src/a.py", "2"),
    ]


def test_the_action_passes_where_there_is_nothing(repository: Repository) -> None:
    ended = repository.step("Check filters")
    assert (ended.status, "no filter checked" in ended.out) == (0, True)


def test_the_action_checks_what_it_was_asked_to(repository: Repository) -> None:
    repository.add("good.filter", GOOD)
    repository.add("bad.filters", BAD)
    repository.add("a b/c.py", CODE)
    assert repository.step("Check filters", paths="good.filter").status == 0
    assert repository.step("Check filters", files="good.*\n").status == 0
    both = repository.step("Check filters", paths="\ngood.filter\r\na b\n")
    assert (both.status, "2 filters checked" in both.out) == (1, True)
    both = repository.step("Check filters", paths="good.filter", files="*.py")
    assert (both.status, "2 filters checked" in both.out) == (1, True)
    ended = repository.step("Check filters", files="*.txt\n\n")
    assert (ended.status, "no file of the repository is named like: *.txt" in ended.out) == (
        2,
        True,
    )


@pytest.mark.parametrize(
    "path",
    ["$(touch hacked)", "--help", "-", "; touch hacked", "`touch hacked`", "'\"", "a*", " ", "-e"],
)
def test_any_text_is_a_path(repository: Repository, path: str) -> None:
    ended = repository.step("Check filters", paths=f"{path}\n")
    assert ended.status == 2
    assert "no such file" in ended.out.lower()
    repository.add(f"./{path}/a.filters", BAD)
    repository.add("good.filter", GOOD)
    ended = repository.step("Check filters", paths=f"{path}\ngood.filter\n")
    assert (ended.status, "3 filters checked" in ended.out) == (1, True)
    assert not (repository.folder / "hacked").exists()


def test_a_file_called_dash_is_not_standard_input(repository: Repository) -> None:
    repository.add("./-", GOOD)
    for inputs in ({"paths": "-"}, {"files": "-"}):
        ended = repository.step("Check filters", **inputs)
        assert (ended.status, "./-: say how it holds filters" in ended.out) == (2, True)


def test_what_is_wrong_with_an_input_is_an_annotation(repository: Repository) -> None:
    repository.add("a.filters", GOOD)
    ended = repository.step("Check filters", strict="a%\n::error::b")
    assert (ended.status, ended.out) == (
        2,
        "::error title=pnfilter::the input strict is true or false, and not: a%25%0A::error::b\n",
    )
    ended = repository.step("Check filters", junit="no/such.xml")
    assert "::error title=pnfilter::the folder of a report is not there: no/such.xml" in ended.out
    assert ended.status == 2
    repository.add("pnfilter.toml", "[severity\n")
    ended = repository.step("Check filters")
    assert (ended.status, "pnfilter.toml: " in ended.out) == (2, True)
    assert ended.out.splitlines()[-1].startswith("::error title=pnfilter::not all could be checked")


def test_inputs_may_be_written_over_lines(repository: Repository) -> None:
    repository.add("a.filters", BAD)
    (repository.folder / "s.json").write_text("{}")
    ended = repository.step("Check filters", select="W\nI\n", schema="s.json\n", sarif="a.sarif\n")
    assert (ended.status, "W403" in ended.out, "I504" in ended.out) == (1, True, True)
    assert (repository.folder / "a.sarif").is_file()


@pytest.mark.parametrize("name", ["select", "ignore", "schema", "messages", "baseline", "strict"])
def test_a_value_is_never_an_option(repository: Repository, name: str) -> None:
    repository.add("a.filters", GOOD)
    ended = repository.step("Check filters", **{name: "--help"})
    assert (ended.status, "--help" in ended.out, "usage" in ended.out) == (2, True, False)


def test_a_link_to_nowhere_is_passed_over(repository: Repository) -> None:
    (repository.folder / "gone.filters").symlink_to("nowhere")
    repository.run("git", "add", ".")
    assert repository.step("Check filters").status == 0
    ended = repository.step("Check filters", files="*.filters")
    assert (ended.status, "no file of the repository is named like" in ended.out) == (2, True)
    repository.add("a.filters", BAD)
    ended = repository.step("Check filters", files="*.filters", paths="\n")
    assert (ended.status, "2 filters checked" in ended.out) == (1, True)
    assert repository.step("Check filters", paths=" \n").status == 2
    assert repository.step("Check filters", paths="\r\n\n").status == 1


def test_the_action_names_more_files_than_a_command_can_hold(repository: Repository) -> None:
    place = repository.folder / "/".join(["a" * 250] * 14)
    place.mkdir(parents=True)
    for number in range(700):
        (place / f"{number}.filters").write_text("a == 1\n")
    repository.run("git", "add", ".")
    ended = repository.step("Check filters", files="*.filters")
    assert (ended.status, "700 filters checked" in ended.out) == (0, True)


def test_the_action_hands_on_its_options(repository: Repository) -> None:
    repository.add("a.filters", "such=wow\ndata.mga == 1\n")
    (repository.folder / "s.json").write_text(
        '{"properties": {"data": {"properties": {"mag": {}}}}}'
    )
    (repository.folder / "m.ndjson").write_text('{"data": {"mag": 1}}\n')
    assert repository.step("Check filters").status == 0
    assert repository.step("Check filters", strict="true").status == 1
    assert repository.step("Check filters", strict="true", ignore="W403").status == 0
    assert repository.step("Check filters", strict="true", select="W41").status == 0
    assert "W441" in repository.step("Check filters", schema="s.json").out
    assert "W444" in repository.step("Check filters", messages="m.ndjson").out
    repository.run("pnfilter", "check", "a.filters", "--baseline", "b.json", "--write-baseline")
    assert repository.step("Check filters", strict="true", baseline="b.json").status == 0


def test_the_action_writes_reports(repository: Repository) -> None:
    repository.add("a.filters", BAD)
    ended = repository.step("Check filters", sarif="out.sarif", junit="out.xml")
    assert ended.status == 1
    log = json.loads((repository.folder / "out.sarif").read_text(encoding="utf-8"))
    assert len(log["runs"][0]["results"]) == 2
    suites = ET.fromstring((repository.folder / "out.xml").read_text(encoding="utf-8"))
    assert suites.attrib["failures"] == "1"


def test_the_action_uploads_a_log_if_asked(repository: Repository) -> None:
    *_, upload = ACTION["runs"]["steps"]
    (made,) = re.findall(r"[a-z.]+\.outputs\.[a-z]+", upload["if"])
    assert upload["with"]["sarif_file"] == f"${{{{ {made} }}}}"
    repository.add("a.filters", BAD)
    for name in ("", "out.sarif"):
        assert repository.step("Check filters", sarif=name).status == 1
        assert made not in repository.outputs
    assert repository.step("Check filters", sarif="true", schema="no.json").status == 2
    assert made not in repository.outputs
    assert repository.step("Check filters", sarif="true").status == 1
    log = json.loads(Path(repository.outputs[made]).read_text(encoding="utf-8"))
    assert len(log["runs"][0]["results"]) == 2
    # The working folder has nothing new.
    assert repository.run("git", "status", "--short").out == "A  a.filters\n?? out.sarif\n"


def test_what_the_action_uses_is_pinned() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "uses" not in step or re.search("@[0-9a-f]{40}$", step["uses"])


def test_an_input_of_the_action_is_never_a_command(repository: Repository) -> None:
    repository.add("a.filters", GOOD)
    for name in ACTION["inputs"]:
        if name != "python-version":
            repository.step(
                "Check filters", **{name.replace("-", "_"): "$(touch hacked); `touch hacked`"}
            )
    assert not (repository.folder / "hacked").exists()
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


def test_each_input_is_described_and_used() -> None:
    used = set(re.findall(r"inputs\.([a-z-]+)", json.dumps(ACTION["runs"])))
    assert used == ACTION["inputs"].keys()
    assert all(one["description"] for one in ACTION["inputs"].values())


# The manual


def examples() -> list[Any]:
    blocks = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return [yaml.safe_load(block) for block in blocks]


def test_the_examples_name_hooks_and_inputs_that_there_are() -> None:
    hooks = [
        hook["id"] for one in examples() for repo in one.get("repos", ()) for hook in repo["hooks"]
    ]
    assert set(hooks) == HOOKS.keys()
    steps = [
        step for one in examples() for job in one.get("jobs", {}).values() for step in job["steps"]
    ]
    actions = [step for step in steps if "pnfilter" in step.get("uses", "")]
    assert len(actions) == 2
    for action in actions:
        assert action.get("with", {}).keys() <= ACTION["inputs"].keys()


def test_the_table_of_inputs_has_all() -> None:
    (table,) = re.findall(r"^\| input \|.*?\n\n", PAGE, re.DOTALL | re.MULTILINE)
    first = [line.split("|")[1] for line in table.splitlines()[2:] if line]
    assert set(re.findall(r"`([a-z-]+)`", " ".join(first))) == ACTION["inputs"].keys()


def script_of(server: str) -> str:
    """The commands that the page has for a build server."""
    if server == "GitLab":
        (job,) = (one["filters"] for one in examples() if "filters" in one)
        assert job["artifacts"] == {"when": "always", "reports": {"junit": "pnfilter.xml"}}
        return "\n".join(job["script"])
    (block,) = re.findall(r"^```groovy\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert block.count("{") == block.count("}")
    assert "junit testResults: 'pnfilter.xml'" in block
    (script,) = re.findall(r"sh '''(.*?)'''", block, re.DOTALL)
    return str(script)


@pytest.mark.parametrize("server", ["GitLab", "Jenkins"])
def test_the_job_of_a_build_server(repository: Repository, server: str) -> None:
    # What it installs is here already.
    script = re.sub(r"\S*\.?pnfilter/bin/pip install .*", "", script_of(server))
    script = re.sub(r"python -m venv \S+", "", script)
    script = re.sub(r"\S+/bin/(?=pnfilter)", "", script)
    assert (script.count("pnfilter check"), "venv" in script) == (2, False)
    repository.add("a.filters", GOOD)
    assert repository.run("bash", "-e", "-c", script).status == 0
    repository.add("src/a.py", CODE)
    ended = repository.run("bash", "-e", "-c", script)
    assert (ended.status, "--> src/a.py:2:" in ended.out) == (1, True)
    suites = ET.parse(repository.folder / "pnfilter.xml").getroot()
    assert (suites.attrib["tests"], suites.attrib["failures"]) == ("2", "1")
    (repository.folder / "bad.filters").write_bytes(b"\xff")
    assert repository.run("bash", "-e", "-c", script).status == 2
