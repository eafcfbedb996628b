"""How soon the playground answers, in a headless browser: ``python -m benchmarks.playground``.

From opening the page to the first marked messages; from a keystroke to the next frame after the
messages are marked, on 1,707 and on 10,000 messages; and how long the thread of the interface was
busy at a time while someone types and scrolls. The server is a process of its own. Bars: 1 s, and
100 ms on 1,707 messages. Where other programs take the processor, the times say little: then there
is the processor's time of a keystroke, of server and page. The argument ``firefox`` measures that
browser, which says nothing of its page's own time.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from benchmarks.table import Row, as_markdown, machine
from pnfilter.input.sources import quakes
from tests.browser.browsing import BROWSERS, is_firefox, launched

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: What is typed, a character at a time.
TYPED: Final = 'data.mag > 4.5 && meta.net == "us" && data.place LIKE "*alaska*"'
OPENINGS: Final = 5
SECONDS_TO_OPEN: Final = 1.0
MILLISECONDS_TO_MARK: Final = 100.0

#: Notes when the first answer is shown, and how long the thread was busy at a time.
_WATCH: Final = """
addEventListener("DOMContentLoaded", () => {
  new MutationObserver(() => { window.shownAt ??= performance.now(); })
    .observe(document.body, { attributes: true, attributeFilter: ["data-shown"] });
});
window.busy = [];
new PerformanceObserver((list) => window.busy.push(...list.getEntries().map((entry) => entry.duration)))
  .observe({ type: "longtask", buffered: true });
"""
#: Types a text a character at a time; the milliseconds from each to the frame after its marks.
_TYPE: Final = """async (text) => {
  const filter = document.getElementById("filter");
  const frame = () => new Promise(requestAnimationFrame);
  const times = [];
  filter.focus();
  window.busy.length = 0;
  for (let size = 1; size <= text.length; size += 1) {
    const begun = performance.now();
    filter.value = text.slice(0, size);
    filter.dispatchEvent(new InputEvent("input"));
    while (document.body.dataset.shown !== filter.value) await frame();
    await frame();
    times.push(performance.now() - begun);
  }
  return times;
}"""
_SCROLL: Final = """async () => {
  const list = document.getElementById("list");
  for (let step = 0; step < 60; step += 1) {
    list.scrollTop = (list.scrollHeight * step) / 60;
    await new Promise(requestAnimationFrame);
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  return window.busy;
}"""


@contextmanager
def served(*arguments: str) -> Iterator[tuple[str, int]]:
    """The address of a playground in a process of its own, and the process's id."""
    command = [sys.executable, "-m", "pnfilter", "playground", "--no-open", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[4], process.pid
        finally:
            process.terminate()


def opened(browser: Browser, url: str) -> tuple[Page, float]:
    """A new page, and the seconds until the first answer was shown."""
    page = browser.new_context().new_page()
    page.add_init_script(_WATCH)
    page.goto(url)
    page.wait_for_selector("body[data-shown]")
    milliseconds: float = page.evaluate("() => window.shownAt")
    return page, milliseconds / 1_000


class Typed(NamedTuple):
    """Milliseconds from each keystroke to its marks, and of each long task of the page.

    ``server``, ``page``: milliseconds of the processor for a keystroke, of the server and of the
    page's thread.
    """

    times: list[float]
    busy: list[float]
    server: float
    page: float


def typed(page: Page, process: int) -> Typed:
    """Type, then scroll."""
    session = None
    if not is_firefox(page):
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def used() -> tuple[float, float]:
        if session is None:
            return processor_seconds(process), math.nan
        metrics = session.send("Performance.getMetrics")["metrics"]
        (task,) = (each["value"] for each in metrics if each["name"] == "TaskDuration")
        return processor_seconds(process), task

    before = used()
    times: list[float] = page.evaluate(_TYPE, TYPED)
    server, thread = (
        1_000 * (end - begin) / len(TYPED) for begin, end in zip(before, used(), strict=True)
    )
    busy: list[float] = page.evaluate(_SCROLL)
    return Typed(sorted(times), sorted(busy), server, thread)


def processor_seconds(process: int) -> float:
    """What a process has used of the processor, as Linux tells it."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def thousands(folder: Path, count: int) -> Path:
    """A file of so many earthquakes."""
    lines = quakes().read_text(encoding="utf-8").splitlines(keepends=True)
    path = folder / "messages.ndjson"
    path.write_text("".join((lines * (count // len(lines) + 1))[:count]), encoding="utf-8")
    return path


def rows(openings: int = OPENINGS, name: str = "chromium") -> list[Row]:
    """The figures of a browser."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, launched(name) as browser:
        for count in (1_707, 10_000):
            with served(str(thousands(Path(folder), count))) as (url, process):
                pages, seconds = zip(*(opened(browser, url) for _ in range(openings)), strict=True)
                found += _of_page(count, sorted(seconds), typed(pages[-1], process))
                pages[-1].context.close()
    return found


def _of_page(count: int, seconds: list[float], typed: Typed) -> Iterator[Row]:
    times, busy = typed.times, typed.busy
    late = times[int(len(times) * 0.95)]
    is_barred = count == 1_707
    bars: Any = (
        ("at most 1 s", seconds[-1] <= SECONDS_TO_OPEN),
        ("at most 100 ms", late <= MILLISECONDS_TO_MARK),
    )
    yield Row(
        f"opening to the first answer, {count:,} messages",
        f"{median(seconds):.2f} s",
        f"the slowest of {len(seconds)}: {seconds[-1]:.2f} s",
        *(bars[0] if is_barred else ()),
    )
    yield Row(
        f"keystroke to marks, {count:,} messages",
        f"{median(times):.0f} ms",
        f"95 % within {late:.0f} ms, the slowest of {len(times)} {times[-1]:.0f} ms",
        *(bars[1] if is_barred else ()),
    )
    if math.isnan(typed.page):
        yield Row(
            f"the processor's time for a keystroke, {count:,} messages",
            f"{typed.server:.0f} ms",
            "the server's",
        )
        return
    yield Row(
        f"the processor's time for a keystroke, {count:,} messages",
        f"{typed.server + typed.page:.0f} ms",
        f"the server {typed.server:.0f} ms, the page's thread {typed.page:.0f} ms",
    )
    longest = f"the longest {busy[-1]:.0f} ms" if busy else ""
    yield Row(f"times above 50 ms that the interface was busy, {count:,}", str(len(busy)), longest)


def main() -> int:
    """Measure and print; the exit status is 1 if a bar is missed."""
    name = sys.argv[1] if len(sys.argv) > 1 else "chromium"
    if name not in BROWSERS:
        print(f"usage: python -m benchmarks.playground [{'|'.join(BROWSERS)}]", file=sys.stderr)
        return 2
    found = rows(name=name)
    print(f"{machine()}\n\n{as_markdown(found)}")
    return int(any(row.holds is False for row in found))


if __name__ == "__main__":
    sys.exit(main())
