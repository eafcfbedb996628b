"""Whether a filter of that name is one for messages: many libraries call something of theirs so.

The signs are what a file says beside it: the name of the SDK in it or in the project's list of
packages, words of another library, and what the text looks like.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pnfilter.extraction.pieces import Joined
from pnfilter.extraction.sites import Site

_OWN = r"pub[-_ ]?nub|pn_?config|pndsn|pnfilter|pnclient"
_FOREIGN = re.compile(
    r"dynamo|boto3|aws[-_./]sdk|aws[-_]cdk|expressionattribute|keyconditionexpression|\bqgs\w|qgis|mongoose"
    r"|mongodb|pymongo|cosmos|opensearch|elasticsearch|org\.springframework\.(?:data|security)|rocketmq"
    r"|wireshark|tshark|milvus|servicebus|azure|x-?ray|rsql|odata|lancedb|chromadb|igx[-_]grid|datatable"
    r"|bindingsource|hibernate|terraform|datadog|prometheus|loki|kibana|grafana|tablesorter|ag-grid",
    re.IGNORECASE,
)
#: Other arguments of the call that belong to another library.
_BESIDE = re.compile(
    r"\b(?:TableName|table_name|ExpressionAttribute\w*|expression_attribute_\w+|KeyCondition\w*"
    r"|ProjectionExpression|QgsFeatureRequest|partialFilterExpression|IndexName)\b"
)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|\{[^}]*\}")
_FOREIGN_TEXT = re.compile(
    r"\battribute_(?:not_)?(?:exists|type)\s*\(|\b(?:begins_with|contains|starts_with|size|regexMatch)\s*\("
    r"|(?:^|[\s(=<>,]):[A-Za-z_]\w*|(?:^|[\s(])[#@$][A-Za-z_]\w*|\bBETWEEN\b|\bIS\s+(?:NOT\s+)?NULL\b"
    r"|\.\[\]|\bselect\(|\$\.|\b(?:eq|ne|gt|lt|ge|le)\s+'",
)
_LIKE_A_FILTER = re.compile(
    r"==|!=|<|>|=|&&|\|\||\b(?:LIKE|CONTAINS|AND|OR|NOT|IN)\b", re.IGNORECASE
)


class Signs:
    """Tells filters for messages from others; ``words`` are more signs of the SDK, such as a wrapper's name."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._own = re.compile("|".join([_OWN, *map(re.escape, words)]), re.IGNORECASE)

    def own(self, source: str) -> bool:
        """Whether a file names the SDK."""
        return self._own.search(source) is not None

    def is_one(self, source: str, site: Site, *, named: bool, in_project: bool) -> bool:
        """Whether a text found in a file is a filter for messages.

        ``named`` is ``own`` of the file, ``in_project`` that of the project's list of packages.
        """
        if _BESIDE.search(site.beside) or _is_foreign(site.made):
            return False
        if named:
            return True
        if not in_project or _FOREIGN.search(source):
            return False
        return _LIKE_A_FILTER.search(site.made.text) is not None


def _is_foreign(made: Joined) -> bool:
    """Whether a text is written in the language of another library."""
    bare = _QUOTED.sub(" ", made.text)
    return _FOREIGN_TEXT.search(bare) is not None
