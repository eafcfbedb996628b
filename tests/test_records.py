"""Records are what frozen dataclasses with slots are, to those who use them."""

from __future__ import annotations

import copy
import inspect
import pickle
import typing
from dataclasses import KW_ONLY, FrozenInstanceError, dataclass
from typing import Any

import pytest

from pnfilter.records import NamedTuple, Record, draft_of, record, replace


class Point(Record, metaclass=record):
    x: int
    y: int = 0


class Named(Point, metaclass=record, compared=("x", "y"), shown=("x", "name")):
    """It has a field more, which doesn't count, and shows what it likes."""

    _: KW_ONLY
    name: str = ""


class Renamed(Named, metaclass=record):
    pass


class Empty(Record, metaclass=record):
    pass


@dataclass(frozen=True, slots=True)
class Reference:
    x: int
    y: int = 0


def test_fields_are_given_by_position_or_by_name() -> None:
    record = Named(1, y=2, name="a")
    assert (record.x, record.y, record.name) == (1, 2, "a")
    assert (Named(x=1).y, Named(1).name) == (0, "")
    assert Named.__match_args__ == Point.__match_args__ == ("x", "y")
    for wrong in ({}, {"x": 1, "z": 2}):
        with pytest.raises(TypeError, match="__init__"):
            Point(**wrong)
    with pytest.raises(TypeError, match="positional"):
        Named(1, 2, "a")  # type: ignore[call-arg]


def test_the_class_of_a_record_is_type_as_isinstance_is_slow_for_any_other() -> None:
    assert {type(each) for each in (Record, Point, Renamed, draft_of(Point))} == {type}


def test_a_class_that_is_not_made_by_record_is_an_error() -> None:
    with pytest.raises(TypeError, match="Third must be written with metaclass=record"):

        class Third(Point):
            z: int = 0


def test_signatures_are_those_of_the_fields() -> None:
    shown = [str(inspect.signature(record)) for record in (Point, Renamed)]
    assert shown == ["(x, y=0)", "(x, y=0, *, name='')"]


def test_equality_and_hash_are_those_of_the_class_and_its_fields() -> None:
    assert Point(1, 2) == Point(1, 2)
    assert hash(Point(1, 2)) == hash(Point(1, 2)) == hash(Reference(1, 2))
    assert Point(1, 2) != Point(1, 3)
    assert Point(1, 2) != Named(1, 2)
    assert Point(1, 2) != (1, 2)
    assert Empty() == Empty()
    assert len({Point(1), Point(1), Empty(), Empty()}) == 2


def test_a_field_that_does_not_count() -> None:
    assert Named(1, name="a") == Named(1, name="b")
    assert hash(Named(1, name="a")) == hash(Named(1, name="b"))
    assert Named(1, name="a") != Named(2, name="a")


def test_a_class_without_fields_of_its_own_is_compared_and_shown_as_its_parent() -> None:
    assert Renamed(1, name="a") == Renamed(1, name="b")
    assert Renamed(1) != Named(1)
    assert type(Renamed(1)) is Renamed
    assert repr(Renamed(1, name="a")) == "Renamed(x=1, name='a')"


def test_repr() -> None:
    assert repr(Point(1, 2)) == repr(Reference(1, 2)).replace("Reference", "Point")
    assert repr(Named(1, 2, name="a")) == "Named(x=1, name='a')"
    assert repr(Empty()) == "Empty()"


@pytest.mark.parametrize("name", ["x", "name", "other", "__class__"])
def test_a_record_does_not_change(name: str) -> None:
    record = Named(1, 2, name="a")
    with pytest.raises(FrozenInstanceError, match=f"cannot assign to field '{name}'"):
        setattr(record, name, 5)
    with pytest.raises(FrozenInstanceError, match=f"cannot delete field '{name}'"):
        delattr(record, name)
    assert (record.x, record.y, record.name) == (1, 2, "a")
    assert type(record) is Named
    assert not hasattr(record, "__dict__")


def copied(record: Any) -> Any:
    return pickle.loads(pickle.dumps(record))


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, copied])
@pytest.mark.parametrize("record", [Point(1, 2), Named(1, 2, name="a"), Empty()])
def test_copies_have_every_field_and_do_not_change_either(way: Any, record: Record) -> None:
    other = way(record)
    assert type(other) is type(record)
    assert other == record
    assert getattr(other, "name", "") == getattr(record, "name", "")
    with pytest.raises(FrozenInstanceError):
        other.x = 5


def test_replace() -> None:
    record = Named(1, 2, name="a")
    other = replace(record, y=3)
    assert (other.x, other.y, other.name) == (1, 3, "a")
    assert type(other) is Named
    assert (record.y, replace(record)) == (2, record)
    with pytest.raises(TypeError, match="Named has no field a, z"):
        replace(record, z=1, x=2, a=3)


def test_fields_in_patterns() -> None:
    match Named(1, 2, name="a"):
        case Point(x, y, name="a"):
            assert (x, y) == (1, 2)
        case _:
            pytest.fail("no match")


def test_a_draft_can_be_filled_until_it_is_closed() -> None:
    draft = object.__new__(draft_of(Point))
    draft.y = 2
    draft.x = 1
    draft.__class__ = Point
    assert draft == Point(1, 2)
    # If one of them were of Python, setting a field would be slow.
    for name in ("__setattr__", "__delattr__"):
        assert getattr(draft_of(Point), name) is getattr(object, name)
    with pytest.raises(FrozenInstanceError):
        draft.x = 5


def test_wrong_arguments_are_those_of_the_function() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        Point(1, z=2)  # type: ignore[call-arg]


class Place(NamedTuple):
    """A place."""

    line: int
    column: int = 1

    def shown(self) -> str:
        return f"{self.line}:{self.column}"


class ReferencePlace(typing.NamedTuple):
    """A place."""

    line: int
    column: int = 1


def test_named_tuples_are_those_of_typing() -> None:
    place = Place(5)
    assert tuple(place) == ReferencePlace(5) == (5, 1)
    assert repr(place) == repr(ReferencePlace(5)).replace("Reference", "")
    assert (Place.__doc__, Place.__module__) == ("A place.", __name__)
    assert Place._fields == ReferencePlace._fields
    assert typing.get_type_hints(Place) == typing.get_type_hints(ReferencePlace)
    assert Place._field_defaults == ReferencePlace._field_defaults
    assert Place.__match_args__ == ReferencePlace.__match_args__
    assert Place.__mro__[1:] == ReferencePlace.__mro__[1:]
    assert place.shown() == "5:1"
    assert place._replace(column=2) == (5, 2)
    assert copied(place) == place
    assert not hasattr(place, "__dict__")
