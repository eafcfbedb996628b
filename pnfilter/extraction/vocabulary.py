"""Names of functions that join, format, choose and convert strings."""

from __future__ import annotations

import re
from typing import Final

from pnfilter.extraction.code import Code
from pnfilter.extraction.conditionals import arms, last_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pnfilter.syntax.holes import type_of_filling

#: Characters of an expression that are examined.
MAX_LOOKED_AT: Final = 200

NOTHING = frozenset("null None nil undefined NULL nullptr Nil".split())
#: Methods and functions that return their string, as far as a filter is concerned.
SAME = frozenset(
    """trim strip decode StringBuilder StringBuffer trimIndent trimMargin stripMargin stripIndent
    toString ToString to_string into to_owned freeze dedent cleandoc encodeURIComponent encodeURI
    quote quote_plus rawurlencode urlencode encode escape QueryEscape PathEscape EscapeDataString
    UrlEncode HtmlEncode valueOf String NSString Some of ofNullable from string QString
    QStringLiteral QLatin1String CString _T TEXT str u L squish chomp lstrip rstrip raw css
    url_encode QueryParam c_str as_str unwrap clone intern also let utf8 encodeComponent
    encodeQueryComponent useMemo useRef useState computed lazy value rawValue
    addingPercentEncoding stringByAddingPercentEncodingWithAllowedCharacters""".split()
)
PRINTF = frozenset(
    """format Sprintf sprintf formatted stringWithFormat initWithFormat Format asprintf vsprintf
    Printf""".split()
)
#: Those that fill ``{}`` in languages where the others fill ``%s``.
MESSAGE_FORMATS = frozenset({"MessageFormat.format"})
BRACE_FORMATS = MESSAGE_FORMATS | {"std::format", "fmt::format"}
JOINS = frozenset("join Join joined joinToString implode".split())
APPENDS = frozenset("concat plus appending append Append".split())
#: Types that begin empty, and are appended to.
BUILDERS = frozenset("StringBuilder StringBuffer StringIO".split())
#: Functions that drop elements of a list to join.
LEAVES_OUT = frozenset("filter compact compactMap flat filterNotNull reject".split())
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


def filling_of(source: str) -> type_of_filling:
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


def branches(code: Code, start: int, end: int) -> list[tuple[int, int]] | None:
    """Return the alternatives of a choice.

    ``a ? b : c``, ``b if a else c``, ``a || b``, ``when`` and the like.
    """
    chosen = arms(code, start, end)
    if chosen is not None:
        return chosen
    if code.name(start) == "if":
        return _if_else(code, start, end)
    words = code.split(start, end, "if", "unless", "for")
    if len(words) > 1:
        otherwise = code.split(words[0][1] + 1, end, "else")
        return [words[0], *otherwise[1:]]
    chosen = code.split(start, end, "?")
    if len(chosen) > 1:
        rest = code.split(chosen[0][1] + 1, end, ":")
        if len(rest) > 1:
            return [rest[0], (rest[0][1] + 1, end)]
        return [chosen[0]]
    for operators, last in (("|| or", False), ("?? ?:", False), ("&& and", True)):
        parts = code.split(start, end, *operators.split())
        if len(parts) > 1:
            return parts[-1:] if last else parts
    return None


def _if_else(code: Code, start: int, end: int) -> list[tuple[int, int]]:
    parts = code.split(start + 1, end, "else")
    found = []
    for number, (first, last) in enumerate(parts):
        if number == 0 and code.op(first) == "(":
            first = code.after(first)
        if code.op(last - 1) == "}":
            first, last = last_of(code, code.partners.get(last - 1, first) + 1, last - 1)
        found.append((first, last))
    return found


def is_cast(code: Code, start: int, end: int) -> bool:
    """Return whether a parenthesis holds the type that what follows is converted to."""
    closing = code.partners.get(start, end)
    return (
        closing + 1 < end
        and all(
            code.name(index) or code.op(index) in ("*", ".") for index in range(start + 1, closing)
        )
        and (code.is_text(closing + 1) or bool(code.name(closing + 1)))
    )


def is_sum(code: Code, parts: list[tuple[int, int]]) -> bool:
    """Return whether parts are added as numbers: one is a number, and none has a string."""
    return any(
        end - start == 1 and code.source[code.tokens[start].start].isdigit() for start, end in parts
    ) and not any(code.is_text(index) for index in range(parts[0][0], parts[-1][1]))
