"""Lints of how a filter is read."""

from __future__ import annotations

from pnfilter.rules.rule import Rule

RULES = (
    Rule(
        code="W451",
        name="mixed-junctions",
        summary="`&&` and `||` without brackets.",
        explanation=(
            "That `&&` binds tighter is the convention, and was never shown for the server."
        ),
        bad="a == 1 || b == 2 && c == 3",
        good="a == 1 || (b == 2 && c == 3)",
    ),
    Rule(
        code="W452",
        name="negated-comparison",
        summary="`!` before a comparison without brackets.",
        explanation=(
            "It is read as the negation of the whole comparison; an undated page of "
            "the vendor ranks `!` higher."
        ),
        bad="!a == 1",
        good="!(a == 1)",
    ),
    Rule(
        code="W453",
        name="bare-bits",
        summary="Bitwise operators beside others without brackets.",
        explanation=(
            "C's order is assumed, and there a comparison binds tighter than a bit. "
            "Brackets settle it."
        ),
        bad="a & 4 == 4",
        good="(a & 4) == 4",
    ),
    Rule(
        code="W454",
        name="encrypted-payload",
        summary="The filter reads an encrypted payload.",
        explanation=(
            "With encryption on, the server sees ciphertext in the place of the "
            "payload; metadata stays plain."
        ),
        bad='data.priority == "high"',
        good='meta.priority == "high"',
        options={"encrypted": True},
    ),
    Rule(
        code="W455",
        name="app-context",
        summary="A filter of App Context.",
        explanation=(
            "App Context (objects) has a filter language of its own, with custom.x, "
            "updated or channel.name. As a stream filter it reads the metadata, and "
            "finds nothing."
        ),
        bad='custom.tier == "gold"',
        good='meta.tier == "gold"',
    ),
    Rule(
        code="W456",
        name="request-line",
        summary="The filter is too long for a request line.",
        explanation=(
            "A filter travels in the address of each request, percent-encoded, where "
            "each blank and each quote takes three bytes. The server answers a line "
            "that is too long with 414."
        ),
        bad=" || ".join(f'data.userId == "user-{number}"' for number in range(200)),
        good='meta.region == "us"',
    ),
    Rule(
        code="W457",
        name="mixed-generations",
        summary="Bare names beside prefixes.",
        explanation=(
            "Bare names are the older form, and read the metadata. Beside `data.` and "
            "`meta.` they are probably a prefix that was forgotten."
        ),
        bad='data.x == 1 && region == "us"',
        good='data.x == 1 && meta.region == "us"',
    ),
    Rule(
        code="W461",
        name="open-hole",
        summary="A program fills in a part that stands outside quotes.",
        explanation=(
            "What fills it can be any part of a filter: a value such as `1 || true` lets "
            "everything through. Where it is a number, convert it to one; where it is a text, "
            "put it in quotes and escape it."
        ),
        bad="meta.level == {level}",
        good='meta.level == "gold"',
        options={"holes": True},
    ),
    Rule(
        code="I501",
        name="older-form",
        summary="A bare name.",
        explanation=(
            "Bare names read the metadata, and work; the current documentation writes meta.name."
        ),
        bad='region == "us"',
        good='meta.region == "us"',
    ),
    Rule(
        code="I503",
        name="redundant-brackets",
        summary="Brackets that change nothing.",
        explanation=(
            "One pair round the whole is common, and brackets round a condition are "
            "good style. More than that is noise."
        ),
        bad="((a == 1))",
        good="a == 1",
    ),
    Rule(
        code="I511",
        name="unescaped-hole",
        summary="A program fills in a part of a quoted text.",
        explanation=(
            "A value with the quote in it ends the text, and what follows is read as a filter. "
            "That is no matter where the program knows the values, such as its own identifiers."
        ),
        bad='meta.level == "{level}"',
        good='meta.level == "gold"',
        options={"holes": True},
    ),
)
