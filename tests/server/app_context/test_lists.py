"""Lists of App Context: pages, order, counts and filters."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from pnfilter.server.app_context import filters, listing
from pnfilter.server.settings import MAX_OBJECT_PAGE
from pnfilter.server.store.objects import collation_key
from tests.server.app_context.asking import ask, done, ids, refused
from tests.server.emulated import Emulated

#: Each user's name, type and number; of some not all is set.
USERS: dict[str, dict[str, Any]] = {
    "a": {"name": "Ann", "type": "t", "custom": {"n": 1, "a b": "x", "flag": True}},
    "b": {"name": "bob", "status": "s", "email": "b@x.example", "custom": {"n": 2.5}},
    "c": {"name": 'C "q" * \\ é', "type": "t", "externalId": "x"},
    "d": {"profileUrl": "http://d"},
}


@pytest.fixture
def users(emulated: Emulated) -> Emulated:
    """An emulator with ``USERS``, the last one set first, members of ``ch``."""
    for id in reversed(USERS):
        emulated.wait(3600)
        done(emulated, "PATCH", f"uuids/{id}", USERS[id])
    body = {"set": [{"uuid": {"id": id}, "status": f"as {id}"} for id in USERS]}
    done(emulated, "PATCH", "channels/ch/uuids", body)
    return emulated


@pytest.mark.parametrize("path", ["uuids", "channels/ch/uuids"])
@pytest.mark.parametrize("query", [{}, {"sort": "id"}, {"filter": 'id != "x"'}])
def test_pages_forwards_and_backwards(users: Emulated, path: str, query: dict[str, str]) -> None:
    pages, places = [], []
    following: dict[str, str] = {}
    while True:
        _, answer = ask(users, "GET", path, limit=3, **query, **following)
        if not answer["data"]:
            break
        pages.append(ids(answer["data"]))
        places.append(answer)
        following = {"start": answer["next"]}
    assert pages == [["a", "b", "c"], ["d"]]
    assert "prev" not in places[0]
    assert places[0].keys() == {"status", "data", "next"}
    _, answer = ask(users, "GET", path, limit=2, end=places[1]["prev"], **query)
    assert ids(answer["data"]) == ["b", "c"]
    both = {"start": places[1]["prev"], "end": places[1]["next"]}
    assert ids(done(users, "GET", path, limit=2, **query, **both)) == ["d"]


def test_counts(users: Emulated) -> None:
    assert "totalCount" not in ask(users, "GET", "uuids", count="false")[1]
    for count in ("True", "true", "1"):
        assert ask(users, "GET", "uuids", count=count, limit=1)[1]["totalCount"] == 4
    assert ask(users, "GET", "uuids", count=1, filter="type == 't'")[1]["totalCount"] == 2
    assert ask(users, "GET", "channels/ch/uuids", count=1, limit=1)[1]["totalCount"] == 4
    assert ask(users, "GET", "uuids/a/channels", count=1)[1]["totalCount"] == 1
    assert ask(users, "GET", "channels", count=1)[1] == {"status": 200, "data": [], "totalCount": 0}


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("id:desc", "dcba"),
        ("name", "dabc"),
        ("name:desc", "cbad"),
        ("updated", "dcba"),
        ("updated:desc", "abcd"),
        ("type,id:desc", "dbca"),
        ("type:desc,name:asc", "acdb"),
        ("status:desc,updated:asc", "bdca"),
    ],
)
def test_order(users: Emulated, sort: str, expected: str) -> None:
    assert ids(done(users, "GET", "uuids", sort=sort)) == list(expected)


#: Ids; the order of the first three and of the next three but one is recorded.
IDS = [
    *("0aeR", "0H1V", "0Y5y", "9"),
    *("somechannel", "somechannelid", "somechannel_with_custom"),
    *("x", "X", "x-y", "x.y", "XY", "é", "f", "日"),
]


def test_ids_and_names_are_in_the_order_of_a_locale(emulated: Emulated) -> None:
    ordered = sorted(IDS, key=collation_key)
    for id in sorted(IDS):
        done(emulated, "PATCH", f"uuids/{quote(id)}", {"name": id})
    body = {"set": [{"uuid": {"id": id}} for id in reversed(IDS)]}
    done(emulated, "PATCH", "channels/ch/uuids", body)
    for path in ("uuids", "channels/ch/uuids"):
        assert ids(done(emulated, "GET", path)) == ordered
        assert ids(done(emulated, "GET", path, sort="id")) == ordered
        assert ids(done(emulated, "GET", path, limit=3, filter='id != "9"')) == ordered[:3]
    assert ids(done(emulated, "GET", "uuids", sort="name:desc")) == ordered[::-1]
    assert [id for id in ordered if id in IDS[:7]] == IDS[:7]
    assert ordered.index("x") < ordered.index("X") < ordered.index("x-y") < ordered.index("XY")
    assert ordered.index("é") < ordered.index("somechannel")


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("status:desc", "dcba"),
        ("uuid.name", "dabc"),
        ("name:desc", "cbad"),
        ("uuid.updated,id", "dcba"),
        ("updated,uuid.id:desc", "dcba"),
    ],
)
def test_order_of_memberships(users: Emulated, sort: str, expected: str) -> None:
    assert ids(done(users, "GET", "channels/ch/uuids", sort=sort)) == list(expected)


@pytest.mark.parametrize(
    "sort", ["nothing", "name:up", "custom", "custom.n", "channel.name", "uuid.name", ":"]
)
def test_keys_that_nothing_is_sorted_by(users: Emulated, sort: str) -> None:
    assert refused(users, "GET", "uuids", sort=sort) == f"sort: `{sort}` is not a sort key"


def test_how_many_keys_there_may_be(users: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_SORT_KEYS", 2)
    assert refused(users, "GET", "uuids", sort="id,name,type").startswith("sort: No more than 2")


@pytest.mark.parametrize(
    "place", ["x", "%", "LTE", "MS41", "AA", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"]
)
def test_places_that_are_none(users: Emulated, place: str) -> None:
    for name in ("start", "end"):
        told = refused(users, "GET", "uuids", **{name: place})
        assert told == f"{name}: It is not a page of this list"


def test_how_much_a_page_holds(emulated: Emulated) -> None:
    body = {"set": [{"uuid": {"id": f"u{number:03}"}} for number in range(MAX_OBJECT_PAGE + 5)]}
    rows = done(emulated, "PATCH", "channels/ch/uuids", body)
    assert len(rows) == MAX_OBJECT_PAGE
    for limit, number in ((0, 100), (1, 1), (1000, 100)):
        assert len(done(emulated, "GET", "channels/ch/uuids", limit=limit)) == number
    assert ask(emulated, "GET", "channels/ch/uuids", limit="x")[0] == 400


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ('name == "Ann"', "a"),
        ("name == 'ann'", ""),
        ('name != "Ann"', "bcd"),
        ('!(name == "Ann")', "bcd"),
        ("!name == 'Ann'", "bcd"),
        ('name LIKE "a*"', "a"),
        ("name LIKE '*B*'", "b"),
        ("name like '*B*'", "b"),
        ("name Like 'a*' || name contains 'B'", "ab"),
        ("name CONTAINS '*'", "c"),
        ("name like '*' && externalId == NULL && !(name Contains 'c')", "ab"),
        ("name LIKE '*'", "abc"),
        (r'''name LIKE "*\\**"''', "c"),
        (r"""name LIKE '*\**'""", "c"),
        (r'''name LIKE "c \"q\" *"''', "c"),
        (r'''name == "C \"q\" * \\ \u00e9"''', "c"),
        ('["name"] == "bob"', "b"),
        ("custom['a b'] == 'x'", "a"),
        ('custom["n"] >= 1', "ab"),
        ("custom.n > 1 && custom.n < 3", "b"),
        ("custom.n == 2.5e0", "b"),
        ("custom.n == 1", "a"),
        ("custom.n == true", ""),
        ("custom.flag == true", "a"),
        ("custom.flag > false", ""),
        ("custom.n == '1'", ""),
        ("custom.n != -1", "abcd"),
        ("custom.n.x == null", "abcd"),
        ("email == null", "acd"),
        ("email != null", "b"),
        ("email < 'c'", "b"),
        ("externalId == 'x' || profileUrl LIKE 'HTTP*'", "cd"),
        ("type == 't' && status == null || id == 'b'", "abc"),
        ("type == 't' && (status == null || id == 'b')", "ac"),
        ('updated >= "2023-11-15T01:00:00Z"', "ab"),
        ("id<='b'&&id>='b'", "b"),
        ('id LIKE "*"', "abcd"),
    ],
)
def test_filters(users: Emulated, filter: str, expected: str) -> None:
    assert ids(done(users, "GET", "uuids", filter=filter)) == list(expected)


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ('uuid.id > "b"', "cd"),
        ("uuid.name == 'Ann'", "a"),
        ('name LIKE "a*" && uuid.custom.n >= 1', "a"),
        ("status == 'as b'", "b"),
        ("uuid.status == 's'", "b"),
        ("custom.n == 1", ""),
        ("uuid.type == 't' && !(id == 'a')", "c"),
    ],
)
def test_filters_of_memberships(users: Emulated, filter: str, expected: str) -> None:
    assert ids(done(users, "GET", "channels/ch/uuids", filter=filter)) == list(expected)
    assert ids(done(users, "PATCH", "channels/ch/uuids", {}, filter=filter)) == list(expected)


def test_a_user_is_filtered_by_channels(users: Emulated) -> None:
    done(users, "PATCH", "channels/ch", {"description": "d"})
    assert ids(done(users, "GET", "uuids/a/channels", filter="channel.description LIKE 'D'")) == [
        "ch"
    ]
    assert refused(users, "GET", "uuids/a/channels", filter="uuid.id == 'a'").endswith(
        "by `uuid.id`"
    )


@pytest.mark.parametrize(
    ("filter", "told"),
    [
        ("name", "One of ==, !=, LIKE, CONTAINS, <, >, <=, >= is expected after `name`"),
        ("name = 'a'", "`= 'a'` can't be read"),
        (
            "name == ",
            "A string in quotes, a number, true, false or null is expected, not `the end`",
        ),
        (
            "name == name",
            "A string in quotes, a number, true, false or null is expected, not `name`",
        ),
        ("name LIKE 1", "A string is expected after LIKE"),
        ("name contains 1", "A string is expected after CONTAINS"),
        ("name lik 'a'", "One of ==, !=, LIKE, CONTAINS, <, >, <=, >= is expected after `name`"),
        ("'a' == name", "The name of a field is expected, not `'a'`"),
        ("(name == 'a'", "`)` is missing"),
        ("name == 'a')", "`)` is not expected here"),
        ("name == 'a' &&", "The name of a field is expected at the end"),
        ("name == 'a", "`'a` can't be read"),
        ("data.name == 'a'", "The emulator doesn't filter by `data.name`"),
        ("custom == 'a'", "The emulator doesn't filter by `custom`"),
        ("name.custom == 'a'", "The emulator doesn't filter by `name.custom`"),
        ("uuid.name == 'a'", "The emulator doesn't filter by `uuid.name`"),
        ("custom[n] == 1", "A name in quotes is expected, not `n`"),
        ("custom['n' == 1", "`]` is missing"),
        ("custom. == 1", "A name is expected, not `==`"),
        ("!" * 51 + "id == '1'", "It is nested deeper than 50 levels"),
        ("id == '" + "x" * 4100, "It has 4,096 characters at most"),
        ("¬", "`¬` can't be read"),
    ],
)
def test_filters_that_are_refused(users: Emulated, filter: str, told: str) -> None:
    assert refused(users, "GET", "uuids", filter=filter) == f"filter: {told}"


def test_half_a_pair_in_a_filter_is_no_letter() -> None:
    condition = filters.compile_filter(r'id == "\ud83d\ude00\ud83d"', frozenset({("id",)}))
    assert condition({"id": "😀�"})
    assert not condition({"id": "😀"})


def test_a_pattern_that_ends_with_a_backslash(users: Emulated) -> None:
    done(users, "PATCH", "uuids/e", {"name": "tail\\"})
    assert ids(done(users, "GET", "uuids", filter=r"name LIKE '*L\\'")) == ["e"]
