"""Filters of App Context in code: which calls take one."""

from __future__ import annotations

from pathlib import Path

import pytest

from pnfilter import extract
from pnfilter.extraction.object_calls import (
    MAX_CHAIN,
    MAX_OBJECTS,
    MAX_USES,
    entity_of_call,
)


def found(folder: Path, name: str, *lines: str) -> list[tuple[str, str]]:
    """The entity and the text of each filter of a program that names the SDK."""
    (folder / name).write_text("\n".join(("// pubnub", *lines)), encoding="utf-8")
    return [(each.entity, each.text) for each in extract(folder)]


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("getAllUUIDMetadata", ("users", True)),
        ("get_all_uuid_metadata", ("users", True)),
        ("GetAllUuidMetadata", ("users", True)),
        ("allUserMetadata", ("users", True)),
        ("getAllChannelMetadata", ("channels", True)),
        ("getMemberships", ("memberships", False)),
        ("set_memberships", ("memberships", False)),
        ("manageMemberships", ("memberships", False)),
        ("removeChannelMembers", ("members", True)),
        ("getMembers", ("members", False)),
        ("getUsers", ("users", False)),
        ("get_channels", ("channels", False)),
        ("getUUIDMetadata", ("", False)),
        ("setChannelMetadata", ("", False)),
        ("users", ("", False)),
        ("listUsers", ("", False)),
        ("getActiveUsers", ("", False)),
        ("useUsers", ("users", False)),
        ("getSpaces", ("channels", False)),
        ("getInvitees", ("members", False)),
        ("getUnreadMessagesCounts", ("memberships", True)),
        ("mark_all_messages_as_read", ("memberships", True)),
        ("newGetAllChannelMetadataBuilder", ("channels", True)),
        ("newGetMembershipsBuilderV2", ("memberships", False)),
        ("PNFetchMembershipsRequest", ("memberships", True)),
        ("PNSetChannelMembersAPICallBuilder", ("members", True)),
        ("GetUUIDMembershipsRequest", ("memberships", False)),
        ("pubnub_get_memberships_ex", ("memberships", True)),
        ("GetAllUserMetadataRawAsync", ("users", True)),
        ("PNSetUUIDMetadataRequest", ("", False)),
        ("newUsers", ("", False)),
        ("", ("", False)),
    ],
)
def test_which_calls_take_one(name: str, entity: tuple[str, bool]) -> None:
    assert entity_of_call(name) == entity


@pytest.mark.parametrize(
    "call",
    [
        "getAllUUIDMetadata({ limit: 5, filter: \"name == 'a'\" })",
        "getAllUUIDMetadata({ filterExpression: \"name == 'a'\" })",
        "getAllUUIDMetadata({\n  filter: cond\n    ? \"name == 'a'\" : undefined,\n})",
        "const filter = \"name == 'a'\";\ngetAllUUIDMetadata({ filter });",
        "const filter = \"name == 'a'\";\ngetAllUUIDMetadata({ limit, filter, sort });",
        "const filterExpression = \"name == 'a'\";\ngetAllUUIDMetadata({filter: filterExpression});",
    ],
)
def test_what_a_call_of_javascript_gets(tmp_path: Path, call: str) -> None:
    assert found(tmp_path, "a.js", call) == [("users", "name == 'a'")]


@pytest.mark.parametrize(
    "call",
    [
        "options = {FILTER: TEXT}\nget_all_uuid_metadata(**options)",
        "options: dict[str, str] = {FILTER: TEXT}\nget_all_uuid_metadata(**options)",
        "options = dict(limit=3, filter=TEXT)\nget_all_uuid_metadata(**options)",
        "get_all_uuid_metadata(**{FILTER: TEXT})",
        "get_all_uuid_metadata(limit=3, **dict(filter=TEXT))",
        "options = {}\noptions[FILTER] = TEXT\nget_all_uuid_metadata(**options)",
        "options = {}\noptions.update(filter=TEXT)\nget_all_uuid_metadata(**options)",
        "options = {}\noptions.update({FILTER: TEXT})\nget_all_uuid_metadata(**options)",
        "options = {}\noptions |= {FILTER: TEXT}\nget_all_uuid_metadata(**options)",
        "options = base | {FILTER: TEXT}\nget_all_uuid_metadata(**options)",
        "options = {}\noptions.setdefault(FILTER, TEXT)\nget_all_uuid_metadata(**options)",
        "partial(pubnub.get_all_uuid_metadata, filter=TEXT)",
    ],
)
def test_what_a_call_of_python_gets(tmp_path: Path, call: str) -> None:
    call = call.replace("TEXT", "\"name == 'a'\"").replace("FILTER", '"filter"')
    assert found(tmp_path, "a.py", call) == [("users", "name == 'a'")]
    assert found(tmp_path, "a.py", call.replace("uuid_metadata", "rows")) == []


@pytest.mark.parametrize(
    "call",
    [
        "getAllUUIDMetadata(Object.assign({ filter: TEXT }, rest))",
        "const options = Object.assign({}, { filter: TEXT });\ngetAllUUIDMetadata(options);",
        "const options = {};\noptions['filter'] = TEXT;\ngetAllUUIDMetadata(options);",
        "const options = {};\nObject.assign(options, { filter: TEXT });\ngetAllUUIDMetadata(options);",
        "const options = Object.freeze({ filter: TEXT });\ngetAllUUIDMetadata(options);",
        "const options = mine ? { filter: TEXT } : {};\ngetAllUUIDMetadata(options);",
        "const options = f(1)\n  || { filter: TEXT };\ngetAllUUIDMetadata(options);",
        "const options = { filter: TEXT };\ngetAllUUIDMetadata({ limit: 5, ...options });",
    ],
)
def test_options_of_javascript_that_a_call_gets(tmp_path: Path, call: str) -> None:
    call = call.replace("TEXT", "\"name == 'a'\"")
    assert found(tmp_path, "a.js", call) == [("users", "name == 'a'")]
    assert found(tmp_path, "a.js", call.replace("UUIDMetadata", "Rows")) == []


@pytest.mark.parametrize(
    "line",
    [
        "getUsers({ filter: 'age > 5' })",
        "getUsers({ filter: 'active' })",
        "getUsers({ filter: 'status=active' })",
        "getMembers({ filter: 'name:ann' })",
        "getChannels({ filter: 'type' })",
        "getUsers({ filter: \"name eq 'a'\" })",
        "getUsers({ filter: { name: 'a' } })",
        "getUsers({ where: { filter: \"name == 'a'\" } })",
        "getUsers({ filter: 5 })",
        "getAllUUIDMetadata({ limit: 5 }).data.filter(\"name == 'a'\")",
        "getAllUUIDMetadata().filter(\"name == 'a'\")",
        "getAllUUIDMetadata(() => ({ filter: \"name == 'a'\" }))",
        "getAllUUIDMetadata({ filter(user) { return user.name == 'a' } })",
        "list({ filter: \"name == 'a'\" })",
        "filter: \"name == 'a'\"",
        "// getAllUUIDMetadata({ filter: \"name == 'a'\" })",
    ],
)
def test_what_is_none(tmp_path: Path, line: str) -> None:
    assert found(tmp_path, "a.js", line) == []


def test_a_program_without_the_sdk_has_none(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("getAllUUIDMetadata({ filter: \"name == 'a'\" })", "utf-8")
    assert list(extract(tmp_path)) == []
    (one,) = extract(tmp_path, left_out=True)
    assert one.left_out == "no sign of the SDK in the file or its project"
    (tmp_path / "package.json").write_text('{"dependencies": {"pubnub": "9"}}', "utf-8")
    assert [each.kind for each in extract(tmp_path)] == ["app-context"]


def test_a_long_chain_is_followed_so_far(tmp_path: Path) -> None:
    for calls, expected in ((MAX_CHAIN - 1, 1), (MAX_CHAIN, 0)):
        chain = "".join(f".a{number}(x)" for number in range(calls))
        line = f"x = pn.getAllUUIDMetadata(){chain}.filter(\"name == 'a'\");"
        assert len(found(tmp_path, "A.java", line)) == expected


def test_call_of_another_library_needs_the_sdk_in_its_file(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"dependencies": {"pubnub": "1"}}')
    path = tmp_path / "a.js"
    call = "api.getUsers({ filter: 'status == \"x\" && type = 3' });\n"
    path.write_text(call)
    assert list(extract(path)) == []
    path.write_text("pubnub.objects.getAllUUIDMetadata({ filter: 'status == \"x\"' });\n")
    assert [each.kind for each in extract(path)] == ["app-context"]


def test_nested_objects_are_followed_so_far(tmp_path: Path) -> None:
    for depth, expected in ((MAX_OBJECTS - 1, 1), (MAX_OBJECTS, 0)):
        inner = "...{ " * depth + "filter: \"name == 'a'\"" + " }" * depth
        assert len(found(tmp_path, "a.js", f"getMemberships({{ {inner} }});")) == expected


def test_so_many_uses_of_a_variable_are_looked_at(tmp_path: Path) -> None:
    for uses, expected in ((MAX_USES - 1, 1), (MAX_USES, 0)):
        lines = ["const q = { filter: \"name == 'a'\" };", *["show(q);"] * uses, "getUsers(q);"]
        assert len(found(tmp_path, "a.js", *lines)) == expected


@pytest.mark.parametrize(
    "lines",
    [
        ["const q = { filter: \"name == 'a'\" };", "list(q);"],
        ["const q = { filter: \"name == 'a'\" };", "getUsers({ where: q });"],
        ["getUsers(q);", "const q = { filter: \"name == 'a'\" };"],
        ["q.filter = \"name == 'a'\";", "list(q);"],
        ["const q = getUsers();", "q.filter(\"name == 'a'\");"],
        ["list({ ...(a && { filter: \"name == 'a'\" }) });"],
        ["filter = \"name == 'a'\";", "getUsers(users.filter(filter));"],
    ],
)
def test_what_is_given_to_no_call_is_none(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, "a.js", *lines) == []


@pytest.mark.parametrize(
    ("receiver", "is_one"),
    [
        ("pubnub", True),
        ("this.pubNub", True),
        ("pn", True),
        ("client.objects", True),
        ("api", False),
    ],
)
def test_own_receiver_needs_no_known_field(tmp_path: Path, receiver: str, is_one: bool) -> None:
    call = f"{receiver}.getUsers({{ filter: \"nmae = 'a'\" }});"
    assert [text for _, text in found(tmp_path, "a.js", call)] == ["nmae = 'a'"] * is_one


@pytest.mark.parametrize(
    ("call", "is_one"),
    [
        ("pb.get_users(\"name == 'a'\", sort);", True),
        ("pb.get_users(TEXT(\"name == 'a'\"), sort);", True),
        ('pb.get_users("everything", sort);', False),
        ("pb.get_rows(\"name == 'a'\", sort);", False),
    ],
)
def test_arguments_without_names(tmp_path: Path, call: str, is_one: bool) -> None:
    lines = ("// The filter of all users:", call)
    assert found(tmp_path, "a.cpp", *lines) == [("users", "name == 'a'")] * is_one
