"""The lexical syntax of programming languages: comments, strings, line ends."""

from __future__ import annotations

from typing import Literal, NamedTuple

#: How a string's content is written: raw; with backslashes as in C; the same, keeping a backslash
#: before other characters; with those of C#; a backslash before itself and the quote only; the
#: quote doubled; as in PHP, where the other quote keeps its backslash.
Escapes = Literal["raw", "c", "keep", "wide", "single", "doubled", "php"]
#: How a string has holes: not at all; ``${x}``; ``$x`` too; the same with a format, ``$x%.2f``;
#: PHP's ``$x[1]`` and ``{$x}``; ``#{x}``; ``\(x)``; ``{x}``.
Holes = Literal["", "${", "$", "$%", "php", "#{", "\\(", "{"]


class StringSyntax(NamedTuple):
    """A syntax of strings: what opens it (a regular expression), what closes it, what is inside.

    ``close`` may use the groups of ``open``: ``{1}``. ``lines``: whether it may have several lines.
    """

    open: str
    close: str
    escapes: Escapes = "c"
    holes: Holes = ""
    lines: bool = False
    #: A character constant, not a string.
    character: bool = False
    #: A closing word is alone on its line, after spaces.
    heredoc: bool = False


class Language(NamedTuple):
    """A language: comments, string syntaxes in the order to try, and other properties.

    ``newline_ends``: a line end may end an expression. ``concatenation``: operators that join
    strings. ``regex``: a slash may begin a regular expression. ``region``: code is only between
    these two expressions. ``hidden``: no region begins between these two.
    """

    name: str
    extensions: tuple[str, ...]
    forms: tuple[StringSyntax, ...]
    line_comments: tuple[str, ...] = ("//",)
    block_comment: tuple[str, str] | None = ("/*", "*/")
    nested_comments: bool = False
    newline_ends: bool = False
    concatenation: tuple[str, ...] = ("+",)
    regex: bool = False
    region: tuple[str, str] | None = None
    hidden: tuple[str, str] | None = None


_JAVASCRIPT_FORMS = (
    StringSyntax("`", "`", holes="${", lines=True),
    StringSyntax('"', '"'),
    StringSyntax("'", "'"),
)

PYTHON = Language(
    "Python",
    (".py", ".pyi", ".pyw"),
    (
        StringSyntax(r'(?i:(?<!\w)(?:fr|rf)""")', '"""', "raw", "{", lines=True),
        StringSyntax(r"(?i:(?<!\w)(?:fr|rf)''')", "'''", "raw", "{", lines=True),
        StringSyntax(r'(?i:(?<!\w)(?:fr|rf)")', '"', "raw", "{"),
        StringSyntax(r"(?i:(?<!\w)(?:fr|rf)')", "'", "raw", "{"),
        StringSyntax(r'(?i:(?<!\w)f""")', '"""', "keep", "{", lines=True),
        StringSyntax(r"(?i:(?<!\w)f''')", "'''", "keep", "{", lines=True),
        StringSyntax(r'(?i:(?<!\w)f")', '"', "keep", "{"),
        StringSyntax(r"(?i:(?<!\w)f')", "'", "keep", "{"),
        StringSyntax(r'(?i:(?<!\w)(?:br|rb|ur|r)""")', '"""', "raw", lines=True),
        StringSyntax(r"(?i:(?<!\w)(?:br|rb|ur|r)''')", "'''", "raw", lines=True),
        StringSyntax(r'(?i:(?<!\w)(?:br|rb|ur|r)")', '"', "raw"),
        StringSyntax(r"(?i:(?<!\w)(?:br|rb|ur|r)')", "'", "raw"),
        StringSyntax(r'(?i:(?<!\w)[bu])?"""', '"""', "keep", lines=True),
        StringSyntax(r"(?i:(?<!\w)[bu])?'''", "'''", "keep", lines=True),
        StringSyntax(r'(?i:(?<!\w)[bu])?"', '"', "keep"),
        StringSyntax(r"(?i:(?<!\w)[bu])?'", "'", "keep"),
    ),
    line_comments=("#",),
    block_comment=None,
    newline_ends=True,
)
JAVASCRIPT = Language(
    "JavaScript",
    (".js", ".jsx", ".mjs", ".cjs", ".es6"),
    _JAVASCRIPT_FORMS,
    newline_ends=True,
    regex=True,
)
TYPESCRIPT = JAVASCRIPT._replace(name="TypeScript", extensions=(".ts", ".tsx", ".mts", ".cts"))
MARKUP = JAVASCRIPT._replace(
    name="scripts in markup",
    extensions=(".html", ".htm", ".vue", ".svelte", ".astro", ".ejs", ".hbs", ".cshtml"),
    # A tag ends before the next, to avoid searching the end of an unclosed one from each.
    region=(r"<script\b(?:(?!<script\b)[^>])*+>", r"</script\s*+>"),
    hidden=("<!--", "-->"),
)
JAVA = Language(
    "Java",
    (".java",),
    (
        StringSyntax('"""', '"""', lines=True),
        StringSyntax('"', '"'),
        StringSyntax("'", "'", character=True),
    ),
)
GROOVY = Language(
    "Groovy",
    (".groovy", ".gradle"),
    (
        StringSyntax('"""', '"""', holes="$", lines=True),
        StringSyntax("'''", "'''", lines=True),
        StringSyntax('"', '"', holes="$"),
        StringSyntax("'", "'"),
    ),
    newline_ends=True,
)
SCALA = Language(
    "Scala",
    (".scala", ".sc"),
    (
        StringSyntax(r'(?<!\w)f"""', '"""', "raw", "$%", lines=True),
        StringSyntax(r'(?<!\w)s"""', '"""', "raw", "$", lines=True),
        StringSyntax('"""', '"""', "raw", lines=True),
        StringSyntax(r'(?<!\w)f"', '"', "c", "$%"),
        StringSyntax(r'(?<!\w)s"', '"', "c", "$"),
        StringSyntax('"', '"'),
        StringSyntax(r"'(?=\\?.')", "'", character=True),
    ),
    newline_ends=True,
)
KOTLIN = Language(
    "Kotlin",
    (".kt", ".kts"),
    (
        StringSyntax('"""', '"""', "raw", "$", lines=True),
        StringSyntax('"', '"', "c", "$"),
        StringSyntax("'", "'", character=True),
    ),
    nested_comments=True,
    newline_ends=True,
)
SWIFT = Language(
    "Swift",
    (".swift",),
    (
        StringSyntax(r'(?<!#)(#++)"""', '"""{1}', "raw", lines=True),
        StringSyntax(r'(?<!#)(#++)"', '"{1}', "raw"),
        StringSyntax('"""', '"""', "c", "\\(", lines=True),
        StringSyntax('"', '"', "c", "\\("),
    ),
    nested_comments=True,
    newline_ends=True,
)
_C_FORMS = (
    StringSyntax(r'(?<!\w)(?:L|u8|u|U)?R"([^()\\\s]{0,16})\(', '){1}"', "raw", lines=True),
    StringSyntax(r'(?:@|(?<!\w)(?:L|u8|u|U))?"', '"'),
    StringSyntax("'", "'", character=True),
)
C = Language(
    "C and C++",
    (".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".hxx", ".ino"),
    _C_FORMS,
)
OBJECTIVE_C = Language("Objective-C", (".m", ".mm"), _C_FORMS)
CSHARP = Language(
    "C#",
    (".cs", ".csx"),
    (
        StringSyntax(r'(?<!\$)\$++("{3,})', "{1}", "raw", "{", lines=True),
        StringSyntax(r'("{3,})', "{1}", "raw", lines=True),
        StringSyntax(r'(?:\$@|@\$)"', '"', "doubled", "{", lines=True),
        StringSyntax('@"', '"', "doubled", lines=True),
        StringSyntax(r'\$"', '"', "wide", "{"),
        StringSyntax('"', '"', "wide"),
        StringSyntax("'", "'", character=True),
    ),
)
GO = Language(
    "Go",
    (".go",),
    (
        StringSyntax("`", "`", "raw", lines=True),
        StringSyntax('"', '"'),
        StringSyntax("'", "'", character=True),
    ),
    newline_ends=True,
)
RUBY = Language(
    "Ruby",
    (".rb", ".rake", ".gemspec"),
    (
        StringSyntax(r"<<[~-]?'(\w+)'", "{1}", "raw", lines=True, heredoc=True),
        StringSyntax(r'<<[~-]?"?([A-Z]\w*)"?', "{1}", "c", "#{", lines=True, heredoc=True),
        StringSyntax(r"%q\(", ")", "single", lines=True),
        StringSyntax(r"%q\{", "}", "single", lines=True),
        StringSyntax(r"%q\[", "]", "single", lines=True),
        StringSyntax(r"%q([|!])", "{1}", "single", lines=True),
        StringSyntax(r"%Q?\(", ")", "c", "#{", lines=True),
        StringSyntax(r"%Q\{", "}", "c", "#{", lines=True),
        StringSyntax(r"%Q\[", "]", "c", "#{", lines=True),
        StringSyntax(r"%Q([|!])", "{1}", "c", "#{", lines=True),
        StringSyntax('"', '"', "c", "#{", lines=True),
        StringSyntax("'", "'", "single", lines=True),
    ),
    line_comments=("#",),
    block_comment=("\n=begin", "\n=end"),
    newline_ends=True,
    concatenation=("+", "<<"),
    regex=True,
)
PHP = Language(
    "PHP",
    (".php", ".phtml", ".inc", ".module"),
    (
        StringSyntax(r"<<<[ \t]*'(\w+)'", "{1}", "raw", lines=True, heredoc=True),
        StringSyntax(r'<<<[ \t]*"?(\w+)"?', "{1}", "php", "php", lines=True, heredoc=True),
        StringSyntax('"', '"', "php", "php", lines=True),
        StringSyntax("'", "'", "single", lines=True),
    ),
    line_comments=("//", "#"),
    concatenation=(".",),
    region=(r"<\?(?:php\b|=)?", r"\?>"),
)
DART = Language(
    "Dart",
    (".dart",),
    (
        StringSyntax('(?<!\\w)r"""', '"""', "raw", lines=True),
        StringSyntax("(?<!\\w)r'''", "'''", "raw", lines=True),
        StringSyntax('(?<!\\w)r"', '"', "raw"),
        StringSyntax("(?<!\\w)r'", "'", "raw"),
        StringSyntax('"""', '"""', "c", "$", lines=True),
        StringSyntax("'''", "'''", "c", "$", lines=True),
        StringSyntax('"', '"', "c", "$"),
        StringSyntax("'", "'", "c", "$"),
    ),
    nested_comments=True,
)
RUST = Language(
    "Rust",
    (".rs",),
    (
        StringSyntax(r'(?<!\w)b?r(#*)"', '"{1}', "raw", lines=True),
        StringSyntax(r'(?:(?<!\w)[bc])?"', '"', lines=True),
        StringSyntax(r"'(?=[^\\']'|\\)", "'", character=True),
    ),
    nested_comments=True,
)

LANGUAGES = (
    *(PYTHON, JAVASCRIPT, TYPESCRIPT, MARKUP, JAVA, GROOVY, SCALA, KOTLIN, SWIFT, C, OBJECTIVE_C),
    *(CSHARP, GO, RUBY, PHP, DART, RUST),
)
#: The language of each file extension.
BY_EXTENSION = {extension: language for language in LANGUAGES for extension in language.extensions}
