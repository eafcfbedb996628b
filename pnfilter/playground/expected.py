"""Test sets on the page: verdicts that messages are expected to get, read and written as files.

The verdicts are one text: the number of a message, from 1, and a letter for each that has one, as
``1M4N18U``. So they are in links, questions and answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal

from pnfilter.cases import Case, Cases, InvalidCases, texts_and_cases_of, to_json, to_pytest
from pnfilter.decode import BrokenMessage, decode
from pnfilter.filters import Filter
from pnfilter.message import AnyMessage
from pnfilter.records import NamedTuple
from pnfilter.semantics import Verdict

Form = Literal["json", "pytest"]
#: How a test set is written, and the name of its file.
FORMS: Final[dict[str, str]] = {"json": "filter-cases.json", "pytest": "test_filter.py"}

_VERDICTS: Final = {"M": Verdict.MATCH, "N": Verdict.NO_MATCH, "U": Verdict.UNDECIDED}
_LETTERS: Final = {verdict: letter for letter, verdict in _VERDICTS.items()}
_EXPECTED: Final = re.compile(r"(?:([1-9]\d{0,15})([MNU]))*")
_ONE: Final = re.compile(r"(\d+)([MNU])")


class CaseSet(NamedTuple):
    """A filter, which need not be valid, and the cases of its messages."""

    filter: str
    cases: tuple[Case, ...]

    @property
    def names(self) -> list[str]:
        """What each case is called; empty for one without a name."""
        return [case.name for case in self.cases]

    @property
    def expected(self) -> str:
        """The verdicts as one text."""
        return "".join(
            f"{number}{_LETTERS[case.verdict]}" for number, case in enumerate(self.cases, 1)
        )

    def first(self, most: int) -> CaseSet:
        """The same with so many cases at most."""
        return CaseSet(self.filter, self.cases[:most])


def case_set_in(text: str) -> Any:
    """Return the JSON value of a text that looks like a file of test sets, else None."""
    if text.lstrip()[:1] not in ("{", "[") or '"filter"' not in text or '"cases"' not in text:
        return None
    try:
        value = decode(text.encode())
    except BrokenMessage:
        return None
    first = value[0] if isinstance(value, list) and value else value
    is_one = isinstance(first, dict) and {"filter", "cases"} <= first.keys() - {"data"}
    return value if is_one and "data" not in first else None


def read_case_set(value: Any) -> tuple[CaseSet, list[AnyMessage], int]:
    """Return the first test set of a JSON value, its messages, and how many sets there are.

    ``InvalidCases`` where one of them is invalid.
    """
    (text, cases), *others = texts_and_cases_of(value)
    return CaseSet(text, cases), [case.message for case in cases], 1 + len(others)


def parse_expected(text: str) -> list[tuple[int, Verdict]]:
    """Return the numbers of messages, from 0, with their verdicts; ``ValueError`` for no such."""
    if not _EXPECTED.fullmatch(text):
        raise ValueError("expected verdicts are numbers with letters, as in 1M4N18U")
    return [(int(number) - 1, _VERDICTS[letter]) for number, letter in _ONE.findall(text)]


def write_cases(
    filter: Filter,
    messages: Sequence[AnyMessage],
    expected: list[tuple[int, Verdict]],
    form: Form,
    written: CaseSet | None = None,
    *,
    names: Mapping[int, str] = MappingProxyType({}),
) -> str:
    """Return the file of some expected verdicts, each with its index in ``messages``.

    ``written`` is the set from which the messages were read: it has their names, and explanations
    of verdicts that the filter no longer gives; ``names`` has newer names by the index.
    ``InvalidCases`` for a message that no file holds.
    """
    cases: list[Case] = []
    for index, verdict in expected:
        message = messages[index]
        before = written.cases[index] if written is not None else None
        explanation = filter.explain(message)
        if explanation.verdict is verdict:
            reason = str(explanation)
        else:
            is_same = before is not None and before.verdict is verdict
            reason = before.explanation if before is not None and is_same else ""
        name = names.get(index, before.name if before is not None else "").strip()
        case = Case(message, verdict, name, reason)
        try:
            to_json([Cases(filter, (case,))])
        except InvalidCases as error:
            raise InvalidCases(f"message {index + 1}: {error}") from None
        cases.append(case)
    found = Cases(filter, tuple(cases))
    return to_json([found]) if form == "json" else to_pytest(found)
