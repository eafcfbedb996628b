"""Characters outside of strings that look like those of the language, and invisible ones.

All of a text are reported at once, by one error whose fix replaces them all: what is wrong besides
can be seen only then.
"""

from __future__ import annotations

import re

from pnfilter.diagnostics import Edit, Fix, Span, apply_edits
from pnfilter.syntax.lexer import ODD_SPACES, QUOTED, TYPOGRAPHIC
from pnfilter.syntax.recovery.state import Repair
from pnfilter.wording import shorten

#: Signs of mathematics and of other scripts, with the operators that they mean between operands.
_OPERATORS = {
    **dict.fromkeys("≠", "!="),
    **dict.fromkeys("≤≦⩽", "<="),
    **dict.fromkeys("≥≧⩾", ">="),
    "∧": "&&",
    "∨": "||",
    **dict(zip("＝＜＞！＆｜（），；：", "=<>!&|(),;:", strict=True)),
}
#: Others, which may mean something else or belong to a string without quotes.
_SIGNS = {
    **_OPERATORS,
    **dict.fromkeys("−–—‐‑‒―", "-"),
    **dict.fromkeys("×✕✖∗⨯", "*"),
    **dict.fromkeys("÷∕⁄", "/"),
    **dict.fromkeys("¬￢ǃ", "!"),
    **dict.fromkeys("≡⩵", "=="),
    **dict.fromkeys("‖∥", "||"),
    **dict.fromkeys("∣ǀ￨¦", "|"),
    **dict.fromkeys("》›˃ᐳ❯〉⟩", ">"),
    **dict.fromkeys("《‹˂ᐸ❮〈⟨", "<"),
    **dict.fromkeys("、،﹐", ","),
    **dict.fromkeys("❨⦅", "("),
    **dict.fromkeys("❩⦆", ")"),
}
#: Dots between the steps of a path, and those that also mean a product.
_DOTS = frozenset("․‧。｡·∙⋅•")
_PRODUCTS = frozenset("·∙⋅•")
#: Brackets that are square behind a path, and round elsewhere.
_BRACKETS = dict(zip("【〔［⟦】〕］⟧", "[[[[]]]]", strict=True))
#: Signs that also end a word of a string without quotes.
_PUNCTUATION = frozenset("！，；：、")
#: Cyrillic and Greek letters, each followed by the ASCII letter that it looks like.
_ALIKE = (
    "аaеeоoрpсcуyхxіiјjѕsԁdһhԛqԝwАAВBЕEКKМMНHОOРPСCТTУYХXІIЈJЅS"
    "αaοoνvρpιiΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX"
)
_ASCII_OF = str.maketrans(dict(zip(_ALIKE[::2], _ALIKE[1::2], strict=True)))
#: A string, the words, and any character that the language doesn't have outside of strings.
_PARTS = re.compile(rf"({QUOTED}|{TYPOGRAPHIC}|[\"'][^\r\n]*)|({ODD_SPACES})|(\w+)|[^ -~\t\r\n]")
_ODD = re.compile(r"[^ -~\t\r\n]")
_COMPARED = re.compile(r"(?:[=<>]|\b(?:LIKE|CONTAINS))\s*\Z", re.IGNORECASE)
#: Characters before a word that are searched for an operator.
_BEFORE_A_WORD = 24


def look_alikes(repair: Repair) -> bool:
    """Report the characters of a text that look like others, or can't be seen.

    True if the rest of the text can only be read with these replaced.
    """
    if _ODD.search(repair.text) is None:
        return False
    spaces, signs = _replacements(repair.text)
    if signs:
        _report_signs(repair, sorted([*spaces, *signs]))
    elif spaces:
        _report_spaces(repair, spaces)
    # What these characters separate is one word or operator without them.
    return bool(signs) or any(
        not edit.text and "".join(_around(repair.text, edit.span)).strip() for edit in spaces
    )


def ascii_look_of(word: str) -> str:
    """Return the ASCII word that a word looks like; empty if there is none."""
    from unicodedata import category, normalize

    look = normalize("NFKC", word).translate(_ASCII_OF)
    if not look.isascii() or re.fullmatch(r"\w+", look) is None:
        return ""
    # A raised digit is not that digit.
    return "" if any(category(char) == "No" for char in word) else look


def _replacements(text: str) -> tuple[list[Edit], list[Edit]]:
    """What replaces the odd spaces of a text, and the characters that look like others."""
    spaces: list[Edit] = []
    signs: list[Edit] = []
    closing: list[str] = []
    for part in _PARTS.finditer(text):
        string, space, word = part.groups()
        written, span = part[0], Span(*part.span())
        if string or (word and word.isascii()):
            continue
        if space:
            spaces.append(Edit(span, "" if _has_no_width(written) else " "))
            continue
        meant = _look_of(text, span) if word else ""
        if not meant and len(written) == 1:
            meant = _meant_by(text, span, closing)
        if meant:
            signs.append(Edit(span, meant))
    return spaces, signs


def _look_of(text: str, span: Span) -> str:
    """What a word looks like; empty for one that is probably a word of its own script."""
    from unicodedata import normalize

    word = text[slice(*span)]
    look = ascii_look_of(word)
    own = normalize("NFKC", word) == word and not re.search(r"[A-Za-z]", word)
    if own and _COMPARED.search(text, max(0, span.start - _BEFORE_A_WORD), span.start):
        return ""
    return look


def _meant_by(text: str, span: Span, closing: list[str]) -> str:
    """What one character means where it is; empty if it is not a sign, or part of a word."""
    from unicodedata import category, normalize

    sign, (before, after) = text[span.start], _around(text, span)
    if any(char.isalpha() and not ascii_look_of(char) for char in (before, after)):
        return ""
    if sign in _PUNCTUATION and before.isalpha():
        return ""
    if sign in _DOTS:
        inside = before.isalnum() and after.isalpha()
        return "." if inside else "*" if sign in _PRODUCTS and before.isspace() else ""
    if sign in _BRACKETS:
        if _BRACKETS[sign] == "]":
            return closing.pop() if closing else "]"
        is_step = before.isalnum() or before in {"_", "]"}
        closing.append("]" if is_step else ")")
        return "[" if is_step else "("
    if sign in _SIGNS:
        return _SIGNS[sign]
    plain = normalize("NFKC", sign)
    is_plain = len(plain) == 1 and plain.isascii() and category(sign)[0] in "PS"
    return plain if is_plain else ""


def _report_signs(repair: Repair, edits: list[Edit]) -> None:
    text = repair.text
    # Those next to each other are read as one.
    end, meant, others = edits[0].span.end, edits[0].text, 0
    for edit in edits[1:]:
        if edit.span.start == end and not others:
            end, meant = edit.span.end, meant + edit.text
        else:
            others += 1
    first = Span(edits[0].span.start, end)
    written = text[slice(*first)]
    if not written.strip():
        visible = next(edit for edit in edits if text[slice(*edit.span)].strip() and edit.text)
        first, meant, written = visible.span, visible.text, text[slice(*visible.span)]
    safe = all(text[edit.span.start] in _OPERATORS or edit.text == " " for edit in edits)
    fixed = apply_edits(text, edits)
    help = f"write {shorten(fixed.strip(), 80)}" if others else f"write `{meant}`"
    message = f"`{shorten(written)}` looks like `{meant}`, and is not ASCII"
    if written in _OPERATORS and not _looks_alike(written):
        message = f"`{written}` is not a valid operator"
    repair.error("E108", message, first, help, Fix(tuple(edits), safe))


def _looks_alike(sign: str) -> bool:
    from unicodedata import normalize

    return normalize("NFKC", sign).isascii()


def _report_spaces(repair: Repair, edits: list[Edit]) -> None:
    from unicodedata import name

    text, first = repair.text, edits[0]
    char = text[first.span.start]
    inside = [edit for edit in edits if _is_inside_a_word(text, edit.span)]
    shown = f"U+{ord(char):04X} ({name(char, 'a control character').lower()})"
    message = f"{shown} is not an allowed space"
    if len(edits) > 1:
        message += f", and {len(edits) - 1:,} more"
    help = "write an ordinary space" if first.text else "remove it"
    # Inside a word it was probably copied along; it may still be a space.
    repair.error("E107", message, first.span, help, Fix(tuple(edits), safe=not inside))


def _is_inside_a_word(text: str, span: Span) -> bool:
    around = "".join(_around(text, span))
    return re.fullmatch(r"\w\w", around) is not None and _has_no_width(text[slice(*span)])


def _around(text: str, span: Span) -> tuple[str, str]:
    """The characters before and behind, each empty at an end of the text."""
    return text[max(0, span.start - 1) : span.start], text[span.end : span.end + 1]


def _has_no_width(spaces: str) -> bool:
    from unicodedata import category

    return all(category(char) == "Cf" for char in spaces)
