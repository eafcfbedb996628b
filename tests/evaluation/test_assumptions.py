"""Assumptions: the readings, how they are given, and what they settle."""

from __future__ import annotations

import json
import pickle
import random
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter import UNREADABLE, FilterSet, Message, Reason, Verdict, compile, count, scan
from pnfilter.semantics import MISSING, compare, negated_truth, truth
from pnfilter.semantics.assumptions import MAX_PAIRS, Assumptions
from pnfilter.semantics.questions import BY_NAME, PROFILES, QUESTIONS
from pnfilter.strategies import filters, messages_for
from tests.examples import examples
from tests.laws import hold_for_assumptions

DIFFERS = {"missing-differs": "match"}
ABSENT: dict[str, Any] = {"data": {}, "meta": {}}


def outcome(text: str, data: Any, *given: str) -> bool | Reason:
    """What a filter under assumptions says of a payload."""
    return compile(text, given).outcome({"data": data, "meta": {}})


def test_every_reason_but_unreadable_is_a_question() -> None:
    assert [each.reason for each in QUESTIONS] == [
        reason for reason in Reason if reason is not Reason.UNREADABLE
    ]
    for question in QUESTIONS:
        names = [reading.name for reading in question.readings]
        assert len(names) == len(set(names)) > 1


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_the_readings_of_a_question_differ_on_its_example(question: Any) -> None:
    text, written = question.example
    message = json.loads(written)
    if "c" in message:
        message = Message.from_envelope(message)
    assert compile(text).outcome(message) is question.reason
    found = {
        reading.name: compile(text, {question.name: reading.name}).outcome(message)
        for reading in question.readings
    }
    assert {True, False} <= set(found.values()), found


def test_profiles_name_questions_and_readings() -> None:
    for profile in PROFILES.values():
        for reason, reading in profile.items():
            assert BY_NAME[reason.value].reading(reading) is not None


@pytest.mark.parametrize(
    "given",
    [
        "missing-differs=match",
        " missing-differs = match ,",
        ["missing-differs=match"],
        ("missing-differs=match", "missing-differs=match"),
        DIFFERS,
        Assumptions({Reason.MISSING_DIFFERS: "match"}),
    ],
)
def test_assumptions_are_given_in_many_forms(given: Any) -> None:
    found = Assumptions.of(given)
    assert found == Assumptions({Reason.MISSING_DIFFERS: "match"})
    assert str(found) == "missing-differs=match"
    assert found is not None
    assert dict(found) == DIFFERS
    assert eval(repr(found)) == found
    assert pickle.loads(pickle.dumps(found)) == found
    assert hash(found) == hash(Assumptions.of("missing-differs=match"))


@pytest.mark.parametrize("given", [None, "", " , ", [], {}, Assumptions({})])
def test_nothing_is_assumed(given: Any) -> None:
    assert Assumptions.of(given) is None
    assert compile("a != 1", given) is compile("a != 1")


def test_a_profile_gives_way_to_a_reading() -> None:
    found = Assumptions.of("javascript,missing-differs=no-match")
    assert found == Assumptions.of({"missing-differs": "no-match", "profile": "javascript"})
    assert found is not None
    assert found["missing-differs"] == "no-match"
    assert found["both-missing"] == "equal"
    assert "like-scalar" not in found


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("javascrip", "not an assumption: javascrip; did you mean javascript?"),
        ("missing-difers=match", "not an assumption: missing-difers; did you mean missing-differs"),
        ("unreadable=match", "not an assumption: unreadable; there is event-kind, no-result"),
        ("no-metadata=match=x", "no-metadata: not a reading: match=x; did you mean match?"),
        ("number-and-text", "needs a reading: number-and-text=numbers or number-and-text=strings"),
        ("no-metadata=yes", "no-metadata: not a reading: yes; there is match, no-match"),
        (["no-metadata=match", "no-metadata=no-match"], "has two readings: match, no-match"),
        ({"profile": "python"}, "not a profile: python; there is javascript"),
        ("x" * 5000, "not an assumption: xxx"),
    ],
)
def test_wrong_assumptions_are_refused(given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compile("a == 1", given)
    with pytest.raises(ValueError, match=message):
        FilterSet({}, given)


@pytest.mark.parametrize("given", [3, [1], {"missing-differs": True}, {1: "match"}, b"javascript"])
def test_assumptions_of_another_type_are_refused(given: Any) -> None:
    with pytest.raises(TypeError):
        compile("a == 1", given)


def test_a_filter_has_its_assumptions() -> None:
    filter = compile("a != 1", DIFFERS)
    assert filter.assumptions == Assumptions.of(DIFFERS)
    assert compile("a != 1").assumptions is None
    assert filter != compile("a != 1")
    assert filter is compile("a != 1", "missing-differs=match")
    assert repr(filter) == "pnfilter.compile('a != 1', assume='missing-differs=match')"
    assert filter.evaluate(ABSENT) is Verdict.MATCH
    assert filter.interpreting_first(5).evaluate(ABSENT) is Verdict.MATCH
    assert pickle.loads(pickle.dumps(filter)).matches(ABSENT, undecided="drop")


@pytest.mark.parametrize(
    ("text", "data", "given", "expected"),
    [
        # An assumption settles its comparison, and Kleene's logic the rest.
        ("data.a != 1 && data.b == 2", {"b": 3}, ["missing-differs=match"], False),
        ("!(data.a != 1)", {}, ["missing-differs=match"], False),
        ("!(data.a != 1)", {}, ["missing-differs=no-match"], True),
        ("data.a != 1 || data.b > 'x'", {"b": "y"}, ["missing-differs=no-match"], "text-ordering"),
        # A number and its text.
        ("data.a == 5", {"a": "5.0"}, ["number-and-text=numbers"], True),
        ("data.a == 5", {"a": "5.0"}, ["number-and-text=strings"], False),
        ("data.a != 5", {"a": "5"}, ["number-and-text=never"], True),
        ('data.a == "5"', {"a": 5.0}, ["number-and-text=strings"], True),
        # Booleans.
        ("data.a == true", {"a": True}, ["boolean-equality=same"], True),
        ("data.a == true", {"a": "true"}, ["boolean-equality=same"], False),
        ("data.a == true", {"a": "true"}, ["boolean-equality=same-or-text"], True),
        ("data.a == true", {"a": 1}, ["boolean-equality=same-or-text"], False),
        ("data.a == false", {"a": 0.0}, ["boolean-equality=same-or-number"], True),
        ("data.a == false", {"a": "false"}, ["boolean-equality=any"], True),
        ("data.a != true", {"a": True}, ["boolean-equality=never"], True),
        # What an array holds is compared by the other assumptions.
        ("data.a == 5", {"a": [1, "5"]}, ["array-equality=any-element"], "number-and-text"),
        ("data.a == 5", {"a": [1, "5"]}, ["array-equality=never"], False),
        (
            "data.a == 5",
            {"a": [1, "5"]},
            ["array-equality=any-element", "number-and-text=numbers"],
            True,
        ),
        ("data.a == 5", {"a": [[5]]}, ["array-equality=as-text", "number-and-text=numbers"], True),
        ("data.a == 5", {"a": [5, 5]}, ["array-equality=as-text"], False),
        ("data.a == 5", {"a": [5, None]}, ["array-equality=any-element"], True),
        ("data.a CONTAINS 5", {"a": ["x", "5"]}, ["number-and-text=strings"], True),
        ("data.a CONTAINS 5", {"a": ["x", "5"]}, ["number-and-text=never"], False),
        ("data.a CONTAINS 5", {"a": [None, [5], 4]}, ["array-equality=any-element"], True),
        # Order.
        ('data.a > "b"', {"a": "c"}, ["text-ordering=alphabetical"], True),
        ('data.a > "B"', {"a": "a"}, ["text-ordering=alphabetical"], True),
        ('data.a > "9"', {"a": "10"}, ["text-ordering=alphabetical"], False),
        ('data.a > "9"', {"a": "10"}, ["text-ordering=numbers"], True),
        ('data.a > "b"', {"a": "c"}, ["text-ordering=numbers"], False),
        ("data.a > 5", {"a": "x"}, ["text-ordering=alphabetical"], False),
        ("data.a > 5", {"a": "x"}, ["text-ordering=strings"], True),
        ('data.a > "b"', {"a": "c"}, ["text-ordering=no-match"], False),
        ("data.a > 5", {"a": [1, 9]}, ["array-ordering=any-element"], True),
        ("data.a > 5", {"a": [1, "x"]}, ["array-ordering=any-element"], "text-ordering"),
        (
            "data.a > 5",
            {"a": [1, "x"]},
            ["array-ordering=any-element", "text-ordering=alphabetical"],
            False,
        ),
        ("data.a > 5", {"a": [[9]]}, ["array-ordering=as-text"], True),
        ("data.a > data.b", {"a": [10], "b": [9]}, ["javascript"], False),
        (
            "data.a < data.b",
            {"a": [30, 4], "b": [1, 5]},
            ["array-ordering=any-element"],
            True,
        ),
        # Objects.
        ("data.a == data.b", {"a": {"x": [1]}, "b": {"x": [1.0]}}, ["json-equality=equal"], True),
        ("data.a == data.b", {"a": [1], "b": [1]}, ["json-equality=never"], False),
        # LIKE and CONTAINS.
        ("data.a LIKE data.b", {"a": "x*", "b": "X*"}, ["pattern-from-message=literal"], True),
        (
            "data.a LIKE data.b",
            {"a": ["q", "xy"], "b": "x*"},
            ["pattern-from-message=special"],
            True,
        ),
        ("data.a LIKE 5", {"a": 5}, ["pattern-not-text=text"], "like-scalar"),
        ("data.a LIKE 5", {"a": 5}, ["pattern-not-text=text", "like-scalar=text"], True),
        ("data.a LIKE data.b", {"a": "x", "b": [1]}, ["pattern-not-text=text"], "pattern-not-text"),
        ("data.a LIKE data.b", {"a": "x", "b": [1]}, ["pattern-not-text=never"], False),
        ("data.a CONTAINS data.b", {"a": "x1", "b": [1]}, ["contains-container=any-element"], True),
        ("data.a CONTAINS data.b", {"a": "x1", "b": [1]}, ["contains-container=json"], False),
        ("data.a CONTAINS data.b", {"a": [{}], "b": {}}, ["contains-container=json"], True),
        ("data.a CONTAINS data.b", {"a": [{}], "b": {}}, ["contains-container=any-element"], False),
        ("data.a CONTAINS false", {"a": "untrue"}, ["contains-boolean=text"], False),
        ('data.a CONTAINS "x"', {"a": {"x": 1}}, ["contains-key=never"], False),
        # Conditions.
        ("data.a", {"a": []}, ["bare-value=match-unless-empty"], False),
        ("data.a", {"a": []}, ["bare-value=match"], True),
        ("!data.a", {"a": "x"}, ["negated-value=opposite"], "bare-value"),
        ("!data.a", {"a": "x"}, ["negated-value=opposite", "bare-value=match"], False),
        ("!data.a", {"a": 0}, ["negated-value=opposite"], True),
        ("!data.a", {}, ["negated-value=no-match"], False),
        ("data.a / 0 == 1", {"a": 1}, ["no-result=not-a-number"], False),
        ("!(data.a / 0)", {"a": 1}, ["no-result=not-a-number"], True),
        ("!(data.a / 0)", {"a": 1}, ["no-result=no-match"], False),
        ("data.a + 1", {}, ["missing-in-arithmetic=not-a-number"], False),
        ("!(data.a + 1)", {}, ["missing-in-arithmetic=not-a-number"], True),
    ],
)
def test_what_an_assumption_settles(
    text: str, data: Any, given: list[str], expected: bool | str
) -> None:
    found = outcome(text, data, *given)
    assert (found.value if isinstance(found, Reason) else found) == expected


ALL = [
    {each.name: reading.name for each, reading in zip(QUESTIONS, readings, strict=True)}
    for readings in (
        [question.readings[0] for question in QUESTIONS],
        [question.readings[-1] for question in QUESTIONS],
    )
]


@pytest.mark.parametrize("given", ALL, ids=["first", "last"])
@pytest.mark.parametrize(
    "text",
    [
        "data.a == 5",
        "data.a < 5",
        "data.a CONTAINS 5",
        "data.a != data.b",
        "data.a > data.b",
        "data.a CONTAINS data.b",
        'data.a LIKE "5*"',
        "data.a",
        "!data.a",
    ],
)
def test_what_is_unreadable_stays_undecided(text: str, given: Mapping[str, str]) -> None:
    filter = compile(text, given)
    assert filter.outcome({"data": UNREADABLE}) is Reason.UNREADABLE
    inside = filter.outcome({"data": {"a": [UNREADABLE, 7], "b": [UNREADABLE, 7]}})
    assert inside in (Reason.UNREADABLE, True, False)


def test_a_part_that_cannot_be_read_is_not_equal() -> None:
    left = {"x": [UNREADABLE]}
    equal = "json-equality=equal"
    assert outcome("data.a == data.b", {"a": left, "b": {"x": [1]}}, equal) is Reason.UNREADABLE
    assert outcome("data.a == data.b", {"a": left, "b": {"x": []}}, equal) is False
    inside: list[Any] = [1]
    inside.append(inside)
    assert outcome("data.a == data.b", {"a": inside, "b": inside}, equal) is True


def test_pairs_of_elements_are_bounded() -> None:
    half = int(MAX_PAIRS**0.5)
    given = "contains-container=any-element"
    text = "data.a CONTAINS data.b"
    numbers, others = list(range(half)), list(range(-half, 0))
    assert outcome(text, {"a": numbers, "b": others}, given) is False
    found = outcome(text, {"a": [*numbers, *numbers], "b": others}, given)
    assert found is Reason.CONTAINS_CONTAINER


def test_signals_are_filtered_or_delivered() -> None:
    signal = Message({"a": 1}, {}, kind="signal")
    assert compile("data.a == 2").outcome(signal) is Reason.EVENT_KIND
    delivered = compile("data.a == 2", "event-kind=delivered")
    assert delivered.outcome(signal) is True
    assert "assumed by your settings (event-kind=delivered)" in str(delivered.explain(signal))
    filtered = compile("data.a == 2", "event-kind=filtered")
    assert filtered.outcome(signal) is False
    assert filtered.explain(signal).verdict is Verdict.NO_MATCH
    for reading, expected in (("delivered", [1, 2]), ("filtered", [1])):
        index = FilterSet({1: "data.a == 1", 2: "data.a == 2"}, f"event-kind={reading}")
        assert sorted(index.match(signal).matched) == expected
        assert index.match(signal).undecided == []


def test_a_set_assumes_the_same_of_all_filters() -> None:
    index = FilterSet({"a": "data.a != 1", "b": 'data.b > "x"'}, DIFFERS)
    assert index.match(ABSENT) == (["a"], [])
    assert index.match({"data": {"b": "y"}}) == (["a"], ["b"])
    assert index["a"].assumptions == Assumptions.of(DIFFERS)
    assert pickle.loads(pickle.dumps(index)).match(ABSENT).matched == ["a"]
    index.remove("a")
    index.add("a", "data.c != 1 && data.b == 2")
    assert index.match(ABSENT) == ([], [])
    assert index.match({"data": {"b": 2}}).matched == ["a"]


def test_files_are_searched_under_assumptions(tmp_path: Any) -> None:
    file = tmp_path / "messages.ndjson"
    lines = [
        json.dumps({"data": {"n": n % 7} if n % 3 else {}, "meta": {}}) for n in range(300_000)
    ]
    file.write_text("\n".join(lines) + "\n")
    missing = len(range(0, 300_000, 3))
    assert count(file, "data.n != 8").undecided == missing
    assert count(file, "data.n != 8", assume=DIFFERS, jobs=2) == (300_000, 0, 300_000, 0)
    found = scan(file, 'data.n == "8" || data.n != 8', undecided="drop", assume=DIFFERS)
    assert sum(1 for _ in found) == 300_000
    with pytest.raises(TypeError, match="give them to compile"):
        count(file, compile("data.n != 8"), assume=DIFFERS)


def test_an_explanation_names_the_assumption() -> None:
    filter = compile("data.a != 1 && !(data.b == 5) && data.c == 1", "javascript")
    found = filter.explain({"data": {"b": "5", "c": 1}})
    notes = {part.text: (part.cause, part.note) for part in _parts(found)}
    assert notes["data.a != 1"] == (
        "assumed",
        "assumed by your settings (missing-differs=match)",
    )
    assert notes["data.b == 5"] == (
        "assumed",
        "assumed by your settings (number-and-text=numbers)",
    )
    assert notes["!(data.b == 5)"] == ("", "")
    assert notes["data.c == 1"][0] != "assumed"
    assert found.verdict is Verdict.NO_MATCH


def _parts(found: Any) -> Iterable[Any]:
    yield found
    for child in found.children:
        yield from _parts(child)


@examples(2)
@given(filters(max_depth=2), st.data(), st.integers(0, 2**32))
def test_laws(text: str, data: st.DataObject, seed: int) -> None:
    message = data.draw(messages_for(text, unreadable=True))
    hold_for_assumptions(text, [message], random.Random(seed).randrange)


PAGE = Path(__file__).parents[2] / "docs" / "reference" / "assumptions.md"


def written(question: Any) -> str:
    """A question as the page has it."""
    filter, message = question.example
    readings = "".join(f"* `{each.name}`: {each.decides}\n" for each in question.readings)
    evidence = "" if question.evidence == "none" else f"\nEvidence: {question.evidence}.\n"
    return (
        f"### {question.name}\n\n{question.question} For example `{filter}` on `{message}`:\n\n"
        f"{readings}{evidence}\nTo find it out: `pnfilter probe --run --only {question.name}`\n"
    )


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_the_page_has_every_question(question: Any) -> None:
    assert written(question) in PAGE.read_text(encoding="utf-8")


#: Operands, without strings that only JavaScript reads as numbers, such as the empty one.
OPERANDS: list[Any] = [
    *(0, 1, 5, 5.5, -1, "0", "1", "5", "5.0", "a", "b", "A", "true", "false", "10", "9"),
    *(True, False, [5], ["5"], ["a"], [True], [[5]], [5, 6], ["a", "b"], [None], [[], 5], ["10"]),
    *([9], {}, {"a": 1}, [{}], MISSING),
]


def test_the_profile_javascript_does_as_javascript() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node.js")
    assumed = Assumptions.of("javascript")
    assert assumed is not None

    def written(value: Any) -> str:
        return "undefined" if value is MISSING else json.dumps(value)

    found: dict[str, bool | Reason] = {}
    for operator in ("==", "!=", "<", "<=", ">", ">="):
        for left, right in product(OPERANDS, repeat=2):
            if isinstance(compare(operator, left, right), Reason):
                outcome = assumed.compare(operator, left, right)
                found[f"({written(left)}) {operator} ({written(right)})"] = outcome
    for value in OPERANDS:
        if isinstance(truth(value), Reason):
            found[f"Boolean({written(value)})"] = assumed.truth(value)
        if isinstance(negated_truth(value), Reason):
            found[f"!({written(value)})"] = assumed.negated_truth(value)
    program = "console.log(JSON.stringify(JSON.parse(fs.readFileSync(0)).map((x) => eval(x))))"
    ran = subprocess.run(
        [node, "-e", program],
        input=json.dumps([*found]),
        capture_output=True,
        text=True,
        check=True,
    )
    expected = dict(zip(found, json.loads(ran.stdout), strict=True))
    assert len(found) > 1000
    assert found == expected
