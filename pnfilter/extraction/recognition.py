"""Whether a filter of that name is one for messages: many libraries call something of theirs so.

The signs are what a file says beside it: the name of the SDK in it or in the project's list of
packages, words of another library, and what the text looks like.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from pnfilter.extraction.call_sites import Site, normal

_OWN = re.compile(r"pub[-_ ]?nub|pn_?config|pndsn|pnfilter|pnclient", re.IGNORECASE)
#: Words of other libraries that call something of theirs so; a search for each is faster than one for all.
_FOREIGN: Final = (
    *"dynamo boto3 aws-sdk aws_sdk aws/sdk aws.sdk aws-cdk aws_cdk expressionattribute".split(),
    *"keyconditionexpression qgis qgsfeature qgsexpression qgsvector mongoose mongodb pymongo cosmos".split(),
    *"opensearch elasticsearch springframework.data springframework.security springframework.ai".split(),
    *"rocketmq wireshark tshark milvus servicebus azure xray x-ray rsql odata lancedb chromadb".split(),
    *"igx-grid igxgrid datatable bindingsource hibernate terraform datadog prometheus loki kibana".split(),
    *"grafana tablesorter ag-grid vectorstore sqldatasource radgrid telerik devexpress".split(),
    *"lakeformation cloudwatch eventbridge arangodb clickhouse bcftools htslib nextest jmespath".split(),
    *"rabbitmq pyarrow logstash".split(),
)
#: Other arguments of the call that belong to another library.
_BESIDE = re.compile(
    r"\b(?:TableName|table_name|ExpressionAttribute\w*|expression_attribute_\w+|KeyCondition\w*"
    r"|ProjectionExpression|QgsFeatureRequest|partialFilterExpression|IndexName)\b"
)
#: A request of another library in the same statement, in a file that has to do with both.
_OTHER_REQUEST = re.compile(
    r"scan|dynamo|query(?:request|spec|command|input|expression|params)", re.IGNORECASE
)
#: Languages in which the SDK's own name of it begins with a capital.
_CAPITALS: Final = frozenset({"C#", "Go"})
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|\{[^{}]*\}")
#: What only DynamoDB's language has: functions of its own, ``:name`` for a value and ``#name`` for a name.
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
#: What a form or a table calls a field: plain words, the first with a capital.
_LABEL = re.compile(r"[A-Z][^\W\d_]*(?:[ /'’-][^\W\d_]+)*(?: \([\w ]+\))?[.:…?!]?")
_WORDS_OF_FILTERS = re.compile(r"\b(?:LIKE|CONTAINS|AND|OR|NOT|IN|IS|BETWEEN)\b")
#: A key with a text, and one with something else.
_KEYED_TEXT = re.compile(r"\w[\"']?\s*(?:=>|[:=])\s*[uUrR@]?([\"'])(?P<text>.*?)\1")
_KEYED_OTHER = re.compile(r"\w[\"']?\s*(?:=>|[:=])\s*(?!\s|[uUrR@]?[\"'])")


class Signs:
    """Tells filters for messages from others; ``words`` are more signs of the SDK, such as a wrapper's name."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._words = [word.lower() for word in words]
        #: The last file that was asked about, which is asked about for each of its filters.
        self._last: tuple[str, bool] | None = None

    def own(self, source: str) -> bool:
        """Whether a file names the SDK."""
        if _OWN.search(source) is not None:
            return True
        # As branches of one pattern they would take the time of all of them at each place.
        lower = source.lower() if self._words else ""
        return any(word in lower for word in self._words)

    def is_one(
        self, source: str, site: Site, language: str, *, named: bool, in_project: bool
    ) -> bool:
        """Whether a text found in a file is a filter for messages.

        ``named`` is ``own`` of the file, ``in_project`` that of the project's list of packages. A file that
        names the SDK may hold a mistake that is right elsewhere, such as ``a IS NULL``: there the text alone
        says little.
        """
        bare = _QUOTED.sub("0", site.made.text)
        if _BESIDE.search(site.beside) or _DYNAMO_TEXT.search(bare) or _is_label(site):
            return False
        if self._is_foreign(source):
            elsewhere = site.by == "FilterExpression" and language not in _CAPITALS
            return named and not (
                elsewhere or _FOREIGN_TEXT.search(bare) or _OTHER_REQUEST.search(site.beside)
            )
        if named:
            return True
        return (
            in_project
            and _FOREIGN_TEXT.search(bare) is None
            and _LIKE_A_FILTER.search(site.made.text) is not None
        )

    def _is_foreign(self, source: str) -> bool:
        """Whether a file has a sign of another library."""
        if self._last is None or self._last[0] is not source:
            lower = source.lower()
            self._last = (source, any(word in lower for word in _FOREIGN))
        return self._last[1]


def _is_label(site: Site) -> bool:
    """Whether a text is what people read for the name: the name's own words, or one of a table of such texts."""
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
