"""Filters of very many subscribers, and messages for them: made up from a seed, always the same.

A service of ``USERS`` users and as many rooms. Of the filters

* 35 in 100 name one user and 25 one room, each with none to three further predicates;
* 10 are alternatives of two or three users and rooms;
* 10 are a window of the price, 0.1 to 1 per cent of all prices wide, of one of ``KINDS`` kinds;
* 10 are a prefix of the title and one further predicate;
* 5 are such a window or a user; the last 5 are as those of one user or, if ``broad``, a bound of
  the price in one kind and a bound of the quantity, which match very often.

A further predicate is a kind, a lowest price, a highest quantity, or a prefix of the title. Of the
messages 20 in 100 are of 100 users and rooms, and 5 in 100 are odd: without metadata, or a field
is missing, null, an array, a boolean, or of another type than the filters expect.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from string import ascii_lowercase
from typing import Any, Final, NamedTuple

DEFAULT_SEED: Final = 20180207
USERS: Final = 50_000
KINDS: Final = 20
PRICES: Final = 1_000_000
QUANTITIES: Final = 100
_HOT: Final = 100
_HOT_SHARE: Final = 0.2
_ODD_SHARE: Final = 0.05
_PREFIX: Final = 3
_TITLE: Final = 8


class Predicate(NamedTuple):
    """A field of the message, an operator and a constant; ``LIKE`` stands for a prefix."""

    field: str
    operator: str
    value: str | int

    def __str__(self) -> str:
        path = f"{'data' if self.field in {'price', 'qty', 'title'} else 'meta'}.{self.field}"
        if self.operator == "LIKE":
            return f'{path} LIKE "{self.value}*"'
        value = f'"{self.value}"' if isinstance(self.value, str) else self.value
        return f"{path} {self.operator} {value}"


#: Alternatives, of which each is a conjunction.
Alternatives = list[list[Predicate]]


def as_text(alternatives: Alternatives) -> str:
    """The filter."""
    parts = [" && ".join(map(str, conjuncts)) for conjuncts in alternatives]
    return parts[0] if len(parts) == 1 else " || ".join(f"({part})" for part in parts)


class _Writer:
    def __init__(self, seed: int) -> None:
        self._source = random.Random(seed)

    def subscriptions(self, count: int, *, broad: bool) -> Iterator[Alternatives]:
        for _ in range(count):
            share = self._source.random()
            if share < 0.35:
                yield [self._narrowed("user")]
            elif share < 0.60:
                yield [self._narrowed("room")]
            elif share < 0.70:
                names = [self._source.choice(("user", "room")) for _ in range(self._few(2, 3))]
                yield [[self._name(field)] for field in names]
            elif share < 0.80:
                yield [[*self._window(), self._kind()]]
            elif share < 0.90:
                yield [[self._prefix(), self._further()]]
            elif share < 0.95:
                yield [self._window(), [self._name("user")]]
            elif broad:
                yield [[self._lowest(), self._kind(), self._highest()]]
            else:
                yield [self._narrowed("user")]

    def _few(self, least: int, most: int) -> int:
        return self._source.randint(least, most)

    def _narrowed(self, field: str) -> list[Predicate]:
        return [self._name(field), *(self._further() for _ in range(self._few(0, 3)))]

    def _name(self, field: str) -> Predicate:
        return Predicate(field, "==", f"{field}-{self._source.randrange(USERS)}")

    def _further(self) -> Predicate:
        make = self._source.choice((self._kind, self._lowest, self._highest, self._prefix))
        return make()

    def _kind(self) -> Predicate:
        return Predicate("kind", "==", f"kind-{self._source.randrange(KINDS)}")

    def _lowest(self) -> Predicate:
        return Predicate("price", ">", self._source.randrange(PRICES))

    def _highest(self) -> Predicate:
        return Predicate("qty", "<", self._source.randrange(1, QUANTITIES))

    def _prefix(self) -> Predicate:
        return Predicate("title", "LIKE", self._word(_PREFIX))

    def _window(self) -> list[Predicate]:
        width = self._source.randrange(PRICES // 1000, PRICES // 100)
        low = self._source.randrange(PRICES - width)
        return [Predicate("price", ">=", low), Predicate("price", "<", low + width)]

    def _word(self, length: int) -> str:
        return "".join(self._source.choices(ascii_lowercase, k=length))

    def message(self) -> dict[str, Any]:
        source = self._source
        names = _HOT if source.random() < _HOT_SHARE else USERS
        meta: Any = {
            "user": f"user-{source.randrange(names)}",
            "room": f"room-{source.randrange(names)}",
            "kind": f"kind-{source.randrange(KINDS)}",
        }
        data: Any = {
            "price": source.randrange(PRICES),
            "qty": source.randrange(QUANTITIES),
            "title": self._word(_TITLE),
        }
        message = {"data": data, "meta": meta}
        if source.random() < _ODD_SHARE:
            self._make_odd(message)
        return message

    def _make_odd(self, message: dict[str, Any]) -> None:
        source = self._source
        oddity = source.randrange(7)
        if oddity == 0:
            message["meta"] = None
            return
        part = message[source.choice(("data", "meta"))]
        field = source.choice(list(part))
        value = part[field]
        others: tuple[Any, ...] = (
            None,
            [value],
            source.random() < 0.5,
            str(value) if isinstance(value, int) else source.randrange(QUANTITIES),
            f"about {value}" if isinstance(value, int) else {"name": value},
        )
        if oddity == 1:
            del part[field]
        else:
            part[field] = others[oddity - 2]


def subscriptions(
    count: int, seed: int = DEFAULT_SEED, *, broad: bool = False
) -> Iterator[Alternatives]:
    """``count`` filters."""
    return _Writer(seed).subscriptions(count, broad=broad)


def messages(count: int, seed: int = DEFAULT_SEED) -> list[dict[str, Any]]:
    """``count`` messages."""
    writer = _Writer(seed + 1)
    return [writer.message() for _ in range(count)]
