"""Texts for ``check``: filters with something wrong, and texts that never were one."""

from __future__ import annotations

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
