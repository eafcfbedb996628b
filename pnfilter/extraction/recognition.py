"""Decide whether a filter of that name is for messages: many libraries use the name.

The evidence is in the file: the SDK's name there or in the project's package list, words of another
library, and the form of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from pnfilter.extraction.call_sites import KEYS, Site, is_key, normal
from pnfilter.extraction.pieces import Joined

_OWN = re.compile(r"pub[-_ ]?nub|pn_?config|pndsn|pnfilter|pnclient", re.IGNORECASE)
#: Words of other libraries that use the name; a search for each is faster than one for all.
_FOREIGN: Final = (
    *"dynamo boto3 aws-sdk aws_sdk aws/sdk aws.sdk aws-cdk aws_cdk expressionattribute".split(),
    *"keyconditionexpression qgis qgsfeature qgsexpression qgsvector mongoose mongodb".split(),
    *"pymongo cosmos opensearch elasticsearch springframework.data".split(),
    *"springframework.security springframework.ai rocketmq wireshark tshark milvus".split(),
    *"servicebus azure xray x-ray rsql odata lancedb chromadb igx-grid igxgrid".split(),
    *"datatable bindingsource hibernate terraform datadog prometheus loki kibana".split(),
    *"grafana tablesorter ag-grid vectorstore sqldatasource radgrid telerik devexpress".split(),
    *"lakeformation cloudwatch eventbridge arangodb clickhouse bcftools htslib nextest".split(),
    *"jmespath rabbitmq pyarrow logstash".split(),
)
#: Other arguments of the call that belong to another library.
_BESIDE = re.compile(
    r"\b(?:TableName|table_name|ExpressionAttribute\w*|expression_attribute_\w+|KeyCondition\w*"
    r"|ProjectionExpression|QgsFeatureRequest|partialFilterExpression|IndexName)\b"
)
#: A request of another library in the same statement, in a file that uses both.
_OTHER_REQUEST = re.compile(
    r"scan|dynamo|query(?:request|spec|command|input|expression|params)", re.IGNORECASE
)
#: Languages in which the SDK capitalises the name.
_CAPITALS: Final = frozenset({"C#", "Go"})
#: Arguments and calls of App Context, which has filters of its own, beside one.
_APP_CONTEXT: Final = re.compile(
    r"(?:uuid|user|channel|space|object)s?_?meta_?data|memberships?|members"
    r"|\bget_?(?:users|channels|spaces)\b|\bsort(?:_?keys)?[\"']?\s*[:=(]|\binclude_?\w*[\"']?\s*[:=(]"
    r"|custom_?fields|total_?count",
    re.IGNORECASE,
)
#: Characters of the file on each side of a text that are looked at.
_NEAR: Final = 800
#: Fields of App Context, and how a stream filter reads those of a message.
_OBJECT_FIELD: Final = re.compile(
    r"(?<![\w.\]])(?:name|email|description|externalId|profileUrl|updated|status|type|id"
    r"|(?:custom|channel|uuid|user|space)\s*[.\[]\s*\w+)\b(?!\s*[(.\[])"
)
_MESSAGE_FIELD: Final = re.compile(r"(?<![\w.])(?:meta|data)\s*[.\[:]")
#: Calls that only subscribers have.
_SUBSCRIBERS: Final = frozenset({"setfilterexpression", "setsubscribefilter"})
#: What only filters have: an operator, a prefix, or ``such=wow``.
_OPERATOR: Final = re.compile(
    r"[=<>~]|&&|\|\||!\s*[(\w]|\b(?:LIKE|CONTAINS|IN|IS|AND|OR|NOT|BETWEEN)\b|\b(?:like|contains)\s+[\"'({]"
    r"|[\"'\d]\s*\)\s+(?:like|contains)\b"
    r"|(?<![\w.])(?:meta|data)\s*[.\[:]|\buuid\b"
)
#: What compares in a filter of App Context, and not in most addresses and queries.
_COMPARING: Final = re.compile(r"==|!=|[<>]|\b(?:LIKE|CONTAINS)\b", re.IGNORECASE)
_CLEARLY_COMPARING: Final = re.compile(
    r"==|!=|[^\s<>]=|[<>=]\s|\b(?:LIKE|CONTAINS|IN|IS|AND|OR)\b", re.IGNORECASE
)
_UUID: Final = re.compile(r"\buuid\b")
_NUMBER: Final = re.compile(r"\s*[-+]?(?:0[xX])?[\d._]+\s*")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|\{[^{}]*\}")
#: Syntax that only DynamoDB has: its functions, ``:name`` for a value and ``#name`` for a name.
_DYNAMO_TEXT = re.compile(
    r"\battribute_(?:not_)?(?:exists|type)\s*\(|\bbegins_with\s*\("
    r"|(?:^|[\s(=<>,]):[A-Za-z_]\w*|(?:^|[\s(])#[A-Za-z_]\w*"
)
_FOREIGN_TEXT = re.compile(
    rf"{_DYNAMO_TEXT.pattern}|\b(?!(?:and|or|not|in|like|contains)\b)[a-z_]\w*\(|\bcontains\("
    r"|(?:^|[\s(])[@$][a-z_]\w*|\bbetween\b|\bis\s+(?:not\s+)?null\b"
    r"|\.\[\]|\$\.|::|\w\s+(?:eq|ne|gt|lt|ge|le)\s",
    re.IGNORECASE,
)
_LIKE_A_FILTER = re.compile(
    r"==|!=|<|>|&&|\|\||\b(?:LIKE|CONTAINS)\b|\b(?:meta|data)\.|\buuid\b|^\s*\w+=\w+\s*$",
    re.IGNORECASE,
)
#: The label of a field in a form or a table: plain words, the first capitalised.
_LABEL = re.compile(r"[A-Z][^\W\d_]*(?:[ /'’-][^\W\d_]+)*(?: \([\w ]+\))?[.:…?!]?")
_WORDS_OF_FILTERS = re.compile(r"\b(?:LIKE|CONTAINS|AND|OR|NOT|IN|IS|BETWEEN)\b")
#: A key with a string, and one with something else.
_KEYED_TEXT = re.compile(r"\w[\"']?\s*(?:=>|[:=])\s*[uUrR@]?([\"'])(?P<text>.*?)\1")
_KEYED_OTHER = re.compile(r"\w[\"']?\s*(?:=>|[:=])\s*(?!\s|[uUrR@]?[\"'])")


#: Between the values of a key or a name, with or without spaces.
_JOINTS: Final = re.compile(r"\s*(?:[-_:/.#@,;]\s*)+")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ONLY_WORDS: Final = re.compile(r"[\w\s'’,.:;!?()/-]*")
#: Words without any operator that are a sentence, if they are as many.
MIN_PROSE: Final = 5
#: Words of notices about filters.
_WORDS_OF_PROSE: Final = frozenset(
    "filter filters expression expressions malformed invalid error failed missing unset set none"
    " unknown undefined default empty disabled enabled supported required".split()
)

#: Why a text is left out.
A_NUMBER: Final = "a number"
A_NAME: Final = "the name of a parameter"
A_LABEL: Final = "a label"
PROSE: Final = "plain words"
OTHER_VALUES: Final = "made of other values"
APP_CONTEXT: Final = "a filter of App Context"
OTHER_LIBRARY: Final = "a filter of another library"
NO_SDK: Final = "no sign of the SDK in the file or its project"
NO_FILTER: Final = "no valid filter, in a file that does not name the SDK"
#: What a program fills in is read as one of these: a value, or a condition.
_FILLINGS: Final = ("0", "x")


class Signs:
    """Distinguishes filters for messages from others.

    ``words`` are more signs of the SDK, such as a wrapper's name.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._words = [word.lower() for word in words]
        #: The last file asked about: the question repeats for each of its filters.
        self._last: tuple[str, bool] | None = None

    def own(self, source: str) -> bool:
        """Return whether a file names the SDK."""
        if _OWN.search(source) is not None:
            return True
        # As alternatives of one pattern, each would cost time at every position.
        lower = source.lower() if self._words else ""
        return any(word in lower for word in self._words)

    def objection(
        self, source: str, site: Site, language: str, *, named: bool, in_project: bool
    ) -> str:
        """Return why a text found in a file is not a filter for messages; empty if it is one.

        ``named`` is ``own`` of the file, ``in_project`` that of the project's package list. A file
        that names the SDK may hold a mistake that is right elsewhere, such as ``a IS NULL``: there
        the text alone proves little.
        """
        bare = _QUOTED.sub("0", site.made.text)
        if _BESIDE.search(site.beside) or _DYNAMO_TEXT.search(bare):
            return OTHER_LIBRARY
        plain = _not_by_its_text(site)
        if plain:
            return plain
        if site.entity:
            return _objection_to_call(site, bare, named=named, known=named or in_project)
        if _is_app_context(source, site, bare):
            return APP_CONTEXT
        if self._is_foreign(source):
            elsewhere = site.by == "FilterExpression" and language not in _CAPITALS
            other = elsewhere or _FOREIGN_TEXT.search(bare) or _OTHER_REQUEST.search(site.beside)
            return "" if named and not other else OTHER_LIBRARY
        if named:
            return ""
        if not in_project:
            return NO_SDK
        if _FOREIGN_TEXT.search(bare) or not _LIKE_A_FILTER.search(site.made.text):
            return OTHER_LIBRARY
        if _MESSAGE_FIELD.search(bare) or _UUID.search(bare) or _is_stream_filter(site.made):
            return ""
        return NO_FILTER

    def _is_foreign(self, source: str) -> bool:
        """Return whether a file has a sign of another library."""
        if self._last is None or self._last[0] is not source:
            lower = source.lower()
            self._last = (source, any(word in lower for word in _FOREIGN))
        return self._last[1]


def _not_by_its_text(site: Site) -> str:
    """Return why a text can't be a filter wherever it is found; empty if it may be one."""
    text = site.made.text
    if _NUMBER.fullmatch(text):
        return A_NUMBER
    if is_key(text):
        return A_NAME
    if _is_label(site):
        return A_LABEL
    if _OPERATOR.search(text):
        return ""
    rest, position = "", 0
    for hole in site.made.holes:
        rest += text[position : hole.span.start]
        position = hole.span.end
    rest += text[position:]
    if site.made.holes and _JOINTS.fullmatch(rest):
        return OTHER_VALUES
    words = _WORD.findall(rest)
    is_prose = len(words) >= MIN_PROSE or not _WORDS_OF_PROSE.isdisjoint(map(str.lower, words))
    return PROSE if is_prose and _ONLY_WORDS.fullmatch(rest) else ""


def _objection_to_call(site: Site, bare: str, *, named: bool, known: bool) -> str:
    """Return why a text that a call gets is not a filter of App Context; empty if it is one.

    Other libraries have calls such as ``getUsers``: there the text has to read a field, too.
    """
    if not known:
        return NO_SDK
    if not (site.is_own or named or _is_app_context_filter(site.made)):
        return OTHER_LIBRARY
    is_read = _OBJECT_FIELD.search(bare) or _MESSAGE_FIELD.search(bare)
    if site.used is not None and not _CLEARLY_COMPARING.search(bare):
        # An element of a list of anything, for instance.
        return PROSE
    is_compared = is_read and _COMPARING.search(site.made.text)
    is_filter = site.is_own or (is_compared and not _FOREIGN_TEXT.search(bare))
    return "" if is_filter else OTHER_LIBRARY


def _filled(made: Joined) -> Iterator[str]:
    """Yield a text with values, or conditions, in place of what the program fills in."""
    for filling in _FILLINGS[: None if made.holes else 1]:
        text, position = "", 0
        for hole in made.holes:
            text += made.text[position : hole.span.start] + filling
            position = hole.span.end
        yield text + made.text[position:]


def _is_stream_filter(made: Joined) -> bool:
    """Return whether a text is a valid filter for messages, whatever it is filled with."""
    from pnfilter.syntax.parser import read

    return any(read(text).expression is not None for text in _filled(made))


def _is_app_context_filter(made: Joined) -> bool:
    """Return whether a text is a valid filter of App Context, whatever it is filled with."""
    from pnfilter.app_context.parser import read

    return any(read(text).expression is not None for text in _filled(made))


def _is_app_context(source: str, site: Site, bare: str) -> bool:
    """Return whether a filter is for users, channels or memberships: by its fields and its call.

    A variable, and a name of the program's own such as ``expectedFilterExpression``, says little
    about what it is for: there the lines beside it count, too.
    """
    if _MESSAGE_FIELD.search(bare) or not _OBJECT_FIELD.search(bare):
        return False
    if normal(site.by) in _SUBSCRIBERS:
        return False
    beside = site.beside
    variable = rf"(?:^|[;{{}}*\n\w])[ \t]*\b{re.escape(site.by)}\s*(?::\s*\w+\s*)?:?="
    if normal(site.by) not in KEYS or re.search(variable, beside):
        starts = site.made.starts
        beside += source[max(0, starts[0] - _NEAR) : starts[-1] + _NEAR]
    return _APP_CONTEXT.search(beside.replace(site.made.text, "")) is not None


def _is_label(site: Site) -> bool:
    """Return whether a text is a label for the name: its own words, or one in a table of labels."""
    if not _reads_as_label(site.made.text):
        return False
    if normal(site.made.text) == normal(site.by):
        return True
    texts = [match["text"] for match in _KEYED_TEXT.finditer(site.beside)]
    return (
        len(texts) > 1
        and all(map(_reads_as_label, texts))
        and _KEYED_OTHER.search(site.beside) is None
    )


def _reads_as_label(text: str) -> bool:
    return _LABEL.fullmatch(text) is not None and _WORDS_OF_FILTERS.search(text) is None
