"""Whether the time that ``extract`` takes grows as the length of a file, whoever wrote the file.

``python -m benchmarks.growth`` reads files of 8,000, 16,000 and 32,000 characters, each full of one
hostile shape, in every language and format, and prints the seconds beside each other. A shape whose
time grows faster than the power ``MOST`` of the length is flagged, and the exit status is 1.
``--every`` takes all shapes, some 300 in each language, instead of those of ``CHOSEN``.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable
from math import log2
from pathlib import Path
from time import process_time
from typing import Final, NamedTuple

from pnfilter.extraction.project import Project
from pnfilter.extraction.settings import Settings

SIZE: Final = 8_000
#: The exponent of the length above which a shape is flagged.
MOST: Final = 1.3
#: Seconds under which a time says nothing about growth, and after which a file is given up.
LEAST_SECONDS: Final = 0.02
MOST_SECONDS: Final = 30.0
#: How often a growth that would be flagged is measured again; the shortest times count.
TIMES: Final = 4


class Host(NamedTuple):
    """A kind of file: the ending of its name, what it begins with, a line that sets a filter."""

    ending: str
    opening: str = "// pubnub\n"
    setting: str = 'pubnub.filterExpression = "a == 1";\n'
    key: str = "pubnub.filterExpression = "


_PLAIN: Final = ("# pubnub\n", 'filter_expression = "a == 1"\n', "filter_expression = ")
HOSTS: Final = {
    "Python": Host(".py", *_PLAIN),
    "JavaScript": Host(".js"),
    "TypeScript": Host(".ts"),
    "markup": Host(".html", "<p>pubnub<script>\n"),
    "Java": Host(".java"),
    "Groovy": Host(".groovy"),
    "Scala": Host(".scala"),
    "Kotlin": Host(".kt"),
    "Swift": Host(".swift"),
    "C": Host(".cpp"),
    "Objective-C": Host(".m", setting='pubnub.filterExpression = @"a == 1";\n'),
    "C#": Host(".cs"),
    "Go": Host(".go"),
    "Ruby": Host(".rb", *_PLAIN),
    "PHP": Host(
        ".php", "<?php // pubnub\n", '$filterExpression = "a == 1";\n', "$filterExpression = "
    ),
    "Dart": Host(".dart"),
    "Rust": Host(
        ".rs", "// pubnub\n", 'let filter_expression = "a == 1";\n', "filter_expression = "
    ),
    "YAML": Host(".yaml", "# pubnub\n", 'filter_expression: "a == 1"\n', "filter_expression: "),
    "TOML": Host(".toml", *_PLAIN),
    "JSON": Host(
        ".json", '{"pubnub": 1,\n', '"filterExpression": "a == 1",\n', '"filterExpression": '
    ),
    "environment": Host(".env", "# pubnub\n", 'PUBNUB_FILTER="a == 1"\n', "PUBNUB_FILTER="),
    "properties": Host(
        ".properties",
        "# pubnub\n",
        "pubnub.filter-expression=a == 1\n",
        "pubnub.filter-expression=",
    ),
    "Markdown": Host(".md", "# pubnub\n", "```filter\na == 1\n```\n", "```filter\n"),
    "notebooks": Host(
        ".ipynb",
        '{"cells": [{"cell_type": "code", "source": ["# pubnub\\n"]},\n',
        '{"cell_type": "code", "source": ["filter_expression = \'a == 1\'\\n"]},\n',
        '{"cell_type": "code", "source": ["filter_expression = ',
    ),
    "Dockerfile": Host(
        ".dockerfile", "# pubnub\n", 'ENV PUBNUB_FILTER="a == 1"\n', "ENV PUBNUB_FILTER="
    ),
    "shell": Host(".sh", "# pubnub\n", 'PUBNUB_FILTER="a == 1"\n', "curl 'https://x/?filter-expr="),
    "filters": Host(".filters", "# pubnub\n", "a == 1\n", "a == "),
}


def _repeated(unit: str) -> Callable[[int], str]:
    return lambda size: unit * (size // len(unit))


def _counted(form: str) -> Callable[[int], str]:
    """A line with its number in it, again and again."""

    def shape(size: int) -> str:
        return "".join(form.replace("0", str(number)) for number in range(size // (len(form) + 4)))

    return shape


def _nested(opening: str, closing: str, middle: str = "") -> Callable[[int], str]:
    def shape(size: int) -> str:
        times = size // len(opening + closing)
        return opening * times + middle + closing * times

    return shape


def _growing(before: str, sign: str, after: str) -> Callable[[int], str]:
    """Signs in runs, each longer than the one before."""

    def shape(size: int) -> str:
        runs: list[str] = []
        length = 0
        while length < size:
            runs.append(before + sign * (len(runs) + 1) + after)
            length += len(runs[-1])
        return "".join(runs)

    return shape


def _pyramid(head: str) -> Callable[[int], str]:
    """Lines that each stand further in than the one before."""

    def shape(size: int) -> str:
        depth = int((2 * size) ** 0.5)
        return "".join(" " * number + head for number in range(max(1, depth - len(head))))

    return shape


def _lined(*forms: str) -> Callable[[int], str]:
    """Several blocks, each as many times, one after the other."""

    def shape(size: int) -> str:
        return "".join(_counted(form)(size // len(forms)) for form in forms)

    return shape


#: Texts that are repeated as they stand.
_UNITS: Final = (
    *"@ / [ { ( < \" ' ` \\ $ # - = ? : . , ; % ! ~ | & * + > ) ] } a 0 é \x00 \ud800".split(" "),
    *(" ", "\t", "\n", "\r", "\r\n", "\\\n", "- ", "\ufeff", "\u2028"),
    *("/[", '"a" + ', "'a' + ", '"a" . ', '"a" ', "a + ", "a.", "a?.", "a->", "a::", "a,", "a = "),
    *(
        "${",
        "#{",
        "\\(",
        "{$",
        "{{",
        "{%",
        "<%",
        "$(",
        "${a",
        "#{a",
        '"#{',
        '"${',
        '"\\(',
        "`${",
        'f"{',
    ),
    *(
        "<<EOF",
        "<<EOF\n",
        "<<<EOF\n",
        "<<~'A'\n",
        "/*",
        "/*/",
        "*/",
        "//",
        "--",
        '"""',
        "'''",
        '"""a',
    ),
    *(
        'r#"',
        'r"',
        '@"',
        '$"',
        '$@"',
        '$"""',
        '#"',
        '##"',
        'R"(',
        'R"a(',
        "%w(",
        "%q(",
        "%Q[",
        "%q|",
    ),
    *(
        "<!--",
        "-->",
        "<script>",
        "<script",
        "</script>",
        "<?php",
        "<?",
        "?>",
        "<?php ?>",
        "\n=begin",
    ),
    *(
        "a ? ",
        "a ? b : ",
        "? :",
        "?:",
        "a ?? ",
        "a || ",
        "a && ",
        "a => ",
        "=> ",
        "-> ",
        "a if b else ",
    ),
    *(
        "f(",
        "f(a, ",
        "a[",
        "{a: ",
        "function(){",
        "() => {",
        "if (a) {",
        "if a:\n",
        "else ",
        "not ",
    ),
    *(
        "when {",
        "match a {",
        "switch (a) {",
        "case ",
        "case a: ",
        "return ",
        "def f(",
        "def ",
        "new ",
    ),
    *('f("a", ', '"a".f(', '["a", ', '["a"].join(', "a.format(", '"%s" % ', '"{}".format(', "(a)"),
    *("String.join(", "a.replace(", "getenv(", "listOf(", "StringBuilder(", "return a\n", "a: a: "),
    *(
        "filterExpression = ",
        "filter_expression = (",
        "filter_expression: ",
        '"filter_expression": ',
    ),
    *("setFilterExpression(", "filterExpression[", "f(filterExpression, ", '"filterExpression", '),
    *("&filter-expr=", '"?filter-expr=', "filter-expr=%20", '"filterExpression", "a", '),
    *(
        "pnfilter: ignore[",
        "# pnfilter: ignore\n",
        "from pnfilter import (",
        "import pnfilter as a\n",
    ),
    *(
        "```filter\n",
        "~~~filters\n",
        "> ```filter\n",
        "> > ",
        "--data-urlencode ",
        '--data-urlencode "filter-expr=',
    ),
    *(
        "%(",
        "%(a",
        "%1$",
        "%0",
        "%-",
        "{0",
        "{a:",
        "&a ",
        "*a ",
        "!a ",
        "&a [",
        "[*a, *a]",
        "&a: ",
        "a: |\n",
    ),
    *(
        "ENV ",
        "ENV a=",
        "ENV a=b\\\n",
        "ENV a=\\ ",
        "\\ ",
        "- name: a\n",
        "{name: a, ",
        "[a]\n",
        "[[a]]\n",
    ),
    *(
        "\\N{",
        "\\u{",
        "\\u",
        "\\ud83d",
        "\\x",
        "1.",
        "1.1",
        "0x",
        "1e",
        "a$",
        "@a",
        "$a",
        "a-",
        ".a",
        '=="',
    ),
    *(
        '"a"\n',
        '"a", ',
        "('a')",
        "'\\",
        '"\\',
        "/a",
        "/\\",
        "/[a]",
        "/[\\",
        "return /a",
        "=/[",
        "(/[",
        ",/",
    ),
)
_SHAPES: dict[str, Callable[[int], str]] = {unit: _repeated(unit) for unit in _UNITS}
for _unit in (
    *(
        'x = x + "a"\n',
        'x += "a"\n',
        'x = "a"\n',
        "x = x + x\n",
        "x = [x, x]\n",
        "x.push(x)\n",
        "x = x\n",
    ),
    *(
        'if (a) { x = "a"; }\n',
        'if a:\n    x = "a"\n',
        'if a:\n    x += "a"\n',
        'if (a) { x += "a"; }\n',
    ),
    *(
        'if (a) { x = "a"; } else { x = "b"; }\n',
        'x = "a" if a\n',
        'case a: x = "a"; break;\n',
        "x: a,\n",
    ),
    *(
        'filterExpression = x;\nx = "a";\n',
        "filterExpression = f(filterExpression);\n",
        "x = f(x)\n",
    ),
    *(
        'filterExpression = "a" + x;\n',
        "filterExpression = `${x}`;\n",
        'filterExpression = f"{x}";\n',
    ),
    *('filter_expression = f"{x}"\nx = "a"\n', "filter_expression = '%s' % x\nif a:\n x = 'a'\n"),
    *(
        "x['a'] = 'b'\nfilter_expression = x['a']\n",
        "def x(a):\n return a\nfilter_expression = x(1)\n",
    ),
    *(
        "function x(a) { return 'a' + a }\nfilterExpression = x(1);\n",
        "filterExpression = x.join();\n",
    ),
    *(
        "switch (a) { case 1: x = 'a'; }\n",
        "x = {\n",
        "for (a) x = 'a';\n",
        "filterExpression = x || 'a';\n",
    ),
    *(
        "filter_expression = x if a else 'b'\n",
        "def filterExpression(x='a'): return x\n",
        "x <<= 'a'\n",
    ),
    *(
        "p.filter_expression = (p.filter_expression\n",
        "x.append('a')\nfilter_expression = x.join('')\n",
    ),
):
    _SHAPES[_unit] = _repeated(_unit)
_SHAPES |= {
    "x0 = x": _counted('x0 = x + "a"\nx = x0\n'),
    "same prefix": _counted('filterExpression = "a == 0";\n'),
    "one key": _counted('filterExpression = "a == 0" + x;\n'),
    "heredocs of many words": _counted("<<A0\n"),
    "nowdocs of many words": _counted("<<<'A0'\n"),
    "raw texts of many words": _counted('R"a0('),
    "heredocs on one line": lambda size: (
        "a(" + "<<A, " * (size // 10) + ")\n" + "b\n" * (size // 4) + "A\n"
    ),
    "heredoc in hole": lambda size: "<<A\n" + '#{"' * (size // 3) + "\nA\n",
    "many functions": _counted("def f0(a)\n return f1(a)\n"),
    "functions in circles": _counted("function f0(a) { return f1(a) + f2(a); }\n"),
    "doubling": lambda size: (
        'x0 = "a"\n'
        + "".join(f"x{n + 1} = x{n} + x{n}\n" for n in range(size // 16))
        + "filterExpression = x30\n"
    ),
    "doubling at the end": lambda size: (
        'x0 = "a"\n'
        + "".join(f"x{n + 1} = x{n} + x{n}\n" for n in range(size // 16))
        + f"filterExpression = x{size // 16}\n"
    ),
    "constant in many places": lambda size: (
        f'const x = "{"a" * (size // 2)}";\n' + 'filterExpression = "b" + x;\n' * (size // 56)
    ),
    "template in many places": lambda size: (
        f'const x = "{"a" * (size // 2)}";\n' + "filterExpression = `b${x}`;\n" * (size // 54)
    ),
    "sum in many places": lambda size: (
        "x = " + '"a" + ' * 190 + '"a";\n' + 'filterExpression = x + "b";\n' * (size // 28)
    ),
    "holes in a text": lambda size: (
        'filterExpression = "' + "{} %s ${a} #{a} $a " * (size // 18) + '"\n'
    ),
    "holes in a template": lambda size: "filterExpression = `" + "${a}" * (size // 4) + "`\n",
    "holes in a Python text": lambda size: 'filter_expression = f"' + "{a}" * (size // 3) + '"\n',
    "format": lambda size: (
        'filterExpression = "' + "{} %s" * (size // 10) + '".format(' + "a, " * (size // 10) + ")\n"
    ),
    "sprintf": lambda size: (
        'filterExpression = sprintf("'
        + "{} %s" * (size // 10)
        + '", '
        + "a, " * (size // 10)
        + ")\n"
    ),
    "list": lambda size: "x = [" + '"a", ' * (size // 5) + ']\nfilterExpression = x.join("")\n',
    "lists": lambda size: (
        'x = ["a"]\n' + 'x.push("a")\nfilterExpression = x.join("")\n' * (size // 45)
    ),
    "arguments": lambda size: "f(" + 'filterExpression = "a", ' * (size // 24) + ")\n",
    "keys": lambda size: "x = {" + 'filterExpression: "a", ' * (size // 24) + "}\n",
    "key in key": lambda size: (
        "x = " + "{filterExpression: " * (size // 20) + "}" * (size // 20) + "\n"
    ),
    "one line": lambda size: 'a = b(c, "d"); ' * (size // 15),
    "brackets crossed": lambda size: "(" * (size // 2) + "]" * (size // 2),
    "brackets crossed again": lambda size: "([{" * (size // 6) + ")}]" * (size // 6),
    "parentheses": _nested("(", ")", "a"),
    "brackets": _nested("[", "]", "a"),
    "braces": _nested("{", "}", "a"),
    "calls": _nested("f(", ")", "a"),
    "keyed": _nested('{"a":', "}", "1"),
    "lambdas": _nested("() => { return ", "}", "a"),
    "functions": _nested("function f(a) { return ", "}", "a"),
    "ternaries": _nested("(a ? ", " : b)", "a"),
    "ifs": _nested("if (a) { ", "}", "x = 'a'; filterExpression = x;"),
    "templates": _nested("`${", "}`", "a"),
    "texts in holes": _nested('"#{', '}"', "a"),
    "f-strings": _nested("f'{", "}'", "a"),
    "comments": _nested("/*", "*/", "a"),
    "switches": _nested("switch (a) { case 1: ", "}", "x = 'a'"),
    "matches": _nested("match a { 1 => ", "}", "'a'"),
    "whens": _nested("when (a) { 1 -> ", "}", "'a'"),
    "pyramid": _pyramid("if a:\n"),
    "pyramid of functions": _pyramid("def f():\n"),
    "pyramid of values": _pyramid("x = 'a'\n"),
    "pyramid of keys": _pyramid("a:\n"),
    "pyramid of sites": _pyramid("if filter_expression = x\n"),
    "pyramid of fences": _pyramid("```filter\n"),
    "runs of #": _growing("r", "#", '"'),
    "runs of quotes": _growing("$", '"', "a"),
    "runs of hashes": _growing("", "#", '"'),
    "runs of fences": _growing("", "`", "filter\n"),
    "runs of $": _growing("", "$", '"""'),
    "runs of braces": _growing("", "{", " "),
    "runs of backslashes": _growing("'", "\\", "'"),
    "anchors": lambda size: "a0: &a0 [b]\n" + _counted("a0: &a0 [*a1, *a1]\n")(size),
    "definitions and uses": _lined("x0 = 'a'\n", "filterExpression = x0;\n"),
    "values and uses": _lined("x = 'a0'\n", "filterExpression = x;\n"),
    "branches and uses": _lined("if (a) { x = 'a0'; }\n", "filterExpression = x + '0';\n"),
    "branches of Python and uses": _lined("if a:\n    x = 'a0'\n", "filter_expression = x + '0'\n"),
    "additions and uses": _lined("x += 'a0'\n", "filter_expression = x + '0'\n"),
    "functions and uses": _lined("def f0():\n    return x\n", "filter_expression = f0()\n"),
    "calls of one function": lambda size: (
        "function f(a) {"
        + "if (a) { return 'b'; }" * (size // 44)
        + "}\n"
        + "filterExpression = f(1);\n" * (size // 50)
    ),
    "loops of one name": _counted("for (const x of ['a0']) f({ filterExpression: x });\n"),
    "loops in one another": lambda size: (
        "for (const x of [y]) { " * (size // 24) + "filterExpression = x;" + "}" * (size // 24)
    ),
    "loops over themselves": lambda size: (
        "".join(
            f"x{n} = [x{n + 1}]; for (const x{n + 1} of x{n}) {{}}\n" for n in range(size // 45)
        )
        + "filterExpression = x0;\n"
    ),
    "loops over one list": lambda size: (
        "rows = ["
        + "{filter: 'a'}, " * (size // 30)
        + "];\n"
        + "for (const x of rows) { filterExpression = x.filter }\n" * (size // 108)
    ),
    "loops of Python": lambda size: (
        "rows = ["
        + "('a', 'b'), " * (size // 24)
        + "]\n"
        + "for x, y in rows:\n filter_expression = y\n" * (size // 84)
    ),
    "loops of Python in one another": _pyramid("for x in [x]: filter_expression = x\n"),
    "tables of Go": lambda size: (
        "rows := []struct{ a, b string }{"
        + '{"a", "b"}, ' * (size // 24)
        + "}\n"
        + "for _, x := range rows { c.FilterExpression(x.b) }\n" * (size // 100)
    ),
    "defaults of one name": _counted("function f0(x = 'a') { filterExpression = x; }\n"),
    "defaults in one another": lambda size: (
        "function f(x = 'a') {" * (size // 22) + "filterExpression = x;" + "}" * (size // 22)
    ),
    "calls of a wrapper": _lined("function f(x) { filterExpression = x; }\n", "f('a0');\n"),
    "wrappers of themselves": _counted("function f(x) { filterExpression = x; f(x); }\n"),
    "wrappers of one another": lambda size: (
        "".join(
            f"function f{n}(x) {{ filterExpression = x; f{n + 1}(x); f{n + 2}(x); }}\n"
            for n in range(size // 64)
        )
        + "f0('a');\n"
    ),
    "blocks of Ruby": _counted("filter_expression = a.map do |i|\n i\nend.join\n"),
    "minified": lambda size: (
        "!function(e,t){var n=e[0],r=t(n,'a');return n?r:{a:n,b:r}}(this,1);" * (size // 68)
    ),
    "if, else if": lambda size: (
        "if (a) { x = 'a' }"
        + " else if (b) { x = 'b' }" * (size // 24)
        + "\nfilterExpression = x;\n"
    ),
    "ifs with else": lambda size: (
        "if a:\n x = 'a'\n" + "elif b:\n x = 'b'\n" * (size // 18) + "filter_expression = x\n"
    ),
    "if in a row": lambda size: (
        "x = 'a';\n" + "if (a) { x += 'b'; }\n" * (size // 21) + "filterExpression = x;\n"
    ),
    "if of Python in a row": lambda size: (
        "x = 'a'\n" + "if a:\n x += 'b'\n" * (size // 17) + "filter_expression = x\n"
    ),
    "concatenated names": lambda size: (
        "x = 'a';\nfilterExpression = " + "x + " * (size // 4) + "x;\n"
    ),
    "concatenated choices": lambda size: (
        "filterExpression = " + "(a ? 'b' : 'c') + " * (size // 18) + "'d';\n"
    ),
    "chain of texts": lambda size: "filterExpression = " + '"a" + ' * (size // 6) + '"b";\n',
    "chain of methods": lambda size: (
        'filterExpression = "a"' + '.replace("a", "aa")' * (size // 19) + ";\n"
    ),
    "chain of additions": lambda size: (
        "filterExpression = new StringBuilder()" + '.append("a")' * (size // 12) + ";\n"
    ),
    "chain of trims": lambda size: 'filterExpression = "a"' + ".trim()" * (size // 7) + ";\n",
    "chain of names": lambda size: "filterExpression = a" + ".a" * (size // 2) + ";\n",
    "chain of choices": lambda size: "filterExpression = " + "a ? 'b' : " * (size // 10) + "'c';\n",
    "chain of defaults": lambda size: "filterExpression = " + "a || " * (size // 5) + "'c';\n",
    "chain of pythonic choices": lambda size: (
        "filter_expression = " + "'b' if a else " * (size // 14) + "'c'\n"
    ),
    "comments that ignore": _counted("filter_expression = 'a0'  # pnfilter: ignore[W403]\n"),
    "addresses": lambda size: (
        '"https://a?filter-expr=' + "%20&filter-expr=a" * (size // 17) + '"\n'
    ),
    "sites nested": lambda size: "filterExpression(a, " * (size // 20) + ")" * (size // 20),
}
SHAPES: Final = _SHAPES
#: Shapes of each kind: at least one for each way in which a reader may read something again.
CHOSEN: Final = (
    *(
        "@",
        "$",
        "#",
        "[",
        "(",
        "{",
        "<",
        '"',
        "`",
        "\\",
        "/[",
        "'\\",
        '"a" + ',
        "${",
        '"#{',
        '"\\(',
        "/*",
    ),
    *("<<EOF\n", '"""', 'r#"', "<script", "<!--", "%0", "a ? b : ", "a = ", "def f(", '"%s" % '),
    *("filterExpression = ", "setFilterExpression(", '"?filter-expr=', "pnfilter: ignore["),
    *(
        "heredocs of many words",
        "raw texts of many words",
        "runs of quotes",
        "runs of fences",
        "runs of hashes",
    ),
    *(
        "brackets crossed",
        "templates",
        "texts in holes",
        "ifs",
        "pyramid of sites",
        "doubling",
        "anchors",
    ),
    *(
        "constant in many places",
        "sum in many places",
        "lists",
        "chain of methods",
        "functions and uses",
    ),
    *("loops of one name", "loops in one another", "loops over one list", "loops of Python"),
    *("calls of a wrapper", "wrappers of themselves", "wrappers of one another"),
    *("tables of Go", "defaults of one name", "defaults in one another", "blocks of Ruby"),
    *(
        "branches and uses",
        "if of Python in a row",
        "if in a row",
        "holes in a template",
        "format",
        "keys",
    ),
)


def text_of(host: Host, shape: str, size: int) -> str:
    """A file with a shape of so many characters, as the value of a filter unless it sets some."""
    key = "" if "ilter" in SHAPES[shape](200) else host.key
    return host.opening + host.setting + key + SHAPES[shape](size) + "\n" + host.setting


class _TooLongError(Exception):
    """A file takes longer than ``MOST_SECONDS``."""


def _give_up(*_: object) -> None:
    raise _TooLongError


def seconds_of(folder: Path, host: Host, text: str) -> float:
    """How long it takes to find the filters of a text; infinite where it was given up."""
    file = folder / f"hostile{host.ending}"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    project = Project([file], Settings())
    former = signal.signal(signal.SIGPROF, _give_up)
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    started = process_time()
    try:
        for _ in project.filters(file):
            pass
    except _TooLongError:
        return float("inf")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, former)
    return process_time() - started


class Growth(NamedTuple):
    """The seconds of one shape in one kind of file, for a size, twice and four times of it."""

    host: str
    shape: str
    seconds: tuple[float, ...]

    @property
    def exponent(self) -> float:
        """The power of the length with which the time grows; 0 where it is too short to say."""
        first, last = self.seconds[0], self.seconds[-1]
        if last < LEAST_SECONDS:
            return 0.0
        return log2(last / first) / (len(self.seconds) - 1) if last < float("inf") else last


def growth_of(folder: Path, host: str, shape: str, size: int) -> Growth:
    """The growth of a shape in a kind of file, measured again if it would be flagged."""
    texts = [text_of(HOSTS[host], shape, size * factor) for factor in (1, 2, 4)]
    seconds = [float("inf")] * len(texts)
    growth = Growth(host, shape, ())
    for _ in range(TIMES):
        seconds = [
            min(known, seconds_of(folder, HOSTS[host], text))
            for known, text in zip(seconds, texts, strict=True)
        ]
        growth = Growth(host, shape, tuple(seconds))
        if growth.exponent <= MOST or growth.exponent == float("inf"):
            break
    return growth


def main() -> int:
    """Print a line for each shape and language, and how many are flagged."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=SIZE, help=f"characters (default: {SIZE:,})")
    parser.add_argument("--only", nargs="+", choices=HOSTS, default=[*HOSTS], metavar="LANGUAGE")
    parser.add_argument("--shape", nargs="+", choices=SHAPES, default=CHOSEN, metavar="SHAPE")
    parser.add_argument("--every", action="store_true", help="all shapes")
    options = parser.parse_args()
    flagged = count = 0
    with tempfile.TemporaryDirectory() as folder:
        for host in options.only:
            for shape in SHAPES if options.every else options.shape:
                growth = growth_of(Path(folder), host, shape, options.size)
                count += 1
                flagged += growth.exponent > MOST
                times = " ".join(f"{each:8.3f}" for each in growth.seconds)
                sign = "  flagged" if growth.exponent > MOST else ""
                print(f"{host:12} {shape!r:30.30} {times} {growth.exponent:6.2f}{sign}", flush=True)
    print(f"{count:,} shapes: {flagged:,} grow faster than the power {MOST} of the length")
    return 1 if flagged else 0


if __name__ == "__main__":
    sys.exit(main())
