"""Source files with planted mistakes: ``check --fix`` fixes exactly those that are safe to fix.

``python -m tests.extraction.planted --count 500`` writes that many files in 20 languages, each with
one filter in one of the shapes in which programs hold one, has ``pnfilter check --fix`` fix them,
and compares each with what it has to be. A file still has to parse: by the parser of its language
where that is at hand (``PARSERS``), and by the extractor in any case.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from pnfilter import fix
from pnfilter.cli import main as command
from pnfilter.extraction.project import Project
from pnfilter.extraction.settings import Settings

#: Filters that are right, that have a safe fix, and that have none.
STREAM: Final = (
    *("such=wow", "a === 1", "a == 1 and b == 2", "region == 'x' AND level > 3", "such <> 3"),
    *("a == 1 && b == 2", "tag LIKE 'x*'", "a ==", "(a == 1", "x like 5"),
)
APP_CONTEXT: Final = (
    *("name='Ann'", "name == 'a' AND id == 'b'", "status === 'on'", "type <> 'x'"),
    *("name == 'a' && id == 'b'", "name LIKE 'x*'", "name = Ann", "nmae == 'a'"),
)


class Host(NamedTuple):
    """A language: what a file begins with and ends with, and its statements.

    ``sets`` gives the filter a value, ``@``; ``names`` a name ``F``; ``lists`` a call of App
    Context its filter. ``sign`` joins two texts, ``comment`` begins a comment.
    """

    begins: str
    ends: str
    sets: str
    names: str
    lists: str
    sign: str
    comment: str = "//"
    quotes: str = '"'


HOSTS: Final = {
    "py": Host(
        "import pubnub\n",
        "",
        "c.filter_expression = @",
        "F = @",
        "pubnub.get_all_uuid_metadata(filter=@)",
        " + ",
        "#",
        "'\"",
    ),
    "js": Host(
        "const PubNub = require('pubnub');\n",
        "",
        "c.filterExpression = @;",
        "const F = @;",
        "pubnub.objects.getAllUUIDMetadata({ filter: @ });",
        " + ",
        quotes="'\"",
    ),
    "ts": Host(
        "import PubNub from 'pubnub';\n",
        "",
        "c.filterExpression = @;",
        "const F: string = @;",
        "pubnub.objects.getAllUUIDMetadata({ limit: 5, filter: @ });",
        " + ",
        quotes="'\"",
    ),
    "java": Host(
        "import com.pubnub.api.PubNub;\nclass A { void a() {\n",
        "} }\n",
        "c.setFilterExpression(@);",
        "String F = @;",
        "pubnub.getAllUUIDMetadata().filter(@).sync();",
        " + ",
    ),
    "kt": Host(
        "import com.pubnub.api.PubNub\nfun a() {\n",
        "}\n",
        "c.filterExpression = @",
        "val F = @",
        "pubnub.getAllUUIDMetadata(filter = @)",
        " + ",
    ),
    "swift": Host(
        "import PubNubSDK\n",
        "",
        "c.filterExpression = @",
        "let F = @",
        "pubnub.allUUIDMetadata(filter: @) { _ in }",
        " + ",
    ),
    "go": Host(
        'package a\n\nimport pubnub "github.com/pubnub/go/v7"\n\nfunc a() {\n',
        "}\n",
        "c.FilterExpression = @",
        "F := @",
        "pn.GetAllUUIDMetadata().Filter(@).Execute()",
        " + ",
    ),
    "cs": Host(
        "using PubnubApi;\nclass A { void B() {\n",
        "} }\n",
        "c.FilterExpression = @;",
        "var F = @;",
        "pubnub.GetAllUuidMetadata().Filter(@).Execute();",
        " + ",
    ),
    "php": Host(
        "<?php\nuse PubNub\\PubNub;\n",
        "",
        "$c->setFilterExpression(@);",
        "$F = @;",
        "$pubnub->getAllUUIDMetadata()->filter(@)->sync();",
        " . ",
        quotes="'\"",
    ),
    "rb": Host(
        "require 'pubnub'\n",
        "",
        "c.filter_expression = @",
        "F = @",
        "pubnub.get_all_uuid_metadata(filter: @)",
        " + ",
        "#",
        "'\"",
    ),
    "dart": Host(
        "import 'package:pubnub/pubnub.dart';\nvoid a() {\n",
        "}\n",
        "c.filterExpression = @;",
        "var F = @;",
        "pubnub.objects.getAllUUIDMetadata(filter: @);",
        " + ",
        quotes="'\"",
    ),
    "rs": Host(
        "use pubnub::core;\nfn a() {\n",
        "}\n",
        "let filter_expression = @;",
        "let F = @;",
        "",
        "",
    ),
    "cpp": Host(
        '#include "pubnub_api.h"\nvoid a() {\n',
        "}\n",
        "c.set_filter_expression(@);",
        "const std::string F = @;",
        "",
        " ",
    ),
    "m": Host(
        "#import <PubNub/PubNub.h>\nvoid a() {\n",
        "}\n",
        "c.filterExpression = @;",
        "NSString *F = @;",
        "pubnub.objects().allUUIDMetadata().filter(@);",
        "",
    ),
    "groovy": Host(
        "import com.pubnub.api.PubNub\n",
        "",
        "c.filterExpression = @",
        "def F = @",
        "pubnub.getAllUUIDMetadata().filter(@).sync()",
        " + ",
        quotes="'\"",
    ),
    "scala": Host(
        "import com.pubnub.api.PubNub\nobject A {\n",
        "}\n",
        "c.setFilterExpression(@)",
        "private val F = @",
        "pubnub.getAllUUIDMetadata().filter(@).sync()",
        " + ",
    ),
    "json": Host("{", "}\n", '"pubnub": {"filterExpression": @}', "", "", "", ""),
    "yaml": Host("pubnub:\n", "", "  filter_expression: @", "", "", "", "#", "'\""),
    "toml": Host("[pubnub]\n", "", "filter_expression = @", "", "", "", "#"),
    "md": Host(
        "# pubnub\n\n```js\n", "```\n", "c.filterExpression = @;", "const F = @;", "", " + "
    ),
}


class Planted(NamedTuple):
    """A file: its name, its text with the mistake, and the filter that it has to have afterwards.

    ``text`` is the filter, ``wanted`` what the extractor has to find afterwards, empty where the
    program fills in a part; ``shape`` says what the file looks like.
    """

    name: str
    before: str
    text: str
    wanted: str
    shape: str


def _literal(text: str, quote: str, extension: str) -> str:
    escape = quote if (extension, quote) == ("yaml", "'") else "\\"
    return "@" * (extension == "m") + quote + text.replace(quote, escape + quote) + quote


def _made(extension: str, host: Host, source: random.Random) -> Planted | None:
    """Return a file of a random shape; None where the language has no such shape."""
    shape = source.choice(
        ("set", "named", "listed", "joined", "used twice", "filled", "ignored", "looped")
    )
    language = "app-context" if shape == "listed" else "stream"
    text = source.choice(APP_CONTEXT if shape == "listed" else STREAM)
    quote = source.choice(host.quotes)
    literal = _literal(text, quote, extension)
    wanted = fix(text, language=language)
    match shape:
        case "set":
            body = host.sets.replace("@", literal, 1)
        case "named" | "used twice":
            if not host.names:
                return None
            name = "$F" if extension == "php" else "F"
            using = host.sets.replace("@", name)
            more = f"\nlog({name});" * (shape == "used twice")
            body = host.names.replace("@", literal, 1) + f"\n{using}{more}"
            wanted = text if shape == "used twice" else wanted
        case "listed":
            if not host.lists:
                return None
            body = host.lists.replace("@", literal, 1)
        case "joined":
            if not host.sign:
                return None
            cut = source.randrange(1, len(text))
            halves = (text[:cut], text[cut:])
            joined = host.sign.join(_literal(half, quote, extension) for half in halves)
            body = host.sets.replace("@", joined, 1)
        case "filled":
            if not host.sign.strip():
                return None
            more = _literal(" && b == ", quote, extension)
            name = "$id" if extension == "php" else "id"
            body = host.sets.replace("@", f"{literal[:-1]}{more[1:]}{host.sign}{name}", 1)
            wanted = ""
        case "ignored":
            if not host.comment:
                return None
            body = f"{host.sets.replace('@', literal, 1)} {host.comment} pnfilter: ignore"
            wanted = text
        case _:
            if extension not in _LOOPS:
                return None
            body = _LOOPS[extension].replace("@", literal, 1).replace("SET", host.sets)
            body = body.replace("@", "each")
            wanted = text
    end = source.choice(("\n", "\n", "\r\n"))
    before = f"{host.begins}{body}\n{host.ends}".replace("\n", end)
    return Planted(f"{extension}.{extension}", before, text, wanted, shape)


_LOOPS: Final = {
    "py": "for each in [@]:\n    SET",
    "js": "for (const each of [@]) { SET }",
    "ts": "for (const each of [@]) { SET }",
    "go": "for _, each := range []string{@} { SET }",
    "kt": "for (each in listOf(@)) { SET }",
    "swift": "for each in [@] { SET }",
}


def planted(count: int, source: random.Random) -> Iterator[Planted]:
    """Yield so many files, of each language in turn."""
    made = 0
    while True:
        for extension, host in HOSTS.items():
            file = _made(extension, host, source)
            if file is not None:
                if made == count:
                    return
                yield file._replace(name=f"a{made}.{extension}")
                made += 1


def _runs(*arguments: str) -> Callable[[Path], bool]:
    def parses(path: Path) -> bool:
        done = subprocess.run([*arguments, str(path)], capture_output=True, check=False)
        return done.returncode == 0

    return parses


def _reads(load: Callable[[str], object]) -> Callable[[Path], bool]:
    def parses(path: Path) -> bool:
        load(path.read_text("utf-8"))
        return True

    return parses


#: The parsers of languages: in Python, and programs that are used where they are installed.
PARSERS: Final = {
    "py": _reads(ast.parse),
    "json": _reads(json.loads),
    "yaml": _reads(yaml.safe_load),
    "toml": _reads(tomllib.loads),
    "js": _runs("node", "--check"),
    "go": _runs("gofmt", "-e", "-l"),
    "rb": _runs("ruby", "-c"),
    "php": _runs("php", "-l"),
}
_PROGRAMS: Final = {"js": "node", "go": "gofmt", "rb": "ruby", "php": "php"}


def mistakes(folder: Path, files: list[Planted], *, programs: bool) -> Iterator[str]:
    """Write the files, fix them, and say what is wrong with each."""
    for file in files:
        (folder / file.name).write_bytes(file.before.encode())
    command(["check", "--fix", "--quiet", str(folder)])
    project = Project([folder], Settings())
    for file in files:
        path = folder / file.name
        extension = path.suffix[1:]
        after = path.read_bytes().decode()
        found = [each.text for each in project.filters_in(path, after.encode())]
        about = f"{file.shape}: {file.before!r} became {after!r}"
        if file.wanted in ("", file.text):
            if after != file.before:
                yield f"changed, {about}"
            if not found:
                yield f"not found, {about}"
        elif found != [file.wanted]:
            yield f"{found} in place of {file.wanted!r}, {about}"
        if after.count("\n") != file.before.count("\n"):
            yield f"other lines, {about}"
        program = _PROGRAMS.get(extension)
        if extension in PARSERS and (
            program is None or (programs and shutil.which(program) is not None)
        ):
            try:
                parses = PARSERS[extension](path)
            except (SyntaxError, ValueError, yaml.YAMLError) as error:
                yield f"{error}, {about}"
            else:
                if not parses:
                    yield f"does not parse, {about}"


def main() -> int:
    """Print what is wrong, and how many files there were of each shape."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    options = parser.parse_args()
    files = list(planted(options.count, random.Random(options.seed)))
    with tempfile.TemporaryDirectory() as folder:
        wrong = list(mistakes(Path(folder), files, programs=True))
    for each in wrong:
        print(each)
    shapes = Counter(file.shape for file in files)
    print(", ".join(f"{count:,} {shape}" for shape, count in sorted(shapes.items())))
    fixed = sum(file.wanted not in ("", file.text) for file in files)
    checked = [extension for extension, name in _PROGRAMS.items() if shutil.which(name)]
    print(f"by their own parsers: py, json, yaml, toml, {', '.join(checked)}")
    print(f"{len(files):,} files, {fixed:,} to fix: {len(wrong):,} wrong (--seed {options.seed})")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
