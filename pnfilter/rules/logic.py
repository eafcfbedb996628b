"""Lints of what a filter says, and of what a schema of the messages denies."""

from __future__ import annotations

from typing import Any

from pnfilter.rules.rule import Rule

_SCHEMA: dict[str, Any] = {
    "properties": {
        "data": {"properties": {"mag": {"type": "number", "minimum": -1, "maximum": 10}}},
        "meta": {"properties": {"net": {"enum": ["us", "ak", "ci"]}}},
    }
}

_MESSAGES: list[dict[str, Any]] = [
    {"data": {"mag": 2.5, "code": 5}, "meta": {"net": "us"}},
    {"data": {"mag": 6.1, "code": "6"}, "meta": {"net": "ci"}},
]

RULES = (
    Rule(
        code="W431",
        name="never-matches",
        summary="A condition that no message fits.",
        explanation=(
            "Two conditions joined by `&&` exclude each other, or a condition without a "
            "field is false. Nothing is reported where the answer is not known: a "
            "number may equal its own text, and an array may have an element for each "
            "of two patterns. Of two bounds only numbers count, as the documented "
            "ordering is of numbers. Each && and || is looked at by itself, field by "
            "field; sets and patterns are compared with the other conditions of their "
            "field in up to 20,000 steps a filter."
        ),
        bad='meta.region == "us" && meta.region == "eu"',
        good='meta.region == "us" || meta.region == "eu"',
    ),
    Rule(
        code="W432",
        name="always-matches",
        summary="A condition that every message fits that has the field.",
        explanation=(
            "Of two conditions joined by `||` one holds for every value, or a condition "
            "without a field is true. `a != 1 || a != 2` is the usual case: what is 1 is "
            "not 2. Where the field is missing, an ordering doesn't match all the same."
        ),
        bad='meta.region != "us" || meta.region != "eu"',
        good='meta.region != "us" && meta.region != "eu"',
    ),
    Rule(
        code="W433",
        name="constant-condition",
        summary="A condition that says nothing of the message.",
        explanation=(
            "It compares a field with itself, or reads no field and is undecided: then "
            "it is so for every message. A constant condition that is true or false has "
            "the codes W432 and W431."
        ),
        bad="meta.level == meta.level",
        good="meta.level == data.level",
    ),
    Rule(
        code="W441",
        name="unknown-field",
        summary="A field that the schema of the messages doesn't have.",
        explanation=(
            "Reported where the schema declares the fields of an object and doesn't "
            "foresee others: `additionalProperties` that is true or a schema, "
            "`patternProperties` and conditions foresee them, silence doesn't, since a "
            "typo is just another field. Of metadata that the schema doesn't describe at "
            "all only a bare name is reported that the payload has. Fields given as "
            "known are never reported. A schema that names neither data nor meta, or "
            "that is malformed, is an error of the caller."
        ),
        bad="data.mga > 4.5",
        good="data.mag > 4.5",
        options={"schema": _SCHEMA},
    ),
    Rule(
        code="W442",
        name="schema-type-clash",
        summary="A comparison that the declared type has no use for.",
        explanation=(
            "No value of the type matches for certain: a number never equals a text, "
            "what a boolean or an array equals is not known, LIKE looks at texts, "
            "CONTAINS into texts and arrays, and orderings and arithmetic are of "
            "numbers. A text under an ordering is compared only where it reads as a "
            "number; where `enum` or `examples` have such a text, nothing is said."
        ),
        bad='data.mag == "5"',
        good="data.mag == 5",
        options={"schema": _SCHEMA},
    ),
    Rule(
        code="W443",
        name="impossible-value",
        summary="A value that the schema rules out, or a bound that lets every value pass.",
        explanation=(
            "The value is not among those of `enum` or `const`, or lies outside of the "
            "limits; or every number within the limits fits the bound, or a set has all "
            "texts of `enum`, so that the condition only asks whether the field is there."
        ),
        bad='meta.net == "uss"',
        good='meta.net == "us"',
        options={"schema": _SCHEMA},
    ),
    Rule(
        code="W444",
        name="matches-no-sample",
        summary="A filter that matches none of the sample messages.",
        explanation=(
            "The subscriber would have got none of them. That is right for an alarm, and else "
            "a sign of a field, a value or a limit that no message has. Samples that are "
            "UNDECIDED are counted apart: nobody has shown what the server does with them."
        ),
        bad="data.mag > 61",
        good="data.mag > 6.0",
        options={"messages": _MESSAGES},
    ),
    Rule(
        code="W445",
        name="matches-every-sample",
        summary="A filter that matches all of the sample messages.",
        explanation=(
            "The subscriber would have got every one of them, but for those that are "
            "UNDECIDED: then the filter is of no use, or says something else than was meant."
        ),
        bad="data.mag > 0.6",
        good="data.mag > 6.0",
        options={"messages": _MESSAGES},
    ),
    Rule(
        code="I502",
        name="redundant-part",
        summary="A part without which the filter says the same.",
        explanation=(
            "A condition or an element of a set stands there twice, or another one says "
            "more: `a > 5` makes `a > 3` superfluous. The fix is unsafe: the superfluous one, also "
            "a copy, may be the one that was meant otherwise."
        ),
        bad="meta.level > 5 && meta.level > 3",
        good="meta.level > 5",
    ),
)
