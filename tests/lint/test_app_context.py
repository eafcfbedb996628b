"""What ``check`` says of filters of App Context, and that it stays silent on everyday ones."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, cast

import pytest

from pnfilter import FilterSyntaxError, app_context, check, fix, format
from pnfilter.app_context import ENTITIES, Entity
from pnfilter.diagnostics import Diagnostic, Severity, apply_edits
from pnfilter.lint.app_context import fix_app_context
from pnfilter.lint.registry import all_rules
from tests.cases import for_each


def found(text: str, **options: Any) -> tuple[Diagnostic, ...]:
    return check(text, language="app-context", **options)


@pytest.mark.parametrize(
    ("text", "code", "marked", "fixed"),
    [
        ("nmae == 'Ann'", "W471", "nmae", "name == 'Ann'"),
        ("Name == 'Ann'", "W471", "Name", "name == 'Ann'"),
        ("externalID == 'x'", "W471", "externalID", "externalId == 'x'"),
        ("tier == 'gold'", "W471", "tier", None),
        ("custom == 'gold'", "W471", "custom", None),
        ("name.first == 'Ann'", "W471", "name.first", None),
        ("name.custom == 'Ann'", "W471", "name.custom", None),
        ("uuid.custom == 'x'", "W471", "uuid.custom", None),
        ("user.name == 'Ann'", "W471", "user.name", "uuid.name == 'Ann'"),
        ("meta.status == 'away'", "W472", "meta.status", None),
        ("data['x'] == 'away'", "W472", "data['x']", None),
        ("status == 1", "W473", "1", 'status == "1"'),
        ("uuid.name != true", "W473", "true", 'uuid.name != "true"'),
        ("updated > 1700000000", "W473", "1700000000", None),
        ("updated >= '01/02/2026'", "W474", "'01/02/2026'", None),
        ("channel.updated < '1700000000'", "W474", "'1700000000'", None),
        ("status > null", "W475", ">", None),
        ("custom.flag <= true", "W475", "<=", None),
        ("name LIKE 'a%'", "W404", "'a%'", "name LIKE 'a*'"),
        (
            "id == 'a' || name == 'b' && status == 'c'",
            "W451",
            "name == 'b' && status == 'c'",
            "id == 'a' || (name == 'b' && status == 'c')",
        ),
    ],
)
def test_findings(text: str, code: str, marked: str, fixed: str | None) -> None:
    (one,) = [each for each in found(text) if each.severity is not Severity.INFO]
    assert (one.code, text[slice(*one.span)]) == (code, marked)
    assert one.help
    assert fixed == (one.fix and apply_edits(text, one.fix.edits))
    assert one.fix is None or not one.fix.safe


@for_each(
    [
        "name LIKE '*test*'",
        "name LIKE 'test*User' || name LIKE '*a*b*'",
        "channel.name like \"*test*\" && channel.description LIKE 'a*'",
        "['description'] LIKE 'a*'",
        "uuid.id == 'a' || uuid.id == 'b'",
        "updated >= '2026' && updated < '2026-02-01T08:30:00.123Z'",
        "updated LIKE '2026-*'",
        "eTag == 'AbC'",
        "email != null && !(status == 'away')",
        "type == 'public' && (status == 'a' || status == 'b')",
        r"name LIKE '\*' || name LIKE 'a\\'",
        "id LIKE '*' && externalId CONTAINS '50%'",
        "profileUrl == ''",
    ]
)
def test_everyday_filters_get_no_word(text: str) -> None:
    assert found(text) == ()


@pytest.mark.parametrize(
    "text", ["custom.n == 1", "custom.x > 5", "custom['a b'].c == true", "uuid.custom.updated < 5"]
)
def test_custom_fields_hold_anything_and_get_a_hint(text: str) -> None:
    assert [each.code for each in found(text)] == ["I506"]


FIELDS = {
    "users": {"id", "email", "externalId"},
    "channels": {"id", "description"},
    "memberships": {
        *("id", "description", "email", "externalId"),
        *("channel.id", "channel.description"),
    },
    "members": {
        *("id", "description", "email", "externalId"),
        *("uuid.id", "uuid.email", "uuid.externalId"),
    },
}


@for_each(ENTITIES)
def test_each_entity_has_its_fields(entity: Entity) -> None:
    for name in set.union(*FIELDS.values()):
        codes = [each.code for each in found(f"{name} == 'a'", entity=entity)]
        assert codes == ([] if name in FIELDS[entity] else ["W471"]), name
    for name in ("name", "type", "status", "updated", "eTag"):
        assert not found(f"{name} == '2026'", entity=entity)


def test_a_stream_filter_is_told_as_one() -> None:
    for text in ("data.x + 1 == 2", "'a' == data.x", '("a", "b") CONTAINS meta.x', "data.x"):
        assert found(text)[0].help.startswith("this is a stream filter"), text
    assert not found("name + 1 == 2")[0].help.startswith("this is a stream filter")


@for_each(
    [
        "!(channel.id LIKE '{prefix}*') && ({filter})",
        "{field} == 'a'",
        "uuid.{field} == 'a'",
        "{filter} && name == 'a'",
        "{filters}",
        "custom.{field} == '{value}'",
        "uuid.name LIKE '{start}*' || {more}",
        "id {operator} 'a'",
        "status == {value}",
        "updated >= '{date}'",
        "updated >= {date}",
    ]
)
def test_what_is_filled_in_is_not_reported_by_its_name(text: str) -> None:
    assert {each.code for each in found(text, holes=True)} <= {"W461", "I511", "I506"}


def test_what_a_program_fills_in() -> None:
    assert [each.code for each in found("name == '{name}'", holes=True)] == ["I511"]
    codes = [each.code for each in found("nmae == '{name}' && id == {id}", holes=True)]
    assert codes == ["W471", "I511", "W461"]
    assert [each.code for each in found("name == '{name}' ||", holes=True)] == ["I511", "E212"]


@for_each([code for code in all_rules() if code.startswith("W47") or code == "I506"])
def test_a_stream_filter_has_none_of_these(code: str) -> None:
    rule = all_rules()[code]
    assert code not in {each.code for each in check(rule.bad)}
    assert rule.options == {"language": "app-context"}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"language": "sql"}, "language is 'sql': stream or app-context"),
        ({"entity": "users"}, "language is 'stream': entity is for app-context"),
        ({"language": "app-context", "entity": "user"}, "entity must be one of users, channels"),
        ({"language": "app-context", "encrypted": True}, "are for filters of messages"),
        ({"language": "app-context", "schema": {}}, "are for filters of messages"),
        ({"language": "app-context", "known_fields": ["a"]}, "are for filters of messages"),
        ({"language": "app-context", "messages": []}, "are for filters of messages"),
    ],
)
def test_options_of_the_other_language(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        check("id == 'a'", **options)
    with pytest.raises(TypeError):
        found(cast(Any, None))


def test_a_stream_filter_costs_nothing_of_it() -> None:
    program = (
        "import sys; from pnfilter.cli.dispatch import run; run(['check', '-e', 'meta.a == 1']);"
        "print(sorted(name for name in sys.modules if 'app_context' in name))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert ended.stdout.decode().strip().splitlines()[-1] == "[]", ended.stderr


@for_each(
    [
        ("name = 'Ann'", "name == 'Ann'"),
        (
            "name='Ann' AND custom.age>5 or email==null",
            "name=='Ann' && custom.age>5 || email==null",
        ),
        ("name === 'Ann'", "name == 'Ann'"),
        ("name == \u201cAnn\u201d", 'name == "Ann"'),
        ("custom[tier] eq 'gold'", "custom[\"tier\"] == 'gold'"),
        ("status <> 'away'", "status != 'away'"),
        ("name == 'a' & id == 'b'", "name == 'a' && id == 'b'"),
    ]
)
def test_safe_fixes(case: tuple[str, str]) -> None:
    text, fixed = case
    assert fix(text, language="app-context") == fixed
    assert fix(fixed, language="app-context") == fixed
    assert fix_app_context(text, lambda *_: False) == text
    (error,) = found(text)
    assert error.fix
    assert error.fix.safe


@for_each(
    [
        # What was meant isn't certain, or only a part of it could be fixed.
        ("name = Ann", 'name == "Ann"'),
        ("status LIKE 5", 'status LIKE "5"'),
        ("NOT name == 'a'", None),
        ("name = 'Ann' &&", None),
        ("name = 'Ann' AND age BETWEEN 1 AND 2", None),
        ("nmae == 'Ann'", "name == 'Ann'"),
        ("status == 1", 'status == "1"'),
        ("", None),
    ]
)
def test_fixes_that_are_not_safe(case: tuple[str, str | None]) -> None:
    text, fixed = case
    assert fix(text, language="app-context") == text
    assert fixed is None or fix(text, unsafe=True, language="app-context") == fixed
    assert not any(each.fix and each.fix.safe for each in found(text))


def test_the_fixes_of_a_field_go_by_the_entity() -> None:
    text = "uuid.name == 'Ann'"
    assert fix_app_context(text, unsafe=True) == text
    assert fix_app_context(text, unsafe=True, entity="users") == "name == 'Ann'"


@for_each(
    [
        "name=='Ann'&&(status!='x'||!(id LIKE 'a*'))",
        "custom['a b'] == -5 || custom.x.y >= 1.50",
        "((email == NULL))",
        r"name == 'a\*b' && name != 'it\'s'",
        "!!(like == TRUE) && id contains 'x'",
    ]
)
def test_the_canonical_form_has_the_same_tree(text: str) -> None:
    made = format(text, language="app-context")
    assert format(made, language="app-context") == made
    assert app_context.parse(made) == app_context.parse(text)


def test_a_text_of_another_language_has_no_form() -> None:
    with pytest.raises(FilterSyntaxError):
        format("name = 'a'", language="app-context")
    for function in (fix, format):
        with pytest.raises(ValueError, match="stream or app-context"):
            function("a == 1", language="sql")
