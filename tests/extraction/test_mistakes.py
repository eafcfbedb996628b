"""A mistake is found in code as it is in the text alone.

The same codes, at the place where they stand in the file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pnfilter import check, extract
from pnfilter.cli.codebase import CodeFilter
from pnfilter.lint.registry import all_rules

ROOT = Path(__file__).parents[2]
#: By the ending of a file's name: its first line, and what stands before and after a filter in
#: quotes.
SETTINGS = {
    ".py": ("# pubnub 😀", "note = 'größe 😀'; config.filter_expression = ", ""),
    ".js": ("// pubnub 😀", "const größe = '😀'; pubnub.setFilterExpression(", ");"),
    ".java": ("// pubnub 😀", "/* größe 😀 */ config.setFilterExpression(", ");"),
    ".go": ("// pubnub 😀", 'größe := "😀"; config.FilterExpression = ', ""),
    ".json": ('{"pubnub": "😀", "all": [', '{"größe": "😀", "filter_expression": ', "},"),
}


def mistakes() -> list[str]:
    """The wrong examples of all rules, and all filters of the conformance suite that are errors.

    Not those of E224: of a wrapped filter in code, what is inside is extracted.
    """
    texts = {rule.bad for rule in all_rules().values()}
    for file in (ROOT / "grammar" / "conformance").glob("errors-*.json"):
        cases = json.loads(file.read_text("utf-8"))["cases"]
        texts |= {case["filter"] for case in cases if isinstance(case["filter"], str)}
    texts = {text for text in texts if "E224" not in {each.code for each in check(text)}}
    return sorted(text for text in texts if text.strip() == text and 0 < len(text) < 1_000)


def escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=any("\ud800" <= char <= "\udfff" for char in text))[1:-1]


@pytest.mark.parametrize("ending", SETTINGS)
def test_every_mistake_is_found_at_its_place(ending: str, tmp_path: Path) -> None:
    first, before, after = SETTINGS[ending]
    options: dict[str, Any] = {"encrypted": True}
    texts = mistakes()
    assert len(texts) > 100
    lines = [f'{before}"{escaped(text)}"{after}' for text in texts]
    file = tmp_path / f"a{ending}"
    file.write_text("\n".join([first, *lines]), encoding="utf-8")
    found = list(map(CodeFilter.of, extract(file)))
    assert [each.text for each in found] == texts
    for number, (filter, text) in enumerate(zip(found, texts, strict=True), 2):
        alone = list(check(text, **options))
        inside = list(filter.found(options))
        assert [each.code for each in inside] == [each.code for each in alone]
        for each in inside:
            places = zip(filter.locator().place(each.span), each.span, strict=True)
            for place, offset in places:
                assert place == (number, len(before) + 2 + len(escaped(text[:offset])))
