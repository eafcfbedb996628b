"""Frozen records with named fields, without ``dataclasses`` and ``typing``.

Importing ``dataclasses`` takes as long as starting the interpreter. Each dataclass adds a third of
a millisecond. A command that checks one filter can't wait for either. A record declares its fields
as a dataclass does; its ``__init__`` is generated at the first call, not at import::

    class Bound(Record, metaclass=record):
        lower: bool
        number: float = 0.0

``record`` is a function, so that the class of ``Bound`` is ``type``: ``isinstance`` takes twice as
long for a class that has a metaclass of its own.

Fields after ``_: KW_ONLY`` are keyword-only and are left out of ``match`` patterns.

Two records are equal if they have the same class and equal fields in ``compared``; ``repr`` shows
the fields in ``shown``. Both are keywords of the class and default to its ``__match_args__``; a
class without either inherits its parent's.

How a record is frozen: ``__init__`` fills an instance of a hidden, assignable subclass, the
*draft*, and then sets its final class. A frozen dataclass makes one call per field instead. The
parser fills drafts itself (``draft_of``), in a fifth of the time.

``NamedTuple`` replaces that of ``typing``, for the same reason. A module that every start imports
puts names from ``typing`` that only type checkers need under ``if TYPE_CHECKING``. That name is a
constant of the module: type checkers know it by its name.
"""

from __future__ import annotations

from collections import namedtuple
from operator import attrgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, NoReturn, Self, TypeVar, dataclass_transform
    from typing import NamedTuple as NamedTuple  # noqa: PLC0414 (it is there to be imported)

    RecordT = TypeVar("RecordT", bound="Record")
    record = type
    _Signature: Any = None
else:

    def dataclass_transform(**_):
        """Mark a class for type checkers."""
        return lambda record: record

    #: The default of a field that has none.
    _REQUIRED = object()

    def record(name, bases, body, **options):
        """Make a class with slots and an ``__init__`` that is generated at its first call."""
        fields = {}
        for base in bases:
            fields |= base._fields
        own, positional = [], []
        if "__slots__" not in body:
            by_keyword = False
            for field, annotation in body.get("__annotations__", {}).items():
                if annotation == "KW_ONLY":
                    by_keyword = True
                    continue
                fields[field] = body.pop(field, _REQUIRED), by_keyword
                own.append(field)
                positional += [] if by_keyword else [field]
            body["__slots__"] = tuple(own)
        if positional:
            body.setdefault("__match_args__", tuple(positional))
        body["_fields"] = fields
        made = type(name, bases, body, **options)
        if own:
            made.__init__ = _deferred_init(made)
        return made

    def _deferred_init(made):
        def make_and_call(self, *values, **named):
            _make_init(made)
            made.__init__(self, *values, **named)

        make_and_call.record = made
        return make_and_call

    def _make_init(made):
        """Generate an ``__init__`` that sets all fields, as fast as a handwritten one."""
        given = {False: ["self"], True: []}
        namespace = {}
        for name, (default, by_keyword) in made._fields.items():
            given[by_keyword].append(name if default is _REQUIRED else f"{name}=_{name}")
            namespace[f"_{name}"] = default
        parameters = ", ".join([*given[False], *(["*"] if given[True] else []), *given[True]])
        lines = [f"self.{name} = {name}" for name in made._fields]
        lines.append("self.__class__ = self._record")
        source = f"def __init__({parameters}):\n    " + "\n    ".join(lines)
        exec(source, namespace)  # noqa: S102 (names of fields in this package)
        made.__init__ = namespace["__init__"]

    class _Signature:
        """The parameters of a class, for ``inspect``: those of its ``__init__``, once made."""

        def __get__(self, _, owner):
            from inspect import signature

            deferred = getattr(owner.__init__, "record", None)
            if deferred is not None:
                _make_init(deferred)
            found = signature(owner.__init__)
            return found.replace(parameters=[*found.parameters.values()][1:])

    class _NamedTuples(type):
        """Metaclass that passes annotated fields to ``collections.namedtuple``."""

        def __new__(cls, name, _bases, body):
            fields = body.pop("__annotations__")
            defaults = [body.pop(field) for field in fields if field in body]
            made = namedtuple(  # noqa: PYI024 (the other one is in `typing`)
                name, fields, defaults=defaults, module=body.pop("__module__")
            )
            made.__annotations__ = fields
            for each, value in body.items():
                setattr(made, each, value)
            return made

    NamedTuple = type.__new__(_NamedTuples, "NamedTuple", (), {})


@dataclass_transform(frozen_default=True)
class Record:
    """Base class of records: equality, hash, ``repr`` and copies of a frozen value."""

    __slots__ = ()
    __signature__ = _Signature()
    __match_args__: ClassVar[tuple[str, ...]] = ()

    #: The default of each field, and whether it is keyword-only; those of the parents first.
    _fields: ClassVar[dict[str, tuple[object, bool]]] = {}
    #: All fields, those of the parents first.
    _names: ClassVar[tuple[str, ...]] = ()
    _shown: ClassVar[tuple[str, ...]] = ()
    #: Gets the values that equality and hash use from a record.
    _key: ClassVar[Any] = staticmethod(lambda _: ())
    _draft: ClassVar[type[Any]]
    _record: ClassVar[type[Any]]

    def __init_subclass__(
        cls, compared: tuple[str, ...] | None = None, shown: tuple[str, ...] | None = None
    ) -> None:
        if "__setattr__" in cls.__dict__:
            return
        if "__slots__" not in cls.__dict__:
            raise TypeError(f"{cls.__name__} must be written with metaclass=record")
        cls._names = (*cls._names, *cls.__dict__.get("__slots__", ()))
        compared = cls.__dict__.get("__match_args__") if compared is None else compared
        if compared is not None:
            cls._shown = compared if shown is None else shown
            cls._key = attrgetter(*compared)
        cls._record = cls
        # Set both: otherwise Python looks one up by name at each assignment, at four times the
        # cost.
        opened = {
            "__slots__": (),
            "__setattr__": object.__setattr__,
            "__delattr__": object.__delattr__,
        }
        cls._draft = type(cls.__name__, (cls,), opened)

    def __new__(cls, *_: object, **__: object) -> Self:
        draft: Self = object.__new__(cls._draft)
        return draft

    def __init__(self) -> None:
        self.__class__ = self._record

    def __setattr__(self, name: str, value: object) -> NoReturn:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        equal: bool = self._key(self) == self._key(other)
        return equal

    def __hash__(self) -> int:
        return hash(self._key(self))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown)
        return f"{type(self).__qualname__}({fields})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _new_record, (type(self), tuple(getattr(self, name) for name in self._names))

    def __replace__(self, **changes: object) -> Self:
        values = {name: getattr(self, name) for name in self._names}
        unknown = changes.keys() - values.keys()
        if unknown:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}")
        return _new_record(type(self), tuple((values | changes).values()))


def draft_of(record: type[Record]) -> Any:
    """Return the draft class of a record class, whose instances are still assignable.

    Create instances with ``object.__new__``; set their final class when all fields are filled.
    """
    return record._draft  # noqa: SLF001 (a part of this module)


def _new_record(record: type[RecordT], values: tuple[Any, ...]) -> RecordT:
    made: Any = object.__new__(draft_of(record))
    for name, value in zip(record._names, values, strict=True):  # noqa: SLF001
        setattr(made, name, value)
    made.__class__ = record
    closed: RecordT = made
    return closed


def replace(record: RecordT, **changes: object) -> RecordT:
    """Return a copy with other values in some fields; an unknown field raises ``TypeError``."""
    return record.__replace__(**changes)
