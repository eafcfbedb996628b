"""``template``: holes in a filter text, filled with quoted values."""

from __future__ import annotations

from typing import Any

import pytest

from pnfilter import F, FilterSyntaxError, parse, template
from pnfilter.builder.terms import escape_pattern

TEXTS: list[tuple[str, dict[str, Any], str]] = [
    ("uuid != {me}", {"me": "bob"}, 'uuid != "bob"'),
    ("uuid != {me}", {"me": '" || "" == "'}, r'uuid != "\" || \"\" == \""'),
    ("uuid != {me}", {"me": "O'Brien\\"}, r'uuid != "O' + "'" + r'Brien\\"'),
    ("uuid!={me}&&x=={me}", {"me": "b"}, 'uuid!="b"&&x=="b"'),
    ("a < {n}", {"n": -5}, "a < -5"),
    ("a - {n} > 0", {"n": -5}, "a - -5 > 0"),
    ("a > {n}", {"n": 1e-7}, "a > 0.0000001"),
    ("{set} CONTAINS a", {"set": ["us", -1]}, '("us", -1) CONTAINS a'),
    ("{set} LIKE 'x*'", {"set": ("us", "eu", "us")}, '("us", "eu") LIKE \'x*\''),
    ("data[{key}][{i}] == 1", {"key": 'a"b', "i": 0}, r'data["a\"b"][0] == 1'),
    # After LIKE a text is a pattern, elsewhere an asterisk or a backslash is just that.
    ("a LIKE {p}", {"p": "x*\\*"}, r'a LIKE "x*\*"'),
    ("a like({p})", {"p": "x*\\*"}, r'a like("x*\*")'),
    ("a LIKE\n {p}", {"p": escape_pattern("5*") + "*"}, 'a LIKE\n "5\\**"'),
    ("a == {p}", {"p": "x*\\*"}, r'a == "x*\\*"'),
    ("alike == {p}", {"p": "\\*"}, r'alike == "\\*"'),
    # Braces inside quotes
    ("a == '{{x}}'", {}, "a == '{x}'"),
    ('a == "}}{{" && b == {x}', {"x": "{y}"}, 'a == "}{" && b == "{y}"'),
    (r"a == '\'{{' && b == {x}", {"x": 1}, r"a == '\'{' && b == 1"),
    ("a == {self} && b == {text}", {"self": 1, "text": 2}, "a == 1 && b == 2"),
    ("a == {größe}", {"größe": 1}, "a == 1"),
    ("a == 1", {}, "a == 1"),
]


@pytest.mark.parametrize(
    ("text", "values", "result"),
    TEXTS,
    ids=[f"{number} {row[0]}" for number, row in enumerate(TEXTS)],
)
def test_filled(text: str, values: dict[str, Any], result: str) -> None:
    assert template(text, **values) == result
    parse(result)


def test_the_same_values_as_the_builder() -> None:
    for value in ("a*b\\", '"', -1.5, 2**70, "é"):
        text = template("meta.x == {v}", v=value)
        assert parse(text) == (F.meta.x == value).expression
    for pattern in ("a*b\\", "\\*\\\\*", '"'):
        text = template("meta.x LIKE {p}", p=pattern)
        assert parse(text) == F.meta.x.like(pattern).expression


ERRORS: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    ("a == '{x}'", {"x": 1}, ValueError, r"the hole \{x\} is inside quotes.*\{\{x\}\}"),
    ('a == "b {x} c"', {"x": 1}, ValueError, "remove the quotes"),
    ("a == '{'", {}, ValueError, r"a single \{"),
    ("a == '}'", {}, ValueError, r"a single \}"),
    ("a == '{x y}'", {}, ValueError, r"a single \{"),
    ("a == {", {}, ValueError, "is not a valid hole"),
    ("a == }", {}, ValueError, "is not a valid hole"),
    ("a == {}", {}, ValueError, "is not a valid hole"),
    ("a == {0}", {}, ValueError, "is not a valid hole"),
    ("a == {x!r}", {"x": 1}, ValueError, "is not a valid hole"),
    ("a == {x:d}", {"x": 1}, ValueError, "is not a valid hole"),
    ("a == {{x}}", {"x": 1}, ValueError, "is not a valid hole"),
    ("a == ' {x}", {"x": "b' || 'c"}, ValueError, "is not closed"),
    ("meta.{x} == 1", {"x": "b"}, ValueError, r"write \[\{x\}\] for a key"),
    ("a{x} == 1", {"x": "b"}, ValueError, "touches another word in `a{x} == 1`"),
    ("a == {x}5", {"x": 1}, ValueError, "touches"),
    ("a == {x}.5", {"x": 1}, ValueError, "touches"),
    ("a == {x}{y}", {"x": 1, "y": 2}, ValueError, "touches"),
    ("a == {x}", {}, TypeError, r"has \{x\}, and there is no value x="),
    ("a == 1", {"x": 1}, TypeError, r"the template has no \{x\}"),
    ("a == 1", {"x": 1, "y": 2}, TypeError, r"no \{x\}, \{y\}"),
    ("a == {x}", {"x": None}, TypeError, "has no None"),
    ("a == {x}", {"x": True}, TypeError, "has no bool"),
    ("a == {x}", {"x": F.meta.b}, TypeError, "only a string or a number"),
    ("a == {x}", {"x": float("nan")}, ValueError, "finite"),
    ("a == {x}", {"x": "b\nc"}, ValueError, "line break"),
    ("a LIKE {x}", {"x": "b\n*"}, ValueError, "line break"),
    ("{x} CONTAINS a", {"x": []}, ValueError, "x has 0"),
    ("{x} CONTAINS a", {"x": ["us", "us"]}, ValueError, "x has 1: for one"),
    ("{x} CONTAINS a", {"x": {"us"}}, TypeError, "has no set"),
    ("{x} CONTAINS a", {"x": [["us"], "eu"]}, TypeError, "has no list"),
    ("a CONTAINS {x}", {"x": ["us", "eu"]}, FilterSyntaxError, "set"),
    ("a = {x}", {"x": -1}, FilterSyntaxError, "E305"),
    ("a == {x}", {"x": "b" * 300_000}, FilterSyntaxError, "E102"),
    ("a AND {x}", {"x": 1}, FilterSyntaxError, "AND"),
    ("", {}, FilterSyntaxError, "empty"),
]


@pytest.mark.parametrize(
    ("text", "values", "error", "words"), ERRORS, ids=[f"{row[0]} {row[1]}"[:60] for row in ERRORS]
)
def test_refused(text: str, values: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        template(text, **values)


def test_a_template_is_a_text() -> None:
    with pytest.raises(TypeError, match="a template must be a str, not bytes"):
        template(b"a == 1")  # type: ignore[arg-type]
