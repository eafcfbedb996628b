"""Errors: why a text is no filter."""

from __future__ import annotations

from pnfilter.rules.rule import Rule

RULES = (
    Rule(
        code="E101",
        name="empty-filter",
        summary="The text holds no filter.",
        explanation=(
            "An empty filter is no filter: the service then delivers every message. "
            "Leave the filter out where that is meant. A text of blanks only is empty "
            "too."
        ),
        bad="",
        good='meta.region == "us"',
    ),
    Rule(
        code="E102",
        name="too-long",
        summary="The text is longer than a filter may be.",
        explanation=(
            "A limit of these tools, 262,144 characters, so that any text is answered "
            "in bounded time. The service's own limit is the request line, and far "
            "below: see W456."
        ),
        bad="a" * 262_145,
        good='meta.region == "us"',
    ),
    Rule(
        code="E103",
        name="too-deep",
        summary="The filter nests too deep.",
        explanation=(
            "A limit of these tools, 128 levels: each pair of brackets, each prefix "
            "operator and each arithmetic operator in a row is one. Conditions joined "
            "by `&&` or `||` are not nested, and may be thousands."
        ),
        bad="(" * 129 + "a == 1" + ")" * 129,
        good="((a == 1))",
    ),
    Rule(
        code="E104",
        name="unclosed-text",
        summary="A quoted text is never closed.",
        explanation=(
            "A text ends at the quote that began it, on the same line. A quote inside "
            "is written with a backslash before it, or the text takes the other kind "
            "of quotes."
        ),
        bad='region == "us',
        good='region == "us"',
    ),
    Rule(
        code="E105",
        name="typographic-quotes",
        summary="Quotes that don't delimit a text.",
        explanation=(
            "Word processors and chat programs turn straight quotes into curly ones, "
            'and some languages quote names with backticks. A filter knows `"` and '
            "`'` only."
        ),
        bad="region == “us”",
        good='region == "us"',
    ),
    Rule(
        code="E106",
        name="bad-number",
        summary="A number is written in a way that the language doesn't have.",
        explanation=(
            "A number has digits, and if it has a fraction, digits on each side of the "
            "dot. It ends where no letter, digit or dot follows: `5like`, `0x1F`, "
            "`1.2.3` and `.5` are no numbers."
        ),
        bad="data.score > .5",
        good="data.score > 0.5",
    ),
    Rule(
        code="E107",
        name="other-space",
        summary="A blank that is no blank of the language.",
        explanation=(
            "Blanks, tabs and line ends separate. No-break spaces, zero-width "
            "characters and control characters look like them, usually after copying "
            "from a page, and are refused."
        ),
        bad='region ==\xa0"us"',
        good='region == "us"',
    ),
    Rule(
        code="E108",
        name="unexpected-character",
        summary="A character means nothing in a filter.",
        explanation=(
            "Names have ASCII letters, digits and underscores. A key with anything "
            'else goes in brackets and quotes: meta["größe"].'
        ),
        bad="größe > 5",
        good='meta["größe"] > 5',
    ),
    Rule(
        code="E110",
        name="unpaired-surrogate",
        summary="Half of a surrogate pair.",
        explanation=(
            "Some programs cut a text in the middle of a character. What is left has "
            "no UTF-8, so that it can't be sent."
        ),
        bad='region == "\ud83d"',
        good='region == "😀"',
    ),
    Rule(
        code="E111",
        name="placeholder",
        summary="A placeholder was never filled in.",
        explanation=(
            "The filter was sent through no template, or the template knew no such "
            "name. Put values in with pnfilter.template or F: both quote them."
        ),
        bad="uuid != ${me}",
        good='uuid != "me"',
    ),
    Rule(
        code="E112",
        name="number-out-of-range",
        summary="A number is out of range.",
        explanation=(
            "Integers have at most 4,300 digits; any other number has to fit an IEEE double."
        ),
        bad="data.x > 1e999",
        good="data.x > 1000",
    ),
    Rule(
        code="E201",
        name="unbalanced-bracket",
        summary="A bracket has no partner.",
        explanation=("Each `(` is closed by a `)`, each `[` of a path by a `]`."),
        bad='(region == "us"',
        good='(region == "us")',
    ),
    Rule(
        code="E202",
        name="word-operator",
        summary="AND, OR and NOT are no operators here.",
        explanation=(
            "Conditions are joined by `&&` and `||` and negated by `!`. The words are "
            "read as names of fields."
        ),
        bad='region == "us" AND tier == 1',
        good='region == "us" && tier == 1',
    ),
    Rule(
        code="E203",
        name="in-operator",
        summary="IN is no operator here.",
        explanation=(
            "Membership is written from the container's side: a set, a field that "
            "holds an array, or a text, then CONTAINS."
        ),
        bad='region IN ("us", "eu")',
        good='("us", "eu") CONTAINS region',
    ),
    Rule(
        code="E204",
        name="presence-test",
        summary="There is no test for presence.",
        explanation=(
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
        code="E205",
        name="foreign-operator",
        summary="An operator of another language.",
        explanation=(
            "The comparisons are `==`, `!=`, `<`, `<=`, `>`, `>=`, LIKE and CONTAINS, "
            "each without blanks inside."
        ),
        bad='region <> "us"',
        good='region != "us"',
    ),
    Rule(
        code="E206",
        name="negated-keyword",
        summary="LIKE and CONTAINS have no negated form.",
        explanation=("Negate the whole comparison, in brackets."),
        bad='data.tags NOT_CONTAINS "test"',
        good='!(data.tags CONTAINS "test")',
    ),
    Rule(
        code="E207",
        name="unquoted-pattern",
        summary="A pattern has no quotes.",
        explanation=("A pattern is a text. Without quotes, its `*` is a multiplication."),
        bad="data.name LIKE Todd*",
        good='data.name LIKE "Todd*"',
    ),
    Rule(
        code="E208",
        name="unquoted-text",
        summary="A text has no quotes.",
        explanation=(
            "A word without quotes is the name of a field, and names have no dashes, "
            "dots, blanks or signs."
        ),
        bad="uuid != pn-0ca50551-4bc8",
        good='uuid != "pn-0ca50551-4bc8"',
    ),
    Rule(
        code="E209",
        name="path-wildcard",
        summary="A path with a wildcard.",
        explanation=(
            "A path leads to one field. In documentation, `data.*` stands for any "
            "field of the payload; it can't be written."
        ),
        bad='data.* == "x"',
        good='data.title == "x"',
    ),
    Rule(
        code="E210",
        name="chained-comparison",
        summary="A comparison of a comparison.",
        explanation=("A comparison has two sides. A range is two comparisons joined by `&&`."),
        bad="1 < data.x < 5",
        good="1 < data.x && data.x < 5",
    ),
    Rule(
        code="E211",
        name="single-ampersand",
        summary="A single `&` or `|` between conditions.",
        explanation=(
            "`&` and `|` calculate with the bits of integers, and bind tighter than any comparison."
        ),
        bad="a == 1 & b == 2",
        good="a == 1 && b == 2",
    ),
    Rule(
        code="E212",
        name="missing-operand",
        summary="An operator has nothing on one side.",
        explanation=("Often a value that was empty when the filter was put together."),
        bad="region ==",
        good='region == "us"',
    ),
    Rule(
        code="E213",
        name="missing-operator",
        summary="Two operands have no operator between them.",
        explanation=(
            "Conditions are joined by `&&` or `||`; a text of several words is quoted as a whole."
        ),
        bad="a == 1 b == 2",
        good="a == 1 && b == 2",
    ),
    Rule(
        code="E214",
        name="misspelt-keyword",
        summary="A word that is nearly a keyword.",
        explanation=("The keywords are LIKE and CONTAINS."),
        bad='data.tags CONTIANS "x"',
        good='data.tags CONTAINS "x"',
    ),
    Rule(
        code="E215",
        name="bad-path-step",
        summary="A step of a path that leads nowhere.",
        explanation=(
            'After a path comes `.name`, `["any key"]` or `[0]`, an index counted from 0.'
        ),
        bad="data[name] == 1",
        good='data["name"] == 1',
    ),
    Rule(
        code="E216",
        name="function-call",
        summary="A function is called.",
        explanation=(
            "The language has no functions. LIKE never looks at case, CONTAINS looks "
            "into texts and arrays."
        ),
        bad='lower(data.x) == "a"',
        good='data.x LIKE "a"',
    ),
    Rule(
        code="E217",
        name="keyword-as-name",
        summary="A keyword where a field should be.",
        explanation=("A field called like a keyword is reached with its prefix."),
        bad="like == 5",
        good="meta.like == 5",
    ),
    Rule(
        code="E218",
        name="foreign-word",
        summary="A comparing word of another language.",
        explanation=("Most have a counterpart; the help line says which."),
        bad="data.x BETWEEN 1 AND 5",
        good="data.x >= 1 && data.x <= 5",
    ),
    Rule(
        code="E219",
        name="unexpected-token",
        summary="Something stands where it can't.",
        explanation=("What was expected there is in the help line."),
        bad="a == !1",
        good="!(a == 1)",
    ),
    Rule(
        code="E221",
        name="square-set",
        summary="A set in square brackets.",
        explanation=('A set of values stands in round brackets: ("us", "eu").'),
        bad='["us", "eu"] CONTAINS region',
        good='("us", "eu") CONTAINS region',
    ),
    Rule(
        code="E222",
        name="comment",
        summary="A comment in a filter.",
        explanation=(
            "A filter is sent as it stands, and the language has no comments. In a file of "
            "filters, a line that begins with # is one."
        ),
        bad="meta.a == 1 // the first",
        good="meta.a == 1",
    ),
    Rule(
        code="E301",
        name="set-on-the-right",
        summary="A set on the right of CONTAINS or LIKE.",
        explanation=(
            "The container stands on the left of CONTAINS, and so does the set. For a "
            'field that holds an array, ask for each element: data.tags CONTAINS "a" '
            '|| data.tags CONTAINS "b".'
        ),
        bad='meta.region CONTAINS ("us", "eu")',
        good='("us", "eu") CONTAINS meta.region',
    ),
    Rule(
        code="E302",
        name="misplaced-set",
        summary="A set where no set can stand.",
        explanation=("A set stands on the left of CONTAINS or LIKE, and nowhere else."),
        bad='("us", "eu") == region',
        good='("us", "eu") CONTAINS region',
    ),
    Rule(
        code="E303",
        name="set-element",
        summary="Something in a set that is no text and no number.",
        explanation=("The elements of a set are written out: quoted texts and numbers."),
        bad="(us, eu) CONTAINS region",
        good='("us", "eu") CONTAINS region',
    ),
    Rule(
        code="E304",
        name="condition-as-operand",
        summary="A condition where a value is needed.",
        explanation=("A condition has no value that could be compared or calculated with."),
        bad="(a == 1) == (b == 2)",
        good="a == 1 && b == 2",
    ),
    Rule(
        code="E305",
        name="single-equals-error",
        summary="A single `=` beyond the shorthand.",
        explanation=(
            "One `=` is only read between a field and a bare word or a literal, as in "
            "such=wow. Anywhere else it is `==`."
        ),
        bad="a = b + 1",
        good="a == b + 1",
    ),
)
