r"""Whether a name matches a regular expression of an access token, in bounded time.

Python's ``re`` may take for ever on an expression such as ``(a+)+$``, and these come from outside. So the
expression is read into a list of states, and a name is followed through all of them at once, as Thompson
did it: each letter costs at most some steps for each state, and one where the same letter was met there
before. Steps are counted, and when ``MAX_STEPS`` are used up nothing more is decided. What is read here:
letters, ``.``, classes, ``\d \w \s`` and their opposites, groups, ``|``, ``* + ?`` and ``{m,n}``, and the
anchors ``^`` and ``$``. For anything else the answer is None, "only the service knows", as it is for what
takes too long.

Whether the service matches whole names or searches in them is not known; here it is a search, so that an
expression without anchors covers rather more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from pnfilter.regular.letters import KINDS, Letters, Range, others, within

#: States of one expression.
MAX_STATES: Final = 500
#: Steps for all that is decided with one ``Work``: some tenths of a second at most.
MAX_STEPS: Final = 100_000
#: Groups inside each other.
_MAX_DEPTH: Final = 20
#: Letters and ranges in a class.
_MAX_RANGES: Final = 40
#: What is kept of one expression: states, in all places together, and letters that led somewhere.
_MAX_KEPT: Final = 2_000
#: Letters and states of all expressions that are kept.
_MAX_SIZE: Final = 50_000
#: Steps for each letter of an expression that is read.
_READING: Final = 10


class _Unknown(Exception):
    """The expression has something that isn't read here, or too much of it."""


class _State(NamedTuple):
    """``letters``: what goes on to ``after``; None: all of ``after`` is gone on to without a letter.

    ``anchor``: ``^`` or ``$``, where that is allowed only there.
    """

    after: tuple[int, ...]
    letters: Letters | None = None
    anchor: str = ""


class Work:
    """How many steps may still be taken."""

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.left = steps


def is_readable(pattern: str) -> bool:
    """Whether ``matches`` reads an expression: it has nothing unknown, and not too much of what is known."""
    return _MACHINES.get(pattern, Work(_READING * MAX_STATES)) is not None


def matches(pattern: str, name: str, work: Work) -> bool | None:
    """Whether the expression is found in the name; None where only the service knows."""
    machine = _machine_of(pattern, work)
    place = None if machine is None else machine.follow(name, work)
    return None if place is None else place.is_found_at_end


def covers(pattern: str, start: str, work: Work) -> bool | None:
    """Whether the expression is found in every name that is longer than its start.

    False also where that is so for another reason than a ``.`` for each further letter, as with
    ``(a|[^a])*$``. No name has a line end. None where only the service knows.
    """
    machine = _machine_of(pattern, work)
    place = None if machine is None else machine.follow(start, work)
    seen: set[frozenset[int]] = set()
    while machine is not None and place is not None:
        if place.is_found:
            return True
        place = machine.step_by_any(place, work)
        states = frozenset(place.states)
        if states in seen or not place.is_found_at_end:
            # All lengths were met, or one of them isn't found.
            return place.is_found_at_end
        seen.add(states)
        if work.left < 0:
            return None
    return None


def _machine_of(pattern: str, work: Work) -> _Machine | None:
    work.left -= 1
    return _MACHINES.get(pattern, work) if work.left >= 0 else None


class _Place:
    """The states that may be reached at once: whether the last one is among them, here and at the end of a name.

    ``after``: where letters lead, of those that were met so far.
    """

    __slots__ = ("after", "is_found", "is_found_at_end", "states")

    def __init__(
        self, all_states: tuple[_State, ...], reached: Iterable[int], *, at_start: bool
    ) -> None:
        last = len(all_states) - 1
        self.states = _closure(all_states, set(reached), at_start=at_start, at_end=False)
        at_end = _closure(all_states, set(reached), at_start=at_start, at_end=True)
        self.is_found = last in self.states
        self.is_found_at_end = last in at_end
        self.after: dict[str, _Place] = {}


class _Machine:
    """An expression as it is followed: what was worked out of it once is kept, up to a bound."""

    def __init__(self, states: tuple[_State, ...]) -> None:
        #: How many states there are.
        self.size = len(states)
        self._states = states
        self._places: dict[frozenset[int], _Place] = {}
        self._kept = 0
        self.start = _Place(states, (0,), at_start=True)

    def follow(self, name: str, work: Work) -> _Place | None:
        """Where a name leads, or its first letters that decide; None where that takes too long."""
        place = self.start
        for letter in name:
            if place.is_found:
                break
            following = place.after.get(letter)
            if following is None:
                following = self.step(place, letter, work)
            work.left -= 1
            if work.left < 0:
                return None
            place = following
        return place

    def step_by_any(self, place: _Place, work: Work) -> _Place:
        """Where every letter leads, whichever it is."""
        states = map(self._states.__getitem__, place.states)
        moved = {state.after[0] for state in states if state.letters is _is_any} | {0}
        following = _Place(self._states, moved, at_start=False)
        work.left -= len(place.states) + 2 * len(following.states)
        return following

    def step(self, place: _Place, letter: str, work: Work) -> _Place:
        """Where a letter leads that was not met at this place before."""
        work.left -= len(place.states)
        # A search may begin at each letter.
        moved = frozenset(
            state.after[0]
            for state in map(self._states.__getitem__, place.states)
            if state.letters is not None and state.letters(letter)
        ) | {0}
        if self._kept > _MAX_KEPT:
            self._kept = 0
            self._places.clear()
            self.start.after.clear()
        following = self._places.get(moved)
        if following is None:
            following = self._places[moved] = _Place(self._states, moved, at_start=False)
            work.left -= 2 * len(following.states)
            self._kept += len(following.states)
        self._kept += 1
        place.after[letter] = following
        return following


def _closure(
    states: tuple[_State, ...], reached: set[int], *, at_start: bool, at_end: bool
) -> set[int]:
    found, open_ = set(reached), list(reached)
    while open_:
        state = states[open_.pop()]
        if state.letters is not None:
            continue
        if (state.anchor == "^" and not at_start) or (state.anchor == "$" and not at_end):
            continue
        new = [one for one in state.after if one not in found]
        found.update(new)
        open_ += new
    return found


class _Machines:
    """The expressions that were read, ready to be followed; all are forgotten where they are too many."""

    def __init__(self) -> None:
        self._found: dict[str, _Machine | None] = {}
        self._size = 0

    def get(self, pattern: str, work: Work) -> _Machine | None:
        """An expression; None for what isn't read here, or can't be with the work that is left."""
        try:
            return self._found[pattern]
        except KeyError:
            work.left -= _READING * min(len(pattern), MAX_STATES)
        if work.left < 0:
            return None
        try:
            machine = _Machine(_Reader(pattern).whole())
        except _Unknown:
            machine = None
        if self._size > _MAX_SIZE:
            self._found.clear()
            self._size = 0
        self._found[pattern] = machine
        self._size += len(pattern) + (0 if machine is None else machine.size)
        return machine


_MACHINES: Final = _Machines()


def _is_any(letter: str) -> bool:
    """What ``.`` stands for."""
    return letter != "\n"


#: An expression that was read: it adds its states and returns its first one, given what comes after it.
_Part = Callable[[int], int]


class _Reader:
    """Reads an expression. States are added from the last to the first, as each names what comes after it."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._place = 0
        self._depth = 0
        self._added: list[_State] = []

    def whole(self) -> tuple[_State, ...]:
        """The states, the first of which is the start and the last the end."""
        part = self._alternatives()
        if self._place < len(self._pattern):
            raise _Unknown
        end = self._add(_State(()))
        start = self._add(_State((part(end),)))
        # Turned around: the start is the first then, and the end the last.
        return tuple(
            state._replace(after=tuple(start - one for one in state.after))
            for state in reversed(self._added)
        )

    def _add(self, state: _State) -> int:
        if len(self._added) >= MAX_STATES:
            raise _Unknown
        self._added.append(state)
        return len(self._added) - 1

    def _next(self) -> str:
        return self._pattern[self._place : self._place + 1]

    def _take(self) -> str:
        letter = self._next()
        if not letter:
            raise _Unknown
        self._place += 1
        return letter

    def _taken(self, text: str) -> bool:
        is_there = self._pattern.startswith(text, self._place)
        self._place += len(text) * is_there
        return is_there

    def _alternatives(self) -> _Part:
        parts = [self._sequence()]
        while self._taken("|"):
            parts.append(self._sequence())
        if len(parts) == 1:
            return parts[0]
        return lambda after: self._add(_State(tuple(part(after) for part in parts)))

    def _sequence(self) -> _Part:
        parts: list[_Part] = []
        while self._next() not in ("", "|", ")"):
            parts.append(self._repeated(self._atom()))

        def add(after: int) -> int:
            for part in reversed(parts):
                after = part(after)
            return after

        return add

    def _atom(self) -> _Part:
        letter = self._take()
        match letter:
            case "(":
                return self._group()
            case "^" | "$":
                return lambda after: self._add(_State((after,), anchor=letter))
            case "*" | "+" | "?" | "{":
                raise _Unknown
            case ".":
                return self._one(_is_any)
            case "[":
                return self._one(self._class())
            case "\\":
                return self._one(self._escaped())
            case _:
                return self._one(letter.__eq__)

    def _one(self, letters: Letters) -> _Part:
        return lambda after: self._add(_State((after,), letters))

    def _group(self) -> _Part:
        if self._next() == "?" and not self._taken("?:"):
            raise _Unknown
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _Unknown
        part = self._alternatives()
        if not self._taken(")"):
            raise _Unknown
        self._depth -= 1
        return part

    def _repeated(self, part: _Part) -> _Part:
        least, most = self._times()
        if (least, most) == (1, 1):
            return part
        # A lazy one finds the same names.
        self._taken("?")
        if self._next() and self._next() in "*+?{":
            raise _Unknown

        def add(after: int) -> int:
            if most is None:
                # The place is kept until it is known where one more time begins.
                again = self._add(_State((after,)))
                self._added[again] = _State((part(again), after))
                after = again
            else:
                end = after
                for _ in range(most - least):
                    after = self._add(_State((part(after), end)))
            for _ in range(least):
                before, after = after, part(after)
                if after == before:
                    # Nothing in it: any number of times is as good as once.
                    break
            return after

        return add

    def _times(self) -> tuple[int, int | None]:
        for word, times in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._taken(word):
                return times
        if not self._taken("{"):
            return 1, 1
        inside = "".join(iter(self._take, "}"))
        least, comma, most = inside.partition(",")
        if not all(word.isascii() and word.isdigit() for word in (least, most or "0")):
            raise _Unknown
        if len(inside) > 9:
            raise _Unknown
        if not comma:
            return int(least), int(least)
        if most and int(most) < int(least):
            raise _Unknown
        return int(least), int(most) if most else None

    def _class(self) -> Letters:
        is_negated = self._taken("^")
        ranges: list[Range] = []
        count = 0
        while not count or self._next() != "]":
            count += 1
            ranges += self._ranges()
            if count > _MAX_RANGES:
                raise _Unknown
        self._place += 1
        return within(ranges, is_negated=is_negated)

    def _ranges(self) -> tuple[Range, ...]:
        """The next letter, range or kind in a class."""
        first = self._take()
        if first == "[":
            # A class such as [:alpha:], or an operation on sets.
            raise _Unknown
        if first == "\\":
            return self._escaped_ranges()
        if self._next() != "-" or self._pattern[self._place + 1 : self._place + 2] in ("]", ""):
            return ((first, first),)
        self._place += 1
        last = self._take()
        if last == "\\":
            last = self._take()
            if last.isalnum():
                raise _Unknown
        if last < first:
            # No expression at all.
            raise _Unknown
        return ((first, last),)

    def _escaped(self) -> Letters:
        return within(self._escaped_ranges(), is_negated=False)

    def _escaped_ranges(self) -> tuple[Range, ...]:
        letter = self._take()
        kind = KINDS.get(letter.lower())
        if kind is not None:
            return kind if letter.islower() else others(kind)
        if letter.isalnum():
            raise _Unknown
        return ((letter, letter),)
