"""Trees that someone else wrote: nothing in one starts a program, and nothing outside is read."""

from __future__ import annotations

import hashlib
import inspect
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from fnmatch import translate
from pathlib import Path
from time import process_time

import pytest

import pnfilter
from pnfilter.extraction import files
from pnfilter.extraction.files import Discovery, known_to_git
from pnfilter.extraction.project import Project
from pnfilter.extraction.settings import Settings, SettingsError, read_settings
from pnfilter.extraction.trees import leads_out

FILTER = "import pubnub\nc.filter_expression = 'meta.x == 1'\n"
GIT = shutil.which("git") or "git"


class Trap:
    """A repository, and a program that must never run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "tree"
        self.outside = folder / "outside"
        self.marker = folder / "marker"
        self.program = folder / "program"
        self.program.write_text(f'#!/bin/sh\ntouch "{self.marker}"\n')
        self.program.chmod(0o755)
        for path in (self.folder, self.outside):
            path.mkdir()
        (self.outside / "secret.py").write_text(FILTER)
        (self.folder / "a.py").write_text(FILTER)
        (self.folder / "b.py").write_text(FILTER)
        self.git("init", "--quiet")
        self.git("add", "a.py")
        self.git("commit", "--quiet", "--message=first")

    def git(self, *arguments: str, input: str | None = None) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        command = [GIT, *who, "-C", str(self.folder), *arguments]
        return subprocess.run(
            command, input=input, check=True, capture_output=True, text=True
        ).stdout

    def configure(self, **values: str) -> None:
        for name, value in values.items():
            self.git("config", name.replace("__", "."), value)

    def config(self, text: str) -> None:
        with (self.folder / ".git/config").open("a") as stream:
            stream.write(text)

    def found(self) -> list[str]:
        """The files in which filters are found, once all commands have run."""
        return [os.path.relpath(found.path, self.folder) for found in pnfilter.extract(self.folder)]


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    return Trap(tmp_path)


def monitor(trap: Trap) -> None:
    trap.config(f'[core]\n\tfsmonitor = "{trap.program}"\n')


def included_monitor(trap: Trap) -> None:
    more = trap.folder / "more"
    more.write_text(f'[core]\n\tfsmonitor = "{trap.program}"\n')
    trap.config(f'[include]\n\tpath = "{more}"\n[includeIf "gitdir:**"]\n\tpath = "{more}"\n')


def monitor_of_a_worktree(trap: Trap) -> None:
    trap.configure(extensions__worktreeConfig="true")
    (trap.folder / ".git/config.worktree").write_text(f"[core]\n\tfsmonitor = {trap.program}\n")


def monitor_of_another_folder(trap: Trap) -> None:
    monitor(trap)
    (trap.folder / ".git").rename(trap.outside / "git")
    (trap.folder / ".git").write_text(f"gitdir: {trap.outside}/git\n")


def monitor_in_the_environment(trap: Trap) -> None:
    values = {"COUNT": "1", "KEY_0": "core.fsmonitor", "VALUE_0": str(trap.program)}
    os.environ |= {f"GIT_CONFIG_{name}": value for name, value in values.items()}


def repository_in_the_environment(trap: Trap) -> None:
    monitor(trap)
    (trap.folder / ".git").rename(trap.outside / "git")
    os.environ["GIT_DIR"] = str(trap.outside / "git")


def hooks(trap: Trap) -> None:
    for name in ("post-index-change", "fsmonitor-watchman", "query-watchman", "pre-commit"):
        hook = trap.folder / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        shutil.copy(trap.program, hook)
    trap.configure(core__hooksPath=".git/hooks", core__untrackedCache="true")
    trap.configure(core__fsmonitor=".git/hooks/query-watchman")


def programs(trap: Trap) -> None:
    program = str(trap.program)
    trap.config(
        f"[core]\n\tpager = {program}\n\tsshCommand = {program}\n\taskPass = {program}\n"
        f"\teditor = {program}\n\tgitProxy = {program}\n\talternateRefsCommand = {program}\n"
        f"[pager]\n\tls-files = {program}\n[diff]\n\texternal = {program}\n"
        f"[credential]\n\thelper = !{program}\n[alias]\n\tls-files = !{program}\n"
        f'[filter "x"]\n\tclean = {program}\n\tsmudge = {program}\n\tprocess = {program}\n'
        f'\trequired = true\n[diff "x"]\n\ttextconv = {program}\n\tcommand = {program}\n'
    )
    (trap.folder / ".gitattributes").write_text("* filter=x diff=x\n")


def promisor(trap: Trap) -> str:
    """What makes git fetch from a program whatever object is missing."""
    return (
        f'[remote "origin"]\n\turl = {trap.folder}\n\tpromisor = true\n\tuploadpack = {trap.program}\n'
        f"\tpartialclonefilter = blob:none\n[extensions]\n\tpartialClone = origin\n"
        "[core]\n\trepositoryformatversion = 1\n"
    )


def missing_list(trap: Trap) -> None:
    """An ignore list that is only in the index, and whose content would have to be fetched."""
    trap.config(promisor(trap))
    missing = "1" * 40
    trap.git("update-index", "--add", "--cacheinfo", f"100644,{missing},.gitignore")
    trap.git("update-index", "--skip-worktree", ".gitignore")


def missing_list_over_ssh(trap: Trap) -> None:
    missing_list(trap)
    trap.configure(remote__origin__url="ssh://x/y", core__sshCommand=str(trap.program))


def missing_list_over_a_helper(trap: Trap) -> None:
    missing_list(trap)
    trap.configure(remote__origin__url=f"ext::{trap.program}", protocol__ext__allow="always")


def bare(trap: Trap) -> None:
    """A folder that looks like a bare repository, with its own working tree."""
    missing_list(trap)
    inner = trap.folder / "inner"
    shutil.copytree(trap.folder / ".git", inner)
    shutil.rmtree(trap.folder / ".git")
    shutil.move(trap.folder / "a.py", inner)
    with (inner / "config").open("a") as stream:
        stream.write(f"[core]\n\tbare = false\n\tworktree = .\n\tfsmonitor = {trap.program}\n")
    (trap.folder / "b.py").unlink()


def submodule(trap: Trap) -> None:
    inner = trap.folder / "inner"
    inner.mkdir()
    subprocess.run([GIT, "init", "--quiet", inner], check=True)
    shutil.copy(trap.folder / "a.py", inner)
    with (inner / ".git/config").open("a") as stream:
        stream.write(f"[core]\n\tfsmonitor = {trap.program}\n")
    trap.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},inner")


def program_of_the_tree(trap: Trap) -> None:
    shutil.copy(trap.program, trap.folder / "git")
    os.environ["PATH"] = os.pathsep.join([str(trap.folder), "", ".", os.environ["PATH"]])
    os.chdir(trap.folder)


TRAPS: list[Callable[[Trap], None]] = [
    monitor,
    included_monitor,
    monitor_of_a_worktree,
    monitor_of_another_folder,
    monitor_in_the_environment,
    repository_in_the_environment,
    hooks,
    programs,
    missing_list,
    missing_list_over_ssh,
    missing_list_over_a_helper,
    bare,
    submodule,
    program_of_the_tree,
]
#: Those that git falls into when it lists files by itself, as the others are for what else it does.
REAL = [trap for trap in TRAPS if trap not in (programs, submodule)]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a trap changes of the process is as before afterwards."""
    place, before = Path.cwd(), dict(os.environ)
    yield
    os.chdir(place)
    os.environ.clear()
    os.environ |= before


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("spring", TRAPS, ids=lambda spring: spring.__name__)
def test_nothing_in_a_tree_starts_a_program(trap: Trap, spring: Callable[[Trap], None]) -> None:
    spring(trap)
    found = trap.found()
    if (trap.folder / "inner").is_dir():
        found += [found.path for found in pnfilter.extract(trap.folder / "inner")]
    assert not trap.marker.exists()
    assert found


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("spring", REAL, ids=lambda spring: spring.__name__)
def test_the_traps_are_real(trap: Trap, spring: Callable[[Trap], None]) -> None:
    spring(trap)
    place = trap.folder / "inner" if spring is bare else trap.folder
    subprocess.run(["git", "-C", place, "ls-files", "-co", "--exclude-standard"], check=False)
    assert trap.marker.exists()


# What git lists


def index_of(*names: str) -> bytes:
    """An index with these names, which git itself wouldn't write."""
    entries = b""
    for name in names:
        entry = bytes(24) + struct.pack(">I", 0o100644) + bytes(12 + 20)
        entry += struct.pack(">H", len(name)) + name.encode()
        entries += entry + bytes(8 - len(entry) % 8)
    content = b"DIRC" + struct.pack(">II", 2, len(names)) + entries
    return content + hashlib.sha1(content).digest()


def test_names_that_lead_out_of_the_tree(trap: Trap) -> None:
    names = sorted(
        ["../outside/secret.py", str(trap.outside / "secret.py"), "a.py", "out/secret.py"]
    )
    (trap.folder / ".git/index").write_bytes(index_of(*names))
    (trap.folder / "out").symlink_to(trap.outside)
    assert trap.found() == ["a.py", "b.py"]


def test_a_working_tree_elsewhere_is_not_listed(trap: Trap) -> None:
    trap.configure(core__worktree=str(trap.outside))
    assert known_to_git(trap.folder) == ["a.py", "b.py"]
    assert trap.found() == ["a.py", "b.py"]


@pytest.mark.parametrize("place", ["index", "info/exclude", "config", "../.gitignore"])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_git_reads_and_is_no_file(
    trap: Trap, monkeypatch: pytest.MonkeyPatch, place: str, kind: str
) -> None:
    # Git waits for a pipe that is called .gitignore.
    monkeypatch.setattr(files, "PIPE_SECONDS", 0.1)
    path = trap.folder / ".git" / place
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    discovery = Discovery(Settings())
    assert [path.name for path in discovery.files([trap.folder])] == ["a.py", "b.py"]


@pytest.mark.parametrize("name", [".gitignore", "inner/.gitignore", "nested/.git/HEAD"])
def test_git_is_not_waited_for_where_there_is_a_pipe(
    trap: Trap, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(files, "PIPE_SECONDS", 0.1)
    monkeypatch.setattr(files, "GIT_SECONDS", 600)
    (trap.folder / name).parent.mkdir(parents=True, exist_ok=True)
    (trap.folder / "nested/.git/refs").mkdir(parents=True, exist_ok=True)
    (trap.folder / "nested/.git/objects").mkdir()
    os.mkfifo(trap.folder / name)
    assert known_to_git(trap.folder) is None
    assert trap.found() == ["a.py", "b.py"]


def test_git_is_given_time_where_there_is_none(trap: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PIPE_SECONDS", 0)
    assert known_to_git(trap.folder) == ["a.py", "b.py"]
    monkeypatch.setattr(files, "GIT_SECONDS", 0)
    assert known_to_git(trap.folder) is None


def test_an_index_that_grows_when_it_is_read(trap: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    # In version 4 a name is written as the end that differs from the name before it.
    first, more = 50_000, 1_000
    entries = [b"\0" + b"a" * first] + [b"\5%05d" % number for number in range(more)]
    head = bytes(24) + struct.pack(">I", 0o100644) + bytes(32) + b"\x0f\xff"
    content = b"DIRC" + struct.pack(">II", 4, len(entries))
    content += b"".join(head + entry + b"\0" for entry in entries)
    (trap.folder / ".git/index").write_bytes(content + hashlib.sha1(content).digest())
    assert len(known_to_git(trap.folder) or ()) == 1 + more + 2
    assert trap.found() == ["a.py", "b.py"]
    monkeypatch.setattr(files, "MAX_LISTED_BYTES", first * more)
    assert known_to_git(trap.folder) is None
    if sys.platform == "linux":
        monkeypatch.setattr(files, "MAX_LISTED_BYTES", sys.maxsize)
        monkeypatch.setattr(files, "GIT_MEMORY", first * more)
        assert known_to_git(trap.folder) is None


def test_an_index_with_longer_hashes(trap: Trap) -> None:
    shutil.rmtree(trap.folder / ".git")
    trap.git("init", "--quiet", "--object-format=sha256")
    trap.git("add", "a.py")
    (trap.folder / ".git/info/exclude").write_text("b.py\n")
    monitor(trap)
    assert known_to_git(trap.folder) == ["a.py"]
    assert not trap.marker.exists()


@pytest.mark.parametrize("file", ["excludesFile", "attributesFile"])
def test_lists_that_the_configuration_names_are_not_read(trap: Trap, file: str) -> None:
    (trap.outside / "list").write_text("*.py\n")
    trap.config(f"[core]\n\t{file} = {trap.outside}/list\n[include]\n\tpath = /dev/zero\n")
    assert known_to_git(trap.folder) == ["a.py", "b.py"]


def test_git_still_knows_what_is_tracked_and_what_is_ignored(trap: Trap) -> None:
    (trap.folder / "ignored.py").write_text(FILTER)
    (trap.folder / "excluded.py").write_text(FILTER)
    (trap.folder / ".gitignore").write_text("a.py\nignored.py\n")
    (trap.folder / ".git/info/exclude").write_text("excluded.py\n")
    (trap.folder / "sub").mkdir()
    (trap.folder / "sub/c.py").write_text(FILTER)
    assert trap.found() == ["a.py", "b.py", "sub/c.py"]
    assert known_to_git(trap.folder / "sub") == ["c.py"]
    other = trap.folder.with_name("other")
    trap.git("worktree", "add", "--quiet", str(other))
    (other / "excluded.py").write_text(FILTER)
    (other / "new.py").write_text(FILTER)
    assert known_to_git(other) == ["a.py", "new.py"]
    assert known_to_git(trap.outside) is None


def test_without_git_a_tree_is_walked_through(trap: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert known_to_git(trap.folder) is None
    assert trap.found() == ["a.py", "b.py"]


# Links, and what is no file


LINKS = {
    "file.py": "../outside/secret.py",
    "absolute.py": "OUTSIDE/secret.py",
    "environ.filter": "/proc/self/environ",
    "device.filters": "/dev/zero",
    "chain.py": "file.py",
    "nowhere.py": "../outside/none.py",
    "folder": "../outside",
    "back.py": "../outside/../tree/../outside/secret.py",
}


@pytest.fixture
def linked(trap: Trap) -> Trap:
    for name, to in LINKS.items():
        (trap.folder / name).symlink_to(to.replace("OUTSIDE", str(trap.outside)))
    (trap.folder / "inside.py").symlink_to("a.py")
    return trap


@pytest.mark.parametrize("tracked", ["tracked", "new", "no repository"])
def test_links_that_lead_out_are_not_followed(linked: Trap, tracked: str) -> None:
    if tracked == "tracked":
        linked.git("add", ".")
    elif tracked == "no repository":
        shutil.rmtree(linked.folder / ".git")
    discovery = Discovery(Settings())
    found = [path.name for path in discovery.files([linked.folder])]
    assert found == ["a.py", "b.py"]
    (note,) = discovery.notes
    assert note == (
        f"links that lead out of {linked.folder} are not followed: "
        f"7 files, {linked.folder}/absolute.py first"
    )


@pytest.mark.parametrize("name", [*LINKS, "folder/secret.py"])
def test_a_named_link_that_leads_out_of_its_repository(linked: Trap, name: str) -> None:
    if name in ("folder", "nowhere.py"):
        return
    with pytest.raises(OSError, match="leads out of its repository"):
        list(pnfilter.extract(linked.folder / name))


@pytest.mark.parametrize(
    "name", ["folder", "repository", "repository/a.py", "other/a.py", "git.filter", "GIT.FILTER"]
)
def test_other_links_that_lead_out(linked: Trap, name: str) -> None:
    """Links to folders, to another repository, and to what git keeps of this one."""
    another = linked.outside / "repository"
    shutil.copytree(linked.folder, another, symlinks=True)
    (linked.folder / "repository").symlink_to(another)
    (linked.folder / "other").symlink_to("repository")
    (linked.folder / "git.filter").symlink_to(".git/config")
    (linked.folder / "GIT.FILTER").symlink_to("git.filter")
    with pytest.raises(OSError, match="leads out of its repository"):
        list(pnfilter.extract(linked.folder / name))
    assert linked.found() == ["a.py", "b.py"]


@pytest.mark.parametrize("name", ["environ.filter", "chain.filter", "self/environ"])
def test_a_link_to_the_environment_without_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "environ.filter").symlink_to("/proc/self/environ")
    (tmp_path / "chain.filter").symlink_to("environ.filter")
    (tmp_path / "self").symlink_to("/proc/self")
    with pytest.raises(OSError, match="is not followed"):
        list(pnfilter.extract(tmp_path / name))
    assert not leads_out("/proc/self/environ")
    assert not leads_out("/dev/stdin")
    monkeypatch.chdir("/proc/self")
    assert not leads_out("environ")


@pytest.fixture
def ignoring(trap: Trap) -> Trap:
    """A repository with links to an ignored file, and to one in an ignored folder."""
    (trap.folder / ".gitignore").write_text(".env\nsecrets/\n")
    (trap.folder / ".env").write_text("TOKEN=x")
    (trap.folder / "secrets").mkdir()
    (trap.folder / "secrets/x.filter").write_text("token=x")
    for name, to in HIDDEN.items():
        (trap.folder / name).symlink_to(to)
    trap.git("add", ".")
    return trap


HIDDEN = {
    "a.filter": ".env",
    "b.filters": "a.filter",
    "c.filter": "secrets/x.filter",
    "d.filter": "folder/x.filter",
    "folder": "secrets",
}


@pytest.mark.parametrize("undone", [False, True], ids=["ignored", "ignored no more"])
def test_links_to_what_git_does_not_track(ignoring: Trap, undone: bool) -> None:
    if undone:
        # A list in the tree can take back what another one ignores.
        (ignoring.folder / ".gitignore").write_text("!.env\n!secrets/\n")
    discovery = Discovery(Settings())
    names = {
        path.relative_to(ignoring.folder).as_posix() for path in discovery.files([ignoring.folder])
    }
    assert names - {".env", "secrets/x.filter"} == {"a.py", "b.py"}
    (note,) = discovery.notes
    links = "links to what git doesn't track are not followed"
    assert note == f"{links}: 4 files, {ignoring.folder}/a.filter first"
    for name in (*list(HIDDEN)[:-1], "folder/x.filter"):
        with pytest.raises(OSError, match="a link to what git doesn't track is not followed"):
            list(pnfilter.extract(ignoring.folder / name))
    ignoring.git("add", "--force", ".env", "secrets")
    assert list(pnfilter.extract(ignoring.folder / "a.filter"))
    assert "secrets/x.filter" in ignoring.found()


def test_links_where_git_cannot_be_asked(ignoring: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    (ignoring.folder / "inside.py").symlink_to("a.py")
    monkeypatch.setenv("PATH", "")
    assert ignoring.found() == ["a.py", "b.py"]
    with pytest.raises(OSError, match="git doesn't track"):
        list(pnfilter.extract(ignoring.folder / "a.filter"))
    # Without a repository nothing but the lists say what is ignored.
    shutil.rmtree(ignoring.folder / ".git")
    assert ignoring.found() == ["a.py", "b.py"]


def test_an_index_with_a_name_behind_a_link(ignoring: Trap) -> None:
    (ignoring.folder / ".git/index").write_bytes(index_of("folder/x.filter"))
    assert ignoring.found() == ["a.py", "b.py"]


def test_links_in_a_circle_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert not leads_out(tmp_path / "a")


def test_a_named_link_is_followed(linked: Trap) -> None:
    assert list(pnfilter.extract(linked.folder / "inside.py"))
    shutil.rmtree(linked.folder / ".git")
    assert list(pnfilter.extract(linked.folder / "file.py"))


def test_lists_of_packages_outside_are_not_read(trap: Trap) -> None:
    (trap.outside / "list").write_text("pubnub\n")
    (trap.folder / "c.swift").write_text('let filterExpression = "meta.x == 1"\n')
    (trap.folder / "Podfile").symlink_to(trap.outside / "list")
    os.mkfifo(trap.folder / "package.json")
    assert "c.swift" not in trap.found()
    (trap.folder / "Podfile").unlink()
    (trap.folder / "Podfile").write_text("pubnub\n")
    assert "c.swift" in trap.found()


def test_a_file_that_becomes_a_pipe(trap: Trap) -> None:
    project = Project([trap.folder], Settings())
    (trap.folder / "b.py").unlink()
    os.mkfifo(trap.folder / "b.py")
    with pytest.raises(OSError, match="not a regular file"):
        list(project.filters(trap.folder / "b.py"))


def test_a_list_of_what_to_ignore_has_an_end(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(FILTER)
    with (tmp_path / ".gitignore").open("wb") as stream:
        stream.truncate(10 << 30)
    discovery = Discovery(Settings())
    assert list(discovery.files([tmp_path])) == [tmp_path / "a.py"]
    assert discovery.notes == [f"{tmp_path}/.gitignore is not heeded: longer than 1,000,000 bytes"]


@pytest.mark.parametrize(
    ("line", "seconds", "note"),
    [
        ("*a" * 9 + "b", 60, "lines of {}/.gitignore with more than 3 wildcards are not heeded"),
        ("**/a/" * 9 + "b", 60, "lines of {}/.gitignore with more than 3 wildcards are not heeded"),
        # A time that no machine keeps within.
        ("*a*ab", 0.0001, "the lists of what to ignore in {} are heeded for 0.0001 s only"),
    ],
    ids=["asterisks", "folders", "many"],
)
def test_a_list_of_what_to_ignore_takes_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, seconds: float, note: str
) -> None:
    monkeypatch.setattr(files, "IGNORE_SECONDS", seconds)
    (tmp_path / ".gitignore").write_text(f"{line}\n" * 300)
    folder = tmp_path / "/".join("a" * 100)
    folder.mkdir(parents=True)
    for number in range(10):
        (folder / f"{'a' * 200}{number}.py").write_text(FILTER)
    discovery = Discovery(Settings())
    assert len(list(discovery.files([tmp_path]))) == 10
    assert discovery.notes == [note.format(tmp_path)]


def test_a_tree_that_is_deep(tmp_path: Path) -> None:
    folder = tmp_path / "/".join("a" * 300)
    folder.mkdir(parents=True)
    (folder / "a.py").write_text(FILTER)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 200)
    try:
        assert list(Discovery(Settings()).files([tmp_path])) == [folder / "a.py"]
    finally:
        sys.setrecursionlimit(limit)


@pytest.mark.parametrize("name", ["a.py", "a.js", "a.json"])
def test_code_that_is_nested_deeply(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    nested = f'"pubnub"; filter_expression = {"(%" * 3_000}"x"{")" * 3_000}\n'
    file.write_text(nested.replace("(%", '"%s" % ('))
    project = Project([file], Settings())
    assert list(project.filters(file)) == []
    assert project.unreadable == []


# Settings


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('schema = "/dev/zero"', "schema must be a file of the project; /dev/zero is outside"),
        ('schema = "../outside/secret.py"', "schema must be a file of the project"),
        ('schema = "file.json"', "schema must be a file of the project; file.json is outside"),
        ('schema = "folder/secret.py"', "schema must be a file of the project"),
        ("keys = " + "[" * 100_000, "nested too deeply"),
        ("keys = " + "{a = " * 100_000, "nested too deeply"),
        ("severity.W403 = " + "[" * 300 + "]" * 300, "severity W403 = [[[["),
        ("#" * 1_000_001, "longer than 1,000,000 bytes"),
        ("keys = " + "9" * 5_000, "not TOML: "),
        ("a." * 65 + "a = 1", "a key has more than 64 parts"),
        ("[" + "'a' . " * 65 + "a]", "a key has more than 64 parts"),
        ("x = {" + '"\\"". ' * 65 + "a = 1}", "a key has more than 64 parts"),
        (f"exclude = {['a'] * 201}", "exclude is a list of 200 texts at most, of 255 characters"),
        (f"keys = ['{'a' * 256}']", "keys is a list of 200 texts at most, of 255 characters each"),
        ('schema = ".git/config"', "schema must be a file of the project"),
        ('schema = "a\\u0000b"', "schema is the path of a file"),
        ("x" * 5_000 + " = 1", "unknown setting xxx"),
        (f"severity.{'x' * 5_000} = 1", "severity xxx"),
    ],
    ids=range(18),
)
def test_settings_that_are_refused(trap: Trap, content: str, complaint: str) -> None:
    (trap.folder / "file.json").symlink_to(trap.outside / "secret.py")
    (trap.folder / "folder").symlink_to(trap.outside)
    for name in ("pnfilter.toml", "pyproject.toml"):
        file = trap.folder / name
        file.write_text(content if name == "pnfilter.toml" else f"[tool.pnfilter]\n{content}\n")
        with pytest.raises(SettingsError) as caught:
            list(pnfilter.extract(trap.folder))
        assert str(caught.value).startswith(f"{file}: {complaint}")
        assert len(str(caught.value)) < 500
        file.unlink()


def test_settings_take_no_longer_where_a_file_nearly_holds_them(tmp_path: Path) -> None:
    texts = tuple(f"{'a' * 250}{number}" for number in range(200))
    file = tmp_path / "a.py"
    seconds = []
    for sign in "ba":
        file.write_text(f"filter_expression = {sign * 200_000}")
        project = Project([file], Settings(keys=texts, words=texts))
        begun = process_time()
        assert list(project.filters(file)) == []
        seconds.append(process_time() - begun)
    assert seconds[1] < 20 * seconds[0] + 1


def test_patterns_are_made_ready_once(trap: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    translated = []

    def count(pattern: str) -> str:
        translated.append(pattern)
        return translate(pattern)

    monkeypatch.setattr("pnfilter.extraction.settings.translate", count)
    for number in range(20):
        (trap.folder / f"{number}.py").write_text(FILTER)
    patterns = ", ".join(f"'x{number}*'" for number in range(200))
    (trap.folder / "pnfilter.toml").write_text(f"exclude = [{patterns}]")
    assert len(trap.found()) == 22
    assert len(translated) == 200


@pytest.mark.parametrize("name", ["pnfilter.toml", "pyproject.toml"])
def test_settings_outside_are_not_read(trap: Trap, name: str) -> None:
    (trap.outside / "x.toml").write_text("[tool.pnfilter]\nsecret = 1\n")
    (trap.folder / name).symlink_to(trap.outside / "x.toml")
    with pytest.raises(SettingsError, match="a link that leads out of the project is not followed"):
        list(pnfilter.extract(trap.folder))


def test_a_package_may_name_a_schema_of_its_repository(trap: Trap) -> None:
    file = trap.folder / "package/pnfilter.toml"
    file.parent.mkdir()
    file.write_text('schema = "../schema.json"')
    assert read_settings(file).schema == str(trap.folder / "package/../schema.json")
    shutil.rmtree(trap.folder / ".git")
    with pytest.raises(SettingsError, match="schema must be a file of the project"):
        read_settings(file)
