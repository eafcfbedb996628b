"""The sources of the manual's site, and what is checked of it. ``make docs`` builds it."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest

from pnfilter.cli.parser import COMMANDS
from pnfilter.lint.registry import all_rules
from tools.manual import commands, diagnostics, names
from tools.manual.__main__ import GOES_ON, MADE, filled
from tools.manual.checking import dead_links, inventory, public_modules, unlisted
from tools.manual.pages import ROOT, DeadLink, contents, linked, sources, staged
from tools.manual.text import escaped, fenced


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


# Pages


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return written(
        tmp_path / "repository",
        {
            "README.md": "# Read",
            "CHANGELOG.md": "# Changes",
            "SECURITY.md": "# Security",
            "CONTRIBUTING.md": "# How",
            "examples/README.md": "# Examples",
            "examples/a.py": "pass",
            "grammar/LANGUAGE.md": "# Language\n\n[how](README.md)",
            "grammar/README.md": "# Cases",
            "docs/index.md": "# First\n\n## Parts\n\n* [One](one.md), and so on\n* [Two](deep/two.md)\n",
            "docs/one.md": "# One",
            "docs/deep/two.md": "# Two",
        },
    )


@pytest.mark.parametrize(
    ("source", "text", "becomes"),
    [
        ("docs/one.md", "[x](deep/two.md#y)", "[x](deep/two.md#y)"),
        ("docs/deep/two.md", "[x](../../grammar/LANGUAGE.md#y)", "[x](../reference/rules.md#y)"),
        ("grammar/LANGUAGE.md", "[how](README.md)", "[how](conformance.md)"),
        ("CHANGELOG.md", "[x](docs/one.md)", "[x](one.md)"),
        ("docs/one.md", "[x](../README.md)", "[x](index.md)"),
        ("docs/one.md", "[`a`](../examples/a.py)", "[`a`](files/examples/a.py)"),
        ("docs/one.md", "[all](../examples)", "all"),
        ("docs/one.md", "[x](#y) and [z](https://a.b/c)", "[x](#y) and [z](https://a.b/c)"),
        (
            "docs/one.md",
            "```\n[x](nothing)\n```\n[x](one.md)",
            "```\n[x](nothing)\n```\n[x](one.md)",
        ),
    ],
)
def test_a_link_of_the_repository_leads_to_its_page(
    repository: Path, tmp_path: Path, source: str, text: str, becomes: str
) -> None:
    pages = sources(repository)
    (page,) = [page for page, path in pages.items() if path == source]
    assert linked(text, page, pages, tmp_path, repository) == becomes


def test_a_file_that_is_linked_comes_along(repository: Path, tmp_path: Path) -> None:
    written(repository, {"docs/one.md": "[x](../examples/a.py)"})
    staged(tmp_path / "site", lambda _, text: text, repository)
    assert (tmp_path / "site/files/examples/a.py").read_text() == "pass"


def test_a_link_to_nothing_is_reported(repository: Path, tmp_path: Path) -> None:
    written(repository, {"docs/one.md": "[x](none.md)"})
    with pytest.raises(DeadLink, match=r"docs/one.md: none.md leads to nothing"):
        staged(tmp_path / "site", lambda _, text: text, repository)


def test_the_contents_are_the_lists_of_the_first_page(repository: Path) -> None:
    made = contents((repository / "docs/index.md").read_text())
    parts, index = made.split("```\n\n")
    assert parts == "\n```{toctree}\n:hidden:\n:caption: Parts\n\nOne <one>\nTwo <deep/two>\n"
    assert index.endswith(" <genindex>\n```\n")


def test_every_page_that_is_made_of_code_is_there() -> None:
    assert MADE.keys() <= sources().keys()
    assert filled("reference/commands.md", "# Commands\n").startswith(
        "# Commands\n\n(command-check)="
    )
    assert filled("one.md", "# One") == "# One"


def test_a_page_that_goes_on_in_the_site_says_so_elsewhere() -> None:
    for page in MADE:
        text = (ROOT / sources()[page]).read_text(encoding="utf-8")
        assert text.endswith(f"\n\n{GOES_ON}"), page
        assert GOES_ON not in filled(page, text)


# The reference


def test_every_command_and_option_is_in_the_reference() -> None:
    made = commands.reference()
    listed = list(commands.options())
    assert {name for name, _ in listed} == COMMANDS.keys()
    assert ("grep", "--undecided") in listed
    for name, option in listed:
        section = made.partition(f"(command-{name})=\n## `pnfilter {name}`\n")[2].partition(
            "\n## "
        )[0]
        assert f"{option}" in section, (name, option)


def test_every_diagnostic_is_in_the_reference_with_its_examples() -> None:
    made = diagnostics.reference()
    for rule in all_rules().values():
        section = made.partition(f"({rule.code})=\n### {rule.code} {rule.name}\n")[2]
        section = section.partition("\n### ")[0]
        assert f"[{rule.code}]: " in section, rule.code
        assert fenced(rule.good) in section, rule.code


def test_every_public_name_is_in_the_reference() -> None:
    made = names.reference() + "".join(names.client_reference(part) for part in names.CLIENT)
    for module in public_modules():
        section = made.partition(f".. currentmodule:: {module}\n")[2].partition("\n## ")[0]
        for name in names.public_names(module):
            assert f":: {name}\n" in section or f"`{name}`" in section, (module, name)
    assert names.lent_names("pnfilter.builder") == {"F": "pnfilter", "template": "pnfilter"}
    assert {"pnfilter", "pnfilter.server", "pnclient.pubnub_tornado"} <= set(public_modules())


def test_a_diagnostic_leads_to_those_that_it_names() -> None:
    made = diagnostics.reference()
    assert "see [W456](#W456)" in made
    assert not re.search(r"^### .*\[", made, re.MULTILINE)


def test_what_cant_be_seen_in_an_example_is_shown_by_name() -> None:
    made = diagnostics.reference()
    assert "(nothing)" in made
    assert "(262,145 characters)" in made
    assert max(map(len, made.splitlines())) < 1000


def test_an_option_in_a_sentence_is_code() -> None:
    assert "only known findings of `--baseline`" in commands._prose(
        "only known findings of --baseline"
    )
    assert commands._prose("a -1 or well-known `--x`") == "a -1 or well-known `--x`"


def test_plain_text_stays_plain() -> None:
    assert escaped("a *b* [c](d) `e*` {f}") == r"a \*b\* \[c\](d) `e*` \{f\}"
    assert fenced("```") == "````text\n```\n````\n"


# The built site


def test_dead_links_are_reported(tmp_path: Path) -> None:
    site = written(
        tmp_path,
        {
            "index.html": '<a href="a.html#there"></a><a href="a.html#not"></a><a href="b.html"></a>'
            '<a href="http://github.com/x"></a><a href="https://github.com/x"></a>'
            '<a href="#here"></a><p id="here"></p><img src="c.png">',
            "a.html": '<p id="there"></p>',
        },
    )
    assert [fault.split(": ")[1:] for fault in dead_links(site)] == [
        ["a.html#not", "no such place in it"],
        ["b.html", "no such file"],
        ["http://github.com/x", "neither of github.com, pre-commit.com"],
        ["c.png", "no such file"],
    ]


def test_what_the_index_lacks_is_reported(tmp_path: Path) -> None:
    lines = b"command-check std:label -1 x.html#$ -\npnfilter.check py:function 1 x.html#$ -\n"
    head = b"# Sphinx inventory version 2\n# Project: x\n# Version: 1\n# compressed\n"
    (tmp_path / "objects.inv").write_bytes(head + zlib.compress(lines))
    assert inventory(tmp_path) == {"std:label command-check", "py pnfilter.check"}
    told = list(unlisted(tmp_path))
    assert "the index has no std:label e101" in told
    assert "the index has no std:cmdoption pnfilter-grep.--undecided" in told
    assert not [one for one in told if one.endswith((" command-check", " pnfilter.check"))]


def test_each_promise_names_tests_that_exist() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    names = re.findall(r"`((?:tests|pnfilter)/[^`]*)`", text)
    assert len(names) > 20
    assert [name for name in names if not (ROOT / name).exists()] == []
