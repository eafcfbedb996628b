"""What filters do on sample messages: nothing, or everything, is rarely what was meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pnfilter.diagnostics import Diagnostic, Edit, FilterSyntaxError, Fix, Rule, Severity, Span
from pnfilter.filters import compile
from pnfilter.index.filter_set import FilterSet
from pnfilter.lint.context import known_paths
from pnfilter.lint.rules.bare_names import BARE_NAMES, in_the_payload
from pnfilter.lint.schema.fields import write_alike
from pnfilter.nearest import AbsentFields
from pnfilter.records import replace
from pnfilter.semantics import Reason
from pnfilter.semantics.questions import advice
from pnfilter.syntax.nodes import Path, paths_in, print_expression
from pnfilter.syntax.parser import parse
from pnfilter.wording import shorten

if TYPE_CHECKING:
    from pnfilter.message import AnyMessage
    from pnfilter.semantics.assumptions import Assumed, Assumptions

#: UNDECIDED samples of a filter whose reasons are looked at.
MAX_REASONS: Final = 20
_WHY: Final = "pnfilter explain says which part decides for a message"
#: The messages of the examples.
_MESSAGES: Final[list[dict[str, Any]]] = [
    {"data": {"mag": 2.5, "code": 5}, "meta": {"net": "us"}},
    {"data": {"mag": 6.1, "code": "6"}, "meta": {"net": "ci"}},
]

MATCHES_NO_SAMPLE = Rule(
    "W444",
    "matches-no-sample",
    summary="A filter that matches none of the sample messages.",
    why=(
        "The subscriber would have received none of them. That is right for an alarm; "
        "otherwise the filter probably has a field, a value or a limit that no message has. "
        "UNDECIDED samples are counted separately: what the server does with them is unverified."
    ),
    bad="data.mag > 61",
    good="data.mag > 6.0",
    options={"messages": _MESSAGES},
)
MATCHES_EVERY_SAMPLE = Rule(
    "W445",
    "matches-every-sample",
    summary="A filter that matches all of the sample messages.",
    why=(
        "The subscriber would have received all of them, except those that are "
        "UNDECIDED. The filter is useless, or does not say what was meant."
    ),
    bad="data.mag > 0.6",
    good="data.mag > 6.0",
    options={"messages": _MESSAGES},
)
ABSENT_FIELD = Rule(
    "W446",
    "absent-field",
    summary="A field that no sample has, where they have one that is like it.",
    why=(
        "Its name is nearly that of another field, or the samples have it in the other part of "
        "the message. A comparison with a field that is missing never matches, without a word. "
        "For a field that is right and rare, take more samples, or use `--known-field`."
    ),
    bad="data.magg > 5",
    good="data.mag > 5",
    options={"messages": _MESSAGES},
)
UNDECIDED_SAMPLES = Rule(
    "I505",
    "undecided-samples",
    summary="A filter that is UNDECIDED on some of the sample messages.",
    why=(
        "What the server does with these messages is unverified, or a part of them can't "
        "be read here. `pnfilter grep --undecided only` prints them, and `pnfilter explain` "
        "gives the reason."
    ),
    bad='data.code == "5" || data.mag > 6.0',
    good="data.mag > 6.0",
    options={"messages": [{"data": {"mag": 2.5, "code": 5}}, {"data": {"mag": 6.1}}]},
)


class SampleCounts(NamedTuple):
    """How many samples a filter matched, how many were UNDECIDED, and how many there were.

    ``reasons`` counts those of some of the UNDECIDED ones.
    """

    matched: int
    undecided: int
    total: int
    reasons: Counter[Reason]


def findings(span: Span, counts: SampleCounts) -> Iterator[Diagnostic]:
    """Report by its counts on the filter that is at ``span``."""
    matched, undecided, total, reasons = counts
    samples = "the one sample" if total == 1 else f"the {total:,} samples"
    open = f", and {undecided:,} {'is' if undecided == 1 else 'are'} UNDECIDED" if undecided else ""
    if not matched:
        yield MATCHES_NO_SAMPLE.at(span, f"the filter matches none of {samples}{open}", _WHY)
    elif matched + undecided == total and undecided < matched:
        yield MATCHES_EVERY_SAMPLE.at(
            span, f"the filter matches all of {samples}{_except(undecided)}", _WHY
        )
    elif undecided:
        message = f"{undecided:,} of {samples} {'is' if undecided == 1 else 'are'} UNDECIDED"
        help = "pnfilter explain says why for a message"
        if settling := advice(reasons):
            help = f"{help}; {settling}"
        yield UNDECIDED_SAMPLES.at(span, message, help)


def _except(undecided: int) -> str:
    return (
        f" but {undecided:,} that {'is' if undecided == 1 else 'are'} UNDECIDED"
        if undecided
        else ""
    )


def with_samples(
    text: str,
    paths: Iterable[Path],
    found: Iterable[Diagnostic],
    more: Iterable[Diagnostic],
    absent: AbsentFields,
) -> list[Diagnostic]:
    """The findings on a filter, those of its counts, and those of its fields that are absent.

    ``paths`` are all places where the filter reads a field.
    """
    found, more = list(found), list(more)
    missing = [path for path in paths if path in absent] if absent else []
    is_bare = reports_bare_names(found)
    misplaced = []
    if is_bare:
        misplaced = [path for path in missing if _is_elsewhere(path, absent.nearest(path))]
    mistakes = [in_the_payload(text, misplaced)] if misplaced else []
    reported = {each.span for each in found if each.severity is Severity.WARNING}
    for path in dict.fromkeys(missing):
        near = absent.nearest(path)
        if near is not None and path not in misplaced and path.span not in reported:
            mistakes.append(_absent_field(text, path, near, missing))
    if mistakes:
        # They say why the filter matches nothing.
        more = [each for each in more if each.code != MATCHES_NO_SAMPLE.code]
    elif missing:
        start, end = missing[0].span
        why = f"no sample has `{shorten(text[start:end])}`; {_WHY}"
        more = [replace(each, help=why) if each.help == _WHY else each for each in more]
    if is_bare and (
        not missing or any(each.severity is Severity.WARNING for each in mistakes + more)
    ):
        found = [each for each in found if each.code != BARE_NAMES.code]
    return [*found, *mistakes, *more]


def _is_elsewhere(path: Path, near: Path | None) -> bool:
    return near is not None and near.root != path.root


def _absent_field(text: str, path: Path, near: Path, missing: Iterable[Path]) -> Diagnostic:
    """Report a field that is like another one, once for all places where the filter reads it."""
    if _is_elsewhere(path, near):
        instead = print_expression(near)
    else:
        instead = write_alike(path, near.keys)
    edits = tuple(Edit(other.span, instead) for other in missing if other == path)
    return ABSENT_FIELD.at(
        path.span,
        f"no sample has `{shorten(text[path.span.start : path.span.end])}`",
        f"did you mean {shorten(instead)}?",
        Fix(edits, safe=False),
    )


def reports_bare_names(found: Iterable[Diagnostic]) -> bool:
    """Whether samples can settle which fields a filter without prefixes reads."""
    return any(each.code == BARE_NAMES.code for each in found)


def check_samples(
    text: str,
    messages: Iterable[Any],
    found: Iterable[Diagnostic],
    known_fields: Iterable[str] | None = None,
    assume: Assumed = None,
) -> list[Diagnostic]:
    """The findings on one filter, with those of samples; ``TypeError`` for what is no message."""
    filter = compile(text, assume)
    absent = AbsentFields(_unknown(filter.fields, known_fields))
    outcomes: Counter[bool | Reason] = Counter()
    for message in messages:
        outcomes[filter.outcome(message)] += 1
        absent.look(message)
    reasons = Counter({key: count for key, count in outcomes.items() if isinstance(key, Reason)})
    counts = SampleCounts(outcomes[True], reasons.total(), outcomes.total(), reasons)
    if not counts.total:
        return list(found)
    more = findings(filter.expression.span, counts)
    return with_samples(text, paths_in(filter.expression), found, more, absent)


def _unknown(fields: Iterable[Path], known_fields: Iterable[str] | None) -> Iterator[Path]:
    known = known_paths(tuple(known_fields or ()))
    return (field for field in fields if (field.root, field.keys) not in known)


class Sampling:
    """Many filters on the same samples, which are looked at once and not kept."""

    def __init__(
        self,
        texts: Iterable[str],
        known_fields: Iterable[str] | None = None,
        assumed: Assumptions | None = None,
    ) -> None:
        """A text that is no filter is left out: nothing is found of it."""
        self._filters: FilterSet[str] = FilterSet(assume=assumed)
        self._reasons: dict[str, Counter[Reason]] = {}
        self._spans: dict[str, Span] = {}
        self._paths: dict[str, tuple[Path, ...]] = {}
        self._matched: Counter[str] = Counter()
        self._undecided: Counter[str] = Counter()
        self.total = 0
        """Samples so far."""
        for text in texts:
            if text not in self._spans:
                try:
                    self._filters.add(text, text)
                except FilterSyntaxError:
                    continue
                expression = parse(text)
                self._spans[text] = expression.span
                self._paths[text] = tuple(paths_in(expression))
        fields = dict.fromkeys(path for paths in self._paths.values() for path in paths)
        self._absent = AbsentFields(_unknown(fields, known_fields))

    def look(self, message: AnyMessage) -> None:
        """One sample more."""
        self.total += 1
        self._absent.look(message)
        found = self._filters.match(message)
        self._matched.update(found.matched)
        self._undecided.update(found.undecided)
        for text in found.undecided:
            if self._undecided[text] <= MAX_REASONS:
                self._look_for_reason(text, message)

    def _look_for_reason(self, text: str, message: AnyMessage) -> None:
        outcome = self._filters[text].outcome(message)
        if isinstance(outcome, Reason):
            self._reasons.setdefault(text, Counter())[outcome] += 1

    def findings(self, text: str, found: Iterable[Diagnostic] = ()) -> list[Diagnostic]:
        """The findings about a filter after all samples, with those of ``check`` before them."""
        span = self._spans.get(text)
        if span is None or not self.total:
            return list(found)
        counts = SampleCounts(
            self._matched[text],
            self._undecided[text],
            self.total,
            self._reasons.get(text, Counter()),
        )
        return with_samples(text, self._paths[text], found, findings(span, counts), self._absent)
