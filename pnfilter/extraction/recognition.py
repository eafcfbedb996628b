"""Decide whether a filter of that name is for messages: many libraries use the name.

The evidence is in the file: the SDK's name there or in the project's package list, words of another
library, and the form of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from pnfilter.extraction.call_sites import Site, normal

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

    def is_one(
        self, source: str, site: Site, language: str, *, named: bool, in_project: bool
    ) -> bool:
        """Return whether a text found in a file is a filter for messages.

        ``named`` is ``own`` of the file, ``in_project`` that of the project's package list. A file
        that names the SDK may hold a mistake that is right elsewhere, such as ``a IS NULL``: there
        the text alone proves little.
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
        """Return whether a file has a sign of another library."""
        if self._last is None or self._last[0] is not source:
            lower = source.lower()
            self._last = (source, any(word in lower for word in _FOREIGN))
        return self._last[1]


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
