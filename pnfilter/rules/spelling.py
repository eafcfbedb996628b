"""Lints of how a filter is written."""

from __future__ import annotations

from pnfilter.rules.rule import Rule

RULES = (
    Rule(
        code="W401",
        name="bare-word",
        summary="A bare name on the right of a comparison.",
        explanation=(
            "It is read as a field of the metadata. Nearly always a text without "
            "quotes was meant, or a variable of the program that makes the filter."
        ),
        bad="language != spanish",
        good='language != "spanish"',
    ),
    Rule(
        code="W402",
        name="dashed-word",
        summary="A name with a dash is a subtraction.",
        explanation=("Names have no dashes. A text is quoted, a key with a dash goes in brackets."),
        bad="userId != user-1",
        good='userId != "user-1"',
    ),
    Rule(
        code="W403",
        name="single-equals",
        summary="The shorthand such=wow.",
        explanation=(
            "The vendor's configuration reference shows it, no list of operators has "
            "it. It is read as equality with the text on the right; `==` is certain."
        ),
        bad="such=wow",
        good='such == "wow"',
    ),
    Rule(
        code="W404",
        name="percent-wildcard",
        summary="`%` as a wildcard.",
        explanation=(
            "The wildcard of LIKE is `*`. `%` was one in a build of 2016 only, and "
            "stands for itself now."
        ),
        bad='region LIKE "east%"',
        good='region LIKE "east*"',
    ),
    Rule(
        code="W405",
        name="one-element-set",
        summary="A set of one element.",
        explanation=(
            "Brackets round one text are just brackets: CONTAINS then looks for the "
            'field\'s value inside that text, so that "u" matches too.'
        ),
        bad='("us") CONTAINS meta.net',
        good='meta.net == "us"',
    ),
    Rule(
        code="W406",
        name="template-leftover",
        summary="A placeholder inside a text.",
        explanation=(
            "`${…}`, `$(…)`, `{{…}}`, `#{…}` and `%s` are sent as they stand, and match nothing."
        ),
        bad='uuid != "${me}"',
        good='uuid != "me"',
    ),
    Rule(
        code="W407",
        name="stray-backslash",
        summary="A backslash that escapes nothing.",
        explanation=(
            "A backslash escapes the quote in use, itself, and in a LIKE pattern `*`. "
            "Before anything else it stands for itself, and what the server does with "
            "it was never shown."
        ),
        bad='data.path == "a\\b"',
        good='data.path == "a\\\\b"',
    ),
    Rule(
        code="W408",
        name="boolean-or-null",
        summary="true, false and null are not documented.",
        explanation=(
            "Equality is documented for texts and numbers. What a JSON boolean equals "
            'is not known, and a field that is null counts as missing. Send "true" or '
            "1."
        ),
        bad="data.urgent == true",
        good='data.urgent == "true"',
    ),
    Rule(
        code="W409",
        name="exponent",
        summary="A number with an exponent.",
        explanation=("Digits and a fraction are documented, an exponent is not."),
        bad="data.x > 1e3",
        good="data.x > 1000",
    ),
    Rule(
        code="W410",
        name="keyword-case",
        summary="A keyword in mixed case.",
        explanation=("LIKE and like, CONTAINS and contains were seen to work; Like was not."),
        bad='data.x Like "a*"',
        good='data.x LIKE "a*"',
    ),
    Rule(
        code="W411",
        name="prefix-case",
        summary="A prefix with a capital.",
        explanation=("Names are case-sensitive: Data.x reads a field of the metadata called Data."),
        bad="Data.x == 1",
        good="data.x == 1",
    ),
    Rule(
        code="W412",
        name="misspelt-prefix",
        summary="A word that is nearly a prefix.",
        explanation=(
            "Only `data` and `meta` are prefixes; any other word reads a field of the metadata."
        ),
        bad="metadata.x == 1",
        good="meta.x == 1",
    ),
    Rule(
        code="W413",
        name="inner-wildcard",
        summary="A `*` in the middle of a pattern.",
        explanation=(
            "Patterns are documented with `*` at the beginning and the end. In the "
            "middle it is read as any run of characters, by assumption."
        ),
        bad='data.x LIKE "a*z"',
        good='data.x LIKE "a*" && data.x LIKE "*z"',
    ),
    Rule(
        code="W415",
        name="quoted-number",
        summary="A quoted number under an ordering operator.",
        explanation=(
            "Ordering is documented for numbers. A text on one side is read as a "
            "number where it is one; two texts are not ordered."
        ),
        bad='data.age > "18"',
        good="data.age > 18",
    ),
)
