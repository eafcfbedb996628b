"""Syntax errors: why a text is not a valid filter. Only code that shows a rule imports them."""

from __future__ import annotations

from pnfilter.diagnostics import Rule

RULES = (
    Rule(
        "E101",
        "empty-filter",
        summary="The text contains no filter.",
        why=(
            "With an empty filter the service delivers every message. Leave the filter "
            "out if that is what you want. A text of spaces only is empty too."
        ),
        bad="",
        good='meta.region == "us"',
    ),
    Rule(
        "E102",
        "too-long",
        summary="The text is longer than a filter may be.",
        why=(
            "A limit of these tools, 262,144 characters, so that checking any text takes "
            "bounded time. The service's own limit is the request line, which is far "
            "lower: see W456."
        ),
        bad="a" * 262_145,
        good='meta.region == "us"',
    ),
    Rule(
        "E103",
        "too-deep",
        summary="The filter is nested too deeply.",
        why=(
            "A limit of these tools, 128 levels: each pair of parentheses, each prefix "
            "operator and each arithmetic operator in a row is one. Conditions joined "
            "by `&&` or `||` are not nested, and may be thousands."
        ),
        bad="(" * 129 + "meta.a == 1" + ")" * 129,
        good="(meta.a == 1)",
    ),
    Rule(
        "E104",
        "unclosed-string",
        summary="A string is not closed.",
        why=(
            "A string ends at the quote that began it, on the same line. Escape a quote "
            "inside it with a backslash, or put the string in the other kind of quotes."
        ),
        bad='meta.region == "us',
        good='meta.region == "us"',
    ),
    Rule(
        "E105",
        "typographic-quotes",
        summary="Quotes that don't delimit a string.",
        why=(
            "Word processors and chat programs turn straight quotes into curly ones, "
            'and some languages quote names with backticks. A filter knows `"` and '
            "`'` only."
        ),
        bad="meta.region == “us”",
        good='meta.region == "us"',
    ),
    Rule(
        "E106",
        "bad-number",
        summary="A number is not valid in this form.",
        why=(
            "A number has digits, and if it has a fraction, digits on each side of the "
            "dot. It ends where no letter, digit or dot follows: `5like`, `0x1F`, "
            "`1.2.3` and `.5` are not valid numbers."
        ),
        bad="data.score > .5",
        good="data.score > 0.5",
    ),
    Rule(
        "E107",
        "other-space",
        summary="A space character that is not allowed.",
        why=(
            "Spaces, tabs and line ends separate. No-break spaces, zero-width "
            "characters and control characters look like them, usually after copying "
            "from a web page, and are not allowed."
        ),
        bad='meta.region ==\xa0"us"',
        good='meta.region == "us"',
    ),
    Rule(
        "E108",
        "unexpected-character",
        summary="A character is not valid in a filter.",
        why=(
            "Names have ASCII letters, digits and underscores. A key with anything "
            'else goes in brackets and quotes: meta["größe"].'
        ),
        bad="größe > 5",
        good='meta["größe"] > 5',
    ),
    Rule(
        "E110",
        "unpaired-surrogate",
        summary="An unpaired surrogate.",
        why=(
            "Some programs cut a text in the middle of a character. The rest has no "
            "UTF-8 encoding, so it can't be sent."
        ),
        bad='meta.region == "\ud83d"',
        good='meta.region == "😀"',
    ),
    Rule(
        "E111",
        "placeholder",
        summary="A placeholder was not filled in.",
        why=(
            "The filter was not passed through a template, or the template doesn't know "
            "this name. Insert values with pnfilter.template or F: both quote them."
        ),
        bad="meta.uuid != ${me}",
        good='meta.uuid != "me"',
    ),
    Rule(
        "E112",
        "number-out-of-range",
        summary="A number is out of range.",
        why="Integers have at most 4,300 digits; any other number has to fit an IEEE double.",
        bad="data.x > 1e999",
        good="data.x > 1000",
    ),
    Rule(
        "E201",
        "unbalanced-bracket",
        summary="A parenthesis or bracket is not balanced.",
        why="Each `(` is closed by a `)`, each `[` of a path by a `]`.",
        bad='(meta.region == "us"',
        good='(meta.region == "us")',
    ),
    Rule(
        "E202",
        "word-operator",
        summary="AND, OR and NOT are not operators.",
        why=(
            "Conditions are joined by `&&` and `||` and negated by `!`. The words are "
            "read as names of fields."
        ),
        bad='meta.region == "us" AND meta.tier == 1',
        good='meta.region == "us" && meta.tier == 1',
    ),
    Rule(
        "E203",
        "in-operator",
        summary="IN is not an operator.",
        why=(
            "Membership is written from the container's side: a set, a field that "
            "holds an array, or a string, then CONTAINS."
        ),
        bad='meta.region IN ("us", "eu")',
        good='("us", "eu") CONTAINS meta.region',
    ),
    Rule(
        "E204",
        "presence-test",
        summary="The language has no test for presence.",
        why=(
            "A missing field matches no comparison but perhaps `!=`, so a filter on a value "
            "needs no such test. A field that holds a string matches the pattern "
            '"*", and a missing one does not (that a missing field never matches a '
            "pattern is assumed, and what a number does is not known). `!=` is no "
            "such test: whether a missing field differs from a value is not known."
        ),
        bad="meta.region IS NOT NULL",
        good='meta.region LIKE "*"',
    ),
    Rule(
        "E205",
        "foreign-operator",
        summary="An operator of another language.",
        why=(
            "The comparisons are `==`, `!=`, `<`, `<=`, `>`, `>=`, LIKE and CONTAINS, "
            "each without spaces inside."
        ),
        bad='meta.region <> "us"',
        good='meta.region != "us"',
    ),
    Rule(
        "E206",
        "negated-keyword",
        summary="LIKE and CONTAINS have no negated form.",
        why="Negate the whole comparison, in parentheses.",
        bad='data.tags NOT_CONTAINS "test"',
        good='!(data.tags CONTAINS "test")',
    ),
    Rule(
        "E207",
        "unquoted-pattern",
        summary="A pattern has no quotes.",
        why="A pattern is a string. Without quotes, its `*` is a multiplication.",
        bad="data.name LIKE Todd*",
        good='data.name LIKE "Todd*"',
    ),
    Rule(
        "E208",
        "unquoted-string",
        summary="A string has no quotes.",
        why=(
            "A word without quotes is the name of a field, and names can't contain "
            "dashes, dots, spaces or other characters."
        ),
        bad="meta.uuid != pn-0ca50551-4bc8",
        good='meta.uuid != "pn-0ca50551-4bc8"',
    ),
    Rule(
        "E209",
        "path-wildcard",
        summary="A path with a wildcard.",
        why=(
            "A path names one field. In documentation, `data.*` means any field of "
            "the payload; a filter can't say that."
        ),
        bad='data.* == "x"',
        good='data.title == "x"',
    ),
    Rule(
        "E210",
        "chained-comparison",
        summary="A comparison of a comparison.",
        why="A comparison has two sides. A range is two comparisons joined by `&&`.",
        bad="1 < data.x < 5",
        good="1 < data.x && data.x < 5",
    ),
    Rule(
        "E211",
        "single-ampersand",
        summary="A single `&` or `|` between conditions.",
        why=("`&` and `|` combine the bits of integers, and bind tighter than any comparison."),
        bad="meta.a == 1 & meta.b == 2",
        good="meta.a == 1 && meta.b == 2",
    ),
    Rule(
        "E212",
        "missing-operand",
        summary="An operator lacks an operand.",
        why="Often a value that was empty when the filter was put together.",
        bad="meta.region ==",
        good='meta.region == "us"',
    ),
    Rule(
        "E213",
        "missing-operator",
        summary="Two operands have no operator between them.",
        why="Conditions are joined by `&&` or `||`; quote a string of several words as a whole.",
        bad="meta.a == 1 meta.b == 2",
        good="meta.a == 1 && meta.b == 2",
    ),
    Rule(
        "E214",
        "misspelt-keyword",
        summary="A word that is nearly a keyword.",
        why="The keywords are LIKE and CONTAINS.",
        bad='data.tags CONTIANS "x"',
        good='data.tags CONTAINS "x"',
    ),
    Rule(
        "E215",
        "bad-path-step",
        summary="A step of a path is not valid.",
        why='After a path comes `.name`, `["any key"]` or `[0]`, an index counted from 0.',
        bad="data[name] == 1",
        good='data["name"] == 1',
    ),
    Rule(
        "E216",
        "function-call",
        summary="A function is called.",
        why=(
            "The language has no functions. LIKE never looks at case, CONTAINS looks "
            "into strings and arrays."
        ),
        bad='lower(data.x) == "a"',
        good='data.x LIKE "a"',
    ),
    Rule(
        "E217",
        "keyword-as-name",
        summary="A keyword where a field should be.",
        why="A field called like a keyword is reached with its prefix.",
        bad="like == 5",
        good="meta.like == 5",
    ),
    Rule(
        "E218",
        "foreign-word",
        summary="A comparison word of another language.",
        why="Most have a counterpart: the help names it.",
        bad="data.x BETWEEN 1 AND 5",
        good="data.x >= 1 && data.x <= 5",
    ),
    Rule(
        "E219",
        "unexpected-token",
        summary="A part that is not expected here.",
        why="The help says what was expected.",
        bad="meta.a == !1",
        good="!(meta.a == 1)",
    ),
    Rule(
        "E221",
        "square-set",
        summary="A set in brackets.",
        why='A set of values is in parentheses: ("us", "eu").',
        bad='["us", "eu"] CONTAINS meta.region',
        good='("us", "eu") CONTAINS meta.region',
    ),
    Rule(
        "E222",
        "comment",
        summary="A comment in a filter.",
        why=(
            "A filter is sent as it is, and the language has no comments. In a file of "
            "filters, a line that begins with # is a comment."
        ),
        bad="meta.a == 1 // the first",
        good="meta.a == 1",
    ),
    Rule(
        "E223",
        "other-language",
        summary="The text is of another language.",
        why=(
            "Queries of SQL and MongoDB, expressions of JSONPath, jq or JsonLogic, and functions "
            "of a program are not filters. Where it can be translated, the help has the filter."
        ),
        bad="SELECT * FROM messages WHERE data.mag > 5",
        good="data.mag > 5",
    ),
    Rule(
        "E224",
        "wrapped-filter",
        summary="A filter inside something else.",
        why=(
            "The filter was copied with what is round it: a parameter of a request, "
            "percent-encoding, a line of code, backticks. The help has the filter alone."
        ),
        bad="filter-expr=data.mag%20%3E%205",
        good="data.mag > 5",
    ),
    Rule(
        "E301",
        "set-on-the-right",
        summary="A set on the right of CONTAINS or LIKE.",
        why=(
            "The container is on the left of CONTAINS, and so is the set. For a "
            'field that holds an array, ask for each element: data.tags CONTAINS "a" '
            '|| data.tags CONTAINS "b".'
        ),
        bad='meta.region CONTAINS ("us", "eu")',
        good='("us", "eu") CONTAINS meta.region',
    ),
    Rule(
        "E302",
        "misplaced-set",
        summary="A set where no set is allowed.",
        why="A set is only allowed on the left of CONTAINS or LIKE.",
        bad='("us", "eu") == meta.region',
        good='("us", "eu") CONTAINS meta.region',
    ),
    Rule(
        "E303",
        "set-element",
        summary="A set element that is neither a string nor a number.",
        why="The elements of a set are quoted strings and numbers.",
        bad="(us, eu) CONTAINS meta.region",
        good='("us", "eu") CONTAINS meta.region',
    ),
    Rule(
        "E304",
        "condition-as-operand",
        summary="A condition where a value is needed.",
        why="A condition has no value to compare or calculate with.",
        bad="(meta.a == 1) == (meta.b == 2)",
        good="meta.a == 1 && meta.b == 2",
    ),
    Rule(
        "E305",
        "single-equals-error",
        summary="A single `=` beyond the shorthand.",
        why=(
            "A single `=` is only allowed between a field and a bare word or a literal, "
            "as in such=wow. Anywhere else write `==`."
        ),
        bad="meta.a = meta.b + 1",
        good="meta.a == meta.b + 1",
    ),
)
