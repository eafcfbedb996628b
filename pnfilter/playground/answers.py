"""The operations of the playground: a request as a ``dict``, and its answer as one.

``InvalidRequest`` says for people what is wrong with a request. ``Unknown`` says that a collection
is not kept, or no longer: a client that has its text sends it again.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from pnfilter.cases import InvalidCases
from pnfilter.diagnostics import Diagnostic, Severity, render, to_dict
from pnfilter.explain import Explanation, show_value
from pnfilter.filters import Filter, compile
from pnfilter.lint.check import check
from pnfilter.lint.fix import fix, format
from pnfilter.lint.samples import SampleCounts, findings, reports_bare_names, with_samples
from pnfilter.message import AnyMessage
from pnfilter.nearest import AbsentFields
from pnfilter.playground import bounds
from pnfilter.playground.collections import AUTO, FORMS, Collection, Shelf, whole
from pnfilter.playground.completing import complete, fields_of
from pnfilter.playground.expected import FORMS as FILES
from pnfilter.playground.expected import parse_expected, write_cases
from pnfilter.playground.reading import Reading
from pnfilter.playground.snippets import snippets
from pnfilter.records import replace
from pnfilter.semantics import Reason
from pnfilter.semantics.questions import advice
from pnfilter.syntax.nodes import outer_span, paths_in
from pnfilter.syntax.outline import outline

if TYPE_CHECKING:
    from pnfilter.semantics.assumptions import Assumptions

#: What to do where a filter matches all messages, or none.
_WHY: Final = "choose a message to see which part decides"
#: Live messages are numbered on and on, and so are questions.
_MAX_INDEX: Final = 2**53
_MAX_DIGITS: Final = 16
#: The letters of verdicts: it matches, it doesn't, it is undecided, there was no time to look.
_LETTERS: Final = "MNU-"
_MATCH, _NO_MATCH, _UNDECIDED, _NOT_REACHED = _LETTERS
#: Messages between two looks at the clock.
_BATCH: Final = 64


class InvalidRequest(ValueError):
    """A request makes no sense; the text says why, ``help`` what to do."""

    help = "reload the page"


class InvalidContent(InvalidRequest):
    """What someone gave the page can't be used."""

    help = "correct it, and paste or open it again"


class NotWritable(InvalidRequest):
    """A test set can't be written."""

    help = "expect nothing of that message"


class Unknown(LookupError):
    """A collection is not kept."""


class Playground:
    """The operations, and the collections that they are about. All calls come from one thread."""

    def __init__(self, assumed: Assumptions | None = None) -> None:
        """``assumed``: what settles verdicts that are not known."""
        self._assumed = assumed
        self.shelf = Shelf()
        self._operations: Final[dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
            "messages": self._messages,
            "check": self._check,
            "explain": self._explain,
            "marks": self._marks,
            "cases": self._cases,
            "rule": self._rule,
        }

    def answer(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Do an operation. Raise ``InvalidRequest``, ``Unknown``, or ``KeyError`` for its name."""
        return self._operations[operation](request)

    def _messages(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Keep the messages of ``text``, or find those of ``id``; return rows and problems."""
        if "text" in request:
            text = _text(request, "text", bounds.MAX_TEXT)
            form = request.get("form", AUTO)
            if form not in FORMS:
                raise InvalidRequest(f"`form` must be one of {', '.join(FORMS)}")
            try:
                name = self.shelf.add(text, form)
            except InvalidCases as error:
                raise InvalidContent(f"This test set can't be read: {error}") from None
        else:
            name = _text(request, "id", 100)
        return {"id": name, **_message_list(self._collection(name))}

    def _check(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer findings, verdicts on the messages ``id``, and forms of a filter ``text``.

        ``since`` leaves out the messages with smaller numbers. With ``caret``, the answer has what
        may follow there. ``seq``, a whole number, comes back unchanged.
        """
        text = _text(request, "text", bounds.MAX_FILTER)
        collection = self._collection(_text(request, "id", 100))
        if "since" in request:
            collection = collection.since(_number(request, "since", _MAX_INDEX))
        caret = request.get("caret")
        answer = {
            "seq": _sequence(request),
            "first": collection.first,
            **check_text(text, collection, self._assumed),
        }
        if caret is not None:
            caret = _number(request, "caret", bounds.MAX_FILTER)
            answer["completion"] = complete(text, caret, fields_of(collection.schema))
        return answer

    def _explain(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Why a filter ``text`` says what it says of the message number ``index`` of ``id``.

        With the message, spans of what the filter reads in it, and the state of each field.
        """
        text = _text(request, "text", bounds.MAX_FILTER)
        collection = self._collection(_text(request, "id", 100))
        index = _number(request, "index", _MAX_INDEX)
        if not 0 <= index - collection.first < len(collection.messages):
            raise InvalidRequest(f"there is no message {index}")
        message = collection.messages[index - collection.first]
        answer = {"seq": _sequence(request), "index": index}
        try:
            filter = compile(text, self._assumed)
        except ValueError:
            shown = {"message": whole(message), "marks": [], "fields": []}
            return {**answer, **shown, "explanation": None}
        shown = Reading(filter).whole(message)
        return {**answer, **shown, "explanation": _part(filter.explain(message))}

    def _marks(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The rows of the messages ``indexes`` of ``id``, with what a filter ``text`` reads marked.

        Only so many ``columns`` of a row are seen. Messages that are gone are left out.
        """
        text = _text(request, "text", bounds.MAX_FILTER)
        collection = self._collection(_text(request, "id", 100))
        columns = max(bounds.MIN_COLUMNS, _number(request, "columns", bounds.MAX_COLUMNS))
        indexes = request.get("indexes")
        if not isinstance(indexes, list) or len(indexes) > bounds.MAX_MARKED:
            raise InvalidRequest(f"`indexes` must be an array of at most {bounds.MAX_MARKED:,}")
        answer: dict[str, Any] = {"seq": _sequence(request), "rows": []}
        try:
            reading = Reading(compile(text, self._assumed))
        except ValueError:
            return answer
        for each in indexes:
            index = _number({"indexes": each}, "indexes", _MAX_INDEX)
            if 0 <= index - collection.first < len(collection.messages):
                message = collection.messages[index - collection.first]
                answer["rows"].append({"index": index, **reading.row(message, columns)})
        return answer

    def _cases(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """A file with a filter ``text`` and the verdicts ``expected`` of messages of ``id``.

        ``form``: ``json`` for ``pnfilter test``, ``pytest`` for a module of tests. ``names``: what
        cases are called from now on, by their numbers as in ``expected``.
        """
        text = _text(request, "text", bounds.MAX_FILTER)
        collection = self._collection(_text(request, "id", 100))
        form = request.get("form")
        if form not in ("json", "pytest"):
            raise InvalidRequest("`form` must be json or pytest")
        try:
            found = parse_expected(_text(request, "expected", bounds.MAX_EXPECTED))
        except ValueError as error:
            raise InvalidRequest(str(error)) from None
        expected = [(index - collection.first, verdict) for index, verdict in found]
        for index, _ in expected:
            if not 0 <= index < len(collection.messages):
                raise InvalidRequest(f"there is no message {index + collection.first + 1}")
        if not expected:
            raise InvalidRequest("no verdict is expected of any message")
        names = {
            number - 1 - collection.first: name for number, name in _names(request.get("names"))
        }
        try:
            filter = compile(text, self._assumed)
            content = write_cases(
                filter, collection.messages, expected, form, collection.test_set, names=names
            )
        except InvalidCases as error:
            raise NotWritable(f"This test set can't be written: {error}") from None
        except ValueError:
            raise InvalidRequest("the text is no filter") from None
        return {"seq": _sequence(request), "name": FILES[form], "text": content}

    def _rule(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """What a ``code`` means, with a filter that has such a finding, and that filter fixed."""
        from pnfilter.lint.registry import rule_of

        code = _text(request, "code", 10)
        try:
            rule = rule_of(code)
        except KeyError:
            raise InvalidRequest(f"there is no rule {code}") from None
        names = ("code", "name", "summary", "why", "bad", "good")
        return {name: getattr(rule, name) for name in names}

    def _collection(self, name: str) -> Collection:
        found = self.shelf.get(name)
        if found is None:
            raise Unknown(name)
        return found


def _message_list(collection: Collection) -> dict[str, Any]:
    """Return what a list of messages shows, and the filter and verdicts of a test set."""
    test_set = collection.test_set
    return {
        "name": collection.name,
        "count": len(collection.messages),
        "rows": collection.rows,
        "problems": list(collection.problems),
        "more": collection.more,
        "form": collection.form,
        "digest": collection.digest,
        "test_set": None
        if test_set is None
        else {
            "filter": test_set.filter,
            "expected": test_set.expected,
            "names": [name[: bounds.MAX_NAME] for name in test_set.names],
        },
    }


def check_text(
    text: str, collection: Collection, assumed: Assumptions | None = None
) -> dict[str, Any]:
    """Return findings and forms of a filter, and its verdicts on messages.

    ``fixed`` is the filter with all safe fixes, None where there are none.
    """
    found = list(check(text, schema=collection.checked_by, assume=assumed))
    answer: dict[str, Any] = {"valid": False, "judged": None, "tree": [], "snippets": []}
    if text and not any(each.severity is Severity.ERROR for each in found):
        filter = compile(text, assumed)
        judged = verdicts_of(filter, collection.messages)
        found = _with_samples(filter, found, judged["counts"], collection.messages)
        answer = {
            "valid": True,
            "judged": judged,
            "tree": _tree(filter),
            "snippets": snippets(text),
            "formatted": format(text),
        }
    is_fixable = any(each.fix is not None and each.fix.safe for each in found)
    fixed = fix(text) if is_fixable else text
    return {
        "findings": [_describe_finding(each, text) for each in found[: bounds.MAX_FINDINGS]],
        "fixed": fixed if fixed != text else None,
        **answer,
    }


def verdicts_of(
    filter: Filter,
    messages: Sequence[AnyMessage],
    *,
    seconds: float = bounds.MAX_SECONDS,
    now: Callable[[], float] = time.monotonic,
) -> dict[str, Any]:
    """Return ``verdicts``, a letter for each message, their ``counts``, and numbered ``reasons``.

    ``advice`` says what would settle most of the undecided ones.

    Messages that are not reached within so many ``seconds`` get the letter ``-``.
    """
    end = now() + seconds
    outcome = filter.outcome
    letters: list[str] = []
    reasons: Counter[Reason] = Counter()
    for start in range(0, len(messages), _BATCH):
        if now() > end:
            break
        for message in messages[start : start + _BATCH]:
            found = outcome(message)
            if found is True:
                letters.append(_MATCH)
            elif found is False:
                letters.append(_NO_MATCH)
            else:
                letters.append(_UNDECIDED)
                reasons[found] += 1
    verdicts = "".join(letters).ljust(len(messages), _NOT_REACHED)
    return {
        "verdicts": verdicts,
        "counts": {letter: verdicts.count(letter) for letter in _LETTERS},
        "reasons": [{"text": reason.text, "count": n} for reason, n in reasons.most_common()],
        "advice": advice(reasons),
    }


def _with_samples(
    filter: Filter,
    found: list[Diagnostic],
    counts: Mapping[str, int],
    messages: Sequence[AnyMessage],
) -> list[Diagnostic]:
    if counts[_NOT_REACHED]:
        return found
    total = sum(counts.values())
    if not total:
        return found
    # The schema of the messages says more of the others.
    absent = AbsentFields(filter.fields if reports_bare_names(found) else ())
    for message in messages if absent else ():
        absent.look(message)
    more = findings(
        filter.expression.span, SampleCounts(counts[_MATCH], counts[_UNDECIDED], total, Counter())
    )
    described = (replace(each, help=_WHY) for each in more)
    return with_samples(filter.text, paths_in(filter.expression), found, described, absent)


def _describe_finding(diagnostic: Diagnostic, text: str) -> dict[str, Any]:
    """A finding with the line that it is in and its carets."""
    rows = render(diagnostic, text).split("\n")
    # The title is before them, and the help after.
    return {**to_dict(diagnostic, text), "excerpt": rows[2:4]}


def _tree(filter: Filter) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for level, label, node in outline(filter.expression):
        if len(lines) == bounds.MAX_TREE:
            break
        start, end = outer_span(node)
        lines.append({"level": level, "label": label, "start": start, "end": end})
    return lines


def _part(explanation: Explanation) -> dict[str, Any]:
    """A sub-expression: what it says or what it is, why, and its parts."""
    verdict, value = explanation.verdict, explanation.value
    return {
        "text": explanation.text,
        "start": explanation.span.start,
        "end": explanation.span.end,
        "verdict": None if verdict is None else verdict.value,
        "value": None if value is None else show_value(value),
        "note": explanation.note,
        "parts": [_part(child) for child in explanation.children if not child.is_literal],
    }


def _text(request: Mapping[str, Any], name: str, most: int) -> str:
    value = request.get(name)
    if not isinstance(value, str):
        raise InvalidRequest(f"`{name}` must be a string")
    if len(value) > most:
        raise InvalidRequest(f"`{name}` must have at most {most:,} characters, not {len(value):,}")
    return value


def _sequence(request: Mapping[str, Any]) -> int | None:
    return None if request.get("seq") is None else _number(request, "seq", _MAX_INDEX)


def _names(value: Any) -> Iterator[tuple[int, str]]:
    """The numbers of messages, and what their cases are called."""
    if value is not None and not isinstance(value, dict):
        raise InvalidRequest("`names` must be an object")
    for key, name in (value or {}).items():
        if not (key.isascii() and key.isdigit() and len(key) <= _MAX_DIGITS):
            raise InvalidRequest("`names` must have numbers of messages as its keys")
        yield int(key), _text({"names": name}, "names", bounds.MAX_NAME)


def _number(request: Mapping[str, Any], name: str, most: int) -> int:
    value = request.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise InvalidRequest(f"`{name}` must be a whole number from 0 to {most:,}")
    return value
