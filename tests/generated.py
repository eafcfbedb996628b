"""Filters whose generated code is at work.

By itself a filter asks the interpreter about its first messages.
"""

from __future__ import annotations

from pnfilter import Filter, compile


def generated(filter: Filter | str) -> Filter:
    """The filter, or that of a text, with its code for both forms of a message.

    What is to prove of compiled filters that they say what the interpreter says asks this one.
    """
    found = (compile(filter) if isinstance(filter, str) else filter).prepare()
    assert None not in (found._decide, found._decide_parts), f"nothing was generated: {found}"
    return found
