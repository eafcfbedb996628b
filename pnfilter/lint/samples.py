"""What filters do on sample messages: nothing, or everything, is rarely what was meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pnfilter.diagnostics import Diagnostic, FilterSyntaxError, Rule, Severity, Span
from pnfilter.filters import compile
from pnfilter.index.filter_set import FilterSet
from pnfilter.lint.rules.bare_names import BARE_NAMES, in_the_payload
from pnfilter.message import parts_of
from pnfilter.semantics import Verdict
from pnfilter.syntax.nodes import Expression, paths_in
from pnfilter.syntax.parser import parse

if TYPE_CHECKING:
    from pnfilter.message import AnyMessage

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
    """How many samples a filter matched, how many were UNDECIDED, and how many there were."""

    matched: int
    undecided: int
    total: int


def findings(span: Span, counts: SampleCounts) -> Iterator[Diagnostic]:
    """Report by its counts on the filter that is at ``span``; nothing without samples."""
    matched, undecided, total = counts
    if not total:
        return
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
        yield UNDECIDED_SAMPLES.at(span, message, "pnfilter explain says why for a message")


def _except(undecided: int) -> str:
    return (
        f" but {undecided:,} that {'is' if undecided == 1 else 'are'} UNDECIDED"
        if undecided
        else ""
    )


class BareNames:
    """Which of the fields of a filter without prefixes samples have in the payload, or metadata."""

    def __init__(self, expression: Expression) -> None:
        """A filter with a prefix has none of these fields."""
        paths = paths_in(expression)
        self._paths = [] if any(path.prefix for path in paths) else paths
        self._in_payload: set[tuple[str | int, ...]] = set()
        self._in_metadata: set[tuple[str | int, ...]] = set()

    def __bool__(self) -> bool:
        """Whether samples can say anything about the filter's fields."""
        return bool(self._paths)

    def look(self, message: AnyMessage) -> None:
        """One sample more."""
        data, meta, _ = parts_of(message)
        for path in self._paths:
            if _has(data, path.keys):
                self._in_payload.add(path.keys)
            if _has(meta, path.keys):
                self._in_metadata.add(path.keys)

    def settled(
        self, text: str, found: Iterable[Diagnostic], more: Iterable[Diagnostic]
    ) -> list[Diagnostic]:
        """The findings on a filter and those of samples, which say where bare names are."""
        found, more = list(found), list(more)
        if not reports_bare_names(found):
            return found + more
        mistaken = self._in_payload - self._in_metadata
        others = [each for each in found if each.code != BARE_NAMES.code]
        if mistaken:
            paths = [path for path in self._paths if path.keys in mistaken]
            # That says why the filter matches nothing.
            more = [each for each in more if each.code != MATCHES_NO_SAMPLE.code]
            return [*others, in_the_payload(text, paths), *more]
        is_known = self._in_metadata.issuperset(path.keys for path in self._paths)
        is_warned = any(each.severity is Severity.WARNING for each in more)
        return [*(others if is_known or is_warned else found), *more]


def reports_bare_names(found: Iterable[Diagnostic]) -> bool:
    """Whether samples can settle which fields a filter without prefixes reads."""
    return any(each.code == BARE_NAMES.code for each in found)


def _has(value: Any, keys: tuple[str | int, ...]) -> bool:
    for key in keys:
        if isinstance(key, int):
            if not isinstance(value, (list, tuple)) or key >= len(value):
                return False
            value = value[key]
        elif isinstance(value, Mapping) and key in value:
            value = value[key]
        else:
            return False
    return True


def check_samples(
    text: str, messages: Iterable[Any], found: Iterable[Diagnostic]
) -> list[Diagnostic]:
    """The findings on one filter, with those of samples; ``TypeError`` for what is no message."""
    filter = compile(text)
    found = list(found)
    names = BareNames(filter.expression)
    looks = reports_bare_names(found)
    verdicts: Counter[Verdict] = Counter()
    for message in messages:
        verdicts[filter.evaluate(message)] += 1
        if looks:
            names.look(message)
    counts = SampleCounts(verdicts[Verdict.MATCH], verdicts[Verdict.UNDECIDED], verdicts.total())
    return names.settled(text, found, findings(filter.expression.span, counts))


class Sampling:
    """Many filters on the same samples, which are looked at once and not kept."""

    def __init__(self, texts: Iterable[str]) -> None:
        """A text that is no filter is left out: nothing is found of it."""
        self._filters: FilterSet[str] = FilterSet()
        self._spans: dict[str, Span] = {}
        #: Of filters without prefixes only: each of them looks at every message.
        self._names: dict[str, BareNames] = {}
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
                if names := BareNames(expression):
                    self._names[text] = names

    def look(self, message: AnyMessage) -> None:
        """One sample more."""
        self.total += 1
        for names in self._names.values():
            names.look(message)
        found = self._filters.match(message)
        self._matched.update(found.matched)
        self._undecided.update(found.undecided)

    def findings(self, text: str, found: Iterable[Diagnostic] = ()) -> list[Diagnostic]:
        """The findings about a filter after all samples, with those of ``check`` before them."""
        span = self._spans.get(text)
        if span is None:
            return list(found)
        counts = SampleCounts(self._matched[text], self._undecided[text], self.total)
        more = findings(span, counts)
        names = self._names.get(text)
        return [*found, *more] if names is None else names.settled(text, found, more)
