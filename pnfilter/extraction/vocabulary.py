"""Names of functions that join, format, choose and convert strings, and what a value may be."""

from __future__ import annotations

import re
from typing import Final

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pnfilter.syntax.holes import Filling

#: Characters of an expression that are examined.
MAX_LOOKED_AT: Final = 200

NOTHING = frozenset("null None nil undefined NULL nullptr Nil".split())
#: Methods and functions that return their string, as far as a filter is concerned.
SAME = frozenset(
    """trim strip decode StringBuilder StringBuffer trimIndent stripIndent
    toString ToString to_string getvalue into to_owned freeze dedent cleandoc
    encodeURIComponent encodeURI
    quote quote_plus rawurlencode urlencode encode escape QueryEscape PathEscape EscapeDataString
    UrlEncode HtmlEncode valueOf String NSString Some of ofNullable from string QString
    QStringLiteral QLatin1String CString _T TEXT str u L squish chomp lstrip rstrip raw css
    url_encode QueryParam c_str as_str unwrap clone intern also let utf8 encodeComponent
    encodeQueryComponent useMemo useRef useState computed lazy value rawValue
    addingPercentEncoding stringByAddingPercentEncodingWithAllowedCharacters""".split()
)
PRINTF = frozenset(
    """format Sprintf sprintf formatted stringWithFormat initWithFormat Format asprintf vsprintf
    Printf AppendFormat""".split()
)
#: Those that fill ``{}`` in languages where the others fill ``%s``.
MESSAGE_FORMATS = frozenset({"MessageFormat.format"})
BRACE_FORMATS = MESSAGE_FORMATS | {"std::format", "fmt::format"}
JOINS = frozenset("join Join joined joinToString mkString implode".split())
#: Functions that put the elements of a list together by another function.
REDUCES = frozenset("reduce inject fold foldLeft Aggregate".split())
#: Those that may put something before and behind the whole.
WITH_ENDS = frozenset("joinToString mkString joining StringJoiner".split())
#: Methods that add to a string, or to a builder of one.
ADDS = frozenset(
    "append Append WriteString AppendLine appendLine AppendFormat write push_str".split()
)
APPENDS = (ADDS - PRINTF) | {"concat", "plus", "appending"}
#: Functions that write a format to their first argument.
WRITES = frozenset({"Fprintf", "write", "writeln"})
#: Functions of Kotlin that run a block on an object, and return that.
BLOCKS_ON_SELF = frozenset({"apply", "also"})
#: Types that begin empty, and are appended to.
BUILDERS = frozenset("StringBuilder StringBuffer StringIO".split())
GO_BUILDERS = frozenset({"strings.Builder", "bytes.Buffer"})
#: Functions of Rust that return an empty string.
EMPTY = frozenset({"String::new", "String::with_capacity"})
#: Methods that remove the margin of each line, up to ``|``.
MARGINS = frozenset({"trimMargin", "stripMargin"})
#: Functions that return the list to join, or a part of it.
LEAVES_OUT = frozenset(
    """filter select compact flat each_with_index with_index sort_by sorted_by to_a filterNotNull
    reject stream iter into_iter distinct sorted sort slice reverse toList toArray toSet
    asSequence Where
    Distinct OrderBy ToArray ToList uniq unique keys values""".split()
)
#: Functions that make a list of what another function returns for each element.
MAPS = frozenset(
    "map array_map Select flatMap mapNotNull filter_map flat_map mapToObj compactMap".split()
)
#: Those of both kinds that may take a block in place of a function.
TAKE_BLOCKS = MAPS | LEAVES_OUT | {"collect"}
DEFAULT_ARGUMENTS = frozenset({"default", "defaultValue"})
#: Functions that return their second argument, or ``default``, unless a value is set.
DEFAULTS = frozenset(
    """get getenv env fetch getOrDefault getProperty getString config Field field option""".split()
)
#: Those that return their first.
FIELDS = frozenset({"Field", "field"})
REPLACES = frozenset("replace replaceAll gsub sub Replace replaceFirst".split())
_NUMERIC = re.compile(
    r"(?:int|Int|Integer|Long|Number|parseInt|parseFloat|float|Double|len|round|floor|count|Math\.\w+|intval)\(.*"
    r"|.*\.(?:length|count|size|Count|Length|to_i|to_f|timeIntervalSince1970|intValue|getTime)(?:\(\))?"
    r"|-?\d[\d._]*|Date\.now\(\)|(?:\w+\.)*(?:[tT]ime|[nN]ow)\(\)",
    re.DOTALL,
)
_QUOTING = re.compile(
    r"(?:JSON\.stringify|json\.dumps|json_encode|jsonEncode|json\.encode|strconv\.Quote|Gson\(\)\.toJson)\(.*|.*(?:!r|\.inspect|\.to_json)",
    re.DOTALL,
)


def filling_of(source: str) -> Filling:
    """Return what is known of a value by its program text."""
    source = source[:MAX_LOOKED_AT].strip()
    if _NUMERIC.fullmatch(source) or re.search(r":(?:[^'\"]*[dfxXeEgn]|[FNDG]\d*)\Z", source):
        return "number"
    if _QUOTING.fullmatch(source):
        return "text"
    return "any"


def is_number_format(written: str) -> bool:
    """Return whether the code behind a hole formats it as a number: ``$x%.2f``."""
    return re.fullmatch(r"\}?%.*[dfxXoeEgG]", written) is not None
