"""Lints of what is certain here only: parts of a filter that rest on an assumed rule.

I504 goes by the grades of ``grammar/LANGUAGE.md``. A rule graded *assumed* is reported where
something in the filter brings it up: an operator, a character of a pattern, a letter in CONTAINS.
Left out are those that only a message brings up: a boolean or an object as a value, a field that is
null or missing, a key in another case. Of *unknown* ones only arithmetic is reported that has no
result whatever the message is and that no warning is about.
"""

from __future__ import annotations

from pnfilter.diagnostics import Rule

NO_OTHER_FORM = "no other form has evidence: try it on the server before relying on it"

ASSUMED_RULE = Rule(
    "I504",
    "assumed-rule",
    summary="A part whose meaning nobody has shown for the server.",
    why=(
        "The service publishes no complete definition of its filters. What is assumed "
        "here (every operator of arithmetic but `+`, `%` and the bits, negative numbers, "
        "`true`, the signs `_` and `.` in a pattern, case in CONTAINS, and more) may work "
        "otherwise there, so that a trial on your own machine proves nothing: try it on the "
        "server, or write a form that was recorded or is documented. Only what stands in "
        "the filter is told, not what a message alone brings up, such as an object as a "
        "value or a key in another case."
    ),
    bad="data.width * data.height > 100",
    good="data.area > 100",
)
