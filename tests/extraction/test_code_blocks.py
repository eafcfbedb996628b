"""Code in documents that no fence marks: where it is, what it says, and how it is edited."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from pnfilter.extraction.project import Project, extract
from pnfilter.extraction.rewriting import rewrite
from pnfilter.extraction.settings import Settings

CALL = 'pubnub.setFilterExpression("a == 1 &amp;&amp; b=2");'
BARE = 'pubnub.setFilterExpression("a == 1");'


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.html", f"<pre><code>{CALL}</code></pre>", [(1, 40, "a == 1 && b=2")]),
        ("a.md", f"pubnub\n\n<pre>\n{CALL}\n</pre>\n", [(4, 29, "a == 1 && b=2")]),
        ("a.md", 'Text:\n\n    pubnub.setFilterExpression("a=1")\n', [(3, 33, "a=1")]),
        ("a.md", 'Text:\n    pubnub.setFilterExpression("a=1")\n', []),
        ("a.rst", 'Text::\n\n  pubnub.set_filter_expression("a=1")\n', [(3, 33, "a=1")]),
        ("a.rst", '.. code:: js\n\n  pubnub.setFilterExpression("a=1")\n', [(3, 31, "a=1")]),
        ("a.rst", 'Text\n\n  pubnub.set_filter_expression("a=1")\n', []),
        # A literal block shows the markup itself.
        ("a.rst", f"Text::\n\n  <pre>{CALL}</pre>\n", [(3, 36, "a == 1 &amp;&amp; b=2")]),
        ("a.html", f"<PRE>{CALL}</PRE>", [(1, 34, "a == 1 && b=2")]),
        (
            "a.html",
            '<pre>p.f(&this, &that;) // pubnub.setFilterExpression("a&nbsp;=1")\n'
            'pubnub.setFilterExpression("a&nbsp;=1&no;")</pre>',
            [(2, 29, "a =1&no;")],
        ),
    ],
)
def test_code_in_documents(
    tmp_path: Path, name: str, text: str, found: list[tuple[int, int, str]]
) -> None:
    (tmp_path / name).write_text(dedent(text))
    assert [(each.line, each.column, each.text) for each in extract(tmp_path)] == found


@pytest.mark.parametrize(
    ("name", "text", "columns"),
    [
        ("a.html", f"<pre><script>{BARE}</script></pre>", [42]),
        ("a.html", f'<script>a = "<pre>"; {BARE} b = "</pre>";</script>', [50]),
        ("a.html", f"<!-- <pre>{BARE}</pre> --><pre>{BARE}</pre>", [91]),
        ("a.html", f"<script>{BARE}<pre>{BARE}</pre>", [37, 79]),
        ("a.md", f"`<pre>` or\n\n```js\n{BARE}\n```\n\n</pre>", [29]),
        ("a.md", f"`<!--` <pre>{BARE}</pre>", [41]),
        ("a.md", f"```html\n<!--\n```\n<pre>{BARE}</pre> -->", [34]),
        ("a.md", f"<!--\n\n    {BARE}\n\n```js\n{BARE}\n```\n-->\n\n    {BARE}", [29, 33]),
        ("a.md", f"It's <pre> or\n<pre>{BARE}</pre>", [34]),
    ],
)
def test_each_place_has_one_reader(
    tmp_path: Path, name: str, text: str, columns: list[int]
) -> None:
    (tmp_path / name).write_text(text)
    assert [each.column for each in extract(tmp_path)] == columns


def test_an_edit_writes_the_escape_back(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    content = f"<pre>{CALL}</pre>".encode()
    path.write_bytes(content)
    text = "a == 1 && b < 2 && c"
    done = rewrite(Project([path], Settings()), path, content, lambda _: text)
    assert done.content == content.replace(b"b=2", b"b &lt; 2 &amp;&amp; c")


def test_an_edit_behind_a_tag_in_a_script(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    content = f'<script>a = "<pre>"; {BARE}</script>'.encode()
    path.write_bytes(content)
    done = rewrite(Project([path], Settings()), path, content, lambda _: "a == 1 && b")
    assert done.content == content.replace(b"a == 1", b"a == 1 && b")
