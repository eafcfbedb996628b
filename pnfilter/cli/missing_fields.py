"""Fields that a filter reads and no message has: a filter is silent about its misspelt fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from pnfilter.filters import Filter
from pnfilter.interpreter import read
from pnfilter.message import AnyMessage, parts_of
from pnfilter.nearest import nearest_field
from pnfilter.semantics import Missing
from pnfilter.syntax.nodes import Path, print_expression
from pnfilter.wording import counted

#: Messages in which a field of nearly the same name is looked for.
MAX_LOOKS: Final = 100


class AbsentFields:
    """Looks at messages, and knows the fields of a filter that none of them had so far.

    A field that can't be read may be there; one that is JSON null is not.
    """

    def __init__(self, filter: Filter) -> None:
        #: Each absent field, and what is most like it among the fields that were seen.
        self._absent: dict[Path, Path | None] = dict.fromkeys(filter.fields)
        self._fields = filter.fields
        self.messages = 0

    def look(self, message: AnyMessage) -> None:
        """Take one more message into account."""
        self.messages += 1
        if not self._absent:
            return
        data, meta, _ = parts_of(message)
        for path, alike in list(self._absent.items()):
            if not isinstance(read(path, data, meta), Missing):
                del self._absent[path]
            elif alike is None and self.messages <= MAX_LOOKS:
                self._absent[path] = nearest_field(path, data, meta)

    def found(self, messages: int, present: Iterable[int]) -> None:
        """Take that many messages into account, which have the fields of these numbers."""
        self.messages += messages
        for number in present:
            self._absent.pop(self._fields[number], None)

    def notes(self) -> Iterator[str]:
        """A sentence for each absent field; none where there was no message to look at."""
        if not self.messages:
            return
        messages = counted(self.messages, "message")
        for path, alike in self._absent.items():
            hint = f"; did you mean {print_expression(alike)}?" if alike else ""
            yield f"no value at `{print_expression(path)}` in {messages}{hint}"
