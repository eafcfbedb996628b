"""The lint of what rests on no evidence."""

from __future__ import annotations

from pnfilter.rules.rule import Rule

RULES = (
    Rule(
        code="I504",
        name="assumed-rule",
        summary="A part whose meaning nobody has shown for the server.",
        explanation=(
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
    ),
    Rule(
        code="I505",
        name="undecided-samples",
        summary="A filter that is UNDECIDED on some of the sample messages.",
        explanation=(
            "Nobody has shown what the server does with these messages, or a part of them can't "
            "be read here. `pnfilter grep --undecided only` prints them, and `pnfilter explain` "
            "gives the reason."
        ),
        bad='data.code == "5" || data.mag > 6.0',
        good="data.mag > 6.0",
        options={"messages": [{"data": {"mag": 2.5, "code": 5}}, {"data": {"mag": 6.1}}]},
    ),
)
