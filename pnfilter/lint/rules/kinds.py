"""Lints of names that say what a field is: a quantity, a text, a list."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Rule, Span
from pnfilter.lint.context import ENDS, SIZES, Context, lint
from pnfilter.syntax.nodes import (
    ORDERINGS,
    Arithmetic,
    Comparison,
    Expression,
    Number,
    Path,
    SetLiteral,
    String,
    Unary,
)
from pnfilter.wording import shorten

#: Last words of names of numbers. Those of codes, versions and identifiers are not here: their
#: digits are a string as often as not.
_QUANTITIES = frozenset(
    "age ages price prices cost costs amount amounts total totals subtotal sum count counts "
    "counter quantity qty number size length width height depth weight mass distance "
    "radius area volume speed velocity acceleration temperature temp humidity "
    "pressure altitude elevation latitude "
    "longitude lat lon lng magnitude mag score scores points percent percentage pct ratio rate "
    "balance salary income budget fee tax discount profit revenue stock inventory duration "
    "seconds minutes hours days weeks months years timeout delay latency interval ttl elapsed "
    "timestamp retries attempts likes views votes downloads clicks visits followers visitors "
    "voltage current power energy battery load cpu memory usage capacity threshold limit max min "
    "maximum minimum average avg mean median bytes kb mb gb celsius fahrenheit kelvin rpm bpm "
    "heartrate steps calories brightness intensity frequency population occupancy passengers "
    "people children wind rainfall".split()
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
#: Digits that are surely a number's: no zeros or plus signs before them.
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]+)?")

#: Names of lists and of strings, whose length is asked for elsewhere.
_LISTS = frozenset(
    "tags items roles labels keywords categories attachments mentions recipients members "
    "participants permissions list lists array arrays messages users files images photos comments "
    "errors events children elements entries groups names ids values results records rows lines "
    "words topics channels devices products orders players friends followers reactions options "
    "scopes languages genres skills links urls emails addresses".split()
)
_TEXTS = frozenset(
    "text message msg name title subject body content description caption summary comment note "
    "username nickname firstname lastname email address city country street phone url link "
    "password string str reason".split()
)


def _last_word(path: Path) -> str:
    """The last word of a field's name, in lower case: ``price`` of ``data.unitPrice``."""
    key = next((key for key in reversed(path.keys) if isinstance(key, str)), "")
    words = [word for word in _WORDS.findall(key) if not word.isdigit()]
    return words[-1].lower() if words else key.lower()


QUOTED_QUANTITY = Rule(
    "W426",
    "quoted-quantity",
    summary="A quoted number beside a field that is a quantity.",
    why=(
        "A string never equals a number for certain. A field called price, age or count is a "
        "number in most messages, and so is one that the filter itself orders or calculates "
        "with. Where messages have a string, the quotes are right: `--known-field` says so."
    ),
    bad='data.price == "100"',
    good="data.price == 100",
)


@lint(QUOTED_QUANTITY, when=("digits",))
def quoted_quantity(context: Context) -> Iterator[Diagnostic]:
    """Report ``data.price == "100"``."""
    numeric = {
        (path.root, path.keys)
        for node in context.nodes
        if isinstance(node, (Arithmetic, Unary))
        or (isinstance(node, Comparison) and node.operator in ORDERINGS)
        for path in _operands(node)
    }
    for node in context.comparisons():
        if node.operator not in {"==", "!=", "=", "CONTAINS"}:
            continue
        for side, other in ((node.right, node.left), (node.left, node.right)):
            strings = _quoted_numbers(side, node)
            if not strings or not isinstance(other, Path) or context.is_known(other):
                continue
            if _last_word(other) not in _QUANTITIES and (other.root, other.keys) not in numeric:
                continue
            yield _report_quoted(context, other, strings)
            break


def _operands(node: Expression) -> list[Path]:
    match node:
        case Comparison(_, left, right) | Arithmetic(_, left, right):
            sides = [left, right]
            # A field beside a string that is ordered may be one itself.
            if isinstance(node, Comparison) and not any(isinstance(one, Number) for one in sides):
                return []
            return [side for side in sides if isinstance(side, Path)]
        case Unary(_, Path() as path):
            return [path]
        case _:
            return []


def _quoted_numbers(side: Expression, node: Comparison) -> list[String]:
    """The strings of one side if all of them are numbers."""
    if isinstance(side, SetLiteral):
        elements = list(side.elements)
    elif node.operator == "CONTAINS":
        # It looks into the string.
        return []
    else:
        elements = [side]
    strings = [each for each in elements if isinstance(each, String) and not each.bare]
    if len(strings) != len(elements):
        return []
    return strings if all(_PLAIN_NUMBER.fullmatch(each.raw) for each in strings) else []


def _report_quoted(context: Context, field: Path, strings: list[String]) -> Diagnostic:
    first = strings[0]
    name = shorten(context.source(field))
    message = f"{shorten(first.spelling)} is a string, and `{name}` is a number by its name"
    if _last_word(field) not in _QUANTITIES:
        message = f"{shorten(first.spelling)} is a string, and elsewhere `{name}` is a number"
    edits = tuple(Edit(each.span, each.raw) for each in strings)
    return QUOTED_QUANTITY.at(
        first.span,
        message,
        f"write the number without quotes: {shorten(first.raw)}",
        # Messages may have a string.
        Fix(edits, safe=False),
    )


_EMPTY = {(">", "0"), ("!=", "0"), (">=", "1"), ("==", "0"), ("<", "1"), ("<=", "0")}
_NEGATIVE = {("==", "0"), ("<", "1"), ("<=", "0")}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_MEASURES = re.compile(r"dimensions?|measure\w*|bounds|box|rect\w*|size|specs?|shape\w*|geometry")


@lint(
    Rule(
        "W418",
        "length-of-a-field",
        summary="The length of a list or a string is asked for.",
        why=(
            "The language has no lengths: `data.tags.length` is a field called length, inside "
            "tags. A message that should be filtered by a length has to carry it."
        ),
        bad="data.tags.length > 0",
        good='data.tags CONTAINS "urgent"',
    ),
    when=("size",),
)
def length_of_a_field(context: Context) -> Iterator[Diagnostic]:
    """Report ``data.tags.length > 0``."""
    sides = {
        id(side): (node, other, side is node.right)
        for node in context.comparisons()
        for side, other in ((node.left, node.right), (node.right, node.left))
    }
    names = {path.keys for path in context.of(Path)}
    for path in context.of(Path):
        if path.keys and path.keys[-1] in SIZES and not context.is_known(path):
            compared = sides.get(id(path))
            if _asks_for_a_length(path, compared, names):
                yield _length(context, path, compared)


def _asks_for_a_length(
    path: Path,
    compared: tuple[Comparison, Expression, bool] | None,
    names: set[tuple[str | int, ...]],
) -> bool:
    if len(path.keys) < 2 or not isinstance(path.keys[-2], str):
        return False
    before, key = path.keys[:-1], str(path.keys[-1])
    word = _last_word(Path(path.root, before))
    # A width or a height beside it makes a measure of it.
    if _MEASURES.fullmatch(word) or any((*before, other) in names for other in ("width", "height")):
        return False
    has_length = word in _LISTS or word in _TEXTS
    if key.lower() == "isempty":
        return has_length
    if key.lower() in {"length", "len"}:
        return has_length or _tests_for_empty(compared)
    return has_length and _tests_for_empty(compared)


def _tests_for_empty(compared: tuple[Comparison, Expression, bool] | None) -> bool:
    if compared is None:
        return True
    return _test(compared) in _EMPTY


def _test(compared: tuple[Comparison, Expression, bool]) -> tuple[str, str]:
    node, other, is_right = compared
    operator: str = node.operator
    if is_right:
        operator = _MIRRORED.get(operator, operator)
    return operator, other.spelling if isinstance(other, Number) else ""


def _length(
    context: Context, path: Path, compared: tuple[Comparison, Expression, bool] | None
) -> Diagnostic:
    key = str(path.keys[-1])
    written = context.source(path)
    field = shorten(written[: written.rfind(key)].rstrip("[\"'.") or written)
    help = f'for an element of an array write {field} CONTAINS "…"; for a string {field} != ""'
    if compared is not None:
        test = _test(compared)
        if test in _NEGATIVE:
            help = f'a string is empty: {field} == ""; whether an array is can\'t be asked'
        elif test not in _EMPTY:
            help = "send the length in the message, as a number of its own"
    return length_of_a_field.at(
        Span(path.span.end - len(key), path.span.end) if written.endswith(key) else path.span,
        f"`{key}` is read as a field inside `{field}`: the language has no lengths",
        help,
    )


#: Lists whose name may also be that of an object with a first and a last part.
_PAIRS = frozenset({"names", "values"})


@lint(
    Rule(
        "W420",
        "end-of-a-field",
        summary="The first or the last element of a list is asked for.",
        why=(
            "`data.items.first` is a field called first, inside items. An element has a number, "
            "from 0 on; that of the last one is not known."
        ),
        bad='data.items.first == "book"',
        good='data.items[0] == "book"',
    ),
    when=("end",),
)
def end_of_a_field(context: Context) -> Iterator[Diagnostic]:
    """Report ``data.items.first == "book"``."""
    paths = [path for path in context.of(Path) if not ENDS.isdisjoint(path.keys)]
    names = {path.keys for path in paths}
    for path in paths:
        index = next(index for index, key in enumerate(path.keys) if key in ENDS)
        before, key = path.keys[:index], str(path.keys[index])
        other = {"first": "last", "last": "first", "First": "Last", "Last": "First"}[key]
        is_list = bool(before) and isinstance(before[-1], str)
        word = _last_word(Path(path.root, before)) if is_list else ""
        if word not in _LISTS - _PAIRS or context.is_known(path) or (*before, other) in names:
            continue
        written = context.source(path)
        found = re.search(rf"(?:\.|\[\s*[\"']){key}(?:[\"']\s*\])?(?=[.\[]|\Z)", written)
        if found is None:
            continue
        span = Span(path.span.start + found.start(), path.span.start + found.end())
        field = shorten(written[: found.start()])
        if key.lower() == "first":
            help = f"write {field}[0]{shorten(written[found.end() :])}"
            fix = Fix((Edit(span, "[0]"),), safe=False)
        else:
            help, fix = f'for an element of an array write {field} CONTAINS "…"', None
        message = f"`{key}` is read as a field inside `{field}`: elements have numbers"
        yield end_of_a_field.at(span, message, help, fix)
