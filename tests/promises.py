"""What a safe fix promises, read from the texts before and after without the product's own lexer.

The words of other languages that an operator may replace, and everything else that may be
rewritten, are listed here by name once more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from unicodedata import category

from pnfilter import Diagnostic, FilterSyntaxError, Severity, check, compile, fix, parse

_QUOTES = "“”„‟‘’‚‛«»‹›`´＂＇"
_LEXEME = re.compile(
    r"(?P<string>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    rf"|(?P<quoted>[{_QUOTES}][^{_QUOTES}\"'\r\n]*[{_QUOTES}\"'])"
    r"|(?P<uuid>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)"
    # A step after a dot is no fraction: data.a.0.1 has two. Names have letters of any script.
    r"|(?P<step>(?<=(?u:[\w\])])\.)\d+(?!\w))"
    r"|(?P<fraction>(?<!(?u:[\w\])]))\.\d+(?!\w))"
    r"|(?P<number>\d+(?:\.(?![A-Za-z_])\d*)?(?:e[+-]?\d+)?(?![a-z0-9_]))"
    r"|(?P<stuck>(?<!(?u:[\w\])])\.)\d+(?:\.\d*)?(?=(?:like|contains)\b))"
    r"|(?P<word>\w+)"
    r"|(?P<sign>[=&|<>]+|\S)",
    re.IGNORECASE | re.ASCII,
)
#: Rewrite "operators": words that stand for an operator, or for a part of one.
_OPERATOR_WORDS = frozenset(
    "and or not in nin notin is eq equals equal to ne neq does different from differs gt greater "
    "than more above gte ge at least lt less below lte le most includes include has ilike mod "
    "between like "
    "contains contain notcontains notcontain doesnotcontain ncontains notlike nlike notilike".split()
)
#: Rewrite "prefixes".
_PREFIXES = frozenset({"data", "meta"})
#: What no word that has got quotes may hold, unless it is an address.
_STRANGE = re.compile(r"[;,:?&|()=<>\"'\[\]{}]")


class Atom(NamedTuple):
    """A string, a number or a word of a text."""

    kind: str
    value: str


def atoms(text: str) -> Iterator[Atom]:
    """The strings, numbers and words of a text, in their order."""
    for match in _LEXEME.finditer(text):
        written = match[0]
        match match.lastgroup:
            case "string":
                # Rewrites "quotes" and "wildcards".
                yield Atom("string", re.sub(r"\\(.)", r"\1", written[1:-1]).replace("%", "*"))
            case "quoted":
                yield Atom("string", written[1:-1].replace("%", "*"))
            case "word" | "uuid":
                yield Atom("word", written)
            case "sign":
                # Letters of other scripts.
                if written.isalpha():
                    yield Atom("word", written)
            case _:
                # Rewrite "numbers".
                number = f"0{written}" if written[0] == "." else written
                yield Atom("number", f"{number}0" if number[-1] == "." else number)


def _is_operator(word: str) -> bool:
    lower = word.lower()
    return lower.replace("_", "") in _OPERATOR_WORDS or lower in _PREFIXES or _is_nearly(lower)


def _is_nearly(word: str) -> bool:
    """Whether most letters of a word, in any order, are those of a keyword."""
    return any(
        sum((Counter(word) & Counter(keyword)).values()) >= len(keyword) - 2
        and abs(len(word) - len(keyword)) <= 2
        for keyword in ("like", "contains")
    )


def hold_for_fixes(text: str) -> bool:
    """The promises about all safe fixes of a text. Whether it has any."""
    before = check(text)
    fixed = fix(text)
    is_offered = any(each.fix is not None and each.fix.safe for each in before)
    assert is_offered == (fixed != text), "what is called safe is applied, and nothing else"
    _hold_for_unsafe(text, fixed)
    if not is_offered:
        return False
    try:
        parse(fixed)
    except FilterSyntaxError as error:
        raise AssertionError(f"what is fixed is a filter: {fixed!r}") from error
    assert fix(fixed) == fixed, f"fix is stable: {fixed!r}"
    after = check(fixed)
    assert not any(each.fix is not None and each.fix.safe for each in after), "nothing is left"
    for each in _introduced(text, before, fixed, after):
        raise AssertionError(f"a fix brings no warning with it: {fixed!r} has {each}")
    _hold_for_atoms(text, fixed)
    return True


def hold_for_verdicts(text: str, messages: Sequence[dict[str, Any]]) -> None:
    """Safe fixes of a filter change no verdict, unless a prefix gets another case."""
    fixed = fix(text)
    if fixed == text or "W411" in {each.code for each in check(text)}:
        return
    old, new = compile(text), compile(fixed)
    for message in messages:
        assert new.evaluate(message) is old.evaluate(message), f"the same verdict: {fixed!r}"


def _hold_for_unsafe(text: str, fixed: str) -> None:
    changed = fix(text, unsafe=True)
    if changed != text:
        try:
            parse(changed)
        except FilterSyntaxError as error:
            raise AssertionError(f"unsafe fixes make a filter too: {changed!r}") from error
    assert changed != text or fixed == text, "who asks for all fixes gets the safe ones"


def _hold_for_atoms(text: str, fixed: str) -> None:
    old, new = list(atoms(text)), list(atoms(fixed))
    written = Counter(old)
    left = Counter(new)
    added = left - written
    for atom, times in added.items():
        if atom.kind == "string":
            # Rewrite "quotes": it was one word or several without them.
            left.update([*atoms(atom.value.strip("*"))] * times)
            if atom not in written:
                _hold_for_quotes(text, atom.value)
    # Rewrite "repetition" only makes more of what is there.
    lost = written - left
    assert not [atom for atom in lost if atom.kind != "word"], f"{lost} is lost: {fixed!r}"
    assert all(_is_operator(atom.value) for atom in lost), f"{lost} is lost: {fixed!r}"
    for atom in added:
        if atom.kind == "string":
            continue
        is_known = atom.kind == "word" and (_is_operator(atom.value) or atom.value in _PREFIXES)
        assert atom in written or is_known, f"{atom} is new: {fixed!r}"
    new_paths = set(_paths(fixed)) - set(_paths(text)) - {("LIKE",), ("CONTAINS",)}
    assert not new_paths, f"paths {new_paths} are new: {fixed!r}"
    # Rewrite "membership": its sides change places.
    if not re.search(r"\bn?in\b|notin|not_in|[∈∉]", text, re.IGNORECASE):
        kept = [atom for atom in old if atom.kind == "string" or not _is_operator(atom.value)]
        rest = iter(_words(new))
        assert all(word in rest for word in _words(kept)), f"in another order: {fixed!r}"


def _hold_for_quotes(text: str, content: str) -> None:
    """What has got quotes was written without them, and can't have been anything but a string."""
    assert "://" in content or not _STRANGE.search(content), f"quotes round {content!r}"
    unquoted = re.escape(content).replace(r"\*", "[*%]")
    assert re.search(rf"(\b|\W){unquoted}(?!\w)", text), f"a new string {content!r}"
    is_step = re.search(rf"\.\s*{unquoted}", text) or not content[:1].isdigit()
    kinds = {each.kind for each in atoms(content.strip("*"))}
    is_address = re.fullmatch(r"[^@\s]+@[^@\s]+", content)
    assert is_step or is_address or kinds == {"word"}, f"no number {content!r}"


_STRING = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
_STEP = (
    r"(?:\??\.|(?<=data|meta):(?=\w)|(?:\??\.)?\s*\[)\s*"
    rf"(\w+|{_STRING}|[{_QUOTES}][^{_QUOTES}\"']*[{_QUOTES}\"'])\s*\]?"
)
_QUOTED = rf"{_STRING}|[{_QUOTES}][^{_QUOTES}\"']*[{_QUOTES}\"']"
#: A word that joins or negates begins no path: what is in brackets behind it is another.
_JOINING = r"(?i:and|or|not)\b(?=\s+\[)"
_PATH = re.compile(
    rf"{_QUOTED}|(?P<path>(?<![\w\])]\.)(?<!\w)(?:{_JOINING}|[^\W\d]\w*(?:\s*{_STEP})*))"
)


def _paths(text: str) -> Iterator[tuple[str, ...]]:
    """The paths of a text, also of one name, without ``data`` and ``meta`` at the start."""
    # Characters of no width part nothing.
    for match in _PATH.finditer("".join(char for char in text if category(char) != "Cf")):
        if path := match["path"]:
            first, *_ = re.findall(r"\w+", path)
            keys = [
                key if re.fullmatch(r"\w+", key) else key[1:-1] for key in re.findall(_STEP, path)
            ]
            yield tuple(keys if keys and first.lower() in _PREFIXES else [first, *keys])


def _words(parts: list[Atom]) -> list[str]:
    # A string has its numbers as they were written, without the zeros that atoms have.
    texts = [
        atom.value.removeprefix("0.").removesuffix(".0") if atom.kind == "number" else atom.value
        for atom in parts
    ]
    return [word for text in texts for word in re.findall(r"(?a:\w+)|[^\W]", text)]


def _introduced(
    text: str, before: Sequence[Diagnostic], fixed: str, after: Sequence[Diagnostic]
) -> Iterator[Diagnostic]:
    known = Counter(each.code for each in before)
    now = Counter(each.code for each in after)
    was_filter = Severity.ERROR not in {each.severity for each in before}
    conditions = list(_conditions(fixed))
    for each in after:
        if each.severity is Severity.INFO or now[each.code] <= known[each.code]:
            continue
        if was_filter:
            yield each
            continue
        start, end = each.span
        if each.code == "W457" and re.search(
            rf"\b{fixed[start:end].split('[', maxsplit=1)[0]}", text
        ):
            # A name without a prefix, where the author wrote it, beside others with one.
            continue
        about = [part for part in conditions if part[0] <= start and end <= part[1]]
        # Errors had hidden it, if it is about one condition that is as it was.
        if not about or not _occurs(_canonical(fixed[slice(*about[0])]), _canonical(text)):
            yield each


def _canonical(text: str) -> list[str]:
    """The parts of a text without quotes, dots and brackets, in the spelling that is fixed to."""
    parts = []
    for match in _LEXEME.finditer(text):
        written = match[0]
        if match.lastgroup in {"string", "quoted"}:
            parts.append(re.sub(r"\\(.)", r"\1", written[1:-1]))
        elif match.lastgroup == "sign":
            parts.append("==" if set(written) == {"="} else written)
        else:
            is_fixed = written.lower() in {"like", "contains", "data", "meta"}
            parts.append(written.lower() if is_fixed else written)
    return [part for part in parts if part not in set("()[].!") and part.isprintable()]


def _occurs(part: list[str], whole: list[str]) -> bool:
    return any(whole[start : start + len(part)] == part for start in range(len(whole)))


def _conditions(text: str) -> Iterator[tuple[int, int]]:
    """The places between junctions, by their signs alone."""
    start = 0
    for match in _LEXEME.finditer(text):
        if match[0] in {"&&", "||"}:
            yield start, match.start()
            start = match.end()
    yield start, len(text)
