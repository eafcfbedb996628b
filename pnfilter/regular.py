r"""Match names against the regular expressions of access tokens, in bounded time.

The expressions come from outside, and Python's ``re`` may not finish for one such as ``(a+)+$``.
RE2, which the service documents, takes time linear in the name. Without its package (google-re2)
every answer is None: only the service knows.

Whether the service matches whole names or searches in them is unverified. Here it is a search, so
that an expression without anchors covers rather more.
"""

from __future__ import annotations

import re
from typing import Any, Final

#: Characters of an expression.
MAX_PATTERN: Final = 500
#: Steps for all decisions with one ``Work``: some tenths of a second in the worst case.
MAX_STEPS: Final = 100_000
#: Bytes that RE2 may use for one expression; one that needs more is not compiled.
_MAX_MEMORY: Final = 128 * 1024
#: Expressions kept compiled; all are dropped when there are more.
_MAX_KEPT: Final = 500
#: Steps to compile an expression: a base, per character, per Unicode class, per instruction
#: compiled to, and for one that is given up.
_COMPILING: Final = 50
_READING: Final = 10
_UNICODE: Final = 300
_INSTRUCTION: Final = 3
_GIVEN_UP: Final = 5_000
#: Instructions times bytes of a name per step. RE2 takes some 20 nanoseconds for each when its
#: automaton gets too many states, and mostly a hundredth of that.
_SPEED: Final = 200
#: An end of an expression that accepts any further characters, or at least so many.
_ANY_END: Final = re.compile(r"\.(?:([*+])|\{([0-9]{1,4}),\})\??\$?\Z")
#: What may come next, for ``\b``: a word character, and one that isn't.
_NEXT: Final = (b"a", b"-")
#: The compiled expressions with their instructions.
_KEPT: Final[dict[str, tuple[Any, int]]] = {}


class Work:
    """A budget: how many steps remain."""

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.left = steps


def require_re2() -> None:
    """Raise ``ImportError``, with what to do, if the package for RE2 is missing."""
    try:
        import re2  # type: ignore[import-untyped] # noqa: F401 - only whether it is there
    except ImportError:
        raise ImportError(
            "patterns in access tokens need google-re2: pip install 'pnfilter[server]'"
        ) from None


def is_readable(pattern: str) -> bool:
    """Return whether ``matches`` can decide: RE2 compiles the expression within the bounds."""
    return _compiled(pattern, Work())[0] is not None


def matches(pattern: str, name: str, work: Work) -> bool | None:
    """Return whether the expression is found in the name; None where only the service knows."""
    return _search(pattern, _bytes(name), work)


def covers(pattern: str, start: str, work: Work) -> bool | None:
    """Return whether the expression is found in every name that is longer than its start.

    True if it is found in the start alone, whatever follows, or if all but a last ``.*`` is. False
    if it is so for another reason, as with ``(a|[^a])*$``. Names have no line end. None if only the
    service knows.
    """
    data = _bytes(start)
    found = [_search(pattern, data + more, work, len(data)) for more in _NEXT]
    if None in found or all(found):
        return None if None in found else True
    end = _ANY_END.search(pattern)
    if end is None or "\\Q" in pattern:
        # After \Q, the end may be literal.
        return False
    before = pattern[: end.start()]
    if (len(before) - len(before.rstrip("\\"))) % 2:
        # The dot is escaped.
        return False
    # A name has at least one more character than its start.
    least = max(int(end[2] or 0) - 1, 0)
    shortened = f"{before}.{{{least},}}" if least else before
    return all(_search(shortened, data + more, work, len(data)) for more in _NEXT)


def _bytes(name: str) -> bytes:
    # No expression matches what is not UTF-8.
    return name.encode("utf-8", "surrogatepass")


def _search(pattern: str, data: bytes, work: Work, end: int | None = None) -> bool | None:
    """Search up to ``end``, where the name goes on. None if too little work is left."""
    work.left -= 1
    if work.left < 0:
        return None
    compiled, size = _compiled(pattern, work)
    work.left -= size * len(data) // _SPEED
    if compiled is None or work.left < 0:
        return None
    return compiled.search(data, 0, end) is not None


def _compiled(pattern: str, work: Work) -> tuple[Any, int]:
    """Return the compiled expression and its size; None and 0 if it is not compiled here."""
    found = _KEPT.get(pattern)
    if found is not None:
        return found
    if len(pattern) > MAX_PATTERN:
        return None, 0
    classes = pattern.count("\\p") + pattern.count("\\P")
    work.left -= _COMPILING + _READING * len(pattern) + _UNICODE * classes
    if work.left < 0:
        return None, 0
    compiled = _compile(pattern)
    size = 0 if compiled is None else compiled.programsize
    work.left -= _GIVEN_UP if compiled is None else _INSTRUCTION * size
    if len(_KEPT) >= _MAX_KEPT:
        _KEPT.clear()
    _KEPT[pattern] = compiled, size
    return compiled, size


def _compile(pattern: str) -> Any:
    try:
        # With the first pattern only: the import takes about 5 ms.
        import re2
    except ImportError:
        return None
    options = re2.Options()
    options.max_mem = _MAX_MEMORY
    options.log_errors = False
    options.never_capture = True
    try:
        return re2.compile(pattern.encode(), options)
    except (re2.error, UnicodeEncodeError):
        return None
