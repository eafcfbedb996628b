"""Lints of what operands are."""

from __future__ import annotations

from pnfilter.rules.rule import Rule

RULES = (
    Rule(
        code="W421",
        name="envelope-field",
        summary="A field of the envelope.",
        explanation=(
            "A filter reads metadata and payload. The channel, the publisher, the "
            "timetoken and the type of a message are none of them, nor is there a "
            "prefix `message`."
        ),
        bad="timetoken > 5",
        good="meta.sentAt > 5",
    ),
    Rule(
        code="W422",
        name="ordered-text",
        summary="An ordering with something that is no number.",
        explanation=(
            "How the server orders texts is not known, and objects and booleans are "
            "not ordered at all."
        ),
        bad='data.name > "m"',
        good="data.age > 18",
    ),
    Rule(
        code="W423",
        name="like-without-text",
        summary="LIKE with something that is no text.",
        explanation=("LIKE compares a text with a pattern, and a pattern is a quoted text."),
        bad="data.name LIKE 5",
        good='data.name LIKE "5*"',
    ),
    Rule(
        code="W424",
        name="calculation-without-numbers",
        summary="Arithmetic that can have no result.",
        explanation=(
            "Arithmetic is of numbers, `%` and the bits of integers, and nothing is "
            "divided by zero. What the server does otherwise is not known."
        ),
        bad='data.a + "b" == 5',
        good="data.a + 1 == 5",
    ),
    Rule(
        code="W425",
        name="lost-prefix",
        summary="One operand has no prefix.",
        explanation=(
            "In a comparison of fields with prefixes, a bare name reads the metadata, "
            "which is rarely meant."
        ),
        bad="data.total - used < 10",
        good="data.total - data.used < 10",
    ),
    Rule(
        code="W427",
        name="bare-value",
        summary="A value that is compared with nothing.",
        explanation=("As a condition, only JSON true and false have a known meaning."),
        bad="urgent",
        good='meta.urgent == "true"',
    ),
    Rule(
        code="W428",
        name="whole-payload",
        summary="`data` or `meta` alone.",
        explanation=(
            "Alone, the prefixes mean the whole payload and the whole metadata. "
            "Reading those is not documented, and a field of the metadata that is "
            "called data or meta is out of a bare name's reach."
        ),
        bad='data == "hello"',
        good='data.text == "hello"',
    ),
    Rule(
        code="W429",
        name="pattern-from-message",
        summary="The pattern comes from the message.",
        explanation=(
            "Patterns are documented as texts in the filter. Whether `*` is a wildcard "
            "in a pattern that a field holds is not known."
        ),
        bad="data.name LIKE meta.pattern",
        good='data.name LIKE "a*"',
    ),
    Rule(
        code="W430",
        name="scalar-container",
        summary="A number that should contain something.",
        explanation=("CONTAINS looks into texts, arrays and sets."),
        bad="5 CONTAINS data.x",
        good="data.x == 5",
    ),
)
