"""Files that are broken in any way: nothing raises, and every place is one of the file."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from pnfilter import check, extract
from pnfilter.diagnostics import Span
from pnfilter.extraction.files import EXTENSIONS
from pnfilter.extraction.formats import MAX_PIECES
from pnfilter.extraction.project import language_of_file
from pnfilter.lint.rules.placeholders import check_holes
from tests.extraction import corpus

#: One ending of a file's name for each language.
ENDINGS = {language_of_file(Path(f"a{ending}")): ending for ending in sorted(EXTENSIONS)}
TEXTS = [path.read_text(encoding="utf-8") for path in sorted(corpus.FOLDER.glob("*.txt"))]
PIECES = [
    *("'", '"', "`", "\\", "${", "}", "{", "(", ")", "[", "]", "/*", "*/", "//", "#", "\n", '"""'),
    *(
        "filterExpression = ",
        "filter_expression: ",
        "setFilterExpression(",
        "getMemberships({ filter: ",
        "getAllUUIDMetadata().filter(",
        "filter-expr=",
        "%s",
        "{}",
    ),
    *(
        "<<~F\n",
        "<<<F\n",
        "<?php ",
        "?>",
        "<script>",
        "\\u{110000}",
        "\\ud83d",
        "%F0%9F",
        "é",
        "😀",
        " + ",
    ),
]


def broken(chance: random.Random) -> str:
    """A piece of the corpus with things put in, taken out and exchanged."""
    text = chance.choice(TEXTS)
    start = chance.randrange(len(text))
    text = "pubnub <?php <script>\n" + text[start : start + chance.randrange(1, 900)]
    for _ in range(chance.randrange(1, 12)):
        place = chance.randrange(len(text))
        text = text[:place] + chance.choice(PIECES) + text[place + chance.randrange(3) :]
    return text


@pytest.mark.sliced(4)
@pytest.mark.parametrize("extension", sorted(ENDINGS.values()))
def test_nothing_raises_and_places_are_of_the_file(extension: str, tmp_path: Path) -> None:
    chance = random.Random(f"{extension} 20160128")
    file = tmp_path / f"a{extension}"
    found = 0
    for _ in range(60):
        text = broken(chance)
        file.write_text(text, encoding="utf-8", newline="")
        for each in extract(file):
            found += 1
            assert each.source == text
            for offset in range(len(each.text) + 1):
                start, end = each.outer(Span(offset, min(offset + 1, len(each.text))))
                assert 0 <= start <= end <= len(text)
            check_holes(each.text, each.holes, check)
    assert found or extension not in (".py", ".js", ".php", ".rb", ".kt", ".java", ".vue", ".yml")


@pytest.mark.sliced(4)
@pytest.mark.parametrize("extension", [".py", ".js", ".rb", ".php", ".kt", ".yml"])
@pytest.mark.parametrize(
    "piece",
    ["`${", "'", '"', "(", "/*", "f'{", "x = x + ", "#{", '"#{', "<<~A\n", "a ? b : ", "\\"],
)
def test_a_file_full_of_what_is_never_closed(extension: str, piece: str, tmp_path: Path) -> None:
    file = tmp_path / f"a{extension}"
    text = f"pubnub <?php\nfilter_expression = 'a == 1'\nfilter_expression = {piece * 1_000}"
    file.write_text(text, encoding="utf-8", newline="")
    assert all(each.path == str(file) for each in extract(file))


def test_a_format_without_its_argument(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('import pubnub\nfilter_expression = "a == %s" %')
    assert [each.text for each in extract(tmp_path)] == ["a == {value}"]


def test_no_command_of_a_folder_is_run(tmp_path: Path) -> None:
    """A repository can name a program that git starts when it lists files.

    Not when its filters are looked for.
    """
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "a.py").write_text("pubnub.filter_expression = 'a == 1'\n", "utf-8")
    subprocess.run(["git", "-C", str(tmp_path), "add", "a.py"], check=True)
    program = tmp_path / ".git" / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n", "utf-8")
    program.chmod(0o755)
    with (tmp_path / ".git" / "config").open("a", encoding="utf-8") as config:
        config.write(f"[core]\n\tfsmonitor = {program}\n")
    assert [found.text for found in extract(tmp_path)] == ["a == 1"]
    assert not (tmp_path / "started").exists()


def test_a_filter_of_too_many_pieces_is_none_and_not_cut(tmp_path: Path) -> None:
    file = tmp_path / "a.js"
    for pieces, found in ((MAX_PIECES, 1), (MAX_PIECES + 1, 0)):
        text = " + ".join(['"a"'] * pieces)
        file.write_text(f"pubnub.setFilterExpression({text});\n", "utf-8")
        assert [len(each.text) for each in extract(file)] == [pieces] * found
