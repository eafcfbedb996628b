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


class Form(NamedTuple):
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
    forms: tuple[Form, ...]
    line_comments: tuple[str, ...] = ("//",)
    block_comment: tuple[str, str] | None = ("/*", "*/")
    nested_comments: bool = False
    newline_ends: bool = False
    concatenation: tuple[str, ...] = ("+",)
    regex: bool = False
    region: tuple[str, str] | None = None
    hidden: tuple[str, str] | None = None


_JAVASCRIPT_FORMS = (
    Form("`", "`", holes="${", lines=True),
    Form('"', '"'),
    Form("'", "'"),
)

PYTHON = Language(
    "Python",
    (".py", ".pyi", ".pyw"),
    (
        Form(r'(?i:(?<!\w)(?:fr|rf)""")', '"""', "raw", "{", lines=True),
        Form(r"(?i:(?<!\w)(?:fr|rf)''')", "'''", "raw", "{", lines=True),
        Form(r'(?i:(?<!\w)(?:fr|rf)")', '"', "raw", "{"),
        Form(r"(?i:(?<!\w)(?:fr|rf)')", "'", "raw", "{"),
        Form(r'(?i:(?<!\w)f""")', '"""', "keep", "{", lines=True),
        Form(r"(?i:(?<!\w)f''')", "'''", "keep", "{", lines=True),
        Form(r'(?i:(?<!\w)f")', '"', "keep", "{"),
        Form(r"(?i:(?<!\w)f')", "'", "keep", "{"),
        Form(r'(?i:(?<!\w)(?:br|rb|ur|r)""")', '"""', "raw", lines=True),
        Form(r"(?i:(?<!\w)(?:br|rb|ur|r)''')", "'''", "raw", lines=True),
        Form(r'(?i:(?<!\w)(?:br|rb|ur|r)")', '"', "raw"),
        Form(r"(?i:(?<!\w)(?:br|rb|ur|r)')", "'", "raw"),
        Form(r'(?i:(?<!\w)[bu])?"""', '"""', "keep", lines=True),
        Form(r"(?i:(?<!\w)[bu])?'''", "'''", "keep", lines=True),
        Form(r'(?i:(?<!\w)[bu])?"', '"', "keep"),
        Form(r"(?i:(?<!\w)[bu])?'", "'", "keep"),
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
        Form('"""', '"""', lines=True),
        Form('"', '"'),
        Form("'", "'", character=True),
    ),
)
GROOVY = Language(
    "Groovy",
    (".groovy", ".gradle"),
    (
        Form('"""', '"""', holes="$", lines=True),
        Form("'''", "'''", lines=True),
        Form('"', '"', holes="$"),
        Form("'", "'"),
    ),
    newline_ends=True,
)
SCALA = Language(
    "Scala",
    (".scala", ".sc"),
    (
        Form(r'(?<!\w)f"""', '"""', "raw", "$%", lines=True),
        Form(r'(?<!\w)s"""', '"""', "raw", "$", lines=True),
        Form('"""', '"""', "raw", lines=True),
        Form(r'(?<!\w)f"', '"', "c", "$%"),
        Form(r'(?<!\w)s"', '"', "c", "$"),
        Form('"', '"'),
        Form(r"'(?=\\?.')", "'", character=True),
    ),
    newline_ends=True,
)
KOTLIN = Language(
    "Kotlin",
    (".kt", ".kts"),
    (
        Form('"""', '"""', "raw", "$", lines=True),
        Form('"', '"', "c", "$"),
        Form("'", "'", character=True),
    ),
    nested_comments=True,
    newline_ends=True,
)
SWIFT = Language(
    "Swift",
    (".swift",),
    (
        Form(r'(?<!#)(#++)"""', '"""{1}', "raw", lines=True),
        Form(r'(?<!#)(#++)"', '"{1}', "raw"),
        Form('"""', '"""', "c", "\\(", lines=True),
        Form('"', '"', "c", "\\("),
    ),
    nested_comments=True,
    newline_ends=True,
)
_C_FORMS = (
    Form(r'(?<!\w)(?:L|u8|u|U)?R"([^()\\\s]{0,16})\(', '){1}"', "raw", lines=True),
    Form(r'(?:@|(?<!\w)(?:L|u8|u|U))?"', '"'),
    Form("'", "'", character=True),
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
        Form(r'(?<!\$)\$++("{3,})', "{1}", "raw", "{", lines=True),
        Form(r'("{3,})', "{1}", "raw", lines=True),
        Form(r'(?:\$@|@\$)"', '"', "doubled", "{", lines=True),
        Form('@"', '"', "doubled", lines=True),
        Form(r'\$"', '"', "wide", "{"),
        Form('"', '"', "wide"),
        Form("'", "'", character=True),
    ),
)
GO = Language(
    "Go",
    (".go",),
    (
        Form("`", "`", "raw", lines=True),
        Form('"', '"'),
        Form("'", "'", character=True),
    ),
    newline_ends=True,
)
RUBY = Language(
    "Ruby",
    (".rb", ".rake", ".gemspec"),
    (
        Form(r"<<[~-]?'(\w+)'", "{1}", "raw", lines=True, heredoc=True),
        Form(r'<<[~-]?"?([A-Z]\w*)"?', "{1}", "c", "#{", lines=True, heredoc=True),
        Form(r"%q\(", ")", "single", lines=True),
        Form(r"%q\{", "}", "single", lines=True),
        Form(r"%q\[", "]", "single", lines=True),
        Form(r"%q([|!])", "{1}", "single", lines=True),
        Form(r"%Q?\(", ")", "c", "#{", lines=True),
        Form(r"%Q\{", "}", "c", "#{", lines=True),
        Form(r"%Q\[", "]", "c", "#{", lines=True),
        Form(r"%Q([|!])", "{1}", "c", "#{", lines=True),
        Form('"', '"', "c", "#{", lines=True),
        Form("'", "'", "single", lines=True),
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
        Form(r"<<<[ \t]*'(\w+)'", "{1}", "raw", lines=True, heredoc=True),
        Form(r'<<<[ \t]*"?(\w+)"?', "{1}", "php", "php", lines=True, heredoc=True),
        Form('"', '"', "php", "php", lines=True),
        Form("'", "'", "single", lines=True),
    ),
    line_comments=("//", "#"),
    concatenation=(".",),
    region=(r"<\?(?:php\b|=)?", r"\?>"),
)
DART = Language(
    "Dart",
    (".dart",),
    (
        Form('(?<!\\w)r"""', '"""', "raw", lines=True),
        Form("(?<!\\w)r'''", "'''", "raw", lines=True),
        Form('(?<!\\w)r"', '"', "raw"),
        Form("(?<!\\w)r'", "'", "raw"),
        Form('"""', '"""', "c", "$", lines=True),
        Form("'''", "'''", "c", "$", lines=True),
        Form('"', '"', "c", "$"),
        Form("'", "'", "c", "$"),
    ),
    nested_comments=True,
)
RUST = Language(
    "Rust",
    (".rs",),
    (
        Form(r'(?<!\w)b?r(#*)"', '"{1}', "raw", lines=True),
        Form(r'(?:(?<!\w)[bc])?"', '"', lines=True),
        Form(r"'(?=[^\\']'|\\)", "'", character=True),
    ),
    nested_comments=True,
)

LANGUAGES = (
    *(PYTHON, JAVASCRIPT, TYPESCRIPT, MARKUP, JAVA, GROOVY, SCALA, KOTLIN, SWIFT, C, OBJECTIVE_C),
    *(CSHARP, GO, RUBY, PHP, DART, RUST),
)
#: The language of each file extension.
BY_EXTENSION = {extension: language for language in LANGUAGES for extension in language.extensions}
