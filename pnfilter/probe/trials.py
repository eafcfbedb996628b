"""What the probe asks: filters, and for each the messages on which the readings differ.

Every filter reads fields of its own. So one published message is a trial of all filters at once,
and the number of messages is that of the filter with the most trials.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from pnfilter.semantics import Reason


class Fields(NamedTuple):
    """The part of a message that one filter reads: keys of the payload and of the metadata."""

    data: dict[str, Any] = {}  # noqa: RUF012 (a tuple's default; nothing changes it)
    meta: dict[str, Any] = {}  # noqa: RUF012


class Trial(NamedTuple):
    """A message for one filter: whether it is delivered is part of the answer to ``name``.

    ``name`` is that of a question or of a rule. ``form``: an ordinary message, one ``bare`` of
    metadata, or a ``signal``.
    """

    name: str
    fields: Fields
    form: str = "message"


class Subject(NamedTuple):
    """A filter with its trials, and its controls.

    The message ``arrives`` must be delivered and ``rejected`` must not be, whatever the readings.
    """

    filter: str
    arrives: Fields
    rejected: Fields
    trials: tuple[Trial, ...]


class KnownRule(NamedTuple):
    """A definite rule that everyday filters rest on: the probe confirms or contradicts it."""

    name: str
    claim: str


#: Rules that the probe asks about, in the order in which everyday filters need them.
RULES: Final = (
    KnownRule("equality", "`==` is exact: case counts, and a missing field equals nothing"),
    KnownRule("metadata", "`meta.x` reads the metadata, and a bare name does"),
    KnownRule("number-order", "numbers are ordered by value, also one that is written as text"),
    KnownRule("and-or", "`&&` goes before `||`"),
    KnownRule("not", "`!` before parentheses turns a verdict round, also of a missing field"),
    KnownRule("like", "LIKE ignores case, and fits the whole text"),
    KnownRule("set-contains", "a set contains a value that equals an element"),
    KnownRule("contains", "CONTAINS finds an element of an array, and a part of a text"),
    KnownRule("paths", "paths lead into objects and arrays"),
    KnownRule("arithmetic", "`%` gives the remainder, and `+` adds"),
)


def _data(**data: Any) -> Fields:
    return Fields(data=data)


def _meta(**meta: Any) -> Fields:
    return Fields(meta=meta)


def _asks(reason: Reason, *trials: Fields, form: str = "message") -> tuple[Trial, ...]:
    return tuple(Trial(reason.value, fields, form) for fields in trials)


def _tests(name: str, *trials: Fields) -> tuple[Trial, ...]:
    return tuple(Trial(name, fields) for fields in trials)


#: Filters that ask questions, those first that everyday filters meet most often.
_QUESTIONING: Final = (
    Subject(
        'data.md != "x"',
        _data(md="y"),
        _data(md="x"),
        _asks(Reason.MISSING_DIFFERS, _data()),
    ),
    Subject(
        'meta.mm != "x"',
        _meta(mm="y"),
        _meta(mm="x"),
        (
            *_asks(Reason.MISSING_DIFFERS, _meta()),
            *_asks(Reason.NO_METADATA, _meta(), form="bare"),
        ),
    ),
    Subject(
        "data.nt == 5",
        _data(nt=5),
        _data(nt=6),
        _asks(Reason.NUMBER_AND_TEXT, _data(nt="5"), _data(nt="5.0")),
    ),
    # Nothing is known to match `== true`: the control is delivered by the other condition.
    Subject(
        'data.bo == true || data.bc == "y"',
        _data(bo="n", bc="y"),
        _data(bo="n", bc="n"),
        _asks(
            Reason.BOOLEAN_EQUALITY,
            _data(bo=True, bc="n"),
            _data(bo="true", bc="n"),
            _data(bo=1, bc="n"),
        ),
    ),
    Subject(
        "data.bv",
        _data(bv=True),
        _data(bv=False),
        _asks(Reason.BARE_VALUE, _data(bv="x"), _data(bv=[])),
    ),
    Subject("!data.nv", _data(nv=False), _data(nv=True), _asks(Reason.NEGATED_VALUE, _data())),
    Subject(
        'data.to < "9"',
        _data(to=5),
        _data(to=10),
        _asks(Reason.TEXT_ORDERING, _data(to="10"), _data(to="5")),
    ),
    Subject("data.tn > 5", _data(tn=6), _data(tn=4), _asks(Reason.TEXT_ORDERING, _data(tn="x"))),
    Subject(
        'data.ae == "x"',
        _data(ae="x"),
        _data(ae="y"),
        _asks(Reason.ARRAY_EQUALITY, _data(ae=["x", "y"]), _data(ae=["x"])),
    ),
    # The text "6,1" is not less than 5, however strings are ordered.
    Subject(
        "data.ao < 5",
        _data(ao=4),
        _data(ao=6),
        _asks(Reason.ARRAY_ORDERING, _data(ao=[6, 1]), _data(ao=[4])),
    ),
    Subject(
        'data.ls LIKE "5*"',
        _data(ls="5x"),
        _data(ls="6x"),
        _asks(Reason.LIKE_SCALAR, _data(ls=55)),
    ),
    Subject(
        "data.cs CONTAINS 5",
        _data(cs="155"),
        _data(cs="166"),
        _asks(Reason.CONTAINS_IN_SCALAR, _data(cs=155)),
    ),
    Subject(
        'data.ck CONTAINS "x"',
        _data(ck="axb"),
        _data(ck="b"),
        _asks(Reason.CONTAINS_KEY, _data(ck={"x": 1})),
    ),
    Subject(
        "data.ja == data.jb",
        _data(ja="s", jb="s"),
        _data(ja="s", jb="t"),
        (
            *_asks(Reason.BOTH_MISSING, _data()),
            *_asks(Reason.JSON_EQUALITY, _data(ja={"k": 1}, jb={"k": 1})),
        ),
    ),
    Subject(
        "data.ma + 1 != 2",
        _data(ma=5),
        _data(ma=1),
        _asks(Reason.MISSING_IN_ARITHMETIC, _data()),
    ),
    Subject(
        "data.na / data.nb != 1",
        _data(na=4, nb=2),
        _data(na=2, nb=2),
        _asks(Reason.NO_RESULT, _data(na=1, nb=0)),
    ),
    Subject(
        "data.ca CONTAINS data.cb",
        _data(ca="abc", cb="b"),
        _data(ca="abc", cb="z"),
        (
            *_asks(
                Reason.CONTAINS_CONTAINER,
                _data(ca=["x"], cb=["x"]),
                _data(ca=[{"k": 1}], cb={"k": 1}),
            ),
            *_asks(Reason.CONTAINS_BOOLEAN, _data(ca="untrue", cb=True)),
        ),
    ),
    Subject(
        "data.pa LIKE data.pb",
        _data(pa="xy", pb="XY"),
        _data(pa="xy", pb="q"),
        (
            *_asks(Reason.PATTERN_FROM_MESSAGE, _data(pa="xy", pb="x*")),
            *_asks(Reason.PATTERN_NOT_TEXT, _data(pa="5", pb=5)),
        ),
    ),
    # The first signal is delivered by every reading: without it the other says nothing.
    Subject(
        'data.ek == "x"',
        _data(ek="x"),
        _data(ek="z"),
        _asks(Reason.EVENT_KIND, _data(ek="x"), _data(ek="y"), form="signal"),
    ),
)
#: Filters that test rules.
_TESTING: Final = (
    Subject(
        'data.eq == "x"', _data(eq="x"), _data(eq="y"), _tests("equality", _data(eq="X"), _data())
    ),
    Subject(
        'meta.mr == "x"',
        _meta(mr="x"),
        _meta(mr="y"),
        _tests("metadata", Fields({"mr": "x"}, {}), _meta(mr="X")),
    ),
    Subject('mb == "x"', _meta(mb="x"), _meta(mb="y"), _tests("metadata", Fields({"mb": "x"}, {}))),
    Subject(
        "data.on > 9",
        _data(on=10),
        _data(on=8),
        _tests("number-order", _data(on="10"), _data(on=9.5), _data()),
    ),
    Subject(
        'data.oa == "x" || data.ob == "x" && data.oc == "x"',
        _data(oa="x", ob="n", oc="x"),
        _data(oa="n", ob="n", oc="n"),
        _tests(
            "and-or",
            _data(oa="x", ob="n", oc="n"),
            _data(oa="n", ob="x", oc="x"),
            _data(oa="n", ob="n", oc="x"),
        ),
    ),
    Subject('!(data.no == "x")', _data(no="y"), _data(no="x"), _tests("not", _data())),
    Subject(
        'data.lk LIKE "ab*"',
        _data(lk="abc"),
        _data(lk="xyz"),
        _tests("like", _data(lk="ABC"), _data(lk="xab"), _data(lk=["q", "ab"])),
    ),
    Subject(
        '("x", "y") CONTAINS data.se',
        _data(se="y"),
        _data(se="z"),
        _tests("set-contains", _data(se="x"), _data()),
    ),
    Subject(
        'data.cy CONTAINS "x"',
        _data(cy=["q", "x"]),
        _data(cy=["q"]),
        _tests("contains", _data(cy="axb"), _data(cy="b"), _data()),
    ),
    Subject(
        'data.po.k == "x" && data.pi[1] == "x"',
        _data(po={"k": "x"}, pi=["q", "x"]),
        _data(po={"k": "y"}, pi=["q", "y"]),
        _tests("paths", _data(po={"k": "x"}, pi=["x"])),
    ),
    Subject(
        "data.ar % 4 == 3 && data.ar + 1 > 10",
        _data(ar=11),
        _data(ar=10),
        _tests("arithmetic", _data(ar=7), _data(ar=15)),
    ),
)
#: Everything that the probe asks, in its order.
SUBJECTS: Final = (*_QUESTIONING, *_TESTING)
