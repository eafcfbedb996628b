"""Texts for ``check``: filters with something wrong, and texts that never were one."""

from __future__ import annotations

import re

from pnfilter.generation import Below, FilterWriter, pick

#: What people write where it doesn't belong, and characters that scanners trip over.
SNIPPETS = (
    " AND ", " OR ", " or ", "NOT ", " IN ", " IS NOT NULL", " IS NULL", "<>", "===", "!==", "=>",
    " NOT_CONTAINS ", " LIKE Todd*", " LIKE *news*", " LIKE ", " CONTAINS ('a', 'b')", "cOnTaInS",
    "(a, b) contains x", "uuid!=pn-0ca50551-4bc8-446e", "1 < x < 5", "a like b like c", "DATA.x",
    "Meta.x", "message.x", "data.*", "meta.*", "channel", "uuid.id", "custom.x", "true", "null",
    "“x”", "‘x’", "«", "$(x)", "${x}", "{{x}}", "{x}", "%s", "such=wow", "a = b + 1", "5 = a",
    "'", '"', "\\", "\\'", "(", ")", "((", "))", "[", "]", "[-1]", "[0.5]", "['a']", "{", "}",
    "&", "|", "&&", "||", "=", "==", "!=", "!", "~", "-", "+", "*", "%", "^", "/", ",", ".", "..",
    ".5", "1.", "5like", "1e999", "0x1F", "9" * 30, "\n", "\r", "\t", "\0", "\x1b", "\u00a0",
    "\u200b", "\ufeff", "\u2028", "\u3000", "\ud800", "\udfff", "é", "ß", "İ", "😀", "ａ", "@", "#",
    "?", ":", ";", "`", " ", "  ", "--", "//", "/*", "not", "and", "is", "a", "0", "meta.", "data[",
)  # fmt: skip


def broken_text(below: Below) -> str:
    """In half of the cases a valid filter with up to four changes, else anything at all."""
    if below(2) == 0:
        return _mutated(FilterWriter(below, max_depth=2).text(), below)
    kind = below(16)
    if kind < 8:
        return "".join(pick(SNIPPETS, below) for _ in range(below(12)))
    if kind < 11:
        return "".join(chr(_code_point(below)) for _ in range(below(30)))
    if kind < 14:
        return "".join(chr(32 + below(95)) for _ in range(below(40)))
    if kind == 14:
        return pick(SNIPPETS, below) * below(pick((20, 20, 20, 300), below))
    opening, closing = pick((("(", ")"), ("!", ""), ("[", "]"), ("-(", ")"), ("(a+", ")")), below)
    return opening * below(200) + pick(("a", "a == 1", ""), below) + closing * below(200)


def _code_point(below: Below) -> int:
    return below(pick((0x80, 0x250, 0x3000, 0x110000), below))


def _mutated(text: str, below: Below) -> str:
    for _ in range(1 + below(4)):
        start = below(len(text) + 1)
        end = min(len(text), start + below(6))
        kind = below(8)
        if kind == 0:
            text = text[:start] + text[end:]
        elif kind < 4:
            text = text[:start] + pick(SNIPPETS, below) + text[start:]
        elif kind == 4:
            text = text[:start] + pick(SNIPPETS, below) + text[end:]
        elif kind == 5:
            text = text[:end] + text[start:]
        elif kind == 6:
            text = text[:start]
        else:
            text = text[:start] + FilterWriter(below, max_depth=1).text() + text[end:]
    return text


# Filters that were written with mistakes

#: Filters as people write them.
_FILTERS = (
    'data.items[10].name == "x"', "data.arr[0] == 1", "data.a > 5", "meta.n == 1", "region == 'us'",
    "meta.name LIKE '*bob*'", "meta.a == 'x'", "uuid != 'pn-0ca50551'",
    "data.age >= 18 && data.age < 65", '("us", "eu") CONTAINS meta.region',
    'data.tags CONTAINS "x"', "!(data.title LIKE 'draft*')", 'meta["my-key"] == 5',
    "data.price * 1.5 <= 99.95", "data.flags & 4 == 4", "(1, 2, -3) CONTAINS data.level",
    "such=wow", "a == 1 || (b == 2 && c == 3)", 'data.v["1.2"] == "3"', "data.name == \"O'Brien\"",
    "meta.kind == 'it\\'s'", "data.user.id != meta.sender", "data.a.b.c == 'New York'",
    "meta.active", "!meta.hidden && data.x == -5", "data.ts > 1700000000",
    '(data.a == 1) && data.b LIKE "50%"',
)  # fmt: skip
_NAMES = ("data.a", "meta.b", "c", "data.items.x", "data.tags", "meta.user.name", "uuid")
_VALUES = (
    "5", "-5", "1.5", "'x'", '"New York"', "'%bob%'", "'_b%'", "'*x*'", "x", "New York", "5px",
    "10%", "12:30", "12:30:05", "2024-01-01", "2024-01-01T12:00:00Z", "1.2.3", "v1.2.3", "10.0.0.1",
    "10.0.0.1:8080", "bob@example.com", "550e8400-e29b-41d4-a716-446655440000", "0ca50551-4bc8",
    "pn-0ca50551", "user-1", "$5", "€5", "5€", "0x1F", "1_000", "1,000", "1 000", "1,5", "+5", ".5",
    "5.", "1e5", "1e", "007", "½", "٥", "５", "true", "True", "null", "None", "“x”", "‘x y’", "«x»",
    "`x`", "{{x}}", "${x}", "{x}", "%s", "%(x)s", ":x", "?", "@x", "#x", "$x", "<x>", "größe",
    "Київ", "nаme", "ｘ", "İ", "/var/log", "./x", "~/x", "http://x.y/z", "http://x.y/?a=1&b=2;c",
    "*x*", "x*", "%x%", "*a b*", "a*b", "'O''Brien'", "'a''b'", '"a\\"b"', "'C:\\dir'", "'a\\\\'",
    "'it's'", "'x", '"', "('x')", "('x',)", "['x', 'y']", "(x, y)", "('x' 'y')", "(1 2)", "()",
    "x.y", "data.x", "a b c", "War and Peace", "not ready", "''", '"" ""',
)  # fmt: skip
_OPERATORS = (
    "=", "==", "===", "====", "!=", "!==", "<>", "=>", "=<", ">=", "<=", ">", "<", "> =", "! =",
    "= =", "~=", "=~", "!~", "~", ":", ":=", "::", "->", "?", "eq", "ne", "gt", "lte", "is",
    "is not", "IS", "equals", "is equal to", "not equal to", "LIKE", "like", "Like", "lke", "LIEK",
    "ILIKE", "NOT LIKE", "not_like", "NOT ILIKE", "!LIKE", "RLIKE", "CONTAINS", "contain",
    "conatins", "NOT CONTAINS", "not_contains", "!CONTAINS", "does not contain", "IN", "in",
    "NOT IN", "notin", "!in", "matches", "startsWith", "starts with", "endswith", "ends with",
    "includes", "has", "mod", "div", "xor", "above", "at least", "more than", "BETWEEN 1 AND",
    "between 'a' and", "NOT BETWEEN 5 AND", "< 3 <", "> 3 >", "== x ==", "≠", "≤", "＝", "＝＝",
    "！＝", "＞", "≥ 3 ≥",
)  # fmt: skip
_JOINTS = (
    " && ", " || ", " AND ", " and ", " OR ", " or ", " & ", " | ", " &&& ", " && && ", ", ", "; ",
    ";", "\n", "\n&& ", " ", " xor ", " AND NOT ", " or not ", " && ! ", "&&", " + ", " ? ",
    " UNION ", " ∧ ", "∨", " ＆＆ ", "｜", "， ",
)  # fmt: skip
_STEPS = (
    ".10", ".0", ".10.name", ".0.1", ".5a", ".5a.x", ".007", ".1e5", "[0", "0]", "[-1]", "[1:2]",
    "[x]", "[x.y]", "['a']", ".'a'", ".[0]", ".*", "..x", ".", ":x", "::x", "->x", "/x", "-x",
    "?.x", ".length", ".length()", ".größe", ".nаme", "()", "('x')", ".like", ".2024-01-01",
    ".10:30", "[\"a'b\"]", "[“a”]", "[*]", "[]",
)  # fmt: skip
_ENDS = (
    ";", ";;", "; ;", ";x", ",", ",,", ".", "?", ":", ")", "]", "}", "(", "'", '"', "\\", "\n",
    "\xa0", "\u200b", ' // only "x"', " # 5", " -- x", " /* x == 5 */", "//", " AND", " OR", " NOT",
    " &&", " ==", " IS NULL", " IS NOT NULL", " exists", " ESCAPE '!'", " LIMIT 5", " ORDER BY x",
    " COLLATE x", " == true", " = 1", " IN", "::text", " as x", " px", "%", "€",
)  # fmt: skip
_FRAMES = (
    ("NOT ", ""), ("not (", ")"), ("!", ""), ("!!", ""), ("WHERE ", ""),
    ("SELECT * FROM x WHERE ", ";"), ("if (", ") {}"), ("(", ""), ("", ")"), ("[", "]"), ("{", "}"),
    ("((", "))"), ("'", "'"), ('"', '"'), ("filter: ", ""), ("$.", ""), ("-", ""), ("~", ""),
    ("+", ""), ("exists ", ""), ("lower(", ")"), ("NOT NOT ", ""), ("&& ", ""), ("a: 1, ", ""),
    ("/*x*/ ", ""),
)  # fmt: skip
_CHARACTERS = (
    *"'\"`“”‘’()[]{}.,;:?!=<>&|+-*/%^~@#$\\_ 0159axAX\t\n", "é", "а", "е", "ａ", "١", "\xa0",
    "\u200b", "\xad", "😀", "…", "–", "−", "×", "",
)  # fmt: skip
_TOKEN = re.compile(r"\"[^\"]*\"|'[^']*'|\w+|\s+|[=!<>&|]+|.", re.DOTALL)


def written_filter(below: Below) -> str:
    """A filter as people write them, with a mistake or more."""
    if below(2) == 0:
        valid = pick(_FILTERS, below) if below(2) else FilterWriter(below, max_depth=1).text()
        return _with_mistake(valid, below)
    text = _condition(below)
    for _ in range(max(0, below(4) - 1)):
        text += pick(_JOINTS, below) + _condition(below)
    for _ in range(pick((0, 1, 1, 1, 2, 3), below)):
        text = _with_mistake(text, below)
    return text


def _condition(below: Below) -> str:
    kind = below(4)
    if kind == 0:
        return pick(_FILTERS, below)
    if kind == 1:
        return FilterWriter(below, max_depth=1).text()
    name = pick(_NAMES, below) + (pick(_STEPS, below) if below(4) == 0 else "")
    blank = " " if below(6) else ""
    return f"{name}{blank}{pick(_OPERATORS, below)}{blank}{pick(_VALUES, below)}"


def _with_mistake(text: str, below: Below) -> str:
    kind = below(10)
    if kind == 0:
        return text
    if kind == 1:
        return text + pick(_ENDS, below)
    if kind == 2:
        before, after = pick(_FRAMES, below)
        return before + text + after
    if kind < 6:
        start = below(len(text) + 1)
        end = min(len(text), start + below(2))
        return f"{text[:start]}{pick(_CHARACTERS, below)}{text[end:]}"
    tokens = _TOKEN.findall(text) or [""]
    index = below(len(tokens))
    if kind == 6:
        tokens.insert(index, tokens[index])
    elif kind == 7:
        tokens[index] = ""
    elif kind == 8:
        tokens.insert(index, tokens.pop(below(len(tokens))))
    else:
        tokens[index] = pick(pick((_VALUES, _OPERATORS, _STEPS), below), below)
    return "".join(tokens)
