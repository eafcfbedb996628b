"""What has to hold of the built site: no dead link, and everything in its index."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from pnfilter.lint.table import CODES
from tools.manual import commands, names

#: Hosts that pages may lead to. What is there isn't looked at: the site is built without a network.
HOSTS: Final = {"github.com", "pre-commit.com"}


class _Page(HTMLParser):
    """The places in a page, and what it leads to or shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.targets: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        for name, value in attrs:
            if value is None:
                continue
            if name == "id":
                self.ids.add(value)
            elif name in {"href", "src"}:
                self.targets.append(value)


def dead_links(html: Path) -> Iterator[str]:
    """Each link of a page to a file or a place that isn't there, or to a host of no list."""
    pages = {
        path.resolve(): _Page(path.read_text(encoding="utf-8")) for path in html.rglob("*.html")
    }
    for path, page in pages.items():
        for target in dict.fromkeys(page.targets):
            fault = _fault(target, path, pages)
            if fault:
                yield f"{path.relative_to(html.resolve())}: {target}: {fault}"


def _fault(target: str, path: Path, pages: dict[Path, _Page]) -> str:
    parts = urlsplit(target)
    if parts.scheme == "data":
        return ""
    if parts.scheme or parts.netloc:
        known = parts.scheme == "https" and parts.netloc in HOSTS
        return "" if known else f"neither of {', '.join(sorted(HOSTS))}"
    there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not there.is_file():
        return "no such file"
    if parts.fragment and there in pages and unquote(parts.fragment) not in pages[there].ids:
        return "no such place in it"
    return ""


def unlisted(html: Path) -> Iterator[str]:
    """Each command, option, diagnostic and public name that the site's index doesn't have."""
    listed = inventory(html)
    wanted = {
        *(f"std:label command-{name}" for name, _ in commands.options()),
        *(f"std:cmdoption pnfilter-{name}.{option}" for name, option in commands.options()),
        *(f"std:label {code.lower()}" for code in CODES),
        *(
            f"py {names.lent_names(module).get(name, module)}.{name}"
            for module in public_modules()
            for name in names.public_names(module)
        ),
    }
    yield from (f"the index has no {one}" for one in sorted(wanted - listed))


def public_modules() -> list[str]:
    """The modules whose names are in the reference."""
    client = [module for part in names.CLIENT for module in names.client_modules(part)]
    return [*names.MODULES, *client]


def inventory(html: Path) -> set[str]:
    """What the site has a place for, by kind and name; the kinds of Python's names are one."""
    packed = (html / "objects.inv").read_bytes().split(b"\n", 4)[4]
    found = set()
    for line in zlib.decompress(packed).decode().splitlines():
        match = re.match(r"(.+?) (\w+:\w+) -?\d+ ", line)
        if match:
            kind = "py" if match[2].startswith("py:") else match[2]
            found.add(f"{kind} {match[1]}")
    return found
