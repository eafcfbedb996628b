"""A filter in a program is the same filter: it is extracted from it again."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import pnfilter
from pnfilter.extraction.call_sites import Sites
from pnfilter.extraction.code import Code
from pnfilter.extraction.languages import BY_EXTENSION
from pnfilter.playground.snippets import snippets

ENDINGS = {
    "Python": ".py",
    "JavaScript": ".js",
    "Java": ".java",
    "Kotlin": ".kt",
    "Swift": ".swift",
    "Go": ".go",
    "C#": ".cs",
}
#: What has a meaning of its own in some language's texts.
HOSTILE = "a\"'\\$${x}#{x}\\(x)%s{x}`/*//\u00e9\u200b\u0001💥\u2028"


def by_name(text: str) -> dict[str, str]:
    return {each["name"]: each["code"] for each in snippets(text)}


def extracted(language: str, code: str) -> list[str]:
    return [site.made.text for site in Sites(Code(code, BY_EXTENSION[ENDINGS[language]]))]


def test_these_are_written() -> None:
    assert by_name('a == "b"') == {
        "Python": 'config.filter_expression = "a == \\"b\\""',
        "JavaScript": 'new PubNub({ …, filterExpression: "a == \\"b\\"" })',
        "Java": 'configuration.setFilterExpression("a == \\"b\\"");',
        "Kotlin": 'configuration.filterExpression = "a == \\"b\\""',
        "Swift": 'pubnub.subscribeFilterExpression = "a == \\"b\\""',
        "Go": 'config.FilterExpression = "a == \\"b\\""',
        "C#": 'configuration.FilterExpression = "a == \\"b\\"";',
        "URL": "filter-expr=a%20%3D%3D%20%22b%22",
    }


@pytest.mark.parametrize("language", ENDINGS)
@example(HOSTILE)
@given(st.text(HOSTILE + "bc=<>! \t", min_size=1, max_size=20))
def test_a_text_comes_out_as_it_went_in(language: str, part: str) -> None:
    text = f"{pnfilter.F.meta.a == part}\n&& meta.b > 1"
    code = by_name(text)[language]
    assert extracted(language, code) == [text]
    assert "\n" not in code


@given(st.text(max_size=30))
def test_an_address_holds_the_text(text: str) -> None:
    if "\\ud" in ascii(text):
        return
    assert unquote(by_name(text)["URL"].removeprefix("filter-expr=")) == text


def test_python_reads_it_as_it_was() -> None:
    literal = by_name(HOSTILE)["Python"].partition(" = ")[2]
    assert eval(literal) == HOSTILE
