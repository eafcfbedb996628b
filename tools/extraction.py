"""Measures what is found in the corpus of source code, and writes the table in ``docs/``.

Run ``python tools/extraction.py``; ``--check`` writes nothing and exits 1 when the table is stale.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.extraction import corpus  # noqa: E402 (the tests are no package that is installed)

PAGE = ROOT / "docs" / "extraction.md"
START, END = "<!-- table -->\n", "<!-- end of table -->"


def table() -> str:
    """The table of all languages."""
    with tempfile.TemporaryDirectory() as folder:
        measured = corpus.by_language(Path(folder))
    rows = ["| | filters | found | right | recall | precision |", "|---|---|---|---|---|---|"]
    whole = corpus.Measured(*map(sum, zip(*measured.values(), strict=True)))
    for name, each in [*measured.items(), ("**all**", whole)]:
        rows.append(
            f"| {name} | {each.expected} | {each.found} | {each.right} "
            f"| {each.recall:.0%} | {each.precision:.0%} |"
        )
    return "\n".join(rows) + "\n"


def main() -> int:
    """Write the table, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if it is stale")
    arguments = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(START)
    after = rest[rest.index(END) :]
    made = before + START + table() + after
    if arguments.check:
        if made != page:
            print(f"{PAGE} is stale: python tools/extraction.py", file=sys.stderr)
        return int(made != page)
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
