"""The verdicts of a filter on all messages, as short as they can be told."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from pnfilter.filters import Filter
from pnfilter.message import AnyMessage
from pnfilter.playground.bounds import MAX_SECONDS
from pnfilter.semantics import Reason

#: The letters of verdicts: it matches, it doesn't, it is undecided, there was no time to look.
MATCH, NO_MATCH, UNDECIDED, NOT_LOOKED_AT = "MNU-"
#: Messages between two looks at the clock.
_BATCH: Final = 64


def judge(
    filter: Filter,
    messages: Sequence[AnyMessage],
    *,
    seconds: float = MAX_SECONDS,
    now: Callable[[], float] = time.monotonic,
) -> dict[str, Any]:
    """Return ``verdicts``, a letter for each message, their ``counts``, and numbered ``reasons``.

    Messages that are not reached within so many ``seconds`` get the letter ``-``.
    """
    end = now() + seconds
    outcome = filter.outcome
    letters: list[str] = []
    reasons: Counter[Reason] = Counter()
    for start in range(0, len(messages), _BATCH):
        if now() > end:
            break
        for message in messages[start : start + _BATCH]:
            found = outcome(message)
            if found is True:
                letters.append(MATCH)
            elif found is False:
                letters.append(NO_MATCH)
            else:
                letters.append(UNDECIDED)
                reasons[found] += 1
    verdicts = "".join(letters).ljust(len(messages), NOT_LOOKED_AT)
    return {
        "verdicts": verdicts,
        "counts": {letter: verdicts.count(letter) for letter in "MNU-"},
        "reasons": [{"text": reason.text, "count": n} for reason, n in reasons.most_common()],
    }
