"""Syntax errors: why a text is not a valid filter. Only code that shows a rule imports them."""

from __future__ import annotations

from pnfilter.diagnostics import Rule

RULES = (
    Rule(
        "E101",
        "empty-filter",
        summary="The text holds no filter.",
        why=(
            "An empty filter is no filter: the service then delivers every message. "
            "Leave the filter out where that is meant. A text of blanks only is empty "
            "too."
        ),
        bad="",
        good='meta.region == "us"',
    ),
    Rule(
        "E102",
        "too-long",
        summary="The text is longer than a filter may be.",
        why=(
            "A limit of these tools, 262,144 characters, so that any text is answered "
            "in bounded time. The service's own limit is the request line, and far "
            "below: see W456."
        ),
        bad="a" * 262_145,
        good='meta.region == "us"',
    ),
    Rule(
        "E103",
        "too-deep",
        summary="The filter nests too deep.",
        why=(
            "A limit of these tools, 128 levels: each pair of brackets, each prefix "
            "operator and each arithmetic operator in a row is one. Conditions joined "
            "by `&&` or `||` are not nested, and may be thousands."
        ),
        bad="(" * 129 + "a == 1" + ")" * 129,
        good="(a == 1)",
    ),
    Rule(
        "E104",
        "unclosed-text",
        summary="A quoted text is never closed.",
        why=(
            "A text ends at the quote that began it, on the same line. A quote inside "
            "is written with a backslash before it, or the text takes the other kind "
            "of quotes."
        ),
        bad='region == "us',
        good='region == "us"',
    ),
    Rule(
        "E105",
        "typographic-quotes",
        summary="Quotes that don't delimit a text.",
        why=(
            "Word processors and chat programs turn straight quotes into curly ones, "
            'and some languages quote names with backticks. A filter knows `"` and '
            "`'` only."
        ),
        bad="region == “us”",
        good='region == "us"',
    ),
    Rule(
        "E106",
        "bad-number",
        summary="A number is written in a way that the language doesn't have.",
        why=(
            "A number has digits, and if it has a fraction, digits on each side of the "
            "dot. It ends where no letter, digit or dot follows: `5like`, `0x1F`, "
            "`1.2.3` and `.5` are no numbers."
        ),
        bad="data.score > .5",
        good="data.score > 0.5",
    ),
    Rule(
        "E107",
        "other-space",
        summary="A blank that is no blank of the language.",
        why=(
            "Blanks, tabs and line ends separate. No-break spaces, zero-width "
            "characters and control characters look like them, usually after copying "
            "from a page, and are refused."
        ),
        bad='region ==\xa0"us"',
        good='region == "us"',
    ),
    Rule(
        "E108",
        "unexpected-character",
        summary="A character means nothing in a filter.",
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
        summary="Half of a surrogate pair.",
        why=(
            "Some programs cut a text in the middle of a character. What is left has "
            "no UTF-8, so that it can't be sent."
        ),
        bad='region == "\ud83d"',
        good='region == "😀"',
    ),
    Rule(
        "E111",
        "placeholder",
        summary="A placeholder was never filled in.",
        why=(
            "The filter was sent through no template, or the template knew no such "
            "name. Put values in with pnfilter.template or F: both quote them."
        ),
        bad="uuid != ${me}",
        good='uuid != "me"',
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
        summary="A bracket has no partner.",
        why="Each `(` is closed by a `)`, each `[` of a path by a `]`.",
        bad='(region == "us"',
        good='(region == "us")',
    ),
    Rule(
        "E202",
        "word-operator",
        summary="AND, OR and NOT are no operators here.",
        why=(
            "Conditions are joined by `&&` and `||` and negated by `!`. The words are "
            "read as names of fields."
        ),
        bad='region == "us" AND tier == 1',
        good='region == "us" && tier == 1',
    ),
    Rule(
        "E203",
        "in-operator",
        summary="IN is no operator here.",
        why=(
            "Membership is written from the container's side: a set, a field that "
            "holds an array, or a text, then CONTAINS."
        ),
        bad='region IN ("us", "eu")',
        good='("us", "eu") CONTAINS region',
    ),
    Rule(
        "E204",
        "presence-test",
        summary="There is no test for presence.",
        why=(
            "A missing field makes every comparison but `!=` a non-match, so that a "
            "filter on a value needs no such test. A field that holds a text fits the "
            'pattern "*", a missing one does not (that a missing field never fits a '
            "pattern is assumed, and what a number does there is not known). `!=` is no "
            "such test: a missing field differs from any value."
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
            "each without blanks inside."
        ),
        bad='region <> "us"',
        good='region != "us"',
    ),
    Rule(
        "E206",
        "negated-keyword",
        summary="LIKE and CONTAINS have no negated form.",
        why="Negate the whole comparison, in brackets.",
        bad='data.tags NOT_CONTAINS "test"',
        good='!(data.tags CONTAINS "test")',
    ),
    Rule(
        "E207",
        "unquoted-pattern",
        summary="A pattern has no quotes.",
        why="A pattern is a text. Without quotes, its `*` is a multiplication.",
        bad="data.name LIKE Todd*",
        good='data.name LIKE "Todd*"',
    ),
    Rule(
        "E208",
        "unquoted-text",
        summary="A text has no quotes.",
        why=(
            "A word without quotes is the name of a field, and names have no dashes, "
            "dots, blanks or signs."
        ),
        bad="uuid != pn-0ca50551-4bc8",
        good='uuid != "pn-0ca50551-4bc8"',
    ),
    Rule(
        "E209",
        "path-wildcard",
        summary="A path with a wildcard.",
        why=(
            "A path leads to one field. In documentation, `data.*` stands for any "
            "field of the payload; it can't be written."
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
        why=(
            "`&` and `|` calculate with the bits of integers, and bind tighter than any comparison."
        ),
        bad="a == 1 & b == 2",
        good="a == 1 && b == 2",
    ),
    Rule(
        "E212",
        "missing-operand",
        summary="An operator has nothing on one side.",
        why="Often a value that was empty when the filter was put together.",
        bad="region ==",
        good='region == "us"',
    ),
    Rule(
        "E213",
        "missing-operator",
        summary="Two operands have no operator between them.",
        why="Conditions are joined by `&&` or `||`; a text of several words is quoted as a whole.",
        bad="a == 1 b == 2",
        good="a == 1 && b == 2",
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
        summary="A step of a path that leads nowhere.",
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
            "into texts and arrays."
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
        summary="A comparing word of another language.",
        why="Most have a counterpart; the help line says which.",
        bad="data.x BETWEEN 1 AND 5",
        good="data.x >= 1 && data.x <= 5",
    ),
    Rule(
        "E219",
        "unexpected-token",
        summary="Something stands where it can't.",
        why="What was expected there is in the help line.",
        bad="a == !1",
        good="!(a == 1)",
    ),
    Rule(
        "E221",
        "square-set",
        summary="A set in square brackets.",
        why='A set of values stands in round brackets: ("us", "eu").',
        bad='["us", "eu"] CONTAINS region',
        good='("us", "eu") CONTAINS region',
    ),
    Rule(
        "E222",
        "comment",
        summary="A comment in a filter.",
        why=(
            "A filter is sent as it stands, and the language has no comments. In a file of "
            "filters, a line that begins with # is one."
        ),
        bad="meta.a == 1 // the first",
        good="meta.a == 1",
    ),
    Rule(
        "E301",
        "set-on-the-right",
        summary="A set on the right of CONTAINS or LIKE.",
        why=(
            "The container stands on the left of CONTAINS, and so does the set. For a "
            'field that holds an array, ask for each element: data.tags CONTAINS "a" '
            '|| data.tags CONTAINS "b".'
        ),
        bad='meta.region CONTAINS ("us", "eu")',
        good='("us", "eu") CONTAINS meta.region',
    ),
    Rule(
        "E302",
        "misplaced-set",
        summary="A set where no set can stand.",
        why="A set stands on the left of CONTAINS or LIKE, and nowhere else.",
        bad='("us", "eu") == region',
        good='("us", "eu") CONTAINS region',
    ),
    Rule(
        "E303",
        "set-element",
        summary="Something in a set that is no text and no number.",
        why="The elements of a set are written out: quoted texts and numbers.",
        bad="(us, eu) CONTAINS region",
        good='("us", "eu") CONTAINS region',
    ),
    Rule(
        "E304",
        "condition-as-operand",
        summary="A condition where a value is needed.",
        why="A condition has no value that could be compared or calculated with.",
        bad="(a == 1) == (b == 2)",
        good="a == 1 && b == 2",
    ),
    Rule(
        "E305",
        "single-equals-error",
        summary="A single `=` beyond the shorthand.",
        why=(
            "One `=` is only read between a field and a bare word or a literal, as in "
            "such=wow. Anywhere else it is `==`."
        ),
        bad="a = b + 1",
        good="a == b + 1",
    ),
)
